//! OAuth 2.0 as Mastodon serves it (<https://docs.joinmastodon.org/spec/oauth/>): apps register themselves, people let
//! them in, tokens don't expire and are revoked. Grants: authorization code (PKCE with S256) and client credentials.
//!
//! Client secrets, codes and tokens are kept as fingerprints only.

mod apps;
mod authorization;
mod error;
mod redirect;
mod tokens;

pub use apps::{App, NewApp, RegisteredApp, app, register_app};
pub use authorization::{AuthorizationRequest, Consent, check_authorization, grant};
pub use error::OauthError;
pub use redirect::OOB;
pub use tokens::{
    AuthorizedView, Caller, IssuedToken, TokenRequest, authenticate, authorized, exchange, issue, issue_for,
    revoke, revoke_own, tidy,
};

#[cfg(test)]
mod tests;
