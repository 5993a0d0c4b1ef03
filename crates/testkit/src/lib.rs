//! Black-box test kit: starts real `tintype` processes, plays the people who use them and the servers that talk to them.
//!
//! It owns everything a test needs to stand *outside* the program: [`Instance`] (a process with its own database and
//! folder), [`Client`] and [`Person`] (the client API, every answer checked by [`shapes`]), [`Peer`], [`Canary`] and
//! [`NameServer`] (other servers), [`Browser`] (pages and forms), [`stream`] (what
//! happens, as it happens), [`Redis`], [`TestDatabase`], [`rows`] (what changed in which table), [`pictures`] and [`wait`].
//!
//! It must never import another crate of the workspace: what it knows, a stranger on the wire could know. Its HTTP
//! signatures are written apart from ours, so that the two check each other.
//!
//! Failures panic with what was seen, because every caller is a test. Start reading at [`instance`].

pub mod browser;
mod canary;
pub mod client;
pub mod clock;
pub mod coverage;
pub mod dns;
mod flaky;
pub mod instance;
mod loopback;
pub mod network;
pub mod peer;
pub mod pictures;
pub mod postgres;
mod random;
pub mod redis;
pub mod rows;
pub mod shapes;
pub mod stream;
pub mod tls;
pub mod wait;

pub use browser::Browser;
pub use canary::Canary;
pub use client::{Answer, Client, Person};
pub use coverage::Coverage;
pub use dns::NameServer;
pub use flaky::{Fault, Flaky};
pub use instance::{Database, Instance};
pub use network::Network;
pub use peer::Peer;
pub use postgres::TestDatabase;
pub use random::free_port;
pub use redis::Redis;
