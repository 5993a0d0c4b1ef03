//! A post with its pictures, as pages show it in full.

use tintype_service::{
    polls::{PollOptionView, PollView},
    views::{AccountView, MediaView, StatusView},
};

use crate::tiles;

/// A post as the templates take it.
#[derive(Debug, Clone)]
pub struct Post {
    pub account: AccountView,
    pub href: String,
    pub warning: String,
    pub sensitive: bool,
    /// Safe HTML.
    pub content: String,
    pub language: Option<String>,
    pub pictures: Vec<Picture>,
    pub poll: Option<Poll>,
    pub moment: String,
    pub day: String,
    /// When it was last edited: the moment, and the day in words.
    pub edited: Option<(String, String)>,
}

/// What a post asks, and what was answered. Votes are given in apps.
#[derive(Debug, Clone)]
pub struct Poll {
    pub options: Vec<Choice>,
    /// How many took part, and until when, in words.
    pub footing: String,
}

/// An option of a poll.
#[derive(Debug, Clone)]
pub struct Choice {
    pub title: String,
    /// How many chose it, and how many in a hundred; `None` while that isn't shown.
    pub votes: Option<(i64, i64)>,
}

impl From<&PollView> for Poll {
    fn from(view: &PollView) -> Self {
        // Of those who took part; where that isn't known, of the votes.
        let all = view.voters_count.unwrap_or(view.votes_count).max(1);
        let choice = |option: &PollOptionView| Choice {
            title: option.title.clone(),
            votes: option.votes_count.map(|votes| (votes, votes.saturating_mul(100) / all)),
        };
        let count = |n: i64, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
        let taken = match view.voters_count {
            Some(voters) => count(voters, "person", "people"),
            None => count(view.votes_count, "vote", "votes"),
        };
        let until = match (view.expired, view.expires_at) {
            (true, _) => " · closed".to_owned(),
            (false, Some(end)) => format!(" · open until {}", end.date()),
            (false, None) => String::new(),
        };
        Self { options: view.options.iter().map(choice).collect(), footing: format!("{taken}{until}") }
    }
}

/// A picture of a post.
#[derive(Debug, Clone)]
pub struct Picture {
    pub url: String,
    pub label: String,
    pub description: Option<String>,
    pub size: Option<(i64, i64)>,
    pub is_shown: bool,
}

impl From<StatusView> for Post {
    fn from(status: StatusView) -> Self {
        let day = status.created_at.date();
        let picture = |media: &MediaView| Picture {
            url: tiles::web_link(&media.url),
            label: tiles::label(media, &status.account, &day),
            description: media.description.clone().filter(|d| !d.trim().is_empty()),
            size: media.width.zip(media.height),
            is_shown: media.kind == "image",
        };
        Self {
            href: tiles::href(&status),
            warning: status.spoiler_text.clone(),
            sensitive: status.sensitive,
            content: status.content.clone(),
            language: status.language.clone(),
            pictures: status.media.iter().map(picture).collect(),
            poll: status.poll.as_ref().map(Poll::from),
            moment: status.created_at.rfc3339(),
            day,
            edited: status.edited_at.map(|at| (at.rfc3339(), at.date())),
            account: AccountView { url: tiles::web_link(&status.account.url), ..status.account },
        }
    }
}
