//! What people are told.

use serde_json::json;

use super::{given, id_of, words};

const PATH: &str = "/api/v1/notifications";

#[tokio::test]
async fn what_happened_is_listed_filtered_and_dismissed() {
    let given = given().await;
    let (alice, bob, carol) =
        (given.member("alice").await, given.member("bob").await, given.member("carol").await);
    let status = given.publish(&alice, words("hello")).await;
    let id = id_of(&status);
    given.follow(&bob, &alice).await;
    given.post(&bob.token, &format!("/api/v1/statuses/{id}/favourite")).await.ok();
    given.post(&carol.token, &format!("/api/v1/statuses/{id}/reblog")).await.ok();
    given.publish(&carol, json!({ "status": "@alice nice", "visibility": "direct" })).await;

    let kinds = async |query: &str| {
        let answer = given.get(&alice.token, &format!("{PATH}{query}")).await;
        let list = answer.body.as_array().unwrap().clone();
        list.iter().map(|n| n["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds("").await, ["mention", "reblog", "favourite", "follow"]);
    assert_eq!(kinds("?types[]=follow&types[]=mention").await, ["mention", "follow"]);
    assert_eq!(kinds("?types=favourite").await, ["favourite"]);
    assert_eq!(
        kinds("?exclude_types[]=follow&exclude_types[]=poll").await,
        ["mention", "reblog", "favourite"]
    );
    assert_eq!(kinds("?types[]=poll").await, [""; 0], "a kind that never comes is not every kind");
    assert_eq!(kinds(&format!("?account_id={}", bob.id)).await, ["favourite", "follow"]);
    assert_eq!(kinds("?account_id=x").await, [""; 0]);

    let all = given.get(&alice.token, PATH).await;
    let favourite = &all.body[2];
    assert_eq!((id_of(&favourite["status"]), id_of(&favourite["account"])), (id, &*bob.id.to_string()));
    assert_eq!(favourite["group_key"], format!("ungrouped-{}", id_of(favourite)));
    assert_eq!(all.body[3].get("status"), None);
    let page = given.get(&alice.token, &format!("{PATH}?limit=1&types[]=mention&types[]=follow")).await;
    let next = given.get(&alice.token, &page.link("next").unwrap()).await;
    assert_eq!(next.body[0]["type"], "follow", "the link keeps the filter");

    let one = format!("{PATH}/{}", id_of(favourite));
    assert_eq!(given.get(&alice.token, &one).await.ok()["type"], "favourite");
    assert_eq!(given.get(&bob.token, &one).await.error().0, 404);
    assert_eq!(given.post(&bob.token, &format!("{one}/dismiss")).await.error().0, 404);
    assert_eq!(given.post(&alice.token, &format!("{one}/dismiss")).await.ok(), json!({}));
    assert_eq!(kinds("").await, ["mention", "reblog", "follow"]);
    assert_eq!(given.post(&alice.token, &format!("{PATH}/clear")).await.ok(), json!({}));
    assert_eq!(kinds("").await, [""; 0]);
}
