//! Likes.

use tintype_model::{FavouriteId, Millis, Page, StatusId, Visibility};
use tintype_store::{Error, favourites::Favourite};

use crate::{
    database::TestStore,
    given::{ids_of, reads_by_pages},
};

contract!(
    a_like_is_found_three_ways,
    a_like_is_counted_once,
    a_like_is_counted_off_once,
    a_rollback_takes_row_and_counter,
    what_of_many_one_has_liked,
    likers_by_pages,
    what_one_has_liked_by_pages,
    only_likes_of_what_one_may_still_see,
    likes_to_take_back,
    a_like_needs_its_status,
);

async fn a_like_is_found_three_ways(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let like = db.like(&bob, &post).await;
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.favourite(like.id).await.unwrap().as_ref(), Some(&like));
    assert_eq!(reader.favourite_by(bob.id, post.id).await.unwrap().as_ref(), Some(&like));
    assert_eq!(reader.favourite_by_uri(&like.uri).await.unwrap().as_ref(), Some(&like));
    assert_eq!(reader.favourite(FavouriteId(1)).await.unwrap(), None);
    assert_eq!(reader.favourite_by(alice.id, post.id).await.unwrap(), None);
    assert_eq!(reader.favourite_by_uri(&post.uri).await.unwrap(), None);
}

async fn a_like_is_counted_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let like = db.like(&bob, &post).await;
    let mut tx = db.begin().await.unwrap();
    let same_pair = Favourite { id: db.id(), uri: "https://far.example/likes/2".to_owned(), ..like.clone() };
    assert!(!tx.insert_favourite(&same_pair).await.unwrap());
    let same_uri = Favourite { id: db.id(), status_id: other.id, ..like.clone() };
    assert!(!tx.insert_favourite(&same_uri).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(db.tally_of(&post).await, (0, 0, 1));
    assert_eq!(db.tally_of(&other).await, (0, 0, 0));
    db.like(&alice, &post).await;
    assert_eq!(db.tally_of(&post).await, (0, 0, 2));
}

async fn a_like_is_counted_off_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let (like, kept) = (db.like(&bob, &post).await, db.like(&alice, &post).await);
    for there in [true, false] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.delete_favourite(&like).await.unwrap(), there);
        tx.commit().await.unwrap();
        assert_eq!(db.tally_of(&post).await, (0, 0, 1));
    }
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.favourite(like.id).await.unwrap(), None);
    assert_eq!(reader.favourite(kept.id).await.unwrap(), Some(kept));
}

async fn a_rollback_takes_row_and_counter(db: TestStore) {
    let alice = db.account("alice").await;
    let post = db.post(&alice).await;
    let like = Favourite {
        id: db.id(),
        account_id: alice.id,
        status_id: post.id,
        uri: "https://here.example/likes/1".to_owned(),
        created_at: Millis(1_000),
    };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_favourite(&like).await.unwrap());
    tx.rollback().await.unwrap();
    assert_eq!(db.tally_of(&post).await, (0, 0, 0));
    assert_eq!(db.read().await.unwrap().favourite(like.id).await.unwrap(), None);
}

async fn what_of_many_one_has_liked(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let posts = [db.post(&alice).await, db.post(&alice).await, db.post(&alice).await];
    db.like(&bob, &posts[0]).await;
    db.like(&bob, &posts[2]).await;
    db.like(&alice, &posts[1]).await;
    let mut reader = db.read().await.unwrap();
    let mut liked = reader.favourited_among(bob.id, &ids_of(&posts)).await.unwrap();
    liked.sort();
    assert_eq!(liked, [posts[0].id, posts[2].id]);
    assert_eq!(reader.favourited_among(bob.id, &[StatusId(1)]).await.unwrap(), []);
    assert_eq!(reader.favourited_among(bob.id, &[]).await.unwrap(), []);
}

async fn likers_by_pages(db: TestStore) {
    let alice = db.account("alice").await;
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let (mut all, mut likers) = (Vec::new(), Vec::new());
    for name in ["b", "c", "d", "e", "f", "g"] {
        let liker = db.account(name).await;
        all.push((db.like(&liker, &post).await.id.0, liker.id));
        db.like(&liker, &other).await;
        likers.push(liker);
    }
    all.reverse();
    likers.reverse();
    let cursors: Vec<i64> = all.iter().map(|(id, _)| *id).collect();
    reads_by_pages(&cursors, async |page| {
        let rows = db.read().await.unwrap().favouriters(None, post.id, &page).await.unwrap();
        assert!(rows.iter().all(|row| all.contains(row)), "{rows:?}");
        rows.into_iter().map(|(id, _)| id).collect()
    })
    .await;
    // Without those whom the viewer doesn't want to see, and those who aren't there.
    let mut tx = db.begin().await.unwrap();
    tx.set_suspended(likers[0].id, Some(Millis(1)), "account").await.unwrap();
    tx.commit().await.unwrap();
    db.block(&alice, &likers[1]).await;
    let rows = db.read().await.unwrap().favouriters(Some(alice.id), post.id, &Page::newest(9)).await.unwrap();
    assert_eq!(rows, all[2..]);
}

async fn a_like_needs_its_status(db: TestStore) {
    let alice = db.account("alice").await;
    let like = Favourite {
        id: db.id(),
        account_id: alice.id,
        status_id: StatusId(1),
        uri: "https://here.example/likes/1".to_owned(),
        created_at: Millis(1_000),
    };
    let mut tx = db.begin().await.unwrap();
    let refused = tx.insert_favourite(&Favourite { uri: "a\0b".to_owned(), ..like.clone() }).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    let refused = tx.insert_favourite(&like).await;
    assert!(matches!(refused, Err(Error::Missing)), "{refused:?}");
}

async fn what_one_has_liked_by_pages(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (mut posts, mut cursors) = (Vec::new(), Vec::new());
    for _ in 0..6 {
        posts.push(db.post(&alice).await);
    }
    // The oldest post last: the order is that of the likes.
    for post in posts.iter().rev() {
        cursors.push(db.like(&bob, post).await.id.0);
        db.like(&alice, post).await;
    }
    cursors.reverse();
    let read = async |page| db.read().await.unwrap().favourites_of(bob.id, &page).await.unwrap();
    reads_by_pages(&cursors, async |page| read(page).await.into_iter().map(|(cursor, _)| cursor).collect())
        .await;
    let listed: Vec<StatusId> = read(Page::newest(20)).await.iter().map(|(_, status)| status.id).collect();
    assert_eq!(listed, ids_of(&posts));
}

async fn only_likes_of_what_one_may_still_see(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (open, private) = (db.post(&alice).await, db.post_to(&alice, Visibility::Private).await);
    let follow = db.follow(&bob, &alice).await;
    db.like(&bob, &open).await;
    db.like(&bob, &private).await;
    let list = async || -> Vec<StatusId> {
        let rows = db.read().await.unwrap().favourites_of(bob.id, &Page::newest(20)).await.unwrap();
        rows.into_iter().map(|(_, status)| status.id).collect()
    };
    assert_eq!(list().await, [private.id, open.id]);
    let mut tx = db.begin().await.unwrap();
    tx.delete_follow(&follow).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(list().await, [open.id]);
}

async fn likes_to_take_back(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (open, direct) = (db.post(&alice).await, db.post_to(&alice, Visibility::Direct).await);
    let likes = [db.like(&bob, &direct).await, db.like(&bob, &open).await];
    db.like(&alice, &open).await;
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.favourites_given(bob.id, 10).await.unwrap(), likes, "whether he may see it or not");
    assert_eq!(reader.favourites_given(bob.id, 1).await.unwrap(), likes[..1]);
}
