//! What makes a status a poll, and votes.

use activitypub_federation::kinds::{collection::CollectionType, object::NoteType};
use serde::Serialize;

/// The poll of a [`super::Note`], which is a `Question` with it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Poll {
    /// The options, where one may choose one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<Choice>>,
    /// The options, where one may choose several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_of: Option<Vec<Choice>>,
    /// When it ends, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
    /// When it ended; only then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
    /// How many took part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voters_count: Option<i64>,
}

/// An option: its text, and how many chose it.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    #[serde(rename = "type")]
    kind: NoteType,
    name: String,
    replies: Votes,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Votes {
    #[serde(rename = "type")]
    kind: CollectionType,
    total_items: i64,
}

impl Choice {
    pub fn new(name: impl Into<String>, votes: i64) -> Self {
        let replies = Votes { kind: CollectionType::Collection, total_items: votes };
        Self { kind: NoteType::Note, name: name.into(), replies }
    }
}

/// A choice in somebody's poll. Nobody but its author is to see it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Vote {
    id: String,
    #[serde(rename = "type")]
    kind: NoteType,
    attributed_to: String,
    to: Vec<String>,
    /// The option's text.
    name: String,
    in_reply_to: String,
}

impl Vote {
    /// The choice of the option `name` in the poll `question` of `author`.
    pub fn new(
        id: impl Into<String>,
        voter: impl Into<String>,
        author: impl Into<String>,
        name: impl Into<String>,
        question: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            kind: NoteType::Note,
            attributed_to: voter.into(),
            to: vec![author.into()],
            name: name.into(),
            in_reply_to: question.into(),
        }
    }
}

impl super::Carried for Vote {}
