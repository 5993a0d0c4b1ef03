//! Threads that the caller is told nothing more of (<https://docs.joinmastodon.org/methods/statuses/#mute>).

use axum::{Json, extract::State};
use tintype_model::StatusId;
use tintype_service::threads;

use crate::{ApiError, App, Caller, PathId, entities::Status};

/// `POST /api/v1/statuses/{id}/mute`
pub async fn mute(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
) -> Result<Json<Status>, ApiError> {
    let view = threads::mute(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}

/// `POST /api/v1/statuses/{id}/unmute`
pub async fn unmute(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
) -> Result<Json<Status>, ApiError> {
    let view = threads::unmute(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}
