//! Web clients live on other origins: every answer of this door, errors included, may be read by all of them.

use std::time::Duration;

use axum::http::{HeaderName, Method, header};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

/// The layer for all routes of this door. No credentials: a token is always sent by hand, never by a cookie.
pub fn layer() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ])
        // Named one by one as asked for: `*` doesn't cover Authorization (https://fetch.spec.whatwg.org/#cors-protocol).
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([
            header::LINK,
            HeaderName::from_static("x-ratelimit-limit"),
            HeaderName::from_static("x-ratelimit-remaining"),
            HeaderName::from_static("x-ratelimit-reset"),
            crate::request_id::HEADER,
        ])
        .max_age(Duration::from_hours(2))
}
