//! What other servers say of what is theirs.

use tintype_model::Millis;
use tintype_store::{
    jobs::NewJob,
    readings::{AccountReading, StatusReading},
};

use crate::database::TestStore;

contract!(totals_of_statuses, totals_of_accounts, what_is_queued_is_counted_up_to_a_bound,);

async fn totals_of_statuses(db: TestStore) {
    let alice = db.account("alice").await;
    let (one, two) = (db.post(&alice).await, db.post(&alice).await);
    let first = StatusReading {
        status_id: one.id,
        favourites: Some(3),
        reblogs: None,
        replies: Some(1),
        read_at: Millis(2_000),
    };
    let second = StatusReading { favourites: None, reblogs: Some(5), read_at: Millis(1_000), ..first };
    let mut tx = db.begin().await.unwrap();
    tx.save_status_reading(&first).await.unwrap();
    tx.save_status_reading(&second).await.unwrap();
    tx.commit().await.unwrap();
    let found = db.read().await.unwrap().status_readings(&[one.id, two.id]).await.unwrap();
    assert_eq!(found, [StatusReading { reblogs: Some(5), ..first }]);
    let shown = db.read().await.unwrap().status(one.id).await.unwrap().unwrap();
    assert!(shown.version > one.version, "counts are part of how a status shows");
}

async fn totals_of_accounts(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let first = AccountReading {
        account_id: bob.id,
        followers: Some(30),
        following: Some(2),
        statuses: None,
        read_at: Millis(1_000),
    };
    let second = AccountReading {
        followers: Some(31),
        following: None,
        statuses: Some(7),
        read_at: Millis(2_000),
        ..first
    };
    let mut tx = db.begin().await.unwrap();
    tx.save_account_reading(&first).await.unwrap();
    tx.save_account_reading(&second).await.unwrap();
    tx.commit().await.unwrap();
    let found = db.read().await.unwrap().account_readings(&[alice.id, bob.id]).await.unwrap();
    assert_eq!(found, [AccountReading { following: Some(2), ..second }]);
}

async fn what_is_queued_is_counted_up_to_a_bound(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    for n in 0..3 {
        let name = n.to_string();
        let job = NewJob {
            queue: "read",
            lane: name.clone(),
            name,
            payload: serde_json::Value::Null,
            run_at: Millis(1_000),
        };
        tx.enqueue(db.id(), &job, Millis(1_000)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.count_queued("read", 10).await.unwrap(), 3);
    assert_eq!(reader.count_queued("read", 2).await.unwrap(), 2);
    assert_eq!(reader.count_queued("deliver", 10).await.unwrap(), 0);
}
