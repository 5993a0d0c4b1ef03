//! <https://docs.joinmastodon.org/entities/Search/>

use serde::Serialize;
use tintype_service::search::Results;

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

impl Search {
    /// What was found, for somebody who is signed in or not.
    pub fn new(results: Results, signed_in: bool) -> Self {
        Self {
            accounts: results.accounts.into_iter().map(Account::from).collect(),
            statuses: results.statuses.into_iter().map(Status::from).collect(),
            hashtags: results.tags.into_iter().map(|tag| Tag::new(tag, signed_in)).collect(),
        }
    }
}
