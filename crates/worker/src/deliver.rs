//! The `deliver` queue: one job per host, for as long as something is pending there. Failed deliveries are rows with a next
//! try of their own; the job itself always ends well.

use std::{sync::Arc, time::Duration};

use tintype_federation::{
    Federation,
    deliver::{self, Delivered, Waiting},
    outgoing::DeliverJob,
};
use tintype_model::random;
use tintype_service::Ctx;
use tintype_store::{hosts::Host, jobs::Job};

use crate::{
    backoff::backoff,
    lanes::{Lanes, Run},
    queues::Outcome,
};

/// How long a host waits at least, and half as long on top at most, who was cut.
const CUT: Duration = Duration::from_secs(5);
/// The same, where its lane is full: it has shown that nobody waits for it.
const FULL: Duration = Duration::from_secs(15);

/// Runs a job of the queue.
pub async fn run(lanes: Arc<Lanes>, federation: Federation, job: Job) -> Outcome {
    let DeliverJob { host } = match job.payload() {
        Ok(payload) => payload,
        Err(error) => return Outcome::Abort { why: format!("the payload can't be read: {error}") },
    };
    let ctx = federation.ctx();
    // One that isn't to be tried yet needs no lane: its run ends at once.
    let failed =
        known(ctx, &host).await.is_some_and(|known| known.failures > 0 && known.retry_at <= ctx.now());
    let later = |wait: Duration, why: &str| Outcome::Retry {
        at: ctx.now().plus(wait.mul_f64(random::factor(1.0, 1.5))),
        why: why.to_owned(),
    };
    let waiting = Waiting::default();
    let work = deliver::run(&federation, &host, &waiting);
    let silent = |moment| waiting.for_longer_than(moment);
    let delivered = match lanes.run(&host, failed, work, silent).await {
        Run::Ended(delivered) => delivered,
        Run::Full => return later(FULL, "as many hosts that failed are being tried as may be"),
        Run::Cut => return later(CUT, "it took long, and others wait"),
    };
    match delivered {
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

/// What is known of a host; nothing, if the database can't be asked: then delivering says so.
async fn known(ctx: &Ctx, host: &str) -> Option<Host> {
    ctx.store.read().await.ok()?.host(host).await.ok()?
}
