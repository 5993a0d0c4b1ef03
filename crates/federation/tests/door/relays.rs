//! Relays of both styles: asked, believed, told and left.

use serde_json::{Value, json};
use tintype_federation::relays::add;
use tintype_model::{Page, Visibility};
use tintype_service::{
    domains::{self, DomainOptions},
    relays,
};
use tintype_store::{relays::RelayState, timelines::PublicFilter};
use tintype_testkit::{
    Peer,
    peer::{Actor, Received, SignOptions, verify},
};

use crate::given::{Here, Stage, draft, told, with};

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

fn relay_at(peer: &Peer, host: &str) -> Actor {
    let mut relay = peer.actor_at(host, "relay");
    relay.document["type"] = json!("Application");
    peer.publish_actor(&relay);
    relay
}

async fn tell(here: &Here, peer: &Peer, actor: &Actor, activity: &Value) -> u16 {
    peer.deliver(actor, &here.url("/inbox"), activity, &SignOptions::default()).await.status
}

async fn state(here: &Here) -> RelayState {
    relays::list(&here.ctx).await.unwrap()[0].state
}

/// What was posted to one host.
fn at(peer: &Peer, actor: &Actor, kind: &str) -> Vec<Received> {
    told(peer, kind).into_iter().filter(|r| r.host == actor.domain).collect()
}

/// What a relay brings is fetched from its own server, is in the public timeline and in nobody's home.
async fn brings(here: &Here, peer: &Peer, relay: &Actor) {
    let alice = here.account_of(&here.url("/users/alice")).await.unwrap();
    let dora = peer.actor_at("other.localhost", "dora");
    let note = peer.note(&dora, "<p>from afar</p>");
    let uri = note["id"].as_str().unwrap();
    assert_eq!(tell(here, peer, relay, &peer.announce(relay, uri)).await, 202);
    here.work().await;
    let stored = here.status_of(uri).await.expect("it is stored");
    assert_eq!(stored.reblogs_count, 0, "nobody boosted it");
    let mut reader = here.ctx.store.read().await.unwrap();
    let public =
        reader.public_timeline(Some(alice.id), PublicFilter::default(), &Page::newest(10)).await.unwrap();
    assert!(public.iter().any(|s| s.id == stored.id));
    let home = reader.home(alice.id, &Page::newest(10)).await.unwrap();
    assert!(!home.iter().any(|s| s.id == stored.id));
    drop(reader);
    // Again, and what isn't for everyone, and what isn't there.
    let secret =
        with(with(peer.note(&dora, "<p>secret</p>"), "to", json!([dora.followers])), "cc", json!([]));
    peer.publish(secret["id"].as_str().unwrap(), &secret);
    let asked = peer.count(|r| r.host == dora.domain);
    for object in
        [uri, secret["id"].as_str().unwrap(), &format!("{}/statuses/none", dora.id), &dora.id, &relay.id]
    {
        assert_eq!(tell(here, peer, relay, &peer.announce(relay, object)).await, 202);
        here.work().await;
    }
    assert!(here.status_of(secret["id"].as_str().unwrap()).await.is_none());
    assert!(peer.count(|r| r.host == dora.domain) - asked <= 4, "nothing known is asked for again");
}

#[tokio::test]
async fn a_relay_of_the_mastodon_style() {
    let Stage { here, peer, alice, .. } = Stage::set().await;
    let relay = relay_at(&peer, "relay.localhost");
    let inbox = relay.shared_inbox();
    assert_eq!(add(&here.federation, &inbox).await.unwrap().state, RelayState::Pending);
    assert!(add(&here.federation, &inbox).await.is_err(), "once");
    here.post(&alice, draft("too early", Visibility::Public)).await;
    here.work().await;
    let follow = at(&peer, &relay, "Follow").pop().unwrap();
    let instance = here.account_of(&here.url("/actor")).await.unwrap();
    verify(&follow, instance.public_key_pem.as_deref().unwrap()).unwrap();
    let asked = follow.json();
    assert_eq!((&asked["actor"], &asked["object"]), (&json!(instance.uri), &json!(PUBLIC)));
    assert!(at(&peer, &relay, "Create").is_empty());

    // T079: whoever wasn't asked, or hasn't answered, brings nothing and makes no work.
    let eve = relay_at(&peer, "evil.localhost");
    for stranger in [&eve, &relay] {
        let uri = peer.note(&peer.actor_at("other.localhost", "zoe"), "<p>x</p>")["id"].clone();
        assert_eq!(tell(&here, &peer, stranger, &peer.announce(stranger, uri.as_str().unwrap())).await, 202);
        assert!(here.jobs().await.is_empty());
        assert!(here.status_of(uri.as_str().unwrap()).await.is_none());
    }
    assert_eq!(tell(&here, &peer, &eve, &peer.accept(&eve, &asked)).await, 403);
    assert_eq!(state(&here).await, RelayState::Pending);

    assert_eq!(tell(&here, &peer, &relay, &peer.accept(&relay, &asked)).await, 202);
    assert_eq!(state(&here).await, RelayState::Accepted);
    let post = here.post(&alice, draft("for everybody", Visibility::Public)).await;
    for visibility in [Visibility::Unlisted, Visibility::Private, Visibility::Direct] {
        here.post(&alice, draft("not for the relay", visibility)).await;
    }
    here.work().await;
    let sent = at(&peer, &relay, "Create");
    let [create] = sent.as_slice() else { panic!("{} are sent", sent.len()) };
    verify(create, alice.public_key_pem.as_deref().unwrap()).unwrap();
    assert_eq!(create.json()["object"]["id"], json!(post.uri));
    assert_eq!(format!("http://{}{}", create.host, create.path), inbox);
    tintype_service::statuses::delete(&here.ctx, alice.id, post.id).await.unwrap();
    here.work().await;
    assert_eq!(at(&peer, &relay, "Delete").len(), 1);
    brings(&here, &peer, &relay).await;

    assert_eq!(tell(&here, &peer, &relay, &peer.reject(&relay, &asked)).await, 202);
    assert_eq!(state(&here).await, RelayState::Rejected);
    here.post(&alice, draft("without it", Visibility::Public)).await;
    assert!(relays::remove(&here.ctx, &inbox).await.unwrap());
    here.work().await;
    assert_eq!(at(&peer, &relay, "Create").len(), 1);
    let undo = at(&peer, &relay, "Undo").pop().unwrap().json();
    assert_eq!((&undo["object"]["id"], &undo["object"]["object"]), (&asked["id"], &json!(PUBLIC)));
    assert!(!relays::remove(&here.ctx, &inbox).await.unwrap());
}

#[tokio::test]
async fn a_relay_of_the_litepub_style() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let relay = relay_at(&peer, "relay.localhost");
    add(&here.federation, &relay.id).await.unwrap();
    here.work().await;
    let asked = at(&peer, &relay, "Follow").pop().unwrap().json();
    let instance = here.account_of(&here.url("/actor")).await.unwrap();
    assert_eq!((&asked["actor"], &asked["object"]), (&json!(instance.uri), &json!(relay.id)));
    // By who follows, with an id of its own making.
    let answer = json!({"type": "Follow", "actor": instance.uri, "object": relay.id});
    assert_eq!(tell(&here, &peer, &bob, &peer.accept(&bob, &answer)).await, 403);
    assert_eq!(state(&here).await, RelayState::Pending, "somebody else's word");
    assert_eq!(tell(&here, &peer, &relay, &peer.accept(&relay, &answer)).await, 202);
    assert_eq!(state(&here).await, RelayState::Accepted);
    // It follows back; others who follow the instance hear nothing.
    for (actor, answers) in [(&relay, 1), (&bob, 0)] {
        let follow = peer.follow(actor, &instance.uri);
        assert_eq!(tell(&here, &peer, actor, &follow).await, 202);
        here.work().await;
        let accepts = at(&peer, actor, "Accept");
        assert_eq!(accepts.len(), answers);
        if let Some(accept) = accepts.last() {
            verify(accept, instance.public_key_pem.as_deref().unwrap()).unwrap();
            assert_eq!(accept.json()["object"]["id"], follow["id"]);
        }
    }
    let post = here.post(&alice, draft("for everybody", Visibility::Public)).await;
    here.post(&alice, draft("not for the relay", Visibility::Unlisted)).await;
    here.work().await;
    let sent = at(&peer, &relay, "Announce");
    let [announce] = sent.as_slice() else { panic!("{} are sent", sent.len()) };
    verify(announce, instance.public_key_pem.as_deref().unwrap()).unwrap();
    let body = announce.json();
    assert_eq!((&body["actor"], &body["object"]), (&json!(instance.uri), &json!(post.uri)));
    assert!(
        body["published"].is_string() && body["to"].as_array().unwrap().contains(&json!(PUBLIC)),
        "{body}"
    );
    assert!(at(&peer, &relay, "Create").is_empty());
    brings(&here, &peer, &relay).await;
    assert!(relays::remove(&here.ctx, &relay.id).await.unwrap());
    here.work().await;
    let undo = at(&peer, &relay, "Undo").pop().unwrap().json();
    assert_eq!(undo["object"]["object"], json!(relay.id));
}

#[tokio::test]
async fn what_is_no_relay_is_not_asked() {
    let Stage { here, peer, .. } = Stage::set().await;
    domains::block(&here.ctx, "bad.localhost", DomainOptions::default()).await.unwrap();
    let bad = relay_at(&peer, "bad.localhost");
    let note = peer.note(&peer.actor("bob"), "<p>x</p>")["id"].as_str().unwrap().to_owned();
    for url in
        ["", "x", "ftp://relay.localhost/inbox", &here.url("/inbox"), &bad.shared_inbox(), &bad.id, &note]
    {
        assert!(add(&here.federation, url).await.is_err(), "{url}");
    }
    assert!(relays::list(&here.ctx).await.unwrap().is_empty());
    here.work().await;
    assert_eq!(peer.count(|r| r.host == bad.domain), 0);
}

#[tokio::test]
async fn a_relay_brings_so_much_and_no_more() {
    let Stage { here, peer, .. } = Stage::set().await;
    let relay = relay_at(&peer, "relay.localhost");
    add(&here.federation, &relay.shared_inbox()).await.unwrap();
    here.work().await;
    let asked = at(&peer, &relay, "Follow").pop().unwrap().json();
    assert_eq!(tell(&here, &peer, &relay, &peer.accept(&relay, &asked)).await, 202);
    for n in 0..130 {
        let uri = peer.url(&format!("/statuses/{n}"));
        assert_eq!(tell(&here, &peer, &relay, &peer.announce(&relay, &uri)).await, 202);
    }
    assert_eq!(here.jobs().await.len(), 120);
}
