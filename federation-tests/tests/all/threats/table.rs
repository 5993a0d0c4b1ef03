//! The rows of `threats.tsv` against the tests below this folder, and the table in `docs/security.md`.
//!
//! `TINTYPE_WRITE_DOCS=1 cargo nextest run -p tintype-federation-tests -E 'test(threats::table)'` writes the table anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::not_yet::{COUNT, NOT_YET};

const ROWS: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/testkit/reference/threats.tsv"));
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/all/threats");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/security.md");
const BEGIN: &str = "<!-- threats:begin -->\n";
const END: &str = "<!-- threats:end -->\n";

/// One threat.
struct Row {
    id: &'static str,
    severity: &'static str,
    name: &'static str,
}

fn rows() -> Vec<Row> {
    let row = |line: &'static str| match line.split('\t').collect::<Vec<_>>()[..] {
        [id, severity, _category, name, _source] => Row { id, severity, name },
        _ => panic!("not five columns: {line}"),
    };
    ROWS.lines().skip(1).map(row).collect()
}

/// The tests by the id in their name (`t023_…` is T023), as `file::name`.
fn tests() -> BTreeMap<String, BTreeSet<String>> {
    let modules = include_str!("mod.rs");
    let mut tests: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(path.extension().is_some_and(|ending| ending == "rs"), "{} is no source", path.display());
        // What this file calls tests are examples.
        if file == "table" {
            continue;
        }
        assert!(file == "mod" || modules.contains(&format!("\nmod {file};\n")), "{file} is not compiled");
        for name in async_tests(&std::fs::read_to_string(&path).unwrap()) {
            if let Some(id) = id_of(&name) {
                tests.entry(id).or_default().insert(format!("{file}::{name}"));
            }
        }
    }
    tests
}

/// The functions with `#[tokio::test]` and without `#[ignore]`.
fn async_tests(source: &str) -> Vec<String> {
    let (mut found, mut is_test, mut ignored) = (Vec::new(), false, false);
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[tokio::test") {
            is_test = true;
        } else if line.starts_with("#[ignore") {
            ignored = true;
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            let name = line.strip_prefix("async fn ").and_then(|rest| rest.split_once('('));
            if let (true, false, Some((name, _))) = (is_test, ignored, name) {
                found.push(name.to_owned());
            }
            (is_test, ignored) = (false, false);
        }
    }
    found
}

fn id_of(name: &str) -> Option<String> {
    let digits = name.strip_prefix('t')?.get(..3)?;
    let is_id = digits.bytes().all(|byte| byte.is_ascii_digit()) && name.get(4..5) == Some("_");
    is_id.then(|| format!("T{digits}"))
}

fn page(rows: &[Row], tests: &BTreeMap<String, BTreeSet<String>>) -> String {
    let mut page = format!(
        "{} threats: {} tested, {} not yet applicable. A test that fails fails the whole run.\n\n| | | Threat | Shown by (`threats::…`), or why not yet |\n|---|---|---|---|\n",
        rows.len(),
        rows.len() - NOT_YET.len(),
        NOT_YET.len()
    );
    for Row { id, severity, name } in rows {
        let shown = if let Some(tests) = tests.get(*id) {
            tests.iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join(", ")
        } else {
            let reason = NOT_YET.iter().find(|(other, _)| other == id).map_or("", |(_, reason)| reason);
            format!("not yet: {reason}")
        };
        writeln!(page, "| {id} | {severity} | {name} | {shown} |").unwrap();
    }
    page
}

#[test]
fn every_threat_is_shown_or_explained() {
    let (rows, tests) = (rows(), tests());
    assert_eq!(rows.len(), 120);
    assert!(rows.windows(2).all(|pair| pair[0].id < pair[1].id), "sorted, each once");
    assert_eq!(NOT_YET.len(), COUNT);
    assert!(NOT_YET.windows(2).all(|pair| pair[0].0 < pair[1].0), "sorted, each once");
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.id).collect();
    let mut wrong = Vec::new();
    for Row { id, name, .. } in &rows {
        match (tests.contains_key(*id), NOT_YET.iter().any(|(other, _)| other == id)) {
            (true, true) => wrong.push(format!("{id} is tested, and yet on the list")),
            (false, false) => wrong.push(format!("{id} has neither a test nor a reason: {name}")),
            _ => {}
        }
    }
    let all = tests.keys().map(String::as_str).chain(NOT_YET.iter().map(|(id, _)| *id));
    wrong.extend(all.filter(|id| !ids.contains(id)).map(|id| format!("{id} is no row")));
    wrong.extend(NOT_YET.iter().filter(|(_, why)| why.len() < 10).map(|(id, _)| format!("{id}: why?")));
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn the_page_says_so() {
    let table = page(&rows(), &tests());
    let before = std::fs::read_to_string(PAGE).unwrap();
    let (head, rest) = before.split_once(BEGIN).expect("a begin");
    let (_, tail) = rest.split_once(END).expect("an end");
    let after = format!("{head}{BEGIN}{table}{END}{tail}");
    if std::env::var_os("TINTYPE_WRITE_DOCS").is_some() {
        std::fs::write(PAGE, &after).unwrap();
    }
    let now = std::fs::read_to_string(PAGE).unwrap();
    assert!(now == after, "docs/security.md is not what the tests say: TINTYPE_WRITE_DOCS=1");
}

#[test]
fn tests_are_told_from_others() {
    let source = "
        #[tokio::test]
        async fn t001_one() {}
        #[tokio::test(flavor = \"multi_thread\")]
        #[ignore]
        async fn t002_ignored() {}
        async fn t003_helper() {}
        #[test]
        fn t004_sync() {}
        #[tokio::test(flavor = \"multi_thread\")]
        /// Two.
        async fn t005_two() {}
    ";
    assert_eq!(async_tests(source), ["t001_one", "t005_two"]);
    assert_eq!(id_of("t005_two").as_deref(), Some("T005"));
    assert_eq!(id_of("t05_two"), None);
    assert_eq!(id_of("table"), None);
}
