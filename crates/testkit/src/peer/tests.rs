use super::*;
use crate::client::Client;
use serde_json::json;

/// Delivers from one peer to another: what arrives, and what our own check says about its signature.
async fn verdict(options: SignOptions) -> Result<(), String> {
    let (here, there) = (Peer::start().await, Peer::start().await);
    let bob = here.actor("bob");
    let inbox = there.url("/users/alice/inbox?x=1");
    let like = here.like(&bob, "http://far.localhost/1");
    let answer = here.deliver(&bob, &inbox, &like, &options).await;
    assert_eq!(answer.status, 202);
    let arrived = there.wait_for("the like", |request| request.method == Method::POST).await;
    assert_eq!(
        (arrived.path.as_str(), arrived.host.as_str()),
        ("/users/alice/inbox?x=1", there.domain().as_str())
    );
    verify(&arrived, &bob.key.public_pem())
}

#[tokio::test]
async fn a_good_signature_verifies() {
    assert_eq!(verdict(SignOptions::default()).await, Ok(()));
}

#[tokio::test]
async fn every_knob_spoils_the_signature() {
    let default = SignOptions::default;
    let cases = [
        (SignOptions::unsigned(), "no Signature header"),
        (SignOptions { digest: Digest::Wrong, ..default() }, "digest"),
        (SignOptions { digest: Digest::Missing, ..default() }, "digest None"),
        (SignOptions { wrong_key: true, ..default() }, "the signature is not over"),
        (SignOptions::only_digest(), "(request-target) is not signed"),
        (SignOptions { date_offset: None, ..default() }, "date is not signed"),
        (SignOptions { tampered: true, ..default() }, "digest"),
        (SignOptions { target: Some("post /elsewhere".into()), ..default() }, "the signature is not over"),
    ];
    for (options, expected) in cases {
        let what = format!("{options:?}");
        let error = verdict(options).await.expect_err(&what);
        assert!(error.starts_with(expected), "{what}: {error}");
    }
}

#[tokio::test]
async fn serves_actors_on_many_hosts() {
    let peer = Peer::start().await;
    let (bob, eve) = (peer.actor("bob"), peer.actor_at("h07.localhost", "eve"));
    let client = Client::new(&peer.url(""));
    for actor in [&bob, &eve] {
        assert_eq!(client.get(&actor.id).await["publicKey"]["owner"], json!(actor.id));
        let finger = format!("http://{}/.well-known/webfinger", actor.domain);
        let resource = format!("acct:{}", actor.handle());
        let answer = client.request(Method::GET, &finger).query(&[("resource", &resource)]).send().await;
        assert_eq!(answer.ok()["links"][0]["href"], json!(actor.id));
    }
    let note = peer.note(&bob, "<p>hi</p>");
    let id = note["id"].as_str().unwrap();
    assert_eq!(peer.fetch(&bob, id, &SignOptions::default()).await.ok(), note);
    peer.withdraw(id);
    assert_eq!(peer.fetch(&bob, id, &SignOptions::default()).await.status, 404);
    assert_eq!(peer.count(|request| request.path.starts_with("/users/bob/statuses/")), 2);
}

#[tokio::test]
async fn scripts_come_before_documents() {
    let peer = Peer::start().await;
    let bob = peer.actor("bob");
    peer.script(|request| {
        (request.path == "/users/bob").then(|| Reply::status(503).header("retry-after", "7"))
    });
    let answer = peer.fetch(&bob, &bob.id, &SignOptions::default()).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("7")));
}

/// What a peer signs after RFC 9421 passes our own check, and what is changed does not.
#[tokio::test]
async fn a_good_message_verifies() {
    let (here, there) = (Peer::start().await, Peer::start().await);
    let bob = here.actor("bob");
    let options = MessageOptions { alg: Some("rsa-v1_5-sha256"), ..MessageOptions::default() };
    let signed = |body: &str| {
        let to = (Method::POST, there.url("/inbox?x=1"));
        here.message(&bob, AnyKey::Rsa(&bob.key), (to.0, &to.1), Some(body.into()), &options)
    };
    here.send_request(&signed("{}")).await;
    here.send_request(&SignedRequest { body: b"[]".to_vec(), ..signed("{}") }).await;
    here.send_request(&signed("{}").to(&there.url("/inbox"))).await;
    let verdicts: Vec<_> =
        there.received().iter().map(|r| verify_message(r, &bob.key.public_pem()).is_ok()).collect();
    assert_eq!(verdicts, [true, false, false]);
}

#[test]
fn a_good_proof_verifies() {
    let key = Ed25519Key::generate();
    let proved =
        prove(&json!({"@context": ["a"], "type": "Like"}), "http://a/key", &key, "2026-01-02T03:04:05Z");
    assert_eq!(verify_proof(&proved, &key.public_multibase()).as_deref(), Ok("http://a/key"));
    let mut changed = proved.clone();
    changed["type"] = json!("Follow");
    assert!(verify_proof(&changed, &key.public_multibase()).is_err());
    assert!(verify_proof(&proved, &Ed25519Key::generate().public_multibase()).is_err());
}
