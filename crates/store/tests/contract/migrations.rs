//! What migrations do with rows that are there already: a database of an older version is filled, then opened.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tintype_model::{AccountId, Millis, StatusId};

use crate::database::OldStore;

/// The schema before relations, threads and moderation.
const FEDERATION: i64 = 8;

/// Two accounts and one that waits to be let in; a thread 1 ← 2 ← 3 with another answer 4 to 1; 5 alone; 6 waits for what it answers and is answered by 7;
/// 8 boosts 1.
const ROWS: &str = "
    INSERT INTO accounts (id, username, domain, acct_key, local, kind, uri, url, inbox_url, created_at, updated_at) VALUES
        (10, 'alice', NULL, 'alice', TRUE, 'person', 'https://here.example/users/alice', '', '', 1, 1),
        (11, 'anna', NULL, 'anna', TRUE, 'person', 'https://here.example/users/anna', '', '', 5, 5),
        (20, 'bob', 'far.example', 'bob@far.example', FALSE, 'person', 'https://far.example/users/bob', '', '', 1, 1),
        (21, 'carl', 'nice.example', 'carl@nice.example', FALSE, 'person', 'http://social.example:8443/carl', '', '', 1, 1),
        (22, 'dora', 'plain.example', 'dora@plain.example', FALSE, 'person', 'https://plain.example', '', '', 1, 1);
    INSERT INTO users (account_id, email, email_key, password_hash, role, approved, created_at, last_active_at) VALUES
        (10, 'alice@mail.example', 'alice@mail.example', '', 'member', TRUE, 1, 1),
        (11, 'anna@mail.example', 'anna@mail.example', '', 'member', FALSE, 5, 5);
    INSERT INTO statuses (id, uri, url, account_id, local, visibility, in_reply_to_id, in_reply_to_uri, reblog_of_id, created_at)
    VALUES
        (1, 'u1', '', 10, TRUE, 'public', NULL, NULL, NULL, 1),
        (2, 'u2', '', 20, FALSE, 'public', 1, 'u1', NULL, 1),
        (3, 'u3', '', 10, TRUE, 'direct', 2, 'u2', NULL, 1),
        (4, 'u4', '', 20, FALSE, 'public', 1, 'u1', NULL, 1),
        (5, 'u5', '', 20, FALSE, 'public', NULL, NULL, NULL, 1),
        (6, 'u6', '', 20, FALSE, 'public', NULL, 'unknown', NULL, 1),
        (7, 'u7', '', 10, TRUE, 'public', 6, 'u6', NULL, 1),
        (8, 'u8', '', 20, FALSE, 'public', NULL, NULL, 1, 1);
    INSERT INTO tombstones (uri, account_id, deleted_at) VALUES ('bobs', 20, 7), ('anybodys', NULL, 8);
";

#[tokio::test]
async fn sqlite_brings_old_rows_along() {
    let old = OldStore::sqlite(FEDERATION).await;
    let mut c = SqliteConnection::connect(old.url()).await.unwrap();
    c.execute(sqlx::raw_sql(AssertSqlSafe(ROWS))).await.unwrap();
    c.close().await.unwrap();
    old_rows_are_right(old).await;
}

#[tokio::test]
async fn postgres_brings_old_rows_along() {
    let old = OldStore::postgres(FEDERATION).await;
    let mut c = PgConnection::connect(old.url()).await.unwrap();
    c.execute(sqlx::raw_sql(AssertSqlSafe(ROWS))).await.unwrap();
    c.close().await.unwrap();
    old_rows_are_right(old).await;
}

async fn old_rows_are_right(old: OldStore) {
    let db = old.migrate().await;
    let mut reader = db.read().await.unwrap();
    for (status, thread) in [(1, 1), (2, 1), (3, 1), (4, 1), (5, 5), (6, 6), (7, 6), (8, 8)] {
        let found = reader.thread_of(StatusId(status)).await.unwrap();
        assert_eq!(found, Some(StatusId(thread)), "status {status}");
    }
    let (alice, bob) = (AccountId(10), AccountId(20));
    for (uri, who, buried) in [
        ("bobs", Some(bob), true),
        ("bobs", Some(alice), false),
        ("anybodys", Some(alice), true),
        ("anybodys", Some(bob), true),
        ("u1", None, false),
    ] {
        assert_eq!(reader.is_tombstone(uri, who).await.unwrap(), buried, "{uri} {who:?}");
    }
    let account = reader.account(alice).await.unwrap().unwrap();
    assert_eq!((account.hide_collections, account.silenced_at, account.suspended_at), (false, None, None));
    let waits = reader.account(AccountId(11)).await.unwrap().unwrap();
    assert_eq!(waits.suspended_at, Some(Millis(5)), "since they asked to join");
    assert_eq!(reader.user(alice).await.unwrap().unwrap().reason, None);
    let domains = reader.known_domains().await.unwrap();
    let expected = ["far.example", "nice.example", "plain.example", "social.example:8443"];
    assert_eq!(domains, expected, "handles', and actors' servers");
    drop(reader);
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.drop_tombstones(Millis(8)).await.unwrap(), 1, "their age came along");
    assert!(tx.end_suspension_by(waits.id, "waiting").await.unwrap());
}
