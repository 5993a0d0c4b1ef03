use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Request, header},
    response::Response,
};
use serde_json::json;
use tintype_model::Scopes;
use tower::ServiceExt;

use super::*;
use crate::{
    route::{Auth, Verb},
    tests::{Given, body_of, named},
};

async fn send(given: &Given, request: Request<Body>) -> Response {
    given.router.clone().oneshot(request).await.unwrap()
}

async fn ask(given: &Given, method: &str, uri: &str) -> Response {
    send(given, Request::builder().method(method).uri(uri).body(Body::empty()).unwrap()).await
}

#[test]
fn rows_are_sound() {
    let mut seen = BTreeSet::new();
    for row in table() {
        let name = format!("{} {}", row.verb.as_str(), row.path);
        assert!(seen.insert(name.clone()), "{name} stands there twice");
        assert!(row.path.starts_with('/') && !row.path.ends_with('/'), "{name}");
        assert!(!row.entity.is_empty(), "{name}");
        for scope in row.scopes {
            assert!(Scopes::known().contains(scope), "{name}: unknown scope {scope}");
        }
        let wants_scope =
            row.path.starts_with("/api/") && matches!(row.auth, Auth::User | Auth::OptionalUser);
        assert!(!wants_scope || !row.scopes.is_empty(), "{name} has no scope");
        assert!(
            row.auth != Auth::Public || row.scopes.is_empty(),
            "{name}: a public route asks for no scope"
        );
        let writes = row.verb != Verb::Get && row.path.starts_with("/api/") && row.path != "/api/v1/apps";
        assert!(
            !writes || row.scopes.iter().all(|s| s.starts_with("write")),
            "{name} writes by a reading scope"
        );
    }
    assert!(!seen.contains("GET /api/v1/lists"), "what isn't served isn't routed");
}

#[tokio::test]
async fn updates_take_put_and_patch_alike() {
    let given = named().await;
    for row in table().iter().filter(|row| matches!(row.verb, Verb::Put | Verb::Patch)) {
        let path = row.path.replace("{id}", "1");
        for method in ["PUT", "PATCH"] {
            assert_eq!(ask(&given, method, &path).await.status(), 401, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_json() {
    let given = named().await;
    let table = [
        ("GET", "/api", 404, "Record not found"),
        ("GET", "/api/", 404, "Record not found"),
        ("GET", "/api/v1/nothing", 404, "Record not found"),
        ("POST", "/api/v1/accounts/1/nothing", 404, "Record not found"),
        ("DELETE", "/api/v9/statuses/1/favourite/", 404, "Record not found"),
        ("GET", "/api/v1/lists", 404, "Record not found"),
        ("DELETE", "/api/v1/timelines/home", 405, "This path does not answer to this method"),
    ];
    for (method, uri, status, text) in table {
        assert_eq!(
            body_of(ask(&given, method, uri).await).await,
            (status, json!({ "error": text })),
            "{method} {uri}"
        );
    }
    let wrong = ask(&given, "DELETE", "/api/v1/timelines/home").await;
    assert_eq!(wrong.headers()[header::ALLOW], "GET,HEAD");
}

#[tokio::test]
async fn other_origins_may_read_everything() {
    let given = named().await;
    for (method, uri) in [
        ("GET", "/api/v2/instance"),
        ("GET", "/api/v1/timelines/home"),
        ("GET", "/api/v1/nothing"),
        ("DELETE", "/api/v1/timelines/home"),
        ("POST", "/oauth/token"),
        ("GET", "/.well-known/oauth-authorization-server"),
    ] {
        let request = Request::builder().method(method).uri(uri).header("origin", "https://app.example");
        let response = send(&given, request.body(Body::empty()).unwrap()).await;
        let headers = response.headers();
        assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*", "{method} {uri}");
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
        let exposed = headers[header::ACCESS_CONTROL_EXPOSE_HEADERS].to_str().unwrap().to_lowercase();
        for name in
            ["link", "x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
        {
            assert!(exposed.contains(name), "{name}");
        }
    }
}

#[tokio::test]
async fn preflights_pass_every_gate() {
    let given = named().await;
    for (uri, method) in [
        ("/api/v1/statuses", "POST"),
        ("/api/v1/statuses/1", "DELETE"),
        ("/api/v1/accounts/update_credentials", "PATCH"),
        ("/api/v1/media/1", "PUT"),
        ("/oauth/token", "POST"),
        ("/oauth/revoke/", "POST"),
    ] {
        let request = Request::options(uri)
            .header("origin", "https://app.example")
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "authorization,content-type,idempotency-key");
        let response = send(&given, request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 200, "{uri}");
        let headers = response.headers();
        assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(
            headers[header::ACCESS_CONTROL_ALLOW_HEADERS],
            "authorization,content-type,idempotency-key",
            "a star would leave authorization out"
        );
        assert!(headers[header::ACCESS_CONTROL_ALLOW_METHODS].to_str().unwrap().contains(method));
    }
}

#[tokio::test]
async fn requests_are_named() {
    let given = named().await;
    let drawn =
        ask(&given, "GET", "/api/v1/nothing").await.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(drawn.len(), 32);
    for (id, kept) in [("abc-123", true), ("a b", false), ("", false)] {
        let request = Request::get("/api/v1/nothing").header("x-request-id", id);
        let response = send(&given, request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.headers()["x-request-id"] == id, kept, "{id}");
    }
}
