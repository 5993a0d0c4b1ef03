//! Question, votes, and Update of a Question.

use super::{Pair, ask, eventually, follows, id, scenarios, text, uri};
use serde_json::{Value, json};
use tintype_testkit::{Client, Person};

scenarios!(
    a_poll_is_answered_on_both_sides,
    a_poll_takes_several_choices,
    other_options_begin_anew_everywhere,
    a_private_poll_stays_private,
);

async fn asks(who: &Person, poll: Value, visibility: &str) -> Value {
    who.post_status(json!({ "status": "with what?", "poll": poll, "visibility": visibility })).await
}

fn two() -> Value {
    json!({ "options": ["film", "plate"], "expires_in": 3600 })
}

/// The votes of each option, of all, and how many voted.
fn numbers(poll: &Value) -> (Vec<u64>, u64, u64) {
    let options = poll["options"].as_array().unwrap().iter();
    (
        options.map(|option| option["votes_count"].as_u64().unwrap()).collect(),
        poll["votes_count"].as_u64().unwrap(),
        poll["voters_count"].as_u64().unwrap(),
    )
}

async fn poll_of(reader: &Client, status: &str) -> Value {
    reader.status(status).await["poll"].clone()
}

async fn counts(reader: &Client, status: &Value, expected: (Vec<u64>, u64, u64)) {
    eventually(&format!("{expected:?} on {}", reader.base()), async || {
        numbers(&poll_of(reader, id(status)).await) == expected
    })
    .await;
}

/// Votes; the status code and the answer.
async fn votes(who: &Client, poll: &Value, choices: Value) -> (u16, Value) {
    let path = format!("/api/v1/polls/{}/votes", id(poll));
    let answer =
        who.request("POST".parse().unwrap(), &path).json(&json!({ "choices": choices })).send().await;
    (answer.status, answer.json())
}

async fn a_poll_is_answered_on_both_sides(Pair { home, far, alice, bob }: Pair) {
    follows(&bob, &alice).await;
    let post = asks(&alice, two(), "public").await;
    let there = bob.sees_at_home(uri(&post)).await;
    let poll = &there["poll"];
    assert_eq!(numbers(poll), (vec![0, 0], 0, 0));
    for key in ["expires_at", "expired", "multiple"] {
        assert_eq!(poll[key], post["poll"][key], "{key}");
    }
    assert_eq!((&poll["voted"], &poll["own_votes"]), (&json!(false), &json!([])));
    assert_eq!(text(poll, "/options/0/title"), "film");

    let (status, after) = votes(&bob, poll, json!([1])).await;
    assert_eq!((status, &after["own_votes"]), (200, &json!([1])), "{after}");
    assert_eq!(numbers(&after), (vec![0, 1], 1, 1), "counted at once");
    counts(&alice, &post, (vec![0, 1], 1, 1)).await;
    let (again, _) = votes(&bob, poll, json!([0])).await;
    assert_eq!(again, 422);
    // Those at home count too, and everybody hears of it.
    let ann = home.person("ann").await;
    let (status, _) = votes(&ann, &post["poll"], json!(["0"])).await;
    assert_eq!(status, 200);
    let (own, _) = votes(&alice, &post["poll"], json!([0])).await;
    assert_eq!(own, 422, "one's own poll");
    counts(&alice, &post, (vec![1, 1], 2, 2)).await;
    counts(&bob, &there, (vec![1, 1], 2, 2)).await;
    counts(&far.client(), &there, (vec![1, 1], 2, 2)).await;
    assert_eq!(poll_of(&bob, id(&there)).await["own_votes"], json!([1]));
    assert_eq!(alice.status(id(&post)).await["replies_count"], 0, "a vote is no comment");
    assert_eq!(bob.status(id(&there)).await["edited_at"], Value::Null, "and no edit");
}

async fn a_poll_takes_several_choices(Pair { alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let poll = json!({ "options": ["a", "b", "c"], "expires_in": 3600, "multiple": true });
    let post = asks(&alice, poll, "unlisted").await;
    let there = bob.sees_at_home(uri(&post)).await;
    assert_eq!(there["poll"]["multiple"], true);
    let (status, after) = votes(&bob, &there["poll"], json!([2, 0])).await;
    assert_eq!((status, &after["own_votes"]), (200, &json!([0, 2])), "{after}");
    counts(&alice, &post, (vec![1, 0, 1], 2, 1)).await;
}

async fn other_options_begin_anew_everywhere(Pair { alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let post = asks(&alice, two(), "public").await;
    let there = bob.sees_at_home(uri(&post)).await;
    assert_eq!(votes(&bob, &there["poll"], json!([0])).await.0, 200);
    counts(&alice, &post, (vec![1, 0], 1, 1)).await;
    let form =
        json!({ "status": "with what?", "poll": { "options": ["film", "glass"], "expires_in": 3600 } });
    let path = format!("/api/v1/statuses/{}", id(&post));
    let edited = alice.put(&path, form).await;
    assert_eq!(numbers(&edited["poll"]), (vec![0, 0], 0, 0));
    // An edit, not new numbers.
    let anew =
        |status: &Value| status["poll"]["options"][1]["title"] == "glass" && status["edited_at"].is_string();
    let seen = bob.sees_status(id(&there), "another poll", anew).await;
    assert_eq!(numbers(&seen["poll"]), (vec![0, 0], 0, 0));
    assert_eq!(seen["poll"]["voted"], false);
    assert_eq!(votes(&bob, &seen["poll"], json!([1])).await.0, 200);
    counts(&alice, &post, (vec![0, 1], 1, 1)).await;
}

async fn a_private_poll_stays_private(Pair { home, far, alice, bob }: Pair) {
    follows(&bob, &alice).await;
    let post = asks(&alice, two(), "private").await;
    let there = bob.sees_at_home(uri(&post)).await;
    let (cleo, ann) = (far.person("cleo").await, home.person("ann").await);
    for (who, poll) in [(&cleo, &there["poll"]), (&ann, &post["poll"])] {
        assert_eq!(ask(who, &format!("/api/v1/polls/{}", id(poll))).await.status, 404);
        assert_eq!(votes(who, poll, json!([0])).await.0, 404);
    }
    assert_eq!(votes(&bob, &there["poll"], json!([0])).await.0, 200);
    counts(&alice, &post, (vec![1, 0], 1, 1)).await;
}
