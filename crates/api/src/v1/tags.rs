//! Hashtags (<https://docs.joinmastodon.org/methods/tags/>).

use axum::{Json, extract::State};
use tintype_service::tags;

use crate::{ApiError, App, Caller, entities::Tag, path::PathName};

/// `GET /api/v1/tags/{name}`
pub async fn show(
    State(app): State<App>,
    caller: Option<Caller>,
    PathName(name): PathName,
) -> Result<Json<Tag>, ApiError> {
    let detail = tags::get(&app.ctx, &name).await?;
    Ok(Json(Tag::counted(detail, caller.is_some())))
}
