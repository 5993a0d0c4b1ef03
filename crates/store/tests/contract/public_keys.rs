//! Keys besides the first.

use crate::database::TestStore;

contract!(further_keys_are_found_and_replaced, a_proof_key_is_made_once);

async fn further_keys_are_found_and_replaced(db: TestStore) {
    let (bob, eve) = (db.account("bob@far.example").await, db.account("eve@far.example").await);
    let key = |name: &str, pem: &str| (format!("https://far.example/keys/{name}"), pem.to_owned());
    let mut tx = db.begin().await.unwrap();
    tx.replace_public_keys(bob.id, &[key("1", "one"), key("2", "two")]).await.unwrap();
    tx.replace_public_keys(eve.id, &[key("2", "mine"), key("3", "three")]).await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    for (name, pem, owner) in [("1", "one", bob.id), ("2", "two", bob.id), ("3", "three", eve.id)] {
        let id = key(name, "").0;
        assert_eq!(reader.public_key(&id).await.unwrap().as_deref(), Some(pem), "{name}");
        assert_eq!(reader.account_by_key_id(&id).await.unwrap().map(|a| a.id), Some(owner), "{name}");
    }
    drop(reader);
    let mut tx = db.begin().await.unwrap();
    tx.replace_public_keys(bob.id, &[key("1", "another")]).await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.public_key(&key("1", "").0).await.unwrap().as_deref(), Some("another"));
    assert_eq!(reader.public_key(&key("2", "").0).await.unwrap(), None);
    assert_eq!(reader.account_by_key_id(&key("2", "").0).await.unwrap(), None);
}

async fn a_proof_key_is_made_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let mut tx = db.begin().await.unwrap();
    tx.insert_private_key(alice.id, "private", tintype_model::Millis(1)).await.unwrap();
    assert_eq!(tx.read().proof_key(alice.id).await.unwrap(), None);
    assert!(tx.set_proof_key(alice.id, "first").await.unwrap());
    assert!(!tx.set_proof_key(alice.id, "second").await.unwrap());
    assert!(!tx.set_proof_key(bob.id, "none").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(db.read().await.unwrap().proof_key(alice.id).await.unwrap().as_deref(), Some("first"));
    assert_eq!(db.read().await.unwrap().proof_key(bob.id).await.unwrap(), None);
    // Another key is another key altogether.
    let mut tx = db.begin().await.unwrap();
    assert!(tx.replace_key(alice.id, "other", "its public half", tintype_model::Millis(2)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(db.read().await.unwrap().proof_key(alice.id).await.unwrap(), None);
}
