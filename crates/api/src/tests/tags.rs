//! Hashtags and their timelines.

use serde_json::json;

use super::{given, id_of, words};

#[tokio::test]
async fn a_tag_has_a_timeline_that_is_filtered_and_walked() {
    let given = given().await;
    let alice = given.member("alice").await;
    let media = given.upload(&alice).await;
    let sky = given.publish(&alice, words("#Sky")).await;
    let sea = given.publish(&alice, words("#sky #sea")).await;
    let both = json!({ "status": "#sky #sea #storm", "media_ids": [id_of(&media)] });
    let both = given.publish(&alice, both).await;
    let hill = given.publish(&alice, words("#hill")).await;
    given.publish(&alice, json!({ "status": "#sky", "visibility": "unlisted" })).await;
    let list = async |query: &str| {
        let answer = given.get("", &format!("/api/v1/timelines/tag/{query}")).await;
        answer.ids().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let (sky, sea, both, hill) = (id_of(&sky), id_of(&sea), id_of(&both), id_of(&hill));
    for (query, wanted) in [
        ("SKY", vec![both, sea, sky]),
        ("sky?any[]=hill", vec![hill, both, sea, sky]),
        ("sky?all[]=sea", vec![both, sea]),
        ("sky?all[]=sea&all[]=%23Storm", vec![both]),
        ("sky?none[]=sea", vec![sky]),
        ("sky?all[]=sea&none[]=storm", vec![sea]),
        ("sky?only_media=true", vec![both]),
        ("sky?local=true", vec![both, sea, sky]),
        ("sky?remote=true", vec![]),
        ("nothing", vec![]),
    ] {
        assert_eq!(list(query).await, wanted, "{query}");
    }
    let first = given.get(&alice.token, "/api/v1/timelines/tag/sky?limit=2&none[]=hill").await;
    let second = given.get(&alice.token, &first.link("next").unwrap()).await;
    assert_eq!(second.ids(), [sky]);
}

#[tokio::test]
async fn a_tag_counts_its_use() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    for who in [&alice, &alice, &bob] {
        given.publish(who, words("#Sky")).await;
    }
    let tag = given.get(&bob.token, "/api/v1/tags/SKY").await.ok();
    assert_eq!((&tag["name"], &tag["url"]), (&json!("sky"), &json!("https://photos.example/tags/sky")));
    assert_eq!((&tag["following"], tag["history"].as_array().unwrap().len()), (&json!(false), 7));
    let today = &tag["history"][0];
    assert_eq!((&today["uses"], &today["accounts"]), (&json!("3"), &json!("2")));
    let unused = given.get("", "/api/v1/tags/unused").await.ok();
    assert_eq!((unused.get("following"), &unused["history"][6]["uses"]), (None, &json!("0")));
    for name in ["a%20b", "%23", "%ff", "1%2F2"] {
        let nothing = given.get("", &format!("/api/v1/tags/{name}")).await;
        assert_eq!(nothing.error(), (404, "Record not found"), "{name}");
    }
}
