//! What a status answers, and what answers it.

use tintype_model::{AccountId, StatusId, Visibility};
use tintype_store::{accounts::Account, statuses::Status};

use super::stored;
use crate::{
    database::TestStore,
    given::{a_status, an_answer, ids_of},
};

contract!(
    the_way_up_is_nearest_first,
    the_way_up_ends_at_what_may_not_be_seen,
    the_way_down_is_oldest_first_and_bounded,
    the_way_down_ends_at_what_may_not_be_seen,
    comments_of_the_unwanted_are_left_out,
    a_ring_of_answers_ends,
    open_replies_are_listed,
    a_late_parent_adopts_who_waited,
    nothing_adopts_itself,
);

async fn up(db: &TestStore, viewer: Option<&Account>, of: &Status, depth: i64) -> Vec<StatusId> {
    let mut reader = db.read().await.unwrap();
    ids_of(&reader.ancestors(viewer.map(|v| v.id), of.id, depth).await.unwrap())
}

async fn down(
    db: &TestStore,
    viewer: Option<&Account>,
    of: &Status,
    depth: i64,
    limit: i64,
) -> Vec<StatusId> {
    let mut reader = db.read().await.unwrap();
    ids_of(&reader.descendants(viewer.map(|v| v.id), of.id, depth, limit).await.unwrap())
}

/// A chain of answers under a new post, the post first.
async fn chain(db: &TestStore, by: &Account, visibilities: &[Visibility]) -> Vec<Status> {
    let mut chain: Vec<Status> = Vec::new();
    for &visibility in visibilities {
        let id = db.id();
        let next = match chain.last() {
            Some(parent) => an_answer(id, by, parent),
            None => a_status(id, by),
        };
        chain.push(db.publish(Status { visibility, ..next }).await);
    }
    chain
}

async fn the_way_up_is_nearest_first(db: TestStore) {
    let alice = db.account("alice").await;
    let chain = chain(&db, &alice, &[Visibility::Public; 5]).await;
    let [root, one, two, three, four] = &chain[..] else { panic!("five") };
    db.answer(&alice, one).await;
    assert_eq!(up(&db, None, four, 10).await, [three.id, two.id, one.id, root.id]);
    assert_eq!(up(&db, None, four, 2).await, [three.id, two.id]);
    assert_eq!(up(&db, None, four, 0).await, []);
    assert_eq!(up(&db, None, root, 10).await, []);
    assert_eq!(db.read().await.unwrap().ancestors(None, StatusId(1), 10).await.unwrap(), []);
}

async fn the_way_up_ends_at_what_may_not_be_seen(db: TestStore) {
    use Visibility::{Private, Public};
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let chain = chain(&db, &alice, &[Public, Private, Public, Public]).await;
    let [root, hidden, two, three] = &chain[..] else { panic!("four") };
    for viewer in [None, Some(&bob)] {
        assert_eq!(up(&db, viewer, three, 10).await, [two.id], "nor what is behind it");
    }
    assert_eq!(up(&db, Some(&alice), three, 10).await, [two.id, hidden.id, root.id]);
}

async fn the_way_down_is_oldest_first_and_bounded(db: TestStore) {
    let alice = db.account("alice").await;
    let chain = chain(&db, &alice, &[Visibility::Public; 4]).await;
    let [root, one, two, three] = &chain[..] else { panic!("four") };
    let late = db.answer(&alice, root).await;
    let later = db.answer(&alice, one).await;
    db.post(&alice).await;
    let all = [one.id, two.id, three.id, late.id, later.id];
    assert_eq!(down(&db, None, root, 10, 100).await, all);
    assert_eq!(down(&db, None, root, 1, 100).await, [one.id, late.id]);
    assert_eq!(down(&db, None, root, 2, 100).await, [one.id, two.id, late.id, later.id]);
    assert_eq!(down(&db, None, root, 10, 3).await, all[..3]);
    assert_eq!(down(&db, None, one, 10, 100).await, [two.id, three.id, later.id]);
    assert_eq!(down(&db, None, three, 10, 100).await, []);
}

async fn the_way_down_ends_at_what_may_not_be_seen(db: TestStore) {
    use Visibility::{Direct, Public};
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let chain = chain(&db, &alice, &[Public, Public, Direct, Public]).await;
    let [root, one, letter, behind] = &chain[..] else { panic!("four") };
    let direct = Status { visibility: Direct, ..an_answer(db.id(), &bob, root) };
    let direct = db.publish(direct).await;
    assert_eq!(down(&db, None, root, 10, 100).await, [one.id], "nor what is behind it");
    assert_eq!(down(&db, Some(&bob), root, 10, 100).await, [one.id, direct.id]);
    assert_eq!(down(&db, Some(&alice), root, 10, 100).await, [one.id, letter.id, behind.id]);
}

async fn comments_of_the_unwanted_are_left_out(db: TestStore) {
    let (reader, author) = (db.person("reader").await, db.account("author").await);
    let muted = db.account("muted").await;
    let root = db.post(&author).await;
    let unwanted = db.answer(&muted, &root).await;
    let behind = db.answer(&author, &unwanted).await;
    let last = db.answer(&author, &behind).await;
    let other = db.answer(&author, &root).await;
    assert_eq!(down(&db, Some(&reader), &root, 10, 100).await, [unwanted.id, behind.id, last.id, other.id]);
    db.mute(&reader, &muted, false).await;
    assert_eq!(down(&db, Some(&reader), &root, 10, 100).await, [other.id], "nor what is behind it");
    assert_eq!(up(&db, Some(&reader), &last, 10).await, [behind.id, root.id], "what it answers still shows");
    assert_eq!(
        down(&db, Some(&reader), &unwanted, 10, 100).await,
        [behind.id, last.id],
        "one that was gone to"
    );
    assert_eq!(up(&db, None, &last, 10).await, [behind.id, unwanted.id, root.id]);
    db.block(&muted, &reader).await;
    assert_eq!(up(&db, Some(&reader), &last, 10).await, [behind.id], "what may not be seen ends the way");
}

async fn a_ring_of_answers_ends(db: TestStore) {
    let bob = db.remote_account("bob@far.example").await;
    // The first waits for the last, which comes as an answer to it.
    let last = a_status(db.id(), &bob);
    let waiting = Status { in_reply_to_uri: Some(last.uri.clone()), ..a_status(db.id(), &bob) };
    let first = db.publish(waiting).await;
    let middle = db.answer(&bob, &first).await;
    let last = db.publish(an_answer(last.id, &bob, &middle)).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.adopt_replies(&last).await.unwrap(), 1);
    tx.commit().await.unwrap();

    assert_eq!(up(&db, None, &first, 20).await, [last.id, middle.id], "each once, oneself never");
    assert_eq!(down(&db, None, &first, 20, 100).await, [last.id, middle.id]);
    assert_eq!(down(&db, None, &middle, 20, 100).await, [last.id, first.id]);
}

async fn open_replies_are_listed(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let post = db.post(&alice).await;
    let mut open = Vec::new();
    for visibility in [Visibility::Public, Visibility::Private, Visibility::Unlisted, Visibility::Direct] {
        let answer = db.publish(Status { visibility, ..an_answer(db.id(), &bob, &post) }).await;
        db.answer(&alice, &answer).await;
        if visibility.is_open() {
            open.push(answer.uri);
        }
    }
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.open_reply_uris(post.id, 10).await.unwrap(), open, "direct ones, oldest first");
    assert_eq!(reader.open_reply_uris(post.id, 1).await.unwrap(), open[..1]);
    assert_eq!(reader.open_reply_uris(StatusId(1), 10).await.unwrap(), [""; 0]);
}

async fn a_late_parent_adopts_who_waited(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let parent = a_status(db.id(), &bob);
    let mut waiting = Vec::new();
    for uri in [&parent.uri, &parent.uri, &"https://far.example/other".to_owned()] {
        let row = Status { in_reply_to_uri: Some(uri.clone()), ..a_status(db.id(), &alice) };
        waiting.push(db.publish(row).await);
    }
    db.publish(parent.clone()).await;
    for adopted in [2, 0] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.adopt_replies(&parent).await.unwrap(), adopted);
        tx.commit().await.unwrap();
        assert_eq!(db.tally_of(&parent).await, (2, 0, 0), "counted once");
    }
    let parents: [(Option<StatusId>, Option<AccountId>); 3] =
        [(Some(parent.id), Some(bob.id)), (Some(parent.id), Some(bob.id)), (None, None)];
    for (row, expected) in waiting.iter().zip(parents) {
        let now = stored(&db, row.id).await.unwrap();
        assert_eq!((now.in_reply_to_id, now.in_reply_to_account_id), expected);
        assert_eq!(now.version, i64::from(expected.0.is_some()));
    }
}

async fn nothing_adopts_itself(db: TestStore) {
    let bob = db.remote_account("bob@far.example").await;
    let row = a_status(db.id(), &bob);
    let row = db.publish(Status { in_reply_to_uri: Some(row.uri.clone()), ..row }).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.adopt_replies(&row).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(stored(&db, row.id).await, Some(row));
}
