//! Reading what others signed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, Method, header};
use tintype_model::Millis;
use url::Url;

use super::{
    SignatureError, VerifyingKey, key::Scheme, parameters::Parameters, rfc9421,
    signing_string::signing_string,
};
use crate::{digest, limits};

pub(super) const SIGNATURE: HeaderName = HeaderName::from_static("signature");
pub(super) const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");

/// How far from now a signature's time may be, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub past_millis: i64,
    pub future_millis: i64,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            past_millis: limits::get().signature_past_seconds * 1000,
            future_millis: limits::get().signature_future_seconds * 1000,
        }
    }
}

/// An incoming request, as far as its signature is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    pub method: &'a Method,
    /// The scheme under which this server is reached: `https`.
    pub scheme: &'a str,
    /// The request's target as it was on the wire, before any router stripped a prefix.
    pub path_and_query: &'a str,
    /// With `Host` in it; over HTTP/2 the door puts `:authority` there first.
    pub headers: &'a HeaderMap,
    /// The raw body; `None` for a request without one.
    pub body: Option<&'a [u8]>,
    /// The authorities this server answers to: `example.org`, `127.0.0.1:3000`.
    pub hosts: &'a [&'a str],
    pub now: Millis,
    pub window: Window,
}

/// A request that is signed as it should be, though nobody knows yet whether by the key it names.
/// Its body, if any, is the one that was signed.
#[derive(Debug, Clone)]
pub struct Unverified {
    pub(super) key_id: Url,
    pub(super) signature: Vec<u8>,
    /// What may have been signed: with the query, and for a GET also without it.
    pub(super) strings: Vec<String>,
    /// The ways in which it may have been signed, as far as the request says.
    pub(super) schemes: &'static [Scheme],
}

impl Unverified {
    /// Everything that can be checked without the key. Cheap: one pass over the headers, one hash of the body. A request
    /// with a `Signature-Input` header is signed after RFC 9421, whatever else it has.
    ///
    /// Of the older signatures demanded are exactly one `Signature` header without repeated or unknown parameters; an
    /// algorithm label of `rsa-sha256`, `rsa-sha512`, `ed25519`, `hs2019` or none; an http(s) `keyId`; cover for `(request-target)`, `host`, `date` or
    /// `(created)` and, when there is a body, `digest`; a `Host` of ours; times within the window; a SHA-256
    /// digest equal to the body's.
    ///
    /// # Errors
    /// The first [`SignatureError`] found.
    pub fn parse(request: &Incoming<'_>) -> Result<Self, SignatureError> {
        let headers = request.headers;
        if headers.contains_key(SIGNATURE_INPUT) {
            return rfc9421::parse(request);
        }
        let parameters = Parameters::parse(only_line(headers, &SIGNATURE)?)?;
        // A hint only: the key decides. The label must not contradict it, that is all. `hs2019` says nothing; what it was
        // meant to say nobody does.
        let schemes: &[Scheme] = match parameters.algorithm {
            None => &[Scheme::RsaSha256, Scheme::Ed25519],
            Some("rsa-sha256") => &[Scheme::RsaSha256],
            Some("rsa-sha512") => &[Scheme::RsaSha512],
            Some("ed25519") => &[Scheme::Ed25519],
            Some("hs2019") => &[Scheme::RsaSha256, Scheme::RsaSha512, Scheme::Ed25519],
            Some(_) => return Err(SignatureError::Algorithm),
        };
        let key_id = crate::wire::http_url(parameters.key_id).ok_or(SignatureError::KeyId)?;
        let signature =
            STANDARD.decode(parameters.signature.as_bytes()).map_err(|_| SignatureError::Malformed)?;

        let names = covered_names(parameters.headers)?;
        let covers = |name: &str| names.iter().any(|covered| covered == name);
        if !covers("(request-target)") {
            return Err(SignatureError::TargetNotCovered);
        }
        if !covers("host") {
            return Err(SignatureError::HostNotCovered);
        }
        if !covers("date") && !covers("(created)") {
            return Err(SignatureError::TimeNotCovered);
        }
        let has_body = request.body.is_some() || *request.method == Method::POST;
        if has_body && !covers("digest") {
            return Err(SignatureError::DigestNotCovered);
        }

        let covered: Vec<(String, String)> = names
            .into_iter()
            .map(|name| covered_value(&name, &parameters, headers).map(|value| (name, value)))
            .collect::<Result<_, _>>()?;
        check_host(single(headers, &header::HOST)?, request.hosts)?;
        check_times(&covered, &parameters, request)?;
        if has_body {
            digest::check(headers, request.body.unwrap_or_default())?;
        }

        let target = request.path_and_query;
        let mut strings = vec![signing_string(request.method.as_str(), target, &covered)?];
        // Some servers leave the query out of what they sign; where nothing is changed by the request that does
        // no harm.
        if let (true, Some((path, _))) = (*request.method == Method::GET, target.split_once('?')) {
            strings.push(signing_string(request.method.as_str(), path, &covered)?);
        }
        Ok(Self { key_id, signature, strings, schemes })
    }

    /// The key that is said to have signed: `…/users/alice#main-key`, or a URL without fragment.
    pub fn bytes(&self) -> &[u8] {
        &self.signature
    }

    /// The key that it names.
    pub fn key_id(&self) -> &Url {
        &self.key_id
    }

    /// Whether this key made the signature. Some ten microseconds of arithmetic.
    pub fn verify(&self, key: &VerifyingKey) -> bool {
        self.strings.iter().any(|string| {
            self.schemes.iter().any(|scheme| key.verifies(*scheme, string.as_bytes(), &self.signature))
        })
    }
}

/// The only line of a header that has to be there once.
pub(super) fn only_line<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, SignatureError> {
    let mut lines = headers.get_all(name).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Err(SignatureError::Missing),
        (Some(_), Some(_)) => Err(SignatureError::Several),
        (Some(line), None) => line.to_str().map_err(|_| SignatureError::Malformed),
    }
}

/// The `headers` parameter: lower-cased, each once, nothing that isn't a header's name.
fn covered_names(text: &str) -> Result<Vec<String>, SignatureError> {
    let mut names: Vec<String> = Vec::new();
    for name in text.split_ascii_whitespace() {
        let name = name.to_ascii_lowercase();
        let known = matches!(name.as_str(), "(request-target)" | "(created)" | "(expires)")
            || HeaderName::from_bytes(name.as_bytes()).is_ok();
        if !known || names.contains(&name) || names.len() >= limits::get().signature_covered {
            return Err(SignatureError::Covered);
        }
        names.push(name);
    }
    if names.is_empty() { Err(SignatureError::Covered) } else { Ok(names) }
}

/// What stands behind a covered name in the signing string.
fn covered_value(
    name: &str,
    parameters: &Parameters<'_>,
    headers: &HeaderMap,
) -> Result<String, SignatureError> {
    match name {
        "(request-target)" => Ok(String::new()),
        "(created)" => parameters.created.map(str::to_owned).ok_or(SignatureError::MissingParameter),
        "(expires)" => parameters.expires.map(str::to_owned).ok_or(SignatureError::MissingParameter),
        _ => header_value(name, headers),
    }
}

/// The value of a signed header.
pub(super) fn header_value(name: &str, headers: &HeaderMap) -> Result<String, SignatureError> {
    match name {
        // Two of these would leave open which one the rest of the server believes.
        "host" => single(headers, &header::HOST).map(str::to_owned),
        "date" => single(headers, &header::DATE).map(str::to_owned),
        _ => {
            let mut value: Option<String> = None;
            for line in headers.get_all(name) {
                let line = line.to_str().map_err(|_| SignatureError::HeaderAmbiguous)?.trim();
                value = Some(match value {
                    // Several lines count as one list (draft-cavage, 2.3, step 4.3; RFC 9421, 2.1).
                    Some(before) => format!("{before}, {line}"),
                    None => line.to_owned(),
                });
            }
            value.ok_or(SignatureError::HeaderMissing)
        }
    }
}

/// The only value of a header.
pub(super) fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, SignatureError> {
    let mut lines = headers.get_all(name).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Err(SignatureError::HeaderMissing),
        (Some(line), None) => line.to_str().map(str::trim).map_err(|_| SignatureError::HeaderAmbiguous),
        (Some(_), Some(_)) => Err(SignatureError::HeaderAmbiguous),
    }
}

pub(super) fn check_host(host: &str, ours: &[&str]) -> Result<(), SignatureError> {
    let plain = |authority: &str| {
        let authority = authority.to_ascii_lowercase();
        authority
            .strip_suffix(":443")
            .or(authority.strip_suffix(":80"))
            .map_or(authority.clone(), str::to_owned)
    };
    let host = plain(host);
    if ours.iter().any(|one| plain(one) == host) { Ok(()) } else { Err(SignatureError::Host) }
}

/// Every time that is covered has to be near now; `expires` counts even when it isn't covered.
fn check_times(
    covered: &[(String, String)],
    parameters: &Parameters<'_>,
    request: &Incoming<'_>,
) -> Result<(), SignatureError> {
    for (name, value) in covered {
        let millis = match name.as_str() {
            "date" => Millis::parse_http_date(value).ok_or(SignatureError::Time)?.0,
            "(created)" => seconds(value)?,
            _ => continue,
        };
        if millis < request.now.0.saturating_sub(request.window.past_millis) {
            return Err(SignatureError::TooOld);
        }
        if millis > request.now.0.saturating_add(request.window.future_millis) {
            return Err(SignatureError::TooNew);
        }
    }
    match parameters.expires.map(seconds).transpose()? {
        Some(expires) if expires <= request.now.0 => Err(SignatureError::Expired),
        _ => Ok(()),
    }
}

/// Seconds since 1970, in digits, as milliseconds.
fn seconds(text: &str) -> Result<i64, SignatureError> {
    if text.is_empty() || text.len() > 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SignatureError::Time);
    }
    text.parse::<i64>().map(|seconds| seconds.saturating_mul(1000)).map_err(|_| SignatureError::Time)
}
