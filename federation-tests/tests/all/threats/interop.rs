//! Threats of the category `interop`: what is shut out must not be who means well.

use std::sync::Arc;

use serde_json::{Value, json};
use tintype_testkit::peer::{Actor, Key, Reply, SignOptions};

use super::signer::{ALL, signed, signing_string, unsigned};
use super::stage::Stage;

/// An actor whose key has another id; its document is published as it is changed here.
fn keyed(stage: &Stage, name: &str, key_id: &str, change: impl FnOnce(&mut Actor)) -> Actor {
    let key = Arc::new(Key::generate());
    let mut actor = stage.peer.actor_with_key("keys.localhost", name, key);
    actor.key_id = key_id.replace("ACTOR", &actor.id);
    actor.document["publicKey"]["id"] = json!(actor.key_id);
    change(&mut actor);
    stage.peer.publish_actor(&actor);
    actor
}

#[tokio::test]
async fn t120_keys_as_real_servers_have_them() {
    let stage = Stage::set().await;
    let Stage { peer, alice, .. } = &stage;
    let post = alice.say("a post").await;
    let uri = post["uri"].as_str().unwrap();
    let key_of = |actor: &Actor| json!({"id": actor.key_id, "owner": actor.id, "publicKeyPem": actor.key.public_pem()});
    let other = Key::generate();

    let fragment = keyed(&stage, "fragment", "ACTOR#main-key", |_| ());
    let odd = keyed(&stage, "odd", "ACTOR#rsa-key-2", |_| ());
    // The key lives at a path of its own; there a stub of the actor is served, or the key alone.
    let stub = keyed(&stage, "stub", "ACTOR/main-key", |_| ());
    peer.publish(
        &stub.key_id,
        &json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": stub.id, "type": "Person", "preferredUsername": "stub", "publicKey": key_of(&stub),
        }),
    );
    let bare = keyed(&stage, "bare", "ACTOR/publickey", |_| ());
    let mut alone = key_of(&bare);
    alone["@context"] = json!("https://w3id.org/security/v1");
    peer.publish(&bare.key_id, &alone);
    let typed = keyed(&stage, "typed", "ACTOR/key", |_| ());
    let mut document = key_of(&typed);
    document["type"] = json!("Key");
    document["@context"] = json!(["https://w3id.org/security/v1"]);
    peer.publish(&typed.key_id, &document);
    let several = keyed(&stage, "several", "ACTOR#second", |actor| {
        let first = json!({"id": format!("{}#first", actor.id), "owner": actor.id, "publicKeyPem": other.public_pem()});
        actor.document["publicKey"] = json!([first, key_of(actor)]);
    });
    let listed = keyed(&stage, "listed", "ACTOR#main-key", |actor| {
        actor.document["publicKey"] = json!([key_of(actor)]);
    });
    let asked = keyed(&stage, "asked", "ACTOR?key=main", |_| ());
    peer.publish(&asked.key_id, &asked.document);
    let moved = keyed(&stage, "moved", "ACTOR/old-key", |_| ());
    peer.serve(&moved.key_id, Reply::redirect(&moved.id));

    let mut wrong = Vec::new();
    for actor in [&fragment, &odd, &stub, &bare, &typed, &several, &listed, &asked] {
        for round in 0..2 {
            let answer = stage.tell(actor, &peer.like(actor, uri)).await;
            if answer.status != 202 {
                wrong.push(format!("{} ({}), {round}: {answer:?}", actor.username, actor.key_id));
            }
        }
        // A GET is signed too.
        let shown = peer.fetch(actor, uri, &SignOptions::default()).await;
        if shown.status != 200 {
            wrong.push(format!("{} ({}), GET: {shown:?}", actor.username, actor.key_id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let answer = stage.tell(&moved, &peer.like(&moved, uri)).await;
    assert!([202, 401].contains(&answer.status), "a key that redirects: {answer:?}");

    // With the link between owner and key broken, each of these forms is nobody's.
    let mut tries = stage.variants();
    let broken = keyed(&stage, "broken", "ACTOR/main-key", |actor| {
        actor.document["publicKey"]["id"] = json!(format!("{}#another", actor.id));
    });
    peer.publish(&broken.key_id, &key_of(&broken));
    let like = peer.like(&broken, uri);
    tries.check("a key that its owner doesn't list", &[401], &[], stage.tell(&broken, &like)).await;
    let foreign = keyed(&stage, "foreign", "ACTOR/main-key", |_| ());
    let mut theirs = key_of(&foreign);
    theirs["owner"] = json!(stage.bob.id);
    peer.publish(&foreign.key_id, &theirs);
    let like = peer.like(&foreign, uri);
    tries.check("a key of somebody else", &[401], &[], stage.tell(&foreign, &like)).await;
    tries.done();
}

#[tokio::test]
async fn t120_queries_signed_or_not() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, alice, .. } = &stage;
    alice.say("a post").await;
    // Of a GET the query may be signed or left out.
    let url = format!("{}/outbox?page=true", alice.actor());
    for signed_target in ["get /users/alice/outbox?page=true", "get /users/alice/outbox"] {
        let options = SignOptions { target: Some(signed_target.to_owned()), ..SignOptions::default() };
        let shown = peer.fetch(bob, &url, &options).await;
        assert_eq!(shown.status, 200, "{signed_target}: {shown:?}");
    }
    for wrong in [
        "get /users/alice/outbox?page=false",
        "get /users/alice/outbo",
        "post /users/alice/outbox?page=true",
        "get /users/alice",
    ] {
        let options = SignOptions { target: Some(wrong.to_owned()), ..SignOptions::default() };
        let shown = peer.fetch(bob, &url, &options).await;
        assert_eq!(shown.status, 401, "{wrong}: {shown:?}");
    }
    // Of a POST it may not.
    let body = peer.like(bob, alice.say("another").await["uri"].as_str().unwrap());
    let inbox = format!("{}?shared=1", stage.inbox());
    let request = |target: &str| {
        let request = unsigned(&stage, bob, &body).to(&inbox);
        let text = signing_string(&request, &ALL, &[]);
        let path = alice.actor().replacen(&alpha.base(), "", 1);
        assert!(text.starts_with(&format!("(request-target): post {path}/inbox?shared=1\n")), "{text}");
        let text = text.replacen("?shared=1", target, 1);
        let header = super::signer::header(&bob.key_id, &ALL, &[], &bob.key.sign(text.as_bytes()));
        request.with("signature", &header)
    };
    assert_eq!(peer.send_request(&request("")).await.status, 401, "the query is left out");
    assert_eq!(peer.send_request(&request("?shared=2")).await.status, 401, "another query");
    assert_eq!(peer.send_request(&request("?shared=1")).await.status, 202, "the query is signed");
    // More than is demanded may be covered.
    let more = ["(request-target)", "content-type", "host", "date", "digest"];
    let request = signed(
        unsigned(&stage, bob, &peer.follow(bob, &alice.actor())),
        bob,
        &more,
        &[("algorithm", "hs2019")],
    );
    assert_eq!(peer.send_request(&request).await.status, 202);
}

#[tokio::test]
async fn t120_a_key_that_cannot_be_had_now() {
    let stage = Stage::set().await;
    let Stage { peer, alice, .. } = &stage;
    let post = alice.say("a post").await;
    let uri = post["uri"].as_str().unwrap();
    let later: [(&str, Reply); 5] = [
        ("500", Reply::status(500)),
        ("503", Reply::status(503)),
        ("502", Reply::status(502)),
        ("429", Reply::status(429)),
        ("nothing", Reply::never()),
    ];
    let mut tries = stage.variants();
    for (number, (what, reply)) in later.into_iter().enumerate() {
        let actor = peer.actor_at(&format!("away{number}.localhost"), "away");
        peer.serve(&actor.id, reply);
        let like = peer.like(&actor, uri);
        let answer =
            tries.check(&format!("its server says {what}"), &[503], &[], stage.tell(&actor, &like)).await;
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
    }
    for (number, (what, reply)) in
        [("404", Reply::status(404)), ("410", Reply::status(410))].into_iter().enumerate()
    {
        let actor = peer.actor_at(&format!("gone{number}.localhost"), "gone");
        peer.serve(&actor.id, reply);
        let like = peer.like(&actor, uri);
        tries.check(&format!("its server says {what}"), &[401], &[], stage.tell(&actor, &like)).await;
    }
    tries.done();
    // When it is back, so is its key.
    let actor = peer.actor_at("back.localhost", "back");
    let document: Value = actor.document.clone();
    peer.serve(&actor.id, Reply::status(503));
    let like = peer.like(&actor, uri);
    assert_eq!(stage.tell(&actor, &like).await.status, 503);
    peer.publish(&actor.id, &document);
    tintype_testkit::wait::until("the key to be had", tintype_testkit::wait::PATIENCE, async || {
        (stage.tell(&actor, &like).await.status == 202).then_some(())
    })
    .await;
}
