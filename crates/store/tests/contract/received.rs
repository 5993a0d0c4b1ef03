//! Activities that came in.

use std::time::Duration;

use tintype_model::{Millis, Page, ReceivedId};
use tintype_store::{
    Error, Tx,
    jobs::{Claim, Claimant, NewJob, Settlement, Verdict},
    received::{ReceivedActivity, ReceivedState},
};

use crate::database::TestStore;

contract!(
    an_activity_is_applied_once,
    a_rolled_back_application_can_come_again,
    one_that_waits_is_kept_once_and_then_applied,
    one_that_was_applied_does_not_wait,
    one_given_up_keeps_its_body_and_reason,
    one_given_up_is_tried_again,
    applied_ones_are_forgotten_in_time,
    dead_ones_are_forgotten_with_their_jobs,
    the_second_of_two_at_once_waits_for_the_first,
    a_nul_is_refused,
);

const ACTOR: &str = "https://far.example/users/bob";

fn waiting(db: &TestStore, uri: &str, at: i64) -> ReceivedActivity {
    ReceivedActivity {
        id: db.id(),
        uri: uri.to_owned(),
        actor_uri: ACTOR.to_owned(),
        body: Some(r#"{"type":"Create"}"#.to_owned()),
        state: ReceivedState::Pending,
        reason: None,
        received_at: Millis(at),
    }
}

async fn keep(db: &TestStore, row: &ReceivedActivity) -> bool {
    let mut tx = db.begin().await.unwrap();
    let done = tx.keep_received(row).await.unwrap();
    tx.commit().await.unwrap();
    done
}

async fn apply(db: &TestStore, uri: &str, at: i64) -> bool {
    let mut tx = db.begin().await.unwrap();
    let done = tx.mark_applied(db.id(), uri, ACTOR, Millis(at)).await.unwrap();
    tx.commit().await.unwrap();
    done
}

async fn by_uri(db: &TestStore, uri: &str) -> Option<ReceivedActivity> {
    db.read().await.unwrap().received_by_uri(uri).await.unwrap()
}

async fn an_activity_is_applied_once(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    let id = db.id();
    assert!(tx.mark_applied(id, "https://far.example/1", ACTOR, Millis(5)).await.unwrap());
    assert!(
        !tx.mark_applied(db.id(), "https://far.example/1", ACTOR, Millis(6)).await.unwrap(),
        "in one transaction"
    );
    tx.commit().await.unwrap();
    assert!(!apply(&db, "https://far.example/1", 7).await, "in another");
    assert!(apply(&db, "https://far.example/2", 7).await);
    let expected = ReceivedActivity {
        id,
        uri: "https://far.example/1".to_owned(),
        actor_uri: ACTOR.to_owned(),
        body: None,
        state: ReceivedState::Applied,
        reason: None,
        received_at: Millis(5),
    };
    assert_eq!(by_uri(&db, "https://far.example/1").await.as_ref(), Some(&expected));
    assert_eq!(db.read().await.unwrap().received(id).await.unwrap(), Some(expected));
    assert_eq!(db.read().await.unwrap().received(ReceivedId(1)).await.unwrap(), None);
    assert_eq!(by_uri(&db, "https://far.example/3").await, None);
}

async fn a_rolled_back_application_can_come_again(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    assert!(tx.mark_applied(db.id(), "https://far.example/1", ACTOR, Millis(5)).await.unwrap());
    drop(tx);
    assert_eq!(by_uri(&db, "https://far.example/1").await, None);
    assert!(apply(&db, "https://far.example/1", 6).await);
}

async fn one_that_waits_is_kept_once_and_then_applied(db: TestStore) {
    let row = waiting(&db, "https://far.example/1", 5);
    assert!(keep(&db, &row).await);
    assert!(!keep(&db, &ReceivedActivity { id: db.id(), body: None, ..row.clone() }).await);
    assert_eq!(by_uri(&db, &row.uri).await.as_ref(), Some(&row));
    assert!(apply(&db, &row.uri, 9).await, "pending → applied");
    let expected = ReceivedActivity { state: ReceivedState::Applied, body: None, ..row.clone() };
    assert_eq!(by_uri(&db, &row.uri).await, Some(expected), "the same row, without its body");
    assert!(!apply(&db, &row.uri, 10).await);
    assert!(!keep(&db, &row).await);
}

async fn one_that_was_applied_does_not_wait(db: TestStore) {
    assert!(apply(&db, "https://far.example/1", 5).await);
    assert!(!keep(&db, &waiting(&db, "https://far.example/1", 6)).await);
    assert_eq!(by_uri(&db, "https://far.example/1").await.unwrap().state, ReceivedState::Applied);
}

async fn one_given_up_keeps_its_body_and_reason(db: TestStore) {
    let (row, other) = (waiting(&db, "https://far.example/1", 5), waiting(&db, "https://far.example/2", 5));
    assert!(keep(&db, &row).await);
    assert!(keep(&db, &other).await);
    let mut tx = db.begin().await.unwrap();
    tx.bury_received(row.id, "no such\0 parent").await.unwrap();
    tx.bury_received(row.id, "again").await.unwrap();
    tx.commit().await.unwrap();
    let dead = ReceivedActivity {
        state: ReceivedState::Dead,
        reason: Some("no such parent".to_owned()),
        ..row.clone()
    };
    assert_eq!(by_uri(&db, &row.uri).await.as_ref(), Some(&dead));
    assert!(!apply(&db, &row.uri, 9).await, "the dead stay dead");
    assert_eq!(by_uri(&db, &row.uri).await, Some(dead));
    assert_eq!(by_uri(&db, &other.uri).await.as_ref(), Some(&other));

    assert!(apply(&db, &other.uri, 9).await);
    let mut tx = db.begin().await.unwrap();
    tx.bury_received(other.id, "too late").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(by_uri(&db, &other.uri).await.unwrap().state, ReceivedState::Applied);
}

async fn one_given_up_is_tried_again(db: TestStore) {
    let row = waiting(&db, "https://far.example/1", 5);
    keep(&db, &row).await;
    let revive = async || {
        let mut tx = db.begin().await.unwrap();
        let revived = tx.revive_received(&row.uri).await.unwrap();
        tx.commit().await.unwrap();
        revived
    };
    assert!(!revive().await, "it waits");
    let mut tx = db.begin().await.unwrap();
    tx.bury_received(row.id, "no answer").await.unwrap();
    tx.commit().await.unwrap();
    assert!(revive().await);
    assert_eq!(by_uri(&db, &row.uri).await.as_ref(), Some(&row));
    assert!(apply(&db, &row.uri, 7).await);
    assert!(!revive().await, "it was applied");
}

async fn applied_ones_are_forgotten_in_time(db: TestStore) {
    for (uri, at) in [("old", 10), ("new", 20)] {
        assert!(apply(&db, uri, at).await);
    }
    let (waits, dead) = (waiting(&db, "waits", 10), waiting(&db, "dead", 10));
    assert!(keep(&db, &waits).await);
    assert!(keep(&db, &dead).await);
    let mut tx = db.begin().await.unwrap();
    tx.bury_received(dead.id, "why").await.unwrap();
    assert_eq!(tx.drop_received(Millis(20)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    for (uri, there) in [("old", false), ("new", true), ("waits", true), ("dead", true)] {
        assert_eq!(by_uri(&db, uri).await.is_some(), there, "{uri}");
    }
}

async fn dead_ones_are_forgotten_with_their_jobs(db: TestStore) {
    const QUEUES: [&str; 2] = ["ingest", "other"];
    assert!(apply(&db, "applied", 10).await);
    // (its name, when it came, whether it is given up, whether it stays and its job)
    let rows = [("old", 10, true, false), ("new", 20, true, true), ("waits", 10, false, true)];
    for (uri, at, dead, _) in rows {
        let row = waiting(&db, uri, at);
        assert!(keep(&db, &row).await);
        for queue in QUEUES {
            let job = NewJob {
                queue,
                lane: uri.to_owned(),
                name: uri.to_owned(),
                payload: serde_json::Value::Null,
                run_at: Millis(1),
            };
            let mut tx = db.begin().await.unwrap();
            tx.enqueue(db.id(), &job, Millis(1)).await.unwrap();
            if dead {
                park(&mut tx, queue).await;
                tx.bury_received(row.id, "why").await.unwrap();
            }
            tx.commit().await.unwrap();
        }
    }
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.drop_dead_received(Millis(20), "ingest").await.unwrap(), 1);
    tx.commit().await.unwrap();
    let jobs = async |queue| -> Vec<String> {
        let rows = db.read().await.unwrap().jobs(None, Some(queue), &Page::newest(10)).await.unwrap();
        rows.into_iter().map(|job| job.name).collect()
    };
    assert_eq!(jobs("ingest").await, ["waits", "new"]);
    assert_eq!(jobs("other").await, ["waits", "new", "old"], "another queue's are its own");
    for (uri, .., there) in rows {
        assert_eq!(by_uri(&db, uri).await.is_some(), there, "{uri}");
    }
    assert!(by_uri(&db, "applied").await.is_some());
}

/// Gives up what waits in a queue.
async fn park(tx: &mut Tx, queue: &str) {
    let who = Claimant {
        queue,
        queues: &[queue],
        holder: "me",
        now: Millis(1),
        lease: Duration::from_mins(1),
        free: 9,
        in_flight: &[],
    };
    let Claim::Jobs(jobs) = tx.claim(&who).await.unwrap() else { panic!("a suspect") };
    let verdict = Verdict::Park { why: "why".to_owned() };
    let list: Vec<_> = jobs
        .iter()
        .map(|job| Settlement { id: job.id, generation: job.generation, verdict: verdict.clone() })
        .collect();
    assert_eq!(tx.settle("me", &list).await.unwrap().done.len(), 1);
}

async fn the_second_of_two_at_once_waits_for_the_first(db: TestStore) {
    let mut first = db.begin().await.unwrap();
    assert!(first.mark_applied(db.id(), "https://far.example/1", ACTOR, Millis(5)).await.unwrap());
    let (store, id) = (db.clone(), db.id());
    let second = tokio::spawn(async move {
        let mut tx = store.begin().await.unwrap();
        let done = tx.mark_applied(id, "https://far.example/1", ACTOR, Millis(6)).await.unwrap();
        tx.commit().await.unwrap();
        done
    });
    // Whichever of the two runs now, the second can't end before the first has.
    tokio::task::yield_now().await;
    assert!(!second.is_finished());
    first.commit().await.unwrap();
    assert!(!second.await.unwrap());
}

async fn a_nul_is_refused(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    let refused = tx.mark_applied(db.id(), "a\0b", ACTOR, Millis(1)).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    let row = ReceivedActivity { body: Some("{\"a\":\"\0\"}".to_owned()), ..waiting(&db, "x", 1) };
    let refused = tx.keep_received(&row).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    tx.commit().await.unwrap();
    assert_eq!(by_uri(&db, "x").await, None);
}
