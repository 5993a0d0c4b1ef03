//! What somebody has put aside.

use tintype_model::{Millis, StatusId, Visibility};
use tintype_store::{Error, accounts::Account, bookmarks::Bookmark, statuses::Status};

use crate::{
    database::TestStore,
    given::{ids_of, reads_by_pages},
};

contract!(
    a_bookmark_is_kept_once_and_let_go_once,
    what_of_many_one_has_put_aside,
    bookmarks_by_pages,
    only_what_one_may_still_see,
    a_bookmark_needs_its_status,
);

impl TestStore {
    /// Puts a status aside.
    pub async fn bookmark(&self, by: &Account, status: &Status) -> Bookmark {
        let id = self.id();
        let row = Bookmark { id, account_id: by.id, status_id: status.id, created_at: Millis(1_000) };
        let mut tx = self.begin().await.unwrap();
        assert!(tx.insert_bookmark(&row).await.unwrap());
        tx.commit().await.unwrap();
        row
    }
}

async fn list(db: &TestStore, of: &Account) -> Vec<StatusId> {
    let page = tintype_model::Page::newest(20);
    let rows = db.read().await.unwrap().bookmarks_of(of.id, &page).await.unwrap();
    rows.into_iter().map(|(_, status)| status.id).collect()
}

async fn a_bookmark_is_kept_once_and_let_go_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let row = db.bookmark(&bob, &post).await;
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.insert_bookmark(&Bookmark { id: db.id(), ..row.clone() }).await.unwrap());
    assert!(!tx.delete_bookmark(alice.id, post.id).await.unwrap(), "it isn't hers");
    tx.commit().await.unwrap();
    let page = tintype_model::Page::newest(20);
    let found = db.read().await.unwrap().bookmarks_of(bob.id, &page).await.unwrap();
    assert_eq!(found, [(row.id.0, post.clone())], "the whole status, nothing of it changed");
    for there in [true, false] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.delete_bookmark(bob.id, post.id).await.unwrap(), there);
        tx.commit().await.unwrap();
        assert_eq!(list(&db, &bob).await, []);
    }
}

async fn what_of_many_one_has_put_aside(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let posts = [db.post(&alice).await, db.post(&alice).await, db.post(&alice).await];
    db.bookmark(&bob, &posts[0]).await;
    db.bookmark(&bob, &posts[2]).await;
    db.bookmark(&alice, &posts[1]).await;
    let mut reader = db.read().await.unwrap();
    let mut found = reader.bookmarked_among(bob.id, &ids_of(&posts)).await.unwrap();
    found.sort();
    assert_eq!(found, [posts[0].id, posts[2].id]);
    assert_eq!(reader.bookmarked_among(bob.id, &[StatusId(1)]).await.unwrap(), []);
    assert_eq!(reader.bookmarked_among(bob.id, &[]).await.unwrap(), []);
}

async fn bookmarks_by_pages(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let mut posts = Vec::new();
    for _ in 0..6 {
        posts.push(db.post(&alice).await);
    }
    let mut cursors = Vec::new();
    // The oldest post last: the order is that of putting aside.
    for post in posts.iter().rev() {
        cursors.push(db.bookmark(&bob, post).await.id.0);
        db.bookmark(&alice, post).await;
    }
    cursors.reverse();
    reads_by_pages(&cursors, async |page| {
        let rows = db.read().await.unwrap().bookmarks_of(bob.id, &page).await.unwrap();
        rows.into_iter().map(|(cursor, _)| cursor).collect()
    })
    .await;
    assert_eq!(list(&db, &bob).await, ids_of(&posts));
}

async fn only_what_one_may_still_see(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let open = db.post(&alice).await;
    let private = db.post_to(&alice, Visibility::Private).await;
    let own = db.post_to(&bob, Visibility::Direct).await;
    let follow = db.follow(&bob, &alice).await;
    for post in [&open, &private, &own] {
        db.bookmark(&bob, post).await;
    }
    assert_eq!(list(&db, &bob).await, [own.id, private.id, open.id]);
    let mut tx = db.begin().await.unwrap();
    tx.delete_follow(&follow).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(list(&db, &bob).await, [own.id, open.id]);
    let mut tx = db.begin().await.unwrap();
    tx.set_suspended(alice.id, Some(Millis(1)), "account").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(list(&db, &bob).await, [own.id]);
    let mut tx = db.begin().await.unwrap();
    tx.delete_status(&own, Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(list(&db, &bob).await, []);
}

async fn a_bookmark_needs_its_status(db: TestStore) {
    let alice = db.account("alice").await;
    let row =
        Bookmark { id: db.id(), account_id: alice.id, status_id: StatusId(1), created_at: Millis(1_000) };
    let mut tx = db.begin().await.unwrap();
    let refused = tx.insert_bookmark(&row).await;
    assert!(matches!(refused, Err(Error::Missing)), "{refused:?}");
}
