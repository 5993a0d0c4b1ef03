//! A network that fails: a proxy in front of an instance, whose faults are decided by a seed.

use crate::instance::Builder;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Larger requests are not for tests of the network.
const REQUEST_LIMIT: usize = 4 << 20;

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It passes.
    None,
    /// The connection is reset before anything was read.
    Refused,
    /// The connection is reset when half of the request has arrived.
    Cut,
    /// The request is taken and answered, and the connection is reset before the answer.
    Lost,
    /// 503, by somebody in between.
    Busy,
    /// It passes, late.
    Late(Duration),
}

/// A proxy on 127.0.0.1 for one instance ([`Builder::behind`]). It lets everything pass until there is a
/// [storm](Flaky::storm). Each connection carries one request. Stops when dropped.
pub struct Flaky {
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

type Hook = Box<dyn FnOnce() + Send>;

struct Inner {
    port: u16,
    /// Where the instance listens; 0 before it does.
    target: AtomicU16,
    /// Faults come only to POSTs to paths with this end.
    path: &'static str,
    seed: AtomicU64,
    /// Requests that the faults may still come to.
    storm: AtomicUsize,
    /// Requests to such a path since the storm began.
    seen: AtomicUsize,
    faults: AtomicUsize,
    /// What to do when so many were seen.
    hook: Mutex<Option<(usize, Hook)>>,
}

impl Flaky {
    /// Listens. `path` is the end of the paths that faults may come to.
    pub async fn start(path: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.unwrap_or_else(|error| panic!("proxy: {error}"));
        let port = listener.local_addr().unwrap_or_else(|error| panic!("proxy: {error}")).port();
        let inner = Arc::new(Inner {
            port,
            target: AtomicU16::new(0),
            path,
            seed: AtomicU64::new(0),
            storm: AtomicUsize::new(0),
            seen: AtomicUsize::new(0),
            faults: AtomicUsize::new(0),
            hook: Mutex::default(),
        });
        let shared = Arc::clone(&inner);
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let inner = Arc::clone(&shared);
                // What fails here fails for the two at the ends, and that is the point.
                tokio::spawn(async move { drop(inner.carry(connection).await) });
            }
        });
        Self { inner, task }
    }

    /// From now on `requests` requests meet the faults that this seed decides; those that come later pass.
    pub fn storm(&self, seed: u64, requests: usize) {
        self.inner.seed.store(seed, Ordering::SeqCst);
        self.inner.seen.store(0, Ordering::SeqCst);
        self.inner.faults.store(0, Ordering::SeqCst);
        self.inner.storm.store(requests, Ordering::SeqCst);
    }

    /// Calls `hook` when the request of this number (from 1) of the storm has come, before anything becomes of it.
    pub fn at(&self, number: usize, hook: impl FnOnce() + Send + 'static) {
        *self.inner.hook.lock().unwrap_or_else(PoisonError::into_inner) = Some((number, Box::new(hook)));
    }

    /// Requests since the storm began, and how many of them met a fault.
    pub fn seen(&self) -> (usize, usize) {
        (self.inner.seen.load(Ordering::SeqCst), self.inner.faults.load(Ordering::SeqCst))
    }

    pub(crate) fn target(&self) -> Target {
        Target(Arc::clone(&self.inner))
    }
}

impl Drop for Flaky {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where a proxy leads.
#[derive(Clone)]
pub(crate) struct Target(Arc<Inner>);

impl Target {
    pub(crate) fn port(&self) -> u16 {
        self.0.port
    }

    /// The instance listens here.
    pub(crate) fn set(&self, port: u16) {
        self.0.target.store(port, Ordering::SeqCst);
    }
}

impl Inner {
    /// Carries one request, or doesn't.
    async fn carry(&self, mut connection: TcpStream) -> std::io::Result<()> {
        // Whether it is refused is known by its path; so it is read first, and the sender can't tell.
        let Some(request) = read_request(&mut connection).await? else { return Ok(()) };
        let fault = if request.is_post_to(self.path) { self.next() } else { Fault::None };
        match fault {
            Fault::Refused => return connection.set_zero_linger(),
            Fault::Busy => return connection.write_all(BUSY).await,
            Fault::Late(delay) => tokio::time::sleep(delay).await,
            Fault::None | Fault::Cut | Fault::Lost => {}
        }
        let target = SocketAddr::from((Ipv4Addr::LOCALHOST, self.target.load(Ordering::SeqCst)));
        let Ok(mut far) = TcpStream::connect(target).await else { return connection.set_zero_linger() };
        if fault == Fault::Cut {
            far.write_all(request.bytes.get(..request.half()).unwrap_or_default()).await?;
            connection.set_zero_linger()?;
            return far.set_zero_linger();
        }
        far.write_all(&request.bytes).await?;
        if fault == Fault::Lost {
            let mut answer = Vec::new();
            far.read_to_end(&mut answer).await?;
            return connection.set_zero_linger();
        }
        tokio::io::copy_bidirectional(&mut connection, &mut far).await.map(drop)
    }

    fn next(&self) -> Fault {
        let number = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
        let hook = {
            let mut hook = self.hook.lock().unwrap_or_else(PoisonError::into_inner);
            hook.take_if(|(at, _)| *at == number)
        };
        if let Some((_, hook)) = hook {
            hook();
        }
        if number > self.storm.load(Ordering::SeqCst) {
            return Fault::None;
        }
        let fault = fault(self.seed.load(Ordering::SeqCst), number);
        if fault != Fault::None {
            self.faults.fetch_add(1, Ordering::SeqCst);
        }
        fault
    }
}

const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Type: application/json\r\n\
    Content-Length: 16\r\nConnection: close\r\n\r\n{\"error\":\"busy\"}";

/// What a seed decides for its request of a number: every second one passes.
fn fault(seed: u64, number: usize) -> Fault {
    // splitmix64, by which neighbours don't stay neighbours.
    let mut mixed =
        seed.wrapping_mul(1 << 32).wrapping_add(number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    match mixed % 12 {
        0 => Fault::Refused,
        1 => Fault::Cut,
        2 | 3 => Fault::Lost,
        4 => Fault::Busy,
        5 => Fault::Late(Duration::from_millis(mixed >> 32 & 255)),
        _ => Fault::None,
    }
}

/// A request as it came, but for one more line of its head.
struct Request {
    bytes: Vec<u8>,
    head: usize,
}

impl Request {
    /// Somewhere in the middle of the body; without one, of the head.
    fn half(&self) -> usize {
        if self.bytes.len() > self.head {
            usize::midpoint(self.head, self.bytes.len())
        } else {
            self.head / 2
        }
    }

    fn is_post_to(&self, end: &str) -> bool {
        let line = self.bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let mut words = line.split(' ');
        words.next() == Some("POST") && words.next().is_some_and(|path| path.ends_with(end))
    }
}

/// Reads one request to its end (its length is in `Content-Length`), and asks in its name for the connection to be closed
/// after the answer. `None` when nobody asks for anything.
async fn read_request(connection: &mut TcpStream) -> std::io::Result<Option<Request>> {
    const CLOSE: &[u8] = b"connection: close\r\n";
    let mut bytes = Vec::new();
    let mut wanted = None;
    loop {
        if wanted.is_none()
            && let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n")
        {
            wanted = Some((head + 2, head + 4 + content_length(bytes.get(..head).unwrap_or_default())));
        }
        if let Some((head, all)) = wanted
            && bytes.len() >= all
        {
            bytes.splice(head..head, CLOSE.iter().copied());
            return Ok(Some(Request { bytes, head: head + CLOSE.len() + 2 }));
        }
        if bytes.len() > REQUEST_LIMIT || connection.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length.and_then(|text| text.trim().parse().ok()).unwrap_or_default()
}

impl Builder {
    /// Stands behind a proxy, whose port is in the instance's domain.
    #[must_use]
    pub fn behind(self, proxy: &Flaky) -> Self {
        self.front(proxy.target())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Peer;
    use std::collections::BTreeMap;

    #[test]
    fn seeds_decide_and_differ() {
        let drawn = |seed| (1..=240).map(|number| fault(seed, number)).collect::<Vec<_>>();
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for fault in drawn(1) {
            let name = format!("{fault:?}");
            *kinds.entry(name.split('(').next().unwrap().to_owned()).or_default() += 1;
        }
        assert_eq!(kinds.len(), 6, "{kinds:?}");
        assert!((90..150).contains(&kinds["None"]), "{kinds:?}");
    }

    #[tokio::test]
    async fn faults_are_what_they_say() {
        let (peer, proxy) = (Peer::start().await, Flaky::start("/inbox").await);
        proxy.target().set(peer.port());
        let client = crate::loopback::http();
        let url = format!("http://127.0.0.1:{}/inbox", proxy.target().port());
        let post = async |path: &str| client.post(format!("{url}{path}")).body("{}").send().await;
        assert_eq!(post("").await.unwrap().status(), 202);
        proxy.storm(1, 120);
        for number in 1..=120 {
            assert_eq!(post("/elsewhere").await.unwrap().status(), 202);
            let before = peer.count(|request| request.path == "/inbox");
            let answer = post("").await.ok().map(|answer| answer.status().as_u16());
            let arrived = peer.count(|request| request.path == "/inbox") - before;
            let expected = match fault(1, number) {
                Fault::None | Fault::Late(_) => (Some(202), 1),
                // Half a body may have come to the peer, and is no request then.
                Fault::Refused => (None, 0),
                Fault::Cut => (None, arrived),
                Fault::Lost => (None, 1),
                Fault::Busy => (Some(503), 0),
            };
            assert_eq!((answer, arrived), expected, "{number}: {:?}", fault(1, number));
        }
        assert_eq!(post("").await.unwrap().status(), 202);
        let (seen, faults) = proxy.seen();
        assert_eq!(seen, 121);
        assert!((40..80).contains(&faults), "{faults}");
    }
}
