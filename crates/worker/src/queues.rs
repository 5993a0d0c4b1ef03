//! The runtime of the queues: apalis over the store's `jobs` table.
//!
//! ```text
//! bell, timer ──► Wake (PollStrategy) ──► Claims (Persistence) ──► Flights ──► Report ──► limits, timeout,
//!                                         in a task of its own      ▲   ▲        │        span, handler
//!                                                                   │   │        │ how it ended
//!                                   renew: keeps the leases ────────┘   │        ▼
//!                                                         lands when ───┴── acknowledge: settles,
//!                                                         committed         until the database has it
//! ```
//!
//! apalis carries the workers: polling, concurrency, timeouts, panics, spans, the graceful stop, under one
//! `Monitor` with one worker per queue. The storage side is ours, and so is the way back: apalis's own
//! acknowledgements end with the first database error, so its persistence events stay unused. Instead the
//! backend's own layer ([`report`]), which is the outermost, sees how every run ended and hands it to the
//! acknowledger ([`acknowledge`]), which retries until the database has it. What this rests on:
//!
//! - A job counts as in flight from its claim until its end is *committed*. Free hands, leases to renew and
//!   "is anything running?" are all read off that one table ([`flights`]), so nothing is claimed that nobody
//!   has hands for.
//! - Fetching never fails as far as apalis is concerned, and runs in a task of its own, so that it goes on
//!   (and lets go of the database) whether or not apalis polls it.
//! - A look at the queue that found nothing is repeated if a bell rang meanwhile; else it is repeated at the
//!   next `run_at`, and after a second in any case.
//! - Every run has a task of its own. A run whose lease was lost is stopped.
//! - A worker that ends while nobody asked it to is an error of [`Runtime::run`].

mod acknowledge;
mod backend;
mod flights;
mod report;

use std::{sync::Arc, time::Duration};

use apalis::layers::{
    WorkerBuilderExt,
    tracing::{DefaultOnFailure, TraceLayer},
};
use apalis_core::{monitor::Monitor, task::Task, worker::builder::WorkerBuilder};
use futures::{FutureExt, future::BoxFuture};
use tintype_model::{Clock, Millis};
use tintype_store::{Store, jobs::Job};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use self::{backend::QueueBackend, flights::Shared};

/// What a handler decides, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The job is done.
    Done,
    /// Run it again at `at`.
    Retry { at: Millis, why: String },
    /// Give it up; it stays where an admin sees it, with the reason.
    Abort { why: String },
}

/// A queue to work on.
#[derive(Debug, Clone, Copy)]
pub struct Queue {
    pub name: &'static str,
    /// How many jobs run at once, at the most.
    pub concurrency: usize,
    /// How long one may take. One that takes longer is stopped and counts as failed.
    pub timeout: Duration,
}

/// Why the queues stopped working.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// Something that runs as long as the server does has ended.
    #[error("{0} ended on its own")]
    Ended(String),
    /// The monitor of the workers had something to say.
    #[error("monitor of the queues: {0}")]
    Monitor(String),
}

/// How a run is retried that panicked or took too long.
#[derive(Debug, Clone, Copy)]
pub struct Failures {
    /// So many failures in a row are the end: the job is given up.
    pub most: i64,
    /// The first wait; it doubles.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
}

impl Default for Failures {
    fn default() -> Self {
        Self { most: 10, first_wait: Duration::from_secs(5), longest_wait: Duration::from_mins(10) }
    }
}

type Handler = Arc<dyn Fn(Job) -> BoxFuture<'static, Outcome> + Send + Sync>;

/// The queues of one process.
pub struct Runtime {
    store: Store,
    clock: Arc<dyn Clock>,
    holder: String,
    lease: Duration,
    grace: Duration,
    failures: Failures,
    queues: Vec<(Queue, Handler)>,
}

impl Runtime {
    /// The lease that suits a server: its orphans run again within seconds.
    pub const LEASE: Duration = Duration::from_secs(5);

    /// A runtime without queues.
    ///
    /// `holder` names this process and no other, before or after. `lease` is how long its jobs stay its own
    /// after it died.
    pub fn new(store: Store, clock: Arc<dyn Clock>, holder: String, lease: Duration) -> Self {
        let grace = Duration::from_secs(10);
        Self { store, clock, holder, lease, grace, failures: Failures::default(), queues: Vec::new() }
    }

    /// How long running jobs may go on after the shutdown was asked for. Then they are stopped and handed back.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// What becomes of runs that panic or take too long.
    #[must_use]
    pub fn failures(mut self, failures: Failures) -> Self {
        self.failures = failures;
        self
    }

    /// Works on a queue with a handler.
    #[must_use]
    pub fn queue<H>(mut self, queue: Queue, handler: H) -> Self
    where
        H: Fn(Job) -> BoxFuture<'static, Outcome> + Send + Sync + 'static,
    {
        self.queues.push((queue, Arc::new(handler)));
        self
    }

    /// Works until `shutdown` is ready, then stops claiming, lets running jobs end, and hands back the rest.
    ///
    /// # Errors
    /// When a worker (or what carries it) ends while nobody asked it to. The process should end then.
    pub async fn run<S>(self, shutdown: S) -> Result<(), RuntimeError>
    where
        S: Future<Output = ()> + Send,
    {
        let (reports, inbox) = mpsc::unbounded_channel();
        let names = self.queues.iter().map(|(queue, _)| queue.name).collect();
        let shared = Arc::new(Shared::new(
            self.store,
            self.clock,
            self.holder,
            self.lease,
            self.failures,
            names,
            reports,
        ));
        let (ended, mut ends) = mpsc::unbounded_channel();
        let monitor = monitor(&shared, &ended, self.queues);

        let mut renewer = AbortOnDropHandle::new(tokio::spawn(acknowledge::renew(shared.clone())));
        let all_reported = CancellationToken::new();
        let mut acknowledger = AbortOnDropHandle::new(tokio::spawn(acknowledge::acknowledge(
            shared.clone(),
            inbox,
            all_reported.clone(),
        )));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let mut monitor = AbortOnDropHandle::new(tokio::spawn(monitor.run_with_signal(async move {
            stopped.cancelled().await;
            Ok(())
        })));

        let mut outcome = tokio::select! {
            () = shutdown => Ok(()),
            Some(queue) = ends.recv() => Err(RuntimeError::Ended(format!("the worker of {queue}"))),
            _ = &mut renewer => Err(RuntimeError::Ended("the renewer of leases".to_owned())),
            _ = &mut acknowledger => Err(RuntimeError::Ended("the acknowledger".to_owned())),
        };

        shared.close();
        stop.cancel();
        match timeout(self.grace, &mut monitor).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => outcome = outcome.and(Err(RuntimeError::Monitor(error.to_string()))),
            Ok(Err(error)) => outcome = outcome.and(Err(RuntimeError::Monitor(error.to_string()))),
            Err(_) => tracing::warn!(grace = ?self.grace, "jobs still running are stopped and handed back"),
        }
        drop(monitor);
        shared.wait_for_runs(Duration::from_secs(1)).await;
        all_reported.cancel();
        if !acknowledger.is_finished() && timeout(self.grace, &mut acknowledger).await.is_err() {
            tracing::error!("the ends of some jobs could not be written down: they will run again");
        }
        shared.hand_back().await;
        outcome
    }
}

/// One worker per queue. A worker's name is never used twice, because the holder's isn't.
fn monitor(
    shared: &Arc<Shared>,
    ended: &mpsc::UnboundedSender<&'static str>,
    queues: Vec<(Queue, Handler)>,
) -> Monitor {
    let mut monitor = Monitor::new();
    for (queue, handler) in queues {
        let (shared, ended) = (shared.clone(), ended.clone());
        monitor = monitor.register(move |_restarts| {
            let handler = handler.clone();
            // From the outside in. The backend's own layer, which reports, is around them all.
            WorkerBuilder::new(format!("{}-{}", shared.holder, queue.name))
                .backend(QueueBackend::new(shared.clone(), queue, ended.clone()))
                .concurrency(queue.concurrency)
                .timeout(queue.timeout)
                .layer(
                    TraceLayer::new()
                        .make_span_with(span as fn(&Task<Job>) -> tracing::Span)
                        .on_failure(DefaultOnFailure::new().level(tracing::Level::DEBUG)),
                )
                .catch_panic()
                .build(move |job: Job| handler(job).map(Ok::<Outcome, std::convert::Infallible>))
        });
    }
    monitor
}

fn span(task: &Task<Job>) -> tracing::Span {
    tracing::info_span!("job", job.id = %task.args.id, job.queue = %task.args.queue, job.attempts = task.args.attempts)
}
