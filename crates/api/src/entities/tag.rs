//! <https://docs.joinmastodon.org/entities/Tag/>

use serde::Serialize;
use tintype_model::text;
use tintype_service::{tags::TagDetail, views::TagView};

/// A hashtag in a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct StatusTag {
    /// Without the `#`, in lower case.
    pub name: String,
    /// Its page.
    pub url: String,
}

/// A hashtag by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Tag {
    /// Its id.
    pub id: String,
    /// Without the `#`.
    pub name: String,
    /// Its page.
    pub url: String,
    /// The last seven days, newest first.
    pub history: Vec<TagHistory>,
    /// The caller follows it. Only for signed-in callers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub following: Option<bool>,
    /// The caller shows it on their profile. Only for signed-in callers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featuring: Option<bool>,
}

/// The use of a hashtag on one day; all three are texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct TagHistory {
    /// Unix time of midnight.
    pub day: String,
    /// Accounts that used it.
    pub accounts: String,
    /// Statuses that had it.
    pub uses: String,
}

impl From<TagView> for StatusTag {
    fn from(view: TagView) -> Self {
        Self { name: text::hashtag_key(&view.name), url: view.url }
    }
}

impl Tag {
    /// A hashtag that was found, for somebody who is signed in or not. Its use isn't counted, so its history is empty;
    /// following and featuring tags isn't served, so nobody does.
    pub fn new(view: TagView, signed_in: bool) -> Self {
        let name = text::hashtag_key(&view.name);
        Self {
            id: name.clone(),
            name,
            url: view.url,
            history: Vec::new(),
            following: signed_in.then_some(false),
            featuring: signed_in.then_some(false),
        }
    }

    /// A hashtag with its use.
    pub fn counted(detail: TagDetail, signed_in: bool) -> Self {
        let history = detail.history.into_iter().map(|(day, uses, accounts)| TagHistory {
            day: day.seconds().to_string(),
            accounts: accounts.to_string(),
            uses: uses.to_string(),
        });
        let history = history.collect();
        Self { history, ..Self::new(TagView { name: detail.name, url: detail.url }, signed_in) }
    }
}
