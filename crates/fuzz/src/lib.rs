//! What strangers send, thrown at what reads it first: one function per reader, which must neither panic nor break its
//! promise, whatever the bytes.
//!
//! Owns the targets and the corpus (`corpus/TARGET/…`: inputs worth keeping, among them every one that once broke
//! something). `tests/corpus.rs` plays the corpus and a bounded number of changes to it on stable Rust, with every other test;
//! `fuzz/` holds the same targets for `cargo fuzz run TARGET`, which needs nightly and is no part of the tests. Nothing of
//! the program uses this crate.
//!
//! Start reading at [`TARGETS`].

use axum::{
    body::Body,
    extract::{FromRequest as _, Request},
};
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::Value;
use tintype_api::AnyUpload;
use tintype_federation::{
    signatures::{Incoming, Unverified, Window},
    wire::{Collection, Jrd, KeyDocument, Object, parse_activity, parse_object},
};
use tintype_model::{
    Limits, Millis,
    text::{self, Piece},
};

/// A reader of what strangers send. Panics where the reader breaks its promise.
pub type Target = fn(&[u8]);

/// Every reader by its name, which is also the name of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("signature", signature),
    ("activity", activity),
    ("html", html),
    ("text", posted),
    ("webfinger", webfinger),
    ("multipart", multipart),
];

/// Headers of a signed request, one per line (`name: value`), then an empty line, then the body. What is accepted has a key
/// to ask for, on http or https.
pub fn signature(data: &[u8]) {
    let (head, body) = split(data);
    let mut headers = HeaderMap::new();
    for line in head.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let name = http::HeaderName::from_bytes(name.trim().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value.trim())) {
            headers.append(name, value);
        }
    }
    for method in [Method::GET, Method::POST] {
        let request = Incoming {
            body: (method == Method::POST).then_some(body),
            method: &method,
            scheme: "https",
            path_and_query: "/inbox?page=1",
            headers: &headers,
            hosts: &["local.example"],
            now: Millis(784_111_777_000),
            window: Window::default(),
        };
        if let Ok(read) = Unverified::parse(&request) {
            assert!(matches!(read.key_id().scheme(), "http" | "https"), "{}", read.key_id());
        }
    }
}

/// The body of an inbox request, or a fetched document of any kind. Whatever is read has an http(s) id.
pub fn activity(data: &[u8]) {
    let plain = |url: &str| assert!(url.starts_with("http://") || url.starts_with("https://"), "{url}");
    if let Ok(activity) = parse_activity(data) {
        plain(activity.id.as_str());
        plain(activity.actor.as_str());
    }
    match parse_object(data) {
        Ok(Object::Note(note)) => plain(note.attributed_to.as_str()),
        Ok(Object::Actor(actor)) => plain(actor.inbox.as_str()),
        Ok(object) => object.id().into_iter().for_each(|id| plain(id.as_str())),
        Err(_) => {}
    }
    let _ = Collection::parse(data);
    let _ = KeyDocument::parse(data);
}

/// HTML of others: what is left of it holds no script and nothing that a browser would run, and is left alone when it is
/// cleaned again.
pub fn html(data: &[u8]) {
    let dirty = String::from_utf8_lossy(data);
    let clean = text::sanitise(&dirty);
    let lower = clean.to_ascii_lowercase();
    for never in
        ["<script", "<style", "<iframe", "<object", "<form", "<svg", "<math", "<img", "<a href=\"javascript:"]
    {
        assert!(!lower.contains(never), "{never} in {clean}");
    }
    // Attributes may change places.
    assert_eq!(text::sanitise(&clean).len(), clean.len(), "cleaned twice: {clean}");
    // What no tag is left in is nothing but text.
    assert!(!text::plain(&dirty).contains('\0'));
}

/// What people write: no piece of it is lost, and nothing of it becomes markup of its own.
pub fn posted(data: &[u8]) {
    let written = String::from_utf8_lossy(data);
    let pieces = text::scan(&written);
    let whole: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) | Piece::Link(text) | Piece::Mention { text, .. } => (*text).to_owned(),
            Piece::Hashtag(name) => format!("#{name}"),
        })
        .collect();
    assert_eq!(whole, written, "the pieces are the whole");
    let shown = text::render(&written, |_| None, |tag| format!("https://local.example/tags/{tag}"));
    assert!(!shown.to_ascii_lowercase().contains("<script"), "{shown}");
    let _ = text::count(&written, &Limits::default());
}

/// An answer of WebFinger: an actor that is found has an http(s) id.
pub fn webfinger(data: &[u8]) {
    if let Ok(found) = Jrd::parse(data)
        && let Some(actor) = found.actor()
    {
        assert!(matches!(actor.scheme(), "http" | "https"), "{actor}");
    }
}

/// A multipart body with the boundary `X`, as an upload reads it.
pub fn multipart(data: &[u8]) {
    let request = Request::builder()
        .method(Method::POST)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=X")
        .body(Body::from(data.to_vec()));
    let Ok(request) = request else { return };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
    let read = runtime.block_on(AnyUpload::<Value>::from_request(request, &()));
    if let Ok(read) = read {
        assert!(read.form.is_object() || read.form.is_null(), "{}", read.form);
    }
}

/// Head and body, at the first empty line.
fn split(data: &[u8]) -> (String, &[u8]) {
    let at = data.windows(2).position(|two| two == b"\n\n");
    let (head, body) = at.and_then(|at| data.split_at_checked(at)).unwrap_or((data, &[]));
    (String::from_utf8_lossy(head).into_owned(), body.get(2..).unwrap_or_default())
}
