//! What we say to others: plain structs made of strings, in the shapes Mastodon reads
//! (<https://docs.joinmastodon.org/spec/activitypub/>).
//!
//! An object or activity is a document once it has its context: [`Actor::document`], [`Note::document`],
//! [`Activity::document`], [`OrderedCollection::document`]. Embedded, it goes without.

mod activity;
mod actor;
mod collection;
mod context;
mod discovery;
mod interaction;
mod note;
mod question;

#[cfg(test)]
mod tests;

pub use activity::{
    Accept, Activity, Add, AddTag, Announce, Block, Carried, Create, Delete, Flag, Follow, Like, Move,
    Reject, Remove, RemoveTag, Tombstone, Undo, Update,
};
pub use activitypub_federation::kinds::activity::CreateType;
pub use actor::{Actor, ActorStub, Endpoints, Multikey, Picture, PropertyValue};
pub use collection::{
    Collection, CollectionPage, CollectionSummary, OrderedCollection, OrderedCollectionPage,
};
pub use discovery::{
    Jrd, JrdLink, NodeInfo, NodeInfoIndex, NodeInfoLink, NodeInfoVersion, Services, Software, Usage, Users,
    host_meta,
};
pub use interaction::{
    Answer, Authorization, Capabilities, InteractionPolicy, Permissions, QuoteLink, Quoting, Request,
};
pub use note::{Document, Emoji, Hashtag, Image, Mention, Note, Tag};
pub use question::{Choice, Poll, Vote};

pub use activitypub_federation::protocol::{context::WithContext, public_key::PublicKey};

/// The address of everyone.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
