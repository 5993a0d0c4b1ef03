//! Pictures, before they are posted (<https://docs.joinmastodon.org/methods/media/>).

use axum::{Json, extract::State};
use serde::Deserialize;
use tintype_model::MediaId;
use tintype_service::media;

use crate::{
    AnyBody, AnyUpload, ApiError, App, Caller, PathId,
    entities::MediaAttachment,
    lenient::{Focus, Text},
};

/// What somebody says of a picture.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MediaForm {
    description: Text,
    focus: Focus,
}

/// `POST /api/v2/media` and `POST /api/v1/media`. Pictures are ready at once, so both answer alike.
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    AnyUpload { form, mut files }: AnyUpload<MediaForm>,
) -> Result<Json<MediaAttachment>, ApiError> {
    let file = files.take("file").ok_or_else(|| ApiError::invalid("File can't be blank"))?.bytes;
    let (description, focus) = (form.description.given(), form.focus.given());
    let view = media::upload(&app.ctx, caller.account, file, description, focus).await?;
    Ok(Json(view.into()))
}

/// `GET /api/v1/media/{id}`
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<MediaId>,
) -> Result<Json<MediaAttachment>, ApiError> {
    let view = media::get(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}

/// `PUT /api/v1/media/{id}`
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<MediaId>,
    AnyBody(form): AnyBody<MediaForm>,
) -> Result<Json<MediaAttachment>, ApiError> {
    let (description, focus) = (form.description.raw(), form.focus.given());
    let view = media::describe(&app.ctx, caller.account, id, description, focus).await?;
    Ok(Json(view.into()))
}
