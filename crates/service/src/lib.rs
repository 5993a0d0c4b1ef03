//! The use cases of Tintype: one function each, one transaction each.
//!
//! The only place for rules that need state: who may post, follow, see and be told. It must never speak HTTP or
//! ActivityPub, never open a connection (what needs the network is asked of a [`Resolver`], before the transaction),
//! and never answer before the commit. Start reading at [`statuses::publish`] and [`inbox::apply`]: one thing that
//! happens here, and one that happened elsewhere.

pub mod accounts;
pub mod blocks;
pub mod bookmarks;
pub mod ctx;
pub mod domain_blocks;
pub mod domain_lists;
pub mod domains;
pub mod edits;
pub mod emojis;
pub mod error;
pub mod events;
pub mod favourites;
pub mod featured_tags;
pub mod follower_sync;
pub mod follows;
pub mod inbox;
pub mod instance;
mod interactions;
pub mod keys;
pub mod markers;
pub mod media;
pub mod moderation;
pub mod moves;
pub mod mutes;
pub mod notifications;
pub mod oauth;
pub mod outgoing;
pub mod paged;
pub mod passwords;
pub mod pins;
pub mod policies;
pub mod polls;
mod quoted;
pub mod quotes;
pub mod reading;
pub mod reblogs;
pub mod redis;
pub mod registration;
pub mod relays;
pub mod reports;
pub mod resolver;
pub mod search;
pub mod sessions;
pub mod setup;
pub mod statuses;
pub mod storage;
pub mod streams;
pub mod tags;
mod texts;
pub mod threads;
pub mod throttle;
pub mod timelines;
pub mod users;
pub mod views;

#[cfg(test)]
mod given;
#[cfg(test)]
mod given_posts;

pub use ctx::{Ctx, FederationMode, Policy, Registrations};
pub use error::{Error, Invalid, Result};
pub use events::{Events, Hint};
pub use outgoing::Outgoing;
pub use resolver::{Found, Resolver};
