//! Those who ask to follow a locked account (<https://docs.joinmastodon.org/methods/follow_requests/>).

use axum::{Json, extract::State};
use tintype_model::AccountId;
use tintype_service::follows;

use crate::{
    ApiError, App, Caller, Paged, PathId,
    entities::{Account, Relationship},
    paging,
};

/// `GET /api/v1/follow_requests`
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    paging: paging::Accounts,
) -> Result<Paged<Account>, ApiError> {
    let page = follows::requests(&app.ctx, caller.account, &paging.page).await?;
    Ok(paging.by_cursor(page))
}

/// `POST /api/v1/follow_requests/{id}/authorize`; the id is the asking account's.
pub async fn authorize(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AccountId>,
) -> Result<Json<Relationship>, ApiError> {
    let view = follows::authorize(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}

/// `POST /api/v1/follow_requests/{id}/reject`; the id is the asking account's.
pub async fn reject(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AccountId>,
) -> Result<Json<Relationship>, ApiError> {
    let view = follows::reject(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}
