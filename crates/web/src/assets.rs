//! The few files that pages need, inside the binary.

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// Name, type, bytes.
const FILES: &[(&str, &str, &[u8])] = &[
    ("style.css", "text/css; charset=utf-8", include_bytes!("../assets/style.css")),
    ("avatar.png", "image/png", include_bytes!("../assets/avatar.png")),
    ("header.png", "image/png", include_bytes!("../assets/header.png")),
    ("icon.png", "image/png", include_bytes!("../assets/icon.png")),
];

/// `GET /assets/{name}`
pub async fn serve(Path(name): Path<String>) -> Response {
    file(&name)
}

/// `GET /favicon.ico`
pub async fn icon() -> Response {
    file("icon.png")
}

fn file(name: &str) -> Response {
    let Some((_, kind, bytes)) = FILES.iter().find(|(n, ..)| *n == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = (*bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    // The default pictures stand in API answers, which web apps of other origins show.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
