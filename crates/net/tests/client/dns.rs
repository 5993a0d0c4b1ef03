//! Names that lie, told by a name server of our own.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tintype_net::{Client, Error, Refusal, Settings};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use crate::peer::{Answer, Peer, ok};
use crate::{failure, get, settings};

struct NameServer {
    addr: SocketAddr,
    asked: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

/// Answers A and AAAA questions with what `zone` says for (name, how often it was asked for A); nothing is NXDOMAIN.
async fn name_server(zone: impl Fn(&str, usize) -> Vec<IpAddr> + Send + 'static) -> NameServer {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let addr = socket.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let mut task = JoinSet::new();
    task.spawn(async move {
        let mut question = [0; 512];
        loop {
            let (length, from) = socket.recv_from(&mut question).await.unwrap();
            let answer = answer(&question[..length], &zone, &counter);
            socket.send_to(&answer, from).await.unwrap();
        }
    });
    NameServer { addr, asked, _task: task }
}

/// RFC 1035 §4: header, the question again, and records that point at its name.
fn answer(message: &[u8], zone: &impl Fn(&str, usize) -> Vec<IpAddr>, asked: &AtomicUsize) -> Vec<u8> {
    let mut labels = Vec::new();
    let mut at = 12;
    while message[at] != 0 {
        let end = at + 1 + usize::from(message[at]);
        labels.push(String::from_utf8(message[at + 1..end].to_vec()).unwrap());
        at = end;
    }
    let v4 = match message[at + 2] {
        1 => true,
        28 => false,
        other => panic!("asked for type {other}"),
    };
    let times = if v4 { asked.fetch_add(1, Ordering::SeqCst) } else { asked.load(Ordering::SeqCst) };
    let known = zone(&labels.join("."), times);
    let records: Vec<_> = known.iter().filter(|address| address.is_ipv4() == v4).collect();

    let mut reply = message[..2].to_vec();
    reply.extend([
        0x81,
        if known.is_empty() { 0x83 } else { 0x80 },
        0,
        1,
        0,
        records.len() as u8,
        0,
        0,
        0,
        0,
    ]);
    reply.extend(&message[12..at + 5]);
    for record in records {
        let (kind, octets) = match record {
            IpAddr::V4(v4) => (1, v4.octets().to_vec()),
            IpAddr::V6(v6) => (28, v6.octets().to_vec()),
        };
        // name, type, class IN, TTL 0, length
        reply.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 0, 0, octets.len() as u8]);
        reply.extend(octets);
    }
    reply
}

fn addresses(list: &[&str]) -> Vec<IpAddr> {
    list.iter().map(|address| address.parse().unwrap()).collect()
}

fn client(dns: &NameServer, allow: &[String]) -> Client {
    let allow = allow.iter().map(|rule| rule.parse().unwrap()).collect();
    Client::new(Settings { dns: Some(dns.addr), allow, ..settings() }).unwrap()
}

#[tokio::test]
async fn names_of_private_addresses_are_refused() {
    let canary = Peer::canary().await;
    let port = canary.addr.port();
    let dns = name_server(|name, _| match name {
        "loop.example" => addresses(&["127.0.0.1"]),
        "lan.example" => addresses(&["10.0.0.1", "192.168.1.1"]),
        "mapped.example" => addresses(&["::ffff:127.0.0.1"]),
        "compat.example" => addresses(&["::7f00:1", "::", "::1"]),
        "nat64.example" => addresses(&["64:ff9b::7f00:1"]),
        "link.example" => addresses(&["fe80::1", "169.254.169.254"]),
        _ => Vec::new(),
    })
    .await;
    // The rule makes the lane of the canary's port exist.
    let client = client(&dns, &[format!("127.0.0.9/32:{port}")]);
    for name in ["loop", "lan", "mapped", "compat", "nat64", "link"] {
        for url in [format!("https://{name}.example/"), format!("https://{name}.example:{port}/")] {
            let error = failure(&client, &url).await;
            assert!(matches!(error, Error::Forbidden { why: Refusal::Address, .. }), "{url}: {error:?}");
        }
    }
    let missing = failure(&client, "https://missing.example/").await;
    assert!(matches!(missing, Error::Dns { .. }), "{missing:?}");
    assert!(!missing.is_permanent());
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn of_mixed_answers_only_the_admitted_address_is_dialled() {
    let peer = Peer::at("127.0.0.2:0", |_| Answer::Bytes(ok("right"))).await;
    let port = peer.addr.port();
    let canary = Peer::at(&format!("127.0.0.1:{port}"), |_| Answer::Bytes(ok("wrong"))).await;
    let dns = name_server(|_, _| addresses(&["127.0.0.1", "::1", "127.0.0.2", "10.0.0.1"])).await;
    let client = client(&dns, &[format!("127.0.0.2/32:{port}")]);
    let response = get(&client, &format!("http://mixed.example:{port}/")).await.unwrap();
    assert_eq!(response.body, "right");
    assert_eq!(peer.seen()[0].header("host"), [format!("mixed.example:{port}")]);
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn rebinding_finds_every_answer_checked() {
    let peer =
        Peer::at("127.0.0.2:0", |_| Answer::Last([&b"HTTP/1.1 200 OK\r\n\r\n"[..], b"first"].concat())).await;
    let port = peer.addr.port();
    let canary = Peer::at(&format!("127.0.0.1:{port}"), |_| Answer::Bytes(ok("wrong"))).await;
    let dns = name_server(|_, times| addresses(&[if times == 0 { "127.0.0.2" } else { "127.0.0.1" }])).await;
    let client = client(&dns, &[format!("127.0.0.2/32:{port}")]);
    let url = format!("http://rebind.example:{port}/");
    assert_eq!(get(&client, &url).await.unwrap().body, "first");
    assert_eq!(dns.asked.load(Ordering::SeqCst), 1, "one look-up per connection: check and dial are one");
    let error = failure(&client, &url).await;
    assert!(matches!(error, Error::Forbidden { why: Refusal::Address, .. }), "{error:?}");
    assert_eq!(dns.asked.load(Ordering::SeqCst), 2);
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_silent_name_server_is_an_error_in_time() {
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut settings = settings();
    settings.limits.connect = std::time::Duration::from_millis(200);
    let client = Client::new(Settings { dns: Some(silent.local_addr().unwrap()), ..settings }).unwrap();
    let error = failure(&client, "https://far.example/").await;
    assert!(matches!(error, Error::Timeout { .. } | Error::Dns { .. }), "{error:?}");
}
