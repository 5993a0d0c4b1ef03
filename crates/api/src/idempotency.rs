//! The `Idempotency-Key` header (<https://docs.joinmastodon.org/methods/statuses/#headers>).

use axum::{
    extract::OptionalFromRequestParts,
    http::{HeaderName, request::Parts},
};

use crate::ApiError;

/// The header's name.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// What a client calls one attempt to post, so that repeating it doesn't post twice. Take it as `Option<…>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub String);

impl<S: Send + Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, ApiError> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(None) };
        match value.to_str() {
            Ok(key) if key.trim().is_empty() => Ok(None),
            Ok(key) if key.len() <= 255 => Ok(Some(Self(key.trim().to_owned()))),
            _ => Err(ApiError::BadRequest(
                "The Idempotency-Key is no plain text of up to 255 characters".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[tokio::test]
    async fn keys_are_plain_and_short() {
        let table = [
            (None, Ok(None)),
            (Some("  "), Ok(None)),
            (Some(" a-b "), Ok(Some("a-b"))),
            (Some("ключ"), Err(400)),
            (Some(&*"x".repeat(256)), Err(400)),
        ];
        for (given, wanted) in table {
            let mut request = Request::builder();
            if let Some(given) = given {
                request = request.header(HEADER, given.as_bytes());
            }
            let (mut parts, ()) = request.body(()).unwrap().into_parts();
            let got =
                <IdempotencyKey as OptionalFromRequestParts<()>>::from_request_parts(&mut parts, &()).await;
            let got = got.map(|key| key.map(|key| key.0)).map_err(|error| error.status().as_u16());
            assert_eq!(got, wanted.map(|key| key.map(str::to_owned)), "{given:?}");
        }
    }
}
