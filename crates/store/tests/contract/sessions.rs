//! Browser sessions.

use tintype_model::{AccountId, Millis, Role};
use tintype_store::{Error, sessions::Session};

use crate::database::TestStore;

contract!(
    a_session_lives_until_it_expires,
    a_session_of_somebody_locked_out_is_dead,
    a_token_is_one_session,
    sessions_end_one_by_one_and_all_together,
    ones_own_session_ends_or_all_others_do,
    use_is_noted_forwards,
    expired_ones_are_forgotten,
);

const NOW: Millis = Millis(5_000);

async fn begin(db: &TestStore, account: AccountId, token_hash: &str, expires_at: i64) -> Session {
    let session = Session {
        id: db.id(),
        account_id: account,
        token_hash: token_hash.to_owned(),
        user_agent: "Browser/1".to_owned(),
        created_at: Millis(1_000),
        last_used_at: Millis(1_000),
        expires_at: Millis(expires_at),
    };
    let mut tx = db.begin().await.unwrap();
    tx.insert_session(&session).await.unwrap();
    tx.commit().await.unwrap();
    session
}

async fn lives(db: &TestStore, token_hash: &str) -> bool {
    db.read().await.unwrap().live_session(token_hash, NOW).await.unwrap().is_some()
}

async fn a_session_lives_until_it_expires(db: TestStore) {
    let alice = db.person("alice").await;
    let session = begin(&db, alice.id, "a", NOW.0 + 1).await;
    begin(&db, alice.id, "old", NOW.0).await;
    let found = db.read().await.unwrap().live_session("a", NOW).await.unwrap().unwrap();
    assert_eq!((found.id, found.account_id, found.role), (session.id, alice.id, Role::Member));
    assert_eq!(found.last_used_at, Millis(1_000));
    assert!(!lives(&db, "old").await);
    assert!(!lives(&db, "unknown").await);
    let all = db.read().await.unwrap().sessions_of(alice.id).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[1], session);
}

async fn a_session_of_somebody_locked_out_is_dead(db: TestStore) {
    let alice = db.person("alice").await;
    begin(&db, alice.id, "a", NOW.0 + 1).await;
    for disabled in [true, false] {
        let mut tx = db.begin().await.unwrap();
        tx.set_disabled(alice.id, disabled).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(lives(&db, "a").await, !disabled);
    }
    let nobody = db.account("nobody").await;
    begin(&db, nobody.id, "n", NOW.0 + 1).await;
    assert!(!lives(&db, "n").await, "an account without a person");
}

async fn a_token_is_one_session(db: TestStore) {
    let alice = db.person("alice").await;
    let session = begin(&db, alice.id, "a", 9_000).await;
    let mut tx = db.begin().await.unwrap();
    let again = tx.insert_session(&Session { id: db.id(), ..session }).await;
    assert!(matches!(again, Err(Error::Conflict)), "{again:?}");
}

async fn sessions_end_one_by_one_and_all_together(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.person("bob").await);
    for (account, token) in [(alice.id, "a1"), (alice.id, "a2"), (alice.id, "a3"), (bob.id, "b")] {
        begin(&db, account, token, 9_000).await;
    }
    let mut tx = db.begin().await.unwrap();
    assert!(tx.delete_session("a1").await.unwrap());
    assert!(!tx.delete_session("a1").await.unwrap());
    assert_eq!(tx.delete_sessions_of(alice.id).await.unwrap(), 2);
    tx.commit().await.unwrap();
    assert!(!lives(&db, "a2").await);
    assert!(lives(&db, "b").await);
}

async fn use_is_noted_forwards(db: TestStore) {
    let alice = db.person("alice").await;
    let session = begin(&db, alice.id, "a", 9_000).await;
    let mut tx = db.begin().await.unwrap();
    tx.touch_session(session.id, Millis(3_000)).await.unwrap();
    tx.touch_session(session.id, Millis(2_000)).await.unwrap();
    tx.commit().await.unwrap();
    let found = db.read().await.unwrap().live_session("a", NOW).await.unwrap().unwrap();
    assert_eq!(found.last_used_at, Millis(3_000));
}

async fn expired_ones_are_forgotten(db: TestStore) {
    let alice = db.person("alice").await;
    begin(&db, alice.id, "old", NOW.0).await;
    begin(&db, alice.id, "young", NOW.0 + 1).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.delete_expired_sessions(NOW).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert!(lives(&db, "young").await);
}

async fn ones_own_session_ends_or_all_others_do(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.person("bob").await);
    let mut hers = Vec::new();
    for token in ["a1", "a2", "a3", "a4"] {
        hers.push(begin(&db, alice.id, token, 9_000).await.id);
    }
    let his = begin(&db, bob.id, "b", 9_000).await.id;
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.delete_session_of(alice.id, his).await.unwrap(), "it isn't hers");
    assert!(tx.delete_session_of(alice.id, hers[0]).await.unwrap());
    assert!(!tx.delete_session_of(alice.id, hers[0]).await.unwrap());
    assert_eq!(tx.delete_sessions_except(alice.id, hers[2]).await.unwrap(), 2);
    assert_eq!(tx.delete_sessions_except(alice.id, hers[2]).await.unwrap(), 0);
    tx.commit().await.unwrap();
    for (token, alive) in [("a1", false), ("a2", false), ("a3", true), ("a4", false), ("b", true)] {
        assert_eq!(lives(&db, token).await, alive, "{token}");
    }
}
