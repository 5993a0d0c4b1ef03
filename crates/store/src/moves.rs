//! Who is the same person elsewhere, and where an account lives now.

use tintype_model::{AccountId, Millis};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
    follows::{Follow, follow_columns},
};

/// A row of `account_moves`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Move {
    pub account_id: AccountId,
    /// Where it lives now; `None`: at home again, or the other place is gone.
    pub target_id: Option<AccountId>,
    /// When it last moved.
    pub moved_at: Millis,
}

impl Reader<'_> {
    /// The ActivityPub ids of the other actors that an account says it is too, in their order.
    pub async fn aliases_of(&mut self, account: AccountId) -> Result<Vec<String>> {
        const SQL: &str = "SELECT uri FROM account_aliases WHERE account_id = $1 ORDER BY uri";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(account).fetch_all(c).await)?)
    }

    /// What is known of an account's last move.
    pub async fn move_of(&mut self, account: AccountId) -> Result<Option<Move>> {
        const SQL: &str = "SELECT account_id, target_id, moved_at FROM account_moves WHERE account_id = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(account).fetch_optional(c).await)?)
    }

    /// Those of some accounts that live elsewhere now, and where: (account, where), in no particular order.
    pub async fn moves_of(&mut self, list: &[AccountId]) -> Result<Vec<(AccountId, AccountId)>> {
        const SQL: &str = "SELECT account_id, target_id FROM account_moves \
             WHERE target_id IS NOT NULL AND account_id IN {ids:$1}";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// Some of the follows of an account, accepted or asked for, by people of this instance, in the order of their ids.
    pub async fn local_follows_of(&mut self, target: AccountId, limit: i64) -> Result<Vec<Follow>> {
        const SQL: &str = concat!(
            "SELECT ",
            follow_columns!(),
            " FROM follows WHERE target_id = $1 AND follower_id IN (SELECT u.account_id FROM users u)",
            " ORDER BY id LIMIT $2"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(target).bind(limit).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Replaces the other names of an account; whether that changed anything.
    pub async fn set_aliases(&mut self, account: AccountId, uris: &[String]) -> Result<bool> {
        let known = self.read().aliases_of(account).await?;
        let mut changed = false;
        for uri in known.iter().filter(|uri| !uris.contains(uri)) {
            changed |= self.delete_alias(account, uri).await?;
        }
        for uri in uris.iter().filter(|uri| !known.contains(uri)) {
            changed |= self.insert_alias(account, uri).await?;
        }
        Ok(changed)
    }

    /// Adds another name; `false` if the account has it already.
    pub async fn insert_alias(&mut self, account: AccountId, uri: &str) -> Result<bool> {
        const SQL: &str =
            "INSERT INTO account_aliases (account_id, uri) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        storable(&[Some(uri)])?;
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(uri))? == 1)
    }

    /// Takes another name away; `false` if the account doesn't have it.
    pub async fn delete_alias(&mut self, account: AccountId, uri: &str) -> Result<bool> {
        const SQL: &str = "DELETE FROM account_aliases WHERE account_id = $1 AND uri = $2";
        storable(&[Some(uri)])?;
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(uri))? == 1)
    }

    /// An account lives elsewhere from now on.
    pub async fn set_move(&mut self, account: AccountId, target: AccountId, now: Millis) -> Result<()> {
        const SQL: &str = "INSERT INTO account_moves (account_id, target_id, moved_at) VALUES ($1, $2, $3) \
             ON CONFLICT (account_id) DO UPDATE SET target_id = $2, moved_at = $3";
        const SEEN: &str = "UPDATE accounts SET version = version + 1 WHERE id = $1";
        exec!(self, sqlx::query(SQL).bind(account).bind(target).bind(now))?;
        exec!(self, sqlx::query(SEEN).bind(account))?;
        Ok(())
    }

    /// An account lives where it did before; when it moved is kept. `false` if it lives there anyway.
    pub async fn end_move(&mut self, account: AccountId) -> Result<bool> {
        const SQL: &str =
            "UPDATE account_moves SET target_id = NULL WHERE account_id = $1 AND target_id IS NOT NULL";
        const SEEN: &str = "UPDATE accounts SET version = version + 1 WHERE id = $1";
        if exec!(self, sqlx::query(SQL).bind(account))? == 0 {
            return Ok(false);
        }
        exec!(self, sqlx::query(SEEN).bind(account))?;
        Ok(true)
    }
}
