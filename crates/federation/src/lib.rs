//! The door for other servers: ActivityPub, WebFinger, NodeInfo and HTTP signatures.
//!
//! Owns: what travels between servers ([`wire`]), who said it ([`signatures`], [`digest`]) and how much of it
//! we are willing to read ([`limits`]).
//!
//! Must never: open a connection by itself (that is `tintype-net`), write SQL, decide who may see what, or let
//! ActivityPub's words (`Note`, `Announce`, `Like`) leak into the crates below.
//!
//! Start reading at [`wire::parse_activity`], which turns the bytes of an inbox request into an
//! [`wire::IncomingActivity`], and at [`signatures::Unverified::parse`], which decides whether a request is worth
//! fetching a key for.

pub mod digest;
pub mod limits;
pub mod signatures;
pub mod wire;
