//! <https://docs.joinmastodon.org/entities/Notification/>

use serde::Serialize;
use tintype_service::notifications::NotificationView;

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

impl From<NotificationView> for Notification {
    fn from(view: NotificationView) -> Self {
        Self {
            id: view.id.to_string(),
            kind: view.kind.as_str(),
            group_key: format!("ungrouped-{}", view.id),
            created_at: view.created_at.into(),
            account: view.account.into(),
            status: view.status.map(Status::from),
        }
    }
}
