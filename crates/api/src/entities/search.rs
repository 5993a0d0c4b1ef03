//! <https://docs.joinmastodon.org/entities/Search/>

use serde::Serialize;

use super::{Account, Status, Tag};

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Search {
    /// People.
    pub accounts: Vec<Account>,
    /// Posts.
    pub statuses: Vec<Status>,
    /// Tags.
    pub hashtags: Vec<Tag>,
}
