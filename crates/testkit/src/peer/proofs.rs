//! Object integrity proofs (FEP-8b32), written apart from the program's own on purpose. Documents with fractions in them are
//! beyond it.

use super::Ed25519Key;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};

/// A document with a proof, made by `key` under the name `key_id` at `created` (RFC 3339).
pub fn prove(document: &Value, key_id: &str, key: &Ed25519Key, created: &str) -> Value {
    let mut config = json!({
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": key_id,
        "proofPurpose": "assertionMethod",
        "created": created,
    });
    if let (Some(context), Some(config)) = (document.get("@context"), config.as_object_mut()) {
        config.insert("@context".to_owned(), context.clone());
    }
    let signature = key.sign(&message(&config, document));
    let value = format!("z{}", bs58::encode(signature).into_string());
    let mut document = document.clone();
    if let (Some(document), Some(config)) = (document.as_object_mut(), config.as_object_mut()) {
        config.insert("proofValue".to_owned(), value.into());
        document.insert("proof".to_owned(), json!(config));
    }
    document
}

/// Checks a document's proof, which the key in `multibase` should have made. The proof's `verificationMethod`.
///
/// # Errors
/// What is wrong with it.
pub fn verify_proof(document: &Value, multibase: &str) -> Result<String, String> {
    let mut document = document.clone();
    let proof = document.as_object_mut().and_then(|document| document.remove("proof")).ok_or("no proof")?;
    let mut config = proof.clone();
    let value =
        config.as_object_mut().and_then(|config| config.remove("proofValue")).ok_or("no proofValue")?;
    for (key, expected) in [
        ("type", "DataIntegrityProof"),
        ("cryptosuite", "eddsa-jcs-2022"),
        ("proofPurpose", "assertionMethod"),
    ] {
        if config.get(key) != Some(&json!(expected)) {
            return Err(format!("{key} is not {expected}"));
        }
    }
    if config.get("@context") != document.get("@context") {
        return Err("the proof has another context".to_owned());
    }
    let signature = unbase(value.as_str().unwrap_or_default())?;
    let key = unbase(multibase)?;
    let key = key.strip_prefix(&[0xed, 0x01]).ok_or("not an Ed25519 key")?;
    UnparsedPublicKey::new(&ED25519, key)
        .verify(&message(&config, &document), &signature)
        .map_err(|_| "the proof is not over the document".to_owned())?;
    Ok(config.get("verificationMethod").and_then(Value::as_str).unwrap_or_default().to_owned())
}

fn unbase(text: &str) -> Result<Vec<u8>, String> {
    let text = text.strip_prefix('z').ok_or(format!("{text} is not base58btc"))?;
    bs58::decode(text).into_vec().map_err(|error| error.to_string())
}

fn message(config: &Value, document: &Value) -> Vec<u8> {
    let hash = |value: &Value| digest(&SHA256, sorted(value).as_bytes()).as_ref().to_vec();
    [hash(config), hash(document)].concat()
}

/// JSON with its keys in order.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(Vec<u16>, String)> = map
                .iter()
                .map(|(key, value)| {
                    (key.encode_utf16().collect(), format!("{}:{}", Value::from(key.as_str()), sorted(value)))
                })
                .collect();
            entries.sort();
            let entries: Vec<String> = entries.into_iter().map(|(_, entry)| entry).collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(sorted).collect();
            format!("[{}]", values.join(","))
        }
        other => other.to_string(),
    }
}
