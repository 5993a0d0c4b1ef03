//! Who gets in. The route table states what a route asks for; [`enforce`] wraps every route and is the only place that
//! looks at tokens. Handlers get what it hands on: a [`Caller`], an `Option<Caller>` or a [`Grant`].

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts, OptionalFromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tintype_model::{AccountId, AppId, Role, Scopes, TokenId};
use tintype_service::{Ctx, oauth};

use crate::{
    ApiError, App,
    body::{MAX_PARAMETERS, broken_off, decode},
    error::{INVALID_TOKEN, NOT_ALLOWED},
    limits::{self, Asking},
    route::{Auth, Row},
};

/// Where the meaning of access tokens comes from.
#[async_trait]
pub trait Grants: Send + Sync {
    /// What this token opens. One that opens nothing is [`ApiError::Token`]; one whose person can't act at the moment is
    /// [`ApiError::Forbidden`].
    async fn grant(&self, token: &str) -> Result<Grant, ApiError>;
}

/// The access tokens of an instance.
#[derive(Debug, Clone)]
pub struct Tokens(pub Ctx);

#[async_trait]
impl Grants for Tokens {
    async fn grant(&self, token: &str) -> Result<Grant, ApiError> {
        let found = oauth::authenticate(&self.0, token).await?;
        let person = found.account.zip(found.role).map(|(account, role)| Person { account, role });
        Ok(Grant { token: found.token, app: found.app, scopes: found.scopes, person })
    }
}

/// What an access token opens: an app's own token has no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The token.
    pub token: TokenId,
    /// The app it was given to.
    pub app: AppId,
    /// How far it reaches.
    pub scopes: Scopes,
    /// Whose it is.
    pub person: Option<Person>,
}

/// The person behind a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their account.
    pub account: AccountId,
    /// Their role.
    pub role: Role,
}

/// The signed-in person who asks, let in by the route's row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Their account.
    pub account: AccountId,
    /// Their role.
    pub role: Role,
    /// The token they came with.
    pub token: TokenId,
    /// The app they came with.
    pub app: AppId,
    /// What the token reaches.
    pub scopes: Scopes,
}

/// What [`enforce`] guards one route with.
#[derive(Clone)]
pub struct Gate {
    /// For the grants.
    pub app: App,
    /// What the route asks for.
    pub row: Row,
}

/// The text of an access token, for those who must ask again later whether it still holds.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Bearer(pub String);

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer(…)")
    }
}

/// Lets a request through to its handler, or answers it. Hands on [`Row`], [`Grant`], [`Caller`] and [`Bearer`] as
/// extensions. Every request is counted, whatever becomes of it.
pub async fn enforce(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(gate.row);
    let now = gate.app.ctx.now();
    let address = limits::address(&request);
    let pages = limits::pages(request.uri().query().unwrap_or_default());
    let (entered, grant) = enter(&gate, request).await;
    let asking = Asking { grant: grant.as_ref(), address, pages };
    let budget = gate.app.limits.count(now, gate.row.rate, asking).await;
    let mut response = match (budget, entered) {
        (Some(budget), _) if !budget.admits() => budget.refusal(now),
        (_, Err(error)) => error.into_response(),
        (_, Ok(request)) => next.run(request).await,
    };
    if let Some(budget) = budget {
        budget.tell(&mut response);
    }
    if gate.row.auth != Auth::Public {
        tell_caches(response.headers_mut());
    }
    response
}

/// What depends on who asks is nobody else's, not even what is the same for everybody today.
fn tell_caches(headers: &mut HeaderMap) {
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    headers.append(header::VARY, HeaderValue::from_static("Authorization"));
}

/// The request with what its token opens among its extensions, or why it may not go on; and what the token opens.
async fn enter(gate: &Gate, request: Request) -> (Result<Request, ApiError>, Option<Grant>) {
    if gate.row.auth == Auth::Public {
        return (Ok(request), None);
    }
    let (token, mut request) = match presented(request).await {
        Ok(found) => found,
        Err(error) => return (Err(error), None),
    };
    let Some(token) = token else { return (admit(&gate.row, None).map(|_| request), None) };
    let grant = match gate.app.grants.grant(&token).await {
        Ok(grant) => grant,
        Err(error) => return (Err(error), None),
    };
    match admit(&gate.row, Some(&grant)) {
        Err(error) => return (Err(error), Some(grant)),
        Ok(None) => {}
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller);
        }
    }
    request.extensions_mut().insert(grant.clone());
    request.extensions_mut().insert(Bearer(token));
    (Ok(request), Some(grant))
}

/// Whether a row lets a grant in, and as whom. The order of the checks is the order of the answers.
fn admit(row: &Row, grant: Option<&Grant>) -> Result<Option<Caller>, ApiError> {
    let Some(grant) = grant else {
        return match row.auth {
            Auth::Public | Auth::OptionalUser => Ok(None),
            Auth::App | Auth::User => Err(ApiError::Token(INVALID_TOKEN)),
        };
    };
    if !row.scopes.is_empty() && !row.scopes.iter().any(|scope| grant.scopes.allow(scope)) {
        return Err(ApiError::Scope);
    }
    let Some(person) = &grant.person else {
        return if row.auth == Auth::User { Err(ApiError::UserRequired) } else { Ok(None) };
    };
    // Roles are declared highest first.
    if row.role.is_some_and(|least| person.role as u8 > least as u8) {
        return Err(ApiError::Forbidden(NOT_ALLOWED));
    }
    Ok(Some(Caller {
        account: person.account,
        role: person.role,
        token: grant.token,
        app: grant.app,
        scopes: grant.scopes.clone(),
    }))
}

/// The token of a request: `Authorization: Bearer`, else `access_token` in the query string, else (of a WebSocket) the
/// name of the protocol, else `access_token` in a form body (RFC 6750 §2). A form that was read for it is put back.
async fn presented(request: Request) -> Result<(Option<String>, Request), ApiError> {
    if let Some(token) = bearer(request.headers().get(header::AUTHORIZATION)) {
        return Ok((Some(token), request));
    }
    if let Some(token) = pair(request.uri().query().unwrap_or_default().as_bytes()) {
        return Ok((Some(token), request));
    }
    if let Some(token) = protocol(request.headers()) {
        return Ok((Some(token), request));
    }
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|claimed| claimed.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if !is_form {
        return Ok((None, request));
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, MAX_PARAMETERS).await.map_err(|error| broken_off(&error))?;
    let token = pair(&bytes);
    Ok((token, Request::from_parts(parts, Body::from(bytes))))
}

fn bearer(value: Option<&HeaderValue>) -> Option<String> {
    let (scheme, token) = value?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

/// Browsers let a page set no other header of a WebSocket
/// (<https://docs.joinmastodon.org/methods/streaming/#authorization>).
fn protocol(headers: &HeaderMap) -> Option<String> {
    let upgrade = headers.get(header::UPGRADE)?.to_str().ok()?;
    if !upgrade.eq_ignore_ascii_case("websocket") {
        return None;
    }
    let first = headers.get(header::SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?.split(',').next()?.trim();
    (!first.is_empty()).then(|| first.to_owned())
}

fn pair(urlencoded: &[u8]) -> Option<String> {
    urlencoded
        .split(|b| *b == b'&')
        .find_map(|pair| pair.strip_prefix(b"access_token="))
        .and_then(decode)
        .filter(|token| !token.is_empty())
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        // Missing only where the row doesn't ask for a person: shut then, not open.
        parts.extensions.get().cloned().ok_or(ApiError::Token(INVALID_TOKEN))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, ApiError> {
        Ok(parts.extensions.get().cloned())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get().cloned().ok_or(ApiError::Token(INVALID_TOKEN))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Grant {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get().cloned().ok_or(ApiError::Token(INVALID_TOKEN))
    }
}

#[cfg(test)]
mod tests;
