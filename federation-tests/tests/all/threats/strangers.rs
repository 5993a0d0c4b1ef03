//! Threats of the category `dos`: strangers who cost us work, by their keys and by their farewells.

use super::stage::{Stage, TAKEN, fault};
use super::strain::{SOON, asked, is_served};
use crate::scenarios::{ask, eventually, id};
use serde_json::{Value, json};
use tintype_testkit::{
    Database,
    peer::{Actor, Reply, SignOptions},
};

/// DER: a tag, its length, its contents (X.690 §8.1).
fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let mut out = vec![tag];
    if length < 128 {
        out.push(u8::try_from(length).unwrap());
    } else {
        let bytes = length.to_be_bytes();
        let bytes = &bytes[bytes.iter().position(|byte| *byte != 0).unwrap()..];
        out.push(0x80 | u8::try_from(bytes.len()).unwrap());
        out.extend(bytes);
    }
    out.extend(contents);
    out
}

/// An RSA key of any size in PEM: SubjectPublicKeyInfo of RFC 3279 §2.3.1.
fn rsa_pem(modulus_bytes: usize, exponent: &[u8]) -> String {
    let modulus = [&[0, 0xC0][..], &vec![0xA5; modulus_bytes - 2], &[0x01]].concat();
    let key = der(0x30, &[der(2, &modulus), der(2, exponent)].concat());
    let algorithm =
        der(0x30, &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00]);
    let whole = der(0x30, &[algorithm, der(3, &[&[0][..], &key].concat())].concat());
    pem::encode(&pem::Pem::new("PUBLIC KEY", whole))
}

#[tokio::test]
async fn t068_costly_keys_are_not_tried() {
    // What one source may bring is another question (T039).
    let stage = Stage::with(Database::Sqlite, |builder| {
        builder.config("federation.limits.unknown_keys_per_minute", "100000")
    })
    .await;
    let mut variants = stage.variants();
    let exponent = [1, 0, 1];
    let huge = [&[0x7F][..], &[0xFF; 512], &[1]].concat();
    let good = stage.bob.key.public_pem();
    let keys = vec![
        ("RSA of 65,536 bits", rsa_pem(8_192, &exponent)),
        ("RSA of 16,384 bits", rsa_pem(2_048, &exponent)),
        ("RSA of 1,024 bits", rsa_pem(128, &exponent)),
        ("RSA of 512 bits", rsa_pem(64, &exponent)),
        ("an exponent of 4,096 bits", rsa_pem(256, &huge)),
        ("an exponent of 1", rsa_pem(256, &[1])),
        ("an exponent of 0", rsa_pem(256, &[0])),
        ("half a PEM", good[..good.len() / 2].to_owned()),
        ("no PEM", "not a key".to_owned()),
        ("an empty PEM", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n".to_owned()),
        ("a private key's armour", good.replace("PUBLIC", "PRIVATE")),
        ("a certificate's armour", good.replace("PUBLIC KEY", "CERTIFICATE")),
        ("a PEM of 500 kB", good.replace("-----END", &format!("{}\n-----END", "QUFB".repeat(120_000)))),
        ("nothing", String::new()),
        (
            "broken DER",
            pem::encode(&pem::Pem::new("PUBLIC KEY", vec![0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0])),
        ),
    ];
    for (number, (name, pem)) in keys.into_iter().enumerate() {
        let mut actor = stage.peer.actor_at(&format!("k{number}.localhost"), "keyed");
        actor.document["publicKey"]["publicKeyPem"] = json!(pem);
        stage.peer.publish_actor(&actor);
        let activity = stage.peer.follow(&actor, &stage.alice.actor());
        let send =
            async { tokio::time::timeout(SOON, stage.tell(&actor, &activity)).await.expect("in time") };
        variants.check(name, &[401], &["hosts"], send).await;
    }
    // Hundreds at once by keys that nobody has: each is asked for once, and what failed is remembered.
    let before = asked(&stage, |_| true);
    for (name, reply) in [
        ("missing", Reply::status(404)),
        ("gone", Reply::status(410)),
        ("broken", Reply::status(500)),
        ("no actor", Reply::json(200, "application/activity+json", &json!({"id": "x"}))),
    ] {
        let mut stranger = stage.bob.clone();
        stranger.id = stage.peer.url(&format!("/strangers/{}", name.replace(' ', "_")));
        stranger.key_id = format!("{}#main-key", stranger.id);
        stage.peer.serve(&stranger.id, reply);
        let path = stranger.id.clone();
        let start = asked(&stage, |_| true);
        let flood = futures::future::join_all((0..60).map(|_| {
            let like = stage.peer.like(&stranger, &stage.alice.actor());
            let (stage, stranger) = (&stage, &stranger);
            async move { stage.tell(stranger, &like).await.status }
        }))
        .await;
        let fetches = asked(&stage, |_| true) - start;
        let mut faults =
            fault(flood.iter().any(|status| ![401, 403, 503].contains(status)), || format!("{flood:?}"));
        faults.extend(fault(fetches > 6, || format!("{fetches} requests for {path}")));
        variants.judge(name, &faults);
    }
    let mut fresh = stage.bob.clone();
    let flood = (0..100).map(|number| {
        fresh.id = stage.peer.url(&format!("/users/new{number}"));
        fresh.key_id = format!("{}#main-key", fresh.id);
        let (actor, like) = (fresh.clone(), stage.peer.like(&fresh, &stage.alice.actor()));
        let stage = &stage;
        async move { stage.tell(&actor, &like).await.status }
    });
    let flood: Vec<_> = flood.collect();
    let (statuses, ()) = futures::join!(futures::future::join_all(flood), is_served(&stage.alpha));
    variants.judge(
        "a hundred strangers",
        &fault(statuses.iter().any(|status| ![401, 403, 503].contains(status)), || format!("{statuses:?}")),
    );
    println!("{} requests for keys", asked(&stage, |_| true) - before);
    variants.done();
    stage.is_alive().await;
}

#[tokio::test]
async fn t104_farewells_of_strangers_cost_nothing() {
    let stage = Stage::set().await;
    let before = (asked(&stage, |_| true), stage.rows(&[]).await);
    let mut strangers = Vec::new();
    for number in 0..300 {
        let mut stranger = stage.bob.clone();
        stranger.id = format!("http://d{}.localhost:{}/users/gone{number}", number % 30, stage.peer.port());
        stranger.key_id = format!("{}#main-key", stranger.id);
        stage.peer.serve(&stranger.id, Reply::status(410));
        strangers.push(stranger);
    }
    let farewell = |actor: &Actor, object: Value| json!({"@context": "https://www.w3.org/ns/activitystreams", "id": format!("{}#delete", actor.id), "type": "Delete", "actor": actor.id, "to": ["https://www.w3.org/ns/activitystreams#Public"], "object": object});
    let inbox = stage.alpha.url("/inbox");
    let options = SignOptions::default();
    let sent = strangers.iter().enumerate().map(|(number, stranger)| {
        let object =
            if number % 2 == 0 { json!(stranger.id) } else { json!({"id": stranger.id, "type": "Person"}) };
        let activity = farewell(stranger, object);
        let (stage, inbox, options) = (&stage, &inbox, &options);
        async move { stage.peer.deliver(stranger, inbox, &activity, options).await.status }
    });
    let statuses = futures::future::join_all(sent).await;
    assert!(statuses.iter().all(|status| *status == 202), "{statuses:?}");
    stage.settled().await;
    assert_eq!(asked(&stage, |_| true), before.0, "nobody is asked about any of them");
    assert_eq!(tintype_testkit::rows::differences(&before.1, &stage.rows(&[]).await), Vec::<String>::new());

    // Of somebody known, whom somebody else buries: nothing without their own server's word.
    let mut variants = stage.variants();
    let forged = farewell(&stage.mallory, json!(stage.bob.id));
    let refused: &[u16] = &[202, 401, 403];
    variants.check("another buries Bob", refused, TAKEN, stage.tell(&stage.mallory, &forged)).await;
    let forged = farewell(&stage.bob, json!(stage.bob.id));
    variants
        .check(
            "another, in Bob's name",
            &[401, 403],
            &["hosts"],
            stage.tell_as(&stage.mallory, &forged, &options),
        )
        .await;
    let wrong = SignOptions { wrong_key: true, ..SignOptions::default() };
    variants
        .check(
            "Bob, by a key that isn't his",
            &[401, 403, 503],
            &["hosts"],
            stage.tell_as(&stage.bob, &forged, &wrong),
        )
        .await;
    variants
        .check("Bob, unsigned", &[401], &[], stage.tell_as(&stage.bob, &forged, &SignOptions::unsigned()))
        .await;
    let there = stage.alice.find_account(&stage.bob.handle()).await;
    variants.judge(
        "Bob is there",
        &fault(stage.alice.relationship(id(&there)).await["following"] != true, || "gone".into()),
    );
    variants.done();
    // His own, whose server says that he is gone, is believed.
    stage.peer.serve(&stage.bob.id, Reply::status(410));
    let answer = stage.tell(&stage.bob, &forged).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    eventually("Bob is gone", async || {
        [404, 410].contains(&ask(&stage.alice, &format!("/api/v1/accounts/{}", id(&there))).await.status)
    })
    .await;
}
