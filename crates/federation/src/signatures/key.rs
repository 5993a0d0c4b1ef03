//! Keys, parsed once: [`SigningKey`] is ours, [`VerifyingKey`] is somebody else's.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa,
    signature::{
        KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaParameters,
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

/// A public key. Its kind alone decides the algorithm; what a request claims is not asked.
#[derive(Clone)]
pub struct VerifyingKey {
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// RSASSA-PKCS1-v1_5 with SHA-256, which `hs2019` means in practice too.
    Rsa(Arc<ParsedPublicKey>),
}

impl VerifyingKey {
    /// Reads an RSA public key of 2048 to 8192 bits, as SubjectPublicKeyInfo (`PUBLIC KEY`) or PKCS#1
    /// (`RSA PUBLIC KEY`) PEM.
    ///
    /// # Errors
    /// [`SignatureError::KeyMalformed`] or [`SignatureError::KeySize`].
    pub fn from_pem(pem: &str) -> Result<Self, SignatureError> {
        if pem.len() > limits::KEY_PEM_BYTES {
            return Err(SignatureError::KeySize);
        }
        let parsed = pem::parse(pem).map_err(|_| SignatureError::KeyMalformed)?;
        if !matches!(parsed.tag(), "PUBLIC KEY" | "RSA PUBLIC KEY") {
            return Err(SignatureError::KeyMalformed);
        }
        let public = rsa::PublicKey::from_der(parsed.contents()).map_err(|_| SignatureError::KeyMalformed)?;
        let pkcs1: &[u8] = public.as_ref();
        let bits = RsaParameters::public_modulus_len(pkcs1).map_err(|_| SignatureError::KeyMalformed)?;
        if !limits::RSA_BITS.contains(&bits) {
            return Err(SignatureError::KeySize);
        }
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pkcs1)
            .map_err(|_| SignatureError::KeyMalformed)?;
        Ok(Self { kind: Kind::Rsa(Arc::new(key)) })
    }

    /// Whether `signature` is this key's over `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.kind {
            Kind::Rsa(key) => key.verify_sig(message, signature).is_ok(),
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Rsa(_) => f.write_str("VerifyingKey(RSA)"),
        }
    }
}
