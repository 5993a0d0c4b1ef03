//! Profiles: what others see of a person, and its changes.

use super::{Pair, ask, eventually, follows, id, scenarios, text, uri};
use serde_json::json;
use tintype_testkit::client::multipart::{Form, Part};
use tintype_testkit::pictures;

scenarios!(a_changed_profile_is_seen_far_away, a_new_key_is_believed);

async fn a_changed_profile_is_seen_far_away(Pair { far, alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let there = bob.find_account(&alice.handle()).await;
    let plain = text(&there, "/avatar").to_owned();
    let avatar = Part::bytes(pictures::jpeg(300, 200, 9)).file_name("me.jpg").mime_str("image/jpeg").unwrap();
    let header =
        Part::bytes(pictures::jpeg(600, 200, 8)).file_name("wide.jpg").mime_str("image/jpeg").unwrap();
    let form = Form::new()
        .text("display_name", "Alice of the Plates")
        .text("note", "Wet collodion since 1851. #tintype")
        .text("fields_attributes[0][name]", "Camera")
        .text("fields_attributes[0][value]", "half plate")
        .text("bot", "true")
        .part("avatar", avatar)
        .part("header", header);
    let request = alice.request("PATCH".parse().unwrap(), "/api/v1/accounts/update_credentials");
    let changed = request.multipart(form).send().await.ok();
    assert_eq!(changed["display_name"], "Alice of the Plates");
    assert_eq!(changed["source"]["note"], "Wet collodion since 1851. #tintype");
    assert_ne!(changed["avatar"], plain.as_str());

    eventually("the new name is seen far away", async || {
        bob.account(id(&there)).await["display_name"] == "Alice of the Plates"
    })
    .await;
    let seen = bob.account(id(&there)).await;
    assert!(text(&seen, "/note").contains("Wet collodion"), "{seen}");
    assert_eq!(seen["bot"], true);
    assert_eq!(seen["fields"][0]["name"], "Camera");
    assert_eq!(seen["fields"][0]["value"], "half plate");
    assert_eq!(seen["url"], changed["url"]);
    assert_eq!(seen["followers_count"], 1, "counts are ours, not the profile's");
    for which in ["/avatar", "/header"] {
        let url = text(&seen, which);
        assert!(url.starts_with(&far.base()), "never hot-linked: {url}");
        let picture = ask(&far.client(), url).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/jpeg")), "{which}");
        assert!(picture.body.starts_with(&[0xFF, 0xD8, 0xFF]));
    }

    // What is not sent is not changed.
    let again = alice.patch("/api/v1/accounts/update_credentials", json!({"display_name": ""})).await;
    assert_eq!((&again["display_name"], &again["avatar"]), (&json!(""), &changed["avatar"]));
    eventually("the name is gone again", async || bob.account(id(&there)).await["display_name"] == "").await;
}

async fn a_new_key_is_believed(Pair { home, far, alice, bob }: Pair) {
    follows(&bob, &alice).await;
    let before = alice.say("with the old key").await;
    bob.sees_at_home(uri(&before)).await;
    let key = async || {
        let actor = home.client().get_activity(&format!("/users/{}", alice.username)).await.json();
        text(&actor, "/publicKey/publicKeyPem").to_owned()
    };
    let old = key().await;
    home.cli(&["account", "rotate-key", &alice.username, "--json"]).await;
    assert_ne!(key().await, old);
    // What she says, asks and likes from now on is signed by the new one, and believed.
    let after = alice.say("with the new key").await;
    bob.sees_at_home(uri(&after)).await;
    let theirs = bob.say("worth a star").await;
    let here = alice.find_status(uri(&theirs)).await;
    alice.favourite(id(&here)).await;
    bob.sees_notification("favourite", &alice.handle()).await;
    let refused = far.try_cli(&["account", "rotate-key", &alice.handle()]).await;
    assert!(!refused.status.success(), "the key of somebody else's person");
}
