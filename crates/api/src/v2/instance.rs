//! The instance (<https://docs.joinmastodon.org/methods/instance/#v2>).

use axum::{Json, extract::State};
use tintype_service::instance;

use crate::{ApiError, App, entities::Instance};

/// `GET /api/v2/instance`
pub async fn show(State(app): State<App>) -> Result<Json<Instance>, ApiError> {
    let stats = instance::stats(&app.ctx).await?;
    let contact = instance::contact(&app.ctx).await?;
    Ok(Json(Instance::new(&app.ctx, stats, contact)))
}
