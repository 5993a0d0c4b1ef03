//! Accounts that are kept out, and accounts that go: what is decided about one, and how it is emptied and removed.

use tintype_model::{AccountId, Millis};

use crate::{
    Reader, Result, Tx,
    dialect::storable,
    statuses::{Status, status_columns},
};

impl Reader<'_> {
    /// Where all servers that are known here are reached: the distinct delivery inboxes of all remote accounts that are
    /// neither suspended nor deleted, in the order of the addresses.
    pub async fn known_inboxes(&mut self) -> Result<Vec<String>> {
        // From one address to the next along the index: as many steps as there are servers, not accounts.
        const SHARED: &str = "WITH RECURSIVE step (url) AS (\
             SELECT MIN(a.shared_inbox_url) FROM accounts a WHERE a.shared_inbox_url IS NOT NULL \
             UNION ALL SELECT (SELECT MIN(a.shared_inbox_url) FROM accounts a WHERE a.shared_inbox_url > step.url) \
             FROM step WHERE step.url IS NOT NULL) \
             SELECT step.url FROM step WHERE EXISTS (SELECT 1 FROM accounts a WHERE a.shared_inbox_url = step.url \
             AND a.local = FALSE AND a.suspended_at IS NULL AND a.deleted_at IS NULL)";
        const OWN: &str = "SELECT a.inbox_url FROM accounts a WHERE a.shared_inbox_url IS NULL AND a.local = FALSE \
             AND a.suspended_at IS NULL AND a.deleted_at IS NULL";
        let mut inboxes: Vec<String> = on!(self, c => sqlx::query_scalar(SHARED).fetch_all(c).await)?;
        inboxes.extend::<Vec<String>>(on!(self, c => sqlx::query_scalar(OWN).fetch_all(c).await)?);
        inboxes.sort_unstable();
        inboxes.dedup();
        Ok(inboxes)
    }

    /// The oldest boosts by an account. For removing them, never for showing.
    pub async fn boosts_by(&mut self, account: AccountId, limit: i64) -> Result<Vec<Status>> {
        const SQL: &str = concat!(
            "SELECT ",
            status_columns!(),
            " FROM statuses s WHERE s.account_id = $1 AND s.reblog_of_id IS NOT NULL ORDER BY s.id LIMIT $2"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(account).bind(limit).fetch_all(c).await)?)
    }

    /// The oldest statuses of an account, whoever may see them. For removing them, never for showing.
    pub async fn statuses_by(&mut self, account: AccountId, limit: i64) -> Result<Vec<Status>> {
        const SQL: &str = concat!(
            "SELECT ",
            status_columns!(),
            " FROM statuses s WHERE s.account_id = $1 ORDER BY s.id LIMIT $2"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(account).bind(limit).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Suspends an account, or (`None`) lets it in again; whether that changed anything. `by` says what decided it, `account`,
    /// `domain`, `origin` or `waiting`; one that is suspended already stays so since when it was, now for this reason.
    pub async fn set_suspended(&mut self, id: AccountId, at: Option<Millis>, by: &str) -> Result<bool> {
        const SET: &str = "UPDATE accounts SET suspended_at = $2, suspended_by = $3, version = version + 1 \
             WHERE id = $1 AND suspended_at IS NULL";
        const WHY: &str = "UPDATE accounts SET suspended_by = $2 WHERE id = $1";
        const CLEAR: &str = "UPDATE accounts SET suspended_at = NULL, suspended_by = NULL, version = version + 1 \
             WHERE id = $1 AND suspended_at IS NOT NULL";
        storable(&[Some(by)])?;
        let Some(at) = at else { return Ok(exec!(self, sqlx::query(CLEAR).bind(id))? == 1) };
        if exec!(self, sqlx::query(SET).bind(id).bind(at).bind(by))? == 1 {
            return Ok(true);
        }
        exec!(self, sqlx::query(WHY).bind(id).bind(by))?;
        Ok(false)
    }

    /// Lets a suspended account in again if this is why it is suspended (`by` as in [`Tx::set_suspended`]); whether that
    /// changed anything.
    pub async fn end_suspension_by(&mut self, id: AccountId, by: &str) -> Result<bool> {
        const SQL: &str = "UPDATE accounts SET suspended_at = NULL, suspended_by = NULL, version = version + 1 \
             WHERE id = $1 AND suspended_by = $2";
        Ok(exec!(self, sqlx::query(SQL).bind(id).bind(by))? == 1)
    }

    /// Suspends a remote account because its own server says so, or (`None`) lets it in again, if that was the reason;
    /// whether that changed anything.
    pub async fn set_suspended_at_origin(&mut self, id: AccountId, at: Option<Millis>) -> Result<bool> {
        const SET: &str = "UPDATE accounts SET suspended_at = $2, suspended_by = 'origin', version = version + 1 \
             WHERE id = $1 AND suspended_at IS NULL";
        match at {
            Some(at) => Ok(exec!(self, sqlx::query(SET).bind(id).bind(at))? == 1),
            None => self.end_suspension_by(id, "origin").await,
        }
    }

    /// Silences an account, or (`None`) does so no more; whether that changed anything. `by` as in [`Tx::set_suspended`].
    pub async fn set_silenced(&mut self, id: AccountId, at: Option<Millis>, by: &str) -> Result<bool> {
        const SET: &str = "UPDATE accounts SET silenced_at = $2, silenced_by = $3, version = version + 1 \
             WHERE id = $1 AND silenced_at IS NULL";
        const WHY: &str = "UPDATE accounts SET silenced_by = $2 WHERE id = $1";
        const CLEAR: &str = "UPDATE accounts SET silenced_at = NULL, silenced_by = NULL, version = version + 1 \
             WHERE id = $1 AND silenced_at IS NOT NULL";
        storable(&[Some(by)])?;
        let Some(at) = at else { return Ok(exec!(self, sqlx::query(CLEAR).bind(id))? == 1) };
        if exec!(self, sqlx::query(SET).bind(id).bind(at).bind(by))? == 1 {
            return Ok(true);
        }
        exec!(self, sqlx::query(WHY).bind(id).bind(by))?;
        Ok(false)
    }

    /// Marks an account as deleted, for good; `false` if it is already, or isn't there.
    pub async fn mark_deleted(&mut self, id: AccountId, now: Millis) -> Result<bool> {
        const SQL: &str =
            "UPDATE accounts SET deleted_at = $2, version = version + 1 WHERE id = $1 AND deleted_at IS NULL";
        Ok(exec!(self, sqlx::query(SQL).bind(id).bind(now))? == 1)
    }

    /// Takes everything out of an account but what is counted elsewhere (its statuses, likes and follows: they are removed
    /// one by one before) and what a gravestone needs: its name, its addresses and its keys, which sign the last thing that
    /// it says. Pictures that are in no status are forgotten.
    pub async fn empty_account(&mut self, id: AccountId) -> Result<()> {
        const STATEMENTS: [&str; 19] = [
            "UPDATE accounts SET display_name = '', note = '', note_source = '', fields = '[]', avatar_key = NULL, \
             avatar_remote_url = NULL, header_key = NULL, header_remote_url = NULL, last_status_at = NULL, \
             version = version + 1 WHERE id = $1",
            "DELETE FROM home_entries WHERE account_id = $1",
            "DELETE FROM notifications WHERE account_id = $1 OR from_id = $1",
            "DELETE FROM bookmarks WHERE account_id = $1",
            "DELETE FROM pins WHERE account_id = $1",
            "DELETE FROM blocks WHERE account_id = $1 OR target_id = $1",
            "DELETE FROM mutes WHERE account_id = $1 OR target_id = $1",
            "DELETE FROM account_domain_blocks WHERE account_id = $1",
            "DELETE FROM account_notes WHERE account_id = $1 OR target_id = $1",
            "DELETE FROM account_aliases WHERE account_id = $1",
            "DELETE FROM account_moves WHERE account_id = $1",
            "DELETE FROM reports WHERE account_id = $1",
            "DELETE FROM thread_mutes WHERE account_id = $1",
            "DELETE FROM markers WHERE account_id = $1",
            "DELETE FROM sessions WHERE account_id = $1",
            "DELETE FROM oauth_tokens WHERE account_id = $1",
            "DELETE FROM oauth_codes WHERE account_id = $1",
            "DELETE FROM idempotency_keys WHERE account_id = $1",
            "DELETE FROM media_attachments WHERE account_id = $1 AND status_id IS NULL",
        ];
        for sql in STATEMENTS {
            exec!(self, sqlx::query(sql).bind(id))?;
        }
        Ok(())
    }

    /// Removes an account and whatever of it is still there, so that its handle can come back; `false` if it isn't there.
    /// Counters elsewhere don't follow.
    pub async fn remove_account(&mut self, id: AccountId) -> Result<bool> {
        const SQL: &str = "DELETE FROM accounts WHERE id = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(id))? == 1)
    }
}
