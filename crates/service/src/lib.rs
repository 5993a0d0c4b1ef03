//! The use cases of Tintype: one function each, one transaction each.
//!
//! The only place for rules that need state: who may post, follow, see and be told. It must never speak HTTP or
//! ActivityPub, never open a connection (what needs the network is asked of a [`Resolver`], before the transaction),
//! and never answer before the commit. Start reading at [`statuses::publish`] and [`inbox::apply`]: one thing that
//! happens here, and one that happened elsewhere.

pub mod accounts;
pub mod ctx;
pub mod error;
pub mod events;
pub mod favourites;
pub mod follows;
pub mod inbox;
pub mod instance;
pub mod keys;
pub mod media;
pub mod notifications;
pub mod oauth;
pub mod outgoing;
pub mod paged;
pub mod passwords;
pub mod reblogs;
pub mod registration;
pub mod resolver;
pub mod search;
pub mod sessions;
pub mod setup;
pub mod statuses;
pub mod throttle;
pub mod timelines;
pub mod users;
pub mod views;

#[cfg(test)]
mod given;

pub use ctx::{Ctx, Policy, Registrations};
pub use error::{Error, Invalid, Result};
pub use events::{Events, Hint};
pub use outgoing::Outgoing;
pub use resolver::{Found, Resolver};
