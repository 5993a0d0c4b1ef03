//! What a server under strain is held to: it answers others soon, takes in little, and asks elsewhere seldom.

use super::stage::{Stage, fault};
use crate::scenarios::ask;
use serde_json::json;
use std::time::Duration;
use tintype_testkit::peer::Received;
use tintype_testkit::{Answer, Instance};

pub(super) const MIB: usize = 1 << 20;
/// More than any answer takes, even on a busy machine: only what is stuck takes longer.
pub(super) const SOON: Duration = Duration::from_secs(20);
pub(super) const SILENCE: Duration = Duration::from_secs(20);

/// A good request in the meantime, which must not wait for the bad ones.
pub(super) async fn is_served(alpha: &Instance) {
    let answer = tokio::time::timeout(SOON, ask(&alpha.client(), "/api/v2/instance")).await;
    assert_eq!(answer.expect("an answer in the meantime").status, 200);
}

/// Asks this instance to look something up.
pub(super) async fn search(stage: &Stage, query: &str) -> Answer {
    let request = stage.alice.request("GET".parse().unwrap(), "/api/v2/search").unchecked();
    let found = tokio::time::timeout(
        Duration::from_secs(40),
        request.query(&[("q", query), ("resolve", "true")]).send(),
    );
    found.await.unwrap_or_else(|_| panic!("no end of looking for {query}"))
}

pub(super) fn found_nothing(answer: &Answer) -> Vec<String> {
    fault(
        answer.status == 200 && ["accounts", "statuses"].iter().any(|kind| answer.json()[*kind] != json!([])),
        || format!("{answer:?}"),
    )
}

/// Requests to the peer that fit.
pub(super) fn asked(stage: &Stage, fits: impl Fn(&Received) -> bool) -> usize {
    stage.peer.count(|request| request.method == "GET" && fits(request))
}

/// Waits until nothing is left to do, then tells how often the peer was asked since.
pub(super) async fn asked_after(stage: &Stage, before: usize) -> usize {
    stage.settled().await;
    asked(stage, |_| true) - before
}

/// An error, or more requests than that.
pub(super) fn too_much(answer: &Answer, requests: usize, most: usize) -> Vec<String> {
    fault(answer.status >= 500 || requests > most, || format!("{} and {requests} requests", answer.status))
}
