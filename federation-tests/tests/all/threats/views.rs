//! Threats of the category `privacy`: private posts in all the other views, and through what can be done with a post.

use super::private_posts::{finds, for_followers, three_posts};
use super::stage::{Stage, fault};
use super::visitor::Visitor;
use crate::scenarios::{ask, follows, id};
use serde_json::{Value, json};
use tintype_testkit::{pictures, rows};

#[tokio::test]
async fn t025_no_other_view_leaks() {
    let stage = Stage::set().await;
    let (alice, alpha) = (&stage.alice, &stage.alpha);
    let (fay, sam) = (alpha.person("fay").await, alpha.person("sam").await);
    follows(&fay, alice).await;
    let picture = alice.upload(pictures::jpeg(60, 40, 3), "zyqsecret alt").await;
    let mut variants = stage.variants();
    let mut listening = sam.socket("stream=public").await;
    for visibility in ["private", "direct"] {
        let to = if visibility == "direct" { "@fay" } else { "" };
        let post = alice
            .post_status(json!({
                "status": format!("zyqsecret #secrets {to}"), "spoiler_text": "zyqsecret warning", "visibility": visibility,
                "media_ids": if visibility == "private" { json!([id(&picture)]) } else { json!([]) },
            }))
            .await;
        let path = format!("/api/v1/statuses/{}", id(&post));
        let reply = fay.reply(id(&post), "a public comment").await;
        for verb in ["favourite", "bookmark"] {
            fay.post(&format!("{path}/{verb}"), json!({})).await;
        }
        if visibility == "private" {
            alice.post(&format!("{path}/pin"), json!({})).await;
            alice.reblog(id(&post)).await;
        }
        alice.put(&path, json!({"status": format!("zyqsecret #secrets {to} edited"), "media_ids": if visibility == "private" { json!([id(&picture)]) } else { json!([]) }})).await;
        for (name, client) in [("nobody", alpha.client()), ("a stranger", (*sam).clone())] {
            variants.judge(&format!("{visibility} for {name}"), &finds(&client, &post, "zyqsecret").await);
        }
        let browser = Visitor::signed_in(alpha, &sam).await;
        for page in [
            format!("/@alice/{}", id(&post)),
            "/@alice".into(),
            format!("/@fay/{}", id(&reply)),
            "/tags/secrets".into(),
        ] {
            let shown = browser.open(&page).await;
            variants.judge(
                &format!("{visibility}: {page} for a stranger"),
                &fault(shown.text().contains("zyqsecret"), || "shows it".into()),
            );
        }
        // A comment that everybody may see leads to nothing that they may not.
        let context = ask(&sam, &format!("/api/v1/statuses/{}/context", id(&reply))).await;
        variants
            .judge("the comment's context", &fault(context.text().contains("zyqsecret"), || context.text()));
        assert!(finds(&fay, &post, "zyqsecret").await.len() > 5, "she may see it");
        if visibility == "private" {
            // Who follows no more sees no more: not even what was kept.
            fay.unfollow("alice").await;
            variants.judge("one who unfollowed", &finds(&fay, &post, "zyqsecret").await);
            follows(&fay, alice).await;
            alice.post(&format!("/api/v1/accounts/{}/remove_from_followers", fay.id), json!({})).await;
            variants.judge("one who was removed", &finds(&fay, &post, "zyqsecret").await);
            fay.follow("alice").await;
            alice.post(&format!("/api/v1/accounts/{}/block", fay.id), json!({})).await;
            variants.judge("one who is blocked", &finds(&fay, &post, "zyqsecret").await);
            alice.post(&format!("/api/v1/accounts/{}/unblock", fay.id), json!({})).await;
            follows(&fay, alice).await;
        }
    }
    let last = sam.say("the end").await;
    listening.about("update", id(&last)).await;
    let heard = listening.seen().iter().any(|event| event.payload.to_string().contains("zyqsecret"));
    variants.judge("the public stream", &fault(heard, || format!("{:?}", listening.told())));
    variants.done();
}

#[tokio::test]
async fn t074_nothing_is_done_with_what_is_not_seen() {
    let stage = Stage::set().await;
    let (alice, sam) = (&stage.alice, stage.alpha.person("sam").await);
    let [_, private, direct] = three_posts(&stage).await;
    let remote = for_followers(&stage, &stage.bob, "zyqbobs");
    stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &remote)).await;
    let remote = alice.sees_at_home(id(&remote)).await;
    stage.settled().await;
    let mut variants = stage.variants();
    for (name, post) in [("private", &private), ("direct", &direct), ("remote", &remote)] {
        for verb in [
            "bookmark",
            "favourite",
            "reblog",
            "pin",
            "mute",
            "unbookmark",
            "unfavourite",
            "unreblog",
            "unpin",
            "unmute",
            "translate",
        ] {
            let path = format!("/api/v1/statuses/{}/{verb}", id(post));
            let request = sam.request("POST".parse().unwrap(), &path).unchecked().json(&json!({}));
            variants.check(&format!("{name}: {verb}"), &[404], &[], request.send()).await;
        }
        for (what, body) in [
            ("an answer", json!({"status": "x", "in_reply_to_id": id(post)})),
            ("a quote", json!({"status": "x", "quoted_status_id": id(post)})),
        ] {
            // An unknown parameter is none; what must not be is that the post is touched.
            let before = stage.rows(&[]).await;
            let answer =
                sam.request("POST".parse().unwrap(), "/api/v1/statuses").unchecked().json(&body).send().await;
            let mut faults = Vec::new();
            if answer.status < 300 {
                let made = answer.json();
                faults.extend(fault(
                    made["in_reply_to_id"] != Value::Null || made["quote"]["quoted_status"].is_object(),
                    || made.to_string(),
                ));
                sam.delete_status(id(&made)).await;
                stage.settled().await;
            } else {
                faults.extend(fault(![404, 422].contains(&answer.status), || format!("{answer:?}")));
                faults.extend(rows::differences(&before, &stage.rows(&[]).await));
            }
            variants.judge(&format!("{name}: {what}"), &faults);
        }
        for list in ["bookmarks", "favourites"] {
            let kept = sam.get(&format!("/api/v1/{list}")).await;
            variants.judge(&format!("{name}: {list}"), &fault(kept != json!([]), || kept.to_string()));
        }
    }
    variants.done();
}
