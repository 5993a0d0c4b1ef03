//! Ids and names in paths.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

use tintype_model::StatusId;

use crate::ApiError;

/// The path's `{id}`. Text that is no id is the id of nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct PathId<I>(pub I);

impl<I: FromStr, S: Send + Sync> FromRequestParts<S> for PathId<I> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        param(parts, state, "id").await?.parse().map(Self).map_err(|_| ApiError::NotFound)
    }
}

/// The path's `{quoting_status_id}`, beside an `{id}`.
#[derive(Debug, Clone, Copy)]
pub struct PathQuoting(pub StatusId);

impl<S: Send + Sync> FromRequestParts<S> for PathQuoting {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        param(parts, state, "quoting_status_id").await?.parse().map(Self).map_err(|_| ApiError::NotFound)
    }
}

/// The path's `{name}`.
#[derive(Debug, Clone)]
pub struct PathName(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathName {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        param(parts, state, "name").await.map(Self)
    }
}

/// A part of the path, its escapes undone; text that isn't UTF-8 names nothing.
async fn param<S: Send + Sync>(parts: &mut Parts, state: &S, wanted: &str) -> Result<String, ApiError> {
    let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| ApiError::NotFound)?;
    let found = params.iter().find(|(name, _)| *name == wanted).ok_or(ApiError::NotFound)?;
    if found.1.contains('\0') { Err(ApiError::NotFound) } else { Ok(found.1.to_owned()) }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, http::Request, routing::get};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn what_is_no_id_is_the_id_of_nothing() {
        let router: Router =
            Router::new().route("/{id}/x", get(async |PathId(id): PathId<StatusId>| id.to_string()));
        for (id, status) in
            [("1", 200), ("9223372036854775807", 200), ("abc", 404), ("-1", 404), ("%ff", 404)]
        {
            let request = Request::get(format!("/{id}/x")).body(Body::empty()).unwrap();
            assert_eq!(router.clone().oneshot(request).await.unwrap().status(), status, "{id}");
        }
    }

    #[tokio::test]
    async fn a_name_is_any_text() {
        let router: Router =
            Router::new().route("/{name}", get(async |PathName(name): PathName| assert_eq!(name, "grün")));
        for (name, status) in [("gr%C3%BCn", 200), ("%ff", 404), ("gr%C3%BCn%00", 404)] {
            let request = Request::get(format!("/{name}")).body(Body::empty()).unwrap();
            assert_eq!(router.clone().oneshot(request).await.unwrap().status(), status, "{name}");
        }
    }
}
