//! What somebody notes about somebody else.

use tintype_store::{Error, accounts::Account};

use crate::database::TestStore;

contract!(a_note_is_written_changed_and_taken_away, a_note_needs_both_and_no_nul);

async fn note(db: &TestStore, by: &Account, about: &Account, comment: &str) {
    let mut tx = db.begin().await.unwrap();
    tx.set_account_note(by.id, about.id, comment).await.unwrap();
    tx.commit().await.unwrap();
}

async fn noted(db: &TestStore, by: &Account, about: &Account) -> Option<String> {
    db.read().await.unwrap().standings(by.id, &[about.id]).await.unwrap().pop().unwrap().note
}

async fn a_note_is_written_changed_and_taken_away(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    note(&db, &alice, &bob, "").await;
    assert_eq!(noted(&db, &alice, &bob).await, None);
    for comment in ["From the boat 🌊", "Owes me a lens"] {
        note(&db, &alice, &bob, comment).await;
        assert_eq!(noted(&db, &alice, &bob).await.as_deref(), Some(comment));
    }
    note(&db, &bob, &alice, "Lent me a lens").await;
    assert_eq!(noted(&db, &alice, &bob).await.as_deref(), Some("Owes me a lens"), "each has their own");
    note(&db, &alice, &bob, "").await;
    assert_eq!(noted(&db, &alice, &bob).await, None);
    assert_eq!(noted(&db, &bob, &alice).await.as_deref(), Some("Lent me a lens"));
}

async fn a_note_needs_both_and_no_nul(db: TestStore) {
    let alice = db.account("alice").await;
    let mut tx = db.begin().await.unwrap();
    let refused = tx.set_account_note(alice.id, alice.id, "a\0b").await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    let refused = tx.set_account_note(alice.id, 1.into(), "Who?").await;
    assert!(matches!(refused, Err(Error::Missing)), "{refused:?}");
}
