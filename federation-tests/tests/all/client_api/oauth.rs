//! Apps, tokens, and how people give them to apps.

use crate::scenarios::{ask, id, text};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tintype_testkit::browser::{Form, Page};
use tintype_testkit::{Browser, Client, Instance};
use url::Url;

const REDIRECT: &str = "https://app.example.org/callback?kept=1";
/// 43 characters, the least that RFC 7636 allows.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An app that may ask for everything.
async fn register(client: &Client, name: &str) -> Value {
    let app =
        json!({"client_name": name, "redirect_uris": REDIRECT, "scopes": "read write follow push profile"});
    client.post("/api/v1/apps", app).await
}

pub async fn apps_register_in_every_encoding(instance: &Instance) {
    let client = instance.client();
    let oob = "urn:ietf:wg:oauth:2.0:oob";
    let form = [
        ("client_name", "Form"),
        ("redirect_uris", "https://a.example/cb\ntusky://cb"),
        ("scopes", "read write:statuses"),
        ("website", "https://a.example"),
    ];
    let app = client.post_form("/api/v1/apps/", &form).await;
    assert_eq!(app["name"], "Form");
    assert_eq!(app["website"], "https://a.example");
    assert_eq!(app["redirect_uris"], json!(["https://a.example/cb", "tusky://cb"]));
    assert_eq!(app["scopes"], json!(["read", "write:statuses"]));
    assert_eq!(app["client_secret_expires_at"], 0);

    let body = json!({"client_name": "Json", "redirect_uris": ["https://b.example/cb", oob]});
    let second = client.post("/api/v1/apps", body).await;
    assert_eq!(second["redirect_uris"], json!(["https://b.example/cb", oob]));
    assert_eq!(second["scopes"], json!(["read"]), "what one gets without asking");
    assert_ne!(app["client_id"], second["client_id"]);

    let parts = tintype_testkit::client::multipart::Form::new()
        .text("client_name", "Multipart")
        .text("redirect_uris", oob)
        .text("scopes", "read");
    assert_eq!(client.post_multipart("/api/v1/apps", parts).await["redirect_uri"], oob);

    for (body, why) in [
        (json!({"redirect_uris": oob}), "no name"),
        (json!({"client_name": "x"}), "no redirect"),
        (json!({"client_name": "x", "redirect_uris": "javascript:alert(1)"}), "a script"),
        (json!({"client_name": "x", "redirect_uris": oob, "scopes": "everything"}), "an unknown scope"),
    ] {
        let answer = client.request("POST".parse().unwrap(), "/api/v1/apps").json(&body).send().await;
        assert_eq!(answer.status, 422, "{why}: {answer:?}");
    }

    // An app's own token opens what is the app's, and nothing of a person's.
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", text(&app, "/client_id")),
        ("client_secret", text(&app, "/client_secret")),
    ];
    let token = client.post_form("/oauth/token", &fields).await;
    assert_eq!(token["scope"], "read");
    let own = client.with_token(text(&token, "/access_token"));
    assert_eq!(own.get("/api/v1/apps/verify_credentials").await["name"], "Form");
    assert_eq!(ask(&own, "/api/v1/timelines/home").await.status, 422);
    assert_eq!(ask(&client, "/api/v1/apps/verify_credentials").await.status, 401);
}

/// The consent page's address.
fn authorize(app: &Value, more: &[(&str, &str)]) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", text(app, "/client_id")),
        ("redirect_uri", REDIRECT),
        ("scope", "read write follow push profile"),
        ("state", "a state & more"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    pairs.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    pairs.extend_from_slice(more);
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("/oauth/authorize?{query}")
}

/// Where the app was called back.
#[track_caller]
fn called_back(page: &Page) -> Url {
    assert_eq!(page.status, 0, "not sent to the app: {page:?}");
    let url = Url::parse(&page.url).unwrap();
    assert_eq!(url.host_str(), Some("app.example.org"));
    url
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

pub async fn a_browser_signs_in_and_consents(instance: &Instance) {
    let client = instance.client();
    let ada = instance.person("ada").await;
    let app = register(&client, "Plate & <Glass>").await;
    let browser = Browser::new(&instance.base());

    // Signed out: sign in first, then come back.
    let first = browser.open(&authorize(&app, &[])).await;
    assert_eq!(first.status, 200);
    assert!(!first.url.contains("/oauth/authorize?"), "{}", first.url);
    let wrong = browser.submit(&first, &[("username", "ada"), ("password", "not this one")]).await;
    assert_eq!(wrong.status, 401);
    let right = [("username", ada.email.as_str()), ("password", ada.password.as_str())];
    let consent = browser.submit(&wrong, &right).await;
    assert_eq!(consent.status, 200);
    assert!(consent.url.contains("/oauth/authorize?"), "{}", consent.url);
    assert!(!consent.body.contains("<Glass>"), "the app's name is escaped");
    let forms = consent.forms();
    let form = forms.iter().find(|form| form.names.iter().any(|name| name == "decision")).unwrap();
    let fields = form.fields.iter().filter(|(name, _)| name != "form_token").cloned().collect();
    let forged = browser.send(&consent, &Form { fields, ..form.clone() }, &[("decision", "allow")]).await;
    assert_eq!(forged.status, 403, "without the form's own token: {forged:?}");

    let back = called_back(&browser.submit(&consent, &[("decision", "allow")]).await);
    assert!(back.as_str().starts_with("https://app.example.org/callback?kept=1&"), "{back}");
    assert_eq!(parameter(&back, "state").as_deref(), Some("a state & more"));
    let code = parameter(&back, "code").unwrap();

    let exchange = async |code: &str, verifier: &str| {
        let body = json!({
            "grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": verifier,
            "client_id": app["client_id"], "client_secret": app["client_secret"],
        });
        client.request("POST".parse().unwrap(), "/oauth/token").json(&body).send().await
    };
    let thief = exchange(&code, &"x".repeat(43)).await;
    assert_eq!(thief.expect(400)["error"], "invalid_grant");
    assert!(thief.header("cache-control").is_some_and(|value| value.contains("no-store")));
    let token = exchange(&code, VERIFIER).await.ok();
    assert_eq!(token["token_type"], "Bearer");
    assert!(token["created_at"].is_u64(), "{token}");
    let signed_in = client.with_token(text(&token, "/access_token"));
    let me = signed_in.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!((id(&me), text(&me, "/acct")), (ada.id.as_str(), "ada"));
    assert_eq!(signed_in.get("/api/v1/apps/verify_credentials").await["name"], app["name"]);
    for method in ["GET", "POST"] {
        let info = signed_in.request(method.parse().unwrap(), "/oauth/userinfo").send().await.ok();
        assert_eq!(info["sub"], ada.actor());
    }
    // A post names the app that made it.
    assert_eq!(signed_in.say("by an app").await["application"]["name"], app["name"]);

    // A code is good once; the second time says that somebody has it who should not, and ends the token.
    assert_eq!(exchange(&code, VERIFIER).await.expect(400)["error"], "invalid_grant");
    assert_eq!(ask(&signed_in, "/api/v1/accounts/verify_credentials").await.status, 401);

    // Signed in already: straight to the consent page. The client may name itself by HTTP Basic.
    let consent = browser.open(&authorize(&app, &[("scope", "read")])).await;
    let back = called_back(&browser.submit(&consent, &[("decision", "allow")]).await);
    let code = parameter(&back, "code").unwrap();
    let basic = STANDARD.encode(format!("{}:{}", text(&app, "/client_id"), text(&app, "/client_secret")));
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let request = client.request("POST".parse().unwrap(), "/oauth/token/").form(&form);
    let token = request.header("authorization", &format!("Basic {basic}")).send().await.ok();
    assert_eq!(token["scope"], "read");
    let reader = client.with_token(text(&token, "/access_token"));
    assert_eq!(reader.get("/api/v1/accounts/verify_credentials").await["id"], me["id"]);
    let refused = reader.request("POST".parse().unwrap(), "/api/v1/statuses").json(&json!({"status": "no"}));
    assert_eq!(refused.send().await.expect(403)["error"], "This action is outside the authorized scopes");

    // The token is taken back by its own app only.
    let other = register(&client, "Other").await;
    let revoke = async |app: &Value| {
        let form = [
            ("client_id", text(app, "/client_id")),
            ("client_secret", text(app, "/client_secret")),
            ("token", text(&token, "/access_token")),
        ];
        client.request("POST".parse().unwrap(), "/oauth/revoke").form(&form).send().await
    };
    assert_eq!(revoke(&other).await.expect(403)["error"], "unauthorized_client");
    assert_eq!(ask(&reader, "/api/v1/accounts/verify_credentials").await.status, 200);
    for _ in 0..2 {
        assert_eq!(revoke(&app).await.expect(200), json!({}));
        let refused = ask(&reader, "/api/v1/accounts/verify_credentials").await;
        let error = refused.expect(401)["error"].clone();
        assert!(error.as_str().unwrap().starts_with("The access token"), "{error}");
    }
}

pub async fn a_person_says_no(instance: &Instance) {
    let client = instance.client();
    let nora = instance.person("nora").await;
    let app = register(&client, "Nosy").await;
    let browser = Browser::new(&instance.base());
    let page = browser.open(&authorize(&app, &[])).await;
    let consent = browser.submit(&page, &[("username", "nora"), ("password", &nora.password)]).await;
    let back = called_back(&browser.submit(&consent, &[("decision", "deny")]).await);
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&back, "state").as_deref(), Some("a state & more"));
    assert_eq!(parameter(&back, "code"), None);

    // What is wrong in a way that the app may hear of goes to the app; what may not, stays on a page.
    for (wrong, error) in [
        (("scope", "admin:read"), "invalid_scope"),
        (("response_type", "token"), "unsupported_response_type"),
        (("code_challenge_method", "plain"), "invalid_request"),
    ] {
        let back = called_back(&browser.open(&authorize(&app, &[wrong])).await);
        assert_eq!(parameter(&back, "error").as_deref(), Some(error), "{wrong:?}");
    }
    for wrong in [("redirect_uri", "https://evil.example/"), ("client_id", "nobody")] {
        let page = browser.open(&authorize(&app, &[wrong])).await;
        assert!((400..500).contains(&page.status), "{wrong:?} → {page:?}");
    }
    // An app that can't be redirected to shows its code.
    let oob = "urn:ietf:wg:oauth:2.0:oob";
    let body = json!({"client_name": "Script", "redirect_uris": oob});
    let script = client.post("/api/v1/apps", body).await;
    let more =
        [("redirect_uri", oob), ("scope", "read"), ("code_challenge", ""), ("code_challenge_method", "")];
    let consent = browser.open(&authorize(&script, &more)).await;
    let page = browser.submit(&consent, &[("decision", "allow")]).await;
    assert_eq!(page.status, 200);
    let shown = page.body.split_once("id=\"code\"").and_then(|(_, rest)| rest.split_once("value=\""));
    let (code, _) = shown.and_then(|(_, rest)| rest.split_once('"')).unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", oob),
        ("client_id", text(&script, "/client_id")),
        ("client_secret", text(&script, "/client_secret")),
    ];
    let token = client.post_form("/oauth/token", &form).await;
    let reader = client.with_token(text(&token, "/access_token"));
    assert_eq!(reader.get("/api/v1/accounts/verify_credentials").await["id"], nora.id);

    for (wrong, status, error) in [
        (json!({"grant_type": "password"}), 400, "unsupported_grant_type"),
        (json!({"grant_type": "client_credentials", "client_secret": "no"}), 401, "invalid_client"),
        (json!({"grant_type": "client_credentials", "scope": "write"}), 400, "invalid_scope"),
        (json!({}), 400, "invalid_request"),
    ] {
        let mut body = json!({"client_id": script["client_id"], "client_secret": script["client_secret"]});
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let answer = client.request("POST".parse().unwrap(), "/oauth/token").json(&body).send().await;
        assert_eq!(answer.expect(status)["error"], error, "{wrong}");
    }
}

pub async fn people_register_through_an_app(instance: &Instance) {
    let client = instance.client();
    let app = register(&client, "Mobile").await;
    let body = json!({
        "grant_type": "client_credentials", "scope": "read write follow push",
        "client_id": app["client_id"], "client_secret": app["client_secret"],
    });
    let own = client.post("/oauth/token", body).await;
    let own = client.with_token(text(&own, "/access_token"));
    let newcomer = |change: (&str, Value)| {
        let mut body = json!({
            "username": "mila", "email": "mila@example.org", "password": "a long enough password",
            "agreement": true, "locale": "en",
        });
        body[change.0] = change.1;
        body
    };
    for (field, value, code) in [
        ("username", json!("a b"), "ERR_INVALID"),
        ("email", json!(""), "ERR_BLANK"),
        ("password", json!("short"), "ERR_TOO_SHORT"),
        ("agreement", json!(false), "ERR_ACCEPTED"),
    ] {
        let request = own.request("POST".parse().unwrap(), "/api/v1/accounts");
        let answer = request.json(&newcomer((field, value))).send().await.expect(422);
        assert_eq!(answer["details"][field][0]["error"], code, "{answer}");
        assert!(text(&answer, "/error").starts_with("Validation failed"), "{answer}");
    }
    let token = own.post("/api/v1/accounts", newcomer(("reason", json!("I like pictures")))).await;
    let mila = client.with_token(text(&token, "/access_token"));
    let me = mila.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!((text(&me, "/username"), text(&me, "/acct")), ("mila", "mila"));
    assert_eq!(me["statuses_count"], 0);
    mila.say("I am new here").await;
    // The name is taken now, and strangers can't register without an app.
    let request = own.request("POST".parse().unwrap(), "/api/v1/accounts");
    let taken = request.json(&newcomer(("email", json!("other@example.org")))).send().await.expect(422);
    assert_eq!(taken["details"]["username"][0]["error"], "ERR_TAKEN");
    let stranger = client.request("POST".parse().unwrap(), "/api/v1/accounts");
    assert_eq!(stranger.json(&newcomer(("username", json!("otto")))).send().await.status, 401);
}

pub async fn the_server_describes_itself(instance: &Instance) {
    let server = instance.client().get("/.well-known/oauth-authorization-server").await;
    assert_eq!(text(&server, "/issuer").trim_end_matches('/'), instance.base());
    for (key, path) in [
        ("authorization_endpoint", "/oauth/authorize"),
        ("token_endpoint", "/oauth/token"),
        ("revocation_endpoint", "/oauth/revoke"),
        ("userinfo_endpoint", "/oauth/userinfo"),
        ("app_registration_endpoint", "/api/v1/apps"),
    ] {
        assert_eq!(server[key], instance.url(path), "{key}");
    }
    assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));
    assert!(server["scopes_supported"].as_array().unwrap().contains(&json!("write:statuses")));
}
