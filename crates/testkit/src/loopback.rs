//! One HTTP client whose every name resolves to this machine.

use crate::network::Network;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Once};
use std::time::Duration;

/// `alpha.localhost` and every other name is 127.0.0.1: not all systems resolve names below `localhost`, and a test
/// must not reach anything else. Names of the network of containers lead to its proxy, which listens here too.
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, name: Name) -> Resolving {
        let proxy = Network::given().and_then(|network| network.address(name.as_str()));
        // Port 0 means the URL's.
        let address = proxy.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let here: Addrs = Box::new(std::iter::once(address));
        Box::pin(std::future::ready(Ok(here)))
    }
}

/// A client that follows no redirects, uses no proxy and gives up after 60 s.
#[expect(
    clippy::disallowed_methods,
    reason = "the test kit plays strangers; it is not a way out of the program"
)]
pub fn http() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // An error only says that somebody else installed one first.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    });
    let builder = match Network::given() {
        Some(network) => reqwest::Client::builder().tls_certs_only([network.authority()]),
        None => reqwest::Client::builder(),
    };
    builder
        .dns_resolver(Arc::new(Loopback))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        // A new connection each time: one left over from before a kill would fail the next request.
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_mins(1))
        .build()
        .unwrap_or_else(|error| panic!("HTTP client: {error}"))
}
