//! <https://docs.joinmastodon.org/entities/StatusEdit/>, <https://docs.joinmastodon.org/entities/StatusSource/>

use serde::Serialize;
use tintype_service::edits::{EditView, SourceView};

use super::{Account, CustomEmoji, MediaAttachment, Nothing, Time};

/// How a status was at some time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct StatusEdit {
    /// The text, HTML.
    pub content: String,
    /// The content warning, plain; empty without one.
    pub spoiler_text: String,
    /// Its media are behind a veil.
    pub sensitive: bool,
    /// Since when it was so.
    pub created_at: Time,
    /// Its author.
    pub account: Account,
    /// Its pictures, in order.
    pub media_attachments: Vec<MediaAttachment>,
    /// The emoji of its text.
    pub emojis: Vec<CustomEmoji>,
    /// Its poll.
    pub poll: Nothing,
    /// What it quoted.
    pub quote: Nothing,
}

/// A status as its author wrote it, to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct StatusSource {
    /// The status.
    pub id: String,
    /// Its text, plain.
    pub text: String,
    /// Its content warning, plain.
    pub spoiler_text: String,
}

impl From<EditView> for StatusEdit {
    fn from(view: EditView) -> Self {
        Self {
            content: view.content,
            spoiler_text: view.spoiler_text,
            sensitive: view.sensitive,
            created_at: view.created_at.into(),
            account: view.account.into(),
            media_attachments: view.media.into_iter().map(MediaAttachment::from).collect(),
            emojis: Vec::new(),
            poll: Nothing,
            quote: Nothing,
        }
    }
}

impl From<SourceView> for StatusSource {
    fn from(view: SourceView) -> Self {
        Self { id: view.id.to_string(), text: view.text, spoiler_text: view.spoiler_text }
    }
}
