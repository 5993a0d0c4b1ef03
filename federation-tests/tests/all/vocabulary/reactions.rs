//! Like and Announce, and their Undo.

use super::stage::Stage;
use crate::scenarios::{has, id, is_gone, text, uri};
use serde_json::Value;
use tintype_testkit::{Instance, wait};

pub async fn counts(stage: &Stage, post: &Value, key: &str, count: u64) {
    stage.alice.sees_status(id(post), &format!("{key} {count}"), |status| status[key] == count).await;
}

pub async fn a_like_is_counted_and_undone(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { alice, bob, .. } = &stage;
    let post = alice.say("worth a star").await;
    stage.tell_twice(&stage.about(fixture!("like"), &post)).await;
    let told = alice.sees_notification("favourite", &bob.handle()).await;
    assert_eq!(told["status"]["id"], post["id"]);
    counts(&stage, &post, "favourites_count", 1).await;
    assert_eq!(stage.told("favourite").await.len(), 1);
    stage.tell_twice(&stage.about(fixture!("undo_like"), &post)).await;
    counts(&stage, &post, "favourites_count", 0).await;
    stage.untold("favourite").await;
}

pub async fn an_announce_is_counted_and_undone(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { alice, bob, .. } = &stage;
    stage.alice_follows().await;
    let post = alice.say("pass it on").await;
    let announce = stage.about(fixture!("announce"), &post);
    stage.tell_twice(&announce).await;
    let told = alice.sees_notification("reblog", &bob.handle()).await;
    assert_eq!(told["status"]["id"], post["id"]);
    counts(&stage, &post, "reblogs_count", 1).await;
    assert_eq!(stage.told("reblog").await.len(), 1);
    let wrapper = wait::until("the boost at home", wait::PATIENCE, async || {
        alice.home().await.into_iter().find(|entry| entry["uri"] == announce["id"])
    })
    .await;
    assert_eq!(wrapper["reblog"]["id"], post["id"]);
    assert_eq!(text(&wrapper, "/account/acct"), bob.handle());
    stage.tell_twice(&stage.about(fixture!("undo_announce"), &post)).await;
    counts(&stage, &post, "reblogs_count", 0).await;
    is_gone(alice, id(&wrapper)).await;
    stage.untold("reblog").await;
    assert!(has(&alice.home().await, uri(&post)));
}
