//! Client applications, which register themselves.

use std::collections::BTreeSet;

use tintype_model::{AppId, Millis, Scopes, secret};
use tintype_store::oauth::OauthApp;
use url::Url;

use super::{OauthError, redirect};
use crate::{Ctx, Error, Result};

/// Characters of an app's name.
const NAME: usize = 60;
/// Redirect URIs of one app.
const REDIRECTS: usize = 20;

/// A registered app, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    pub id: AppId,
    /// Public.
    pub client_id: String,
    pub name: String,
    pub website: Option<String>,
    /// Never empty.
    pub redirect_uris: Vec<String>,
    /// What its tokens may be given at most.
    pub scopes: Scopes,
    pub created_at: Millis,
}

/// What an app says of itself.
#[derive(Debug, Clone)]
pub struct NewApp {
    pub name: String,
    /// Each may hold several, with white space between them.
    pub redirect_uris: Vec<String>,
    pub scopes: Scopes,
    pub website: Option<String>,
}

/// An app and the secret that is told once.
#[derive(Debug, Clone)]
pub struct RegisteredApp {
    pub app: App,
    pub client_secret: String,
}

/// Registers an app: `POST /api/v1/apps`.
pub async fn register_app(ctx: &Ctx, new: NewApp) -> Result<RegisteredApp> {
    let name = new.name.trim().to_owned();
    if name.is_empty() {
        return Err(Error::field("client_name", "ERR_BLANK", "Application name can't be blank"));
    }
    if name.chars().count() > NAME || name.chars().any(char::is_control) {
        let text = format!("Application name is too long (maximum is {NAME} characters)");
        return Err(Error::field("client_name", "ERR_TOO_LONG", text));
    }
    let redirect_uris = redirect_uris(&new.redirect_uris)?;
    let website = new.website.map(|w| w.trim().to_owned()).filter(|w| !w.is_empty());
    if website.as_deref().is_some_and(|w| !is_page(w)) {
        return Err(Error::field("website", "ERR_INVALID", "Application website must be a valid URL"));
    }
    let client_secret = secret::token();
    let row = OauthApp {
        id: ctx.ids.next(),
        client_id: secret::token(),
        client_secret_hash: secret::fingerprint(&client_secret),
        name,
        website,
        redirect_uris: redirect_uris.join("\n"),
        scopes: new.scopes.to_string(),
        created_at: ctx.now(),
    };
    let mut tx = ctx.store.begin().await?;
    tx.insert_oauth_app(&row).await?;
    tx.commit().await?;
    Ok(RegisteredApp { app: read(row)?, client_secret })
}

/// A registered app.
pub async fn app(ctx: &Ctx, id: AppId) -> Result<App> {
    let row = ctx.store.read().await?.oauth_app(id).await?.ok_or(Error::NotFound)?;
    read(row)
}

/// The app that knows its own secret. Whatever is wrong, the answer is the same.
pub(super) async fn authentic(
    ctx: &Ctx,
    client_id: &str,
    client_secret: Option<&str>,
) -> Result<App, OauthError> {
    let row = by_client_id(ctx, client_id).await?;
    let given = secret::fingerprint(client_secret.unwrap_or_default());
    match row {
        Some(row) if secret::same(&row.client_secret_hash, &given) => Ok(read(row)?),
        _ => Err(OauthError::invalid_client()),
    }
}

/// The row of a client id, whatever text that is.
pub(super) async fn by_client_id(ctx: &Ctx, client_id: &str) -> Result<Option<OauthApp>> {
    if client_id.contains('\0') {
        return Ok(None);
    }
    Ok(ctx.store.read().await?.oauth_app_by_client_id(client_id).await?)
}

/// A row as the app that it means.
pub(super) fn read(row: OauthApp) -> Result<App> {
    let scopes =
        row.scopes.parse().map_err(|e| Error::Internal(format!("the scopes of app {}: {e}", row.id)))?;
    Ok(App {
        id: row.id,
        client_id: row.client_id,
        name: row.name,
        website: row.website,
        redirect_uris: row.redirect_uris.lines().map(str::to_owned).collect(),
        scopes,
        created_at: row.created_at,
    })
}

fn redirect_uris(given: &[String]) -> Result<Vec<String>> {
    let mut seen = BTreeSet::new();
    let uris: Vec<String> = given
        .iter()
        .flat_map(|g| g.split_whitespace())
        .filter(|u| seen.insert(*u))
        .map(str::to_owned)
        .collect();
    if uris.is_empty() {
        return Err(Error::field("redirect_uris", "ERR_BLANK", "Redirect URI can't be blank"));
    }
    if uris.len() > REDIRECTS || !uris.iter().all(|uri| redirect::is_acceptable(uri)) {
        return Err(Error::field(
            "redirect_uris",
            "ERR_INVALID",
            "Redirect URI must be an absolute and safe URI",
        ));
    }
    Ok(uris)
}

/// Whether a text is the address of a web page.
fn is_page(text: &str) -> bool {
    text.len() <= 2000
        && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
