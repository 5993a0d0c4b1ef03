//! A running instance with alice on it, and bob's server in Mastodon's words.

use crate::scenarios::{eventually, id, text, uri};
use serde_json::{Value, json};
use tintype_testkit::client::Answer;
use tintype_testkit::peer::{Actor, Received, Reply, SignOptions, verify};
use tintype_testkit::{Instance, Peer, Person, pictures};

/// The status of alice that the fixtures speak of.
const ALICES_STATUS: &str = "https://local.example/users/alice/statuses/112999999999999999";
/// The Follow by alice that the fixtures answer.
pub const ALICES_FOLLOW: &str = "https://local.example/users/alice/follows/112";

/// A running instance with alice on it, and bob's server in Mastodon's words.
pub struct Stage {
    pub instance: Instance,
    pub alice: Person,
    pub peer: Peer,
    pub bob: Actor,
}

impl Stage {
    pub async fn set(instance: Instance) -> Self {
        let alice = instance.person("alice").await;
        let peer = Peer::start().await;
        let bob = peer.actor("bob");
        let mut stage = Self { instance, alice, peer, bob };
        let mut document = stage.say(fixture!("actor"), &[]);
        document["publicKey"]["publicKeyPem"] = stage.bob.key.public_pem().into();
        stage.bob.document = document;
        stage.peer.publish_actor(&stage.bob);
        let finger =
            format!("{}?resource=acct:{}", stage.peer.url("/.well-known/webfinger"), stage.bob.handle());
        let jrd = stage.say(fixture!("webfinger"), &[]);
        stage.peer.serve(&finger, Reply::json(200, "application/jrd+json; charset=utf-8", &jrd));
        for (file, seed) in [
            ("accounts/avatars/bob.jpg", 1),
            ("media_attachments/files/1/original/door.jpg", 2),
            ("media_attachments/files/2/original/gate.png", 3),
        ] {
            let url = stage.peer.url(&format!("/system/{file}"));
            let reply = if file.ends_with("png") {
                Reply::bytes(200, "image/png", pictures::png(90, 135, seed))
            } else {
                Reply::bytes(200, "image/jpeg", pictures::jpeg(160, 120, seed))
            };
            stage.peer.serve(&url, reply);
        }
        stage
    }

    /// A fixture with the servers' real names in it, and other texts replaced besides.
    pub fn say(&self, fixture: &str, replace: &[(&str, &str)]) -> Value {
        let mut words = fixture.to_owned();
        for (from, to) in replace {
            assert!(words.contains(from), "the fixture has no {from}");
            words = words.replace(from, to);
        }
        let words = words
            .replace("https://remote.example", &self.peer.url(""))
            .replace("https://local.example", &self.instance.base())
            .replace("remote.example", &self.peer.domain())
            .replace("local.example", &self.instance.domain());
        serde_json::from_str(&words).unwrap()
    }

    /// To alice's own inbox.
    pub async fn tell(&self, activity: &Value) -> Answer {
        self.peer.tell(&self.bob, &self.alice.actor(), activity).await
    }

    /// To the shared inbox, as Mastodon does when it can.
    pub async fn tell_all(&self, activity: &Value) -> Answer {
        let inbox = self.instance.url("/inbox");
        self.peer.deliver(&self.bob, &inbox, activity, &SignOptions::default()).await
    }

    /// Delivers twice, to either inbox: 202 both times, and nothing may happen twice.
    pub async fn tell_twice(&self, activity: &Value) {
        assert_eq!(self.tell_all(activity).await.status, 202, "{activity}");
        let again = self.tell(activity).await;
        assert_eq!(again.status, 202, "{again:?}");
    }

    /// What alice's instance delivered to bob; its signature is right.
    pub async fn hears(&self, kind: &str) -> Received {
        let heard = self.peer.wait_for(kind, |request| request.is(kind)).await;
        assert!(heard.path == "/users/bob/inbox" || heard.path == "/inbox", "{}", heard.path);
        let content_type = heard.header("content-type").unwrap_or_default();
        assert!(content_type.starts_with("application/activity+json"), "{content_type}");
        let actor = self.instance.client().get_activity("/users/alice").await.json();
        let key = text(&actor, "/publicKey/publicKeyPem").to_owned();
        verify(&heard, &key).unwrap();
        assert_eq!(heard.json()["actor"], self.alice.actor());
        heard
    }

    /// Alice asks to follow bob: her Follow's id, and his account at hers.
    pub async fn alice_asks(&self) -> (String, Value) {
        let there = self.alice.find_account(&self.bob.handle()).await;
        let asked = self.alice.follow(&self.bob.handle()).await;
        assert_eq!((&asked["following"], &asked["requested"]), (&json!(false), &json!(true)));
        let heard = self.hears("Follow").await.json();
        assert_eq!(heard["object"], self.bob.id);
        (id(&heard).to_owned(), there)
    }

    /// Alice follows bob, and he accepted.
    pub async fn alice_follows(&self) -> Value {
        let (follow, there) = self.alice_asks().await;
        let accept = self.say(fixture!("accept_follow"), &[(ALICES_FOLLOW, &follow)]);
        self.tell_twice(&accept).await;
        self.stands_to(&there, true, false).await;
        there
    }

    pub async fn stands_to(&self, account: &Value, following: bool, requested: bool) {
        eventually(&format!("following {following}, requested {requested}"), async || {
            let now = self.alice.relationship(id(account)).await;
            now["following"] == following && now["requested"] == requested
        })
        .await;
    }

    /// Delivers a fixture about a post of alice's.
    pub fn about(&self, fixture: &str, post: &Value) -> Value {
        self.say(fixture, &[(ALICES_STATUS, uri(post))])
    }

    pub async fn told(&self, kind: &str) -> Vec<Value> {
        self.alice.notifications().await.into_iter().filter(|n| n["type"] == kind).collect()
    }

    pub async fn untold(&self, kind: &str) {
        eventually(&format!("no {kind} notification"), async || self.told(kind).await.is_empty()).await;
    }
}
