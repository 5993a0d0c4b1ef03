//! Threads: what a status answers, what answers it, and who wants to hear no more of all that.
//!
//! `statuses.thread_id` is the id of the first status of the thread, as far as it is known here. It stays when that one is
//! deleted, and changes for a whole branch when the parent of its first status comes late.

use tintype_model::{AccountId, Millis, StatusId, Visibility};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, text},
    statuses::{Status, status_columns},
};

impl Reader<'_> {
    /// What a status answers, and what that answers, up to `depth`: nearest first. A parent that the viewer may not see
    /// ends the chain; one that they don't want is left out. Each one once, even if other servers made it a ring.
    pub async fn ancestors(
        &mut self,
        viewer: Option<AccountId>,
        id: StatusId,
        depth: i64,
    ) -> Result<Vec<Status>> {
        const SQL: &str = concat!(
            "WITH RECURSIVE up (id, parent, depth) AS (",
            "SELECT s.id, s.in_reply_to_id, 0 FROM statuses s WHERE s.id = $2",
            " UNION ALL SELECT s.id, s.in_reply_to_id, up.depth + 1 FROM up JOIN statuses s ON s.id = up.parent",
            " WHERE up.depth < CAST($3 AS INTEGER) AND ",
            visible!("s"),
            ")",
            " SELECT ",
            status_columns!(),
            " FROM (SELECT id, MIN(depth) AS depth FROM up WHERE id <> $2 GROUP BY id) chain",
            " JOIN statuses s ON s.id = chain.id WHERE ",
            wanted!("s"),
            " ORDER BY chain.depth"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(viewer).bind(id).bind(depth).fetch_all(c).await)?)
    }

    /// What answers a status, and what answers that, at most `limit` of them and `depth` deep, oldest first. An answer that
    /// the viewer may not see or doesn't want hides what answers it. Of a very large thread only a part, the nearest answers
    /// first, is looked at.
    pub async fn descendants(
        &mut self,
        viewer: Option<AccountId>,
        id: StatusId,
        depth: i64,
        limit: i64,
    ) -> Result<Vec<Status>> {
        const SQL: &str = concat!(
            "WITH RECURSIVE down (id, depth) AS (",
            "SELECT s.id, 1 FROM statuses s WHERE s.in_reply_to_id = $2 AND ",
            visible!("s"),
            " AND ",
            wanted!("s"),
            " UNION ALL SELECT s.id, down.depth + 1 FROM down JOIN statuses s ON s.in_reply_to_id = down.id",
            " WHERE down.depth < CAST($3 AS INTEGER) AND ",
            visible!("s"),
            " AND ",
            wanted!("s"),
            ")",
            " SELECT ",
            status_columns!(),
            " FROM (SELECT DISTINCT few.id FROM (SELECT down.id FROM down LIMIT 10000) few WHERE few.id <> $2",
            " ORDER BY few.id LIMIT $4) found JOIN statuses s ON s.id = found.id ORDER BY s.id"
        );
        Ok(
            on!(self, c => sqlx::query_as(SQL).bind(viewer).bind(id).bind(depth).bind(limit).fetch_all(c).await)?,
        )
    }

    /// Direct answers to a status that everyone may see, by ActivityPub id, oldest first.
    pub async fn open_reply_uris(&mut self, id: StatusId, limit: i64) -> Result<Vec<String>> {
        const SQL: &str = concat!(
            "SELECT s.uri FROM statuses s WHERE s.in_reply_to_id = $1 AND s.visibility IN ('public', 'unlisted') AND s.held = FALSE AND ",
            here!("s.account_id"),
            " ORDER BY s.id LIMIT $2"
        );
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(id).bind(limit).fetch_all(c).await)?)
    }

    /// The thread that a status is of: the id of its first status, which may be deleted by now.
    pub async fn thread_of(&mut self, id: StatusId) -> Result<Option<StatusId>> {
        const SQL: &str = "SELECT s.thread_id FROM statuses s WHERE s.id = $1";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// Whether an account has muted the thread of a status.
    pub async fn thread_muted(&mut self, account: AccountId, id: StatusId) -> Result<bool> {
        Ok(!self.threads_muted_among(account, &[id]).await?.is_empty())
    }

    /// Those of some statuses whose threads an account has muted.
    pub async fn threads_muted_among(
        &mut self,
        account: AccountId,
        list: &[StatusId],
    ) -> Result<Vec<StatusId>> {
        const SQL: &str = "SELECT s.id FROM statuses s JOIN thread_mutes m ON m.account_id = $1 AND m.thread_id = s.thread_id \
             WHERE s.id IN {ids:$2}";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_scalar(sql).bind(account).bind(ids(&numbers)).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Mutes a thread ([`Reader::thread_of`]) for an account.
    pub async fn mute_thread(&mut self, account: AccountId, thread: StatusId, now: Millis) -> Result<()> {
        const SQL: &str = "INSERT INTO thread_mutes (account_id, thread_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        exec!(self, sqlx::query(SQL).bind(account).bind(thread).bind(now))?;
        Ok(())
    }

    /// Ends an account's mute of a thread; `false` if there was none.
    pub async fn unmute_thread(&mut self, account: AccountId, thread: StatusId) -> Result<bool> {
        const SQL: &str = "DELETE FROM thread_mutes WHERE account_id = $1 AND thread_id = $2";
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(thread))? == 1)
    }

    /// Ties statuses that waited for this one to it, and counts them; how many there were. Nothing answers itself. What
    /// answers them comes along into the parent's thread, muted for whoever had muted what they were.
    pub async fn adopt_replies(&mut self, parent: &Status) -> Result<i64> {
        const SQL: &str = "UPDATE statuses SET in_reply_to_id = $1, in_reply_to_account_id = $2, version = version + 1 \
             WHERE in_reply_to_uri = $3 AND in_reply_to_id IS NULL AND id <> $1 RETURNING id, thread_id, visibility";
        let adopted: Vec<(StatusId, StatusId, Visibility)> = on!(self, c => sqlx::query_as(SQL).bind(parent.id)
            .bind(parent.account_id).bind(&parent.uri).fetch_all(c).await)?;
        if adopted.is_empty() {
            return Ok(0);
        }
        let open = adopted.iter().filter(|(_, _, visibility)| visibility.is_open()).count();
        if open > 0 {
            self.count_status(parent.id, i64::try_from(open).unwrap_or(0), 0, 0).await?;
        }
        if let Some(thread) = self.read().thread_of(parent.id).await? {
            self.move_branches(&adopted, thread).await?;
        }
        Ok(i64::try_from(adopted.len()).unwrap_or(0))
    }

    /// Moves statuses, with all that answers them, from the threads they were of into another.
    async fn move_branches(
        &mut self,
        branches: &[(StatusId, StatusId, Visibility)],
        thread: StatusId,
    ) -> Result<()> {
        const MOVE: &str = "WITH RECURSIVE down (id) AS (SELECT v.value FROM {ids:$1} v \
             UNION SELECT s.id FROM down JOIN statuses s ON s.in_reply_to_id = down.id) \
             UPDATE statuses SET thread_id = $2 WHERE id IN (SELECT down.id FROM down)";
        const MUTE: &str = "INSERT INTO thread_mutes (account_id, thread_id, created_at) SELECT m.account_id, $2, MIN(m.created_at) \
             FROM thread_mutes m WHERE m.thread_id IN {ids:$1} GROUP BY m.account_id ON CONFLICT DO NOTHING";
        const FORGET: &str = "DELETE FROM thread_mutes WHERE thread_id IN {ids:$1} \
             AND NOT EXISTS (SELECT 1 FROM statuses s WHERE s.thread_id = thread_mutes.thread_id)";
        let roots: Vec<i64> = branches.iter().map(|(id, _, _)| id.0).collect();
        let before: Vec<i64> =
            branches.iter().map(|(_, from, _)| from.0).filter(|&t| t != thread.0).collect();
        if before.is_empty() {
            return Ok(());
        }
        let [step, mute, forget] = [MOVE, MUTE, FORGET].map(|sql| text(self.dialect(), false, sql));
        exec!(self, sqlx::query(step).bind(ids(&roots)).bind(thread))?;
        exec!(self, sqlx::query(mute).bind(ids(&before)).bind(thread))?;
        exec!(self, sqlx::query(forget).bind(ids(&before)))?;
        Ok(())
    }
}
