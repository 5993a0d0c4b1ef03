//! What may be called: schemes, hosts, ports and addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::{AllowRule, Error, Refusal};

/// A scheme we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// Requests that the policy cannot tell apart but by address. See the crate's documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Lane {
    pub(crate) scheme: Scheme,
    /// 443 or a port that an allow rule names; `None` for all the others.
    pub(crate) port: Option<u16>,
}

/// The policy.
#[derive(Debug)]
pub(crate) struct Guard {
    local_mode: bool,
    rules: Vec<AllowRule>,
    own_host: String,
    /// `None`: the default ports.
    own_port: Option<u16>,
}

impl Guard {
    /// `own_domain` is `host[:port]`.
    pub(crate) fn new(local_mode: bool, rules: Vec<AllowRule>, own_domain: &str) -> Result<Self, Error> {
        let wrong = || Error::Settings(format!("{own_domain:?} is not a domain"));
        let own = Url::parse(&format!("https://{own_domain}/")).map_err(|_| wrong())?;
        if own.path() != "/" || own.query().is_some() || own.fragment().is_some() {
            return Err(wrong());
        }
        let own = canonical(own).map_err(|_| wrong())?;
        let own_host = own.host_str().ok_or_else(wrong)?.to_owned();
        Ok(Self { local_mode, rules, own_host, own_port: own.port() })
    }

    /// The URL as it will be called and the lane it goes by, or why it is refused. Everything that can be known
    /// without DNS is decided here, literal addresses included.
    pub(crate) fn check(&self, url: Url) -> Result<(Url, Lane), Error> {
        let refuse =
            |url: &Url, why| Error::Forbidden { host: url.host_str().unwrap_or_default().to_owned(), why };
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return Err(refuse(&url, Refusal::Scheme)),
        };
        let url = canonical(url).map_err(|(url, why)| refuse(&url, why))?;
        let Some(port) = url.port_or_known_default().filter(|port| *port != 0) else {
            return Err(refuse(&url, Refusal::Port));
        };
        if self.is_own(&url, port) {
            return Err(refuse(&url, Refusal::OwnDomain));
        }
        let lane = Lane { scheme, port: Some(port).filter(|port| self.is_listed(*port)) };
        if !self.is_open(lane) {
            let why = if scheme == Scheme::Http { Refusal::Scheme } else { Refusal::Port };
            return Err(refuse(&url, why));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
            Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
            _ => None,
        };
        if literal.is_some_and(|address| !self.admits(lane, address)) {
            return Err(refuse(&url, Refusal::Address));
        }
        Ok((url, lane))
    }

    /// The address policy.
    pub(crate) fn admits(&self, lane: Lane, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if self.rules.iter().any(|rule| rule.covers(address) && rule.opens(lane.port)) {
            return true;
        }
        if self.local_mode && address.is_loopback() {
            return true;
        }
        lane.scheme == Scheme::Https && (self.local_mode || lane.port == Some(443)) && is_global(address)
    }

    /// All lanes that may be used.
    pub(crate) fn lanes(&self) -> Vec<Lane> {
        let mut ports: Vec<Option<u16>> = self.rules.iter().map(AllowRule::port).collect();
        ports.extend([None, Some(443)]);
        ports.sort_unstable();
        ports.dedup();
        ports
            .into_iter()
            .flat_map(|port| [Scheme::Http, Scheme::Https].map(|scheme| Lane { scheme, port }))
            .filter(|lane| self.is_open(*lane))
            .collect()
    }

    /// Whether `admits` could say yes to some address.
    fn is_open(&self, lane: Lane) -> bool {
        self.local_mode
            || (lane.scheme == Scheme::Https && lane.port == Some(443))
            || self.rules.iter().any(|rule| rule.opens(lane.port))
    }

    fn is_listed(&self, port: u16) -> bool {
        port == 443 || self.rules.iter().any(|rule| rule.port() == Some(port))
    }

    /// By name only: two instances may share an address, as on a developer's machine or behind one proxy.
    fn is_own(&self, url: &Url, port: u16) -> bool {
        url.host_str() == Some(&self.own_host)
            && match self.own_port {
                Some(own) => port == own,
                None => port == 443 || port == 80,
            }
    }
}

/// The one spelling of a URL: no fragment, host without the root dot. (The URL parser has already lower-cased names,
/// turned them into their ASCII form and read every notation of IPv4.)
fn canonical(mut url: Url) -> Result<Url, (Url, Refusal)> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err((url, Refusal::Userinfo));
    }
    url.set_fragment(None);
    if let Some(Host::Domain(name)) = url.host() {
        let trimmed = name.strip_suffix('.').unwrap_or(name).to_owned();
        if !is_name(&trimmed) || url.set_host(Some(&trimmed)).is_err() {
            return Err((url, Refusal::Host));
        }
    }
    if url.has_host() { Ok(url) } else { Err((url, Refusal::Host)) }
}

/// Stricter than a URL, laxer than [RFC 1123](https://www.rfc-editor.org/rfc/rfc1123#section-2.1): underscores occur.
fn is_name(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        })
}

/// Whether an address is ordinary global unicast, the only kind a stranger may make us call.
///
/// An allow-list: what remains of the unicast space after both special-purpose registries
/// ([IPv4](https://www.iana.org/assignments/iana-ipv4-special-registry),
/// [IPv6](https://www.iana.org/assignments/iana-ipv6-special-registry)), also where these say "globally reachable"
/// (no server lives in an anycast relay), and after every form that smuggles an IPv4 address past an IPv6 rule.
fn is_global(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_global_v4(v4),
        IpAddr::V6(v6) => is_global_v6(v6),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        // RFC 6890: "this host on this network", RFC 1918, loopback
        [0 | 10 | 127, ..]
        // carrier-grade NAT (RFC 6598)
        | [100, 64..=127, ..]
        | [169, 254, ..]
        | [172, 16..=31, ..]
        | [192, 168, ..]
        // IETF assignments (RFC 6890), documentation (RFC 5737)
        | [192, 0, 0 | 2, _]
        // AS112 (RFC 7535, RFC 7534), AMT (RFC 7450), 6to4 relays (RFC 7526)
        | [192, 31, 196, _]
        | [192, 175, 48, _]
        | [192, 52, 193, _]
        | [192, 88, 99, _]
        // benchmarking (RFC 2544), documentation (RFC 5737)
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => true,
        // multicast, reserved, broadcast
        [first, ..] => first >= 224,
    };
    !special
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // IETF assignments (RFC 2928): Teredo, ORCHID, benchmarking …; documentation (RFC 3849)
        [0x2001, 0..=0x01ff | 0x0db8, ..]
        // 6to4 (RFC 3056), the old 6bone (RFC 3701)
        | [0x2002 | 0x3ffe, ..]
        // AS112 (RFC 7534)
        | [0x2620, 0x004f, 0x8000, ..]
        // documentation (RFC 9637)
        | [0x3fff, 0..=0x0fff, ..] => false,
        // The only block that IANA hands out for global unicast (RFC 4291 §2.4); not in it: ::, ::1, ::a.b.c.d,
        // 64:ff9b::/96 and 64:ff9b:1::/48 (NAT64), 100::/64, 5f00::/16, fc00::/7, fe80::/10, ff00::/8.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests;
