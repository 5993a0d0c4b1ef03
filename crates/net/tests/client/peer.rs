//! A peer that speaks HTTP/1.1 by hand, so that it can break it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// What a peer does after a request.
pub enum Answer {
    /// Sends this and keeps the connection.
    Bytes(Vec<u8>),
    /// Sends this and closes.
    Last(Vec<u8>),
    /// Sends the first at once, then one byte of `x` again and again.
    Drip(Vec<u8>, Duration),
    /// Sends the first at once, then the second again and again as fast as it is taken.
    Flood(Vec<u8>, Vec<u8>),
    /// Waits until the semaphore lets it, then answers 200.
    When(Arc<Semaphore>),
}

/// Request line, headers, body.
#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap()
    }

    /// All values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }
}

pub struct Peer {
    pub addr: SocketAddr,
    connections: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<Seen>>>,
    _tasks: JoinSet<()>,
}

impl Peer {
    pub async fn start(answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0", answer).await
    }

    pub async fn at(addr: &str, answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(addr).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        let (count, record, answer) = (connections.clone(), seen.clone(), Arc::new(answer));
        tasks.spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let (record, answer) = (record.clone(), answer.clone());
                open.spawn(async move { serve(stream, &record, &*answer).await });
            }
        });
        Self { addr, connections, seen, _tasks: tasks }
    }

    /// A peer that answers everything with 200 and `body`.
    pub async fn saying(body: &'static str) -> Self {
        Self::start(move |_| Answer::Bytes(ok(body))).await
    }

    /// A peer that nobody may call.
    pub async fn canary() -> Self {
        Self::saying("the canary is dead").await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

pub fn ok(body: &str) -> Vec<u8> {
    with(&[], body.as_bytes())
}

/// 200 with these header lines and a body of known length.
pub fn with(headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes = b"HTTP/1.1 200 OK\r\n".to_vec();
    for line in headers {
        bytes.extend(format!("{line}\r\n").into_bytes());
    }
    bytes.extend(format!("content-length: {}\r\n\r\n", body.len()).into_bytes());
    bytes.extend_from_slice(body);
    bytes
}

pub fn redirect(status: u16, location: &str) -> Answer {
    Answer::Bytes(
        format!("HTTP/1.1 {status} x\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n").into_bytes(),
    )
}

/// Serves one connection until either side has enough.
pub async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    record: &Mutex<Vec<Seen>>,
    answer: &(impl Fn(&Seen) -> Answer + ?Sized),
) {
    while let Some(seen) = read(&mut stream).await {
        record.lock().unwrap().push(seen.clone());
        let result = match answer(&seen) {
            Answer::Bytes(bytes) => stream.write_all(&bytes).await,
            Answer::Last(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Answer::Drip(head, every) => {
                let mut result = stream.write_all(&head).await;
                let mut ticks = tokio::time::interval(every);
                while result.is_ok() {
                    ticks.tick().await;
                    result = stream.write_all(b"x").await;
                }
                result
            }
            Answer::Flood(head, again) => {
                let mut result = stream.write_all(&head).await;
                while result.is_ok() {
                    result = stream.write_all(&again).await;
                }
                result
            }
            Answer::When(signal) => {
                signal.acquire().await.unwrap().forget();
                stream.write_all(&ok("at last")).await
            }
        };
        if result.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Seen> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().lines();
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some(Seen { line, headers, body })
}
