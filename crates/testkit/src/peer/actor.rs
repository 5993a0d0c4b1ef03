//! A remote person.

use super::Key;
use serde_json::{Value, json};
use std::sync::Arc;

/// An actor of a [`super::Peer`]. Change `document` as a test needs, then publish it again.
#[derive(Clone)]
pub struct Actor {
    /// `http://remote.localhost:PORT/users/bob`.
    pub id: String,
    pub username: String,
    /// `remote.localhost:PORT`.
    pub domain: String,
    pub inbox: String,
    pub followers: String,
    /// `…#main-key`.
    pub key_id: String,
    pub key: Arc<Key>,
    /// What is served at `id`, in Mastodon's shape.
    pub document: Value,
}

impl Actor {
    pub(super) fn new(domain: &str, username: &str, key: Arc<Key>) -> Self {
        let base = format!("http://{domain}");
        let id = format!("{base}/users/{username}");
        let key_id = format!("{id}#main-key");
        let followers = format!("{id}/followers");
        let inbox = format!("{id}/inbox");
        let document = json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": id,
            "type": "Person",
            "preferredUsername": username,
            "name": username,
            "summary": "",
            "url": format!("{base}/@{username}"),
            "inbox": inbox,
            "outbox": format!("{id}/outbox"),
            "followers": followers,
            "following": format!("{id}/following"),
            "manuallyApprovesFollowers": false,
            "discoverable": true,
            "published": "2024-05-06T00:00:00Z",
            "endpoints": {"sharedInbox": format!("{base}/inbox")},
            "publicKey": {"id": key_id, "owner": id, "publicKeyPem": key.public_pem()},
        });
        Self {
            id,
            username: username.to_owned(),
            domain: domain.to_owned(),
            inbox,
            followers,
            key_id,
            key,
            document,
        }
    }

    /// `bob@remote.localhost:PORT`.
    pub fn handle(&self) -> String {
        format!("{}@{}", self.username, self.domain)
    }

    /// `http://remote.localhost:PORT/inbox`.
    pub fn shared_inbox(&self) -> String {
        format!("http://{}/inbox", self.domain)
    }

    pub(super) fn webfinger(&self) -> Value {
        json!({
            "subject": format!("acct:{}", self.handle()),
            "aliases": [self.id],
            "links": [
                {"rel": "self", "type": "application/activity+json", "href": self.id},
                {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": self.document.get("url")},
            ],
        })
    }
}
