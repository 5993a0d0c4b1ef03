//! What relays are told (FEP-ae0c): asked in both styles, told of posts, and left.

use super::{PUBLIC, Scene};
use crate::scenarios::uri;
use serde_json::{Value, json};
use tintype_testkit::peer::{Actor, SignOptions};

/// Whether a form is one of these.
pub(super) fn is_about(form: &str) -> bool {
    form.contains("relay")
}

impl Scene {
    /// Each form has a relay of its own.
    pub(super) async fn relaying(&self, form: &str) -> Option<Value> {
        match form {
            "Follow of a relay by its inbox" => {
                let relay = self.relay("asked.localhost");
                self.instance.cli(&["relay", "add", &relay.shared_inbox(), "--json"]).await;
                self.hears("Follow", |activity| activity["object"] == PUBLIC).await
            }
            "Follow of a relay by its actor" => self.asked(&self.relay("named.localhost")).await,
            "Undo Follow of a relay" => {
                let relay = self.relay("left.localhost");
                let follow = self.asked(&relay).await?;
                self.instance.cli(&["relay", "remove", &relay.id, "--json"]).await;
                self.undone(&follow).await
            }
            "Accept Follow of a relay" => {
                let relay = self.relay("following.localhost");
                let follow = self.asked(&relay).await?;
                self.say(&relay, &self.peer.accept(&relay, &follow)).await;
                let back = self.peer.follow(&relay, &self.instance.url("/actor"));
                self.say(&relay, &back).await;
                self.hears("Accept", |activity| activity["object"]["id"] == back["id"]).await
            }
            "Announce to a relay" => {
                let relay = self.relay("carrying.localhost");
                let follow = self.asked(&relay).await?;
                self.say(&relay, &self.peer.accept(&relay, &follow)).await;
                let made = self.alice.say("for everybody").await;
                self.hears("Announce", |activity| activity["object"] == uri(&made)).await
            }
            other => panic!("nobody makes {other}"),
        }
    }

    fn relay(&self, host: &str) -> Actor {
        let mut relay = self.peer.actor_at(host, "relay");
        relay.document["type"] = json!("Application");
        self.peer.publish_actor(&relay);
        relay
    }

    /// The instance asks a relay by its actor: the Follow.
    async fn asked(&self, relay: &Actor) -> Option<Value> {
        self.instance.cli(&["relay", "add", &relay.id, "--json"]).await;
        self.hears("Follow", |activity| activity["object"] == relay.id.as_str()).await
    }

    async fn say(&self, by: &Actor, activity: &Value) {
        let inbox = self.instance.url("/inbox");
        let answer = self.peer.deliver(by, &inbox, activity, &SignOptions::default()).await;
        assert_eq!(answer.status, 202);
    }
}
