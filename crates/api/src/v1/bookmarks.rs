//! What the caller saved for later (<https://docs.joinmastodon.org/methods/bookmarks/>).

use axum::{Json, extract::State};
use tintype_model::StatusId;
use tintype_service::bookmarks;

use crate::{ApiError, App, Caller, Paged, PathId, entities::Status, paging};

/// `GET /api/v1/bookmarks`
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    paging: paging::Statuses,
) -> Result<Paged<Status>, ApiError> {
    let page = bookmarks::list(&app.ctx, caller.account, &paging.page).await?;
    Ok(paging.by_cursor(page))
}

/// `POST /api/v1/statuses/{id}/bookmark`
pub async fn bookmark(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
) -> Result<Json<Status>, ApiError> {
    let view = bookmarks::bookmark(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}

/// `POST /api/v1/statuses/{id}/unbookmark`
pub async fn unbookmark(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
) -> Result<Json<Status>, ApiError> {
    let view = bookmarks::unbookmark(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}
