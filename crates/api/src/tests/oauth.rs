//! Apps and tokens.

use axum::http::header;
use serde_json::{Value, json};
use tintype_service::oauth::{self, AuthorizationRequest};

use super::{Given, Sent, Somebody, given};

const CALLBACK: &str = "https://app.example/callback";

async fn register(given: &Given) -> Value {
    let app = json!({
        "client_name": "App", "redirect_uris": [CALLBACK, "urn:ietf:wg:oauth:2.0:oob"],
        "scopes": "read write profile", "website": "https://app.example/",
    });
    given.ask("", "POST", "/api/v1/apps", Sent::Json(app)).await.ok()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// A code that Alice agreed to, for the PKCE verifier of RFC 7636, appendix B.
async fn code(given: &Given, app: &Value, person: &Somebody) -> String {
    let request = AuthorizationRequest {
        client_id: text(&app["client_id"]).to_owned(),
        redirect_uri: CALLBACK.to_owned(),
        response_type: "code".to_owned(),
        scope: Some("read profile".to_owned()),
        code_challenge: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned()),
        code_challenge_method: Some("S256".to_owned()),
        ..AuthorizationRequest::default()
    };
    let consent = oauth::check_authorization(&given.app.ctx, &request).await.unwrap();
    oauth::grant(&given.app.ctx, person.id, &consent).await.unwrap()
}

#[tokio::test]
async fn apps_register_in_every_encoding() {
    let given = given().await;
    let app = register(&given).await;
    assert_eq!(app["redirect_uris"], json!([CALLBACK, "urn:ietf:wg:oauth:2.0:oob"]));
    assert_eq!(app["redirect_uri"], format!("{CALLBACK}\nurn:ietf:wg:oauth:2.0:oob"));
    assert_eq!(
        (&app["scopes"], &app["client_secret_expires_at"]),
        (&json!(["profile", "read", "write"]), &json!(0))
    );
    let form = "client_name=Form&redirect_uris=https%3A%2F%2Fapp.example%2Fcallback%0Aapp%3A%2F%2Fback";
    let app = given.ask("", "POST", "/api/v1/apps", Sent::Form(form)).await.ok();
    assert_eq!(app["redirect_uris"], json!([CALLBACK, "app://back"]));
    assert_eq!(app["scopes"], json!(["read"]), "who asks for nothing gets to read");
    for form in [
        "client_name=x&redirect_uris=javascript:alert(1)",
        "client_name=&redirect_uris=urn:ietf:wg:oauth:2.0:oob",
        "client_name=x&redirect_uris=urn:ietf:wg:oauth:2.0:oob&scopes=everything",
    ] {
        assert_eq!(given.ask("", "POST", "/api/v1/apps", Sent::Form(form)).await.error().0, 422, "{form}");
    }
}

#[tokio::test]
async fn an_app_proves_itself_in_the_body_or_the_header() {
    let given = given().await;
    let app = register(&given).await;
    let (id, secret) = (text(&app["client_id"]), text(&app["client_secret"]));
    let body = json!({ "grant_type": "client_credentials", "client_id": id, "client_secret": secret });
    let posted = given.ask("", "POST", "/oauth/token", Sent::Json(body)).await;
    assert_eq!(posted.headers[header::CACHE_CONTROL], "no-store");
    let token = posted.ok();
    assert_eq!((&token["token_type"], &token["scope"]), (&json!("Bearer"), &json!("read")));
    assert!(token["created_at"].as_i64().unwrap() > 1_700_000_000);
    let own = given.get(text(&token["access_token"]), "/api/v1/apps/verify_credentials").await.ok();
    assert_eq!((&own["name"], own.get("client_secret")), (&json!("App"), None));

    let basic = |pair: String| {
        use base64::{Engine, engine::general_purpose::STANDARD};
        format!("Basic {}", STANDARD.encode(pair))
    };
    let ask = async |authorization: &str| {
        let headers = [("authorization", authorization)];
        given
            .ask_with("", "POST", "/oauth/token", Sent::Form("grant_type=client_credentials"), &headers)
            .await
    };
    ask(&basic(format!("{id}:{secret}"))).await.ok();
    let wrong = ask(&basic(format!("{id}:wrong"))).await;
    assert_eq!(wrong.error(), (401, "invalid_client"));
    assert!(wrong.headers.contains_key(header::WWW_AUTHENTICATE));
    assert_eq!(ask("Basic ?").await.error(), (400, "invalid_request"));
    let other = format!("grant_type=password&client_id={id}&client_secret={secret}").leak();
    let refused = given.ask("", "POST", "/oauth/token", Sent::Form(other)).await;
    assert_eq!(refused.error(), (400, "unsupported_grant_type"));
}

#[tokio::test]
async fn a_code_becomes_a_token_until_it_is_revoked() {
    let given = given().await;
    let alice = given.member("alice").await;
    let (app, stranger) = (register(&given).await, register(&given).await);
    let exchange = async |code: &str, verifier: &str| {
        let body = json!({
            "grant_type": "authorization_code", "client_id": app["client_id"], "client_secret": app["client_secret"],
            "redirect_uri": CALLBACK, "code": code, "code_verifier": verifier,
        });
        given.ask("", "POST", "/oauth/token", Sent::Json(body)).await
    };
    let stolen = code(&given, &app, &alice).await;
    assert_eq!(exchange(&stolen, "guess").await.error(), (400, "invalid_grant"));
    let code = code(&given, &app, &alice).await;
    let issued = exchange(&code, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").await.ok();
    let token = text(&issued["access_token"]);
    assert_eq!(issued["scope"], "profile read");

    for method in ["GET", "POST"] {
        let info = given.ask(token, method, "/oauth/userinfo", Sent::Nothing).await.ok();
        assert_eq!(
            (&info["iss"], &info["preferred_username"]),
            (&json!("https://photos.example/"), &json!("alice"))
        );
        assert_eq!(info["sub"], "https://photos.example/users/alice");
    }
    let revoke = async |app: &Value, token: &str| {
        let body = json!({
            "client_id": app["client_id"], "client_secret": app["client_secret"], "token": token,
        });
        given.ask("", "POST", "/oauth/revoke", Sent::Json(body)).await
    };
    assert_eq!(revoke(&stranger, token).await.error(), (403, "unauthorized_client"));
    assert_eq!(given.get(token, "/api/v1/preferences").await.status, 200);
    for _ in 0..2 {
        assert_eq!(revoke(&app, token).await.ok(), json!({}));
    }
    assert_eq!(given.get(token, "/api/v1/preferences").await.error(), (401, "The access token was revoked"));
}

#[tokio::test]
async fn the_server_says_what_it_can() {
    let given = given().await;
    let server = given.get("", "/.well-known/oauth-authorization-server").await.ok();
    assert_eq!(server["issuer"], "https://photos.example/");
    assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(server["app_registration_endpoint"], "https://photos.example/api/v1/apps");
}
