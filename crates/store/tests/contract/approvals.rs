//! What is asked of authors, and what waits for their answers.

use tintype_model::{ApprovalId, FavouriteId, Interaction, Millis, Page, StatusId};
use tintype_store::{
    Error,
    approvals::{Approval, ApprovalState},
    deliveries::Activity,
    favourites::Favourite,
    statuses::Status,
};

use crate::{
    database::TestStore,
    given::{a_boost, an_answer},
};

contract!(
    a_question_is_found_by_every_name,
    an_answer_counts_once,
    a_question_goes_with_what_was_asked_for,
    a_held_like_is_its_authors_alone,
    a_held_status_is_its_authors_alone,
    what_was_held_is_not_uncounted,
    what_went_out_can_go_out_again,
    a_question_holds_no_nul,
);

fn a_question(db: &TestStore, of: &Status, with: &Status) -> Approval {
    Approval {
        id: db.id(),
        kind: Interaction::Reply,
        account_id: with.account_id,
        status_id: of.id,
        favourite_id: None,
        by_status_id: Some(with.id),
        interaction_uri: with.uri.clone(),
        request_uri: Some(format!("{}/request", with.uri)),
        state: ApprovalState::Pending,
        approval_uri: None,
        created_at: Millis(1_000),
    }
}

async fn a_question_is_found_by_every_name(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let answer = db.answer(&bob, &post).await;
    let stamp = "https://here.example/stamps/1";
    let question = Approval { approval_uri: Some(stamp.to_owned()), ..a_question(&db, &post, &answer) };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_approval(&question).await.unwrap());
    let again = Approval { id: ApprovalId(1), ..question.clone() };
    assert!(!tx.insert_approval(&again).await.unwrap());
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.approval(question.id).await.unwrap().as_ref(), Some(&question));
    for uri in [&answer.uri, question.request_uri.as_ref().unwrap(), stamp] {
        assert_eq!(reader.approval_by_uri(uri).await.unwrap().as_ref(), Some(&question), "{uri}");
    }
    assert_eq!(reader.approval_by_uri(&post.uri).await.unwrap(), None);
    assert_eq!(reader.approvals_among(&[post.id, answer.id]).await.unwrap(), [question]);
    assert_eq!(reader.approval(ApprovalId(1)).await.unwrap(), None);
}

async fn an_answer_counts_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let answer = db.answer(&bob, &post).await;
    let question = a_question(&db, &post, &answer);
    let mut tx = db.begin().await.unwrap();
    tx.insert_approval(&question).await.unwrap();
    let stamp = Some("https://far.example/stamps/1");
    assert!(!tx.answer_approval(question.id, ApprovalState::Pending, None).await.unwrap());
    assert!(tx.answer_approval(question.id, ApprovalState::Accepted, stamp).await.unwrap());
    assert!(!tx.answer_approval(question.id, ApprovalState::Accepted, stamp).await.unwrap());
    assert!(tx.answer_approval(question.id, ApprovalState::Rejected, None).await.unwrap());
    assert!(!tx.answer_approval(ApprovalId(1), ApprovalState::Accepted, None).await.unwrap());
}

async fn a_question_goes_with_what_was_asked_for(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let answer = db.answer(&bob, &post).await;
    let like = db.like(&bob, &post).await;
    let of_like = Approval {
        id: ApprovalId(7),
        kind: Interaction::Favourite,
        favourite_id: Some(like.id),
        by_status_id: None,
        interaction_uri: like.uri.clone(),
        request_uri: None,
        ..a_question(&db, &post, &answer)
    };
    let of_answer = a_question(&db, &post, &answer);
    let mut tx = db.begin().await.unwrap();
    tx.insert_approval(&of_like).await.unwrap();
    tx.insert_approval(&of_answer).await.unwrap();
    tx.delete_favourite(&like).await.unwrap();
    tx.delete_status(&answer, Millis(1)).await.unwrap();
    assert_eq!(tx.read().approval(of_like.id).await.unwrap(), None);
    assert_eq!(tx.read().approval(of_answer.id).await.unwrap(), None);
}

async fn a_held_like_is_its_authors_alone(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let like = Favourite {
        id: FavouriteId(7),
        account_id: bob.id,
        status_id: post.id,
        uri: "https://here.example/likes/7".to_owned(),
        created_at: Millis(1_000),
    };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.hold_favourite(&like).await.unwrap());
    assert!(!tx.hold_favourite(&like).await.unwrap());
    tx.commit().await.unwrap();
    let likers = async |viewer| {
        db.read().await.unwrap().favouriters(viewer, post.id, &Page::newest(9)).await.unwrap().len()
    };
    assert_eq!((likers(Some(bob.id)).await, likers(Some(alice.id)).await, likers(None).await), (1, 0, 0));
    assert_eq!(db.tally_of(&post).await, (0, 0, 0));
    let mut tx = db.begin().await.unwrap();
    assert!(tx.release_favourite(&like).await.unwrap());
    assert!(!tx.release_favourite(&like).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!((likers(Some(alice.id)).await, likers(None).await), (1, 1));
    assert_eq!(db.tally_of(&post).await, (0, 0, 1));
}

async fn a_held_status_is_its_authors_alone(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let answer = db.answer(&bob, &post).await;
    let sees = async |viewer| db.read().await.unwrap().visible_status(viewer, answer.id).await.unwrap();
    for held in [true, false] {
        let mut tx = db.begin().await.unwrap();
        assert!(tx.set_held(answer.id, held).await.unwrap());
        assert!(!tx.set_held(answer.id, held).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(db.read().await.unwrap().is_held(answer.id).await.unwrap(), held);
        assert!(sees(Some(bob.id)).await.is_some());
        assert_eq!(sees(Some(alice.id)).await.is_some(), !held);
        assert_eq!(sees(None).await.is_some(), !held);
        let uris = db.read().await.unwrap().open_reply_uris(post.id, 9).await.unwrap();
        assert_eq!(uris.len(), usize::from(!held));
    }
    assert!(!db.read().await.unwrap().is_held(StatusId(1)).await.unwrap());
}

async fn what_was_held_is_not_uncounted(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    let answer = an_answer(db.id(), &bob, &post);
    let boost = a_boost(db.id(), &bob, &post);
    let like = Favourite {
        id: FavouriteId(7),
        account_id: bob.id,
        status_id: post.id,
        uri: "https://here.example/likes/7".to_owned(),
        created_at: Millis(1_000),
    };
    let mut tx = db.begin().await.unwrap();
    tx.hold_favourite(&like).await.unwrap();
    for row in [&answer, &boost] {
        assert!(tx.insert_status(row).await.unwrap());
        tx.set_held(row.id, true).await.unwrap();
        tx.delete_status(row, Millis(1)).await.unwrap();
        assert!(!tx.read().is_tombstone(&row.uri, None).await.unwrap(), "nobody learns that it was there");
    }
    assert!(tx.delete_favourite(&like).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(db.tally_of(&post).await, (0, 0, 0));
}

async fn what_went_out_can_go_out_again(db: TestStore) {
    let alice = db.account("alice").await;
    let activity = Activity {
        id: tintype_model::ActivityId(7),
        uri: "https://here.example/activities/7".to_owned(),
        account_id: alice.id,
        object_uri: "https://here.example/1".to_owned(),
        body: "{}".to_owned(),
        created_at: Millis(1_000),
    };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_activity(&activity).await.unwrap());
    assert!(!tx.insert_activity(&activity).await.unwrap());
    tx.forget_activity(&activity.uri).await.unwrap();
    assert!(tx.insert_activity(&activity).await.unwrap());
}

async fn a_question_holds_no_nul(db: TestStore) {
    let alice = db.account("alice").await;
    let post = db.post(&alice).await;
    let question = a_question(&db, &post, &post);
    let mut tx = db.begin().await.unwrap();
    let odd = Approval { request_uri: Some("a\0".to_owned()), ..question.clone() };
    assert!(matches!(tx.insert_approval(&odd).await, Err(Error::Value(_))));
    let odd = tx.answer_approval(question.id, ApprovalState::Accepted, Some("a\0")).await;
    assert!(matches!(odd, Err(Error::Value(_))));
}
