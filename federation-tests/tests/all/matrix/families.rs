//! The data: one folder for each family.

use super::accepts::Accepts;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A family's folder, and what the table's head calls it.
pub const FAMILIES: [(&str, &str); 13] = [
    ("mastodon", "Mastodon"),
    ("gotosocial", "GoToSocial"),
    ("pixelfed", "Pixelfed"),
    ("misskey", "Misskey"),
    ("pleroma", "Pleroma, Akkoma"),
    ("lemmy", "Lemmy"),
    ("peertube", "PeerTube"),
    ("writefreely", "WriteFreely"),
    ("friendica", "Friendica"),
    ("mobilizon", "Mobilizon"),
    ("bookwyrm", "BookWyrm"),
    ("threads", "Threads"),
    ("wordpress", "WordPress"),
];

/// The form of a document that is only fetched by us, and so has no expectation of its own.
const SERVED: &str = "served";

/// What is known of one family.
pub struct Family {
    pub name: String,
    /// The text of each fixture, by its file name without `.json`.
    pub fixtures: BTreeMap<String, String>,
    /// The text of `expected/NAME.json`, by name.
    pub expected: BTreeMap<String, String>,
    /// The rows of `sources.tsv`: the form and the URL, by name.
    pub sources: BTreeMap<String, (String, String)>,
    /// By the form that is sent.
    pub accepts: BTreeMap<String, Accepts>,
}

impl Family {
    /// Reads the folder.
    pub fn read(name: &str) -> Self {
        let folder = folder().join(name);
        let text = |file: &str| {
            let path = folder.join(file);
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let mut fixtures = texts(&folder);
        let accepts = fixtures.remove("accepts").unwrap_or_else(|| panic!("{name} has no accepts.json"));
        let accepts =
            serde_json::from_str(&accepts).unwrap_or_else(|error| panic!("{name}/accepts: {error}"));
        let table = text("sources.tsv");
        let sources = table.lines().skip(1).map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [file, form, source] => (file.to_owned(), (form.to_owned(), source.to_owned())),
            _ => panic!("{name}/sources.tsv: {line}"),
        });
        let sources = sources.collect();
        let expected = texts(&folder.join("expected"));
        Self { name: name.to_owned(), fixtures, expected, sources, accepts }
    }

    /// All families, in the order of the table.
    pub fn all() -> Vec<Self> {
        FAMILIES.iter().map(|(name, _)| Self::read(name)).collect()
    }

    /// The forms that we understand from it.
    pub fn forms(&self) -> BTreeSet<&str> {
        self.sources.values().map(|(form, _)| form.as_str()).filter(|form| *form != SERVED).collect()
    }

    /// The placeholders of other servers in its documents, `NAME.example`, longest first.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts: BTreeSet<String> = BTreeSet::new();
        for text in self.fixtures.values().chain(self.expected.values()) {
            let parts = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '.'));
            hosts.extend(parts.filter(|part| part.ends_with(".example")).map(str::to_owned));
        }
        hosts.remove("local.example");
        let mut hosts: Vec<String> = hosts.into_iter().collect();
        hosts.sort_by_key(|host| std::cmp::Reverse(host.len()));
        hosts
    }
}

/// Every fixture has its row in `sources.tsv`, every row its fixture, and an expectation unless it is only served.
pub fn complete(tested: &[&str]) {
    let names: Vec<&str> = FAMILIES.iter().map(|(name, _)| *name).collect();
    assert_eq!(tested, names);
    let mut missing = Vec::new();
    for family in Family::all() {
        let rows: BTreeSet<&String> = family.sources.keys().collect();
        let fixtures: BTreeSet<&String> = family.fixtures.keys().collect();
        missing.extend(rows.symmetric_difference(&fixtures).map(|name| format!("{}/{name}", family.name)));
        for (name, (form, source)) in &family.sources {
            if (form != SERVED) != family.expected.contains_key(name) {
                missing.push(format!("{}/expected/{name}", family.name));
            }
            if !source.starts_with("https://") {
                missing.push(format!("{}/{name}: no source", family.name));
            }
        }
        let spoken = |name: &String| family.fixtures.contains_key(name);
        missing.extend(family.expected.keys().filter(|name| !spoken(name)).map(|name| format!("{name}?")));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates/federation/fixtures")
}

/// The `.json` files of a folder, by their names.
fn texts(folder: &PathBuf) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let name = path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
        Some((name, std::fs::read_to_string(&path).unwrap()))
    };
    entries.filter_map(read).collect()
}
