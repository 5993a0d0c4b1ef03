//! <https://docs.joinmastodon.org/entities/Token/>, <https://docs.joinmastodon.org/methods/oauth/>

use serde::Serialize;
use tintype_model::{Scopes, Site};
use tintype_service::{oauth::IssuedToken, views::AccountView};

/// An access token, shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Token {
    /// The token.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// With spaces between them.
    pub scope: String,
    /// Unix time in seconds.
    pub created_at: i64,
}

/// What OpenID Connect calls claims, of the person behind a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct UserInfo {
    /// The base URL of this server.
    pub iss: String,
    /// The account's identity, its actor URI.
    pub sub: String,
    /// The display name.
    pub name: String,
    /// The name.
    pub preferred_username: String,
    /// The profile page.
    pub profile: String,
    /// The avatar.
    pub picture: String,
}

/// What this server's OAuth can do (RFC 8414, with the registration endpoint that Mastodon adds).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct OAuthServer {
    /// The base URL, with a slash at its end.
    pub issuer: String,
    /// A page that says how to use it.
    pub service_documentation: String,
    /// The page that asks the person.
    pub authorization_endpoint: String,
    /// Where codes become tokens.
    pub token_endpoint: String,
    /// Where clients register.
    pub app_registration_endpoint: String,
    /// Where tokens end.
    pub revocation_endpoint: String,
    /// Where [`UserInfo`] is.
    pub userinfo_endpoint: String,
    /// Every scope.
    pub scopes_supported: &'static [&'static str],
    /// `code`.
    pub response_types_supported: &'static [&'static str],
    /// `query`.
    pub response_modes_supported: &'static [&'static str],
    /// How tokens are got.
    pub grant_types_supported: &'static [&'static str],
    /// How clients prove themselves.
    pub token_endpoint_auth_methods_supported: &'static [&'static str],
    /// `S256` and nothing weaker.
    pub code_challenge_methods_supported: &'static [&'static str],
}

impl From<IssuedToken> for Token {
    fn from(issued: IssuedToken) -> Self {
        Self {
            access_token: issued.access_token,
            token_type: "Bearer",
            scope: issued.scopes.to_string(),
            created_at: issued.created_at.seconds(),
        }
    }
}

impl UserInfo {
    /// Of an account here.
    pub fn new(site: &Site, view: AccountView) -> Self {
        let name = if view.display_name.is_empty() { view.username.clone() } else { view.display_name };
        Self {
            iss: site.page("/"),
            sub: view.uri,
            name,
            preferred_username: view.username,
            profile: view.url,
            picture: view.avatar,
        }
    }
}

impl OAuthServer {
    /// The server of this instance.
    pub fn of(site: &Site) -> Self {
        Self {
            issuer: site.page("/"),
            service_documentation: "https://docs.joinmastodon.org/".to_owned(),
            authorization_endpoint: site.page("/oauth/authorize"),
            token_endpoint: site.page("/oauth/token"),
            app_registration_endpoint: site.page("/api/v1/apps"),
            revocation_endpoint: site.page("/oauth/revoke"),
            userinfo_endpoint: site.page("/oauth/userinfo"),
            scopes_supported: Scopes::known(),
            response_types_supported: &["code"],
            response_modes_supported: &["query"],
            grant_types_supported: &["authorization_code", "client_credentials"],
            token_endpoint_auth_methods_supported: &["client_secret_basic", "client_secret_post"],
            code_challenge_methods_supported: &["S256"],
        }
    }
}
