//! Quotes of a status, and who may make them (<https://docs.joinmastodon.org/client/quotes/>).

use axum::{Json, extract::State};
use serde::Deserialize;
use tintype_model::{QuotePolicy, StatusId};
use tintype_service::{policies, quotes};

use crate::{
    AnyBody, ApiError, App, Caller, Paged, PathId, entities::Status, lenient::Text, paging, path::PathQuoting,
};

/// Who may quote a status from now on; not said: as the caller's posts are by default.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PolicyForm {
    quote_approval_policy: Text,
}

/// `GET /api/v1/statuses/{id}/quotes`
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
    paging: paging::Statuses,
) -> Result<Paged<Status>, ApiError> {
    let views = quotes::list(&app.ctx, caller.account, id, &paging.page).await?;
    Ok(paging.by_id(views, |view| view.id.0))
}

/// `POST /api/v1/statuses/{id}/quotes/{quoting_status_id}/revoke`
pub async fn revoke(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
    PathQuoting(quoting): PathQuoting,
) -> Result<Json<Status>, ApiError> {
    let view = quotes::revoke(&app.ctx, caller.account, id, quoting).await?;
    Ok(Json(view.into()))
}

/// `PUT /api/v1/statuses/{id}/interaction_policy`
pub async fn set_policy(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
    AnyBody(form): AnyBody<PolicyForm>,
) -> Result<Json<Status>, ApiError> {
    let policy = form.quote_approval_policy.given_as::<QuotePolicy>("quote_approval_policy")?;
    let policy = match policy {
        Some(policy) => policy,
        None => policies::default_quote_policy(&app.ctx, caller.account).await?,
    };
    let view = policies::set_quote_policy(&app.ctx, caller.account, id, policy).await?;
    Ok(Json(view.into()))
}
