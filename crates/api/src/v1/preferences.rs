//! What a person chose for writing and reading (<https://docs.joinmastodon.org/methods/preferences/>).

use axum::{Json, extract::State};
use tintype_service::users;

use crate::{ApiError, App, Caller, entities::Preferences};

/// `GET /api/v1/preferences`
pub async fn show(State(app): State<App>, caller: Caller) -> Result<Json<Preferences>, ApiError> {
    let own = users::preferences(&app.ctx, caller.account).await?;
    Ok(Json(own.into()))
}
