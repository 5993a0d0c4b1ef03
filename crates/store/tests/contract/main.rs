//! What every function of the store does, on both databases from one text.
//!
//! A contract is an `async fn(TestStore)`. Naming it in `contract!` makes two tests of it, `sqlite::name` and
//! `postgres::name`, each on a database of its own. There is one file per noun; builders of rows are in
//! [`given`].

// What is below `cfg(test)` may unwrap.
#![cfg(test)]

/// Makes a test on SQLite and one on PostgreSQL out of each contract.
macro_rules! contract {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::database::TestStore::sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::database::TestStore::postgres().await).await;
            })+
        }
    };
}

mod database;
mod given;

mod account_notes;
mod accounts;
mod approvals;
mod blocks;
mod bookmarks;
mod coverage;
mod deliveries;
mod domain_blocks;
mod domain_rules;
mod edits;
mod emojis;
mod favourites;
mod featured_tags;
mod follower_sync;
mod follows;
mod home;
mod hosts;
mod instance;
mod jobs;
mod markers;
mod media;
mod migrations;
mod moves;
mod mutes;
mod notifications;
mod oauth;
mod pins;
mod plans;
mod policies;
mod polls;
mod public_keys;
mod quotes;
mod readings;
mod received;
mod relays;
mod reports;
mod schema;
mod sessions;
mod settings;
mod statuses;
mod tag_history;
mod threads;
mod tombstones;
mod transactions;
mod users;
mod visibility;
