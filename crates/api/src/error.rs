//! What goes wrong, and how a client is told. One type, one table of statuses and texts
//! (<https://docs.joinmastodon.org/entities/Error/>; the texts are the ones clients compare with).

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tintype_service as service;

use crate::entities::{Error, ErrorDetail, ValidationError};

/// The usual sentence of a 403.
pub const NOT_ALLOWED: &str = "This action is not allowed";

/// The sentence of a 401 for a token that is missing or unknown.
pub const INVALID_TOKEN: &str = "The access token is invalid";

/// An answer other than success. Rendered as `{"error": "…"}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// 400: a parameter that must be there isn't.
    #[error("param is missing or the value is empty: {0}")]
    MissingParam(&'static str),
    /// 400: the request can't be read; the text says what is wrong with it, and echoes nothing secret.
    #[error("{0}")]
    BadRequest(String),
    /// 401: a token was needed or given, and it opens nothing; the sentence is [`INVALID_TOKEN`], or says what became
    /// of the token.
    #[error("{0}")]
    Token(&'static str),
    /// 401: this instance shows this to signed-in people only.
    #[error("This API requires an authenticated user")]
    Unauthenticated,
    /// 403: the token's scopes don't reach here.
    #[error("This action is outside the authorized scopes")]
    Scope,
    /// 403: the person may not do this, or nothing at the moment; the sentence is [`NOT_ALLOWED`] unless there is more
    /// to say.
    #[error("{0}")]
    Forbidden(&'static str),
    /// 404: there is no such thing, or the caller may not know that there is.
    #[error("Record not found")]
    NotFound,
    /// 405: the path exists, the method doesn't.
    #[error("This path does not answer to this method")]
    Method,
    /// 409: someone else changed it in the meantime.
    #[error("Conflict during update, please try again")]
    Conflict,
    /// 410: the account was suspended or deleted.
    #[error("The account is gone")]
    Gone,
    /// 413: the body is larger than this route takes.
    #[error("The request body is too large")]
    TooLarge,
    /// 415: a content type or content encoding that isn't read here.
    #[error("{0}")]
    Unsupported(&'static str),
    /// 422: an app's own token where a person's is needed.
    #[error("This method requires an authenticated user")]
    UserRequired,
    /// 422: understood, but against a rule. The text is the whole sentence, `Validation failed: …` where it is one.
    #[error("{0}")]
    Validation(String),
    /// 422 with `details` by field. Only account creation answers so.
    #[error("{}", .0.error)]
    Details(ValidationError),
    /// 429; `retry_after` in seconds when it is known.
    #[error("Too many requests")]
    TooMany {
        /// Seconds until another try makes sense.
        retry_after: Option<u32>,
    },
    /// 503: another server didn't give what was needed.
    #[error("Remote data could not be fetched")]
    Remote,
    /// 503: this server is overloaded or a part of it is missing for the moment.
    #[error("There was a temporary problem serving your request, please try again")]
    Temporary,
    /// 500. What happened is in the log, not in the answer.
    #[error("There was an internal problem serving your request")]
    Internal,
}

impl ApiError {
    /// A 422 of the usual wording: `Validation failed: {what}`.
    pub fn invalid(what: impl std::fmt::Display) -> Self {
        Self::Validation(format!("Validation failed: {what}"))
    }

    /// Why somebody wasn't registered: a 422 with details where a field is to blame.
    pub fn registration(error: service::Error) -> Self {
        let service::Error::Invalid(service::Invalid { message, field: Some(field), code: Some(code) }) =
            error
        else {
            return error.into();
        };
        // Clients set the sentence behind the name of the field; the whole one goes where no field is shown.
        let subject = message.get(..field.len()).filter(|subject| subject.eq_ignore_ascii_case(field));
        let description =
            subject.and_then(|subject| message.strip_prefix(subject)).unwrap_or(&message).trim();
        let detail = ErrorDetail { error: code.to_owned(), description: description.to_owned() };
        let details = BTreeMap::from([(field.to_owned(), vec![detail])]);
        Self::Details(ValidationError { error: format!("Validation failed: {message}"), details })
    }

    /// The HTTP status of this error.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MissingParam(_) | Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Token(_) | Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Scope | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Gone => StatusCode::GONE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unsupported(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::UserRequired | Self::Validation(_) | Self::Details(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Remote | Self::Temporary => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The one mapping of what use cases refuse. What went wrong inside is for the log, not for the client.
impl From<service::Error> for ApiError {
    fn from(error: service::Error) -> Self {
        use service::Error;
        match error {
            Error::NotFound => Self::NotFound,
            Error::Gone => Self::Gone,
            Error::Forbidden(why) => Self::Forbidden(why),
            Error::Unauthorized(why) => Self::Token(why),
            Error::Invalid(invalid) => Self::invalid(invalid),
            Error::TooMany => Self::TooMany { retry_after: None },
            Error::Unavailable => Self::Temporary,
            Error::Remote(what) => {
                tracing::info!(what, "another server didn't give what was needed");
                Self::Remote
            }
            Error::Internal(what) => {
                tracing::error!(what, "a use case failed");
                Self::Internal
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        let header = match &self {
            // RFC 6750 §3: a 401 says how to do better.
            Self::Token(fault) => HeaderValue::try_from(format!(
                "Bearer realm=\"tintype\", error=\"invalid_token\", error_description=\"{fault}\""
            ))
            .ok()
            .map(|value| (header::WWW_AUTHENTICATE, value)),
            Self::Unauthenticated => {
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tintype\"")))
            }
            Self::TooMany { retry_after: Some(seconds) } => {
                Some((header::RETRY_AFTER, HeaderValue::from(*seconds)))
            }
            Self::Temporary => Some((header::RETRY_AFTER, HeaderValue::from_static("5"))),
            // RFC 9110 §15.5.16: says which content coding would have been read.
            Self::Unsupported(_) => Some((header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))),
            _ => None,
        };
        let mut response = match self {
            Self::Details(body) => (status, Json(body)).into_response(),
            other => {
                (status, Json(Error { error: other.to_string(), error_description: None })).into_response()
            }
        };
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::{Value, json};

    use super::*;

    async fn rendered(error: ApiError) -> (u16, Value) {
        let response = error.into_response();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&to_bytes(response.into_body(), 10_000).await.unwrap()).unwrap())
    }

    #[tokio::test]
    async fn every_error_has_its_status_and_text() {
        let table = [
            (ApiError::MissingParam("status"), 400, "param is missing or the value is empty: status"),
            (ApiError::Token(INVALID_TOKEN), 401, "The access token is invalid"),
            (
                service::Error::Unauthorized("The access token was revoked").into(),
                401,
                "The access token was revoked",
            ),
            (ApiError::Unauthenticated, 401, "This API requires an authenticated user"),
            (ApiError::Scope, 403, "This action is outside the authorized scopes"),
            (ApiError::Forbidden(NOT_ALLOWED), 403, "This action is not allowed"),
            (
                service::Error::Forbidden("Your login is currently disabled").into(),
                403,
                "Your login is currently disabled",
            ),
            (ApiError::NotFound, 404, "Record not found"),
            (ApiError::invalid("Text can't be blank"), 422, "Validation failed: Text can't be blank"),
            (ApiError::UserRequired, 422, "This method requires an authenticated user"),
            (ApiError::TooMany { retry_after: None }, 429, "Too many requests"),
            (
                service::Error::invalid("Text can't be blank").into(),
                422,
                "Validation failed: Text can't be blank",
            ),
            (service::Error::Gone.into(), 410, "The account is gone"),
            (service::Error::TooMany.into(), 429, "Too many requests"),
            (service::Error::Remote("secret".into()).into(), 503, "Remote data could not be fetched"),
            (
                service::Error::Internal("secret".into()).into(),
                500,
                "There was an internal problem serving your request",
            ),
        ];
        for (error, status, text) in table {
            assert_eq!(rendered(error).await, (status, json!({ "error": text })));
        }
    }

    #[tokio::test]
    async fn a_failed_registration_names_the_field() {
        let table = [
            ("username", "ERR_TAKEN", "Username has already been taken", "has already been taken"),
            (
                "agreement",
                "ERR_ACCEPTED",
                "Service agreement must be accepted",
                "Service agreement must be accepted",
            ),
        ];
        for (field, code, message, description) in table {
            let (status, body) =
                rendered(ApiError::registration(service::Error::field(field, code, message))).await;
            assert_eq!(status, 422);
            assert_eq!(body["error"], format!("Validation failed: {message}"));
            assert_eq!(body["details"][field][0], json!({ "error": code, "description": description }));
        }
        assert_eq!(
            ApiError::registration(service::Error::Forbidden(NOT_ALLOWED)),
            ApiError::Forbidden(NOT_ALLOWED)
        );
    }

    #[test]
    fn headers_say_how_to_do_better() {
        let challenge = ApiError::Token(INVALID_TOKEN).into_response();
        assert!(
            challenge.headers()[header::WWW_AUTHENTICATE].to_str().unwrap().starts_with("Bearer realm="),
            "RFC 6750"
        );
        let later = ApiError::TooMany { retry_after: Some(7) }.into_response();
        assert_eq!(later.headers()[header::RETRY_AFTER], "7");
    }
}
