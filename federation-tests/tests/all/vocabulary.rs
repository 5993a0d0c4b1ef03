//! What Mastodon says, in its own words: the shapes in `crates/federation/fixtures/mastodon`, rightly signed, delivered
//! over real sockets to a running instance, and what comes of them.

use crate::scenarios::{ask, each, eventually, has, id, is_gone, items, on_both, text, uri};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tintype_testkit::client::Answer;
use tintype_testkit::peer::{Actor, Received, Reply, SignOptions, verify};
use tintype_testkit::{Instance, Peer, Person, pictures, wait};

on_both!(
    a_follow_is_answered_with_an_accept,
    an_accept_makes_a_follow,
    a_reject_ends_a_request_and_a_follow,
    a_create_with_pictures_is_shown,
    a_delete_of_a_tombstone_removes,
    a_delete_of_a_bare_id_removes,
    a_reply_is_a_comment,
    a_like_is_counted_and_undone,
    an_announce_is_counted_and_undone,
    an_update_of_an_actor_changes_the_profile,
    a_farewell_of_a_stranger_is_not_asked_after,
    what_is_not_understood_changes_nothing,
);

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../crates/federation/fixtures/mastodon/", $name, ".json"))
    };
}

/// The status of alice that the fixtures speak of.
const ALICES_STATUS: &str = "https://local.example/users/alice/statuses/112999999999999999";
/// The Follow by alice that the fixtures answer.
const ALICES_FOLLOW: &str = "https://local.example/users/alice/follows/112";

/// A running instance with alice on it, and bob's server in Mastodon's words.
struct Stage {
    instance: Instance,
    alice: Person,
    peer: Peer,
    bob: Actor,
}

impl Stage {
    async fn set(instance: Instance) -> Self {
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
    fn say(&self, fixture: &str, replace: &[(&str, &str)]) -> Value {
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
    async fn tell(&self, activity: &Value) -> Answer {
        self.peer.tell(&self.bob, &self.alice.actor(), activity).await
    }

    /// To the shared inbox, as Mastodon does when it can.
    async fn tell_all(&self, activity: &Value) -> Answer {
        let inbox = self.instance.url("/inbox");
        self.peer.deliver(&self.bob, &inbox, activity, &SignOptions::default()).await
    }

    /// Delivers twice, to either inbox: 202 both times, and nothing may happen twice.
    async fn tell_twice(&self, activity: &Value) {
        assert_eq!(self.tell_all(activity).await.status, 202, "{activity}");
        let again = self.tell(activity).await;
        assert_eq!(again.status, 202, "{again:?}");
    }

    /// What alice's instance delivered to bob; its signature is right.
    async fn hears(&self, kind: &str) -> Received {
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
    async fn alice_asks(&self) -> (String, Value) {
        let there = self.alice.find_account(&self.bob.handle()).await;
        let asked = self.alice.follow(&self.bob.handle()).await;
        assert_eq!((&asked["following"], &asked["requested"]), (&json!(false), &json!(true)));
        let heard = self.hears("Follow").await.json();
        assert_eq!(heard["object"], self.bob.id);
        (id(&heard).to_owned(), there)
    }

    /// Alice follows bob, and he accepted.
    async fn alice_follows(&self) -> Value {
        let (follow, there) = self.alice_asks().await;
        let accept = self.say(fixture!("accept_follow"), &[(ALICES_FOLLOW, &follow)]);
        self.tell_twice(&accept).await;
        self.stands_to(&there, true, false).await;
        there
    }

    async fn stands_to(&self, account: &Value, following: bool, requested: bool) {
        eventually(&format!("following {following}, requested {requested}"), async || {
            let now = self.alice.relationship(id(account)).await;
            now["following"] == following && now["requested"] == requested
        })
        .await;
    }

    /// Delivers a fixture about a post of alice's.
    fn about(&self, fixture: &str, post: &Value) -> Value {
        self.say(fixture, &[(ALICES_STATUS, uri(post))])
    }

    async fn told(&self, kind: &str) -> Vec<Value> {
        self.alice.notifications().await.into_iter().filter(|n| n["type"] == kind).collect()
    }

    async fn untold(&self, kind: &str) {
        eventually(&format!("no {kind} notification"), async || self.told(kind).await.is_empty()).await;
    }
}

async fn a_follow_is_answered_with_an_accept(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { alice, bob, .. } = &stage;
    let follow = stage.say(fixture!("follow"), &[]);
    stage.tell_twice(&follow).await;
    let accept = stage.hears("Accept").await.json();
    let object = &accept["object"];
    assert_eq!(object.get("id").unwrap_or(object), &follow["id"]);
    assert!(text(&accept, "/id").starts_with(&stage.instance.base()));

    let told = alice.sees_notification("follow", &bob.handle()).await;
    assert_eq!(told["account"]["uri"], bob.id);
    assert_eq!(stage.told("follow").await.len(), 1);
    assert_eq!(each(&alice.followers(&alice.id).await, "/acct"), [bob.handle()]);
    assert_eq!(alice.account(&alice.id).await["followers_count"], 1);
    let profile = alice.account(text(&told, "/account/id")).await;
    assert_eq!(text(&profile, "/display_name"), "Bob :lens:");
    assert!(text(&profile, "/note").contains("Wet plates, mostly."));
    assert_eq!(profile["fields"][0]["name"], "Camera");
    assert_eq!(profile["url"], stage.peer.url("/@bob"));
    // His followers hear what she says: now one of them is bob's server.
    let post = alice.say("hello followers").await;
    let heard = stage.hears("Create").await.json();
    assert_eq!(heard["object"]["id"], post["uri"]);

    // The same Follow under another id is answered again: the other side has lost our answer.
    let again = stage.say(fixture!("follow"), &[("3f1e6a52", "4f1e6a52")]);
    assert_eq!(stage.tell(&again).await.status, 202);
    stage
        .peer
        .wait_for("another Accept", |request| {
            request.is("Accept") && request.json().to_string().contains("4f1e6a52")
        })
        .await;
    assert_eq!(alice.account(&alice.id).await["followers_count"], 1);

    let undo = stage.say(fixture!("undo_follow"), &[]);
    stage.tell_twice(&undo).await;
    eventually("bob is gone", async || alice.followers(&alice.id).await.is_empty()).await;
    assert_eq!(alice.account(&alice.id).await["followers_count"], 0);
    stage.untold("follow").await;
}

async fn an_accept_makes_a_follow(instance: Instance) {
    let stage = Stage::set(instance).await;
    let there = stage.alice_follows().await;
    assert_eq!(each(&stage.alice.following(&stage.alice.id).await, "/acct"), [stage.bob.handle()]);
    assert_eq!(stage.alice.account(&stage.alice.id).await["following_count"], 1);
    assert_eq!(stage.alice.account(id(&there)).await["followers_count"], 1);
    // An Accept by somebody else of a follow that was not of them makes nothing.
    let eve = stage.peer.actor_at("elsewhere.localhost", "eve");
    let eve_there = stage.alice.find_account(&eve.handle()).await;
    let false_accept = stage.peer.accept(
        &eve,
        &json!({
            "id": format!("{}/follows/1", stage.alice.actor()), "type": "Follow",
            "actor": stage.alice.actor(), "object": eve.id,
        }),
    );
    stage.peer.tell(&eve, &stage.alice.actor(), &false_accept).await;
    stage.stands_to(&eve_there, false, false).await;
}

async fn a_reject_ends_a_request_and_a_follow(instance: Instance) {
    let stage = Stage::set(instance).await;
    let (follow, there) = stage.alice_asks().await;
    let reject = stage.say(fixture!("reject_follow"), &[(ALICES_FOLLOW, &follow)]);
    stage.tell_twice(&reject).await;
    stage.stands_to(&there, false, false).await;

    // Later, of a follow that was accepted: what came by it goes.
    stage.alice.follow(&stage.bob.handle()).await;
    let second = stage.peer.wait_for("another Follow", |request| {
        request.is("Follow") && request.json()["id"] != follow.as_str()
    });
    let second = id(&second.await.json()).to_owned();
    let accept = stage.say(fixture!("accept_follow"), &[(ALICES_FOLLOW, &second)]);
    assert_eq!(stage.tell(&accept).await.status, 202);
    stage.stands_to(&there, true, false).await;
    let create = stage.say(fixture!("create_note_with_pictures"), &[]);
    assert_eq!(stage.tell_all(&create).await.status, 202);
    stage.alice.sees_at_home(text(&create, "/object/id")).await;
    let replace = [(ALICES_FOLLOW, second.as_str()), ("#rejects/follows/41", "#rejects/follows/42")];
    let reject = stage.say(fixture!("reject_follow"), &replace);
    stage.tell_twice(&reject).await;
    stage.stands_to(&there, false, false).await;
    assert!(!has(&stage.alice.home().await, text(&create, "/object/id")));
    assert_eq!(stage.alice.account(&stage.alice.id).await["following_count"], 0);
}

/// The fixture's post, at alice's home.
async fn bobs_post(stage: &Stage) -> Value {
    stage.alice_follows().await;
    let create = stage.say(fixture!("create_note_with_pictures"), &[]);
    stage.tell_twice(&create).await;
    stage.alice.sees_at_home(text(&create, "/object/id")).await
}

async fn a_create_with_pictures_is_shown(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { instance, alice, peer, bob } = &stage;
    let post = bobs_post(&stage).await;
    assert_eq!(alice.home().await.len(), 1, "delivered twice, shown once");
    assert!(text(&post, "/content").starts_with("<p>Two doors for "), "{post}");
    assert_eq!(text(&post, "/url"), peer.url("/@bob/113000000000000001"));
    assert_eq!(text(&post, "/created_at"), "2026-01-02T03:04:05.000Z");
    assert_eq!(text(&post, "/account/acct"), bob.handle());
    for (key, value) in [
        ("visibility", json!("public")),
        ("sensitive", json!(false)),
        ("spoiler_text", json!("")),
        ("language", json!("en")),
        ("in_reply_to_id", Value::Null),
    ] {
        assert_eq!(post[key], value, "{key}");
    }
    assert_eq!(each(items(&post["mentions"]), "/id"), [alice.id.as_str()]);
    let tags = items(&post["tags"]);
    assert_eq!(tags.len(), 1);
    assert_eq!(text(&tags[0], "/name").to_lowercase(), "tintype");

    let pictures = items(&post["media_attachments"]);
    let expected = [
        (
            json!("A green door with a brass knocker"),
            "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
            (1600, 1200),
            "/system/media_attachments/files/1/original/door.jpg",
        ),
        (
            Value::Null,
            "UBL_:rOpGG-oBUNG,qRj2so|=eE1",
            (900, 1350),
            "/system/media_attachments/files/2/original/gate.png",
        ),
    ];
    assert_eq!(pictures.len(), expected.len());
    for (picture, (alt, blurhash, (width, height), remote)) in pictures.iter().zip(expected) {
        assert_eq!((&picture["type"], &picture["description"]), (&json!("image"), &alt));
        assert_eq!(picture["blurhash"], blurhash);
        assert_eq!(picture["meta"]["original"]["width"], width);
        assert_eq!(picture["meta"]["original"]["height"], height);
        assert_eq!(picture["remote_url"], peer.url(remote));
        // Fetched by us, lazily and once, however many look.
        let asked = || peer.count(|request| request.path == remote);
        assert_eq!(asked(), 0, "{remote}");
        for url in [text(picture, "/url"), text(picture, "/preview_url"), text(picture, "/url")] {
            assert!(url.starts_with(&format!("{}/", instance.base())), "{url}");
            let answer = ask(&instance.client(), url).await;
            assert_eq!(answer.status, 200, "{url}");
            assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("image/")), "{url}");
            assert!(!answer.body.is_empty());
        }
        assert_eq!(asked(), 1, "{remote}");
    }
    assert_eq!(pictures[0]["meta"]["focus"], json!({"x": 0.25, "y": -0.5}));

    let told = alice.sees_notification("mention", &bob.handle()).await;
    assert_eq!(told["status"]["id"], post["id"]);
    assert_eq!(stage.told("mention").await.len(), 1);
    let profile = alice.account(text(&post, "/account/id")).await;
    assert_eq!(profile["statuses_count"], 1);
    assert!(has(&alice.public_timeline().await, uri(&post)));
}

async fn is_deleted_for_good(stage: &Stage, delete: &Value, post: &Value) {
    let alice = &stage.alice;
    stage.tell_twice(delete).await;
    is_gone(alice, id(post)).await;
    assert!(!has(&alice.home().await, uri(post)));
    assert!(!has(&alice.public_timeline().await, uri(post)));
    assert!(stage.told("mention").await.is_empty());
    assert_eq!(alice.account(text(post, "/account/id")).await["statuses_count"], 0);
    // It doesn't come back, not even under another activity's id.
    let create =
        stage.say(fixture!("create_note_with_pictures"), &[("000000001/activity", "000000001/activity2")]);
    assert_eq!(stage.tell(&create).await.status, 202);
    let witness = stage.peer.note(&stage.bob, "<p>later</p>");
    assert_eq!(stage.tell(&stage.peer.create(&stage.bob, &witness)).await.status, 202);
    alice.sees_at_home(id(&witness)).await;
    assert!(!has(&alice.home().await, uri(post)));
}

async fn a_delete_of_a_tombstone_removes(instance: Instance) {
    let stage = Stage::set(instance).await;
    let post = bobs_post(&stage).await;
    is_deleted_for_good(&stage, &stage.say(fixture!("delete_note"), &[]), &post).await;
}

async fn a_delete_of_a_bare_id_removes(instance: Instance) {
    let stage = Stage::set(instance).await;
    let post = bobs_post(&stage).await;
    is_deleted_for_good(&stage, &stage.say(fixture!("delete_note_uri"), &[]), &post).await;
}

async fn a_reply_is_a_comment(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { alice, bob, .. } = &stage;
    let post = alice.say("ask me about gear").await;
    let create = stage.about(fixture!("create_reply"), &post);
    stage.tell_twice(&create).await;
    let told = alice.sees_notification("mention", &bob.handle()).await;
    let comment = &told["status"];
    assert_eq!(comment["uri"], create["object"]["id"]);
    assert_eq!(comment["in_reply_to_id"], post["id"]);
    assert_eq!(comment["in_reply_to_account_id"], alice.id);
    assert_eq!((&comment["spoiler_text"], &comment["sensitive"]), (&json!("gear talk"), &json!(true)));
    assert_eq!(comment["visibility"], "private");
    assert!(text(comment, "/content").contains("which lens?"));
    alice.sees_status(id(&post), "one reply", |status| status["replies_count"] == 1).await;
    let context = alice.context(id(&post)).await;
    assert_eq!(each(items(&context["descendants"]), "/id"), [id(comment)]);
    // Followers and the mentioned only.
    let anybody = stage.instance.client();
    assert_eq!(ask(&anybody, &format!("/api/v1/statuses/{}", id(comment))).await.status, 404);
    assert_eq!(anybody.context(id(&post)).await["descendants"], json!([]));
}

async fn counts(stage: &Stage, post: &Value, key: &str, count: u64) {
    stage.alice.sees_status(id(post), &format!("{key} {count}"), |status| status[key] == count).await;
}

async fn a_like_is_counted_and_undone(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { alice, bob, .. } = &stage;
    let post = alice.say("worth a star").await;
    stage.tell_twice(&stage.about(fixture!("like"), &post)).await;
    let told = alice.sees_notification("favourite", &bob.handle()).await;
    assert_eq!(told["status"]["id"], post["id"]);
    counts(&stage, &post, "favourites_count", 1).await;
    assert_eq!(stage.told("favourite").await.len(), 1);
    stage.tell_twice(&stage.about(fixture!("undo_like"), &post)).await;
    counts(&stage, &post, "favourites_count", 0).await;
    stage.untold("favourite").await;
}

async fn an_announce_is_counted_and_undone(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { alice, bob, .. } = &stage;
    stage.alice_follows().await;
    let post = alice.say("pass it on").await;
    let announce = stage.about(fixture!("announce"), &post);
    stage.tell_twice(&announce).await;
    let told = alice.sees_notification("reblog", &bob.handle()).await;
    assert_eq!(told["status"]["id"], post["id"]);
    counts(&stage, &post, "reblogs_count", 1).await;
    assert_eq!(stage.told("reblog").await.len(), 1);
    let wrapper = wait::until("the boost at home", wait::PATIENCE, async || {
        alice.home().await.into_iter().find(|entry| entry["uri"] == announce["id"])
    })
    .await;
    assert_eq!(wrapper["reblog"]["id"], post["id"]);
    assert_eq!(text(&wrapper, "/account/acct"), bob.handle());
    stage.tell_twice(&stage.about(fixture!("undo_announce"), &post)).await;
    counts(&stage, &post, "reblogs_count", 0).await;
    is_gone(alice, id(&wrapper)).await;
    stage.untold("reblog").await;
    assert!(has(&alice.home().await, uri(&post)));
}

async fn an_update_of_an_actor_changes_the_profile(instance: Instance) {
    let mut stage = Stage::set(instance).await;
    let there = stage.alice.find_account(&stage.bob.handle()).await;
    assert_eq!(text(&there, "/display_name"), "Bob :lens:");
    let mut update = stage.say(fixture!("update_actor"), &[]);
    update["object"]["publicKey"]["publicKeyPem"] = stage.bob.key.public_pem().into();
    stage.bob.document["name"] = update["object"]["name"].clone();
    stage.peer.publish_actor(&stage.bob);
    stage.tell_twice(&update).await;
    eventually("the new name", async || {
        stage.alice.account(id(&there)).await["display_name"] == "Bob the Elder"
    })
    .await;
}

async fn a_farewell_of_a_stranger_is_not_asked_after(instance: Instance) {
    let stage = Stage::set(instance).await;
    // Mastodon tells every server it knows; the actor's document is gone by then.
    let farewell = stage.say(fixture!("delete_actor"), &[]);
    stage.peer.withdraw(&stage.bob.id);
    let before = stage.instance.rows(&BOOKKEEPING).await;
    stage.tell_twice(&farewell).await;
    let after = stage.instance.rows(&BOOKKEEPING).await;
    assert_eq!(tintype_testkit::rows::differences(&before, &after), [] as [String; 0]);
    assert_eq!(stage.peer.count(|_| true), 0, "nothing is fetched for it");
}

#[test]
fn every_fixture_is_spoken() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/federation/fixtures/mastodon");
    let names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .collect();
    assert!(names.len() >= 17, "{names:?}");
    for name in names {
        let spoken = include_str!("vocabulary.rs").contains(&format!("fixture!(\"{name}\")"));
        assert!(spoken, "{name}.json is in no test");
    }
}

/// Tables that may differ after an activity that changes nothing: what remembers it, and what runs by the clock.
const BOOKKEEPING: [&str; 4] = ["received_activities", "jobs", "leases", "hosts"];

async fn what_is_not_understood_changes_nothing(instance: Instance) {
    let stage = Stage::set(instance).await;
    let Stage { instance, alice, peer, bob } = &stage;
    let post = alice.say("leave me alone").await;
    // Bob becomes known, and everything comes to rest.
    stage.tell_twice(&stage.about(fixture!("like"), &post)).await;
    counts(&stage, &post, "favourites_count", 1).await;
    wait::until("all deliveries made", wait::PATIENCE, async || {
        let rows = instance.rows(&[]).await;
        let at_rest = |name: &str| rows.get(name).is_none_or(|table| table.rows == 0);
        (at_rest("deliveries") && rows["received_activities"].rows > 0).then_some(())
    })
    .await;

    let note = peer.note(bob, "<p>a poll</p>");
    let mut question = note.clone();
    question["type"] = "Question".into();
    question["oneOf"] = json!([{"type": "Note", "name": "yes"}, {"type": "Note", "name": "no"}]);
    let featured = format!("{}/collections/featured", bob.id);
    let aimed = |mut activity: Value, target: &str| {
        activity["target"] = target.into();
        activity
    };
    let cases: Vec<(&str, Value)> = vec![
        ("Move", aimed(peer.activity(bob, "Move", &json!(bob.id)), &peer.url("/users/robert"))),
        ("Flag", peer.activity(bob, "Flag", &json!([alice.actor(), uri(&post)]))),
        ("Add", aimed(peer.activity(bob, "Add", &json!(uri(&post))), &featured)),
        ("Remove", aimed(peer.activity(bob, "Remove", &json!(uri(&post))), &featured)),
        ("EmojiReact", peer.activity(bob, "EmojiReact", &json!(uri(&post)))),
        ("View", peer.activity(bob, "View", &json!(uri(&post)))),
        ("FutureActivity", peer.activity(bob, "FutureActivity", &json!({"type": "Unheard", "x": [1, null]}))),
        ("Create of an Unheard", peer.activity(bob, "Create", &json!({
            "id": peer.url("/users/bob/things/1"), "type": "Unheard", "attributedTo": bob.id,
        }))),
        ("Undo of a View", peer.activity(bob, "Undo", &json!({
            "id": peer.url("/users/bob/views/1"), "type": "View", "actor": bob.id, "object": uri(&post),
        }))),
        ("Like of nothing known", peer.like(bob, &instance.url("/users/alice/statuses/1"))),
        ("Create of nobody's concern", peer.create(bob, &note)),
        ("Create of a Question of nobody's concern", peer.create(bob, &question)),
        ("Update of what is unknown", stage.say(fixture!("update_note"), &[])),
    ];
    let names: BTreeSet<&str> = cases.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), cases.len());
    for (name, activity) in &cases {
        let before = instance.rows(&BOOKKEEPING).await;
        let answer = stage.tell_all(activity).await;
        assert_eq!(answer.status, 202, "{name}: {answer:?}");
        // Once more, and to the other inbox: whatever the first one set going has been asked for by then.
        assert_eq!(stage.tell(activity).await.status, 202, "{name}");
        let after = instance.rows(&BOOKKEEPING).await;
        assert_eq!(tintype_testkit::rows::differences(&before, &after), [] as [String; 0], "{name}");
    }
    assert_eq!(alice.notifications().await.len(), 1);
}
