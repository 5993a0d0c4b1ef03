//! Our statuses.

use std::collections::BTreeMap;

use activitypub_federation::{
    kinds::{kind, link::MentionType, object::DocumentType},
    protocol::context::WithContext,
};
use serde::Serialize;

use super::{CollectionSummary, Permissions, Picture, Poll, QuoteLink, Quoting, context};

kind!(HashtagType, Hashtag);
kind!(EmojiType, Emoji);

/// A status, or one with a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
enum Kind {
    Note,
    Question,
}

/// A status. Times are RFC 3339, texts HTML, addresses URLs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    pub id: String,
    #[serde(rename = "type")]
    kind: Kind,
    pub attributed_to: String,
    pub to: Vec<String>,
    pub cc: Vec<String>,
    pub content: String,
    /// `content` by its language, which is the only way to say the language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub content_map: BTreeMap<String, String>,
    /// The content warning, plain text; null says there is none.
    pub summary: Option<String>,
    pub sensitive: bool,
    pub in_reply_to: Option<String>,
    pub published: String,
    /// Present says that it was edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// The page for people.
    pub url: String,
    pub tag: Vec<Tag>,
    pub attachment: Vec<Document>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replies: Option<CollectionSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likes: Option<CollectionSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shares: Option<CollectionSummary>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    poll: Option<Poll>,
    /// What it quotes.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub quoting: Option<Quoting>,
    /// Who may do what with it.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
}

impl Note {
    /// A status with what every status has; the rest are fields to set.
    pub fn new(
        id: impl Into<String>,
        attributed_to: impl Into<String>,
        content: impl Into<String>,
        language: Option<&str>,
        published: impl Into<String>,
    ) -> Self {
        let (id, content) = (id.into(), content.into());
        Self {
            kind: Kind::Note,
            attributed_to: attributed_to.into(),
            to: Vec::new(),
            cc: Vec::new(),
            content_map: language
                .map(|language| (language.to_owned(), content.clone()))
                .into_iter()
                .collect(),
            content,
            summary: None,
            sensitive: false,
            in_reply_to: None,
            published: published.into(),
            updated: None,
            url: id.clone(),
            tag: Vec::new(),
            attachment: Vec::new(),
            conversation: None,
            replies: None,
            likes: None,
            shares: None,
            poll: None,
            quoting: None,
            permissions: None,
            id,
        }
    }

    /// With a poll, which makes it a `Question`.
    pub fn ask(&mut self, poll: Poll) {
        (self.kind, self.poll) = (Kind::Question, Some(poll));
    }

    /// Whether it has a poll.
    pub fn is_question(&self) -> bool {
        self.kind == Kind::Question
    }

    /// As a document of its own.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::note())
    }
}

/// A picture, film or sound of a status.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    #[serde(rename = "type")]
    kind: DocumentType,
    pub media_type: String,
    pub url: String,
    /// The description; null says there is none.
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blurhash: Option<String>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// x from −1 (left) to 1, y from −1 (bottom) to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focal_point: Option<[f64; 2]>,
    /// The preview of a film.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Image>,
}

impl Document {
    pub fn new(url: impl Into<String>, media_type: impl Into<String>, name: Option<String>) -> Self {
        Self {
            kind: DocumentType::Document,
            media_type: media_type.into(),
            url: url.into(),
            name,
            blurhash: None,
            width: None,
            height: None,
            focal_point: None,
            icon: None,
        }
    }
}

/// A picture that stands for something else.
pub type Image = super::Picture;

/// What a status's text refers to.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Tag {
    Mention(Mention),
    Hashtag(Hashtag),
    Emoji(Emoji),
    Quote(QuoteLink),
}

/// A picture for `:shortcode:`; `updated` is its age, RFC 3339.
#[derive(Debug, Clone, Serialize)]
pub struct Emoji {
    pub id: String,
    #[serde(rename = "type")]
    kind: EmojiType,
    /// With colons.
    pub name: String,
    pub icon: Picture,
    pub updated: String,
}

impl Emoji {
    pub fn new(id: impl Into<String>, shortcode: &str, icon: Picture, updated: impl Into<String>) -> Self {
        let name = format!(":{shortcode}:");
        Self { id: id.into(), kind: EmojiType::Emoji, name, icon, updated: updated.into() }
    }

    /// As a document of its own.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::note())
    }
}

/// Somebody who is named: `href` is the actor, `name` is `@bob@remote.example`.
#[derive(Debug, Clone, Serialize)]
pub struct Mention {
    #[serde(rename = "type")]
    kind: MentionType,
    pub href: String,
    pub name: String,
}

impl Mention {
    pub fn new(href: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind: MentionType::Mention, href: href.into(), name: name.into() }
    }
}

/// A hashtag: `href` is its page, `name` is `#film`.
#[derive(Debug, Clone, Serialize)]
pub struct Hashtag {
    #[serde(rename = "type")]
    kind: HashtagType,
    pub href: String,
    pub name: String,
}

impl Hashtag {
    pub fn new(href: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind: HashtagType::Hashtag, href: href.into(), name: name.into() }
    }
}
