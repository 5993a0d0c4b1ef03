//! Polls of statuses: options, their counts, and who chose what.

use tintype_model::{AccountId, Millis, PollId, StatusId, VoteId};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
};

/// A row of `polls`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Poll {
    pub id: PollId,
    pub status_id: StatusId,
    /// Whether one may choose several options.
    pub multiple: bool,
    /// Whether the counts are shown only when it is over.
    pub hide_totals: bool,
    /// When it ends; `None`: never.
    pub expires_at: Option<Millis>,
    /// How many took part; `None` where the author's server doesn't say.
    pub voters_count: Option<i64>,
    /// Whether those who took part have been told that it is over.
    pub ended: bool,
    /// When other servers hear, or heard last, of its numbers.
    pub told_at: Millis,
    /// When its numbers last came from its own server.
    pub fetched_at: Millis,
}

/// A row of `poll_options`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PollOption {
    pub poll_id: PollId,
    /// From 0.
    pub position: i64,
    pub title: String,
    pub votes_count: i64,
}

/// A row of `poll_votes`. `uri` is the vote's ActivityPub id.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PollVote {
    pub id: VoteId,
    pub poll_id: PollId,
    pub position: i64,
    pub account_id: AccountId,
    pub uri: String,
    pub created_at: Millis,
}

/// The columns of [`Poll`], of a table alias `p`.
macro_rules! poll_columns {
    () => {
        "p.id, p.status_id, p.multiple, p.hide_totals, p.expires_at, p.voters_count, p.ended, p.told_at, p.fetched_at"
    };
}

impl Reader<'_> {
    /// A poll, whoever may see its status.
    pub async fn poll(&mut self, id: PollId) -> Result<Option<Poll>> {
        const SQL: &str = concat!("SELECT ", poll_columns!(), " FROM polls p WHERE p.id = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// The polls of some statuses, in no particular order.
    pub async fn polls_of(&mut self, list: &[StatusId]) -> Result<Vec<Poll>> {
        const SQL: &str = concat!("SELECT ", poll_columns!(), " FROM polls p WHERE p.status_id IN {ids:$1}");
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// The options of some polls, in their order.
    pub async fn poll_options_of(&mut self, list: &[PollId]) -> Result<Vec<PollOption>> {
        const SQL: &str = "SELECT o.poll_id, o.position, o.title, o.votes_count FROM poll_options o \
             WHERE o.poll_id IN {ids:$1} ORDER BY o.poll_id, o.position";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// What an account chose in some polls: (poll, position), in the order of positions.
    pub async fn poll_choices(&mut self, account: AccountId, list: &[PollId]) -> Result<Vec<(PollId, i64)>> {
        const SQL: &str = "SELECT v.poll_id, v.position FROM poll_votes v WHERE v.poll_id IN {ids:$2} \
             AND v.account_id = $1 ORDER BY v.poll_id, v.position";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(account).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// One account's choice of one option.
    pub async fn poll_vote(&mut self, id: VoteId) -> Result<Option<PollVote>> {
        const SQL: &str = "SELECT v.id, v.poll_id, v.position, v.account_id, v.uri, v.created_at FROM poll_votes v \
             WHERE v.id = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// Polls that are over and of which nobody was told yet, those that ended first.
    pub async fn polls_over(&mut self, now: Millis, limit: i64) -> Result<Vec<PollId>> {
        const SQL: &str = "SELECT p.id FROM polls p WHERE p.ended = FALSE AND p.expires_at IS NOT NULL \
             AND p.expires_at <= $1 ORDER BY p.expires_at LIMIT $2";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(now).bind(limit).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Adds a poll to a status, with its options (title, votes).
    pub async fn insert_poll(&mut self, p: &Poll, options: &[(String, i64)]) -> Result<()> {
        const SQL: &str = "INSERT INTO polls (id, status_id, multiple, hide_totals, expires_at, voters_count, ended, told_at, \
             fetched_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        exec!(
            self,
            sqlx::query(SQL)
                .bind(p.id)
                .bind(p.status_id)
                .bind(p.multiple)
                .bind(p.hide_totals)
                .bind(p.expires_at)
                .bind(p.voters_count)
                .bind(p.ended)
                .bind(p.told_at)
                .bind(p.fetched_at)
        )?;
        self.insert_poll_options(p.id, options).await
    }

    /// Locks the poll of a status until the end of the transaction and reads it.
    pub async fn lock_poll_of(&mut self, status: StatusId) -> Result<Option<Poll>> {
        const SQL: &str = concat!("SELECT ", poll_columns!(), " FROM polls p WHERE p.status_id = $1 {lock}");
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(status).fetch_optional(c).await)?)
    }

    /// Changes everything of a poll but what it belongs to; `false` if it isn't there.
    pub async fn update_poll(&mut self, p: &Poll) -> Result<bool> {
        const SQL: &str = "UPDATE polls SET multiple = $2, hide_totals = $3, expires_at = $4, voters_count = $5, ended = $6, \
             told_at = $7, fetched_at = $8 WHERE id = $1";
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(p.id)
                .bind(p.multiple)
                .bind(p.hide_totals)
                .bind(p.expires_at)
                .bind(p.voters_count)
                .bind(p.ended)
                .bind(p.told_at)
                .bind(p.fetched_at)
        )?;
        Ok(done == 1)
    }

    /// Gives a poll other options (title, votes) and forgets what anybody chose.
    pub async fn replace_poll_options(&mut self, poll: PollId, options: &[(String, i64)]) -> Result<()> {
        const VOTES: &str = "DELETE FROM poll_votes WHERE poll_id = $1";
        const OPTIONS: &str = "DELETE FROM poll_options WHERE poll_id = $1";
        exec!(self, sqlx::query(VOTES).bind(poll))?;
        exec!(self, sqlx::query(OPTIONS).bind(poll))?;
        self.insert_poll_options(poll, options).await
    }

    async fn insert_poll_options(&mut self, poll: PollId, options: &[(String, i64)]) -> Result<()> {
        const SQL: &str =
            "INSERT INTO poll_options (poll_id, position, title, votes_count) VALUES ($1, $2, $3, $4)";
        for (position, (title, votes)) in (0_i64..).zip(options) {
            storable(&[Some(title)])?;
            exec!(self, sqlx::query(SQL).bind(poll).bind(position).bind(title).bind(*votes))?;
        }
        Ok(())
    }

    /// Sets the counts of a poll's options, in their order.
    pub async fn set_poll_counts(&mut self, poll: PollId, counts: &[i64]) -> Result<()> {
        const SQL: &str = "UPDATE poll_options SET votes_count = $3 WHERE poll_id = $1 AND position = $2 AND votes_count <> $3";
        for (position, votes) in (0_i64..).zip(counts) {
            exec!(self, sqlx::query(SQL).bind(poll).bind(position).bind(*votes))?;
        }
        Ok(())
    }

    /// Adds a vote to a locked poll and counts it, and who gave it, once; `false` (and no change) if it is there already.
    pub async fn insert_poll_vote(&mut self, v: &PollVote) -> Result<bool> {
        const SQL: &str = "INSERT INTO poll_votes (id, poll_id, position, account_id, uri, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        const OPTION: &str =
            "UPDATE poll_options SET votes_count = votes_count + 1 WHERE poll_id = $1 AND position = $2";
        const VOTER: &str = "UPDATE polls SET voters_count = voters_count + 1 WHERE id = $1 \
             AND (SELECT COUNT(*) FROM poll_votes v WHERE v.poll_id = $1 AND v.account_id = $2) = 1";
        storable(&[Some(&v.uri)])?;
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(v.id)
                .bind(v.poll_id)
                .bind(v.position)
                .bind(v.account_id)
                .bind(&v.uri)
                .bind(v.created_at)
        )?;
        if done == 1 {
            exec!(self, sqlx::query(OPTION).bind(v.poll_id).bind(v.position))?;
            exec!(self, sqlx::query(VOTER).bind(v.poll_id).bind(v.account_id))?;
        }
        Ok(done == 1)
    }

    /// Takes a poll away from its status; `false` if there was none.
    pub async fn delete_poll(&mut self, poll: PollId) -> Result<bool> {
        const SQL: &str = "DELETE FROM polls WHERE id = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(poll))? == 1)
    }
}
