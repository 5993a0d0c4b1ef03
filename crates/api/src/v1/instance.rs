//! The instance, as older clients read it (<https://docs.joinmastodon.org/methods/instance/#v1>).

use axum::{Json, extract::State};
use tintype_service::instance;

use crate::{ApiError, App, entities::InstanceV1};

/// `GET /api/v1/instance`
pub async fn show(State(app): State<App>) -> Result<Json<InstanceV1>, ApiError> {
    let stats = instance::stats(&app.ctx).await?;
    let contact = instance::contact(&app.ctx).await?;
    Ok(Json(InstanceV1::new(&app.ctx, stats, contact)))
}
