//! Every function of the store has a contract.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Functions that no contract calls, and why. None.
const EXCEPTIONS: [(&str, &str); 0] = [];

#[test]
fn every_function_has_a_contract() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let contracts: String =
        sources(&root.join("tests/contract")).iter().map(|(_, text)| text.as_str()).collect();
    let (mut functions, mut missing) = (0, BTreeSet::new());
    for (path, text) in sources(&root.join("src")) {
        // A function of these tests, called on `db`, may have the name of a reader's function; a store's functions are called on `db` too.
        let of_store = path.ends_with("db.rs");
        for name in text.split("pub async fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next()) {
            functions += 1;
            if !is_called(&contracts, name, of_store) {
                missing.insert(name.to_owned());
            }
        }
    }
    assert!(functions > 100, "functions were found: {functions}");
    let excepted: BTreeSet<_> = EXCEPTIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(missing, excepted, "left: called by no contract");
    assert_eq!(EXCEPTIONS.len(), 0, "a new exception needs a reason");
}

fn is_called(contracts: &str, name: &str, on_db_too: bool) -> bool {
    let method = format!(".{name}(");
    contracts.match_indices(&method).any(|(at, _)| on_db_too || !contracts[..at].ends_with("db"))
        || contracts.contains(&format!("Store::{name}("))
}

fn sources(dir: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

#[test]
fn a_helper_of_the_same_name_is_no_contract() {
    assert!(is_called("reader.account(id)", "account", false));
    assert!(is_called("db.read().await.unwrap()\n    .account(id)", "account", false));
    assert!(!is_called("db.account(\"alice\")", "account", false));
    assert!(is_called("db.begin()", "begin", true));
    assert!(!is_called("reader.account_by_uri(uri)", "account", false));
}
