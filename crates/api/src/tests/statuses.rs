//! Posting, and what becomes of posts.

use serde_json::{Value, json};

use super::{Given, Sent, Somebody, given, id_of, words};

const PATH: &str = "/api/v1/statuses";

async fn post(given: &Given, who: &Somebody, sent: Sent) -> super::Answer {
    given.ask(&who.token, "POST", PATH, sent).await
}

#[tokio::test]
async fn a_post_is_the_same_in_every_encoding() {
    let given = given().await;
    let alice = given.member("alice").await;
    let parent = given.publish(&alice, words("parent")).await;
    let parent = id_of(&parent);
    let picture = async || id_of(&given.upload(&alice).await).to_owned();
    let (first, second, third) = (picture().await, picture().await, picture().await);
    let form: &'static str = format!(
        "status=hello+%23Sky&media_ids[]={second}&in_reply_to_id={parent}&sensitive=1&spoiler_text=careful\
         &visibility=unlisted&language=de"
    )
    .leak();
    let sent = [
        Sent::Json(json!({
            "status": "hello #Sky", "media_ids": [first], "in_reply_to_id": parent, "sensitive": true,
            "spoiler_text": "careful", "visibility": "unlisted", "language": "de", "poll": null, "scheduled_at": "",
        })),
        Sent::Form(form),
        Sent::Parts(
            vec![
                ("status", "hello #Sky".to_owned()),
                ("media_ids[0]", third),
                ("in_reply_to_id", parent.to_owned()),
                ("sensitive", "true".to_owned()),
                ("spoiler_text", "careful".to_owned()),
                ("visibility", "unlisted".to_owned()),
                ("language", "de".to_owned()),
            ],
            Vec::new(),
        ),
    ];
    for sent in sent {
        let status = post(&given, &alice, sent.clone()).await.ok();
        assert!(status["content"].as_str().unwrap().starts_with("<p>hello <a href="), "{sent:?}: {status}");
        let wanted = json!({
            "in_reply_to_id": parent, "in_reply_to_account_id": alice.id, "sensitive": true, "spoiler_text": "careful",
            "visibility": "unlisted", "language": "de", "favourited": false, "reblogged": false, "pinned": false,
            "reblog": null, "poll": null, "card": null, "quote": null, "edited_at": null,
            "application": { "name": "Test", "website": null },
            "tags": [{ "name": "sky", "url": "https://photos.example/tags/sky" }],
        });
        for (key, value) in wanted.as_object().unwrap() {
            assert_eq!(&status[key], value, "{key} by {sent:?}");
        }
        assert_eq!(status["media_attachments"].as_array().unwrap().len(), 1, "{sent:?}");
        assert_eq!(status["text"], Value::Null, "the source is for the deletion");
    }
}

#[tokio::test]
async fn what_is_not_taken_is_refused() {
    let given = given().await;
    let alice = given.member("alice").await;
    let table = [
        (json!({}), 422, "Validation failed: Text can't be blank"),
        (json!({ "status": "a", "visibility": "loud" }), 422, "Validation failed: visibility is not valid"),
        (json!({ "status": "a", "in_reply_to_id": "9" }), 404, "Record not found"),
        (json!({ "status": "a", "in_reply_to_id": "x" }), 404, "Record not found"),
        (json!({ "status": "a", "media_ids": ["x"] }), 422, "Validation failed: media_ids is not valid"),
        (
            json!({ "status": "a", "media_ids": ["9"] }),
            422,
            "Validation failed: Media could not be attached: it does not exist or is in use already",
        ),
        (
            json!({ "status": "a", "poll": { "options": ["a"], "expires_in": 300 } }),
            422,
            "Validation failed: Options must have more than one item",
        ),
        (
            json!({ "status": "a", "poll": { "options": ["a", "b"] } }),
            422,
            "Validation failed: Expires in can't be blank",
        ),
        (
            json!({ "status": "a", "scheduled_at": "2030-01-01T00:00:00.000Z" }),
            422,
            "Validation failed: Scheduled posts are not supported",
        ),
        (json!({ "status": "a", "quoted_status_id": "9" }), 404, "Record not found"),
        (
            json!({ "status": "a", "quote_approval_policy": "all" }),
            422,
            "Validation failed: quote_approval_policy is not valid",
        ),
        (
            json!({ "status": "x".repeat(5001) }),
            422,
            "Validation failed: Text character limit of 5000 exceeded",
        ),
    ];
    for (sent, status, text) in table {
        assert_eq!(post(&given, &alice, Sent::Json(sent)).await.error(), (status, text));
    }
    let account = given.get("", &format!("/api/v1/accounts/{}", alice.id)).await.ok();
    assert_eq!(account["statuses_count"], 0, "nothing of it was posted");
}

#[tokio::test]
async fn a_key_posts_once() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let post = async |who: &Somebody, key: &str, text: &str| {
        let headers = [("Idempotency-Key", key)];
        let answer = given.ask_with(&who.token, "POST", PATH, Sent::Json(words(text)), &headers).await;
        id_of(&answer.ok()).to_owned()
    };
    let first = post(&alice, "k", "hello").await;
    assert_eq!(post(&alice, "k", "hello").await, first, "a replay answers with the first one");
    assert_ne!(post(&alice, "l", "hello").await, first);
    assert_ne!(post(&bob, "k", "hello").await, first, "keys are each person's own");
    let (one, other) = tokio::join!(post(&alice, "m", "both"), post(&alice, "m", "both"));
    assert_eq!(one, other, "at once is no different");
    let account = given.get("", &format!("/api/v1/accounts/{}", alice.id)).await.ok();
    assert_eq!(account["statuses_count"], 3);
}

#[tokio::test]
async fn nobody_sees_what_they_are_not_addressed_in() {
    let given = given().await;
    let (alice, bob, carol) =
        (given.member("alice").await, given.member("bob").await, given.member("carol").await);
    given.follow(&bob, &alice).await;
    let private = given.publish(&alice, json!({ "status": "friends", "visibility": "private" })).await;
    let direct = given.publish(&alice, json!({ "status": "@carol hi", "visibility": "direct" })).await;
    assert_eq!(direct["mentions"][0]["acct"], "carol");
    let table = [(&private, [true, true, false, false]), (&direct, [true, false, true, false])];
    for (status, may) in table {
        let id = id_of(status);
        for (token, may) in [&*alice.token, &bob.token, &carol.token, ""].into_iter().zip(may) {
            for path in ["", "/context", "/favourited_by", "/reblogged_by"] {
                let answer = given.get(token, &format!("{PATH}/{id}{path}")).await;
                if may {
                    assert_eq!(answer.status, 200, "{path}");
                } else {
                    assert_eq!(answer.error(), (404, "Record not found"), "{path}");
                }
            }
            let list = given.get(token, &format!("/api/v1/accounts/{}/statuses", alice.id)).await;
            assert_eq!(list.ids().contains(&id), may);
            assert!(!given.get(token, "/api/v1/timelines/public").await.ids().contains(&id));
            if !may && !token.is_empty() {
                for verb in ["favourite", "reblog"] {
                    let answer = given.post(token, &format!("{PATH}/{id}/{verb}")).await;
                    assert_eq!(answer.error(), (404, "Record not found"), "{verb}");
                }
            }
        }
    }
}

#[tokio::test]
async fn liking_and_boosting() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let status = given.publish(&alice, words("hello")).await;
    let id = id_of(&status);
    let act = async |verb: &str| given.post(&bob.token, &format!("{PATH}/{id}/{verb}")).await.ok();
    for _ in 0..2 {
        let liked = act("favourite").await;
        assert_eq!((&liked["favourited"], &liked["favourites_count"]), (&json!(true), &json!(1)));
    }
    assert_eq!(given.get("", &format!("{PATH}/{id}/favourited_by")).await.ids(), [bob.id.to_string()]);
    let boost = act("reblog").await;
    assert_ne!(id_of(&boost), id);
    assert_eq!((id_of(&boost["reblog"]), &boost["account"]["acct"]), (id, &json!("bob")));
    assert_eq!((&boost["reblogged"], &boost["reblog"]["reblogs_count"]), (&json!(true), &json!(1)));
    assert_eq!(boost.get("pinned"), None, "a boost can't be pinned");
    assert_eq!(id_of(&act("reblog").await), id_of(&boost), "boosting twice is boosting once");
    assert_eq!(given.get("", &format!("{PATH}/{id}/reblogged_by")).await.ids(), [bob.id.to_string()]);
    let home = given.get(&bob.token, "/api/v1/timelines/home").await;
    assert_eq!(home.ids(), [id_of(&boost)]);
    let back = act("unreblog").await;
    assert_eq!((id_of(&back), &back["reblogged"], &back["reblogs_count"]), (id, &json!(false), &json!(0)));
    let back = act("unfavourite").await;
    assert_eq!((&back["favourited"], &back["favourites_count"]), (&json!(false), &json!(0)));
    let anonymous = given.get("", &format!("{PATH}/{id}")).await.ok();
    for key in ["favourited", "reblogged", "muted", "bookmarked", "filtered", "pinned"] {
        assert_eq!(anonymous.get(key), None, "{key} is for the signed in");
    }
}

#[tokio::test]
async fn deleting_gives_the_source_back() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let media = given.upload(&alice).await;
    let status = given.publish(&alice, json!({ "status": "a\nb", "media_ids": [id_of(&media)] })).await;
    let path = format!("{PATH}/{}", id_of(&status));
    assert_eq!(given.ask(&bob.token, "DELETE", &path, Sent::Nothing).await.error().0, 404);
    let was = given.ask(&alice.token, "DELETE", &path, Sent::Nothing).await.ok();
    assert_eq!((&was["text"], id_of(&was["media_attachments"][0])), (&json!("a\nb"), id_of(&media)));
    assert_eq!(given.get(&alice.token, &path).await.error().0, 404);
    given.publish(&alice, json!({ "status": "again", "media_ids": [id_of(&media)] })).await;
}

#[tokio::test]
async fn a_thread_is_read_in_its_order() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let reply = async |who: &Somebody, to: &Value, text: &str| {
        given.publish(who, json!({ "status": text, "in_reply_to_id": id_of(to) })).await
    };
    let root = given.publish(&alice, words("root")).await;
    let one = reply(&bob, &root, "one").await;
    let two = reply(&alice, &root, "two").await;
    let below = reply(&alice, &one, "below").await;
    let around = async |of: &Value| given.get("", &format!("{PATH}/{}/context", id_of(of))).await.ok();
    let ids = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|status| id_of(status).to_owned()).collect()
    };
    let context = around(&root).await;
    assert_eq!(ids(&context["ancestors"]), [""; 0]);
    assert_eq!(ids(&context["descendants"]), [id_of(&one), id_of(&below), id_of(&two)]);
    let context = around(&below).await;
    assert_eq!(ids(&context["ancestors"]), [id_of(&root), id_of(&one)]);
    let counted = given.get("", &format!("{PATH}/{}", id_of(&root))).await.ok();
    assert_eq!(counted["replies_count"], 2);
}

#[tokio::test]
async fn lists_are_walked_by_their_links() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    given.follow(&bob, &alice).await;
    let mut posted = Vec::new();
    for n in 0..5 {
        posted.insert(0, id_of(&given.publish(&alice, words(&n.to_string())).await).to_owned());
    }
    for list in [
        format!("/api/v1/accounts/{}/statuses?exclude_replies=true&limit=2", alice.id),
        "/api/v1/timelines/home?limit=2".to_owned(),
        "/api/v1/timelines/public?limit=2&local=true".to_owned(),
    ] {
        let (mut walked, mut next, mut last) = (Vec::new(), Some(list.clone()), None);
        while let Some(uri) = next {
            let page = given.get(&bob.token, &uri).await;
            assert!(page.ids().len() <= 2, "{uri}");
            walked.extend(page.ids().into_iter().map(str::to_owned));
            next = page.link("next");
            last = page.link("prev").or(last);
        }
        assert_eq!(walked, posted, "{list}");
        let back = given.get(&bob.token, &last.unwrap()).await;
        assert_eq!(back.ids(), [&posted[2], &posted[3]], "{list}: directly above the last page");
    }
}
