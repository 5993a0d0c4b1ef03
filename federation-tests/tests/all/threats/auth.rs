//! Threats of the category `auth`.

use super::stage::Stage;
use super::visitor::{OAuthApp, REDIRECT, Visitor};
use crate::scenarios::{ask, text};
use serde_json::json;
use tintype_testkit::peer::SignOptions;
use tintype_testkit::{Answer, Client, Database};

/// Asks to join through an app.
async fn join(own: &Client, username: &str, email: &str) -> Answer {
    let body = json!({
        "username": username, "email": email, "password": "a long enough password", "agreement": true,
        "locale": "en", "reason": "to look around",
    });
    own.request("POST".parse().unwrap(), "/api/v1/accounts").json(&body).send().await
}

/// The app's own token.
async fn own_token(stage: &Stage, app: &OAuthApp) -> Client {
    let fields = [
        ("grant_type", "client_credentials"),
        ("code", ""),
        ("redirect_uri", ""),
        ("code_verifier", ""),
        ("scope", "read write"),
    ];
    let given = app.exchange("", &fields).await.ok();
    stage.alpha.client().with_token(text(&given, "/access_token"))
}

#[tokio::test]
async fn t113_who_waits_is_not_in() {
    let stage =
        Stage::with(Database::Sqlite, |builder| builder.config("registrations.mode", "approval")).await;
    let alpha = &stage.alpha;
    let app = OAuthApp::register(alpha, REDIRECT, "read write follow").await;
    let own = own_token(&stage, &app).await;
    let mut variants = stage.variants();
    // Addresses that some mail server would route elsewhere, or that are several.
    for email in [
        "vic%tim.example@example.org",
        "\"vic tim\"@example.org",
        "\"<x@evil.example>\"@example.org",
        "a,b@example.org",
        "a@example.org,b@evil.example",
        "a@example.org b@evil.example",
        "a@b@example.org",
        "a!b@example.org",
        "a@[127.0.0.1]",
        "a@example.org\r\nBcc: b@evil.example",
        "a\0@example.org",
        "<a@example.org>",
        "a@example.org;b@evil.example",
        "a(comment)@example.org",
        "a@",
        "@example.org",
        "a",
        "",
        "a..b@example.org",
        ".a@example.org",
        "a@-example.org",
        "a@exa mple.org",
        "a@example..org",
    ] {
        variants.check(&format!("{email:?}"), &[400, 422], &[], join(&own, "newcomer", email)).await;
    }
    // Whether or not one agrees is one's own word.
    for (name, change) in [
        ("no agreement", json!({"agreement": false})),
        (
            "approved by oneself",
            json!({"agreement": "", "approved": true, "confirmed": true, "role": "admin"}),
        ),
    ] {
        let mut body = json!({
            "username": "newcomer", "email": "n@example.org", "password": "a long enough password", "locale": "en",
        });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let send = own.request("POST".parse().unwrap(), "/api/v1/accounts").json(&body).send();
        variants.check(name, &[422], &[], send).await;
    }

    // Taken in as one who waits: by the API and by the page.
    let answer = join(&own, "newcomer", "newcomer@example.org").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let pending = alpha.client().with_token(text(&answer.json(), "/access_token"));
    let visitor = Visitor::new(alpha);
    let fields = [
        ("username", "pagewise"),
        ("email", "pagewise@example.org"),
        ("password", "a long enough password"),
        ("agreement", "true"),
        ("reason", "please"),
        ("approved", "true"),
        ("role", "admin"),
    ];
    let answer = visitor.fill("/auth/sign_up", &fields).await;
    assert_eq!(answer.header("location"), Some("/auth/waiting"), "{answer:?}");
    assert!(visitor.cookie("session").is_none(), "nobody is signed in by it");
    let waiting = alpha.cli(&["account", "list", "--pending", "--json"]).await.to_string();
    assert!(waiting.contains("newcomer") && waiting.contains("pagewise"), "{waiting}");

    stage.settled().await;
    for name in ["newcomer", "pagewise"] {
        let visitor = Visitor::new(alpha);
        let send = visitor.sign_in(name, "a long enough password");
        variants.check(&format!("{name} signs in"), &[401, 403], &[], send).await;
        assert!(visitor.cookie("session").is_none());
    }
    for (method, path, body) in [
        ("POST", "/api/v1/statuses", json!({"status": "let me in"})),
        ("GET", "/api/v1/timelines/home", json!(null)),
        ("PATCH", "/api/v1/accounts/update_credentials", json!({"display_name": "x"})),
        ("POST", "/api/v1/accounts/1/follow", json!({})),
        ("GET", "/api/v1/streaming/user", json!(null)),
        ("GET", "/oauth/userinfo", json!(null)),
    ] {
        let request = pending.request(method.parse().unwrap(), path).unchecked();
        let request = if body.is_null() { request } else { request.json(&body) };
        variants
            .check(
                &format!("waiting: {method} {path}"),
                &[401, 403],
                &["users", "oauth_tokens"],
                request.send(),
            )
            .await;
    }
    // Nor is there anybody of that name for others: not by any door.
    for name in ["newcomer", "pagewise"] {
        for path in [
            format!("/@{name}"),
            format!("/api/v1/accounts/lookup?acct={name}"),
            format!("/.well-known/webfinger?resource=acct:{name}@{}", alpha.domain()),
        ] {
            let send =
                async { alpha.client().request("GET".parse().unwrap(), &path).unchecked().send().await };
            variants.check(&path, &[404], &[], send).await;
        }
        let actor = alpha.url(&format!("/users/{name}"));
        let shown = stage.peer.fetch(&stage.bob, &actor, &SignOptions::default()).await;
        let fault = (shown.status != 404 && !shown.text().contains("\"suspended\":true"))
            .then(|| format!("{shown:?}"));
        variants.judge(&format!("{actor} by a server"), &fault.into_iter().collect::<Vec<_>>());
        let follow = stage.peer.follow(&stage.mallory, &actor);
        let answer = stage.peer.tell(&stage.mallory, &actor, &follow).await;
        stage.settled().await;
        let followers = alpha.cli(&["account", "show", name, "--json"]).await;
        let fault = (followers["followers_count"].as_u64().unwrap_or(0) > 0)
            .then(|| format!("{answer:?} {followers}"));
        variants.judge(&format!("follow {name}"), &fault.into_iter().collect::<Vec<_>>());
    }
    variants.done();
    alpha.cli(&["account", "approve", "newcomer", "--json"]).await;
    assert_eq!(ask(&pending, "/api/v1/accounts/verify_credentials").await.status, 200, "let in at last");
    assert_eq!(Visitor::new(alpha).sign_in("newcomer", "a long enough password").await.status, 303);
}
