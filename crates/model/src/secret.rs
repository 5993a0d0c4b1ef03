//! Opaque tokens: random text handed to people and apps, of which only a digest is kept.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A new token of 256 random bits, base64url: 43 characters.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(crate::random::bytes::<32>())
}

/// What is stored of a token: SHA-256 of its text, base64url. Random tokens need no salt and no slow hash.
pub fn fingerprint(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()))
}

/// Compares two texts in a time that doesn't depend on where they differ.
pub fn same(a: &str, b: &str) -> bool {
    use subtle::ConstantTimeEq;
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// A key of 32 bytes out of a secret's text.
pub fn key(secret: &str) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    out
}
