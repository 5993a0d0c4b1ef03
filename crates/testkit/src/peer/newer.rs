//! HTTP message signatures (RFC 9421), written apart from the program's own on purpose.

use super::{Actor, Ed25519Key, Key, Peer, Received, SignedRequest, verify_rsa_sha256};
use crate::clock;
use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// What signs.
#[derive(Clone, Copy)]
pub enum AnyKey<'a> {
    /// `rsa-v1_5-sha256`
    Rsa(&'a Key),
    /// `ed25519`
    Ed25519(&'a Ed25519Key),
}

impl AnyKey<'_> {
    fn sign(self, message: &[u8]) -> String {
        match self {
            Self::Rsa(key) => key.sign(message),
            Self::Ed25519(key) => STANDARD.encode(key.sign(message)),
        }
    }
}

/// How a request is signed. The default is what `@fedify/fedify` does.
#[derive(Debug, Clone)]
pub struct MessageOptions {
    pub components: Vec<&'static str>,
    /// Seconds from now; `None`: not said.
    pub created: Option<i64>,
    pub alg: Option<&'static str>,
    pub key_id: Option<String>,
    /// Further parameters, as they are written: `;expires=1;nonce="x"`.
    pub further: String,
    pub sha512: bool,
    pub label: &'static str,
}

impl Default for MessageOptions {
    fn default() -> Self {
        Self {
            components: vec!["@method", "@target-uri", "@authority", "host", "date", "content-digest"],
            created: Some(0),
            alg: None,
            key_id: None,
            further: String::new(),
            sha512: false,
            label: "sig1",
        }
    }
}

impl Peer {
    /// A request signed after RFC 9421. Change it, then [`Peer::send_request`].
    pub fn message(
        &self,
        actor: &Actor,
        key: AnyKey<'_>,
        (method, url): (Method, &str),
        body: Option<Vec<u8>>,
        options: &MessageOptions,
    ) -> SignedRequest {
        let parsed = url::Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        let port = parsed.port().map(|port| format!(":{port}")).unwrap_or_default();
        let host = format!("{}{port}", parsed.host_str().unwrap_or_default());
        let query = parsed.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut headers = HeaderMap::new();
        insert(&mut headers, "host", &host);
        insert(&mut headers, "date", &clock::http_date(clock::now(0)));
        let kind = if body.is_some() { "content-type" } else { "accept" };
        insert(&mut headers, kind, "application/activity+json");
        if let Some(body) = &body {
            let value = if options.sha512 {
                format!("sha-512=:{}:", STANDARD.encode(digest(&SHA512, body)))
            } else {
                content_digest(body)
            };
            insert(&mut headers, "content-digest", &value);
        }
        let components: Vec<&str> = options
            .components
            .iter()
            .copied()
            .filter(|name| body.is_some() || *name != "content-digest")
            .collect();
        let quoted: Vec<String> = components.iter().map(|name| format!("\"{name}\"")).collect();
        let alg = options.alg.map(|alg| format!(";alg=\"{alg}\"")).unwrap_or_default();
        let key_id = options.key_id.as_deref().unwrap_or(&actor.key_id);
        let created = options.created.map(|offset| format!(";created={}", clock::now(offset).timestamp()));
        let created = created.unwrap_or_default();
        let input = format!("({}){alg};keyid=\"{key_id}\"{created}{}", quoted.join(" "), options.further);
        let mut base = Vec::new();
        for name in components {
            let value = match name {
                "@method" => method.as_str().to_owned(),
                "@target-uri" => parsed.as_str().to_owned(),
                "@authority" => host.clone(),
                "@path" => parsed.path().to_owned(),
                "@query" => format!("?{}", parsed.query().unwrap_or_default()),
                "@request-target" => format!("{}{query}", parsed.path()),
                header => {
                    headers.get(header).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
                }
            };
            base.push(format!("\"{name}\": {value}"));
        }
        base.push(format!("\"@signature-params\": {input}"));
        let base = base.join("\n");
        insert(&mut headers, "signature-input", &format!("{}={input}", options.label));
        insert(&mut headers, "signature", &format!("{}=:{}:", options.label, key.sign(base.as_bytes())));
        SignedRequest { method, url: url.to_owned(), headers, body: body.unwrap_or_default() }
    }
}

/// Checks what the program under test signed after RFC 9421, with the RSA key in `public_pem`: method, target and, if there
/// is a body, its right digest.
///
/// # Errors
/// What is wrong with it.
pub fn verify_message(request: &Received, public_pem: &str) -> Result<(), String> {
    let input = request.header("signature-input").ok_or("no Signature-Input header")?;
    let (label, input) = input.split_once('=').ok_or("no label")?;
    let signature = request.header("signature").ok_or("no Signature header")?;
    let signature = signature.strip_prefix(label).and_then(|rest| rest.strip_prefix("=:")?.strip_suffix(':'));
    let signature = signature.ok_or(format!("no signature of {label}"))?;
    let (components, parameters) =
        input.strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or("no components")?;
    let names: Vec<&str> = components.split(' ').map(|name| name.trim_matches('"')).collect();
    let mut needed = vec!["@method", "@target-uri"];
    if !request.body.is_empty() {
        needed.push("content-digest");
        let expected = content_digest(&request.body);
        if request.header("content-digest") != Some(&expected) {
            return Err(format!("digest {:?} instead of {expected}", request.header("content-digest")));
        }
    }
    if let Some(missing) = needed.iter().find(|name| !names.contains(name)) {
        return Err(format!("{missing} is not signed"));
    }
    for needed in ["created=", "keyid=\"", "alg=\"rsa-v1_5-sha256\""] {
        if !parameters.contains(needed) {
            return Err(format!("{needed} is not in {parameters}"));
        }
    }
    let mut base = Vec::new();
    for name in names {
        let value = match name {
            "@method" => request.method.as_str().to_owned(),
            "@target-uri" => format!("http://{}{}", request.host, request.path),
            "@authority" => request.host.clone(),
            header => request.header(header).ok_or(format!("{header} is signed but absent"))?.to_owned(),
        };
        base.push(format!("\"{name}\": {value}"));
    }
    base.push(format!("\"@signature-params\": {input}"));
    let base = base.join("\n");
    if verify_rsa_sha256(public_pem, base.as_bytes(), signature) {
        Ok(())
    } else {
        Err(format!("the signature is not over\n{base}"))
    }
}

fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, body)))
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    let value = HeaderValue::try_from(value).unwrap_or_else(|error| panic!("{value}: {error}"));
    headers.insert(HeaderName::from_static(name), value);
}
