//! Both directions, against strings built by hand and signed with the bare primitive.

mod keys;
mod messages;

use std::sync::LazyLock;

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::prelude::*;
use tintype_model::Millis;
use url::Url;

use super::*;
use crate::digest;

/// Sun, 06 Nov 1994 08:49:37 GMT, RFC 9110's example of a date.
const NOW: Millis = Millis(784_111_777_000);
const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const BODY: &[u8] = br#"{"type":"Like"}"#;
const KEY_ID: &str = "https://remote.example/users/bob#main-key";

static PAIR: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

fn private_pem(pair: &RsaKeyPair) -> String {
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()))
}

/// The public half, as PKCS#1.
fn pkcs1_pem(pair: &RsaKeyPair) -> String {
    pem::encode(&pem::Pem::new("RSA PUBLIC KEY", pair.public_key().as_ref()))
}

fn ours() -> SigningKey {
    SigningKey::from_pem(&private_pem(&PAIR), KEY_ID).unwrap()
}

fn public() -> VerifyingKey {
    VerifyingKey::from_pem(&ours().public_key_pem().unwrap()).unwrap()
}

fn signed_with(encoding: &'static dyn RsaEncoding, text: &str) -> String {
    let mut signature = vec![0; PAIR.public_modulus_len()];
    PAIR.sign(encoding, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    STANDARD.encode(signature)
}

fn signed(text: &str) -> String {
    signed_with(&RSA_PKCS1_SHA256, text)
}

/// A request as a peer would send it, easy to spoil.
#[derive(Clone)]
struct Peer {
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    now: Millis,
}

impl Peer {
    fn post() -> Self {
        let mut peer = Self {
            method: Method::POST,
            target: "/inbox".into(),
            headers: HeaderMap::new(),
            body: Some(BODY.into()),
            now: NOW,
        };
        peer.set("host", "local.example");
        peer.set("date", DATE);
        peer.set("digest", &digest::of(BODY));
        peer.set("content-type", "application/activity+json");
        peer
    }

    fn get(target: &str) -> Self {
        let mut peer = Self { method: Method::GET, target: target.into(), body: None, ..Self::post() };
        peer.headers.remove("digest");
        peer.headers.remove("content-type");
        peer
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }

    fn add(&mut self, name: &'static str, value: &str) {
        self.headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }

    /// Signs the covered names by hand, `(request-target)` over `target`.
    fn sign_over(mut self, target: &str, covered: &str, extra: &str) -> Self {
        let text: Vec<String> = covered
            .split(' ')
            .map(|name| match name {
                "(request-target)" => format!("{name}: {} {target}", self.method.as_str().to_lowercase()),
                "(created)" => format!("{name}: {}", NOW.seconds()),
                "(expires)" => format!("{name}: {}", NOW.seconds() + 60),
                _ => format!("{name}: {}", self.headers.get(name).map_or("", |v| v.to_str().unwrap())),
            })
            .collect();
        let signature = signed(&text.join("\n"));
        self.set(
            "signature",
            &format!(r#"keyId="{KEY_ID}",{extra}headers="{covered}",signature="{signature}""#),
        );
        self
    }

    fn sign(self, covered: &str) -> Self {
        let target = self.target.clone();
        self.sign_over(&target, covered, r#"algorithm="rsa-sha256","#)
    }

    fn parse(&self) -> Result<Unverified, SignatureError> {
        Unverified::parse(&Incoming {
            method: &self.method,
            scheme: "https",
            path_and_query: &self.target,
            headers: &self.headers,
            body: self.body.as_deref(),
            hosts: &["local.example", "127.0.0.1:3000"],
            now: self.now,
            window: Window::default(),
        })
    }

    #[track_caller]
    fn accepted(&self) -> bool {
        self.parse().unwrap().verify(&public())
    }
}

const ALL: &str = "(request-target) host date digest";

#[test]
fn what_we_sign_is_what_we_accept() {
    let url = Url::parse("https://local.example/users/alice/inbox?x=%20y#part").unwrap();
    let headers = sign_request(&ours(), SignatureKind::Cavage, &Method::POST, &url, Some(BODY), NOW).unwrap();
    let text = format!(
        "(request-target): post /users/alice/inbox?x=%20y\nhost: local.example\ndate: {DATE}\ndigest: {}\n\
         content-type: application/activity+json",
        digest::of(BODY)
    );
    assert_eq!(
        headers["signature"],
        format!(
            r#"keyId="{KEY_ID}",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature="{}""#,
            signed(&text)
        )
    );
    assert_eq!(headers["date"], DATE);
    let peer = Peer { target: "/users/alice/inbox?x=%20y".into(), headers, ..Peer::post() };
    assert!(peer.accepted());
    assert_eq!(peer.parse().unwrap().key_id().as_str(), KEY_ID);
}

#[test]
fn fetches_are_signed_without_a_body() {
    let url = Url::parse("http://127.0.0.1:3000").unwrap();
    let headers = sign_request(&ours(), SignatureKind::Cavage, &Method::GET, &url, None, NOW).unwrap();
    assert_eq!(headers["host"], "127.0.0.1:3000");
    assert!(!headers.contains_key("digest") && !headers.contains_key("content-type"));
    assert!(headers["signature"].to_str().unwrap().contains(r#"headers="(request-target) host date""#));
    assert!(Peer { headers, ..Peer::get("/") }.accepted());
}

#[test]
fn shapes_of_known_servers() {
    // Mastodon, and whoever signs the type or puts the target last.
    for covered in [
        ALL,
        "(request-target) host date digest content-type",
        "host date digest content-type (request-target)",
        "date host digest (request-target)",
    ] {
        assert!(Peer::post().sign(covered).accepted(), "{covered}");
    }
    // GoToSocial: a path for a key, a label that says nothing.
    let mut peer = Peer::post().sign_over("/inbox", ALL, r#"algorithm="hs2019","#);
    let line = peer.headers["signature"].to_str().unwrap().replace("#main-key", "/main-key");
    peer.set("signature", &line);
    assert!(peer.accepted());
    assert_eq!(peer.parse().unwrap().key_id().as_str(), "https://remote.example/users/bob/main-key");
    // No label, times in parameters.
    let times = format!(r#"created={},expires="{}","#, NOW.seconds(), NOW.seconds() + 60);
    let covered = "(request-target) (created) (expires) host digest";
    let mut peer = Peer::post();
    peer.headers.remove("date");
    assert!(peer.sign_over("/inbox", covered, &times).accepted());
    // A capital here and there.
    let peer = Peer::post().sign("(request-target) host date digest");
    let mut shouted = peer.clone();
    shouted.set(
        "signature",
        &peer.headers["signature"].to_str().unwrap().replace("host date digest", "Host Date Digest"),
    );
    assert!(shouted.accepted());
}

/// What a label says, and what it doesn't.
#[test]
fn the_key_decides_and_is_not_contradicted() {
    let text = format!(
        "(request-target): post /inbox\nhost: local.example\ndate: {DATE}\ndigest: {}",
        digest::of(BODY)
    );
    let pair = Ed25519KeyPair::generate().unwrap();
    let multibase =
        format!("z{}", bs58::encode([&[0xed, 1], pair.public_key().as_ref()].concat()).into_string());
    let edwards = VerifyingKey::from_pem(&ed25519_pem(&multibase).unwrap()).unwrap();
    let (short, long) = (signed_with(&RSA_PKCS1_SHA256, &text), signed_with(&RSA_PKCS1_SHA512, &text));
    let curve = STANDARD.encode(pair.sign(text.as_bytes()));
    for (label, signature, rsa_fits, edwards_fits) in [
        ("", &short, true, false),
        ("", &long, false, false),
        ("", &curve, false, true),
        (r#"algorithm="rsa-sha256","#, &short, true, false),
        (r#"algorithm="rsa-sha256","#, &long, false, false),
        (r#"algorithm="rsa-sha256","#, &curve, false, false),
        (r#"algorithm="rsa-sha512","#, &short, false, false),
        (r#"algorithm="rsa-sha512","#, &long, true, false),
        (r#"algorithm="ed25519","#, &curve, false, true),
        (r#"algorithm="ed25519","#, &short, false, false),
        (r#"algorithm="hs2019","#, &short, true, false),
        (r#"algorithm="hs2019","#, &long, true, false),
        (r#"algorithm="hs2019","#, &curve, false, true),
    ] {
        let mut peer = Peer::post();
        peer.set("signature", &format!(r#"keyId="{KEY_ID}",{label}headers="{ALL}",signature="{signature}""#));
        let request = peer.parse().unwrap();
        let fits = (request.verify(&public()), request.verify(&edwards));
        assert_eq!(fits, (rsa_fits, edwards_fits), "{label} {signature}");
    }
}

#[test]
fn a_get_may_be_signed_without_its_query() {
    let covered = "(request-target) host date";
    for signed_target in ["/users/alice/outbox?page=1", "/users/alice/outbox"] {
        assert!(Peer::get("/users/alice/outbox?page=1").sign_over(signed_target, covered, "").accepted());
    }
    assert!(
        !Peer::get("/users/alice/outbox").sign_over("/users/alice/outbox?page=1", covered, "").accepted()
    );
    let post = Peer { target: "/inbox?x=1".into(), ..Peer::post() };
    assert!(!post.sign_over("/inbox", ALL, "").accepted(), "only a GET");
}

#[test]
fn the_wrong_key_or_text_is_not_accepted() {
    let other = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let other = VerifyingKey::from_pem(&pkcs1_pem(&other)).unwrap();
    let peer = Peer::post().sign(ALL);
    assert!(!peer.parse().unwrap().verify(&other));
    for spoil in [
        |peer: &mut Peer| peer.method = Method::PUT,
        |peer: &mut Peer| peer.target = "/users/alice/inbox".into(),
        |peer: &mut Peer| peer.set("host", "127.0.0.1:3000"),
        |peer: &mut Peer| peer.set("date", "Sun, 06 Nov 1994 08:49:38 GMT"),
        |peer: &mut Peer| {
            peer.body = Some(b"{}".into());
            peer.set("digest", &digest::of(b"{}"));
        },
        |peer: &mut Peer| {
            // RSA-SHA512 under the name of RSA-SHA256.
            let text = format!(
                "(request-target): post /inbox\nhost: local.example\ndate: {DATE}\ndigest: {}",
                digest::of(BODY)
            );
            let signature = signed_with(&RSA_PKCS1_SHA512, &text);
            peer.set("signature", &format!(r#"keyId="{KEY_ID}",headers="{ALL}",signature="{signature}""#));
        },
    ] {
        let mut peer = peer.clone();
        spoil(&mut peer);
        assert!(!peer.accepted());
    }
}

/// What must be refused before a key is fetched, by threat where one is known: T006 and T007 (cover, digest),
/// T008 (ambiguity), T040 (time), T102 (algorithms).
#[test]
fn refusals() {
    type Spoil = fn(&mut Peer);
    fn edit(peer: &mut Peer, from: &str, to: &str) {
        let line = peer.headers["signature"].to_str().unwrap().replace(from, to);
        peer.set("signature", &line);
    }
    let cases: &[(SignatureError, Spoil)] = &[
        (SignatureError::Missing, |p| {
            p.headers.remove("signature");
        }),
        // Then it is signed in the newer way, and badly.
        (SignatureError::Malformed, |p| p.set("signature-input", "sig1=()")),
        (SignatureError::Several, |p| {
            let line = p.headers["signature"].to_str().unwrap().to_owned();
            p.add("signature", &line);
        }),
        (SignatureError::DuplicateParameter, |p| edit(p, "algorithm=", r#"keyId="x",algorithm="#)),
        (SignatureError::UnknownParameter, |p| edit(p, "keyId", "keyid")),
        (SignatureError::MissingParameter, |p| {
            edit(p, r#"headers="(request-target) host date digest","#, "");
        }),
        (SignatureError::Malformed, |p| edit(p, r#"algorithm="rsa-sha256","#, r#"algorithm="rsa-sha256,"#)),
        (SignatureError::Malformed, |p| edit(p, r#"signature=""#, r#"signature="%"#)),
        (SignatureError::Algorithm, |p| edit(p, "rsa-sha256", "hmac-sha256")),
        (SignatureError::Algorithm, |p| edit(p, "rsa-sha256", "rsa-sha1")),
        (SignatureError::Algorithm, |p| edit(p, "rsa-sha256", "none")),
        (SignatureError::KeyId, |p| edit(p, "https://remote", "acct://remote")),
        (SignatureError::KeyId, |p| edit(p, "https://", "")),
        (SignatureError::Covered, |p| edit(p, "(request-target) host date digest", "")),
        (SignatureError::Covered, |p| edit(p, "host date", "host host date")),
        (SignatureError::Covered, |p| edit(p, "host date", "host (status) date")),
        (SignatureError::TargetNotCovered, |p| edit(p, "(request-target) ", "")),
        (SignatureError::HostNotCovered, |p| edit(p, " host", "")),
        (SignatureError::TimeNotCovered, |p| edit(p, " date", "")),
        (SignatureError::DigestNotCovered, |p| edit(p, " digest", "")),
        (SignatureError::DigestNotCovered, |p| {
            edit(p, " digest", "");
            p.body = None; // a POST has a body, though it be empty
        }),
        (SignatureError::MissingParameter, |p| edit(p, "host date", "host (created)")),
        (SignatureError::HeaderMissing, |p| edit(p, "host date", "host date x-missing")),
        (SignatureError::HeaderMissing, |p| {
            p.headers.remove("date");
        }),
        (SignatureError::HeaderMissing, |p| {
            p.headers.remove("host");
        }),
        (SignatureError::HeaderAmbiguous, |p| p.add("host", "local.example")),
        (SignatureError::HeaderAmbiguous, |p| p.add("date", DATE)),
        (SignatureError::Host, |p| p.set("host", "remote.example")),
        (SignatureError::Host, |p| p.set("host", "local.example.remote.example")),
        (SignatureError::Host, |p| p.set("host", "local.example:3000")),
        (SignatureError::Time, |p| p.set("date", "yesterday")),
        (SignatureError::Time, |p| edit(p, "algorithm=", "expires=99999999999999999999,algorithm=")),
        (SignatureError::Time, |p| {
            edit(p, "algorithm=", "created=18446744073709551615,algorithm=");
            edit(p, "host date", "host (created)");
        }),
        (SignatureError::TooOld, |p| p.now = Millis(NOW.0 + 12 * 3_600_000 + 1)),
        (SignatureError::TooNew, |p| p.now = Millis(NOW.0 - 3_600_000 - 1)),
        (SignatureError::Expired, |p| edit(p, "algorithm=", "expires=784111777,algorithm=")),
        (SignatureError::DigestMissing, |p| p.set("digest", "MD5=kAFQmDzST7DWlj99KOF/cg==")),
        (SignatureError::DigestMalformed, |p| p.set("digest", "SHA-256")),
        (SignatureError::DigestMismatch, |p| p.body = Some(b"{}".into())),
        (SignatureError::DigestMismatch, |p| p.body = None),
    ];
    for (number, (expected, spoil)) in cases.iter().enumerate() {
        let mut peer = Peer::post().sign(ALL);
        assert!(peer.accepted());
        spoil(&mut peer);
        assert_eq!(peer.parse().err(), Some(*expected), "case {number}");
    }
}

#[test]
fn the_edges_of_the_window_are_inside() {
    for offset in [-3_600_000, 0, 12 * 3_600_000] {
        let mut peer = Peer::post().sign(ALL);
        peer.now = Millis(NOW.0 + offset);
        assert!(peer.accepted());
    }
}

#[test]
fn names_of_ours_in_other_letters() {
    for host in ["LOCAL.example", "local.example:443"] {
        let mut peer = Peer::post();
        peer.set("host", host);
        assert!(peer.sign(ALL).accepted(), "{host}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn parsing_never_panics(
        line in r"[ -~]{0,120}",
        date in r"[ -~]{0,32}",
        target in r"/[ -~]{0,32}",
        now in any::<i64>(),
    ) {
        let mut peer = Peer { target, now: Millis(now), ..Peer::post() };
        peer.set("date", &date);
        peer.set("signature", &line);
        let _ = peer.parse();
        peer.set("signature", &format!(
            r#"keyId="{KEY_ID}",created={},headers="(request-target) host date (created) digest",signature="AA==""#,
            now.unsigned_abs()
        ));
        let _ = peer.parse();
    }
}
