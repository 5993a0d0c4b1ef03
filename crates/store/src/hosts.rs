//! What this instance remembers of other servers: how often they failed in a row, when they may be tried again, and which
//! kind of signature they take.

use std::collections::HashMap;

use tintype_model::{Millis, text_enum};

use crate::{
    Reader, Result, Tx,
    dialect::{storable, text, texts, without_nul},
};

text_enum! {
    /// A way to sign requests.
    pub enum SignatureKind {
        /// draft-cavage-http-signatures-12.
        Cavage = "cavage",
        /// RFC 9421.
        Rfc9421 = "rfc9421",
    }
}

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
    /// The first failure since the last success.
    pub failing_since: Option<Millis>,
    /// What it is known to take; `None` if nothing was learned.
    pub signature: Option<SignatureKind>,
}

impl Reader<'_> {
    /// What is known of a host; `None` for one that was never spoken to.
    pub async fn host(&mut self, host: &str) -> Result<Option<Host>> {
        const SQL: &str = "SELECT host, failures, retry_at, last_error, last_success_at, last_failure_at, failing_since, signature \
             FROM hosts WHERE host = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(host).fetch_optional(c).await)?)
    }

    /// Hosts that have failed since `before` or longer, are not to be tried yet, and have something to be tried with then.
    pub async fn silent_hosts(&mut self, before: Millis, now: Millis) -> Result<Vec<String>> {
        const SQL: &str = "SELECT h.host FROM hosts h WHERE h.failing_since IS NOT NULL AND h.failing_since <= $1 AND h.retry_at > $2 \
             AND EXISTS (SELECT 1 FROM deliveries d WHERE d.host = h.host AND d.state = 'pending')";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(before).bind(now).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Those of some hosts that are not to be tried yet, with the moment from which they are. It does not change
    /// before this transaction ends.
    pub async fn hosts_that_wait(&mut self, hosts: &[&str], now: Millis) -> Result<HashMap<String, Millis>> {
        const SQL: &str = "SELECT host, retry_at FROM hosts WHERE host IN {texts:$1} AND retry_at > $2 ORDER BY host {share}";
        let sql = text(self.dialect(), false, SQL);
        let rows: Vec<(String, Millis)> =
            on!(self, c => sqlx::query_as(sql).bind(texts(hosts)).bind(now).fetch_all(c).await)?;
        Ok(rows.into_iter().collect())
    }

    /// Hosts, each named once, took something: their failures are forgotten.
    pub async fn hosts_succeeded(&mut self, hosts: &[&str], now: Millis) -> Result<()> {
        const SQL: &str = "INSERT INTO hosts (host, failures, retry_at, last_success_at) SELECT value, 0, 0, $2 FROM {texts:$1} t WHERE TRUE \
             ON CONFLICT (host) DO UPDATE SET failures = 0, retry_at = 0, last_error = NULL, last_success_at = $2, failing_since = NULL";
        if !hosts.is_empty() {
            let sql = text(self.dialect(), false, SQL);
            exec!(self, sqlx::query(sql).bind(texts(hosts)).bind(now))?;
        }
        Ok(())
    }

    /// A host failed once more.
    pub async fn host_failed(&mut self, host: &str, why: &str, retry_at: Millis, now: Millis) -> Result<()> {
        const SQL: &str = "INSERT INTO hosts (host, failures, retry_at, last_error, last_failure_at, failing_since) \
             VALUES ($1, 1, $3, $2, $4, $4) ON CONFLICT (host) DO UPDATE SET failures = hosts.failures + 1, retry_at = $3, last_error = $2, \
             last_failure_at = $4, failing_since = COALESCE(hosts.failing_since, $4)";
        exec!(self, sqlx::query(SQL).bind(host).bind(without_nul(why)).bind(retry_at).bind(now))?;
        Ok(())
    }

    /// Lets a host be tried at once, with whatever waits for it. Its failures stay: only a success forgets them. `false` if
    /// nothing is known of it.
    pub async fn host_woken(&mut self, host: &str, now: Millis) -> Result<bool> {
        const SQL: &str = "UPDATE hosts SET retry_at = 0 WHERE host = $1";
        const DUE: &str =
            "UPDATE deliveries SET next_at = $2 WHERE host = $1 AND state = 'pending' AND next_at > $2";
        exec!(self, sqlx::query(DUE).bind(host).bind(now))?;
        Ok(exec!(self, sqlx::query(SQL).bind(host))? == 1)
    }

    /// Remembers which kind of signature a host takes.
    pub async fn host_takes(&mut self, host: &str, kind: SignatureKind, now: Millis) -> Result<()> {
        const SQL: &str = "INSERT INTO hosts (host, signature, signature_at) VALUES ($1, $2, $3) \
             ON CONFLICT (host) DO UPDATE SET signature = $2, signature_at = $3";
        storable(&[Some(host)])?;
        exec!(self, sqlx::query(SQL).bind(host).bind(kind).bind(now))?;
        Ok(())
    }

    /// Forgets hosts of which nothing was learned since a moment and for which nothing waits.
    pub async fn drop_hosts(&mut self, before: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM hosts WHERE COALESCE(last_success_at, 0) < $1 AND COALESCE(last_failure_at, 0) < $1 \
             AND COALESCE(signature_at, 0) < $1 \
             AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.host = hosts.host AND d.state = 'pending')";
        Ok(exec!(self, sqlx::query(SQL).bind(before))?)
    }

    /// Forgets hosts beyond a number, those first that answered longest ago, but none for which something waits.
    pub async fn trim_hosts(&mut self, most: i64) -> Result<u64> {
        const SQL: &str = "DELETE FROM hosts WHERE host IN (SELECT h.host FROM hosts h ORDER BY COALESCE(h.last_success_at, 0) DESC, \
             COALESCE(h.last_failure_at, 0) DESC, COALESCE(h.signature_at, 0) DESC, h.host LIMIT 1000000000 OFFSET $1) \
             AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.host = hosts.host AND d.state = 'pending')";
        Ok(exec!(self, sqlx::query(SQL).bind(most))?)
    }
}
