//! The guarded client: one request, its redirects, and its answer.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::redirect::Policy;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::body::{self, Appetite};
use crate::error::classify;
use crate::gate::Gate;
use crate::guard::{Guard, Lane, Scheme};
use crate::limits::{CONNECTION_WINDOW, ERROR_BODY, Limits, STREAM_WINDOW};
use crate::pool::Pool;
use crate::request::{Request, Response, Sign};
use crate::resolver::{LaneResolver, Names};
use crate::{AllowRule, Error, tls};

/// How the client behaves; from the configuration's `net` section and the instance's domain.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The instance's domain is a loopback name: plain http, any port and loopback peers are let through.
    pub local_mode: bool,
    /// `net.allow`
    pub allow: Vec<AllowRule>,
    /// `net.ca_file`: a PEM file of further roots.
    pub ca_file: Option<PathBuf>,
    /// `net.dns`: the name server to ask instead of the system's.
    pub dns: Option<SocketAddr>,
    /// Sent with every request.
    pub user_agent: String,
    /// `host[:port]` of this instance, which it never calls.
    pub own_domain: String,
    /// Bounds.
    pub limits: Limits,
}

/// The way out. Cloning is cheap; all clones share connections and turns.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    guard: Arc<Guard>,
    lanes: HashMap<Lane, Pool>,
    gate: Arc<Gate>,
    limits: Limits,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("guard", &self.0.guard)
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}

/// What one hop came to.
enum Hop {
    Arrived(Response),
    Moved(Url),
}

impl Client {
    /// Builds the client; warns of every exception it was given.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let Settings { local_mode, allow, ca_file, dns, user_agent, own_domain, limits } = settings;
        if local_mode {
            tracing::warn!("local mode: loopback peers, plain http and any port may be called");
        }
        for rule in &allow {
            tracing::warn!(%rule, "net.allow: an exception to the address policy");
        }
        let user_agent = HeaderValue::from_str(&user_agent)
            .map_err(|_| Error::Settings("the user agent is not a header value".to_owned()))?;
        let guard = Arc::new(Guard::new(local_mode, allow, &own_domain)?);
        let names = Arc::new(Names::new(dns)?);
        let tls = tls::config(ca_file.as_deref())?;
        let lanes = guard
            .lanes()
            .into_iter()
            .map(|lane| {
                let (names, guard, tls) = (names.clone(), guard.clone(), tls.clone());
                let (user_agent, limits) = (user_agent.clone(), limits.clone());
                let pool = Pool::new(limits.pooled_hosts, move || {
                    let resolver = LaneResolver { names: names.clone(), guard: guard.clone(), lane };
                    lane_client(resolver, &tls, &user_agent, &limits)
                })?;
                Ok((lane, pool))
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self(Arc::new(Inner { guard, lanes, gate: Gate::new(&limits), limits })))
    }

    /// Makes one request and reads its answer. Redirects of GET and HEAD are followed, each checked, signed and
    /// counted like the first URL; `Authorization` and `Cookie` do not leave the origin they were meant for.
    ///
    /// An answer with an error status is `Ok`. Dropping the future gives the request up.
    pub async fn send(&self, request: Request<'_>) -> Result<Response, Error> {
        let inner = &*self.0;
        let Request { method, url, headers, body, max_body, deadline, sign } = request;
        let started = Instant::now();
        let mut trip = Trip {
            inner,
            method,
            headers: without(headers, &OURS),
            body,
            sign,
            cap: if max_body == 0 { inner.limits.max_body } else { max_body },
            deadline: started + deadline.unwrap_or(inner.limits.deadline),
        };
        let result = trip.run(url).await;
        let elapsed = started.elapsed();
        match &result {
            Ok(response) => tracing::debug!(
                method = %trip.method,
                host = response.url.host_str(),
                status = response.status.as_u16(),
                bytes = response.body.len(),
                ?elapsed,
                "called"
            ),
            Err(error) => {
                tracing::debug!(method = %trip.method, %error, error.kind = error.kind(), ?elapsed, "call failed");
            }
        }
        result
    }
}

/// One request under way.
struct Trip<'a> {
    inner: &'a Inner,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
    sign: Option<&'a dyn Sign>,
    cap: usize,
    deadline: Instant,
}

impl Trip<'_> {
    async fn run(&mut self, url: Url) -> Result<Response, Error> {
        let (mut url, mut lane) = self.inner.guard.check(url)?;
        let mut visited = Vec::new();
        loop {
            let next = match self.hop(&url, lane).await? {
                Hop::Arrived(response) => return Ok(response),
                Hop::Moved(next) => next,
            };
            let (next, next_lane) = self.inner.guard.check(next)?;
            if lane.scheme == Scheme::Https && next_lane.scheme == Scheme::Http {
                return Err(Error::Redirect { host: host_of(&url), reason: "from https to http" });
            }
            if url.origin() != next.origin() {
                self.headers = without(std::mem::take(&mut self.headers), &ONE_ORIGIN);
            }
            let last = std::mem::replace(&mut url, next);
            lane = next_lane;
            let host = host_of(&last);
            visited.push(last);
            if visited.len() > self.inner.limits.max_redirects || visited.contains(&url) {
                return Err(Error::TooManyRedirects { host });
            }
        }
    }

    async fn hop(&self, url: &Url, lane: Lane) -> Result<Hop, Error> {
        let host = host_of(url);
        let turn = timeout_at(self.deadline, self.inner.gate.enter(&host)).await;
        let _turn = turn.map_err(|_| Error::Busy { host: host.clone() })??;
        let response = timeout_at(self.deadline, self.call(url, lane, &host))
            .await
            .map_err(|_| Error::Timeout { host: host.clone() })??;

        let status = response.status();
        if is_redirect(status) {
            return self.moved(url, host, &response).map(Hop::Moved);
        }
        let mut headers = response.headers().clone();
        let whole = status.is_success() && self.method == Method::GET;
        let body = if self.method == Method::HEAD {
            Bytes::new()
        } else {
            let cap = if status.is_success() { self.cap } else { self.cap.min(ERROR_BODY) };
            body::read(&host, response, &mut headers, Appetite { cap, deadline: self.deadline, whole })
                .await?
        };
        Ok(Hop::Arrived(Response { status, headers, url: url.clone(), body }))
    }

    async fn call(&self, url: &Url, lane: Lane, host: &str) -> Result<reqwest::Response, Error> {
        let mut headers = self.headers.clone();
        if let Some(sign) = self.sign {
            let signed = sign.sign(&self.method, url, &self.body).await.map_err(Error::Sign)?;
            headers.extend(without(signed, &OURS));
        }
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let Some(pool) = self.inner.lanes.get(&lane) else {
            return Err(Error::Settings(format!("no lane for {lane:?}")));
        };
        let client = pool.client(host)?;
        if self.body.is_empty() && self.method == Method::POST {
            // hyper is silent about an empty body, which some servers answer with 411 (RFC 9110 §8.6).
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(0));
        }
        let mut request = client.request(self.method.clone(), url.clone()).headers(headers);
        if !self.body.is_empty() {
            request = request.body(self.body.clone());
        }
        request.send().await.map_err(|error| classify(host, &error))
    }

    fn moved(&self, url: &Url, host: String, response: &reqwest::Response) -> Result<Url, Error> {
        if self.method != Method::GET && self.method != Method::HEAD {
            return Err(Error::Redirect { host, reason: "neither GET nor HEAD" });
        }
        let Some(location) = response.headers().get(header::LOCATION) else {
            return Err(Error::Redirect { host, reason: "no Location" });
        };
        let location = std::str::from_utf8(location.as_bytes()).ok().and_then(|text| url.join(text).ok());
        location.ok_or(Error::Redirect { host, reason: "Location is no URL" })
    }
}

/// Headers that belong to the connection, not to the caller.
const OURS: [HeaderName; 9] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::ACCEPT_ENCODING,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
];

/// Headers that were meant for the origin they were first sent to.
const ONE_ORIGIN: [HeaderName; 4] = [
    header::AUTHORIZATION,
    header::COOKIE,
    HeaderName::from_static("signature"),
    HeaderName::from_static("signature-input"),
];

fn without(mut headers: HeaderMap, names: &[HeaderName]) -> HeaderMap {
    for name in names {
        headers.remove(name);
    }
    headers
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "the one place where HTTP clients are made")]
fn lane_client(
    resolver: LaneResolver,
    tls: &rustls::ClientConfig,
    user_agent: &HeaderValue,
    limits: &Limits,
) -> Result<reqwest::Client, Error> {
    reqwest::Client::builder()
        .https_only(resolver.lane.scheme == Scheme::Https)
        .dns_resolver(resolver)
        .tls_backend_preconfigured(tls.clone())
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        // Decompression is ours (`body.rs`), where it is counted. Other crates may have switched these features on.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .user_agent(user_agent)
        .connect_timeout(limits.connect)
        .pool_max_idle_per_host(limits.idle_per_host)
        .pool_idle_timeout(limits.idle_timeout)
        .tcp_keepalive(Duration::from_secs(30))
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .build()
        .map_err(|error| Error::Settings(format!("HTTP client: {error}")))
}
