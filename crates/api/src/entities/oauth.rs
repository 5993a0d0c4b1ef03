//! <https://docs.joinmastodon.org/entities/Token/>, <https://docs.joinmastodon.org/methods/oauth/>

use serde::Serialize;

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
