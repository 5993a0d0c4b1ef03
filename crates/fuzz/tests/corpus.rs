//! The corpus, and a bounded number of changes to it, thrown at every target.

// What is below `cfg(test)` may unwrap.
#![cfg(test)]

use std::{fs, path::Path};

use proptest::{
    collection::vec,
    prelude::*,
    sample::Index,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tintype_fuzz::{TARGETS, Target};

/// Changed inputs per target; a second or two of each.
const ROUNDS: u32 = 600;

/// Pieces that readers look for.
const WORDS: &[&str] = &[
    "\"",
    "'",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "=",
    "(",
    ")",
    ";",
    "<",
    ">",
    "&",
    "&#x",
    "%",
    "\r\n",
    "\n\n",
    "\0",
    "--X",
    "--X--",
    "@",
    "#",
    "https://",
    "javascript:",
    "\u{202e}",
    "é",
    "<script>",
    "<a href=\"",
    "type",
    "id",
    "sig1=",
    "keyId=",
    "headers=",
    "99999999999999999999",
    "-1",
    "1e999",
    "null",
];

/// A change to an input.
#[derive(Debug, Clone)]
enum Edit {
    Cut(Index, Index),
    Repeat(Index, Index),
    Word(Index, usize),
    Byte(Index, u8),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Edit::Cut(from, to)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Edit::Repeat(from, to)),
        (any::<Index>(), 0..WORDS.len()).prop_map(|(at, word)| Edit::Word(at, word)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Byte(at, byte)),
    ]
}

fn changed(mut data: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let size = data.len() + 1;
        match edit {
            Edit::Cut(from, to) => {
                let (from, to) = (from.index(size), to.index(size));
                data.drain(from.min(to)..from.max(to));
            }
            Edit::Repeat(from, to) => {
                let (from, to) = (from.index(size), to.index(size));
                let piece = data[from.min(to)..from.max(to)].to_vec();
                data.splice(from..from, piece);
            }
            Edit::Word(at, word) => {
                let at = at.index(size);
                data.splice(at..at, WORDS[*word].bytes());
            }
            Edit::Byte(at, byte) => {
                let at = at.index(size);
                data.splice(at..(at + 1).min(data.len()), [*byte]);
            }
        }
    }
    data.truncate(64 * 1024);
    data
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no corpus for {name}");
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn play(name: &str) {
    let (_, target): &(&str, Target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let kept = corpus(name);
    for input in &kept {
        target(input);
    }
    let config = Config { cases: ROUNDS, failure_persistence: None, ..Config::default() };
    // The same changes every time: a failure here is one that everybody sees.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let inputs = (any::<Index>(), vec(edit(), 1..12));
    let outcome = runner.run(&inputs, |(which, edits)| {
        target(&changed(which.get(&kept).clone(), &edits));
        Ok(())
    });
    if let Err(TestError::Fail(why, (which, edits))) = &outcome {
        let input = changed(which.get(&kept).clone(), edits);
        panic!("{name}: {why}\nkeep this in corpus/{name}: {:?}", String::from_utf8_lossy(&input));
    }
    outcome.unwrap();
}

macro_rules! targets {
    ($($name:ident),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                play(stringify!($name));
            }
        )+

        #[test]
        fn every_target_is_played() {
            let played = [$(stringify!($name)),+];
            let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(played.as_slice(), known.as_slice());
        }

        #[test]
        fn every_target_is_fuzzed() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
            for name in [$(stringify!($name)),+] {
                assert!(folder.join(format!("{name}.rs")).exists(), "{name}");
            }
        }
    };
}

use proptest::test_runner::TestError;

targets!(signature, activity, html, text, webfinger, multipart);
