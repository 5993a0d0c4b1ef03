//! Create and Delete of posts, their pictures, tags and mentions.

use super::{Pair, ask, each, eventually, follows, has, id, is_gone, items, scenarios, shown, text, uri};
use serde_json::{Value, json};
use tintype_testkit::pictures::{self, Exif};
use tintype_testkit::{Client, Person};

scenarios!(
    posts_reach_followers_both_ways,
    a_post_with_three_pictures_arrives,
    a_mention_is_told,
    a_deleted_post_is_gone_everywhere,
    a_retried_post_is_published_once,
);

async fn posts_reach_followers_both_ways(Pair { alice, bob, .. }: Pair) {
    follows(&alice, &bob).await;
    follows(&bob, &alice).await;
    for (author, reader) in [(&alice, &bob), (&bob, &alice)] {
        let post = author.post_status(json!({
            "status": "line one\nline two <script>alert(1)</script> https://example.org/a?b=c&d=e",
            "spoiler_text": "two lines",
            "language": "de",
        }));
        let post = post.await;
        let seen = reader.sees_at_home(uri(&post)).await;
        for key in ["uri", "url", "spoiler_text", "sensitive", "language", "visibility", "created_at"] {
            assert_eq!(seen[key], post[key], "{key}");
        }
        assert_eq!(shown(text(&seen, "/content")), shown(text(&post, "/content")));
        assert_eq!(seen["sensitive"], true);
        assert!(!text(&seen, "/content").contains("<script"), "{seen}");
        assert_eq!(text(&seen, "/account/acct"), author.handle());
        // The same post by its own address, here and there.
        assert_eq!(reader.find_status(uri(&post)).await["id"], seen["id"]);
        assert_eq!(reader.status(id(&seen)).await["content"], seen["content"]);
        // Its author's count is the same on both sides.
        let there = reader.account(text(&seen, "/account/id")).await;
        assert_eq!(there["statuses_count"], author.account(&author.id).await["statuses_count"]);
    }
}

/// A picture as somebody without an account gets it: a JPEG without EXIF.
async fn is_clean_jpeg(client: &Client, url: &str) {
    let answer = client.anonymous().request("GET".parse().unwrap(), url).send().await;
    assert_eq!(answer.status, 200, "{url}");
    assert_eq!(answer.header("content-type"), Some("image/jpeg"), "{url}");
    assert!(answer.body.starts_with(&[0xFF, 0xD8, 0xFF]), "{url} is no JPEG");
    assert!(!answer.body.windows(6).any(|six| six == b"Exif\0\0"), "{url} has EXIF");
}

async fn a_post_with_three_pictures_arrives(Pair { home, far, alice, bob }: Pair) {
    follows(&bob, &alice).await;
    let exif = Exif { orientation: 6, gps: Some((52.5163, 13.3777)) };
    let turned = pictures::jpeg_with_exif(320, 200, 1, exif);
    let uploads = [
        (turned, "a gate"),
        (pictures::jpeg(200, 200, 2), "a door & a <wall>"),
        (pictures::jpeg(90, 300, 3), ""),
    ];
    let mut media = Vec::new();
    for (bytes, alt) in uploads {
        media.push(alice.upload(bytes, alt).await);
    }
    // Not the order of uploading.
    media.rotate_left(1);
    let post = alice
        .post_status(json!({
            "status": format!("Three plates of #Tintype for @{}", bob.handle()),
            "media_ids": each(&media, "/id"),
        }))
        .await;
    let seen = bob.sees_at_home(uri(&post)).await;

    let (sent, got) = (items(&post["media_attachments"]), items(&seen["media_attachments"]));
    assert_eq!((sent.len(), got.len()), (3, 3));
    let alts: Vec<&Value> = got.iter().map(|picture| &picture["description"]).collect();
    assert_eq!(alts, [&json!("a door & a <wall>"), &Value::Null, &json!("a gate")]);
    for (sent, got) in sent.iter().zip(got) {
        assert_eq!(got["type"], "image");
        for same in ["/blurhash", "/description", "/meta/original/width", "/meta/original/height"] {
            assert_eq!(got.pointer(same), sent.pointer(same), "{same}");
        }
        assert!(text(got, "/blurhash").len() >= 6);
        assert_eq!(got["remote_url"], sent["url"]);
        // Never hot-linked: the reader's browser asks the reader's own instance.
        for (picture, instance) in [(sent, &home), (got, &far)] {
            for url in [text(picture, "/url"), text(picture, "/preview_url")] {
                assert!(url.starts_with(&format!("{}/", instance.base())), "{url}");
                is_clean_jpeg(&instance.client(), url).await;
            }
        }
    }
    // Orientation 6 was applied: landscape became portrait.
    assert_eq!(got[2].pointer("/meta/original/width"), Some(&json!(200)));
    assert_eq!(got[2].pointer("/meta/original/height"), Some(&json!(320)));

    for (entity, base) in [(&post, home.base()), (&seen, far.base())] {
        let tags = items(&entity["tags"]);
        assert_eq!(tags.len(), 1);
        assert_eq!(text(&tags[0], "/name").to_lowercase(), "tintype");
        assert!(text(&tags[0], "/url").starts_with(&base), "{tags:?}");
    }
    assert_eq!(each(items(&post["mentions"]), "/acct"), [bob.handle()]);
    assert_eq!(each(items(&seen["mentions"]), "/acct"), [bob.username.as_str()]);
    assert_eq!(each(items(&seen["mentions"]), "/id"), [bob.id.as_str()]);
}

async fn a_mention_is_told(Pair { far, alice, bob, .. }: Pair) {
    // Nobody follows anybody: the mention alone carries the post.
    let dora = far.person("dora").await;
    for (author, reader) in [(&alice, &bob), (&bob, &alice)] {
        let post = author.say(&format!("hello @{}, how is the light?", reader.handle())).await;
        let told = reader.sees_notification("mention", &author.handle()).await;
        assert_eq!(told["status"]["uri"], post["uri"]);
        assert_eq!(shown(text(&told, "/status/content")), shown(text(&post, "/content")));
        assert_eq!(each(items(&told["status"]["mentions"]), "/acct"), [reader.username.as_str()]);
        assert!(!has(&reader.home().await, uri(&post)), "a mention is no follow");
        assert_eq!(items(&post["mentions"]).len(), 1, "the author's side resolved the handle: {post}");
    }
    assert!(dora.notifications().await.is_empty());
}

async fn statuses_count(viewer: &Person, account: &str) -> Value {
    viewer.account(account).await["statuses_count"].clone()
}

async fn a_deleted_post_is_gone_everywhere(Pair { alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let stays = alice.say("this one stays").await;
    let goes = alice.say(&format!("this one goes, @{}", bob.handle())).await;
    bob.sees_notification("mention", &alice.handle()).await;
    let stays_there = bob.sees_at_home(uri(&stays)).await;
    let goes_there = bob.sees_at_home(uri(&goes)).await;
    let answer = bob.reply(id(&goes_there), "which one?").await;
    let alice_there = text(&goes_there, "/account/id");

    let deleted = alice.delete_status(id(&goes)).await;
    assert_eq!(deleted["text"], format!("this one goes, @{}", bob.handle()));
    is_gone(&alice, id(&goes)).await;
    is_gone(&bob, id(&goes_there)).await;
    is_gone(&bob.anonymous(), id(&goes_there)).await;
    for path in ["context", "favourited_by", "reblogged_by"] {
        let path = format!("/api/v1/statuses/{}/{path}", id(&goes_there));
        assert_eq!(ask(&bob, &path).await.status, 404, "{path}");
    }
    for list in [bob.home().await, bob.public_timeline().await, bob.account_statuses(alice_there).await] {
        assert!(has(&list, uri(&stays)) && !has(&list, uri(&goes)), "{list:?}");
    }
    assert!(!has(&alice.home().await, uri(&goes)));
    let told = bob.notifications().await;
    assert!(!told.iter().any(|n| n["type"] == "mention"), "{told:?}");
    assert_eq!(statuses_count(&alice, &alice.id).await, 1);
    assert_eq!(statuses_count(&bob, alice_there).await, 1);
    // The answer to it stands alone now, and can be read.
    let orphan = bob.status(id(&answer)).await;
    assert_eq!(bob.context(id(&answer)).await["ancestors"], json!([]));
    assert_eq!(orphan["content"], answer["content"]);
    assert_eq!(bob.status(id(&stays_there)).await["id"], stays_there["id"]);
    // Nothing brings it back.
    assert_eq!(bob.search(uri(&goes)).await["statuses"], json!([]));
}

async fn a_retried_post_is_published_once(Pair { alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let publish = async || {
        let request = alice.request("POST".parse().unwrap(), "/api/v1/statuses");
        let body = json!({"status": "once, whatever the network does"});
        request.header("Idempotency-Key", "3f9a").json(&body).send().await.ok()
    };
    let (first, second) = futures::join!(publish(), publish());
    let third = publish().await;
    assert_eq!(first["id"], second["id"]);
    assert_eq!(first["id"], third["id"]);
    // Keys belong to one person: bob's is another.
    let other = bob.request("POST".parse().unwrap(), "/api/v1/statuses").header("Idempotency-Key", "3f9a");
    let other = other.json(&json!({"status": "bob's own"})).send().await.ok();
    assert_ne!(other["content"], first["content"]);

    let later = alice.say("a later one").await;
    let seen = bob.sees_at_home(uri(&later)).await;
    bob.sees_at_home(uri(&first)).await;
    let alice_there = text(&seen, "/account/id");
    for (viewer, account) in [(&alice, alice.id.as_str()), (&bob, alice_there)] {
        let all = viewer.account_statuses(account).await;
        assert_eq!(each(&all, "/uri"), [uri(&later), uri(&first)], "{}", viewer.base());
        eventually("the counts agree", async || statuses_count(viewer, account).await == 2).await;
    }
}
