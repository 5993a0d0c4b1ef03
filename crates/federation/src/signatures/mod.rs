//! Who sent a request: HTTP signatures after draft-cavage-http-signatures-12 and after RFC 9421, both ways. Ours are RSA
//! with SHA-256; others' may be Ed25519 too.
//!
//! [`sign_request`] makes the headers of an outgoing request; [`Unverified::parse`] reads those of an incoming
//! one, as strictly as honest servers allow, and [`Unverified::verify`] does the arithmetic. The older string that is
//! signed is built by `http-signature-normalization`, the newer one by `rfc9421.rs`, the arithmetic is that of `aws-lc-rs`.
//!
//! The algorithm is always the key's: a label in the request is a hint we compare, never one we obey.

mod key;
mod parameters;
mod rfc9421;
mod sign;
mod signing_string;
pub(crate) mod structured;
mod verify;

#[cfg(test)]
mod tests;

pub(crate) use key::Scheme;
pub use key::{ProofKey, SigningKey, VerifyingKey, ed25519_pem};
pub use sign::{ACTIVITY_JSON, sign_request};
pub use tintype_store::hosts::SignatureKind;
pub use verify::{Incoming, Unverified, Window};

/// Why a request's signature, or a key, is not accepted. The texts are stable: tests, logs and peers' operators
/// read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
pub enum SignatureError {
    /// There is no `Signature` header.
    Missing,
    /// There are several signatures.
    Several,
    /// A header is not a list of `name="value"`, or no structured field (RFC 8941).
    Malformed,
    /// The header is longer than [`Limits::signature_header_bytes`](crate::limits::Limits::signature_header_bytes).
    TooLong,
    /// A parameter is given twice.
    DuplicateParameter,
    /// A parameter the draft doesn't have, or one in other letters than the draft's.
    UnknownParameter,
    /// `keyId`, `headers` or `signature` is absent; after RFC 9421 `keyid`, or the signature of that label.
    MissingParameter,
    /// The algorithm is none that we know.
    Algorithm,
    /// `keyId` is not an http(s) URL.
    KeyId,
    /// What is signed is nothing, is named twice, or is something impossible.
    Covered,
    /// The signature doesn't cover method and target.
    TargetNotCovered,
    /// The signature doesn't cover `host`.
    HostNotCovered,
    /// The signature covers neither `date` nor `(created)`.
    TimeNotCovered,
    /// The request has a body and the signature doesn't cover `digest`.
    DigestNotCovered,
    /// A covered header isn't in the request.
    HeaderMissing,
    /// `Host` or `Date` is there twice, or is not text.
    HeaderAmbiguous,
    /// `Host` is not a name of ours.
    Host,
    /// `Date`, `created` or `expires` can't be read.
    Time,
    /// Dated too long ago.
    TooOld,
    /// Dated too far ahead.
    TooNew,
    /// `expires` has passed.
    Expired,
    /// There is no digest of the body that we can check.
    DigestMissing,
    /// The `Digest` header can't be read.
    DigestMalformed,
    /// The body is not the one the digest was made of.
    DigestMismatch,
    /// A key is not PEM with an RSA or Ed25519 key in it.
    KeyMalformed,
    /// An RSA key outside [`Limits::rsa_bits`](crate::limits::Limits::rsa_bits).
    KeySize,
    /// The URL to sign for has no host.
    Url,
    /// The private key refused to sign.
    Signing,
}

impl SignatureError {
    /// One short sentence, always the same for the same variant; safe to send back.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "the request is not signed",
            Self::Several => "there is more than one signature",
            Self::Malformed => "the signature's header is malformed",
            Self::TooLong => "the signature's header is too long",
            Self::DuplicateParameter => "the signature repeats a parameter",
            Self::UnknownParameter => "the signature has an unknown parameter",
            Self::MissingParameter => "the signature lacks a needed parameter",
            Self::Algorithm => "the signature's algorithm is not supported",
            Self::KeyId => "the signature's keyId is not an http(s) URL",
            Self::Covered => "the list of what is signed is malformed",
            Self::TargetNotCovered => "the signature does not cover the method and the target",
            Self::HostNotCovered => "the signature does not cover host",
            Self::TimeNotCovered => "the signature does not cover its time",
            Self::DigestNotCovered => "the signature does not cover the digest",
            Self::HeaderMissing => "a signed header is missing",
            Self::HeaderAmbiguous => "a signed header is ambiguous",
            Self::Host => "the signed host is not this server",
            Self::Time => "the signature's time can not be read",
            Self::TooOld => "the signature is too old",
            Self::TooNew => "the signature is dated in the future",
            Self::Expired => "the signature has expired",
            Self::DigestMissing => "there is no digest of the body with SHA-256",
            Self::DigestMalformed => "the digest is malformed",
            Self::DigestMismatch => "the digest does not match the body",
            Self::KeyMalformed => "the key is not an RSA or Ed25519 key in PEM",
            Self::KeySize => "the RSA key is not between 2048 and 8192 bits",
            Self::Url => "the URL to sign for has no host",
            Self::Signing => "the private key could not sign",
        }
    }
}
