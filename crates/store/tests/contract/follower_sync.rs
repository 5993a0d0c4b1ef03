//! Who follows whom between two servers.

use tintype_store::follows::FollowState;

use crate::database::TestStore;

contract!(followers_by_host, local_followers_by_name,);

async fn followers_by_host(db: TestStore) {
    let alice = db.account("alice").await;
    let (near, far) =
        (db.remote_account("bob@near.example").await, db.remote_account("eve@far.example").await);
    let asking = db.remote_account("dan@near.example").await;
    for follower in [&near, &far] {
        db.follow(follower, &alice).await;
    }
    db.follow_as(&asking, &alice, FollowState::Pending).await;
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.followers_at(alice.id, "near.example").await.unwrap(), [near.uri]);
    assert!(reader.followers_at(alice.id, "elsewhere.example").await.unwrap().is_empty());
}

async fn local_followers_by_name(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (star, other) =
        (db.remote_account("star@far.example").await, db.remote_account("other@far.example").await);
    for follower in [&bob, &alice, &other] {
        db.follow(follower, &star).await;
    }
    let found = db.read().await.unwrap().local_followers_of(star.id).await.unwrap();
    assert_eq!(found, [(alice.id, alice.uri), (bob.id, bob.uri)]);
}
