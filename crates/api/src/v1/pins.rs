//! What stands first on the caller's profile (<https://docs.joinmastodon.org/methods/statuses/#pin>).

use axum::{Json, extract::State};
use tintype_model::StatusId;
use tintype_service::pins;

use crate::{ApiError, App, Caller, PathId, entities::Status};

/// `POST /api/v1/statuses/{id}/pin`
pub async fn pin(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
) -> Result<Json<Status>, ApiError> {
    let view = pins::pin(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}

/// `POST /api/v1/statuses/{id}/unpin`
pub async fn unpin(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
) -> Result<Json<Status>, ApiError> {
    let view = pins::unpin(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}
