//! Signatures of all kinds, in and out, and proofs of what we say.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::Method;
use serde_json::{Value, json};
use tintype_model::{Millis, Visibility};
use tintype_service::{edits, keys, statuses};
use tintype_store::hosts::SignatureKind;
use tintype_testkit::peer::{
    Actor, AnyKey, Ed25519Key, Key, MessageOptions, Received, Reply, SignOptions, SignedRequest, verify,
    verify_message, verify_proof,
};

use crate::given::{Here, Stage, draft, posts, told};

fn newer() -> MessageOptions {
    MessageOptions::default()
}

/// A Like of a post, signed after RFC 9421.
fn like(
    stage: &Stage,
    actor: &Actor,
    key: AnyKey<'_>,
    post: &str,
    options: &MessageOptions,
) -> SignedRequest {
    let body = stage.peer.like(actor, post).to_string().into_bytes();
    let inbox = format!("{}/inbox", stage.alice.uri);
    stage.peer.message(actor, key, (Method::POST, &inbox), Some(body), options)
}

/// Gives an actor an Ed25519 key, as FEP-521a says it.
fn with_multikey(mut actor: Actor, key: &Ed25519Key) -> (Actor, String) {
    let id = format!("{}#ed25519-key", actor.id);
    actor.document["assertionMethod"] = json!([{
        "id": id, "type": "Multikey", "controller": actor.id, "publicKeyMultibase": key.public_multibase(),
    }]);
    (actor, id)
}

#[tokio::test]
async fn the_newer_kind_is_understood() {
    let stage = Stage::set().await;
    let Stage { here, peer, alice, bob } = &stage;
    let post = here.post(alice, draft("mine", Visibility::Public)).await;
    let edwards = Ed25519Key::generate();
    let (carol, multikey) = with_multikey(peer.actor("carol"), &edwards);
    peer.publish_actor(&carol);
    // GoToSocial's kind of key, of the other algorithm.
    let mut dora = peer.actor("dora");
    dora.key_id = format!("{}/main-key", dora.id);
    dora.document["publicKey"] =
        json!({"id": dora.key_id, "owner": dora.id, "publicKeyPem": edwards.public_pem()});
    peer.publish_actor(&dora);
    let stub = json!({"id": dora.id, "type": "Person", "preferredUsername": "dora", "publicKey": dora.document["publicKey"]});
    peer.publish(&dora.key_id, &stub);
    let all: [(&Actor, AnyKey<'_>, MessageOptions); 5] = [
        (bob, AnyKey::Rsa(&bob.key), newer()),
        (&carol, AnyKey::Ed25519(&edwards), MessageOptions { key_id: Some(multikey.clone()), ..newer() }),
        (&carol, AnyKey::Rsa(&carol.key), MessageOptions { alg: Some("rsa-v1_5-sha256"), ..newer() }),
        (&dora, AnyKey::Ed25519(&edwards), MessageOptions { alg: Some("ed25519"), sha512: true, ..newer() }),
        (
            bob,
            AnyKey::Rsa(&bob.key),
            MessageOptions {
                components: vec!["content-digest", "@path", "@authority", "@method"],
                label: "x-1",
                further: ";nonce=\"n\";tag=\"t\"".to_owned(),
                ..newer()
            },
        ),
    ];
    for (actor, key, options) in &all {
        let request = like(&stage, actor, *key, &post.uri, options);
        assert_eq!(peer.send_request(&request).await.status, 202, "{} {options:?}", actor.username);
    }
    assert_eq!(here.status_of(&post.uri).await.unwrap().favourites_count, 3);
    // Both keys of one actor are known from one look at it.
    let looks = peer.count(|r| r.path == "/users/carol");
    for (key, id) in [(AnyKey::Ed25519(&edwards), &multikey), (AnyKey::Rsa(&carol.key), &carol.key_id)] {
        let options = MessageOptions { key_id: Some(id.clone()), ..newer() };
        let request = like(&stage, &carol, key, &post.uri, &options);
        assert_eq!(peer.send_request(&request).await.status, 202);
    }
    assert_eq!(peer.count(|r| r.path == "/users/carol"), looks);
    // A new key is found by its first signature.
    let fresh = Ed25519Key::generate();
    let (carol, _) = with_multikey(carol, &fresh);
    peer.publish_actor(&carol);
    let options = MessageOptions { key_id: Some(multikey), ..newer() };
    for (key, status) in [(&fresh, 202), (&edwards, 401)] {
        let request = like(&stage, &carol, AnyKey::Ed25519(key), &post.uri, &options);
        assert_eq!(peer.send_request(&request).await.status, status);
    }
    // Reading is signed in the same ways.
    for components in [vec!["@method", "@target-uri"], vec!["@method", "@authority", "@path"]] {
        let options = MessageOptions { components, ..newer() };
        let url = format!("{}/outbox?page=true", alice.uri);
        let request = peer.message(bob, AnyKey::Rsa(&bob.key), (Method::GET, &url), None, &options);
        assert_eq!(peer.send_request(&request).await.status, 200);
        let forged = Actor { key: Arc::new(Key::generate()), ..bob.clone() };
        let request = peer.message(bob, AnyKey::Rsa(&forged.key), (Method::GET, &url), None, &options);
        assert_eq!(peer.send_request(&request).await.status, 401);
    }
}

/// T001, T006, T007, T008, T040
#[tokio::test]
async fn what_the_newer_kind_does_not_show_changes_nothing() {
    let stage = Stage::set().await;
    let Stage { here, peer, alice, bob } = &stage;
    let post = here.post(alice, draft("mine", Visibility::Public)).await;
    let eve = peer.actor_with_key("evil.localhost", "eve", Arc::new(Key::generate()));
    let key = AnyKey::Rsa(&bob.key);
    let right = || like(&stage, bob, key, &post.uri, &newer());
    let with = |options: MessageOptions| like(&stage, bob, key, &post.uri, &options);
    let covered =
        |components: &[&'static str]| with(MessageOptions { components: components.to_vec(), ..newer() });
    let signature = right().header("signature");
    let input = right().header("signature-input");
    let cases = [
        ("another key", like(&stage, bob, AnyKey::Rsa(&eve.key), &post.uri, &newer())),
        ("another's key", with(MessageOptions { key_id: Some(eve.key_id.clone()), ..newer() })),
        ("another body", SignedRequest { body: b"{}".to_vec(), ..right() }),
        ("another place", right().to(&here.url("/inbox"))),
        ("no digest", right().without("content-digest")),
        ("no method", covered(&["@target-uri", "content-digest"])),
        ("no target", covered(&["@method", "@authority", "content-digest"])),
        ("no digest covered", covered(&["@method", "@target-uri"])),
        ("no time", with(MessageOptions { created: None, ..newer() })),
        ("old", with(MessageOptions { created: Some(-13 * 3600), ..newer() })),
        ("of tomorrow", with(MessageOptions { created: Some(24 * 3600), ..newer() })),
        ("expired", with(MessageOptions { further: ";expires=1".to_owned(), ..newer() })),
        ("a foreign algorithm", with(MessageOptions { alg: Some("hmac-sha256"), ..newer() })),
        ("a contradiction", with(MessageOptions { alg: Some("ed25519"), ..newer() })),
        ("two inputs", right().and("signature-input", &input)),
        ("two signatures", right().and("signature", &signature)),
        ("two labels", right().with("signature", &format!("{signature}, b=:AAAA:"))),
        ("no signature", right().without("signature")),
        ("nonsense", right().with("signature-input", "sig1=(\"@method")),
        ("the older signature under the newer's input", {
            let body = peer.like(bob, &post.uri).to_string().into_bytes();
            let inbox = format!("{}/inbox", alice.uri);
            peer.post_request(bob, &inbox, body, &SignOptions::default()).with("signature-input", &input)
        }),
    ];
    for (what, request) in cases {
        let answer = peer.send_request(&request).await;
        assert!([400, 401].contains(&answer.status), "{what}: {answer:?}");
    }
    assert_eq!(here.status_of(&post.uri).await.unwrap().favourites_count, 0);
    assert_eq!(peer.send_request(&right()).await.status, 202);
}

/// Lets only one kind of signature in: by RFC 9421 while the answer says so, else the older draft's.
fn takes(stage: &Stage, rfc9421: &Arc<AtomicBool>, refusal: u16) {
    let rfc9421 = rfc9421.clone();
    stage.peer.script(move |request| {
        let is_newer = request.headers.contains_key("signature-input");
        let signed = request.headers.contains_key("signature");
        (signed && is_newer != rfc9421.load(Ordering::SeqCst)).then(|| Reply::status(refusal))
    });
}

async fn known_kind(here: &Here, domain: &str) -> Option<SignatureKind> {
    here.ctx.store.read().await.unwrap().host(domain).await.unwrap().and_then(|host| host.signature)
}

/// It is knocked twice, once, and then never again.
#[tokio::test]
async fn each_host_gets_the_kind_that_it_takes() {
    for refusal in [400, 401, 403] {
        let stage = Stage::set().await;
        let Stage { here, peer, alice, bob } = &stage;
        here.followed_by(alice, peer, bob).await;
        assert_eq!(known_kind(here, &bob.domain).await, None, "nothing had to be learned");
        let key = alice.public_key_pem.as_deref().unwrap();
        let newer_only = Arc::new(AtomicBool::new(true));
        takes(&stage, &newer_only, refusal);
        for (rfc9421, kind) in [(true, SignatureKind::Rfc9421), (false, SignatureKind::Cavage)] {
            newer_only.store(rfc9421, Ordering::SeqCst);
            for first in [true, false] {
                let before = posts(peer).len();
                here.post(alice, draft("mine", Visibility::Public)).await;
                here.work().await;
                let sent: Vec<Received> = posts(peer).split_off(before);
                let verdict = |r: &Received| if rfc9421 { verify_message(r, key) } else { verify(r, key) };
                assert_eq!(sent.len(), if first { 2 } else { 1 }, "{refusal} {kind:?} {first}");
                assert_eq!(verdict(sent.last().unwrap()), Ok(()));
                assert_eq!(verdict(&sent[0]).is_ok(), !first);
                assert_eq!(known_kind(here, &bob.domain).await, Some(kind));
                let host = here.ctx.store.read().await.unwrap().host(&bob.domain).await.unwrap().unwrap();
                assert_eq!(host.failures, 0);
            }
        }
        assert!(here.jobs().await.is_empty());
        // Neither kind: it is not the signature, and what is known stays.
        peer.script(move |request| (request.method == "POST").then(|| Reply::status(refusal)));
        let before = posts(peer).len();
        here.post(alice, draft("mine", Visibility::Public)).await;
        here.work().await;
        let tries = posts(peer).len() - before;
        // Each time in both ways: what is malformed once, what is refused up to three times by now. Whoever could not look us
        // up is asked again for days: it waits still.
        assert!(tries.is_multiple_of(2) && tries >= 2, "{refusal}: {tries}");
        let waits = !here.jobs().await.is_empty();
        match refusal {
            400 => assert_eq!((tries, waits), (2, false)),
            403 => assert!(tries < 6 && waits || tries == 6 && !waits, "{tries} {waits}"),
            _ => assert!(waits),
        }
        assert_eq!(known_kind(here, &bob.domain).await, Some(SignatureKind::Cavage));
    }
}

/// The instance's own actor does the same when it reads.
#[tokio::test]
async fn reading_knocks_twice_too() {
    use tintype_service::Resolver as _;
    let stage = Stage::set().await;
    let Stage { here, peer, bob, .. } = &stage;
    takes(&stage, &Arc::new(AtomicBool::new(true)), 401);
    let note = peer.note(bob, "<p>one</p>");
    let url = note["id"].as_str().unwrap();
    assert!(here.federation.object(url).await.unwrap().is_some());
    assert_eq!(known_kind(here, &bob.domain).await, Some(SignatureKind::Rfc9421));
    let actor: Value = here
        .ctx
        .store
        .read()
        .await
        .unwrap()
        .account_by_uri(&here.url("/actor"))
        .await
        .unwrap()
        .map(|actor| json!(actor.public_key_pem))
        .unwrap();
    let read: Vec<Received> = peer.received().into_iter().filter(|r| url.ends_with(&r.path)).collect();
    assert_eq!(read.len(), 2);
    assert_eq!(verify_message(&read[1], actor.as_str().unwrap()), Ok(()));
    // From now on it is asked in the right way at once, its actors too.
    let refused =
        |r: &Received| r.headers.contains_key("signature") && !r.headers.contains_key("signature-input");
    assert_eq!(peer.count(refused), 1);
}

/// Several knock at once, in the wrong way, and learn of it one after the other.
#[tokio::test]
async fn what_one_learns_does_not_confuse_another() {
    use tintype_service::Resolver as _;
    let stage = Stage::set().await;
    let Stage { here, peer, bob, .. } = &stage;
    peer.script(|request| {
        let newer = request.headers.contains_key("signature-input");
        let signed = request.headers.contains_key("signature");
        let wait = Duration::from_millis(50 * (request.index as u64 % 4));
        (signed && !newer).then(|| Reply::status(401).after(wait))
    });
    let urls: Vec<String> = (0..4)
        .map(|number| peer.note(bob, &format!("<p>{number}</p>"))["id"].as_str().unwrap().to_owned())
        .collect();
    let found = futures::future::join_all(urls.iter().map(|url| here.federation.object(url))).await;
    assert!(found.iter().all(|found| matches!(found, Ok(Some(_)))), "all are let in at the second knock");
    assert_eq!(known_kind(here, &bob.domain).await, Some(SignatureKind::Rfc9421));
}

/// What is said to everyone proves itself; what is said to some does not.
#[tokio::test]
async fn what_is_public_carries_a_proof() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.followed_by(&alice, &peer, &bob).await;
    for visibility in [Visibility::Public, Visibility::Unlisted, Visibility::Private] {
        here.post(&alice, draft("mine", visibility)).await;
    }
    here.work().await;
    // Unsigned, as any server may ask for it.
    let actor = peer.fetch(&bob, &alice.uri, &SignOptions::unsigned()).await.ok();
    let whole = peer.fetch(&bob, &alice.uri, &SignOptions::default()).await.ok();
    assert_eq!(actor["assertionMethod"], whole["assertionMethod"]);
    let method = &actor["assertionMethod"][0];
    assert_eq!((&method["type"], &method["controller"]), (&json!("Multikey"), &json!(alice.uri)));
    let multibase = method["publicKeyMultibase"].as_str().unwrap();
    let sent = told(&peer, "Create");
    let verdicts: Vec<_> = sent.iter().map(|r| verify_proof(&r.json(), multibase)).collect();
    let proved = Ok(method["id"].as_str().unwrap().to_owned());
    let private = Err("no proof".to_owned());
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == proved).count(), 2, "{verdicts:?}");
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == private).count(), 1);
    let instance = peer.fetch(&bob, &here.url("/actor"), &SignOptions::unsigned()).await.ok();
    assert_ne!(instance["assertionMethod"][0]["publicKeyMultibase"], method["publicKeyMultibase"]);
    // Another first key, another one for proofs, and the Update that tells of it is proved with that.
    keys::rotate(&here.ctx, alice.id).await.unwrap();
    here.work().await;
    let update = told(&peer, "Update").remove(0).json();
    let now = update["object"]["assertionMethod"][0]["publicKeyMultibase"].as_str().unwrap();
    assert_ne!(now, multibase);
    assert_eq!(verify_proof(&update, now), Ok(method["id"].as_str().unwrap().to_owned()));
}

/// Create, then Update, then Delete, whatever fails on the way.
#[tokio::test]
async fn one_thing_after_another() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.followed_by(&alice, &peer, &bob).await;
    let down = Arc::new(AtomicBool::new(true));
    let is_down = down.clone();
    peer.script(move |request| {
        let fails = is_down.load(Ordering::SeqCst) && request.method == "POST";
        fails.then(|| Reply::status(503))
    });
    let post = here.post(&alice, draft("one", Visibility::Public)).await;
    here.work().await;
    let change = edits::Change { text: "two".to_owned(), ..edits::Change::default() };
    edits::edit(&here.ctx, &here.federation, alice.id, post.id, change).await.unwrap();
    here.work().await;
    statuses::delete(&here.ctx, alice.id, post.id).await.unwrap();
    here.work().await;
    assert!(posts(&peer).iter().filter(|r| r.is("Update") || r.is("Delete")).count() == 0, "held back");
    down.store(false, Ordering::SeqCst);
    let before = posts(&peer).len();
    let mut tx = here.ctx.store.begin().await.unwrap();
    tx.host_woken(&bob.domain, here.ctx.now()).await.unwrap();
    tx.commit().await.unwrap();
    here.work().await;
    let kinds: Vec<String> = posts(&peer)[before..].iter().map(Received::kind).collect();
    assert_eq!(kinds, ["Create", "Update", "Delete"]);
    let host = here.ctx.store.read().await.unwrap().host(&bob.domain).await.unwrap().unwrap();
    assert_eq!((host.failures, host.retry_at), (0, Millis(0)));
}
