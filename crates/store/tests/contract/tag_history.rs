//! How much hashtags were used.

use tintype_model::{Millis, StatusId, Visibility};
use tintype_store::statuses::Status;

use crate::{database::TestStore, given::a_status};

contract!(a_history_by_days);

const DAY: i64 = 86_400_000;

async fn a_history_by_days(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let (loud, gone) = (db.account("loud").await, db.account("gone").await);
    let first = 1_780_012_800_000_i64;
    assert_eq!(first % DAY, 0);
    let posts = [
        (&alice, -1, Visibility::Public, "sky"),
        (&alice, 0, Visibility::Public, "sky"),
        (&alice, DAY - 1, Visibility::Public, "sky"),
        (&bob, 5, Visibility::Public, "sky"),
        (&bob, 6, Visibility::Unlisted, "sky"),
        (&bob, 7, Visibility::Public, "sea"),
        (&loud, 8, Visibility::Public, "sky"),
        (&gone, 9, Visibility::Public, "sky"),
        (&bob, 2 * DAY, Visibility::Public, "sky"),
    ];
    for (by, after, visibility, tag) in posts {
        let at = Millis(first + after);
        let id = StatusId((at.0 << 16) + 1);
        let status = db.publish(Status { visibility, created_at: at, ..a_status(id, by) }).await;
        let mut tx = db.begin().await.unwrap();
        tx.insert_tags(status.id, &[(tag.to_owned(), tag.to_owned())]).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = db.begin().await.unwrap();
    assert!(tx.set_silenced(loud.id, Some(Millis(first)), "account").await.unwrap());
    assert!(tx.set_suspended(gone.id, Some(Millis(first)), "account").await.unwrap());
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    let mut days = reader.tag_history("sky", Millis(first)).await.unwrap();
    days.sort_unstable();
    assert_eq!(days, [(Millis(first), 3, 2), (Millis(first + 2 * DAY), 1, 1)]);
    assert_eq!(reader.tag_history("never", Millis(first)).await.unwrap(), []);
}
