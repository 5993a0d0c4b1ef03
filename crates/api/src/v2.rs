//! Version 2 of the REST API: what Mastodon served in another shape once.

pub mod instance;
pub mod media;
pub mod search;
