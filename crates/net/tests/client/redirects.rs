use std::time::Duration;

use tintype_net::{Client, Error, Refusal, Request, Settings};
use url::Url;

use crate::peer::{Answer, Peer, ok, redirect};
use crate::{allowing, failure, get, settings};

#[tokio::test]
async fn followed_and_resolved_against_the_last_hop() {
    let peer = Peer::start(|seen| match seen.path() {
        "/a/1" => redirect(301, "../b/2"),
        "/b/2" => redirect(308, "?q=1#part"),
        "/b/2?q=1" => redirect(302, "/end"),
        "/end" => Answer::Bytes(ok("there")),
        other => panic!("{other}"),
    })
    .await;
    let response = get(&allowing(&[peer.addr]), &peer.url("/a/1")).await.unwrap();
    assert_eq!(response.body, "there");
    assert_eq!(response.url.as_str(), peer.url("/end"));
    assert_eq!(peer.seen().len(), 4);
}

#[tokio::test]
async fn to_forbidden_places_nothing_is_opened() {
    let canary = Peer::canary().await;
    let port = canary.addr.port();
    for target in [
        format!("http://127.0.0.1:{port}/"),
        format!("//127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://[::ffff:7f00:1]:{port}/"),
        format!("http://0x7f000001:{port}/"),
        format!("https://127.0.0.1:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "https://[::]/".to_owned(),
        "https://own.example/media/remote/1".to_owned(),
        "http://user:secret@far.example/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "data:text/plain,x".to_owned(),
        "gopher://127.0.0.1/".to_owned(),
    ] {
        let location = target.clone();
        let peer = Peer::start(move |_| redirect(302, &location)).await;
        let error = failure(&allowing(&[peer.addr]), &peer.url("/")).await;
        assert!(matches!(error, Error::Forbidden { .. }), "{target}: {error}");
        assert_eq!(peer.seen().len(), 1);
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn chains_and_loops_end() {
    let peer = Peer::start(|seen| match seen.path() {
        "/self" => redirect(301, "/self"),
        "/ping" => redirect(302, "/pong"),
        "/pong" => redirect(302, "/ping"),
        deeper => redirect(302, &format!("{deeper}/x")),
    })
    .await;
    let client = allowing(&[peer.addr]);
    for (path, requests) in [("/self", 1), ("/self#fragment", 1), ("/ping", 2), ("/deep", 4)] {
        let before = peer.seen().len();
        let error = failure(&client, &peer.url(path)).await;
        assert!(matches!(error, Error::TooManyRedirects { .. }), "{path}: {error}");
        assert_eq!(peer.seen().len() - before, requests, "{path}");
    }
}

#[tokio::test]
async fn a_post_follows_none() {
    let canary = Peer::canary().await;
    let target = canary.url("/");
    let peer = Peer::start(move |seen| redirect(seen.path()[1..].parse().unwrap(), &target)).await;
    let client = allowing(&[peer.addr, canary.addr]);
    for status in [301, 302, 303, 307, 308] {
        let url = Url::parse(&peer.url(&format!("/{status}"))).unwrap();
        let error = client.send(Request::post(url, "{}")).await.unwrap_err();
        assert!(matches!(error, Error::Redirect { .. }), "{status}: {error}");
        assert!(!error.is_permanent());
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn without_a_location_it_is_an_error() {
    let peer = Peer::start(|_| Answer::Bytes(b"HTTP/1.1 302 x\r\ncontent-length: 0\r\n\r\n".to_vec())).await;
    let error = failure(&allowing(&[peer.addr]), &peer.url("/")).await;
    assert!(matches!(error, Error::Redirect { .. }), "{error}");
}

#[tokio::test]
async fn all_hops_share_one_deadline() {
    let slow =
        Peer::start(|_| Answer::Drip(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), Duration::from_millis(20))).await;
    let target = slow.url("/");
    let peer = Peer::start(move |_| redirect(302, &target)).await;
    let client = allowing(&[peer.addr, slow.addr]);
    let url = Url::parse(&peer.url("/")).unwrap();
    let error = client.send(Request::get(url).deadline(Duration::from_millis(200))).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert_eq!(slow.connections(), 1);
}

#[tokio::test]
async fn a_refusal_names_the_reason() {
    let peer = Peer::start(|_| redirect(302, "https://own.example/")).await;
    let allow = vec![peer.addr.to_string().parse().unwrap()];
    let client = Client::new(Settings { allow, ..settings() }).unwrap();
    let error = failure(&client, &peer.url("/")).await;
    assert!(matches!(error, Error::Forbidden { why: Refusal::OwnDomain, .. }), "{error}");
    assert_eq!(error.to_string(), "refused to call own.example: the URL is our own");
}
