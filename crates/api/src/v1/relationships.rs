//! How the caller stands to others: following and its undoing, notes (<https://docs.joinmastodon.org/methods/accounts/>).

use axum::{Json, extract::State};
use serde::Deserialize;
use tintype_model::AccountId;
use tintype_service::follows::{self, FollowOptions};

use crate::{
    AnyBody, AnyQuery, ApiError, App, Caller, PathId,
    entities::Relationship,
    lenient::{Flag, Many, Text},
};

/// To whom.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WhomForm {
    id: Many<Text>,
}

/// How to follow.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FollowForm {
    reblogs: Flag,
    notify: Flag,
}

/// What to note; nothing takes the note away.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NoteForm {
    comment: Text,
}

/// `GET /api/v1/accounts/relationships`
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    AnyQuery(form): AnyQuery<WhomForm>,
) -> Result<Json<Vec<Relationship>>, ApiError> {
    let ids: Vec<AccountId> = form.id.known_as();
    let views = follows::relationships(&app.ctx, caller.account, &ids).await?;
    Ok(Json(views.into_iter().map(Relationship::from).collect()))
}

/// `POST /api/v1/accounts/{id}/follow`
pub async fn follow(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AccountId>,
    AnyBody(form): AnyBody<FollowForm>,
) -> Result<Json<Relationship>, ApiError> {
    let options = FollowOptions { reblogs: form.reblogs.given(), notify: form.notify.given() };
    let view = follows::follow(&app.ctx, caller.account, id, options).await?;
    Ok(Json(view.into()))
}

/// `POST /api/v1/accounts/{id}/unfollow`
pub async fn unfollow(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AccountId>,
) -> Result<Json<Relationship>, ApiError> {
    let view = follows::unfollow(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}

/// `POST /api/v1/accounts/{id}/remove_from_followers`
pub async fn remove_from_followers(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AccountId>,
) -> Result<Json<Relationship>, ApiError> {
    let view = follows::remove_follower(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}

/// `POST /api/v1/accounts/{id}/note`
pub async fn note(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<AccountId>,
    AnyBody(form): AnyBody<NoteForm>,
) -> Result<Json<Relationship>, ApiError> {
    let comment = form.comment.raw().unwrap_or_default();
    let view = follows::note(&app.ctx, caller.account, id, &comment).await?;
    Ok(Json(view.into()))
}
