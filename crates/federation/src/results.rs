//! What became of deliveries, written down: whatever waits while one transaction is under way shares the next, of however
//! many hosts it is. With hundreds of hosts at a time a transaction of each one's own is most of what a delivery costs.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use tintype_model::{DeliveryId, Millis};
use tintype_store::{Tx, deliveries::Tried};
use tokio::sync::oneshot;

use crate::{
    Error, Federation, Result,
    deliver::{OPEN_AFTER, PATIENCE, SILENT, TRIES},
};

/// The most that share a transaction.
const BATCH: usize = 64;

/// What one host's deliveries came to.
#[derive(Debug)]
pub(crate) struct Came {
    pub host: String,
    /// When that was known.
    pub now: Millis,
    pub tries: Vec<(DeliveryId, Tried)>,
    pub then: Then,
}

/// What that says of the host.
#[derive(Debug)]
pub(crate) enum Then {
    /// Nothing new.
    Same,
    /// It is well. `silent`: it was not for so long that what waited for it was given up.
    Well { silent: bool },
    /// It failed `times` times, which makes `failures` in a row, and is not tried before `retry_at`. `silent`: for so long
    /// that nothing new waits for it.
    Failed { why: String, times: i64, failures: i64, retry_at: Millis, silent: bool },
}

/// Something that waits to be written down, and who waits for that.
type Waiting = (Came, oneshot::Sender<Result<(), String>>);

/// What waits to be written down.
#[derive(Debug, Default)]
pub(crate) struct Results {
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

impl Federation {
    /// Writes down what became of a host's deliveries. Ends when that is committed.
    ///
    /// # Errors
    /// When it could not be written. Nothing of it is then; it may be delivered again.
    pub(crate) async fn write_down(&self, came: Came) -> Result<()> {
        let results = &self.0.results;
        let (told, mut heard) = oneshot::channel();
        results.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((came, told));
        let _turn = results.turn.lock().await;
        loop {
            // Whoever had the turn before may have written it with their own.
            match heard.try_recv() {
                Ok(written) => return written.map_err(|why| failed(&why)),
                Err(oneshot::error::TryRecvError::Closed) => return Err(failed("it was stopped")),
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            let batch: Vec<_> = {
                let mut waiting = results.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                // Of a host the next one later: a run that was stopped may still have something to say.
                let mut hosts = HashSet::new();
                let fits = |(came, _): &mut Waiting| hosts.len() < BATCH && hosts.insert(came.host.clone());
                waiting.extract_if(.., fits).collect()
            };
            let (batch, told): (Vec<Came>, Vec<_>) = batch.into_iter().unzip();
            for (written, told) in self.write_each(&batch).await.into_iter().zip(told) {
                // Who does not wait any more need not hear.
                let _ = told.send(written);
            }
        }
    }

    /// Writes all in one transaction, or, if that fails, each in its own: what ails one is not to hold up the others. A
    /// database that can't be had ails all.
    async fn write_each(&self, batch: &[Came]) -> Vec<Result<(), String>> {
        let Err(error) = self.write(batch).await else { return vec![Ok(()); batch.len()] };
        if batch.len() == 1 {
            return vec![Err(error.to_string())];
        }
        let (mut each, mut gone) = (Vec::with_capacity(batch.len()), None);
        for came in batch {
            let written = match &gone {
                None => self.write(std::slice::from_ref(came)).await,
                Some(why) => Err(Error::Service(tintype_service::Error::Internal(String::clone(why)))),
            };
            each.push(written.map_err(|error| {
                if error.is_temporary() {
                    gone = Some(error.to_string());
                }
                error.to_string()
            }));
        }
        each
    }

    /// Deliveries before hosts, as everybody does who writes of both.
    async fn write(&self, batch: &[Came]) -> Result<()> {
        let mut tx = self.0.ctx.store.begin().await?;
        let mut batch: Vec<&Came> = batch.iter().collect();
        batch.sort_by(|a, b| a.host.cmp(&b.host));
        let tries: Vec<_> = batch.iter().flat_map(|came| came.tries.iter().cloned()).collect();
        tx.record_tries(&tries).await?;
        for came in &batch {
            came.note_deliveries(&mut tx).await?;
        }
        let well = batch.iter().filter(|came| matches!(came.then, Then::Well { .. }));
        let well: Vec<&str> = well.map(|came| came.host.as_str()).collect();
        tx.hosts_succeeded(&well, self.0.ctx.now()).await?;
        for Came { host, now, then, .. } in &batch {
            let Then::Failed { why, times, retry_at, .. } = then else { continue };
            for _ in 0..*times {
                tx.host_failed(host, why, *retry_at, *now).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }
}

impl Came {
    /// What it means for whatever else goes to the host.
    async fn note_deliveries(&self, tx: &mut Tx) -> Result<()> {
        let Self { host, now, then, .. } = self;
        let since = now.minus(PATIENCE);
        match then {
            Then::Same | Then::Well { silent: false } => {}
            Then::Well { silent: true } => {
                let back = tx.revive_host(host, SILENT, since, *now).await?;
                tracing::info!(host, back, "a server that was silent is back");
            }
            Then::Failed { why, failures, retry_at, silent, .. } => {
                if *failures >= OPEN_AFTER {
                    tx.postpone_host(host, why, *retry_at, *now).await?;
                    tx.bury_exhausted(host, TRIES, since).await?;
                }
                if *silent {
                    tx.silence_host(host, SILENT).await?;
                }
            }
        }
        Ok(())
    }
}

fn failed(why: &str) -> Error {
    Error::Service(tintype_service::Error::Internal(format!("deliveries were not written down: {why}")))
}
