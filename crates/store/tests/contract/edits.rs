//! Changes of what was published.

use tintype_model::{AccountId, EditId, MediaId, Millis, StatusId};
use tintype_store::{
    Error,
    edits::{StatusChange, StatusEdit, VERSIONS},
    media::Media,
    statuses::Status,
};

use crate::{
    database::TestStore,
    given::{a_picture, a_status},
};

contract!(
    versions_come_oldest_first,
    a_version_goes_with_its_status,
    an_edit_changes_what_is_said_and_nothing_else,
    hashtags_are_replaced,
    mentions_come_and_fall_silent,
    pictures_come_go_and_change_places,
    a_removed_picture_shows_nowhere_else,
    the_first_version_and_the_latest_stay,
    a_nul_is_refused,
);

fn a_version(id: EditId, of: &Status, content: &str) -> StatusEdit {
    StatusEdit {
        id,
        status_id: of.id,
        content: content.to_owned(),
        spoiler_text: "Spoiler".to_owned(),
        sensitive: true,
        media: r#"[{"id":"1"}]"#.to_owned(),
        created_at: Millis(5_000),
    }
}

fn a_change(of: StatusId) -> StatusChange {
    StatusChange {
        id: of,
        content: "<p>New</p>".to_owned(),
        text: "New".to_owned(),
        spoiler_text: "Careful".to_owned(),
        sensitive: true,
        language: None,
        edited_at: Some(Millis(9_000)),
    }
}

async fn versions_come_oldest_first(db: TestStore) {
    let alice = db.account("alice").await;
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let rows = [
        a_version(db.id(), &post, "one"),
        a_version(db.id(), &other, "other"),
        StatusEdit { sensitive: false, ..a_version(db.id(), &post, "two") },
    ];
    let mut tx = db.begin().await.unwrap();
    // Not in the order of their ids.
    for row in rows.iter().rev() {
        tx.insert_edit(row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    let found = reader.edits_of(post.id).await.unwrap();
    assert_eq!(found, [rows[0].clone(), rows[2].clone()]);
    assert_eq!(reader.edits_of(StatusId(1)).await.unwrap(), []);
    for (status, edited) in [(post.id, true), (other.id, true), (StatusId(1), false)] {
        assert_eq!(reader.has_edits(status).await.unwrap(), edited);
    }
}

async fn the_first_version_and_the_latest_stay(db: TestStore) {
    let alice = db.account("alice").await;
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let mut tx = db.begin().await.unwrap();
    let bystander = a_version(db.id(), &other, "other");
    tx.insert_edit(&bystander).await.unwrap();
    for n in 0..VERSIONS + 3 {
        tx.insert_edit(&a_version(db.id(), &post, &n.to_string())).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    let found = reader.edits_of(post.id).await.unwrap();
    let expected: Vec<String> = std::iter::once(0).chain(3..VERSIONS + 3).map(|n| n.to_string()).collect();
    assert_eq!(found.iter().map(|e| e.content.as_str()).collect::<Vec<_>>(), expected);
    assert_eq!(reader.edits_of(other.id).await.unwrap(), [bystander]);
}

async fn a_version_goes_with_its_status(db: TestStore) {
    let post = db.post(&db.account("alice").await).await;
    let mut tx = db.begin().await.unwrap();
    tx.insert_edit(&a_version(db.id(), &post, "one")).await.unwrap();
    tx.delete_status(&post, Millis(1)).await.unwrap();
    assert_eq!(tx.read().edits_of(post.id).await.unwrap(), []);
    let orphan = tx.insert_edit(&a_version(db.id(), &post, "two")).await;
    assert!(matches!(orphan, Err(Error::Missing)), "{orphan:?}");
}

async fn an_edit_changes_what_is_said_and_nothing_else(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let parent = db.post(&alice).await;
    let (before, bystander) = (db.answer(&bob, &parent).await, db.answer(&bob, &parent).await);
    let mut tx = db.begin().await.unwrap();
    assert!(tx.update_status(&a_change(before.id)).await.unwrap());
    assert!(!tx.update_status(&a_change(StatusId(1))).await.unwrap());
    tx.commit().await.unwrap();
    let expected = Status {
        content: "<p>New</p>".to_owned(),
        text: "New".to_owned(),
        spoiler_text: "Careful".to_owned(),
        sensitive: true,
        language: None,
        edited_at: Some(Millis(9_000)),
        version: before.version + 1,
        ..before
    };
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.status(expected.id).await.unwrap(), Some(expected));
    assert_eq!(reader.status(bystander.id).await.unwrap(), Some(bystander));
}

async fn hashtags_are_replaced(db: TestStore) {
    let alice = db.account("alice").await;
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let tag = |key: &str, display: &str| (key.to_owned(), display.to_owned());
    let tags = async |of: StatusId| -> Vec<String> {
        let rows = db.read().await.unwrap().tags_of(&[of]).await.unwrap();
        rows.into_iter().map(|t| t.display).collect()
    };
    let mut tx = db.begin().await.unwrap();
    tx.insert_tags(post.id, &[tag("sea", "Sea"), tag("sky", "sky")]).await.unwrap();
    tx.insert_tags(other.id, &[tag("sea", "sea")]).await.unwrap();
    tx.commit().await.unwrap();
    for (new, expected) in [
        (vec![tag("lake", "Lake"), tag("sea", "SEA")], vec!["Lake", "SEA"]),
        (vec![], vec![]),
        (vec![tag("hill", "hill")], vec!["hill"]),
    ] {
        let mut tx = db.begin().await.unwrap();
        tx.replace_tags(post.id, &new).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(tags(post.id).await, expected);
        assert_eq!(tags(other.id).await, ["sea"]);
    }
}

async fn mentions_come_and_fall_silent(db: TestStore) {
    let alice = db.account("alice").await;
    let (bob, carol, dora) = (db.account("bob").await, db.account("carol").await, db.account("dora").await);
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let named = async |of: StatusId| -> Vec<(AccountId, bool)> {
        let rows = db.read().await.unwrap().mentions_of(&[of]).await.unwrap();
        rows.into_iter().map(|m| (m.account_id, m.silent)).collect()
    };
    db.mention(&post, &[&bob, &carol]).await;
    db.mention(&other, &[&bob]).await;

    let mut tx = db.begin().await.unwrap();
    tx.silence_mentions_except(post.id, &[carol.id, dora.id]).await.unwrap();
    tx.put_mentions(post.id, &[(carol.id, false), (dora.id, false)]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(named(post.id).await, [(bob.id, true), (carol.id, false), (dora.id, false)]);
    assert_eq!(named(other.id).await, [(bob.id, false)]);

    let mut tx = db.begin().await.unwrap();
    tx.put_mentions(post.id, &[(bob.id, false), (dora.id, true)]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(named(post.id).await, [(bob.id, false), (carol.id, false), (dora.id, true)]);

    let mut tx = db.begin().await.unwrap();
    tx.silence_mentions_except(post.id, &[]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(named(post.id).await, [(bob.id, true), (carol.id, true), (dora.id, true)]);
}

async fn pictures_come_go_and_change_places(db: TestStore) {
    let alice = db.account("alice").await;
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let mut rows: Vec<MediaId> = Vec::new();
    let mut tx = db.begin().await.unwrap();
    for position in 0..3 {
        let row = Media { status_id: Some(post.id), position, ..a_picture(db.id(), &alice) };
        tx.insert_media(&row).await.unwrap();
        rows.push(row.id);
    }
    tx.commit().await.unwrap();
    let theirs = db.picture(&alice, Some(&other)).await;
    let free = db.picture(&alice, None).await;
    let shown = async |of: StatusId| -> Vec<(MediaId, i64)> {
        let rows = db.read().await.unwrap().media_of(&[of]).await.unwrap();
        rows.into_iter().map(|m| (m.id, m.position)).collect()
    };
    for (wanted, expected) in [
        (vec![rows[2], rows[0]], vec![(rows[2], 0), (rows[0], 1)]),
        (vec![rows[1], theirs.id, free.id], vec![(rows[1], 0)]),
        (vec![], vec![]),
        (vec![rows[0], rows[1], rows[2]], vec![(rows[0], 0), (rows[1], 1), (rows[2], 2)]),
    ] {
        let mut tx = db.begin().await.unwrap();
        tx.place_media(post.id, &wanted).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(shown(post.id).await, expected, "{wanted:?}");
        assert_eq!(shown(other.id).await, [(theirs.id, 0)], "another status' pictures stay");
    }
    let still_free = db.read().await.unwrap().media(free.id).await.unwrap().unwrap();
    assert_eq!(still_free, free);
}

async fn a_removed_picture_shows_nowhere_else(db: TestStore) {
    let alice = db.account("alice").await;
    let post = db.post(&alice).await;
    let picture = db.picture(&alice, Some(&post)).await;
    let mut tx = db.begin().await.unwrap();
    tx.place_media(post.id, &[]).await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    let hidden = Media { position: -1, ..picture.clone() };
    assert_eq!(reader.media_by_ids(&[picture.id]).await.unwrap(), [hidden], "the history has it");
    let file = picture.file_key.unwrap();
    assert_eq!(reader.known_files(std::slice::from_ref(&file)).await.unwrap(), [file], "its file stays");
}

async fn a_nul_is_refused(db: TestStore) {
    let alice = db.account("alice").await;
    let post = db.publish(a_status(db.id(), &alice)).await;
    let bad = "a\0b";
    let mut tx = db.begin().await.unwrap();
    let refused = tx.insert_edit(&a_version(db.id(), &post, bad)).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    let refused = tx.update_status(&StatusChange { text: bad.to_owned(), ..a_change(post.id) }).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    let refused = tx.replace_tags(post.id, &[("sea".to_owned(), bad.to_owned())]).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
}
