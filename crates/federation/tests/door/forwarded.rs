//! What others bring than those who said it.

use std::sync::Arc;

use serde_json::{Value, json};
use tintype_model::Visibility;
use tintype_testkit::{
    Peer,
    peer::{Actor, Ed25519Key, Reply, SignOptions, prove},
};

use crate::given::{Here, Stage, draft, with};

/// alice follows bob, whose server passes on what carol says to it.
struct Passed {
    stage: Stage,
    carol: Actor,
    /// bob's post, which is known here.
    thread: Value,
}

impl Passed {
    async fn set() -> Self {
        let stage = Stage::set().await;
        let Stage { here, peer, alice, bob } = &stage;
        here.befriend(alice, peer, bob).await;
        let thread = peer.note(bob, "<p>thread</p>");
        assert_eq!(peer.tell(bob, &alice.uri, &peer.create(bob, &thread)).await.status, 202);
        let carol = peer.actor_at("other.localhost", "carol");
        Self { stage, carol, thread }
    }

    fn answer(&self, text: &str) -> Value {
        let note = with(self.stage.peer.note(&self.carol, text), "inReplyTo", self.thread["id"].clone());
        self.stage.peer.publish(id(&note), &note);
        note
    }

    /// `bearer` brings what somebody else said.
    async fn bring(&self, bearer: &Actor, activity: &Value) -> u16 {
        self.stage.peer.tell(bearer, &self.stage.alice.uri, activity).await.status
    }

    fn here(&self) -> &Here {
        &self.stage.here
    }

    fn peer(&self) -> &Peer {
        &self.stage.peer
    }
}

fn id(document: &Value) -> &str {
    document["id"].as_str().unwrap()
}

/// T013, T014: what counts is what the origin says.
#[tokio::test]
async fn what_is_passed_on_is_asked_of_its_origin() {
    let passed = Passed::set().await;
    let (bob, carol, peer, here) = (&passed.stage.bob, &passed.carol, passed.peer(), passed.here());
    let note = passed.answer("<p>true</p>");
    let create = peer.create(carol, &note);
    let mut forged = create.clone();
    forged["object"]["content"] = json!("<p>forged</p>");
    forged["object"]["to"] = json!([passed.stage.alice.uri]);
    forged["signature"] =
        json!({"type": "RsaSignature2017", "creator": carol.key_id, "signatureValue": "AAAA"});
    assert_eq!(passed.bring(bob, &forged).await, 202);
    assert!(here.status_of(id(&note)).await.is_none(), "not before it was asked for");
    assert!(here.jobs().await.iter().all(|job| !job.payload.contains("forged")));
    here.work().await;
    let kept = here.status_of(id(&note)).await.unwrap();
    assert_eq!((kept.content.as_str(), kept.visibility), ("<p>true</p>", Visibility::Public));
    assert_eq!(here.account(kept.account_id).await.uri, carol.id);
    // carol's own words still count, under their own id.
    let note = passed.answer("<p>second</p>");
    let create = peer.create(carol, &note);
    assert_eq!(
        passed.bring(bob, &with(create.clone(), "object", json!(format!("{}/nowhere", carol.id)))).await,
        202
    );
    here.work().await;
    assert_eq!(passed.bring(carol, &create).await, 202);
    assert_eq!(here.status_of(id(&note)).await.unwrap().content, "<p>second</p>");
    // An edit: only as far as it has happened.
    let newer =
        with(with(note.clone(), "content", json!("<p>third</p>")), "updated", json!("2099-01-01T00:00:00Z"));
    let update = peer.activity(carol, "Update", &newer);
    assert_eq!(passed.bring(bob, &update).await, 202);
    here.work().await;
    assert_eq!(here.status_of(id(&note)).await.unwrap().content, "<p>second</p>");
    let edited = tintype_model::Millis(here.ctx.now().0 + 1000).rfc3339();
    peer.publish(id(&note), &with(newer, "updated", json!(edited)));
    assert_eq!(passed.bring(bob, &peer.activity(carol, "Update", &json!(id(&note)))).await, 202);
    here.work().await;
    assert_eq!(here.status_of(id(&note)).await.unwrap().content, "<p>third</p>");
    // A boost is asked about itself.
    let boost = peer.announce(carol, id(&passed.thread));
    assert_eq!(passed.bring(bob, &boost).await, 202);
    here.work().await;
    assert!(here.status_of(id(&boost)).await.is_none(), "its origin does not know it");
    assert!(here.jobs().await.is_empty());
}

/// T015: nothing is deleted that its own server still shows.
#[tokio::test]
async fn a_deletion_that_is_passed_on_has_to_be_true() {
    let passed = Passed::set().await;
    let (bob, carol, peer, here) = (&passed.stage.bob, &passed.carol, passed.peer(), passed.here());
    for gone in ["404", "410", "Tombstone"] {
        let note = passed.answer("<p>short</p>");
        assert_eq!(passed.bring(carol, &peer.create(carol, &note)).await, 202);
        let uri = id(&note);
        for _ in 0..2 {
            assert_eq!(passed.bring(bob, &peer.delete(carol, uri)).await, 202);
            here.work().await;
            assert!(here.status_of(uri).await.is_some(), "it is still there");
        }
        match gone {
            "404" => peer.withdraw(uri),
            "410" => peer.serve(uri, Reply::status(410)),
            _ => peer.publish(uri, &json!({"id": uri, "type": "Tombstone"})),
        }
        assert_eq!(passed.bring(bob, &peer.delete(carol, uri)).await, 202);
        here.work().await;
        assert!(here.status_of(uri).await.is_none(), "{gone}");
    }
    // Of what is not known here nothing is asked.
    let unknown = passed.answer("<p>x</p>");
    let before = peer.count(|_| true);
    assert_eq!(passed.bring(bob, &peer.delete(carol, id(&unknown))).await, 202);
    assert!(here.jobs().await.is_empty());
    assert_eq!(peer.count(|_| true), before);
}

/// T001, T002: who nobody here has to do with can't send us about, and what can't be asked for is not believed.
#[tokio::test]
async fn not_everybody_passes_things_on() {
    let passed = Passed::set().await;
    let (bob, carol, peer, here) = (&passed.stage.bob, &passed.carol, passed.peer(), passed.here());
    let eve = peer.actor_at("evil.localhost", "eve");
    let note = passed.answer("<p>true</p>");
    let create = peer.create(carol, &note);
    assert_eq!(passed.bring(&eve, &create).await, 401);
    assert_eq!(peer.count(|r| r.host == carol.domain), 0, "nothing is fetched");
    let post = here.post(&passed.stage.alice, draft("mine", Visibility::Public)).await;
    here.work().await;
    let elsewhere = with(create.clone(), "object", passed.thread["id"].clone());
    for activity in [
        peer.like(carol, &post.uri),
        peer.follow(carol, &passed.stage.alice.uri),
        peer.undo(carol, &peer.like(carol, &post.uri)),
        peer.activity(carol, "Block", &json!(passed.stage.alice.uri)),
        peer.activity(carol, "Delete", &json!(carol.id)),
        elsewhere,
    ] {
        assert_eq!(passed.bring(bob, &activity).await, 401, "{activity}");
    }
    // Not rightly signed is not passed on.
    let wrong = SignOptions { wrong_key: true, ..SignOptions::default() };
    let inbox = format!("{}/inbox", passed.stage.alice.uri);
    assert_eq!(peer.deliver(bob, &inbox, &create, &wrong).await.status, 401);
    assert!(here.jobs().await.is_empty());
    assert_eq!(peer.count(|r| r.host == carol.domain), 0);
    let post = here.status_of(&post.uri).await.unwrap();
    assert_eq!((post.favourites_count, post.replies_count), (0, 0));
}

/// A proof by the actor's own key is as good as the actor's own request.
#[tokio::test]
async fn what_proves_itself_may_come_from_anybody() {
    let passed = Passed::set().await;
    let (carol, peer, here) = (&passed.carol, passed.peer(), passed.here());
    let eve = peer.actor_at("evil.localhost", "eve");
    let (key, evil) = (Ed25519Key::generate(), Arc::new(Ed25519Key::generate()));
    let key_of = |actor: &Actor| format!("{}#ed25519-key", actor.id);
    for (actor, key) in [(carol, &key), (&eve, &*evil)] {
        let mut document = actor.document.clone();
        document["assertionMethod"] = json!({"id": key_of(actor), "type": "Multikey",
            "controller": actor.id, "publicKeyMultibase": key.public_multibase()});
        peer.publish(&actor.id, &document);
    }
    let at = |seconds: i64| {
        let moment = tintype_model::Millis((here.ctx.now().0 / 1000 + seconds) * 1000);
        moment.rfc3339().replace(".000Z", "Z")
    };
    let note = passed.answer("<p>true</p>");
    let create = peer.create(carol, &note);
    let proved = prove(&create, &key_of(carol), &key, &at(0));
    let mut tampered = proved.clone();
    tampered["object"]["content"] = json!("<p>forged</p>");
    let mut nameless = peer.activity(carol, "Add", &note["id"]);
    nameless["target"] = carol.document["featured"].clone();
    nameless.as_object_mut().unwrap().remove("id");
    let foreign = format!("{}/key", eve.id);
    peer.publish(
        &foreign,
        &json!({"id": foreign, "type": "Multikey", "controller": carol.id,
        "publicKeyMultibase": evil.public_multibase()}),
    );
    for (what, document) in [
        ("none", create.clone()),
        ("tampered", tampered.clone()),
        ("another's key", prove(&create, &key_of(carol), &evil, &at(0))),
        ("a key of another", prove(&create, &key_of(&eve), &evil, &at(0))),
        ("a key elsewhere", prove(&create, &foreign, &evil, &at(0))),
        ("an old one", prove(&create, &key_of(carol), &key, &at(-7 * 86_400))),
        ("one of tomorrow", prove(&create, &key_of(carol), &key, &at(86_400))),
        ("one without a name", prove(&nameless, &key_of(carol), &key, &at(0))),
        ("no moment", prove(&create, &key_of(carol), &key, "some day")),
    ] {
        assert_eq!(passed.bring(&eve, &document).await, 401, "{what}");
        assert!(here.status_of(id(&note)).await.is_none(), "{what}");
    }
    assert_eq!(passed.bring(&eve, &proved).await, 202);
    assert_eq!(here.status_of(id(&note)).await.unwrap().content, "<p>true</p>");
    assert_eq!(passed.bring(&eve, &proved).await, 202, "twice is once");
    // Also of what could not be asked for.
    let post = here.post(&passed.stage.alice, draft("mine", Visibility::Public)).await;
    let like = prove(&peer.like(carol, &post.uri), &key_of(carol), &key, &at(0));
    assert_eq!(passed.bring(&eve, &like).await, 202);
    assert_eq!(here.status_of(&post.uri).await.unwrap().favourites_count, 1);
    // A proof gives no right that its actor doesn't have.
    let theft = prove(&peer.delete(carol, &post.uri), &key_of(carol), &key, &at(0));
    assert_eq!(passed.bring(&eve, &theft).await, 403);
    assert!(here.status_of(&post.uri).await.is_some());
    // What is not proved may still be asked for.
    let second = passed.answer("<p>second</p>");
    let broken = prove(&peer.create(carol, &second), &key_of(carol), &evil, &at(0));
    assert_eq!(passed.bring(&passed.stage.bob, &broken).await, 202);
    here.work().await;
    assert!(here.status_of(id(&second)).await.is_some());
}
