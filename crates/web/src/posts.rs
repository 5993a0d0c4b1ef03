//! A post with its pictures, as pages show it in full.

use tintype_service::views::{AccountView, MediaView, StatusView};

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
    pub moment: String,
    pub day: String,
    /// When it was last edited: the moment, and the day in words.
    pub edited: Option<(String, String)>,
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
            moment: status.created_at.rfc3339(),
            day,
            edited: status.edited_at.map(|at| (at.rfc3339(), at.date())),
            account: AccountView { url: tiles::web_link(&status.account.url), ..status.account },
        }
    }
}
