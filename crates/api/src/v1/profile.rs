//! The pictures of one's own profile (<https://docs.joinmastodon.org/methods/profile/>).

use axum::{Json, extract::State};
use tintype_service::accounts;

use super::credentials;
use crate::{ApiError, App, Caller, entities::CredentialAccount};

/// `DELETE /api/v1/profile/avatar`
pub async fn remove_avatar(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<CredentialAccount>, ApiError> {
    accounts::remove_avatar(&app.ctx, caller.account).await?;
    credentials::show(&app, caller.account).await
}

/// `DELETE /api/v1/profile/header`
pub async fn remove_header(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<CredentialAccount>, ApiError> {
    accounts::remove_header(&app.ctx, caller.account).await?;
    credentials::show(&app, caller.account).await
}
