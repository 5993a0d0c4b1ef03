use std::sync::Mutex;

use async_trait::async_trait;
use http::header::{AUTHORIZATION, CONNECTION, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method};
use tintype_net::{Error, Request, Sign};
use url::Url;

use crate::peer::{Answer, Peer, ok, redirect};
use crate::{allowing, get};

/// Writes what it was asked to sign into the signature.
#[derive(Default)]
struct Witness(Mutex<Vec<String>>);

#[async_trait]
impl Sign for Witness {
    async fn sign(&self, method: &Method, url: &Url, body: &[u8]) -> Result<HeaderMap, String> {
        if url.path() == "/unsignable" {
            return Err("no key".to_owned());
        }
        let what = format!("{method} {url} {}", body.len());
        self.0.lock().unwrap().push(what.clone());
        let mut headers = HeaderMap::new();
        headers.insert("signature", what.parse().unwrap());
        headers.insert(HOST, HeaderValue::from_static("elsewhere.example"));
        Ok(headers)
    }
}

#[tokio::test]
async fn every_hop_is_signed_for_itself() {
    let end = Peer::saying("there").await;
    let target = end.url("/end");
    let start = Peer::start(move |_| redirect(302, &target)).await;
    let client = allowing(&[start.addr, end.addr]);
    let witness = Witness::default();
    let mut request = Request::get(Url::parse(&start.url("/start#x")).unwrap()).signed_by(&witness);
    request.headers.insert("signature", HeaderValue::from_static("an old one"));
    assert_eq!(client.send(request).await.unwrap().body, "there");
    for (peer, path) in [(&start, "/start"), (&end, "/end")] {
        let seen = &peer.seen()[0];
        assert_eq!(seen.header("signature"), [format!("GET {} 0", peer.url(path))]);
        assert_eq!(seen.header("host"), [peer.addr.to_string()]);
    }
    assert_eq!(witness.0.lock().unwrap().len(), 2);

    let unsignable = Request::get(Url::parse(&end.url("/unsignable")).unwrap()).signed_by(&witness);
    assert!(matches!(client.send(unsignable).await, Err(Error::Sign(_))));
    assert_eq!(end.seen().len(), 1);
}

#[tokio::test]
async fn secrets_stay_with_their_origin() {
    let other = Peer::saying("there").await;
    let target = other.url("/end");
    let start = Peer::start(move |seen| match seen.path() {
        "/start" => redirect(302, "/same"),
        _ => redirect(302, &target),
    })
    .await;
    let client = allowing(&[start.addr, other.addr]);
    let request = Request::get(Url::parse(&start.url("/start")).unwrap())
        .header(AUTHORIZATION, HeaderValue::from_static("Bearer x"))
        .accept("application/json");
    client.send(request).await.unwrap();
    assert_eq!(start.seen()[0].header("authorization"), ["Bearer x"]);
    assert_eq!(start.seen()[1].header("authorization"), ["Bearer x"]);
    let last = &other.seen()[0];
    assert!(last.header("authorization").is_empty());
    assert_eq!(last.header("accept"), ["application/json"]);
    assert_eq!(last.header("user-agent"), ["tintype-test"]);
    assert!(last.header("referer").is_empty());
}

#[tokio::test]
async fn a_post_is_sent_as_given() {
    let peer = Peer::start(|_| Answer::Bytes(b"HTTP/1.1 202 x\r\ncontent-length: 0\r\n\r\n".to_vec())).await;
    let client = allowing(&[peer.addr]);
    let url = Url::parse(&peer.url("/inbox")).unwrap();
    let request = Request::post(url.clone(), r#"{"a":1}"#)
        .content_type("application/activity+json")
        .header(HOST, HeaderValue::from_static("elsewhere.example"))
        .header(CONNECTION, HeaderValue::from_static("close"))
        .header(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    assert_eq!(client.send(request).await.unwrap().status.as_u16(), 202);
    assert_eq!(client.send(Request::post(url, "")).await.unwrap().status.as_u16(), 202);
    let seen = peer.seen();
    assert_eq!(seen[0].body, br#"{"a":1}"#);
    assert_eq!(seen[0].header("content-type"), ["application/activity+json"]);
    assert_eq!(seen[0].header("host"), [peer.addr.to_string()]);
    assert_eq!(seen[0].header("content-length"), ["7"]);
    assert!(seen[0].header("transfer-encoding").is_empty());
    assert!(seen[0].header("connection").is_empty());
    assert_eq!(seen[1].header("content-length"), ["0"]);
}

#[tokio::test]
async fn cookies_are_not_kept_and_connections_are() {
    let peer = Peer::start(|_| Answer::Bytes(crate::peer::with(&["set-cookie: a=b"], b"x"))).await;
    let client = allowing(&[peer.addr]);
    for _ in 0..3 {
        get(&client, &peer.url("/")).await.unwrap();
    }
    get(&client.clone(), &peer.url("/")).await.unwrap();
    assert_eq!(peer.connections(), 1);
    assert!(peer.seen().iter().all(|seen| seen.header("cookie").is_empty()));
}

#[tokio::test]
async fn odd_paths_arrive_encoded() {
    let peer = Peer::start(|_| Answer::Bytes(ok(""))).await;
    let client = allowing(&[peer.addr]);
    get(&client, &peer.url("/a b\r\nx-evil: 1/ä?q=\"<>")).await.unwrap();
    let seen = peer.seen();
    assert_eq!(seen[0].line, "GET /a%20bx-evil:%201/%C3%A4?q=%22%3C%3E HTTP/1.1");
    assert!(seen[0].header("x-evil").is_empty());
}
