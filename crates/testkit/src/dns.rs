//! A name server that says what the test wants, and something else the next time.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// Record types of RFC 1035 §3.2.2 and RFC 3596.
const A: u16 = 1;
const AAAA: u16 = 28;

/// The addresses of a name, by how often it was asked for (A questions; 0 is the first).
type Script = Box<dyn Fn(usize) -> Vec<IpAddr> + Send + Sync>;

#[derive(Default)]
struct Zone {
    scripts: HashMap<String, Script>,
    asked: HashMap<String, usize>,
}

/// Answers A and AAAA questions over UDP on 127.0.0.1, each with a lifetime of 0 s; names it was not told are not there
/// (NXDOMAIN). Stops when dropped.
pub struct NameServer {
    address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    task: JoinHandle<()>,
}

impl NameServer {
    pub async fn start() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let socket = socket.unwrap_or_else(|error| panic!("name server: {error}"));
        let address = socket.local_addr().unwrap_or_else(|error| panic!("name server: {error}"));
        let zone = Arc::new(Mutex::new(Zone::default()));
        let told = Arc::clone(&zone);
        let task = tokio::spawn(async move {
            let mut buffer = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                if let Some(answer) = buffer.get(..length).and_then(|message| answer(message, &told)) {
                    let _ = socket.send_to(&answer, from).await;
                }
            }
        });
        Self { address, zone, task }
    }

    /// Where it listens, for `net.dns`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on the name has these addresses.
    ///
    /// # Panics
    /// When one is no address.
    pub fn tell(&self, name: &str, addresses: &[&str]) {
        let parse = |address: &&str| match address.parse() {
            Ok(address) => address,
            Err(error) => panic!("{address}: {error}"),
        };
        let addresses: Vec<IpAddr> = addresses.iter().map(parse).collect();
        self.script(name, move |_| addresses.clone());
    }

    /// From now on the name has other addresses each time, by how often it was asked for before.
    pub fn script(&self, name: &str, script: impl Fn(usize) -> Vec<IpAddr> + Send + Sync + 'static) {
        lock(&self.zone).scripts.insert(name.to_lowercase(), Box::new(script));
    }

    /// How often a name was asked for.
    pub fn asked(&self, name: &str) -> usize {
        lock(&self.zone).asked.get(&name.to_lowercase()).copied().unwrap_or_default()
    }

    /// How many names at or below `domain` were asked for.
    pub fn asked_below(&self, domain: &str) -> usize {
        let (domain, end) = (domain.to_lowercase(), format!(".{}", domain.to_lowercase()));
        lock(&self.zone).asked.keys().filter(|name| **name == domain || name.ends_with(&end)).count()
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// RFC 1035 §4: header, the question again, and records that point at its name. `None`: not a question we know.
fn answer(message: &[u8], zone: &Mutex<Zone>) -> Option<Vec<u8>> {
    let (name, end) = name_of(message)?;
    let question = message.get(12..end + 4)?;
    let kind = u16::from_be_bytes([*message.get(end)?, *message.get(end + 1)?]);
    let known = addresses(&mut lock(zone), &name, kind);
    let records: Vec<(u16, Vec<u8>)> = known.iter().flatten().map(record).collect();
    let fitting: Vec<&(u16, Vec<u8>)> = records.iter().filter(|(of, _)| *of == kind).collect();

    let mut reply = message.get(..2)?.to_vec();
    // A response, recursion desired and available; NXDOMAIN or no error.
    reply.extend([0x81, if known.is_none() { 0x83 } else { 0x80 }]);
    for count in [1, u16::try_from(fitting.len()).unwrap_or_default(), 0, 0] {
        reply.extend(count.to_be_bytes());
    }
    reply.extend(question);
    for (kind, octets) in fitting {
        reply.extend([0xc0, 12]);
        reply.extend(kind.to_be_bytes());
        // Class IN, a lifetime of 0 s.
        reply.extend([0, 1, 0, 0, 0, 0]);
        reply.extend(u16::try_from(octets.len()).unwrap_or_default().to_be_bytes());
        reply.extend(octets);
    }
    Some(reply)
}

/// The name asked for, and where it ends in the message.
fn name_of(message: &[u8]) -> Option<(String, usize)> {
    let mut labels = Vec::new();
    let mut at = 12;
    loop {
        let length = usize::from(*message.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join(".").to_lowercase(), at));
        }
        labels.push(String::from_utf8_lossy(message.get(at..at + length)?).into_owned());
        at += length;
    }
}

/// `None`: there is no such name.
fn addresses(zone: &mut Zone, name: &str, kind: u16) -> Option<Vec<IpAddr>> {
    let asked = zone.asked.entry(name.to_owned()).or_default();
    // Both families are asked for at once: they belong to one look-up.
    let times = if kind == A { *asked } else { asked.saturating_sub(1) };
    if kind == A {
        *asked += 1;
    }
    Some(zone.scripts.get(name)?(times))
}

fn record(address: &IpAddr) -> (u16, Vec<u8>) {
    match address {
        IpAddr::V4(v4) => (A, v4.octets().to_vec()),
        IpAddr::V6(v6) => (AAAA, v6.octets().to_vec()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(server: &NameServer, name: &str, kind: u16) -> Vec<u8> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let mut question = vec![7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            question.push(u8::try_from(label.len()).unwrap());
            question.extend(label.bytes());
        }
        question.push(0);
        question.extend(kind.to_be_bytes());
        question.extend([0, 1]);
        socket.send_to(&question, server.address()).await.unwrap();
        let mut buffer = [0; 512];
        let length = socket.recv(&mut buffer).await.unwrap();
        assert_eq!(buffer[..2], [7, 9]);
        buffer[..length].to_vec()
    }

    #[tokio::test]
    async fn says_what_it_was_told() {
        let server = NameServer::start().await;
        server.tell("Two.Test", &["10.1.2.3", "::1"]);
        server
            .script("turns.test", |times| vec![IpAddr::from([127, 0, 0, u8::try_from(times).unwrap() + 1])]);
        let v4 = ask(&server, "two.test", A).await;
        assert_eq!((v4[3] & 15, &v4[6..8], &v4[v4.len() - 4..]), (0, &[0, 1][..], &[10, 1, 2, 3][..]));
        let v6 = ask(&server, "two.test", AAAA).await;
        assert_eq!((&v6[6..8], v6[v6.len() - 1]), (&[0, 1][..], 1));
        for times in 1..3 {
            assert_eq!(ask(&server, "turns.test", A).await.last(), Some(&times));
        }
        let missing = ask(&server, "missing.test", A).await;
        assert_eq!((missing[3] & 15, &missing[6..8]), (3, &[0, 0][..]));
        assert_eq!(
            (server.asked("two.test"), server.asked("turns.test"), server.asked_below("test")),
            (1, 2, 3)
        );
    }
}
