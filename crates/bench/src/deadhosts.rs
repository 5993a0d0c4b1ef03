//! What most followers' hosts being gone costs those that are there.
//!
//! One author with followers on 2,000 hosts: 900 answer, 1,000 are dead, 100 give a byte every nine seconds. All of them
//! are alive when they follow, so the instance learns of their death by its own deliveries. Half of the dead take
//! connections that nobody accepts, the other half don't even take those.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use futures::StreamExt as _;
use serde_json::Value;
use tintype_testkit::{
    Instance, Peer, Person,
    peer::{Actor, Received},
    wait,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    runtime::Runtime,
};

use crate::memory::{Memory, mebibytes};

/// Follows on their way at once.
const AT_ONCE: usize = 24;
/// What all follows and their answers may take.
const GATHERING: Duration = Duration::from_mins(3);
/// What a healthy host may have to wait for the last post.
const LAST: Duration = Duration::from_mins(1);
/// From one byte of a slow host to the next.
const BYTE_EVERY: Duration = Duration::from_secs(9);
/// The aim: the 95th percentile of the healthy.
const AIM: Duration = Duration::from_secs(5);
/// The aim: what requests to 2,000 hosts may take of memory, however many of them answer. There are as many requests at
/// once as there are hands, so more hosts take no more.
const GROWTH: u64 = 128 << 20;

/// How many hosts of which kind, and how much is said to them.
pub struct Size {
    pub healthy: usize,
    pub dead: usize,
    pub slow: usize,
    pub posts: usize,
    /// From one post to the next.
    pub every: Duration,
}

/// When a post arrived where.
type Arrivals = Arc<Mutex<HashMap<(usize, String), Instant>>>;

/// Measures, prints, and fails when an aim is missed.
pub async fn run(size: Size) -> Result<()> {
    let instance = Instance::builder("bench").start().await;
    let author = instance.person("author").await;
    let healthy = Peer::start().await;
    // Each with threads of its own: when those end, so do its connections.
    let (gone, closed, slow) = (Doomed::start()?, Doomed::start()?, Doomed::start()?);
    let began = Instant::now();
    gather(&healthy, "h", size.healthy, &author).await?;
    gather(&gone.peer, "g", size.dead / 2, &author).await?;
    gather(&closed.peer, "c", size.dead - size.dead / 2, &author).await?;
    gather(&slow.peer, "s", size.slow, &author).await?;
    let everybody = size.healthy + size.dead + size.slow;
    // Nothing is left to do but what is done from time to time.
    let at_rest = async || instance.count("deliveries").await == 0 && instance.count("jobs").await <= 1;
    wait::try_until(GATHERING, async || at_rest().await.then_some(()))
        .await
        .context("the follows were not answered in time")?;
    println!("{everybody} followers on as many hosts after {} s", began.elapsed().as_secs());

    let arrivals = Arrivals::default();
    watch(&healthy, &arrivals);
    let _gone = silent(gone.end()).await?;
    let _closed = full(closed.end()).await?;
    let _slow = dribbling(slow.end()).await?;
    let before = Usage::of(&instance).await?;
    let mut highest = before;
    let mut posted = Vec::with_capacity(size.posts);
    for number in 0..size.posts {
        author.say(&format!("deadhosts{number}.")).await;
        posted.push(Instant::now());
        let next = Instant::now() + size.every;
        while Instant::now() < next {
            highest = highest.max(Usage::of(&instance).await?);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
    let expected = size.healthy * size.posts;
    let all = wait::try_until(LAST, async || (lock(&arrivals).len() == expected).then_some(())).await;
    let after = Usage::of(&instance).await?;
    highest = highest.max(after);

    let mut waits: Vec<(usize, Duration)> = lock(&arrivals)
        .iter()
        .filter_map(|((number, _), at)| Some((*number, at.saturating_duration_since(*posted.get(*number)?))))
        .collect();
    waits.sort_by_key(|(_, wait)| *wait);
    let of = |fits: &dyn Fn(usize) -> bool| -> Vec<Duration> {
        waits.iter().filter(|(number, _)| fits(*number)).map(|(_, wait)| *wait).collect()
    };
    println!("post to arrival, healthy hosts       p50       p95       p99       max");
    show("the first post", &of(&|number| number == 0));
    show("the others", &of(&|number| number != 0));
    let waits = of(&|_| true);
    show("all", &waits);
    println!("arrived at healthy hosts: {} of {expected}", waits.len());
    println!("                          VmRSS       VmHWM   descriptors   deliveries pending");
    for (when, usage) in [("before", before), ("at most", highest), ("after", after)] {
        let Usage { memory, descriptors, pending } = usage;
        let (resident, high) = (mebibytes(memory.resident), mebibytes(memory.highest));
        println!("{when:<18} {resident:>8.1} MiB {high:>7.1} MiB {descriptors:>13} {pending:>20}");
    }
    ensure!(all.is_some(), "some healthy hosts got nothing within {LAST:?} after the last post");
    let p95 = percentile(&waits, 95);
    ensure!(p95 < AIM, "the 95th percentile of healthy hosts is {p95:?}; the aim is {AIM:?}");
    let grown = highest.memory.highest.saturating_sub(before.memory.resident);
    ensure!(grown < GROWTH, "memory grew by {:.1} MiB; the aim is {} MiB", mebibytes(grown), GROWTH >> 20);
    println!("memory grew by {:.1} MiB", mebibytes(grown));
    Ok(())
}

/// Makes that many hosts with one person each, who follow the author.
async fn gather(peer: &Peer, prefix: &str, count: usize, author: &Person) -> Result<()> {
    let actors = (0..count).map(|number| peer.actor_at(&format!("{prefix}{number}.localhost"), "fan"));
    let actors: Vec<Actor> = actors.collect();
    let target = author.actor();
    let mut answers = futures::stream::iter(&actors)
        .map(async |actor| peer.tell(actor, &target, &peer.follow(actor, &target)).await.status)
        .buffer_unordered(AT_ONCE);
    while let Some(status) = answers.next().await {
        ensure!((200..300).contains(&status), "a Follow was answered with {status}");
    }
    Ok(())
}

/// Notes when each post first arrives at each host.
fn watch(peer: &Peer, arrivals: &Arrivals) {
    let arrivals = Arc::clone(arrivals);
    peer.script(move |request| {
        if let Some(number) = number_of(request) {
            lock(&arrivals).entry((number, request.host.clone())).or_insert_with(Instant::now);
        }
        None
    });
}

/// Which post a request brings: what stands between the marker and a full stop.
fn number_of(request: &Received) -> Option<usize> {
    if !request.is("Create") {
        return None;
    }
    let json = request.json();
    let content = json.pointer("/object/content").and_then(Value::as_str)?;
    let (_, rest) = content.split_once("deadhosts")?;
    rest.split('.').next()?.parse().ok()
}

/// A peer that will die.
struct Doomed {
    runtime: Runtime,
    peer: Peer,
}

impl Doomed {
    fn start() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let peer = std::thread::scope(|scope| {
            let start = scope.spawn(|| runtime.block_on(Peer::start()));
            start.join()
        });
        let peer = peer.map_err(|_| anyhow::anyhow!("a peer did not start"))?;
        Ok(Self { runtime, peer })
    }

    /// Ends it with all of its connections; where it listened.
    fn end(self) -> SocketAddr {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.peer.port()));
        self.runtime.shutdown_background();
        address
    }
}

/// Listens again where somebody did, with room for so many connections that nobody has accepted yet.
async fn listen(address: SocketAddr, backlog: u32) -> Result<TcpListener> {
    let bound = wait::try_until(wait::PATIENCE, async || {
        let socket = TcpSocket::new_v4().ok()?;
        socket.set_reuseaddr(true).ok()?;
        socket.bind(address).ok()?;
        socket.listen(backlog).ok()
    });
    bound.await.with_context(|| format!("{address} can't be taken over"))
}

/// Takes connections, accepts none, never answers.
async fn silent(address: SocketAddr) -> Result<TcpListener> {
    listen(address, 4096).await
}

/// Takes no connections: there is room for two, and those are there.
async fn full(address: SocketAddr) -> Result<(TcpListener, Vec<TcpStream>)> {
    let listener = listen(address, 1).await?;
    let mut fillers = Vec::new();
    while let Ok(filler) = tokio::time::timeout(Duration::from_secs(2), TcpStream::connect(address)).await {
        fillers.push(filler?);
        ensure!(fillers.len() < 16, "a full backlog takes more");
    }
    Ok((listener, fillers))
}

/// Answers each connection with one byte of a head after the other. Ends with its runtime.
async fn dribbling(address: SocketAddr) -> Result<tokio::task::JoinHandle<()>> {
    let listener = listen(address, 1024).await?;
    Ok(tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0_u8; 1024];
                let _ = connection.read(&mut request).await;
                for byte in b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n" {
                    if connection.write_all(&[*byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(BYTE_EVERY).await;
                }
            });
        }
    }))
}

/// What the instance takes at a moment.
#[derive(Clone, Copy)]
struct Usage {
    memory: Memory,
    descriptors: usize,
    pending: usize,
}

impl Usage {
    async fn of(instance: &Instance) -> Result<Self> {
        let pid = instance.pid().context("the server has ended")?;
        let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd"))?.count();
        Ok(Self { memory: Memory::of(instance)?, descriptors, pending: instance.count("deliveries").await })
    }

    /// The larger of each.
    fn max(self, other: Self) -> Self {
        Self {
            memory: Memory {
                resident: self.memory.resident.max(other.memory.resident),
                anonymous: self.memory.anonymous.max(other.memory.anonymous),
                highest: self.memory.highest.max(other.memory.highest),
            },
            descriptors: self.descriptors.max(other.descriptors),
            pending: self.pending.max(other.pending),
        }
    }
}

fn show(what: &str, waits: &[Duration]) {
    let at = |percent| percentile(waits, percent).as_secs_f64();
    println!("{what:<28} {:>8.2}s {:>8.2}s {:>8.2}s {:>8.2}s", at(50), at(95), at(99), at(100));
}

/// Of sorted waits, the smallest that so many of a hundred do not pass.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted() {
        let waits: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        for (percent, millis) in [(50, 100), (95, 190), (99, 198), (100, 200)] {
            assert_eq!(percentile(&waits, percent), Duration::from_millis(millis), "{percent}");
        }
        assert_eq!(percentile(&[], 95), Duration::ZERO);
    }
}
