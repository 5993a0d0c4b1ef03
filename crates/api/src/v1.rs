//! Version 1 of the REST API (<https://docs.joinmastodon.org/methods/>), one file per noun. A handler takes its input
//! apart, calls one use case and renders what comes back.

pub mod accounts;
pub mod apps;
pub mod credentials;
pub mod follow_requests;
pub mod instance;
pub mod media;
pub mod notifications;
pub mod preferences;
pub mod relationships;
pub mod statuses;
pub mod timelines;
