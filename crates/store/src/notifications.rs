//! What local people are told.

use tintype_model::{AccountId, Millis, NotificationId, Page, StatusId, text_enum};

use crate::{Reader, Result, Tx, dialect::text};

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

/// The condition under which the viewer bound at `$1` is shown what the account in `$id` caused: it is there, and the
/// viewer neither blocks it or its server nor mutes it with its notifications.
macro_rules! told {
    ($id:literal) => {
        concat!(
            "(",
            here!($id),
            " AND ",
            unblocked_account!($id),
            " AND (SELECT 1 FROM mutes nm WHERE nm.account_id = $1 AND nm.target_id = ",
            $id,
            " AND nm.hide_notifications = TRUE) IS NULL)"
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
            " AND n.kind IN {texts:$4} AND (CAST($5 AS BIGINT) IS NULL OR n.from_id = $5) AND (s.id IS NULL OR ",
            visible!("s"),
            ") AND ",
            told!("n.from_id"),
            " ORDER BY n.id {desc} LIMIT $6"
        );
        let kinds: Vec<&str> = NotificationKind::ALL
            .iter()
            .filter(|k| (filter.kinds.is_empty() || filter.kinds.contains(k)) && !filter.exclude.contains(k))
            .map(|k| k.as_str())
            .collect();
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(account).bind(page.below()).bind(page.above())
            .bind(crate::dialect::texts(&kinds)).bind(filter.from).bind(page.limit).fetch_all(c).await)?;
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
            told!("n.from_id")
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
        const SQL: &str = concat!(
            "SELECT COUNT(*) FROM accounts f WHERE f.id = $2 AND ",
            told!("f.id"),
            " AND (f.silenced_at IS NULL OR EXISTS (SELECT 1 FROM follows nf WHERE nf.follower_id = $1",
            " AND nf.target_id = f.id AND nf.state = 'accepted'))",
            " AND NOT EXISTS (SELECT 1 FROM statuses s JOIN thread_mutes t ON t.thread_id = s.thread_id",
            " WHERE s.id = $3 AND t.account_id = $1)"
        );
        let found: i64 =
            on!(self, c => sqlx::query_scalar(SQL).bind(account).bind(from).bind(status).fetch_one(c).await)?;
        Ok(found > 0)
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
             AND from_id IN (SELECT a.id FROM accounts a WHERE a.domain = $2)";
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(domain))?)
    }

    /// Dismisses all of an account's notifications.
    pub async fn clear_notifications(&mut self, account: AccountId) -> Result<u64> {
        const SQL: &str = "DELETE FROM notifications WHERE account_id = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(account))?)
    }
}
