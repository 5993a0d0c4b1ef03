//! What concerns actors themselves, and what nobody here understands.

use super::notes::bobs_post;
use super::reactions::counts;
use super::stage::Stage;
use crate::scenarios::{ask, eventually, has, id, is_gone, text, uri};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tintype_testkit::peer::Key;
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

pub async fn a_farewell_takes_everything_along(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { alice, bob, peer, .. } = &stage;
    let post = bobs_post(&stage).await;
    stage.tell_twice(&stage.say(fixture!("follow"), &[])).await;
    alice.sees_notification("follow", &bob.handle()).await;
    let mine = alice.say("worth a star").await;
    stage.tell_twice(&stage.about(fixture!("like"), &mine)).await;
    counts(&stage, &mine, "favourites_count", 1).await;
    // Mastodon's actor is gone when its farewell is told.
    peer.withdraw(&bob.id);
    stage.tell_twice(&stage.say(fixture!("delete_actor"), &[])).await;
    is_gone(alice, id(&post)).await;
    assert!(alice.home().await.iter().all(|entry| entry["account"]["acct"] != bob.handle()));
    counts(&stage, &mine, "favourites_count", 0).await;
    eventually("nobody follows, nobody is followed", async || {
        let me = alice.account(&alice.id).await;
        me["followers_count"] == 0 && me["following_count"] == 0
    })
    .await;
    assert!(stage.alice.notifications().await.is_empty(), "what he told is gone");
}

pub async fn a_suspension_far_away_counts_here(instance: Instance) {
    let mut stage = Stage::set(instance).await;
    let post = bobs_post(&stage).await;
    let mut update = stage.say(fixture!("update_actor"), &[]);
    update["object"]["publicKey"]["publicKeyPem"] = stage.bob.key.public_pem().into();
    for (suspended, status) in [(true, 404), (false, 200)] {
        update["id"] = format!("{}#updates/suspended-{suspended}", stage.bob.id).into();
        stage.bob.document["suspended"] = suspended.into();
        stage.peer.publish_actor(&stage.bob);
        stage.tell_twice(&update).await;
        let path = format!("/api/v1/statuses/{}", id(&post));
        eventually(&format!("suspended: {suspended}"), async || {
            ask(&stage.alice, &path).await.status == status
        })
        .await;
        let here = stage.alice.home().await;
        assert_eq!(has(&here, uri(&post)), !suspended);
        // Who is suspended there says nothing here.
        let note = stage.peer.note(&stage.bob, "<p>still here</p>");
        let said = stage.tell(&stage.peer.create(&stage.bob, &note)).await.status;
        assert_eq!(said, if suspended { 403 } else { 202 });
    }
}

pub async fn a_new_key_is_asked_for(instance: Instance) {
    let mut stage = Stage::set(instance).await;
    stage.alice_follows().await;
    // The same name for another key, as Mastodon does it; nothing is told but the next post.
    stage.bob.key = Arc::new(Key::generate());
    stage.bob.document["publicKey"]["publicKeyPem"] = stage.bob.key.public_pem().into();
    stage.peer.publish_actor(&stage.bob);
    let create = stage.say(fixture!("create_note_with_pictures"), &[]);
    stage.tell_twice(&create).await;
    stage.alice.sees_at_home(text(&create, "/object/id")).await;
}

pub async fn a_moved_inbox_is_found(instance: Instance) {
    let mut stage = Stage::set(instance).await;
    stage.tell_twice(&stage.say(fixture!("follow"), &[])).await;
    stage.hears("Accept").await;
    let (elsewhere, old) = (stage.peer.url("/elsewhere/inbox"), stage.bob.document["inbox"].clone());
    assert_ne!(old, elsewhere.as_str());
    let mut update = stage.say(fixture!("update_actor"), &[]);
    update["object"]["publicKey"]["publicKeyPem"] = stage.bob.key.public_pem().into();
    for document in [&mut stage.bob.document, &mut update["object"]] {
        document["inbox"] = elsewhere.as_str().into();
        document["endpoints"]["sharedInbox"] = elsewhere.as_str().into();
    }
    stage.peer.publish_actor(&stage.bob);
    stage.tell_twice(&update).await;
    // Its server is asked in the background; what is posted after that goes to the new address.
    eventually("a post goes to the new address", async || {
        stage.alice.say("to the new address").await;
        stage.peer.received().iter().any(|request| request.is("Create") && request.path == "/elsewhere/inbox")
    })
    .await;
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
        ("Add of what is unknown", aimed(peer.activity(bob, "Add", &note["id"]), &peer.url("/users/bob/tags"))),
        ("Remove of what is unknown", aimed(peer.activity(bob, "Remove", &note["id"]), &featured)),
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
        ("Update of what is unknown", peer.activity(bob, "Update", &note)),
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
    for name in ["Add", "Remove"] {
        let before = instance.rows(&BOOKKEEPING).await;
        let stolen = aimed(peer.activity(bob, name, &json!(uri(&post))), &featured);
        assert_eq!(stage.tell(&stolen).await.status, 403, "{name} of somebody else's post");
        let after = instance.rows(&BOOKKEEPING).await;
        assert_eq!(rows::differences(&before, &after), [] as [String; 0], "{name}");
    }
    assert_eq!(alice.notifications().await.len(), 1);
}

/// Dead letters of others: an activity that was given up is listed with the reason, and done when an administrator says so.
pub async fn what_was_given_up_is_tried_again_by_hand(instance: Instance) {
    let stage = Stage::set(instance).await;
    stage.alice_follows().await;
    let Stage { instance, alice, peer, bob } = &stage;
    let note = peer.note(bob, "<p>mine after all</p>");
    let mut stolen = note.clone();
    stolen["attributedTo"] = peer.url("/users/somebody").into();
    peer.publish(text(&note, "/id"), &stolen);
    let mut create = peer.create(bob, &note);
    create["object"] = note["id"].clone();
    assert_eq!(stage.tell(&create).await.status, 202);
    let dead = async || {
        let listed = instance.cli(&["jobs", "list", "--state", "dead", "--json"]).await;
        listed["jobs"].as_array().and_then(|jobs| jobs.first().cloned())
    };
    let job = wait::until("it is given up", wait::PATIENCE, dead).await;
    assert_eq!(
        (&job["queue"], &job["last_error"]),
        (&json!("ingest"), &json!("the object is somebody else's"))
    );
    assert!(!has(&alice.home().await, text(&note, "/id")));

    peer.publish(text(&note, "/id"), &note);
    let number = text(&job, "/id").to_owned();
    instance.cli(&["jobs", "retry", &number, "--json"]).await;
    alice.sees_at_home(text(&note, "/id")).await;
    eventually("nothing is dead any more", async || dead().await.is_none()).await;
    let none = instance.try_cli(&["jobs", "retry", "1"]).await;
    assert!(!none.status.success(), "there is no such job");
}
