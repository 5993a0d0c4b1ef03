//! Accounts that are suspended, and accounts that go.

use serde_json::json;
use tintype_model::Visibility;
use tintype_service::{Found, Resolver as _, accounts, favourites, moderation};
use tintype_testkit::peer::{SignOptions, verify};

use crate::{
    given::{Stage, draft, posts, told},
    shown::{get, unsigned},
};

#[tokio::test]
async fn the_suspended_show_that_they_are_and_nothing_else() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.followed_by(&alice, &peer, &bob).await;
    let change = accounts::ProfileChange {
        display_name: Some("Alice".to_owned()),
        ..accounts::ProfileChange::default()
    };
    accounts::update_profile(&here.ctx, alice.id, change).await.unwrap();
    let post = here.post(&alice, draft("mine", Visibility::Public)).await;
    here.work().await;
    let before = posts(&peer).len();

    // What had not left yet stays.
    here.post(&alice, draft("too late", Visibility::Public)).await;
    moderation::suspend(&here.ctx, alice.id).await.unwrap();
    here.work().await;
    let sent = posts(&peer).split_off(before);
    let [update] = sent.as_slice() else { panic!("{} requests", sent.len()) };
    verify(update, alice.public_key_pem.as_deref().unwrap()).unwrap();
    let (update, actor) = (update.json(), get(&peer, &bob, &alice.uri).await.ok());
    for document in [&update["object"], &actor] {
        assert_eq!((&document["suspended"], &document["name"]), (&json!(true), &json!("")));
        assert_eq!(document["publicKey"]["owner"], alice.uri);
    }
    assert_eq!(unsigned(&peer, &bob, &alice.uri).await.status, 200);
    let finger = format!("/.well-known/webfinger?resource=acct:alice@{}", here.ctx.site.domain);
    assert_eq!(unsigned(&peer, &bob, &here.url(&finger)).await.status, 200);
    let below = ["outbox", "outbox?page=true", "followers", "following", "collections/featured"];
    for url in below.map(|path| format!("{}/{path}", alice.uri)).iter().chain([&post.uri]) {
        assert_eq!(get(&peer, &bob, url).await.status, 404, "{url}");
    }
    // What ends something is taken still.
    let inbox = format!("{}/inbox", alice.uri);
    let undo = peer.undo(&bob, &peer.follow(&bob, &alice.uri));
    assert_eq!(peer.deliver(&bob, &inbox, &undo, &SignOptions::default()).await.status, 202);

    moderation::unsuspend(&here.ctx, alice.id).await.unwrap();
    here.work().await;
    assert_eq!(get(&peer, &bob, &post.uri).await.status, 200);
    let actor = get(&peer, &bob, &alice.uri).await.ok();
    assert_eq!((actor.get("suspended"), &actor["name"]), (None, &json!("Alice")));
}

#[tokio::test]
async fn the_suspended_from_elsewhere_are_not_heard() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.followed_by(&alice, &peer, &bob).await;
    let post = here.post(&alice, draft("mine", Visibility::Public)).await;
    here.work().await;
    let known = here.account_of(&bob.id).await.unwrap();
    moderation::suspend(&here.ctx, known.id).await.unwrap();
    here.work().await;
    assert_eq!(told(&peer, "Reject").len(), 1, "they hear that their follow ended");
    let like = peer.like(&bob, &post.uri);
    let answer = peer.tell(&bob, &alice.uri, &like).await;
    assert_eq!((answer.status, &answer.json()["error"]), (403, &json!("the actor is suspended")));
    assert_eq!(get(&peer, &bob, &post.uri).await.status, 403);
    let before = posts(&peer).len();
    here.post(&alice, draft(&format!("hi @{}", bob.handle()), Visibility::Public)).await;
    here.work().await;
    assert_eq!(posts(&peer).len(), before);
}

#[tokio::test]
async fn who_goes_takes_leave_of_everybody() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    // Dora is only known, no more.
    let dora = peer.actor_at("far.localhost", "dora");
    let note = peer.note(&dora, "<p>hers</p>");
    here.followed_by(&alice, &peer, &bob).await;
    let Some(Found::Status(liked)) = here.federation.object(note["id"].as_str().unwrap()).await.unwrap()
    else {
        panic!("not found")
    };
    favourites::favourite(&here.ctx, alice.id, liked).await.unwrap();
    let post = here.post(&alice, draft("mine", Visibility::Public)).await;
    here.work().await;
    let before = posts(&peer).len();

    here.post(&alice, draft("too late", Visibility::Public)).await;
    moderation::delete(&here.ctx, alice.id).await.unwrap();
    here.work().await;
    let sent = posts(&peer).split_off(before);
    let mut hosts: Vec<_> = sent.iter().map(|r| r.host.clone()).collect();
    hosts.sort();
    let mut all = [bob.domain.clone(), dora.domain.clone()];
    all.sort();
    assert_eq!(hosts, all);
    for delete in &sent {
        verify(delete, alice.public_key_pem.as_deref().unwrap()).unwrap();
        assert_eq!((delete.kind().as_str(), &delete.json()["object"]), ("Delete", &json!(alice.uri)));
        assert_eq!(delete.json()["actor"], alice.uri);
    }
    let stone = here.account(alice.id).await;
    assert!(stone.deleted_at.is_some() && stone.display_name.is_empty());
    assert!(here.status_of(&post.uri).await.is_none());
    let liked = here.ctx.store.read().await.unwrap().status(liked).await.unwrap().unwrap();
    assert_eq!(liked.favourites_count, 0);

    let below = ["outbox", "followers", "following", "collections/featured", "likes/1", "follows/1"];
    let below = below.map(|path| format!("{}/{path}", alice.uri));
    for url in below.iter().chain([&alice.uri, &post.uri, &format!("{}/activity", post.uri)]) {
        assert_eq!(get(&peer, &bob, url).await.status, 410, "{url}");
    }
    assert_eq!(unsigned(&peer, &bob, &alice.uri).await.status, 410);
    let inbox = format!("{}/inbox", alice.uri);
    let follow = peer.follow(&bob, &alice.uri);
    assert_eq!(peer.deliver(&bob, &inbox, &follow, &SignOptions::default()).await.status, 410);
}

#[tokio::test]
async fn who_goes_elsewhere_is_forgotten_and_may_come_back() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let known = here.befriend(&alice, &peer, &bob).await;
    let post = here.post(&alice, draft("mine", Visibility::Public)).await;
    let note = peer.note(&bob, "<p>theirs</p>");
    for activity in [peer.like(&bob, &post.uri), peer.create(&bob, &note), peer.follow(&bob, &alice.uri)] {
        assert_eq!(peer.tell(&bob, &alice.uri, &activity).await.status, 202);
    }
    here.work().await;
    let (eve, farewell) = (peer.actor("eve"), peer.activity(&bob, "Delete", &json!(bob.id)));
    // Nobody takes leave for others.
    let forged = peer.activity(&eve, "Delete", &json!(bob.id));
    assert_eq!(peer.tell(&eve, &alice.uri, &forged).await.status, 202);
    assert!(here.account_of(&bob.id).await.unwrap().is_active());

    // Their server shows them no more: the key that is known here has to do.
    peer.withdraw(&bob.id);
    let before = peer.count(|r| r.method == "GET");
    for _ in 0..2 {
        assert_eq!(peer.tell(&bob, &alice.uri, &farewell).await.status, 202);
        assert!(!here.account_of(&bob.id).await.unwrap().is_active(), "hidden at once");
    }
    // Under another id, too.
    let again = peer.activity(&bob, "Delete", &json!(bob.id));
    assert_eq!(peer.tell(&bob, &alice.uri, &again).await.status, 202);
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.like(&bob, &post.uri)).await.status, 403);
    here.work().await;
    assert!(here.account_of(&bob.id).await.is_none());
    assert!(here.status_of(note["id"].as_str().unwrap()).await.is_none());
    assert_eq!(here.status_of(&post.uri).await.unwrap().favourites_count, 0);
    assert_eq!(here.account(alice.id).await.followers_count, 0);
    // Once more, by somebody nobody knows any more.
    assert_eq!(peer.tell(&bob, &alice.uri, &farewell).await.status, 202);
    assert_eq!(peer.count(|r| r.method == "GET"), before, "nothing is asked");

    peer.publish_actor(&bob);
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.like(&bob, &post.uri)).await.status, 202);
    let back = here.account_of(&bob.id).await.unwrap();
    assert!(back.id != known.id && back.acct() == bob.handle());
}
