//! Tokens (<https://docs.joinmastodon.org/methods/oauth/>). The page that asks the person is the web door's.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use tintype_service::{
    accounts,
    oauth::{self, TokenRequest},
};

use crate::{
    ApiError, App, Caller, OAuthError,
    body::{OAuthBody, decode},
    entities::{Empty, OAuthServer, Token, UserInfo},
    lenient::Text,
};

/// What `/oauth/token` takes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TokenForm {
    grant_type: Text,
    client_id: Text,
    client_secret: Text,
    code: Text,
    redirect_uri: Text,
    code_verifier: Text,
    scope: Text,
}

/// What `/oauth/revoke` takes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RevocationForm {
    client_id: Text,
    client_secret: Text,
    token: Text,
}

/// Tokens are kept nowhere on their way (RFC 6749 §5.1).
type NotKept<T> = ([(HeaderName, HeaderValue); 2], Json<T>);

/// `POST /oauth/token`
pub async fn token(
    State(app): State<App>,
    headers: HeaderMap,
    OAuthBody(form): OAuthBody<TokenForm>,
) -> Result<NotKept<Token>, OAuthError> {
    let (client_id, client_secret) = client(&headers, form.client_id, form.client_secret)?;
    let request = TokenRequest {
        grant_type: form.grant_type.given().unwrap_or_default(),
        client_id,
        client_secret,
        code: form.code.given(),
        redirect_uri: form.redirect_uri.given(),
        code_verifier: form.code_verifier.given(),
        scope: form.scope.given(),
    };
    Ok(not_kept(oauth::exchange(&app.ctx, &request).await?.into()))
}

/// `POST /oauth/revoke` (RFC 7009)
pub async fn revoke(
    State(app): State<App>,
    headers: HeaderMap,
    OAuthBody(form): OAuthBody<RevocationForm>,
) -> Result<Json<Empty>, OAuthError> {
    let (client_id, client_secret) = client(&headers, form.client_id, form.client_secret)?;
    let token = form.token.need("token")?;
    oauth::revoke(&app.ctx, &client_id, client_secret.as_deref(), &token).await?;
    Ok(Json(Empty {}))
}

/// `GET /oauth/userinfo` and `POST /oauth/userinfo`
pub async fn userinfo(State(app): State<App>, caller: Caller) -> Result<Json<UserInfo>, ApiError> {
    let view = accounts::get(&app.ctx, caller.account).await?;
    Ok(Json(UserInfo::new(&app.ctx.site, view)))
}

/// `GET /.well-known/oauth-authorization-server` (RFC 8414)
pub async fn server(State(app): State<App>) -> Json<OAuthServer> {
    Json(OAuthServer::of(&app.ctx.site))
}

fn not_kept<T>(body: T) -> NotKept<T> {
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (headers, Json(body))
}

/// The client's id and secret: from `Authorization: Basic`, whose parts are form-encoded (RFC 6749 §2.3.1), or from the
/// body.
fn client(headers: &HeaderMap, id: Text, secret: Text) -> Result<(String, Option<String>), OAuthError> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let basic = value
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let Some((_, encoded)) = basic else {
        return Ok((id.given().unwrap_or_default(), secret.given()));
    };
    let unreadable = || OAuthError::InvalidRequest("The client's credentials can't be read".to_owned());
    let pair = STANDARD.decode(encoded.trim()).map_err(|_| unreadable())?;
    let mut halves = pair.splitn(2, |byte| *byte == b':').map(decode);
    match (halves.next().flatten(), halves.next().flatten()) {
        (Some(id), Some(secret)) => Ok((id, Some(secret))),
        _ => Err(unreadable()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn clients_prove_themselves_in_two_ways() {
        let text = |text: &str| from_value::<Text>(json!(text)).unwrap();
        let ask = |authorization: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(value) = authorization {
                headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            }
            client(&headers, text("in-body"), text("secret"))
        };
        let found = |id: &str, secret: &str| Ok((id.to_owned(), Some(secret.to_owned())));
        assert_eq!(ask(None), found("in-body", "secret"));
        assert_eq!(ask(Some("Bearer x")), found("in-body", "secret"));
        let basic = |pair: &str| ask(Some(&format!("basic {}", STANDARD.encode(pair))));
        assert_eq!(basic("id:se%3Acret"), found("id", "se:cret"));
        for bad in [basic("no colon"), ask(Some("Basic ???"))] {
            assert!(matches!(bad, Err(OAuthError::InvalidRequest(_))));
        }
    }
}
