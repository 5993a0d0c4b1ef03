//! What the instance says of itself.

use serde_json::json;
use tintype_model::Role;
use tintype_service::{
    FederationMode, Policy, Registrations,
    registration::{self, NewPerson},
};

use super::given_with;

#[tokio::test]
async fn both_versions_tell_the_same() {
    let policy = Policy {
        description: "Photos <of> us".to_owned(),
        contact_email: "anna@mail.example".to_owned(),
        ..Policy::default()
    };
    let given = given_with(policy).await;
    assert_eq!(given.get("", "/api/v2/instance").await.ok()["contact"]["account"], json!(null));
    let anna = NewPerson {
        username: "anna".to_owned(),
        email: "anna@mail.example".to_owned(),
        password: "correct horse".to_owned(),
        agreement: true,
        ..NewPerson::default()
    };
    registration::create(&given.app.ctx, anna, Role::Owner).await.unwrap();
    let v2 = given.get("", "/api/v2/instance").await.ok();
    let v1 = given.get("", "/api/v1/instance/").await.ok();
    assert_eq!((&v2["domain"], &v1["uri"]), (&json!("photos.example"), &json!("photos.example")));
    assert_eq!(v2["version"], v1["version"]);
    assert!(v2["version"].as_str().unwrap().starts_with("4.6.0 (compatible; Tintype "));
    assert_eq!(v2["api_versions"], json!({ "mastodon": 1 }));
    let streaming = json!("wss://photos.example");
    assert_eq!(
        (&v2["configuration"]["urls"]["streaming"], &v1["urls"]["streaming_api"]),
        (&streaming, &streaming)
    );
    assert_eq!(v2["configuration"]["accounts"]["max_pinned_statuses"], 5);
    let open = json!({ "local": "public", "remote": "public" });
    assert_eq!(v2["configuration"]["timelines_access"]["hashtag_feeds"], open);
    assert_eq!(v2["configuration"]["limited_federation"], false);
    assert_eq!(
        (&v2["contact"]["account"]["acct"], &v1["contact_account"]["acct"]),
        (&json!("anna"), &json!("anna"))
    );
    assert_eq!(
        (&v2["description"], &v1["description"]),
        (&json!("Photos <of> us"), &json!("Photos &lt;of&gt; us"))
    );
    assert_eq!(v2["configuration"]["statuses"], v1["configuration"]["statuses"]);
    assert_eq!(v2["configuration"]["media_attachments"]["image_size_limit"], 2 << 20);
    assert_eq!(
        v2["configuration"]["media_attachments"]["supported_mime_types"],
        json!(["image/jpeg", "image/png", "image/gif", "image/webp"])
    );
    assert_eq!(v1["stats"]["user_count"], 1);
}

#[tokio::test]
async fn both_say_who_may_join() {
    for (registrations, open, approval) in [
        (Registrations::Open, true, false),
        (Registrations::Approval, true, true),
        (Registrations::Closed, false, false),
    ] {
        let policy = Policy { registrations, federation: FederationMode::Allowlist, ..Policy::default() };
        let given = given_with(policy).await;
        let v2 = given.get("", "/api/v2/instance").await.ok();
        let v1 = given.get("", "/api/v1/instance").await.ok();
        assert_eq!((&v2["registrations"]["enabled"], &v1["registrations"]), (&json!(open), &json!(open)));
        let asked = (&v2["registrations"]["approval_required"], &v1["approval_required"]);
        assert_eq!(asked, (&json!(approval), &json!(approval)));
        assert_eq!(v2["configuration"]["limited_federation"], true);
    }
}
