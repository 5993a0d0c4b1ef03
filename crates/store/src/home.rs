//! Home timelines: one row per local reader and status, written when a status is published, read by one index range.

use tintype_model::{AccountId, Page, StatusId};

use crate::{
    Reader, Result, Tx,
    dialect::text,
    statuses::{Status, status_columns},
};

impl Reader<'_> {
    /// One page of an account's home timeline.
    ///
    /// What is applied here and not when the entries are written, so that it is right at once and retroactively: the
    /// visibility of the status and of what it boosts, whether the reader wants to see anything of their authors, of whom
    /// the status answers, and this author's boosts, and that comments show only if the reader follows (or is) whom they
    /// answer.
    pub async fn home(&mut self, reader: AccountId, page: &Page) -> Result<Vec<Status>> {
        const SQL: &str = concat!(
            "SELECT ",
            status_columns!(),
            " FROM home_entries h JOIN statuses s ON s.id = h.status_id",
            " LEFT JOIN statuses o ON o.id = s.reblog_of_id",
            " WHERE h.account_id = $1 AND h.status_id < $2 AND h.status_id > $3 AND ",
            visible!("s"),
            " AND ",
            wanted!("s"),
            " AND (o.id IS NULL OR (",
            visible!("o"),
            " AND ",
            wanted!("o"),
            ")) AND (s.in_reply_to_account_id IS NULL OR s.account_id = $1 OR ",
            wanted_account!("s.in_reply_to_account_id"),
            ")",
            " AND (o.id IS NULL OR s.account_id = $1 OR EXISTS (SELECT 1 FROM follows r WHERE r.follower_id = $1",
            " AND r.target_id = s.account_id AND r.show_reblogs = TRUE))",
            " AND (s.in_reply_to_uri IS NULL OR s.account_id = $1 OR s.in_reply_to_account_id = s.account_id",
            " OR s.in_reply_to_account_id = $1 OR EXISTS (SELECT 1 FROM follows a WHERE a.follower_id = $1",
            " AND a.target_id = s.in_reply_to_account_id AND a.state = 'accepted'))",
            " ORDER BY h.status_id {desc} LIMIT $4"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(reader).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }
}

impl Tx {
    /// Puts a status into one home timeline.
    pub async fn insert_home_entry(&mut self, reader: AccountId, s: &Status) -> Result<()> {
        const SQL: &str = "INSERT INTO home_entries (account_id, status_id, author_id, reblog_of_id) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING";
        exec!(self, sqlx::query(SQL).bind(reader).bind(s.id).bind(s.account_id).bind(s.reblog_of_id))?;
        Ok(())
    }

    /// Puts a status into the home timelines of its author's local followers with ids above `after`, at most `most` of
    /// them (of a direct status: of those followers whom it addresses). The last one served; `None` when all are.
    pub async fn fan_out_home(
        &mut self,
        s: &Status,
        after: AccountId,
        most: i64,
    ) -> Result<Option<AccountId>> {
        const LAST: &str = "SELECT CAST(MAX(id) AS BIGINT), COUNT(*) FROM (SELECT f.follower_id AS id FROM follows f \
             JOIN users u ON u.account_id = f.follower_id WHERE f.target_id = $1 AND f.state = 'accepted' AND f.follower_id > $2 \
             ORDER BY f.follower_id LIMIT $3) few";
        const SQL: &str = "INSERT INTO home_entries (account_id, status_id, author_id, reblog_of_id) \
             SELECT f.follower_id, s.id, s.account_id, s.reblog_of_id FROM statuses s JOIN follows f ON f.target_id = s.account_id \
             JOIN users u ON u.account_id = f.follower_id WHERE s.id = $1 AND f.state = 'accepted' AND f.follower_id > $2 \
             AND f.follower_id <= $3 AND (s.visibility <> 'direct' OR EXISTS (SELECT 1 FROM mentions m WHERE m.status_id = s.id \
             AND m.account_id = f.follower_id)) ON CONFLICT DO NOTHING";
        let (last, served): (Option<i64>, i64) = on!(self, c => sqlx::query_as(LAST).bind(s.account_id).bind(after).bind(most).fetch_one(c).await)?;
        let Some(last) = last else { return Ok(None) };
        exec!(self, sqlx::query(SQL).bind(s.id).bind(after).bind(last))?;
        Ok((served == most).then_some(AccountId(last)))
    }

    /// Puts a status into the home timelines of those local followers of its author whom it addresses.
    pub async fn insert_home_entries_of_addressed(&mut self, status: StatusId) -> Result<u64> {
        const SQL: &str = "INSERT INTO home_entries (account_id, status_id, author_id, reblog_of_id) \
             SELECT f.follower_id, s.id, s.account_id, s.reblog_of_id FROM statuses s JOIN mentions m ON m.status_id = s.id \
             JOIN follows f ON f.follower_id = m.account_id AND f.target_id = s.account_id AND f.state = 'accepted' \
             JOIN users u ON u.account_id = f.follower_id WHERE s.id = $1 ON CONFLICT DO NOTHING";
        Ok(exec!(self, sqlx::query(SQL).bind(status))?)
    }

    /// Puts an author's newest statuses into a new follower's home timeline.
    pub async fn backfill_home(&mut self, reader: AccountId, author: AccountId, most: i64) -> Result<u64> {
        const SQL: &str = "INSERT INTO home_entries (account_id, status_id, author_id, reblog_of_id) \
             SELECT $1, s.id, s.account_id, s.reblog_of_id FROM statuses s WHERE s.account_id = $2 AND (s.visibility <> 'direct' \
             OR EXISTS (SELECT 1 FROM mentions m WHERE m.status_id = s.id AND m.account_id = $1)) \
             ORDER BY s.id DESC LIMIT $3 ON CONFLICT DO NOTHING";
        Ok(exec!(self, sqlx::query(SQL).bind(reader).bind(author).bind(most))?)
    }

    /// Takes an author's statuses out of a home timeline.
    pub async fn prune_home(&mut self, reader: AccountId, author: AccountId) -> Result<u64> {
        const SQL: &str = "DELETE FROM home_entries WHERE account_id = $1 AND author_id = $2";
        Ok(exec!(self, sqlx::query(SQL).bind(reader).bind(author))?)
    }

    /// Cuts a home timeline to its newest `most` entries.
    pub async fn trim_home(&mut self, reader: AccountId, most: i64) -> Result<u64> {
        const SQL: &str = "DELETE FROM home_entries WHERE account_id = $1 AND status_id <= (SELECT h.status_id FROM home_entries h \
             WHERE h.account_id = $1 ORDER BY h.status_id DESC LIMIT 1 OFFSET $2)";
        Ok(exec!(self, sqlx::query(SQL).bind(reader).bind(most))?)
    }

    /// Whether this status' id is in the reader's timeline; for tests of the writers.
    pub async fn home_has(&mut self, reader: AccountId, status: StatusId) -> Result<bool> {
        const SQL: &str = "SELECT COUNT(*) FROM home_entries WHERE account_id = $1 AND status_id = $2";
        Ok(on!(self, c => sqlx::query_scalar::<_, i64>(SQL).bind(reader).bind(status).fetch_one(c).await)?
            > 0)
    }
}
