//! Whom somebody wants to see nothing of for a while, without that other knowing.
//!
//! A row counts as long as it is there, past its end too: a job takes it away when its time has come.

use tintype_model::{AccountId, Millis, MuteId, Page};

use crate::{Reader, Result, Tx, dialect::text};

/// A row of `mutes`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Mute {
    pub id: MuteId,
    pub account_id: AccountId,
    pub target_id: AccountId,
    pub hide_notifications: bool,
    /// When it ends; `None`: not by itself.
    pub expires_at: Option<Millis>,
    pub created_at: Millis,
}

impl Reader<'_> {
    /// One page of an account's mutes; the cursor is the mute's id.
    pub async fn mutes_of(&mut self, account: AccountId, page: &Page) -> Result<Vec<Mute>> {
        const SQL: &str = "SELECT m.id, m.account_id, m.target_id, m.hide_notifications, m.expires_at, m.created_at FROM mutes m \
             WHERE m.account_id = $1 AND m.id < $2 AND m.id > $3 ORDER BY m.id {desc} LIMIT $4";
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(account).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }
}

impl Tx {
    /// Adds a mute; of one that is there already, changes what it hides and when it ends.
    pub async fn put_mute(&mut self, m: &Mute) -> Result<()> {
        const SQL: &str = "INSERT INTO mutes (id, account_id, target_id, hide_notifications, expires_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, target_id) \
             DO UPDATE SET hide_notifications = excluded.hide_notifications, expires_at = excluded.expires_at";
        exec!(
            self,
            sqlx::query(SQL)
                .bind(m.id)
                .bind(m.account_id)
                .bind(m.target_id)
                .bind(m.hide_notifications)
                .bind(m.expires_at)
                .bind(m.created_at)
        )?;
        Ok(())
    }

    /// Ends a mute; `false` if there was none.
    pub async fn delete_mute(&mut self, account: AccountId, target: AccountId) -> Result<bool> {
        const SQL: &str = "DELETE FROM mutes WHERE account_id = $1 AND target_id = $2";
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(target))? == 1)
    }

    /// Ends the mutes whose time has come; how many.
    pub async fn end_mutes(&mut self, now: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM mutes WHERE expires_at IS NOT NULL AND expires_at <= $1";
        Ok(exec!(self, sqlx::query(SQL).bind(now))?)
    }
}
