//! What authors show first.

use tintype_model::{AccountId, Millis, StatusId, Visibility};
use tintype_store::{accounts::Account, pins::Pin, statuses::Status};

use crate::{
    database::TestStore,
    given::{a_status, ids_of},
};

contract!(
    a_pin_is_put_once_and_taken_once,
    what_of_many_is_pinned,
    pins_come_newest_first_and_only_the_visible,
    a_remote_account_claims_no_endless_list,
);

impl TestStore {
    /// Pins a status for its author.
    pub async fn pin(&self, status: &Status) -> Pin {
        let pin = Pin {
            id: self.id(),
            account_id: status.account_id,
            status_id: status.id,
            created_at: Millis(1_000),
        };
        let mut tx = self.begin().await.unwrap();
        assert!(tx.insert_pin(&pin).await.unwrap());
        tx.commit().await.unwrap();
        pin
    }
}

async fn pinned(db: &TestStore, viewer: Option<AccountId>, of: &Account) -> Vec<StatusId> {
    ids_of(&db.read().await.unwrap().pinned_statuses(viewer, of.id).await.unwrap())
}

async fn a_pin_is_put_once_and_taken_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let version = async || db.read().await.unwrap().status(post.id).await.unwrap().unwrap().version;
    let before = version().await;
    let pin = db.pin(&post).await;
    assert_eq!(version().await, before + 1, "it shows otherwise now");
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.insert_pin(&Pin { id: db.id(), ..pin }).await.unwrap());
    assert!(!tx.delete_pin(bob.id, post.id).await.unwrap(), "it isn't his");
    tx.commit().await.unwrap();
    assert_eq!(version().await, before + 1);
    assert_eq!(db.read().await.unwrap().count_pins(alice.id).await.unwrap(), 1);
    for there in [true, false] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.delete_pin(alice.id, post.id).await.unwrap(), there);
        tx.commit().await.unwrap();
        assert_eq!(version().await, before + 2);
        assert_eq!(db.read().await.unwrap().count_pins(alice.id).await.unwrap(), 0);
    }
}

async fn what_of_many_is_pinned(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let posts = [db.post(&alice).await, db.post(&bob).await, db.post(&alice).await];
    db.pin(&posts[0]).await;
    db.pin(&posts[1]).await;
    let mut reader = db.read().await.unwrap();
    let mut found = reader.pinned_among(&ids_of(&posts)).await.unwrap();
    found.sort();
    assert_eq!(found, [posts[0].id, posts[1].id]);
    assert_eq!(reader.pinned_among(&[posts[2].id, StatusId(1)]).await.unwrap(), []);
    assert_eq!(reader.pinned_among(&[]).await.unwrap(), []);
}

async fn pins_come_newest_first_and_only_the_visible(db: TestStore) {
    let (alice, bob, carol) = (db.account("alice").await, db.account("bob").await, db.account("carol").await);
    let open = db.post(&alice).await;
    let private = db.post_to(&alice, Visibility::Private).await;
    db.pin(&private).await;
    db.pin(&open).await;
    db.pin(&db.post(&bob).await).await;
    db.follow(&bob, &alice).await;
    for (viewer, expected) in [
        (None, vec![open.id]),
        (Some(carol.id), vec![open.id]),
        (Some(bob.id), vec![open.id, private.id]),
        (Some(alice.id), vec![open.id, private.id]),
    ] {
        assert_eq!(pinned(&db, viewer, &alice).await, expected, "{viewer:?}");
    }
    let mut tx = db.begin().await.unwrap();
    tx.delete_status(&open, Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(pinned(&db, Some(alice.id), &alice).await, [private.id]);
    assert_eq!(pinned(&db, None, &carol).await, []);
}

async fn a_remote_account_claims_no_endless_list(db: TestStore) {
    let bob = db.remote_account("bob@far.example").await;
    let mut tx = db.begin().await.unwrap();
    for _ in 0..41 {
        let post = a_status(db.id(), &bob);
        assert!(tx.insert_status(&post).await.unwrap());
        let pin = Pin { id: db.id(), account_id: bob.id, status_id: post.id, created_at: Millis(1) };
        assert!(tx.insert_pin(&pin).await.unwrap());
    }
    tx.commit().await.unwrap();
    assert_eq!(pinned(&db, None, &bob).await.len(), 40);
}
