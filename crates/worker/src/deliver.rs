//! The `deliver` queue: one job per host, for as long as something is pending there. Failed deliveries are rows with a next
//! try of their own; the job itself always ends well.

use std::time::Duration;

use tintype_federation::{
    Federation,
    deliver::{self, Delivered},
    outgoing::DeliverJob,
};
use tintype_store::jobs::Job;

use crate::{backoff::backoff, queues::Outcome};

/// Runs a job of the queue.
pub async fn run(federation: Federation, job: Job) -> Outcome {
    let DeliverJob { host } = match job.payload() {
        Ok(payload) => payload,
        Err(error) => return Outcome::Abort { why: format!("the payload can't be read: {error}") },
    };
    match deliver::run(&federation, &host).await {
        Ok(Delivered::All) => Outcome::Done,
        Ok(Delivered::Until(at)) => {
            Outcome::Retry { at, why: "deliveries wait for their next try".to_owned() }
        }
        Err(error) => {
            tracing::warn!(host, %error, "delivering was interrupted");
            let wait = backoff(0, Duration::from_secs(2), Duration::from_secs(2));
            Outcome::Retry { at: federation.ctx().now().plus(wait), why: error.to_string() }
        }
    }
}
