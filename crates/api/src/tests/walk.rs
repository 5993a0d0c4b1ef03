//! The whole route table: who gets in where, with what.

use serde_json::json;
use tintype_service::oauth::{self, NewApp, OOB, TokenRequest};

use super::{Given, Sent, Somebody, given, id_of, words};
use crate::{
    route::{Auth, Row},
    table,
};

/// The token of an app alone.
async fn app_token(given: &Given) -> String {
    let new = NewApp {
        name: "Alone".to_owned(),
        redirect_uris: vec![OOB.to_owned()],
        scopes: "read write follow push profile".parse().unwrap(),
        website: None,
    };
    let registered = oauth::register_app(&given.app.ctx, new).await.unwrap();
    let request = TokenRequest {
        grant_type: "client_credentials".to_owned(),
        client_id: registered.app.client_id,
        client_secret: Some(registered.client_secret),
        scope: Some("read write follow push profile".to_owned()),
        ..TokenRequest::default()
    };
    oauth::exchange(&given.app.ctx, &request).await.unwrap().access_token
}

/// Alice, who lets followers in one by one, and Bob.
async fn two(given: &Given) -> (Somebody, Somebody) {
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    let locked = Sent::Json(json!({ "locked": true }));
    given.ask(&alice.token, "PATCH", "/api/v1/accounts/update_credentials", locked).await.ok();
    (alice, bob)
}

/// The path of a row, with the id of something of Alice's that is there and new.
async fn fill(given: &Given, alice: &Somebody, bob: &Somebody, row: &Row) -> String {
    let new = async || given.publish(alice, words("new")).await;
    let id = if row.path.contains("/accounts/{id}") {
        bob.id.to_string()
    } else if row.path.contains("/follow_requests/{id}") {
        for verb in ["unfollow", "follow"] {
            given.post(&bob.token, &format!("/api/v1/accounts/{}/{verb}", alice.id)).await.ok();
        }
        bob.id.to_string()
    } else if row.path.contains("/statuses/{id}") {
        id_of(&new().await).to_owned()
    } else if row.path.contains("/media/{id}") {
        id_of(&given.upload(alice).await).to_owned()
    } else if row.path.contains("/notifications/{id}") {
        let status = new().await;
        given.post(&bob.token, &format!("/api/v1/statuses/{}/favourite", id_of(&status))).await.ok();
        given.get(&alice.token, "/api/v1/notifications").await.ids()[0].to_owned()
    } else if row.path.contains("/polls/{id}") {
        // Bob's, so that Alice may vote.
        let asked = json!({ "status": "which?", "poll": { "options": ["one", "two"], "expires_in": 600 } });
        let asked = given.ask(&bob.token, "POST", "/api/v1/statuses", Sent::Json(asked)).await.ok();
        id_of(&asked["poll"]).to_owned()
    } else if row.path.contains("/featured_tags/{id}") {
        let tag = Sent::Json(json!({ "name": "walked" }));
        id_of(&given.ask(&alice.token, "POST", "/api/v1/featured_tags", tag).await.ok()).to_owned()
    } else {
        assert!(!row.path.contains("{id}"), "{} needs an id of something", row.path);
        String::new()
    };
    let mut path = row.path.replace("{id}", &id).replace("{name}", "sky");
    if path.contains("{quoting_status_id}") {
        let quote = Sent::Json(json!({ "status": "as she says", "quoted_status_id": id }));
        let quote = given.ask(&bob.token, "POST", "/api/v1/statuses", quote).await.ok();
        path = path.replace("{quoting_status_id}", id_of(&quote));
    }
    path
}

#[tokio::test]
async fn every_row_lets_in_whom_it_names() {
    let given = given().await;
    let (alice, bob) = two(&given).await;
    let (app, elsewhere) = (app_token(&given).await, given.token(alice.id, "admin:read").await);
    let invalid = (401, "The access token is invalid");
    let scope = (403, "This action is outside the authorized scopes");
    for row in table() {
        let (path, method) = (fill(&given, &alice, &bob, &row).await, row.verb.as_str());
        let name = format!("{method} {path}");
        let ask = async |token: &str| given.ask(token, method, &path, Sent::Nothing).await;
        if matches!(row.auth, Auth::App | Auth::User) {
            let slashed = given.ask("", method, &format!("{path}/"), Sent::Nothing).await;
            assert_eq!(slashed.error(), invalid, "{name}/");
            assert_eq!(ask("").await.error(), invalid, "{name}");
        }
        if row.auth != Auth::Public {
            assert_eq!(ask("nonsense").await.error(), invalid, "{name}");
        }
        if !row.scopes.is_empty() {
            assert_eq!(ask(&elsewhere).await.error(), scope, "{name}");
        }
        if row.auth == Auth::User {
            assert_eq!(
                ask(&app).await.error(),
                (422, "This method requires an authenticated user"),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn every_row_is_served() {
    let given = given().await;
    let (alice, bob) = two(&given).await;
    // Streams have no end, and tests of their own.
    for row in table().into_iter().filter(|row| !row.path.starts_with("/api/v1/streaming")) {
        let scopes: Vec<&str> = if row.scopes.is_empty() { vec!["read"] } else { row.scopes.to_vec() };
        for scope in scopes {
            let (path, method) = (fill(&given, &alice, &bob, &row).await, row.verb.as_str());
            let token = match row.auth {
                Auth::Public => String::new(),
                _ => given.token(alice.id, scope).await,
            };
            // What the table alone can't know is a parameter that must be there.
            let query = match (method, row.path) {
                (_, "/api/v1/accounts/lookup") => "?acct=bob",
                (_, "/api/v1/accounts/search" | "/api/v2/search") => "?q=bob",
                ("PUT", "/api/v1/statuses/{id}") => "?status=changed",
                ("POST" | "DELETE", "/api/v1/domain_blocks") => "?domain=far.example",
                ("POST", "/api/v1/polls/{id}/votes") => "?choices[]=0",
                ("POST", "/api/v1/featured_tags") => "?name=sky",
                ("POST", "/api/v1/markers") => "?home[last_read_id]=9",
                ("GET", "/api/v1/markers") => "?timeline[]=home",
                _ => "",
            };
            let answer = given.ask(&token, method, &format!("{path}{query}"), Sent::Nothing).await;
            let wanted: &[u16] = match (method, row.path) {
                (
                    "POST",
                    "/api/v1/apps" | "/api/v1/accounts" | "/api/v1/statuses" | "/api/v1/media"
                    | "/api/v2/media",
                ) => &[422],
                (_, "/oauth/token") => &[401],
                (_, "/oauth/revoke") | ("POST", "/api/v1/reports") => &[400],
                _ => &[200],
            };
            assert!(wanted.contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.body);
            if answer.status == 200 {
                assert_eq!(
                    answer.body.is_array(),
                    row.entity.starts_with('['),
                    "{method} {path} is {}",
                    row.entity
                );
                assert_eq!(
                    answer.body == json!({}),
                    row.entity == "Empty",
                    "{method} {path} is {}",
                    row.entity
                );
            }
        }
    }
}

#[tokio::test]
async fn what_nobody_has_is_not_found() {
    let given = given().await;
    let alice = given.member("alice").await;
    for row in table().iter().filter(|row| row.path.contains("{id}")) {
        for id in ["9", "nothing", "-1", "99999999999999999999"] {
            let path = row.path.replace("{id}", id);
            let answer = given.ask(&alice.token, row.verb.as_str(), &path, Sent::Nothing).await;
            assert_eq!(answer.error(), (404, "Record not found"), "{} {path}", row.verb.as_str());
        }
    }
}
