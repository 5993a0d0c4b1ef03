//! Streams: what happens, told as it happens (<https://docs.joinmastodon.org/methods/streaming/>).
//!
//! One [`Hub`] per process knows the open streams and listens to the hints of [`tintype_service::Events`]
//! ([`Hub::run`]); two doors lead to it, server-sent events ([`sse`]) and WebSocket ([`socket`]). What a stream may show
//! is decided by [`tintype_service::streams`], from the queries of the timelines.

pub mod channel;
mod deliver;
pub mod hub;
pub mod socket;
pub mod sse;

pub use channel::Channel;
pub use hub::Hub;

/// `GET /api/v1/streaming/health`
pub async fn health() -> &'static str {
    "OK"
}

#[cfg(test)]
mod tests;
