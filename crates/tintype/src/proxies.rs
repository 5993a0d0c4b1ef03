//! Whom a request comes from. Behind a reverse proxy every connection is the proxy's own; what it says about the other
//! end is believed only of proxies that the configuration names.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use serde::{Deserialize, Serialize};

/// The header in which proxies write whom they serve, the nearest one last.
const FORWARDED: &str = "x-forwarded-for";

/// A network such as `10.0.0.0/8`, or one address (CIDR notation, RFC 4632 §3.1, RFC 4291 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    base: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address lies in it. An IPv4 address that came by an IPv6 socket is an IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                same(u128::from(base.to_bits()) << 96, u128::from(address.to_bits()) << 96, self.bits)
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => same(base.to_bits(), address.to_bits(), self.bits),
            _ => false,
        }
    }
}

/// Whether two numbers begin with the same `bits` bits.
fn same(a: u128, b: u128, bits: u8) -> bool {
    (a ^ b).leading_zeros() >= u32::from(bits)
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no network: write 10.0.0.0/8 or one address");
        let (base, bits) = match text.split_once('/') {
            Some((base, bits)) => (base, Some(bits.parse::<u8>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let base = base.parse::<IpAddr>().map_err(|_| wrong())?;
        let all = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(all);
        if bits > all { Err(wrong()) } else { Ok(Self { base, bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

/// Puts the client's address in the place of its proxy's, so that every door that counts by address counts clients.
pub async fn client(State(trusted): State<Arc<[Network]>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    if let Some(peer) = peer {
        let client = behind(&trusted, peer.ip(), request.headers());
        if client != peer.ip() {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, 0)));
        }
    }
    next.run(request).await
}

/// The right-most address that isn't a trusted proxy's. Everything left of it is hearsay. When all are proxies, or what
/// stands there is no address, it is the last one that could be believed.
fn behind(trusted: &[Network], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let believed = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer;
    let values: Vec<&str> =
        headers.get_all(FORWARDED).iter().flat_map(|v| v.to_str().unwrap_or("?").split(',')).collect();
    for value in values.iter().rev() {
        if !believed(client) {
            break;
        }
        let Some(next) = address(value.trim()) else { break };
        client = next;
    }
    client
}

/// An address, with or without a port, as proxies write them.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|both| both.ip()))
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn networks_are_read_and_written() {
        let network = |text: &str| text.parse::<Network>();
        for (text, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
            ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"),
            ("::1", "::1", "::2"),
            ("fd00::/8", "fdff::9", "fe80::1"),
            ("192.0.2.0/24", "::ffff:192.0.2.9", "::ffff:192.0.3.9"),
        ] {
            let read = network(text).unwrap();
            assert!(read.contains(inside.parse().unwrap()), "{text} {inside}");
            assert!(!read.contains(outside.parse().unwrap()), "{text} {outside}");
            assert_eq!(network(&read.to_string()), Ok(read));
        }
        for wrong in ["", "10.0.0.0/33", "::/129", "ten", "10.0.0.0/", "10.0.0.0/-1", "localhost"] {
            assert!(network(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted: Vec<Network> = ["127.0.0.1", "10.0.0.0/8"].iter().map(|t| t.parse().unwrap()).collect();
        for (peer, forwarded, client) in [
            ("203.0.113.9", &["198.51.100.1"][..], "203.0.113.9"),
            ("127.0.0.1", &[][..], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.1"][..], "198.51.100.1"),
            ("127.0.0.1", &["1.2.3.4, 198.51.100.1, 10.0.0.7"][..], "198.51.100.1"),
            ("127.0.0.1", &["1.2.3.4", "198.51.100.1"][..], "198.51.100.1"),
            ("127.0.0.1", &["10.0.0.8, 10.0.0.7"][..], "10.0.0.8"),
            ("127.0.0.1", &["198.51.100.1, rubbish"][..], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.1:4711"][..], "198.51.100.1"),
            ("127.0.0.1", &["[2001:db8::5]:4711"][..], "2001:db8::5"),
            ("127.0.0.1", &["[2001:db8::5]"][..], "2001:db8::5"),
            ("::ffff:127.0.0.1", &["198.51.100.1"][..], "198.51.100.1"),
        ] {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append(FORWARDED, HeaderValue::from_static(value));
            }
            assert_eq!(
                behind(&trusted, peer.parse().unwrap(), &headers),
                client.parse::<IpAddr>().unwrap(),
                "{peer} {forwarded:?}"
            );
        }
    }
}
