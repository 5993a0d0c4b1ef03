//! Custom emoji of one instance, seen on the other.

use super::{Pair, ask, eventually, follows, id, items, scenarios, text, uri};
use serde_json::{Value, json};
use tintype_testkit::{Network, pictures};

scenarios!(emoji_are_seen_far_away);

async fn emoji_are_seen_far_away(Pair { home, alice, bob, .. }: Pair) {
    // In a container there is no picture to take.
    if Network::given().is_some() {
        return;
    }
    let file = home.folder().join("wave.png");
    std::fs::write(&file, pictures::png(48, 32, 5)).unwrap();
    let (file, shortcode) = (file.display().to_string(), "wave_2");
    home.cli(&["emoji", "add", &file, "--shortcode", shortcode, "--category", "hands", "--json"]).await;
    let all = home.client().get("/api/v1/custom_emojis").await;
    let own = items(&all).iter().find(|emoji| emoji["shortcode"] == shortcode).unwrap();
    assert_eq!((&own["category"], &own["visible_in_picker"]), (&json!("hands"), &json!(true)));

    follows(&bob, &alice).await;
    let post = alice.say(&format!("hi :{shortcode}: and :nothing:")).await;
    assert_eq!(items(&post["emojis"]), std::slice::from_ref(own));
    let there = bob.sees_at_home(uri(&post)).await;
    let seen = items(&there["emojis"]);
    assert_eq!(seen.len(), 1, "{there}");
    assert_eq!(seen[0]["shortcode"], shortcode);
    let url = text(&seen[0], "/url");
    let path = url.strip_prefix(bob.base()).expect("its own copy");
    let answer = ask(&bob, path).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("image/"));

    // In a name, too.
    let form = json!({ "display_name": format!("Alice :{shortcode}:") });
    alice.patch("/api/v1/accounts/update_credentials", form).await;
    eventually("the name has its emoji", async || {
        let account: Value = bob.account(id(&there["account"])).await;
        account["emojis"][0]["shortcode"] == shortcode
    })
    .await;
}
