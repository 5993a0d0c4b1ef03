//! Who follows whom: asked for and accepted.

use tintype_model::{AccountId, FollowId, Millis, Page, text_enum};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
};

text_enum! {
    /// How far a follow has come.
    pub enum FollowState {
        /// Asked for; gives no right yet.
        Pending = "pending",
        /// Accepted.
        Accepted = "accepted",
    }
}

/// A row of `follows`. `uri` is the Follow activity's id.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Follow {
    pub id: FollowId,
    pub follower_id: AccountId,
    pub target_id: AccountId,
    pub uri: String,
    pub state: FollowState,
    pub show_reblogs: bool,
    pub notify: bool,
    pub created_at: Millis,
}

/// The columns of [`Follow`].
macro_rules! follow_columns {
    () => {
        "id, follower_id, target_id, uri, state, show_reblogs, notify, created_at"
    };
}
pub(crate) use follow_columns;

impl Reader<'_> {
    /// A follow.
    pub async fn follow(&mut self, id: FollowId) -> Result<Option<Follow>> {
        const SQL: &str = concat!("SELECT ", follow_columns!(), " FROM follows WHERE id = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// One account's follow of another.
    pub async fn follow_between(&mut self, follower: AccountId, target: AccountId) -> Result<Option<Follow>> {
        const SQL: &str =
            concat!("SELECT ", follow_columns!(), " FROM follows WHERE follower_id = $1 AND target_id = $2");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(follower).bind(target).fetch_optional(c).await)?)
    }

    /// A follow by its activity's id.
    pub async fn follow_by_uri(&mut self, uri: &str) -> Result<Option<Follow>> {
        const SQL: &str = concat!("SELECT ", follow_columns!(), " FROM follows WHERE uri = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(uri).fetch_optional(c).await)?)
    }

    /// The follow that an Accept of this id let in.
    pub async fn follow_by_accept(&mut self, accept_uri: &str) -> Result<Option<Follow>> {
        const SQL: &str = concat!(
            "SELECT ",
            follow_columns!(),
            " FROM follows WHERE id = (SELECT a.follow_id FROM follow_accepts a WHERE a.uri = $1)"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(accept_uri).fetch_optional(c).await)?)
    }

    /// An account's follows of some others, and theirs of it.
    pub async fn follows_around(&mut self, account: AccountId, others: &[AccountId]) -> Result<Vec<Follow>> {
        const SQL: &str = concat!(
            "SELECT ",
            follow_columns!(),
            " FROM follows WHERE (follower_id = $1 AND target_id IN {ids:$2})",
            " OR (target_id = $1 AND follower_id IN {ids:$2})"
        );
        let numbers: Vec<i64> = others.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(account).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// One page of an account's followers, suspended and deleted ones left out: (cursor, account).
    pub async fn followers(&mut self, of: AccountId, page: &Page) -> Result<Vec<(i64, AccountId)>> {
        const SQL: &str = concat!(
            "SELECT f.id, f.follower_id FROM follows f WHERE f.target_id = $1 AND f.state = 'accepted' AND f.id < $2",
            " AND f.id > $3 AND ",
            here!("f.follower_id"),
            " ORDER BY f.id {desc} LIMIT $4"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(of).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// One page of those who asked to follow an account and wait for its answer, suspended and deleted ones left out:
    /// (cursor, account).
    pub async fn follow_requests(&mut self, of: AccountId, page: &Page) -> Result<Vec<(i64, AccountId)>> {
        const SQL: &str = concat!(
            "SELECT f.id, f.follower_id FROM follows f WHERE f.target_id = $1 AND f.state = 'pending' AND f.id < $2",
            " AND f.id > $3 AND ",
            here!("f.follower_id"),
            " ORDER BY f.id {desc} LIMIT $4"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(of).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// One page of those whom an account follows, suspended and deleted ones left out: (cursor, account).
    pub async fn following(&mut self, of: AccountId, page: &Page) -> Result<Vec<(i64, AccountId)>> {
        const SQL: &str = concat!(
            "SELECT f.id, f.target_id FROM follows f WHERE f.follower_id = $1 AND f.state = 'accepted' AND f.id < $2",
            " AND f.id > $3 AND ",
            here!("f.target_id"),
            " ORDER BY f.id {desc} LIMIT $4"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(of).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// All who asked to follow an account and wait for its answer.
    pub async fn waiting_requests(&mut self, of: AccountId) -> Result<Vec<Follow>> {
        const SQL: &str = concat!(
            "SELECT ",
            follow_columns!(),
            " FROM follows WHERE target_id = $1 AND state = 'pending' ORDER BY id"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(of).fetch_all(c).await)?)
    }

    /// How many [`Reader::follow_requests`] lists.
    pub async fn follow_requests_count(&mut self, of: AccountId) -> Result<i64> {
        const SQL: &str = concat!(
            "SELECT COUNT(*) FROM follows f WHERE f.target_id = $1 AND f.state = 'pending' AND ",
            here!("f.follower_id")
        );
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(of).fetch_one(c).await)?)
    }

    /// At most `limit` follows of an account and by it, asked for and accepted, in no particular order.
    pub async fn follows_of_account(&mut self, account: AccountId, limit: i64) -> Result<Vec<Follow>> {
        const SQL: &str = concat!(
            "SELECT ",
            follow_columns!(),
            " FROM follows WHERE follower_id = $1 OR target_id = $1 LIMIT $2"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(account).bind(limit).fetch_all(c).await)?)
    }

    /// At most `limit` of an account's follows of people of a domain, and theirs of it, asked for and accepted, in no
    /// particular order.
    pub async fn follows_with_domain(
        &mut self,
        account: AccountId,
        domain: &str,
        limit: i64,
    ) -> Result<Vec<Follow>> {
        const SQL: &str = concat!(
            "SELECT ",
            follow_columns!(),
            " FROM follows WHERE (follower_id = $1 AND target_id IN",
            " (SELECT a.id FROM accounts a WHERE a.domain = $2 OR a.actor_host = $2)) OR (target_id = $1 AND follower_id IN",
            " (SELECT a.id FROM accounts a WHERE a.domain = $2 OR a.actor_host = $2)) LIMIT $3"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(account).bind(domain).bind(limit).fetch_all(c).await)?)
    }

    /// How many local followers an account has, counted no further than `most`.
    pub async fn local_followers(&mut self, of: AccountId, most: i64) -> Result<i64> {
        const SQL: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM follows f JOIN users u ON u.account_id = f.follower_id \
             WHERE f.target_id = $1 AND f.state = 'accepted' LIMIT $2) few";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(of).bind(most).fetch_one(c).await)?)
    }

    /// The inboxes that reach all remote followers of an account, each once, shared ones where there are any.
    pub async fn follower_inboxes(&mut self, of: AccountId) -> Result<Vec<String>> {
        const SQL: &str = "SELECT DISTINCT COALESCE(a.shared_inbox_url, a.inbox_url) FROM follows f \
             JOIN accounts a ON a.id = f.follower_id WHERE f.target_id = $1 AND f.state = 'accepted' AND a.local = FALSE \
             AND a.suspended_at IS NULL AND a.deleted_at IS NULL ORDER BY 1";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(of).fetch_all(c).await)?)
    }

    /// Whether a host (as `Account::actor_host` has it) has an account that follows this one.
    pub async fn host_follows(&mut self, host: &str, target: AccountId) -> Result<bool> {
        const SQL: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM follows f JOIN accounts a ON a.id = f.follower_id \
             WHERE f.target_id = $2 AND f.state = 'accepted' AND a.actor_host = $1 LIMIT 1) one";
        Ok(on!(self, c => sqlx::query_scalar::<_, i64>(SQL).bind(host).bind(target).fetch_one(c).await)? > 0)
    }
}

impl Tx {
    /// One account's follow of another, locked until the end of the transaction.
    pub async fn lock_follow(&mut self, follower: AccountId, target: AccountId) -> Result<Option<Follow>> {
        const SQL: &str = concat!(
            "SELECT ",
            follow_columns!(),
            " FROM follows WHERE follower_id = $1 AND target_id = $2 {lock}"
        );
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(follower).bind(target).fetch_optional(c).await)?)
    }

    /// Adds a follow, counting it if it is accepted; `false` (and no change) if there is one.
    pub async fn insert_follow(&mut self, f: &Follow) -> Result<bool> {
        const SQL: &str = "INSERT INTO follows (id, follower_id, target_id, uri, state, show_reblogs, notify, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
        storable(&[Some(&f.uri)])?;
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(f.id)
                .bind(f.follower_id)
                .bind(f.target_id)
                .bind(&f.uri)
                .bind(f.state)
                .bind(f.show_reblogs)
                .bind(f.notify)
                .bind(f.created_at)
        )?;
        if done == 1 && f.state == FollowState::Accepted {
            self.count_follow(f, 1).await?;
        }
        Ok(done == 1)
    }

    /// Remembers by which Accept a follow was let in; `false` if one of this id is known.
    pub async fn insert_accept(&mut self, uri: &str, follow: FollowId) -> Result<bool> {
        const SQL: &str =
            "INSERT INTO follow_accepts (uri, follow_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        storable(&[Some(uri)])?;
        Ok(exec!(self, sqlx::query(SQL).bind(uri).bind(follow))? == 1)
    }

    /// Accepts a pending follow and counts it; `false` if it wasn't pending.
    pub async fn accept_follow(&mut self, f: &Follow) -> Result<bool> {
        const SQL: &str = "UPDATE follows SET state = 'accepted' WHERE id = $1 AND state = 'pending'";
        let done = exec!(self, sqlx::query(SQL).bind(f.id))?;
        if done == 1 {
            self.count_follow(f, 1).await?;
        }
        Ok(done == 1)
    }

    /// Changes what a follower wants of a follow.
    pub async fn set_follow_options(&mut self, id: FollowId, show_reblogs: bool, notify: bool) -> Result<()> {
        const SQL: &str = "UPDATE follows SET show_reblogs = $2, notify = $3 WHERE id = $1";
        exec!(self, sqlx::query(SQL).bind(id).bind(show_reblogs).bind(notify))?;
        Ok(())
    }

    /// Gives a follow another activity id, unless that is another follow's: it was asked for again.
    pub async fn set_follow_uri(&mut self, id: FollowId, uri: &str) -> Result<()> {
        const SQL: &str = "UPDATE follows SET uri = $2 WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM follows o WHERE o.uri = $2)";
        storable(&[Some(uri)])?;
        exec!(self, sqlx::query(SQL).bind(id).bind(uri))?;
        Ok(())
    }

    /// Ends a follow, counting it off if it was accepted by now; `false` if it wasn't there.
    pub async fn delete_follow(&mut self, f: &Follow) -> Result<bool> {
        const SQL: &str = "DELETE FROM follows WHERE id = $1 RETURNING state";
        let state: Option<FollowState> =
            on!(self, c => sqlx::query_scalar(SQL).bind(f.id).fetch_optional(c).await)?;
        if state == Some(FollowState::Accepted) {
            self.count_follow(f, -1).await?;
        }
        Ok(state.is_some())
    }

    /// Both accounts' counters, in the order of their ids, so that two transactions never wait for each other.
    async fn count_follow(&mut self, f: &Follow, by: i64) -> Result<()> {
        let mut both = [(f.target_id, by, 0), (f.follower_id, 0, by)];
        both.sort_unstable_by_key(|(id, _, _)| *id);
        for (id, followers, following) in both {
            self.count_account(id, 0, followers, following, None).await?;
        }
        Ok(())
    }
}
