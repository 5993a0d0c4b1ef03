//! A queue as apalis sees it.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, atomic::Ordering::SeqCst},
    task::{Context, Poll},
    time::Duration,
};

use apalis_core::{
    backend::{
        Backend, BackendConfig,
        ext::poll_strategy::{PollSnapshot, PollStrategy},
        finalize::Ephemeral,
        persistence::{Persisted, Persistence, State, TaskEvent},
    },
    task::{Task, builder::TaskBuilder, task_id::TaskId},
    worker::context::WorkerContext,
};
use futures::FutureExt;
use tintype_model::JobId;
use tintype_store::jobs::Job;
use tokio::{
    sync::{Notify, futures::OwnedNotified, mpsc},
    time::{Instant, Sleep, sleep},
};

use super::{
    Queue,
    flights::{Hands, Shared},
    report::ReportLayer,
};

/// The safety net: the longest that a queue isn't looked at.
const TICK: Duration = Duration::from_secs(1);
/// Leases are renewed elsewhere, so apalis's heartbeat has nothing to do.
const HEARTBEAT: Duration = Duration::from_hours(1);

/// The jobs of a queue, as tasks.
pub(super) struct QueueBackend {
    claims: Persisted<Claims>,
    wake: Wake,
    hands: Arc<Hands>,
    shared: Arc<Shared>,
    _end: End,
}

/// Tells when its worker is no more, however that came about.
struct End {
    queue: &'static str,
    ended: mpsc::UnboundedSender<&'static str>,
}

impl Drop for End {
    fn drop(&mut self) {
        // Nobody listens any more while the runtime stops.
        let _ = self.ended.send(self.queue);
    }
}

impl QueueBackend {
    pub(super) fn new(shared: Arc<Shared>, queue: Queue, ended: mpsc::UnboundedSender<&'static str>) -> Self {
        let hands = Arc::new(Hands::new(queue));
        Self {
            claims: Persisted::new(Claims { shared: shared.clone(), hands: hands.clone() }),
            wake: Wake::new(shared.store.wakers().bell(queue.name), hands.clone()),
            hands,
            shared,
            _end: End { queue: queue.name, ended },
        }
    }
}

impl Backend for QueueBackend {
    type Task = Task<Job>;
    type Error = Infallible;

    fn poll_ready(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Infallible>> {
        self.claims.poll_ready(cx, worker, HEARTBEAT)
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        worker: &WorkerContext,
    ) -> Poll<Option<Result<Task<Job>, Infallible>>> {
        loop {
            // Leaves a waker with the bell and the timer in every case.
            let _ = self.wake.poll_drive(cx, &PollSnapshot::default());
            if matches!(self.claims.state(), State::Ready) && !self.hands.due.load(SeqCst) {
                return Poll::Pending;
            }
            if let Poll::Ready(next) = self.claims.poll_next(cx, worker) {
                return Poll::Ready(next);
            }
            if !matches!(self.claims.state(), State::Ready) {
                return Poll::Pending; // The claim is under way and will wake us.
            }
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Infallible>> {
        self.claims.poll_close(cx, worker)
    }
}

impl BackendConfig for QueueBackend {
    type Args = Job;
    type Id = JobId;
    /// Tasks carry the job as it is: there is no wire format between the table and the handler.
    type Kind = Ephemeral;
    type Config = Queue;
    type Layer = ReportLayer;

    fn config(&self) -> &Queue {
        &self.hands.queue
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> ReportLayer {
        ReportLayer::new(self.shared.clone())
    }
}

/// Claiming, as apalis words it. Nothing in here can fail, so nothing can end the worker.
#[derive(Clone)]
struct Claims {
    shared: Arc<Shared>,
    hands: Arc<Hands>,
}

impl Persistence for Claims {
    type Compact = Job;
    type Response = ();
    type Error = Infallible;

    async fn register(&mut self, _: &WorkerContext) -> Result<(), Infallible> {
        Ok(())
    }

    async fn heartbeat(&mut self, _: &WorkerContext) -> Result<(), Infallible> {
        Ok(())
    }

    async fn fetch_next(&mut self, _: &WorkerContext) -> Result<Vec<Task<Job>>, Infallible> {
        let Claims { shared, hands } = self.clone();
        // In a task of its own: it holds a transaction, and apalis doesn't poll us while it stops.
        let jobs = tokio::spawn(async move { shared.claim(&hands).await }).await.unwrap_or_else(|error| {
            tracing::error!(job.queue = self.hands.queue.name, %error, "looking for jobs went wrong");
            Vec::new()
        });
        Ok(jobs.into_iter().map(task).collect())
    }

    /// Everything that is held when the runtime stops is handed back there, in one statement.
    async fn reenqueue_abandoned(&mut self, _: Vec<Task<Job>>, _: &WorkerContext) -> Result<u64, Infallible> {
        Ok(0)
    }

    /// Never called: our own layer reports how runs ended, and apalis's isn't installed.
    async fn handle_events(&mut self, _: Vec<TaskEvent<()>>, _: &WorkerContext) -> Result<(), Infallible> {
        Ok(())
    }

    /// Never called: jobs are enqueued in the transaction that causes them, by the store.
    async fn push_tasks(&mut self, tasks: Vec<Task<Job>>) -> Result<(), Infallible> {
        tracing::error!(jobs = tasks.len(), "jobs can't be pushed through a worker");
        Ok(())
    }
}

fn task(job: Job) -> Task<Job> {
    let id = TaskId::from_int(job.id.0.unsigned_abs());
    let attempts = usize::try_from(job.attempts).unwrap_or_default();
    TaskBuilder::new(job).task_id(id).attempt(attempts).build()
}

/// Wakes its worker when the bell rings, when the next job is due, and once in a while. What it notices it
/// notes in [`Hands::due`], which only a look at the database clears: a bell that rings during a look is not
/// lost.
struct Wake {
    bell: Arc<Notify>,
    ring: Pin<Box<OwnedNotified>>,
    timer: Pin<Box<Sleep>>,
    hands: Arc<Hands>,
}

impl Wake {
    fn new(bell: Arc<Notify>, hands: Arc<Hands>) -> Self {
        let ring = Box::pin(bell.clone().notified_owned());
        Self { bell, ring, timer: Box::pin(sleep(TICK)), hands }
    }
}

impl PollStrategy for Wake {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        if let Some(wait) = self.hands.take_look_in() {
            self.timer.as_mut().reset(Instant::now() + wait.min(TICK));
        }
        while self.ring.poll_unpin(cx).is_ready() {
            self.hands.due.store(true, SeqCst);
            self.ring = Box::pin(self.bell.clone().notified_owned());
        }
        while self.timer.poll_unpin(cx).is_ready() {
            self.hands.due.store(true, SeqCst);
            self.timer.as_mut().reset(Instant::now() + TICK);
        }
        Poll::Pending
    }
}
