//! Who sent a request: HTTP signatures after draft-cavage-http-signatures-12, RSA-SHA256, both ways.
//!
//! [`sign_request`] makes the headers of an outgoing request; [`Unverified::parse`] reads those of an incoming
//! one, as strictly as honest servers allow, and [`Unverified::verify`] does the arithmetic. The string that is
//! signed is built by `http-signature-normalization`, the RSA work is done by `aws-lc-rs`.
//!
//! The algorithm is always the key's: a label in the request is a hint we compare, never one we obey. RFC 9421
//! and Ed25519 get their place beside this: another parser that also ends in an [`Unverified`], another kind of
//! [`VerifyingKey`].

mod key;
mod parameters;
mod sign;
mod signing_string;
mod verify;

#[cfg(test)]
mod tests;

pub use key::{SigningKey, VerifyingKey};
pub use sign::{ACTIVITY_JSON, sign_request};
pub use verify::{Incoming, Unverified, Window};

/// Why a request's signature, or a key, is not accepted. The texts are stable: tests, logs and peers' operators
/// read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
pub enum SignatureError {
    /// There is no `Signature` header.
    Missing,
    /// The request is signed after RFC 9421 (it has a `Signature-Input` header).
    Rfc9421,
    /// There are several `Signature` headers.
    Several,
    /// The header is not a list of `name="value"`.
    Malformed,
    /// The header is longer than [`crate::limits::SIGNATURE_HEADER_BYTES`].
    TooLong,
    /// A parameter is given twice.
    DuplicateParameter,
    /// A parameter the draft doesn't have, or one in other letters than the draft's.
    UnknownParameter,
    /// `keyId`, `headers` or `signature` is absent.
    MissingParameter,
    /// The algorithm is none of `rsa-sha256`, `hs2019` and absent.
    Algorithm,
    /// `keyId` is not an http(s) URL.
    KeyId,
    /// `headers` is empty, names one twice, or names something impossible.
    Covered,
    /// The signature doesn't cover `(request-target)`.
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
    /// There is no SHA-256 digest of the body.
    DigestMissing,
    /// The `Digest` header can't be read.
    DigestMalformed,
    /// The body is not the one the digest was made of.
    DigestMismatch,
    /// A key is not PEM with an RSA key in it.
    KeyMalformed,
    /// An RSA key outside [`crate::limits::RSA_BITS`].
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
            Self::Rfc9421 => "signatures after RFC 9421 are not understood here yet",
            Self::Several => "there is more than one Signature header",
            Self::Malformed => "the Signature header is malformed",
            Self::TooLong => "the Signature header is too long",
            Self::DuplicateParameter => "the Signature header repeats a parameter",
            Self::UnknownParameter => "the Signature header has an unknown parameter",
            Self::MissingParameter => "the Signature header lacks keyId, headers or signature",
            Self::Algorithm => "the signature's algorithm is not supported",
            Self::KeyId => "the signature's keyId is not an http(s) URL",
            Self::Covered => "the signature's list of headers is malformed",
            Self::TargetNotCovered => "the signature does not cover (request-target)",
            Self::HostNotCovered => "the signature does not cover host",
            Self::TimeNotCovered => "the signature covers neither date nor (created)",
            Self::DigestNotCovered => "the signature does not cover digest",
            Self::HeaderMissing => "a signed header is missing",
            Self::HeaderAmbiguous => "a signed header is ambiguous",
            Self::Host => "the signed host is not this server",
            Self::Time => "the signature's time can not be read",
            Self::TooOld => "the signature is too old",
            Self::TooNew => "the signature is dated in the future",
            Self::Expired => "the signature has expired",
            Self::DigestMissing => "there is no SHA-256 Digest header",
            Self::DigestMalformed => "the Digest header is malformed",
            Self::DigestMismatch => "the digest does not match the body",
            Self::KeyMalformed => "the key is not an RSA key in PEM",
            Self::KeySize => "the RSA key is not between 2048 and 8192 bits",
            Self::Url => "the URL to sign for has no host",
            Self::Signing => "the private key could not sign",
        }
    }
}
