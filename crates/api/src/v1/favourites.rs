//! What the caller likes, and who likes what (<https://docs.joinmastodon.org/methods/favourites/>).

use axum::{Json, extract::State};
use tintype_model::StatusId;
use tintype_service::favourites;

use crate::{
    ApiError, App, Caller, Paged, PathId,
    entities::{Account, Status},
    paging,
};

/// `GET /api/v1/favourites`
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    paging: paging::Statuses,
) -> Result<Paged<Status>, ApiError> {
    let page = favourites::list(&app.ctx, caller.account, &paging.page).await?;
    Ok(paging.by_cursor(page))
}

/// `POST /api/v1/statuses/{id}/favourite`
pub async fn favourite(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
) -> Result<Json<Status>, ApiError> {
    let view = favourites::favourite(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}

/// `POST /api/v1/statuses/{id}/unfavourite`
pub async fn unfavourite(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
) -> Result<Json<Status>, ApiError> {
    let view = favourites::unfavourite(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}

/// `GET /api/v1/statuses/{id}/favourited_by`
pub async fn favourited_by(
    State(app): State<App>,
    caller: Option<Caller>,
    PathId(id): PathId<StatusId>,
    paging: paging::Accounts,
) -> Result<Paged<Account>, ApiError> {
    let viewer = caller.map(|caller| caller.account);
    let page = favourites::favourited_by(&app.ctx, viewer, id, &paging.page).await?;
    Ok(paging.by_cursor(page))
}
