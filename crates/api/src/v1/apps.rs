//! Client applications (<https://docs.joinmastodon.org/methods/apps/>).

use axum::{Json, extract::State};
use serde::Deserialize;
use tintype_model::Scopes;
use tintype_service::oauth::{self, NewApp};

use crate::{
    AnyBody, ApiError, App, Grant,
    entities::{Application, CredentialApplication},
    lenient::{Many, Text},
};

/// What an app says of itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AppForm {
    client_name: Text,
    redirect_uris: Many<Text>,
    scopes: Many<Text>,
    website: Text,
}

impl AppForm {
    fn app(self) -> Result<NewApp, ApiError> {
        let scopes: Scopes = self.scopes.texts().join(" ").parse().map_err(ApiError::invalid)?;
        Ok(NewApp {
            name: self.client_name.raw().unwrap_or_default(),
            redirect_uris: self.redirect_uris.texts(),
            scopes,
            website: self.website.given(),
        })
    }
}

/// `POST /api/v1/apps`
pub async fn create(
    State(app): State<App>,
    AnyBody(form): AnyBody<AppForm>,
) -> Result<Json<CredentialApplication>, ApiError> {
    let registered = oauth::register_app(&app.ctx, form.app()?).await?;
    Ok(Json(registered.into()))
}

/// `GET /api/v1/apps/verify_credentials`
pub async fn verify_credentials(State(app): State<App>, grant: Grant) -> Result<Json<Application>, ApiError> {
    let registered = oauth::app(&app.ctx, grant.app).await?;
    Ok(Json(registered.into()))
}
