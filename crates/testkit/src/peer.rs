//! Another server, played by the test: actors with keys of their own, documents at any URL, answers of any kind, a record
//! of everything it was asked, and activities that it signs rightly or wrongly.
//!
//! One [`Peer`] answers for every host name below `localhost` on its port, so a test has as many servers as it wants.

mod activities;
mod actor;
mod by_hand;
mod keys;
mod newer;
mod proofs;
mod reply;
mod signing;

pub use actor::Actor;
pub use by_hand::SignedRequest;
pub use keys::{Ed25519Key, Key, verify_rsa_sha256};
pub use newer::{AnyKey, MessageOptions, verify_message};
pub use proofs::{prove, verify_proof};
pub use reply::Reply;
pub use signing::{Digest, SignOptions, verify};

use crate::client::Answer;
use crate::{clock, loopback, wait};
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Larger bodies from the program under test are its error.
const BODY_LIMIT: usize = 32 << 20;

/// A request that a peer received.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: Method,
    /// `remote.localhost:PORT`, from the `Host` header.
    pub host: String,
    /// Path and query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Whether the peer had a place in the record before this one: 0 for its first request.
    pub index: usize,
}

impl Received {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The `type` of an activity in the body; empty when there is none.
    pub fn kind(&self) -> String {
        self.json().get("type").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Whether this is a POST of an activity of that type.
    pub fn is(&self, kind: &str) -> bool {
        self.method == Method::POST && self.kind() == kind
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

type Script = Box<dyn Fn(&Received) -> Option<Reply> + Send + Sync>;

struct Inner {
    port: u16,
    received: Mutex<Vec<Received>>,
    /// By `host:port/path`.
    documents: Mutex<HashMap<String, Reply>>,
    scripts: Mutex<Vec<Script>>,
    ids: AtomicU64,
    http: reqwest::Client,
    key: Arc<Key>,
}

/// A server that does what the test says. Stops when dropped.
pub struct Peer {
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

impl Peer {
    /// Listens on 127.0.0.1 for `remote.localhost:PORT` and every other name.
    pub async fn start() -> Self {
        Self::start_on(Ipv4Addr::LOCALHOST.into()).await
    }

    /// Listens on another loopback address.
    pub async fn start_on(address: IpAddr) -> Self {
        let listener = TcpListener::bind((address, 0)).await.unwrap_or_else(|error| panic!("peer: {error}"));
        let port = listener.local_addr().unwrap_or_else(|error| panic!("peer: {error}")).port();
        let inner = Arc::new(Inner {
            port,
            received: Mutex::default(),
            documents: Mutex::default(),
            scripts: Mutex::default(),
            ids: AtomicU64::new(1),
            http: loopback::http(),
            key: Arc::new(Key::generate()),
        });
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&inner));
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("peer: {error}");
            }
        });
        Self { inner, task }
    }

    pub fn port(&self) -> u16 {
        self.inner.port
    }

    /// `remote.localhost:PORT`.
    pub fn domain(&self) -> String {
        self.domain_of("remote.localhost")
    }

    /// `HOST:PORT`.
    pub fn domain_of(&self, host: &str) -> String {
        format!("{host}:{}", self.inner.port)
    }

    /// `http://remote.localhost:PORT/path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.domain())
    }

    /// An actor at `remote.localhost`; its document and WebFinger are served from now on.
    pub fn actor(&self, username: &str) -> Actor {
        self.actor_at("remote.localhost", username)
    }

    /// An actor at another host name of this peer (`h07.localhost`). All actors share one key pair, because making keys
    /// takes longer than most tests; [`Peer::actor_with_key`] gives one of its own.
    pub fn actor_at(&self, host: &str, username: &str) -> Actor {
        self.actor_with_key(host, username, Arc::clone(&self.inner.key))
    }

    /// An actor with this key.
    pub fn actor_with_key(&self, host: &str, username: &str, key: Arc<Key>) -> Actor {
        let actor = Actor::new(&self.domain_of(host), username, key);
        self.publish_actor(&actor);
        actor
    }

    /// Serves an actor's document and WebFinger, as they are in the value: again after a change.
    pub fn publish_actor(&self, actor: &Actor) {
        self.publish(&actor.id, &actor.document);
        let finger =
            format!("http://{}/.well-known/webfinger?resource=acct:{}", actor.domain, actor.handle());
        self.serve(&finger, Reply::json(200, "application/jrd+json", &actor.webfinger()));
    }

    /// Serves an activity document at its URL.
    pub fn publish(&self, url: &str, document: &Value) {
        self.serve(url, Reply::json(200, "application/activity+json", document));
    }

    /// Serves anything at a URL of this peer. A URL without a query answers every query.
    pub fn serve(&self, url: &str, reply: Reply) {
        lock(&self.inner.documents).insert(key_of(url), reply);
    }

    /// From now on `http` status 404 at this URL.
    pub fn withdraw(&self, url: &str) {
        lock(&self.inner.documents).remove(&key_of(url));
    }

    /// Answers requests before any document does, wherever the script has an answer; the newest script is asked first.
    pub fn script(&self, script: impl Fn(&Received) -> Option<Reply> + Send + Sync + 'static) {
        lock(&self.inner.scripts).push(Box::new(script));
    }

    /// Everything asked of it so far, in order.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.inner.received).clone()
    }

    /// How many of the requests so far fit.
    pub fn count(&self, fits: impl Fn(&Received) -> bool) -> usize {
        lock(&self.inner.received).iter().filter(|request| fits(request)).count()
    }

    /// Waits until a request that fits has come (it may have come already).
    pub async fn wait_for(&self, what: &str, fits: impl Fn(&Received) -> bool) -> Received {
        let what = format!("{what} at {}", self.domain());
        wait::until(&what, wait::PATIENCE, async || {
            lock(&self.inner.received).iter().find(|request| fits(request)).cloned()
        })
        .await
    }

    /// Posts an activity to an inbox, signed by `actor` as the options say.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn try_deliver(
        &self,
        actor: &Actor,
        inbox: &str,
        activity: &Value,
        options: &SignOptions,
    ) -> Result<Answer, reqwest::Error> {
        self.try_deliver_bytes(actor, inbox, activity.to_string().into_bytes(), options).await
    }

    /// As [`Peer::try_deliver`], with a body that need not be JSON.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn try_deliver_bytes(
        &self,
        actor: &Actor,
        inbox: &str,
        body: Vec<u8>,
        options: &SignOptions,
    ) -> Result<Answer, reqwest::Error> {
        let signed = signing::sign(&Method::POST, inbox, Some(body), actor, options);
        self.send(Method::POST, inbox, signed).await
    }

    /// As [`Peer::try_deliver`].
    ///
    /// # Panics
    /// When no answer came.
    pub async fn deliver(
        &self,
        actor: &Actor,
        inbox: &str,
        activity: &Value,
        options: &SignOptions,
    ) -> Answer {
        let answer = self.try_deliver(actor, inbox, activity, options).await;
        answer.unwrap_or_else(|error| panic!("POST {inbox}: {error:?}"))
    }

    /// GET of an activity document, signed by `actor` as the options say.
    ///
    /// # Panics
    /// When no answer came.
    pub async fn fetch(&self, actor: &Actor, url: &str, options: &SignOptions) -> Answer {
        let signed = signing::sign(&Method::GET, url, None, actor, options);
        let answer = self.send(Method::GET, url, signed).await;
        answer.unwrap_or_else(|error| panic!("GET {url}: {error:?}"))
    }

    /// Delivers to the personal inbox of a local account (`http://alpha.localhost:PORT/users/alice`), rightly signed.
    pub async fn tell(&self, actor: &Actor, recipient: &str, activity: &Value) -> Answer {
        self.deliver(actor, &format!("{recipient}/inbox"), activity, &SignOptions::default()).await
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        signed: signing::Signed,
    ) -> Result<Answer, reqwest::Error> {
        let request = self.inner.http.request(method.clone(), url).headers(signed.headers).body(signed.body);
        Answer::read(&method, url, request.send().await?).await
    }

    /// A number that this peer never used before.
    fn next_id(&self) -> u64 {
        self.inner.ids.fetch_add(1, Ordering::Relaxed)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let host = head.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let received = {
        let mut all = lock(&inner.received);
        let index = all.len();
        let received = Received { method: head.method, host, path, headers: head.headers, body, index };
        all.push(received.clone());
        received
    };
    reply_to(&inner, &received).answer().await
}

fn reply_to(inner: &Inner, received: &Received) -> Reply {
    let scripted = lock(&inner.scripts).iter().rev().find_map(|script| script(received));
    if let Some(reply) = scripted {
        return reply;
    }
    if received.method == Method::POST {
        return Reply::status(202);
    }
    let whole = decoded(&format!("{}{}", received.host, received.path));
    let without_query = whole.split('?').next().unwrap_or_default();
    let documents = lock(&inner.documents);
    let found = documents.get(&whole).or_else(|| documents.get(without_query));
    found.cloned().unwrap_or_else(|| Reply::status(404))
}

/// `http://host:1/path?query#fragment` → `host:1/path?query`.
fn key_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    decoded(rest.split('#').next().unwrap_or_default())
}

/// Some ask for `acct%3Abob%40host`, some for `acct:bob@host`.
fn decoded(text: &str) -> String {
    text.replace("%3A", ":").replace("%3a", ":").replace("%40", "@")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `YYYY-MM-DDTHH:MM:SS.mmmZ`, now.
fn timestamp() -> String {
    clock::timestamp(clock::now(0))
}

#[cfg(test)]
mod tests;
