//! Exceptions to the address policy, as written in `net.allow`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// One exception: a network and a port that may be called although the policy would refuse them, over http too.
///
/// Written `127.0.0.2/32:8443`, `[::1]/128:*` (any port), or without the prefix for one address: `10.0.0.7:443`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AllowRule {
    network: IpAddr,
    prefix: u8,
    /// `None` is any port.
    port: Option<u16>,
}

impl AllowRule {
    /// The one port the rule names; `None` for any.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether the rule speaks about this address. A v4-mapped v6 address is the v4 address it maps.
    pub(crate) fn covers(&self, address: IpAddr) -> bool {
        match (self.network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                (network.to_bits() ^ address.to_bits()) & mask_v4(self.prefix) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (network.to_bits() ^ address.to_bits()) & mask_v6(self.prefix) == 0
            }
            _ => false,
        }
    }

    /// Whether the rule speaks about this port. `None` stands for a port that no rule names.
    pub(crate) fn opens(&self, port: Option<u16>) -> bool {
        self.port.is_none() || self.port == port
    }
}

fn mask_v4(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
}

fn mask_v6(prefix: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0)
}

impl FromStr for AllowRule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |what: &str| {
            Error::Settings(format!(
                "allow rule {text:?}: {what}; write \"127.0.0.2/32:8443\" or \"[::1]/128:*\""
            ))
        };
        // From the right: everything after the last colon is the port, since a v6 address stands in brackets.
        let (network, port) = text.trim().rsplit_once(':').ok_or_else(|| wrong("no port"))?;
        let port = match port {
            "*" => None,
            number => match number.parse() {
                Ok(port) if port != 0 => Some(port),
                _ => return Err(wrong("not a port")),
            },
        };
        let (address, prefix) = match network.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (network, None),
        };
        let address = match address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(v6) => v6.parse().map(IpAddr::V6),
            None => address.parse().map(IpAddr::V4),
        }
        .map_err(|_| wrong("not an address"))?;
        if address.to_canonical() != address {
            return Err(wrong("a v4-mapped address; write the v4 address"));
        }
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(number) => match number.parse() {
                Ok(prefix) if prefix <= width => prefix,
                _ => return Err(wrong("not a prefix length")),
            },
        };
        let host_bits = match address {
            IpAddr::V4(v4) => u128::from(v4.to_bits() & !mask_v4(prefix)),
            IpAddr::V6(v6) => v6.to_bits() & !mask_v6(prefix),
        };
        if host_bits != 0 {
            return Err(wrong("the address is not the first of its network"));
        }
        Ok(Self { network: address, prefix, port })
    }
}

impl fmt::Display for AllowRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.network {
            IpAddr::V4(v4) => write!(f, "{v4}/{}:", self.prefix)?,
            IpAddr::V6(v6) => write!(f, "[{v6}]/{}:", self.prefix)?,
        }
        match self.port {
            Some(port) => write!(f, "{port}"),
            None => f.write_str("*"),
        }
    }
}

impl TryFrom<String> for AllowRule {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<AllowRule> for String {
    fn from(rule: AllowRule) -> Self {
        rule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, written) in [
            ("127.0.0.2/32:8443", "127.0.0.2/32:8443"),
            ("[::1]/128:*", "[::1]/128:*"),
            ("10.0.0.7:443", "10.0.0.7/32:443"),
            (" 172.18.0.0/16:* ", "172.18.0.0/16:*"),
            ("[fd00::]/8:80", "[fd00::]/8:80"),
            ("0.0.0.0/0:*", "0.0.0.0/0:*"),
        ] {
            assert_eq!(text.parse::<AllowRule>().unwrap().to_string(), written, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_exact() {
        for text in [
            "",
            "127.0.0.1",
            "127.0.0.1/32",
            "127.0.0.1/32:",
            "127.0.0.1/32:0",
            "127.0.0.1/32:65536",
            "127.0.0.1/33:80",
            "127.0.0.2/8:80",
            "[::1]/129:*",
            "::1:80",
            "[::ffff:127.0.0.1]/128:80",
            "[127.0.0.1]/32:80",
            "localhost:80",
            "*:80",
        ] {
            let error = text.parse::<AllowRule>().expect_err(text);
            assert_eq!(error.kind(), "settings", "{text}");
        }
    }

    #[test]
    fn covers_its_network_only() {
        for (rule, address, covered) in [
            ("127.0.0.2/32:1", "127.0.0.2", true),
            ("127.0.0.2/32:1", "::ffff:127.0.0.2", true),
            ("127.0.0.2/32:1", "127.0.0.3", false),
            ("127.0.0.2/32:1", "::1", false),
            ("172.16.0.0/12:1", "172.31.255.255", true),
            ("172.16.0.0/12:1", "172.32.0.0", false),
            ("[fd00::]/8:1", "fdff::1", true),
            ("[fd00::]/8:1", "fe00::1", false),
            ("0.0.0.0/0:1", "10.0.0.1", true),
            ("0.0.0.0/0:1", "::1", false),
        ] {
            let parsed: AllowRule = rule.parse().unwrap();
            assert_eq!(parsed.covers(address.parse().unwrap()), covered, "{rule} {address}");
        }
    }
}
