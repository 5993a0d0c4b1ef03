//! What happened to the caller (<https://docs.joinmastodon.org/methods/notifications/>).

use axum::{Json, extract::State};
use serde::Deserialize;
use tintype_model::NotificationId;
use tintype_service::notifications::{self, NotificationFilter};

use crate::{
    AnyQuery, ApiError, App, Caller, Paged, PathId,
    entities::{Empty, Notification},
    lenient::{Flag, Many, Text},
    paging::{self, Ends},
};

/// Which notifications.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NotificationsForm {
    types: Many<Text>,
    exclude_types: Many<Text>,
    account_id: Text,
    include_filtered: Flag,
}

impl NotificationsForm {
    /// `None`: none at all. That is so when only kinds are asked for that there never are here, or those of nobody.
    fn filter(self) -> Option<NotificationFilter> {
        let types = self.types.texts();
        let kinds: Vec<_> = types.iter().filter_map(|kind| kind.parse().ok()).collect();
        if !types.is_empty() && kinds.is_empty() {
            return None;
        }
        let from = match self.account_id.given() {
            Some(id) => Some(id.parse().ok()?),
            None => None,
        };
        let exclude = self.exclude_types.known_as();
        Some(NotificationFilter { kinds, exclude, from, filtered: self.include_filtered.on() })
    }
}

/// `GET /api/v1/notifications`
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    paging: paging::Accounts,
    AnyQuery(form): AnyQuery<NotificationsForm>,
) -> Result<Paged<Notification>, ApiError> {
    let Some(filter) = form.filter() else { return Ok(paging.answer(Vec::new(), Ends::default())) };
    let views = notifications::list(&app.ctx, caller.account, &filter, &paging.page).await?;
    Ok(paging.by_id(views, |view| view.id.0))
}

/// `GET /api/v1/notifications/{id}`
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<NotificationId>,
) -> Result<Json<Notification>, ApiError> {
    let view = notifications::get(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}

/// `POST /api/v1/notifications/clear`
pub async fn clear(State(app): State<App>, caller: Caller) -> Result<Json<Empty>, ApiError> {
    notifications::clear(&app.ctx, caller.account).await?;
    Ok(Json(Empty {}))
}

/// `POST /api/v1/notifications/{id}/dismiss`
pub async fn dismiss(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<NotificationId>,
) -> Result<Json<Empty>, ApiError> {
    notifications::dismiss(&app.ctx, caller.account, id).await?;
    Ok(Json(Empty {}))
}
