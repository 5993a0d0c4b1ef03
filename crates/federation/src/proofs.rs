//! Object integrity proofs (FEP-8b32): a document that its own actor has signed, whoever brings it.
//!
//! One suite is known, `eddsa-jcs-2022` (<https://www.w3.org/TR/vc-di-eddsa/>): Ed25519 over the hashes of the proof's own
//! properties and of the document without its proof, both in their canonical form. The canonical form is that of plain JSON,
//! which is what we read: nothing can be moved about under a proof without breaking it.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};
use tintype_model::Millis;
use url::Url;

use crate::{
    jcs,
    signatures::{ProofKey, Scheme, VerifyingKey},
    wire::http_url,
};

/// The context that a document with a proof has to name.
const CONTEXT: &str = "https://w3id.org/security/data-integrity/v1";
const KIND: &str = "DataIntegrityProof";
const SUITE: &str = "eddsa-jcs-2022";
const PURPOSE: &str = "assertionMethod";
/// Proofs that are looked at in one document.
const PROOFS: usize = 8;

type Document = Map<String, Value>;

/// A proof that came with a document. Nothing about it is believed yet.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The key that is said to have made it.
    pub key_id: Url,
    pub created: Millis,
    signature: Vec<u8>,
    /// The proof's own properties as they may have been signed: where they don't have the document's context, with it and
    /// without.
    configs: Vec<Document>,
    document: Document,
}

impl Proof {
    /// The first proof of a document that we could check; `None` if there is none.
    pub fn read(body: &[u8]) -> Option<Self> {
        let mut document: Document = serde_json::from_slice(body).ok()?;
        let proofs = document.remove("proof")?;
        // A signature of the older kind is no part of what is proved, and is never looked at.
        document.remove("signature");
        let proofs = match proofs {
            Value::Array(proofs) => proofs,
            proof => vec![proof],
        };
        let mut proofs = proofs.into_iter().take(PROOFS);
        proofs.find_map(|proof| Self::of(proof, &document))
    }

    fn of(proof: Value, document: &Document) -> Option<Self> {
        let Value::Object(mut config) = proof else { return None };
        let is = |config: &Document, key: &str, value: &str| {
            config.get(key).and_then(Value::as_str) == Some(value)
        };
        if !is(&config, "type", KIND)
            || !is(&config, "cryptosuite", SUITE)
            || !is(&config, "proofPurpose", PURPOSE)
            || config.contains_key("expires")
        {
            return None;
        }
        let value = config.remove("proofValue")?;
        let value = value.as_str()?.strip_prefix('z').filter(|value| value.len() <= 128)?;
        let signature = bs58::decode(value).into_vec().ok()?;
        let key_id = http_url(config.get("verificationMethod")?.as_str()?)?;
        let created = Millis::parse_rfc3339(config.get("created")?.as_str()?)?;
        let mut configs = vec![config.clone()];
        match (config.get("@context"), document.get("@context")) {
            (None, Some(context)) => {
                config.insert("@context".to_owned(), context.clone());
                configs.push(config);
            }
            (Some(own), context) if Some(own) != context => return None,
            _ => {}
        }
        Some(Self { key_id, created, signature, configs, document: document.clone() })
    }

    /// Whether this key made it.
    pub fn verify(&self, key: &VerifyingKey) -> bool {
        let document = hash(&self.document);
        self.configs.iter().any(|config| {
            let message = [hash(config), document.clone()].concat();
            key.verifies(Scheme::Ed25519, &message, &self.signature)
        })
    }
}

/// Adds a proof to a document, with the context that names it. `None` if it is no JSON object.
pub fn add(body: &str, key: &ProofKey, now: Millis) -> Option<String> {
    let mut document: Document = serde_json::from_str(body).ok()?;
    document.remove("proof");
    let mut contexts = match document.remove("@context") {
        None => Vec::new(),
        Some(Value::Array(contexts)) => contexts,
        Some(context) => vec![context],
    };
    if !contexts.iter().any(|context| context == CONTEXT) {
        // Before the terms that are explained on the spot.
        let at = contexts.iter().position(Value::is_object).unwrap_or(contexts.len());
        contexts.insert(at, CONTEXT.into());
    }
    document.insert("@context".to_owned(), contexts.into());
    // Some readers write times anew before they compare; whole seconds have but one form.
    let created = Millis(now.seconds() * 1000).rfc3339().replace(".000Z", "Z");
    let config = json!({
        "@context": document.get("@context"), "type": KIND, "cryptosuite": SUITE, "verificationMethod": key.key_id(),
        "proofPurpose": PURPOSE, "created": created,
    });
    let Value::Object(mut proof) = config else { return None };
    // The hash of the proof's properties, then that of the document.
    let signature = key.sign(&[hash(&proof), hash(&document)].concat());
    proof.insert("proofValue".to_owned(), format!("z{}", bs58::encode(signature).into_string()).into());
    document.insert("proof".to_owned(), proof.into());
    serde_json::to_string(&document).ok()
}

fn hash(part: &Document) -> Vec<u8> {
    let text = jcs::canonical(&Value::Object(part.clone()));
    digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::signatures::ed25519_pem;

    const KEY: &str = "https://server.example/users/alice#ed25519-key";

    /// The secret key of the FEP's test vectors, `z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq`, as PKCS#8 (RFC 8410, 7).
    fn key() -> ProofKey {
        let bytes = bs58::decode("3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq").into_vec().unwrap();
        let secret = bytes.strip_prefix(&[0x80, 0x26]).unwrap();
        let prefix =
            [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
        let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", [&prefix, secret].concat()));
        ProofKey::from_pem(&pem, KEY).unwrap()
    }

    fn public() -> VerifyingKey {
        VerifyingKey::from_pem(&ed25519_pem(&key().public_multibase()).unwrap()).unwrap()
    }

    /// The document and the proof of the FEP's test vectors.
    fn vector() -> Value {
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", CONTEXT],
            "type": "Create",
            "actor": "https://server.example/users/alice",
            "object": {"type": "Note", "content": "Hello world"},
            "proof": {
                "type": KIND, "cryptosuite": SUITE, "verificationMethod": KEY, "proofPurpose": PURPOSE,
                "proofValue": "z3sXaxjKs4M3BRicwWA9peyNPJvJqxtGsDmpt1jjoHCjgeUf71TRFz56osPSfDErszyLp5Ks1EhYSgpDaNM977Rg2",
                "created": "2023-02-24T23:36:38Z",
            },
        })
    }

    fn verified(document: &Value) -> bool {
        Proof::read(document.to_string().as_bytes()).is_some_and(|proof| proof.verify(&public()))
    }

    #[test]
    fn the_vector_of_the_fep() {
        assert_eq!(key().public_multibase(), "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2");
        let proof = Proof::read(vector().to_string().as_bytes()).unwrap();
        assert_eq!((proof.key_id.as_str(), proof.created), (KEY, Millis(1_677_281_798_000)));
        assert!(proof.verify(&public()));
        // Ours names the context in the proof too, as the suite's own text has it, and is the same otherwise.
        let mut bare = vector();
        bare.as_object_mut().unwrap().remove("proof");
        bare["@context"] = json!("https://www.w3.org/ns/activitystreams");
        let made: Value =
            serde_json::from_str(&add(&bare.to_string(), &key(), proof.created).unwrap()).unwrap();
        assert_eq!(made["proof"]["@context"], made["@context"]);
        assert_eq!(made["proof"]["created"], vector()["proof"]["created"]);
        assert_eq!(made["@context"], vector()["@context"]);
        assert!(verified(&made));
        // Some leave the context out of the proof, and have it signed nevertheless.
        let mut without = made.clone();
        without["proof"].as_object_mut().unwrap().remove("@context");
        assert!(verified(&without));
    }

    #[test]
    fn what_is_changed_is_not_proved() {
        type Spoil = fn(&mut Value);
        assert!(verified(&vector()));
        let cases: &[Spoil] = &[
            |d| d["object"]["content"] = json!("Hello world!"),
            |d| d["actor"] = json!("https://server.example/users/bob"),
            |d| d["more"] = json!(true),
            |d| d["@context"] = json!("https://www.w3.org/ns/activitystreams"),
            |d| d["proof"]["created"] = json!("2023-02-24T23:36:39Z"),
            |d| d["proof"]["created"] = json!("soon"),
            |d| d["proof"]["expires"] = json!("2033-02-24T23:36:38Z"),
            |d| d["proof"]["verificationMethod"] = json!("https://server.example/users/bob#ed25519-key"),
            |d| {
                d["proof"]["verificationMethod"] =
                    json!("did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2");
            },
            |d| d["proof"]["cryptosuite"] = json!("eddsa-rdfc-2022"),
            |d| d["proof"]["proofPurpose"] = json!("authentication"),
            |d| d["proof"]["type"] = json!("Ed25519Signature2020"),
            |d| d["proof"]["proofValue"] = json!("z"),
            |d| d["proof"]["proofValue"] = json!("mAAAA"),
            |d| d["proof"]["proofValue"] = json!(format!("z{}", "1".repeat(10_000))),
            |d| d["proof"]["@context"] = json!("https://www.w3.org/ns/activitystreams"),
            |d| d["proof"] = json!([]),
            |d| d["proof"] = json!("z"),
        ];
        for (number, spoil) in cases.iter().enumerate() {
            let mut document = vector();
            spoil(&mut document);
            assert!(!verified(&document), "case {number}");
        }
        // What is beside the proof, and what another kind of reader looks at, makes no difference.
        let mut document = vector();
        document["signature"] = json!({"type": "RsaSignature2017"});
        document["proof"] = json!([{"type": "Other"}, document["proof"]]);
        assert!(verified(&document));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

        #[test]
        fn reading_never_panics(value in r"z?[ -~]{0,40}", created in r"[0-9TZ:.+-]{0,30}", key in r"(https://a/)?[ -~]{0,20}") {
            let mut document = vector();
            document["proof"]["proofValue"] = json!(value);
            prop_assert!(!verified(&document));
            document["proof"]["created"] = json!(created);
            document["proof"]["verificationMethod"] = json!(key);
            prop_assert!(!verified(&document));
            let _ = Proof::read(value.as_bytes());
        }
    }
}
