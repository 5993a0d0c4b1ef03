//! What other servers say of what is theirs, beyond what was sent here: totals, and when they were asked last.

use tintype_model::{AccountId, Millis, StatusId};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, text},
};

/// What its origin says of a remote status; `None`: it doesn't say. All are counted beyond what was
/// known here when it said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct StatusReading {
    pub status_id: StatusId,
    pub favourites: Option<i64>,
    pub reblogs: Option<i64>,
    pub replies: Option<i64>,
    /// When its server was asked last; 0: never, this came with an activity.
    pub read_at: Millis,
}

/// What its origin says of a remote account; `None`: it doesn't say. All are counted beyond what was
/// known here when it said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct AccountReading {
    pub account_id: AccountId,
    pub followers: Option<i64>,
    pub following: Option<i64>,
    pub statuses: Option<i64>,
    /// When its server was asked last.
    pub read_at: Millis,
}

impl Reader<'_> {
    /// What is said of some statuses; of most there is nothing.
    pub async fn status_readings(&mut self, list: &[StatusId]) -> Result<Vec<StatusReading>> {
        const SQL: &str = "SELECT r.status_id, r.favourites, r.reblogs, r.replies, r.read_at FROM status_readings r \
             WHERE r.status_id IN {ids:$1}";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// What is said of some accounts.
    pub async fn account_readings(&mut self, list: &[AccountId]) -> Result<Vec<AccountReading>> {
        const SQL: &str = "SELECT r.account_id, r.followers, r.following, r.statuses, r.read_at FROM account_readings r \
             WHERE r.account_id IN {ids:$1}";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// Jobs of a queue that wait or run. For bounds, so no more than `most` are counted.
    pub async fn count_queued(&mut self, queue: &str, most: i64) -> Result<i64> {
        const SQL: &str =
            "SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE queue = $1 AND state = 'ready' LIMIT $2) few";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(queue).bind(most).fetch_one(c).await)?)
    }
}

impl Tx {
    /// Keeps what is said of a status. What is not said now stays as it was; `read_at` never goes back.
    pub async fn save_status_reading(&mut self, r: &StatusReading) -> Result<()> {
        const SQL: &str = "INSERT INTO status_readings (status_id, favourites, reblogs, replies, read_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (status_id) DO UPDATE SET favourites = COALESCE(excluded.favourites, status_readings.favourites), \
             reblogs = COALESCE(excluded.reblogs, status_readings.reblogs), \
             replies = COALESCE(excluded.replies, status_readings.replies), \
             read_at = CASE WHEN excluded.read_at > status_readings.read_at THEN excluded.read_at ELSE status_readings.read_at END";
        const SHOWN: &str = "UPDATE statuses SET version = version + 1 WHERE id = $1";
        exec!(
            self,
            sqlx::query(SQL)
                .bind(r.status_id)
                .bind(r.favourites)
                .bind(r.reblogs)
                .bind(r.replies)
                .bind(r.read_at)
        )?;
        exec!(self, sqlx::query(SHOWN).bind(r.status_id))?;
        Ok(())
    }

    /// Keeps what is said of an account, in the same manner.
    pub async fn save_account_reading(&mut self, r: &AccountReading) -> Result<()> {
        const SQL: &str = "INSERT INTO account_readings (account_id, followers, following, statuses, read_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (account_id) DO UPDATE SET followers = COALESCE(excluded.followers, account_readings.followers), \
             following = COALESCE(excluded.following, account_readings.following), \
             statuses = COALESCE(excluded.statuses, account_readings.statuses), \
             read_at = CASE WHEN excluded.read_at > account_readings.read_at THEN excluded.read_at ELSE account_readings.read_at END";
        exec!(
            self,
            sqlx::query(SQL)
                .bind(r.account_id)
                .bind(r.followers)
                .bind(r.following)
                .bind(r.statuses)
                .bind(r.read_at)
        )?;
        Ok(())
    }
}
