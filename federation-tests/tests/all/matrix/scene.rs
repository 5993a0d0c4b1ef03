//! The world of one fixture: servers of its own names, their actors and documents, and alice.

use super::families::Family;
use super::received::{Expected, Show, Step};
use crate::scenarios::{id, text, uri};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;
use tintype_testkit::peer::{Actor, Received, Reply, SignOptions};
use tintype_testkit::{Instance, Peer, Person, pictures, wait};

/// What fixtures call alice's posts when no step names them: a public one, and one with a poll.
const POSTS: [&str; 2] = [
    "https://local.example/users/alice/statuses/1",
    "https://local.example/users/alice/statuses/112999999999999999",
];
const POLL: &str = "https://local.example/users/alice/statuses/2";
/// Her Follow of whom she follows before.
const FOLLOW: &str = "https://local.example/users/alice/follows/1";

/// One instance with alice, and one peer that answers for everybody.
pub struct Stage {
    pub instance: Instance,
    pub alice: Person,
    pub peer: Peer,
}

impl Stage {
    pub async fn set() -> Self {
        let instance = Instance::builder("alpha").start().await;
        let alice = instance.person("alice").await;
        let peer = Peer::start().await;
        // Any picture that nobody serves is a picture all the same.
        peer.script(|request| {
            let path = Path::new(request.path.split('?').next().unwrap_or_default());
            let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
            let is_png = ending == "png";
            let is_picture = is_png || ["jpg", "jpeg"].contains(&ending);
            is_picture.then(|| {
                if is_png {
                    Reply::bytes(200, "image/png", pictures::png(64, 64, 1))
                } else {
                    Reply::bytes(200, "image/jpeg", pictures::jpeg(64, 64, 2))
                }
            })
        });
        Self { instance, alice, peer }
    }
}

/// The world of one fixture.
pub struct Scene {
    pub stage: Arc<Stage>,
    family: Arc<Family>,
    number: usize,
    /// What fixtures call things of ours, and what they are called.
    named: Vec<(String, String)>,
    actors: Vec<Actor>,
}

impl Scene {
    pub fn new(stage: Arc<Stage>, family: Arc<Family>, number: usize) -> Self {
        Self { stage, family, number, named: Vec::new(), actors: Vec::new() }
    }

    /// Says the fixture, and looks: what isn't as expected.
    pub async fn play(mut self, name: &str) -> Vec<String> {
        let words = self.family.expected[name].clone();
        let read = |scene: &Self| -> Expected {
            serde_json::from_str(&scene.say(&words))
                .unwrap_or_else(|error| panic!("expected/{name}: {error}"))
        };
        let before = read(&self);
        self.make_posts(name, &words).await;
        self.serve_all();
        for actor in &before.follows {
            self.follow(actor).await;
        }
        for earlier in &before.before {
            self.speak(earlier, before.personal).await;
        }
        for index in 0..before.alice.len() {
            // Read again each time: the one before may have given something a name.
            let step = read(&self).alice.swap_remove(index);
            self.step(step).await;
        }
        self.serve_all();
        let expected = read(&self);
        let gone: Vec<&Show> = expected.shows.iter().filter(|show| show.see == "gone").collect();
        let mut known = Vec::new();
        for show in gone {
            known.push((show.of.clone(), id(&self.known(&show.of).await).to_owned()));
        }
        for url in &expected.gone {
            self.stage.peer.serve(url, Reply::status(410));
        }
        let answer = self.speak(name, expected.personal).await;
        if answer.is_some_and(|status| status != expected.answer) {
            return vec![format!("answered {answer:?} instead of {}", expected.answer)];
        }
        let mut wrong = Vec::new();
        for show in &expected.shows {
            let known = known.iter().find(|(uri, _)| *uri == show.of).map(|(_, id)| id.as_str());
            wrong.extend(self.look(show, known).await);
        }
        wrong
    }

    /// A text of the family with the servers' real names in it.
    fn say(&self, words: &str) -> String {
        let mut words = words.to_owned();
        for (name, real) in &self.named {
            // The closing quote keeps `…/1` out of `…/112`.
            for end in ["\"", "/", "#", " "] {
                words = words.replace(&format!("{name}{end}"), &format!("{real}{end}"));
            }
        }
        words = words
            .replace("https://local.example", &self.stage.instance.base())
            .replace("local.example", &self.stage.instance.domain());
        for host in self.family.hosts() {
            let real = self.stage.peer.domain_of(&self.real(&host));
            words =
                words.replace(&format!("https://{host}"), &format!("http://{real}")).replace(&host, &real);
            // A server's own actor has the server's name, and no port in it.
            words = words.replace(&format!("\"{real}@"), &format!("\"{}@", self.real(&host)));
        }
        words
    }

    /// `lemmy.example` → `lemmy-7.localhost`: no two fixtures share a host.
    fn real(&self, host: &str) -> String {
        format!("{}-{}.localhost", host.trim_end_matches(".example"), self.number)
    }

    fn document(&self, name: &str) -> Value {
        let words = self.family.fixtures.get(name).unwrap_or_else(|| panic!("no fixture {name}"));
        serde_json::from_str(&self.say(words)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Alice's posts that the texts speak of.
    async fn make_posts(&mut self, name: &str, expected: &str) {
        let mut texts = format!("{expected}{}", self.family.fixtures[name]);
        for before in
            serde_json::from_str::<Value>(expected).unwrap()["before"].as_array().into_iter().flatten()
        {
            texts.push_str(&self.family.fixtures[before.as_str().unwrap()]);
        }
        let speaks_of = |of: &str| ["\"", "/", "#"].iter().any(|end| texts.contains(&format!("{of}{end}")));
        if let Some(post) = POSTS.iter().find(|post| speaks_of(post)) {
            let made = self.stage.alice.say("First light over the harbour").await;
            self.named.push(((*post).to_owned(), uri(&made).to_owned()));
        }
        if speaks_of(POLL) {
            let options = ["Wet plate", "Dry plate", "Film"];
            let poll = json!({"options": options, "expires_in": 86400, "multiple": true});
            let made = self.stage.alice.post_status(json!({"status": "Which one?", "poll": poll})).await;
            self.named.push((POLL.to_owned(), uri(&made).to_owned()));
        }
    }

    /// Serves every document of the family under this world's names.
    fn serve_all(&mut self) {
        self.actors.clear();
        for name in self.family.fixtures.keys().cloned().collect::<Vec<_>>() {
            let document = self.document(&name);
            if is_actor(&document) {
                // Others may be what an actor becomes.
                if self.actors.iter().all(|actor| actor.id != id(&document)) {
                    self.serve_actor(document);
                }
            } else if !is_activity(&document) {
                self.publish(&document);
            }
        }
    }

    fn serve_actor(&mut self, mut document: Value) {
        let host = document["id"].as_str().and_then(|id| id.split('/').nth(2)).unwrap_or_default().to_owned();
        let name = host.split(':').next().unwrap_or_default();
        let username = text(&document, "/preferredUsername").split(':').next().unwrap_or_default().to_owned();
        document["preferredUsername"] = username.as_str().into();
        let peer = &self.stage.peer;
        let mut actor = peer.actor_at(name, &username);
        peer.withdraw(&actor.id);
        document["publicKey"]["publicKeyPem"] = actor.key.public_pem().into();
        id(&document).clone_into(&mut actor.id);
        text(&document, "/inbox").clone_into(&mut actor.inbox);
        text(&document, "/publicKey/id").clone_into(&mut actor.key_id);
        actor.followers = document["followers"].as_str().unwrap_or_default().to_owned();
        actor.document = document;
        peer.publish_actor(&actor);
        let stub = ["@context", "id", "type", "preferredUsername", "publicKey"];
        let key = actor.key_id.split('#').next().unwrap_or_default();
        if key.trim_end_matches('/') == actor.id.trim_end_matches('/') {
            // BookWyrm's key is at the actor's id with a slash behind it, where the actor is served, too.
            peer.publish(key, &actor.document);
        } else {
            let stub: serde_json::Map<String, Value> =
                stub.iter().map(|key| ((*key).to_owned(), actor.document[*key].clone())).collect();
            peer.publish(key, &stub.into());
        }
        self.actors.push(actor);
    }

    /// Serves a document and those in it, each at its own id.
    fn publish(&self, document: &Value) {
        let own = document["id"].as_str().filter(|id| !id.contains('#') && !is_actor(document));
        if let Some(own) = own {
            self.stage.peer.publish(own, document);
        }
        let inner = &document["object"];
        for object in inner.as_array().map_or(std::slice::from_ref(inner), Vec::as_slice) {
            if object["type"] == "Tombstone" {
                self.stage.peer.withdraw(object["id"].as_str().unwrap_or_default());
            } else if object.is_object() && !is_actor(object) {
                self.publish(object);
            }
        }
    }

    /// Alice follows the actor of this fixture, and is accepted.
    async fn follow(&mut self, name: &str) {
        let document = self.document(name);
        let actor = self.actor(id(&document));
        self.stage.alice.follow(&actor.handle()).await;
        let follow = self.heard("Follow", &actor.id).await.json();
        self.named.push((FOLLOW.to_owned(), id(&follow).to_owned()));
        let accept = self.stage.peer.accept(&actor, &follow);
        let answer = self.stage.peer.tell(&actor, &self.stage.alice.actor(), &accept).await;
        assert_eq!(answer.status, 202, "Accept of {}: {answer:?}", actor.id);
    }

    /// What our instance delivered about this object.
    async fn heard(&self, kind: &str, object: &str) -> Received {
        let about = |request: &Received| {
            let found = &request.json()["object"];
            found == object || found["id"] == object
        };
        self.stage.peer.wait_for(kind, |request| request.is(kind) && about(request)).await
    }

    fn actor(&self, id: &str) -> Actor {
        let found = self.actors.iter().find(|actor| actor.id == id).cloned();
        found.unwrap_or_else(|| panic!("no fixture is the actor {id}"))
    }

    async fn step(&mut self, step: Step) {
        let alice = self.stage.alice.clone();
        let about = step.of.clone().unwrap_or_default();
        let made = match step.does.as_str() {
            "post" => {
                let mut status = step.with.clone();
                if step.of.is_some() {
                    status["in_reply_to_id"] = self.known(&about).await["id"].clone();
                }
                uri(&alice.post_status(status).await).to_owned()
            }
            "quote" => {
                let mut status = step.with.clone();
                status["quoted_status_id"] = self.known(&about).await["id"].clone();
                let made = alice.post_status(status).await;
                let request = id(&self.heard("QuoteRequest", &about).await.json()).to_owned();
                if let Some(name) = &step.request {
                    self.named.push((self.placeholder(name), request));
                }
                uri(&made).to_owned()
            }
            "follow" => {
                let there = alice.find_account(&about).await;
                alice.follow(&about).await;
                id(&self.heard("Follow", text(&there, "/uri")).await.json()).to_owned()
            }
            "favourite" => {
                alice.favourite(id(&self.known(&about).await)).await;
                id(&self.heard("Like", &about).await.json()).to_owned()
            }
            "reblog" => {
                alice.reblog(id(&self.known(&about).await)).await;
                id(&self.heard("Announce", &about).await.json()).to_owned()
            }
            "vote" => {
                let poll = text(&self.known(&about).await, "/poll/id").to_owned();
                alice.post(&format!("/api/v1/polls/{poll}/votes"), json!({"choices": step.with})).await;
                String::new()
            }
            other => panic!("alice can't {other}"),
        };
        if let Some(named) = step.named {
            self.named.push((self.placeholder(&named), made));
        }
    }

    /// What the texts call it, of what [`Scene::say`] made of it.
    fn placeholder(&self, said: &str) -> String {
        said.replace(&self.stage.instance.base(), "https://local.example")
    }

    /// The status with this id as alice sees it; it is fetched if need be.
    async fn known(&self, uri: &str) -> Value {
        let what = format!("{uri} before");
        wait::until(&what, wait::PATIENCE, async || {
            let found = self.stage.alice.search(uri).await;
            found["statuses"].as_array().and_then(|all| all.first()).cloned()
        })
        .await
    }

    /// An activity is delivered, everything else looked up by alice: the answer to a delivery.
    async fn speak(&mut self, name: &str, personal: bool) -> Option<u16> {
        let document = self.document(name);
        if is_activity(&document) {
            let by = document["actor"].as_str().or(document["actor"]["id"].as_str()).unwrap_or_default();
            let actor = self.actor(by);
            let withdrawn =
                ["Delete", "Undo", "Update"].contains(&document["type"].as_str().unwrap_or_default());
            if document["type"] == "Delete" {
                let object = document["object"].as_str().or(document["object"]["id"].as_str());
                self.stage.peer.withdraw(object.unwrap_or_default());
            } else if document["type"] == "Update" && is_actor(&document["object"]) {
                let mut now = document["object"].clone();
                now["@context"] = document["@context"].clone();
                self.actors.retain(|actor| actor.id != now["id"]);
                self.serve_actor(now);
            } else if !withdrawn || document["type"] == "Update" {
                self.publish(&document);
            }
            let inbox = if personal {
                format!("{}/inbox", self.stage.alice.actor())
            } else {
                self.stage.instance.url("/inbox")
            };
            let answer = self.stage.peer.deliver(&actor, &inbox, &document, &SignOptions::default()).await;
            return Some(answer.status);
        }
        let query =
            if is_actor(&document) { self.actor(id(&document)).handle() } else { id(&document).to_owned() };
        self.stage.alice.search(&query).await;
        None
    }
}

pub fn is_actor(document: &Value) -> bool {
    document.get("inbox").is_some()
}

fn is_activity(document: &Value) -> bool {
    document.get("actor").is_some() && document.get("object").is_some()
}
