//! What becomes of claimed jobs: done, again later, given up, handed back; and keeping them meanwhile.
//!
//! Everything here touches only rows that the holder still holds. A lease that was lost can't acknowledge.

use std::collections::{BTreeMap, HashSet};

use tintype_model::{JobId, Millis};

use super::claim::{ids_of, skip_locked};
use crate::{
    Reader, Result, Tx,
    dialect::{Dialect, text},
};

/// The longest reason that is kept, in bytes.
const REASON: usize = 500;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is done: the job goes, unless it was enqueued again meanwhile.
    Finish,
    /// Again at a moment (or earlier, if it was enqueued again for earlier), as the handler wishes.
    Retry { at: Millis, why: String },
    /// The same, because the run went wrong: it counts as a failure.
    Fail { at: Millis, why: String },
    /// Given up, unless it was enqueued again meanwhile.
    Park { why: String },
}

/// The end of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    pub id: JobId,
    /// The generation that was claimed.
    pub generation: i64,
    pub verdict: Verdict,
}

/// What came of several settlements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Settled; no longer held.
    pub done: Vec<JobId>,
    /// Not ours any more: the lease had run out and somebody took it, or the row is gone.
    pub lost: Vec<JobId>,
    /// Held, but locked by a transaction that is under way: ask again soon.
    pub busy: Vec<JobId>,
}

impl Reader<'_> {
    /// Which of some jobs a holder holds.
    pub async fn held(&mut self, holder: &str, list: &[JobId]) -> Result<Vec<JobId>> {
        const SQL: &str = "SELECT id FROM jobs WHERE id IN {ids:$1} AND locked_by = $2 ORDER BY id";
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_scalar(sql).bind(ids_of(list)).bind(holder).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Settles runs, many in one transaction. Never waits for another transaction's rows, so it can't be half
    /// of a deadlock.
    pub async fn settle(&mut self, holder: &str, list: &[Settlement]) -> Result<Settled> {
        let all: Vec<JobId> = list.iter().map(|s| s.id).collect();
        let got: HashSet<JobId> = self.lock_held(holder, &all).await?.into_iter().collect();
        // Finished ones by generation, which is nearly always one and the same.
        let mut finished: BTreeMap<i64, Vec<JobId>> = BTreeMap::new();
        let mut settled = Settled::default();
        for one in list.iter().filter(|s| got.contains(&s.id)) {
            settled.done.push(one.id);
            match &one.verdict {
                Verdict::Finish => finished.entry(one.generation).or_default().push(one.id),
                Verdict::Retry { at, why } => self.retry(one.id, *at, why, false).await?,
                Verdict::Fail { at, why } => self.retry(one.id, *at, why, true).await?,
                Verdict::Park { why } => self.park(one.id, one.generation, why).await?,
            }
        }
        for (generation, ids) in finished {
            self.finish(&ids, generation).await?;
        }
        let rest: Vec<JobId> = all.into_iter().filter(|id| !got.contains(id)).collect();
        if !rest.is_empty() {
            settled.busy = self.read().held(holder, &rest).await?;
            settled.lost = rest.into_iter().filter(|id| !settled.busy.contains(id)).collect();
        }
        Ok(settled)
    }

    /// Extends the leases of jobs in flight. Answers with those that are still ours.
    pub async fn renew(&mut self, holder: &str, list: &[JobId], until: Millis) -> Result<Vec<JobId>> {
        let sql = skip_locked!(
            self.dialect(),
            "SELECT j.id FROM jobs j WHERE j.id IN {ids:$1} AND j.locked_by = $2",
            "UPDATE jobs SET locked_until = $3 WHERE id IN (SELECT id FROM picked)"
        );
        let sql = text(self.dialect(), false, sql);
        exec!(self, sqlx::query(sql).bind(ids_of(list)).bind(holder).bind(until))?;
        self.read().held(holder, list).await
    }

    /// Hands back everything that a holder holds, to be run at once by whoever comes. For a graceful stop:
    /// nobody becomes suspect.
    pub async fn release_all(&mut self, holder: &str, now: Millis) -> Result<Vec<JobId>> {
        const SQL: &str = "UPDATE jobs SET locked_by = NULL, locked_until = 0, \
             run_at = CASE WHEN run_at < $2 THEN run_at ELSE $2 END WHERE locked_by = $1 RETURNING id";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(holder).bind(now).fetch_all(c).await)?)
    }

    async fn lock_held(&mut self, holder: &str, list: &[JobId]) -> Result<Vec<JobId>> {
        let sql = skip_locked!(
            self.dialect(),
            "SELECT j.id FROM jobs j WHERE j.id IN {ids:$1} AND j.locked_by = $2",
            "SELECT id FROM picked"
        );
        let sql = text(self.dialect(), false, sql);
        Ok(on!(self, c => sqlx::query_scalar(sql).bind(ids_of(list)).bind(holder).fetch_all(c).await)?)
    }

    async fn finish(&mut self, list: &[JobId], generation: i64) -> Result<()> {
        const DELETE: &str = "DELETE FROM jobs WHERE id IN {ids:$1} AND generation = $2";
        let sql = text(self.dialect(), false, DELETE);
        let deleted = exec!(self, sqlx::query(sql).bind(ids_of(list)).bind(generation))?;
        if usize::try_from(deleted) != Ok(list.len()) {
            self.run_again(list).await?;
        }
        Ok(())
    }

    /// Whatever is left of these was enqueued again while it ran.
    async fn run_again(&mut self, list: &[JobId]) -> Result<()> {
        const SQL: &str = "UPDATE jobs SET locked_by = NULL, locked_until = 0, attempts = 0, failures = 0, \
             crashes = 0, suspect = FALSE, \
             last_error = NULL WHERE id IN {ids:$1}";
        let sql = text(self.dialect(), false, SQL);
        exec!(self, sqlx::query(sql).bind(ids_of(list)))?;
        Ok(())
    }

    async fn retry(&mut self, id: JobId, at: Millis, why: &str, failed: bool) -> Result<()> {
        const SQL: &str = "UPDATE jobs SET locked_by = NULL, locked_until = 0, attempts = attempts + 1, \
             suspect = FALSE, \
             failures = CASE WHEN $4 THEN failures + 1 ELSE 0 END, \
             run_at = CASE WHEN run_at < $2 THEN run_at ELSE $2 END, last_error = $3 WHERE id = $1";
        exec!(self, sqlx::query(SQL).bind(id).bind(at).bind(reason(why)).bind(failed))?;
        Ok(())
    }

    async fn park(&mut self, id: JobId, generation: i64, why: &str) -> Result<()> {
        const SQL: &str = "UPDATE jobs SET locked_by = NULL, locked_until = 0, suspect = FALSE, state = 'dead', \
             last_error = $3 \
             WHERE id = $1 AND generation = $2";
        if exec!(self, sqlx::query(SQL).bind(id).bind(generation).bind(reason(why)))? == 0 {
            self.run_again(&[id]).await?;
        }
        Ok(())
    }
}

/// A reason as the databases take it, and not too long.
fn reason(why: &str) -> String {
    let mut text = why.replace('\0', "");
    text.truncate(text.floor_char_boundary(REASON));
    text
}
