//! Threats of the category `dos`: servers that take for ever to answer, and clients that take for ever to ask.

use super::memory;
use super::raw::{self, Dripping};
use super::stage::{Stage, fault};
use super::strain::{MIB, SILENCE, SOON, found_nothing, is_served};
use serde_json::json;
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use tintype_testkit::Instance;
use tokio::io::AsyncWriteExt as _;

#[tokio::test]
async fn t037_slow_servers_hold_up_nobody() {
    // In local mode, where any port may be asked.
    let alpha = Instance::builder("alpha").config("federation.first_retry_seconds", "1").start().await;
    let alice = alpha.person("alice").await;
    let peer = tintype_testkit::Peer::start().await;
    let bob = peer.actor("bob");
    assert_eq!(peer.tell(&bob, &alice.actor(), &peer.follow(&bob, &alice.actor())).await.status, 202);
    // A byte every now and then, which no time between two reads would ever notice: in the head, in the body, and
    // nothing at all where TLS should begin.
    let pause = Duration::from_secs(2);
    let head = Dripping::start("HTTP/1.1 200 OK\r\nx: ", b'x', pause).await;
    let body = Dripping::start(
        "HTTP/1.1 200 OK\r\ncontent-type: application/activity+json\r\ncontent-length: 5000\r\n\r\n{",
        b' ',
        pause,
    )
    .await;
    let silent = Dripping::start("", b'\x16', Duration::from_mins(1)).await;
    let looked = |query: String| {
        let alice = &alice;
        async move {
            let began = Instant::now();
            let request = alice.request("GET".parse().unwrap(), "/api/v2/search").unchecked();
            let answer = tokio::time::timeout(
                Duration::from_secs(35),
                request.query(&[("q", query.as_str()), ("resolve", "true")]).send(),
            )
            .await;
            let answer = answer.unwrap_or_else(|_| panic!("{query}: the whole request has a deadline"));
            (query, began.elapsed(), answer)
        }
    };
    let mut queries = Vec::new();
    for (slow, name) in [(&head, "head"), (&body, "body"), (&silent, "silent")] {
        for number in 0..3 {
            queries.push(format!("@x{number}@{}", slow.domain(&format!("{name}{number}.localhost"))));
            queries.push(format!(
                "http://{}/users/x{number}",
                slow.domain(&format!("{name}{number}.localhost"))
            ));
        }
    }
    queries.push(format!("https://{}/users/x", silent.domain("tls.localhost")));
    let slow = futures::future::join_all(queries.into_iter().map(looked));
    let meanwhile = async {
        // Others' jobs and requests go on.
        let post = alice.say("hello").await;
        peer.wait_for("the post", |request| {
            request.is("Create") && request.json()["object"]["id"] == post["uri"]
        })
        .await;
        for _ in 0..5 {
            is_served(&alpha).await;
        }
        let carol = peer.actor_at("healthy.localhost", "carol");
        let found = tokio::time::timeout(SOON, alice.find_account(&carol.handle())).await;
        found.expect("a healthy server is asked in the meantime");
    };
    let (slow, ()) = futures::join!(slow, meanwhile);
    for (query, took, answer) in slow {
        println!("{query}: {} after {took:?}", answer.status);
        assert!(found_nothing(&answer).is_empty(), "{answer:?}");
    }
    // Deliveries: followers on slow servers, and one on a healthy one.
    for (number, slow) in [&head, &body, &silent].into_iter().enumerate() {
        let mut far = peer.actor_at(&format!("far{number}.localhost"), "far");
        let inbox = format!("http://{}/inbox", slow.domain(&format!("far{number}.localhost")));
        far.document["inbox"] = json!(inbox);
        far.document["endpoints"] = json!({"sharedInbox": inbox});
        peer.publish_actor(&far);
        let answer = peer.tell(&far, &alice.actor(), &peer.follow(&far, &alice.actor())).await;
        // An inbox on another port is another origin's: whoever says so may be refused.
        assert!([202, 400, 401, 403, 422].contains(&answer.status), "{answer:?}");
    }
    for number in 0..3 {
        let post = alice.say(&format!("post {number}")).await;
        peer.wait_for("each post at once", |request| {
            request.is("Create") && request.json()["object"]["id"] == post["uri"]
        })
        .await;
    }
    is_served(&alpha).await;
}

/// A frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

#[tokio::test]
async fn t057_slow_and_hostile_clients_keep_nobody_out() {
    let stage = Stage::set().await;
    let alpha = &stage.alpha;
    let host = alpha.domain();
    let peak = memory::peak(alpha);
    // Hundreds that say nothing, half a line, half a head, or half a body, and a byte now and then.
    let starts = [
        String::new(),
        "GET".to_owned(),
        "PRI * HTTP/2.0\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nhost: {host}\r\nx-slow: "),
        format!(
            "POST /inbox HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/activity+json\r\ncontent-length: 1000\r\n\r\n{{"
        ),
        format!(
            "POST /api/v1/apps HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{{"
        ),
    ];
    let mut slow = Vec::new();
    for number in 0..400 {
        let mut stream = raw::connect(alpha).await;
        stream.write_all(starts[number % starts.len()].as_bytes()).await.unwrap();
        slow.push(stream);
    }
    for _ in 0..5 {
        is_served(alpha).await;
    }
    stage.is_alive().await;

    // Heads that are too large, or have too many lines.
    let mut variants = stage.variants();
    for (name, head) in [
        ("one header of 1 MiB", format!("x-large: {}\r\n", "x".repeat(MIB))),
        (
            "10,000 headers",
            (0..10_000).fold(String::new(), |mut all, number| {
                let _ = write!(all, "x-{number}: y\r\n");
                all
            }),
        ),
        ("a path of 1 MiB", String::new()),
        ("a cookie of 1 MiB", format!("cookie: {}\r\n", "a=b; ".repeat(MIB / 5))),
    ] {
        let path = if name.starts_with("a path") { format!("/{}", "x".repeat(MIB)) } else { "/".to_owned() };
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{head}\r\n");
        let answer = raw::exchange(alpha, request.as_bytes(), SILENCE).await;
        variants.judge(
            name,
            &fault(![431, 414, 400, 0].contains(&answer.status) || !answer.closed, || {
                format!("{} closed {}", answer.status, answer.closed)
            }),
        );
        is_served(alpha).await;
    }
    // Nonsense is answered or cut, and never waited for.
    for (name, bytes) in [
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20)),
        ("no version", b"GET / \r\n\r\n".to_vec()),
        ("a method of 10 kB", [b"X".repeat(10_000), b" / HTTP/1.1\r\n\r\n".to_vec()].concat()),
        ("NULs", b"GET /\0\0 HTTP/1.1\r\nhost: \0\r\n\r\n".to_vec()),
        ("no host", b"GET /@alice HTTP/1.1\r\n\r\n".to_vec()),
        ("two hosts", b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n".to_vec()),
        ("CONNECT", b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: 127.0.0.1:22\r\n\r\n".to_vec()),
        ("an absolute target", b"GET http://169.254.169.254/latest HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()),
    ] {
        let answer = raw::exchange(alpha, &bytes, Duration::from_secs(2)).await;
        variants.judge(name, &fault(answer.status >= 500, || answer.text.chars().take(200).collect()));
    }
    // Streams opened and reset as fast as they go (CVE-2023-44487).
    let mut stream = raw::connect(alpha).await;
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, &[]));
    // GET / by static entries of the table (RFC 7541, appendix A).
    let block = [&[0x82, 0x84, 0x86, 0x41, 0x09][..], b"localhost"].concat();
    for number in 0..5_000_u32 {
        bytes.extend(frame(1, 5, 1 + 2 * number, &block));
        bytes.extend(frame(3, 0, 1 + 2 * number, &8_u32.to_be_bytes()));
    }
    let _ = tokio::time::timeout(SILENCE, stream.write_all(&bytes)).await;
    let answer = raw::read(&mut stream, Duration::from_secs(3)).await;
    println!("rapid reset: closed {}", answer.closed);
    is_served(alpha).await;
    let grown = memory::peak(alpha).saturating_sub(peak);
    variants.judge("memory", &fault(grown > 128 << 10, || format!("{grown} KiB more")));
    variants.done();

    // Whoever hasn't said what they want by now has had their time: 30 s for a head, a minute for a body.
    let began = Instant::now();
    for (number, stream) in slow.iter_mut().enumerate().take(2 * starts.len()) {
        let left = Duration::from_secs(100).saturating_sub(began.elapsed());
        let answer = tokio::time::timeout(left, raw::read(stream, Duration::from_secs(100))).await;
        let start: String = starts[number % starts.len()].chars().take(30).collect();
        assert!(
            answer.is_ok_and(|answer| answer.closed),
            "still open after {:?}: {start:?}",
            began.elapsed()
        );
    }
}
