//! Threats of the category `http-signature`.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding};
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tintype_testkit::peer::{Actor, Digest, Key, SignOptions, SignedRequest};

use super::signer::{ALL, header, signed, signing_string, unsigned};
use super::stage::Stage;

const UNPROVEN: &[u16] = &[401];

fn digest_of(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(digest::digest(&digest::SHA256, body)))
}

#[tokio::test]
async fn t001_a_key_names_its_owner_itself() {
    let stage = Stage::set().await;
    let Stage { peer, bob, mallory, .. } = &stage;
    // Bob is known here, Carol is not; both live on one server, which keeps files for its people.
    let carol = peer.actor("carol");
    let foreign = |path: &str| format!("http://{}{path}", mallory.domain);
    let uploaded = |path: &str| peer.url(path);
    let mut tries = stage.variants();
    for victim in [bob, &carol] {
        let document = |id: &str, name: &str| {
            json!({
                "@context": "https://w3id.org/security/v1",
                "id": id,
                "type": "CryptographicKey",
                name: victim.id,
                "publicKeyPem": mallory.key.public_pem(),
            })
        };
        let nested = |id: &str| {
            json!({
                "@context": "https://w3id.org/security/v1",
                "id": id.split('#').next(),
                "publicKey": {"id": id, "owner": victim.id, "publicKeyPem": mallory.key.public_pem()},
            })
        };
        let name = &victim.username;
        let cases = [
            ("a key on another server", foreign(&format!("/key-{name}-1")), 0),
            ("a key on another server, with a controller", foreign(&format!("/key-{name}-2")), 1),
            ("a key within a document on another server", foreign(&format!("/key-{name}-3#main-key")), 2),
            ("an uploaded key on the victim's server", uploaded(&format!("/key-{name}-4")), 0),
            ("the same with a controller", uploaded(&format!("/key-{name}-5")), 1),
            ("the same within a document", uploaded(&format!("/key-{name}-6#main-key")), 2),
            ("a document that says it is the victim", uploaded(&format!("/key-{name}-7#main-key")), 3),
        ];
        for (what, key_id, form) in cases {
            let served = match form {
                0 => document(&key_id, "owner"),
                1 => document(&key_id, "controller"),
                2 => nested(&key_id),
                _ => {
                    let mut actor = victim.document.clone();
                    actor["publicKey"] =
                        json!({"id": key_id, "owner": victim.id, "publicKeyPem": mallory.key.public_pem()});
                    actor
                }
            };
            peer.publish(&key_id, &served);
            let thief = Actor { key: Arc::clone(&mallory.key), key_id, ..victim.clone() };
            let note = peer.note(&thief, "<p>not me</p>");
            let create = peer.create(&thief, &note);
            tries.check(&format!("{name}: {what}"), UNPROVEN, &[], stage.tell(&thief, &create)).await;
        }
    }
    // Mallory's own document says that the key is Bob's.
    let mut lying = peer.actor_with_key("third.localhost", "lying", Arc::new(Key::generate()));
    lying.document["publicKey"]["owner"] = json!(bob.id);
    peer.publish_actor(&lying);
    let follow = peer.follow(bob, &stage.alice.actor());
    tries.check("an actor whose key is Bob's", UNPROVEN, &[], stage.tell(&lying, &follow)).await;
    let own = peer.follow(&lying, &stage.alice.actor());
    tries.check("the same, for itself", UNPROVEN, &[], stage.tell(&lying, &own)).await;
    tries.done();
    stage.is_alive().await;
}

#[tokio::test]
async fn t002_the_signer_is_not_the_actor() {
    let stage = Stage::set().await;
    let Stage { peer, bob, trudy, mallory, alice, .. } = &stage;
    let stranger = peer.actor_with_key("stranger.localhost", "stranger", Arc::new(Key::generate()));
    let neighbour = peer.actor_with_key("remote.localhost", "neighbour", Arc::new(Key::generate()));
    let note = peer.note(bob, "<p>not mine</p>");
    let unknown = "http://elsewhere.localhost/never";
    let unknown = unknown.replace("elsewhere.localhost", &mallory.domain);
    let activities = [
        ("Create", peer.create(bob, &note)),
        ("Create of a bare id", peer.activity(bob, "Create", &json!(unknown))),
        ("Follow", peer.follow(bob, &alice.actor())),
        ("Announce", peer.announce(bob, &unknown)),
        ("Update of the actor", peer.activity(bob, "Update", &bob.document)),
        ("Delete of the actor", peer.activity(bob, "Delete", &json!(bob.id))),
        ("Block", peer.activity(bob, "Block", &json!(alice.actor()))),
        ("Move", {
            let mut leave = peer.activity(bob, "Move", &json!(bob.id));
            leave["target"] = json!(mallory.id);
            leave
        }),
    ];
    let before = peer.received().len();
    let mut tries = stage.variants();
    for signer in [trudy, mallory, &stranger, &neighbour] {
        for (kind, activity) in &activities {
            let name = format!("{kind}, signed by {}", signer.username);
            // Whoever was a stranger has shown who they are, and so is known from now on.
            let is_new = ["neighbour", "stranger"].contains(&signer.username.as_str());
            let touches: &[&str] = if is_new { &["accounts", "hosts"] } else { &[] };
            tries.check(&name, &[401, 403], touches, stage.tell(signer, activity)).await;
        }
    }
    tries.done();
    // The one thing that may be asked for is who has signed.
    let asked: Vec<String> = peer.received().split_off(before).iter().map(|one| one.path.clone()).collect();
    let signers = |path: &String| path.contains("neighbour") || path.contains("stranger");
    assert!(asked.iter().all(signers), "{asked:?}");
    assert!(alice.notifications().await.iter().all(|told| told["type"] == "follow"), "nobody was told of it");
    stage.is_alive().await;
}

#[tokio::test]
async fn t006_a_body_without_its_digest() {
    let stage = Stage::set().await;
    let Stage { peer, bob, alice, .. } = &stage;
    let post = alice.say("a post").await;
    let like = || peer.like(bob, post["uri"].as_str().unwrap());
    let other =
        || json!({"id": format!("{}#x", bob.id), "type": "Block", "actor": bob.id, "object": alice.actor()});
    let genuine = |body: &Value| signed(unsigned(&stage, bob, body), bob, &ALL, &[]);
    let swapped =
        |request: SignedRequest| SignedRequest { body: other().to_string().into_bytes(), ..request };
    let right = |body: &Value| digest_of(body.to_string().as_bytes());
    let without = ["(request-target)", "host", "date"];

    let mut tries = stage.variants();
    let cases = [
        ("another body", swapped(genuine(&like()))),
        ("another body, no digest", swapped(genuine(&like())).without("digest")),
        ("another body, its own digest", swapped(genuine(&like())).with("digest", &right(&other()))),
        ("another body, both digests", swapped(genuine(&like())).and("digest", &right(&other()))),
        ("the digest is not signed", signed(unsigned(&stage, bob, &like()), bob, &without, &[])),
        (
            "the digest is not signed, another body",
            swapped(signed(unsigned(&stage, bob, &like()), bob, &without, &[]))
                .with("digest", &right(&other())),
        ),
        ("no digest at all", signed(unsigned(&stage, bob, &like()).without("digest"), bob, &without, &[])),
        (
            "a digest that is empty",
            signed(unsigned(&stage, bob, &like()).with("digest", "SHA-256="), bob, &ALL, &[]),
        ),
        (
            "a digest of another kind",
            signed(
                unsigned(&stage, bob, &like()).with("digest", "MD5=rL0Y20zC+Fzt72VPzMSk2A=="),
                bob,
                &ALL,
                &[],
            ),
        ),
        (
            "a digest without a name",
            signed(unsigned(&stage, bob, &like()).with("digest", &right(&like())[8..]), bob, &ALL, &[]),
        ),
    ];
    for (name, request) in cases {
        tries.check(name, UNPROVEN, &[], peer.send_request(&request)).await;
    }
    for (name, options) in [
        ("a wrong digest, signed", SignOptions { digest: Digest::Wrong, ..SignOptions::default() }),
        ("no digest, the rest signed", SignOptions { digest: Digest::Missing, ..SignOptions::default() }),
        ("one byte more", SignOptions { tampered: true, ..SignOptions::default() }),
    ] {
        tries.check(name, UNPROVEN, &[], stage.tell_as(bob, &like(), &options)).await;
    }
    tries.done();

    // The name of the algorithm is compared without regard to case (RFC 3230 §4.1.1).
    for name in ["sha-256", "Sha-256", "SHA-256"] {
        let like = like();
        let digest = right(&like).replacen("SHA-256", name, 1);
        let request = signed(unsigned(&stage, bob, &like).with("digest", &digest), bob, &ALL, &[]);
        let answer = peer.send_request(&request).await;
        assert_eq!(answer.status, 202, "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn t007_too_little_is_signed() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, alice, .. } = &stage;
    let carol = alpha.person("carol").await;
    let like = peer.like(bob, alice.say("a post").await["uri"].as_str().unwrap());
    let mut tries = stage.variants();
    for covered in [
        &["date"][..],
        &["host"],
        &["digest"],
        &["(request-target)"],
        &["host", "date"],
        &["host", "date", "digest"],
        &["(request-target)", "date", "digest"],
        &["(request-target)", "host", "digest"],
        &["(request-target)", "host", "date"],
        &["content-type", "date", "digest"],
        &["(created)", "host", "digest"],
    ] {
        let request = signed(unsigned(&stage, bob, &like), bob, covered, &[]);
        tries.check(&covered.join(" "), UNPROVEN, &[], peer.send_request(&request)).await;
    }
    // What is covered protects: the whole signature, played elsewhere.
    let whole = signed(unsigned(&stage, bob, &like), bob, &ALL, &[]);
    let shared = alpha.url("/inbox");
    let carols = format!("{}/inbox", carol.actor());
    let query = format!("{}?again", stage.inbox());
    let cases = [
        ("at the shared inbox", whole.clone().to(&shared), UNPROVEN),
        ("at another person's inbox", whole.clone().to(&carols), UNPROVEN),
        ("with a query", whole.clone().to(&query), UNPROVEN),
        ("for another host", whole.clone().with("host", "victim.example"), UNPROVEN),
        ("with another date", whole.clone().with("date", &stage.now(-5)), UNPROVEN),
        (
            "for another host, which is signed",
            signed(unsigned(&stage, bob, &like).with("host", "victim.example"), bob, &ALL, &[]),
            UNPROVEN,
        ),
        ("as a PUT", SignedRequest { method: "PUT".parse().unwrap(), ..whole.clone() }, &[401, 404, 405]),
        ("as a GET", SignedRequest { method: "GET".parse().unwrap(), ..whole.clone() }, &[401, 404, 405]),
    ];
    for (name, request, allowed) in cases {
        tries.check(name, allowed, &[], peer.send_request(&request)).await;
    }
    tries.done();
    assert_eq!(peer.send_request(&whole).await.status, 202, "where it was meant to be");
}

#[tokio::test]
async fn t008_signatures_that_can_be_read_twice() {
    let stage = Stage::set().await;
    let Stage { peer, bob, mallory, alice, .. } = &stage;
    let like = peer.like(bob, alice.say("a post").await["uri"].as_str().unwrap());
    // One and the same request, whatever the clock says.
    let request = unsigned(&stage, bob, &like);
    let request = || request.clone();
    let good = signed(request(), bob, &ALL, &[]).header("signature");
    let bad = signed(request(), mallory, &ALL, &[]).header("signature");
    let parameter = |header: &str, name: &str| {
        let start = header.find(&format!("{name}=\"")).unwrap();
        let length = header[start + name.len() + 2..].find('"').unwrap() + name.len() + 3;
        header[start..start + length].to_owned()
    };
    let (key, names, signature) =
        (parameter(&good, "keyId"), parameter(&good, "headers"), parameter(&good, "signature"));
    let bare = |of: &str| of.replacen("keyId", "keyid", 1).replacen("headers", "Headers", 1);
    let headers = [
        ("empty", String::new()),
        ("a word", "signature".to_owned()),
        ("no quotes", good.replace('"', "")),
        ("an unfinished quote", good[..good.len() - 1].to_owned()),
        ("an unfinished quote in the middle", good.replacen("\",", ",", 1)),
        ("a quote too many", format!("{good}\"")),
        ("two keyId", format!("{good},{}", parameter(&bad, "keyId"))),
        ("two keyId, the right one last", format!("{},{good}", parameter(&bad, "keyId"))),
        ("the same keyId twice", format!("{key},{good}")),
        ("two headers", format!("{good},headers=\"date\"")),
        ("two headers, the right one last", format!("headers=\"date\",{good}")),
        ("two signature", format!("{good},{}", parameter(&bad, "signature"))),
        ("two signature, the right one last", format!("{},{good}", parameter(&bad, "signature"))),
        ("two algorithm", format!("{good},algorithm=\"hs2019\",algorithm=\"rsa-sha256\"")),
        ("other case", bare(&good)),
        ("another case besides", format!("{good},KeyId=\"{}\"", mallory.key_id)),
        ("an unknown parameter", format!("{good},opaque=\"x\"")),
        ("no headers", format!("{key},{signature}")),
        ("empty headers", format!("{key},headers=\"\",{signature}")),
        ("headers of spaces", format!("{key},headers=\"   \",{signature}")),
        ("a header twice", format!("{key},{},{signature}", names.replacen("host", "host host", 1))),
        ("no keyId", format!("{names},{signature}")),
        ("an empty keyId", format!("keyId=\"\",{names},{signature}")),
        ("a keyId that is no URL", format!("keyId=\"bob\",{names},{signature}")),
        ("a keyId of another scheme", format!("keyId=\"acct:{}\",{names},{signature}", bob.handle())),
        ("no signature", format!("{key},{names}")),
        ("an empty signature", format!("{key},{names},signature=\"\"")),
        ("a signature that is not base64", format!("{key},{names},signature=\"%%%\"")),
        ("no comma", good.replacen("\",", "\" ", 1)),
        ("a comma at the end", format!("{good},")),
        ("an escape", good.replacen("main-key", "main\\-key", 1)),
        ("a scheme in front", format!("Signature {good}")),
        ("very long", format!("{good},{}", "x".repeat(60_000))),
    ];
    let mut tries = stage.variants();
    for (name, header) in headers {
        let request = request().with("signature", &header);
        tries.check(name, &[400, 401], &[], peer.send_request(&request)).await;
    }
    let twice = |first: &str, second: &str| request().with("signature", first).and("signature", second);
    for (name, request) in [
        ("two headers, the right one first", twice(&good, &bad)),
        ("two headers, the right one last", twice(&bad, &good)),
        ("the same header twice", twice(&good, &good)),
        ("two hosts", request().with("signature", &good).and("date", &stage.now(0))),
        ("in Authorization only", request().with("authorization", &format!("Signature {good}"))),
    ] {
        tries.check(name, &[400, 401], &[], peer.send_request(&request)).await;
    }
    tries.done();
    assert_eq!(peer.send_request(&request().with("signature", &good)).await.status, 202, "the right one");
    assert!(!stage.alpha.log().contains("panicked"), "it never panics");
}

/// An RSA key that signs in every way there is, and the actor that publishes it.
fn many_ways(stage: &Stage) -> (Actor, KeyPair) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let pem = pem::encode(&pem::Pem::new("PUBLIC KEY", der.as_ref().to_vec()));
    let mut actor = stage.peer.actor("many");
    actor.document["publicKey"]["publicKeyPem"] = json!(pem);
    stage.peer.publish_actor(&actor);
    (actor, pair)
}

fn rsa(pair: &KeyPair, encoding: &'static dyn RsaEncoding, message: &str) -> String {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    STANDARD.encode(signature)
}

#[tokio::test]
async fn t102_algorithms_are_not_mixed_up() {
    let stage = Stage::set().await;
    let Stage { peer, alice, .. } = &stage;
    let (many, pair) = many_ways(&stage);
    let uri = alice.say("a post").await["uri"].as_str().unwrap().to_owned();
    let pkcs1 = |text: &str| rsa(&pair, &aws_lc_rs::signature::RSA_PKCS1_SHA256, text);
    let sent = |label: &str, sign: &dyn Fn(&str) -> String| {
        let request = unsigned(&stage, &many, &peer.like(&many, &uri));
        let extra: &[(&str, &str)] = if label.is_empty() { &[] } else { &[("algorithm", label)] };
        let signature = sign(&signing_string(&request, &ALL, extra));
        request.with("signature", &header(&many.key_id, &ALL, extra, &signature))
    };
    let pem = many.document["publicKey"]["publicKeyPem"].as_str().unwrap().to_owned();
    let mac = |text: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, pem.as_bytes());
        STANDARD.encode(hmac::sign(&key, text.as_bytes()))
    };
    let pss = |text: &str| rsa(&pair, &RSA_PSS_SHA256, text);
    let nothing = |_: &str| String::new();

    let mut tries = stage.variants();
    for label in ["hmac-sha256", "HMAC-SHA256", "rsa-sha256", "hs2019", ""] {
        let name = format!("a MAC by the public key as {label:?}");
        tries.check(&name, UNPROVEN, &[], peer.send_request(&sent(label, &mac))).await;
    }
    for label in ["rsa-sha256", "rsassa-pss-sha256", "rsa-pss-sha256", ""] {
        let name = format!("PSS as {label:?}");
        tries.check(&name, UNPROVEN, &[], peer.send_request(&sent(label, &pss))).await;
    }
    for label in ["none", "NONE", "rsa-sha256"] {
        let name = format!("no signature as {label:?}");
        tries.check(&name, UNPROVEN, &[], peer.send_request(&sent(label, &nothing))).await;
    }
    for label in ["hmac-sha256", "none", "ed25519", "ecdsa-sha256", "rsa-sha1", "x"] {
        let name = format!("a right signature as {label:?}");
        tries.check(&name, UNPROVEN, &[], peer.send_request(&sent(label, &pkcs1))).await;
    }
    // A key of another kind, under the name of RSA.
    let edwards = Ed25519KeyPair::generate().unwrap();
    let der: PublicKeyX509Der<'_> = edwards.public_key().as_der().unwrap();
    let mut other = peer.actor("edwards");
    other.document["publicKey"]["publicKeyPem"] =
        json!(pem::encode(&pem::Pem::new("PUBLIC KEY", der.as_ref().to_vec())));
    peer.publish_actor(&other);
    for label in ["rsa-sha256", "rsa-sha512"] {
        let request = unsigned(&stage, &other, &peer.like(&other, &uri));
        let extra = [("algorithm", label)];
        let signature = STANDARD.encode(edwards.sign(signing_string(&request, &ALL, &extra).as_bytes()));
        let request = request.with("signature", &header(&other.key_id, &ALL, &extra, &signature));
        let name = format!("Ed25519 as {label:?}");
        tries.check(&name, UNPROVEN, &[], peer.send_request(&request)).await;
    }
    tries.done();
    let sha512 = |text: &str| rsa(&pair, &RSA_PKCS1_SHA512, text);
    let answer = peer.send_request(&sent("rsa-sha256", &sha512)).await;
    assert_eq!(answer.status, 401, "SHA-512 under the name of SHA-256: {answer:?}");
    for label in ["rsa-sha256", "hs2019", ""] {
        let answer = peer.send_request(&sent(label, &pkcs1)).await;
        assert_eq!(answer.status, 202, "{label:?}: {answer:?}");
    }
}
