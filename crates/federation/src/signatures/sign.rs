//! Signing what we send.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tintype_model::Millis;
use url::Url;

use super::{SignatureError, SigningKey, signing_string::signing_string};
use crate::digest;

/// The media type of everything we post.
pub const ACTIVITY_JSON: &str = "application/activity+json";

/// The headers that make a request ours: `Host`, `Date` and `Signature`; with a body also `Digest` and
/// `Content-Type`, all of them signed. A redirect is another request and is signed again.
///
/// A URL's fragment is not part of the request.
///
/// # Errors
/// [`SignatureError::Url`] when the URL has no host, [`SignatureError::Signing`] when the key refuses.
pub fn sign_request(
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
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let string = signing_string(method.as_str(), &target, &covered)?;
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
            headers.insert(name, HeaderValue::try_from(value.as_str()).map_err(|_| SignatureError::Url)?);
        }
    }
    // Not `hs2019`: servers that look at the label know `rsa-sha256`.
    let value = format!(
        r#"keyId="{}",algorithm="rsa-sha256",headers="{names}",signature="{signature}""#,
        key.key_id()
    );
    headers.insert(
        HeaderName::from_static("signature"),
        HeaderValue::try_from(value).map_err(|_| SignatureError::KeyId)?,
    );
    debug_assert!(headers.contains_key(header::HOST) && headers.contains_key(header::DATE));
    Ok(headers)
}

/// The `Host` header for a URL: the port only where the scheme doesn't imply it.
fn host(url: &Url) -> Result<String, SignatureError> {
    let host = url.host_str().ok_or(SignatureError::Url)?;
    Ok(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}
