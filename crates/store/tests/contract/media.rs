//! Pictures, in posts and free.

use tintype_model::{AccountId, MediaId, Millis, StatusId};
use tintype_store::{Error, accounts::Account, media::Media};

use crate::{
    database::TestStore,
    given::{a_picture, an_account},
};

contract!(
    every_column_comes_back,
    pictures_come_in_the_order_of_their_post,
    a_free_picture_of_ones_own_is_attached_once,
    ones_own_picture_is_described,
    many_are_found_at_once,
    files_are_counted_by_kind,
    files_are_listed_in_order,
    our_copy_of_a_remote_picture_is_noted,
    our_copy_of_an_avatar_is_noted_while_it_is_that_one,
    old_free_pictures_are_forgotten,
    files_that_a_row_names_are_known,
    a_nul_is_refused,
);

async fn insert(db: &TestStore, media: Media) -> Media {
    let mut tx = db.begin().await.unwrap();
    tx.insert_media(&media).await.unwrap();
    tx.commit().await.unwrap();
    media
}

async fn stored(db: &TestStore, id: MediaId) -> Option<Media> {
    db.read().await.unwrap().media(id).await.unwrap()
}

async fn every_column_comes_back(db: TestStore) {
    let alice = db.account("alice").await;
    let full = db.picture(&alice, Some(&db.post(&alice).await)).await;
    assert_eq!(stored(&db, full.id).await, Some(full));
    let bare = Media {
        kind: "unknown".to_owned(),
        file_key: None,
        small_key: None,
        remote_url: Some("https://far.example/ä 1.jpg".to_owned()),
        width: None,
        height: None,
        small_width: None,
        small_height: None,
        blurhash: None,
        description: None,
        focus_x: None,
        focus_y: None,
        ..a_picture(db.id(), &alice)
    };
    let bare = insert(&db, bare).await;
    assert_eq!(stored(&db, bare.id).await, Some(bare));
    assert_eq!(stored(&db, MediaId(1)).await, None);
}

async fn pictures_come_in_the_order_of_their_post(db: TestStore) {
    let alice = db.account("alice").await;
    let (one, two) = (db.post(&alice).await, db.post(&alice).await);
    let mut expected = Vec::new();
    for (status, positions) in [(&two, [0, 1, 1]), (&one, [2, 0, 1])] {
        for position in positions {
            let row = Media { status_id: Some(status.id), position, ..a_picture(db.id(), &alice) };
            expected.push(insert(&db, row).await);
        }
    }
    db.picture(&alice, None).await;
    let removed = Media { status_id: Some(one.id), position: -1, ..a_picture(db.id(), &alice) };
    insert(&db, removed).await;
    expected.sort_by_key(|m| (m.status_id, m.position, m.id));
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.media_of(&[two.id, one.id, StatusId(1)]).await.unwrap(), expected);
    assert_eq!(reader.media_of(&[]).await.unwrap(), []);
}

async fn a_free_picture_of_ones_own_is_attached_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let picture = db.picture(&alice, None).await;
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.attach_media(bob.id, picture.id, post.id, 0).await.unwrap(), "it isn't theirs");
    assert!(!tx.attach_media(alice.id, MediaId(1), post.id, 0).await.unwrap());
    assert!(tx.attach_media(alice.id, picture.id, post.id, 3).await.unwrap());
    assert!(!tx.attach_media(alice.id, picture.id, other.id, 0).await.unwrap(), "it isn't free any more");
    tx.commit().await.unwrap();
    let expected = Media { status_id: Some(post.id), position: 3, ..picture };
    assert_eq!(stored(&db, expected.id).await, Some(expected));
}

async fn ones_own_picture_is_described(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let before = [db.picture(&alice, None).await, db.picture(&alice, Some(&post)).await];
    let described = Media {
        description: Some("Ein See".to_owned()),
        focus_x: Some(1.0),
        focus_y: Some(-1.0),
        ..before[0].clone()
    };
    // (description, focus, what is there then)
    let steps = [
        (Some(Some("Ein See")), Some((1.0, -1.0)), described.clone()),
        (None, None, described.clone()),
        (Some(None), None, Media { description: None, ..described.clone() }),
        (
            None,
            Some((0.0, 0.25)),
            Media { description: None, focus_x: Some(0.0), focus_y: Some(0.25), ..described.clone() },
        ),
        (
            Some(Some("")),
            None,
            Media {
                description: Some(String::new()),
                focus_x: Some(0.0),
                focus_y: Some(0.25),
                ..described.clone()
            },
        ),
    ];
    for (description, focus, expected) in steps {
        for row in &before {
            let mut tx = db.begin().await.unwrap();
            assert!(tx.describe_media(alice.id, row.id, description, focus).await.unwrap());
            assert!(!tx.describe_media(bob.id, row.id, Some(Some("Mine")), focus).await.unwrap());
            tx.commit().await.unwrap();
            let now = stored(&db, row.id).await.unwrap();
            assert_eq!(
                (now.description, now.focus_x, now.focus_y),
                (expected.description.clone(), expected.focus_x, expected.focus_y),
                "{description:?} {focus:?}"
            );
            assert_eq!((now.status_id, now.file_key), (row.status_id, row.file_key.clone()));
        }
    }
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.describe_media(alice.id, MediaId(1), None, None).await.unwrap());
}

async fn many_are_found_at_once(db: TestStore) {
    let alice = db.account("alice").await;
    let (free, posted) =
        (db.picture(&alice, None).await, db.picture(&alice, Some(&db.post(&alice).await)).await);
    db.picture(&alice, None).await;
    let mut reader = db.read().await.unwrap();
    let mut found = reader.media_by_ids(&[posted.id, MediaId(1), free.id, posted.id]).await.unwrap();
    found.sort_by_key(|m| m.id);
    assert_eq!(found, [free, posted], "each once, strangers left out");
    assert_eq!(reader.media_by_ids(&[]).await.unwrap(), []);
}

/// Rows that name eight files: two local ones (in three rows), two copies of remote ones, two avatars, two headers.
async fn name_files(db: &TestStore) {
    let row = |id, acct, avatar: &str, header: &str| Account {
        avatar_key: Some(avatar.to_owned()),
        header_key: Some(header.to_owned()),
        ..an_account(id, acct)
    };
    let (alice, bob) = (row(db.id(), "alice", "f", "a"), row(db.id(), "bob@far.example", "h", "b"));
    let mut tx = db.begin().await.unwrap();
    for account in [&alice, &bob] {
        tx.insert_account(account).await.unwrap();
    }
    tx.commit().await.unwrap();
    let files = |id, by, file: Option<&str>, small: Option<&str>| Media {
        file_key: file.map(str::to_owned),
        small_key: small.map(str::to_owned),
        ..a_picture(id, by)
    };
    for _ in 0..3 {
        insert(db, files(db.id(), &alice, Some("c"), Some("g"))).await;
    }
    let remote = Some("https://far.example/1.jpg".to_owned());
    insert(db, Media { remote_url: remote.clone(), ..files(db.id(), &bob, Some("e"), Some("d")) }).await;
    insert(db, Media { remote_url: remote, ..files(db.id(), &bob, None, None) }).await;
}

async fn files_are_counted_by_kind(db: TestStore) {
    let counted = async || -> Vec<(String, i64)> {
        let rows = db.read().await.unwrap().media_usage().await.unwrap();
        rows.into_iter().map(|u| (u.kind, u.files)).collect()
    };
    let expected = |local, remote, avatars| {
        [("local".to_owned(), local), ("remote".to_owned(), remote), ("avatars".to_owned(), avatars)]
    };
    assert_eq!(counted().await, expected(0, 0, 0));
    name_files(&db).await;
    assert_eq!(counted().await, expected(2, 2, 4));
}

async fn files_are_listed_in_order(db: TestStore) {
    let read = async |after: &str, limit| db.read().await.unwrap().files_after(after, limit).await.unwrap();
    assert_eq!(read("", 10).await, [""; 0]);
    name_files(&db).await;
    let all = ["a", "b", "c", "d", "e", "f", "g", "h"];
    assert_eq!(read("", 100).await, all);
    for limit in [1, 2, 3, 8] {
        let mut seen: Vec<String> = Vec::new();
        loop {
            let some = read(seen.last().map_or("", String::as_str), limit).await;
            let last = some.len() < usize::try_from(limit).unwrap();
            seen.extend(some);
            if last {
                break;
            }
        }
        assert_eq!(seen, all, "{limit} at a time");
    }
    assert_eq!(read("bb", 2).await, ["c", "d"]);
    assert_eq!(read("h", 2).await, [""; 0]);
}

async fn our_copy_of_a_remote_picture_is_noted(db: TestStore) {
    let bob = db.remote_account("bob@far.example").await;
    let before = db.picture(&bob, Some(&db.post(&bob).await)).await;
    let greedy = Media {
        file_key: Some("file".to_owned()),
        small_key: Some("small".to_owned()),
        content_type: "image/webp".to_owned(),
        width: Some(1),
        height: Some(2),
        small_width: Some(3),
        small_height: Some(4),
        blurhash: Some("hash".to_owned()),
        account_id: AccountId(1),
        status_id: None,
        description: Some("Other".to_owned()),
        remote_url: Some("https://else.example/".to_owned()),
        ..before.clone()
    };
    let mut tx = db.begin().await.unwrap();
    tx.set_media_file(&greedy).await.unwrap();
    tx.commit().await.unwrap();
    let expected = Media {
        account_id: before.account_id,
        status_id: before.status_id,
        description: before.description,
        remote_url: before.remote_url,
        ..greedy
    };
    assert_eq!(stored(&db, before.id).await, Some(expected), "the file changes, the picture doesn't");
}

async fn our_copy_of_an_avatar_is_noted_while_it_is_that_one(db: TestStore) {
    let url = "https://far.example/avatar.png";
    let row = Account {
        avatar_remote_url: Some(url.to_owned()),
        header_remote_url: Some("https://far.example/header.png".to_owned()),
        ..an_account(db.id(), "bob@far.example")
    };
    let mut tx = db.begin().await.unwrap();
    tx.insert_account(&row).await.unwrap();
    tx.set_avatar_file(row.id, "https://far.example/older.png", "late").await.unwrap();
    assert_eq!(tx.read().account(row.id).await.unwrap().unwrap().avatar_key, None);
    tx.set_avatar_file(row.id, url, "key").await.unwrap();
    tx.set_header_file(row.id, url, "late").await.unwrap();
    assert_eq!(tx.read().account(row.id).await.unwrap().unwrap().header_key, None);
    tx.set_header_file(row.id, "https://far.example/header.png", "wide").await.unwrap();
    tx.commit().await.unwrap();
    let now = db.read().await.unwrap().account(row.id).await.unwrap().unwrap();
    assert_eq!((now.avatar_key.as_deref(), now.header_key.as_deref()), (Some("key"), Some("wide")));
}

async fn old_free_pictures_are_forgotten(db: TestStore) {
    let alice = db.account("alice").await;
    let post = db.post(&alice).await;
    let at = |status_id, at| Media { status_id, created_at: Millis(at), ..a_picture(db.id(), &alice) };
    let rows = [at(None, 10), at(None, 20), at(Some(post.id), 10)];
    for row in &rows {
        insert(&db, row.clone()).await;
    }
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.drop_free_media(Millis(20)).await.unwrap(), 1);
    assert_eq!(tx.drop_free_media(Millis(20)).await.unwrap(), 0);
    tx.commit().await.unwrap();
    let there = [stored(&db, rows[0].id).await, stored(&db, rows[1].id).await, stored(&db, rows[2].id).await];
    assert_eq!(there.map(|m| m.is_some()), [false, true, true]);
}

async fn files_that_a_row_names_are_known(db: TestStore) {
    let row = Account {
        avatar_key: Some("avatar".to_owned()),
        header_key: Some("it's a header".to_owned()),
        ..an_account(db.id(), "alice")
    };
    let mut tx = db.begin().await.unwrap();
    tx.insert_account(&row).await.unwrap();
    tx.commit().await.unwrap();
    for _ in 0..2 {
        let shared = Media {
            file_key: Some("file".to_owned()),
            small_key: Some("small".to_owned()),
            ..a_picture(db.id(), &row)
        };
        insert(&db, shared).await;
    }
    let asked = ["file", "orphan", "small", "avatar", "it's a header", "", "FILE"].map(str::to_owned);
    let mut reader = db.read().await.unwrap();
    let mut known = reader.known_files(&asked).await.unwrap();
    known.sort();
    assert_eq!(known, ["avatar", "file", "it's a header", "small"]);
    assert_eq!(reader.known_files(&[]).await.unwrap(), [""; 0]);
}

async fn a_nul_is_refused(db: TestStore) {
    let alice = db.account("alice").await;
    let free = db.picture(&alice, None).await;
    let mut tx = db.begin().await.unwrap();
    let row = Media { description: Some("a\0b".to_owned()), ..a_picture(db.id(), &alice) };
    let refused = tx.insert_media(&row).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    let refused = tx.describe_media(alice.id, free.id, Some(Some("a\0b")), None).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    tx.commit().await.unwrap();
    assert_eq!(stored(&db, free.id).await, Some(free));
}
