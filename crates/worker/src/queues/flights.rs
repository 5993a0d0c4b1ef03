//! What this process runs at the moment, and claiming more.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use tintype_model::{Clock, JobId};
use tintype_store::{
    Store,
    jobs::{Claim, Claimant, Job, Settlement},
};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Failures, Queue};

/// When a look at the database failed, or found something that can't be had just yet.
const SOON: Duration = Duration::from_millis(100);

/// What the parts of a runtime share.
pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) holder: String,
    pub(super) lease: Duration,
    pub(super) failures: Failures,
    pub(super) reports: mpsc::UnboundedSender<Settlement>,
    pub(super) runs: TaskTracker,
    queues: Vec<&'static str>,
    flights: Mutex<HashMap<JobId, Flight>>,
    /// Held while claiming: whether a suspect may run depends on what all queues have in flight.
    turn: tokio::sync::Mutex<()>,
    closed: AtomicBool,
    suspect_waits: AtomicBool,
}

/// A job between its claim and the commit of its end.
struct Flight {
    queue: &'static str,
    alone: bool,
    lost: CancellationToken,
}

/// One queue's side of the claiming.
pub(super) struct Hands {
    pub(super) queue: Queue,
    /// There may be work: look.
    pub(super) due: AtomicBool,
    /// The last look found work, so the next one need not ask first whether there is any.
    busy: AtomicBool,
    /// When to look again, if no bell rings before.
    look_in: Mutex<Option<Duration>>,
}

impl Hands {
    pub(super) fn new(queue: Queue) -> Self {
        Self { queue, due: AtomicBool::new(true), busy: AtomicBool::new(false), look_in: Mutex::default() }
    }

    /// How long after the last look the next one is wanted.
    pub(super) fn take_look_in(&self) -> Option<Duration> {
        self.look_in.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn look_in(&self, wait: Duration) {
        *self.look_in.lock().unwrap_or_else(PoisonError::into_inner) = Some(wait);
    }
}

impl Shared {
    pub(super) fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        holder: String,
        lease: Duration,
        failures: Failures,
        queues: Vec<&'static str>,
        reports: mpsc::UnboundedSender<Settlement>,
    ) -> Self {
        Self {
            store,
            clock,
            holder,
            lease,
            failures,
            reports,
            runs: TaskTracker::new(),
            queues,
            flights: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            closed: AtomicBool::new(false),
            suspect_waits: AtomicBool::new(false),
        }
    }

    /// Claims as many jobs as the queue has free hands. Never fails: what goes wrong is logged and tried
    /// again soon.
    pub(super) async fn claim(&self, hands: &Hands) -> Vec<Job> {
        let _turn = self.turn.lock().await;
        // Before looking: whoever commits from here on finds it unset, and sets it again.
        hands.due.store(false, SeqCst);
        if self.closed.load(SeqCst) {
            return Vec::new();
        }
        let (in_flight, free) = {
            let flights = self.flights();
            if flights.values().any(|flight| flight.alone) {
                return Vec::new();
            }
            let ours = flights.values().filter(|flight| flight.queue == hands.queue.name).count();
            (flights.keys().copied().collect::<Vec<_>>(), hands.queue.concurrency.saturating_sub(ours))
        };
        // The end of a flight rings the bell.
        if free == 0 {
            return Vec::new();
        }
        match self.try_claim(hands, &in_flight, free).await {
            Ok(jobs) => {
                if !jobs.is_empty() {
                    hands.due.store(true, SeqCst);
                }
                jobs
            }
            Err(error) => {
                tracing::warn!(job.queue = hands.queue.name, %error, "looking for jobs failed, trying again");
                hands.look_in(SOON);
                Vec::new()
            }
        }
    }

    async fn try_claim(
        &self,
        hands: &Hands,
        in_flight: &[JobId],
        free: usize,
    ) -> tintype_store::Result<Vec<Job>> {
        let queue = hands.queue.name;
        let was_busy = hands.busy.swap(false, SeqCst);
        if !was_busy {
            // An idle queue costs a read and no transaction.
            let next = self.store.read().await?.next_run_at(queue).await?;
            let now = self.clock.now();
            let Some(next) = next else { return Ok(Vec::new()) };
            if next > now {
                hands.look_in(Duration::from_millis(next.0.saturating_sub(now.0).unsigned_abs()));
                return Ok(Vec::new());
            }
        }
        let mut tx = self.store.begin().await?;
        let who = Claimant {
            queue,
            queues: &self.queues,
            holder: &self.holder,
            now: self.clock.now(),
            lease: self.lease,
            free,
            in_flight,
        };
        let claim = tx.claim(&who).await?;
        tx.commit().await?;
        let (jobs, alone) = match claim {
            Claim::Jobs(jobs) => (jobs, false),
            Claim::Alone(job) => (vec![*job], true),
            Claim::SuspectWaits(other) => {
                self.suspect_waits.store(true, SeqCst);
                if in_flight.is_empty() && other != queue {
                    self.store.wakers().ring(&other);
                }
                hands.look_in(SOON);
                return Ok(Vec::new());
            }
        };
        if jobs.is_empty() {
            if was_busy {
                hands.due.store(true, SeqCst); // Now ask when the next one is due.
            } else {
                hands.look_in(SOON); // Due, but not to be had: a row that is locked, a lease that is about to be renewed.
            }
        }
        hands.busy.store(!jobs.is_empty(), SeqCst);
        let mut flights = self.flights();
        for job in &jobs {
            flights.insert(job.id, Flight { queue, alone, lost: CancellationToken::new() });
        }
        Ok(jobs)
    }

    /// Cancelled when the lease on the job turns out to be lost.
    pub(super) fn lost(&self, id: JobId) -> CancellationToken {
        self.flights().get(&id).map(|flight| flight.lost.clone()).unwrap_or_default()
    }

    /// The jobs in flight.
    pub(super) fn in_flight(&self) -> Vec<JobId> {
        self.flights().keys().copied().collect()
    }

    /// Stops the run of a job that isn't ours any more.
    pub(super) fn lose(&self, id: JobId) {
        if let Some(flight) = self.flights().get(&id) {
            tracing::warn!(job.id = %id, job.queue = flight.queue, "the lease on a running job was lost");
            flight.lost.cancel();
        }
    }

    /// The ends of these jobs are committed: there are hands free again, and lanes.
    pub(super) fn land(&self, list: &[JobId]) {
        let mut ring = BTreeSet::new();
        {
            let mut flights = self.flights();
            let mut alone = false;
            for flight in list.iter().filter_map(|id| flights.remove(id)) {
                ring.insert(flight.queue);
                alone |= flight.alone;
            }
            if alone || (flights.is_empty() && self.suspect_waits.swap(false, SeqCst)) {
                ring.extend(&self.queues);
            }
        }
        for queue in ring {
            self.store.wakers().ring(queue);
        }
    }

    /// From now on nothing is claimed.
    pub(super) fn close(&self) {
        self.closed.store(true, SeqCst);
    }

    /// Waits until no handler runs any more.
    pub(super) async fn wait_for_runs(&self, limit: Duration) {
        self.runs.close();
        if timeout(limit, self.runs.wait()).await.is_err() {
            tracing::warn!(jobs = self.runs.len(), "handlers that don't listen are left behind");
        }
    }

    /// Releases everything that is still held, so that others can take it at once.
    pub(super) async fn hand_back(&self) {
        // A claim that is under way may still bring some.
        let _turn = timeout(self.lease, self.turn.lock()).await;
        for _ in 0..3 {
            match self.try_hand_back().await {
                Ok(0) => return,
                Ok(jobs) => return tracing::info!(jobs, "handed back jobs that had not ended"),
                Err(error) => {
                    tracing::warn!(%error, "handing back jobs failed");
                    tokio::time::sleep(SOON).await;
                }
            }
        }
    }

    async fn try_hand_back(&self) -> tintype_store::Result<usize> {
        let mut tx = self.store.begin().await?;
        let released = tx.release_all(&self.holder, self.clock.now()).await?;
        tx.commit().await?;
        Ok(released.len())
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<JobId, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
