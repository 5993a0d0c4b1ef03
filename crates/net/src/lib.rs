//! The only way out: every connection this server opens to the outside is opened here.
//!
//! **Owns** the guarded HTTP client, its DNS resolver, the address policy, and every bound on what a stranger
//! may cost us (time, bytes, redirects, concurrency).
//!
//! **Never** follows a proxy, keeps a cookie, sends a `Referer`, trusts a name twice, or connects to an address
//! that the policy has not seen in the same breath. It knows nothing of ActivityPub: signing is a trait that the
//! caller brings.
//!
//! **Start** with [`Client::send`] in `client.rs`, then `guard.rs` for what is let through.
//!
//! # Why the address that was checked is the address that is dialled
//!
//! A rule of [`AllowRule`] admits an address *and a port*, and plain http is decided per address and port, but the
//! resolver hook of the HTTP library only sees a name. So the client is split into *lanes*: one underlying HTTP
//! client, with its own connection pool and resolver, per (scheme, port). Ports are told apart only if a rule
//! names them (or they are 443); all the others share one lane, because no rule could tell them apart either. A
//! lane's resolver therefore knows scheme and port, asks DNS once, drops every address the policy refuses *for that
//! scheme and port*, and hands the rest to the connector, which dials exactly those: there is no second look-up
//! between check and connect that a rebinding name could answer differently. A pooled connection belongs to the
//! lane whose resolver admitted it, so re-using one is safe as well.
//!
//! Literal addresses never reach a resolver; they are judged by the same function when the URL is looked at, before
//! the first request and again for each redirect. Hosts are canonical by then (the URL parser has turned
//! `0x7f.1` and `2130706433` into `127.0.0.1`), so what is judged is what the connector parses.
//!
//! # What is let through
//!
//! | | https | http |
//! |---|---|---|
//! | global unicast address | port 443; any port in local mode | never |
//! | loopback | any port, in local mode only | any port, in local mode only |
//! | address and port of an allow rule | yes | yes |
//! | anything else | never | never |
//!
//! Names are looked up as absolute names (no search domains). `localhost` and everything below it is 127.0.0.1
//! without asking anybody ([RFC 6761 §6.3](https://www.rfc-editor.org/rfc/rfc6761#section-6.3)); whether that may be
//! called is again the policy's decision.

mod allow;
mod body;
mod budget;
mod client;
mod error;
mod gate;
mod guard;
mod limits;
mod pool;
mod request;
mod resolver;
mod tls;

pub use allow::AllowRule;
pub use budget::Budget;
pub use client::{Client, Settings};
pub use error::{Error, Refusal};
pub use limits::Limits;
pub use request::{Request, Response, Sign};
