//! Nothing dies: speed, order, retries, the graceful stop.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use futures::FutureExt;
use tintype_model::Clock;
use tintype_store::jobs::JobState;
use tintype_testkit::wait;
use tintype_worker::queues::{Outcome, Queue};
use tokio::sync::{Notify, Semaphore};

use crate::place::{Place, start, work};

both!(
    thousands_run_once_each,
    a_commit_wakes_an_idle_queue,
    a_job_runs_when_its_time_has_come,
    lanes_are_walked_in_order,
    a_full_queue_does_not_hold_back_another,
    a_retry_is_kept_with_its_time,
    a_job_that_is_asked_for_while_it_runs_runs_again,
    a_stop_finishes_what_runs_and_hands_back_the_rest,
    leases_outlive_long_jobs,
);

async fn thousands_run_once_each(place: Place) {
    let runs: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (seen, running, peak) = (runs.clone(), now.clone(), most.clone());
    let runtime = place.runtime().queue(work(16), move |job| {
        let (seen, running, peak) = (seen.clone(), running.clone(), peak.clone());
        async move {
            peak.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
            tokio::task::yield_now().await;
            *seen.lock().unwrap().entry(job.name).or_default() += 1;
            running.fetch_sub(1, SeqCst);
            Outcome::Done
        }
        .boxed()
    });
    let running = start(runtime);
    for chunk in 0..8 {
        place
            .enqueue_many((0..250).map(|n| (format!("{chunk}.{n}"), format!("{chunk}.{n}"))).collect())
            .await;
    }
    place.all_done().await;
    running.stop().await;
    let runs = runs.lock().unwrap();
    assert_eq!(runs.len(), 2000);
    assert_eq!(runs.iter().filter(|(_, times)| **times != 1).collect::<Vec<_>>(), []);
    let most = most.load(SeqCst);
    assert!((2..=16).contains(&most), "{most} at once");
}

async fn a_commit_wakes_an_idle_queue(place: Place) {
    let done = Arc::new(Semaphore::new(0));
    let told = done.clone();
    let runtime = place.runtime().queue(work(2), move |_| {
        told.add_permits(1);
        async { Outcome::Done }.boxed()
    });
    let running = start(runtime);
    let begun = Instant::now();
    for n in 0..20 {
        place.enqueue("lane", &n.to_string()).await;
        done.acquire().await.unwrap().forget();
        place.all_done().await;
    }
    // With nothing but the tick of a second it would take ten.
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    running.stop().await;
}

async fn a_job_runs_when_its_time_has_come(place: Place) {
    let ran = Arc::new(Mutex::new(None));
    let (told, clock) = (ran.clone(), place.clock.clone());
    let runtime = place.runtime().queue(work(2), move |_| {
        *told.lock().unwrap() = Some(clock.now());
        async { Outcome::Done }.boxed()
    });
    let running = start(runtime);
    let at = place.clock.now().plus(Duration::from_millis(1300));
    place.enqueue_at("lane", "later", at).await;
    place.all_done().await;
    let late = ran.lock().unwrap().unwrap().0 - at.0;
    assert!((0..5000).contains(&late), "{late} ms late");
    running.stop().await;
}

async fn lanes_are_walked_in_order(place: Place) {
    let order: Arc<Mutex<BTreeMap<String, Vec<usize>>>> = Arc::default();
    let busy: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let (seen, lanes) = (order.clone(), busy.clone());
    let runtime = place.runtime().queue(work(8), move |job| {
        let (seen, lanes) = (seen.clone(), lanes.clone());
        async move {
            assert!(lanes.lock().unwrap().insert(job.lane.clone()), "two of {} at once", job.lane);
            tokio::time::sleep(Duration::from_millis(1)).await;
            let number = job.name.rsplit('.').next().unwrap().parse().unwrap();
            seen.lock().unwrap().entry(job.lane.clone()).or_default().push(number);
            lanes.lock().unwrap().remove(&job.lane);
            Outcome::Done
        }
        .boxed()
    });
    // One by one, so that ids rise with the numbers.
    for n in 0..100 {
        let lane = format!("lane {}", n % 5);
        place.enqueue(&lane, &format!("{lane}.{n}")).await;
    }
    let running = start(runtime);
    place.all_done().await;
    running.stop().await;
    let order = order.lock().unwrap();
    assert_eq!(order.len(), 5);
    for (lane, numbers) in &*order {
        assert_eq!(numbers.len(), 20, "{lane}");
        assert!(numbers.is_sorted(), "{lane}: {numbers:?}");
    }
}

async fn a_full_queue_does_not_hold_back_another(place: Place) {
    let hold = Arc::new(Semaphore::new(0));
    let held = hold.clone();
    let slow = Queue { name: "media", ..work(2) };
    let runtime =
        place.runtime().queue(work(2), |_| async { Outcome::Done }.boxed()).queue(slow, move |_| {
            let held = held.clone();
            async move {
                held.acquire().await.unwrap().forget();
                Outcome::Done
            }
            .boxed()
        });
    let mut tx = place.store.begin().await.unwrap();
    for n in 0..6 {
        let job = crate::place::a_job(&n.to_string(), &n.to_string(), tintype_model::Millis(0));
        tx.enqueue(
            place.ids.next(),
            &tintype_store::jobs::NewJob { queue: "media", ..job },
            place.clock.now(),
        )
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    let running = start(runtime);
    place.enqueue_many((0..50).map(|n| (n.to_string(), n.to_string())).collect()).await;
    wait::until("the other queue", wait::PATIENCE, async || (place.open_jobs().await == 6).then_some(()))
        .await;
    hold.add_permits(6);
    place.all_done().await;
    running.stop().await;
}

async fn a_retry_is_kept_with_its_time(place: Place) {
    let runs = Arc::new(Mutex::new(Vec::new()));
    let (seen, clock) = (runs.clone(), place.clock.clone());
    let wait_for = Duration::from_millis(600);
    let runtime = place.runtime().queue(work(2), move |job| {
        let now = clock.now();
        seen.lock().unwrap().push((now, job.attempts));
        let outcome = match job.attempts {
            0 => Outcome::Retry { at: now.plus(wait_for), why: "busy".to_owned() },
            _ => Outcome::Done,
        };
        async { outcome }.boxed()
    });
    let running = start(runtime);
    let id = place.enqueue("lane", "name").await;
    let waiting = wait::until("the retry to be written down", wait::PATIENCE, async || {
        place.job(id).await.filter(|job| job.attempts == 1)
    })
    .await;
    assert_eq!((waiting.state, waiting.last_error.as_deref()), (JobState::Ready, Some("busy")));
    place.all_done().await;
    running.stop().await;
    let runs = runs.lock().unwrap();
    let [(first, 0), (second, 1)] = runs.as_slice() else { panic!("{runs:?}") };
    assert!(*second >= first.plus(wait_for), "{runs:?}");
    assert!(waiting.run_at >= first.plus(wait_for));
}

async fn a_job_that_is_asked_for_while_it_runs_runs_again(place: Place) {
    let (begun, go, runs) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let (tell, wait_for, count) = (begun.clone(), go.clone(), runs.clone());
    let runtime = place.runtime().queue(work(4), move |_| {
        let (tell, wait_for, count) = (tell.clone(), wait_for.clone(), count.clone());
        async move {
            if count.fetch_add(1, SeqCst) == 0 {
                tell.notify_one();
                wait_for.notified().await;
            }
            Outcome::Done
        }
        .boxed()
    });
    let running = start(runtime);
    place.enqueue("lane", "name").await;
    begun.notified().await;
    for _ in 0..3 {
        place.enqueue("lane", "name").await;
    }
    assert_eq!(place.open_jobs().await, 1, "it is one job");
    go.notify_one();
    place.all_done().await;
    running.stop().await;
    assert_eq!(runs.load(SeqCst), 2, "once more, however often it was asked for");
}

async fn a_stop_finishes_what_runs_and_hands_back_the_rest(place: Place) {
    let begun = Arc::new(Semaphore::new(0));
    let go = Arc::new(Notify::new());
    let ends: Arc<Mutex<Vec<String>>> = Arc::default();
    let handler = |stubborn: bool| {
        let (begun, go, ends) = (begun.clone(), go.clone(), ends.clone());
        move |job: tintype_store::jobs::Job| {
            let (begun, go, ends) = (begun.clone(), go.clone(), ends.clone());
            async move {
                assert!(!job.suspect, "a graceful stop makes no suspects");
                begun.add_permits(1);
                match job.name.as_str() {
                    "listens" => go.notified().await,
                    "stubborn" if stubborn => std::future::pending().await,
                    _ => {}
                }
                ends.lock().unwrap().push(job.name);
                Outcome::Done
            }
            .boxed()
        }
    };
    for name in ["listens", "stubborn", "third", "fourth"] {
        place.enqueue(name, name).await;
    }
    let running = start(place.runtime().grace(Duration::from_millis(300)).queue(work(2), handler(true)));
    begun.acquire_many(2).await.unwrap().forget();
    running.ask_to_stop().await;
    go.notify_one();
    running.stop().await;
    assert_eq!(
        *ends.lock().unwrap(),
        ["listens"],
        "what runs ends, what doesn't end is stopped, nothing new is begun"
    );
    let counts = place.store.read().await.unwrap().job_counts().await.unwrap();
    assert!(counts.iter().all(|c| c.state == JobState::Ready && c.jobs == 3), "{counts:?}");

    let running = start(place.runtime().queue(work(2), handler(false)));
    place.all_done().await;
    running.stop().await;
    let mut ends = ends.lock().unwrap().clone();
    ends.sort();
    assert_eq!(ends, ["fourth", "listens", "stubborn", "third"]);
}

async fn leases_outlive_long_jobs(place: Place) {
    let runs = Arc::new(AtomicUsize::new(0));
    let lease = Duration::from_millis(600);
    let mut all = Vec::new();
    for _ in 0..2 {
        let count = runs.clone();
        all.push(start(crate::place::runtime(&place.store, lease).queue(work(2), move |_| {
            let count = count.clone();
            async move {
                count.fetch_add(1, SeqCst);
                // Long against the lease, and another process is waiting for it to run out.
                tokio::time::sleep(lease * 3).await;
                Outcome::Done
            }
            .boxed()
        })));
    }
    place.enqueue("lane", "long").await;
    place.all_done().await;
    for running in all {
        running.stop().await;
    }
    assert_eq!(runs.load(SeqCst), 1);
}
