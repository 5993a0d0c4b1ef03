//! What is kept of posts: bookmarks, favourites, pins, muted threads, how far one has read.

use serde_json::{Value, json};

use super::{Given, Sent, Somebody, given, id_of, words};

const PATH: &str = "/api/v1/statuses";

async fn act(given: &Given, who: &Somebody, status: &Value, verb: &str) -> super::Answer {
    given.post(&who.token, &format!("{PATH}/{}/{verb}", id_of(status))).await
}

#[tokio::test]
async fn what_is_saved_is_found_again() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let mut posted = Vec::new();
    for n in 0..3 {
        posted.push(given.publish(&alice, words(&n.to_string())).await);
    }
    for (list, mark, take, key) in [
        ("/api/v1/bookmarks", "bookmark", "unbookmark", "bookmarked"),
        ("/api/v1/favourites", "favourite", "unfavourite", "favourited"),
    ] {
        // Not in the order of their ids: the latest mark comes first.
        for at in [1, 2, 0, 0] {
            assert_eq!(act(&given, &bob, &posted[at], mark).await.ok()[key], true, "{mark}");
        }
        let first = given.get(&bob.token, &format!("{list}?limit=2")).await;
        assert_eq!(first.ids(), [id_of(&posted[0]), id_of(&posted[2])], "{list}");
        assert_eq!(first.body[0][key], true);
        let second = given.get(&bob.token, &first.link("next").unwrap()).await;
        assert_eq!(second.ids(), [id_of(&posted[1])], "{list}");
        let back = given.get(&bob.token, &second.link("prev").unwrap()).await;
        assert_eq!(back.ids(), first.ids(), "{list}");
        assert_eq!(given.get(&alice.token, list).await.ids(), [""; 0], "{list} is one's own");
        for _ in 0..2 {
            assert_eq!(act(&given, &bob, &posted[0], take).await.ok()[key], false, "{take}");
        }
        assert_eq!(given.get(&bob.token, list).await.ids().len(), 2);
    }
    let private = given.publish(&alice, json!({ "status": "x", "visibility": "private" })).await;
    assert_eq!(act(&given, &bob, &private, "bookmark").await.error(), (404, "Record not found"));
}

#[tokio::test]
async fn pins_stand_first_on_their_authors_profile() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let mut posted = Vec::new();
    for n in 0..6 {
        posted.push(given.publish(&alice, words(&n.to_string())).await);
    }
    let list = format!("/api/v1/accounts/{}/statuses?pinned=true", alice.id);
    assert_eq!(given.get("", &list).await.ids(), [""; 0]);
    for at in [1, 0] {
        assert_eq!(act(&given, &alice, &posted[at], "pin").await.ok()["pinned"], true);
    }
    let pinned = given.get("", &list).await;
    assert_eq!(pinned.ids(), [id_of(&posted[0]), id_of(&posted[1])], "the latest pin first");
    assert_eq!((pinned.link("next"), pinned.body[0].get("pinned")), (None, None));
    let below = given.get("", &format!("{list}&max_id={}", id_of(&posted[1]))).await;
    assert_eq!(below.ids(), [id_of(&posted[0])]);
    let seen = given.get(&alice.token, &format!("{PATH}/{}", id_of(&posted[0]))).await.ok();
    assert_eq!(seen["pinned"], true);
    let direct = given.publish(&alice, json!({ "status": "@bob", "visibility": "direct" })).await;
    for (who, status, what) in [(&bob, &posted[0], "someone else's"), (&alice, &direct, "direct")] {
        assert_eq!(act(&given, who, status, "pin").await.error().0, 422, "{what}");
    }
    for status in &posted[2..5] {
        act(&given, &alice, status, "pin").await.ok();
    }
    assert_eq!(act(&given, &alice, &posted[5], "pin").await.error().0, 422, "five are the most");
    for _ in 0..2 {
        assert_eq!(act(&given, &alice, &posted[0], "unpin").await.ok()["pinned"], false);
    }
    assert_eq!(given.get("", &list).await.ids().len(), 4);
}

#[tokio::test]
async fn a_muted_thread_tells_nothing() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let status = given.publish(&alice, words("hello")).await;
    let other = given.publish(&alice, words("other")).await;
    assert_eq!(act(&given, &alice, &status, "mute").await.ok()["muted"], true);
    let reply = json!({ "status": "@alice hm", "in_reply_to_id": id_of(&status) });
    let reply = given.publish(&bob, reply).await;
    act(&given, &bob, &status, "favourite").await.ok();
    assert_eq!(given.get(&alice.token, "/api/v1/notifications").await.ids(), [""; 0]);
    let seen = given.get(&alice.token, &format!("{PATH}/{}", id_of(&reply))).await.ok();
    assert_eq!(seen["muted"], true, "the whole thread");
    act(&given, &bob, &other, "favourite").await.ok();
    assert_eq!(given.get(&alice.token, "/api/v1/notifications").await.ids().len(), 1);
    for _ in 0..2 {
        assert_eq!(act(&given, &alice, &status, "unmute").await.ok()["muted"], false);
    }
}

#[tokio::test]
async fn one_reads_on_where_one_stopped() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let path = "/api/v1/markers";
    let both = "/api/v1/markers?timeline[]=home&timeline[]=notifications&timeline[]=nowhere";
    assert_eq!(given.get(&alice.token, both).await.ok(), json!({}));
    let form = Sent::Form("home[last_read_id]=103");
    let saved = given.ask(&alice.token, "POST", path, form).await.ok();
    assert_eq!((&saved["home"]["last_read_id"], saved.get("notifications")), (&json!("103"), None));
    let sent = json!({ "home": { "last_read_id": "107" }, "notifications": { "last_read_id": "55" } });
    let again = given.ask(&alice.token, "POST", path, Sent::Json(sent)).await.ok();
    assert_eq!(again["home"]["last_read_id"], "107");
    let version = |marker: &Value| marker["home"]["version"].as_i64().unwrap();
    assert_eq!(version(&again), version(&saved) + 1);
    assert_eq!(given.get(&alice.token, both).await.ok(), again);
    let one = given.get(&alice.token, "/api/v1/markers?timeline[]=notifications").await.ok();
    assert_eq!((one.get("home"), &one["notifications"]["last_read_id"]), (None, &json!("55")));
    assert_eq!(given.get(&alice.token, path).await.ok(), json!({}), "none asked for, none given");
    assert_eq!(given.get(&bob.token, both).await.ok(), json!({}), "one's own");
    assert_eq!(given.post(&alice.token, path).await.ok(), json!({}));
    let bad = given.ask(&alice.token, "POST", path, Sent::Form("home[last_read_id]=x")).await;
    assert_eq!(bad.error().0, 422);
}

#[tokio::test]
async fn many_are_read_by_their_ids() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let open = given.publish(&alice, words("open")).await;
    let private = given.publish(&alice, json!({ "status": "x", "visibility": "private" })).await;
    let statuses = format!("{PATH}?id[]={}&id[]=9&id[]=x&id[]={}", id_of(&private), id_of(&open));
    assert_eq!(given.get(&bob.token, &statuses).await.ids(), [id_of(&open)]);
    assert_eq!(given.get("", &statuses).await.ids(), [id_of(&open)]);
    assert_eq!(given.get(&alice.token, &statuses).await.ids(), [id_of(&private), id_of(&open)]);
    let accounts = format!("/api/v1/accounts?id[]={}&id[]=9&id[]=x&id[]={}", bob.id, alice.id);
    let wanted = [bob.id.to_string(), alice.id.to_string()];
    assert_eq!(given.get("", &accounts).await.ids(), wanted);
    for (path, most) in [(PATH, 20), ("/api/v1/accounts", 40)] {
        assert_eq!(given.get(&bob.token, path).await.ids(), [""; 0]);
        let ids = |n: usize| (0..n).map(|n| format!("id[]={}", n + 1)).collect::<Vec<_>>().join("&");
        assert_eq!(given.get("", &format!("{path}?{}", ids(most))).await.status, 200);
        assert_eq!(given.get("", &format!("{path}?{}", ids(most + 1))).await.error().0, 422);
    }
}
