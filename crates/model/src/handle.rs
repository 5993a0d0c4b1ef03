//! Names of people: `alice`, `@alice@far.example`, `acct:alice@far.example:8443`.

use std::{fmt, str::FromStr};

/// A name, and the domain where it isn't local. The domain is canonical: lower case, no trailing dot, ASCII (IDNA).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle {
    /// As written; compare by [`Handle::key`].
    pub username: String,
    /// `None`: of this instance.
    pub domain: Option<String>,
}

/// Text that is no handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a handle")]
pub struct NotAHandle;

impl Handle {
    /// The text that two spellings of one handle share: `alice` or `alice@far.example`.
    pub fn key(&self) -> String {
        let name = self.username.to_lowercase();
        match &self.domain {
            Some(domain) => format!("{name}@{domain}"),
            None => name,
        }
    }

    /// The same handle as seen on the instance of `domain`: its own people lose their domain.
    #[must_use]
    pub fn on(mut self, domain: &str) -> Self {
        if self.domain.as_deref() == Some(domain) {
            self.domain = None;
        }
        self
    }
}

impl FromStr for Handle {
    type Err = NotAHandle;
    fn from_str(text: &str) -> Result<Self, NotAHandle> {
        let text = text.trim();
        let text = text.strip_prefix("acct:").unwrap_or(text);
        let text = text.strip_prefix('@').unwrap_or(text);
        let (name, domain) = match text.split_once('@') {
            Some((name, domain)) => (name, Some(canonical_domain(domain).ok_or(NotAHandle)?)),
            None => (text, None),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        let fits = name.len() <= 64
            && name.chars().all(plain)
            && edge(name.chars().next())
            && edge(name.chars().last());
        if fits { Ok(Handle { username: name.to_owned(), domain }) } else { Err(NotAHandle) }
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.domain {
            Some(domain) => write!(f, "{}@{domain}", self.username),
            None => f.write_str(&self.username),
        }
    }
}

/// One spelling of a host with its port: lower case, ASCII (IDNA), no trailing dot, no default port of https.
pub fn canonical_domain(text: &str) -> Option<String> {
    if text.is_empty() || text.len() > 253 || text.contains(['/', '@', '?', '#', '\\', ' ']) {
        return None;
    }
    let url = url::Url::parse(&format!("https://{text}/")).ok()?;
    let host = url.host_str()?.trim_end_matches('.');
    if host.is_empty() {
        return None;
    }
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// The canonical domain that a URL belongs to; `None` for URLs without a host.
pub fn domain_of(url: &url::Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.');
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// The canonical domain that the text of a URL belongs to; `None` for what is no URL with a host.
pub fn host_of(url: &str) -> Option<String> {
    url::Url::parse(url).ok().as_ref().and_then(domain_of)
}

/// What somebody has registered to have a domain: it without its port, and without what its owner can put before it at
/// will (<https://publicsuffix.org>). An address, and a name of one word, stand for themselves.
pub fn registrable(domain: &str) -> &str {
    let host = match domain.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => domain,
    };
    let host = host.trim_end_matches('.');
    if host.ends_with(']') || host.parse::<std::net::Ipv4Addr>().is_ok() {
        return host;
    }
    psl::domain_str(host).unwrap_or(host)
}

/// Names that nobody can register, because a reader would take them for the house itself.
const RESERVED: &[&str] = &[
    "about",
    "abuse",
    "admin",
    "administrator",
    "api",
    "auth",
    "help",
    "inbox",
    "instance",
    "media",
    "mod",
    "moderator",
    "nodeinfo",
    "oauth",
    "outbox",
    "owner",
    "postmaster",
    "root",
    "security",
    "settings",
    "support",
    "system",
    "tintype",
    "users",
    "webmaster",
    "well-known",
];

/// Why a username can't be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadUsername {
    /// Outside 1 to 30 characters.
    #[error("must have 1 to 30 characters")]
    Length,
    /// Other characters than letters a–z, digits and underscores.
    #[error("must contain only letters, numbers and underscores")]
    Characters,
    /// Kept for the instance.
    #[error("is reserved")]
    Reserved,
}

/// Checks a name that somebody wants to register: `[a-z0-9_]{1,30}` in any case, and not a reserved one.
pub fn check_username(name: &str) -> Result<(), BadUsername> {
    if name.is_empty() || name.chars().count() > 30 {
        return Err(BadUsername::Length);
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(BadUsername::Characters);
    }
    if RESERVED.contains(&name.to_lowercase().as_str()) {
        return Err(BadUsername::Reserved);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_registered() {
        for (domain, expected) in [
            ("far.example", "far.example"),
            ("a.b.far.example:8443", "far.example"),
            ("photos.bbc.co.uk", "bbc.co.uk"),
            // Whoever gives names away is not who has them.
            ("one.github.io", "one.github.io"),
            ("more.of.one.github.io", "one.github.io"),
            ("a.wild.localhost:3000", "wild.localhost"),
            ("localhost:3000", "localhost"),
            ("127.0.0.1:3000", "127.0.0.1"),
            ("[2001:db8::1]:3000", "[2001:db8::1]"),
            ("[2001:db8::1]", "[2001:db8::1]"),
            ("co.uk", "co.uk"),
            ("co.uk.", "co.uk"),
            ("a.far.example.", "far.example"),
            ("", ""),
        ] {
            assert_eq!(registrable(domain), expected, "{domain}");
        }
    }

    #[test]
    fn handles_have_one_key() {
        for (text, key) in [
            ("alice", "alice"),
            ("@Alice", "alice"),
            ("@alice@Far.Example", "alice@far.example"),
            ("acct:alice@far.example:8443", "alice@far.example:8443"),
            ("alice@far.example.", "alice@far.example"),
            ("alice@bücher.example", "alice@xn--bcher-kva.example"),
            ("alice@far.example:443", "alice@far.example"),
        ] {
            assert_eq!(text.parse::<Handle>().unwrap().key(), key, "{text}");
        }
        for bad in ["", "@", "a b", "alice@", "alice@a/b", "alice@x@y", "ali\u{0}ce", ".alice", "ünal"] {
            assert!(bad.parse::<Handle>().is_err(), "{bad}");
        }
    }

    #[test]
    fn usernames_are_plain_and_free() {
        assert_eq!(check_username("anna_1"), Ok(()));
        assert_eq!(check_username("Admin"), Err(BadUsername::Reserved));
        assert_eq!(check_username("a.b"), Err(BadUsername::Characters));
        assert_eq!(check_username(""), Err(BadUsername::Length));
        assert_eq!(check_username(&"x".repeat(31)), Err(BadUsername::Length));
    }
}
