//! Threats of the category `json-ld`. Linked-data signatures count for nothing here and no context is ever fetched: what
//! is signed is the HTTP request, and what is read are plain JSON keys.

use serde_json::{Value, json};
use tintype_testkit::peer::{Actor, SignOptions};

use super::stage::{Stage, TAKEN};

/// The answers to a body that claims to be somebody else's: refused, or looked up at its origin, where it isn't.
const NOT_HIS: &[u16] = &[202, 400, 401, 403];

/// A signature of the kind that Mastodon adds, as a thief would keep it from a genuine activity.
fn linked_data_signature(actor: &Actor) -> Value {
    json!({
        "type": "RsaSignature2017",
        "creator": actor.key_id,
        "created": "2026-01-01T00:00:00Z",
        "signatureValue": actor.key.sign(b"whatever was signed once"),
    })
}

fn with(mut object: Value, fields: &[(&str, Value)]) -> Value {
    for (name, value) in fields {
        object[name] = value.clone();
    }
    object
}

#[tokio::test]
async fn t013_renamed_terms_under_a_genuine_signature() {
    let stage = Stage::set().await;
    let Stage { peer, bob, mallory, alice, .. } = &stage;
    let context = |aliases: Value| json!(["https://www.w3.org/ns/activitystreams", aliases]);
    let note =
        |words: &str| with(peer.note(bob, &format!("<p>{words}</p>")), &[("to", json!([alice.actor()]))]);
    let genuine = |fields: &[(&str, Value)]| {
        with(with(peer.create(bob, &note("forged")), &[("signature", linked_data_signature(bob))]), fields)
    };
    // In each of them the plain keys are the thief's, and the renamed ones are what was signed.
    let cases = [
        ("as it is", genuine(&[])),
        (
            "object renamed",
            genuine(&[
                ("@context", context(json!({"x": "as:object", "object": "http://x.localhost/o"}))),
                ("x", note("signed")),
            ]),
        ),
        (
            "content renamed",
            genuine(&[
                ("@context", context(json!({"y": "as:content", "content": {"@id": "http://x.localhost/c"}}))),
                ("y", json!("signed")),
            ]),
        ),
        (
            "actor renamed",
            genuine(&[("@context", context(json!({"as:actor": "actor"}))), ("as:actor", json!(mallory.id))]),
        ),
        (
            "type renamed",
            genuine(&[("@context", context(json!({"kind": "@type"}))), ("kind", json!("Like"))]),
        ),
        ("a null term", genuine(&[("@context", context(json!({"content": null})))])),
        (
            "a vocabulary of its own",
            genuine(&[("@context", context(json!({"@vocab": "http://x.localhost/#"})))]),
        ),
        ("a base of its own", genuine(&[("@context", context(json!({"@base": "http://x.localhost/"})))])),
        (
            "written out",
            genuine(&[("https://www.w3.org/ns/activitystreams#actor", json!([{"@id": mallory.id}]))]),
        ),
    ];
    let mut tries = stage.variants();
    for (name, activity) in &cases {
        tries
            .check(&format!("{name}, brought by Mallory"), NOT_HIS, TAKEN, stage.tell(mallory, activity))
            .await;
        let options = SignOptions::unsigned();
        let unsigned = stage.tell_as(bob, activity, &options);
        tries.check(&format!("{name}, brought by nobody"), NOT_HIS, TAKEN, unsigned).await;
    }
    tries.done();
    assert!(!stage.tables_with("forged").await.contains(&"statuses".to_owned()));
    stage.is_alive().await;
}

#[tokio::test]
async fn t038_graphs_that_were_rearranged() {
    let stage = Stage::set().await;
    let Stage { peer, bob, mallory, alice, .. } = &stage;
    let post = alice.say("worth a boost").await;
    let uri = post["uri"].as_str().unwrap();
    let boost = peer.announce(bob, uri);
    let undo = with(peer.undo(bob, &boost), &[("signature", linked_data_signature(bob))]);
    let follow_up = peer.like(bob, uri);
    // From an Undo of an Announce, which Bob signed, the Announce that he took back; and the like.
    let cases = [
        ("@graph", with(undo.clone(), &[("@graph", json!([boost, follow_up]))])),
        (
            "only @graph",
            json!({"@context": undo["@context"], "@graph": [undo, boost], "signature": undo["signature"]}),
        ),
        (
            "@included",
            with(boost.clone(), &[("@included", json!([undo])), ("signature", undo["signature"].clone())]),
        ),
        (
            "@reverse",
            with(
                boost.clone(),
                &[("@reverse", json!({"object": undo})), ("signature", undo["signature"].clone())],
            ),
        ),
        (
            "@reverse within",
            with(
                undo.clone(),
                &[("object", with(boost.clone(), &[("@reverse", json!({"as:object": follow_up}))]))],
            ),
        ),
        (
            "@included within",
            with(
                undo.clone(),
                &[("object", with(boost.clone(), &[("@included", json!([{"@graph": [follow_up]}]))]))],
            ),
        ),
        ("the inner part alone", with(boost.clone(), &[("signature", undo["signature"].clone())])),
        ("@nest", with(boost.clone(), &[("@nest", undo.clone()), ("signature", undo["signature"].clone())])),
        ("a list", json!([boost, undo])),
    ];
    let mut tries = stage.variants();
    for (name, activity) in &cases {
        tries
            .check(&format!("{name}, brought by Mallory"), NOT_HIS, TAKEN, stage.tell(mallory, activity))
            .await;
        let options = SignOptions::unsigned();
        let unsigned = stage.tell_as(bob, activity, &options);
        tries.check(&format!("{name}, brought by nobody"), NOT_HIS, TAKEN, unsigned).await;
        // What Mallory may say, she says by plain keys only: nothing within a graph is hers to say.
        let hers = with(
            json!({"@context": undo["@context"], "@graph": [boost, follow_up], "@included": [boost], "@reverse": {"object": boost}}),
            &[
                ("id", json!(format!("{}#own/{name}", mallory.id).replace(' ', "-"))),
                ("type", json!("View")),
                ("actor", json!(mallory.id)),
                ("object", json!(uri)),
            ],
        );
        tries.check(&format!("{name}, her own"), NOT_HIS, TAKEN, stage.tell(mallory, &hers)).await;
    }
    tries.done();
    let post = alice.status(post["id"].as_str().unwrap()).await;
    assert_eq!((&post["reblogs_count"], &post["favourites_count"]), (&json!(0), &json!(0)));
    stage.is_alive().await;
}

#[tokio::test]
async fn t050_contexts_are_not_fetched() {
    let stage = Stage::set().await;
    let Stage { peer, bob, alice, .. } = &stage;
    let port = peer.port();
    stage.dns.tell("contexts.test", &["127.0.0.2", "10.0.0.1"]);
    peer.publish(
        &peer.url("/context"),
        &json!({"@context": {"summary": "as:content", "content": "as:summary"}}),
    );
    let remote = [
        json!(peer.url("/context")),
        json!(stage.canary.url("/context")),
        json!(stage.twin.url("/context")),
        json!(format!("http://contexts.test:{port}/context")),
        json!({"@import": peer.url("/context")}),
        json!({"term": {"@id": "http://x.localhost/#term", "@context": peer.url("/context")}}),
        json!([[peer.url("/context")]]),
        json!(7),
    ];
    for (number, context) in remote.iter().enumerate() {
        let contexts = json!(["https://www.w3.org/ns/activitystreams", context]);
        let mut note = with(peer.note(bob, "<p>plain</p>"), &[("@context", contexts.clone())]);
        // A name that only a remote context would define says nothing.
        note["x:content"] = json!("<p>renamed</p>");
        note["as:inReplyTo"] = json!(peer.url("/context"));
        let create = with(peer.create(bob, &note), &[("@context", contexts.clone())]);
        assert_eq!(stage.tell(bob, &create).await.status, 202, "{context}");
        alice.sees_at_home(note["id"].as_str().unwrap()).await;
        // Nor when it is we who fetch the document.
        let mut carol = peer.actor(&format!("carol{number}"));
        carol.document["@context"] = contexts.clone();
        peer.publish_actor(&carol);
        assert_eq!(stage.tell(&carol, &peer.follow(&carol, &alice.actor())).await.status, 202, "{context}");
        let found = peer.note(&carol, "<p>plain</p>");
        peer.publish(found["id"].as_str().unwrap(), &with(found.clone(), &[("@context", contexts)]));
        assert_eq!(alice.find_status(found["id"].as_str().unwrap()).await["content"], "<p>plain</p>");
    }
    stage.settled().await;
    assert_eq!(peer.count(|request| request.path == "/context"), 0, "no context is fetched");
    assert_eq!(stage.dns.asked("contexts.test"), 0, "nor looked up");
    stage.assert_untouched().await;
    assert_eq!(stage.tables_with("renamed").await, [] as [&str; 0]);
}
