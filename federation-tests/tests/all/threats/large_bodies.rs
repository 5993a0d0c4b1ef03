//! Threats of the category `dos`: bodies that are too large, as they come or once they are unpacked.

use super::stage::{Stage, fault};
use super::strain::{MIB, SILENCE, found_nothing, search};
use super::{memory, raw};
use crate::scenarios::{ask, id, text};
use serde_json::json;
use std::time::Duration;
use tintype_testkit::peer::{Reply, SignOptions};
use tokio::io::AsyncWriteExt as _;

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
