//! Which thread a status is of, and whose threads are muted. What answers what is in `statuses::threads`.

use tintype_model::{Millis, StatusId};
use tintype_store::{accounts::Account, statuses::Status};

use crate::{
    database::TestStore,
    given::{a_status, an_answer},
};

contract!(
    an_answer_is_of_its_parents_thread,
    a_thread_outlives_its_first_status,
    a_muted_thread_is_muted_whole,
    a_late_parent_takes_whole_branches_along,
    mutes_come_along_with_a_branch,
    a_branch_in_a_ring_moves_once,
    what_is_left_of_a_thread_stays_muted,
);

async fn thread_of(db: &TestStore, status: &Status) -> Option<StatusId> {
    db.read().await.unwrap().thread_of(status.id).await.unwrap()
}

async fn mute(db: &TestStore, who: &Account, thread: StatusId) {
    let mut tx = db.begin().await.unwrap();
    tx.mute_thread(who.id, thread, Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn is_muted(db: &TestStore, who: &Account, status: &Status) -> bool {
    db.read().await.unwrap().thread_muted(who.id, status.id).await.unwrap()
}

async fn adopt(db: &TestStore, parent: &Status) {
    let mut tx = db.begin().await.unwrap();
    tx.adopt_replies(parent).await.unwrap();
    tx.commit().await.unwrap();
}

/// A status that answers another which isn't known yet, and an answer to it.
async fn a_waiting_branch(db: &TestStore, by: &Account, parent: &Status) -> (Status, Status) {
    let first = Status { in_reply_to_uri: Some(parent.uri.clone()), ..a_status(db.id(), by) };
    let first = db.publish(first).await;
    let second = db.answer(by, &first).await;
    (first, second)
}

async fn an_answer_is_of_its_parents_thread(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let root = db.post(&alice).await;
    let one = db.answer(&bob, &root).await;
    let two = db.answer(&alice, &one).await;
    let other = db.post(&alice).await;
    let boost = db.boost(&bob, &one).await;
    for (status, thread) in [(&root, &root), (&one, &root), (&two, &root), (&other, &other), (&boost, &boost)]
    {
        assert_eq!(thread_of(&db, status).await, Some(thread.id));
    }
    assert_eq!(thread_of(&db, &a_status(db.id(), &alice)).await, None);
}

async fn a_thread_outlives_its_first_status(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let root = db.post(&alice).await;
    let (one, two) = (db.answer(&bob, &root).await, db.answer(&alice, &root).await);
    mute(&db, &bob, root.id).await;
    let mut tx = db.begin().await.unwrap();
    tx.delete_status(&root, Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    let three = db.answer(&alice, &one).await;
    for status in [&one, &two, &three] {
        assert_eq!(thread_of(&db, status).await, Some(root.id));
        assert!(is_muted(&db, &bob, status).await);
    }
}

async fn a_muted_thread_is_muted_whole(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let root = db.post(&alice).await;
    let one = db.answer(&bob, &root).await;
    let other = db.post(&alice).await;
    let all = [one.id, other.id, root.id, StatusId(1)];
    mute(&db, &bob, root.id).await;
    mute(&db, &bob, root.id).await;
    let mut reader = db.read().await.unwrap();
    let mut among = reader.threads_muted_among(bob.id, &all).await.unwrap();
    among.sort();
    assert_eq!(among, [root.id, one.id]);
    assert_eq!(reader.threads_muted_among(alice.id, &all).await.unwrap(), []);
    assert_eq!(reader.threads_muted_among(bob.id, &[]).await.unwrap(), []);
    for (who, status, muted) in
        [(&bob, &root, true), (&bob, &one, true), (&bob, &other, false), (&alice, &one, false)]
    {
        assert_eq!(reader.thread_muted(who.id, status.id).await.unwrap(), muted);
    }
    drop(reader);
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.unmute_thread(alice.id, root.id).await.unwrap());
    assert!(tx.unmute_thread(bob.id, root.id).await.unwrap());
    assert!(!tx.unmute_thread(bob.id, root.id).await.unwrap());
    tx.commit().await.unwrap();
    assert!(!is_muted(&db, &bob, &one).await);
}

async fn a_late_parent_takes_whole_branches_along(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let root = db.post(&alice).await;
    let parent = an_answer(db.id(), &bob, &root);
    let (first, second) = a_waiting_branch(&db, &bob, &parent).await;
    let (third, fourth) = a_waiting_branch(&db, &alice, &parent).await;
    let (elsewhere, _) = a_waiting_branch(&db, &bob, &a_status(db.id(), &bob)).await;
    assert_eq!(thread_of(&db, &second).await, Some(first.id), "as far as it is known");
    let parent = db.publish(parent).await;
    adopt(&db, &parent).await;
    for status in [&parent, &first, &second, &third, &fourth] {
        assert_eq!(thread_of(&db, status).await, Some(root.id));
    }
    assert_eq!(thread_of(&db, &elsewhere).await, Some(elsewhere.id));
    let later = db.answer(&alice, &fourth).await;
    assert_eq!(thread_of(&db, &later).await, Some(root.id));
}

async fn mutes_come_along_with_a_branch(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let carol = db.account("carol").await;
    let parent = a_status(db.id(), &alice);
    let (first, second) = a_waiting_branch(&db, &alice, &parent).await;
    let (other, _) = a_waiting_branch(&db, &alice, &parent).await;
    mute(&db, &bob, first.id).await;
    mute(&db, &bob, other.id).await;
    let parent = db.publish(parent).await;
    mute(&db, &carol, parent.id).await;
    adopt(&db, &parent).await;
    for status in [&parent, &first, &second, &other] {
        assert!(is_muted(&db, &bob, status).await);
        assert!(is_muted(&db, &carol, status).await);
        assert!(!is_muted(&db, &alice, status).await);
    }
    let mut tx = db.begin().await.unwrap();
    for (thread, there) in [(first.id, false), (other.id, false), (parent.id, true)] {
        assert_eq!(tx.unmute_thread(bob.id, thread).await.unwrap(), there, "there is one mute left");
    }
}

async fn a_branch_in_a_ring_moves_once(db: TestStore) {
    let bob = db.remote_account("bob@far.example").await;
    let last = a_status(db.id(), &bob);
    let (first, middle) = a_waiting_branch(&db, &bob, &last).await;
    let last = db.publish(an_answer(last.id, &bob, &middle)).await;
    adopt(&db, &last).await;
    for status in [&first, &middle, &last] {
        assert_eq!(thread_of(&db, status).await, Some(first.id));
    }
}

async fn what_is_left_of_a_thread_stays_muted(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let root = db.post(&alice).await;
    let parent = db.answer(&alice, &root).await;
    let (one, two) = (db.answer(&alice, &parent).await, db.answer(&alice, &root).await);
    mute(&db, &bob, root.id).await;
    // The parent goes and comes back somewhere else.
    let mut tx = db.begin().await.unwrap();
    tx.delete_status(&parent, Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    let parent = db.publish(Status { id: db.id(), ..a_status(parent.id, &alice) }).await;
    adopt(&db, &parent).await;
    assert_eq!(thread_of(&db, &one).await, Some(parent.id));
    for status in [&one, &parent, &two, &root] {
        assert!(is_muted(&db, &bob, status).await);
    }
}
