use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use tintype_net::{Client, Error, Request, Response};
use url::Url;

use crate::allowing;
use crate::peer::{Answer, Peer, with};

const CAP: usize = 10_000;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn chunked(headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{headers}transfer-encoding: chunked\r\n\r\n").into_bytes()
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

async fn capped(client: &Client, peer: &Peer, path: &str) -> Result<Response, Error> {
    client.send(Request::get(Url::parse(&peer.url(path)).unwrap()).max_body(CAP)).await
}

#[tokio::test]
async fn up_to_the_cap_and_no_further() {
    let peer = Peer::start(|seen| match seen.path() {
        "/exact" => Answer::Bytes(with(&[], &[b'x'; CAP])),
        "/over" => Answer::Bytes(with(&[], &[b'x'; CAP + 1])),
        // Announces far more than it sends: refused on the announcement, or this would wait for the deadline.
        "/announced" => Answer::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\nx".to_vec()),
        "/endless" => Answer::Flood(chunked(""), chunk(&[b'x'; 1000])),
        "/until-close" => Answer::Last([&b"HTTP/1.1 200 OK\r\n\r\n"[..], &[b'x'; CAP + 1]].concat()),
        other => panic!("{other}"),
    })
    .await;
    let client = allowing(&[peer.addr]);
    assert_eq!(capped(&client, &peer, "/exact").await.unwrap().body.len(), CAP);
    for path in ["/over", "/announced", "/endless", "/until-close"] {
        let error = capped(&client, &peer, path).await.unwrap_err();
        assert!(matches!(error, Error::TooLarge { limit: CAP, .. }), "{path}: {error}");
        assert!(error.is_permanent());
    }
}

#[tokio::test]
async fn gzip_is_counted_decompressed() {
    let bomb = gzip(&vec![0; 100 * CAP]);
    assert!(bomb.len() < CAP, "or the length alone would betray it");
    let (exact, nothing) = (gzip(&[b'x'; CAP]), gzip(b""));
    let peer = Peer::start(move |seen| match seen.path() {
        "/fine" => Answer::Bytes(with(&["content-encoding: gzip"], &exact)),
        "/two" => Answer::Bytes(with(&["content-encoding: gzip"], &[gzip(b"one "), gzip(b"two")].concat())),
        "/bomb" => Answer::Bytes(with(&["content-encoding: gzip"], &bomb)),
        "/empty-members" => Answer::Flood(chunked("content-encoding: gzip\r\n"), chunk(&nothing.repeat(50))),
        "/no-body" => Answer::Bytes(with(&["content-encoding: gzip"], b"")),
        other => panic!("{other}"),
    })
    .await;
    let client = allowing(&[peer.addr]);
    let fine = capped(&client, &peer, "/fine").await.unwrap();
    assert_eq!(fine.body, vec![b'x'; CAP]);
    assert_eq!(fine.headers.get("content-encoding"), None);
    assert_eq!(fine.headers.get("content-length"), None);
    assert_eq!(capped(&client, &peer, "/two").await.unwrap().body, "one two");
    assert_eq!(capped(&client, &peer, "/no-body").await.unwrap().body, "");
    for path in ["/bomb", "/empty-members"] {
        let error = capped(&client, &peer, path).await.unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{path}: {error}");
    }
    assert_eq!(peer.seen()[0].header("accept-encoding"), ["gzip"]);
}

#[tokio::test]
async fn other_encodings_and_broken_bodies_are_refused() {
    let whole = gzip(b"hello");
    let peer = Peer::start(move |seen| {
        let (cut, twice) = (&whole[..whole.len() - 6], gzip(&whole));
        match seen.path() {
            "/br" => Answer::Bytes(with(&["content-encoding: br"], b"x")),
            "/list" => Answer::Bytes(with(&["content-encoding: gzip, gzip"], &twice)),
            "/lines" => Answer::Bytes(with(&["content-encoding: gzip", "content-encoding: gzip"], &twice)),
            "/cut" => Answer::Bytes(with(&["content-encoding: gzip"], cut)),
            "/not-gzip" => Answer::Bytes(with(&["content-encoding: gzip"], b"hello")),
            "/short" => Answer::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello".to_vec()),
            "/not-http" => Answer::Last(b"220 mail.example ESMTP\r\n".to_vec()),
            "/nothing" => Answer::Last(Vec::new()),
            other => panic!("{other}"),
        }
    })
    .await;
    let client = allowing(&[peer.addr]);
    for path in ["/br", "/list", "/lines", "/cut", "/not-gzip", "/short", "/not-http", "/nothing"] {
        let error = capped(&client, &peer, path).await.unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }), "{path}: {error:?}");
        assert!(!error.is_permanent());
    }
}

#[tokio::test]
async fn one_byte_at_a_time_ends_at_the_deadline() {
    let every = Duration::from_millis(10);
    let peer = Peer::start(move |seen| match seen.path() {
        "/body" => Answer::Drip(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n".to_vec(), every),
        "/head" => Answer::Drip(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), every),
        other => panic!("{other}"),
    })
    .await;
    let client = allowing(&[peer.addr]);
    for path in ["/body", "/head"] {
        let started = Instant::now();
        let request = Request::get(Url::parse(&peer.url(path)).unwrap()).deadline(Duration::from_millis(200));
        let error = client.send(request).await.unwrap_err();
        assert!(matches!(error, Error::Timeout { .. }), "{path}: {error}");
        assert!(started.elapsed() < Duration::from_secs(2), "{path}");
    }
}

#[tokio::test]
async fn where_the_status_is_what_matters_the_body_may_be_cut() {
    let peer = Peer::start(|seen| match seen.path() {
        "/accepted" => Answer::Flood(chunked(""), chunk(&[b'x'; 1000])),
        "/slow" => Answer::Drip(
            b"HTTP/1.1 202 x\r\ncontent-length: 5000\r\n\r\nnow".to_vec(),
            Duration::from_millis(10),
        ),
        "/busy" => Answer::Bytes(
            [
                &b"HTTP/1.1 429 x\r\nretry-after: 7\r\ncontent-length: 100000\r\n\r\n"[..],
                &vec![b'x'; 100_000],
            ]
            .concat(),
        ),
        "/strange" => {
            Answer::Bytes(b"HTTP/1.1 503 x\r\ncontent-encoding: br\r\ncontent-length: 1\r\n\r\nx".to_vec())
        }
        other => panic!("{other}"),
    })
    .await;
    let client = allowing(&[peer.addr]);
    let post = |path| Request::post(Url::parse(&peer.url(path)).unwrap(), "{}").max_body(CAP);

    assert_eq!(client.send(post("/accepted")).await.unwrap().body.len(), CAP);
    let slow = client.send(post("/slow").deadline(Duration::from_millis(200))).await.unwrap();
    assert_eq!(slow.status.as_u16(), 202);
    assert!(slow.body.starts_with(b"now"));
    let busy = capped(&client, &peer, "/busy").await.unwrap();
    assert_eq!((busy.status.as_u16(), busy.header(http::header::RETRY_AFTER)), (429, Some("7")));
    assert_eq!(busy.body.len(), CAP);
    assert_eq!(capped(&client, &peer, "/strange").await.unwrap().status.as_u16(), 503);
}

#[tokio::test]
async fn head_has_a_length_and_no_body() {
    let peer =
        Peer::start(|_| Answer::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".to_vec())).await;
    let client = allowing(&[peer.addr]);
    let response = client.send(Request::head(Url::parse(&peer.url("/")).unwrap())).await.unwrap();
    assert_eq!(response.header(http::header::CONTENT_LENGTH), Some("99999999"));
    assert_eq!(response.body, "");
}
