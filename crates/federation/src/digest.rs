//! The `Digest` header (RFC 3230) and the `Content-Digest` header (RFC 9530): what a signature says about a request's body.

use aws_lc_rs::digest::{SHA256, SHA512, digest as hash};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName};

use crate::signatures::{
    SignatureError,
    structured::{self, Item, Value},
};

/// The older header's name, as `http` spells it.
pub const DIGEST: HeaderName = HeaderName::from_static("digest");
/// The newer one's.
pub const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// The value of a `Digest` header for this body: `SHA-256=<base64>`.
pub fn of(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(hash(&SHA256, body).as_ref()))
}

/// The value of a `Content-Digest` header for this body: `sha-256=:<base64>:`.
pub fn content_of(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(hash(&SHA256, body).as_ref()))
}

/// Checks the raw body against the request's `Content-Digest` header. Every SHA-256 and SHA-512 value there is has to be
/// right, and one there has to be; other algorithms are passed over.
///
/// # Errors
/// [`SignatureError::DigestMissing`], [`SignatureError::DigestMalformed`] or [`SignatureError::DigestMismatch`].
pub fn check_content(headers: &HeaderMap, body: &[u8]) -> Result<(), SignatureError> {
    const MALFORMED: SignatureError = SignatureError::DigestMalformed;
    let mut lines = headers.get_all(CONTENT_DIGEST).iter();
    let line = match (lines.next(), lines.next()) {
        (None, _) => return Err(SignatureError::DigestMissing),
        (Some(_), Some(_)) => return Err(MALFORMED),
        (Some(line), None) => line.to_str().map_err(|_| MALFORMED)?,
    };
    let mut found = false;
    for member in structured::dictionary(line).map_err(|_| MALFORMED)? {
        let Value::Item(Item::Bytes(value)) = &member.value else { return Err(MALFORMED) };
        let actual = match member.key.as_str() {
            "sha-256" => hash(&SHA256, body),
            "sha-512" => hash(&SHA512, body),
            _ => continue,
        };
        if value != actual.as_ref() {
            return Err(SignatureError::DigestMismatch);
        }
        found = true;
    }
    if found { Ok(()) } else { Err(SignatureError::DigestMissing) }
}

/// Checks the raw body against the request's `Digest` headers.
///
/// Names of algorithms are compared without regard to case; those we don't know are passed over. Every SHA-256
/// value there is has to be right, so that nobody else's choice between two of them matters.
///
/// # Errors
/// [`SignatureError::DigestMissing`] when no SHA-256 digest is given, [`SignatureError::DigestMalformed`] when the
/// header can't be read, [`SignatureError::DigestMismatch`] when the body is another one.
pub fn check(headers: &HeaderMap, body: &[u8]) -> Result<(), SignatureError> {
    let actual = hash(&SHA256, body);
    let mut found = false;
    for line in headers.get_all(DIGEST) {
        let line = line.to_str().map_err(|_| SignatureError::DigestMalformed)?;
        for entry in line.split(',') {
            let (algorithm, value) = entry.trim().split_once('=').ok_or(SignatureError::DigestMalformed)?;
            if !algorithm.trim().eq_ignore_ascii_case("sha-256") {
                continue;
            }
            let value = STANDARD.decode(value.trim()).map_err(|_| SignatureError::DigestMalformed)?;
            if value != actual.as_ref() {
                return Err(SignatureError::DigestMismatch);
            }
            found = true;
        }
    }
    if found { Ok(()) } else { Err(SignatureError::DigestMissing) }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// SHA-256 of the empty string and of "abc" (FIPS 180-4's example), in base64.
    const EMPTY: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    const ABC: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

    #[test]
    fn known_values() {
        assert_eq!(of(b""), format!("SHA-256={EMPTY}"));
        assert_eq!(of(b"abc"), format!("SHA-256={ABC}"));
    }

    #[test]
    fn checks() {
        use SignatureError::{DigestMalformed, DigestMismatch, DigestMissing};
        let cases: &[(&[String], Result<(), SignatureError>)] = &[
            (&[format!("SHA-256={ABC}")], Ok(())),
            (&[format!("sha-256={ABC}")], Ok(())),
            (&[format!("Sha-256={ABC}, MD5=kAFQmDzST7DWlj99KOF/cg==")], Ok(())),
            (&[format!("unixsum=30637,sha-256={ABC}")], Ok(())),
            (&["MD5=kAFQmDzST7DWlj99KOF/cg==".into(), format!("SHA-256={ABC}")], Ok(())),
            (&[], Err(DigestMissing)),
            (&["MD5=kAFQmDzST7DWlj99KOF/cg==".into()], Err(DigestMissing)),
            (&[format!("SHA-256={EMPTY}")], Err(DigestMismatch)),
            (&[format!("SHA-256={ABC},SHA-256={EMPTY}")], Err(DigestMismatch)),
            (&[format!("SHA-256={ABC}"), format!("sha-256={EMPTY}")], Err(DigestMismatch)),
            (&["SHA-256".into()], Err(DigestMalformed)),
            (&["SHA-256=###".into()], Err(DigestMalformed)),
            (&[String::new()], Err(DigestMalformed)),
            (&["SHA-256=".into()], Err(DigestMismatch)),
        ];
        for (lines, expected) in cases {
            let mut headers = HeaderMap::new();
            for line in *lines {
                headers.append(DIGEST, HeaderValue::from_str(line).unwrap());
            }
            assert_eq!(&check(&headers, b"abc"), expected, "{lines:?}");
        }
    }

    /// The examples of RFC 9530, B.1 and appendix D: SHA-256 and SHA-512 of `{"hello": "world"}` and a line's end.
    #[test]
    fn content_digests() {
        use SignatureError::{DigestMalformed, DigestMismatch, DigestMissing};
        const BODY: &[u8] = b"{\"hello\": \"world\"}\n";
        let short = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
        let long = "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:";
        assert_eq!(content_of(BODY), short);
        let other = content_of(b"{}");
        let cases: &[(&[&str], Result<(), SignatureError>)] = &[
            (&[short], Ok(())),
            (&[long], Ok(())),
            (&[&format!("{long}, {short}")], Ok(())),
            (&[&format!("md5=:AAAA:, {short}")], Ok(())),
            (&[], Err(DigestMissing)),
            (&["md5=:AAAA:"], Err(DigestMissing)),
            (&[""], Err(DigestMissing)),
            (&[&other], Err(DigestMismatch)),
            (&[&format!("{other}, {long}")], Err(DigestMismatch)),
            (&[&format!("{short}, {short}")], Err(DigestMalformed)),
            (&[short, short], Err(DigestMalformed)),
            (&["sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="], Err(DigestMalformed)),
            (&["sha-256"], Err(DigestMalformed)),
        ];
        for (lines, expected) in cases {
            let mut headers = HeaderMap::new();
            for line in *lines {
                headers.append(CONTENT_DIGEST, HeaderValue::from_str(line).unwrap());
            }
            assert_eq!(&check_content(&headers, BODY), expected, "{lines:?}");
        }
    }
}
