//! Polls, quotes, hashtags on profiles, emoji of one's own.

use crate::scenarios::{has, id, items, text, uri};
use serde_json::json;
use tintype_testkit::{Instance, pictures};

pub async fn people_are_asked(instance: &Instance) {
    let (odile, pavo) = (instance.person("odile").await, instance.person("pavo").await);
    let poll = json!({ "options": ["glass", "tin"], "expires_in": 600 });
    let post = odile.post_status(json!({ "status": "on what?", "poll": poll })).await;
    let path = format!("/api/v1/polls/{}", text(&post, "/poll/id"));
    let voted = pavo.post(&format!("{path}/votes"), json!({ "choices": [1] })).await;
    assert_eq!((&voted["voted"], &voted["own_votes"]), (&json!(true), &json!([1])));
    let seen = odile.get(&path).await;
    assert_eq!((&seen["votes_count"], &seen["options"][1]["votes_count"]), (&json!(1), &json!(1)));
    assert_eq!(seen["voted"], true, "one's own poll is as good as voted in");
}

pub async fn posts_are_quoted(instance: &Instance) {
    let (quirin, rosalie) = (instance.person("quirin").await, instance.person("rosalie").await);
    let post = quirin.say("worth repeating").await;
    let quoting = json!({ "status": "as she says", "quoted_status_id": id(&post) });
    let quote = rosalie.post_status(quoting).await;
    assert_eq!(
        (&quote["quote"]["state"], &quote["quote"]["quoted_status"]["id"]),
        (&json!("accepted"), &post["id"])
    );
    let path = format!("/api/v1/statuses/{}", id(&post));
    assert!(has(items(&quirin.get(&format!("{path}/quotes")).await), uri(&quote)));
    let revoked = quirin.post(&format!("{path}/quotes/{}/revoke", id(&quote)), json!({})).await;
    assert_eq!(revoked["quote"]["state"], "revoked");
    let shut =
        quirin.put(&format!("{path}/interaction_policy"), json!({ "quote_approval_policy": "nobody" })).await;
    assert_eq!(shut["quote_approval"]["automatic"], json!([]));
}

pub async fn hashtags_are_featured(instance: &Instance) {
    let svenja = instance.person("svenja").await;
    svenja.say("two of them #Tintype #glass").await;
    let suggested = svenja.get("/api/v1/featured_tags/suggestions").await;
    assert_eq!(items(&suggested).len(), 2, "{suggested}");
    let tag = svenja.post("/api/v1/featured_tags", json!({ "name": "Tintype" })).await;
    assert_eq!((text(&tag, "/name"), text(&tag, "/statuses_count")), ("Tintype", "1"));
    let public = svenja.anonymous().get(&format!("/api/v1/accounts/{}/featured_tags", svenja.id)).await;
    assert_eq!(public, svenja.get("/api/v1/featured_tags").await);
    assert_eq!(items(&public).len(), 1);
    svenja.delete(&format!("/api/v1/featured_tags/{}", id(&tag))).await;
    assert!(items(&svenja.get("/api/v1/featured_tags").await).is_empty());
}

pub async fn emoji_are_listed(instance: &Instance) {
    let file = instance.folder().join("plate.png");
    std::fs::write(&file, pictures::png(48, 48, 7)).unwrap();
    let file = file.display().to_string();
    instance.cli(&["emoji", "add", &file, "--shortcode", "plate", "--json"]).await;
    let all = instance.client().get("/api/v1/custom_emojis").await;
    assert!(items(&all).iter().any(|emoji| emoji["shortcode"] == "plate"), "{all}");
}
