//! What goes with a status when it is deleted, and what stays.

use std::slice::from_ref;

use tintype_model::{Millis, Page, StatusId};
use tintype_store::{
    notifications::{Notification, NotificationFilter, NotificationKind},
    statuses::Status,
};

use super::{stored, tag};
use crate::{
    database::TestStore,
    given::{a_status, an_answer},
};

contract!(
    nothing_of_a_deleted_post_stays_counted,
    boosts_likes_mentions_tags_entries_and_notifications_go_along,
    own_pictures_become_free_and_remote_ones_go,
    uris_of_the_post_and_its_boosts_are_buried,
    answers_outlive_what_they_answer,
    a_deleted_comment_is_counted_off_its_parent,
    an_undone_boost_leaves_the_original,
    deleting_twice_counts_once,
    a_parent_that_came_late_is_counted_off,
    a_rollback_brings_all_of_it_back,
);

const NOW: Millis = Millis(77);

async fn delete(db: &TestStore, status: &Status) {
    let mut tx = db.begin().await.unwrap();
    tx.delete_status(status, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

async fn nothing_of_a_deleted_post_stays_counted(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let carol = db.remote_account("carol@far.example").await;
    let (post, kept) = (db.post(&alice).await, db.post(&bob).await);
    for booster in [&alice, &bob, &carol] {
        db.boost(booster, &post).await;
    }
    db.boost(&carol, &kept).await;
    db.answer(&bob, &post).await;
    db.like(&carol, &post).await;
    assert_eq!(db.tally_of(&post).await, (1, 3, 1));
    assert_eq!(
        [db.counts_of(&alice).await.0, db.counts_of(&bob).await.0, db.counts_of(&carol).await.0],
        [2, 3, 2]
    );

    // As it was read before anything of it was counted.
    delete(&db, &post).await;
    assert_eq!(stored(&db, post.id).await, None);
    assert_eq!(
        [db.counts_of(&alice).await.0, db.counts_of(&bob).await.0, db.counts_of(&carol).await.0],
        [0, 2, 1]
    );
    assert_eq!(db.tally_of(&kept).await, (0, 1, 0));
}

async fn boosts_likes_mentions_tags_entries_and_notifications_go_along(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.person("bob").await);
    let (post, kept) = (db.post(&alice).await, db.post(&alice).await);
    for status in [&post, &kept] {
        tag(&db, status, &[("sea", "Sea")]).await;
        db.mention(status, &[&bob]).await;
    }
    let boost = db.boost(&bob, &post).await;
    let (like, other) = (db.like(&bob, &post).await, db.like(&bob, &kept).await);
    let mut tx = db.begin().await.unwrap();
    for status in [&post, &boost, &kept] {
        tx.insert_home_entry(alice.id, status).await.unwrap();
        let told = Notification {
            id: db.id(),
            account_id: alice.id,
            kind: NotificationKind::Mention,
            from_id: bob.id,
            status_id: Some(status.id),
            created_at: NOW,
        };
        assert!(tx.insert_notification(&told).await.unwrap());
    }
    tx.commit().await.unwrap();

    delete(&db, &post).await;
    let mut tx = db.begin().await.unwrap();
    for (status, there) in [(&post, false), (&boost, false), (&kept, true)] {
        assert_eq!(tx.home_has(alice.id, status.id).await.unwrap(), there);
    }
    let mut reader = tx.read();
    let all = [post.id, boost.id, kept.id];
    assert_eq!(reader.status(boost.id).await.unwrap(), None);
    assert_eq!(reader.favourite(like.id).await.unwrap(), None);
    assert_eq!(reader.favourite(other.id).await.unwrap(), Some(other));
    let mentions = reader.mentions_of(&all).await.unwrap();
    assert_eq!(mentions.iter().map(|m| m.status_id).collect::<Vec<_>>(), [kept.id]);
    let tags = reader.tags_of(&all).await.unwrap();
    assert_eq!(tags.iter().map(|t| t.status_id).collect::<Vec<_>>(), [kept.id]);
    let told =
        reader.notifications(alice.id, &NotificationFilter::default(), &Page::newest(10)).await.unwrap();
    assert_eq!(told.iter().map(|n| n.status_id).collect::<Vec<_>>(), [Some(kept.id)]);
}

async fn own_pictures_become_free_and_remote_ones_go(db: TestStore) {
    let alice = db.account("alice").await;
    let (post, kept) = (db.post(&alice).await, db.post(&alice).await);
    let own = db.picture(&alice, Some(&post)).await;
    let untouched = db.picture(&alice, Some(&kept)).await;
    let remote = tintype_store::media::Media {
        status_id: Some(post.id),
        remote_url: Some("https://far.example/1.jpg".to_owned()),
        ..crate::given::a_picture(db.id(), &alice)
    };
    let mut tx = db.begin().await.unwrap();
    tx.insert_media(&remote).await.unwrap();
    tx.commit().await.unwrap();

    delete(&db, &post).await;
    let mut reader = db.read().await.unwrap();
    let freed = reader.media(own.id).await.unwrap().unwrap();
    assert_eq!((freed.status_id, freed.created_at), (None, NOW), "its time runs from now");
    assert_eq!(reader.media(remote.id).await.unwrap(), None);
    assert_eq!(reader.media(untouched.id).await.unwrap(), Some(untouched));
    drop(reader);
    // "Delete and redraft": it can be posted again.
    let mut tx = db.begin().await.unwrap();
    assert!(tx.attach_media(alice.id, own.id, kept.id, 1).await.unwrap());
}

async fn uris_of_the_post_and_its_boosts_are_buried(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let (post, kept) = (db.post(&alice).await, db.post(&alice).await);
    let boost = db.boost(&bob, &post).await;
    delete(&db, &post).await;
    let mut reader = db.read().await.unwrap();
    for (uri, owner, buried) in [
        (&post.uri, alice.id, true),
        (&post.uri, bob.id, false),
        (&boost.uri, bob.id, true),
        (&boost.uri, alice.id, false),
        (&kept.uri, alice.id, false),
    ] {
        assert_eq!(reader.is_tombstone(uri, Some(owner)).await.unwrap(), buried, "{uri}");
    }
}

async fn answers_outlive_what_they_answer(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let answer = db.answer(&bob, &post).await;
    let deeper = db.answer(&alice, &answer).await;
    delete(&db, &post).await;
    let orphan = stored(&db, answer.id).await.unwrap();
    assert_eq!(orphan.in_reply_to_id, None);
    assert_eq!(orphan.in_reply_to_uri, Some(post.uri), "it stays a comment");
    assert_eq!(orphan.in_reply_to_account_id, Some(alice.id));
    assert_eq!(orphan.replies_count, 1);
    assert_eq!(stored(&db, deeper.id).await.unwrap().in_reply_to_id, Some(answer.id));
}

async fn a_deleted_comment_is_counted_off_its_parent(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let (first, second) = (db.answer(&bob, &post).await, db.answer(&bob, &post).await);
    let version = stored(&db, post.id).await.unwrap().version;
    delete(&db, &first).await;
    assert_eq!(db.tally_of(&post).await, (1, 0, 0));
    assert!(stored(&db, post.id).await.unwrap().version > version, "others can see it");
    assert_eq!(db.counts_of(&bob).await.0, 1);
    assert!(stored(&db, second.id).await.is_some());
}

async fn an_undone_boost_leaves_the_original(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let boost = db.boost(&bob, &post).await;
    delete(&db, &boost).await;
    assert_eq!(db.tally_of(&post).await, (0, 0, 0));
    assert_eq!((db.counts_of(&alice).await.0, db.counts_of(&bob).await.0), (1, 0));
    let mut reader = db.read().await.unwrap();
    assert!(!reader.is_tombstone(&post.uri, None).await.unwrap());
    drop(reader);
    db.boost(&bob, &post).await;
    assert_eq!(db.tally_of(&post).await, (0, 1, 0), "it can be boosted again");
}

async fn deleting_twice_counts_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (post, kept) = (db.post(&alice).await, db.post(&alice).await);
    let (answer, boost) = (db.answer(&bob, &post).await, db.boost(&bob, &post).await);
    for _ in 0..2 {
        delete(&db, &answer).await;
        delete(&db, &boost).await;
        assert_eq!(db.tally_of(&post).await, (0, 0, 0));
        assert_eq!(db.counts_of(&bob).await.0, 0);
    }
    for _ in 0..2 {
        delete(&db, &post).await;
        assert_eq!(db.counts_of(&alice).await.0, 1);
    }
    assert!(stored(&db, kept.id).await.is_some());
}

async fn a_parent_that_came_late_is_counted_off(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let parent = a_status(db.id(), &alice);
    let waiting =
        Status { in_reply_to_id: None, in_reply_to_account_id: None, ..an_answer(db.id(), &bob, &parent) };
    let waiting = db.publish(waiting).await;
    db.publish(parent.clone()).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.adopt_replies(&parent).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(db.tally_of(&parent).await, (1, 0, 0));
    // `waiting` knows nothing of its parent.
    delete(&db, &waiting).await;
    assert_eq!(db.tally_of(&parent).await, (0, 0, 0));
}

async fn a_rollback_brings_all_of_it_back(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let (boost, picture) = (db.boost(&bob, &post).await, db.picture(&alice, Some(&post)).await);
    let mut tx = db.begin().await.unwrap();
    tx.delete_status(&post, NOW).await.unwrap();
    assert_eq!(tx.read().status(boost.id).await.unwrap(), None);
    drop(tx);
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.media_of(from_ref(&post.id)).await.unwrap(), [picture]);
    assert_eq!(reader.status(boost.id).await.unwrap(), Some(boost));
    assert!(!reader.is_tombstone(&post.uri, None).await.unwrap());
    assert_eq!(reader.status(StatusId(1)).await.unwrap(), None);
    drop(reader);
    assert_eq!(db.tally_of(&post).await, (0, 1, 0));
}
