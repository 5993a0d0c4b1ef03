//! Where this instance lives: its domain, and every URL that is made of it.

use crate::{AccountId, ActivityId, BlockId, FavouriteId, FollowId, StatusId};

/// The instance's identity. URLs are built here and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The domain of handles, with its port if it has one: `photos.example`, `alpha.localhost:4001`.
    pub domain: String,
    /// Scheme and host of every URL, without a trailing slash: `https://photos.example`.
    pub base: String,
    /// What the instance calls itself.
    pub title: String,
}

impl Site {
    /// Whether a URL is of this instance.
    pub fn owns(&self, uri: &str) -> bool {
        uri.strip_prefix(&self.base).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    }

    /// `/users/NAME`, the actor.
    pub fn actor(&self, name: &str) -> String {
        format!("{}/users/{name}", self.base)
    }

    /// `/users/NAME#main-key`.
    pub fn key_of(&self, actor: &str) -> String {
        format!("{actor}#main-key")
    }

    /// The id of the key that an actor makes object integrity proofs with.
    pub fn proof_key_of(&self, actor: &str) -> String {
        format!("{actor}#ed25519-key")
    }

    /// `/actor`, the instance itself, which signs fetches.
    pub fn instance_actor(&self) -> String {
        format!("{}/actor", self.base)
    }

    /// `/inbox`, shared by everyone here.
    pub fn shared_inbox(&self) -> String {
        format!("{}/inbox", self.base)
    }

    /// `/users/NAME/statuses/ID`.
    pub fn status(&self, name: &str, id: StatusId) -> String {
        format!("{}/users/{name}/statuses/{id}", self.base)
    }

    /// `/users/NAME/statuses/ID/activity`: the Create, or the Announce, of a status.
    pub fn status_activity(&self, name: &str, id: StatusId) -> String {
        format!("{}/users/{name}/statuses/{id}/activity", self.base)
    }

    /// `/users/NAME/follows/ID`.
    pub fn follow(&self, name: &str, id: FollowId) -> String {
        format!("{}/users/{name}/follows/{id}", self.base)
    }

    /// `/users/NAME/likes/ID`.
    pub fn favourite(&self, name: &str, id: FavouriteId) -> String {
        format!("{}/users/{name}/likes/{id}", self.base)
    }

    /// `/users/NAME#votes/ID`: a choice in a poll; only the poll's own server is ever told it.
    pub fn vote(&self, name: &str, id: crate::VoteId) -> String {
        format!("{}/users/{name}#votes/{id}", self.base)
    }

    /// `/emojis/ID`, a custom emoji of ours.
    pub fn emoji(&self, id: crate::EmojiId) -> String {
        format!("{}/emojis/{id}", self.base)
    }

    /// `/users/NAME/blocks/ID`, the activity that a block is.
    pub fn block(&self, name: &str, id: BlockId) -> String {
        format!("{}/users/{name}/blocks/{id}", self.base)
    }

    /// `/users/NAME/quote_authorizations/ID`: that a status of theirs may be quoted by the status of this id.
    pub fn quote_authorization(&self, name: &str, quoting: StatusId) -> String {
        format!("{}/users/{name}/quote_authorizations/{quoting}", self.base)
    }

    /// `/users/NAME/authorizations/ID`: that a status of theirs may be liked, answered or boosted so.
    pub fn authorization(&self, name: &str, id: crate::ApprovalId) -> String {
        format!("{}/users/{name}/authorizations/{id}", self.base)
    }

    /// `/users/NAME/collections/tags`, the hashtags on the profile.
    pub fn featured_tags(&self, name: &str) -> String {
        format!("{}/users/{name}/collections/tags", self.base)
    }

    /// `/users/NAME/collections/featured`, the pinned statuses.
    pub fn featured(&self, name: &str) -> String {
        format!("{}/users/{name}/collections/featured", self.base)
    }

    /// `/users/NAME/activities/ID`: answers, undos and deletes.
    pub fn activity(&self, name: &str, id: ActivityId) -> String {
        format!("{}/users/{name}/activities/{id}", self.base)
    }

    /// `/actor#reports/ID`, the Flag that a report goes out as.
    pub fn report(&self, id: crate::ReportId) -> String {
        format!("{}/actor#reports/{id}", self.base)
    }

    /// `/actor#relays/ID`, the Follow that a relay is asked with.
    pub fn relay_follow(&self, id: crate::RelayId) -> String {
        format!("{}/actor#relays/{id}", self.base)
    }

    /// `/actor#activities/ID`: what else the instance itself says.
    pub fn instance_activity(&self, id: ActivityId) -> String {
        format!("{}/actor#activities/{id}", self.base)
    }

    /// `/@NAME`, the profile page.
    pub fn profile_page(&self, name: &str) -> String {
        format!("{}/@{name}", self.base)
    }

    /// `/@NAME/ID`, the post's page.
    pub fn status_page(&self, name: &str, id: StatusId) -> String {
        format!("{}/@{name}/{id}", self.base)
    }

    /// `/tags/NAME`.
    pub fn tag_page(&self, name: &str) -> String {
        format!("{}/tags/{name}", self.base)
    }

    /// `/media/KEY`, one of our own files.
    pub fn media(&self, key: &str) -> String {
        format!("{}/media/{key}", self.base)
    }

    /// `/media/remote/ID/MARK`, our copy of a remote attachment, fetched when first asked for. The mark keeps the
    /// address from being guessed.
    pub fn remote_media(&self, id: crate::MediaId, mark: &str) -> String {
        format!("{}/media/remote/{id}/{mark}", self.base)
    }

    /// `/media/emojis/ID`, our copy of a remote custom emoji.
    pub fn remote_emoji(&self, id: crate::EmojiId) -> String {
        format!("{}/media/emojis/{id}", self.base)
    }

    /// `/media/avatars/ID`, our copy of a remote account's avatar.
    pub fn remote_avatar(&self, id: AccountId) -> String {
        format!("{}/media/avatars/{id}", self.base)
    }

    /// `/media/headers/ID`, our copy of a remote account's header.
    pub fn remote_header(&self, id: AccountId) -> String {
        format!("{}/media/headers/{id}", self.base)
    }

    /// The picture of people who have none.
    pub fn missing_avatar(&self) -> String {
        format!("{}/assets/avatar.png", self.base)
    }

    /// The header of people who have none.
    pub fn missing_header(&self) -> String {
        format!("{}/assets/header.png", self.base)
    }

    /// A path below the base URL; `path` starts with a slash.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}
