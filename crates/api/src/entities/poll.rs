//! <https://docs.joinmastodon.org/entities/Poll/>

use serde::Serialize;
use tintype_service::polls::{PollOptionView, PollView};

use super::{CustomEmoji, Time};

/// What a status asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Poll {
    /// Its id.
    pub id: String,
    /// When it ends; `null`: never.
    pub expires_at: Option<Time>,
    /// It is over.
    pub expired: bool,
    /// Several options may be chosen.
    pub multiple: bool,
    /// How many votes.
    pub votes_count: i64,
    /// How many people; `null` where its own server doesn't say.
    pub voters_count: Option<i64>,
    /// What can be chosen.
    pub options: Vec<PollOption>,
    /// The emoji of its options.
    pub emojis: Vec<CustomEmoji>,
    /// The caller voted, or asked. This and the next only for signed-in callers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voted: Option<bool>,
    /// What the caller chose, by place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_votes: Option<Vec<i64>>,
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct PollOption {
    /// Plain text.
    pub title: String,
    /// How many chose it; `null` while that isn't shown.
    pub votes_count: Option<i64>,
}

impl From<PollView> for Poll {
    fn from(view: PollView) -> Self {
        Self {
            id: view.id.to_string(),
            expires_at: view.expires_at.map(Time),
            expired: view.expired,
            multiple: view.multiple,
            votes_count: view.votes_count,
            voters_count: view.voters_count,
            options: view.options.into_iter().map(PollOption::from).collect(),
            emojis: view.emojis.into_iter().map(CustomEmoji::from).collect(),
            voted: view.own_votes.is_some().then_some(view.voted),
            own_votes: view.own_votes,
        }
    }
}

impl From<PollOptionView> for PollOption {
    fn from(view: PollOptionView) -> Self {
        Self { title: view.title, votes_count: view.votes_count }
    }
}
