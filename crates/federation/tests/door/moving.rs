//! People who move: from elsewhere to elsewhere, from here, and those who only say so.

use std::time::Instant;

use serde_json::{Value, json};
use tintype_model::{AccountId, Visibility};
use tintype_service::moves;
use tintype_testkit::{
    Peer,
    peer::{Actor, verify},
};

use crate::{
    given::{Here, Stage, draft, list, posts, told, with},
    shown::get,
};

fn moving(peer: &Peer, actor: &Actor, object: &str, target: &str) -> Value {
    with(peer.activity(actor, "Move", &json!(object)), "target", json!(target))
}

/// An actor whose document says that it is others too.
fn also(peer: &Peer, mut actor: Actor, others: &[&str]) -> Actor {
    actor.document["alsoKnownAs"] = json!(others);
    peer.publish_actor(&actor);
    actor
}

async fn where_is(here: &Here, actor: &Actor) -> Option<AccountId> {
    let account = here.account_of(&actor.id).await.unwrap();
    here.ctx.store.read().await.unwrap().move_of(account.id).await.unwrap().and_then(|moved| moved.target_id)
}

async fn follows(here: &Here, who: AccountId, actor: &Actor) -> bool {
    let Some(target) = here.account_of(&actor.id).await else { return false };
    here.ctx.store.read().await.unwrap().follow_between(who, target.id).await.unwrap().is_some()
}

#[tokio::test]
async fn followers_go_along_with_a_move() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let new = also(&peer, peer.actor_at("new.localhost", "bob"), &[&bob.id]);
    let activity = moving(&peer, &bob, &bob.id, &new.id);
    for _ in 0..2 {
        assert_eq!(peer.tell(&bob, &alice.uri, &activity).await.status, 202);
        here.work().await;
    }
    let there = here.account_of(&new.id).await.unwrap();
    assert_eq!(where_is(&here, &bob).await, Some(there.id));
    assert!(follows(&here, alice.id, &new).await && !follows(&here, alice.id, &bob).await);
    let follow = told(&peer, "Follow").pop().unwrap();
    assert_eq!((&follow.json()["object"], follow.host.as_str()), (&json!(new.id), new.domain.as_str()));
    let undo = told(&peer, "Undo");
    assert_eq!(undo.len(), 1, "once");
    let undone = undo[0].json();
    assert_eq!((&undone["object"]["type"], &undone["object"]["object"]), (&json!("Follow"), &json!(bob.id)));
    assert_eq!(undo[0].host, bob.domain);
}

#[tokio::test]
async fn t072_a_move_without_consent_moves_nobody() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let eve = peer.actor_at("evil.localhost", "eve");
    let new = peer.actor_at("new.localhost", "bob");
    let other = also(&peer, peer.actor_at("else.localhost", "bob"), &[&eve.id, &new.id]);
    let away = peer.url("/users/nobody").replace("remote.", "away.");
    let cases = [
        ("no alias", &bob, moving(&peer, &bob, &bob.id, &new.id), &[202][..]),
        ("an alias of somebody else", &bob, moving(&peer, &bob, &bob.id, &other.id), &[202]),
        ("itself", &bob, moving(&peer, &bob, &bob.id, &bob.id), &[403]),
        ("somebody else's move", &eve, moving(&peer, &eve, &bob.id, &eve.id), &[403]),
        ("nobody", &bob, moving(&peer, &bob, &bob.id, &away), &[202]),
        ("one of ours who doesn't know", &bob, moving(&peer, &bob, &bob.id, &alice.uri), &[202]),
        ("nobody of ours", &bob, moving(&peer, &bob, &bob.id, &here.url("/users/nobody")), &[202]),
        (
            "in another's name",
            &eve,
            with(moving(&peer, &eve, &bob.id, &eve.id), "actor", json!(bob.id)),
            &[401, 403],
        ),
        ("a post", &bob, moving(&peer, &bob, &format!("{}/statuses/1", bob.id), &new.id), &[403]),
    ];
    for (case, by, activity, expected) in cases {
        let answer = peer.tell(by, &alice.uri, &activity).await;
        assert!(expected.contains(&answer.status), "{case}: {}", answer.status);
        here.work().await;
        assert_eq!(where_is(&here, &bob).await, None, "{case}");
        assert!(follows(&here, alice.id, &bob).await, "{case}");
    }
    // What it said yesterday doesn't count: the new account takes it back before the move.
    let was = also(&peer, new, &[&bob.id]);
    let account = here.account_of(&was.id).await.unwrap();
    tintype_service::Resolver::refresh(&here.federation, account.id).await.unwrap();
    assert_eq!(
        here.ctx.store.read().await.unwrap().aliases_of(account.id).await.unwrap(),
        std::slice::from_ref(&bob.id)
    );
    let is = also(&peer, was, &[]);
    assert_eq!(peer.tell(&bob, &alice.uri, &moving(&peer, &bob, &bob.id, &is.id)).await.status, 202);
    here.work().await;
    assert_eq!(where_is(&here, &bob).await, None);
    assert!(follows(&here, alice.id, &bob).await);
}

#[tokio::test]
async fn t059_moves_in_a_circle_end() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let new = also(&peer, peer.actor_at("new.localhost", "bob"), &[&bob.id]);
    let mut old = also(&peer, bob.clone(), &[&new.id]);
    let started = Instant::now();
    // Each says of the other, and of itself, that it lives there.
    for (actor, target) in [(&old, &new), (&new, &old)] {
        let mut loops = actor.clone();
        loops.document["movedTo"] = json!([target.id, actor.id]);
        loops.document["alsoKnownAs"] = json!([target.id]);
        peer.publish_actor(&loops);
    }
    assert_eq!(peer.tell(&old, &alice.uri, &moving(&peer, &old, &old.id, &new.id)).await.status, 202);
    here.work().await;
    assert!(follows(&here, alice.id, &new).await);
    let before = peer.count(|_| true);
    for _ in 0..5 {
        for (actor, target) in [(&new, &old), (&old, &new)] {
            assert_eq!(
                peer.tell(actor, &alice.uri, &moving(&peer, actor, &actor.id, &target.id)).await.status,
                202
            );
            here.work().await;
        }
    }
    assert!(
        follows(&here, alice.id, &new).await && !follows(&here, alice.id, &old).await,
        "once, and no more"
    );
    assert!(peer.count(|_| true) - before <= 20, "little is asked: {}", peer.count(|_| true) - before);
    assert!(here.jobs().await.is_empty(), "nothing comes again");
    assert!(started.elapsed().as_secs() < 20);
    old.document["movedTo"] = json!(old.id);
    peer.publish_actor(&old);
    let account = here.account_of(&old.id).await.unwrap();
    tintype_service::Resolver::refresh(&here.federation, account.id).await.unwrap();
    assert_eq!(where_is(&here, &old).await, None, "at home");
}

#[tokio::test]
async fn who_moves_from_here_says_so() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.followed_by(&alice, &peer, &bob).await;
    let new = peer.actor_at("new.localhost", "alice");
    let refused = moves::move_to(&here.ctx, &here.federation, alice.id, &new.handle()).await;
    assert!(refused.is_err(), "the new one doesn't say so");
    let new = also(&peer, new, &[&alice.uri]);
    moves::move_to(&here.ctx, &here.federation, alice.id, &new.handle()).await.unwrap();
    here.work().await;
    let sent = told(&peer, "Move").pop().unwrap();
    verify(&sent, alice.public_key_pem.as_deref().unwrap()).unwrap();
    let body = sent.json();
    assert_eq!(
        (&body["actor"], &body["object"], &body["target"]),
        (&json!(alice.uri), &json!(alice.uri), &json!(new.id))
    );
    let update = told(&peer, "Update").pop().unwrap().json();
    assert_eq!((&update["object"]["id"], &update["object"]["movedTo"]), (&json!(alice.uri), &json!(new.id)));
    assert_eq!(get(&peer, &bob, &alice.uri).await.ok()["movedTo"], json!(new.id));
    let kinds: Vec<_> = posts(&peer).iter().map(tintype_testkit::peer::Received::kind).collect();
    let at = |kind: &str| kinds.iter().position(|k| k == kind).unwrap();
    assert!(at("Update") < at("Move"), "{kinds:?}");

    assert!(moves::come_back(&here.ctx, alice.id).await.unwrap());
    here.work().await;
    assert_eq!(get(&peer, &bob, &alice.uri).await.ok().get("movedTo"), None);
    here.post(&alice, draft("back", Visibility::Public)).await;
}

#[tokio::test]
async fn other_names_are_shown() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.followed_by(&alice, &peer, &bob).await;
    assert_eq!(get(&peer, &bob, &alice.uri).await.ok().get("alsoKnownAs"), None);
    moves::add_alias(&here.ctx, &here.federation, alice.id, &bob.handle()).await.unwrap();
    here.work().await;
    assert_eq!(list(&get(&peer, &bob, &alice.uri).await.ok()["alsoKnownAs"]), [bob.id.as_str()]);
    let update = told(&peer, "Update").pop().unwrap().json();
    assert_eq!(list(&update["object"]["alsoKnownAs"]), [bob.id.as_str()]);
    moves::remove_alias(&here.ctx, alice.id, &bob.handle()).await.unwrap();
    assert_eq!(get(&peer, &bob, &alice.uri).await.ok().get("alsoKnownAs"), None);
}
