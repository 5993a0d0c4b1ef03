//! Who looks: with a token, with a browser's cookie, with another server's signature, or with nothing.

use super::paths::{Door, Method, Place};
use super::scene::{Kind, Secret};
use serde_json::json;
use std::sync::Arc;
use tintype_testkit::peer::{Actor, SignOptions};
use tintype_testkit::{Browser, Client, Instance, Peer, Person};

/// What came back.
pub struct Seen {
    pub status: u16,
    pub body: String,
}

impl Seen {
    /// The words around the first trace.
    pub fn excerpt(&self, secret: &Secret, asked: &str) -> String {
        let Some(trace) = secret.trace_in(&self.body, asked) else { return String::new() };
        let at = self.body.find(trace).unwrap_or_default();
        let around = |c: &(usize, char)| c.0 + 120 > at && c.0 < at + 120;
        self.body.char_indices().filter(around).map(|(_, c)| c).collect()
    }
}

pub struct Viewer {
    pub name: &'static str,
    client: Client,
    pub browser: Option<Browser>,
    server: Option<(Arc<Peer>, Actor)>,
    base: String,
    /// Public, private, direct.
    sees: [bool; 3],
}

impl Viewer {
    pub fn nobody(instance: &Instance) -> Self {
        Self {
            name: "nobody",
            client: instance.client(),
            browser: Some(Browser::new(&instance.base())),
            server: None,
            base: instance.base(),
            sees: [true, false, false],
        }
    }

    pub fn person(name: &'static str, person: &Person, sees: [bool; 3]) -> Self {
        let client = (**person).clone();
        let base = client.base().to_owned();
        Self { name, client, browser: None, server: None, base, sees }
    }

    pub fn server(
        name: &'static str,
        instance: &Instance,
        peer: &Arc<Peer>,
        actor: Actor,
        sees: [bool; 3],
    ) -> Self {
        let server = Some((Arc::clone(peer), actor));
        Self { name, client: instance.client(), browser: None, server, base: instance.base(), sees }
    }

    /// A page shows what is public to everybody, whoever is signed in.
    pub fn sees(&self, kind: Kind, door: Door) -> bool {
        self.sees[kind as usize] || (door == Door::Pages && kind == Kind::Public)
    }

    /// Servers ask for documents, people for pages and by apps; nobody asks for everything.
    pub fn uses(&self, door: Door) -> bool {
        match door {
            Door::Api => self.server.is_none(),
            Door::Pages => self.browser.is_some(),
            Door::Federation => self.server.is_some() || self.client.token().is_none(),
        }
    }

    pub async fn look(&self, place: &Place, path: &str) -> Seen {
        match (place.door, &self.server, &self.browser) {
            (Door::Federation, Some((peer, actor)), _) => {
                let url = format!("{}{path}", self.base);
                let answer = peer.fetch(actor, &url, &SignOptions::default()).await;
                Seen { status: answer.status, body: answer.text() }
            }
            (Door::Federation, None, _) => {
                let request = self.client.request("GET".parse().unwrap(), path).unchecked();
                let answer = request.header("accept", "application/activity+json").send().await;
                Seen { status: answer.status, body: answer.text() }
            }
            (Door::Pages, _, Some(browser)) => {
                let page = browser.open(path).await;
                Seen { status: page.status, body: page.body }
            }
            _ => {
                let request = self.client.request(place.method.as_str().parse().unwrap(), path).unchecked();
                let request =
                    if place.method == Method::Get { request } else { request.json(&json!({"status": "x"})) };
                let answer = request.send().await;
                Seen { status: answer.status, body: answer.text() }
            }
        }
    }
}
