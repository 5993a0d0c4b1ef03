//! The `ingest` queue: verified activities of others that need something from the network before they can be applied.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tintype_federation::{Federation, IngestJob, Ingested};
use tintype_model::random;
use tintype_store::jobs::Job;

use crate::queues::Outcome;

/// The first wait of an activity; each is as long as all before it, up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// Older ones have their last try.
const PATIENCE: Duration = Duration::from_mins(90);
/// Hands that what one server brought may hold at once: it may lead to servers that don't answer, and others wait.
const OF_ONE: usize = 8;
/// How long what found no hand waits at least, and half as long on top at most.
const AGAIN: Duration = Duration::from_secs(1);

/// Who holds how many hands.
#[derive(Debug, Default)]
pub struct Turns(Mutex<HashMap<String, usize>>);

impl Turns {
    fn take(self: &Arc<Self>, host: &str) -> Option<Turn> {
        let mut hosts = self.lock();
        let held = hosts.entry(host.to_owned()).or_default();
        if *held >= OF_ONE {
            return None;
        }
        *held += 1;
        Some(Turn { turns: self.clone(), host: host.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A hand, given back on drop.
struct Turn {
    turns: Arc<Turns>,
    host: String,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut hosts = self.turns.lock();
        if let Some(held) = hosts.get_mut(&self.host) {
            *held -= 1;
            if *held == 0 {
                hosts.remove(&self.host);
            }
        }
    }
}

/// Runs a job of the queue. An activity that never gets what it needs is kept as dead, with the reason, and so is its job.
pub async fn run(turns: Arc<Turns>, federation: Federation, job: Job) -> Outcome {
    let payload: IngestJob = match job.payload() {
        Ok(payload) => payload,
        Err(error) => return Outcome::Abort { why: format!("the payload can't be read: {error}") },
    };
    let now = federation.ctx().now();
    let Some(_turn) = turns.take(&payload.host) else {
        let at = now.plus(AGAIN.mul_f64(random::factor(1.0, 1.5)));
        return Outcome::Retry { at, why: "its server has as many hands as it may".to_owned() };
    };
    let age = Duration::from_millis(u64::try_from(now.0 - job.created_at.0).unwrap_or_default());
    let later = |why: String| {
        let wait = age.clamp(FIRST_WAIT, LONGEST_WAIT).mul_f64(random::factor(1.0, 1.25));
        Outcome::Retry { at: federation.ctx().now().plus(wait), why }
    };
    match Box::pin(federation.ingest(&payload, age >= PATIENCE)).await {
        Ok(Ingested::Done) => Outcome::Done,
        Ok(Ingested::Later(why)) => later(why),
        Ok(Ingested::Dead(why)) => Outcome::Abort { why },
        Err(error) => {
            tracing::warn!(%error, "an activity could not be applied and is tried again");
            later(error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_holds_some_hands() {
        let turns = Arc::new(Turns::default());
        let held: Vec<Turn> = (0..OF_ONE).filter_map(|_| turns.take("a.example")).collect();
        assert_eq!(held.len(), OF_ONE);
        assert!(turns.take("a.example").is_none());
        assert!(turns.take("b.example").is_some());
        drop(held);
        assert!(turns.take("a.example").is_some());
        assert!(turns.lock().is_empty(), "what is given back is forgotten");
    }
}
