//! Mutes, for ever and for a while.

use tintype_model::{Millis, Page};
use tintype_store::{Error, accounts::Account, mutes::Mute};

use crate::{
    database::TestStore,
    given::{an_account, reads_by_pages},
};

contract!(
    mutes_by_pages,
    a_second_mute_changes_the_first,
    a_mute_ends_once,
    mutes_end_when_their_time_has_come,
    a_mute_needs_both,
);

impl TestStore {
    /// A mute that doesn't end by itself.
    pub async fn mute(&self, by: &Account, target: &Account, hide_notifications: bool) -> Mute {
        let mute = Mute {
            id: self.id(),
            account_id: by.id,
            target_id: target.id,
            hide_notifications,
            expires_at: None,
            created_at: Millis(1_000),
        };
        self.put(&mute).await;
        mute
    }

    async fn put(&self, mute: &Mute) {
        let mut tx = self.begin().await.unwrap();
        tx.put_mute(mute).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn muted(db: &TestStore, by: &Account) -> Vec<Mute> {
    db.read().await.unwrap().mutes_of(by.id, &Page::newest(20)).await.unwrap()
}

async fn mutes_by_pages(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let mut all = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        let target = db.account(name).await;
        all.push(db.mute(&alice, &target, name == "c").await);
        db.mute(&bob, &target, true).await;
        db.mute(&target, &alice, true).await;
    }
    all.reverse();
    let cursors: Vec<i64> = all.iter().map(|m| m.id.0).collect();
    reads_by_pages(&cursors, async |page| {
        let rows = db.read().await.unwrap().mutes_of(alice.id, &page).await.unwrap();
        assert!(rows.iter().all(|row| all.contains(row)), "{rows:?}");
        rows.into_iter().map(|m| m.id.0).collect()
    })
    .await;
}

async fn a_second_mute_changes_the_first(db: TestStore) {
    let (alice, bob, carol) = (db.account("alice").await, db.account("bob").await, db.account("carol").await);
    let other = db.mute(&alice, &carol, true).await;
    let first = db.mute(&alice, &bob, true).await;
    let second = Mute {
        id: db.id(),
        hide_notifications: false,
        expires_at: Some(Millis(9_000)),
        created_at: Millis(2_000),
        ..first.clone()
    };
    db.put(&second).await;
    let changed = Mute { id: first.id, created_at: first.created_at, ..second };
    assert_eq!(muted(&db, &alice).await, [changed, other.clone()]);
    db.put(&first).await;
    assert_eq!(muted(&db, &alice).await, [first, other], "for ever again");
}

async fn a_mute_ends_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    db.mute(&alice, &bob, true).await;
    let other = db.mute(&bob, &alice, true).await;
    let mut tx = db.begin().await.unwrap();
    assert!(tx.delete_mute(alice.id, bob.id).await.unwrap());
    assert!(!tx.delete_mute(alice.id, bob.id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(muted(&db, &alice).await, []);
    assert_eq!(muted(&db, &bob).await, [other]);
}

async fn mutes_end_when_their_time_has_come(db: TestStore) {
    let alice = db.account("alice").await;
    let mut rows = Vec::new();
    for (name, ends) in [("a", None), ("b", Some(10)), ("c", Some(20)), ("d", Some(30))] {
        let mute = db.mute(&alice, &db.account(name).await, true).await;
        let mute = Mute { expires_at: ends.map(Millis), ..mute };
        db.put(&mute).await;
        rows.insert(0, mute);
    }
    assert_eq!(muted(&db, &alice).await, rows, "a row counts until it is taken away");
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.end_mutes(Millis(20)).await.unwrap(), 2);
    assert_eq!(tx.end_mutes(Millis(20)).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(muted(&db, &alice).await, [rows[0].clone(), rows[3].clone()]);
}

async fn a_mute_needs_both(db: TestStore) {
    let alice = db.account("alice").await;
    let nobody = an_account(1.into(), "nobody");
    for (by, target) in [(&alice, &nobody), (&nobody, &alice)] {
        let row = Mute {
            id: db.id(),
            account_id: by.id,
            target_id: target.id,
            hide_notifications: true,
            expires_at: None,
            created_at: Millis(1),
        };
        let mut tx = db.begin().await.unwrap();
        let refused = tx.put_mute(&row).await;
        assert!(matches!(refused, Err(Error::Missing)), "{refused:?}");
    }
}
