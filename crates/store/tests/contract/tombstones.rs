//! Ids that don't come back.

use tintype_model::{AccountId, Millis};
use tintype_store::Error;

use crate::database::TestStore;

contract!(
    tombstones_are_of_somebody_or_of_anybody,
    each_account_is_believed_for_itself,
    old_ones_are_forgotten,
    a_deleted_status_is_its_authors,
    a_nul_is_refused,
);

const URI: &str = "https://far.example/1";

async fn bury(db: &TestStore, uri: &str, account: Option<AccountId>, at: i64) {
    let mut tx = db.begin().await.unwrap();
    tx.bury(uri, account, Millis(at)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn buried(db: &TestStore, uri: &str, account: Option<AccountId>) -> bool {
    db.read().await.unwrap().is_tombstone(uri, account).await.unwrap()
}

async fn tombstones_are_of_somebody_or_of_anybody(db: TestStore) {
    let (alice, bob) = (AccountId(10), AccountId(20));
    bury(&db, "https://x.example/alices", Some(alice), 1).await;
    bury(&db, "https://x.example/anybodys", None, 1).await;
    for (uri, who, expected) in [
        ("https://x.example/alices", Some(alice), true),
        ("https://x.example/alices", Some(bob), false),
        ("https://x.example/alices", None, true),
        ("https://x.example/anybodys", Some(bob), true),
        ("https://x.example/anybodys", None, true),
        ("https://x.example/nothing", None, false),
        ("https://x.example/nothing", Some(alice), false),
    ] {
        assert_eq!(buried(&db, uri, who).await, expected, "{uri} {who:?}");
    }
}

async fn each_account_is_believed_for_itself(db: TestStore) {
    let (liar, owner, other) = (AccountId(10), AccountId(20), AccountId(30));
    bury(&db, URI, Some(liar), 1).await;
    assert!(!buried(&db, URI, Some(owner)).await, "what another says is no word of theirs");
    bury(&db, URI, Some(owner), 2).await;
    bury(&db, URI, Some(owner), 3).await;
    assert!(buried(&db, URI, Some(liar)).await);
    assert!(buried(&db, URI, Some(owner)).await, "who came first takes nothing from them");
    assert!(!buried(&db, URI, Some(other)).await);
    bury(&db, URI, None, 4).await;
    assert!(buried(&db, URI, Some(other)).await);
}

async fn old_ones_are_forgotten(db: TestStore) {
    for (account, at) in [(Some(AccountId(1)), 10), (Some(AccountId(2)), 20), (None, 30)] {
        bury(&db, &at.to_string(), account, at).await;
    }
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.drop_tombstones(Millis(20)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    for (uri, expected) in [("10", false), ("20", true), ("30", true)] {
        assert_eq!(buried(&db, uri, None).await, expected, "{uri}");
    }
}

async fn a_deleted_status_is_its_authors(db: TestStore) {
    let (bob, carol) =
        (db.remote_account("bob@far.example").await, db.remote_account("carol@far.example").await);
    let post = db.post(&bob).await;
    bury(&db, &post.uri, Some(carol.id), 1).await;
    let mut tx = db.begin().await.unwrap();
    tx.delete_status(&post, Millis(2)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(buried(&db, &post.uri, Some(bob.id)).await, "though another had buried it before");
    assert!(!buried(&db, &post.uri, Some(AccountId(1))).await);
}

async fn a_nul_is_refused(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    let refused = tx.bury("a\0b", None, Millis(1)).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    tx.bury("ab", None, Millis(1)).await.unwrap();
}
