use axum::{
    Router,
    body::Body,
    http::{Request, header},
    routing,
};
use tower::ServiceExt;

use super::*;
use crate::tests::{body_of, named};

async fn list(page: Paging<20>) -> Paged<serde_json::Value> {
    let seen = serde_json::json!({
        "limit": page.page.limit, "max": page.page.max_id, "since": page.page.since_id, "min": page.page.min_id,
        "offset": page.offset,
    });
    page.answer(vec![seen], Ends { next: Some(100), prev: Some(200) })
}

async fn empty(page: Accounts) -> Paged<serde_json::Value> {
    page.answer(Vec::new(), Ends::default())
}

async fn ask(uri: &str) -> axum::response::Response {
    let router: Router = Router::new()
        .route("/api/v1/list", routing::get(list))
        .route("/api/v1/empty", routing::get(empty))
        .with_state(named().await.app);
    router.oneshot(Request::get(uri).body(Body::empty()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn bounds_are_read_and_limits_clamped() {
    let table = [
        ("", "20 - - - 0"),
        ("limit=5", "5 - - - 0"),
        ("limit=40", "40 - - - 0"),
        ("limit=4000", "40 - - - 0"),
        ("limit=-7", "7 - - - 0"),
        ("limit=0", "1 - - - 0"),
        ("limit=many", "20 - - - 0"),
        ("limit=", "20 - - - 0"),
        ("limit=-9223372036854775808", "40 - - - 0"),
        ("max_id=9&since_id=3&min_id=0", "20 9 3 0 0"),
        ("max_id=&min_id=", "20 - - - 0"),
        ("max_id=99999999999999999999999", "20 9223372036854775807 - - 0"),
        ("offset=40", "20 - - - 40"),
        ("offset=-1", "20 - - - 0"),
        ("offset=999999999", "20 - - - 10000"),
    ];
    for (query, wanted) in table {
        let (status, body) = body_of(ask(&format!("/api/v1/list?{query}")).await).await;
        assert_eq!(status, 200, "{query}");
        let seen = &body[0];
        let id = |name: &str| seen[name].as_i64().map_or("-".to_owned(), |n| n.to_string());
        let seen =
            format!("{} {} {} {} {}", seen["limit"], id("max"), id("since"), id("min"), seen["offset"]);
        assert_eq!(seen, wanted, "{query}");
    }
    assert_eq!(
        body_of(ask("/api/v1/list?max_id=last").await).await,
        (400, serde_json::json!({ "error": "max_id is not an id" }))
    );
}

#[tokio::test]
async fn links_are_absolute_and_keep_the_other_parameters() {
    let base = "https://photos.example/api/v1/list";
    let table = [
        ("/api/v1/list", format!("<{base}?max_id=100>; rel=\"next\", <{base}?min_id=200>; rel=\"prev\"")),
        (
            "/api/v1/list?limit=5&max_id=300&types[]=a&types%5B%5D=b%20c&access_token=secret&since_id=1",
            format!(
                "<{base}?limit=5&types[]=a&types%5B%5D=b%20c&max_id=100>; rel=\"next\", \
                 <{base}?limit=5&types[]=a&types%5B%5D=b%20c&min_id=200>; rel=\"prev\""
            ),
        ),
        (
            "/api/v1/list?local=true&min%5Fid=3",
            format!(
                "<{base}?local=true&max_id=100>; rel=\"next\", <{base}?local=true&min_id=200>; rel=\"prev\""
            ),
        ),
    ];
    for (uri, link) in table {
        assert_eq!(ask(uri).await.headers()[header::LINK], link, "{uri}");
    }
    let response = ask("/api/v1/empty?limit=5").await;
    assert!(!response.headers().contains_key(header::LINK), "an empty page leads nowhere");
    assert_eq!(body_of(response).await, (200, serde_json::json!([])));
}
