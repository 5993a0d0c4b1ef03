//! Servers that change their addresses and keys.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use serde_json::json;
use tintype_federation::{IngestJob, Ingested};
use tintype_model::Visibility;
use tintype_testkit::{
    peer::{Actor, Key, Reply},
    wait,
};

use crate::given::{Here, Stage, draft, told};

/// Where Creates arrived.
fn arrived(stage: &Stage) -> Vec<String> {
    told(&stage.peer, "Create").into_iter().map(|r| r.path).collect()
}

/// Everything posted to some path meets this status.
fn answers(stage: &Stage, path: &'static str, status: u16) {
    stage.peer.script(move |request| {
        (request.method == "POST" && request.path == path).then(|| Reply::status(status))
    });
}

async fn pending(here: &Here, domain: &str) -> bool {
    here.ctx.store.read().await.unwrap().next_delivery_at(domain).await.unwrap().is_some()
}

/// The inbox is not there any more: its owner is asked, and has another.
#[tokio::test]
async fn an_inbox_that_is_gone_is_asked_for() {
    for shared in [true, false] {
        for status in [404, 410] {
            let mut stage = Stage::set().await;
            if !shared {
                stage.bob.document["endpoints"] = json!({});
                stage.peer.publish_actor(&stage.bob);
            }
            stage.here.followed_by(&stage.alice, &stage.peer, &stage.bob).await;
            let old = if shared { "/inbox" } else { "/users/bob/inbox" };
            answers(&stage, old, status);
            if shared {
                stage.bob.document["endpoints"]["sharedInbox"] = json!(stage.peer.url("/new"));
            } else {
                stage.bob.document["inbox"] = json!(stage.peer.url("/new"));
            }
            stage.peer.publish_actor(&stage.bob);
            let Stage { here, alice, bob, .. } = &stage;
            for text in ["one", "two"] {
                here.post(alice, draft(text, Visibility::Public)).await;
            }
            here.work().await;
            let paths = arrived(&stage);
            assert_eq!(paths.iter().filter(|path| *path == "/new").count(), 2, "{paths:?}");
            assert!(!pending(here, &bob.domain).await);
            assert!(here.jobs().await.is_empty());
            // Asked once, whatever failed there.
            let asked = stage.peer.count(|r| r.method == "GET" && r.path == "/users/bob");
            assert_eq!(asked, 2, "the first time, and for the inbox");
        }
    }
}

/// T118: an inbox fails, and so does its owner: with 410 they are gone for good, with 404 they may come back.
#[tokio::test]
async fn an_owner_that_is_gone_is_forgotten() {
    for (status, forgotten) in [(404, false), (410, true)] {
        let stage = Stage::set().await;
        stage.here.followed_by(&stage.alice, &stage.peer, &stage.bob).await;
        answers(&stage, "/inbox", 410);
        stage.peer.serve(&stage.bob.id, Reply::status(status));
        stage.here.post(&stage.alice, draft("one", Visibility::Public)).await;
        stage.here.work().await;
        let mut reader = stage.here.ctx.store.read().await.unwrap();
        let bob = reader.account_by_uri(&stage.bob.id).await.unwrap();
        assert_eq!(bob.is_none_or(|bob| bob.deleted_at.is_some()), forgotten, "{status}");
        let alice = reader.account(stage.alice.id).await.unwrap().unwrap();
        assert_eq!(alice.followers_count, i64::from(!forgotten), "{status}");
    }
}

/// What waits for an inbox follows its owner, as soon as that is known.
#[tokio::test]
async fn what_is_pending_follows_an_inbox_that_moves() {
    let stage = Stage::set().await;
    stage.here.followed_by(&stage.alice, &stage.peer, &stage.bob).await;
    let carl = stage.peer.actor("carl");
    stage.here.followed_by(&stage.alice, &stage.peer, &carl).await;
    answers(&stage, "/inbox", 503);
    stage.here.post(&stage.alice, draft("one", Visibility::Public)).await;
    stage.here.work().await;
    assert!(pending(&stage.here, &stage.bob.domain).await);
    let move_of = |stage: &Stage, mut actor: Actor| {
        actor.document["endpoints"]["sharedInbox"] = json!(stage.peer.url("/new"));
        stage.peer.publish_actor(&actor);
        actor
    };
    let bob = stage.bob.clone();
    for (actor, moved) in [(bob, false), (carl, true)] {
        let actor = move_of(&stage, actor);
        let update = stage.peer.activity(&actor, "Update", &actor.document);
        assert_eq!(stage.peer.tell(&actor, &stage.alice.uri, &update).await.status, 202);
        // The Update first; then whatever it has set free, which had its turn before.
        stage.here.work().await;
        stage.here.work().await;
        // While somebody is still reached at the old one, what is there stays.
        assert_eq!(arrived(&stage).iter().any(|path| path == "/new"), moved, "{}", actor.username);
    }
    assert_eq!(arrived(&stage).iter().filter(|path| *path == "/new").count(), 1);
    assert!(!pending(&stage.here, &stage.bob.domain).await);
}

/// A new key comes with an Update of the actor, signed by the old one or by the new one.
#[tokio::test]
async fn a_new_key_comes_with_an_update() {
    for signed_by_new in [true, false] {
        let Stage { here, peer, alice, mut bob } = Stage::set().await;
        let post = here.post(&alice, draft("mine", Visibility::Public)).await;
        assert_eq!(peer.tell(&bob, &alice.uri, &peer.like(&bob, &post.uri)).await.status, 202);
        let (old, new) = (bob.key.clone(), Arc::new(Key::generate()));
        bob.document["publicKey"]["publicKeyPem"] = new.public_pem().into();
        peer.publish_actor(&bob);
        bob.key = if signed_by_new { new.clone() } else { old.clone() };
        let update = peer.activity(&bob, "Update", &bob.document);
        assert_eq!(peer.tell(&bob, &alice.uri, &update).await.status, 202);
        here.work().await;
        let stored = here.account_of(&bob.id).await.unwrap().public_key_pem;
        assert_eq!(stored.as_deref(), Some(new.public_pem().as_str()));
        // From now on the new one fits, without another look, and the old one doesn't.
        let before = peer.count(|r| r.method == "GET");
        bob.key = new;
        assert_eq!(peer.tell(&bob, &alice.uri, &peer.announce(&bob, &post.uri)).await.status, 202);
        assert_eq!(peer.count(|r| r.method == "GET"), before);
        bob.key = old;
        let late = peer.activity(&bob, "Undo", &json!({"type": "Like", "object": post.uri}));
        assert_eq!(peer.tell(&bob, &alice.uri, &late).await.status, 401);
        let row = here.status_of(&post.uri).await.unwrap();
        assert_eq!((row.favourites_count, row.reblogs_count), (1, 1));
    }
}

/// Two answers of one server cross: what was asked for later counts, whichever arrives last.
#[tokio::test]
async fn a_late_answer_is_old_news() {
    let Stage { here, peer, alice, mut bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let old = bob.document.clone();
    bob.document["name"] = json!("Bob the Elder");
    peer.publish_actor(&bob);
    let (asked, path) = (Arc::new(AtomicUsize::new(0)), "/users/bob");
    let counted = asked.clone();
    peer.script(move |request| {
        let first = request.method == "GET" && request.path == path && counted.fetch_add(1, SeqCst) == 0;
        first.then(|| Reply::json(200, "application/activity+json", &old).after(Duration::from_millis(300)))
    });
    for number in 0..2 {
        let mut update = peer.activity(&bob, "Update", &json!(bob.id));
        update["id"] = json!(format!("{}#updates/{number}", bob.id));
        assert_eq!(peer.tell(&bob, &alice.uri, &update).await.status, 202);
    }
    let jobs = here.jobs().await;
    let jobs: Vec<IngestJob> =
        jobs.iter().filter(|job| job.queue == "ingest").map(|job| job.payload().unwrap()).collect();
    assert_eq!(jobs.len(), 2);
    let (first, second) = tokio::join!(
        Box::pin(here.federation.ingest(&jobs[0], false)),
        Box::pin(async {
            wait::until("the first one asks", wait::PATIENCE, async || {
                (asked.load(SeqCst) == 1).then_some(())
            })
            .await;
            Box::pin(here.federation.ingest(&jobs[1], false)).await
        }),
    );
    assert_eq!((first.unwrap(), second.unwrap()), (Ingested::Done, Ingested::Done));
    assert_eq!(here.account_of(&bob.id).await.unwrap().display_name, "Bob the Elder");
}
