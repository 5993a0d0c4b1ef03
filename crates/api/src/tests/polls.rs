//! Polls and custom emoji.

use serde_json::{Value, json};
use tintype_service::emojis;

use super::{Given, Sent, Somebody, given, id_of};

async fn ask(given: &Given, who: &Somebody, sent: Sent) -> Value {
    given.ask(&who.token, "POST", "/api/v1/statuses", sent).await.ok()
}

#[tokio::test]
async fn polls_are_asked_in_every_encoding() {
    let given = given().await;
    let alice = given.member("alice").await;
    for sent in [
        Sent::Json(json!({ "status": "tea?", "poll": {
            "options": ["tea", "coffee"], "expires_in": 3600, "multiple": true, "hide_totals": false,
        } })),
        Sent::Form(
            "status=tea?&poll[options][]=tea&poll[options][]=coffee&poll[expires_in]=3600&poll[multiple]=1",
        ),
        Sent::Form(
            "status=tea?&poll[options][0]=tea&poll[options][1]=coffee&poll[expires_in]=3600&poll[multiple]=true",
        ),
    ] {
        let status = ask(&given, &alice, sent.clone()).await;
        let poll = &status["poll"];
        assert_eq!(
            (&poll["multiple"], &poll["expired"], &poll["voted"], &poll["own_votes"], &poll["emojis"]),
            (&json!(true), &json!(false), &json!(true), &json!([]), &json!([])),
            "{sent:?}"
        );
        let options = json!([{ "title": "tea", "votes_count": 0 }, { "title": "coffee", "votes_count": 0 }]);
        assert_eq!(
            (&poll["options"], &poll["votes_count"], &poll["voters_count"]),
            (&options, &json!(0), &json!(0))
        );
        assert!(poll["expires_at"].as_str().unwrap().ends_with('Z') && poll["id"].is_string(), "{poll}");
    }
    for empty in [json!(null), json!(""), json!({}), json!({ "options": [] }), json!({ "options": ["", ""] })]
    {
        let sent = Sent::Json(json!({ "status": "a", "poll": empty }));
        assert_eq!(ask(&given, &alice, sent).await["poll"], Value::Null, "{empty}");
    }
}

#[tokio::test]
async fn votes_are_given_once() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let poll = json!({ "options": ["tea", "coffee"], "expires_in": 3600 });
    let status = ask(&given, &alice, Sent::Json(json!({ "status": "tea?", "poll": poll }))).await;
    let path = format!("/api/v1/polls/{}", id_of(&status["poll"]));
    let vote = async |who: &Somebody, sent: Sent| {
        given.ask(&who.token, "POST", &format!("{path}/votes"), sent).await
    };
    for (who, sent, why) in [
        (&alice, json!({ "choices": [0] }), "You can't vote in your own polls"),
        (&bob, json!({}), "Choices can't be blank"),
        (&bob, json!({ "choices": [2] }), "The chosen vote option does not exist"),
        (&bob, json!({ "choices": ["x"] }), "choices is not valid"),
        (&bob, json!({ "choices": [0, 1] }), "The poll takes one choice only"),
    ] {
        let refused = vote(who, Sent::Json(sent.clone())).await;
        assert_eq!(refused.error(), (422, &*format!("Validation failed: {why}")), "{sent}");
    }
    let after = vote(&bob, Sent::Form("choices[]=1")).await.ok();
    assert_eq!(
        (&after["own_votes"], &after["voted"], &after["voters_count"]),
        (&json!([1]), &json!(true), &json!(1))
    );
    let again = vote(&bob, Sent::Json(json!({ "choices": ["0"] }))).await;
    assert_eq!(again.error(), (422, "Validation failed: You have already voted on this poll"));
    let seen = given.get("", &path).await.ok();
    assert_eq!((&seen["votes_count"], seen.get("voted"), seen.get("own_votes")), (&json!(1), None, None));
    assert_eq!(given.get(&bob.token, "/api/v1/polls/9").await.error(), (404, "Record not found"));
}

#[tokio::test]
async fn custom_emoji_are_listed_and_shown() {
    let given = given().await;
    let alice = given.member("alice").await;
    assert_eq!(given.get("", "/api/v1/custom_emojis").await.ok(), json!([]));
    let picture = tintype_testkit::pictures::png(40, 30, 1);
    emojis::add(&given.app.ctx, "wave", picture.into(), Some("hands".to_owned()), true).await.unwrap();
    let all = given.get("", "/api/v1/custom_emojis").await.ok();
    let url = all[0]["url"].as_str().unwrap();
    assert_eq!(
        all,
        json!([{ "shortcode": "wave", "url": url, "static_url": url, "visible_in_picker": true, "category": "hands" }])
    );
    let status = ask(&given, &alice, Sent::Json(json!({ "status": "hi :wave:" }))).await;
    assert_eq!((&status["emojis"], &status["account"]["emojis"]), (&all, &json!([])));
}
