//! The headers that every page goes out with: what the browser must not do with it.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::App;

/// Nothing but our own style sheet, our own pictures and our own forms; no script at all. The base is named as well, because
/// a local instance has other names that it may be visited by.
///
/// The consent form goes without `form-action`: its answer leads to the app, which may be of any origin or scheme, and
/// Chromium holds redirects against it as well.
fn policy(base: &str, consent: bool) -> String {
    let form = if consent { "" } else { "; form-action 'self'" };
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data: {base}; base-uri 'none'; frame-ancestors 'none'{form}"
    )
}

/// Adds the headers, where the page hasn't said otherwise.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    harden(response.headers_mut(), &path, &app.ctx.site.base);
    response
}

/// The headers for the answer of a path, on a site with this base URL.
pub fn harden(headers: &mut HeaderMap, path: &str, base: &str) {
    let consent = path.starts_with("/oauth/");
    // Apps open these in a popup and wait for its answer: they must stay in one browsing context group with the opener.
    let popup = consent || path.starts_with("/auth/");
    let asset = path.starts_with("/assets/") || path == "/favicon.ico";
    if let Ok(policy) = HeaderValue::try_from(policy(base, consent)) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
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
    if base.starts_with("https://") {
        add(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
