//! Refusals in the words of RFC 6749.

use crate::Error;

/// An error of an OAuth endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {description}")]
pub struct OauthError {
    /// The code: of RFC 6749 §4.1.2.1 and §5.2, or RFC 7009 §2.2.1.
    pub error: &'static str,
    /// A sentence for developers.
    pub description: &'static str,
    /// The HTTP status of an answer that carries it.
    pub status: u16,
    /// Authorization only: where the browser takes the error, if the app's address is known to be its own. Without it
    /// the error is for the person to read.
    pub redirect: Option<String>,
}

impl OauthError {
    pub(super) fn new(error: &'static str, status: u16, description: &'static str) -> Self {
        Self { error, description, status, redirect: None }
    }

    pub(super) fn invalid_request(description: &'static str) -> Self {
        Self::new("invalid_request", 400, description)
    }

    pub(super) fn invalid_scope() -> Self {
        Self::new("invalid_scope", 400, "The requested scope is invalid, unknown, or malformed")
    }

    pub(super) fn invalid_client() -> Self {
        Self::new(
            "invalid_client",
            401,
            "Client authentication failed due to unknown client, no client authentication included, or unsupported \
             authentication method",
        )
    }

    pub(super) fn invalid_grant() -> Self {
        Self::new(
            "invalid_grant",
            400,
            "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the \
             authorization request, or was issued to another client",
        )
    }
}

impl From<Error> for OauthError {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable | Error::TooMany => {
                Self::new("temporarily_unavailable", 503, "The server is busy, please try again")
            }
            Error::Internal(what) => {
                tracing::error!(what, "an OAuth endpoint failed");
                Self::new("server_error", 500, "There was an internal problem serving the request")
            }
            _ => Self::invalid_request("The request can't be read"),
        }
    }
}

impl From<tintype_store::Error> for OauthError {
    fn from(error: tintype_store::Error) -> Self {
        Error::from(error).into()
    }
}
