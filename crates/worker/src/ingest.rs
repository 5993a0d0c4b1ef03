//! The `ingest` queue: verified activities of others that need something from the network before they can be applied.

use std::time::Duration;

use tintype_federation::{Federation, IngestJob, Ingested};
use tintype_store::jobs::Job;

use crate::{backoff::backoff, queues::Outcome};

/// Tries of one activity; they take about two hours.
const TRIES: i64 = 8;

/// Runs a job of the queue. An activity that never gets what it needs is kept as dead, with the reason, and so is its job.
pub async fn run(federation: Federation, job: Job) -> Outcome {
    let payload: IngestJob = match job.payload() {
        Ok(payload) => payload,
        Err(error) => return Outcome::Abort { why: format!("the payload can't be read: {error}") },
    };
    let later = |why: String| {
        let wait = backoff(job.attempts, Duration::from_secs(30), Duration::from_hours(1));
        Outcome::Retry { at: federation.ctx().now().plus(wait), why }
    };
    match Box::pin(federation.ingest(&payload, job.attempts + 1 >= TRIES)).await {
        Ok(Ingested::Done) => Outcome::Done,
        Ok(Ingested::Later(why)) => later(why),
        Ok(Ingested::Dead(why)) => Outcome::Abort { why },
        Err(error) => {
            tracing::warn!(%error, "an activity could not be applied and is tried again");
            later(error.to_string())
        }
    }
}
