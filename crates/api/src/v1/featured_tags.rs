//! Hashtags on profiles (<https://docs.joinmastodon.org/methods/featured_tags/>).

use axum::{Json, extract::State};
use serde::Deserialize;
use tintype_model::{AccountId, FeaturedTagId};
use tintype_service::{featured_tags, tags};

use crate::{
    AnyBody, ApiError, App, Caller, PathId,
    entities::{Empty, FeaturedTag, Tag},
    lenient::Text,
};

/// What to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FeatureForm {
    name: Text,
}

/// `GET /api/v1/featured_tags`
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<FeaturedTag>>, ApiError> {
    let views = featured_tags::of(&app.ctx, caller.account).await?;
    Ok(Json(views.into_iter().map(FeaturedTag::from).collect()))
}

/// `GET /api/v1/accounts/{id}/featured_tags`
pub async fn of(
    State(app): State<App>,
    PathId(id): PathId<AccountId>,
) -> Result<Json<Vec<FeaturedTag>>, ApiError> {
    let views = featured_tags::of(&app.ctx, id).await?;
    Ok(Json(views.into_iter().map(FeaturedTag::from).collect()))
}

/// `POST /api/v1/featured_tags`
pub async fn feature(
    State(app): State<App>,
    caller: Caller,
    AnyBody(form): AnyBody<FeatureForm>,
) -> Result<Json<FeaturedTag>, ApiError> {
    let view = featured_tags::feature(&app.ctx, caller.account, &form.name.need("name")?).await?;
    Ok(Json(view.into()))
}

/// `DELETE /api/v1/featured_tags/{id}`
pub async fn unfeature(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<FeaturedTagId>,
) -> Result<Json<Empty>, ApiError> {
    featured_tags::unfeature(&app.ctx, caller.account, id).await?;
    Ok(Json(Empty {}))
}

/// `GET /api/v1/featured_tags/suggestions`
pub async fn suggestions(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Tag>>, ApiError> {
    let mut found = Vec::new();
    for name in featured_tags::suggestions(&app.ctx, caller.account).await? {
        found.push(Tag::counted(tags::get(&app.ctx, &name).await?, true));
    }
    Ok(Json(found))
}
