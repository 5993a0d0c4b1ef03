//! <https://docs.joinmastodon.org/entities/Context/>

use serde::Serialize;

use super::Status;

/// What stands around a status.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Context {
    /// What it answers, oldest first.
    pub ancestors: Vec<Status>,
    /// What answers it, each answer followed by its own.
    pub descendants: Vec<Status>,
}
