//! Signing what we send.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tintype_model::Millis;
use url::Url;

use super::{
    SignatureError, SignatureKind, SigningKey, rfc9421,
    signing_string::signing_string,
    structured::Item,
    verify::{SIGNATURE, SIGNATURE_INPUT},
};
use crate::digest;

/// The media type of everything we post.
pub const ACTIVITY_JSON: &str = "application/activity+json";

/// The headers that make a request ours: `Host`, `Date` and `Signature`, after RFC 9421 `Signature-Input` too; with a body
/// also its digest and `Content-Type`, all of them signed. A redirect is another request and is signed again.
///
/// A URL's fragment is not part of the request.
///
/// # Errors
/// [`SignatureError::Url`] when the URL has no host, [`SignatureError::Signing`] when the key refuses.
pub fn sign_request(
    key: &SigningKey,
    kind: SignatureKind,
    method: &Method,
    url: &Url,
    body: Option<&[u8]>,
    now: Millis,
) -> Result<HeaderMap, SignatureError> {
    let headers = match kind {
        SignatureKind::Cavage => sign_cavage(key, method, url, body, now)?,
        SignatureKind::Rfc9421 => sign_rfc9421(key, method, url, body, now)?,
    };
    debug_assert!(headers.contains_key(header::HOST) && headers.contains_key(header::DATE));
    Ok(headers)
}

/// draft-cavage-http-signatures-12
fn sign_cavage(
    key: &SigningKey,
    method: &Method,
    url: &Url,
    body: Option<&[u8]>,
    now: Millis,
) -> Result<HeaderMap, SignatureError> {
    let mut covered = vec![
        ("(request-target)".to_owned(), String::new()),
        ("host".to_owned(), host(url)?),
        ("date".to_owned(), now.http_date()),
    ];
    if let Some(body) = body {
        covered.push(("digest".to_owned(), digest::of(body)));
        covered.push(("content-type".to_owned(), ACTIVITY_JSON.to_owned()));
    }
    let string = signing_string(method.as_str(), &target(url), &covered)?;
    let signature = STANDARD.encode(key.sign(string.as_bytes())?);

    let mut headers = HeaderMap::with_capacity(covered.len());
    let mut names = String::new();
    for (name, value) in &covered {
        if !names.is_empty() {
            names.push(' ');
        }
        names.push_str(name);
        // The pseudo-header is no HeaderName, and no header either.
        if let Ok(name) = HeaderName::try_from(name.as_str()) {
            insert(&mut headers, name, value)?;
        }
    }
    // Not `hs2019`: servers that look at the label know `rsa-sha256`.
    let value = format!(
        r#"keyId="{}",algorithm="rsa-sha256",headers="{names}",signature="{signature}""#,
        key.key_id()
    );
    insert(&mut headers, SIGNATURE, &value)?;
    Ok(headers)
}

/// RFC 9421, with the components that Mastodon and others demand.
fn sign_rfc9421(
    key: &SigningKey,
    method: &Method,
    url: &Url,
    body: Option<&[u8]>,
    now: Millis,
) -> Result<HeaderMap, SignatureError> {
    let authority = host(url)?;
    let mut headers = HeaderMap::new();
    insert(&mut headers, header::HOST, &authority)?;
    insert(&mut headers, header::DATE, &now.http_date())?;
    let mut covered = vec![
        ("@method".to_owned(), method.as_str().to_owned()),
        ("@target-uri".to_owned(), format!("{}://{authority}{}", url.scheme(), target(url))),
        ("@authority".to_owned(), authority),
    ];
    if let Some(body) = body {
        let content = digest::content_of(body);
        insert(&mut headers, digest::CONTENT_DIGEST, &content)?;
        insert(&mut headers, header::CONTENT_TYPE, ACTIVITY_JSON)?;
        covered.push(("content-type".to_owned(), ACTIVITY_JSON.to_owned()));
        covered.push(("content-digest".to_owned(), content));
    }
    let parameters = vec![
        ("created".to_owned(), Item::Integer(now.seconds())),
        ("keyid".to_owned(), Item::Text(key.key_id().to_owned())),
        ("alg".to_owned(), Item::Text("rsa-v1_5-sha256".to_owned())),
    ];
    let names: Vec<String> = covered.iter().map(|(name, _)| name.clone()).collect();
    let input = rfc9421::signed_parameters(&names, &parameters);
    let mut base: Vec<String> = covered.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    base.push(format!("\"@signature-params\": {input}"));
    let signature = STANDARD.encode(key.sign(base.join("\n").as_bytes())?);
    insert(&mut headers, SIGNATURE_INPUT, &format!("sig1={input}"))?;
    insert(&mut headers, SIGNATURE, &format!("sig1=:{signature}:"))?;
    Ok(headers)
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), SignatureError> {
    headers.insert(name, HeaderValue::try_from(value).map_err(|_| SignatureError::Url)?);
    Ok(())
}

/// Path and query.
fn target(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// The `Host` header for a URL: the port only where the scheme doesn't imply it.
fn host(url: &Url) -> Result<String, SignatureError> {
    let host = url.host_str().ok_or(SignatureError::Url)?;
    Ok(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}
