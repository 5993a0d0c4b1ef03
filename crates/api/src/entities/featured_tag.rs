//! <https://docs.joinmastodon.org/entities/FeaturedTag/>

use serde::Serialize;
use tintype_service::featured_tags::FeaturedTagView;

use super::Day;

/// A hashtag on a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct FeaturedTag {
    /// Its id.
    pub id: String,
    /// Without the `#`.
    pub name: String,
    /// The account's posts with it.
    pub url: String,
    /// How many there are that everyone can see; a text.
    pub statuses_count: String,
    /// The day of the last one.
    pub last_status_at: Option<Day>,
}

impl From<FeaturedTagView> for FeaturedTag {
    fn from(view: FeaturedTagView) -> Self {
        Self {
            id: view.id.to_string(),
            name: view.name,
            url: view.url,
            statuses_count: view.statuses.to_string(),
            last_status_at: view.last_status_at.map(Day),
        }
    }
}
