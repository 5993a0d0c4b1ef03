//! The `fan_out` queue: what happened here, told to others and written into home timelines.

use std::time::Duration;

use tintype_federation::{Federation, outgoing};
use tintype_service::Outgoing;
use tintype_store::jobs::Job;

use crate::{backoff::backoff, queues::Outcome};

/// Runs a job of the queue. It goes on until it succeeds: what people published has to leave.
pub async fn run(federation: Federation, job: Job) -> Outcome {
    let outgoing: Outgoing = match job.payload() {
        Ok(outgoing) => outgoing,
        Err(error) => return Outcome::Abort { why: format!("the payload can't be read: {error}") },
    };
    match outgoing::perform(&federation, &outgoing).await {
        Ok(()) => Outcome::Done,
        Err(error) => {
            tracing::warn!(%error, "a fan-out failed and is tried again");
            let wait = backoff(job.attempts, Duration::from_secs(1), Duration::from_mins(10));
            Outcome::Retry { at: federation.ctx().now().plus(wait), why: error.to_string() }
        }
    }
}
