//! Handlers that fail, and a runtime that does.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use futures::FutureExt;
use tintype_model::{Clock, Millis, SystemClock};
use tintype_store::jobs::{Claim, Claimant, JobState};
use tintype_testkit::wait;
use tintype_worker::queues::{Outcome, Queue, Runtime, RuntimeError};

use crate::place::{Place, start, work};

both!(
    a_panic_is_a_retry_and_in_the_end_the_end,
    a_job_that_takes_too_long_is_stopped,
    an_abort_is_kept_with_its_reason,
    suspects_run_alone,
    a_lost_lease_stops_the_run,
    a_worker_that_ends_is_an_error,
);

async fn a_panic_is_a_retry_and_in_the_end_the_end(place: Place) {
    let runtime = place.runtime().queue(work(4), |job| {
        async move {
            match (job.name.as_str(), job.failures) {
                ("always", _) | ("twice", 0..2) => panic!("{} again", job.name),
                _ => Outcome::Done,
            }
        }
        .boxed()
    });
    let running = start(runtime);
    let always = place.enqueue("a", "always").await;
    let twice = place.enqueue("b", "twice").await;
    let fine = place.enqueue("c", "fine").await;
    place.all_done().await;
    assert_eq!((place.job(twice).await, place.job(fine).await), (None, None));
    let dead = place.job(always).await.unwrap();
    assert_eq!(dead.state, JobState::Dead);
    let why = dead.last_error.unwrap();
    assert!(why.starts_with("failed 3 times: ") && why.contains("always again"), "{why}");
    running.stop().await;
}

/// Part of a handler: counts the handlers that are no more.
struct Stops(Arc<AtomicUsize>);

impl Drop for Stops {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

async fn a_job_that_takes_too_long_is_stopped(place: Place) {
    let stopped = Arc::new(AtomicUsize::new(0));
    let count = stopped.clone();
    let queue = Queue { timeout: Duration::from_millis(50), ..work(2) };
    let runtime = place.runtime().queue(queue, move |_| {
        let stops = Stops(count.clone());
        async move {
            std::future::pending::<()>().await;
            drop(stops);
            Outcome::Done
        }
        .boxed()
    });
    let running = start(runtime);
    let id = place.enqueue("lane", "name").await;
    place.all_done().await;
    let dead = place.job(id).await.unwrap();
    assert!(dead.last_error.as_deref().is_some_and(|why| why.contains("timed out")), "{dead:?}");
    assert_eq!((dead.state, stopped.load(SeqCst)), (JobState::Dead, 3));
    running.stop().await;
}

async fn an_abort_is_kept_with_its_reason(place: Place) {
    let runtime = place
        .runtime()
        .queue(work(2), |_| async { Outcome::Abort { why: "no such host".to_owned() } }.boxed());
    let running = start(runtime);
    let id = place.enqueue("lane", "name").await;
    place.all_done().await;
    let dead = place.job(id).await.unwrap();
    assert_eq!(
        (dead.state, dead.attempts, dead.last_error.as_deref()),
        (JobState::Dead, 0, Some("no such host"))
    );
    running.stop().await;
}

async fn suspects_run_alone(place: Place) {
    for n in 0..4 {
        place.enqueue(&format!("orphan {n}"), &format!("orphan {n}")).await;
    }
    // Somebody took them and died at once.
    let mut tx = place.store.begin().await.unwrap();
    let claimed = tx
        .claim(&Claimant {
            queue: "work",
            queues: &["work"],
            holder: "died",
            now: place.clock.now(),
            lease: Duration::ZERO,
            free: 9,
            in_flight: &[],
        })
        .await
        .unwrap();
    assert!(matches!(claimed, Claim::Jobs(jobs) if jobs.len() == 4));
    tx.commit().await.unwrap();
    place.enqueue_many((0..40).map(|n| (n.to_string(), n.to_string())).collect()).await;

    let (now, faults) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let suspects = Arc::new(AtomicUsize::new(0));
    let (running_now, told, seen) = (now.clone(), faults.clone(), suspects.clone());
    let handler = move |job: tintype_store::jobs::Job| {
        let (now, faults, suspects) = (running_now.clone(), told.clone(), seen.clone());
        async move {
            let others = now.fetch_add(1, SeqCst);
            tokio::time::sleep(Duration::from_millis(2)).await;
            if job.suspect {
                suspects.fetch_add(1, SeqCst);
                if others > 0 || now.load(SeqCst) > 1 {
                    faults.lock().unwrap().push(job.name);
                }
            }
            now.fetch_sub(1, SeqCst);
            Outcome::Done
        }
        .boxed()
    };
    let other = Queue { name: "other", ..work(4) };
    let running = start(place.runtime().queue(work(8), handler.clone()).queue(other, handler));
    place.all_done().await;
    running.stop().await;
    assert_eq!(suspects.load(SeqCst), 4);
    let faults = faults.lock().unwrap();
    assert!(faults.is_empty(), "these had company: {faults:?}");
}

/// Another process takes a running job (as after a long standstill of ours): ours is stopped, theirs counts.
async fn a_lost_lease_stops_the_run(place: Place) {
    let (begun, stopped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, ends) = (begun.clone(), stopped.clone());
    let runtime = place.runtime().queue(work(2), move |_| {
        let stops = Stops(ends.clone());
        count.fetch_add(1, SeqCst);
        async move {
            std::future::pending::<()>().await;
            drop(stops);
            Outcome::Done
        }
        .boxed()
    });
    let running = start(runtime);
    let id = place.enqueue("lane", "name").await;
    wait::until("it to run", wait::PATIENCE, async || (begun.load(SeqCst) == 1).then_some(())).await;
    let later = place.clock.now().plus(Duration::from_mins(1));
    let thief = Claimant {
        queue: "work",
        queues: &["work"],
        holder: "thief",
        now: later,
        lease: Duration::from_mins(1),
        free: 1,
        in_flight: &[],
    };
    let mut tx = place.store.begin().await.unwrap();
    assert!(matches!(tx.claim(&thief).await.unwrap(), Claim::Alone(_)));
    tx.commit().await.unwrap();
    wait::until("ours to be stopped", wait::PATIENCE, async || (stopped.load(SeqCst) == 1).then_some(()))
        .await;
    running.stop().await;
    let job = place.job(id).await.unwrap();
    assert_eq!((job.state, job.locked_by.as_deref()), (JobState::Running, Some("thief")));
    assert_eq!(begun.load(SeqCst), 1);
}

/// A clock that can break, to break the runtime from the inside.
#[derive(Debug, Default)]
struct Breakable(AtomicBool);

impl Clock for Breakable {
    fn now(&self) -> Millis {
        assert!(!self.0.load(SeqCst), "the clock is broken");
        SystemClock.now()
    }
}

/// Part of a worker: when the worker is no more, the clock works again.
struct Mends(Arc<Breakable>);

impl Drop for Mends {
    fn drop(&mut self) {
        self.0.0.store(false, SeqCst);
    }
}

async fn a_worker_that_ends_is_an_error(place: Place) {
    let clock = Arc::new(Breakable::default());
    let breaks = Mends(clock.clone());
    let holder = "broken".to_owned();
    let runtime = Runtime::new(place.store.clone(), clock, holder, Duration::from_secs(5))
        .grace(Duration::from_millis(500))
        .queue(work(2), move |_| {
            breaks.0.0.store(true, SeqCst);
            async { panic!("and the worker can't tell when to try again") }.boxed()
        })
        .queue(Queue { name: "other", ..work(2) }, |_| async { Outcome::Done }.boxed());
    let running = start(runtime);
    let id = place.enqueue("lane", "name").await;
    let ended = running.ended().await;
    assert!(matches!(&ended, Err(RuntimeError::Ended(what)) if what.contains("work")), "{ended:?}");
    assert!(place.job(id).await.is_some_and(|job| job.state == JobState::Ready), "handed back");
}
