//! Refusals, as other servers and their operators read them.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};

use crate::{
    Error,
    keys::KeyError,
    serve,
    signatures::SignatureError,
    wire::{ParseError, out::Tombstone},
};

/// Why a request is not served. The texts are short, stable and say nothing of what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// 400
    Malformed(&'static str),
    /// 401
    Unauthorized(&'static str),
    /// 403
    Forbidden(&'static str),
    /// 404
    NotFound,
    /// 410
    Gone,
    /// 410, with a tombstone for the id that was asked for.
    Buried(String),
    /// 413
    TooLarge,
    /// 408
    TooSlow,
    /// 415
    MediaType,
    /// 429, to be tried again in a minute.
    TooMany(&'static str),
    /// 500
    Internal,
    /// 503, to be tried again soon.
    Unavailable(&'static str),
}

impl Rejection {
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Malformed(why) => (StatusCode::BAD_REQUEST, why),
            Self::Unauthorized(why) => (StatusCode::UNAUTHORIZED, why),
            Self::Forbidden(why) => (StatusCode::FORBIDDEN, why),
            Self::NotFound => (StatusCode::NOT_FOUND, "not found"),
            Self::Gone | Self::Buried(_) => (StatusCode::GONE, "gone"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body took too long"),
            Self::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body is not JSON"),
            Self::TooMany(why) => (StatusCode::TOO_MANY_REQUESTS, why),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
            Self::Unavailable(why) => (StatusCode::SERVICE_UNAVAILABLE, why),
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let (status, why) = self.status();
        if let Self::Buried(uri) = self {
            let tombstone = serve::document(status, &Tombstone::new(uri).document());
            return tombstone.unwrap_or_else(IntoResponse::into_response);
        }
        let mut response = (status, Json(serde_json::json!({ "error": why }))).into_response();
        let headers = response.headers_mut();
        serve::mark_private(headers);
        match self {
            Self::Unavailable(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            Self::TooMany(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            }
            // What was not read is not worth reading.
            Self::TooLarge | Self::TooSlow => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            _ => {}
        }
        response
    }
}

impl From<ParseError> for Rejection {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::TooLarge => Self::TooLarge,
            other => Self::Malformed(other.reason()),
        }
    }
}

impl From<SignatureError> for Rejection {
    fn from(error: SignatureError) -> Self {
        Self::Unauthorized(error.reason())
    }
}

impl From<KeyError> for Rejection {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Wrong(why) => Self::Unauthorized(why),
            KeyError::Crowd(why) => Self::TooMany(why),
            KeyError::Later(why) => {
                tracing::debug!(%why, "a key can't be had");
                Self::Unavailable("the signature's key could not be fetched")
            }
        }
    }
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        match error {
            Error::Service(tintype_service::Error::NotFound) => Self::NotFound,
            Error::Service(tintype_service::Error::Gone) => Self::Gone,
            error if error.is_temporary() => {
                tracing::warn!(%error, "a request is put off");
                Self::Unavailable("try again later")
            }
            error => {
                tracing::error!(%error, "a request failed");
                Self::Internal
            }
        }
    }
}

impl From<tintype_service::Error> for Rejection {
    fn from(error: tintype_service::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<tintype_store::Error> for Rejection {
    fn from(error: tintype_store::Error) -> Self {
        Error::from(error).into()
    }
}
