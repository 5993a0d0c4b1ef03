//! Ids in paths.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

use crate::ApiError;

/// The path's `{id}`. Text that is no id is the id of nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct PathId<I>(pub I);

impl<I: FromStr, S: Send + Sync> FromRequestParts<S> for PathId<I> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| ApiError::NotFound)?;
        let (_, text) = params.iter().find(|(name, _)| *name == "id").ok_or(ApiError::NotFound)?;
        text.parse().map(Self).map_err(|_| ApiError::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, http::Request, routing::get};
    use tintype_model::StatusId;
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
}
