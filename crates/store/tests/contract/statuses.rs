//! Posts, comments and boosts, and what hangs on them.

mod deletion;
mod lists;
mod threads;

use tintype_model::{AccountId, Millis, StatusId, Visibility};
use tintype_store::{
    Error, Tx,
    oauth::OauthApp,
    statuses::{Mention, Status, StatusTag},
};

use crate::{
    database::TestStore,
    given::{a_boost, a_status, ids_of, reads_by_pages},
};

contract!(
    every_column_comes_back,
    duplicate_uri_changes_nothing,
    an_account_boosts_a_status_once,
    a_status_needs_its_author,
    a_locked_status_is_the_present_one,
    whom_a_status_addresses,
    hashtags_of_a_status,
    counters_add_up,
    the_apps_that_posted,
    who_boosted_what,
    rebloggers_by_pages_and_only_open_ones,
    remote_participants_hold_a_copy,
    an_idempotency_key_is_taken_once,
    what_is_old_is_forgotten,
    local_statuses_are_counted,
    a_nul_is_refused,
);

async fn stored(db: &TestStore, id: StatusId) -> Option<Status> {
    db.read().await.unwrap().status(id).await.unwrap()
}

async fn every_column_comes_back(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let parent = db.post(&bob).await;
    let app = an_app(&db, "Tester", None).await;
    let row = Status {
        visibility: Visibility::Unlisted,
        sensitive: true,
        spoiler_text: "Æ 🌊 'quoted'".to_owned(),
        language: None,
        in_reply_to_id: Some(parent.id),
        in_reply_to_account_id: Some(bob.id),
        in_reply_to_uri: Some(parent.uri.clone()),
        app_id: Some(app.id),
        replies_count: 1,
        reblogs_count: 2,
        favourites_count: 3,
        created_at: Millis(1_700_000_000_123),
        edited_at: Some(Millis(1_700_000_000_456)),
        version: 9,
        ..a_status(db.id(), &alice)
    };
    db.publish(row.clone()).await;
    let boost = db.boost(&bob, &row).await;
    let boosted = Status { reblogs_count: 3, version: 10, ..row.clone() };
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.status(row.id).await.unwrap().as_ref(), Some(&boosted));
    assert_eq!(reader.status_by_uri(&row.uri).await.unwrap().as_ref(), Some(&boosted));
    assert_eq!(reader.status_by_uri(&boost.uri).await.unwrap().as_ref(), Some(&boost));
    assert_eq!(reader.status(StatusId(1)).await.unwrap(), None);
    assert_eq!(reader.status_by_uri(&row.uri.to_uppercase()).await.unwrap(), None);
}

async fn duplicate_uri_changes_nothing(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let first = db.post(&alice).await;
    let again = Status { uri: first.uri.clone(), text: "Other".to_owned(), ..a_status(db.id(), &bob) };
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.insert_status(&again).await.unwrap());
    assert!(!tx.insert_status(&first).await.unwrap());
    assert!(tx.insert_status(&a_status(db.id(), &bob)).await.unwrap(), "the transaction lives on");
    tx.commit().await.unwrap();
    assert_eq!(stored(&db, first.id).await, Some(first));
    assert_eq!(stored(&db, again.id).await, None);
}

async fn an_account_boosts_a_status_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let boost = db.boost(&bob, &post).await;
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.insert_status(&a_boost(db.id(), &bob, &post)).await.unwrap());
    assert!(tx.insert_status(&a_boost(db.id(), &alice, &post)).await.unwrap(), "another may, the author too");
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.reblog_by(bob.id, post.id).await.unwrap().map(|s| s.id), Some(boost.id));
}

async fn a_status_needs_its_author(db: TestStore) {
    let alice = db.account("alice").await;
    for orphan in [
        Status { account_id: AccountId(1), ..a_status(db.id(), &alice) },
        Status { reblog_of_id: Some(StatusId(1)), ..a_status(db.id(), &alice) },
        Status { in_reply_to_id: Some(StatusId(1)), ..a_status(db.id(), &alice) },
    ] {
        let mut tx = db.begin().await.unwrap();
        let refused = tx.insert_status(&orphan).await;
        assert!(matches!(refused, Err(Error::Missing)), "{refused:?}");
    }
}

async fn a_locked_status_is_the_present_one(db: TestStore) {
    let post = db.post(&db.account("alice").await).await;
    let mut tx = db.begin().await.unwrap();
    tx.count_status(post.id, 0, 0, 1).await.unwrap();
    assert_eq!(tx.lock_status(post.id).await.unwrap().unwrap().favourites_count, 1);
    assert_eq!(tx.lock_status(StatusId(1)).await.unwrap(), None);
    drop(tx);
    assert_eq!(stored(&db, post.id).await, Some(post));
}

async fn whom_a_status_addresses(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let (one, two) = (db.post(&alice).await, db.post(&alice).await);
    let mut tx = db.begin().await.unwrap();
    tx.insert_mentions(one.id, &[(bob.id, true), (alice.id, false)]).await.unwrap();
    tx.insert_mentions(one.id, &[(bob.id, false)]).await.unwrap();
    tx.insert_mentions(two.id, &[(bob.id, false)]).await.unwrap();
    tx.insert_mentions(two.id, &[]).await.unwrap();
    tx.commit().await.unwrap();

    let mut reader = db.read().await.unwrap();
    let found = reader.mentions_of(&[two.id, one.id, StatusId(1)]).await.unwrap();
    let expected = [(one.id, &alice, false), (one.id, &bob, true), (two.id, &bob, false)].map(
        |(status_id, account, silent)| Mention {
            status_id,
            account_id: account.id,
            silent,
            username: account.username.clone(),
            domain: account.domain.clone(),
            url: account.url.clone(),
            uri: account.uri.clone(),
            local: account.local,
        },
    );
    assert_eq!(found, expected, "in order; the first word stands");
    assert_eq!(reader.mentions_of(&[]).await.unwrap(), []);
}

async fn hashtags_of_a_status(db: TestStore) {
    let alice = db.account("alice").await;
    let (one, two) = (db.post(&alice).await, db.post(&alice).await);
    tag(&db, &one, &[("sea", "Sea"), ("berg", "Berg"), ("sea", "SEA")]).await;
    tag(&db, &two, &[("sea", "sEa")]).await;
    let mut reader = db.read().await.unwrap();
    let found = reader.tags_of(&[two.id, one.id]).await.unwrap();
    let expected = [(one.id, "berg", "Berg"), (one.id, "sea", "Sea"), (two.id, "sea", "sEa")].map(
        |(status_id, name, display)| StatusTag {
            status_id,
            name: name.to_owned(),
            display: display.to_owned(),
        },
    );
    assert_eq!(found, expected);
    assert_eq!(reader.tags_of(&[]).await.unwrap(), []);
}

async fn counters_add_up(db: TestStore) {
    let alice = db.account("alice").await;
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let mut tx = db.begin().await.unwrap();
    tx.count_status(post.id, 1, 2, 3).await.unwrap();
    tx.count_status(post.id, 0, -1, 1).await.unwrap();
    tx.count_status(StatusId(1), 1, 1, 1).await.unwrap();
    tx.commit().await.unwrap();
    let now = stored(&db, post.id).await.unwrap();
    assert_eq!((now.replies_count, now.reblogs_count, now.favourites_count), (1, 1, 4));
    assert_eq!(now.version, 2, "every change is a new version");
    assert_eq!(stored(&db, other.id).await, Some(other));
}

async fn the_apps_that_posted(db: TestStore) {
    let one = an_app(&db, "One", Some("https://one.example/")).await;
    let two = an_app(&db, "Two", None).await;
    an_app(&db, "Three", None).await;
    let mut reader = db.read().await.unwrap();
    let mut found = reader.posting_apps(&[two.id, one.id]).await.unwrap();
    found.sort_by_key(|(id, _, _)| *id);
    assert_eq!(found, [(one.id, one.name, one.website), (two.id, two.name, None)]);
    assert_eq!(reader.posting_apps(&[]).await.unwrap(), []);
}

async fn who_boosted_what(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let posts = [db.post(&alice).await, db.post(&alice).await, db.post(&alice).await];
    let boost = db.boost(&bob, &posts[1]).await;
    db.boost(&alice, &posts[2]).await;
    let mut reader = db.read().await.unwrap();
    let all = ids_of(&posts);
    assert_eq!(reader.reblogged_among(bob.id, &all).await.unwrap(), [posts[1].id]);
    assert_eq!(reader.reblogged_among(bob.id, &[]).await.unwrap(), []);
    assert_eq!(reader.reblog_by(bob.id, posts[1].id).await.unwrap(), Some(boost));
    assert_eq!(reader.reblog_by(bob.id, posts[2].id).await.unwrap(), None);
}

async fn rebloggers_by_pages_and_only_open_ones(db: TestStore) {
    let alice = db.account("alice").await;
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let mut all = Vec::new();
    for name in ["b", "c", "d", "e", "f"] {
        let booster = db.account(name).await;
        all.push((db.boost(&booster, &post).await.id.0, booster.id));
        db.boost(&booster, &other).await;
    }
    let shy = db.account("shy").await;
    let hidden = Status { visibility: Visibility::Private, ..a_boost(db.id(), &shy, &post) };
    db.publish(hidden).await;
    all.reverse();
    let cursors: Vec<i64> = all.iter().map(|(id, _)| *id).collect();
    reads_by_pages(&cursors, async |page| {
        let rows = db.read().await.unwrap().rebloggers(None, post.id, &page).await.unwrap();
        assert!(rows.iter().all(|row| all.contains(row)), "{rows:?}");
        rows.into_iter().map(|(id, _)| id).collect()
    })
    .await;
    let page = tintype_model::Page::newest(1);
    let own = db.read().await.unwrap().rebloggers(Some(shy.id), post.id, &page).await.unwrap();
    assert_eq!(own.first().map(|(_, who)| *who), Some(shy.id), "the booster sees it");
    let reader = db.account("reader").await;
    let [(_, blocked), .., (_, muted)] = all[..] else { panic!("five") };
    for who in [blocked, muted] {
        let who = db.read().await.unwrap().account(who).await.unwrap().unwrap();
        if who.id == blocked {
            db.block(&reader, &who).await;
        } else {
            db.mute(&reader, &who, true).await;
        }
    }
    let page = tintype_model::Page::newest(10);
    let found = db.read().await.unwrap().rebloggers(Some(reader.id), post.id, &page).await.unwrap();
    assert_eq!(found, all[1..4], "without whom one doesn't want");
}

async fn remote_participants_hold_a_copy(db: TestStore) {
    let far = async |name: &str| db.remote_account(&format!("{name}@far.example")).await;
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let asked = far("asked").await;
    let (booster, liker, answerer) = (far("booster").await, far("liker").await, far("answerer").await);
    far("stranger").await;
    let question = db.post(&asked).await;
    let post = db.answer(&alice, &question).await;
    db.boost(&booster, &post).await;
    db.boost(&bob, &post).await;
    db.like(&liker, &post).await;
    db.like(&booster, &post).await;
    db.answer(&answerer, &post).await;
    let mut reader = db.read().await.unwrap();
    assert_eq!(
        reader.remote_participants(post.id).await.unwrap(),
        [asked.id, booster.id, liker.id, answerer.id],
        "each once, in order of ids, nobody of this instance"
    );
    let lonely = db.post(&bob).await;
    assert_eq!(reader.remote_participants(lonely.id).await.unwrap(), []);
}

async fn an_idempotency_key_is_taken_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let claim = async |tx: &mut Tx, who, key: &str, status| {
        tx.claim_idempotency_key(who, key, StatusId(status), Millis(1)).await.unwrap()
    };
    let mut tx = db.begin().await.unwrap();
    assert_eq!(claim(&mut tx, alice.id, "k", 1).await, None);
    assert_eq!(claim(&mut tx, alice.id, "k", 2).await, Some(StatusId(1)));
    assert_eq!(claim(&mut tx, bob.id, "k", 3).await, None, "keys are each account's own");
    assert_eq!(claim(&mut tx, alice.id, "K", 4).await, None);
    tx.commit().await.unwrap();
    let mut tx = db.begin().await.unwrap();
    assert_eq!(claim(&mut tx, alice.id, "k", 5).await, Some(StatusId(1)));
    assert_eq!(claim(&mut tx, alice.id, "undone", 6).await, None);
    tx.rollback().await.unwrap();
    let mut tx = db.begin().await.unwrap();
    assert_eq!(claim(&mut tx, alice.id, "undone", 7).await, None, "a rollback gives it back");
}

async fn what_is_old_is_forgotten(db: TestStore) {
    let alice = db.account("alice").await;
    let mut tx = db.begin().await.unwrap();
    for at in [10, 20, 30] {
        tx.claim_idempotency_key(alice.id, &at.to_string(), StatusId(at), Millis(at)).await.unwrap();
        tx.bury(&at.to_string(), None, Millis(at)).await.unwrap();
    }
    assert_eq!(tx.drop_idempotency_keys(Millis(20)).await.unwrap(), 1);
    assert_eq!(tx.drop_tombstones(Millis(20)).await.unwrap(), 1);
    let again = tx.claim_idempotency_key(alice.id, "10", StatusId(40), Millis(40)).await.unwrap();
    assert_eq!(again, None, "the old key is free");
    let kept = tx.claim_idempotency_key(alice.id, "20", StatusId(40), Millis(40)).await.unwrap();
    assert_eq!(kept, Some(StatusId(20)), "the bound itself is kept");
    assert!(!tx.read().is_tombstone("10", None).await.unwrap());
    assert!(tx.read().is_tombstone("20", None).await.unwrap());
}

async fn local_statuses_are_counted(db: TestStore) {
    assert_eq!(db.read().await.unwrap().local_statuses().await.unwrap(), 0);
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let far = db.remote_account("carol@far.example").await;
    db.post(&alice).await;
    db.post(&alice).await;
    let post = db.post(&bob).await;
    db.post(&far).await;
    db.boost(&far, &post).await;
    assert_eq!(db.read().await.unwrap().local_statuses().await.unwrap(), 3);
}

async fn a_nul_is_refused(db: TestStore) {
    let alice = db.account("alice").await;
    let post = db.post(&alice).await;
    let bad = "a\0b".to_owned();
    let new = || a_status(db.id(), &alice);
    let mut tx = db.begin().await.unwrap();
    for row in [
        Status { text: bad.clone(), ..new() },
        Status { content: bad.clone(), ..new() },
        Status { spoiler_text: bad.clone(), ..new() },
        Status { uri: bad.clone(), ..new() },
        Status { language: Some(bad.clone()), ..new() },
        Status { in_reply_to_uri: Some(bad.clone()), ..new() },
    ] {
        let refused = tx.insert_status(&row).await;
        assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    }
    let refused = tx.insert_tags(post.id, &[("sea".to_owned(), bad.clone())]).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    let refused = tx.bury(&bad, None, Millis(1)).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    let refused = tx.claim_idempotency_key(alice.id, &bad, post.id, Millis(1)).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    assert!(tx.insert_status(&new()).await.unwrap(), "the transaction lives on");
    tx.commit().await.unwrap();
    let asked = db.read().await.unwrap().status_by_uri(&bad).await;
    assert!(matches!(asked, Ok(None) | Err(Error::Value(_))), "{asked:?}");
    let asked = db.read().await.unwrap().search_tags(&bad, 0, 10).await;
    assert!(matches!(asked.as_deref(), Ok([]) | Err(Error::Value(_))), "{asked:?}");
}

/// Gives a status hashtags: (key, as written).
async fn tag(db: &TestStore, status: &Status, tags: &[(&str, &str)]) {
    let tags: Vec<_> = tags.iter().map(|(key, display)| ((*key).to_owned(), (*display).to_owned())).collect();
    let mut tx = db.begin().await.unwrap();
    tx.insert_tags(status.id, &tags).await.unwrap();
    tx.commit().await.unwrap();
}

async fn an_app(db: &TestStore, name: &str, website: Option<&str>) -> OauthApp {
    let app = OauthApp {
        id: db.id(),
        client_id: name.to_owned(),
        client_secret_hash: "secret".to_owned(),
        name: name.to_owned(),
        website: website.map(str::to_owned),
        redirect_uris: "app://x".to_owned(),
        scopes: "read".to_owned(),
        created_at: Millis(1),
    };
    let mut tx = db.begin().await.unwrap();
    tx.insert_oauth_app(&app).await.unwrap();
    tx.commit().await.unwrap();
    app
}
