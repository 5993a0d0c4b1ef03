//! All of a process's background work, wired: which queue has which handler, how many hands, and how much time.

use std::{sync::Arc, time::Duration};

use futures::FutureExt as _;
use tintype_federation::Federation;
use tintype_service::{
    Ctx,
    outgoing::{DELIVER, FAN_OUT, INGEST, UPKEEP},
    reading::READ,
};

use crate::{
    deliver, fan_out, ingest, lanes,
    queues::{Queue, Runtime, RuntimeError},
    read, upkeep,
};

/// Few: it is database work, and there is one writer.
const FAN_OUT_HANDS: Queue = Queue { name: FAN_OUT, concurrency: 4, timeout: Duration::from_mins(10) };
/// Many, because each may wait for a slow host, and none may wait for another's; see [`lanes`].
const DELIVER_HANDS: Queue =
    Queue { name: DELIVER, concurrency: lanes::HANDS, timeout: Duration::from_mins(5) };
/// Each may wait for several hosts; see [`ingest::Turns`].
const INGEST_HANDS: Queue = Queue { name: INGEST, concurrency: 32, timeout: Duration::from_mins(2) };
/// Few: nobody waits for it, and others are to be asked politely.
const READ_HANDS: Queue = Queue { name: READ, concurrency: 4, timeout: Duration::from_mins(2) };
/// There is one job.
const UPKEEP_HANDS: Queue = Queue { name: UPKEEP, concurrency: 1, timeout: Duration::from_mins(30) };

/// The background work of one process.
pub struct Work {
    runtime: Runtime,
    ctx: Ctx,
}

/// The queues of a process. `holder` names this process and no other, before or after.
pub fn runtime(ctx: &Ctx, federation: &Federation, holder: String) -> Work {
    let (fanning, delivering, ingesting) = (federation.clone(), federation.clone(), federation.clone());
    let (reading, keeping) = (federation.clone(), ctx.clone());
    let lanes = Arc::new(lanes::Lanes::default());
    let turns = Arc::new(ingest::Turns::default());
    let runtime = Runtime::new(ctx.store.clone(), ctx.clock.clone(), holder, Runtime::LEASE)
        .queue(FAN_OUT_HANDS, move |job| fan_out::run(fanning.clone(), job).boxed())
        .queue(DELIVER_HANDS, move |job| deliver::run(lanes.clone(), delivering.clone(), job).boxed())
        .queue(INGEST_HANDS, move |job| ingest::run(turns.clone(), ingesting.clone(), job).boxed())
        .queue(READ_HANDS, move |job| read::run(reading.clone(), job).boxed())
        .queue(UPKEEP_HANDS, move |job| upkeep::run(keeping.clone(), job).boxed());
    Work { runtime, ctx: ctx.clone() }
}

impl Work {
    /// Works until `shutdown` is ready; see [`Runtime::run`].
    ///
    /// # Errors
    /// When something ends that runs as long as the server does.
    pub async fn run<S>(self, shutdown: S) -> Result<(), RuntimeError>
    where
        S: Future<Output = ()> + Send,
    {
        let Self { runtime, ctx } = self;
        let planning = async {
            while let Err(error) = upkeep::plan(&ctx).await {
                tracing::warn!(%error, "the periodic work could not be planned");
                tokio::time::sleep(Duration::from_secs(10)).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            outcome = runtime.run(shutdown) => outcome,
            () = planning => Err(RuntimeError::Ended("the planning of periodic work".to_owned())),
        }
    }
}
