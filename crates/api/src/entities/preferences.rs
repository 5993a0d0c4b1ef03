//! <https://docs.joinmastodon.org/entities/Preferences/>

use serde::Serialize;
use tintype_service::users;

/// What a person chose for writing and reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Preferences {
    /// `public`, `unlisted`, `private`, `direct`.
    #[serde(rename = "posting:default:visibility")]
    pub visibility: &'static str,
    /// Posts are sensitive unless said otherwise.
    #[serde(rename = "posting:default:sensitive")]
    pub sensitive: bool,
    /// ISO 639-1.
    #[serde(rename = "posting:default:language")]
    pub language: Option<String>,
    /// `public`, `followers`, `nobody`.
    #[serde(rename = "posting:default:quote_policy")]
    pub quote_policy: &'static str,
    /// `default` (hide what is sensitive), `show_all`, `hide_all`.
    #[serde(rename = "reading:expand:media")]
    pub expand_media: &'static str,
    /// Content warnings are open.
    #[serde(rename = "reading:expand:spoilers")]
    pub expand_spoilers: bool,
}

impl From<users::Preferences> for Preferences {
    fn from(own: users::Preferences) -> Self {
        Self {
            visibility: own.default_visibility.as_str(),
            sensitive: own.default_sensitive,
            language: own.default_language,
            quote_policy: own.default_quote_policy.as_str(),
            expand_media: "default",
            expand_spoilers: false,
        }
    }
}
