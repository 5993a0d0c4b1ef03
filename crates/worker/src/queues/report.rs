//! The outermost layer around a run: gives it a task of its own and reports how it ended.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use apalis_core::{error::BoxDynError, task::Task};
use futures::{FutureExt, future::BoxFuture};
use tintype_store::jobs::{Job, Settlement, Verdict};
use tokio_util::task::AbortOnDropHandle;
use tower::{Layer, Service};

use super::{Outcome, flights::Shared};
use crate::backoff::backoff;

/// Puts [`Report`] around a worker's service.
#[derive(Clone)]
pub(super) struct ReportLayer {
    shared: Arc<Shared>,
}

impl ReportLayer {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl<S> Layer<S> for ReportLayer {
    type Service = Report<S>;

    fn layer(&self, inner: S) -> Report<S> {
        Report { inner, shared: self.shared.clone() }
    }
}

/// Sees every run to its end.
#[derive(Clone)]
pub(super) struct Report<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> Service<Task<Job>> for Report<S>
where
    S: Service<Task<Job>, Response = Outcome>,
    S::Error: Into<BoxDynError>,
    S::Future: Send + 'static,
{
    type Response = ();
    type Error = BoxDynError;
    type Future = BoxFuture<'static, Result<(), BoxDynError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxDynError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, task: Task<Job>) -> Self::Future {
        let shared = self.shared.clone();
        let run = Run::of(&task.args);
        let lost = shared.lost(run.id);
        let work = self.inner.call(task);
        // A task of its own: runs share nothing then, not even the task by which the store tells nested
        // transactions. It ends (or is stopped) as a whole before its end is reported, so that the next job
        // of its lane never meets it.
        let handle = shared.runs.spawn(async move {
            tokio::select! {
                biased;
                () = lost.cancelled() => None,
                result = work => Some(result.map_err(Into::into)),
            }
        });
        let handle = AbortOnDropHandle::new(handle);
        async move {
            let verdict = match handle.await {
                Ok(None) => {
                    // Somebody else has it. There is nothing to write down, only a hand to free.
                    shared.land(&[run.id]);
                    return Ok(());
                }
                Ok(Some(Ok(outcome))) => verdict(outcome),
                Ok(Some(Err(error))) => run.failed(&shared, &error.to_string()),
                Err(error) => run.failed(&shared, &error.to_string()),
            };
            // The acknowledger lives as long as there are runs.
            let _ = shared.reports.send(Settlement { id: run.id, generation: run.generation, verdict });
            Ok(())
        }
        .boxed()
    }
}

/// What must be known of a job when its run has ended.
struct Run {
    id: tintype_model::JobId,
    generation: i64,
    failures: i64,
    queue: String,
}

impl Run {
    fn of(job: &Job) -> Self {
        Self { id: job.id, generation: job.generation, failures: job.failures, queue: job.queue.clone() }
    }

    /// It panicked or took too long.
    fn failed(&self, shared: &Shared, why: &str) -> Verdict {
        let failures = self.failures + 1;
        tracing::warn!(job.id = %self.id, job.queue = %self.queue, job.failures = failures, error = why, "a job failed");
        let limits = shared.failures;
        if failures >= limits.most {
            return Verdict::Park { why: format!("failed {failures} times: {why}") };
        }
        let wait = backoff(self.failures, limits.first_wait, limits.longest_wait);
        Verdict::Fail { at: shared.clock.now().plus(wait), why: why.to_owned() }
    }
}

fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Done => Verdict::Finish,
        Outcome::Retry { at, why } => Verdict::Retry { at, why },
        Outcome::Abort { why } => Verdict::Park { why },
    }
}
