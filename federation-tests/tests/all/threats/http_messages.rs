//! Threats of the category `http-signature` (and one of `replay`), against signatures of the newer kind (RFC 9421).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tintype_testkit::peer::{Actor, AnyKey, Ed25519Key, MessageOptions, SignedRequest};

use super::stage::Stage;

const UNPROVEN: &[u16] = &[401];
/// What has to be signed of a POST.
const NEEDED: [&str; 3] = ["@method", "@target-uri", "content-digest"];

impl Stage {
    /// A request to Alice's inbox, signed by the actor's RSA key as the options say.
    fn message(&self, actor: &Actor, body: &Value, options: &MessageOptions) -> SignedRequest {
        let method = "POST".parse().unwrap();
        let body = body.to_string().into_bytes();
        self.peer.message(actor, AnyKey::Rsa(&actor.key), (method, &self.inbox()), Some(body), options)
    }

    async fn likes(&self) -> impl Fn() -> Value {
        let uri = self.alice.say("a post").await["uri"].as_str().unwrap().to_owned();
        move || self.peer.like(&self.bob, &uri)
    }
}

fn components(names: &[&'static str]) -> MessageOptions {
    MessageOptions { components: names.to_vec(), ..MessageOptions::default() }
}

fn digest_of(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, body)))
}

#[tokio::test]
async fn t006_messages_with_another_body() {
    let stage = Stage::set().await;
    let Stage { peer, bob, alice, .. } = &stage;
    let like = stage.likes().await;
    let other =
        json!({"id": format!("{}#x", bob.id), "type": "Block", "actor": bob.id, "object": alice.actor()});
    let other = other.to_string().into_bytes();
    let genuine = || stage.message(bob, &like(), &MessageOptions::default());
    let swapped = |request: SignedRequest| SignedRequest { body: other.clone(), ..request };
    let uncovered = || stage.message(bob, &like(), &components(&["@method", "@target-uri", "@authority"]));
    let mut tries = stage.variants();
    for (name, request) in [
        ("another body", swapped(genuine())),
        ("another body, no digest", swapped(genuine()).without("content-digest")),
        ("another body, its own digest", swapped(genuine()).with("content-digest", &digest_of(&other))),
        ("another body, both digests", swapped(genuine()).and("content-digest", &digest_of(&other))),
        ("another body, an old digest beside", swapped(genuine()).with("digest", &digest_of(&other))),
        ("the digest is not signed", uncovered()),
        (
            "the digest is not signed, another body",
            swapped(uncovered()).with("content-digest", &digest_of(&other)),
        ),
        ("no digest", uncovered().without("content-digest")),
        ("an empty digest", genuine().with("content-digest", "sha-256=::")),
        ("a digest of another kind", genuine().with("content-digest", "md5=:rL0Y20zC+Fzt72VPzMSk2A==:")),
        ("one byte more", {
            let mut request = genuine();
            request.body.push(b' ');
            request
        }),
    ] {
        tries.check(name, UNPROVEN, &[], peer.send_request(&request)).await;
    }
    tries.done();
    assert_eq!(peer.send_request(&genuine()).await.status, 202);
}

#[tokio::test]
async fn t007_messages_that_sign_too_little() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, .. } = &stage;
    let carol = alpha.person("carol").await;
    let like = stage.likes().await;
    let mut tries = stage.variants();
    for names in [
        &["date"][..],
        &["content-digest"],
        &["@method"],
        &["@target-uri"],
        &["@method", "@target-uri"],
        &["@method", "content-digest"],
        &["@target-uri", "content-digest"],
        &["@method", "@path", "content-digest"],
        &["@method", "@authority", "content-digest"],
        &["@authority", "date", "content-digest"],
    ] {
        let request = stage.message(bob, &like(), &components(names));
        tries.check(&names.join(" "), UNPROVEN, &[], peer.send_request(&request)).await;
    }
    let timeless = MessageOptions { created: None, ..components(&NEEDED) };
    let request = stage.message(bob, &like(), &timeless);
    tries.check("no time", UNPROVEN, &[], peer.send_request(&request)).await;
    let whole = stage.message(bob, &like(), &components(&NEEDED));
    for (name, request) in [
        ("at the shared inbox", whole.clone().to(&alpha.url("/inbox"))),
        ("at another person's inbox", whole.clone().to(&format!("{}/inbox", carol.actor()))),
        ("with a query", whole.clone().to(&format!("{}?again", stage.inbox()))),
        ("for another host", whole.clone().with("host", "victim.example")),
    ] {
        tries.check(name, UNPROVEN, &[], peer.send_request(&request)).await;
    }
    tries.done();
    assert_eq!(peer.send_request(&whole).await.status, 202, "where it was meant to be");
}

#[tokio::test]
async fn t008_messages_that_can_be_read_twice() {
    let stage = Stage::set().await;
    let Stage { peer, bob, mallory, .. } = &stage;
    let like = stage.likes().await;
    let body = like();
    let good = stage.message(bob, &body, &MessageOptions::default());
    let bad = stage.message(mallory, &body, &MessageOptions { label: "sig2", ..MessageOptions::default() });
    let (input, signature) = (good.header("signature-input"), good.header("signature"));
    let (other_input, other_signature) = (bad.header("signature-input"), bad.header("signature"));
    let with = |input: &str, signature: &str| {
        good.clone().with("signature-input", input).with("signature", signature)
    };
    let key_of = format!("keyid=\"{}\"", bob.key_id);
    let mut tries = stage.variants();
    for (name, request) in [
        ("two labels", with(&format!("{input}, {other_input}"), &format!("{signature}, {other_signature}"))),
        (
            "two labels, the right one last",
            with(&format!("{other_input}, {input}"), &format!("{other_signature}, {signature}")),
        ),
        ("two inputs", with(&format!("{input}, {other_input}"), &signature)),
        ("two signatures", with(&input, &format!("{signature}, {other_signature}"))),
        ("the same label twice", with(&format!("{input}, {input}"), &format!("{signature}, {signature}"))),
        ("two lines", good.clone().and("signature-input", &other_input).and("signature", &other_signature)),
        ("another label", with(&input.replacen("sig1", "sig9", 1), &signature)),
        (
            "two keyid",
            with(&input.replacen(&key_of, &format!("{key_of};keyid=\"{}\"", mallory.key_id), 1), &signature),
        ),
        (
            "two keyid, the right one last",
            with(&input.replacen(&key_of, &format!("keyid=\"{}\";{key_of}", mallory.key_id), 1), &signature),
        ),
        ("no keyid", with(&input.replacen(&format!(";{key_of}"), "", 1), &signature)),
        ("keyId", with(&input.replacen("keyid=", "keyId=", 1), &signature)),
        ("a component twice", with(&input.replacen("\"host\"", "\"host\" \"host\"", 1), &signature)),
        ("no components", with(&format!("sig1=();{key_of};created=1"), &signature)),
        ("a component with a parameter", with(&input.replacen("\"date\"", "\"date\";sf", 1), &signature)),
        (
            "an unknown derived component",
            with(&input.replacen("\"@authority\"", "\"@anything\"", 1), &signature),
        ),
        ("an unfinished list", with(&input.replacen(')', "", 1), &signature)),
        ("an unfinished string", with(&input.replacen("\")", ")", 1), &signature)),
        ("no colons", with(&input, &signature.replace(':', ""))),
        ("no base64", with(&input, "sig1=:%%%:")),
        ("an empty signature", with(&input, "sig1=::")),
        ("empty", with("", "")),
        ("only the input", good.clone().without("signature")),
        ("only the signature", good.clone().without("signature-input")),
        ("very long", with(&format!("{input};nonce=\"{}\"", "x".repeat(60_000)), &signature)),
    ] {
        tries.check(name, &[400, 401], &[], peer.send_request(&request)).await;
    }
    tries.done();
    assert_eq!(peer.send_request(&good).await.status, 202, "the right one");
    assert!(!stage.alpha.log().contains("panicked"), "it never panics");
}

#[tokio::test]
async fn t102_messages_under_another_algorithm() {
    let stage = Stage::set().await;
    let Stage { peer, bob, .. } = &stage;
    let like = stage.likes().await;
    let mut tries = stage.variants();
    for alg in [
        "ed25519",
        "hmac-sha256",
        "rsa-pss-sha512",
        "ecdsa-p256-sha256",
        "none",
        "",
        "RSA-V1_5-SHA256",
        "hs2019",
    ] {
        let options = MessageOptions { alg: Some(alg), ..MessageOptions::default() };
        let request = stage.message(bob, &like(), &options);
        tries
            .check(&format!("an RSA signature as {alg:?}"), UNPROVEN, &[], peer.send_request(&request))
            .await;
    }
    // Two keys of two kinds in one actor: each counts for its own kind alone.
    let edwards = Ed25519Key::generate();
    let mut both = peer.actor("both");
    let second = format!("{}#ed25519", both.id);
    both.document["assertionMethod"] = json!([{
        "id": second, "type": "Multikey", "controller": both.id, "publicKeyMultibase": edwards.public_multibase(),
    }]);
    peer.publish_actor(&both);
    let target = stage.inbox();
    let sign = |key: AnyKey<'_>, alg: Option<&'static str>, key_id: &str| {
        let options = MessageOptions { alg, key_id: Some(key_id.to_owned()), ..MessageOptions::default() };
        let mut like = like();
        like["actor"] = json!(both.id);
        like["id"] = json!(like["id"].as_str().unwrap().replacen(&bob.id, &both.id, 1));
        let body = like.to_string().into_bytes();
        peer.message(&both, key, ("POST".parse().unwrap(), &target), Some(body), &options)
    };
    let (rsa, ed) = (AnyKey::Rsa(&both.key), AnyKey::Ed25519(&edwards));
    for (name, request) in [
        ("Ed25519 under the RSA key's id", sign(ed, None, &both.key_id)),
        ("the same as ed25519", sign(ed, Some("ed25519"), &both.key_id)),
        ("the same as rsa-v1_5-sha256", sign(ed, Some("rsa-v1_5-sha256"), &both.key_id)),
        ("RSA under the Ed25519 key's id", sign(rsa, None, &second)),
        ("the same as rsa-v1_5-sha256", sign(rsa, Some("rsa-v1_5-sha256"), &second)),
        ("the same as ed25519", sign(rsa, Some("ed25519"), &second)),
        ("Ed25519 as RSA", sign(ed, Some("rsa-v1_5-sha256"), &second)),
    ] {
        tries.check(name, UNPROVEN, &[], peer.send_request(&request)).await;
    }
    tries.done();
    for (name, request) in [
        ("RSA", sign(rsa, None, &both.key_id)),
        ("RSA, by its name", sign(rsa, Some("rsa-v1_5-sha256"), &both.key_id)),
    ] {
        let answer = peer.send_request(&request).await;
        assert_eq!(answer.status, 202, "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn t040_old_messages() {
    let stage = Stage::set().await;
    let Stage { peer, bob, .. } = &stage;
    let like = stage.likes().await;
    let hour = 60 * 60;
    let at = |created: i64, further: String| {
        let options = MessageOptions { created: Some(created), further, ..components(&NEEDED) };
        stage.message(bob, &like(), &options)
    };
    let expires = |offset: i64| format!(";expires={}", stage.unix(offset));
    let mut tries = stage.variants();
    for (name, request) in [
        ("created more than 12 hours ago", at(-12 * hour - 60, String::new())),
        ("created in 1970", at(1 - stage.unix(0), String::new())),
        ("created more than an hour ahead", at(hour + 60, String::new())),
        ("expired a minute ago", at(-120, expires(-60))),
        ("expired before it was made", at(0, expires(-1))),
        ("expires is no number", at(0, ";expires=\"soon\"".to_owned())),
        ("expires twice", at(0, format!("{}{}", expires(-60), expires(60)))),
    ] {
        tries.check(name, UNPROVEN, &[], peer.send_request(&request)).await;
    }
    tries.done();
    let fresh = at(-60, expires(60));
    for _ in 0..3 {
        assert_eq!(peer.send_request(&fresh).await.status, 202);
    }
    stage.settled().await;
    assert_eq!(stage.alpha.count("favourites").await, 1);
}
