//! Reports (<https://docs.joinmastodon.org/methods/reports/>).

use axum::{Json, extract::State};
use serde::Deserialize;
use tintype_model::{AccountId, StatusId};
use tintype_service::reports::{self, NewReport, ReportCategory};

use crate::{
    AnyBody, ApiError, App, Caller,
    entities::Report,
    lenient::{Flag, Many, Text},
};

/// Who is reported, and for what.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReportForm {
    account_id: Text,
    status_ids: Many<Text>,
    comment: Text,
    forward: Flag,
    category: Text,
    rule_ids: Many<Text>,
}

/// `POST /api/v1/reports`
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    AnyBody(form): AnyBody<ReportForm>,
) -> Result<Json<Report>, ApiError> {
    let account: AccountId = form.account_id.need("account_id")?.parse().map_err(|_| ApiError::NotFound)?;
    let statuses: Result<Vec<StatusId>, _> =
        form.status_ids.texts().iter().map(|id| id.trim().parse()).collect();
    let new = NewReport {
        account: Some(account),
        statuses: statuses.map_err(|_| ApiError::NotFound)?,
        comment: form.comment.raw().unwrap_or_default(),
        forward: form.forward.on(),
        category: form.category.given_as::<ReportCategory>("Category")?,
        rules: form.rule_ids.texts(),
    };
    let view = reports::create(&app.ctx, caller.account, new).await?;
    Ok(Json(view.into()))
}
