//! Timelines (<https://docs.joinmastodon.org/methods/timelines/>).

use axum::extract::State;
use serde::Deserialize;
use tintype_service::timelines::{self, PublicFilter};

use crate::{AnyQuery, ApiError, App, Caller, Paged, entities::Status, lenient::Flag, paging};

/// Which public statuses.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PublicForm {
    local: Flag,
    remote: Flag,
    only_media: Flag,
}

/// `GET /api/v1/timelines/home`
pub async fn home(
    State(app): State<App>,
    caller: Caller,
    paging: paging::Statuses,
) -> Result<Paged<Status>, ApiError> {
    let views = timelines::home(&app.ctx, caller.account, &paging.page).await?;
    Ok(paging.by_id(views, |view| view.id.0))
}

/// `GET /api/v1/timelines/public`
pub async fn public(
    State(app): State<App>,
    caller: Option<Caller>,
    paging: paging::Statuses,
    AnyQuery(form): AnyQuery<PublicForm>,
) -> Result<Paged<Status>, ApiError> {
    let filter =
        PublicFilter { local: form.local.on(), remote: form.remote.on(), only_media: form.only_media.on() };
    let viewer = caller.map(|caller| caller.account);
    let views = timelines::public(&app.ctx, viewer, filter, &paging.page).await?;
    Ok(paging.by_id(views, |view| view.id.0))
}
