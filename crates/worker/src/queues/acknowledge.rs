//! The two tasks that keep the table of jobs true: one writes down how runs ended, one renews the leases of
//! the others.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tintype_model::JobId;
use tintype_store::jobs::{Settled, Settlement};
use tokio::{sync::mpsc, time::sleep};
use tokio_util::sync::CancellationToken;

use super::flights::Shared;

/// The most that one transaction settles.
const BATCH: usize = 256;
/// Where several end at a time, others do within a moment: they are settled together, and the hands that they free are
/// filled together.
const MOMENT: Duration = Duration::from_millis(10);
/// Between tries: at first, and at the most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// Settles runs until the database has every one of them; ends when `all_reported` is set and nothing is left.
pub(super) async fn acknowledge(
    shared: Arc<Shared>,
    mut reports: mpsc::UnboundedReceiver<Settlement>,
    all_reported: CancellationToken,
) {
    let mut waiting: Vec<Settlement> = Vec::new();
    let mut pause = PAUSE.0;
    let mut several = false;
    loop {
        if waiting.is_empty() {
            tokio::select! {
                biased;
                got = reports.recv_many(&mut waiting, BATCH) => if got == 0 { return },
                () = all_reported.cancelled() => return,
            }
            if several {
                sleep(MOMENT).await;
            }
        }
        while waiting.len() < BATCH
            && let Ok(report) = reports.try_recv()
        {
            waiting.push(report);
        }
        several = waiting.len() > 1;
        match settle(&shared, &waiting).await {
            Ok(settled) => {
                for id in &settled.lost {
                    tracing::warn!(job.id = %id, "a job ended after its lease: it will run again, or does already");
                }
                let over: HashSet<JobId> = settled.done.iter().chain(&settled.lost).copied().collect();
                waiting.retain(|one| !over.contains(&one.id));
                shared.land(&over.into_iter().collect::<Vec<_>>());
                pause = PAUSE.0;
                if !waiting.is_empty() {
                    sleep(pause).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, jobs = waiting.len(), "writing down the ends of jobs failed, trying again");
                sleep(pause).await;
                pause = (pause * 2).min(PAUSE.1);
            }
        }
    }
}

async fn settle(shared: &Shared, list: &[Settlement]) -> tintype_store::Result<Settled> {
    let mut tx = shared.store.begin().await?;
    let settled = tx.settle(&shared.holder, list).await?;
    tx.commit().await?;
    Ok(settled)
}

/// Renews the leases of what is in flight, three times per lease. Runs until it is dropped.
pub(super) async fn renew(shared: Arc<Shared>) {
    loop {
        sleep(shared.lease / 3).await;
        let mut in_flight = shared.in_flight();
        while !in_flight.is_empty() {
            match try_renew(&shared, &in_flight).await {
                Ok(held) => {
                    let held: HashSet<JobId> = held.into_iter().collect();
                    // Those that have landed meanwhile are rightly not ours any more.
                    for id in in_flight.iter().filter(|id| !held.contains(id)) {
                        shared.lose(*id);
                    }
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, jobs = in_flight.len(), "renewing leases failed, trying again");
                    sleep(shared.lease / 20).await;
                    in_flight = shared.in_flight();
                }
            }
        }
    }
}

async fn try_renew(shared: &Shared, list: &[JobId]) -> tintype_store::Result<Vec<JobId>> {
    let mut tx = shared.store.begin().await?;
    let held = tx.renew(&shared.holder, list, shared.clock.now().plus(shared.lease)).await?;
    tx.commit().await?;
    Ok(held)
}
