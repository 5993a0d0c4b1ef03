//! The instance's custom emoji (<https://docs.joinmastodon.org/methods/custom_emojis/>).

use axum::{Json, extract::State};
use tintype_service::emojis;

use crate::{ApiError, App, entities::CustomEmoji};

/// `GET /api/v1/custom_emojis`
pub async fn list(State(app): State<App>) -> Result<Json<Vec<CustomEmoji>>, ApiError> {
    let all = emojis::list(&app.ctx).await?;
    Ok(Json(all.into_iter().map(CustomEmoji::from).collect()))
}
