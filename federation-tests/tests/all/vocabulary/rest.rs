//! What concerns actors themselves, and what nobody here understands.

use super::reactions::counts;
use super::stage::Stage;
use crate::scenarios::{eventually, id, text, uri};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tintype_testkit::{Instance, rows, wait};

pub async fn an_update_of_an_actor_changes_the_profile(instance: Instance) {
    let mut stage = Stage::set(instance).await;
    let there = stage.alice.find_account(&stage.bob.handle()).await;
    assert_eq!(text(&there, "/display_name"), "Bob :lens:");
    let mut update = stage.say(fixture!("update_actor"), &[]);
    update["object"]["publicKey"]["publicKeyPem"] = stage.bob.key.public_pem().into();
    stage.bob.document["name"] = update["object"]["name"].clone();
    stage.peer.publish_actor(&stage.bob);
    stage.tell_twice(&update).await;
    eventually("the new name", async || {
        stage.alice.account(id(&there)).await["display_name"] == "Bob the Elder"
    })
    .await;
}

pub async fn a_farewell_of_a_stranger_is_not_asked_after(instance: Instance) {
    let stage = Stage::set(instance).await;
    // Mastodon tells every server it knows; the actor's document is gone by then.
    let farewell = stage.say(fixture!("delete_actor"), &[]);
    stage.peer.withdraw(&stage.bob.id);
    let before = stage.instance.rows(&BOOKKEEPING).await;
    stage.tell_twice(&farewell).await;
    let after = stage.instance.rows(&BOOKKEEPING).await;
    assert_eq!(rows::differences(&before, &after), [] as [String; 0]);
    assert_eq!(stage.peer.count(|_| true), 0, "nothing is fetched for it");
}

/// Tables that may differ after an activity that changes nothing: what remembers it, and what runs by the clock.
const BOOKKEEPING: [&str; 4] = ["received_activities", "jobs", "leases", "hosts"];

pub async fn what_is_not_understood_changes_nothing(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { instance, alice, peer, bob } = &stage;
    let post = alice.say("leave me alone").await;
    // Bob becomes known, and everything comes to rest.
    stage.tell_twice(&stage.about(fixture!("like"), &post)).await;
    counts(&stage, &post, "favourites_count", 1).await;
    wait::until("all deliveries made", wait::PATIENCE, async || {
        let rows = instance.rows(&[]).await;
        let at_rest = |name: &str| rows.get(name).is_none_or(|table| table.rows == 0);
        (at_rest("deliveries") && rows["received_activities"].rows > 0).then_some(())
    })
    .await;

    let note = peer.note(bob, "<p>a poll</p>");
    let mut question = note.clone();
    question["type"] = "Question".into();
    question["oneOf"] = json!([{"type": "Note", "name": "yes"}, {"type": "Note", "name": "no"}]);
    let featured = format!("{}/collections/featured", bob.id);
    let aimed = |mut activity: Value, target: &str| {
        activity["target"] = target.into();
        activity
    };
    let cases: Vec<(&str, Value)> = vec![
        ("Move", aimed(peer.activity(bob, "Move", &json!(bob.id)), &peer.url("/users/robert"))),
        ("Flag", peer.activity(bob, "Flag", &json!([alice.actor(), uri(&post)]))),
        ("Add", aimed(peer.activity(bob, "Add", &json!(uri(&post))), &featured)),
        ("Remove", aimed(peer.activity(bob, "Remove", &json!(uri(&post))), &featured)),
        ("EmojiReact", peer.activity(bob, "EmojiReact", &json!(uri(&post)))),
        ("View", peer.activity(bob, "View", &json!(uri(&post)))),
        ("FutureActivity", peer.activity(bob, "FutureActivity", &json!({"type": "Unheard", "x": [1, null]}))),
        ("Create of an Unheard", peer.activity(bob, "Create", &json!({
            "id": peer.url("/users/bob/things/1"), "type": "Unheard", "attributedTo": bob.id,
        }))),
        ("Undo of a View", peer.activity(bob, "Undo", &json!({
            "id": peer.url("/users/bob/views/1"), "type": "View", "actor": bob.id, "object": uri(&post),
        }))),
        ("Like of nothing known", peer.like(bob, &instance.url("/users/alice/statuses/1"))),
        ("Create of nobody's concern", peer.create(bob, &note)),
        ("Create of a Question of nobody's concern", peer.create(bob, &question)),
        ("Update of what is unknown", stage.say(fixture!("update_note"), &[])),
    ];
    let names: BTreeSet<&str> = cases.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), cases.len());
    for (name, activity) in &cases {
        let before = instance.rows(&BOOKKEEPING).await;
        let answer = stage.tell_all(activity).await;
        assert_eq!(answer.status, 202, "{name}: {answer:?}");
        // Once more, and to the other inbox: whatever the first one set going has been asked for by then.
        assert_eq!(stage.tell(activity).await.status, 202, "{name}");
        let after = instance.rows(&BOOKKEEPING).await;
        assert_eq!(rows::differences(&before, &after), [] as [String; 0], "{name}");
    }
    assert_eq!(alice.notifications().await.len(), 1);
}
