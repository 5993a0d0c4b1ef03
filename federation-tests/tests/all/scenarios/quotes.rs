//! QuoteRequest, its answers, and the leave that is taken back.

use super::{Pair, ask, each, eventually, follows, id, items, scenarios, seen_by, text, uri};
use serde_json::{Value, json};
use tintype_testkit::{Client, Person};

scenarios!(
    a_quote_is_allowed_and_taken_back,
    who_may_quote_is_told_far_away,
    what_is_quoted_changes_and_goes,
    what_is_quoted_is_shown_to_those_who_may_see_it,
);

/// Waits until a reader sees the quote of a status in this state.
async fn stands(reader: &Client, status: &str, state: &str) -> Value {
    reader
        .sees_status(status, &format!("its quote {state}"), |status| status["quote"]["state"] == state)
        .await
}

/// Alice posts, bob quotes it and is allowed: the post here and there, and the quote there.
async fn bob_quotes(alice: &Person, bob: &Person) -> (Value, Value, Value) {
    follows(bob, alice).await;
    let post = alice.say("worth a word").await;
    let there = bob.sees_at_home(uri(&post)).await;
    assert_eq!(there["quote_approval"]["current_user"], "automatic");
    let quote = bob.post_status(json!({"status": "my word on it", "quoted_status_id": there["id"]})).await;
    assert!(text(&quote, "/content").contains("quote-inline"));
    stands(bob, id(&quote), "accepted").await;
    (post, there, quote)
}

async fn a_quote_is_allowed_and_taken_back(Pair { home, alice, bob, .. }: Pair) {
    let (post, there, quote) = bob_quotes(&alice, &bob).await;
    let shown = stands(&bob, id(&quote), "accepted").await;
    assert_eq!(uri(&shown["quote"]["quoted_status"]), uri(&post));
    let told = alice.sees_notification("quote", &seen_by(&alice, &bob)).await;
    assert_eq!(uri(&told["status"]), uri(&quote));
    let here = id(&told["status"]).to_owned();
    assert_eq!(stands(&alice, &here, "accepted").await["quote"]["quoted_status"]["id"], post["id"]);
    // Who has no account sees it too, after the post says what allows it.
    stands(&home.client(), &here, "accepted").await;
    alice.sees_status(id(&post), "one quote", |status| status["quotes_count"] == 1).await;
    bob.sees_status(id(&there), "one quote", |status| status["quotes_count"] == 1).await;
    let quotes = format!("/api/v1/statuses/{}/quotes", id(&post));
    assert_eq!(each(items(&alice.get(&quotes).await), "/uri"), [uri(&quote)]);
    assert_eq!(ask(&alice.anonymous(), &quotes).await.status, 401);

    let revoke = format!("{quotes}/{here}/revoke");
    let stranger = home.person("dora").await;
    let refused = stranger.request("POST".parse().unwrap(), &revoke).json(&json!({})).send().await;
    assert_eq!(refused.status, 403);
    assert_eq!(alice.post(&revoke, json!({})).await["quote"]["state"], "revoked");
    let gone = stands(&bob, id(&quote), "revoked").await;
    assert_eq!(gone["quote"]["quoted_status"], Value::Null);
    bob.sees_status(id(&there), "no quote", |status| status["quotes_count"] == 0).await;
    assert!(items(&alice.get(&quotes).await).is_empty());
}

async fn who_may_quote_is_told_far_away(Pair { alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let post = alice.post_status(json!({"status": "mine", "quote_approval_policy": "nobody"})).await;
    assert_eq!(post["quote_approval"], json!({"automatic": [], "manual": [], "current_user": "automatic"}));
    let there = bob.sees_at_home(uri(&post)).await;
    assert_eq!(there["quote_approval"]["current_user"], "denied");
    let quoting = json!({"status": "may I?", "quoted_status_id": there["id"]});
    let refused = bob.request("POST".parse().unwrap(), "/api/v1/statuses").json(&quoting).send().await;
    assert_eq!(refused.status, 422);
    let own = alice.post_status(json!({"status": "mine too", "quoted_status_id": post["id"]})).await;
    assert_eq!(own["quote"]["state"], "accepted");
    let own_there = bob.sees_at_home(uri(&own)).await;
    stands(&bob, id(&own_there), "accepted").await;

    let policy = format!("/api/v1/statuses/{}/interaction_policy", id(&post));
    let changed = alice.put(&policy, json!({"quote_approval_policy": "followers"})).await;
    assert_eq!(changed["quote_approval"]["automatic"], json!(["followers"]));
    let followers = |status: &Value| status["quote_approval"]["automatic"] == json!(["followers"]);
    let there = bob.sees_status(id(&there), "followers may", followers).await;
    assert_eq!(
        (&there["quote_approval"]["current_user"], &there["edited_at"]),
        (&json!("automatic"), &Value::Null)
    );
    let quote = bob.post_status(quoting).await;
    stands(&bob, id(&quote), "accepted").await;
}

async fn what_is_quoted_changes_and_goes(Pair { alice, bob, .. }: Pair) {
    let (post, _, quote) = bob_quotes(&alice, &bob).await;
    alice.put(&format!("/api/v1/statuses/{}", id(&post)), json!({"status": "worth two"})).await;
    let told = bob.sees_notification("quoted_update", &seen_by(&bob, &alice)).await;
    assert_eq!(told["status"]["id"], quote["id"]);
    let shown = stands(&bob, id(&quote), "accepted").await;
    assert!(text(&shown, "/quote/quoted_status/content").contains("worth two"));
    alice.delete_status(id(&post)).await;
    stands(&bob, id(&quote), "deleted").await;
}

async fn what_is_quoted_is_shown_to_those_who_may_see_it(Pair { far, alice, bob, .. }: Pair) {
    let dora = far.person("dora").await;
    follows(&bob, &alice).await;
    let few = alice.post_status(json!({"status": "for few", "visibility": "private"})).await;
    let there = bob.sees_at_home(uri(&few)).await;
    let body = json!({"status": "look", "quoted_status_id": there["id"]});
    let refused = bob.request("POST".parse().unwrap(), "/api/v1/statuses").json(&body).send().await;
    assert_eq!(refused.status, 422, "others don't pass it on");
    let again = alice.post_status(json!({"status": "again", "quoted_status_id": few["id"]})).await;
    assert_eq!(again["visibility"], "private");
    let again_there = bob.sees_at_home(uri(&again)).await;
    let shown = stands(&bob, id(&again_there), "accepted").await;
    assert_eq!(shown["quote"]["quoted_status"]["id"], there["id"]);
    eventually("dora sees neither", async || {
        let quote = ask(&dora, &format!("/api/v1/statuses/{}", id(&again_there))).await;
        quote.status == 404
    })
    .await;
}
