//! HTTP signatures of draft-cavage-http-signatures-12, written apart from the program's own on purpose.

use super::{Actor, Key, Received, verify_rsa_sha256};
use crate::clock;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::collections::HashMap;
use std::sync::OnceLock;

/// The `Digest` header (RFC 3230) of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    Right,
    /// Of another body.
    Wrong,
    Missing,
}

/// How a request is signed. The default is what a well-behaved server does.
#[derive(Debug, Clone)]
pub struct SignOptions {
    /// False: no `Signature` header at all.
    pub signed: bool,
    pub digest: Digest,
    /// Signed by a key that is not the actor's.
    pub wrong_key: bool,
    /// Another `keyId` than the actor's.
    pub key_id: Option<String>,
    /// The parts that are signed; by default everything there is to sign.
    pub covered: Option<Vec<String>>,
    /// The `Date` header's distance from now in seconds; `None`: no `Date`.
    pub date_offset: Option<i64>,
    /// The body is changed after digest and signature were made.
    pub tampered: bool,
    /// Method and path that are signed instead of the real ones (`get /other`).
    pub target: Option<String>,
    /// The signature's `algorithm` parameter.
    pub algorithm: &'static str,
    pub content_type: &'static str,
}

impl Default for SignOptions {
    fn default() -> Self {
        Self {
            signed: true,
            digest: Digest::Right,
            wrong_key: false,
            key_id: None,
            covered: None,
            date_offset: Some(0),
            tampered: false,
            target: None,
            algorithm: "rsa-sha256",
            content_type: "application/activity+json",
        }
    }
}

impl SignOptions {
    /// No signature.
    pub fn unsigned() -> Self {
        Self { signed: false, ..Self::default() }
    }

    /// Signs the digest and nothing else: such a signature could be replayed anywhere.
    pub fn only_digest() -> Self {
        Self { covered: Some(vec!["digest".to_owned()]), ..Self::default() }
    }

    /// Dated that many seconds from now.
    pub fn dated(seconds: i64) -> Self {
        Self { date_offset: Some(seconds), ..Self::default() }
    }
}

pub(super) struct Signed {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

pub(super) fn sign(
    method: &Method,
    url: &str,
    body: Option<Vec<u8>>,
    actor: &Actor,
    options: &SignOptions,
) -> Signed {
    let url = url::Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    let mut parts: Vec<(&str, String)> = Vec::new();
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let target = format!("{} {path}", method.as_str().to_lowercase());
    parts.push(("(request-target)", options.target.clone().unwrap_or(target)));
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    parts.push(("host", format!("{}{port}", url.host_str().unwrap_or_default())));
    if let Some(offset) = options.date_offset {
        parts.push(("date", clock::http_date(clock::now(offset))));
    }
    if let Some(body) = &body {
        match options.digest {
            Digest::Right => parts.push(("digest", digest_header(body))),
            Digest::Wrong => parts.push(("digest", digest_header(b"another body"))),
            Digest::Missing => {}
        }
        parts.push(("content-type", options.content_type.to_owned()));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in parts.iter().filter(|(name, _)| *name != "(request-target)") {
        insert(&mut headers, name, value);
    }
    if body.is_none() {
        insert(&mut headers, "accept", options.content_type);
    }
    if options.signed {
        let is_covered =
            |name: &str| options.covered.as_ref().is_none_or(|all| all.iter().any(|one| one == name));
        let covered: Vec<&(&str, String)> = parts.iter().filter(|(name, _)| is_covered(name)).collect();
        let text: Vec<String> = covered.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let names: Vec<&str> = covered.iter().map(|(name, _)| *name).collect();
        let key = if options.wrong_key { foreign_key() } else { &actor.key };
        let signature = format!(
            "keyId=\"{}\",algorithm=\"{}\",headers=\"{}\",signature=\"{}\"",
            options.key_id.as_deref().unwrap_or(&actor.key_id),
            options.algorithm,
            names.join(" "),
            key.sign(text.join("\n").as_bytes()),
        );
        insert(&mut headers, "signature", &signature);
    }
    let mut body = body.unwrap_or_default();
    if options.tampered {
        body.push(b' ');
    }
    Signed { headers, body }
}

/// Checks what the program under test signed: `Signature` made by the key in `public_pem` over the target, host, date
/// and, if there is a body, its right digest.
///
/// # Errors
/// What is wrong with it.
pub fn verify(request: &Received, public_pem: &str) -> Result<(), String> {
    let header = request.header("signature").ok_or("no Signature header")?;
    let parameters = parameters(header);
    let parameter = |name: &str| parameters.get(name).cloned().ok_or(format!("no {name} in {header}"));
    let covered = parameter("headers")?;
    let covered: Vec<&str> = covered.split(' ').collect();
    let mut needed = vec!["(request-target)", "host", "date"];
    if !request.body.is_empty() {
        needed.push("digest");
        let expected = digest_header(&request.body);
        if request.header("digest") != Some(&expected) {
            return Err(format!("digest {:?} instead of {expected}", request.header("digest")));
        }
    }
    if let Some(missing) = needed.iter().find(|name| !covered.contains(name)) {
        return Err(format!("{missing} is not signed"));
    }
    let lines: Result<Vec<String>, String> = covered
        .iter()
        .map(|name| match *name {
            "(request-target)" => {
                Ok(format!("(request-target): {} {}", request.method.as_str().to_lowercase(), request.path))
            }
            name => {
                let value = request.header(name).ok_or(format!("{name} is signed but absent"))?;
                Ok(format!("{name}: {value}"))
            }
        })
        .collect();
    let message = lines?.join("\n");
    if verify_rsa_sha256(public_pem, message.as_bytes(), &parameter("signature")?) {
        Ok(())
    } else {
        Err(format!("the signature is not over\n{message}"))
    }
}

/// `name="value"` pairs. No value of ours contains a comma or an escaped quote.
fn parameters(header: &str) -> HashMap<String, String> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((name.trim().to_owned(), value.trim().trim_matches('"').to_owned()))
    };
    header.split(',').filter_map(pair).collect()
}

fn digest_header(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(digest(&SHA256, body)))
}

/// A key that belongs to nobody, made once per process.
fn foreign_key() -> &'static Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    KEY.get_or_init(Key::generate)
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    let name = HeaderName::try_from(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let value = HeaderValue::try_from(value).unwrap_or_else(|error| panic!("{value}: {error}"));
    headers.insert(name, value);
}
