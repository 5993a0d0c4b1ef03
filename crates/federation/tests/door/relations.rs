//! Blocks, both ways, and what the blocked get to see.

use serde_json::json;
use tintype_model::Visibility;
use tintype_service::{blocks, domain_blocks};
use tintype_testkit::peer::verify;

use crate::{
    given::{Stage, draft, posts, told},
    shown::get,
};

#[tokio::test]
async fn a_block_is_told_to_whom_it_is_about_and_shuts_them_out() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let dora = peer.actor_at("follower.localhost", "dora");
    let known = here.befriend(&alice, &peer, &bob).await;
    for actor in [&bob, &dora] {
        here.followed_by(&alice, &peer, actor).await;
    }
    let open = here.post(&alice, draft(&format!("hi @{}", bob.handle()), Visibility::Public)).await;
    let only = here.post(&alice, draft("for followers", Visibility::Private)).await;
    // Somebody else on bob's server follows too: it is shown what is for followers, bob is not.
    let carl = peer.actor("carl");
    here.followed_by(&alice, &peer, &carl).await;
    let before = posts(&peer).len();

    blocks::block(&here.ctx, alice.id, known.id).await.unwrap();
    here.work().await;
    let sent = posts(&peer).split_off(before);
    let mut kinds: Vec<_> = sent.iter().map(|r| (r.kind(), r.host == bob.domain)).collect();
    kinds.sort();
    assert_eq!(kinds, [("Block".to_owned(), true), ("Reject".to_owned(), true)]);
    let block = told(&peer, "Block").remove(0);
    verify(&block, alice.public_key_pem.as_deref().unwrap()).unwrap();
    assert_eq!((&block.json()["actor"], &block.json()["object"]), (&json!(alice.uri), &json!(bob.id)));

    assert_eq!(get(&peer, &bob, &alice.uri).await.status, 200, "the actor is shown");
    for uri in [&open.uri, &only.uri, &format!("{}/activity", open.uri), &format!("{}/replies", open.uri)] {
        assert_eq!(get(&peer, &bob, uri).await.status, 404, "{uri}");
        assert_eq!(get(&peer, &dora, uri).await.status, 200, "{uri}");
    }
    for collection in ["outbox", "followers", "following"] {
        let url = format!("{}/{collection}", alice.uri);
        for page in [url.clone(), format!("{url}?page=true")] {
            assert_eq!(get(&peer, &bob, &page).await.status, 404, "{page}");
        }
        assert!(get(&peer, &dora, &url).await.ok().get("first").is_some());
    }
    for activity in [peer.like(&bob, &open.uri), peer.announce(&bob, &open.uri)] {
        assert_eq!(peer.tell(&bob, &alice.uri, &activity).await.status, 202);
    }
    let row = here.status_of(&open.uri).await.unwrap();
    assert_eq!((row.favourites_count, row.reblogs_count), (0, 0));
    // Named, and not told.
    let before = posts(&peer).len();
    here.post(&alice, draft(&format!("about @{}", bob.handle()), Visibility::Direct)).await;
    here.work().await;
    assert_eq!(posts(&peer).len(), before);

    blocks::unblock(&here.ctx, alice.id, known.id).await.unwrap();
    here.work().await;
    let undo = told(&peer, "Undo").pop().unwrap();
    assert_eq!(
        (&undo.json()["object"]["type"], &undo.json()["object"]["id"]),
        (&json!("Block"), &block.json()["id"])
    );
    assert_eq!(get(&peer, &bob, &open.uri).await.status, 200);
    // A block that is gone before it was told is never told.
    let before = told(&peer, "Block").len();
    blocks::block(&here.ctx, alice.id, known.id).await.unwrap();
    blocks::unblock(&here.ctx, alice.id, known.id).await.unwrap();
    here.work().await;
    assert_eq!(told(&peer, "Block").len(), before);
    // Whoever shuts a whole server out.
    domain_blocks::block(&here.ctx, alice.id, &bob.domain).await.unwrap();
    assert_eq!(get(&peer, &bob, &open.uri).await.status, 404);
    assert_eq!(get(&peer, &dora, &open.uri).await.status, 200);
}

#[tokio::test]
async fn a_block_from_elsewhere_holds_until_it_is_taken_back() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let known = here.befriend(&alice, &peer, &bob).await;
    here.followed_by(&alice, &peer, &bob).await;
    let before = posts(&peer).len();
    let block = peer.activity(&bob, "Block", &json!(alice.uri));
    let stands = async || {
        let mut reader = here.ctx.store.read().await.unwrap();
        let follows = [
            reader.follow_between(known.id, alice.id).await.unwrap(),
            reader.follow_between(alice.id, known.id).await.unwrap(),
        ];
        (reader.block_between(known.id, alice.id).await.unwrap().is_some(), follows.iter().flatten().count())
    };
    assert_eq!(stands().await, (false, 2));
    for _ in 0..2 {
        assert_eq!(peer.tell(&bob, &alice.uri, &block).await.status, 202);
        assert_eq!(stands().await, (true, 0));
    }
    here.work().await;
    assert_eq!(posts(&peer).len(), before, "nothing is answered");
    // By what it says, by its id alone; and before it came.
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.undo(&bob, &block)).await.status, 202);
    assert_eq!(stands().await, (false, 0));
    let again = peer.activity(&bob, "Block", &json!(alice.uri));
    assert_eq!(peer.tell(&bob, &alice.uri, &again).await.status, 202);
    assert!(stands().await.0);
    let by_id = peer.activity(&bob, "Undo", &again["id"]);
    assert_eq!(peer.tell(&bob, &alice.uri, &by_id).await.status, 202);
    assert!(!stands().await.0);
    let late = peer.activity(&bob, "Block", &json!(alice.uri));
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.undo(&bob, &late)).await.status, 202);
    assert_eq!(peer.tell(&bob, &alice.uri, &late).await.status, 202);
    assert!(!stands().await.0);
    // Nobody blocks in another's name.
    let eve = peer.actor_at("evil.localhost", "eve");
    let forged = crate::given::with(peer.activity(&eve, "Block", &json!(alice.uri)), "actor", json!(bob.id));
    assert!([401, 403].contains(&peer.tell(&eve, &alice.uri, &forged).await.status));
    assert!(!stands().await.0);
}
