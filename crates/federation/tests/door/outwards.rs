//! What goes out.

use serde_json::Value;
use tintype_model::{Page, Visibility};
use tintype_service::{favourites, follows, reblogs, statuses, statuses::Draft};
use tintype_testkit::{
    Peer,
    peer::{Received, Reply, verify},
};

use crate::given::{Here, Stage, draft, list, posts};

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

#[tokio::test]
async fn everything_that_happens_is_told_in_order() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let known = here.befriend(&alice, &peer, &bob).await;
    let follow = peer.follow(&bob, &alice.uri);
    assert_eq!(peer.tell(&bob, &alice.uri, &follow).await.status, 202);
    let theirs = peer.note(&bob, "<p>theirs</p>");
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &theirs)).await.status, 202);
    here.work().await;
    let before = posts(&peer).len();

    let theirs = here.status_of(theirs["id"].as_str().unwrap()).await.unwrap();
    let post = here.post(&alice, draft("mine #film", Visibility::Public)).await;
    let comment = Draft { in_reply_to: Some(theirs.id), ..draft("a comment", Visibility::Unlisted) };
    let comment = here.post(&alice, comment).await;
    favourites::favourite(&here.ctx, alice.id, theirs.id).await.unwrap();
    let boost = reblogs::reblog(&here.ctx, alice.id, theirs.id, None).await.unwrap();
    here.work().await;
    favourites::unfavourite(&here.ctx, alice.id, theirs.id).await.unwrap();
    reblogs::unreblog(&here.ctx, alice.id, theirs.id).await.unwrap();
    statuses::delete(&here.ctx, alice.id, post.id).await.unwrap();
    follows::unfollow(&here.ctx, alice.id, known.id).await.unwrap();
    here.work().await;

    let sent: Vec<Value> = posts(&peer)[before..].iter().map(Received::json).collect();
    for request in &posts(&peer)[before..] {
        assert_eq!(request.path, "/inbox");
        verify(request, alice.public_key_pem.as_deref().unwrap()).unwrap();
    }
    let mut kinds: Vec<String> = sent
        .iter()
        .map(|a| format!("{} {}", a["type"].as_str().unwrap(), a["object"]["type"].as_str().unwrap_or("-")))
        .collect();
    kinds[..4].sort();
    kinds[4..].sort();
    let expected = [
        "Announce -",
        "Create Note",
        "Create Note",
        "Like -",
        "Delete Tombstone",
        "Undo Announce",
        "Undo Follow",
        "Undo Like",
    ];
    assert_eq!(kinds, expected);
    let note = |uri: &str| sent.iter().find(|a| a["type"] == "Create" && a["object"]["id"] == uri).unwrap();
    let create = note(&post.uri);
    assert_eq!(create["id"], format!("{}/activity", post.uri));
    assert_eq!(list(&create["to"]), [PUBLIC]);
    assert_eq!(list(&create["object"]["cc"]), [format!("{}/followers", alice.uri)]);
    assert_eq!(create["object"]["tag"][0]["name"], "#film");
    let create = note(&comment.uri);
    assert_eq!(list(&create["to"]), [format!("{}/followers", alice.uri)]);
    assert_eq!(list(&create["cc"]), [PUBLIC, &bob.id]);
    assert_eq!(
        (&create["object"]["inReplyTo"], &create["object"]["tag"]),
        (&theirs.uri.as_str().into(), &Value::Array(vec![]))
    );
    let announce = sent.iter().find(|a| a["type"] == "Announce").unwrap();
    assert_eq!(
        (&announce["id"], &announce["object"]),
        (&boost.uri.as_str().into(), &theirs.uri.as_str().into())
    );
    assert!(here.jobs().await.is_empty());
}

#[tokio::test]
async fn a_direct_post_reaches_those_it_names() {
    let (here, peer) = (Here::open().await, Peer::start().await);
    let (alice, bob, dora) =
        (here.person("alice").await, peer.actor("bob"), peer.actor_at("other.localhost", "dora"));
    let follow = peer.follow(&dora, &alice.uri);
    assert_eq!(peer.tell(&dora, &alice.uri, &follow).await.status, 202);
    here.work().await;
    let before = posts(&peer).len();
    here.post(&alice, draft(&format!("hi @{}", bob.handle()), Visibility::Direct)).await;
    here.work().await;
    let sent = posts(&peer);
    let [request] = &sent[before..] else { panic!("{} requests", sent.len() - before) };
    assert_eq!(request.host, bob.domain);
    let create = request.json();
    assert_eq!((list(&create["to"]), list(&create["cc"])), (vec![bob.id.as_str()], vec![]));
    assert_eq!(create["object"]["tag"][0]["name"], format!("@{}", bob.handle()));
}

/// T119, T034
#[tokio::test]
async fn failures_are_retried_and_refusals_are_not() {
    let (here, peer) = (Here::open().await, Peer::start().await);
    let alice = here.person("alice").await;
    let hosts = ["gone.localhost", "broken.localhost", "shut.localhost"];
    for host in hosts {
        let actor = peer.actor_at(host, "x");
        assert_eq!(peer.tell(&actor, &alice.uri, &peer.follow(&actor, &alice.uri)).await.status, 202);
    }
    here.work().await;
    peer.script(|request| match request.host.split('.').next() {
        _ if request.method != "POST" => None,
        Some("gone") => Some(Reply::status(404)),
        Some("broken") => Some(Reply::redirect("/elsewhere")),
        _ => Some(Reply::status(503).header("retry-after", "3600")),
    });
    let post = here.post(&alice, draft("mine", Visibility::Public)).await;
    here.work().await;
    let mut reader = here.ctx.store.read().await.unwrap();
    let dead = reader.dead_deliveries(&Page::newest(10)).await.unwrap();
    assert_eq!(dead.iter().map(|d| d.last_error.as_deref().unwrap()).collect::<Vec<_>>(), ["status 404"]);
    let hosts = [peer.domain_of("broken.localhost"), peer.domain_of("shut.localhost")];
    let mut waits = Vec::new();
    for host in &hosts {
        waits.push(reader.next_delivery_at(host).await.unwrap().unwrap().0 - here.ctx.now().0);
    }
    assert!(waits[0] < 60_000 && waits[1] > 3_000_000, "{waits:?}");
    let shut = peer.count(|r| r.is("Create") && r.host == hosts[1]);
    assert_eq!(shut, 1, "as long as it asked for");
    assert!(reader.host(&hosts[0]).await.unwrap().unwrap().failures > 0);
    drop(reader);
    // What comes later about the same thing waits for its turn.
    statuses::delete(&here.ctx, alice.id, post.id).await.unwrap();
    here.work().await;
    assert_eq!(peer.count(|r| r.is("Delete") && r.host != peer.domain_of("gone.localhost")), 0);
}
