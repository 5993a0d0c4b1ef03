//! Was every route seen with something in it?

use serde_json::json;
use std::collections::BTreeSet;
use tintype_testkit::Database::{Postgres, Sqlite};
use tintype_testkit::{Instance, Person};

/// These tests use no crate of the program: they read the route table as text.
const TABLE: &str = include_str!("../../../../crates/api/src/routes.rs");

/// Routes whose answer is empty by its nature, or has no documented shape to be held against.
const UNCOVERED: &[(&str, &str)] = &[
    ("POST /oauth/revoke", "answers {}"),
    ("POST /oauth/userinfo", "documented for GET alone, which is covered"),
    ("POST /api/v1/notifications/clear", "answers {}"),
    ("POST /api/v1/notifications/{}/dismiss", "answers {}"),
    ("DELETE /api/v1/featured_tags/{}", "answers {}"),
    ("POST /api/v1/domain_blocks", "answers {}"),
    ("DELETE /api/v1/domain_blocks", "answers {}"),
];

/// `GET /api/v1/statuses/{id}` → `GET /api/v1/statuses/{}`: parameters have other names elsewhere.
fn nameless(route: &str) -> String {
    let segments = route.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// `post("/api/v1/apps", Public, …` → `POST /api/v1/apps`.
fn routes() -> BTreeSet<String> {
    let rows = TABLE.lines().filter_map(|line| {
        let (verb, rest) = line.trim().split_once("(\"")?;
        let (path, _) = rest.split_once('"')?;
        let known = ["get", "post", "put", "patch", "delete"].contains(&verb) && path.starts_with('/');
        // Streams have no end and so no answer to be looked at; `streaming.rs` reads them.
        let ends = !path.starts_with("/api/v1/streaming");
        (known && ends).then(|| nameless(&format!("{} {path}", verb.to_uppercase())))
    });
    rows.collect()
}

async fn every_route_answers_with_data(instance: Instance) {
    super::whole_day(&instance).await;
    threads_and_requests(&instance).await;
    let coverage = instance.client().coverage();
    let covered: BTreeSet<String> = coverage.covered().iter().map(|route| nameless(route)).collect();
    let uncovered: BTreeSet<String> = routes().difference(&covered).cloned().collect();
    let excused: BTreeSet<String> = UNCOVERED.iter().map(|(route, _)| (*route).to_owned()).collect();
    println!(
        "{} routes, {} seen with data, {} excused",
        routes().len(),
        routes().len() - uncovered.len(),
        excused.len()
    );
    assert_eq!(uncovered, excused);
}

/// What no other step of the day leaves behind on a single instance.
async fn threads_and_requests(instance: &Instance) {
    let (wanda, yuri) = futures::join!(instance.person("wanda"), instance.person("yuri"));
    let thread = async |who: &Person, status: &str| who.context(status).await["descendants"].clone();
    let post = wanda.say("a thread begins").await;
    let reply = yuri.reply(crate::scenarios::id(&post), "and ends").await;
    assert_eq!(thread(&wanda, crate::scenarios::id(&post)).await[0]["id"], reply["id"]);
    wanda.patch("/api/v1/accounts/update_credentials", json!({"locked": true})).await;
    assert_eq!(yuri.follow("wanda").await["requested"], true);
    assert_eq!(wanda.get("/api/v1/follow_requests").await[0]["id"], yuri.id);
    wanda.post(&format!("/api/v1/follow_requests/{}/reject", yuri.id), json!({})).await;
    yuri.follow("wanda").await;
    wanda.post(&format!("/api/v1/follow_requests/{}/authorize", yuri.id), json!({})).await;
    assert_eq!(yuri.relationship(&wanda.id).await["following"], true);
}

#[test]
fn exceptions_are_counted() {
    assert_eq!(UNCOVERED.len(), 7);
    let routes = routes();
    assert!(routes.len() >= 40, "the table was read: {routes:#?}");
    for (route, _) in UNCOVERED {
        assert!(routes.contains(*route), "stale: {route}");
    }
}

#[tokio::test]
async fn every_route_on_sqlite() {
    every_route_answers_with_data(crate::scenarios::instance(Sqlite).await).await;
}

#[tokio::test]
async fn every_route_on_postgres() {
    every_route_answers_with_data(crate::scenarios::instance(Postgres).await).await;
}
