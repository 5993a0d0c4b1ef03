//! Access tokens: given for a code or to an app alone, presented, revoked.

use std::time::Duration;

use tintype_model::{AccountId, AppId, Millis, Role, Scopes, TokenId, secret};
use tintype_store::{
    Tx,
    oauth::{OauthCode, OauthToken, PresentedToken},
};

use super::{App, NewApp, OOB, OauthError, apps, authorization, register_app};
use crate::{
    Ctx, Error, Hint, Result,
    sessions::{self, DISABLED, HOUR, PENDING, UNCONFIRMED},
};

/// How long a used code is remembered after its time.
const CODE_MEMORY: Duration = Duration::from_hours(24);

/// The parameters of `/oauth/token`, with the client's credentials from wherever they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TokenRequest {
    pub grant_type: String,
    pub client_id: String,
    pub client_secret: Option<String>,
    pub code: Option<String>,
    pub redirect_uri: Option<String>,
    pub code_verifier: Option<String>,
    pub scope: Option<String>,
}

/// A token that was given out; its text is told once.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedToken {
    pub access_token: String,
    pub scopes: Scopes,
    pub created_at: Millis,
}

/// Who presents a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub token: TokenId,
    pub app: AppId,
    /// `None`: the app alone.
    pub account: Option<AccountId>,
    pub role: Option<Role>,
    pub scopes: Scopes,
}

/// An app that a person has let in, by one of its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizedView {
    pub token: TokenId,
    /// The app's name.
    pub app: String,
    /// The app's.
    pub website: Option<String>,
    pub scopes: Scopes,
    pub created_at: Millis,
    /// To the hour.
    pub last_used_at: Millis,
}

/// Gives out a token: `POST /oauth/token`.
pub async fn exchange(ctx: &Ctx, request: &TokenRequest) -> Result<IssuedToken, OauthError> {
    let app = apps::authentic(ctx, &request.client_id, request.client_secret.as_deref()).await?;
    match request.grant_type.as_str() {
        "authorization_code" => for_code(ctx, &app, request).await,
        "client_credentials" => {
            let scopes = authorization::scopes(&app.scopes, request.scope.as_deref())?;
            let mut tx = ctx.store.begin().await?;
            let issued = insert(ctx, &mut tx, app.id, None, scopes, None).await?;
            tx.commit().await?;
            Ok(issued)
        }
        "" => Err(OauthError::invalid_request("Missing required parameter: grant_type.")),
        _ => Err(OauthError::new(
            "unsupported_grant_type",
            400,
            "The authorization grant type is not supported by the authorization server.",
        )),
    }
}

async fn for_code(ctx: &Ctx, app: &App, request: &TokenRequest) -> Result<IssuedToken, OauthError> {
    let code = request.code.as_deref().filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| OauthError::invalid_request("Missing required parameter: code."))?;
    let (hash, now) = (secret::fingerprint(code), ctx.now());
    let mut tx = ctx.store.begin().await?;
    let Some(row) = tx.oauth_code(&hash).await? else { return Err(OauthError::invalid_grant()) };
    if row.used_at.is_some() {
        // Two hold this code; one of them isn't whom it was given to (RFC 6749 §4.1.2).
        let revoked = tx.revoke_tokens_of_code(&hash, now).await?;
        tx.commit().await?;
        tracing::warn!(app.id = %app.id, revoked, "an authorization code came twice");
        return Err(OauthError::invalid_grant());
    }
    let fits = row.app_id == app.id
        && row.expires_at > now
        && request.redirect_uri.as_deref().is_some_and(|uri| uri == row.redirect_uri)
        && verifier_fits(&row, request.code_verifier.as_deref());
    if !fits || !tx.use_oauth_code(&hash, now).await? {
        return Err(OauthError::invalid_grant());
    }
    let scopes = parse(&row.scopes)?;
    let issued = insert(ctx, &mut tx, app.id, Some(row.account_id), scopes, Some(hash)).await?;
    // Who was locked out since then, or waits to be let in, gets nothing, and the code stays unused.
    let mut reader = tx.read();
    let user = reader.user(row.account_id).await?;
    sessions::may_act(user.as_ref(), reader.account(row.account_id).await?.as_ref()).map_err(|error| {
        match error {
            Error::Forbidden(text) => OauthError::new("access_denied", 403, text),
            other => other.into(),
        }
    })?;
    tx.commit().await?;
    Ok(issued)
}

/// PKCE with S256 (RFC 7636 §4.6). A verifier without a challenge is refused as well: somebody took the challenge away.
fn verifier_fits(code: &OauthCode, verifier: Option<&str>) -> bool {
    let verifier = verifier.filter(|verifier| !verifier.is_empty());
    match (&code.code_challenge, verifier) {
        (None, None) => true,
        // A token's fingerprint is the very transformation that S256 names: base64url of SHA-256.
        (Some(challenge), Some(verifier)) => secret::same(challenge, &secret::fingerprint(verifier)),
        _ => false,
    }
}

/// Revokes a token: `POST /oauth/revoke` (RFC 7009). An unknown or revoked one is fine.
pub async fn revoke(
    ctx: &Ctx,
    client_id: &str,
    client_secret: Option<&str>,
    token: &str,
) -> Result<(), OauthError> {
    let unauthorized =
        || OauthError::new("unauthorized_client", 403, "You are not authorized to revoke this token");
    let app = apps::authentic(ctx, client_id, client_secret)
        .await
        .map_err(|error| if error.error == "invalid_client" { unauthorized() } else { error })?;
    let found = ctx.store.read().await?.presented_token(&secret::fingerprint(token)).await?;
    let Some(found) = found else { return Ok(()) };
    if found.app_id != app.id {
        return Err(unauthorized());
    }
    let mut tx = ctx.store.begin().await?;
    tx.revoke_oauth_token(found.id, ctx.now()).await?;
    tx.commit().await?;
    if let Some(who) = found.account_id {
        ctx.events.hint(Hint::Account(who));
    }
    Ok(())
}

/// The apps that a person has let in, the latest first.
pub async fn authorized(ctx: &Ctx, who: AccountId) -> Result<Vec<AuthorizedView>> {
    let rows = ctx.store.read().await?.tokens_of(who).await?;
    rows.into_iter()
        .map(|row| {
            Ok(AuthorizedView {
                token: row.id,
                app: row.app,
                website: row.website,
                scopes: parse(&row.scopes)?,
                created_at: row.created_at,
                last_used_at: row.last_used_at,
            })
        })
        .collect()
}

/// Revokes one of the tokens that a person has given to apps. `NotFound` for others.
pub async fn revoke_own(ctx: &Ctx, who: AccountId, token: TokenId) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    if !tx.revoke_token_of(who, token, ctx.now()).await? {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    ctx.events.hint(Hint::Account(who));
    Ok(())
}

/// Who presents this token.
///
/// Errors: `Unauthorized` for a token that opens nothing, `Forbidden` for a person who may not act now, both in the words
/// of the Mastodon API.
pub async fn authenticate(ctx: &Ctx, bearer: &str) -> Result<Caller> {
    let found = ctx.store.read().await?.presented_token(&secret::fingerprint(bearer)).await?;
    let Some(found) = found else { return Err(Error::Unauthorized("The access token is invalid")) };
    if found.revoked_at.is_some() {
        return Err(Error::Unauthorized("The access token was revoked"));
    }
    if found.account_id.is_some() {
        may_act(&found)?;
    }
    let now = ctx.now();
    if found.last_used_at.plus(HOUR) <= now
        && let Err(error) = touch(ctx, &found, now).await
    {
        // Telling when a token was used is not worth refusing it.
        tracing::warn!(%error, "the use of a token was not noted");
    }
    Ok(Caller {
        token: found.id,
        app: found.app_id,
        account: found.account_id,
        role: found.role,
        scopes: parse(&found.scopes)?,
    })
}

fn may_act(token: &PresentedToken) -> Result<()> {
    match (token.approved, token.disabled) {
        // Hidden until then, which is no reason of its own.
        (Some(false), Some(false)) => Err(Error::Forbidden(PENDING)),
        (Some(true), Some(false)) if token.active => {
            if token.confirmed {
                Ok(())
            } else {
                Err(Error::Forbidden(UNCONFIRMED))
            }
        }
        _ => Err(Error::Forbidden(DISABLED)),
    }
}

async fn touch(ctx: &Ctx, token: &PresentedToken, now: Millis) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    tx.touch_oauth_token(token.id, now).await?;
    if let Some(account) = token.account_id {
        tx.touch_user(account, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Gives out a token for a person to an app that has just registered them (`POST /api/v1/accounts`).
pub async fn issue_for(ctx: &Ctx, app: AppId, account: AccountId, scopes: Scopes) -> Result<IssuedToken> {
    let mut tx = ctx.store.begin().await?;
    if tx.read().user(account).await?.is_none() || tx.read().oauth_app(app).await?.is_none() {
        return Err(Error::NotFound);
    }
    let issued = insert(ctx, &mut tx, app, Some(account), scopes, None).await?;
    tx.commit().await?;
    Ok(issued)
}

/// Gives out a token to an app made for it alone: the command line's way. The token's text.
pub async fn issue(ctx: &Ctx, account: AccountId, scopes: Scopes, app_name: &str) -> Result<String> {
    let new = NewApp {
        name: app_name.to_owned(),
        redirect_uris: vec![OOB.to_owned()],
        scopes: scopes.clone(),
        website: None,
    };
    let app = register_app(ctx, new).await?.app;
    Ok(issue_for(ctx, app.id, account, scopes).await?.access_token)
}

/// Forgets codes that nobody will ask about any more: upkeep.
pub async fn tidy(ctx: &Ctx) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    tx.delete_oauth_codes(ctx.now().minus(CODE_MEMORY)).await?;
    tx.commit().await?;
    Ok(())
}

async fn insert(
    ctx: &Ctx,
    tx: &mut Tx,
    app: AppId,
    account: Option<AccountId>,
    scopes: Scopes,
    code_hash: Option<String>,
) -> Result<IssuedToken> {
    let (access_token, now) = (secret::token(), ctx.now());
    let row = OauthToken {
        id: ctx.ids.next(),
        token_hash: secret::fingerprint(&access_token),
        app_id: app,
        account_id: account,
        scopes: scopes.to_string(),
        code_hash,
        created_at: now,
        last_used_at: now,
        revoked_at: None,
    };
    tx.insert_oauth_token(&row).await?;
    Ok(IssuedToken { access_token, scopes, created_at: now })
}

fn parse(scopes: &str) -> Result<Scopes> {
    scopes.parse().map_err(|e| Error::Internal(format!("stored scopes: {e}")))
}
