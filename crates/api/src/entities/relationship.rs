//! <https://docs.joinmastodon.org/entities/Relationship/>

use serde::Serialize;
use tintype_service::follows;

use super::Time;

/// What is between the caller and another account. Every key is always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Relationship {
    /// The other account.
    pub id: String,
    /// The caller follows it.
    pub following: bool,
    /// And sees its boosts.
    pub showing_reblogs: bool,
    /// And is notified of its posts.
    pub notifying: bool,
    /// And sees these languages only; `null`: all.
    pub languages: Option<Vec<String>>,
    /// It follows the caller.
    pub followed_by: bool,
    /// The caller blocks it.
    pub blocking: bool,
    /// It blocks the caller.
    pub blocked_by: bool,
    /// The caller mutes it.
    pub muting: bool,
    /// Its notifications too.
    pub muting_notifications: bool,
    /// Until then; `null`: for good, or not at all.
    pub muting_expires_at: Option<Time>,
    /// The caller asked to follow it.
    pub requested: bool,
    /// It asked to follow the caller.
    pub requested_by: bool,
    /// The caller blocks its whole domain.
    pub domain_blocking: bool,
    /// The caller shows it on their profile.
    pub endorsed: bool,
    /// What the caller wrote about it, for themselves.
    pub note: String,
}

/// Follows by language and endorsements aren't served here, so there are none.
impl From<follows::Relationship> for Relationship {
    fn from(view: follows::Relationship) -> Self {
        Self {
            id: view.id.to_string(),
            following: view.following,
            showing_reblogs: view.showing_reblogs,
            notifying: view.notifying,
            languages: None,
            followed_by: view.followed_by,
            blocking: view.blocking,
            blocked_by: view.blocked_by,
            muting: view.muting,
            muting_notifications: view.muting_notifications,
            muting_expires_at: view.mute_expires_at.map(Time),
            requested: view.requested,
            requested_by: view.requested_by,
            domain_blocking: view.domain_blocking,
            endorsed: false,
            note: view.note,
        }
    }
}
