//! Public keys as documents: inside an actor, in a stub of one, or alone.

use activitypub_federation::protocol::public_key::PublicKey;
use serde_json::Value;
use url::Url;

use super::{
    ParseError, http_url,
    json::{self, Document},
};
use crate::{limits, signatures::ed25519_pem};

/// What was found under a `keyId`. Nothing of it is believed until the owner's own document, fetched from the
/// owner's id, lists the very key.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyDocument {
    /// The document's id, which need not be the URL asked for.
    pub id: Url,
    /// At most [`Limits::keys_per_actor`](crate::limits::Limits::keys_per_actor); `owner` is the document's id where nothing else is said.
    pub keys: Vec<PublicKey>,
}

impl KeyDocument {
    /// Reads an actor (Mastodon), a stub actor (GoToSocial) or a bare key.
    ///
    /// # Errors
    /// When it is no bounded JSON object with an id.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let document = json::read(bytes)?;
        let id = json::only_id(&document, "id").ok_or(ParseError::Property("id"))?;
        let keys = match key(&document, None) {
            Some(key) => vec![key],
            None => keys_of(&document, &id),
        };
        Ok(Self { id, keys })
    }

    /// The key with this id, compared as a URL.
    pub fn key(&self, key_id: &Url) -> Option<&PublicKey> {
        self.keys.iter().find(|key| key.id == key_id.as_str())
    }
}

/// The keys in an actor's `publicKey`, one or many, and behind them those in its `assertionMethod` (FEP-521a).
pub(super) fn keys_of(document: &Document, actor: &Url) -> Vec<PublicKey> {
    let (first, further) = (document.get("publicKey"), document.get("assertionMethod"));
    json::many(first)
        .iter()
        .chain(json::many(further))
        .filter_map(Value::as_object)
        .filter_map(|object| key(object, Some(actor)))
        .take(limits::get().keys_per_actor)
        .collect()
}

fn key(document: &Document, actor: Option<&Url>) -> Option<PublicKey> {
    let pem = match document.get("publicKeyPem") {
        Some(pem) => pem.as_str().filter(|pem| pem.len() <= limits::get().key_pem_bytes)?.to_owned(),
        None => ed25519_pem(document.get("publicKeyMultibase")?.as_str()?)?,
    };
    let owner = match document.get("owner").or_else(|| document.get("controller")) {
        Some(owner) => json::id(owner)?,
        None => actor?.clone(),
    };
    let id = http_url(document.get("id")?.as_str()?)?;
    Some(PublicKey { id: id.into(), owner, public_key_pem: pem })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn forms() {
        let bob = "https://remote.example/users/bob";
        let main = "https://remote.example/users/bob#main-key";
        let stub = "https://remote.example/users/bob/main-key";
        let cases = [
            (json!({"id": bob, "publicKey": {"id": main, "owner": bob, "publicKeyPem": "P"}}), vec![main]),
            (json!({"id": bob, "publicKey": {"id": main, "publicKeyPem": "P"}}), vec![main]),
            (json!({"id": stub, "publicKey": {"id": stub, "owner": bob, "publicKeyPem": "P"}}), vec![stub]),
            (json!({"id": main, "type": "CryptographicKey", "owner": bob, "publicKeyPem": "P"}), vec![main]),
            (json!({"id": main, "controller": bob, "publicKeyPem": "P"}), vec![main]),
            (
                json!({"id": bob, "publicKey": [
                    {"id": main, "owner": bob, "publicKeyPem": "P"}, {"id": stub, "owner": bob, "publicKeyPem": "Q"}, 7,
                    {"id": main, "owner": "none", "publicKeyPem": "P"}, {"owner": bob, "publicKeyPem": "P"},
                ]}),
                vec![main, stub],
            ),
            (json!({"id": bob, "publicKey": {"id": main, "publicKeyPem": "P".repeat(9000)}}), vec![]),
            (json!({"id": bob}), vec![]),
        ];
        for (value, expected) in cases {
            let document = KeyDocument::parse(value.to_string().as_bytes()).unwrap();
            let ids: Vec<&str> = document.keys.iter().map(|key| key.id.as_str()).collect();
            assert_eq!(ids, expected, "{value}");
            assert!(document.keys.iter().all(|key| key.owner.as_str() == bob), "{value}");
        }
        let multikey = json!({"id": main, "type": "Multikey", "controller": bob,
            "publicKeyMultibase": "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"});
        let pem = ed25519_pem("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2").unwrap();
        for value in [
            multikey.clone(),
            json!({"id": bob, "assertionMethod": multikey}),
            json!({"id": bob, "assertionMethod": [stub, {"id": stub, "publicKeyMultibase": "z6Mk"}, multikey]}),
        ] {
            let document = KeyDocument::parse(value.to_string().as_bytes()).unwrap();
            let keys: Vec<_> =
                document.keys.iter().map(|key| (key.id.as_str(), &key.public_key_pem)).collect();
            assert_eq!(keys, [(main, &pem)], "{value}");
        }
        assert_eq!(KeyDocument::parse(b"{}"), Err(ParseError::Property("id")));
    }
}
