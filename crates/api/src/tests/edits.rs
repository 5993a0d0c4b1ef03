//! Changing what was posted.

use serde_json::{Value, json};

use super::{Given, Sent, Somebody, given, id_of, words};

const PATH: &str = "/api/v1/statuses";

async fn edit(given: &Given, who: &Somebody, status: &Value, sent: Sent) -> super::Answer {
    given.ask(&who.token, "PUT", &format!("{PATH}/{}", id_of(status)), sent).await
}

#[tokio::test]
async fn an_edit_leaves_the_versions_before_it() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let status = given.publish(&alice, json!({ "status": "first #one", "visibility": "unlisted" })).await;
    let at = |part: &str| format!("{PATH}/{}{part}", id_of(&status));
    let history = async || given.get(&bob.token, &at("/history")).await.ok();
    assert_eq!(history().await.as_array().unwrap().len(), 1, "how it is");
    let source = given.get(&alice.token, &at("/source")).await.ok();
    assert_eq!(source, json!({ "id": id_of(&status), "text": "first #one", "spoiler_text": "" }));

    let sent = json!({ "status": "second #two", "spoiler_text": "careful", "language": "de" });
    let edited = edit(&given, &alice, &status, Sent::Json(sent.clone())).await.ok();
    assert!(edited["edited_at"].is_string(), "{edited}");
    assert_eq!(
        (&edited["spoiler_text"], &edited["sensitive"], &edited["language"], &edited["visibility"]),
        (&json!("careful"), &json!(true), &json!("de"), &json!("unlisted"))
    );
    assert_eq!(edited["tags"][0]["name"], "two");
    let versions = history().await;
    let shown: Vec<&str> =
        versions.as_array().unwrap().iter().map(|v| v["content"].as_str().unwrap()).collect();
    assert!(shown.len() == 2 && shown[0].contains("first") && shown[1].contains("second"), "{versions}");
    assert_eq!((&versions[0]["spoiler_text"], &versions[1]["spoiler_text"]), (&json!(""), &json!("careful")));
    assert_eq!(versions[0]["created_at"], status["created_at"]);
    let same = edit(&given, &alice, &status, Sent::Json(sent)).await.ok();
    assert_eq!(same["edited_at"], edited["edited_at"], "no change is no version");
    assert_eq!(history().await.as_array().unwrap().len(), 2);

    for (sent, status_code) in [
        (json!({ "status": "" }), 422),
        (json!({ "status": "a", "poll": { "options": ["a", "b"], "expires_in": 3 } }), 422),
        (json!({ "status": "a", "media_ids": ["9"] }), 422),
        (json!({ "status": "x".repeat(5001) }), 422),
    ] {
        let refused = edit(&given, &alice, &status, Sent::Json(sent.clone())).await;
        assert_eq!(refused.error().0, status_code, "{sent}");
    }
    let theirs = edit(&given, &bob, &status, Sent::Form("status=mine")).await;
    assert!([403, 404].contains(&theirs.error().0), "{theirs:?}");
    let source = given.get(&bob.token, &at("/source")).await;
    assert!([403, 404].contains(&source.error().0), "{source:?}");
}

#[tokio::test]
async fn pictures_change_their_order_and_their_words() {
    let given = given().await;
    let alice = given.member("alice").await;
    let picture = async || id_of(&given.upload(&alice).await).to_owned();
    let (first, second, third) = (picture().await, picture().await, picture().await);
    let status = given.publish(&alice, json!({ "status": "a", "media_ids": [first, second] })).await;
    let ids = |status: &Value| -> Vec<String> {
        status["media_attachments"].as_array().unwrap().iter().map(|m| id_of(m).to_owned()).collect()
    };
    let sent = json!({
        "status": "a", "media_ids": [third, first],
        "media_attributes": [{ "id": first, "description": "A sea", "focus": "0.5,0.5" }],
    });
    let edited = edit(&given, &alice, &status, Sent::Json(sent)).await.ok();
    assert_eq!(ids(&edited), [third.clone(), first.clone()]);
    assert_eq!(edited["media_attachments"][1]["description"], "A sea");
    assert_eq!(edited["media_attachments"][1]["meta"]["focus"], json!({ "x": 0.5, "y": 0.5 }));
    let history = given.get("", &format!("{PATH}/{}/history", id_of(&status))).await.ok();
    assert_eq!(ids(&history[0]), [first.clone(), second], "as it was");
    assert_eq!(history[0]["media_attachments"][0]["description"], json!(null));
    assert_eq!(ids(&history[1]), [third.clone(), first.clone()]);
    let form: &'static str = format!(
        "status=a&media_ids[]={third}&media_ids[]={first}&media_attributes[][id]={third}\
         &media_attributes[][description]=A+lake&media_attributes[][id]={first}&media_attributes[][description]="
    )
    .leak();
    let edited = edit(&given, &alice, &status, Sent::Form(form)).await.ok();
    assert_eq!(edited["media_attachments"][0]["description"], "A lake");
    assert_eq!(edited["media_attachments"][1]["description"], json!(null), "an empty text clears");
}

#[tokio::test]
async fn those_who_boosted_are_told() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let status = given.publish(&alice, words("first")).await;
    given.post(&bob.token, &format!("{PATH}/{}/reblog", id_of(&status))).await.ok();
    edit(&given, &alice, &status, Sent::Form("status=second")).await.ok();
    let told = given.get(&bob.token, "/api/v1/notifications").await;
    assert_eq!(told.body[0]["type"], "update");
    assert_eq!(id_of(&told.body[0]["status"]), id_of(&status));
    let other = given.get(&bob.token, "/api/v1/notifications?types[]=update").await;
    assert_eq!(other.ids().len(), 1);
}
