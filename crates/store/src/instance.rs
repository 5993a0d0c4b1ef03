//! Figures of the whole instance, and who does its periodic work.

use tintype_model::Millis;

use crate::{Reader, Result, Tx};

/// How many people, posts and known servers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Stats {
    pub users: i64,
    pub active_month: i64,
    pub active_halfyear: i64,
    pub statuses: i64,
    pub domains: i64,
}

impl Reader<'_> {
    /// The instance's figures; the moments bound "active".
    pub async fn stats(&mut self, month_ago: Millis, halfyear_ago: Millis) -> Result<Stats> {
        const SQL: &str = "SELECT (SELECT COUNT(*) FROM users) AS users, \
             (SELECT COUNT(*) FROM users WHERE last_active_at > $1) AS active_month, \
             (SELECT COUNT(*) FROM users WHERE last_active_at > $2) AS active_halfyear, \
             (SELECT CAST(COALESCE(SUM(statuses_count), 0) AS BIGINT) FROM accounts WHERE local = TRUE) AS statuses, \
             (SELECT COUNT(DISTINCT domain) FROM accounts WHERE domain IS NOT NULL) AS domains";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(month_ago).bind(halfyear_ago).fetch_one(c).await)?)
    }

    /// The local account of the person who runs the instance, if there is one yet.
    pub async fn owner(&mut self) -> Result<Option<tintype_model::AccountId>> {
        const SQL: &str = "SELECT account_id FROM users WHERE role = 'owner' ORDER BY account_id LIMIT 1";
        Ok(on!(self, c => sqlx::query_scalar(SQL).fetch_optional(c).await)?)
    }
}

impl Tx {
    /// Takes or renews a lease; `false` while another holds it.
    pub async fn take_lease(&mut self, name: &str, holder: &str, now: Millis, until: Millis) -> Result<bool> {
        const SQL: &str = "INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE \
             SET holder = excluded.holder, until = excluded.until WHERE leases.holder = $2 OR leases.until < $4";
        Ok(exec!(self, sqlx::query(SQL).bind(name).bind(holder).bind(until).bind(now))? == 1)
    }
}
