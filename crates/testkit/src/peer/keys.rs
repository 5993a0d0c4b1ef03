//! RSA keys, and Ed25519 keys.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An RSA key pair of 2048 bits.
pub struct Key {
    pair: KeyPair,
}

impl Key {
    pub fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap_or_else(|_| panic!("no RSA key could be made"));
        Self { pair }
    }

    /// The public key as actors publish it: PEM of a SubjectPublicKeyInfo (RFC 7468 §13).
    pub fn public_pem(&self) -> String {
        let der: PublicKeyX509Der<'_> =
            self.pair.public_key().as_der().unwrap_or_else(|_| panic!("a public key has no DER form"));
        pem(der.as_ref())
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256, in base64.
    pub fn sign(&self, message: &[u8]) -> String {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        signed.unwrap_or_else(|_| panic!("signing failed"));
        STANDARD.encode(signature)
    }
}

/// An Ed25519 key pair.
pub struct Ed25519Key {
    pair: Ed25519KeyPair,
}

impl Ed25519Key {
    pub fn generate() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap_or_else(|_| panic!("no Ed25519 key could be made"));
        Self { pair }
    }

    /// PEM of a SubjectPublicKeyInfo (RFC 8410).
    pub fn public_pem(&self) -> String {
        let mut der = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        der.extend_from_slice(self.pair.public_key().as_ref());
        pem(&der)
    }

    /// `publicKeyMultibase` of a Multikey.
    pub fn public_multibase(&self) -> String {
        let bytes = [&[0xed, 0x01], self.pair.public_key().as_ref()].concat();
        format!("z{}", bs58::encode(bytes).into_string())
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PUBLIC KEY-----\n");
    pem
}

/// Whether `signature` (base64) over `message` was made by the owner of the key in `public_pem`.
pub fn verify_rsa_sha256(public_pem: &str, message: &[u8], signature: &str) -> bool {
    let text: String = public_pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let (Ok(key), Ok(signature)) = (STANDARD.decode(text.trim()), STANDARD.decode(signature)) else {
        return false;
    };
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(message, &signature).is_ok()
}
