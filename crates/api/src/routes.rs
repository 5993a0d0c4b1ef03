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
    streaming::{self, socket, sse},
    v1::{
        accounts, apps, blocks, bookmarks, credentials, custom_emojis, domain_blocks, edits, favourites,
        featured_tags, follow_requests, instance, markers, media, mutes, notifications, pins, polls,
        preferences, profile, quotes, relationships, reports, statuses, tags, threads, timelines,
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
        get("/api/v1/custom_emojis", Public, &[], "[CustomEmoji]").by(custom_emojis::list),

        // Accounts
        post("/api/v1/accounts", AnyToken, &["write:accounts"], "Token").rate(SignUp).by(credentials::create),
        get("/api/v1/accounts/verify_credentials", User, &["profile", "read:accounts"], "CredentialAccount").by(credentials::verify),
        patch("/api/v1/accounts/update_credentials", User, &["write:accounts"], "CredentialAccount").by(credentials::update),
        delete("/api/v1/profile/avatar", User, &["write:accounts"], "CredentialAccount").by(profile::remove_avatar),
        delete("/api/v1/profile/header", User, &["write:accounts"], "CredentialAccount").by(profile::remove_header),
        get("/api/v1/accounts", OptionalUser, &["read:accounts"], "[Account]").by(accounts::list),
        get("/api/v1/accounts/relationships", User, &["read:follows"], "[Relationship]").by(relationships::list),
        get("/api/v1/accounts/lookup", OptionalUser, &["read:accounts"], "Account").by(accounts::lookup),
        get("/api/v1/accounts/search", User, &["read:accounts"], "[Account]").by(accounts::search),
        get("/api/v1/accounts/{id}", OptionalUser, &["read:accounts"], "Account").by(accounts::show),
        get("/api/v1/accounts/{id}/statuses", OptionalUser, &["read:statuses"], "[Status]").rate(Paging).by(accounts::statuses),
        get("/api/v1/accounts/{id}/followers", OptionalUser, &["read:accounts"], "[Account]").rate(Paging).by(accounts::followers),
        get("/api/v1/accounts/{id}/following", OptionalUser, &["read:accounts"], "[Account]").rate(Paging).by(accounts::following),
        get("/api/v1/accounts/{id}/featured_tags", OptionalUser, &["read:accounts"], "[FeaturedTag]").by(featured_tags::of),
        get("/api/v1/featured_tags", User, &["read:accounts"], "[FeaturedTag]").by(featured_tags::list),
        post("/api/v1/featured_tags", User, &["write:accounts"], "FeaturedTag").by(featured_tags::feature),
        get("/api/v1/featured_tags/suggestions", User, &["read:accounts"], "[Tag]").by(featured_tags::suggestions),
        delete("/api/v1/featured_tags/{id}", User, &["write:accounts"], "Empty").by(featured_tags::unfeature),
        post("/api/v1/accounts/{id}/follow", User, &["write:follows"], "Relationship").by(relationships::follow),
        post("/api/v1/accounts/{id}/unfollow", User, &["write:follows"], "Relationship").by(relationships::unfollow),
        post("/api/v1/accounts/{id}/remove_from_followers", User, &["write:follows"], "Relationship").by(relationships::remove_from_followers),
        post("/api/v1/accounts/{id}/note", User, &["write:accounts"], "Relationship").by(relationships::note),
        post("/api/v1/accounts/{id}/block", User, &["write:blocks"], "Relationship").by(blocks::block),
        post("/api/v1/accounts/{id}/unblock", User, &["write:blocks"], "Relationship").by(blocks::unblock),
        post("/api/v1/accounts/{id}/mute", User, &["write:mutes"], "Relationship").by(mutes::mute),
        post("/api/v1/accounts/{id}/unmute", User, &["write:mutes"], "Relationship").by(mutes::unmute),
        get("/api/v1/follow_requests", User, &["read:follows"], "[Account]").rate(Paging).by(follow_requests::list),
        post("/api/v1/follow_requests/{id}/authorize", User, &["write:follows"], "Relationship").by(follow_requests::authorize),
        post("/api/v1/follow_requests/{id}/reject", User, &["write:follows"], "Relationship").by(follow_requests::reject),
        get("/api/v1/blocks", User, &["read:blocks"], "[Account]").rate(Paging).by(blocks::list),
        get("/api/v1/mutes", User, &["read:mutes"], "[MutedAccount]").rate(Paging).by(mutes::list),
        get("/api/v1/domain_blocks", User, &["read:blocks"], "[String]").rate(Paging).by(domain_blocks::list),
        post("/api/v1/domain_blocks", User, &["write:blocks"], "Empty").by(domain_blocks::block),
        delete("/api/v1/domain_blocks", User, &["write:blocks"], "Empty").by(domain_blocks::unblock),

        // Statuses
        post("/api/v1/statuses", User, &["write:statuses"], "Status").by(statuses::create),
        get("/api/v1/statuses", OptionalUser, &["read:statuses"], "[Status]").by(statuses::list),
        get("/api/v1/statuses/{id}", OptionalUser, &["read:statuses"], "Status").by(statuses::show),
        put("/api/v1/statuses/{id}", User, &["write:statuses"], "Status").by(edits::update),
        delete("/api/v1/statuses/{id}", User, &["write:statuses"], "Status").rate(Removal).by(statuses::delete),
        get("/api/v1/statuses/{id}/context", OptionalUser, &["read:statuses"], "Context").by(statuses::context),
        get("/api/v1/statuses/{id}/history", OptionalUser, &["read:statuses"], "[StatusEdit]").by(edits::history),
        get("/api/v1/statuses/{id}/source", User, &["read:statuses"], "StatusSource").by(edits::source),
        post("/api/v1/statuses/{id}/favourite", User, &["write:favourites"], "Status").by(favourites::favourite),
        post("/api/v1/statuses/{id}/unfavourite", User, &["write:favourites"], "Status").by(favourites::unfavourite),
        post("/api/v1/statuses/{id}/reblog", User, &["write:statuses"], "Status").by(statuses::reblog),
        post("/api/v1/statuses/{id}/unreblog", User, &["write:statuses"], "Status").rate(Removal).by(statuses::unreblog),
        get("/api/v1/statuses/{id}/favourited_by", OptionalUser, &["read:statuses"], "[Account]").rate(Paging).by(favourites::favourited_by),
        get("/api/v1/statuses/{id}/reblogged_by", OptionalUser, &["read:statuses"], "[Account]").rate(Paging).by(statuses::reblogged_by),
        get("/api/v1/statuses/{id}/quotes", User, &["read:statuses"], "[Status]").rate(Paging).by(quotes::list),
        post("/api/v1/statuses/{id}/quotes/{quoting_status_id}/revoke", User, &["write:statuses"], "Status").by(quotes::revoke),
        put("/api/v1/statuses/{id}/interaction_policy", User, &["write:statuses"], "Status").by(quotes::set_policy),
        post("/api/v1/statuses/{id}/bookmark", User, &["write:bookmarks"], "Status").by(bookmarks::bookmark),
        post("/api/v1/statuses/{id}/unbookmark", User, &["write:bookmarks"], "Status").by(bookmarks::unbookmark),
        post("/api/v1/statuses/{id}/pin", User, &["write:accounts"], "Status").by(pins::pin),
        post("/api/v1/statuses/{id}/unpin", User, &["write:accounts"], "Status").by(pins::unpin),
        post("/api/v1/statuses/{id}/mute", User, &["write:mutes"], "Status").by(threads::mute),
        post("/api/v1/statuses/{id}/unmute", User, &["write:mutes"], "Status").by(threads::unmute),
        get("/api/v1/favourites", User, &["read:favourites"], "[Status]").rate(Paging).by(favourites::list),
        get("/api/v1/bookmarks", User, &["read:bookmarks"], "[Status]").rate(Paging).by(bookmarks::list),

        get("/api/v1/polls/{id}", OptionalUser, &["read:statuses"], "Poll").by(polls::show),
        post("/api/v1/polls/{id}/votes", User, &["write:statuses"], "Poll").by(polls::vote),

        // Media
        post("/api/v2/media", User, &["write:media"], "MediaAttachment").rate(Upload).by(v2::media::create),
        post("/api/v1/media", User, &["write:media"], "MediaAttachment").rate(Upload).by(media::create),
        get("/api/v1/media/{id}", User, &["write:media"], "MediaAttachment").by(media::show),
        put("/api/v1/media/{id}", User, &["write:media"], "MediaAttachment").by(media::update),

        // Timelines
        get("/api/v1/timelines/home", User, &["read:statuses"], "[Status]").rate(Paging).by(timelines::home),
        get("/api/v1/timelines/public", OptionalUser, &["read:statuses"], "[Status]").rate(Paging).by(timelines::public),
        get("/api/v1/timelines/tag/{name}", OptionalUser, &["read:statuses"], "[Status]").rate(Paging).by(timelines::tag),
        get("/api/v1/tags/{name}", OptionalUser, &["read:statuses"], "Tag").by(tags::show),
        post("/api/v1/markers", User, &["write:statuses"], "Markers").by(markers::save),
        get("/api/v1/markers", User, &["read:statuses"], "Markers").by(markers::list),

        // Notifications
        get("/api/v1/notifications", User, &["read:notifications"], "[Notification]").rate(Paging).by(notifications::list),
        get("/api/v1/notifications/{id}", User, &["read:notifications"], "Notification").by(notifications::show),
        post("/api/v1/notifications/clear", User, &["write:notifications"], "Empty").by(notifications::clear),
        post("/api/v1/notifications/{id}/dismiss", User, &["write:notifications"], "Empty").by(notifications::dismiss),

        // Streams
        get("/api/v1/streaming/health", Public, &[], "String").by(streaming::health),
        get("/api/v1/streaming", User, &["read:statuses", "read:notifications"], "Stream").by(socket::open),
        get("/api/v1/streaming/user", User, &["read:statuses"], "Stream").by(sse::open),
        get("/api/v1/streaming/user/notification", User, &["read:notifications"], "Stream").by(sse::open),
        get("/api/v1/streaming/public", User, &["read:statuses"], "Stream").by(sse::open),
        get("/api/v1/streaming/public/local", User, &["read:statuses"], "Stream").by(sse::open),
        get("/api/v1/streaming/public/remote", User, &["read:statuses"], "Stream").by(sse::open),
        get("/api/v1/streaming/hashtag", User, &["read:statuses"], "Stream").by(sse::open),
        get("/api/v1/streaming/hashtag/local", User, &["read:statuses"], "Stream").by(sse::open),

        // The rest
        get("/api/v2/search", OptionalUser, &["read:search"], "Search").by(v2::search::show),
        post("/api/v1/reports", User, &["write:reports"], "Report").by(reports::create),
        get("/api/v1/preferences", User, &["read:accounts"], "Preferences").by(preferences::show),
    ]
}

#[cfg(test)]
mod tests;
