//! Blocks, mutes, blocked domains, notes: what people keep between themselves and others.

use serde_json::{Value, json};

use super::{Given, Sent, Somebody, given, id_of, words};

/// `POST /api/v1/accounts/{whom}/{verb}`.
async fn act(given: &Given, who: &Somebody, whom: &Somebody, verb: &str, sent: Sent) -> super::Answer {
    given.ask(&who.token, "POST", &format!("/api/v1/accounts/{}/{verb}", whom.id), sent).await
}

async fn relationship(given: &Given, who: &Somebody, whom: &Somebody) -> Value {
    let uri = format!("/api/v1/accounts/relationships?id[]={}", whom.id);
    given.get(&who.token, &uri).await.ok()[0].clone()
}

#[tokio::test]
async fn whoever_is_blocked_neither_follows_nor_sees() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    given.follow(&bob, &alice).await;
    given.follow(&alice, &bob).await;
    let status = given.publish(&alice, words("hello")).await;
    let path = format!("/api/v1/statuses/{}", id_of(&status));
    given.post(&bob.token, &format!("{path}/favourite")).await.ok();
    for _ in 0..2 {
        let blocked = act(&given, &alice, &bob, "block", Sent::Nothing).await.ok();
        let shown = (&blocked["blocking"], &blocked["followed_by"], &blocked["following"]);
        assert_eq!(shown, (&json!(true), &json!(false), &json!(false)));
    }
    assert_eq!(relationship(&given, &bob, &alice).await["blocked_by"], true);
    assert_eq!(given.get(&bob.token, &path).await.error(), (404, "Record not found"));
    assert_eq!(given.get("", &path).await.status, 200, "everybody else");
    let (home, kinds) = ("/api/v1/timelines/home", "/api/v1/notifications");
    assert_eq!(given.get(&bob.token, home).await.ids(), [""; 0]);
    assert_eq!(given.get(&alice.token, kinds).await.ids(), [""; 0]);
    let refused = act(&given, &bob, &alice, "follow", Sent::Nothing).await;
    assert_eq!(refused.error(), (403, "This action is not allowed"));
    assert_eq!(given.get(&alice.token, "/api/v1/blocks").await.ids(), [bob.id.to_string()]);
    assert_eq!(given.get(&bob.token, "/api/v1/blocks").await.ids(), [""; 0]);
    for _ in 0..2 {
        let free = act(&given, &alice, &bob, "unblock", Sent::Nothing).await.ok();
        assert_eq!(free["blocking"], false);
    }
    assert_eq!(given.get(&bob.token, &path).await.status, 200);
    given.follow(&bob, &alice).await;
    for verb in ["block", "mute"] {
        let self_harm = act(&given, &alice, &alice, verb, Sent::Nothing).await;
        assert_eq!(self_harm.error(), (403, "This action is not allowed"), "{verb}");
    }
}

#[tokio::test]
async fn whoever_is_muted_is_silent() {
    let given = given().await;
    let (alice, bob, carol) =
        (given.member("alice").await, given.member("bob").await, given.member("carol").await);
    given.follow(&alice, &bob).await;
    let muted = act(&given, &alice, &bob, "mute", Sent::Nothing).await.ok();
    let shown = (&muted["muting"], &muted["muting_notifications"], &muted["muting_expires_at"]);
    assert_eq!(shown, (&json!(true), &json!(true), &json!(null)));
    let status = given.publish(&bob, words("@alice hello")).await;
    for list in ["/api/v1/timelines/home", "/api/v1/timelines/public", "/api/v1/notifications"] {
        assert_eq!(given.get(&alice.token, list).await.ids(), [""; 0], "{list}");
    }
    let direct = given.get(&alice.token, &format!("/api/v1/statuses/{}", id_of(&status))).await;
    assert_eq!(direct.status, 200, "who looks for it finds it");
    let timed = Sent::Form("notifications=false&duration=3600");
    let muted = act(&given, &alice, &bob, "mute", timed).await.ok();
    assert_eq!((&muted["muting"], &muted["muting_notifications"]), (&json!(true), &json!(false)));
    assert!(muted["muting_expires_at"].is_string(), "{muted}");
    act(&given, &alice, &carol, "mute", Sent::Json(json!({ "duration": 0 }))).await.ok();
    let first = given.get(&alice.token, "/api/v1/mutes?limit=1").await;
    assert_eq!(first.ids(), [carol.id.to_string()]);
    assert_eq!(first.body[0]["mute_expires_at"], json!(null));
    let second = given.get(&alice.token, &first.link("next").unwrap()).await;
    assert_eq!(second.body[0]["mute_expires_at"], muted["muting_expires_at"]);
    assert_eq!(act(&given, &alice, &bob, "unmute", Sent::Nothing).await.ok()["muting"], false);
    assert_eq!(given.get(&alice.token, "/api/v1/mutes").await.ids(), [carol.id.to_string()]);
    assert_eq!(act(&given, &alice, &bob, "mute", Sent::Form("duration=long")).await.status, 400);
}

#[tokio::test]
async fn domains_are_blocked_by_name() {
    let given = given().await;
    let alice = given.member("alice").await;
    let path = "/api/v1/domain_blocks";
    let ask = async |method: &str, uri: &str, sent| given.ask(&alice.token, method, uri, sent).await;
    for (sent, uri) in [
        (Sent::Json(json!({ "domain": "One.example" })), path),
        (Sent::Form("domain=two.example"), path),
        (Sent::Nothing, "/api/v1/domain_blocks?domain=three.example"),
    ] {
        assert_eq!(ask("POST", uri, sent).await.ok(), json!({}));
    }
    let first = ask("GET", "/api/v1/domain_blocks?limit=2", Sent::Nothing).await;
    assert_eq!(first.body, json!(["three.example", "two.example"]));
    let second = ask("GET", &first.link("next").unwrap(), Sent::Nothing).await;
    assert_eq!(second.body, json!(["one.example"]));
    for (sent, uri) in [
        (Sent::Json(json!({ "domain": "one.example" })), path),
        (Sent::Form("domain=TWO.example"), path),
        (Sent::Nothing, "/api/v1/domain_blocks?domain=three.example"),
        (Sent::Nothing, "/api/v1/domain_blocks?domain=never.example"),
    ] {
        assert_eq!(ask("DELETE", uri, sent).await.ok(), json!({}));
    }
    assert_eq!(ask("GET", path, Sent::Nothing).await.body, json!([]));
    for method in ["POST", "DELETE"] {
        let missing = ask(method, path, Sent::Nothing).await;
        assert_eq!(missing.error(), (400, "param is missing or the value is empty: domain"));
    }
    assert_eq!(ask("POST", path, Sent::Form("domain=not+a+domain")).await.status, 422);
}

#[tokio::test]
async fn notes_are_for_their_writer_alone() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let noted = act(&given, &alice, &bob, "note", Sent::Form("comment=met+at+the+sea")).await.ok();
    assert_eq!(noted["note"], "met at the sea");
    assert_eq!(relationship(&given, &alice, &bob).await["note"], "met at the sea");
    assert_eq!(relationship(&given, &bob, &alice).await["note"], "");
    assert_eq!(act(&given, &alice, &bob, "note", Sent::Nothing).await.ok()["note"], "");
    let long = Sent::Json(json!({ "comment": "x".repeat(2001) }));
    assert_eq!(act(&given, &alice, &bob, "note", long).await.status, 422);
}

#[tokio::test]
async fn a_follower_is_sent_away() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    given.follow(&bob, &alice).await;
    assert_eq!(relationship(&given, &alice, &bob).await["followed_by"], true);
    for _ in 0..2 {
        let gone = act(&given, &alice, &bob, "remove_from_followers", Sent::Nothing).await.ok();
        assert_eq!(gone["followed_by"], false);
    }
    assert_eq!(relationship(&given, &bob, &alice).await["following"], false);
    given.follow(&bob, &alice).await;
}
