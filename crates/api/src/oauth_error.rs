//! Errors of the OAuth endpoints, in the shape of RFC 6749 §5.2.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use tintype_service::oauth;

use crate::{ApiError, entities::Error};

/// An OAuth answer other than success: `{"error": "code", "error_description": "sentence"}`, never cached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OAuthError {
    /// 400: a parameter is missing, repeated or unreadable; the text says which.
    #[error("{0}")]
    InvalidRequest(String),
    /// What the use cases refuse, with its code and status.
    #[error("{}", .0.description)]
    Refused(oauth::OauthError),
    /// 500.
    #[error("There was an internal problem serving the request")]
    Server,
    /// 503 or 429.
    #[error("The server is busy, please try again")]
    Unavailable,
}

impl OAuthError {
    /// The code of RFC 6749 §5.2 (or RFC 7009 for revocation).
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::Refused(refusal) => refusal.error,
            Self::Server => "server_error",
            Self::Unavailable => "temporarily_unavailable",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::InvalidRequest(_) => StatusCode::BAD_REQUEST,
            Self::Refused(refusal) => {
                StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Self::Server => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<oauth::OauthError> for OAuthError {
    fn from(refusal: oauth::OauthError) -> Self {
        Self::Refused(refusal)
    }
}

/// Requests that can't be read fail alike everywhere; only the shape of the answer is OAuth's.
impl From<ApiError> for OAuthError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Internal => Self::Server,
            ApiError::TooMany { .. } | ApiError::Temporary | ApiError::Remote => Self::Unavailable,
            other => Self::InvalidRequest(other.to_string()),
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = Error { error: self.code().to_owned(), error_description: Some(self.to_string()) };
        let status = self.status();
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"tintype\""));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::Value;

    use super::*;

    fn refused(error: &'static str, status: u16) -> OAuthError {
        oauth::OauthError { error, description: "Because.", status, redirect: None }.into()
    }

    #[tokio::test]
    async fn has_the_shape_of_the_rfc_and_is_never_cached() {
        let table = [
            (OAuthError::InvalidRequest("no grant_type".to_owned()), 400, "invalid_request"),
            (refused("invalid_client", 401), 401, "invalid_client"),
            (refused("invalid_grant", 400), 400, "invalid_grant"),
            (refused("unauthorized_client", 403), 403, "unauthorized_client"),
            (OAuthError::Server, 500, "server_error"),
            (OAuthError::from(ApiError::TooLarge), 400, "invalid_request"),
            (OAuthError::from(ApiError::Temporary), 503, "temporarily_unavailable"),
        ];
        for (error, status, code) in table {
            let response = error.into_response();
            assert_eq!(response.status().as_u16(), status, "{code}");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
            assert_eq!(response.headers().contains_key(header::WWW_AUTHENTICATE), status == 401);
            let body: Value =
                serde_json::from_slice(&to_bytes(response.into_body(), 10_000).await.unwrap()).unwrap();
            assert_eq!(body["error"], code);
            assert!(!body["error_description"].as_str().unwrap().is_empty());
        }
    }
}
