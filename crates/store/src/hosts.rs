//! What this instance remembers of other hosts: whether they take what we send.

use tintype_model::Millis;

use crate::{Reader, Result, Tx};

/// A row of `hosts`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Host {
    pub host: String,
    /// Failures in a row.
    pub failures: i64,
    /// Not to be called before this moment.
    pub retry_at: Millis,
    pub last_error: Option<String>,
    pub last_success_at: Option<Millis>,
    pub last_failure_at: Option<Millis>,
}

impl Reader<'_> {
    /// What is known of a host.
    pub async fn host(&mut self, host: &str) -> Result<Option<Host>> {
        const SQL: &str = "SELECT host, failures, retry_at, last_error, last_success_at, last_failure_at FROM hosts WHERE host = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(host).fetch_optional(c).await)?)
    }

    /// The hosts that fail now, the longest first.
    pub async fn failing_hosts(&mut self, limit: i64) -> Result<Vec<Host>> {
        const SQL: &str = "SELECT host, failures, retry_at, last_error, last_success_at, last_failure_at FROM hosts \
             WHERE failures > 0 ORDER BY failures DESC, host LIMIT $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(limit).fetch_all(c).await)?)
    }
}

impl Tx {
    /// A host took something. `stale`: a success noted after this moment is not written again.
    pub async fn host_succeeded(&mut self, host: &str, now: Millis, stale: Millis) -> Result<()> {
        const SQL: &str = "INSERT INTO hosts (host, failures, retry_at, last_success_at) VALUES ($1, 0, 0, $2) \
             ON CONFLICT (host) DO UPDATE SET failures = 0, retry_at = 0, last_error = NULL, last_success_at = $2 \
             WHERE hosts.failures > 0 OR hosts.retry_at > 0 OR COALESCE(hosts.last_success_at, 0) < $3";
        exec!(self, sqlx::query(SQL).bind(host).bind(now).bind(stale))?;
        Ok(())
    }

    /// A host failed, `failures` times in a row by now; it is left alone until `retry_at`.
    pub async fn host_failed(
        &mut self,
        host: &str,
        now: Millis,
        failures: i64,
        retry_at: Millis,
        error: &str,
    ) -> Result<()> {
        const SQL: &str = "INSERT INTO hosts (host, failures, retry_at, last_error, last_failure_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (host) DO UPDATE SET failures = excluded.failures, retry_at = excluded.retry_at, \
             last_error = excluded.last_error, last_failure_at = excluded.last_failure_at";
        exec!(self, sqlx::query(SQL).bind(host).bind(failures).bind(retry_at).bind(error).bind(now))?;
        Ok(())
    }
}
