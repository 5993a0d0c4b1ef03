//! Everything that can be taken back, in every form of saying so.

use serde_json::{Value, json};
use tintype_model::Visibility;
use tintype_service::{
    blocks,
    follows::{FollowOptions, follow},
};
use tintype_store::follows::FollowState;
use tintype_testkit::{Peer, peer::Actor};

use crate::given::{Here, Stage, draft, told, with};

/// Whether what a kind of activity does is done.
async fn is_done(stage: &Stage, kind: &str, post: &str) -> bool {
    let Stage { here, alice, bob, .. } = stage;
    let known = here.account_of(&bob.id).await;
    let mut reader = here.ctx.store.read().await.unwrap();
    let Some(known) = known else { return false };
    match kind {
        "Follow" => reader.follow_between(known.id, alice.id).await.unwrap().is_some(),
        "Accept" => {
            let row = reader.follow_between(alice.id, known.id).await.unwrap();
            row.is_some_and(|row| row.state == FollowState::Accepted)
        }
        "Block" => reader.block_between(known.id, alice.id).await.unwrap().is_some(),
        "Like" => reader.status_by_uri(post).await.unwrap().unwrap().favourites_count == 1,
        "Announce" => reader.status_by_uri(post).await.unwrap().unwrap().reblogs_count == 1,
        other => panic!("{other}"),
    }
}

async fn done(here: &Here, peer: &Peer, bob: &Actor, kind: &str, alice: &str, post: &str) -> Value {
    match kind {
        "Follow" => peer.follow(bob, alice),
        "Block" => peer.activity(bob, "Block", &json!(alice)),
        "Like" => peer.like(bob, post),
        "Announce" => peer.announce(bob, post),
        "Accept" => {
            here.work().await;
            peer.accept(bob, &told(peer, "Follow").pop().unwrap().json())
        }
        other => panic!("{other}"),
    }
}

/// How an Undo may speak of what it undoes.
fn forms(activity: &Value) -> Vec<(&'static str, Value)> {
    let mut embedded = activity.clone();
    embedded.as_object_mut().unwrap().remove("@context");
    let mut nameless = embedded.clone();
    nameless.as_object_mut().unwrap().remove("id");
    let mut object_by_id = embedded.clone();
    if object_by_id["object"].is_object() {
        object_by_id["object"] = object_by_id["object"]["id"].clone();
    } else {
        object_by_id["object"] = json!({ "id": object_by_id["object"] });
    }
    vec![
        ("embedded", embedded.clone()),
        ("its id", activity["id"].clone()),
        ("an object with nothing but an id", json!({ "id": activity["id"] })),
        ("a list of one", json!([embedded])),
        ("a list of one id", json!([activity["id"]])),
        ("without an id", nameless),
        ("its object in the other form", object_by_id),
    ]
}

#[tokio::test]
async fn everything_is_taken_back_in_every_form() {
    for kind in ["Follow", "Accept", "Block", "Like", "Announce"] {
        let stage = Stage::set().await;
        let Stage { here, peer, alice, bob } = &stage;
        let post = here.post(alice, draft("look", Visibility::Public)).await.uri;
        let count = forms(&json!({"id": "x", "object": "y"})).len();
        for at in 0..count {
            if kind == "Accept" {
                use tintype_service::Resolver as _;
                let id = here.federation.account(&bob.handle().parse().unwrap()).await.unwrap().unwrap();
                follow(&here.ctx, alice.id, id, FollowOptions::default()).await.unwrap();
            }
            let activity = done(here, peer, bob, kind, &alice.uri, &post).await;
            let (form, object) = forms(&activity).remove(at);
            assert_eq!(peer.tell(bob, &alice.uri, &activity).await.status, 202, "{kind}, {form}");
            assert!(is_done(&stage, kind, &post).await, "{kind}, {form}");
            let eve = peer.actor_at("evil.localhost", "eve");
            let forged = peer.activity(&eve, "Undo", &object);
            assert!(
                [202, 403].contains(&peer.tell(&eve, &alice.uri, &forged).await.status),
                "{kind}, {form}"
            );
            assert!(is_done(&stage, kind, &post).await, "{kind}, {form}: nobody else takes it back");
            let undo = peer.activity(bob, "Undo", &object);
            assert_eq!(peer.tell(bob, &alice.uri, &undo).await.status, 202, "{kind}, {form}");
            assert!(!is_done(&stage, kind, &post).await, "{kind}, {form}");
            assert_eq!(
                peer.tell(bob, &alice.uri, &with(undo, "id", json!(format!("{}#again/{at}", bob.id))))
                    .await
                    .status,
                202
            );
            assert!(!is_done(&stage, kind, &post).await, "{kind}, {form}: twice");
        }
    }
}

#[tokio::test]
async fn what_was_done_is_taken_back_though_there_is_a_block_by_now() {
    for kind in ["Follow", "Like", "Announce"] {
        let stage = Stage::set().await;
        let Stage { here, peer, alice, bob } = &stage;
        let post = here.post(alice, draft("look", Visibility::Public)).await.uri;
        let activity = done(here, peer, bob, kind, &alice.uri, &post).await;
        assert_eq!(peer.tell(bob, &alice.uri, &activity).await.status, 202);
        let known = here.account_of(&bob.id).await.unwrap();
        blocks::block(&here.ctx, alice.id, known.id).await.unwrap();
        assert_eq!(peer.tell(bob, &alice.uri, &peer.undo(bob, &activity)).await.status, 202);
        assert!(!is_done(&stage, kind, &post).await, "{kind}");
    }
}
