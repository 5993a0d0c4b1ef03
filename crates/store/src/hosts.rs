//! What this instance remembers of other servers: how often they failed in a row, and when they may be tried again.

use tintype_model::Millis;

use crate::{Reader, Result, Tx, dialect::without_nul};

/// A row of `hosts`.
#[derive(Debug, Clone, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct Host {
    /// Name and port.
    pub host: String,
    /// Failures since the last success.
    pub failures: i64,
    /// Not to be tried before.
    pub retry_at: Millis,
    pub last_error: Option<String>,
    pub last_success_at: Option<Millis>,
    pub last_failure_at: Option<Millis>,
}

impl Reader<'_> {
    /// What is known of a host; `None` for one that was never spoken to.
    pub async fn host(&mut self, host: &str) -> Result<Option<Host>> {
        const SQL: &str = "SELECT host, failures, retry_at, last_error, last_success_at, last_failure_at FROM hosts WHERE host = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(host).fetch_optional(c).await)?)
    }
}

impl Tx {
    /// A host answered: its failures are forgotten.
    pub async fn host_succeeded(&mut self, host: &str, now: Millis) -> Result<()> {
        const SQL: &str = "INSERT INTO hosts (host, failures, retry_at, last_success_at) VALUES ($1, 0, 0, $2) \
             ON CONFLICT (host) DO UPDATE SET failures = 0, retry_at = 0, last_error = NULL, last_success_at = $2";
        exec!(self, sqlx::query(SQL).bind(host).bind(now))?;
        Ok(())
    }

    /// A host failed once more.
    pub async fn host_failed(&mut self, host: &str, why: &str, retry_at: Millis, now: Millis) -> Result<()> {
        const SQL: &str = "INSERT INTO hosts (host, failures, retry_at, last_error, last_failure_at) VALUES ($1, 1, $3, $2, $4) \
             ON CONFLICT (host) DO UPDATE SET failures = hosts.failures + 1, retry_at = $3, last_error = $2, last_failure_at = $4";
        exec!(self, sqlx::query(SQL).bind(host).bind(without_nul(why)).bind(retry_at).bind(now))?;
        Ok(())
    }
}
