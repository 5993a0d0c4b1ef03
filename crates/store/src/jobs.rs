//! Queued work: enqueueing it inside a transaction, and looking at it from the command line.
//!
//! A row of `jobs` is *ready* (it runs when its time has come), *running* (somebody holds a lease on it) or
//! *dead* (given up, kept with its reason). It is deleted when it is done. Three rules hold for every row:
//!
//! - A **name** is unique in its queue. Enqueueing it again bumps its `generation`; whoever runs it then
//!   deletes nothing when done, and it runs once more.
//! - A **lane** is walked by one job at a time, in the order of ids: a job that waits for its time holds back
//!   the later ones of its lane. Dead jobs hold back nobody.
//! - While a job runs, its `run_at` says when its *next* run is wanted: [`NEVER`], or what an enqueueing
//!   asked for meanwhile.
//!
//! Claiming is in [`claim`], what becomes of a claimed job in [`settle`].

pub mod claim;
pub mod settle;

use serde::de::DeserializeOwned;
use tintype_model::{JobId, Millis, Page, text_enum};

use crate::{
    Error, Reader, Result, Tx,
    dialect::{ROWS, rows, text},
};

pub use claim::{Claim, Claimant};
pub use settle::{Settled, Settlement, Verdict};

/// The `run_at` of a running job that nobody has asked for again, and of a dead one.
pub const NEVER: Millis = Millis(i64::MAX);

text_enum! {
    /// What a job is doing.
    pub enum JobState {
        /// Waiting for its time, its lane or a free hand.
        Ready = "ready",
        /// Under somebody's lease.
        Running = "running",
        /// Given up; `last_error` says why.
        Dead = "dead",
    }
}

/// Work to be queued. The payload holds identities (ids, uris), never content.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    pub queue: &'static str,
    /// At most one job of a lane runs at a time, in the order of ids.
    pub lane: String,
    /// A second job of the same name is the first one again.
    pub name: String,
    pub payload: serde_json::Value,
    /// Not before this moment.
    pub run_at: Millis,
}

/// A row of `jobs`.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Job {
    pub id: JobId,
    pub queue: String,
    pub lane: String,
    pub name: String,
    /// JSON.
    pub payload: String,
    pub state: JobState,
    /// How often it was enqueued again under its name.
    pub generation: i64,
    /// When it runs next; of a running one, when it is to run *again* ([`NEVER`], mostly).
    pub run_at: Millis,
    /// Runs that ended in a retry, asked for or not.
    pub attempts: i64,
    /// Runs that went wrong one after the other, up to now.
    pub failures: i64,
    /// Was running when a process died: it runs alone until it has ended well once.
    pub suspect: bool,
    /// How often the process died while this job ran alone.
    pub crashes: i64,
    pub locked_by: Option<String>,
    pub locked_until: Millis,
    pub last_error: Option<String>,
    pub created_at: Millis,
}

impl Job {
    /// Reads the payload.
    pub fn payload<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&self.payload)
    }
}

/// How many jobs of one queue are in one state.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct JobCount {
    pub queue: String,
    pub state: JobState,
    pub jobs: i64,
}

/// What is stored as 'ready' is running while it is locked.
macro_rules! job_state {
    () => {
        "CASE WHEN locked_by IS NOT NULL THEN 'running' ELSE state END"
    };
}

/// The columns of [`Job`].
macro_rules! job_columns {
    () => {
        concat!(
            "id, queue, lane, name, payload, ",
            job_state!(),
            " AS state, generation, run_at, attempts, failures, suspect, crashes, locked_by, locked_until, \
             last_error, created_at"
        )
    };
}

/// Whether `j` may run as far as its lane is concerned: it is the first there and nothing runs there.
///
/// Two look-ups for a row, by index. As `NOT EXISTS` they become joins, for which PostgreSQL picks hopeless
/// plans (minutes) while a queue that has just been filled is unknown to its statistics. The order is the
/// index's, so that no other index looks as good.
macro_rules! first_in_lane {
    () => {
        "j.id = (SELECT e.id FROM jobs e WHERE e.queue = j.queue AND e.lane = j.lane AND e.state = 'ready' \
         ORDER BY e.queue, e.lane, e.id LIMIT 1) \
         AND (SELECT e.id FROM jobs e WHERE e.queue = j.queue AND e.lane = j.lane \
         AND e.locked_by IS NOT NULL LIMIT 1) IS NULL"
    };
}
pub(crate) use {first_in_lane, job_columns, job_state};

impl Reader<'_> {
    /// The job of an id.
    pub async fn job(&mut self, id: JobId) -> Result<Option<Job>> {
        const SQL: &str = concat!("SELECT ", job_columns!(), " FROM jobs WHERE id = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// A page of jobs, of one state or queue or of all, newest first.
    pub async fn jobs(
        &mut self,
        state: Option<JobState>,
        queue: Option<&str>,
        page: &Page,
    ) -> Result<Vec<Job>> {
        const SQL: &str = concat!(
            "SELECT ",
            job_columns!(),
            " FROM jobs WHERE ($1 = '' OR ",
            job_state!(),
            " = $1) AND ($2 = '' OR queue = $2) AND id < $3 AND id > $4 ORDER BY id {desc} LIMIT $5"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let state = state.map_or("", JobState::as_str);
        let rows = on!(self, c => sqlx::query_as(sql).bind(state).bind(queue.unwrap_or_default())
            .bind(page.below()).bind(page.above()).bind(page.limit).fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// How many jobs there are, by queue and state. What isn't there isn't listed.
    pub async fn job_counts(&mut self) -> Result<Vec<JobCount>> {
        const SQL: &str = concat!(
            "SELECT queue, state, COUNT(*) AS jobs FROM (SELECT queue, ",
            job_state!(),
            " AS state FROM jobs) c GROUP BY queue, state ORDER BY queue, state"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).fetch_all(c).await)?)
    }

    /// The next moment at which a claim may find something in a queue: a job's time, or the end of a lease.
    /// It may lie in the past; `None` if only an event (a commit, a job ending) can bring work.
    pub async fn next_run_at(&mut self, queue: &str) -> Result<Option<Millis>> {
        const SQL: &str = concat!(
            "SELECT (SELECT j.run_at FROM jobs j WHERE j.queue = $1 AND j.state = 'ready' AND j.locked_by IS NULL AND ",
            first_in_lane!(),
            " ORDER BY j.run_at, j.id LIMIT 1), \
             (SELECT MIN(locked_until) FROM jobs WHERE queue = $1 AND locked_by IS NOT NULL)"
        );
        // Not kept as a prepared statement: PostgreSQL would go on with the plan it made when the table was
        // small.
        let (due, lease): (Option<Millis>, Option<Millis>) =
            on!(self, c => sqlx::query_as(SQL).bind(queue).persistent(false).fetch_one(c).await)?;
        Ok(due.into_iter().chain(lease).min())
    }
}

impl Tx {
    /// Queues a job; its queue is woken after the commit. A job of that name that waits or runs becomes due
    /// no later than `job.run_at` and runs (again); a dead one comes back to life under the new id.
    ///
    /// A transaction that queues several does it in the order of their names ([`Tx::enqueue_all`]): two that
    /// touch the same names in different orders would wait for each other.
    ///
    /// # Errors
    /// [`Error::Value`] when the lane or name has a NUL in it, [`Error::Conflict`] when the id is taken.
    pub async fn enqueue(&mut self, id: JobId, job: &NewJob, now: Millis) -> Result<()> {
        self.enqueue_rows(&[(id, job.clone())], now).await
    }

    /// Queues several jobs, in the order of their names; see [`Tx::enqueue`]. Of two with one name the first is queued, with
    /// the payload of the second and the earlier time.
    pub async fn enqueue_all(&mut self, mut jobs: Vec<(JobId, NewJob)>, now: Millis) -> Result<()> {
        jobs.sort_by(|(_, a), (_, b)| (a.queue, &a.name).cmp(&(b.queue, &b.name)));
        jobs.dedup_by(|(_, later), (_, first)| {
            let same = (later.queue, &later.name) == (first.queue, &first.name);
            if same {
                first.payload = later.payload.take();
                first.run_at = first.run_at.min(later.run_at);
            }
            same
        });
        for part in jobs.chunks(ROWS) {
            self.enqueue_rows(part, now).await?;
        }
        Ok(())
    }

    async fn enqueue_rows(&mut self, jobs: &[(JobId, NewJob)], now: Millis) -> Result<()> {
        const SQL: &str = "INSERT INTO jobs (id, queue, lane, name, payload, state, run_at, created_at) \
             SELECT CAST(value ->> 0 AS BIGINT), value ->> 1, value ->> 2, value ->> 3, value ->> 4, 'ready', \
             CAST(value ->> 5 AS BIGINT), $2 FROM {rows:$1} r WHERE TRUE ON CONFLICT (queue, name) DO UPDATE SET \
             id = CASE WHEN jobs.state = 'dead' THEN excluded.id ELSE jobs.id END, \
             lane = CASE WHEN jobs.state = 'dead' THEN excluded.lane ELSE jobs.lane END, \
             created_at = CASE WHEN jobs.state = 'dead' THEN excluded.created_at ELSE jobs.created_at END, \
             run_at = CASE WHEN jobs.state = 'dead' OR excluded.run_at < jobs.run_at THEN excluded.run_at \
             ELSE jobs.run_at END, \
             attempts = CASE WHEN jobs.state = 'dead' THEN 0 ELSE jobs.attempts END, \
             failures = CASE WHEN jobs.state = 'dead' THEN 0 ELSE jobs.failures END, \
             crashes = CASE WHEN jobs.state = 'dead' THEN 0 ELSE jobs.crashes END, \
             last_error = CASE WHEN jobs.state = 'dead' THEN NULL ELSE jobs.last_error END, \
             payload = excluded.payload, generation = jobs.generation + 1, state = 'ready'";
        let mut all = Vec::with_capacity(jobs.len());
        for (id, job) in jobs {
            let payload = job.payload.to_string();
            if [&job.lane, &job.name].iter().any(|part| part.contains('\0')) {
                return Err(Error::Value("a job's name with a NUL in it"));
            }
            all.push(serde_json::json!([id.0, job.queue, job.lane, job.name, payload, job.run_at.0]));
            self.ring_later(job.queue);
        }
        let sql = text(self.dialect(), false, SQL);
        exec!(self, sqlx::query(sql).bind(rows(all)).bind(now))?;
        Ok(())
    }

    /// Makes a dead job ready, or a waiting one due at once. `false` if there is none of this id, or if it
    /// runs. One that was given up for crashing runs alone again.
    pub async fn revive_job(&mut self, id: JobId, now: Millis) -> Result<bool> {
        const SQL: &str = "UPDATE jobs SET state = 'ready', run_at = $2, attempts = 0, failures = 0, crashes = 0, \
             last_error = NULL, created_at = $2 \
             WHERE id = $1 AND locked_by IS NULL RETURNING queue";
        let queue: Option<String> =
            on!(self, c => sqlx::query_scalar(SQL).bind(id).bind(now).fetch_optional(c).await)?;
        Ok(self.touched(queue.as_deref()))
    }

    /// Deletes a job that doesn't run. `false` if there is none of this id, or if it runs.
    pub async fn drop_job(&mut self, id: JobId) -> Result<bool> {
        const SQL: &str = "DELETE FROM jobs WHERE id = $1 AND locked_by IS NULL RETURNING queue";
        let queue: Option<String> = on!(self, c => sqlx::query_scalar(SQL).bind(id).fetch_optional(c).await)?;
        // The next one of its lane may run now.
        Ok(self.touched(queue.as_deref()))
    }

    fn touched(&mut self, queue: Option<&str>) -> bool {
        if let Some(queue) = queue {
            self.ring_later(queue);
        }
        queue.is_some()
    }
}
