//! What local people are told.

use tintype_model::{AccountId, Millis, NotificationId, Page, StatusId, text_enum};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, text},
};

text_enum! {
    /// Why somebody is told (Mastodon's words).
    pub enum NotificationKind {
        /// Somebody named them in a status.
        Mention = "mention",
        /// Somebody liked their status.
        Favourite = "favourite",
        /// Somebody boosted their status.
        Reblog = "reblog",
        /// Somebody follows them.
        Follow = "follow",
        /// Somebody asks to follow them.
        FollowRequest = "follow_request",
        /// A status that they boosted was edited.
        Update = "update",
        /// Somebody quoted their status.
        Quote = "quote",
        /// A status that they quoted was edited.
        QuotedUpdate = "quoted_update",
        /// A poll that they made, or voted in, is over.
        Poll = "poll",
    }
}

/// A row of `notifications`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Notification {
    pub id: NotificationId,
    pub account_id: AccountId,
    pub kind: NotificationKind,
    pub from_id: AccountId,
    pub status_id: Option<StatusId>,
    pub created_at: Millis,
}

/// The condition under which the account in `$who` is shown what the account in `$id` caused: it is there, and the one
/// neither blocks it or its server nor mutes it with its notifications.
macro_rules! told {
    ($who:literal, $id:literal) => {
        concat!(
            "(",
            here!($id),
            " AND ",
            unblocked_account!(by $who, $id),
            " AND (SELECT 1 FROM mutes nm WHERE nm.account_id = ",
            $who,
            " AND nm.target_id = ",
            $id,
            " AND nm.hide_notifications = TRUE) IS NULL)"
        )
    };
}

/// The condition of [`Reader::may_notify`]: of the account in `$who`, what the account in `$id` does, to the status in
/// `$status`.
macro_rules! may_notify {
    ($who:literal, $id:literal, $status:literal) => {
        concat!(
            told!($who, $id),
            " AND ((SELECT nf.silenced_at FROM accounts nf WHERE nf.id = ",
            $id,
            ") IS NULL OR EXISTS (SELECT 1 FROM follows nf WHERE nf.follower_id = ",
            $who,
            " AND nf.target_id = ",
            $id,
            " AND nf.state = 'accepted'))",
            " AND NOT EXISTS (SELECT 1 FROM statuses ns JOIN thread_mutes nt ON nt.thread_id = ns.thread_id",
            " WHERE ns.id = ",
            $status,
            " AND nt.account_id = ",
            $who,
            ")"
        )
    };
}

/// Which notifications are wanted.
#[derive(Debug, Clone, Default)]
pub struct NotificationFilter {
    /// Only these kinds; empty: all.
    pub kinds: Vec<NotificationKind>,
    /// Not these kinds.
    pub exclude: Vec<NotificationKind>,
    /// Only those that this account caused.
    pub from: Option<AccountId>,
    /// Also those that are shown only when asked for, see [`Tx::filter_notification`].
    pub filtered: bool,
}

impl Reader<'_> {
    /// One page of an account's notifications. One about a status that it may no longer see, or by somebody of whom it no
    /// longer wants any, is left out.
    pub async fn notifications(
        &mut self,
        account: AccountId,
        filter: &NotificationFilter,
        page: &Page,
    ) -> Result<Vec<Notification>> {
        const SQL: &str = concat!(
            "SELECT n.id, n.account_id, n.kind, n.from_id, n.status_id, n.created_at FROM notifications n",
            " LEFT JOIN statuses s ON s.id = n.status_id WHERE n.account_id = $1 AND n.id < $2 AND n.id > $3",
            " AND n.kind IN {texts:$4} AND (CAST($5 AS BIGINT) IS NULL OR n.from_id = $5)",
            " AND (n.filtered = FALSE OR $7) AND (s.id IS NULL OR ",
            visible!("s"),
            ") AND ",
            told!("$1", "n.from_id"),
            " ORDER BY n.id {desc} LIMIT $6"
        );
        let kinds: Vec<&str> = NotificationKind::ALL
            .iter()
            .filter(|k| (filter.kinds.is_empty() || filter.kinds.contains(k)) && !filter.exclude.contains(k))
            .map(|k| k.as_str())
            .collect();
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(account).bind(page.below()).bind(page.above())
            .bind(crate::dialect::texts(&kinds)).bind(filter.from).bind(page.limit)
            .bind(filter.filtered).fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// One of an account's notifications.
    pub async fn notification(
        &mut self,
        account: AccountId,
        id: NotificationId,
    ) -> Result<Option<Notification>> {
        const SQL: &str = concat!(
            "SELECT n.id, n.account_id, n.kind, n.from_id, n.status_id, n.created_at FROM notifications n",
            " LEFT JOIN statuses s ON s.id = n.status_id WHERE n.account_id = $1 AND n.id = $2 AND (s.id IS NULL OR ",
            visible!("s"),
            ") AND ",
            told!("$1", "n.from_id")
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(account).bind(id).fetch_optional(c).await)?)
    }

    /// Whether an account is to be told of what another does, to this status if there is one: it wants notifications by
    /// that other, who isn't silenced unless it follows them, and hasn't muted the thread. What the status lets it see is
    /// another question.
    pub async fn may_notify(
        &mut self,
        account: AccountId,
        from: AccountId,
        status: Option<StatusId>,
    ) -> Result<bool> {
        const SQL: &str =
            concat!("SELECT COUNT(*) FROM accounts f WHERE f.id = $2 AND ", may_notify!("$1", "f.id", "$3"));
        let found: i64 =
            on!(self, c => sqlx::query_scalar(SQL).bind(account).bind(from).bind(status).fetch_one(c).await)?;
        Ok(found > 0)
    }

    /// The server of somebody elsewhere whom an account doesn't follow; `None` for everybody else.
    pub async fn server_of_stranger(
        &mut self,
        account: AccountId,
        from: AccountId,
    ) -> Result<Option<String>> {
        const SQL: &str = "SELECT COALESCE(a.actor_host, a.domain, '') FROM accounts a WHERE a.id = $2 AND a.local = FALSE \
             AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = $1 AND f.target_id = $2 AND f.state = 'accepted')";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(account).bind(from).fetch_optional(c).await)?)
    }

    /// The people of this instance who have boosted a status and are to be told of what its author does to it
    /// ([`Reader::may_notify`]), at most `limit` of them, the latest boosts first. Its author isn't among them.
    pub async fn boosters_to_notify(
        &mut self,
        status: StatusId,
        author: AccountId,
        limit: i64,
    ) -> Result<Vec<AccountId>> {
        const SQL: &str = concat!(
            "SELECT s.account_id FROM statuses s WHERE s.reblog_of_id = $1 AND s.local = TRUE AND s.account_id <> $2 AND ",
            may_notify!("s.account_id", "$2", "$1"),
            " ORDER BY s.id DESC LIMIT $3"
        );
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(status).bind(author).bind(limit).fetch_all(c).await)?)
    }

    /// The people of this instance who chose something in the poll of a status and are to be told of what its author does
    /// to it ([`Reader::may_notify`]), above an id, in the order of ids.
    pub async fn voters_to_notify(
        &mut self,
        (poll, status): (tintype_model::PollId, StatusId),
        author: AccountId,
        after: AccountId,
        limit: i64,
    ) -> Result<Vec<AccountId>> {
        const SQL: &str = concat!(
            "SELECT DISTINCT v.account_id FROM poll_votes v JOIN accounts a ON a.id = v.account_id",
            " WHERE v.poll_id = $3 AND v.account_id > $4 AND a.local = TRUE AND ",
            may_notify!("v.account_id", "$2", "$1"),
            " ORDER BY v.account_id LIMIT $5"
        );
        Ok(
            on!(self, c => sqlx::query_scalar(SQL).bind(status).bind(author).bind(poll).bind(after).bind(limit)
            .fetch_all(c).await)?,
        )
    }
}

impl Tx {
    /// Tells somebody, once; `false` if they were told already.
    pub async fn insert_notification(&mut self, n: &Notification) -> Result<bool> {
        const SQL: &str = "INSERT INTO notifications (id, account_id, kind, from_id, status_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(n.id)
                .bind(n.account_id)
                .bind(n.kind)
                .bind(n.from_id)
                .bind(n.status_id)
                .bind(n.created_at)
        )?;
        Ok(done == 1)
    }

    /// Shows a notification only to those who ask for filtered ones.
    pub async fn filter_notification(&mut self, id: NotificationId) -> Result<()> {
        const SQL: &str = "UPDATE notifications SET filtered = TRUE WHERE id = $1";
        exec!(self, sqlx::query(SQL).bind(id))?;
        Ok(())
    }

    /// Tells several people the same of a status, each once, under an id of `new` each. Who was told now, and under which id.
    pub async fn insert_notifications(
        &mut self,
        new: &[NotificationId],
        accounts: &[AccountId],
        kind: NotificationKind,
        from: AccountId,
        status: StatusId,
        now: Millis,
    ) -> Result<Vec<(AccountId, NotificationId)>> {
        const SQL: &str = "INSERT INTO notifications (id, account_id, kind, from_id, status_id, created_at) \
             SELECT i.value, a.value, $3, $4, $5, $6 \
             FROM (SELECT v.value, ROW_NUMBER() OVER (ORDER BY v.value) AS place FROM {ids:$1} v) i \
             JOIN (SELECT v.value, ROW_NUMBER() OVER (ORDER BY v.value) AS place FROM {ids:$2} v) a ON a.place = i.place \
             WHERE TRUE ON CONFLICT DO NOTHING RETURNING account_id, id";
        let new: Vec<i64> = new.iter().map(|id| id.0).collect();
        let accounts: Vec<i64> = accounts.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(
            on!(self, c => sqlx::query_as(sql).bind(ids(&new)).bind(ids(&accounts)).bind(kind).bind(from).bind(status)
            .bind(now).fetch_all(c).await)?,
        )
    }

    /// Takes back what everybody was told of one kind by an account about a status; how much.
    pub async fn retract_notifications_about(
        &mut self,
        status: StatusId,
        kind: NotificationKind,
        from: AccountId,
    ) -> Result<u64> {
        const SQL: &str = "DELETE FROM notifications WHERE status_id = $1 AND kind = $2 AND from_id = $3";
        Ok(exec!(self, sqlx::query(SQL).bind(status).bind(kind).bind(from))?)
    }

    /// Takes back what was told, because its cause is gone.
    pub async fn retract_notification(
        &mut self,
        account: AccountId,
        kind: NotificationKind,
        from: AccountId,
        status: Option<StatusId>,
    ) -> Result<()> {
        const SQL: &str = "DELETE FROM notifications WHERE account_id = $1 AND kind = $2 AND from_id = $3 \
             AND (status_id = $4 OR (status_id IS NULL AND CAST($4 AS BIGINT) IS NULL))";
        exec!(self, sqlx::query(SQL).bind(account).bind(kind).bind(from).bind(status))?;
        Ok(())
    }

    /// Dismisses one of an account's notifications; `false` if it has no such one.
    pub async fn dismiss_notification(&mut self, account: AccountId, id: NotificationId) -> Result<bool> {
        const SQL: &str = "DELETE FROM notifications WHERE account_id = $1 AND id = $2";
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(id))? == 1)
    }

    /// Takes back all that one account told another; how much.
    pub async fn delete_notifications_from(&mut self, account: AccountId, from: AccountId) -> Result<u64> {
        const SQL: &str = "DELETE FROM notifications WHERE account_id = $1 AND from_id = $2";
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(from))?)
    }

    /// Takes back all that the people of a domain told an account; how much.
    pub async fn delete_notifications_from_domain(
        &mut self,
        account: AccountId,
        domain: &str,
    ) -> Result<u64> {
        const SQL: &str = "DELETE FROM notifications WHERE account_id = $1 \
             AND from_id IN (SELECT a.id FROM accounts a WHERE a.domain = $2 OR a.actor_host = $2)";
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(domain))?)
    }

    /// Dismisses all of an account's notifications.
    pub async fn clear_notifications(&mut self, account: AccountId) -> Result<u64> {
        const SQL: &str = "DELETE FROM notifications WHERE account_id = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(account))?)
    }
}
