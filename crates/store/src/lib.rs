//! The rows of Tintype on SQLite and PostgreSQL, from one SQL text.
//!
//! Owns all SQL, the migrations, transactions and the tables of the job queues. It must never hold a rule that needs
//! more than one statement's worth of judgement (that is `service`), open a connection to anything but the database, or
//! catch an SQL error inside a transaction (PostgreSQL's is dead then: use `ON CONFLICT`).
//!
//! Reads are methods of [`Reader`], writes of [`Tx`]; a write outside a transaction can't be written. Start reading at
//! [`db`], then take any noun: `accounts`, `statuses`, `follows`.

#[macro_use]
mod dialect;
#[macro_use]
mod visible;

pub mod account_notes;
pub mod accounts;
pub mod approvals;
pub mod blocks;
pub mod bookmarks;
pub mod db;
pub mod deliveries;
pub mod domain_blocks;
pub mod domain_rules;
pub mod edits;
pub mod emojis;
pub mod error;
pub mod favourites;
pub mod featured_tags;
pub mod follower_sync;
pub mod follows;
pub mod home;
pub mod hosts;
pub mod instance;
pub mod jobs;
pub mod markers;
pub mod media;
pub mod moves;
pub mod mutes;
pub mod notifications;
pub mod oauth;
pub mod pins;
pub mod policies;
pub mod polls;
pub mod public_keys;
pub mod quotes;
pub mod reactions;
pub mod readings;
pub mod received;
pub mod relays;
pub mod reports;
pub mod sessions;
pub mod settings;
pub mod statuses;
pub mod tag_history;
pub mod threads;
pub mod timelines;
pub mod tombstones;
pub mod upkeep;
pub mod users;
pub mod wake;

pub use db::{Options, Reader, Store, Tx};
pub use error::Error;

/// What every function here returns.
pub type Result<T> = std::result::Result<T, Error>;
