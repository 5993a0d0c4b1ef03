//! Keys, parsed once: [`SigningKey`] and [`ProofKey`] are ours, [`VerifyingKey`] is somebody else's.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa,
    signature::{
        ED25519, Ed25519KeyPair, KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256, RsaKeyPair, RsaParameters,
    },
};

use super::SignatureError;
use crate::limits;

/// A private RSA key and the URL under which others find its public half. Cloning shares the parsed key.
#[derive(Clone)]
pub struct SigningKey {
    key_id: Arc<str>,
    pair: Arc<RsaKeyPair>,
}

impl SigningKey {
    /// Reads an RSA key in PKCS#8 (`PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`) PEM; `key_id` is the URL that goes
    /// into `keyId`.
    ///
    /// # Errors
    /// [`SignatureError::KeyMalformed`] or [`SignatureError::KeyId`].
    pub fn from_pem(pem: &str, key_id: &str) -> Result<Self, SignatureError> {
        let key_id = crate::wire::http_url(key_id).ok_or(SignatureError::KeyId)?;
        let parsed = pem::parse(pem).map_err(|_| SignatureError::KeyMalformed)?;
        let pair = match parsed.tag() {
            "PRIVATE KEY" => RsaKeyPair::from_pkcs8(parsed.contents()),
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(parsed.contents()),
            _ => return Err(SignatureError::KeyMalformed),
        }
        .map_err(|_| SignatureError::KeyMalformed)?;
        Ok(Self { key_id: key_id.as_str().into(), pair: Arc::new(pair) })
    }

    /// The URL that others fetch the public key from.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The public half as SubjectPublicKeyInfo in PEM (`publicKeyPem` of an actor).
    ///
    /// # Errors
    /// [`SignatureError::KeyMalformed`] if the key can't be encoded, which no parsed key is known to do.
    pub fn public_key_pem(&self) -> Result<String, SignatureError> {
        let der = self.pair.public_key().as_der().map_err(|_| SignatureError::KeyMalformed)?;
        let block = pem::Pem::new("PUBLIC KEY", der.as_ref());
        Ok(pem::encode_config(&block, pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF)))
    }

    /// The RSASSA-PKCS1-v1_5 signature with SHA-256 (RFC 8017, 8.2).
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| SignatureError::Signing)?;
        Ok(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// An Ed25519 key that makes object integrity proofs, and the URL under which others find its public half.
#[derive(Clone)]
pub struct ProofKey {
    key_id: Arc<str>,
    pair: Arc<Ed25519KeyPair>,
}

impl ProofKey {
    /// Reads a key in PKCS#8 (`PRIVATE KEY`) PEM.
    ///
    /// # Errors
    /// [`SignatureError::KeyMalformed`] or [`SignatureError::KeyId`].
    pub fn from_pem(pem: &str, key_id: &str) -> Result<Self, SignatureError> {
        let key_id = crate::wire::http_url(key_id).ok_or(SignatureError::KeyId)?;
        let parsed = pem::parse(pem).map_err(|_| SignatureError::KeyMalformed)?;
        let pair = Ed25519KeyPair::from_pkcs8(parsed.contents()).map_err(|_| SignatureError::KeyMalformed)?;
        Ok(Self { key_id: key_id.as_str().into(), pair: Arc::new(pair) })
    }

    /// The URL that others fetch the public key from.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The public half as a Multikey has it (`publicKeyMultibase`): base58btc of the code `ed25519-pub` and the key.
    pub fn public_multibase(&self) -> String {
        let mut bytes = ED25519_CODE.to_vec();
        bytes.extend_from_slice(self.pair.public_key().as_ref());
        format!("z{}", bs58::encode(bytes).into_string())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for ProofKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProofKey").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// A way to sign. What a key can do follows from what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2).
    RsaSha256,
    /// The same with SHA-512.
    RsaSha512,
    /// RFC 8032.
    Ed25519,
}

/// The multicodec `ed25519-pub` (0xed) as a varint.
const ED25519_CODE: [u8; 2] = [0xed, 0x01];
/// What stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410, 4 and 10.1).
const ED25519_DER: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The Ed25519 key in a `publicKeyMultibase` (FEP-521a) as SubjectPublicKeyInfo in PEM, the one form in which keys are
/// kept here. `None` for keys of other kinds.
pub fn ed25519_pem(multibase: &str) -> Option<String> {
    let text = multibase.strip_prefix('z').filter(|text| text.len() <= 64)?;
    let bytes = bs58::decode(text).into_vec().ok()?;
    let key = bytes.strip_prefix(&ED25519_CODE).filter(|key| key.len() == 32)?;
    let block = pem::Pem::new("PUBLIC KEY", [&ED25519_DER[..], key].concat());
    Some(pem::encode_config(&block, pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF)))
}

/// A public key. Its kind decides the algorithm; what a request claims must not contradict it.
#[derive(Clone)]
pub struct VerifyingKey {
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// The same key for both hashes.
    Rsa {
        sha256: Arc<ParsedPublicKey>,
        sha512: Arc<ParsedPublicKey>,
    },
    Ed25519(Arc<ParsedPublicKey>),
}

impl VerifyingKey {
    /// Reads an RSA public key of 2048 to 8192 bits, as SubjectPublicKeyInfo (`PUBLIC KEY`) or PKCS#1
    /// (`RSA PUBLIC KEY`) PEM, or an Ed25519 key as SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`SignatureError::KeyMalformed`] or [`SignatureError::KeySize`].
    pub fn from_pem(pem: &str) -> Result<Self, SignatureError> {
        const MALFORMED: SignatureError = SignatureError::KeyMalformed;
        if pem.len() > limits::get().key_pem_bytes {
            return Err(SignatureError::KeySize);
        }
        let parsed = pem::parse(pem).map_err(|_| MALFORMED)?;
        if !matches!(parsed.tag(), "PUBLIC KEY" | "RSA PUBLIC KEY") {
            return Err(MALFORMED);
        }
        if let Some(key) = parsed.contents().strip_prefix(&ED25519_DER) {
            let key = ParsedPublicKey::new(&ED25519, key).map_err(|_| MALFORMED)?;
            return Ok(Self { kind: Kind::Ed25519(Arc::new(key)) });
        }
        let public = rsa::PublicKey::from_der(parsed.contents()).map_err(|_| MALFORMED)?;
        let pkcs1: &[u8] = public.as_ref();
        let bits = RsaParameters::public_modulus_len(pkcs1).map_err(|_| MALFORMED)?;
        if !(limits::RSA_BITS_LEAST..=limits::get().rsa_bits_most).contains(&bits) {
            return Err(SignatureError::KeySize);
        }
        let sha256 = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pkcs1).map_err(|_| MALFORMED)?;
        let sha512 = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA512, pkcs1).map_err(|_| MALFORMED)?;
        Ok(Self { kind: Kind::Rsa { sha256: Arc::new(sha256), sha512: Arc::new(sha512) } })
    }

    /// Whether `signature` is this key's over `message`, made in that way.
    pub(crate) fn verifies(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
        let key = match (&self.kind, scheme) {
            (Kind::Rsa { sha256, .. }, Scheme::RsaSha256) => sha256,
            (Kind::Rsa { sha512, .. }, Scheme::RsaSha512) => sha512,
            (Kind::Ed25519(key), Scheme::Ed25519) => key,
            _ => return false,
        };
        key.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.kind {
            Kind::Rsa { .. } => "VerifyingKey(RSA)",
            Kind::Ed25519(_) => "VerifyingKey(Ed25519)",
        })
    }
}
