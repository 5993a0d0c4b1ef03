//! Posts and comments, and what one does with them (<https://docs.joinmastodon.org/methods/statuses/>).

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::Value;
use tintype_model::{AppId, StatusId};
use tintype_service::{
    Error, reblogs,
    statuses::{self, Draft},
};

use super::polls::PollForm;
use crate::{
    AnyBody, AnyQuery, ApiError, App, Caller, Paged, PathId,
    entities::{Account, Context, Status},
    idempotency::IdempotencyKey,
    lenient::{Flag, Many, Text},
    paging,
};

/// What somebody wants to publish.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct StatusForm {
    status: Text,
    media_ids: Many<Text>,
    in_reply_to_id: Text,
    sensitive: Flag,
    spoiler_text: Text,
    visibility: Text,
    language: Text,
    poll: Option<Value>,
    scheduled_at: Text,
    quoted_status_id: Text,
    quote_approval_policy: Text,
}

impl StatusForm {
    fn draft(self, app: AppId) -> Result<Draft, ApiError> {
        if self.scheduled_at.given().is_some() {
            return Err(ApiError::invalid("Scheduled posts are not supported"));
        }
        // What can't be an id is the id of nothing.
        let parent = self.in_reply_to_id.given().map(|id| id.parse().map_err(|_| ApiError::NotFound));
        let quote = self.quoted_status_id.given().map(|id| id.parse().map_err(|_| ApiError::NotFound));
        Ok(Draft {
            quote: quote.transpose()?,
            quote_policy: self.quote_approval_policy.given_as("quote_approval_policy")?,
            text: self.status.raw().unwrap_or_default(),
            spoiler_text: self.spoiler_text.raw().unwrap_or_default(),
            visibility: self.visibility.given_as("visibility")?,
            sensitive: self.sensitive.given(),
            language: self.language.given(),
            in_reply_to: parent.transpose()?,
            media: self.media_ids.all_as("media_ids")?,
            poll: PollForm::read(self.poll)?,
            app: Some(app),
        })
    }
}

/// The most statuses that are asked for by their ids.
const MOST_BY_ID: usize = 20;

/// Which statuses.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WhichForm {
    id: Many<Text>,
}

/// How far a boost reaches.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReblogForm {
    visibility: Text,
}

/// `POST /api/v1/statuses`
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    AnyBody(form): AnyBody<StatusForm>,
) -> Result<Json<Status>, ApiError> {
    let (draft, key) = (form.draft(caller.app)?, key.as_ref().map(|key| key.0.as_str()));
    let view = statuses::publish(&app.ctx, &*app.resolver, caller.account, key, draft).await?;
    Ok(Json(view.into()))
}

/// `GET /api/v1/statuses`; those that the caller may not see are left out.
pub async fn list(
    State(app): State<App>,
    caller: Option<Caller>,
    AnyQuery(form): AnyQuery<WhichForm>,
) -> Result<Json<Vec<Status>>, ApiError> {
    let viewer = caller.map(|caller| caller.account);
    let mut found = Vec::new();
    for id in form.id.some_as(MOST_BY_ID)? {
        match statuses::get(&app.ctx, viewer, id).await {
            Ok(view) => found.push(view.into()),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Json(found))
}

/// `GET /api/v1/statuses/{id}`
pub async fn show(
    State(app): State<App>,
    caller: Option<Caller>,
    PathId(id): PathId<StatusId>,
) -> Result<Json<Status>, ApiError> {
    let view = statuses::get(&app.ctx, caller.map(|caller| caller.account), id).await?;
    Ok(Json(view.into()))
}

/// `DELETE /api/v1/statuses/{id}`
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
) -> Result<Json<Status>, ApiError> {
    let was = statuses::delete(&app.ctx, caller.account, id).await?;
    Ok(Json(Status::deleted(was)))
}

/// `GET /api/v1/statuses/{id}/context`
pub async fn context(
    State(app): State<App>,
    caller: Option<Caller>,
    PathId(id): PathId<StatusId>,
) -> Result<Json<Context>, ApiError> {
    let thread = statuses::context(&app.ctx, caller.map(|caller| caller.account), id).await?;
    Ok(Json(thread.into()))
}

/// `POST /api/v1/statuses/{id}/reblog`
pub async fn reblog(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
    AnyBody(form): AnyBody<ReblogForm>,
) -> Result<Json<Status>, ApiError> {
    let visibility = form.visibility.given_as("visibility")?;
    let view = reblogs::reblog(&app.ctx, caller.account, id, visibility).await?;
    Ok(Json(view.into()))
}

/// `POST /api/v1/statuses/{id}/unreblog`
pub async fn unreblog(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
) -> Result<Json<Status>, ApiError> {
    let view = reblogs::unreblog(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}

/// `GET /api/v1/statuses/{id}/reblogged_by`
pub async fn reblogged_by(
    State(app): State<App>,
    caller: Option<Caller>,
    PathId(id): PathId<StatusId>,
    paging: paging::Accounts,
) -> Result<Paged<Account>, ApiError> {
    let viewer = caller.map(|caller| caller.account);
    let page = reblogs::reblogged_by(&app.ctx, viewer, id, &paging.page).await?;
    Ok(paging.by_cursor(page))
}
