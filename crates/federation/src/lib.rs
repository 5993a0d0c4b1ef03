//! The door for other servers: ActivityPub, WebFinger, NodeInfo and HTTP signatures.
//!
//! Owns: what travels between servers ([`wire`]), who said it ([`signatures`], [`digest`]), how much of it we are willing
//! to read ([`limits`]), what it means in our words (`receive`), what we say ([`outgoing`], [`deliver`]) and show
//! ([`router`]), and the looking up of others ([`Federation`] is the [`Resolver`](tintype_service::Resolver)).
//!
//! Must never: open a connection by itself (that is `tintype-net`), write SQL, decide who may see what, or let
//! ActivityPub's words (`Note`, `Announce`, `Like`) leak into the crates below.
//!
//! Start reading at `inbox.rs`, which says in which order a request is believed; then `receive.rs`, from an activity to
//! what happens; then [`outgoing::perform`], the same in the other direction.
//!
//! # What `activitypub_federation` carries
//!
//! Its vocabulary: the kinds of activities, objects, actors and collections, the address of everyone, `WithContext` around
//! every document we send, and `PublicKey`. Not its traits: `Object`, `Actor` and `Activity` are driven by its own client
//! and inbox, which are not used here (see `docs/architecture.md`), so implementing them would be code that nothing calls.
//! [`wire::Note`], [`wire::Actor`] and [`wire::IncomingActivity`] are the objects, actors and activities of this door; that a
//! received one is checked and then handed to one use case of `service` is [`wire::IncomingActivity`] → `receive.rs` →
//! [`tintype_service::inbox::apply`].

mod actors;
mod admission;
mod aliases;
mod compose;
pub mod deliver;
pub mod digest;
pub mod error;
mod federation;
mod fetch;
mod followers;
mod forwarded;
mod inbox;
mod jcs;
mod keys;
mod knock;
pub mod limits;
mod moved;
mod notes;
pub mod outgoing;
mod proofs;
mod quotes;
pub mod reading;
mod receive;
mod rejection;
pub mod relays;
mod resolve;
mod results;
mod serve;
pub mod signatures;
pub mod wire;

pub use error::{Error, Result};
pub use federation::{Federation, Settings};
pub use forwarded::{Forwarded, ForwardedKind};
pub use receive::{IngestJob, Ingested};
pub use serve::router;
