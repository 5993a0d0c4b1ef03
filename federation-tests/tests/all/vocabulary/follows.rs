//! Follow, Accept, Reject, Block, and Undo of Follow and Block.

use super::notes::bobs_post;
use super::stage::{ALICES_FOLLOW, Stage};
use crate::scenarios::{ask, each, eventually, has, id, text};
use serde_json::json;
use tintype_testkit::Instance;

pub async fn a_follow_is_answered_with_an_accept(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { alice, bob, .. } = &stage;
    let follow = stage.say(fixture!("follow"), &[]);
    stage.tell_twice(&follow).await;
    let accept = stage.hears("Accept").await.json();
    let object = &accept["object"];
    assert_eq!(object.get("id").unwrap_or(object), &follow["id"]);
    assert!(text(&accept, "/id").starts_with(&stage.instance.base()));

    let told = alice.sees_notification("follow", &bob.handle()).await;
    assert_eq!(told["account"]["uri"], bob.id);
    assert_eq!(stage.told("follow").await.len(), 1);
    assert_eq!(each(&alice.followers(&alice.id).await, "/acct"), [bob.handle()]);
    assert_eq!(alice.account(&alice.id).await["followers_count"], 1);
    let profile = alice.account(text(&told, "/account/id")).await;
    assert_eq!(text(&profile, "/display_name"), "Bob :lens:");
    assert!(text(&profile, "/note").contains("Wet plates, mostly."));
    assert_eq!(profile["fields"][0]["name"], "Camera");
    assert_eq!(profile["url"], stage.peer.url("/@bob"));
    // His followers hear what she says: now one of them is bob's server.
    let post = alice.say("hello followers").await;
    let heard = stage.hears("Create").await.json();
    assert_eq!(heard["object"]["id"], post["uri"]);

    // The same Follow under another id is answered again: the other side has lost our answer.
    let again = stage.say(fixture!("follow"), &[("3f1e6a52", "4f1e6a52")]);
    assert_eq!(stage.tell(&again).await.status, 202);
    stage
        .peer
        .wait_for("another Accept", |request| {
            request.is("Accept") && request.json().to_string().contains("4f1e6a52")
        })
        .await;
    assert_eq!(alice.account(&alice.id).await["followers_count"], 1);

    let undo = stage.say(fixture!("undo_follow"), &[]);
    stage.tell_twice(&undo).await;
    eventually("bob is gone", async || alice.followers(&alice.id).await.is_empty()).await;
    assert_eq!(alice.account(&alice.id).await["followers_count"], 0);
    stage.untold("follow").await;
}

pub async fn an_accept_makes_a_follow(instance: Instance) {
    let stage = Stage::set(instance).await;
    let there = stage.alice_follows().await;
    assert_eq!(each(&stage.alice.following(&stage.alice.id).await, "/acct"), [stage.bob.handle()]);
    assert_eq!(stage.alice.account(&stage.alice.id).await["following_count"], 1);
    assert_eq!(stage.alice.account(id(&there)).await["followers_count"], 1);
    // An Accept by somebody else of a follow that was not of them makes nothing.
    let eve = stage.peer.actor_at("elsewhere.localhost", "eve");
    let eve_there = stage.alice.find_account(&eve.handle()).await;
    let false_accept = stage.peer.accept(
        &eve,
        &json!({
            "id": format!("{}/follows/1", stage.alice.actor()), "type": "Follow",
            "actor": stage.alice.actor(), "object": eve.id,
        }),
    );
    stage.peer.tell(&eve, &stage.alice.actor(), &false_accept).await;
    stage.stands_to(&eve_there, false, false).await;
}

pub async fn a_reject_ends_a_request_and_a_follow(instance: Instance) {
    let stage = Stage::set(instance).await;
    let (follow, there) = stage.alice_asks().await;
    let reject = stage.say(fixture!("reject_follow"), &[(ALICES_FOLLOW, &follow)]);
    stage.tell_twice(&reject).await;
    stage.stands_to(&there, false, false).await;

    // Later, of a follow that was accepted: what came by it goes.
    stage.alice.follow(&stage.bob.handle()).await;
    let second = stage.peer.wait_for("another Follow", |request| {
        request.is("Follow") && request.json()["id"] != follow.as_str()
    });
    let second = id(&second.await.json()).to_owned();
    let accept = stage.say(fixture!("accept_follow"), &[(ALICES_FOLLOW, &second)]);
    assert_eq!(stage.tell(&accept).await.status, 202);
    stage.stands_to(&there, true, false).await;
    let create = stage.say(fixture!("create_note_with_pictures"), &[]);
    assert_eq!(stage.tell_all(&create).await.status, 202);
    stage.alice.sees_at_home(text(&create, "/object/id")).await;
    let replace = [(ALICES_FOLLOW, second.as_str()), ("#rejects/follows/41", "#rejects/follows/42")];
    let reject = stage.say(fixture!("reject_follow"), &replace);
    stage.tell_twice(&reject).await;
    stage.stands_to(&there, false, false).await;
    assert!(!has(&stage.alice.home().await, text(&create, "/object/id")));
    assert_eq!(stage.alice.account(&stage.alice.id).await["following_count"], 0);
}

pub async fn a_block_shuts_the_door(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { alice, bob, .. } = &stage;
    let post = bobs_post(&stage).await;
    let follow = stage.say(fixture!("follow"), &[]);
    stage.tell_twice(&follow).await;
    alice.sees_notification("follow", &bob.handle()).await;
    let account = text(&post, "/account/id");
    stage.tell_twice(&stage.say(fixture!("block"), &[])).await;
    let stands = async |key: &str| alice.relationship(account).await[key] == true;
    eventually("bob blocks alice", async || stands("blocked_by").await).await;
    assert!(!stands("following").await && !stands("followed_by").await);
    assert!(!has(&alice.home().await, text(&post, "/uri")));
    assert!(alice.followers(&alice.id).await.is_empty());
    let path = format!("/api/v1/statuses/{}", id(&post));
    assert_eq!(ask(alice, &path).await.status, 404);
    stage.tell_twice(&stage.say(fixture!("undo_block"), &[])).await;
    eventually("bob blocks alice no more", async || !stands("blocked_by").await).await;
    assert!(!stands("following").await && !stands("followed_by").await, "what ended stays ended");
    assert_eq!(ask(alice, &path).await.status, 200);
}
