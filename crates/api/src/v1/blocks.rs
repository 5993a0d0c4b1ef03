//! Whom the caller blocks (<https://docs.joinmastodon.org/methods/blocks/>).

use axum::{Json, extract::State};
use tintype_model::AccountId;
use tintype_service::blocks;

use crate::{
    ApiError, App, Caller, Paged, PathId,
    entities::{Account, Relationship},
    paging,
};

/// `GET /api/v1/blocks`
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    paging: paging::Accounts,
) -> Result<Paged<Account>, ApiError> {
    let page = blocks::list(&app.ctx, caller.account, &paging.page).await?;
    Ok(paging.by_cursor(page))
}

/// `POST /api/v1/accounts/{id}/block`
pub async fn block(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AccountId>,
) -> Result<Json<Relationship>, ApiError> {
    let view = blocks::block(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}

/// `POST /api/v1/accounts/{id}/unblock`
pub async fn unblock(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AccountId>,
) -> Result<Json<Relationship>, ApiError> {
    let view = blocks::unblock(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}
