//! Whom the caller hears nothing of (<https://docs.joinmastodon.org/methods/mutes/>).

use std::time::Duration;

use axum::{Json, extract::State};
use serde::Deserialize;
use tintype_model::AccountId;
use tintype_service::mutes::{self, MuteOptions};

use crate::{
    AnyBody, ApiError, App, Caller, Paged, PathId,
    entities::{MutedAccount, Relationship},
    lenient::{Flag, Int},
    paging,
};

/// How to mute.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MuteForm {
    notifications: Flag,
    duration: Int,
}

impl MuteForm {
    fn options(&self) -> MuteOptions {
        // Seconds; none of them means for good.
        let seconds = self.duration.given().and_then(|seconds| u64::try_from(seconds).ok());
        MuteOptions {
            notifications: self.notifications.given(),
            duration: seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs),
        }
    }
}

/// `GET /api/v1/mutes`
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    paging: paging::Accounts,
) -> Result<Paged<MutedAccount>, ApiError> {
    let page = mutes::list(&app.ctx, caller.account, &paging.page).await?;
    Ok(paging.by_cursor(page))
}

/// `POST /api/v1/accounts/{id}/mute`
pub async fn mute(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AccountId>,
    AnyBody(form): AnyBody<MuteForm>,
) -> Result<Json<Relationship>, ApiError> {
    let view = mutes::mute(&app.ctx, caller.account, id, form.options()).await?;
    Ok(Json(view.into()))
}

/// `POST /api/v1/accounts/{id}/unmute`
pub async fn unmute(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AccountId>,
) -> Result<Json<Relationship>, ApiError> {
    let view = mutes::unmute(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}
