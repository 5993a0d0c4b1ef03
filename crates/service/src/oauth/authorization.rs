//! The authorization endpoint: what an app asks for, and what a person lets it do.

use std::time::Duration;

use tintype_model::{AccountId, Scopes, secret};
use tintype_store::oauth::OauthCode;

use super::{App, OauthError, apps, redirect};
use crate::{Ctx, Result, sessions};

/// How long a code may wait to be exchanged (RFC 6749 §4.1.2 recommends ten minutes at the most).
const CODE_LIFETIME: Duration = Duration::from_mins(10);

/// The parameters of `/oauth/authorize`, as they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorizationRequest {
    pub client_id: String,
    pub redirect_uri: String,
    pub response_type: String,
    /// With spaces between them; `None`: `read`.
    pub scope: Option<String>,
    pub state: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
}

/// A request that a person may agree to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub app: App,
    /// What the app asks for.
    pub scopes: Scopes,
    redirect_uri: String,
    state: Option<String>,
    code_challenge: Option<String>,
}

impl Consent {
    /// Where the browser goes with a code; `None`: nowhere, the code is shown to the person.
    pub fn accepted(&self, code: &str) -> Option<String> {
        back(&self.redirect_uri, self.state.as_deref(), &[("code", code)])
    }

    /// Where the browser goes when the person said no; `None`: nowhere.
    pub fn denied(&self) -> Option<String> {
        let parameters =
            [("error", "access_denied"), ("error_description", "The resource owner denied the request.")];
        back(&self.redirect_uri, self.state.as_deref(), &parameters)
    }

    /// The redirect URI, for the page to name who is asking.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }
}

/// Checks what an app asks for. An error with `redirect` may be sent back to the app; one without it is for the person
/// alone, because the address isn't known to be the app's.
pub async fn check_authorization(ctx: &Ctx, request: &AuthorizationRequest) -> Result<Consent, OauthError> {
    let app = apps::by_client_id(ctx, &request.client_id).await?.ok_or_else(OauthError::invalid_client)?;
    let app = apps::read(app)?;
    if !app.redirect_uris.contains(&request.redirect_uri) {
        return Err(OauthError::invalid_request(
            "The requested redirect uri is malformed or doesn't match client redirect URI",
        ));
    }
    let checked = scopes(&app.scopes, request.scope.as_deref())
        .and_then(|scopes| Ok((scopes, challenge(request)?)))
        .and_then(|found| match request.response_type.as_str() {
            "code" => Ok(found),
            _ => Err(OauthError::new(
                "unsupported_response_type",
                400,
                "The authorization server does not support this response type",
            )),
        });
    match checked {
        Ok((scopes, code_challenge)) => Ok(Consent {
            app,
            scopes,
            redirect_uri: request.redirect_uri.clone(),
            state: request.state.clone(),
            code_challenge,
        }),
        Err(error) => {
            let parameters = [("error", error.error), ("error_description", error.description)];
            let redirect = back(&request.redirect_uri, request.state.as_deref(), &parameters);
            Err(OauthError { redirect, ..error })
        }
    }
}

/// Gives out a code for what a person agreed to.
pub async fn grant(ctx: &Ctx, account: AccountId, consent: &Consent) -> Result<String> {
    sessions::may_sign_in(ctx, account).await?;
    let (code, now) = (secret::token(), ctx.now());
    let row = OauthCode {
        code_hash: secret::fingerprint(&code),
        app_id: consent.app.id,
        account_id: account,
        redirect_uri: consent.redirect_uri.clone(),
        scopes: consent.scopes.to_string(),
        code_challenge: consent.code_challenge.clone(),
        created_at: now,
        expires_at: now.plus(CODE_LIFETIME),
        used_at: None,
    };
    let mut tx = ctx.store.begin().await?;
    tx.insert_oauth_code(&row).await?;
    tx.commit().await?;
    Ok(code)
}

/// The scopes that are asked for, if the app registered them. Without a word: `read`, or what the app has instead.
pub(super) fn scopes(registered: &Scopes, asked: Option<&str>) -> Result<Scopes, OauthError> {
    let asked = asked.map(str::trim).filter(|asked| !asked.is_empty());
    let Some(asked) = asked else {
        let read = Scopes::read();
        return Ok(if registered.cover(&read) { read } else { registered.clone() });
    };
    match asked.parse::<Scopes>() {
        Ok(scopes) if registered.cover(&scopes) => Ok(scopes),
        _ => Err(OauthError::invalid_scope()),
    }
}

/// The PKCE challenge (RFC 7636 §4.3), if there is one: S256 only, whose absence means `plain`.
fn challenge(request: &AuthorizationRequest) -> Result<Option<String>, OauthError> {
    let given = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
    match (given(&request.code_challenge), given(&request.code_challenge_method)) {
        (None, None) => Ok(None),
        (Some(challenge), Some(method)) if method == "S256" && is_s256(&challenge) => Ok(Some(challenge)),
        _ => Err(OauthError::invalid_request("The code challenge method must be S256")),
    }
}

/// Whether a text can be a SHA-256 in base64url.
fn is_s256(challenge: &str) -> bool {
    challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn back(uri: &str, state: Option<&str>, parameters: &[(&str, &str)]) -> Option<String> {
    let mut all = parameters.to_vec();
    all.extend(state.map(|state| ("state", state)));
    redirect::with(uri, &all)
}
