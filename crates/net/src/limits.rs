//! Every number that bounds what one request, one host, or all of them together may cost.

use std::time::Duration;

/// Bounds of a [`Client`](crate::Client). The defaults suit federation; tests make them small.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Name look-up, TCP and TLS together, per connection.
    pub connect: Duration,
    /// The whole request: waiting for a turn, all redirects, and the body. A request may bring its own.
    pub deadline: Duration,
    /// Redirects followed for one GET or HEAD.
    pub max_redirects: usize,
    /// Body bytes accepted, counted both as sent and after decompression, when a request names no cap of its own.
    pub max_body: usize,
    /// Requests in flight to one host.
    pub per_host: usize,
    /// Requests in flight altogether.
    pub total: usize,
    /// Requests that may wait for a turn at one host; more are told [`Busy`](crate::Error::Busy) at once.
    pub queue_per_host: usize,
    /// Requests in flight or waiting altogether; this also bounds the map of hosts.
    pub queue: usize,
    /// Idle connections kept open per host.
    pub idle_per_host: usize,
    /// Hosts to which connections are kept open, for each scheme and port.
    pub pooled_hosts: usize,
    /// How long an idle connection is kept.
    pub idle_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            deadline: Duration::from_secs(10),
            max_redirects: 3,
            max_body: 1 << 20,
            per_host: 8,
            total: 640,
            queue_per_host: 256,
            queue: 4096,
            idle_per_host: 4,
            pooled_hosts: 128,
            idle_timeout: Duration::from_secs(10),
        }
    }
}

/// Addresses of one name that are tried; more would let a name make us knock on many doors.
pub(crate) const ADDRESSES: usize = 8;
/// One DNS question to one server; the connect limit bounds all of them together.
pub(crate) const DNS_ATTEMPT: Duration = Duration::from_secs(2);
/// Answers remembered. Names come from strangers, so it is bounded.
pub(crate) const DNS_CACHE: u64 = 2048;
/// A name that was missing is asked for again after this, whatever its zone says.
pub(crate) const DNS_NEGATIVE: Duration = Duration::from_mins(1);
/// A longer life of an answer is cut to this.
pub(crate) const DNS_POSITIVE: Duration = Duration::from_hours(1);
/// Kept of the body of an answer that is not a success: enough for an error message.
pub(crate) const ERROR_BODY: usize = 64 << 10;
/// HTTP/2 flow-control windows: what a peer may send before we have read it.
pub(crate) const STREAM_WINDOW: u32 = 512 << 10;
/// The same for all streams of a connection.
pub(crate) const CONNECTION_WINDOW: u32 = 2 << 20;
