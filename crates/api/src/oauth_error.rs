//! Errors of the OAuth endpoints, in the shape of RFC 6749 §5.2.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{ApiError, entities::Error};

/// An OAuth answer other than success: `{"error": "code", "error_description": "sentence"}`, never cached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OAuthError {
    /// 400: a parameter is missing, repeated or unreadable; the text says which.
    #[error("{0}")]
    InvalidRequest(String),
    /// 401: the client's id or secret is wrong.
    #[error("The client is unknown, or its secret is wrong or missing")]
    InvalidClient,
    /// 400: the code is wrong, used up, too old, or bound to another client, redirect URI or verifier.
    #[error(
        "The code is wrong, used up or too old, or was given for another client, redirect URI or verifier"
    )]
    InvalidGrant,
    /// 403: the token belongs to another client.
    #[error("The token belongs to another client")]
    UnauthorizedClient,
    /// 400: neither `authorization_code` nor `client_credentials`.
    #[error("Only the grant types authorization_code and client_credentials are served here")]
    UnsupportedGrantType,
    /// 400: a scope that is unknown or that the app didn't register.
    #[error("A scope is unknown, or was not registered for this client")]
    InvalidScope,
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
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::Server => "server_error",
            Self::Unavailable => "temporarily_unavailable",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::UnauthorizedClient => StatusCode::FORBIDDEN,
            Self::Server => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
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
        let mut response = (self.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        if self == Self::InvalidClient {
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

    #[tokio::test]
    async fn has_the_shape_of_the_rfc_and_is_never_cached() {
        let table = [
            (OAuthError::InvalidRequest("no grant_type".to_owned()), 400, "invalid_request"),
            (OAuthError::InvalidClient, 401, "invalid_client"),
            (OAuthError::InvalidGrant, 400, "invalid_grant"),
            (OAuthError::UnauthorizedClient, 403, "unauthorized_client"),
            (OAuthError::UnsupportedGrantType, 400, "unsupported_grant_type"),
            (OAuthError::InvalidScope, 400, "invalid_scope"),
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
