//! The sent side: a running instance says every form to a peer, or shows every document to it, and each one is held against
//! what every family demands.

mod leave;
mod relays;

use super::families::Family;
use crate::scenarios::{id, text, uri};
use serde_json::{Value, json};
use std::time::Duration;
use tintype_testkit::peer::{Actor, Received, SignOptions};
use tintype_testkit::{Instance, Peer, Person, pictures, wait};

/// Everything that is sent or shown.
pub const FORMS: &[&str] = &[
    "Create Note",
    "Create Note with pictures",
    "Create Note with a warning",
    "Create Note with a mention",
    "Create Note with a hashtag",
    "Create Note with custom emoji",
    "Create Note, a reply",
    "Create Note, an approved reply",
    "Create Note, followers only",
    "Create Note, direct",
    "Create Note, a quote",
    "Create Question",
    "Create Note, a vote",
    "Update Note",
    "Update Note, the same version",
    "Update Question",
    "Update actor",
    "Delete Tombstone",
    "Delete actor",
    "Like",
    "Undo Like",
    "Announce",
    "Undo Announce",
    "Announce, approved",
    "Follow",
    "Undo Follow",
    "Accept Follow",
    "Reject Follow",
    "Block",
    "Undo Block",
    "Flag",
    "Move",
    "Add to featured",
    "Remove from featured",
    "Add featured hashtag",
    "Remove featured hashtag",
    "QuoteRequest",
    "Accept of a quote",
    "Reject of a quote",
    "QuoteAuthorization",
    "Delete of a QuoteAuthorization",
    "LikeRequest",
    "Accept of a like",
    "Reject of a like",
    "LikeAuthorization",
    "ReplyRequest",
    "Accept of a reply",
    "Reject of a reply",
    "ReplyAuthorization",
    "AnnounceRequest",
    "Accept of a boost",
    "Reject of a boost",
    "AnnounceAuthorization",
    "Follow of a relay by its inbox",
    "Follow of a relay by its actor",
    "Undo Follow of a relay",
    "Accept Follow of a relay",
    "Announce to a relay",
    "actor",
    "Note",
    "outbox",
    "outbox page",
    "followers",
    "following",
    "featured",
    "featured tags",
    "replies",
    "likes",
    "shares",
    "custom emoji",
    "WebFinger",
    "host-meta",
    "NodeInfo",
];

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// New numbers of a poll are told after five seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Says and shows all forms, and compares.
pub async fn accepted() {
    let scene = Scene::set().await;
    let mut wrong = Vec::new();
    let families = Family::all();
    for form in FORMS {
        let Some(document) = scene.make(form).await else {
            wrong.push(format!("{form}: is not sent"));
            continue;
        };
        for family in &families {
            match family.accepts.get(*form) {
                None => wrong.push(format!("{form}: {} says nothing of it", family.name)),
                Some(accepts) => {
                    if !accepts.source.starts_with("https://") || accepts.ignored != accepts.needs.is_empty()
                    {
                        wrong.push(format!(
                            "{form}: {} demands it without a source or nothing of it",
                            family.name
                        ));
                    }
                    let lacks = accepts.lacks(&document);
                    wrong.extend(lacks.into_iter().map(|lack| format!("{form}: {}: {lack}", family.name)));
                }
            }
        }
    }
    for family in &families {
        let unknown = family.accepts.keys().filter(|form| !FORMS.contains(&form.as_str()));
        wrong.extend(unknown.map(|form| format!("{}: nobody sends {form}", family.name)));
    }
    assert!(wrong.is_empty(), "{}:\n  {}", wrong.len(), wrong.join("\n  "));
}

struct Scene {
    instance: Instance,
    alice: Person,
    peer: Peer,
    /// A follower of alice.
    bob: Actor,
    /// Somebody on another server, whom she blocks and reports.
    carol: Actor,
    /// Where somebody moves.
    dora: Actor,
}

impl Scene {
    async fn set() -> Self {
        let instance = Instance::builder("alpha").start().await;
        let alice = instance.person("alice").await;
        let peer = Peer::start().await;
        let bob = peer.actor("bob");
        let carol = peer.actor_at("elsewhere.localhost", "carol");
        let dora = peer.actor_at("farther.localhost", "dora");
        let scene = Self { instance, alice, peer, bob, carol, dora };
        scene.is_followed(&scene.bob, &scene.alice).await;
        scene.is_followed(&scene.carol, &scene.alice).await;
        scene
    }

    async fn is_followed(&self, by: &Actor, whom: &Person) {
        let follow = self.peer.follow(by, &whom.actor());
        assert_eq!(self.peer.tell(by, &whom.actor(), &follow).await.status, 202);
        let accepted =
            |request: &Received| request.is("Accept") && request.json()["object"]["id"] == follow["id"];
        self.peer.wait_for("Accept", accepted).await;
    }

    /// What arrives at the peer; `None` when nothing like it does.
    async fn hears(&self, kind: &str, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        let find = async || {
            let all = self.peer.received();
            all.iter().filter(|request| request.is(kind)).map(Received::json).find(|activity| fits(activity))
        };
        wait::try_until(PATIENCE, find).await
    }

    /// A document of ours, as a signer sees it.
    async fn shown(&self, url: &str) -> Option<Value> {
        let answer = self.peer.fetch(&self.bob, url, &SignOptions::default()).await;
        (answer.status == 200).then(|| answer.json())
    }

    /// POST to the client API; `None` unless it answers with a 2xx.
    async fn ask(&self, path: &str, body: Value) -> Option<Value> {
        let request = self.alice.request("POST".parse().unwrap(), path).json(&body);
        let answer = request.unchecked().send().await;
        (answer.status < 300).then(|| answer.json())
    }

    /// Alice posts: the Create.
    async fn create(&self, status: Value) -> Option<Value> {
        let made = self.ask("/api/v1/statuses", status).await?;
        self.hears("Create", |activity| activity["object"]["id"] == uri(&made)).await
    }

    /// A post of bob's that alice's server knows.
    async fn bobs(&self, more: Value) -> Value {
        let mut note = self.peer.note(&self.bob, "<p>of bob</p>");
        for (key, value) in more.as_object().unwrap() {
            note[key] = value.clone();
        }
        self.peer.publish(id(&note), &note);
        self.alice.find_status(id(&note)).await
    }

    async fn account(&self, actor: &Actor) -> String {
        id(&self.alice.find_account(&actor.handle()).await).to_owned()
    }

    /// Makes our instance say or show it.
    async fn make(&self, form: &str) -> Option<Value> {
        let alice = &self.alice;
        match form {
            "Create Note" => self.create(json!({"status": "plain", "language": "en"})).await,
            "Create Note with pictures" => {
                let mut pictures = Vec::new();
                for seed in [1, 2] {
                    let picture = alice.upload(pictures::jpeg(64, 48, seed), "a bar").await;
                    pictures.push(picture["id"].clone());
                }
                self.create(json!({"status": "two", "media_ids": pictures})).await
            }
            "Create Note with a warning" => {
                self.create(json!({"status": "behind", "spoiler_text": "a warning", "sensitive": true})).await
            }
            "Create Note with a mention" => {
                self.create(json!({"status": format!("@{} look", self.bob.handle())})).await
            }
            "Create Note with a hashtag" => self.create(json!({"status": "a #Tintype"})).await,
            "Create Note with custom emoji" => self.waved().await,
            "Create Note, a reply" => {
                let parent = self.bobs(json!({})).await;
                self.create(json!({"status": "yes", "in_reply_to_id": parent["id"]})).await
            }
            "Create Note, followers only" => {
                self.create(json!({"status": "for you", "visibility": "private"})).await
            }
            "Create Note, direct" => {
                let status = format!("@{} for you alone", self.bob.handle());
                self.create(json!({"status": status, "visibility": "direct"})).await
            }
            "Create Note, a quote" => {
                let own = alice.say("quote me").await;
                let made = self.create(json!({"status": "as I said", "quoted_status_id": own["id"]})).await?;
                made["object"]["quote"].is_string().then_some(made)
            }
            "Create Question" => {
                let poll = json!({"options": ["one", "two"], "expires_in": 3600});
                self.create(json!({"status": "which?", "poll": poll})).await
            }
            "Create Note, a vote" => {
                let options = json!([{"type": "Note", "name": "yes"}, {"type": "Note", "name": "no"}]);
                let more = json!({"type": "Question", "oneOf": options, "endTime": "2099-01-01T00:00:00Z"});
                let question = self.bobs(more).await;
                let poll = question["poll"]["id"].as_str()?.to_owned();
                self.ask(&format!("/api/v1/polls/{poll}/votes"), json!({"choices": [1]})).await?;
                self.hears("Create", |activity| activity["object"]["name"] == "no").await
            }
            "Update Note" => {
                let made = alice.say("befor").await;
                alice.put(&format!("/api/v1/statuses/{}", id(&made)), json!({"status": "before"})).await;
                self.hears("Update", |activity| activity["object"]["id"] == uri(&made)).await
            }
            "Update Note, the same version" => {
                let made = alice.say("who may quote it changes").await;
                let path = format!("/api/v1/statuses/{}/interaction_policy", id(&made));
                alice.put(&path, json!({"quote_approval_policy": "nobody"})).await;
                let update = self.hears("Update", |activity| activity["object"]["id"] == uri(&made)).await?;
                update["object"]["updated"].is_null().then_some(update)
            }
            "Update Question" => {
                let poll = json!({"options": ["one", "two"], "expires_in": 3600});
                let made = alice.post_status(json!({"status": "which?", "poll": poll})).await;
                let vote = json!({
                    "id": format!("{}/votes/1", self.bob.id), "type": "Note", "name": "two",
                    "attributedTo": self.bob.id, "to": [alice.actor()], "inReplyTo": uri(&made),
                });
                self.peer.tell(&self.bob, &alice.actor(), &self.peer.create(&self.bob, &vote)).await;
                let update = self.hears("Update", |activity| activity["object"]["id"] == uri(&made)).await?;
                (update["object"]["oneOf"][1]["replies"]["totalItems"] == 1).then_some(update)
            }
            "Update actor" => {
                alice.patch("/api/v1/accounts/update_credentials", json!({"display_name": "Alice"})).await;
                self.hears("Update", |activity| activity["object"]["id"] == alice.actor().as_str()).await
            }
            "Delete Tombstone" => {
                let made = alice.say("not for long").await;
                self.hears("Create", |activity| activity["object"]["id"] == uri(&made)).await?;
                alice.delete_status(id(&made)).await;
                self.hears("Delete", |activity| activity["object"]["id"] == uri(&made)).await
            }
            "Delete actor" => {
                let gone = self.instance.person("gone").await;
                self.is_followed(&self.bob, &gone).await;
                self.instance.try_cli(&["account", "delete", "gone", "--yes"]).await;
                self.hears("Delete", |activity| activity["actor"] == gone.actor().as_str()).await
            }
            "Like" | "Undo Like" => {
                let post = self.bobs(json!({})).await;
                alice.favourite(id(&post)).await;
                let like = self.hears("Like", |activity| activity["object"] == uri(&post)).await?;
                if form == "Like" {
                    return Some(like);
                }
                alice.unfavourite(id(&post)).await;
                self.undone(&like).await
            }
            "Announce" | "Undo Announce" => {
                let post = self.bobs(json!({})).await;
                alice.reblog(id(&post)).await;
                let announce = self.hears("Announce", |activity| activity["object"] == uri(&post)).await?;
                if form == "Announce" {
                    return Some(announce);
                }
                alice.unreblog(id(&post)).await;
                self.undone(&announce).await
            }
            "Follow" | "Undo Follow" => {
                let actor = self.peer.actor(if form == "Follow" { "frida" } else { "fritz" });
                alice.follow(&actor.handle()).await;
                let follow = self.hears("Follow", |activity| activity["object"] == actor.id.as_str()).await?;
                if form == "Follow" {
                    return Some(follow);
                }
                alice.unfollow(&actor.handle()).await;
                self.undone(&follow).await
            }
            "Accept Follow" => {
                self.hears("Accept", |activity| activity["actor"] == alice.actor().as_str()).await
            }
            "Reject Follow" => {
                let path =
                    format!("/api/v1/accounts/{}/remove_from_followers", self.account(&self.carol).await);
                self.ask(&path, json!({})).await?;
                self.hears("Reject", |_| true).await
            }
            "Block" | "Undo Block" => {
                let account = self.account(&self.carol).await;
                self.ask(&format!("/api/v1/accounts/{account}/block"), json!({})).await?;
                let block = self.hears("Block", |_| true).await?;
                if form == "Block" {
                    return Some(block);
                }
                self.ask(&format!("/api/v1/accounts/{account}/unblock"), json!({})).await?;
                self.undone(&block).await
            }
            "Flag" => {
                let post = self.bobs(json!({})).await;
                let report = json!({
                    "account_id": post["account"]["id"], "status_ids": [post["id"]], "comment": "look", "forward": true,
                });
                self.ask("/api/v1/reports", report).await?;
                self.hears("Flag", |_| true).await
            }
            "Move" => {
                let mover = self.instance.person("mover").await;
                self.is_followed(&self.bob, &mover).await;
                let mut there = self.dora.clone();
                there.document["alsoKnownAs"] = json!([mover.actor()]);
                self.peer.publish_actor(&there);
                self.instance.try_cli(&["account", "move", "mover", "--to", &there.handle()]).await;
                self.hears("Move", |_| true).await
            }
            "Add to featured" | "Remove from featured" => {
                let made = alice.say("pinned").await;
                self.ask(&format!("/api/v1/statuses/{}/pin", id(&made)), json!({})).await?;
                let add = self.hears("Add", |activity| activity["object"] == uri(&made)).await;
                if form == "Add to featured" {
                    return add;
                }
                self.ask(&format!("/api/v1/statuses/{}/unpin", id(&made)), json!({})).await?;
                self.hears("Remove", |activity| activity["object"] == uri(&made)).await
            }
            "Add featured hashtag" | "Remove featured hashtag" => {
                let name = if form == "Add featured hashtag" { "Collodion" } else { "Ambrotype" };
                let tag = self.ask("/api/v1/featured_tags", json!({"name": name})).await?;
                let shown = format!("#{name}");
                let about = |activity: &Value| activity["object"]["name"] == shown.as_str();
                let add = self.hears("Add", about).await;
                if form == "Add featured hashtag" {
                    return add;
                }
                alice.delete(&format!("/api/v1/featured_tags/{}", id(&tag))).await;
                self.hears("Remove", about).await
            }
            _ if relays::is_about(form) => self.relaying(form).await,
            _ if leave::is_about(form) => self.leave(form).await,
            _ => self.document(form).await,
        }
    }

    /// A post with an emoji of ours in it: its Create.
    async fn waved(&self) -> Option<Value> {
        let file = self.instance.folder().join("wave.png");
        std::fs::write(&file, pictures::png(48, 32, 5)).unwrap();
        let file = file.display().to_string();
        self.instance.cli(&["emoji", "add", &file, "--shortcode", "wave", "--json"]).await;
        self.create(json!({"status": "hi :wave:"})).await
    }

    /// The Undo of this activity.
    async fn undone(&self, activity: &Value) -> Option<Value> {
        self.hears("Undo", |undo| undo["object"]["id"] == activity["id"] || undo["object"] == activity["id"])
            .await
    }

    async fn document(&self, form: &str) -> Option<Value> {
        let actor = self.shown(&self.alice.actor()).await?;
        let property = |key: &str| text(&actor, key).to_owned();
        let note = self.alice.say("to be looked up").await;
        match form {
            "actor" => Some(actor),
            "Note" => self.shown(uri(&note)).await,
            "outbox" | "followers" | "following" | "featured" => {
                self.shown(&property(&format!("/{form}"))).await
            }
            "outbox page" => {
                let outbox = self.shown(&property("/outbox")).await?;
                self.shown(outbox["first"].as_str()?).await
            }
            "replies" => {
                self.alice.reply(id(&note), "to myself").await;
                let note = self.shown(uri(&note)).await?;
                let replies = &note["replies"];
                self.shown(replies["id"].as_str().or(replies.as_str())?).await
            }
            "featured tags" => {
                self.ask("/api/v1/featured_tags", json!({"name": "Collodion"})).await?;
                self.shown(&property("/featuredTags")).await
            }
            "likes" | "shares" => {
                let note = self.shown(uri(&note)).await?;
                self.shown(note[form]["id"].as_str()?).await
            }
            "custom emoji" => {
                let made = self.waved().await?;
                let emoji = made["object"]["tag"].as_array()?.iter().find(|tag| tag["type"] == "Emoji")?;
                // Pixelfed asks for it like this, and signs nothing.
                let request = self.instance.client().request("GET".parse().unwrap(), id(emoji));
                Some(request.header("accept", "application/json").send().await.ok())
            }
            "WebFinger" => {
                let path = format!("/.well-known/webfinger?resource=acct:{}", self.alice.handle());
                Some(self.instance.client().get_activity(&path).await.ok())
            }
            "host-meta" => {
                let answer = self.instance.client().get_activity("/.well-known/host-meta").await;
                let kind = answer.header("content-type")?;
                Some(json!({"contentType": kind, "links": links(&answer.text())}))
            }
            "NodeInfo" => Some(self.instance.client().get_activity("/nodeinfo/2.0").await.ok()),
            other => panic!("nobody makes {other}"),
        }
    }
}

/// The links of an XRD, each with its attributes.
fn links(xrd: &str) -> Vec<Value> {
    let link = |tag: &str| -> Value {
        let parts: Vec<&str> = tag.split("/>").next().unwrap_or_default().split('"').collect();
        let attribute = |pair: &[&str]| (pair[0].trim().trim_end_matches('=').to_owned(), pair[1].into());
        parts.chunks_exact(2).map(attribute).collect::<serde_json::Map<String, Value>>().into()
    };
    xrd.split("<Link ").skip(1).map(link).collect()
}
