//! What travels between servers: ActivityStreams as it is really written, read leniently and within bounds.
//!
//! In: [`parse_activity`] for an inbox, [`parse_object`] for a fetched document, [`KeyDocument`], [`Collection`] and
//! [`Jrd`] for the rest. A field that is wrong is as good as absent; only what an activity can't do without is an
//! error. Nothing in here believes anything: who may say what is decided by the caller, with [`same_origin`].
//!
//! Out: [`out`], plain structs made of strings.
//!
//! JSON-LD is not processed. Contexts are neither loaded nor looked at, terms are taken by their usual names, and
//! of a repeated key the last one counts, everywhere.

mod activity;
mod actor;
mod address;
mod attachment;
mod collection;
mod interaction;
mod json;
mod key;
mod media_type;
mod note;
pub mod out;
mod question;
mod tag;
mod webfinger;

#[cfg(test)]
mod tests;

pub use activity::{IncomingActivity, Inner, Object, Verb};
pub use actor::{Actor, ActorKind, Field, Picture};
pub use address::{Audience, canonical_host, http_url, is_public, same_origin, visibility};
pub use attachment::{Attachment, MediaKind};
pub use collection::{Collection, First, Item};
pub use interaction::{Authorization, Bearcap, Instrument, InteractionPolicy};
pub use key::KeyDocument;
pub use media_type::is_activity_json;
pub use note::{Note, NoteKind, Totals};
pub use question::Question;
pub use tag::{Emoji, Mention, Tags};
pub use webfinger::{Jrd, JrdLink};

/// Why a document can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
pub enum ParseError {
    /// More than [`Limits::body_bytes`](crate::limits::Limits::body_bytes).
    TooLarge,
    /// Nested deeper than [`Limits::json_depth`](crate::limits::Limits::json_depth).
    TooDeep,
    /// Not JSON.
    NotJson,
    /// JSON, but not an object.
    NotAnObject,
    /// A property we can't do without is absent or of the wrong form; its name.
    Property(&'static str),
    /// An object of another type than the one asked for.
    Kind,
}

impl ParseError {
    /// One short sentence, always the same for the same error; safe to send back.
    pub fn reason(self) -> &'static str {
        match self {
            Self::TooLarge => "the document is too large",
            Self::TooDeep => "the document is nested too deeply",
            Self::NotJson => "the document is not JSON",
            Self::NotAnObject => "the document is not a JSON object",
            Self::Property("id") => "the id is missing or is not an http(s) URL",
            Self::Property("type") => "the type is missing",
            Self::Property("actor") => "the actor is missing or is not one http(s) URL",
            Self::Property("object") => "the object is missing or malformed",
            Self::Property("target") => "the target is missing or malformed",
            Self::Property(_) => "a needed property is missing or malformed",
            Self::Kind => "the object is of another type",
        }
    }
}

/// Reads the body of an inbox request.
///
/// # Errors
/// When it is too large, too deep, no JSON object, or lacks what its type needs.
pub fn parse_activity(bytes: &[u8]) -> Result<IncomingActivity, ParseError> {
    IncomingActivity::read(&json::read(bytes)?)
}

/// Reads a fetched document: a status, an actor, a tombstone, or [`Object::Other`].
///
/// # Errors
/// When it is too large, too deep or no JSON object. An object we know but can't use is `Other`.
pub fn parse_object(bytes: &[u8]) -> Result<Object, ParseError> {
    json::read(bytes).map(|document| Object::read_map(&document))
}
