//! What can go wrong on the way out.

use std::error::Error as StdError;
use std::fmt;
use std::io;

/// Why a URL was not called at all. None of these opened a connection to the refused place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Neither https nor an admitted plain http.
    Scheme,
    /// The URL carries a user name or password.
    Userinfo,
    /// Not a host we would look up: empty, too long, or with characters no host name has.
    Host,
    /// A port that neither the defaults nor an allow rule open.
    Port,
    /// The address, or all addresses of the name, are not global and not allowed.
    Address,
    /// The URL names this very instance.
    OwnDomain,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "scheme not allowed",
            Self::Userinfo => "user name or password in the URL",
            Self::Host => "not a valid host",
            Self::Port => "port not allowed",
            Self::Address => "address not allowed",
            Self::OwnDomain => "the URL is our own",
        })
    }
}

/// A request that got no answer we would use. An answer with an error status is *not* an error: it is a
/// [`Response`](crate::Response).
///
/// The texts name the host and never the path, query or body.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Refused by policy, see [`Refusal`].
    #[error("refused to call {host}: {why}")]
    Forbidden { host: String, why: Refusal },
    /// The name has no addresses, or no name server answered.
    #[error("cannot resolve {host}: {reason}")]
    Dns { host: String, reason: String },
    /// No TCP connection.
    #[error("cannot connect to {host}: {reason}")]
    Connect { host: String, reason: String },
    /// The TLS handshake failed, most often for the certificate.
    #[error("no TLS with {host}: {reason}")]
    Tls { host: String, reason: String },
    /// The connect limit or the deadline passed.
    #[error("{host} took too long")]
    Timeout { host: String },
    /// We never asked: too many requests of ours are in flight, to that host or altogether.
    #[error("too many requests of ours wait for {host}")]
    Busy { host: String },
    /// The body, as sent or decompressed, is larger than asked for.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge { host: String, limit: usize },
    /// More redirects than allowed, or a redirect to a URL already visited.
    #[error("too many redirects, the last by {host}")]
    TooManyRedirects { host: String },
    /// A redirect that is not followed: of a POST, from https to http, or without a usable `Location`.
    #[error("redirect of {host} not followed: {reason}")]
    Redirect { host: String, reason: &'static str },
    /// The peer broke HTTP, or answered in an encoding we did not ask for.
    #[error("bad answer of {host}: {reason}")]
    Protocol { host: String, reason: String },
    /// The caller's [`Sign`](crate::Sign) failed.
    #[error("cannot sign the request: {0}")]
    Sign(String),
    /// The activity's [`Budget`](crate::Budget) is used up.
    #[error("fetch budget used up")]
    Budget,
    /// The [`Settings`](crate::Settings) cannot be used, or an allow rule cannot be read.
    #[error("network settings: {0}")]
    Settings(String),
}

impl Error {
    /// Whether asking again later is pointless: the answer follows from what was asked, not from the weather.
    /// Redirect errors are not permanent, since a server in maintenance may redirect everything for an hour.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Forbidden { .. } | Self::TooLarge { .. } | Self::Budget | Self::Settings(_))
    }

    /// One word for metrics and stored failures.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Forbidden { .. } => "forbidden",
            Self::Dns { .. } => "dns",
            Self::Connect { .. } => "connect",
            Self::Tls { .. } => "tls",
            Self::Timeout { .. } => "timeout",
            Self::Busy { .. } => "busy",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyRedirects { .. } => "too_many_redirects",
            Self::Redirect { .. } => "redirect",
            Self::Protocol { .. } => "protocol",
            Self::Sign(_) => "sign",
            Self::Budget => "budget",
            Self::Settings(_) => "settings",
        }
    }
}

/// What our resolver tells the connector; found again in the chain of causes by [`classify`].
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Unresolved {
    #[error("address not allowed")]
    Refused,
    #[error("{0}")]
    Failed(String),
}

/// Finds out what an error of the HTTP library was really about.
pub(crate) fn classify(host: &str, error: &reqwest::Error) -> Error {
    let host = host.to_owned();
    let mut reason = String::new();
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(unresolved) = current.downcast_ref::<Unresolved>() {
            return match unresolved {
                Unresolved::Refused => Error::Forbidden { host, why: Refusal::Address },
                Unresolved::Failed(reason) => Error::Dns { host, reason: reason.clone() },
            };
        }
        if let Some(tls) = current.downcast_ref::<rustls::Error>() {
            return Error::Tls { host, reason: tls.to_string() };
        }
        // The library's own texts carry the URL; the innermost one is about the cause alone.
        reason = current.to_string();
        cause = inner(current);
    }
    if error.is_timeout() {
        Error::Timeout { host }
    } else if error.is_connect() {
        Error::Connect { host, reason }
    } else {
        Error::Protocol { host, reason }
    }
}

/// `io::Error` skips what it wraps when asked for its source, so look inside.
fn inner<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
