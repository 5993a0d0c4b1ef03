//! The `upkeep` queue: forgetting what has been kept long enough, and finding what got stuck. It holds one job that runs
//! again and again (being a job, it runs in one process of many), and one for every moment at which mutes or polls end.

use std::time::Duration;

use tintype_federation::outgoing;
use tintype_model::{JobId, random};
use tintype_service::{
    Ctx, media, mutes,
    outgoing::{DELIVER, INGEST, UPKEEP},
    polls,
};
use tintype_store::jobs::{Job, NewJob};

use crate::queues::Outcome;

/// The payload of the job that runs again and again. Older rows of it have none.
const ROUND: &str = "round";

/// From one round to the next.
const EVERY: Duration = Duration::from_mins(5);
/// How long a job waits that the database didn't let work.
const AGAIN: Duration = Duration::from_secs(15);
/// How often, in rounds, files that nobody names are looked for: it reads every folder.
const SWEEP_EVERY: i64 = 12;

/// Received activities are remembered so long, against those that come twice.
const RECEIVED: Duration = Duration::from_hours(24 * 7);
/// Received activities that were given up, with the jobs that tried.
const DEAD_RECEIVED: Duration = Duration::from_hours(24 * 30);
/// Deleted things are remembered so long, against those that come late.
const TOMBSTONES: Duration = Duration::from_hours(24 * 90);
/// Idempotency keys.
const IDEMPOTENCY_KEYS: Duration = Duration::from_hours(2);
/// Activities that went out.
const ACTIVITIES: Duration = Duration::from_hours(24 * 7);
/// Deliveries that were given up.
const DEAD_DELIVERIES: Duration = Duration::from_hours(24 * 30);
/// Dead deliveries that are kept of each host.
const DEAD_OF_HOST: i64 = 1000;
/// Hosts of which nothing was learned.
const HOSTS: Duration = Duration::from_hours(24 * 90);
/// Hosts that are remembered at all.
const HOSTS_MOST: i64 = 100_000;
/// Uploads that were never posted, and files that no row names.
const UPLOADS: Duration = Duration::from_hours(24);
/// Used authorization codes, which are kept to notice when they come again.
const OAUTH_CODES: Duration = Duration::from_hours(24);
/// Homes that are cut in one go.
const HOMES: i64 = 500;

/// Sees to it that the job is there.
///
/// # Errors
/// When the database can't be written.
pub async fn plan(ctx: &Ctx) -> Result<(), tintype_store::Error> {
    let now = ctx.now();
    let job = NewJob {
        queue: UPKEEP,
        lane: UPKEEP.to_owned(),
        name: UPKEEP.to_owned(),
        payload: ROUND.into(),
        // Nothing of it is urgent, and a starting server has other things to do.
        run_at: now.plus(next()),
    };
    let mut tx = ctx.store.begin().await?;
    tx.enqueue(ctx.ids.next::<JobId>(), &job, now).await?;
    tx.commit().await
}

/// Runs a job: one round, and the next one in a while; or the end of mutes.
pub async fn run(ctx: Ctx, job: Job) -> Outcome {
    match job.payload::<Option<String>>() {
        Ok(Some(word)) if word == mutes::EXPIRY => ended("mutes", &ctx, mutes::end_expired(&ctx).await),
        Ok(Some(word)) if word == polls::EXPIRY => ended("polls", &ctx, polls::end_expired(&ctx).await),
        Ok(None) => next_round(&ctx, &job).await,
        Ok(Some(word)) if word == ROUND => next_round(&ctx, &job).await,
        Ok(Some(word)) => Outcome::Abort { why: format!("no upkeep is called {word}") },
        Err(error) => Outcome::Abort { why: format!("payload: {error}") },
    }
}

async fn next_round(ctx: &Ctx, job: &Job) -> Outcome {
    round(ctx, job.attempts % SWEEP_EVERY == 0).await;
    Outcome::Retry { at: ctx.now().plus(next()), why: "the next round".to_owned() }
}

fn ended(what: &str, ctx: &Ctx, outcome: tintype_service::Result<u64>) -> Outcome {
    match outcome {
        Ok(ended) => {
            tracing::debug!(ended, what, "upkeep: their time is over");
            Outcome::Done
        }
        Err(error) => Outcome::Retry { at: ctx.now().plus(AGAIN), why: error.to_string() },
    }
}

/// Processes that were started together don't come together for ever.
fn next() -> Duration {
    EVERY.mul_f64(random::factor(0.9, 1.1))
}

/// Each in a transaction of its own: what fails is logged, and is no reason to leave the rest.
macro_rules! forget {
    ($ctx:expr, $($what:literal: $tx:ident => $forget:expr),+ $(,)?) => { $(
        let outcome: Result<u64, tintype_store::Error> = async {
            let mut $tx = $ctx.store.begin().await?;
            let gone = $forget.await?;
            $tx.commit().await?;
            Ok(gone)
        }.await;
        match outcome {
            Ok(0) => {}
            Ok(gone) => tracing::info!(gone, concat!("upkeep: ", $what)),
            Err(error) => tracing::warn!(%error, concat!("upkeep: ", $what)),
        }
    )+ };
}

/// One round of everything.
pub async fn round(ctx: &Ctx, sweep: bool) {
    let now = ctx.now();
    forget!(ctx,
        "received activities": tx => tx.drop_received(now.minus(RECEIVED)),
        "dead received activities": tx => tx.drop_dead_received(now.minus(DEAD_RECEIVED), INGEST),
        "tombstones": tx => tx.drop_tombstones(now.minus(TOMBSTONES)),
        "idempotency keys": tx => tx.drop_idempotency_keys(now.minus(IDEMPOTENCY_KEYS)),
        "dead deliveries": tx => tx.drop_dead_deliveries(now.minus(DEAD_DELIVERIES)),
        "dead deliveries of one host": tx => tx.trim_dead_deliveries(DEAD_OF_HOST),
        "hosts": tx => tx.drop_hosts(now.minus(HOSTS)),
        "hosts beyond the most": tx => tx.trim_hosts(HOSTS_MOST),
        "sent activities": tx => tx.drop_activities(now.minus(ACTIVITIES)),
        "sessions": tx => tx.delete_expired_sessions(now),
        "authorization codes": tx => tx.delete_oauth_codes(now.minus(OAUTH_CODES)),
    );
    // Each has a job of its own; this is for one that got lost.
    match mutes::end_expired(ctx).await {
        Ok(0) => {}
        Ok(ended) => tracing::info!(ended, "upkeep: mutes"),
        Err(error) => tracing::warn!(%error, "upkeep: mutes"),
    }
    match polls::end_expired(ctx).await {
        Ok(0) => {}
        Ok(ended) => tracing::info!(ended, "upkeep: polls"),
        Err(error) => tracing::warn!(%error, "upkeep: polls"),
    }
    if let Err(error) = trim_homes(ctx).await {
        tracing::warn!(%error, "upkeep: home timelines");
    }
    match wake_stranded(ctx).await {
        Ok(0) => {}
        // The row and its job are written together, so this is worth a look.
        Ok(hosts) => tracing::warn!(hosts, "upkeep: deliveries had no job"),
        Err(error) => tracing::warn!(%error, "upkeep: deliveries"),
    }
    if sweep {
        match media::sweep(ctx, UPLOADS).await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(gone, "upkeep: files"),
            Err(error) => tracing::warn!(%error, "upkeep: files"),
        }
    }
}

async fn trim_homes(ctx: &Ctx) -> Result<(), tintype_store::Error> {
    let most = ctx.policy.home_limit;
    let crowded = ctx.store.read_unhurried().await?.crowded_homes(most, HOMES).await?;
    for reader in crowded {
        let mut tx = ctx.store.begin().await?;
        tx.trim_home(reader, most).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Gives hosts with pending deliveries a job where they have none. How many hosts there were.
async fn wake_stranded(ctx: &Ctx) -> tintype_federation::Result<usize> {
    let hosts = ctx.store.read().await?.stranded_hosts(DELIVER).await?;
    if hosts.is_empty() {
        return Ok(0);
    }
    let now = ctx.now();
    let mut jobs = Vec::with_capacity(hosts.len());
    for host in &hosts {
        jobs.push((ctx.ids.next::<JobId>(), outgoing::deliver_job(host, now)?));
    }
    let mut tx = ctx.store.begin().await?;
    tx.enqueue_all(jobs, now).await?;
    tx.commit().await?;
    Ok(hosts.len())
}
