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
mod note;

#[cfg(test)]
mod tests;

pub use activity::{
    Accept, Activity, Add, Announce, Block, Carried, Create, Delete, Flag, Follow, Like, Move, Reject,
    Remove, Tombstone, Undo, Update,
};
pub use actor::{Actor, ActorStub, Endpoints, Picture, PropertyValue};
pub use collection::{Collection, CollectionSummary, OrderedCollection, OrderedCollectionPage};
pub use discovery::{
    Jrd, JrdLink, NodeInfo, NodeInfoIndex, NodeInfoLink, NodeInfoVersion, Services, Software, Usage, Users,
    host_meta,
};
pub use note::{Document, Hashtag, Image, Mention, Note, Tag};

pub use activitypub_federation::protocol::{context::WithContext, public_key::PublicKey};

/// The address of everyone.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
