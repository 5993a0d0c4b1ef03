//! <https://docs.joinmastodon.org/entities/Error/>, <https://docs.joinmastodon.org/entities/ValidationError/>

use std::collections::BTreeMap;

use serde::Serialize;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Error {
    /// A sentence; a code in OAuth's answers.
    pub error: String,
    /// The sentence beside OAuth's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
}

/// What went wrong with which field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct ValidationError {
    /// Everything in one sentence.
    pub error: String,
    /// By field.
    pub details: BTreeMap<String, Vec<ErrorDetail>>,
}

/// One fault of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct ErrorDetail {
    /// `ERR_BLOCKED`, `ERR_UNREACHABLE`, `ERR_TAKEN`, `ERR_RESERVED`, `ERR_ACCEPTED`, `ERR_BLANK`, `ERR_INVALID`,
    /// `ERR_TOO_LONG`, `ERR_TOO_SHORT`, `ERR_INCLUSION`.
    pub error: String,
    /// A sentence without its subject.
    pub description: String,
}
