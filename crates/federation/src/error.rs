//! What can go wrong in this door.

use tintype_service as service;

use crate::signatures::SignatureError;

/// What functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A use case, or the database behind it.
    #[error(transparent)]
    Service(#[from] service::Error),
    /// A key of ours can't be used.
    #[error("a key of this instance: {0}")]
    Key(#[from] SignatureError),
    /// Something that can't be written as JSON.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<tintype_store::Error> for Error {
    fn from(error: tintype_store::Error) -> Self {
        Self::Service(error.into())
    }
}

impl Error {
    /// Whether the same may succeed soon.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Service(service::Error::Unavailable | service::Error::Remote(_)))
    }
}

impl From<Error> for service::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Service(error) => error,
            other => Self::Internal(other.to_string()),
        }
    }
}
