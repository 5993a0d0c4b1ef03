//! Why a use case did nothing.

use tintype_store as store;

/// What every use case returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A use case's refusal. Whatever it is, nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the caller may not know that there is.
    #[error("Record not found")]
    NotFound,
    /// It was there and is gone for good.
    #[error("Gone")]
    Gone,
    /// The caller may know, but not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Nobody is signed in, or with a wrong password, or a dead token.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// The input breaks a rule; the text says which.
    #[error("Validation failed: {0}")]
    Invalid(Invalid),
    /// Too often in a short time.
    #[error("Too many requests")]
    TooMany,
    /// A remote server was needed and could not be asked.
    #[error("Remote data could not be fetched")]
    Remote(String),
    /// The instance can't take this now; it may later.
    #[error("There was a temporary problem serving your request, please try again")]
    Unavailable,
    /// A fault of ours.
    #[error("internal: {0}")]
    Internal(String),
}

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// A sentence without full stop: `Text can't be blank`.
    pub message: String,
    /// The field, where a form shows it: `username`.
    pub field: Option<&'static str>,
    /// Mastodon's code for it: `ERR_TAKEN`.
    pub code: Option<&'static str>,
}

impl Error {
    /// An invalid input.
    pub fn invalid(message: impl Into<String>) -> Self {
        Error::Invalid(Invalid { message: message.into(), field: None, code: None })
    }

    /// An invalid field of a form, with Mastodon's code.
    pub fn field(field: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Error::Invalid(Invalid { message: message.into(), field: Some(field), code: Some(code) })
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Busy => Error::Unavailable,
            store::Error::Unwritable(why) => {
                tracing::error!(%why, "the database takes nothing");
                Error::Unavailable
            }
            store::Error::Missing => Error::NotFound,
            store::Error::Value(what) => Error::invalid(what),
            other => Error::Internal(other.to_string()),
        }
    }
}

impl From<tintype_media::Error> for Error {
    fn from(error: tintype_media::Error) -> Self {
        if error.is_refusal() {
            Error::invalid(error.to_string())
        } else if matches!(error, tintype_media::Error::BadKey) {
            Error::NotFound
        } else {
            Error::Internal(error.to_string())
        }
    }
}
