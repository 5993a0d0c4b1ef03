//! Our activities: all of one shape, told apart by type.

use activitypub_federation::{
    kinds::activity::{
        AcceptType, AddType, AnnounceType, BlockType, CreateType, DeleteType, FlagType, FollowType, LikeType,
        MoveType, RejectType, RemoveType, UndoType, UpdateType,
    },
    kinds::object::TombstoneType,
    protocol::context::WithContext,
};
use serde::Serialize;

use super::{Hashtag, Note, context};

/// An activity of kind `K` about `T`, which is a URL or the thing itself.
#[derive(Debug, Clone, Serialize)]
pub struct Activity<K, T> {
    pub id: String,
    #[serde(rename = "type")]
    kind: K,
    pub actor: String,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<String>,
    pub object: T,
    /// Where to: of a Move the actor's other home, of an Add or Remove the collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Only a Flag has one: the comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Of an Announce that had to be allowed: what allows it, in the word of now and in that of before.
    #[serde(rename = "announceAuthorization", skip_serializing_if = "Option::is_none")]
    pub announce_authorization: Option<String>,
    #[serde(rename = "approvedBy", skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
}

/// Asks to follow the actor `object`.
pub type Follow = Activity<FollowType, String>;
/// Answers a Follow, embedded with the id its sender gave it.
pub type Accept = Activity<AcceptType, Follow>;
/// Refuses a Follow, or ends an accepted one.
pub type Reject = Activity<RejectType, Follow>;
/// Publishes a status; with its `published`, `to` and `cc`.
pub type Create = Activity<CreateType, Note>;
/// Replaces a status ([`Note`]) or an actor ([`super::Actor`]).
pub type Update<T> = Activity<UpdateType, T>;
/// Removes a status ([`Tombstone`]) or the actor itself (its URL).
pub type Delete<T> = Activity<DeleteType, T>;
/// Likes the status `object`.
pub type Like = Activity<LikeType, String>;
/// Boosts the status `object`; with its `published`, `to` and `cc`.
pub type Announce = Activity<AnnounceType, String>;
/// Blocks the actor `object`.
pub type Block = Activity<BlockType, String>;
/// Puts the status `object` into one of the actor's collections, `target`.
pub type Add = Activity<AddType, String>;
/// Takes the status `object` out of one of the actor's collections, `target`.
pub type Remove = Activity<RemoveType, String>;
/// Shows a hashtag on the actor's profile, `target`.
pub type AddTag = Activity<AddType, Hashtag>;
/// Shows it no longer.
pub type RemoveTag = Activity<RemoveType, Hashtag>;
/// Takes one of the actor's activities back, embedded as it was sent.
pub type Undo<T> = Activity<UndoType, T>;
/// Reports: the account first, then its statuses.
pub type Flag = Activity<FlagType, Vec<String>>;
/// Says that the actor lives elsewhere now.
pub type Move = Activity<MoveType, String>;

impl<K: Default, T> Activity<K, T> {
    /// An activity with what every activity has; the rest are fields to set, or [`Activity::addressed`].
    pub fn new(id: impl Into<String>, actor: impl Into<String>, object: T) -> Self {
        Self {
            id: id.into(),
            kind: K::default(),
            actor: actor.into(),
            published: None,
            to: Vec::new(),
            cc: Vec::new(),
            object,
            target: None,
            content: None,
            announce_authorization: None,
            approved_by: None,
        }
    }

    /// Addressed, to some openly and to some in copy.
    #[must_use]
    pub fn addressed(mut self, to: Vec<String>, cc: Vec<String>) -> Self {
        (self.to, self.cc) = (to, cc);
        self
    }

    /// Aimed at a collection, or another actor.
    #[must_use]
    pub fn aimed(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Dated, RFC 3339.
    #[must_use]
    pub fn published(mut self, at: impl Into<String>) -> Self {
        self.published = Some(at.into());
        self
    }
}

impl Create {
    /// The activity that publishes a status: same author, time and audience.
    pub fn of(id: impl Into<String>, note: Note) -> Self {
        let (to, cc, at) = (note.to.clone(), note.cc.clone(), note.published.clone());
        Self::new(id, note.attributed_to.clone(), note).addressed(to, cc).published(at)
    }
}

impl<K, T> Activity<K, T> {
    /// As a document of its own; its context knows the terms of whatever it may carry.
    pub fn document(self) -> WithContext<Self>
    where
        T: Carried,
    {
        WithContext::new(self, T::context())
    }
}

/// What an activity may be about, and the context that needs.
pub trait Carried {
    fn context() -> serde_json::Value {
        context::plain()
    }
}

impl Carried for String {}
impl Carried for Vec<String> {}
impl Carried for Tombstone {}

impl Carried for Hashtag {
    fn context() -> serde_json::Value {
        context::note()
    }
}

impl<K, T: Carried> Carried for Activity<K, T> {
    fn context() -> serde_json::Value {
        T::context()
    }
}

impl Carried for Note {
    fn context() -> serde_json::Value {
        context::note()
    }
}

impl Carried for super::Actor {
    fn context() -> serde_json::Value {
        context::actor()
    }
}

/// What is left of a deleted status.
#[derive(Debug, Clone, Serialize)]
pub struct Tombstone {
    pub id: String,
    #[serde(rename = "type")]
    kind: TombstoneType,
    /// RFC 3339; for the answer 410 to whoever asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<String>,
}

impl Tombstone {
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), kind: TombstoneType::Tombstone, deleted: None }
    }

    /// As a document of its own.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::plain())
    }
}
