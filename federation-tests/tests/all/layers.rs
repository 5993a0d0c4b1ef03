//! The walls of the house: which crate may use which, which outside crate lives in which room, and what stands at the
//! top of the repository. See `docs/architecture.md`.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every crate with its floor. A crate uses only crates of lower floors.
const FLOORS: &[(&str, u32)] = &[
    ("tintype-model", 0),
    ("tintype-store", 1),
    ("tintype-media", 1),
    ("tintype-service", 2),
    ("tintype-net", 2),
    ("tintype-federation", 3),
    ("tintype-api", 3),
    ("tintype-web", 3),
    ("tintype-worker", 4),
    ("tintype", 5),
    // Above the doors whose readers it feeds with nonsense; nothing uses it.
    ("tintype-fuzz", 5),
];

/// Crates for development only. They stand outside: they use none of the house, and nothing but tests uses them.
const OUTSIDE: &[&str] = &["tintype-testkit", "tintype-bench", "tintype-xtask", "tintype-federation-tests"];

/// The only black-box crate that tests of others may use.
const TEST_KIT: &str = "tintype-testkit";

/// Outside crates (a `*` at the end: every name that begins so) and the rooms they may be used in.
const ROOMS: &[(&str, &[&str])] = &[
    ("reqwest", &["tintype-net", TEST_KIT]),
    ("axum", &["tintype-federation", "tintype-api", "tintype-web", "tintype", "tintype-fuzz", TEST_KIT]),
    ("activitypub_federation", &["tintype-federation"]),
    // In model only its derive, for ids.
    ("sqlx", &["tintype-store", "tintype-model", TEST_KIT, "tintype-federation-tests"]),
    ("apalis*", &["tintype-worker"]),
    ("redis", &["tintype-service"]),
    ("anyhow", &["tintype", "tintype-xtask", "tintype-bench", TEST_KIT, "tintype-federation-tests"]),
];

const TOP_LEVEL: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "clippy.toml",
    "crates",
    "docker",
    "docs",
    "federation-tests",
    "migrations",
    "rustfmt.toml",
];

struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    name: String,
    only_tests: bool,
}

#[test]
fn crates_use_only_lower_floors() {
    let floors: BTreeMap<&str, u32> = FLOORS.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in packages() {
        let ours = package.dependencies.iter().filter(|d| d.name.starts_with("tintype"));
        for dependency in ours {
            let edge = format!("{} → {}", package.name, dependency.name);
            let allowed = if dependency.name == TEST_KIT {
                dependency.only_tests || OUTSIDE.contains(&package.name.as_str())
            } else {
                match (floors.get(package.name.as_str()), floors.get(dependency.name.as_str())) {
                    (Some(above), Some(below)) => below < above,
                    _ => false,
                }
            };
            if !allowed {
                wrong.push(edge);
            }
        }
    }
    assert!(wrong.is_empty(), "forbidden edges: {wrong:#?}");
}

#[test]
fn every_crate_has_its_floor() {
    let known: BTreeSet<String> =
        FLOORS.iter().map(|(name, _)| *name).chain(OUTSIDE.iter().copied()).map(str::to_owned).collect();
    let found: BTreeSet<String> = packages().into_iter().map(|package| package.name).collect();
    assert_eq!(found, known, "crates (left) and floors (right) differ");
}

#[test]
fn outside_crates_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for package in packages() {
        for dependency in &package.dependencies {
            for (pattern, rooms) in ROOMS {
                let matches = match pattern.strip_suffix('*') {
                    Some(start) => dependency.name.starts_with(start),
                    None => dependency.name == *pattern,
                };
                if matches && !rooms.contains(&package.name.as_str()) {
                    wrong.push(format!("{} in {}", dependency.name, package.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "crates in the wrong room: {wrong:#?}");
}

#[test]
fn every_room_is_in_use() {
    let packages = packages();
    for (pattern, rooms) in ROOMS {
        let start = pattern.trim_end_matches('*');
        let used = packages.iter().any(|package| {
            rooms.contains(&package.name.as_str())
                && package.dependencies.iter().any(|d| d.name.starts_with(start))
        });
        assert!(used, "nobody uses {pattern}: is the rule spelled right?");
    }
}

#[test]
fn the_top_level_holds_nothing_else() {
    let root = root();
    let ignored = std::fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    let ignored: Vec<&str> = ignored.lines().map(|line| line.trim().trim_matches('/')).collect();
    let mut strangers: Vec<String> = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !ignored.contains(&name.as_str()))
        .filter(|name| !TOP_LEVEL.contains(&name.as_str()))
        .collect();
    strangers.sort();
    assert!(strangers.is_empty(), "unexpected at the top level: {strangers:?}");
}

/// Every package of the workspace, as cargo sees it. Without the packages' own dependencies no network is needed.
fn packages() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let packages: Vec<Package> = list(&metadata, "packages")
        .iter()
        .map(|package| Package {
            name: text(package, "name"),
            dependencies: list(package, "dependencies")
                .iter()
                .map(|d| Dependency { name: text(d, "name"), only_tests: d["kind"] == "dev" })
                .collect(),
        })
        .collect();
    assert!(!packages.is_empty());
    packages
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
