//! What hostile servers and people do, row by row of `crates/testkit/reference/threats.tsv`: a test named by the row's
//! id (`t023_…`) drives a running instance over real sockets and shows the safe behaviour. [`table`] holds the rows
//! against the tests and keeps the table of `docs/security.md`; rows whose feature doesn't exist stand in [`not_yet`].
//!
//! One file per category, or per story where a category has many (`dos`, `privacy`). [`stage`] is what they share;
//! [`strain`] and [`private_posts`] are what the stories of one category share.

mod memory;
mod not_yet;
mod private_posts;
mod raw;
mod signer;
mod stage;
mod strain;
mod table;
mod visitor;

mod abuse;
mod access_control;
mod audience;
mod auth;
mod concurrency;
mod copies;
mod crowds;
mod csrf;
mod durability;
mod endless;
mod http_messages;
mod http_signature;
mod idempotency;
mod imports;
mod injection;
mod integrity;
mod interop;
mod json_ld;
mod large_bodies;
mod long_texts;
mod moderation;
mod oauth;
mod object_authority;
mod odd_documents;
mod private_pictures;
mod private_reads;
mod questions;
mod queue;
mod rate_limit;
mod refusals;
mod replay;
mod secrets;
mod session;
mod slow_peers;
mod ssrf;
mod strangers;
mod supply_chain;
mod upload;
mod views;
mod web;
mod xss;
