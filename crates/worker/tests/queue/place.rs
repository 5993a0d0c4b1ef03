//! A database for one test, and a runtime on it.

use std::{sync::Arc, time::Duration};

use tintype_model::{IdGen, JobId, Millis, SystemClock, random};
use tintype_store::{
    Options, Store,
    jobs::{Job, JobState, NewJob},
};
use tintype_testkit::{TestDatabase, wait};
use tintype_worker::queues::{Failures, Queue, Runtime, RuntimeError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Which database a test is about.
enum Home {
    File(tempfile::TempDir),
    Server(TestDatabase),
}

pub struct Place {
    pub store: Store,
    pub clock: Arc<SystemClock>,
    pub ids: IdGen,
    home: Home,
}

impl Place {
    pub async fn sqlite() -> Self {
        Self::open(Home::File(tempfile::tempdir().unwrap())).await
    }

    pub async fn postgres() -> Self {
        Self::open(Home::Server(TestDatabase::create().await)).await
    }

    async fn open(home: Home) -> Self {
        let store = Store::open(&Options::new(url(&home))).await.unwrap();
        let clock = Arc::new(SystemClock);
        Self { store, ids: IdGen::new(clock.clone()), clock, home }
    }

    pub fn url(&self) -> String {
        url(&self.home)
    }

    /// A runtime with a name of its own, a short lease and short waits after failures.
    pub fn runtime(&self) -> Runtime {
        runtime(&self.store, Duration::from_secs(1))
    }

    /// Queues a job for now.
    pub async fn enqueue(&self, lane: &str, name: &str) -> JobId {
        self.enqueue_at(lane, name, Millis(0)).await
    }

    pub async fn enqueue_at(&self, lane: &str, name: &str, run_at: Millis) -> JobId {
        let id = self.ids.next();
        let mut tx = self.store.begin().await.unwrap();
        tx.enqueue(id, &a_job(lane, name, run_at), Millis(0)).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn enqueue_many(&self, jobs: Vec<(String, String)>) -> Vec<JobId> {
        let jobs: Vec<_> =
            jobs.iter().map(|(lane, name)| (self.ids.next(), a_job(lane, name, Millis(0)))).collect();
        let mut tx = self.store.begin().await.unwrap();
        tx.enqueue_all(jobs.clone(), Millis(0)).await.unwrap();
        tx.commit().await.unwrap();
        jobs.into_iter().map(|(id, _)| id).collect()
    }

    pub async fn job(&self, id: JobId) -> Option<Job> {
        self.store.read().await.unwrap().job(id).await.unwrap()
    }

    /// How many jobs are ready or running.
    pub async fn open_jobs(&self) -> i64 {
        let counts = self.store.read().await.unwrap().job_counts().await.unwrap();
        counts.iter().filter(|count| count.state != JobState::Dead).map(|count| count.jobs).sum()
    }

    /// Waits until every job is done or dead.
    pub async fn all_done(&self) {
        wait::until("all jobs to be done", wait::PATIENCE, async || {
            (self.open_jobs().await == 0).then_some(())
        })
        .await;
    }
}

fn url(home: &Home) -> String {
    match home {
        Home::File(dir) => format!("sqlite://{}", dir.path().join("test.db").display()),
        Home::Server(database) => database.url().to_owned(),
    }
}

pub fn a_job(lane: &str, name: &str, run_at: Millis) -> NewJob {
    let payload = serde_json::json!(name);
    NewJob { queue: "work", lane: lane.to_owned(), name: name.to_owned(), payload, run_at }
}

pub fn runtime(store: &Store, lease: Duration) -> Runtime {
    let holder = format!("test-{:016x}", u64::from_ne_bytes(random::bytes()));
    let failures =
        Failures { most: 3, first_wait: Duration::from_millis(10), longest_wait: Duration::from_millis(50) };
    Runtime::new(store.clone(), Arc::new(SystemClock), holder, lease).failures(failures)
}

/// The queue that the tests use.
pub fn work(concurrency: usize) -> Queue {
    Queue { name: "work", concurrency, timeout: Duration::from_secs(20) }
}

/// A runtime at work.
pub struct Running {
    stop: CancellationToken,
    heard: CancellationToken,
    task: JoinHandle<Result<(), RuntimeError>>,
}

pub fn start(runtime: Runtime) -> Running {
    let stop = CancellationToken::new();
    let heard = CancellationToken::new();
    let (asked, hears) = (stop.clone(), heard.clone());
    let task = tokio::spawn(runtime.run(async move {
        asked.cancelled().await;
        hears.cancel();
    }));
    Running { stop, heard, task }
}

impl Running {
    /// Asks it to stop, and waits until it has heard that.
    pub async fn ask_to_stop(&self) {
        self.stop.cancel();
        self.heard.cancelled().await;
    }

    /// Stops it, gracefully.
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }

    /// What it says when it ends on its own.
    pub async fn ended(self) -> Result<(), RuntimeError> {
        tokio::time::timeout(wait::PATIENCE, self.task).await.expect("it ends").unwrap()
    }
}
