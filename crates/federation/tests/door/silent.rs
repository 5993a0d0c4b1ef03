//! Servers that were silent for long.

use tintype_model::{Millis, Page, Visibility};
use tintype_store::hosts::Host;
use tintype_testkit::peer::{Received, Reply};

use crate::given::{Here, Stage, draft, posts, told};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// The host has failed for so many days, and is not to be tried for another.
async fn failing(here: &Here, host: &str, days: i64) {
    let now = here.ctx.now().0;
    let mut tx = here.ctx.store.begin().await.unwrap();
    for _ in 0..5 {
        tx.host_failed(host, "no answer", Millis(now + DAY), Millis(now - days * DAY)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn known(here: &Here, host: &str) -> Host {
    here.ctx.store.read().await.unwrap().host(host).await.unwrap().unwrap()
}

/// The reasons of what was given up, newest first.
async fn dead(here: &Here) -> Vec<String> {
    let mut reader = here.ctx.store.read().await.unwrap();
    let dead = reader.dead_deliveries(&Page::newest(10)).await.unwrap();
    dead.into_iter().map(|delivery| delivery.last_error.unwrap()).collect()
}

async fn set(days: i64) -> Stage {
    let stage = Stage::set().await;
    stage.here.followed_by(&stage.alice, &stage.peer, &stage.bob).await;
    failing(&stage.here, &stage.bob.domain, days).await;
    for text in ["one", "two", "three"] {
        stage.here.post(&stage.alice, draft(text, Visibility::Public)).await;
        stage.here.work().await;
    }
    assert_eq!(told(&stage.peer, "Create").len(), 0, "it is not its time");
    stage
}

fn texts(requests: &[Received]) -> Vec<String> {
    let text = |r: &Received| r.json()["object"]["content"].as_str().unwrap_or_default().to_owned();
    requests.iter().map(text).collect()
}

#[tokio::test]
async fn a_host_that_fails_for_less_than_a_week_is_waited_for() {
    let Stage { here, peer, alice, bob } = set(6).await;
    assert!(dead(&here).await.is_empty());
    // Its own word is enough to try it again.
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.like(&bob, &alice.uri)).await.status, 202);
    here.work().await;
    assert_eq!(texts(&told(&peer, "Create")), ["<p>one</p>", "<p>two</p>", "<p>three</p>"]);
    assert_eq!(known(&here, &bob.domain).await.failures, 0);
}

/// One delivery knocks, the rest is given up, to be seen and tried again; and comes when the host is back.
#[tokio::test]
async fn a_silent_host_is_healed_by_its_first_sign_of_life() {
    let Stage { here, peer, alice, bob } = set(8).await;
    let reason = tintype_federation::deliver::SILENT;
    assert_eq!(dead(&here).await, [reason, reason]);
    assert_eq!(here.jobs().await.len(), 1, "the one that knocks");
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.like(&bob, &alice.uri)).await.status, 202);
    let host = known(&here, &bob.domain).await;
    assert_eq!((host.failures, host.retry_at), (5, Millis(0)), "it is tried, not trusted");
    here.work().await;
    assert_eq!(texts(&told(&peer, "Create")), ["<p>one</p>", "<p>two</p>", "<p>three</p>"]);
    let host = known(&here, &bob.domain).await;
    assert_eq!((host.failures, host.failing_since), (0, None));
    assert!(dead(&here).await.is_empty());
    assert!(here.jobs().await.is_empty());
}

/// T118: who can send and can't receive stays silent, is not knocked at with every word, and costs no more than one row.
#[tokio::test]
async fn who_only_sends_stays_silent() {
    let Stage { here, peer, alice, bob } = set(8).await;
    peer.script(|request| (request.method == "POST").then(|| Reply::status(503)));
    let since = known(&here, &bob.domain).await.failing_since;
    for _ in 0..3 {
        assert_eq!(peer.tell(&bob, &alice.uri, &peer.like(&bob, &alice.uri)).await.status, 202);
        here.work().await;
    }
    let host = known(&here, &bob.domain).await;
    assert_eq!(host.failing_since, since);
    assert!(host.failures > 5);
    assert!(host.retry_at.0 > here.ctx.now().0 + 20 * 60 * 60 * 1000, "about a day");
    let knocks = told(&peer, "Create");
    assert!(!knocks.is_empty() && knocks.len() <= 3);
    assert!(texts(&knocks).iter().all(|text| text == "<p>one</p>"), "{:?}", texts(&knocks));
    assert_eq!(dead(&here).await.len(), 2);
    // Nor is it well for saying no.
    peer.script(|request| (request.method == "POST").then(|| Reply::status(422)));
    let mut tx = here.ctx.store.begin().await.unwrap();
    tx.host_woken(&bob.domain, here.ctx.now()).await.unwrap();
    tx.commit().await.unwrap();
    here.work().await;
    assert_eq!(known(&here, &bob.domain).await.failing_since, since);
    // What comes next knocks in its place.
    let before = posts(&peer).len();
    here.post(&alice, draft("four", Visibility::Public)).await;
    peer.script(|request| (request.method == "POST").then(|| Reply::status(202)));
    here.work().await;
    assert_eq!(texts(&posts(&peer)[before..]).first().map(String::as_str), Some("<p>four</p>"));
    assert_eq!(known(&here, &bob.domain).await.failures, 0);
}

/// Somebody who looks after the instance can have one tried whatever the host is like.
#[tokio::test]
async fn what_was_given_up_for_silence_can_be_tried_again() {
    let Stage { here, peer, bob, .. } = set(8).await;
    let id = here.ctx.store.read().await.unwrap().dead_deliveries(&Page::newest(1)).await.unwrap()[0].id;
    let mut tx = here.ctx.store.begin().await.unwrap();
    assert_eq!(tx.revive_delivery(id, here.ctx.now()).await.unwrap().as_deref(), Some(bob.domain.as_str()));
    tx.commit().await.unwrap();
    here.work().await;
    assert!(texts(&told(&peer, "Create")).contains(&"<p>three</p>".to_owned()));
}
