//! An author, what she published, and everybody around it, so that it would show wherever it wrongly could.

use super::viewers::Viewer;
use crate::scenarios::{each, follows, id, items, uri};
use serde_json::json;
use std::sync::Arc;
use tintype_testkit::peer::Actor;
use tintype_testkit::{Browser, Database, Instance, Peer, Person, pictures};

/// How far something reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Everybody: it shows that the test would see things.
    Public,
    /// Followers.
    Private,
    /// Those named.
    Direct,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Public => "public",
            Kind::Private => "private",
            Kind::Direct => "direct",
        }
    }
}

/// Something published, and every trace that would give it away.
pub struct Secret {
    pub kind: Kind,
    pub id: String,
    pub uri: String,
    pub tag: String,
    pub word: String,
    pub media: String,
    /// A notification about it, of somebody who may have it.
    pub notification: String,
    /// What its author asks the same people.
    pub poll: String,
    traces: Vec<String>,
}

impl Secret {
    /// The first trace of it in this text. A place that is asked for the tag may say its name.
    pub fn trace_in<'a>(&'a self, body: &str, asked: &str) -> Option<&'a str> {
        let echo = |trace: &str| trace == self.tag && asked.contains(trace);
        self.traces.iter().map(String::as_str).find(|trace| !echo(trace) && body.contains(trace))
    }
}

pub struct Scene {
    /// Runs while the viewers look.
    _instance: Instance,
    pub author: Person,
    pub secrets: Vec<Secret>,
    pub viewers: Vec<Viewer>,
}

impl Scene {
    pub async fn set(database: Database) -> Self {
        // Documents are asked for by nobody in particular, too.
        let open = Instance::builder("alpha").config("federation.authorized_fetch", "false");
        let instance = open.database(database).start().await;
        let author = instance.person("alice").await;
        let mut people = Vec::new();
        for name in ["fay", "ned", "sam", "bram"] {
            people.push(instance.person(name).await);
        }
        let [fay, ned, sam, bram] = &people[..] else { panic!("four people") };
        follows(fay, &author).await;
        let peer = Arc::new(Peer::start().await);
        let (friend, stranger) = (peer.actor("friend"), peer.actor_at("other.localhost", "stranger"));
        let follow = peer.follow(&friend, &author.actor());
        assert_eq!(peer.tell(&friend, &author.actor(), &follow).await.status, 202);
        author.sees_notification("follow", &friend.handle()).await;
        // The stranger is known here, and named nowhere.
        author.find_account(&stranger.handle()).await;

        let mut secrets = Vec::new();
        for kind in [Kind::Public, Kind::Private, Kind::Direct] {
            secrets.push(publish(&author, fay, ned, kind).await);
        }
        for secret in &secrets {
            quoted_openly(&peer, &friend, &author, secret).await;
        }
        author.post(&format!("/api/v1/accounts/{}/block", bram.id), json!({})).await;

        let mut viewers = vec![
            Viewer::nobody(&instance),
            Viewer::person("the author", &author, [true, true, true]),
            Viewer::person("a follower", fay, [true, true, false]),
            Viewer::person("the one named", ned, [true, false, true]),
            Viewer::person("a stranger", sam, [true, false, false]),
            Viewer::person("somebody blocked", bram, [false, false, false]),
        ];
        for (viewer, person) in viewers.iter_mut().skip(1).zip([&author, fay, ned, sam, bram]) {
            viewer.browser = Some(signed_in(&instance, person).await);
        }
        viewers.push(Viewer::server("a server that follows", &instance, &peer, friend, [true, true, false]));
        viewers.push(Viewer::server("another server", &instance, &peer, stranger, [true, false, false]));
        Self { _instance: instance, author, secrets, viewers }
    }
}

/// Somebody elsewhere quotes it, for all to see: that shows it to nobody.
async fn quoted_openly(peer: &Peer, by: &Actor, author: &Person, secret: &Secret) {
    let mut note = peer.note(by, "<p>look at that</p>");
    note["quote"] = json!(secret.uri);
    note["tag"] =
        json!([{"type": "Mention", "href": author.actor(), "name": format!("@{}", author.handle())}]);
    if let Some(cc) = note["cc"].as_array_mut() {
        cc.push(json!(author.actor()));
    }
    let create = peer.create(by, &note);
    assert_eq!(peer.tell(by, &author.actor(), &create).await.status, 202);
}

async fn signed_in(instance: &Instance, person: &Person) -> Browser {
    let browser = Browser::new(&instance.base());
    let form = browser.open("/auth/sign_in").await;
    let answer = browser
        .submit(&form, &[("username", person.email.as_str()), ("password", person.password.as_str())])
        .await;
    assert_eq!(answer.status, 200, "{} signs in: {answer:?}", person.username);
    browser
}

/// Publishes something with a word, a warning, a tag and a picture of its own; has it answered, liked, saved, pinned and
/// boosted by those who may.
async fn publish(author: &Person, follower: &Person, named: &Person, kind: Kind) -> Secret {
    let name = kind.name();
    let (word, tag) = (format!("zyq{name}word"), format!("zyq{name}tag"));
    let picture = author.upload(pictures::jpeg(60, 40, kind as u8 + 1), &format!("zyq{name}alt")).await;
    let address = if kind == Kind::Private { String::new() } else { format!(" @{}", named.username) };
    let post = author
        .post_status(json!({
            "status": format!("{word} #{tag}{address}"),
            "spoiler_text": format!("zyq{name}warning"),
            "visibility": name,
            "media_ids": [id(&picture)],
        }))
        .await;
    let reader = if kind == Kind::Direct { named } else { follower };
    for verb in ["favourite", "bookmark"] {
        reader.post(&format!("/api/v1/statuses/{}/{verb}", id(&post)), json!({})).await;
    }
    let answer = format!("zyq{name}answer @{}", author.username);
    let answer =
        reader.post_status(json!({"status": answer, "in_reply_to_id": id(&post), "visibility": name})).await;
    let poll = json!({"options": [format!("zyq{name}option"), "no"], "expires_in": 3600});
    let question = json!({"status": format!("{word}{address}?"), "visibility": name, "poll": poll});
    let question = author.post_status(question).await;
    if kind != Kind::Direct {
        author.post(&format!("/api/v1/statuses/{}/pin", id(&post)), json!({})).await;
        author.reblog(id(&post)).await;
    }
    let edited = json!({
        "status": format!("{word} #{tag}{address} once more"), "spoiler_text": format!("zyq{name}warning"),
        "media_ids": [id(&picture)],
    });
    author.put(&format!("/api/v1/statuses/{}", id(&post)), edited).await;
    let told = author.sees_notification("favourite", &reader.username).await;
    let media = each(items(&post["media_attachments"]), "/url")[0].to_owned();
    let mut traces: Vec<String> =
        ["word", "tag", "alt", "warning", "answer", "option"].map(|what| format!("zyq{name}{what}")).into();
    traces.extend([id(&post), uri(&post), id(&answer), media.as_str()].map(str::to_owned));
    Secret {
        kind,
        id: id(&post).to_owned(),
        uri: uri(&post).to_owned(),
        tag,
        word,
        media: id(&picture).to_owned(),
        notification: id(&told).to_owned(),
        poll: id(&question["poll"]).to_owned(),
        traces,
    }
}
