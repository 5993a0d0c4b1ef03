//! Reports.

use serde_json::json;

use super::{Sent, given, id_of, words};

const PATH: &str = "/api/v1/reports";

#[tokio::test]
async fn somebody_is_reported() {
    let given = given().await;
    let (alice, eve) = (given.member("alice").await, given.member("eve").await);
    let status = given.publish(&eve, words("spam")).await;
    let body = json!({
        "account_id": eve.id.to_string(), "status_ids": [id_of(&status)], "comment": "again", "category": "spam",
        "forward": true, "rule_ids": [1, "2"],
    });
    let made = given.ask(&alice.token, "POST", PATH, Sent::Json(body)).await.ok();
    assert_eq!(made["target_account"]["acct"], "eve");
    assert_eq!((&made["category"], &made["comment"]), (&json!("spam"), &json!("again")));
    assert_eq!((&made["status_ids"], &made["rule_ids"]), (&json!([id_of(&status)]), &json!(["1", "2"])));
    assert_eq!((&made["forwarded"], &made["action_taken"]), (&json!(false), &json!(false)));
    assert_eq!((&made["action_taken_at"], &made["collection_ids"]), (&json!(null), &json!([])));
    assert!(made["created_at"].is_string() && made["id"].is_string());
    let form = format!("account_id={}&comment=x&forward=0", eve.id);
    let made = given.ask(&alice.token, "POST", &format!("{PATH}?{form}"), Sent::Nothing).await.ok();
    assert_eq!((&made["category"], &made["status_ids"]), (&json!("other"), &json!([])));
}

#[tokio::test]
async fn what_cant_be_reported() {
    let given = given().await;
    let (alice, eve) = (given.member("alice").await, given.member("eve").await);
    let own = given.publish(&alice, words("mine")).await;
    let (id, long) = (eve.id.to_string(), "x".repeat(1001));
    for (body, status) in [
        (json!({}), 400),
        (json!({"account_id": "nonsense"}), 404),
        (json!({"account_id": "7"}), 404),
        (json!({"account_id": id, "status_ids": ["7"]}), 404),
        (json!({"account_id": id, "status_ids": ["nonsense"]}), 404),
        (json!({"account_id": id, "status_ids": [id_of(&own)]}), 404),
        (json!({"account_id": id, "comment": long}), 422),
        (json!({"account_id": id, "category": "nonsense"}), 422),
    ] {
        let answer = given.ask(&alice.token, "POST", PATH, Sent::Json(body.clone())).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
    }
}
