//! Threats of the category `dos`.

use super::memory;
use super::raw::{self, Dripping};
use super::stage::{Stage, TAKEN};
use crate::scenarios::{ask, eventually, id, items, text};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use tintype_testkit::peer::{Actor, Received, Reply, SignOptions};
use tintype_testkit::{Answer, Instance, wait};
use tokio::io::AsyncWriteExt as _;

const MIB: usize = 1 << 20;
/// More than any answer takes, even on a busy machine: only what is stuck takes longer.
const SOON: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_secs(20);

fn fault(wrong: bool, what: impl FnOnce() -> String) -> Vec<String> {
    wrong.then(what).into_iter().collect()
}

/// A good request in the meantime, which must not wait for the bad ones.
async fn is_served(alpha: &Instance) {
    let answer = tokio::time::timeout(SOON, ask(&alpha.client(), "/api/v2/instance")).await;
    assert_eq!(answer.expect("an answer in the meantime").status, 200);
}

/// Asks this instance to look something up.
async fn search(stage: &Stage, query: &str) -> Answer {
    let request = stage.alice.request("GET".parse().unwrap(), "/api/v2/search").unchecked();
    let found = tokio::time::timeout(
        Duration::from_secs(40),
        request.query(&[("q", query), ("resolve", "true")]).send(),
    );
    found.await.unwrap_or_else(|_| panic!("no end of looking for {query}"))
}

fn found_nothing(answer: &Answer) -> Vec<String> {
    fault(
        answer.status == 200 && ["accounts", "statuses"].iter().any(|kind| answer.json()[*kind] != json!([])),
        || format!("{answer:?}"),
    )
}

/// Requests to the peer that fit.
fn asked(stage: &Stage, fits: impl Fn(&Received) -> bool) -> usize {
    stage.peer.count(|request| request.method == "GET" && fits(request))
}

#[tokio::test]
async fn t036_large_bodies_are_refused_as_they_come() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let host = stage.alpha.domain();
    let before = stage.rows(&[]).await;
    let (peak, big) = (memory::peak(&stage.alpha), vec![b'x'; 4 * MIB]);
    for path in
        ["/inbox", "/users/alice/inbox", "/api/v1/statuses", "/api/v1/apps", "/oauth/token", "/auth/sign_in"]
    {
        let head = |more: &str| {
            format!(
                "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n{more}\r\n\r\n"
            )
        };
        // Declared; sent in pieces without an end; and announced as small.
        for (name, head, pieces) in [
            ("declared", head("content-length: 104857600"), 25),
            ("in chunks", head("transfer-encoding: chunked"), 25),
        ] {
            let mut stream = raw::connect(&stage.alpha).await;
            let mut sent = 0;
            let mut refused = stream.write_all(head.as_bytes()).await.is_err();
            for _ in 0..pieces {
                if refused {
                    break;
                }
                let chunk = if name == "in chunks" {
                    [format!("{:x}\r\n", big.len()).as_bytes(), &big, b"\r\n"].concat()
                } else {
                    big.clone()
                };
                refused =
                    !matches!(tokio::time::timeout(SILENCE, stream.write_all(&chunk)).await, Ok(Ok(())));
                sent += chunk.len();
            }
            let answer = raw::read(&mut stream, Duration::from_secs(2)).await;
            // The answer may be lost with a connection that is cut while we still send.
            let good = [413, 401, 400, 403, 0].contains(&answer.status) && (answer.closed || refused);
            variants.judge(
                &format!("{path}, {name}: {sent} bytes sent"),
                &fault(!good, || format!("{} closed {}", answer.status, answer.closed)),
            );
        }
        let small = format!("{}{{}}GET /evil HTTP/1.1\r\nhost: {host}\r\n\r\n", head("content-length: 2"));
        let answer = raw::exchange(&stage.alpha, small.as_bytes(), Duration::from_secs(1)).await;
        variants.judge(
            &format!("{path}, more than declared"),
            &fault(answer.status < 400 || answer.status >= 500, || answer.text),
        );
        for lie in [
            "content-length: -1",
            "content-length: 1e9",
            "content-length: 99999999999999999999999",
            "content-length: 5\r\ncontent-length: 6",
            "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0",
            "transfer-encoding: gzip",
        ] {
            let answer = raw::exchange(&stage.alpha, head(lie).as_bytes(), Duration::from_secs(2)).await;
            variants.judge(
                &format!("{path}, {lie:?}"),
                &fault(answer.status == 200 || answer.status == 202 || answer.status == 500, || answer.text),
            );
        }
    }
    // Signed and whole: 413, exactly.
    for size in [MIB + 1, 2 * MIB, 20 * MIB] {
        let mut like = stage.peer.like(&stage.bob, &stage.alice.actor());
        like["padding"] = json!("x".repeat(size));
        let sent = stage.peer.try_deliver(&stage.bob, &stage.inbox(), &like, &SignOptions::default()).await;
        variants.judge(
            &format!("signed, {size} bytes"),
            &fault(sent.as_ref().is_ok_and(|answer| answer.status != 413), || format!("{sent:?}")),
        );
    }
    // Fetched: an endless one, and one that is just too large, as an actor, a note, a picture and a WebFinger answer.
    for (name, reply) in [
        ("endless", Reply::endless("application/activity+json")),
        ("too large", Reply::bytes(200, "application/activity+json", vec![b' '; 2 * MIB])),
    ] {
        for (what, url) in [("an actor", "/users/large"), ("a note", "/notes/large")] {
            stage.peer.serve(&stage.peer.url(url), reply.clone());
            let answer = search(&stage, &stage.peer.url(url)).await;
            variants.judge(&format!("{what}, {name}"), &found_nothing(&answer));
        }
        let finger = format!("http://large.localhost:{}/.well-known/webfinger", stage.peer.port());
        stage.peer.serve(&finger, reply.clone());
        let answer = search(&stage, &format!("@x@large.localhost:{}", stage.peer.port())).await;
        variants.judge(&format!("WebFinger, {name}"), &found_nothing(&answer));
        // An unknown key: the sender is told that it can't be fetched, or isn't believed.
        let mut stranger = stage.peer.actor_at("keyed.localhost", "stranger");
        stranger.id = format!("{}x", stranger.id);
        stranger.key_id = format!("{}#main-key", stranger.id);
        stage.peer.serve(&stranger.id, reply);
        let answer = stage.tell(&stranger, &stage.peer.like(&stranger, &stage.alice.actor())).await;
        variants.judge(
            &format!("a key, {name}"),
            &fault(![401, 403, 503].contains(&answer.status), || format!("{answer:?}")),
        );
    }
    variants.judge(
        "rows",
        &tintype_testkit::rows::differences(&before, &stage.rows(&["hosts"]).await)
            .into_iter()
            .filter(|line| !line.starts_with("hosts"))
            .collect::<Vec<_>>(),
    );
    let grown = memory::peak(&stage.alpha).saturating_sub(peak);
    variants.judge("memory", &fault(grown > 96 << 10, || format!("{grown} KiB more")));
    variants.done();
    stage.is_alive().await;
}

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

#[tokio::test]
async fn t056_packed_bodies_are_measured_unpacked() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let peak = memory::peak(&stage.alpha);
    let bomb = raw::gzip_of_zeroes(200 * MIB);
    assert!(bomb.len() < 2 * MIB, "{}", bomb.len());
    let small = raw::gzip_of_zeroes(50 * MIB);
    let actor = stage.peer.actor("packed");
    let plain = actor.document.to_string().into_bytes();
    let twice = raw::gzip_stored(&raw::gzip_stored(&plain));
    for (name, coding, bytes) in [
        ("a bomb", "gzip", bomb.clone()),
        ("a bomb below the limit as sent", "gzip", small.clone()),
        ("packed twice", "gzip, gzip", twice.clone()),
        ("packed twice in two headers", "gzip", twice),
        ("a bomb of a bomb", "gzip, gzip", raw::gzip_stored(&small)),
        ("a kind that nobody asked for", "br", small.clone()),
        ("another", "zstd", small.clone()),
        ("deflate", "deflate", small[10..].to_vec()),
        ("no gzip at all", "gzip", plain.clone()),
        ("a kind that doesn't exist", "nonsense", plain.clone()),
    ] {
        let reply = Reply::bytes(200, "application/activity+json", bytes).header("content-encoding", coding);
        let reply =
            if name.contains("two headers") { reply.header("content-encoding", "gzip") } else { reply };
        let url = stage.peer.url(&format!("/users/packed{}", name.len()));
        stage.peer.serve(&url, reply);
        let answer = search(&stage, &url).await;
        variants.judge(name, &found_nothing(&answer));
    }
    // Pictures come by the same way.
    let file = stage.peer.url("/bomb.jpg");
    stage.peer.serve(&file, Reply::bytes(200, "image/jpeg", bomb).header("content-encoding", "gzip"));
    let mut note = stage.peer.note(&stage.bob, "<p>look</p>");
    note["attachment"] = json!([{"type": "Document", "mediaType": "image/jpeg", "url": file}]);
    let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let seen = stage.alice.sees_at_home(id(&note)).await;
    let picture = ask(&stage.alpha.client(), text(&seen, "/media_attachments/0/url")).await;
    variants.judge("a picture", &fault(picture.status < 400, || format!("{}", picture.status)));
    // What is packed on its way in is not unpacked.
    let like = stage.peer.like(&stage.bob, &stage.alice.actor()).to_string();
    for coding in ["gzip", "br", "deflate", "gzip, gzip"] {
        for path in ["/inbox", "/users/alice/inbox", "/api/v1/statuses", "/oauth/token"] {
            let body = raw::gzip_stored(like.as_bytes());
            let client = if path.starts_with("/api") { (*stage.alice).clone() } else { stage.alpha.client() };
            let request =
                client.request("POST".parse().unwrap(), path).unchecked().header("content-encoding", coding);
            variants
                .check(
                    &format!("{coding} to {path}"),
                    &[400, 401, 415],
                    &[],
                    request.body("application/json", body).send(),
                )
                .await;
        }
    }
    let answer = stage
        .alice
        .request("POST".parse().unwrap(), "/api/v1/statuses")
        .unchecked()
        .header("content-encoding", "gzip")
        .body("application/json", small)
        .send()
        .await;
    variants.judge("a bomb to the API", &fault(answer.status != 415, || format!("{answer:?}")));
    let grown = memory::peak(&stage.alpha).saturating_sub(peak);
    variants.judge("memory", &fault(grown > 64 << 10, || format!("{grown} KiB more")));
    variants.done();
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

#[tokio::test]
async fn t058_redirects_and_links_come_to_an_end() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let port = stage.peer.port();
    stage.peer.script(move |request| {
        let at = |path: &str| format!("http://remote.localhost:{port}{path}");
        let number: u32 = request.path.rsplit('/').next().and_then(|end| end.parse().ok()).unwrap_or(0);
        let html = |links: String| Reply::bytes(200, "text/html", format!("<html><head>{links}</head></html>"));
        let alternate = |to: String| format!("<link rel=\"alternate\" type=\"application/activity+json\" href=\"{to}\">");
        if request.path.starts_with("/loop/self") {
            Some(Reply::redirect(&at(&request.path)))
        } else if request.path.starts_with("/loop/two") {
            Some(Reply::redirect(&at(if number == 1 { "/loop/two/2" } else { "/loop/two/1" })))
        } else if request.path.starts_with("/chain/") {
            Some(Reply::redirect(&at(&format!("/chain/{}", number + 1))))
        } else if request.path.starts_with("/hosts/") {
            Some(Reply::redirect(&format!("http://h{number}.localhost:{port}/hosts/{}", number + 1)))
        } else if request.path.starts_with("/links/") {
            Some(html(alternate(at(&format!("/links/{}", number + 1)))))
        } else if request.path.starts_with("/linked/self") {
            Some(html(alternate(at(&request.path))))
        } else if request.path.starts_with("/header/") {
            let link = format!("<{}>; rel=\"alternate\"; type=\"application/activity+json\"", at(&format!("/header/{}", number + 1)));
            Some(html(String::new()).header("link", &link))
        } else if request.path.starts_with("/ids/") {
            // Each document says that it is the next one.
            Some(Reply::json(200, "application/activity+json", &json!({"id": at(&format!("/ids/{}", number + 1)), "type": "Note", "attributedTo": at("/users/bob"), "content": "x", "to": "https://www.w3.org/ns/activitystreams#Public"})))
        } else {
            None
        }
    });
    for (name, path, most) in [
        ("to itself", "/loop/self", 6),
        ("of two", "/loop/two/1", 6),
        ("without end", "/chain/1", 6),
        ("from host to host", "/hosts/1", 6),
        ("links in pages", "/links/1", 4),
        ("a link to itself", "/linked/self", 4),
        ("links in headers", "/header/1", 4),
        ("ids that move on", "/ids/1", 4),
    ] {
        let before = asked(&stage, |_| true);
        let answer = search(&stage, &stage.peer.url(path)).await;
        let fetches = asked(&stage, |_| true) - before;
        let mut faults = found_nothing(&answer);
        // As many again for a second reading of what is there: as a person, then as a post.
        faults.extend(fault(fetches > 2 * most, || format!("{fetches} requests")));
        variants.judge(&format!("{name}: {fetches} requests"), &faults);
    }
    // The same for a key, which strangers can make us ask for as often as they like: what failed is remembered.
    for path in ["/loop/self", "/chain/50", "/links/50", "/hosts/50"] {
        let mut stranger = stage.bob.clone();
        stranger.id = stage.peer.url(path);
        stranger.key_id = format!("{}#main-key", stranger.id);
        let before = asked(&stage, |_| true);
        for _ in 0..8 {
            let answer = stage.tell(&stranger, &stage.peer.like(&stranger, &stage.alice.actor())).await;
            variants.judge(
                &format!("a key at {path}"),
                &fault(![401, 403, 503].contains(&answer.status), || format!("{answer:?}")),
            );
        }
        let fetches = asked(&stage, |_| true) - before;
        variants.judge(
            &format!("a key at {path}, eight times"),
            &fault(fetches > 12, || format!("{fetches} requests")),
        );
    }
    stage.assert_untouched().await;
    variants.done();
}

/// Waits until nothing is left to do, then tells how often the peer was asked since.
async fn asked_after(stage: &Stage, before: usize) -> usize {
    stage.settled().await;
    asked(stage, |_| true) - before
}

#[tokio::test]
async fn t059_what_leads_back_to_itself_ends() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let note = |more: Value| {
        let mut note = stage.peer.note(&stage.bob, "<p>round and round</p>");
        if let (Some(fields), Some(more)) = (note.as_object_mut(), more.as_object()) {
            fields.extend(more.clone());
        }
        note
    };
    let own = note(json!({}));
    let own = {
        let mut own = own;
        own["inReplyTo"] = own["id"].clone();
        own["replies"] = own["id"].clone();
        own["quote"] = own["id"].clone();
        own["quoteUrl"] = own["id"].clone();
        own
    };
    let (mut first, mut second) = (note(json!({})), note(json!({})));
    for key in ["inReplyTo", "quote", "quoteUrl", "quoteUri"] {
        first[key] = second["id"].clone();
        second[key] = first["id"].clone();
    }
    let mut third = note(json!({}));
    let third_id = id(&third).to_owned();
    let page = format!("{third_id}/replies?page=1");
    third["replies"] = json!({"id": format!("{third_id}/replies"), "type": "Collection", "first": {"type": "CollectionPage", "id": page, "next": page, "items": [third_id]}});
    for document in [&own, &first, &second, &third] {
        stage.peer.publish(id(document), document);
    }
    stage
        .peer
        .publish(&page, &json!({"type": "CollectionPage", "id": page, "next": page, "items": [third_id]}));
    stage.peer.publish(&format!("{third_id}/replies"), &third["replies"]);
    for (name, document) in
        [("itself", &own), ("each other", &first), ("the other way round", &second), ("pages", &third)]
    {
        let before = asked(&stage, |_| true);
        let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, document)).await;
        let fetches = asked_after(&stage, before).await;
        let mut faults = fault(answer.status >= 500 || fetches > 20, || {
            format!("{} and {fetches} requests", answer.status)
        });
        if let Some(shown) = stage.alice.home().await.into_iter().find(|post| post["uri"] == document["id"]) {
            // Looking at it may set off another fetch; it ends as well.
            let context = ask(&stage.alice, &format!("/api/v1/statuses/{}/context", id(&shown))).await;
            faults.extend(fault(context.status != 200, || format!("{context:?}")));
            let fetches = asked_after(&stage, before).await;
            faults.extend(fault(fetches > 20, || format!("{fetches} requests")));
        }
        variants.judge(name, &faults);
    }
    // Activities of themselves.
    for kind in [
        "Announce",
        "Like",
        "Undo",
        "Accept",
        "Reject",
        "Create",
        "Update",
        "Delete",
        "Add",
        "Move",
        "Flag",
        "Block",
        "Follow",
        "EmojiReact",
        "Question",
    ] {
        let mut activity = stage.peer.activity(&stage.bob, kind, &json!(null));
        activity["object"] = activity["id"].clone();
        activity["target"] = activity["id"].clone();
        stage.peer.publish(text(&activity, "/id").split('#').next().unwrap(), &stage.bob.document);
        let before = asked(&stage, |_| true);
        let answer = stage.tell(&stage.bob, &activity).await;
        let fetches = asked_after(&stage, before).await;
        variants.judge(
            &format!("{kind} of itself"),
            &fault(answer.status >= 500 || fetches > 10, || {
                format!("{} and {fetches} requests", answer.status)
            }),
        );
        // Whole, inside of itself, inside of itself.
        let inner = (0..20).fold(activity.clone(), |inner, _| {
            let mut outer = activity.clone();
            outer["object"] = inner;
            outer
        });
        let answer = stage.tell(&stage.bob, &inner).await;
        let fetches = asked_after(&stage, before).await;
        variants.judge(
            &format!("{kind} in {kind}"),
            &fault(answer.status >= 500 || fetches > 10, || {
                format!("{} and {fetches} requests", answer.status)
            }),
        );
    }
    // People who have moved to themselves, and to each other.
    let (mut one, mut two) =
        (stage.peer.actor_at("one.localhost", "one"), stage.peer.actor_at("two.localhost", "two"));
    for from in [&mut one, &mut two] {
        from.document["alsoKnownAs"] = json!([from.id]);
        from.document["movedTo"] = json!(from.id);
        stage.peer.publish_actor(from);
        stage.follows(from).await;
        let before = asked(&stage, |_| true);
        let answer = stage.tell(from, &json!({"@context": "https://www.w3.org/ns/activitystreams", "id": format!("{}#move/1", from.id), "type": "Move", "actor": from.id, "object": from.id, "target": from.id})).await;
        let fetches = asked_after(&stage, before).await;
        variants.judge(
            "moved to itself",
            &fault(answer.status >= 500 || fetches > 10, || {
                format!("{} and {fetches} requests", answer.status)
            }),
        );
    }
    for (from, to) in [(one.clone(), two.clone()), (two.clone(), one.clone())] {
        let mut document = from.document.clone();
        document["movedTo"] = json!(to.id);
        document["alsoKnownAs"] = json!([to.id, from.id]);
        stage.peer.publish(&from.id, &document);
    }
    for (from, to) in [(&one, &two), (&two, &one)] {
        let before = asked(&stage, |_| true);
        let answer = stage.tell(from, &json!({"@context": "https://www.w3.org/ns/activitystreams", "id": format!("{}#move/2", from.id), "type": "Move", "actor": from.id, "object": from.id, "target": to.id})).await;
        let fetches = asked_after(&stage, before).await;
        variants.judge(
            "moved to each other",
            &fault(answer.status >= 500 || fetches > 20, || {
                format!("{} and {fetches} requests", answer.status)
            }),
        );
    }
    variants.done();
    let jobs = stage.alpha.cli(&["jobs", "list", "--json", "--limit", "1000"]).await;
    let waiting = items(&jobs["jobs"]).iter().filter(|job| job["queue"] == "ingest").count();
    assert!(waiting <= 3, "nothing is tried for ever: {jobs}");
    stage.is_alive().await;
}

#[tokio::test]
async fn t060_endless_threads_are_followed_a_little() {
    let stage = Stage::set().await;
    let (bob, peer) = (stage.bob.id.clone(), stage.peer.url(""));
    let port = stage.peer.port();
    // Every note answers another, names a dozen people whom nobody knows, and has pictures.
    stage.peer.script(move |request| {
        let number: u64 = request.path.strip_prefix("/endless/")?.parse().ok()?;
        let tags: Vec<Value> = (0..12).map(|who| json!({"type": "Mention", "href": format!("http://n{number}.localhost:{port}/users/m{who}"), "name": format!("@m{who}")})).collect();
        Some(Reply::json(200, "application/activity+json", &json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{peer}/endless/{number}"), "type": "Note", "attributedTo": bob,
            "published": "2026-01-02T03:04:05Z", "to": "https://www.w3.org/ns/activitystreams#Public", "content": format!("<p>answer {number}</p>"),
            "inReplyTo": format!("{peer}/endless/{}", number + 1), "tag": tags,
            "attachment": [{"type": "Document", "mediaType": "image/jpeg", "url": format!("{peer}/x{number}.jpg")}],
        })))
    });
    let before = asked(&stage, |_| true);
    let mut note = stage.peer.note(&stage.bob, "<p>the last</p>");
    note["inReplyTo"] = json!(stage.peer.url("/endless/1"));
    let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let fetches = asked_after(&stage, before).await;
    let parents = asked(&stage, |request| request.path.starts_with("/endless/"));
    let pictures = asked(&stage, |request| request.path.contains(".jpg"));
    println!("{fetches} requests, {parents} parents");
    assert!((1..=100).contains(&fetches), "one budget for all of it: {fetches}");
    assert!(parents <= 60 && pictures == 0, "{parents} parents, {pictures} pictures");
    // What came of it is there, and looking at it asks for as little again.
    let shown = stage.alice.sees_at_home(id(&note)).await;
    let context = stage.alice.context(id(&shown)).await;
    let above = items(&context["ancestors"]).len();
    assert!((1..=60).contains(&above), "{above}");
    for _ in 0..5 {
        stage.alice.context(id(&shown)).await;
    }
    let fetches = asked_after(&stage, before).await;
    assert!(fetches <= 200, "{fetches} after looking again");
    // The same by a search and by a boost.
    for number in [10_000, 20_000] {
        let before = asked(&stage, |_| true);
        if number == 10_000 {
            search(&stage, &stage.peer.url(&format!("/endless/{number}"))).await;
        } else {
            stage
                .tell(
                    &stage.bob,
                    &stage.peer.announce(&stage.bob, &stage.peer.url(&format!("/endless/{number}"))),
                )
                .await;
        }
        let fetches = asked_after(&stage, before).await;
        assert!(fetches <= 100, "{fetches} requests for {number}");
    }
    stage.is_alive().await;
}

#[tokio::test]
async fn t061_endless_collections_are_read_a_little() {
    let stage = Stage::set().await;
    let peer = stage.peer.url("");
    let twin = stage.twin.url("/evil?page=1");
    let by = stage.bob.id.clone();
    stage.peer.script(move |request| {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let kind = path.strip_prefix("/huge/")?;
        let page: u64 = query.strip_prefix("page=").and_then(|page| page.parse().ok()).unwrap_or(0);
        let url = |page: u64| format!("{peer}{path}?page={page}");
        let items = |count: u64, from: u64| -> Vec<String> { (0..count).map(|number| format!("{peer}/items/{}", from + number)).collect() };
        let document = match kind {
            "endless" => json!({"id": url(page), "type": if page == 0 { "OrderedCollection" } else { "OrderedCollectionPage" }, "totalItems": 5, "first": url(1), "next": url(page + 1), "orderedItems": items(3, page * 3)}),
            "wide" => json!({"id": url(0), "type": "OrderedCollection", "totalItems": 1_000_000, "orderedItems": items(12_000, 0)}),
            "odd" => json!({"id": url(0), "type": "OrderedCollection", "totalItems": -5, "first": 7, "orderedItems": "nothing", "next": [1, 2]}),
            "large" => json!({"id": url(0), "type": "OrderedCollection", "totalItems": 9_223_372_036_854_775_808_u64, "first": {"type": "OrderedCollectionPage", "next": 5, "orderedItems": {"a": 1}}}),
            "elsewhere" => json!({"id": url(0), "type": "OrderedCollection", "totalItems": 1, "first": twin, "next": twin}),
            "self" => json!({"id": url(1), "type": "OrderedCollectionPage", "totalItems": 1, "first": url(1), "next": url(1), "orderedItems": items(1, 0)}),
            "notes" => {
                let notes: Vec<Value> = (0..500).map(|number| json!({"id": format!("{peer}/inline/{page}/{number}"), "type": "Note", "attributedTo": by, "content": "x", "to": "https://www.w3.org/ns/activitystreams#Public", "published": "2026-01-01T00:00:00Z"})).collect();
                json!({"id": url(page), "type": "OrderedCollection", "totalItems": 500, "orderedItems": notes, "first": url(1), "next": url(page + 1)})
            }
            _ => return None,
        };
        Some(Reply::json(200, "application/activity+json", &document))
    });
    let mut variants = stage.variants();
    for (number, kind) in
        ["endless", "wide", "odd", "large", "elsewhere", "self", "notes"].into_iter().enumerate()
    {
        let mut actor = stage.peer.actor_at(&format!("c{number}.localhost"), "collector");
        let url = stage.peer.url(&format!("/huge/{kind}"));
        let here = url.replace("remote.localhost", &format!("c{number}.localhost"));
        for key in ["followers", "following", "featured", "featuredTags", "outbox"] {
            actor.document[key] = json!(here);
        }
        stage.peer.publish_actor(&actor);
        let before = asked(&stage, |_| true);
        let answer = stage.tell(&actor, &stage.peer.follow(&actor, &stage.alice.actor())).await;
        let mut faults = fault(![202, 400, 401, 422].contains(&answer.status), || format!("{answer:?}"));
        if answer.status == 202 {
            stage.follows(&actor).await;
            let shown = stage.alice.find_account(&actor.handle()).await;
            for key in ["followers_count", "following_count", "statuses_count"] {
                let count = shown[key].as_i64();
                faults.extend(fault(count.is_none_or(|count| !(0..=1_000_000_000).contains(&count)), || {
                    format!("{key}: {}", shown[key])
                }));
            }
            let pinned =
                ask(&stage.alice, &format!("/api/v1/accounts/{}/statuses?pinned=true&limit=40", id(&shown)))
                    .await;
            faults.extend(fault(pinned.status != 200 || items(&pinned.json()).len() > 25, || {
                format!("{pinned:?}")
            }));
            for list in ["followers", "following", "statuses"] {
                let listed = ask(&stage.alice, &format!("/api/v1/accounts/{}/{list}", id(&shown))).await;
                faults.extend(fault(listed.status != 200, || format!("{listed:?}")));
            }
        }
        let fetches = asked_after(&stage, before).await;
        faults.extend(fault(fetches > 130, || format!("{fetches} requests")));
        variants.judge(&format!("a profile with {kind}: {fetches} requests"), &faults);
        // The same below a post.
        let mut note = stage.peer.note(&stage.bob, "<p>much said</p>");
        for key in ["replies", "likes", "shares"] {
            note[key] = json!(url);
        }
        stage.peer.publish(id(&note), &note);
        let before = asked(&stage, |_| true);
        let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
        let seen = stage.alice.sees_at_home(id(&note)).await;
        for _ in 0..3 {
            stage.alice.context(id(&seen)).await;
        }
        let fetches = asked_after(&stage, before).await;
        let counts = stage.alice.status(id(&seen)).await;
        let sane = ["replies_count", "reblogs_count", "favourites_count"]
            .iter()
            .all(|key| counts[*key].as_i64().is_some_and(|count| (0..=1_000_000_000).contains(&count)));
        variants.judge(
            &format!("a post with {kind}: {fetches} requests"),
            &fault(answer.status != 202 || fetches > 130 || !sane, || {
                format!("{} {fetches} {counts}", answer.status)
            }),
        );
    }
    stage.assert_untouched().await;
    variants.done();
    stage.is_alive().await;
}

#[tokio::test]
async fn t062_a_forest_of_hosts_is_not_walked() {
    let stage = Stage::set().await;
    let port = stage.peer.port();
    let key = stage.bob.key.public_pem();
    // Every host has one person, whose every text names people on hosts that were never seen before.
    stage.peer.script(move |request| {
        let host = request.host.strip_suffix(&format!(".wild.localhost:{port}"))?.to_owned();
        let base = format!("http://{}", request.host);
        let next = |number: usize| format!("http://{number}x{host}.wild.localhost:{port}/users/troll");
        let tags: Vec<Value> = (0..20).map(|number| json!({"type": "Mention", "href": next(number), "name": format!("@troll@{number}x{host}.wild.localhost:{port}")})).collect();
        let note = json!({"id": format!("{base}/note"), "type": "Note", "attributedTo": format!("{base}/users/troll"), "content": "x", "to": "https://www.w3.org/ns/activitystreams#Public", "inReplyTo": format!("{}/note", next(7).trim_end_matches("/users/troll")), "tag": tags, "published": "2026-01-01T00:00:00Z"});
        let document = if request.path.starts_with("/.well-known/webfinger") {
            return Some(Reply::json(200, "application/jrd+json", &json!({"subject": format!("acct:troll@{}", request.host), "links": [{"rel": "self", "type": "application/activity+json", "href": format!("{base}/users/troll")}]})));
        } else if request.path.starts_with("/note") {
            note
        } else if request.path.starts_with("/users/troll/") || request.path.starts_with("/list") {
            json!({"id": format!("{base}{}", request.path), "type": "OrderedCollection", "totalItems": 20, "orderedItems": (0..20).map(next).chain([format!("{base}/note")]).collect::<Vec<_>>()})
        } else {
            json!({
                "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"], "id": format!("{base}/users/troll"), "type": "Person", "preferredUsername": "troll",
                "inbox": format!("{base}/inbox"), "outbox": format!("{base}/list/outbox"), "followers": format!("{base}/users/troll/followers"), "following": format!("{base}/users/troll/following"),
                "featured": format!("{base}/list/featured"), "movedTo": next(3), "alsoKnownAs": [next(4)], "summary": format!("<a href=\"{}\">@troll</a>", next(5)), "tag": tags,
                "attachment": [{"type": "PropertyValue", "name": "x", "value": next(6)}], "publicKey": {"id": format!("{base}/users/troll#main-key"), "owner": format!("{base}/users/troll"), "publicKeyPem": key},
            })
        };
        Some(Reply::json(200, "application/activity+json", &document))
    });
    let wild = |request: &Received| request.host.contains(".wild.localhost");
    // A follow by a stranger leads no further than the stranger.
    let mut rounds = Vec::new();
    for number in 0..6 {
        let host = format!("r{number}.wild.localhost:{port}");
        let mut troll = stage.bob.clone();
        troll.id = format!("http://{host}/users/troll");
        troll.key_id = format!("{}#main-key", troll.id);
        troll.domain = host;
        let before = asked(&stage, wild);
        let follow = stage.peer.follow(&troll, &stage.alice.actor());
        let answer = stage.tell(&troll, &follow).await;
        stage.settled().await;
        assert!(answer.status < 500, "{answer:?}");
        let after_follow = asked(&stage, wild) - before;
        let note = json!({"id": format!("http://{}/own", troll.domain), "type": "Note", "attributedTo": troll.id, "content": "<p>x</p>", "to": ["https://www.w3.org/ns/activitystreams#Public", stage.alice.actor()], "published": "2026-01-01T00:00:00Z",
            "inReplyTo": format!("http://0x{}/note", troll.domain), "tag": (0..40).map(|n| json!({"type": "Mention", "href": format!("http://m{n}x{}/users/troll", troll.domain), "name": "@troll"})).chain([json!({"type": "Mention", "href": stage.alice.actor(), "name": "@alice"})]).collect::<Vec<_>>()});
        let create = stage.peer.activity(&troll, "Create", &note);
        let answer = stage.tell(&troll, &create).await;
        stage.settled().await;
        assert!(answer.status < 500, "{answer:?}");
        rounds.push((after_follow, asked(&stage, wild) - before));
    }
    println!("requests after each follow, and after each post: {rounds:?}");
    for (follow, all) in &rounds {
        assert!(*follow <= 5, "a follow leads to the follower and no further: {rounds:?}");
        assert!(*all <= 100 + 5, "a post has one budget: {rounds:?}");
    }
    // Nothing grows on by itself.
    let left = stage.alpha.cli(&["jobs", "list", "--json", "--limit", "1000"]).await;
    assert!(items(&left["jobs"]).len() < 50, "{}", items(&left["jobs"]).len());
    let known = stage.alpha.count("accounts").await;
    assert!(known < 6 * 60, "{known} accounts");
    stage.is_alive().await;
}

#[tokio::test]
async fn t063_crowds_of_names_are_counted_first() {
    let stage = Stage::set().await;
    let port = stage.peer.port();
    let mut variants = stage.variants();
    let strangers = |count: usize| -> Vec<String> {
        (0..count).map(|number| format!("http://s{number}.localhost:{port}/users/nobody")).collect()
    };
    for (name, tags, to) in [("mentions", 8_000, 0), ("recipients", 0, 12_000), ("both", 4_000, 5_000)] {
        let mut note = stage.peer.note(&stage.bob, "<p>everybody</p>");
        let mut all: Vec<Value> = strangers(tags)
            .into_iter()
            .map(|href| json!({"type": "Mention", "href": href, "name": "@nobody"}))
            .collect();
        all.push(json!({"type": "Mention", "href": stage.alice.actor(), "name": "@alice"}));
        all.extend((0..tags / 4).map(|number| json!({"type": "Hashtag", "name": format!("#tag{number}"), "href": "https://x.example/"})));
        note["tag"] = Value::Array(all);
        note["to"] = json!(
            [&["https://www.w3.org/ns/activitystreams#Public".to_owned()][..], &strangers(to)].concat()
        );
        note["cc"] = json!([stage.bob.followers, stage.alice.actor()]);
        let mut create = stage.peer.create(&stage.bob, &note);
        create["object"] = note.clone();
        if create.to_string().len() > MIB {
            create["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
        }
        let size = create.to_string().len();
        let before = asked(&stage, |_| true);
        let jobs = stage.alpha.count("jobs").await;
        let answer = stage.tell(&stage.bob, &create).await;
        let more = stage.alpha.count("jobs").await.saturating_sub(jobs);
        let fetches = asked_after(&stage, before).await;
        let mut faults = fault(![202, 400, 413].contains(&answer.status), || format!("{answer:?}"));
        faults.extend(fault(fetches > 50 || more > 10, || format!("{fetches} requests, {more} jobs")));
        if answer.status == 202 {
            let seen = stage.alice.sees_at_home(id(&note)).await;
            faults.extend(fault(
                items(&seen["mentions"]).len() > 50 || items(&seen["tags"]).len() > 64,
                || {
                    format!(
                        "{} mentions, {} tags",
                        items(&seen["mentions"]).len(),
                        items(&seen["tags"]).len()
                    )
                },
            ));
        }
        variants.judge(&format!("{name} in {size} bytes: {fetches} requests"), &faults);
    }
    // From people: too many names are too many.
    let crowd: String = (0..200).fold(String::new(), |mut text, number| {
        let _ = write!(text, "@n{number}@s{number}.localhost:{port} ");
        text
    });
    let before = asked(&stage, |_| true);
    let answer = stage
        .alice
        .request("POST".parse().unwrap(), "/api/v1/statuses")
        .json(&json!({"status": crowd}))
        .send()
        .await;
    let fetches = asked_after(&stage, before).await;
    variants.judge(
        "a crowd in one's own post",
        &fault(answer.status != 422 || fetches > 60, || format!("{} and {fetches} requests", answer.status)),
    );
    // Activities that list many objects.
    for kind in ["Flag", "Like", "Announce", "Delete", "Undo", "Follow"] {
        let activity = stage.peer.activity(&stage.bob, kind, &json!(strangers(9_000)));
        let before = asked(&stage, |_| true);
        let answer = stage.tell(&stage.bob, &activity).await;
        let fetches = asked_after(&stage, before).await;
        variants.judge(
            &format!("{kind} of 9,000"),
            &fault(answer.status >= 500 || fetches > 100, || {
                format!("{} and {fetches} requests", answer.status)
            }),
        );
    }
    variants.done();
    stage.is_alive().await;
}

#[tokio::test]
async fn t064_long_properties_are_cut() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let long = "ä".repeat(200_000);
    let mut actor = stage.peer.actor_at("long.localhost", "long");
    actor.document["name"] = json!(long);
    stage.peer.publish_actor(&actor);
    let follow =
        async |actor: &Actor| stage.tell(actor, &stage.peer.follow(actor, &stage.alice.actor())).await;
    let bounded = |value: &Value, most: usize| {
        fault(value.to_string().len() > most, || format!("{} bytes", value.to_string().len()))
    };
    for (number, (name, change)) in [
        ("a name", json!({"name": long})),
        ("a biography", json!({"summary": format!("<p>{long}</p>")})),
        ("a biography of tags", json!({"summary": "<b>".repeat(100_000)})),
        ("fields", json!({"attachment": (0..5_000).map(|n| json!({"type": "PropertyValue", "name": format!("n{n}"), "value": "v".repeat(50)})).collect::<Vec<_>>()})),
        ("a long field", json!({"attachment": [{"type": "PropertyValue", "name": long, "value": long}]})),
        ("other names", json!({"alsoKnownAs": (0..20_000).map(|n| format!("https://x.example/{n}")).collect::<Vec<_>>()})),
        ("emoji", json!({"tag": (0..3_000).map(|n| json!({"type": "Emoji", "name": format!(":e{n}:"), "icon": {"type": "Image", "url": "https://x.example/e.png"}})).collect::<Vec<_>>()})),
        ("a short code", json!({"tag": [{"type": "Emoji", "name": format!(":{}:", "a".repeat(300_000)), "icon": {"type": "Image", "url": "https://x.example/e.png"}}]})),
        ("an address", json!({"url": format!("https://x.example/{}", "x".repeat(300_000))})),
        ("a picture's address", json!({"icon": {"type": "Image", "url": format!("https://x.example/{}", "x".repeat(300_000))}})),
        ("keys", json!({"publicKey": (0..2_000).map(|_| json!({"id": "https://x.example/k", "owner": "https://x.example/", "publicKeyPem": "x"})).collect::<Vec<_>>()})),
    ]
    .into_iter()
    .enumerate()
    {
        let mut actor = stage.peer.actor_at(&format!("w{number}.localhost"), "wordy");
        actor.document.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        stage.peer.publish_actor(&actor);
        let answer = follow(&actor).await;
        let mut faults = fault(![202, 400, 401, 403, 422].contains(&answer.status), || format!("{answer:?}"));
        if answer.status == 202 {
            let shown = stage.alice.find_account(&actor.handle()).await;
            faults.extend(bounded(&shown["display_name"], 2_060));
            // 20 KiB are read; what was left open in them is closed again.
            faults.extend(bounded(&shown["note"], 64 << 10));
            faults.extend(bounded(&shown["url"], 3_000));
            faults.extend(bounded(&shown["avatar"], 3_000));
            faults.extend(fault(items(&shown["fields"]).len() > 50, || format!("{} fields", items(&shown["fields"]).len())));
            faults.extend(bounded(&shown, 512 << 10));
        }
        variants.judge(name, &faults);
    }
    for (name, change) in [
        ("a text", json!({"content": format!("<p>{long}</p>")})),
        ("a warning", json!({"summary": long})),
        (
            "an alt text",
            json!({"attachment": [{"type": "Document", "mediaType": "image/jpeg", "url": "https://x.example/x.jpg", "name": long}]}),
        ),
        (
            "attachments",
            json!({"attachment": (0..5_000).map(|n| json!({"type": "Document", "mediaType": "image/jpeg", "url": format!("https://x.example/{n}.jpg")})).collect::<Vec<_>>()}),
        ),
        ("a hashtag", json!({"tag": [{"type": "Hashtag", "name": format!("#{}", "a".repeat(300_000))}]})),
        (
            "a short code",
            json!({"tag": [{"type": "Emoji", "name": format!(":{}:", "a".repeat(300_000)), "icon": {"type": "Image", "url": "https://x.example/e.png"}}]}),
        ),
        (
            "options",
            json!({"type": "Question", "oneOf": (0..8_000).map(|n| json!({"type": "Note", "name": format!("option {n}")})).collect::<Vec<_>>(), "endTime": "2099-01-01T00:00:00Z"}),
        ),
        (
            "an option",
            json!({"type": "Question", "oneOf": [{"type": "Note", "name": long}, {"type": "Note", "name": "b"}]}),
        ),
        (
            "languages",
            json!({"contentMap": (0..10_000).map(|n| (format!("l{n}"), json!("x"))).collect::<serde_json::Map<_, _>>()}),
        ),
        ("a language", json!({"contentMap": {"x".repeat(300_000): "x"}})),
        ("a conversation", json!({"conversation": "x".repeat(300_000), "context": "x".repeat(300_000)})),
        ("an address", json!({"url": format!("https://x.example/{}", "x".repeat(300_000))})),
        (
            "a blurhash",
            json!({"attachment": [{"type": "Document", "mediaType": "image/jpeg", "url": "https://x.example/x.jpg", "blurhash": "L".repeat(300_000), "width": 1e300, "height": -5, "focalPoint": [1e308, -1e308]}]}),
        ),
    ] {
        let mut note = stage.peer.note(&stage.bob, "<p>x</p>");
        note.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
        let mut faults = fault(![202, 400, 413, 422].contains(&answer.status), || format!("{answer:?}"));
        stage.settled().await;
        if let Some(seen) = stage.alice.home().await.into_iter().find(|post| post["uri"] == note["id"]) {
            faults.extend(bounded(&seen["content"], 140 << 10));
            faults.extend(bounded(&seen["spoiler_text"], 11 << 10));
            faults.extend(fault(
                items(&seen["media_attachments"]).len() > 16 || items(&seen["tags"]).len() > 64,
                || "too many".into(),
            ));
            for media in items(&seen["media_attachments"]) {
                faults.extend(bounded(media, 24 << 10));
            }
            faults.extend(
                seen["poll"]["options"]
                    .as_array()
                    .and_then(|options| (options.len() > 500).then(|| format!("{} options", options.len()))),
            );
            faults.extend(bounded(&seen, 512 << 10));
        }
        variants.judge(name, &faults);
    }
    variants.done();
    stage.is_alive().await;
}

#[tokio::test]
async fn t065_deep_and_odd_json_is_cheap() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let like = stage.peer.like(&stage.bob, &stage.alice.actor()).to_string();
    let with = |more: &str| format!("{},{more}}}", &like[..like.len() - 1]);
    let deep = |open: &str, close: &str, inner: &str| {
        format!("{}{inner}{}", open.repeat(50_000), close.repeat(50_000))
    };
    let contexts: Vec<String> =
        (0..15_000).map(|number| format!("\"https://c{number}.example/ns\"")).collect();
    let remote = stage.canary.url("/context");
    let malformed: &[u16] = &[400];
    let harmless: &[u16] = &[202, 400, 401, 403, 404, 422];
    let bodies: Vec<(&str, String, &[u16])> = vec![
        ("50,000 arrays", deep("[", "]", ""), malformed),
        ("50,000 arrays in a field", with(&format!("\"x\":{}", deep("[", "]", "1"))), malformed),
        ("50,000 objects", deep("{\"a\":", "}", "1"), malformed),
        ("unclosed arrays", "[".repeat(500_000), malformed),
        ("unclosed objects", "{\"a\":".repeat(100_000), malformed),
        ("15,000 contexts", with(&format!("\"@context\":[{}]", contexts.join(","))), harmless),
        (
            "a context to fetch",
            with(&format!("\"@context\":[\"{remote}\",{{\"@import\":\"{remote}\"}}]")),
            harmless,
        ),
        (
            "contexts in contexts",
            with(&format!(
                "\"@context\":{}",
                (0..30).fold("1".to_owned(), |inner, _| format!("{{\"@context\":[{inner},\"{remote}\"]}}"))
            )),
            harmless,
        ),
        ("a large number", with("\"n\":1e999999"), harmless),
        ("a number of 100,000 digits", with(&format!("\"n\":{}", "9".repeat(100_000))), harmless),
        ("numbers for texts", like.replace("\"Like\"", "123456789012345678901234567890"), malformed),
        (
            "100,000 keys",
            with(&(0..60_000).map(|number| format!("\"k{number}\":0")).collect::<Vec<_>>().join(",")),
            harmless,
        ),
        ("half a surrogate", with("\"x\":\"\\ud800\""), harmless),
        ("NUL", with("\"x\":\"\\u0000\""), harmless),
        ("not UTF-8", with("\"x\":\"REPLACE\""), malformed),
        ("a BOM", format!("\u{feff}{like}"), malformed),
        ("two documents", format!("{like}{like}"), malformed),
        ("a comment", format!("/* x */{like}"), malformed),
        ("nothing", String::new(), malformed),
        ("null", "null".to_owned(), malformed),
    ];
    for (name, body, allowed) in bodies {
        let bytes = if name == "not UTF-8" {
            body.replace("REPLACE", "\u{1}")
                .into_bytes()
                .into_iter()
                .map(|byte| if byte == 1 { 0xFF } else { byte })
                .collect()
        } else {
            body.into_bytes()
        };
        let began = Instant::now();
        let inbox = stage.inbox();
        let options = SignOptions::default();
        let send = async {
            stage
                .peer
                .try_deliver_bytes(&stage.bob, &inbox, bytes.clone(), &options)
                .await
                .expect("an answer")
        };
        variants
            .check(name, allowed, TAKEN, async { tokio::time::timeout(SOON, send).await.expect("in time") })
            .await;
        assert!(began.elapsed() < 2 * SOON);
        // The API reads with the same care.
        for path in ["/api/v1/statuses", "/api/v1/apps", "/oauth/token"] {
            let answer = tokio::time::timeout(
                SOON,
                stage
                    .alice
                    .request("POST".parse().unwrap(), path)
                    .unchecked()
                    .body("application/json", bytes.clone())
                    .send(),
            )
            .await
            .expect("in time");
            variants.judge(
                &format!("{name} to {path}"),
                &fault(![400, 401, 413, 415, 422].contains(&answer.status), || format!("{answer:?}")),
            );
        }
    }
    // Nested parameters, and very many of them.
    for (name, body) in [
        ("nested", format!("a{}=1", "[b]".repeat(20_000))),
        ("many", "a[]=1&".repeat(100_000)),
        ("deep and many", "a[b][c][d][e]=1&".repeat(30_000)),
    ] {
        for path in ["/api/v1/statuses", "/api/v1/apps"] {
            let answer = tokio::time::timeout(
                SOON,
                stage
                    .alice
                    .request("POST".parse().unwrap(), path)
                    .unchecked()
                    .body("application/x-www-form-urlencoded", body.clone().into_bytes())
                    .send(),
            )
            .await
            .expect("in time");
            variants.judge(
                &format!("{name} to {path}"),
                &fault(![400, 413, 422].contains(&answer.status), || format!("{answer:?}")),
            );
        }
    }
    // A key that is there twice means one thing to all: the actor who is checked is the actor who acts.
    for twice in [
        format!("{{\"actor\":\"{}\",{}", stage.mallory.id, &like[1..]),
        format!("{},\"actor\":\"{}\"}}", &like[..like.len() - 1], stage.mallory.id),
    ] {
        let before = stage.rows(TAKEN).await;
        let answer = stage
            .peer
            .try_deliver_bytes(&stage.bob, &stage.inbox(), twice.into_bytes(), &SignOptions::default())
            .await
            .unwrap();
        stage.settled().await;
        let mut faults = fault(![202, 400, 401, 403, 404].contains(&answer.status), || format!("{answer:?}"));
        faults.extend(tintype_testkit::rows::differences(&before, &stage.rows(TAKEN).await));
        variants.judge("a key that is there twice", &faults);
    }
    // The same as a document that we ask for.
    for (name, body) in [
        ("deep", deep("[", "]", "")),
        ("deep inside", format!("{{\"id\":\"x\",\"x\":{}}}", deep("{\"a\":", "}", "1"))),
    ] {
        let url = stage.peer.url(&format!("/deep/{}", name.len()));
        stage.peer.serve(&url, Reply::bytes(200, "application/activity+json", body));
        variants.judge(&format!("fetched: {name}"), &found_nothing(&search(&stage, &url).await));
    }
    stage.assert_untouched().await;
    variants.done();
    stage.is_alive().await;
}

#[tokio::test]
async fn t066_one_bad_post_breaks_no_list() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let texts = [
        "<b>".repeat(30_000),
        "<p><blockquote>".repeat(8_000),
        "<ul><li>".repeat(8_000),
        format!("{}x", "<span class=\"mention\">".repeat(4_000)),
        "<math><mrow><annotation-xml><math></math>".repeat(500),
        "<math alttext=\"\u{fffd}\"><semantics></math>".to_owned(),
        "<table><tr><td><table>".repeat(3_000),
        "<svg><foreignObject><p><svg>".repeat(2_000),
        "<![CDATA[".repeat(5_000),
        "<!--".repeat(10_000),
        "&#x110000;&#0;&#xD800;&#99999999999999;&amp".repeat(500),
        "&".repeat(50_000),
        "</p>".repeat(20_000),
        "<a href=\"http://[\">x</a><a href=\"http://a:99999/\">x</a><a href=\"http://\u{0}/\">x</a>"
            .to_owned(),
        "\u{202e}\u{fdfd}\u{0}\u{feff}\u{ffff}".repeat(2_000),
        format!("e{}", "\u{301}".repeat(50_000)),
        "<plaintext>x".to_owned(),
        "<template><template>".repeat(3_000),
        "<select><option>".repeat(3_000),
        "<frameset><frame>".to_owned(),
        String::new(),
    ];
    for (number, html) in texts.iter().enumerate() {
        let post = stage.alice.say(&format!("post {number}")).await;
        for in_reply_to in [Value::Null, post["uri"].clone()] {
            let mut note = stage.peer.note(&stage.bob, html);
            note["inReplyTo"] = in_reply_to;
            note["summary"] = json!(html.chars().take(5_000).collect::<String>());
            note["tag"] = json!([{"type": "Mention", "href": stage.alice.actor(), "name": "@alice"}]);
            stage.peer.publish(id(&note), &note);
            let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
            variants.judge(
                &format!("post {number}"),
                &fault(![202, 400, 422].contains(&answer.status), || format!("{answer:?}")),
            );
        }
        let mut actor = stage.peer.actor_at(&format!("b{number}.localhost"), "bad");
        actor.document["summary"] = json!(html.chars().take(15_000).collect::<String>());
        stage.peer.publish_actor(&actor);
        let answer = stage.tell(&actor, &stage.peer.follow(&actor, &stage.alice.actor())).await;
        variants.judge(&format!("an actor {number}"), &fault(answer.status >= 500, || format!("{answer:?}")));
        stage.settled().await;
        // Everybody who would come across it still sees everything.
        for path in [
            "/api/v1/timelines/home?limit=40",
            "/api/v1/notifications?limit=80",
            "/api/v1/timelines/public?limit=40",
            &format!("/api/v1/statuses/{}/context", id(&post)),
            &format!("/api/v1/accounts/{}/followers", stage.alice.id),
        ] {
            let answer = tokio::time::timeout(SOON, stage.alice.request("GET".parse().unwrap(), path).send())
                .await
                .expect("in time");
            variants
                .judge(&format!("{number}: {path}"), &fault(answer.status != 200, || format!("{answer:?}")));
        }
        for path in ["/@alice", &format!("/@alice/{}", id(&post)), "/"] {
            let answer = tokio::time::timeout(SOON, ask(&stage.alpha.client(), path)).await.expect("in time");
            let whole = answer.text().trim_end().ends_with("</html>");
            variants.judge(
                &format!("{number}: {path}"),
                &fault(answer.status != 200 || !whole, || format!("{}", answer.status)),
            );
        }
    }
    variants.done();
    assert!(!stage.alpha.log().contains("panicked"), "{}", stage.alpha.log());
}

#[tokio::test]
async fn t067_long_texts_take_linear_time() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let fill = |part: &str, bytes: usize| part.repeat(bytes / part.len());
    let parts = [
        "<link ",
        "<a ",
        "<a href=",
        "<a href=\"x",
        "< ",
        "<<",
        "@",
        "@a",
        "@a@",
        "a@b.",
        "@a@a.",
        "#",
        "#a#",
        "##",
        "http://",
        "https://a",
        "http://a.",
        "a.a.",
        "(",
        "((http://a(",
        ")",
        "\\",
        "&amp",
        "&#x",
        ":a",
        ":a:b",
        "-",
        "_",
        " ",
        "\t\n",
        "'\"",
        "ſ",
        "İ",
        "𝕳",
        "👩\u{200d}",
        "a\u{301}",
        "<!-",
        "<![",
        "</",
        "<p/><p",
        "=\"",
        "\"'\"'",
    ];
    for part in parts {
        let began = Instant::now();
        // Remote: as large as a body may be. Local: as large as parameters may be, and a search.
        let note = stage.peer.note(&stage.bob, &fill(part, 300 << 10));
        let create = stage.peer.create(&stage.bob, &note);
        let answer = if create.to_string().len() < MIB {
            tokio::time::timeout(SOON, stage.tell(&stage.bob, &create)).await.expect("in time").status
        } else {
            202
        };
        variants.judge(
            &format!("received {part:?}"),
            &fault(![202, 400].contains(&answer), || answer.to_string()),
        );
        for body in [
            json!({"status": fill(part, 4_900)}),
            json!({"status": fill(part, 200 << 10)}),
            json!({"status": "x", "spoiler_text": fill(part, 200 << 10)}),
        ] {
            let answer = tokio::time::timeout(
                SOON,
                stage
                    .alice
                    .request("POST".parse().unwrap(), "/api/v1/statuses")
                    .unchecked()
                    .json(&body)
                    .send(),
            )
            .await
            .expect("in time");
            variants.judge(
                &format!("posted {part:?}"),
                &fault(![200, 413, 422].contains(&answer.status), || format!("{answer:?}")),
            );
        }
        let query = fill(part, 6 << 10);
        let answer = tokio::time::timeout(
            SOON,
            stage
                .alice
                .request("GET".parse().unwrap(), "/api/v2/search")
                .unchecked()
                .query(&[("q", query.as_str())])
                .send(),
        )
        .await
        .expect("in time");
        variants.judge(&format!("searched {part:?}"), &fault(answer.status >= 500, || format!("{answer:?}")));
        // A page to look for links in.
        let url = stage.peer.url(&format!("/pages/{}", part.escape_unicode().to_string().len()));
        stage.peer.serve(&url, Reply::bytes(200, "text/html", fill(part, 900 << 10)));
        variants.judge(&format!("a page of {part:?}"), &found_nothing(&search(&stage, &url).await));
        // And headers.
        let request = format!(
            "GET /users/alice HTTP/1.1\r\nhost: {}\r\nsignature: {}\r\naccept: {}\r\nconnection: close\r\n\r\n",
            stage.alpha.domain(),
            fill("a=\"b\",", 6 << 10),
            fill("a/b;q=", 6 << 10)
        );
        let answer = raw::exchange(&stage.alpha, request.as_bytes(), SILENCE).await;
        variants.judge("headers", &fault(answer.status == 0 || answer.status >= 500, || answer.text.clone()));
        println!("{part:?}: {:?}", began.elapsed());
        assert!(began.elapsed() < 2 * SOON, "{part:?}: {:?}", began.elapsed());
    }
    variants.done();
    stage.is_alive().await;
}

/// DER: a tag, its length, its contents (X.690 §8.1).
fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let mut out = vec![tag];
    if length < 128 {
        out.push(u8::try_from(length).unwrap());
    } else {
        let bytes = length.to_be_bytes();
        let bytes = &bytes[bytes.iter().position(|byte| *byte != 0).unwrap()..];
        out.push(0x80 | u8::try_from(bytes.len()).unwrap());
        out.extend(bytes);
    }
    out.extend(contents);
    out
}

/// An RSA key of any size in PEM: SubjectPublicKeyInfo of RFC 3279 §2.3.1.
fn rsa_pem(modulus_bytes: usize, exponent: &[u8]) -> String {
    let modulus = [&[0, 0xC0][..], &vec![0xA5; modulus_bytes - 2], &[0x01]].concat();
    let key = der(0x30, &[der(2, &modulus), der(2, exponent)].concat());
    let algorithm =
        der(0x30, &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00]);
    let whole = der(0x30, &[algorithm, der(3, &[&[0][..], &key].concat())].concat());
    pem::encode(&pem::Pem::new("PUBLIC KEY", whole))
}

#[tokio::test]
async fn t068_costly_keys_are_not_tried() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let exponent = [1, 0, 1];
    let huge = [&[0x7F][..], &[0xFF; 512], &[1]].concat();
    let good = stage.bob.key.public_pem();
    let keys = vec![
        ("RSA of 65,536 bits", rsa_pem(8_192, &exponent)),
        ("RSA of 16,384 bits", rsa_pem(2_048, &exponent)),
        ("RSA of 1,024 bits", rsa_pem(128, &exponent)),
        ("RSA of 512 bits", rsa_pem(64, &exponent)),
        ("an exponent of 4,096 bits", rsa_pem(256, &huge)),
        ("an exponent of 1", rsa_pem(256, &[1])),
        ("an exponent of 0", rsa_pem(256, &[0])),
        ("half a PEM", good[..good.len() / 2].to_owned()),
        ("no PEM", "not a key".to_owned()),
        ("an empty PEM", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n".to_owned()),
        ("a private key's armour", good.replace("PUBLIC", "PRIVATE")),
        ("a certificate's armour", good.replace("PUBLIC KEY", "CERTIFICATE")),
        ("a PEM of 500 kB", good.replace("-----END", &format!("{}\n-----END", "QUFB".repeat(120_000)))),
        ("nothing", String::new()),
        (
            "broken DER",
            pem::encode(&pem::Pem::new("PUBLIC KEY", vec![0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0])),
        ),
    ];
    for (number, (name, pem)) in keys.into_iter().enumerate() {
        let mut actor = stage.peer.actor_at(&format!("k{number}.localhost"), "keyed");
        actor.document["publicKey"]["publicKeyPem"] = json!(pem);
        stage.peer.publish_actor(&actor);
        let activity = stage.peer.follow(&actor, &stage.alice.actor());
        let send =
            async { tokio::time::timeout(SOON, stage.tell(&actor, &activity)).await.expect("in time") };
        variants.check(name, &[401], &["hosts"], send).await;
    }
    // Hundreds at once by keys that nobody has: each is asked for once, and what failed is remembered.
    let before = asked(&stage, |_| true);
    for (name, reply) in [
        ("missing", Reply::status(404)),
        ("gone", Reply::status(410)),
        ("broken", Reply::status(500)),
        ("no actor", Reply::json(200, "application/activity+json", &json!({"id": "x"}))),
    ] {
        let mut stranger = stage.bob.clone();
        stranger.id = stage.peer.url(&format!("/strangers/{}", name.replace(' ', "_")));
        stranger.key_id = format!("{}#main-key", stranger.id);
        stage.peer.serve(&stranger.id, reply);
        let path = stranger.id.clone();
        let start = asked(&stage, |_| true);
        let flood = futures::future::join_all((0..60).map(|_| {
            let like = stage.peer.like(&stranger, &stage.alice.actor());
            let (stage, stranger) = (&stage, &stranger);
            async move { stage.tell(stranger, &like).await.status }
        }))
        .await;
        let fetches = asked(&stage, |_| true) - start;
        let mut faults =
            fault(flood.iter().any(|status| ![401, 403, 503].contains(status)), || format!("{flood:?}"));
        faults.extend(fault(fetches > 6, || format!("{fetches} requests for {path}")));
        variants.judge(name, &faults);
    }
    let mut fresh = stage.bob.clone();
    let flood = (0..100).map(|number| {
        fresh.id = stage.peer.url(&format!("/users/new{number}"));
        fresh.key_id = format!("{}#main-key", fresh.id);
        let (actor, like) = (fresh.clone(), stage.peer.like(&fresh, &stage.alice.actor()));
        let stage = &stage;
        async move { stage.tell(&actor, &like).await.status }
    });
    let flood: Vec<_> = flood.collect();
    let (statuses, ()) = futures::join!(futures::future::join_all(flood), is_served(&stage.alpha));
    variants.judge(
        "a hundred strangers",
        &fault(statuses.iter().any(|status| ![401, 403, 503].contains(status)), || format!("{statuses:?}")),
    );
    println!("{} requests for keys", asked(&stage, |_| true) - before);
    variants.done();
    stage.is_alive().await;
}

#[tokio::test]
async fn t104_farewells_of_strangers_cost_nothing() {
    let stage = Stage::set().await;
    let before = (asked(&stage, |_| true), stage.rows(&[]).await);
    let mut strangers = Vec::new();
    for number in 0..300 {
        let mut stranger = stage.bob.clone();
        stranger.id = format!("http://d{}.localhost:{}/users/gone{number}", number % 30, stage.peer.port());
        stranger.key_id = format!("{}#main-key", stranger.id);
        stage.peer.serve(&stranger.id, Reply::status(410));
        strangers.push(stranger);
    }
    let farewell = |actor: &Actor, object: Value| json!({"@context": "https://www.w3.org/ns/activitystreams", "id": format!("{}#delete", actor.id), "type": "Delete", "actor": actor.id, "to": ["https://www.w3.org/ns/activitystreams#Public"], "object": object});
    let inbox = stage.alpha.url("/inbox");
    let options = SignOptions::default();
    let sent = strangers.iter().enumerate().map(|(number, stranger)| {
        let object =
            if number % 2 == 0 { json!(stranger.id) } else { json!({"id": stranger.id, "type": "Person"}) };
        let activity = farewell(stranger, object);
        let (stage, inbox, options) = (&stage, &inbox, &options);
        async move { stage.peer.deliver(stranger, inbox, &activity, options).await.status }
    });
    let statuses = futures::future::join_all(sent).await;
    assert!(statuses.iter().all(|status| *status == 202), "{statuses:?}");
    stage.settled().await;
    assert_eq!(asked(&stage, |_| true), before.0, "nobody is asked about any of them");
    assert_eq!(tintype_testkit::rows::differences(&before.1, &stage.rows(&[]).await), Vec::<String>::new());

    // Of somebody known, whom somebody else buries: nothing without their own server's word.
    let mut variants = stage.variants();
    let forged = farewell(&stage.mallory, json!(stage.bob.id));
    let refused: &[u16] = &[202, 401, 403];
    variants.check("another buries Bob", refused, TAKEN, stage.tell(&stage.mallory, &forged)).await;
    let forged = farewell(&stage.bob, json!(stage.bob.id));
    variants
        .check(
            "another, in Bob's name",
            &[401, 403],
            &["hosts"],
            stage.tell_as(&stage.mallory, &forged, &options),
        )
        .await;
    let wrong = SignOptions { wrong_key: true, ..SignOptions::default() };
    variants
        .check(
            "Bob, by a key that isn't his",
            &[401, 403, 503],
            &["hosts"],
            stage.tell_as(&stage.bob, &forged, &wrong),
        )
        .await;
    variants
        .check("Bob, unsigned", &[401], &[], stage.tell_as(&stage.bob, &forged, &SignOptions::unsigned()))
        .await;
    let there = stage.alice.find_account(&stage.bob.handle()).await;
    variants.judge(
        "Bob is there",
        &fault(stage.alice.relationship(id(&there)).await["following"] != true, || "gone".into()),
    );
    variants.done();
    // His own, whose server says that he is gone, is believed.
    stage.peer.serve(&stage.bob.id, Reply::status(410));
    let answer = stage.tell(&stage.bob, &forged).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    eventually("Bob is gone", async || {
        [404, 410].contains(&ask(&stage.alice, &format!("/api/v1/accounts/{}", id(&there))).await.status)
    })
    .await;
}

#[tokio::test]
async fn t105_lists_and_pictures_from_files_are_bounded() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let folder = stage.alpha.folder().to_owned();
    let peak = memory::peak(&stage.alpha);
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let head = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n";
    let many: String = (0..1_000_000).fold(head.to_owned(), |mut list, number| {
        let _ = writeln!(list, "d{number}.example,suspend");
        list
    });
    let rows: String = (0..60_000).fold(String::new(), |mut list, number| {
        let _ = writeln!(list, "{number}.x");
        list
    });
    let bomb = raw::gzip_of_zeroes(200 * MIB);
    let long = format!(
        "{head}{}.example,suspend,false,false,{},false\n",
        "a".repeat(100_000),
        "c".repeat(1_000_000)
    );
    // What is no list, or too long a one, is refused whole and in time.
    for (name, bytes) in [
        ("a million rows", many.as_bytes()),
        ("60,000 short rows", rows.as_bytes()),
        ("a packed list", &bomb),
        ("an archive", b"PK\x03\x04\x14\0\0\0\x08\0../../../etc/passwd"),
        ("not UTF-8", b"a.example,suspend\n\xff\xfe.example,suspend\n"),
    ] {
        let file = write("list.csv", bytes);
        let before = stage.rows(&[]).await;
        let output = tokio::time::timeout(
            Duration::from_mins(1),
            stage.alpha.try_cli(&["domain", "import", &file, "--json"]),
        )
        .await
        .expect("in time");
        // The name in an archive could be a domain on a line of its own: a list of one bad row.
        let archive = name == "an archive" && output.status.success();
        let mut faults = fault(output.status.success() && !archive, || "taken".into());
        faults.extend(fault(!archive && output.stderr.is_empty() || output.stderr.len() > 10_000, || {
            format!("{} bytes about it", output.stderr.len())
        }));
        faults.extend(tintype_testkit::rows::differences(&before, &stage.rows(&[]).await));
        variants.judge(name, &faults);
    }
    // Single bad rows are told, and spare the others.
    for (name, list) in [
        (
            "odd rows",
            format!(
                "{head}good1.example,suspend\n,suspend\n../../etc/passwd,suspend\nevil.example/../x,suspend\n*,suspend\n*.example,suspend\ncom,suspend\n\0.example,suspend\na b.example,suspend\n\"unclosed.example,suspend\ngood2.example,suspend\n"
            ),
        ),
        ("a long row", format!("{long}good3.example,suspend\n")),
        (
            "strange severities",
            format!("{head}a.example,DROP TABLE,yes\ngood4.example,silence,,,,\n{}", "x,".repeat(10_000)),
        ),
        ("our own domain", format!("{head}{},suspend\ngood5.example,suspend\n", stage.alpha.domain())),
    ] {
        let file = write("list.csv", list.as_bytes());
        let output = tokio::time::timeout(
            Duration::from_mins(1),
            stage.alpha.try_cli(&["domain", "import", &file, "--json"]),
        )
        .await
        .expect("in time");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let outcomes: Vec<(&str, &str)> = told
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| {
                (row["domain"].as_str().unwrap_or_default(), row["outcome"].as_str().unwrap_or_default())
            })
            .collect();
        let wrong =
            outcomes.iter().any(|(domain, outcome)| *outcome != "rejected" && !domain.starts_with("good"));
        // A list that can't be taken apart is refused whole.
        let refused = !output.status.success() && outcomes.is_empty();
        let rejected = outcomes.iter().any(|(_, outcome)| *outcome == "rejected");
        variants.judge(
            name,
            &fault(!refused && (wrong || !rejected), || format!("{outcomes:?}").chars().take(500).collect()),
        );
    }
    // Pictures for emoji.
    let side = 60_000_u32.to_be_bytes();
    let flood =
        [&b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"[..], &side, &side, &[8, 6, 0, 0, 0, 0, 0, 0, 0], &[0; 500]]
            .concat();
    for (name, code, bytes) in [
        ("a flood of pixels", "flood", flood),
        ("a megabyte", "large", tintype_testkit::pictures::png(1_200, 1_200, 1).repeat(20)),
        ("no picture", "none", b"<svg onload=alert(1)>".to_vec()),
        ("a name that climbs", "../../escaped", tintype_testkit::pictures::png(30, 30, 1)),
        ("a name of markup", "<b>", tintype_testkit::pictures::png(30, 30, 1)),
    ] {
        let file = write("emoji.png", &bytes);
        let before = stage.rows(&[]).await;
        let output = tokio::time::timeout(
            SOON,
            stage.alpha.try_cli(&["emoji", "add", &file, "--shortcode", code, "--json"]),
        )
        .await
        .expect("in time");
        let mut faults = fault(output.status.success(), || "taken".into());
        faults.extend(tintype_testkit::rows::differences(&before, &stage.rows(&[]).await));
        variants.judge(&format!("emoji: {name}"), &faults);
    }
    assert!(!folder.join("escaped.png").exists() && !folder.parent().unwrap().join("escaped.png").exists());
    // The server beside it is none the worse, and starts again.
    let grown = memory::peak(&stage.alpha).saturating_sub(peak);
    variants.judge("memory", &fault(grown > 64 << 10, || format!("{grown} KiB more")));
    variants.done();
    stage.alpha.restart().await;
    stage.is_alive().await;
}

#[tokio::test]
async fn t107_our_copies_are_of_known_pictures_alone() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let client = stage.alpha.client();
    // Anything else than a picture that we were told of has no address here.
    let canary = stage.canary.url("/x.jpg");
    let encoded: String = url::form_urlencoded::byte_serialize(canary.as_bytes()).collect();
    for path in [
        format!("/media/remote?url={encoded}"),
        format!("/media/remote/{encoded}"),
        format!("/media/remote/1/{encoded}"),
        format!("/media/remote/1/x?url={encoded}"),
        format!("/proxy?url={encoded}"),
        format!("/proxy/{encoded}"),
        format!("/media/{encoded}"),
        format!("/media_proxy/{encoded}"),
        format!("/media/avatars/{encoded}"),
        "/media/remote/1/00000000000000000000000000000000".to_owned(),
        "/media/avatars/1".to_owned(),
        format!("/url?url={encoded}"),
        format!("/api/v1/preview?url={encoded}"),
    ] {
        let answer = client.request("GET".parse().unwrap(), &path).unchecked().send().await;
        variants.judge(&path, &fault(![400, 404, 422].contains(&answer.status), || format!("{answer:?}")));
    }
    // A picture that lies with ourselves, or leads back to us, is not fetched: not once, and not round and round.
    let own = stage.alice.upload(tintype_testkit::pictures::jpeg(40, 30, 1), "own").await;
    let back = stage.peer.url("/back.jpg");
    let first = stage.peer.url("/first.jpg");
    stage.peer.serve(&first, Reply::redirect(&back));
    stage.peer.serve(&back, Reply::redirect(&first));
    let mut urls = vec![
        text(&own, "/url").to_owned(),
        stage.alpha.url("/media/avatars/1"),
        stage.alpha.url("/media/remote/1/00000000000000000000000000000000"),
        stage.alpha.url("/health"),
        stage.alpha.url("/api/v2/instance"),
        format!("http://127.0.0.1:{}/health", stage.alpha.port()),
        format!("http://alpha.example.:{}/health", stage.alpha.port()),
        canary,
        first,
    ];
    let log_before = stage.alpha.log().len();
    for _ in 0..2 {
        let mut last = None;
        for url in &urls {
            let mut note = stage.peer.note(&stage.bob, "<p>look</p>");
            note["attachment"] = json!([{"type": "Document", "mediaType": "image/jpeg", "url": url}]);
            let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
            assert_eq!(answer.status, 202, "{answer:?}");
            let seen = stage.alice.sees_at_home(id(&note)).await;
            let Some(shown) = seen.pointer("/media_attachments/0/url").and_then(Value::as_str) else {
                continue;
            };
            let served = tokio::time::timeout(SOON, ask(&client, shown)).await.expect("in time");
            variants.judge(
                &format!("{url} by {shown}"),
                &fault(served.status < 400, || format!("{}", served.status)),
            );
            last = Some(shown.to_owned());
        }
        // The next round: a picture whose address is that of our copy of a picture whose address is ours.
        urls = last.into_iter().collect();
    }
    assert!(stage.alpha.log().len() - log_before < 200_000, "no storm in the log");
    // One that is real is fetched once, however many look at once.
    let file = stage.peer.url("/real.jpg");
    stage.peer.serve(
        &file,
        Reply::bytes(200, "image/jpeg", tintype_testkit::pictures::jpeg(60, 40, 2))
            .after(Duration::from_millis(300)),
    );
    let mut note = stage.peer.note(&stage.bob, "<p>look</p>");
    note["attachment"] = json!([{"type": "Document", "mediaType": "image/jpeg", "url": file}]);
    stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
    let seen = stage.alice.sees_at_home(id(&note)).await;
    let shown = text(&seen, "/media_attachments/0/url").to_owned();
    let crowd = futures::future::join_all((0..20).map(|_| ask(&client, &shown))).await;
    variants.judge(
        "a crowd",
        &fault(crowd.iter().any(|answer| ![200, 503].contains(&answer.status)), || {
            format!("{:?}", crowd.iter().map(|answer| answer.status).collect::<Vec<_>>())
        }),
    );
    let fetches = asked(&stage, |request| request.path == "/real.jpg");
    variants.judge("fetches for a crowd", &fault(fetches > 20, || format!("{fetches}")));
    eventually("our copy is there", async || ask(&client, &shown).await.status == 200).await;
    let fetches = asked(&stage, |request| request.path == "/real.jpg");
    for _ in 0..5 {
        assert_eq!(ask(&client, &shown).await.status, 200);
    }
    variants.judge(
        "fetches afterwards",
        &fault(asked(&stage, |request| request.path == "/real.jpg") != fetches, || "again".into()),
    );
    // Its address is nobody's to guess: another mark, or another number, is no picture.
    let (base, mark) =
        shown.split_once('?').map_or(shown.as_str(), |(base, _)| base).rsplit_once('/').unwrap();
    for other in [
        format!("{base}/{}", "0".repeat(mark.len())),
        format!("{base}/"),
        base.to_owned(),
        format!("{base}/{}x", &mark[..mark.len() - 1]),
    ] {
        let answer = ask(&client, &other).await;
        variants.judge(&other, &fault(answer.status != 404, || format!("{answer:?}")));
    }
    stage.assert_untouched().await;
    variants.done();
}

#[tokio::test]
async fn t117_questions_are_kept_small() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    for number in 0..90 {
        let post = stage.alice.say(&format!("post {number} 100% a_b #tag")).await;
        if number < 45 {
            stage.alice.post(&format!("/api/v1/statuses/{}/bookmark", id(&post)), json!({})).await;
        }
    }
    let me = &stage.alice.id;
    let lists = [
        ("/api/v1/timelines/home".to_owned(), 40),
        ("/api/v1/timelines/public".to_owned(), 40),
        ("/api/v1/timelines/tag/tag".to_owned(), 40),
        (format!("/api/v1/accounts/{me}/statuses"), 40),
        ("/api/v1/bookmarks".to_owned(), 40),
        ("/api/v1/favourites".to_owned(), 40),
        (format!("/api/v1/accounts/{me}/followers"), 80),
        (format!("/api/v1/accounts/{me}/following"), 80),
        ("/api/v1/notifications".to_owned(), 80),
        ("/api/v1/blocks".to_owned(), 80),
        ("/api/v1/mutes".to_owned(), 80),
        ("/api/v1/domain_blocks".to_owned(), 200),
        ("/api/v1/follow_requests".to_owned(), 80),
    ];
    let odd = [
        "1000000000",
        "-1",
        "0",
        "99999999999999999999999999",
        "-9223372036854775808",
        "abc",
        "1e3",
        "",
        "40.5",
        "0x10",
        "٤",
    ];
    for (path, most) in &lists {
        for limit in odd {
            let limit: String = url::form_urlencoded::byte_serialize(limit.as_bytes()).collect();
            let answer = ask(&stage.alice, &format!("{path}?limit={limit}")).await;
            let mut faults = fault(![200, 400, 422].contains(&answer.status), || format!("{answer:?}"));
            if answer.status == 200 {
                let got = items(&answer.json()).len();
                faults.extend(fault(got > *most, || format!("{got} items")));
            }
            variants.judge(&format!("{path}?limit={limit}"), &faults);
        }
        for cursor in ["max_id", "min_id", "since_id", "offset", "page"] {
            for value in [
                "-1",
                "0",
                "9223372036854775807",
                "9223372036854775808",
                "99999999999999999999999",
                "abc",
                "1%20OR%201",
                "%00",
                "1000000000",
            ] {
                let answer = ask(&stage.alice, &format!("{path}?{cursor}={value}")).await;
                variants.judge(
                    &format!("{path}?{cursor}={value}"),
                    &fault(![200, 400, 404, 422].contains(&answer.status), || format!("{answer:?}")),
                );
            }
        }
    }
    // Searches: what means something to a database means nothing to a search.
    let long = "a".repeat(10_000);
    for query in [
        "%",
        "_",
        "%%%%",
        "a%b",
        "*",
        "a*",
        "\"",
        "a\" OR \"b",
        "NOT a",
        "a AND",
        "NEAR(a b, 1000)",
        "{a b}: c",
        "^a",
        "a + b",
        "-a",
        "(a",
        "content:a",
        "\\",
        "'",
        ";",
        "a b c d e f g h i j k l m n o p q r s t u v w x y z",
        &"a ".repeat(3_000),
        &long,
        "from:me has:media before:2026-01-01",
        "\u{0}",
    ] {
        for path in ["/api/v2/search", "/api/v1/accounts/search"] {
            for limit in ["40", "1000000000", "-1"] {
                let request = stage.alice.request("GET".parse().unwrap(), path).unchecked();
                let answer = tokio::time::timeout(
                    SOON,
                    request.query(&[("q", query), ("limit", limit), ("offset", "1000000000")]).send(),
                )
                .await
                .expect("in time");
                let shown: String = query.chars().take(20).collect();
                let mut faults =
                    fault(![200, 400, 414, 422].contains(&answer.status), || format!("{answer:?}"));
                faults.extend(fault(
                    query.len() >= 10_000 && answer.status == 200 && answer.body.len() > 10_000,
                    || "repeated".into(),
                ));
                variants.judge(&format!("{path} {shown:?} {limit}"), &faults);
            }
        }
    }
    for wildcard in ["%", "_", "%%", "a_i%", "al_ce", "b%b"] {
        let found = stage
            .alice
            .request("GET".parse().unwrap(), "/api/v1/accounts/search")
            .query(&[("q", wildcard), ("resolve", "false")])
            .send()
            .await
            .ok();
        variants.judge(&format!("a wildcard {wildcard}"), &fault(found != json!([]), || found.to_string()));
    }
    // Many ids at once, and ids that are none.
    for path in ["/api/v1/statuses", "/api/v1/accounts", "/api/v1/accounts/relationships"] {
        let many: String = (0..3_000).fold(String::new(), |mut many, number| {
            let _ = write!(many, "id[]={number}&");
            many
        });
        let answer = tokio::time::timeout(
            SOON,
            stage.alice.request("GET".parse().unwrap(), &format!("{path}?{many}")).unchecked().send(),
        )
        .await
        .expect("in time");
        variants.judge(
            &format!("{path} of 3,000"),
            &fault(![200, 400, 414, 422, 431].contains(&answer.status), || format!("{}", answer.status)),
        );
        let odd = ask(&stage.alice, &format!("{path}?id[]=abc&id[]=-1&id[]=99999999999999999999")).await;
        variants.judge(
            &format!("{path} of none"),
            &fault(![200, 400, 404, 422].contains(&odd.status), || format!("{odd:?}")),
        );
    }
    // What needs somebody who is let in is refused before anything is looked up: as soon for a heavy question.
    let nobody = stage.alpha.client();
    for path in [
        "/api/v1/timelines/home?limit=40",
        "/api/v1/notifications?limit=80",
        "/api/v1/admin/accounts?limit=1000000",
        "/api/v1/accounts/search?q=a&limit=80",
        "/api/v1/bookmarks",
    ] {
        let answer = nobody.request("GET".parse().unwrap(), path).unchecked().send().await;
        variants.judge(
            &format!("{path} for nobody"),
            &fault(![401, 404].contains(&answer.status), || format!("{answer:?}")),
        );
    }
    variants.done();
    is_served(&stage.alpha).await;
    wait::until("the next page", wait::PATIENCE, async || {
        let pages = stage.alice.pages("/api/v1/timelines/home?limit=40").await;
        (pages.iter().map(Vec::len).sum::<usize>() == 90).then_some(())
    })
    .await;
}
