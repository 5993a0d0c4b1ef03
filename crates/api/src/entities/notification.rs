//! <https://docs.joinmastodon.org/entities/Notification/>

use serde::Serialize;

use super::{Account, Status, Time};

/// Something that happened to somebody.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Notification {
    /// Its id.
    pub id: String,
    /// `mention`, `status`, `reblog`, `follow`, `follow_request`, `favourite`, `update` …
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it may be shown together with; `ungrouped-ID` when with nothing.
    pub group_key: String,
    /// When.
    pub created_at: Time,
    /// Who did it.
    pub account: Account,
    /// With what. Only for the kinds that are about a status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}
