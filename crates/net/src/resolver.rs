//! Names into addresses, of which only the admitted ones come back.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::Error;
use crate::error::Unresolved;
use crate::guard::{Guard, Lane};
use crate::limits::{ADDRESSES, DNS_ATTEMPT, DNS_CACHE, DNS_NEGATIVE, DNS_POSITIVE};

/// DNS, shared by all lanes.
pub(crate) struct Names {
    /// `None` where the system has no name servers configured: an instance on a machine without a network still starts.
    dns: Option<TokioResolver>,
}

impl Names {
    /// Asks `server`, or those of the system (then `/etc/hosts` counts too).
    pub(crate) fn new(server: Option<SocketAddr>) -> Result<Self, Error> {
        let mut builder = match server {
            Some(server) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = server.port();
                    connection
                });
                let server = NameServerConfig::new(server.ip(), true, connections.into());
                let config = ResolverConfig::from_name_servers(vec![server]);
                let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
                builder.options_mut().use_hosts_file = ResolveHosts::Never;
                builder
            }
            None => match TokioResolver::builder_tokio() {
                Ok(builder) => builder,
                Err(error) => {
                    tracing::warn!(%error, "no name servers: only localhost and literal addresses can be called");
                    return Ok(Self { dns: None });
                }
            },
        };
        let options = builder.options_mut();
        options.timeout = DNS_ATTEMPT;
        options.attempts = 1;
        options.try_tcp_on_error = true;
        options.cache_size = DNS_CACHE;
        options.positive_max_ttl = Some(DNS_POSITIVE);
        options.negative_max_ttl = Some(DNS_NEGATIVE);
        options.max_active_requests = 256;
        let dns = builder.build().map_err(|error| Error::Settings(format!("DNS: {error}")))?;
        Ok(Self { dns: Some(dns) })
    }

    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Unresolved> {
        if name == "localhost" || name.ends_with(".localhost") {
            return Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]);
        }
        let Some(dns) = &self.dns else {
            return Err(Unresolved::Failed("no name servers".to_owned()));
        };
        // The root dot keeps search domains of this machine's network out of it.
        let found = dns.lookup_ip(format!("{name}.")).await;
        Ok(found.map_err(|error| Unresolved::Failed(error.to_string()))?.iter().collect())
    }
}

/// The resolver of one lane.
pub(crate) struct LaneResolver {
    pub(crate) names: Arc<Names>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) lane: Lane,
}

impl Resolve for LaneResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, guard, lane) = (self.names.clone(), self.guard.clone(), self.lane);
        Box::pin(async move {
            let found = names.addresses(name.as_str()).await?;
            let admitted: Vec<SocketAddr> = found
                .iter()
                .filter(|address| guard.admits(lane, **address))
                .take(ADDRESSES)
                // Port 0 means the URL's.
                .map(|address| SocketAddr::new(address.to_canonical(), 0))
                .collect();
            if admitted.is_empty() {
                let why = if found.is_empty() {
                    Unresolved::Failed("no addresses".to_owned())
                } else {
                    Unresolved::Refused
                };
                return Err(why.into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}
