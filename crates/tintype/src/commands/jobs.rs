//! `tintype jobs`

use anyhow::{Context, Result, bail};
use serde_json::json;
use tintype_model::{DeliveryId, JobId, Page};
use tintype_service::outgoing::{DELIVER, INGEST};
use tintype_store::{
    deliveries::Delivery,
    jobs::{Job, JobState, NewJob},
};

use super::print;
use crate::{config::Config, instance::Instance};

#[derive(clap::Subcommand)]
pub enum Command {
    /// List jobs, and deliveries that were given up.
    List {
        /// Only jobs in this state: ready or dead.
        #[arg(long)]
        state: Option<JobState>,
        /// Only jobs of this queue.
        #[arg(long)]
        queue: Option<String>,
        #[arg(long, default_value_t = 100)]
        limit: i64,
        #[arg(long)]
        json: bool,
    },
    /// Try a dead job or delivery again.
    Retry {
        id: i64,
        #[arg(long)]
        json: bool,
    },
    /// Throw a job or dead delivery away.
    Drop {
        id: i64,
        #[arg(long)]
        json: bool,
    },
}

/// Runs one of them. A running server hears of it by itself.
pub async fn run(config: Config, command: Command) -> Result<()> {
    let ctx = Instance::open(config).await?.ctx;
    let now = ctx.now();
    match command {
        Command::List { state, queue, limit, json } => {
            let page = Page::newest(limit.clamp(1, 1000));
            let mut reader = ctx.store.read().await?;
            let jobs = reader.jobs(state, queue.as_deref(), &page).await?;
            let dead = reader.dead_deliveries(&page).await?;
            let value = json!({
                "jobs": jobs.iter().map(job).collect::<Vec<_>>(),
                "dead_deliveries": dead.iter().map(delivery).collect::<Vec<_>>(),
            });
            print(json, &value, || {
                let jobs = jobs.iter().map(|j| {
                    let why = j.last_error.as_deref().unwrap_or("");
                    format!("{}  {}  {}  {}  {} attempts  {why}", j.id, j.queue, j.state, j.name, j.attempts)
                });
                let dead = dead.iter().map(|d| {
                    let why = d.last_error.as_deref().unwrap_or("");
                    format!("{}  delivery to {}  {} attempts  {why}", d.id, d.inbox, d.attempts)
                });
                let lines: Vec<String> = jobs.chain(dead).collect();
                if lines.is_empty() { "no jobs, no dead deliveries".to_owned() } else { lines.join("\n") }
            })?;
        }
        Command::Retry { id, json } => {
            let mut tx = ctx.store.begin().await?;
            let host = tx.revive_delivery(DeliveryId(id), now).await?;
            if let Some(host) = &host {
                let job = NewJob {
                    queue: DELIVER,
                    lane: host.clone(),
                    name: host.clone(),
                    payload: json!({ "host": host }),
                    run_at: now,
                };
                tx.enqueue(ctx.ids.next(), &job, now).await?;
            } else if tx.revive_job(JobId(id), now).await? {
                // What it is about was given up with it.
                if let Some(job) = tx.read().job(JobId(id)).await?.filter(|job| job.queue == INGEST) {
                    tx.revive_received(&job.name).await?;
                }
            } else {
                bail!("there is no dead job or delivery {id}");
            }
            tx.commit().await.context("writing")?;
            print(json, &json!({ "id": id.to_string(), "state": "ready" }), || {
                format!("{id} will be tried again")
            })?;
        }
        Command::Drop { id, json } => {
            let mut tx = ctx.store.begin().await?;
            if !tx.drop_delivery(DeliveryId(id)).await? && !tx.drop_job(JobId(id)).await? {
                bail!("there is no job or dead delivery {id}");
            }
            tx.commit().await.context("writing")?;
            print(json, &json!({ "id": id.to_string(), "state": "dropped" }), || format!("{id} is gone"))?;
        }
    }
    ctx.store.close().await;
    Ok(())
}

fn job(j: &Job) -> serde_json::Value {
    json!({
        "id": j.id, "queue": j.queue, "name": j.name, "state": j.state.as_str(), "attempts": j.attempts,
        "run_at": j.run_at.rfc3339(), "last_error": j.last_error,
    })
}

fn delivery(d: &Delivery) -> serde_json::Value {
    json!({
        "id": d.id, "inbox": d.inbox, "host": d.host, "attempts": d.attempts, "last_error": d.last_error,
        "created_at": d.created_at.rfc3339(),
    })
}
