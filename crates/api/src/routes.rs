//! The one route table: everything that this door serves, and the only source of its router.
//!
//! A row states method, path, who gets in, which scopes, what comes out; then, where they differ from the usual, role
//! and rate class; then the handler.

use axum::Router;

use crate::{
    ApiError, App,
    route::{
        Auth::{App as AnyToken, OptionalUser, Public, User},
        RateClass, Route, Row, build, delete, get, patch, post, put,
    },
};

/// The router of the whole door.
pub fn router(app: &App) -> Router {
    build(app, routes())
}

/// The rows without their handlers, for tests and lists.
pub fn table() -> Vec<Row> {
    routes().iter().map(|route| route.row).collect()
}

/// Stands in for a handler that isn't written yet.
async fn pending() -> ApiError {
    ApiError::NotServed
}

#[rustfmt::skip] // One row, one line: the table is read by column.
fn routes() -> Vec<Route> {
    use RateClass::{OAuth, Paging, Removal, SignUp, Upload};
    vec![
        // Apps and OAuth
        post("/api/v1/apps", Public, &[], "CredentialApplication").rate(OAuth).by(pending),
        get("/api/v1/apps/verify_credentials", AnyToken, &[], "Application").by(pending),
        post("/oauth/token", Public, &[], "Token").rate(OAuth).by(pending),
        post("/oauth/revoke", Public, &[], "Empty").rate(OAuth).by(pending),
        get("/oauth/userinfo", User, &["profile"], "UserInfo").by(pending),
        post("/oauth/userinfo", User, &["profile"], "UserInfo").by(pending),
        get("/.well-known/oauth-authorization-server", Public, &[], "OAuthServer").by(pending),

        // The instance
        get("/api/v1/instance", Public, &[], "V1::Instance").by(pending),
        get("/api/v2/instance", Public, &[], "Instance").by(pending),

        // Accounts
        post("/api/v1/accounts", AnyToken, &["write:accounts"], "Token").rate(SignUp).by(pending),
        get("/api/v1/accounts/verify_credentials", User, &["profile", "read:accounts"], "CredentialAccount").by(pending),
        patch("/api/v1/accounts/update_credentials", User, &["write:accounts"], "CredentialAccount").by(pending),
        get("/api/v1/accounts/relationships", User, &["read:follows"], "[Relationship]").by(pending),
        get("/api/v1/accounts/lookup", OptionalUser, &["read:accounts"], "Account").by(pending),
        get("/api/v1/accounts/search", User, &["read:accounts"], "[Account]").by(pending),
        get("/api/v1/accounts/{id}", OptionalUser, &["read:accounts"], "Account").by(pending),
        get("/api/v1/accounts/{id}/statuses", OptionalUser, &["read:statuses"], "[Status]").rate(Paging).by(pending),
        get("/api/v1/accounts/{id}/followers", OptionalUser, &["read:accounts"], "[Account]").rate(Paging).by(pending),
        get("/api/v1/accounts/{id}/following", OptionalUser, &["read:accounts"], "[Account]").rate(Paging).by(pending),
        post("/api/v1/accounts/{id}/follow", User, &["write:follows"], "Relationship").by(pending),
        post("/api/v1/accounts/{id}/unfollow", User, &["write:follows"], "Relationship").by(pending),

        // Statuses
        post("/api/v1/statuses", User, &["write:statuses"], "Status").by(pending),
        get("/api/v1/statuses/{id}", OptionalUser, &["read:statuses"], "Status").by(pending),
        delete("/api/v1/statuses/{id}", User, &["write:statuses"], "Status").rate(Removal).by(pending),
        get("/api/v1/statuses/{id}/context", OptionalUser, &["read:statuses"], "Context").by(pending),
        post("/api/v1/statuses/{id}/favourite", User, &["write:favourites"], "Status").by(pending),
        post("/api/v1/statuses/{id}/unfavourite", User, &["write:favourites"], "Status").by(pending),
        post("/api/v1/statuses/{id}/reblog", User, &["write:statuses"], "Status").by(pending),
        post("/api/v1/statuses/{id}/unreblog", User, &["write:statuses"], "Status").rate(Removal).by(pending),
        get("/api/v1/statuses/{id}/favourited_by", OptionalUser, &["read:statuses"], "[Account]").rate(Paging).by(pending),
        get("/api/v1/statuses/{id}/reblogged_by", OptionalUser, &["read:statuses"], "[Account]").rate(Paging).by(pending),

        // Media
        post("/api/v2/media", User, &["write:media"], "MediaAttachment").rate(Upload).by(pending),
        post("/api/v1/media", User, &["write:media"], "MediaAttachment").rate(Upload).by(pending),
        get("/api/v1/media/{id}", User, &["write:media"], "MediaAttachment").by(pending),
        put("/api/v1/media/{id}", User, &["write:media"], "MediaAttachment").by(pending),

        // Timelines
        get("/api/v1/timelines/home", User, &["read:statuses"], "[Status]").rate(Paging).by(pending),
        get("/api/v1/timelines/public", OptionalUser, &["read:statuses"], "[Status]").rate(Paging).by(pending),

        // Notifications
        get("/api/v1/notifications", User, &["read:notifications"], "[Notification]").rate(Paging).by(pending),
        get("/api/v1/notifications/{id}", User, &["read:notifications"], "Notification").by(pending),
        post("/api/v1/notifications/clear", User, &["write:notifications"], "Empty").by(pending),
        post("/api/v1/notifications/{id}/dismiss", User, &["write:notifications"], "Empty").by(pending),

        // The rest
        get("/api/v2/search", OptionalUser, &["read:search"], "Search").by(pending),
        get("/api/v1/preferences", User, &["read:accounts"], "Preferences").by(pending),
    ]
}

#[cfg(test)]
mod tests;
