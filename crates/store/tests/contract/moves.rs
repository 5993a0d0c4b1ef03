//! Other names of accounts, and where they live now.

use tintype_model::{AccountId, Millis};
use tintype_store::{Error, accounts::Account, follows::FollowState, moves::Move};

use crate::database::TestStore;

contract!(
    aliases_are_added_replaced_and_removed,
    an_account_moves_and_comes_back,
    a_move_ends_with_its_target,
    the_local_followers_of_an_account,
    a_follow_is_found_by_its_accept,
    aliases_hold_no_nul,
);

async fn aliases(db: &TestStore, of: &Account) -> Vec<String> {
    db.read().await.unwrap().aliases_of(of.id).await.unwrap()
}

async fn aliases_are_added_replaced_and_removed(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let uri = |n: u32| format!("https://old.example/{n}");
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_alias(alice.id, &uri(2)).await.unwrap());
    assert!(tx.insert_alias(alice.id, &uri(1)).await.unwrap());
    assert!(!tx.insert_alias(alice.id, &uri(2)).await.unwrap(), "once");
    assert!(tx.insert_alias(bob.id, &uri(2)).await.unwrap(), "two may say the same");
    tx.commit().await.unwrap();
    assert_eq!(aliases(&db, &alice).await, [uri(1), uri(2)]);
    let mut tx = db.begin().await.unwrap();
    assert!(tx.delete_alias(alice.id, &uri(1)).await.unwrap());
    assert!(!tx.delete_alias(alice.id, &uri(1)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(aliases(&db, &alice).await, [uri(2)]);
    for (wanted, changed) in
        [(vec![uri(2), uri(3)], true), (vec![uri(3), uri(2), uri(2)], false), (vec![], true), (vec![], false)]
    {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.set_aliases(alice.id, &wanted).await.unwrap(), changed, "{wanted:?}");
        tx.commit().await.unwrap();
        let mut wanted = wanted;
        wanted.sort();
        wanted.dedup();
        assert_eq!(aliases(&db, &alice).await, wanted);
    }
    assert_eq!(aliases(&db, &bob).await, [uri(2)]);
}

async fn an_account_moves_and_comes_back(db: TestStore) {
    let (old, new) = (db.remote_account("old@far.example").await, db.account("new").await);
    let stays = db.account("stays").await;
    let all = [old.id, new.id, stays.id, AccountId(7)];
    let moves = async || db.read().await.unwrap().moves_of(&all).await.unwrap();
    let of = async |id| db.read().await.unwrap().move_of(id).await.unwrap();
    let version = async || db.read().await.unwrap().account(old.id).await.unwrap().unwrap().version;
    assert_eq!((moves().await, of(old.id).await), (vec![], None));

    let mut tx = db.begin().await.unwrap();
    tx.set_move(old.id, stays.id, Millis(100)).await.unwrap();
    tx.set_move(old.id, new.id, Millis(200)).await.unwrap();
    tx.commit().await.unwrap();
    let there = Move { account_id: old.id, target_id: Some(new.id), moved_at: Millis(200) };
    assert_eq!((moves().await, of(old.id).await), (vec![(old.id, new.id)], Some(there)));
    assert_eq!(version().await, 2, "others see it");
    assert_eq!(of(new.id).await, None);

    for (ended, version_then) in [(true, 3), (false, 3)] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.end_move(old.id).await.unwrap(), ended);
        tx.commit().await.unwrap();
        assert_eq!(version().await, version_then);
    }
    let home = Move { target_id: None, ..there };
    assert_eq!((moves().await, of(old.id).await), (vec![], Some(home)), "when it moved is kept");
}

async fn a_move_ends_with_its_target(db: TestStore) {
    let (old, new) = (db.account("old").await, db.remote_account("new@far.example").await);
    let mut tx = db.begin().await.unwrap();
    tx.set_move(old.id, new.id, Millis(100)).await.unwrap();
    assert!(tx.remove_account(new.id).await.unwrap());
    tx.commit().await.unwrap();
    let left = db.read().await.unwrap().move_of(old.id).await.unwrap();
    assert_eq!(left, Some(Move { account_id: old.id, target_id: None, moved_at: Millis(100) }));
}

async fn the_local_followers_of_an_account(db: TestStore) {
    let star = db.remote_account("star@far.example").await;
    let (a, b, c) = (db.person("a").await, db.person("b").await, db.person("c").await);
    let far = db.remote_account("far@else.example").await;
    db.follow(&far, &star).await;
    db.follow(&star, &a).await;
    let rows = [
        db.follow(&a, &star).await,
        db.follow_as(&b, &star, FollowState::Pending).await,
        db.follow(&c, &star).await,
    ];
    let read = async |limit| db.read().await.unwrap().local_follows_of(star.id, limit).await.unwrap();
    assert_eq!(read(10).await, rows);
    assert_eq!(read(2).await, rows[..2]);
}

async fn a_follow_is_found_by_its_accept(db: TestStore) {
    let (alice, star) = (db.account("alice").await, db.remote_account("star@far.example").await);
    let follow = db.follow(&alice, &star).await;
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_accept("https://far.example/accepts/1", follow.id).await.unwrap());
    assert!(!tx.insert_accept("https://far.example/accepts/1", follow.id).await.unwrap());
    assert!(tx.insert_accept("https://far.example/accepts/2", follow.id).await.unwrap(), "said again");
    tx.commit().await.unwrap();
    let by = async |uri: &str| db.read().await.unwrap().follow_by_accept(uri).await.unwrap();
    assert_eq!(by("https://far.example/accepts/2").await.as_ref(), Some(&follow));
    assert_eq!(by("https://far.example/accepts/3").await, None);
    let mut tx = db.begin().await.unwrap();
    assert!(tx.delete_follow(&follow).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(by("https://far.example/accepts/1").await, None, "it goes with the follow");
}

async fn aliases_hold_no_nul(db: TestStore) {
    let alice = db.account("alice").await;
    let mut tx = db.begin().await.unwrap();
    for refused in [tx.insert_alias(alice.id, "a\0b").await, tx.delete_alias(alice.id, "a\0b").await] {
        assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    }
}
