//! <https://docs.joinmastodon.org/entities/Application/>

use serde::Serialize;
use tintype_service::oauth;

/// A registered client, as its token holders may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Application {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its page.
    pub website: Option<String>,
    /// What it registered for.
    pub scopes: Vec<String>,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// The same, one a line; for older clients.
    pub redirect_uri: String,
    /// The instance's Web Push key, empty without one; for older clients.
    pub vapid_key: String,
}

/// A registered client, as it sees itself when it registers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct CredentialApplication {
    /// What others see too.
    #[serde(flatten)]
    pub application: Application,
    /// Its OAuth name.
    pub client_id: String,
    /// Its OAuth secret, shown this once.
    pub client_secret: String,
    /// Unix time; `0`: never.
    pub client_secret_expires_at: i64,
}

impl From<oauth::App> for Application {
    fn from(app: oauth::App) -> Self {
        Self {
            id: app.id.to_string(),
            name: app.name,
            website: app.website,
            scopes: app.scopes.iter().map(str::to_owned).collect(),
            redirect_uri: app.redirect_uris.join("\n"),
            redirect_uris: app.redirect_uris,
            vapid_key: String::new(),
        }
    }
}

impl From<oauth::RegisteredApp> for CredentialApplication {
    fn from(registered: oauth::RegisteredApp) -> Self {
        Self {
            client_id: registered.app.client_id.clone(),
            application: registered.app.into(),
            client_secret: registered.client_secret,
            client_secret_expires_at: 0,
        }
    }
}
