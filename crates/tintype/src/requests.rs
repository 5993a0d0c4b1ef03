//! What holds for every request, whichever door it comes by. One log line: what was asked, what came of it, how long it
//! took; never a query, a token or an address.

use std::time::{Duration, Instant};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;

/// Forbids browsers to guess a type, in whatever any door answers.
pub async fn as_declared(mut response: Response) -> Response {
    let guess = response.headers_mut().entry(header::X_CONTENT_TYPE_OPTIONS);
    guess.or_insert(HeaderValue::from_static("nosniff"));
    response
}

/// How long it may be until the answer begins, the request's body included. Files may come by slow lines.
const PATIENCE: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(10)];

/// Ends the wait for a request that takes too long, most likely because its body drips.
pub async fn in_time(request: Request, next: Next) -> Response {
    let [usual, upload] = PATIENCE;
    let kind = request.headers().get(header::CONTENT_TYPE);
    let has_files = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
    let patience = if has_files { upload } else { usual };
    let answer = tokio::time::timeout(patience, next.run(request)).await;
    answer.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

/// Wraps every request in a span and logs its one line.
pub async fn log(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", http.method = %method, http.route = %route);
    let began = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        if status >= 500 {
            tracing::warn!(http.status = status, http.ms = took, "request");
        } else {
            tracing::debug!(http.status = status, http.ms = took, "request");
        }
    });
    response
}
