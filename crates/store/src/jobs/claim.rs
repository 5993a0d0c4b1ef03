//! Taking jobs to run, under a lease.
//!
//! A lease that runs out means that its holder died (or lost the database for that long). The job is then
//! *suspect*: it may be what killed the process. Suspects run alone in their process; only one that dies
//! alone is known to be guilty, and after three such deaths it is given up. Nobody is blamed for what a
//! neighbour did.

use std::time::Duration;

use tintype_model::{JobId, Millis};

use super::{Job, NEVER, first_in_lane, job_columns, job_state};
use crate::{
    Result, Tx,
    dialect::{Dialect, ids, text, texts},
};

/// Deaths in solitude after which a job is given up.
const FATAL_CRASHES: i64 = 3;

/// Who wants to run jobs of a queue.
#[derive(Debug, Clone, Copy)]
pub struct Claimant<'a> {
    /// The queue to take jobs from.
    pub queue: &'a str,
    /// Every queue that this process works on: a suspect in any of them is run before anything else.
    pub queues: &'a [&'a str],
    /// The unique name of this process.
    pub holder: &'a str,
    pub now: Millis,
    /// How long the jobs are ours unless the lease is renewed.
    pub lease: Duration,
    /// How many jobs there are hands for.
    pub free: usize,
    /// What this process is running now, in any queue. Its own leases never count as run out.
    pub in_flight: &'a [JobId],
}

/// What a claim got.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// Jobs to run side by side, maybe none. In the order of ids, no two of a lane.
    Jobs(Vec<Job>),
    /// A suspect. Claim nothing more before it has ended.
    Alone(Box<Job>),
    /// A suspect of this queue waits for this process to have nothing in flight. Nothing was claimed.
    SuspectWaits(String),
}

/// The same statement with what PostgreSQL needs where SQLite has one writer: a lock on the rows picked,
/// passing over those that are locked already. Waiting for them could end in two transactions waiting for
/// each other.
macro_rules! skip_locked {
    ($dialect:expr, $pick:expr, $rest:expr) => {
        match $dialect {
            Dialect::Sqlite => concat!("WITH picked AS MATERIALIZED (", $pick, ") ", $rest),
            Dialect::Postgres => {
                concat!("WITH picked AS MATERIALIZED (", $pick, " FOR UPDATE OF j SKIP LOCKED) ", $rest)
            }
        }
    };
}
pub(super) use skip_locked;

impl Tx {
    /// Takes jobs that are due, first ending the leases that have run out.
    ///
    /// While a suspect of one of the claimant's queues is ready, nothing but that suspect can be claimed, by
    /// a claimant of its queue with nothing in flight.
    pub async fn claim(&mut self, who: &Claimant<'_>) -> Result<Claim> {
        self.take_turn(who.queue).await?;
        for job in self.end_leases(who).await? {
            tracing::warn!(job.id = %job.id, job.queue = %job.queue, job.name = %job.name, job.crashes,
                job.state = %job.state, "a job was running when its process died");
        }
        if let Some(queue) = self.queue_of_suspect(who).await? {
            if queue != who.queue || !who.in_flight.is_empty() || who.free == 0 {
                return Ok(Claim::SuspectWaits(queue));
            }
            // Another process may have got it in between, or it is locked for a moment.
            return Ok(match self.lock_due(who, true, 1).await?.pop() {
                Some(job) => Claim::Alone(Box::new(job)),
                None => Claim::SuspectWaits(queue),
            });
        }
        let limit = i64::try_from(who.free).unwrap_or(i64::MAX);
        Ok(Claim::Jobs(self.lock_due(who, false, limit).await?))
    }

    /// One process at a time claims from a queue, because what may run in a lane depends on what others run
    /// there.
    async fn take_turn(&mut self, queue: &str) -> Result<()> {
        // The planner is kept from scanning the table: it remembers plans from when there were few jobs.
        const SQL: &str = "SELECT pg_advisory_xact_lock(hashtextextended('tintype jobs ' || $1, 0)), \
             set_config('enable_seqscan', 'off', TRUE)";
        if self.dialect() == Dialect::Postgres {
            exec!(self, sqlx::query(SQL).bind(queue))?;
        }
        Ok(())
    }

    async fn end_leases(&mut self, who: &Claimant<'_>) -> Result<Vec<Job>> {
        let sql = skip_locked!(
            self.dialect(),
            "SELECT j.id FROM jobs j WHERE j.queue = $1 AND j.locked_by IS NOT NULL AND j.locked_until <= $2 \
             AND j.id NOT IN {ids:$3}",
            concat!(
                "UPDATE jobs SET locked_by = NULL, locked_until = 0, \
                 run_at = CASE WHEN suspect = TRUE AND crashes + 1 >= $4 THEN $6 \
                 WHEN run_at < $2 THEN run_at ELSE $2 END, \
                 crashes = CASE WHEN suspect = TRUE THEN crashes + 1 ELSE crashes END, \
                 state = CASE WHEN suspect = TRUE AND crashes + 1 >= $4 THEN 'dead' ELSE 'ready' END, \
                 last_error = CASE WHEN suspect = TRUE AND crashes + 1 >= $4 THEN $5 ELSE last_error END, \
                 suspect = TRUE WHERE id IN (SELECT id FROM picked) RETURNING ",
                job_columns!()
            )
        );
        let sql = text(self.dialect(), false, sql);
        let reason = format!("crashed the process {FATAL_CRASHES} times");
        Ok(on!(self, c => sqlx::query_as(sql).bind(who.queue).bind(who.now).bind(ids_of(who.in_flight))
            .bind(FATAL_CRASHES).bind(&reason).bind(NEVER).fetch_all(c).await)?)
    }

    async fn queue_of_suspect(&mut self, who: &Claimant<'_>) -> Result<Option<String>> {
        const SQL: &str = concat!(
            "SELECT j.queue FROM jobs j WHERE j.queue IN {texts:$1} AND j.suspect = TRUE \
             AND j.locked_by IS NULL AND j.run_at <= $2 AND ",
            first_in_lane!(),
            // Its own queue first: it can be claimed in this very transaction.
            " ORDER BY CASE WHEN j.queue = $3 THEN 0 ELSE 1 END, j.run_at, j.id LIMIT 1"
        );
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_scalar(sql).bind(texts(who.queues)).bind(who.now).bind(who.queue)
            .fetch_optional(c).await)?)
    }

    async fn lock_due(&mut self, who: &Claimant<'_>, suspect: bool, limit: i64) -> Result<Vec<Job>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        // Each as its own index has it. (Who is the first in its lane is ready.)
        let sql = if suspect {
            skip_locked!(
                self.dialect(),
                concat!(
                    "SELECT j.id FROM jobs j WHERE j.queue = $1 AND j.suspect = TRUE \
             AND j.locked_by IS NULL AND j.run_at <= $2 AND ",
                    first_in_lane!(),
                    " ORDER BY j.run_at, j.id LIMIT $3"
                ),
                concat!(
                    "UPDATE jobs SET locked_by = $4, locked_until = $5, run_at = $6 \
                     WHERE id IN (SELECT id FROM picked) RETURNING ",
                    job_columns!()
                )
            )
        } else {
            skip_locked!(
                self.dialect(),
                concat!(
                    "SELECT j.id FROM jobs j WHERE j.queue = $1 AND j.suspect = FALSE AND j.state = 'ready' \
                     AND j.locked_by IS NULL AND j.run_at <= $2 AND ",
                    first_in_lane!(),
                    " ORDER BY j.run_at, j.id LIMIT $3"
                ),
                concat!(
                    "UPDATE jobs SET locked_by = $4, locked_until = $5, run_at = $6 \
                     WHERE id IN (SELECT id FROM picked) RETURNING ",
                    job_columns!()
                )
            )
        };
        let mut jobs: Vec<Job> = on!(self, c => sqlx::query_as(sql).bind(who.queue).bind(who.now).bind(limit)
            .bind(who.holder).bind(who.now.plus(who.lease)).bind(NEVER).fetch_all(c).await)?;
        jobs.sort_by_key(|job| job.id);
        Ok(jobs)
    }
}

pub(super) fn ids_of(list: &[JobId]) -> String {
    ids(&list.iter().map(|id| id.0).collect::<Vec<i64>>())
}
