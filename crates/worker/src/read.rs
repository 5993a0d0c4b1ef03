//! The `read` queue: other servers, asked for what somebody here looks at.

use std::time::Duration;

use tintype_federation::{Federation, reading::Read};
use tintype_service::reading::Reading;
use tintype_store::jobs::Job;

use crate::{backoff::backoff, queues::Outcome};

/// Tries of one reading. Nobody was promised anything: who looks again asks again.
const TRIES: i64 = 3;

/// Runs a job of the queue.
pub async fn run(federation: Federation, job: Job) -> Outcome {
    let what: Reading = match job.payload() {
        Ok(what) => what,
        Err(error) => return Outcome::Abort { why: format!("the payload can't be read: {error}") },
    };
    let why = match federation.read(&what).await {
        Ok(Read::Done) => return Outcome::Done,
        Ok(Read::Later(why)) => why,
        Err(error) => error.to_string(),
    };
    if job.attempts + 1 >= TRIES {
        tracing::debug!(why, "a reading is given up");
        return Outcome::Done;
    }
    let wait = backoff(job.attempts, Duration::from_mins(1), Duration::from_mins(10));
    Outcome::Retry { at: federation.ctx().now().plus(wait), why }
}
