//! What hostile servers and people do, row by row of `crates/testkit/reference/threats.tsv`: a test named by the row's
//! id (`t023_…`) drives a running instance over real sockets and shows the safe behaviour. [`table`] holds the rows
//! against the tests and keeps the table of `docs/security.md`; rows whose feature doesn't exist stand in [`not_yet`].
//!
//! One file per category. [`stage`] is what they share.

mod memory;
mod not_yet;
mod raw;
mod signer;
mod stage;
mod table;
mod visitor;

mod abuse;
mod access_control;
mod auth;
mod concurrency;
mod csrf;
mod dos;
mod durability;
mod http_messages;
mod http_signature;
mod idempotency;
mod injection;
mod integrity;
mod interop;
mod json_ld;
mod moderation;
mod oauth;
mod object_authority;
mod privacy;
mod queue;
mod rate_limit;
mod replay;
mod session;
mod ssrf;
mod supply_chain;
mod upload;
mod web;
mod xss;
