//! Ids that were deleted, or undone before they were done: they don't come back.
//!
//! A tombstone says who is believed about the uri: the account that says so, or (stored as 0) nobody in particular, which
//! counts for everybody. Two accounts may each have one of the same uri.

use tintype_model::{AccountId, Millis};

use crate::{Reader, Result, Tx, dialect::storable};

/// Whose a tombstone is that counts for everybody: no account has this id.
const NOBODY: AccountId = AccountId(0);

impl Reader<'_> {
    /// Whether a uri was deleted, or undone, by this account (or by nobody in particular); for `None`: by anybody.
    pub async fn is_tombstone(&mut self, uri: &str, account: Option<AccountId>) -> Result<bool> {
        const SQL: &str = "SELECT COUNT(*) FROM tombstones WHERE uri = $1 \
             AND (account_id = 0 OR CAST($2 AS BIGINT) IS NULL OR account_id = $2)";
        Ok(on!(self, c => sqlx::query_scalar::<_, i64>(SQL).bind(uri).bind(account).fetch_one(c).await)? > 0)
    }
}

impl Tx {
    /// Remembers that a uri is deleted, or was undone before it was done. `account`: whose it is said to be.
    pub async fn bury(&mut self, uri: &str, account: Option<AccountId>, now: Millis) -> Result<()> {
        const SQL: &str =
            "INSERT INTO tombstones (uri, account_id, deleted_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        storable(&[Some(uri)])?;
        exec!(self, sqlx::query(SQL).bind(uri).bind(account.unwrap_or(NOBODY)).bind(now))?;
        Ok(())
    }

    /// Forgets tombstones older than a moment.
    pub async fn drop_tombstones(&mut self, before: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM tombstones WHERE deleted_at < $1";
        Ok(exec!(self, sqlx::query(SQL).bind(before))?)
    }
}
