//! Create and Delete of notes.

use super::stage::Stage;
use crate::scenarios::{ask, each, has, id, is_gone, items, text, uri};
use serde_json::{Value, json};
use tintype_testkit::Instance;

/// The fixture's post, at alice's home.
async fn bobs_post(stage: &Stage) -> Value {
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
