//! Version 1 of the REST API (<https://docs.joinmastodon.org/methods/>), one file per noun. A handler takes its input
//! apart, calls one use case and renders what comes back.

pub mod accounts;
pub mod apps;
pub mod blocks;
pub mod bookmarks;
pub mod credentials;
pub mod custom_emojis;
pub mod domain_blocks;
pub mod edits;
pub mod favourites;
pub mod featured_tags;
pub mod follow_requests;
pub mod instance;
pub mod markers;
pub mod media;
pub mod mutes;
pub mod notifications;
pub mod pins;
pub mod polls;
pub mod preferences;
pub mod profile;
pub mod quotes;
pub mod relationships;
pub mod reports;
pub mod statuses;
pub mod tags;
pub mod threads;
pub mod timelines;
