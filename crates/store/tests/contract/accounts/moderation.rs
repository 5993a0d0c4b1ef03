//! Accounts that are kept out, and accounts that go.

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tintype_model::{AccountId, Millis, Page, StatusId, Visibility};
use tintype_store::{
    accounts::Account,
    blocks::Block,
    markers::MarkerTimeline,
    mutes::Mute,
    notifications::{Notification, NotificationKind},
    oauth::{OauthApp, OauthCode, OauthToken},
    sessions::Session,
    statuses::Status,
};

use super::{in_other_clothes, stored};
use crate::{
    database::TestStore,
    given::{an_account, ids_of},
};

contract!(
    an_account_is_suspended_and_let_in_again,
    an_account_is_silenced_and_heard_again,
    a_suspension_elsewhere_is_taken_back_elsewhere,
    a_suspension_ends_with_its_reason,
    an_account_is_deleted_for_good,
    each_server_is_reached_once,
    the_oldest_statuses_go_first,
    an_emptied_account_is_a_gravestone,
    a_removed_account_leaves_its_handle,
);

async fn an_account_is_suspended_and_let_in_again(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    // (what is set, since, what changes, since when then, how often others saw a change)
    for (at, changes, since, version) in [
        (None, false, None, 0),
        (Some(10), true, Some(Millis(10)), 1),
        (Some(20), false, Some(Millis(10)), 1),
        (None, true, None, 2),
        (Some(30), true, Some(Millis(30)), 3),
    ] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.set_suspended(alice.id, at.map(Millis), "account").await.unwrap(), changes, "{at:?}");
        tx.commit().await.unwrap();
        assert_eq!(
            stored(&db, alice.id).await,
            Account { suspended_at: since, version, ..alice.clone() },
            "{at:?}"
        );
    }
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.set_suspended(AccountId(1), Some(Millis(1)), "account").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(stored(&db, bob.id).await, bob);
}

async fn a_suspension_elsewhere_is_taken_back_elsewhere(db: TestStore) {
    let bob = db.account("bob").await;
    let (mut here, mut there) = (Vec::new(), Vec::new());
    // (who says it, since, what changes)
    for (by, at, changes) in [
        ("origin", None, false),
        ("origin", Some(10), true),
        ("origin", Some(20), false),
        ("origin", None, true),
        ("origin", Some(30), true),
        ("account", Some(40), false),
        ("origin", None, false),
        ("account", None, true),
        ("account", Some(50), true),
        ("origin", Some(60), false),
        ("origin", None, false),
    ] {
        let mut tx = db.begin().await.unwrap();
        let changed = if by == "origin" {
            tx.set_suspended_at_origin(bob.id, at.map(Millis)).await.unwrap()
        } else {
            tx.set_suspended(bob.id, at.map(Millis), by).await.unwrap()
        };
        tx.commit().await.unwrap();
        here.push(changed);
        there.push(changes);
    }
    assert_eq!(here, there);
    assert_eq!(stored(&db, bob.id).await.suspended_at, Some(Millis(50)));
}

async fn a_suspension_ends_with_its_reason(db: TestStore) {
    let alice = db.account("alice").await;
    // (what it is suspended by, what is over, whether it is let in)
    for (by, over, changes) in
        [("waiting", "waiting", true), ("account", "waiting", false), ("origin", "account", false)]
    {
        let mut tx = db.begin().await.unwrap();
        tx.set_suspended(alice.id, Some(Millis(10)), by).await.unwrap();
        assert_eq!(tx.end_suspension_by(alice.id, over).await.unwrap(), changes, "{by}");
        assert!(!tx.end_suspension_by(AccountId(1), over).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(stored(&db, alice.id).await.suspended_at.is_none(), changes, "{by}");
    }
}

async fn an_account_is_silenced_and_heard_again(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    for (at, changes, since, version) in [
        (None, false, None, 0),
        (Some(10), true, Some(Millis(10)), 1),
        (Some(20), false, Some(Millis(10)), 1),
        (None, true, None, 2),
    ] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.set_silenced(alice.id, at.map(Millis), "account").await.unwrap(), changes, "{at:?}");
        tx.commit().await.unwrap();
        assert_eq!(
            stored(&db, alice.id).await,
            Account { silenced_at: since, version, ..alice.clone() },
            "{at:?}"
        );
    }
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.set_silenced(AccountId(1), Some(Millis(1)), "account").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(stored(&db, bob.id).await, bob);
}

async fn an_account_is_deleted_for_good(db: TestStore) {
    let alice = db.account("alice").await;
    for (at, changes) in [(10, true), (20, false)] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.mark_deleted(alice.id, Millis(at)).await.unwrap(), changes);
        assert!(!tx.mark_deleted(AccountId(1), Millis(at)).await.unwrap());
        tx.commit().await.unwrap();
        let expected = Account { deleted_at: Some(Millis(10)), version: 1, ..alice.clone() };
        assert_eq!(stored(&db, alice.id).await, expected);
    }
}

async fn each_server_is_reached_once(db: TestStore) {
    let reached = async || db.read().await.unwrap().known_inboxes().await.unwrap();
    db.account("alice").await;
    assert_eq!(reached().await, [""; 0], "one's own server isn't told");
    for acct in ["a@b.example", "b@b.example", "a@a.example", "a@c.example"] {
        db.remote_account(acct).await;
    }
    let new = |acct| an_account(db.id(), acct);
    let rows = [
        Account { suspended_at: Some(Millis(1)), ..new("c@b.example") },
        Account { suspended_at: Some(Millis(1)), ..new("a@suspended.example") },
        Account { deleted_at: Some(Millis(1)), ..new("a@deleted.example") },
        Account { silenced_at: Some(Millis(1)), ..new("a@silenced.example") },
        Account { shared_inbox_url: None, ..new("a@small.example") },
        Account { shared_inbox_url: None, ..new("b@small.example") },
        Account { shared_inbox_url: None, suspended_at: Some(Millis(1)), ..new("c@small.example") },
        Account {
            shared_inbox_url: None,
            inbox_url: "https://b.example/inbox".to_owned(),
            ..new("d@b.example")
        },
    ];
    let mut tx = db.begin().await.unwrap();
    for row in &rows {
        assert!(tx.insert_account(row).await.unwrap());
    }
    tx.commit().await.unwrap();
    assert_eq!(
        reached().await,
        [
            "https://a.example/inbox",
            "https://b.example/inbox",
            "https://c.example/inbox",
            "https://silenced.example/inbox",
            "https://small.example/users/a/inbox",
            "https://small.example/users/b/inbox",
        ]
    );
}

async fn the_oldest_statuses_go_first(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post_to(&alice, Visibility::Direct).await;
    let boost = db.boost(&alice, &db.post(&bob).await).await;
    let answer = db.answer(&alice, &post).await;
    let mut tx = db.begin().await.unwrap();
    tx.mark_deleted(alice.id, Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    let found = reader.statuses_by(alice.id, 10).await.unwrap();
    assert_eq!(ids_of(&found), [post.id, boost.id, answer.id], "though nobody may see them any more");
    assert_eq!(ids_of(&reader.statuses_by(alice.id, 2).await.unwrap()), [post.id, boost.id]);
    assert_eq!(reader.statuses_by(AccountId(1), 10).await.unwrap(), []);
    assert_eq!(ids_of(&reader.boosts_by(alice.id, 10).await.unwrap()), [boost.id]);
    assert_eq!(reader.boosts_by(alice.id, 0).await.unwrap(), []);
}

/// Counts rows past the store, which has no function that counts them all.
async fn rows(db: &TestStore, of: &str) -> i64 {
    let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {of}"));
    if db.url().starts_with("sqlite") {
        let mut c = SqliteConnection::connect(db.url()).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut c).await.unwrap()
    } else {
        let mut c = PgConnection::connect(db.url()).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut c).await.unwrap()
    }
}

/// One of everything that an account may have, towards another.
async fn furnish(db: &TestStore, who: &Account, other: &Account, post: &Status, others: &Status) {
    db.bookmark(who, others).await;
    db.pin(post).await;
    db.picture(who, Some(post)).await;
    db.picture(who, None).await;
    let at = Millis(1);
    let name = &who.username;
    let app = OauthApp {
        id: db.id(),
        client_id: name.clone(),
        client_secret_hash: String::new(),
        name: "App".to_owned(),
        website: None,
        redirect_uris: String::new(),
        scopes: "read".to_owned(),
        created_at: at,
    };
    let code = OauthCode {
        code_hash: name.clone(),
        app_id: app.id,
        account_id: who.id,
        redirect_uri: String::new(),
        scopes: "read".to_owned(),
        code_challenge: None,
        created_at: at,
        expires_at: at,
        used_at: None,
    };
    let token = OauthToken {
        id: db.id(),
        token_hash: name.clone(),
        app_id: app.id,
        account_id: Some(who.id),
        scopes: "read".to_owned(),
        code_hash: None,
        created_at: at,
        last_used_at: at,
        revoked_at: None,
    };
    let session = Session {
        id: db.id(),
        account_id: who.id,
        token_hash: name.clone(),
        user_agent: String::new(),
        created_at: at,
        last_used_at: at,
        expires_at: at,
    };
    let notification = Notification {
        id: db.id(),
        account_id: who.id,
        kind: NotificationKind::Follow,
        from_id: other.id,
        status_id: None,
        created_at: at,
    };
    let block = Block {
        id: db.id(),
        account_id: who.id,
        target_id: other.id,
        uri: format!("{}#block", who.uri),
        created_at: at,
    };
    let mute = Mute {
        id: db.id(),
        account_id: who.id,
        target_id: other.id,
        hide_notifications: true,
        expires_at: None,
        created_at: at,
    };
    let mut tx = db.begin().await.unwrap();
    tx.insert_private_key(who.id, "-----BEGIN PRIVATE KEY-----", at).await.unwrap();
    tx.insert_home_entry(who.id, others).await.unwrap();
    tx.insert_oauth_app(&app).await.unwrap();
    tx.insert_oauth_code(&code).await.unwrap();
    tx.insert_oauth_token(&token).await.unwrap();
    tx.insert_session(&session).await.unwrap();
    assert!(tx.insert_notification(&notification).await.unwrap());
    assert!(tx.insert_block(&block).await.unwrap());
    tx.put_mute(&mute).await.unwrap();
    assert!(tx.insert_domain_block(db.id(), who.id, "far.example", at).await.unwrap());
    tx.set_account_note(who.id, other.id, "Knows the sea").await.unwrap();
    tx.mute_thread(who.id, others.id, at).await.unwrap();
    tx.save_marker(who.id, MarkerTimeline::Home, 1, at).await.unwrap();
    assert_eq!(tx.claim_idempotency_key(who.id, "k", post.id, at).await.unwrap(), None);
    tx.commit().await.unwrap();
}

async fn an_emptied_account_is_a_gravestone(db: TestStore) {
    let (alice, bob, carol) = (db.person("alice").await, db.person("bob").await, db.person("carol").await);
    let mut tx = db.begin().await.unwrap();
    assert!(tx.update_account(&in_other_clothes(&alice)).await.unwrap());
    tx.commit().await.unwrap();
    let (hers, his) = (db.post(&alice).await, db.post(&bob).await);
    furnish(&db, &alice, &bob, &hers, &his).await;
    furnish(&db, &bob, &alice, &his, &hers).await;
    furnish(&db, &carol, &bob, &db.post(&carol).await, &hers).await;
    let before = stored(&db, alice.id).await;

    let mut tx = db.begin().await.unwrap();
    tx.empty_account(alice.id).await.unwrap();
    tx.commit().await.unwrap();

    // What was there three times: alice's goes; bob's goes where it was about her, his own and carol's stay.
    for (table, left) in [
        ("home_entries", 2),
        ("notifications", 1),
        ("bookmarks", 2),
        ("pins", 2),
        ("blocks", 1),
        ("mutes", 1),
        ("account_domain_blocks", 2),
        ("account_notes", 1),
        ("thread_mutes", 2),
        ("markers", 2),
        ("sessions", 2),
        ("oauth_tokens", 2),
        ("oauth_codes", 2),
        ("idempotency_keys", 2),
        ("media_attachments WHERE status_id IS NULL", 2),
        ("media_attachments WHERE status_id IS NOT NULL", 3),
        ("statuses", 3),
        ("account_keys", 3),
        ("users", 3),
        ("oauth_apps", 3),
    ] {
        assert_eq!(rows(&db, table).await, left, "{table}");
    }
    for table in ["home_entries", "notifications", "bookmarks", "blocks", "markers", "sessions"] {
        let hers = format!("{table} WHERE account_id = {}", alice.id);
        assert_eq!(rows(&db, &hers).await, 0, "{hers}");
    }
    let grave = Account {
        display_name: String::new(),
        note: String::new(),
        note_source: String::new(),
        fields: "[]".to_owned(),
        avatar_key: None,
        avatar_remote_url: None,
        header_key: None,
        header_remote_url: None,
        last_status_at: None,
        version: before.version + 1,
        ..before
    };
    assert_eq!(stored(&db, alice.id).await, grave, "name, addresses, keys and counters stay");
    assert_eq!(stored(&db, bob.id).await.display_name, bob.display_name);

    let mut tx = db.begin().await.unwrap();
    tx.empty_account(alice.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(rows(&db, "bookmarks").await, 2, "again does no harm");
}

async fn a_removed_account_leaves_its_handle(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.remote_account("bob@far.example").await);
    let (hers, his) = (db.post(&alice).await, db.post(&bob).await);
    let answer = db.answer(&alice, &his).await;
    furnish(&db, &bob, &alice, &his, &hers).await;
    db.like(&bob, &hers).await;
    db.follow(&bob, &alice).await;
    db.mention(&hers, &[&bob]).await;
    for there in [true, false] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.remove_account(bob.id).await.unwrap(), there);
        tx.commit().await.unwrap();
    }
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.account(bob.id).await.unwrap(), None);
    assert_eq!(reader.status(his.id).await.unwrap(), None);
    let orphan = reader.status(answer.id).await.unwrap().unwrap();
    assert_eq!((orphan.in_reply_to_id, orphan.in_reply_to_account_id), (None, None));
    assert_eq!(reader.mentions_of(&[hers.id]).await.unwrap(), []);
    assert_eq!(reader.follow_between(bob.id, alice.id).await.unwrap(), None);
    assert_eq!(reader.favouriters(None, hers.id, &Page::newest(9)).await.unwrap(), []);
    assert_eq!(reader.statuses_by(alice.id, 9).await.unwrap().len(), 2);
    assert_eq!(reader.status(StatusId(1)).await.unwrap(), None);
    drop(reader);
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_account(&Account { id: db.id(), ..bob }).await.unwrap(), "the handle is free");
}
