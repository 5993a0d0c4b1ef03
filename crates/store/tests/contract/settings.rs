//! The instance's memory of itself.

use crate::database::TestStore;

contract!(a_setting_is_what_was_set_last, the_first_value_of_a_secret_stays, rolled_back_is_not_set);

async fn a_setting_is_what_was_set_last(db: TestStore) {
    assert_eq!(db.read().await.unwrap().setting("domain").await.unwrap(), None);
    let mut tx = db.begin().await.unwrap();
    tx.set_setting("domain", "one.example").await.unwrap();
    tx.set_setting("domain", "two.example").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.read().await.unwrap().setting("domain").await.unwrap().as_deref(), Some("two.example"));

    let mut tx = db.begin().await.unwrap();
    assert!(tx.drop_setting("domain").await.unwrap());
    assert!(!tx.drop_setting("domain").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(db.read().await.unwrap().setting("domain").await.unwrap(), None);
}

async fn the_first_value_of_a_secret_stays(db: TestStore) {
    for (offered, kept) in [("first", "first"), ("second", "first")] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.setting_once("secret", offered).await.unwrap(), kept);
        tx.commit().await.unwrap();
    }
}

async fn rolled_back_is_not_set(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    tx.set_setting("a", "1").await.unwrap();
    assert_eq!(tx.read().setting("a").await.unwrap().as_deref(), Some("1"), "its own writes are seen");
    tx.rollback().await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.set_setting("b", "1").await.unwrap();
    drop(tx);
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.setting("a").await.unwrap(), None);
    assert_eq!(reader.setting("b").await.unwrap(), None);
}
