//! Create, Update and Delete of notes, and Add and Remove of pins.

use super::stage::Stage;
use crate::scenarios::{ask, each, eventually, has, id, is_gone, items, text, uri};
use serde_json::{Value, json};
use tintype_testkit::Instance;

/// The fixture's post, at alice's home.
pub async fn bobs_post(stage: &Stage) -> Value {
    stage.alice_follows().await;
    let create = stage.say(fixture!("create_note_with_pictures"), &[]);
    stage.tell_twice(&create).await;
    stage.alice.sees_at_home(text(&create, "/object/id")).await
}

pub async fn a_create_with_pictures_is_shown(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { instance, alice, peer, bob } = &stage;
    let post = bobs_post(&stage).await;
    assert_eq!(alice.home().await.len(), 1, "delivered twice, shown once");
    assert!(text(&post, "/content").starts_with("<p>Two doors for "), "{post}");
    assert_eq!(text(&post, "/url"), peer.url("/@bob/113000000000000001"));
    assert_eq!(text(&post, "/created_at"), "2026-01-02T03:04:05.000Z");
    assert_eq!(text(&post, "/account/acct"), bob.handle());
    for (key, value) in [
        ("visibility", json!("public")),
        ("sensitive", json!(false)),
        ("spoiler_text", json!("")),
        ("language", json!("en")),
        ("in_reply_to_id", Value::Null),
    ] {
        assert_eq!(post[key], value, "{key}");
    }
    assert_eq!(each(items(&post["mentions"]), "/id"), [alice.id.as_str()]);
    let tags = items(&post["tags"]);
    assert_eq!(tags.len(), 1);
    assert_eq!(text(&tags[0], "/name").to_lowercase(), "tintype");

    let pictures = items(&post["media_attachments"]);
    let expected = [
        (
            json!("A green door with a brass knocker"),
            "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
            (1600, 1200),
            "/system/media_attachments/files/1/original/door.jpg",
        ),
        (
            Value::Null,
            "UBL_:rOpGG-oBUNG,qRj2so|=eE1",
            (900, 1350),
            "/system/media_attachments/files/2/original/gate.png",
        ),
    ];
    assert_eq!(pictures.len(), expected.len());
    for (picture, (alt, blurhash, (width, height), remote)) in pictures.iter().zip(expected) {
        assert_eq!((&picture["type"], &picture["description"]), (&json!("image"), &alt));
        assert_eq!(picture["blurhash"], blurhash);
        assert_eq!(picture["meta"]["original"]["width"], width);
        assert_eq!(picture["meta"]["original"]["height"], height);
        assert_eq!(picture["remote_url"], peer.url(remote));
        // Fetched by us, lazily and once, however many look.
        let asked = || peer.count(|request| request.path == remote);
        assert_eq!(asked(), 0, "{remote}");
        for url in [text(picture, "/url"), text(picture, "/preview_url"), text(picture, "/url")] {
            assert!(url.starts_with(&format!("{}/", instance.base())), "{url}");
            let answer = ask(&instance.client(), url).await;
            assert_eq!(answer.status, 200, "{url}");
            assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("image/")), "{url}");
            assert!(!answer.body.is_empty());
        }
        assert_eq!(asked(), 1, "{remote}");
    }
    assert_eq!(pictures[0]["meta"]["focus"], json!({"x": 0.25, "y": -0.5}));

    let told = alice.sees_notification("mention", &bob.handle()).await;
    assert_eq!(told["status"]["id"], post["id"]);
    assert_eq!(stage.told("mention").await.len(), 1);
    let profile = alice.account(text(&post, "/account/id")).await;
    assert_eq!(profile["statuses_count"], 1);
    assert!(has(&alice.public_timeline().await, uri(&post)));
}

async fn is_deleted_for_good(stage: &Stage, delete: &Value, post: &Value) {
    let alice = &stage.alice;
    stage.tell_twice(delete).await;
    is_gone(alice, id(post)).await;
    assert!(!has(&alice.home().await, uri(post)));
    assert!(!has(&alice.public_timeline().await, uri(post)));
    assert!(stage.told("mention").await.is_empty());
    assert_eq!(alice.account(text(post, "/account/id")).await["statuses_count"], 0);
    // It doesn't come back, not even under another activity's id.
    let create =
        stage.say(fixture!("create_note_with_pictures"), &[("000000001/activity", "000000001/activity2")]);
    assert_eq!(stage.tell(&create).await.status, 202);
    let witness = stage.peer.note(&stage.bob, "<p>later</p>");
    assert_eq!(stage.tell(&stage.peer.create(&stage.bob, &witness)).await.status, 202);
    alice.sees_at_home(id(&witness)).await;
    assert!(!has(&alice.home().await, uri(post)));
}

pub async fn a_delete_of_a_tombstone_removes(instance: Instance) {
    let stage = Stage::set(instance).await;
    let post = bobs_post(&stage).await;
    is_deleted_for_good(&stage, &stage.say(fixture!("delete_note"), &[]), &post).await;
}

pub async fn a_delete_of_a_bare_id_removes(instance: Instance) {
    let stage = Stage::set(instance).await;
    let post = bobs_post(&stage).await;
    is_deleted_for_good(&stage, &stage.say(fixture!("delete_note_uri"), &[]), &post).await;
}

pub async fn a_reply_is_a_comment(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { alice, bob, .. } = &stage;
    let post = alice.say("ask me about gear").await;
    let create = stage.about(fixture!("create_reply"), &post);
    stage.tell_twice(&create).await;
    let told = alice.sees_notification("mention", &bob.handle()).await;
    let comment = &told["status"];
    assert_eq!(comment["uri"], create["object"]["id"]);
    assert_eq!(comment["in_reply_to_id"], post["id"]);
    assert_eq!(comment["in_reply_to_account_id"], alice.id);
    assert_eq!((&comment["spoiler_text"], &comment["sensitive"]), (&json!("gear talk"), &json!(true)));
    assert_eq!(comment["visibility"], "private");
    assert!(text(comment, "/content").contains("which lens?"));
    let context = alice.context(id(&post)).await;
    assert_eq!(each(items(&context["descendants"]), "/id"), [id(comment)]);
    // What not everyone may see, nobody can count.
    assert_eq!(alice.status(id(&post)).await["replies_count"], 0);
    // Followers and the mentioned only.
    let anybody = stage.instance.client();
    assert_eq!(ask(&anybody, &format!("/api/v1/statuses/{}", id(comment))).await.status, 404);
    assert_eq!(anybody.context(id(&post)).await["descendants"], json!([]));
}

pub async fn an_update_changes_what_it_says(instance: Instance) {
    let stage = Stage::set(instance).await;
    let alice = &stage.alice;
    let post = bobs_post(&stage).await;
    let update = stage.say(fixture!("update_note"), &[]);
    stage.tell_twice(&update).await;
    let seen = alice.sees_status(id(&post), "edited", |now| !now["edited_at"].is_null()).await;
    assert!(text(&seen, "/content").starts_with("<p>A door and a gate for "), "{seen}");
    assert_eq!(text(&seen, "/edited_at"), "2026-01-02T06:07:08.000Z");
    assert_eq!(seen["created_at"], post["created_at"]);
    assert_eq!(
        each(items(&seen["media_attachments"]), "/id"),
        each(items(&post["media_attachments"]), "/id")
    );
    let history = alice.get(&format!("/api/v1/statuses/{}/history", id(&post))).await;
    assert_eq!(items(&history).len(), 2, "told twice, changed once: {history}");
    assert!(text(&history[0], "/content").starts_with("<p>Two doors for "), "{history}");
    assert_eq!(stage.told("mention").await.len(), 1, "who was named before isn't told again");
    // An older version comes late, and changes nothing; another's server can't change it at all.
    let older = stage.say(
        fixture!("update_note"),
        &[
            ("2026-01-02T06:07:08Z", "2026-01-02T05:00:00Z"),
            ("#updates/1767334028", "#updates/1"),
            ("A door and", "No door and"),
        ],
    );
    stage.tell_twice(&older).await;
    let eve = stage.peer.actor_at("elsewhere.localhost", "eve");
    let mut stolen = stage.peer.activity(&eve, "Update", &update["object"]);
    stolen["object"]["content"] = "<p>stolen</p>".into();
    stage.peer.tell(&eve, &alice.actor(), &stolen).await;
    let witness = stage.peer.note(&stage.bob, "<p>later</p>");
    assert_eq!(stage.tell(&stage.peer.create(&stage.bob, &witness)).await.status, 202);
    alice.sees_at_home(id(&witness)).await;
    assert_eq!(alice.status(id(&post)).await["content"], seen["content"]);
}

pub async fn a_delete_overtakes_a_create(instance: Instance) {
    let stage = Stage::set(instance).await;
    stage.alice_follows().await;
    stage.tell_twice(&stage.say(fixture!("delete_note"), &[])).await;
    let create = stage.say(fixture!("create_note_with_pictures"), &[]);
    stage.tell_twice(&create).await;
    let witness = stage.peer.note(&stage.bob, "<p>later</p>");
    assert_eq!(stage.tell(&stage.peer.create(&stage.bob, &witness)).await.status, 202);
    stage.alice.sees_at_home(id(&witness)).await;
    assert!(!has(&stage.alice.home().await, text(&create, "/object/id")));
    assert!(!has(&stage.alice.public_timeline().await, text(&create, "/object/id")));
    assert!(stage.told("mention").await.is_empty());
}

pub async fn pins_come_and_go(instance: Instance) {
    let stage = Stage::set(instance).await;
    let post = bobs_post(&stage).await;
    let path = format!("/api/v1/accounts/{}/statuses?pinned=true", text(&post, "/account/id"));
    let pinned = async || each(items(&stage.alice.get(&path).await), "/id").len();
    let (add, remove) = (stage.say(fixture!("add_note"), &[]), stage.say(fixture!("remove_note"), &[]));
    // Mastodon gives these no name; without one the same words in the same second are the same activity.
    let mut again = add.clone();
    again["id"] = format!("{}#add/2", stage.bob.id).into();
    for (activity, count) in [(add, 1), (remove, 0), (again, 1)] {
        stage.tell_twice(&activity).await;
        eventually(&format!("{count} pinned after {activity}"), async || pinned().await == count).await;
    }
    stage.tell_twice(&stage.say(fixture!("delete_note"), &[])).await;
    eventually("none is pinned", async || pinned().await == 0).await;
}
