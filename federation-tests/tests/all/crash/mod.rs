//! A real process is killed by `kill -9` in the middle of its work and started again. What it had acknowledged is there,
//! once; what it owed others is paid.
//!
//! Each test runs as many rounds as `TINTYPE_CRASH_SEEDS` says (2 when unset) on one database. The seed decides after how many
//! deliveries, answers or posts the process dies, so a round can be repeated. Every round prints one line.

mod client;
mod deliveries;
mod inbox;
mod network;

use std::time::Duration;
use tintype_testkit::{Database, Instance, wait};

/// What a restarted instance may take to finish: the leases of the killed process run out first, and what it had in
/// hand runs alone at first.
const RECOVERY: Duration = Duration::from_mins(1);

/// The rounds of a test.
fn seeds() -> std::ops::RangeInclusive<u64> {
    let wanted = std::env::var("TINTYPE_CRASH_SEEDS").ok();
    let seeds = wanted.map_or(2, |text| text.parse().expect("TINTYPE_CRASH_SEEDS is a number"));
    assert!(seeds > 0, "no seeds, no test");
    1..=seeds
}

/// A number in `1..all`, other for every seed and always the same: where a round is interrupted.
///
/// The mixing of splitmix64, by which neighbours don't stay neighbours.
fn moment(seed: u64, all: usize) -> usize {
    let mut mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    1 + usize::try_from((mixed ^ (mixed >> 31)) >> 33).expect("31 bits") % (all - 1)
}

fn name(database: Database) -> &'static str {
    match database {
        Database::Sqlite => "sqlite",
        Database::Postgres => "postgres",
    }
}

/// Waits until nothing is left to be turned into activities or to be delivered.
async fn all_is_sent(instance: &Instance) {
    wait::until("all deliveries to be made", RECOVERY, async || {
        let left = instance.cli(&["jobs", "list", "--json", "--limit", "1000"]).await;
        let jobs = left["jobs"].as_array().expect("jobs");
        let busy = jobs.iter().any(|job| job["queue"] == "fan_out" || job["queue"] == "deliver");
        (!busy && instance.count("deliveries").await == 0).then_some(())
    })
    .await;
}

#[test]
fn moments_lie_inside_and_differ() {
    let drawn: Vec<usize> = (1..=10).map(|seed| moment(seed, 500)).collect();
    assert!(drawn.iter().all(|n| (1..500).contains(n)), "{drawn:?}");
    let distinct: std::collections::BTreeSet<&usize> = drawn.iter().collect();
    assert!(distinct.len() >= 9, "{drawn:?}");
    assert_eq!(moment(3, 2), 1);
}
