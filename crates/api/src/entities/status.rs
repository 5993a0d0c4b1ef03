//! <https://docs.joinmastodon.org/entities/Status/>

use serde::Serialize;
use tintype_model::Visibility;
use tintype_service::views::{AppView, MentionView, StatusView};

use super::{Account, CustomEmoji, MediaAttachment, Nothing, Poll, Quote, QuoteApproval, StatusTag, Time};

/// A post, a comment, or a boost of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Status {
    /// Its id.
    pub id: String,
    /// When it was published.
    pub created_at: Time,
    /// What it answers.
    pub in_reply_to_id: Option<String>,
    /// Whose that is.
    pub in_reply_to_account_id: Option<String>,
    /// Its media are behind a veil.
    pub sensitive: bool,
    /// The content warning, plain; empty without one.
    pub spoiler_text: String,
    /// `public`, `unlisted`, `private`, `direct`.
    pub visibility: &'static str,
    /// ISO 639-1.
    pub language: Option<String>,
    /// Its identity.
    pub uri: String,
    /// Its page.
    pub url: Option<String>,
    /// How many answers.
    pub replies_count: i64,
    /// How many boosts.
    pub reblogs_count: i64,
    /// How many favourites.
    pub favourites_count: i64,
    /// How many accepted quotes.
    pub quotes_count: i64,
    /// When it was last changed.
    pub edited_at: Option<Time>,
    /// The text, HTML.
    pub content: String,
    /// The text as it was written. Only for its author, when it was just deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What it boosts.
    pub reblog: Option<Box<Status>>,
    /// What it was written with. Only when its author shows that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<StatusApplication>,
    /// Its author.
    pub account: Account,
    /// Its pictures, in order.
    pub media_attachments: Vec<MediaAttachment>,
    /// Whom it addresses.
    pub mentions: Vec<StatusMention>,
    /// Its hashtags.
    pub tags: Vec<StatusTag>,
    /// The emoji of its text.
    pub emojis: Vec<CustomEmoji>,
    /// The preview of its first link.
    pub card: Nothing,
    /// Its poll.
    pub poll: Option<Poll>,
    /// What it quotes.
    pub quote: Option<Quote>,
    /// Who may quote it.
    pub quote_approval: QuoteApproval,
    /// Collections that it names.
    pub tagged_collections: Vec<Nothing>,
    /// The caller favourited it. This and the next five only for signed-in callers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub favourited: Option<bool>,
    /// The caller boosted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reblogged: Option<bool>,
    /// The caller hears nothing of its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
    /// The caller saved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bookmarked: Option<bool>,
    /// The caller's filters that match it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filtered: Option<Vec<Nothing>>,
    /// It is on top of the caller's profile. Only on the caller's own posts that may be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
}

/// What a status was written with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct StatusApplication {
    /// The client's name.
    pub name: String,
    /// Its page.
    pub website: Option<String>,
}

/// Somebody whom a status addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct StatusMention {
    /// The account.
    pub id: String,
    /// The name without a domain.
    pub username: String,
    /// The profile page.
    pub url: String,
    /// `name` here, `name@domain` elsewhere.
    pub acct: String,
}

impl From<StatusView> for Status {
    fn from(view: StatusView) -> Self {
        let viewer = view.viewer;
        let pinned = view.pinned;
        let pinnable = viewer.is_some_and(|viewer| viewer.own)
            && view.reblog.is_none()
            && view.visibility != Visibility::Direct;
        Self {
            id: view.id.to_string(),
            created_at: view.created_at.into(),
            in_reply_to_id: view.in_reply_to_id.map(|id| id.to_string()),
            in_reply_to_account_id: view.in_reply_to_account_id.map(|id| id.to_string()),
            sensitive: view.sensitive,
            spoiler_text: view.spoiler_text,
            visibility: view.visibility.as_str(),
            language: view.language,
            uri: view.uri,
            url: Some(view.url).filter(|url| !url.is_empty()),
            replies_count: view.replies_count,
            reblogs_count: view.reblogs_count,
            favourites_count: view.favourites_count,
            quotes_count: view.quotes_count,
            edited_at: view.edited_at.map(Time),
            content: view.content,
            text: None,
            reblog: view.reblog.map(|original| Box::new(Self::from(*original))),
            application: view.application.map(StatusApplication::from),
            account: view.account.into(),
            media_attachments: view.media.into_iter().map(MediaAttachment::from).collect(),
            mentions: view.mentions.into_iter().map(StatusMention::from).collect(),
            tags: view.tags.into_iter().map(StatusTag::from).collect(),
            emojis: view.emojis.into_iter().map(CustomEmoji::from).collect(),
            card: Nothing,
            poll: view.poll.map(Poll::from),
            quote: view.quote.map(Quote::from),
            quote_approval: view.quote_approval.into(),
            tagged_collections: Vec::new(),
            favourited: viewer.map(|viewer| viewer.favourited),
            reblogged: viewer.map(|viewer| viewer.reblogged),
            muted: viewer.map(|viewer| viewer.muted),
            bookmarked: viewer.map(|viewer| viewer.bookmarked),
            // Filtering isn't served here, so nothing is.
            filtered: viewer.map(|_| Vec::new()),
            pinned: pinnable.then_some(pinned),
        }
    }
}

impl Status {
    /// What was just deleted, with its text as it was written, to be written anew.
    pub fn deleted(view: StatusView) -> Self {
        let text = view.text.clone();
        Self { text: Some(text), ..view.into() }
    }
}

impl From<AppView> for StatusApplication {
    fn from(view: AppView) -> Self {
        Self { name: view.name, website: view.website }
    }
}

impl From<MentionView> for StatusMention {
    fn from(view: MentionView) -> Self {
        let url = if view.url.is_empty() { view.uri } else { view.url };
        Self { id: view.id.to_string(), username: view.username, url, acct: view.acct }
    }
}
