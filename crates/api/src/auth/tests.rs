use axum::{
    Json, Router,
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::{
    AnyBody,
    lenient::Text,
    route::{build, delete, get, post},
    tests::{Given, body_of, named},
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Form {
    q: Text,
}

async fn who(caller: Option<Caller>) -> Json<Value> {
    Json(json!({ "account": caller.map(|c| c.account) }))
}

async fn whose(grant: Grant) -> Json<Value> {
    Json(json!({ "app": grant.app }))
}

async fn needs_caller(caller: Caller, AnyBody(form): AnyBody<Form>) -> Json<Value> {
    Json(json!({ "account": caller.account, "q": form.q.given() }))
}

fn served(given: &Given) -> Router {
    build(
        &given.app,
        vec![
            get("/public", Auth::Public, &[], "").by(who),
            get("/app", Auth::App, &[], "").by(whose),
            post("/app", Auth::App, &["write:accounts"], "").by(whose),
            get("/user", Auth::User, &["read:statuses", "profile"], "").by(who),
            post("/user", Auth::User, &["write:statuses"], "").by(needs_caller),
            get("/optional", Auth::OptionalUser, &["read:statuses"], "").by(who),
            delete("/admin", Auth::User, &["admin:write"], "").role(Role::Moderator).by(who),
            // A handler that asks for more than its row does.
            get("/mistake", Auth::Public, &[], "").by(needs_caller),
        ],
    )
}

async fn ask(router: &Router, method: &str, path: &str, token: Option<&str>) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    body_of(router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()).await
}

#[tokio::test]
async fn the_row_decides_who_gets_in() {
    let given = named().await;
    let router = served(&given);
    let nobody = json!({ "account": null });
    let alice = json!({ "account": "1" });
    let error = |text: &str| json!({ "error": text });
    let invalid = error("The access token is invalid");
    let scope = error("This action is outside the authorized scopes");
    let person = error("This method requires an authenticated user");
    let table = [
        // Public: tokens aren't even looked at.
        ("GET", "/public", None, 200, nobody.clone()),
        ("GET", "/public", Some("nonsense"), 200, nobody.clone()),
        ("GET", "/public", Some("read"), 200, nobody.clone()),
        // App: any token.
        ("GET", "/app", None, 401, invalid.clone()),
        ("GET", "/app", Some("nonsense"), 401, invalid.clone()),
        ("GET", "/app", Some("app"), 200, json!({ "app": "7" })),
        ("GET", "/app", Some("read"), 200, json!({ "app": "7" })),
        ("GET", "/app", Some("disabled"), 403, error("Your login is currently disabled")),
        ("POST", "/app", Some("app"), 200, json!({ "app": "7" })),
        ("POST", "/app", Some("read"), 403, scope.clone()),
        // User.
        ("GET", "/user", None, 401, invalid.clone()),
        ("GET", "/user", Some("nonsense"), 401, invalid.clone()),
        ("GET", "/user", Some("revoked"), 401, error("The access token was revoked")),
        ("GET", "/user", Some("read"), 200, alice.clone()),
        ("GET", "/user", Some("profile"), 200, alice.clone()),
        ("GET", "/user", Some("write"), 403, scope.clone()),
        ("GET", "/user", Some("app"), 422, person.clone()),
        ("POST", "/user", Some("read"), 403, scope.clone()),
        ("GET", "/user", Some("disabled"), 403, error("Your login is currently disabled")),
        // OptionalUser.
        ("GET", "/optional", None, 200, nobody.clone()),
        ("GET", "/optional", Some("nonsense"), 401, invalid.clone()),
        ("GET", "/optional", Some("read"), 200, alice.clone()),
        ("GET", "/optional", Some("write"), 403, scope.clone()),
        ("GET", "/optional", Some("app"), 200, nobody.clone()),
        ("GET", "/optional", Some("disabled"), 403, error("Your login is currently disabled")),
        // A role.
        ("DELETE", "/admin", Some("write"), 403, scope.clone()),
        ("DELETE", "/admin", Some("admin-of-nothing"), 403, error("This action is not allowed")),
        ("DELETE", "/admin", Some("owner"), 200, json!({ "account": "2" })),
        // A mistake in the table shuts, never opens.
        ("GET", "/mistake", Some("read"), 401, invalid.clone()),
    ];
    for (method, path, token, status, body) in table {
        assert_eq!(ask(&router, method, path, token).await, (status, body), "{method} {path} with {token:?}");
    }
}

#[tokio::test]
async fn a_trailing_slash_and_head_pass_the_same_gate() {
    let given = named().await;
    let router = served(&given);
    for (method, path) in [("GET", "/user/"), ("HEAD", "/user"), ("HEAD", "/user/")] {
        assert_eq!(ask(&router, method, path, None).await.0, 401, "{method} {path}");
        assert_eq!(ask(&router, method, path, Some("read")).await.0, 200, "{method} {path}");
    }
}

#[tokio::test]
async fn tokens_come_in_three_places() {
    let given = named().await;
    let router = served(&given);
    let answer = async |request: Request<Body>| body_of(router.clone().oneshot(request).await.unwrap()).await;
    let base = || Request::builder().method("POST");
    let form = "application/x-www-form-urlencoded";

    let header = base().uri("/user").header("authorization", "bearer  write").body(Body::empty()).unwrap();
    assert_eq!(answer(header).await.0, 200, "the scheme is case-insensitive");
    let query = base().uri("/user?q=a&access_token=write").body(Body::empty()).unwrap();
    assert_eq!(answer(query).await, (200, json!({ "account": "1", "q": "a" })));
    let in_form = base()
        .uri("/user")
        .header("content-type", form)
        .body(Body::from("q=a%26b&access_token=write"))
        .unwrap();
    assert_eq!(answer(in_form).await, (200, json!({ "account": "1", "q": "a&b" })), "the form is put back");
    let basic = base().uri("/user").header("authorization", "Basic d3JpdGU6").body(Body::empty()).unwrap();
    assert_eq!(answer(basic).await.0, 401);
    let long = base()
        .uri("/user")
        .header("content-type", form)
        .body(Body::from(vec![b'a'; MAX_PARAMETERS + 1]))
        .unwrap();
    assert_eq!(answer(long).await.0, StatusCode::PAYLOAD_TOO_LARGE.as_u16());
}
