//! The headers that every page goes out with: what the browser must not do with it.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::App;

/// Nothing but our own style sheet, our own pictures and our own forms; no script at all.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; \
     form-action 'self'";
/// The same without `form-action`: the answer to the consent form leads to the app, which may be of any origin or scheme,
/// and Chromium holds redirects against it as well.
const CONSENT_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

/// Adds the headers, where the page hasn't said otherwise.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    harden(response.headers_mut(), &path, app.ctx.site.base.starts_with("https://"));
    response
}

/// The headers for the answer of a path.
pub fn harden(headers: &mut HeaderMap, path: &str, tls: bool) {
    let consent = path.starts_with("/oauth/");
    // Apps open these in a popup and wait for its answer: they must stay in one browsing context group with the opener.
    let popup = consent || path.starts_with("/auth/");
    let asset = path.starts_with("/assets/") || path == "/favicon.ico";
    let policy = if consent { CONSENT_POLICY } else { POLICY };
    add(headers, header::CONTENT_SECURITY_POLICY, policy);
    add(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(headers, header::X_FRAME_OPTIONS, "DENY");
    add(headers, header::REFERRER_POLICY, "same-origin");
    if !asset {
        add(headers, header::CACHE_CONTROL, "private, no-cache");
        add(headers, header::VARY, "Cookie");
        if !popup {
            add(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
        }
    }
    if tls {
        add(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
