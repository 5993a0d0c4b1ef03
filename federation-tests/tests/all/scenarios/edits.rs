//! Update of posts and comments: what was edited is seen as edited, with what it was before.

use super::{Pair, each, eventually, follows, id, items, scenarios, seen_by, shown, text, uri};
use serde_json::{Value, json};
use tintype_testkit::{Client, pictures};

scenarios!(
    an_edited_post_changes_everywhere,
    an_edited_comment_changes_everywhere,
    pictures_are_edited,
    an_edit_tells_those_it_names_anew,
    an_edit_of_nothing_is_none,
);

async fn edit(who: &Client, status: &Value, change: Value) -> Value {
    who.put(&format!("/api/v1/statuses/{}", id(status)), change).await
}

async fn history(who: &Client, status: &Value) -> Vec<Value> {
    items(&who.get(&format!("/api/v1/statuses/{}/history", id(status))).await).to_vec()
}

async fn an_edited_post_changes_everywhere(Pair { alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let post = alice.post_status(json!({"status": "first words #one", "language": "en"})).await;
    assert_eq!(post["edited_at"], Value::Null);
    let there = bob.sees_at_home(uri(&post)).await;
    bob.reblog(id(&there)).await;
    alice.sees_status(id(&post), "boosted", |now| now["reblogs_count"] == 1).await;

    let change = json!({"status": "second words #two", "spoiler_text": "careful", "sensitive": true, "language": "de"});
    let edited = edit(&alice, &post, change).await;
    assert_eq!((edited["id"].clone(), edited["uri"].clone()), (post["id"].clone(), post["uri"].clone()));
    assert_ne!(edited["edited_at"], Value::Null);
    let seen = bob.sees_status(id(&there), "edited", |now| !now["edited_at"].is_null()).await;
    for key in ["edited_at", "created_at", "spoiler_text", "sensitive", "language", "visibility", "uri"] {
        assert_eq!(seen[key], edited[key], "{key}");
    }
    assert_eq!(seen["created_at"], post["created_at"]);
    assert_eq!(shown(text(&seen, "/content")), shown(text(&edited, "/content")));
    assert_eq!(each(items(&seen["tags"]), "/name"), ["two"]);
    assert_eq!((&seen["reblogs_count"], &seen["reblogged"]), (&json!(1), &json!(true)), "counts stay");
    // Whoever boosted it hears that it says something else now.
    let told = bob.sees_notification("update", &alice.handle()).await;
    assert_eq!(told["status"]["id"], there["id"]);

    // Both sides remember the same versions, oldest first.
    let versions = (history(&alice, &post).await, history(&bob, &there).await);
    for versions in [&versions.0, &versions.1] {
        assert_eq!(versions.len(), 2, "{versions:?}");
        assert!(text(&versions[0], "/content").contains("first words"));
        assert!(text(&versions[1], "/content").contains("second words"));
        assert_eq!(each(versions, "/spoiler_text"), ["", "careful"]);
    }
    assert_eq!(each(&versions.0, "/created_at"), each(&versions.1, "/created_at"));
    assert_eq!(text(&versions.1[0], "/account/acct"), alice.handle());
    let source = alice.get(&format!("/api/v1/statuses/{}/source", id(&post))).await;
    assert_eq!((&source["text"], &source["spoiler_text"]), (&json!("second words #two"), &json!("careful")));

    // Only she may.
    let theirs = bob.request("PUT".parse().unwrap(), &format!("/api/v1/statuses/{}", id(&there)));
    let refused = theirs.json(&json!({"status": "mine now"})).send().await;
    assert_eq!(refused.status, 404);
}

async fn an_edited_comment_changes_everywhere(Pair { alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let post = alice.say("what do you see?").await;
    let there = bob.sees_at_home(uri(&post)).await;
    let comment = bob.reply(id(&there), "a hoose").await;
    let told = alice.sees_notification("mention", &bob.handle()).await;
    let here = told["status"].clone();
    edit(&bob, &comment, json!({"status": "a house"})).await;
    let seen = alice.sees_status(id(&here), "edited", |now| !now["edited_at"].is_null()).await;
    assert!(text(&seen, "/content").contains("a house"), "{seen}");
    assert_eq!(seen["in_reply_to_id"], post["id"], "it still answers the same post");
    assert_eq!(alice.status(id(&post)).await["replies_count"], 1);
    assert_eq!(alice.context(id(&post)).await["descendants"][0]["content"], seen["content"]);
}

async fn pictures_are_edited(Pair { alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let (one, two, three) = (
        alice.upload(pictures::jpeg(120, 80, 1), "one").await,
        alice.upload(pictures::jpeg(80, 120, 2), "two").await,
        alice.upload(pictures::jpeg(90, 90, 3), "three").await,
    );
    let post = alice.post_status(json!({"status": "plates", "media_ids": [id(&one), id(&two)]})).await;
    let there = bob.sees_at_home(uri(&post)).await;
    assert_eq!(each(items(&there["media_attachments"]), "/description"), ["one", "two"]);

    // Another order, one less, one more, and another description.
    let change = json!({
        "status": "plates",
        "media_ids": [id(&three), id(&one)],
        "media_attributes": [{"id": id(&one), "description": "one, described again"}],
    });
    let edited = edit(&alice, &post, change).await;
    let wanted = ["three", "one, described again"];
    assert_eq!(each(items(&edited["media_attachments"]), "/description"), wanted);
    let seen = bob.sees_status(id(&there), "edited", |now| !now["edited_at"].is_null()).await;
    assert_eq!(each(items(&seen["media_attachments"]), "/description"), wanted);
    // A picture that stayed kept its place in the reader's copy.
    let kept = each(items(&there["media_attachments"]), "/id")[0].to_owned();
    assert_eq!(each(items(&seen["media_attachments"]), "/id")[1], kept);
    let versions = history(&bob, &there).await;
    assert_eq!(each(items(&versions[0]["media_attachments"]), "/description"), ["one", "two"]);
    assert_eq!(items(&versions[1]["media_attachments"]).len(), 2);
}

async fn an_edit_tells_those_it_names_anew(Pair { far, alice, bob, .. }: Pair) {
    let dora = far.person("dora").await;
    let post =
        alice.post_status(json!({"status": format!("for @{}", bob.handle()), "visibility": "direct"})).await;
    let for_bob = bob.sees_notification("mention", &alice.handle()).await["status"].clone();
    edit(&alice, &post, json!({"status": format!("for @{} now", dora.handle())})).await;
    let for_dora = dora.sees_notification("mention", &seen_by(&dora, &alice)).await["status"].clone();
    assert_eq!(uri(&for_dora), uri(&post));
    assert!(text(&for_dora, "/content").contains("now"));
    // Who was addressed once keeps it, and sees what it says now.
    let seen = bob.sees_status(id(&for_bob), "edited", |now| !now["edited_at"].is_null()).await;
    assert!(text(&seen, "/content").contains("now"), "{seen}");
    assert_eq!(each(items(&seen["mentions"]), "/acct"), [dora.username.as_str()]);
}

async fn an_edit_of_nothing_is_none(Pair { alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let post = alice.say("as it is").await;
    let there = bob.sees_at_home(uri(&post)).await;
    let same = edit(&alice, &post, json!({"status": "as it is"})).await;
    assert_eq!(same["edited_at"], Value::Null);
    assert_eq!(history(&alice, &post).await.len(), 1);
    edit(&alice, &post, json!({"status": "as it is now"})).await;
    eventually("the real edit arrives", async || !bob.status(id(&there)).await["edited_at"].is_null()).await;
    assert_eq!(history(&bob, &there).await.len(), 2);
}
