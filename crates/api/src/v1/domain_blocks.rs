//! Servers that the caller wants to see nothing of (<https://docs.joinmastodon.org/methods/domain_blocks/>).

use axum::{Json, extract::State};
use serde::Deserialize;
use tintype_service::domain_blocks;

use crate::{AnyBody, ApiError, App, Caller, Paged, entities::Empty, lenient::Text, paging};

/// Which server.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DomainForm {
    domain: Text,
}

/// `GET /api/v1/domain_blocks`
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    paging: paging::Domains,
) -> Result<Paged<String>, ApiError> {
    let page = domain_blocks::list(&app.ctx, caller.account, &paging.page).await?;
    Ok(paging.by_cursor(page))
}

/// `POST /api/v1/domain_blocks`
pub async fn block(
    State(app): State<App>,
    caller: Caller,
    AnyBody(form): AnyBody<DomainForm>,
) -> Result<Json<Empty>, ApiError> {
    domain_blocks::block(&app.ctx, caller.account, &form.domain.need("domain")?).await?;
    Ok(Json(Empty {}))
}

/// `DELETE /api/v1/domain_blocks`
pub async fn unblock(
    State(app): State<App>,
    caller: Caller,
    AnyBody(form): AnyBody<DomainForm>,
) -> Result<Json<Empty>, ApiError> {
    domain_blocks::unblock(&app.ctx, caller.account, &form.domain.need("domain")?).await?;
    Ok(Json(Empty {}))
}
