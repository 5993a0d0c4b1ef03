//! The one route table: everything that this door serves, and the only source of its router.
//!
//! A row states method, path, who gets in, which scopes, what comes out; then, where they differ from the usual, role
//! and rate class; then the handler.

use axum::Router;

use crate::{
    App, oauth,
    route::{
        Auth::{App as AnyToken, OptionalUser, Public, User},
        RateClass, Route, Row, build, delete, get, patch, post, put,
    },
    v1::{
        accounts, apps, credentials, follow_requests, instance, media, notifications, preferences,
        relationships, statuses, timelines,
    },
    v2,
};

/// The router of the whole door.
pub fn router(app: &App) -> Router {
    build(app, routes())
}

/// The rows without their handlers, for tests and lists.
pub fn table() -> Vec<Row> {
    routes().iter().map(|route| route.row).collect()
}

#[rustfmt::skip] // One row, one line: the table is read by column.
fn routes() -> Vec<Route> {
    use RateClass::{OAuth, Paging, Removal, SignUp, Upload};
    vec![
        // Apps and OAuth
        post("/api/v1/apps", Public, &[], "CredentialApplication").rate(OAuth).by(apps::create),
        get("/api/v1/apps/verify_credentials", AnyToken, &[], "Application").by(apps::verify_credentials),
        post("/oauth/token", Public, &[], "Token").rate(OAuth).by(oauth::token),
        post("/oauth/revoke", Public, &[], "Empty").rate(OAuth).by(oauth::revoke),
        get("/oauth/userinfo", User, &["profile"], "UserInfo").by(oauth::userinfo),
        post("/oauth/userinfo", User, &["profile"], "UserInfo").by(oauth::userinfo),
        get("/.well-known/oauth-authorization-server", Public, &[], "OAuthServer").by(oauth::server),

        // The instance
        get("/api/v1/instance", Public, &[], "V1::Instance").by(instance::show),
        get("/api/v2/instance", Public, &[], "Instance").by(v2::instance::show),

        // Accounts
        post("/api/v1/accounts", AnyToken, &["write:accounts"], "Token").rate(SignUp).by(credentials::create),
        get("/api/v1/accounts/verify_credentials", User, &["profile", "read:accounts"], "CredentialAccount").by(credentials::verify),
        patch("/api/v1/accounts/update_credentials", User, &["write:accounts"], "CredentialAccount").by(credentials::update),
        get("/api/v1/accounts/relationships", User, &["read:follows"], "[Relationship]").by(relationships::list),
        get("/api/v1/accounts/lookup", OptionalUser, &["read:accounts"], "Account").by(accounts::lookup),
        get("/api/v1/accounts/search", User, &["read:accounts"], "[Account]").by(accounts::search),
        get("/api/v1/accounts/{id}", OptionalUser, &["read:accounts"], "Account").by(accounts::show),
        get("/api/v1/accounts/{id}/statuses", OptionalUser, &["read:statuses"], "[Status]").rate(Paging).by(accounts::statuses),
        get("/api/v1/accounts/{id}/followers", OptionalUser, &["read:accounts"], "[Account]").rate(Paging).by(accounts::followers),
        get("/api/v1/accounts/{id}/following", OptionalUser, &["read:accounts"], "[Account]").rate(Paging).by(accounts::following),
        post("/api/v1/accounts/{id}/follow", User, &["write:follows"], "Relationship").by(relationships::follow),
        post("/api/v1/accounts/{id}/unfollow", User, &["write:follows"], "Relationship").by(relationships::unfollow),
        get("/api/v1/follow_requests", User, &["read:follows"], "[Account]").rate(Paging).by(follow_requests::list),
        post("/api/v1/follow_requests/{id}/authorize", User, &["write:follows"], "Relationship").by(follow_requests::authorize),
        post("/api/v1/follow_requests/{id}/reject", User, &["write:follows"], "Relationship").by(follow_requests::reject),

        // Statuses
        post("/api/v1/statuses", User, &["write:statuses"], "Status").by(statuses::create),
        get("/api/v1/statuses/{id}", OptionalUser, &["read:statuses"], "Status").by(statuses::show),
        delete("/api/v1/statuses/{id}", User, &["write:statuses"], "Status").rate(Removal).by(statuses::delete),
        get("/api/v1/statuses/{id}/context", OptionalUser, &["read:statuses"], "Context").by(statuses::context),
        post("/api/v1/statuses/{id}/favourite", User, &["write:favourites"], "Status").by(statuses::favourite),
        post("/api/v1/statuses/{id}/unfavourite", User, &["write:favourites"], "Status").by(statuses::unfavourite),
        post("/api/v1/statuses/{id}/reblog", User, &["write:statuses"], "Status").by(statuses::reblog),
        post("/api/v1/statuses/{id}/unreblog", User, &["write:statuses"], "Status").rate(Removal).by(statuses::unreblog),
        get("/api/v1/statuses/{id}/favourited_by", OptionalUser, &["read:statuses"], "[Account]").rate(Paging).by(statuses::favourited_by),
        get("/api/v1/statuses/{id}/reblogged_by", OptionalUser, &["read:statuses"], "[Account]").rate(Paging).by(statuses::reblogged_by),

        // Media
        post("/api/v2/media", User, &["write:media"], "MediaAttachment").rate(Upload).by(v2::media::create),
        post("/api/v1/media", User, &["write:media"], "MediaAttachment").rate(Upload).by(media::create),
        get("/api/v1/media/{id}", User, &["write:media"], "MediaAttachment").by(media::show),
        put("/api/v1/media/{id}", User, &["write:media"], "MediaAttachment").by(media::update),

        // Timelines
        get("/api/v1/timelines/home", User, &["read:statuses"], "[Status]").rate(Paging).by(timelines::home),
        get("/api/v1/timelines/public", OptionalUser, &["read:statuses"], "[Status]").rate(Paging).by(timelines::public),

        // Notifications
        get("/api/v1/notifications", User, &["read:notifications"], "[Notification]").rate(Paging).by(notifications::list),
        get("/api/v1/notifications/{id}", User, &["read:notifications"], "Notification").by(notifications::show),
        post("/api/v1/notifications/clear", User, &["write:notifications"], "Empty").by(notifications::clear),
        post("/api/v1/notifications/{id}/dismiss", User, &["write:notifications"], "Empty").by(notifications::dismiss),

        // The rest
        get("/api/v2/search", OptionalUser, &["read:search"], "Search").by(v2::search::show),
        get("/api/v1/preferences", User, &["read:accounts"], "Preferences").by(preferences::show),
    ]
}

#[cfg(test)]
mod tests;
