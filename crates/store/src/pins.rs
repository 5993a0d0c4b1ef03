//! Statuses that their author shows first.

use tintype_model::{AccountId, Millis, PinId, StatusId};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, text},
    statuses::{Status, status_columns},
};

/// A row of `pins`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Pin {
    pub id: PinId,
    /// The status' author.
    pub account_id: AccountId,
    pub status_id: StatusId,
    pub created_at: Millis,
}

impl Reader<'_> {
    /// Which of some statuses are pinned by their authors.
    pub async fn pinned_among(&mut self, list: &[StatusId]) -> Result<Vec<StatusId>> {
        const SQL: &str = "SELECT p.status_id FROM pins p WHERE p.status_id IN {ids:$1}";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_scalar(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// What an account has pinned and the viewer may see, last pinned first. However many a remote one claims, at most 40.
    pub async fn pinned_statuses(&mut self, viewer: Option<AccountId>, of: AccountId) -> Result<Vec<Status>> {
        const SQL: &str = concat!(
            "SELECT ",
            status_columns!(),
            " FROM pins p JOIN statuses s ON s.id = p.status_id WHERE p.account_id = $2 AND ",
            visible!("s"),
            " ORDER BY p.id DESC LIMIT 40"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(viewer).bind(of).fetch_all(c).await)?)
    }

    /// How many statuses an account has pinned.
    pub async fn count_pins(&mut self, of: AccountId) -> Result<i64> {
        const SQL: &str = "SELECT COUNT(*) FROM pins WHERE account_id = $1";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(of).fetch_one(c).await)?)
    }
}

/// Whether it is pinned is part of how a status shows.
const CHANGED: &str = "UPDATE statuses SET version = version + 1 WHERE id = $1";

impl Tx {
    /// Pins a status; `false` (and no change) if it is pinned.
    pub async fn insert_pin(&mut self, p: &Pin) -> Result<bool> {
        const SQL: &str = "INSERT INTO pins (id, account_id, status_id, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING";
        let done =
            exec!(self, sqlx::query(SQL).bind(p.id).bind(p.account_id).bind(p.status_id).bind(p.created_at))?;
        if done == 1 {
            exec!(self, sqlx::query(CHANGED).bind(p.status_id))?;
        }
        Ok(done == 1)
    }

    /// Unpins a status; `false` if this account hasn't pinned it.
    pub async fn delete_pin(&mut self, account: AccountId, status: StatusId) -> Result<bool> {
        const SQL: &str = "DELETE FROM pins WHERE status_id = $2 AND account_id = $1";
        let done = exec!(self, sqlx::query(SQL).bind(account).bind(status))?;
        if done == 1 {
            exec!(self, sqlx::query(CHANGED).bind(status))?;
        }
        Ok(done == 1)
    }
}
