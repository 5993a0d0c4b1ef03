//! The job queues.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use sqlx::{Connection, PgConnection, SqliteConnection};
use tintype_model::{JobId, Millis, Page};
use tintype_store::{
    Error, Result,
    jobs::{Claim, Claimant, Job, JobCount, JobState, NEVER, NewJob, Settled, Settlement, Verdict},
};

use crate::database::TestStore;

contract!(
    a_due_job_is_claimed_once,
    nothing_is_claimed_beyond_the_free_hands,
    earlier_times_come_first,
    a_lane_is_walked_one_by_one_in_order,
    a_waiting_job_holds_back_its_lane,
    a_late_comer_with_a_lower_id_waits_for_the_running_one,
    the_same_name_is_the_same_job,
    many_are_queued_in_one_go,
    enqueueing_while_it_runs_runs_it_again_when_asked_for,
    a_retry_keeps_the_earlier_of_two_times,
    failures_are_counted_in_a_row,
    parking_keeps_the_reason_and_frees_the_lane,
    a_dead_job_comes_back_by_its_name,
    a_dead_job_comes_back_by_hand,
    only_the_holder_settles,
    many_settle_in_one_transaction,
    a_renewed_lease_holds,
    a_lost_lease_is_not_renewed,
    ones_own_lease_never_runs_out_on_oneself,
    an_orphan_is_a_suspect_and_runs_alone,
    a_suspect_that_ends_well_is_none_any_more,
    dying_alone_three_times_is_the_end,
    a_graceful_stop_makes_no_suspects,
    a_transaction_under_way_is_not_waited_for,
    nothing_of_a_rolled_back_enqueue_stays,
    the_bell_rings_after_the_commit,
    the_next_run_is_known,
    running_jobs_are_not_dropped,
    lists_and_counts,
    two_claimants_share_no_job_and_no_lane,
    names_with_a_nul_are_refused,
    a_queue_filled_all_at_once_is_claimed_without_delay,
);

const LEASE: Duration = Duration::from_secs(5);
const START: Millis = Millis(1_000_000);

fn at(seconds: i64) -> Millis {
    Millis(START.0 + seconds * 1000)
}

fn a_job(queue: &'static str, lane: &str, name: &str) -> NewJob {
    let payload = serde_json::json!({ "name": name });
    NewJob { queue, lane: lane.to_owned(), name: name.to_owned(), payload, run_at: START }
}

async fn enqueue(db: &TestStore, id: i64, job: &NewJob) {
    let mut tx = db.begin().await.unwrap();
    tx.enqueue(JobId(id), job, START).await.unwrap();
    tx.commit().await.unwrap();
}

fn who(holder: &str, now: Millis, free: usize) -> Claimant<'_> {
    Claimant { queue: "q", queues: &["q", "p"], holder, now, lease: LEASE, free, in_flight: &[] }
}

async fn claim(db: &TestStore, who: &Claimant<'_>) -> Claim {
    let mut tx = db.begin().await.unwrap();
    let claim = tx.claim(who).await.unwrap();
    tx.commit().await.unwrap();
    claim
}

async fn claim_jobs(db: &TestStore, who: &Claimant<'_>) -> Vec<Job> {
    match claim(db, who).await {
        Claim::Jobs(jobs) => jobs,
        other => panic!("{other:?}"),
    }
}

async fn claim_ids(db: &TestStore, holder: &str, now: Millis, free: usize) -> Vec<i64> {
    claim_jobs(db, &who(holder, now, free)).await.iter().map(|job| job.id.0).collect()
}

async fn claim_alone(db: &TestStore, holder: &str, now: Millis) -> Job {
    match claim(db, &who(holder, now, 9)).await {
        Claim::Alone(job) => *job,
        other => panic!("{other:?}"),
    }
}

fn end(id: i64, generation: i64, verdict: Verdict) -> Settlement {
    Settlement { id: JobId(id), generation, verdict }
}

async fn settle(db: &TestStore, holder: &str, list: &[Settlement]) -> Settled {
    let mut tx = db.begin().await.unwrap();
    let settled = tx.settle(holder, list).await.unwrap();
    tx.commit().await.unwrap();
    settled
}

async fn finish(db: &TestStore, holder: &str, id: i64) {
    let settled = settle(db, holder, &[end(id, 0, Verdict::Finish)]).await;
    assert_eq!(settled.done, [JobId(id)]);
}

async fn job(db: &TestStore, id: i64) -> Option<Job> {
    db.read().await.unwrap().job(JobId(id)).await.unwrap()
}

async fn a_due_job_is_claimed_once(db: TestStore) {
    enqueue(&db, 1, &NewJob { run_at: at(10), ..a_job("q", "lane", "name") }).await;
    assert_eq!(claim_ids(&db, "me", at(9), 5).await, [0; 0], "not before its time");
    assert_eq!(
        claim_jobs(&db, &Claimant { queue: "p", ..who("me", at(10), 5) }).await,
        [],
        "of another queue"
    );
    let jobs = claim_jobs(&db, &who("me", at(10), 5)).await;
    let [job] = jobs.as_slice() else { panic!("{jobs:?}") };
    assert_eq!((job.id, job.lane.as_str(), job.name.as_str()), (JobId(1), "lane", "name"));
    assert_eq!((job.state, job.locked_by.as_deref()), (JobState::Running, Some("me")));
    assert_eq!((job.locked_until, job.run_at), (at(15), NEVER));
    assert_eq!((job.generation, job.attempts, job.suspect), (0, 0, false));
    let payload: serde_json::Value = job.payload().unwrap();
    assert_eq!(payload, serde_json::json!({ "name": "name" }));
    assert_eq!(claim_ids(&db, "other", at(11), 5).await, [0; 0]);
    finish(&db, "me", 1).await;
    assert_eq!(self::job(&db, 1).await, None);
}

async fn nothing_is_claimed_beyond_the_free_hands(db: TestStore) {
    for id in 1..=5 {
        enqueue(&db, id, &a_job("q", &id.to_string(), &id.to_string())).await;
    }
    assert_eq!(claim_ids(&db, "me", START, 0).await, [0; 0]);
    assert_eq!(claim_ids(&db, "me", START, 2).await, [1, 2]);
    assert_eq!(claim_ids(&db, "me", START, 9).await, [3, 4, 5]);
}

async fn earlier_times_come_first(db: TestStore) {
    for (id, seconds) in [(1, 3), (2, 1), (3, 2)] {
        enqueue(&db, id, &NewJob { run_at: at(seconds), ..a_job("q", &id.to_string(), &id.to_string()) })
            .await;
    }
    for expected in [2, 3, 1] {
        assert_eq!(claim_ids(&db, "me", at(5), 1).await, [expected]);
    }
}

async fn a_lane_is_walked_one_by_one_in_order(db: TestStore) {
    for (id, lane) in [(1, "a"), (2, "b"), (3, "a"), (4, "a")] {
        enqueue(&db, id, &a_job("q", lane, &id.to_string())).await;
    }
    enqueue(&db, 5, &a_job("p", "a", "5")).await;
    assert_eq!(claim_ids(&db, "me", START, 9).await, [1, 2], "one of a lane, in the same claim too");
    assert_eq!(claim_ids(&db, "other", START, 9).await, [0; 0]);
    let elsewhere = claim_jobs(&db, &Claimant { queue: "p", ..who("me", START, 9) }).await;
    assert_eq!(elsewhere.len(), 1, "another queue's lane is another lane");
    finish(&db, "me", 1).await;
    assert_eq!(claim_ids(&db, "other", START, 9).await, [3]);
    finish(&db, "other", 3).await;
    assert_eq!(claim_ids(&db, "me", START, 9).await, [4]);
}

async fn a_waiting_job_holds_back_its_lane(db: TestStore) {
    enqueue(&db, 1, &a_job("q", "a", "1")).await;
    enqueue(&db, 2, &a_job("q", "a", "2")).await;
    assert_eq!(claim_ids(&db, "me", START, 9).await, [1]);
    settle(&db, "me", &[end(1, 0, Verdict::Retry { at: at(60), why: "later".to_owned() })]).await;
    assert_eq!(claim_ids(&db, "me", at(59), 9).await, [0; 0]);
    assert_eq!(claim_ids(&db, "me", at(60), 9).await, [1]);
}

async fn a_late_comer_with_a_lower_id_waits_for_the_running_one(db: TestStore) {
    enqueue(&db, 7, &a_job("q", "a", "7")).await;
    assert_eq!(claim_ids(&db, "me", START, 9).await, [7]);
    enqueue(&db, 3, &a_job("q", "a", "3")).await;
    assert_eq!(claim_ids(&db, "me", START, 9).await, [0; 0]);
    finish(&db, "me", 7).await;
    assert_eq!(claim_ids(&db, "me", START, 9).await, [3]);
}

async fn the_same_name_is_the_same_job(db: TestStore) {
    enqueue(&db, 1, &NewJob { run_at: at(10), ..a_job("q", "a", "name") }).await;
    enqueue(&db, 2, &NewJob { run_at: at(20), ..a_job("q", "b", "name") }).await;
    let one = job(&db, 1).await.unwrap();
    assert_eq!((one.generation, one.run_at, one.lane.as_str()), (1, at(10), "a"), "no later than before");
    assert_eq!(job(&db, 2).await, None);
    enqueue(&db, 3, &NewJob { run_at: at(5), ..a_job("q", "a", "name") }).await;
    assert_eq!(job(&db, 1).await.unwrap().run_at, at(5), "earlier than before");
    enqueue(&db, 4, &a_job("p", "a", "name")).await;
    assert!(job(&db, 4).await.is_some(), "in another queue it is another job");
}

async fn enqueueing_while_it_runs_runs_it_again_when_asked_for(db: TestStore) {
    enqueue(&db, 1, &a_job("q", "a", "name")).await;
    let claimed = claim_jobs(&db, &who("me", START, 1)).await;
    let again = NewJob { payload: serde_json::json!(2), run_at: at(30), ..a_job("q", "a", "name") };
    enqueue(&db, 2, &again).await;
    assert_eq!(claim_ids(&db, "other", at(1), 9).await, [0; 0], "it runs");
    let ended = end(1, claimed[0].generation, Verdict::Finish);
    assert_eq!(settle(&db, "me", &[ended]).await.done, [JobId(1)]);
    let left = job(&db, 1).await.expect("it is to run again");
    assert_eq!((left.state, left.run_at, left.locked_by), (JobState::Ready, at(30), None));
    assert_eq!(claim_ids(&db, "me", at(29), 9).await, [0; 0]);
    let second = claim_jobs(&db, &who("me", at(30), 9)).await;
    assert_eq!((second[0].payload.as_str(), second[0].generation), ("2", 1), "with the latest payload");
    settle(&db, "me", &[end(1, 1, Verdict::Finish)]).await;
    assert_eq!(job(&db, 1).await, None);
}

async fn a_retry_keeps_the_earlier_of_two_times(db: TestStore) {
    for (id, bumped, retry, expected) in [(1, None, 50, 50), (2, Some(20), 50, 20), (3, Some(90), 50, 50)] {
        let name = id.to_string();
        enqueue(&db, id, &a_job("q", &name, &name)).await;
        assert_eq!(claim_ids(&db, "me", START, 1).await, [id]);
        if let Some(seconds) = bumped {
            enqueue(&db, id + 10, &NewJob { run_at: at(seconds), ..a_job("q", &name, &name) }).await;
        }
        settle(&db, "me", &[end(id, 0, Verdict::Retry { at: at(retry), why: "no\0t yet".to_owned() })]).await;
        let left = job(&db, id).await.unwrap();
        assert_eq!((left.run_at, left.attempts, left.state), (at(expected), 1, JobState::Ready));
        assert_eq!(left.last_error.as_deref(), Some("not yet"));
    }
}

async fn failures_are_counted_in_a_row(db: TestStore) {
    enqueue(&db, 1, &a_job("q", "a", "1")).await;
    let (retry, fail) = (
        Verdict::Retry { at: START, why: String::new() },
        Verdict::Fail { at: START, why: "panicked".to_owned() },
    );
    let steps = [(&fail, 1, 1), (&fail, 2, 2), (&retry, 3, 0), (&fail, 4, 1), (&retry, 5, 0), (&retry, 6, 0)];
    for (verdict, attempts, failures) in steps {
        assert_eq!(claim_ids(&db, "me", START, 1).await, [1]);
        settle(&db, "me", &[end(1, 0, verdict.clone())]).await;
        let job = job(&db, 1).await.unwrap();
        assert_eq!((job.attempts, job.failures), (attempts, failures));
    }
}

async fn parking_keeps_the_reason_and_frees_the_lane(db: TestStore) {
    enqueue(&db, 1, &a_job("q", "a", "1")).await;
    enqueue(&db, 2, &a_job("q", "a", "2")).await;
    claim_ids(&db, "me", START, 9).await;
    let why = "ü".repeat(1000);
    settle(&db, "me", &[end(1, 0, Verdict::Park { why })]).await;
    let dead = job(&db, 1).await.unwrap();
    assert_eq!((dead.state, dead.locked_by), (JobState::Dead, None));
    assert_eq!(dead.last_error.unwrap(), "ü".repeat(250), "cut between letters");
    assert_eq!(claim_ids(&db, "me", at(1), 9).await, [2]);

    // Asked for again while it ran: that wish is newer than the verdict.
    enqueue(&db, 3, &NewJob { run_at: at(2), ..a_job("q", "a", "2") }).await;
    settle(&db, "me", &[end(2, 0, Verdict::Park { why: "no".to_owned() })]).await;
    let left = job(&db, 2).await.unwrap();
    assert_eq!((left.state, left.run_at), (JobState::Ready, at(2)));
}

async fn a_dead_job_comes_back_by_its_name(db: TestStore) {
    enqueue(&db, 1, &a_job("q", "a", "name")).await;
    claim_ids(&db, "me", START, 9).await;
    settle(&db, "me", &[end(1, 0, Verdict::Retry { at: START, why: "x".to_owned() })]).await;
    claim_ids(&db, "me", START, 9).await;
    settle(&db, "me", &[end(1, 0, Verdict::Park { why: "x".to_owned() })]).await;
    enqueue(&db, 2, &NewJob { run_at: at(9), ..a_job("q", "b", "name") }).await;
    assert_eq!(job(&db, 1).await, None);
    let back = job(&db, 2).await.unwrap();
    assert_eq!((back.state, back.attempts, back.run_at), (JobState::Ready, 0, at(9)));
    assert_eq!((back.lane.as_str(), back.last_error), ("b", None));
    assert_eq!(claim_ids(&db, "me", at(9), 9).await, [2]);
}

async fn a_dead_job_comes_back_by_hand(db: TestStore) {
    enqueue(&db, 1, &a_job("q", "a", "name")).await;
    claim_ids(&db, "me", START, 9).await;
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.revive_job(JobId(1), at(1)).await.unwrap(), "it runs");
    assert!(!tx.revive_job(JobId(2), at(1)).await.unwrap(), "there is none");
    drop(tx);
    settle(&db, "me", &[end(1, 0, Verdict::Park { why: "x".to_owned() })]).await;
    let mut tx = db.begin().await.unwrap();
    assert!(tx.revive_job(JobId(1), at(1)).await.unwrap());
    tx.commit().await.unwrap();
    let back = job(&db, 1).await.unwrap();
    assert_eq!((back.state, back.run_at, back.attempts, back.last_error), (JobState::Ready, at(1), 0, None));
    assert_eq!(claim_ids(&db, "me", at(1), 9).await, [1]);
}

async fn only_the_holder_settles(db: TestStore) {
    enqueue(&db, 1, &a_job("q", "a", "name")).await;
    claim_ids(&db, "me", START, 9).await;
    let verdicts = [
        Verdict::Finish,
        Verdict::Retry { at: START, why: String::new() },
        Verdict::Park { why: String::new() },
    ];
    for verdict in verdicts {
        let settled = settle(&db, "thief", &[end(1, 0, verdict)]).await;
        assert_eq!(settled, Settled { lost: vec![JobId(1)], ..Settled::default() });
    }
    let job = job(&db, 1).await.unwrap();
    assert_eq!((job.state, job.attempts, job.locked_by.as_deref()), (JobState::Running, 0, Some("me")));
}

async fn many_settle_in_one_transaction(db: TestStore) {
    for id in 1..=6 {
        enqueue(&db, id, &a_job("q", &id.to_string(), &id.to_string())).await;
    }
    claim_ids(&db, "me", START, 9).await;
    enqueue(&db, 12, &NewJob { run_at: at(7), ..a_job("q", "2", "2") }).await;
    let list = [
        end(1, 0, Verdict::Finish),
        end(2, 0, Verdict::Finish),
        end(3, 0, Verdict::Retry { at: at(3), why: "r".to_owned() }),
        end(4, 0, Verdict::Park { why: "p".to_owned() }),
        end(5, 0, Verdict::Finish),
        end(99, 0, Verdict::Finish),
    ];
    let settled = settle(&db, "me", &list).await;
    assert_eq!(settled.done.len(), 5);
    assert_eq!((settled.lost, settled.busy), (vec![JobId(99)], vec![]));
    let mut left = Vec::new();
    for id in 1..=6 {
        left.push(job(&db, id).await.map(|job| job.state));
    }
    let (ready, running, dead) = (Some(JobState::Ready), Some(JobState::Running), Some(JobState::Dead));
    assert_eq!(left, [None, ready, ready, dead, None, running]);
    assert_eq!(settle(&db, "me", &[]).await, Settled::default());
}

async fn a_renewed_lease_holds(db: TestStore) {
    enqueue(&db, 1, &a_job("q", "a", "name")).await;
    claim_ids(&db, "me", START, 9).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.renew("me", &[JobId(1), JobId(2)], at(20)).await.unwrap(), [JobId(1)]);
    tx.commit().await.unwrap();
    assert_eq!(claim_ids(&db, "other", at(19), 9).await, [0; 0]);
    assert_eq!(db.read().await.unwrap().held("me", &[JobId(1)]).await.unwrap(), [JobId(1)]);
    assert_eq!(claim_alone(&db, "other", at(20)).await.id, JobId(1));
}

async fn a_lost_lease_is_not_renewed(db: TestStore) {
    enqueue(&db, 1, &a_job("q", "a", "name")).await;
    claim_ids(&db, "me", START, 9).await;
    assert_eq!(claim_alone(&db, "other", at(5)).await.id, JobId(1));
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.renew("me", &[JobId(1)], at(60)).await.unwrap(), []);
    tx.commit().await.unwrap();
    assert_eq!(job(&db, 1).await.unwrap().locked_until, at(10), "the thief's lease is as it was");
}

async fn ones_own_lease_never_runs_out_on_oneself(db: TestStore) {
    enqueue(&db, 1, &a_job("q", "a", "name")).await;
    claim_ids(&db, "me", START, 9).await;
    let claimed = claim(&db, &Claimant { in_flight: &[JobId(1)], ..who("me", at(60), 9) }).await;
    assert_eq!(claimed, Claim::Jobs(vec![]));
    assert_eq!(job(&db, 1).await.unwrap().state, JobState::Running);
}

async fn an_orphan_is_a_suspect_and_runs_alone(db: TestStore) {
    for id in 1..=3 {
        enqueue(&db, id, &a_job("q", &id.to_string(), &id.to_string())).await;
    }
    enqueue(&db, 4, &a_job("p", "4", "4")).await;
    assert_eq!(claim_ids(&db, "killed", START, 2).await, [1, 2]);
    assert_eq!(claim_ids(&db, "next", at(4), 1).await, [3], "others go on until the leases run out");
    // Busy: it must have nothing in flight first. The same from another queue.
    let busy = Claimant { in_flight: &[JobId(3)], ..who("next", at(5), 9) };
    assert_eq!(claim(&db, &busy).await, Claim::SuspectWaits("q".to_owned()));
    let elsewhere = Claimant { queue: "p", ..who("next", at(5), 9) };
    assert_eq!(claim(&db, &elsewhere).await, Claim::SuspectWaits("q".to_owned()));
    // A process that doesn't work on that queue is not concerned.
    let foreign = Claimant { queue: "p", queues: &["p"], ..who("third", at(5), 9) };
    assert_eq!(claim_jobs(&db, &foreign).await.len(), 1);
    finish(&db, "next", 3).await;
    for id in [1, 2] {
        let job = claim_alone(&db, "next", at(5)).await;
        assert_eq!((job.id, job.suspect, job.crashes), (JobId(id), true, 0));
        finish(&db, "next", id).await;
    }
    assert_eq!(claim_ids(&db, "next", at(5), 9).await, [0; 0]);
}

async fn a_suspect_that_ends_well_is_none_any_more(db: TestStore) {
    enqueue(&db, 1, &a_job("q", "a", "name")).await;
    claim_ids(&db, "killed", START, 9).await;
    claim_alone(&db, "next", at(5)).await;
    settle(&db, "next", &[end(1, 0, Verdict::Retry { at: at(6), why: String::new() })]).await;
    assert_eq!(claim_ids(&db, "next", at(6), 9).await, [1], "among others again");
}

async fn dying_alone_three_times_is_the_end(db: TestStore) {
    enqueue(&db, 1, &a_job("q", "a", "poison")).await;
    enqueue(&db, 2, &a_job("q", "b", "neighbour")).await;
    enqueue(&db, 3, &a_job("q", "a", "behind it")).await;
    assert_eq!(claim_ids(&db, "p0", START, 9).await, [1, 2]);
    let mut now = START.plus(LEASE);
    assert_eq!(claim_alone(&db, "p", now).await.id, JobId(1));
    now = now.plus(LEASE);
    let neighbour = claim_alone(&db, "p", now).await;
    assert_eq!(
        (neighbour.id, neighbour.crashes),
        (JobId(2), 0),
        "not blamed, and not kept waiting by the other"
    );
    finish(&db, "p", 2).await;
    for crashes in [1, 2] {
        let alone = claim_alone(&db, "p", now).await;
        assert_eq!((alone.id, alone.crashes), (JobId(1), crashes));
        assert_eq!(claim_ids(&db, "q", now, 9).await, [0; 0], "its lane waits");
        now = now.plus(LEASE);
    }
    assert_eq!(claim_ids(&db, "p", now, 9).await, [3]);
    let poison = job(&db, 1).await.unwrap();
    assert_eq!((poison.state, poison.crashes, poison.run_at), (JobState::Dead, 3, NEVER));
    assert_eq!(poison.last_error.as_deref(), Some("crashed the process 3 times"));

    // Asked for again it gets another chance, alone.
    enqueue(&db, 4, &NewJob { run_at: now, ..a_job("q", "z", "poison") }).await;
    finish(&db, "p", 3).await;
    assert_eq!(claim_alone(&db, "p", now).await.id, JobId(4));
}

async fn a_graceful_stop_makes_no_suspects(db: TestStore) {
    for id in 1..=3 {
        enqueue(&db, id, &a_job("q", &id.to_string(), &id.to_string())).await;
    }
    assert_eq!(claim_ids(&db, "other", START, 1).await, [1]);
    assert_eq!(claim_ids(&db, "me", START, 9).await, [2, 3]);
    let mut tx = db.begin().await.unwrap();
    let mut released = tx.release_all("me", at(1)).await.unwrap();
    released.sort();
    assert_eq!(released, [JobId(2), JobId(3)]);
    tx.commit().await.unwrap();
    let jobs = claim_jobs(&db, &who("next", at(1), 9)).await;
    assert_eq!(
        jobs.iter().map(|job| (job.id.0, job.attempts, job.suspect)).collect::<Vec<_>>(),
        [(2, 0, false), (3, 0, false)]
    );
}

async fn a_transaction_under_way_is_not_waited_for(db: TestStore) {
    if db.url().starts_with("sqlite") {
        return; // One writer: there is never another transaction under way.
    }
    enqueue(&db, 1, &a_job("q", "a", "1")).await;
    enqueue(&db, 2, &a_job("q", "b", "2")).await;
    assert_eq!(claim_ids(&db, "me", START, 1).await, [1]);
    // A use case asks for both again and takes its time.
    let (asked, waits) = (tokio::sync::oneshot::channel::<()>(), tokio::sync::oneshot::channel::<()>());
    let other = (*db).clone();
    let use_case = tokio::spawn(async move {
        let mut tx = other.begin().await.unwrap();
        tx.enqueue(JobId(3), &a_job("q", "a", "1"), START).await.unwrap();
        tx.enqueue(JobId(4), &a_job("q", "b", "2"), START).await.unwrap();
        asked.0.send(()).unwrap();
        waits.1.await.unwrap();
        tx.commit().await.unwrap();
    });
    asked.1.await.unwrap();
    let settled = settle(&db, "me", &[end(1, 0, Verdict::Finish)]).await;
    assert_eq!(settled, Settled { busy: vec![JobId(1)], ..Settled::default() });
    assert_eq!(claim_ids(&db, "other", START, 9).await, [0; 0]);
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.renew("me", &[JobId(1)], at(60)).await.unwrap(), [JobId(1)], "still ours");
    tx.commit().await.unwrap();
    waits.0.send(()).unwrap();
    use_case.await.unwrap();
    assert_eq!(settle(&db, "me", &[end(1, 0, Verdict::Finish)]).await.done, [JobId(1)]);
    assert_eq!(job(&db, 1).await.unwrap().state, JobState::Ready, "asked for again");
    assert_eq!(claim_ids(&db, "other", START, 9).await, [1, 2]);
}

async fn many_are_queued_in_one_go(db: TestStore) {
    let name = |number: i64| format!("name {number:04} \"'\\ü");
    let mut all: Vec<_> = (0..1_201).rev().map(|n| (JobId(n + 1), a_job("q", &name(n), &name(n)))).collect();
    // One of them twice.
    let again =
        NewJob { payload: serde_json::json!({"n": "\0"}), run_at: at(-5), ..a_job("q", "b", &name(7)) };
    all.push((JobId(2_000), again.clone()));
    let mut tx = db.begin().await.unwrap();
    tx.enqueue(JobId(3_000), &a_job("q", "first", &name(3)), START).await.unwrap();
    tx.enqueue_all(all, START).await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    let counts = reader.job_counts().await.unwrap();
    assert_eq!(counts.iter().map(|count| count.jobs).collect::<Vec<_>>(), [1_201]);
    let twice = reader.job(JobId(8)).await.unwrap().expect("the first of the two");
    assert_eq!((twice.lane, twice.run_at), (name(7), at(-5)));
    assert_eq!(twice.payload, again.payload.to_string());
    let was_there = reader.job(JobId(3_000)).await.unwrap().expect("keeps its id");
    assert_eq!((was_there.lane.as_str(), was_there.generation), ("first", 1));
    assert_eq!(reader.job(JobId(4)).await.unwrap(), None);
}

async fn nothing_of_a_rolled_back_enqueue_stays(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    tx.enqueue(JobId(1), &a_job("q", "a", "name"), START).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(job(&db, 1).await, None);
}

async fn the_bell_rings_after_the_commit(db: TestStore) {
    use futures::FutureExt;
    let bell = db.wakers().bell("q");
    let mut tx = db.begin().await.unwrap();
    tx.enqueue(JobId(1), &a_job("q", "a", "name"), START).await.unwrap();
    assert!(bell.notified().now_or_never().is_none(), "nothing to see yet");
    tx.commit().await.unwrap();
    assert!(bell.notified().now_or_never().is_some());
    let mut tx = db.begin().await.unwrap();
    tx.enqueue_all(vec![(JobId(2), a_job("q", "a", "b")), (JobId(3), a_job("q", "a", "a"))], START)
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    assert!(bell.notified().now_or_never().is_none(), "nor after a rollback");
    let mut tx = db.begin().await.unwrap();
    assert!(tx.drop_job(JobId(1)).await.unwrap());
    tx.commit().await.unwrap();
    assert!(bell.notified().now_or_never().is_some(), "its lane is free");
}

async fn the_next_run_is_known(db: TestStore) {
    let next = async || db.read().await.unwrap().next_run_at("q").await.unwrap();
    assert_eq!(next().await, None);
    enqueue(&db, 1, &NewJob { run_at: at(20), ..a_job("q", "a", "1") }).await;
    enqueue(&db, 2, &a_job("q", "a", "2")).await;
    enqueue(&db, 3, &a_job("p", "a", "3")).await;
    assert_eq!(next().await, Some(at(20)), "the second is held back, the third is elsewhere");
    enqueue(&db, 4, &NewJob { run_at: at(10), ..a_job("q", "b", "4") }).await;
    assert_eq!(next().await, Some(at(10)));
    assert_eq!(claim_ids(&db, "me", at(10), 9).await, [4]);
    assert_eq!(next().await, Some(at(15)), "the end of its lease");
    settle(&db, "me", &[end(4, 0, Verdict::Park { why: String::new() })]).await;
    assert_eq!(next().await, Some(at(20)), "the dead don't count");
}

async fn running_jobs_are_not_dropped(db: TestStore) {
    enqueue(&db, 1, &a_job("q", "a", "1")).await;
    enqueue(&db, 2, &a_job("q", "a", "2")).await;
    claim_ids(&db, "me", START, 1).await;
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.drop_job(JobId(1)).await.unwrap());
    assert!(tx.drop_job(JobId(2)).await.unwrap());
    assert!(!tx.drop_job(JobId(2)).await.unwrap());
    tx.commit().await.unwrap();
    assert!(job(&db, 1).await.is_some() && job(&db, 2).await.is_none());
}

async fn lists_and_counts(db: TestStore) {
    for id in 1..=5 {
        enqueue(&db, id, &a_job("q", &id.to_string(), &id.to_string())).await;
    }
    enqueue(&db, 6, &a_job("p", "a", "1")).await;
    claim_ids(&db, "me", START, 2).await;
    settle(&db, "me", &[end(1, 0, Verdict::Park { why: String::new() })]).await;
    let mut reader = db.read().await.unwrap();
    let cases = [
        (None, None, Page::newest(10), vec![6, 5, 4, 3, 2, 1]),
        (None, Some("q"), Page::newest(2), vec![5, 4]),
        (None, Some("q"), Page { max_id: Some(4), ..Page::newest(2) }, vec![3, 2]),
        (None, None, Page { min_id: Some(2), ..Page::newest(2) }, vec![4, 3]),
        (Some(JobState::Dead), None, Page::newest(10), vec![1]),
        (Some(JobState::Running), None, Page::newest(10), vec![2]),
        (Some(JobState::Ready), Some("q"), Page::newest(10), vec![5, 4, 3]),
        (Some(JobState::Dead), Some("p"), Page::newest(10), vec![]),
    ];
    for (state, queue, page, expected) in cases {
        let jobs = reader.jobs(state, queue, &page).await.unwrap();
        let ids: Vec<i64> = jobs.iter().map(|job| job.id.0).collect();
        assert_eq!(ids, expected, "{state:?} {queue:?} {page:?}");
        assert!(state.is_none_or(|state| jobs.iter().all(|job| job.state == state)));
    }
    let count = |queue: &str, state, jobs| JobCount { queue: queue.to_owned(), state, jobs };
    assert_eq!(
        reader.job_counts().await.unwrap(),
        [
            count("p", JobState::Ready, 1),
            count("q", JobState::Dead, 1),
            count("q", JobState::Ready, 3),
            count("q", JobState::Running, 1),
        ]
    );
}

async fn two_claimants_share_no_job_and_no_lane(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    for id in 1..=200 {
        tx.enqueue(JobId(id), &a_job("q", &(id % 10).to_string(), &id.to_string()), START).await.unwrap();
    }
    tx.commit().await.unwrap();
    let seen = std::sync::Arc::new(std::sync::Mutex::new((HashSet::new(), 0)));
    let mut tasks = Vec::new();
    for holder in ["a", "b", "c"] {
        let (db, seen) = ((*db).clone(), seen.clone());
        tasks.push(tokio::spawn(async move {
            while seen.lock().unwrap().1 < 200 {
                let mut tx = db.begin().await?;
                let Claim::Jobs(jobs) = tx.claim(&who(holder, START, 3)).await? else { panic!("a suspect") };
                tx.commit().await?;
                for job in &jobs {
                    assert!(
                        seen.lock().unwrap().0.insert(job.lane.clone()),
                        "lane {} is walked twice",
                        job.lane
                    );
                }
                tokio::task::yield_now().await;
                let done: Vec<_> = jobs.iter().map(|job| end(job.id.0, 0, Verdict::Finish)).collect();
                for job in &jobs {
                    seen.lock().unwrap().0.remove(&job.lane);
                }
                let mut tx = db.begin().await?;
                assert_eq!(tx.settle(holder, &done).await?.done.len(), jobs.len());
                tx.commit().await?;
                seen.lock().unwrap().1 += jobs.len();
            }
            Ok::<(), Error>(())
        }));
    }
    let ended: Result<Vec<()>> =
        futures::future::join_all(tasks).await.into_iter().map(|task| task.expect("no panic")).collect();
    ended.unwrap();
    assert_eq!(seen.lock().unwrap().1, 200);
    assert_eq!(db.read().await.unwrap().job_counts().await.unwrap(), []);
}

async fn names_with_a_nul_are_refused(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    for job in [a_job("q", "a\0", "n"), a_job("q", "a", "\0")] {
        assert!(matches!(tx.enqueue(JobId(1), &job, START).await, Err(Error::Value(_))));
    }
    let odd = NewJob { payload: serde_json::json!("a\0b"), ..a_job("q", "a", "n") };
    tx.enqueue(JobId(1), &odd, START).await.unwrap();
    assert_eq!(tx.read().job(JobId(1)).await.unwrap().unwrap().payload::<String>().unwrap(), "a\0b");
}

/// Nothing is known of a table that has just grown from nothing: no statistics, only indexes. Half of the
/// jobs wait for one of their lane.
async fn a_queue_filled_all_at_once_is_claimed_without_delay(db: TestStore) {
    const FILL: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) \
         INSERT INTO jobs (id, queue, lane, name, payload, state, run_at, created_at) \
         SELECT i, 'q', CASE WHEN i <= 15000 THEN 'one' ELSE CAST(i AS TEXT) END, CAST(i AS TEXT), '', 'ready', 0, 0 FROM n";
    if db.url().starts_with("sqlite") {
        let mut c = SqliteConnection::connect(db.url()).await.unwrap();
        sqlx::query(FILL).execute(&mut c).await.unwrap();
    } else {
        let mut c = PgConnection::connect(db.url()).await.unwrap();
        sqlx::query(FILL).execute(&mut c).await.unwrap();
    }
    let begun = Instant::now();
    assert_eq!(claim_ids(&db, "me", START, 3).await, [1, 15_001, 15_002]);
    assert_eq!(claim_ids(&db, "me", START, 2).await, [15_003, 15_004]);
    assert_eq!(db.read().await.unwrap().next_run_at("q").await.unwrap(), Some(Millis(0)));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}
