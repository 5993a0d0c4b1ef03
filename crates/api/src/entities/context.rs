//! <https://docs.joinmastodon.org/entities/Context/>

use serde::Serialize;
use tintype_service::statuses::Thread;

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

impl From<Thread> for Context {
    fn from(thread: Thread) -> Self {
        Self {
            ancestors: thread.ancestors.into_iter().map(Status::from).collect(),
            descendants: thread.descendants.into_iter().map(Status::from).collect(),
        }
    }
}
