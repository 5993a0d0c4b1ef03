//! Activities that go out, and their way to each inbox.
//!
//! A delivery is *pending* until its inbox has taken it (then the row is deleted) or until it is given up (then it is
//! *dead*, with the reason, and can be revived). `object_uri` names what it is about: to one inbox, deliveries about one
//! thing leave in the order of their ids.

use tintype_model::{AccountId, ActivityId, DeliveryId, Millis, Page, text_enum};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, text},
};

text_enum! {
    /// How a delivery stands.
    pub enum DeliveryState {
        /// On its way, or waiting for its next try.
        Pending = "pending",
        /// Given up; `last_error` says why.
        Dead = "dead",
    }
}

/// A row of `activities`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Activity {
    pub id: ActivityId,
    /// Its id on the wire.
    pub uri: String,
    /// The local actor that signs it.
    pub account_id: AccountId,
    pub object_uri: String,
    /// The JSON as it is sent.
    pub body: String,
    pub created_at: Millis,
}

/// A row of `deliveries`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Delivery {
    pub id: DeliveryId,
    pub activity_id: ActivityId,
    pub inbox: String,
    /// The inbox' host with its port, in its one spelling.
    pub host: String,
    pub object_uri: String,
    pub state: DeliveryState,
    /// Tries that failed.
    pub attempts: i64,
    /// Not to be tried before this moment.
    pub next_at: Millis,
    pub last_error: Option<String>,
    pub created_at: Millis,
}

/// What a try came to, for [`Tx::postpone_delivery`] and [`Tx::bury_delivery`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried<'a> {
    pub id: DeliveryId,
    /// Failed tries by now.
    pub attempts: i64,
    pub error: &'a str,
}

macro_rules! delivery_columns {
    () => {
        "d.id, d.activity_id, d.inbox, d.host, d.object_uri, d.state, d.attempts, d.next_at, d.last_error, d.created_at"
    };
}

impl Reader<'_> {
    /// An activity by its id on the wire.
    pub async fn activity_by_uri(&mut self, uri: &str) -> Result<Option<Activity>> {
        const SQL: &str =
            "SELECT id, uri, account_id, object_uri, body, created_at FROM activities WHERE uri = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(uri).fetch_optional(c).await)?)
    }

    /// Some activities, in no particular order.
    pub async fn activities(&mut self, list: &[ActivityId]) -> Result<Vec<Activity>> {
        const SQL: &str =
            "SELECT id, uri, account_id, object_uri, body, created_at FROM activities WHERE id IN {ids:$1}";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// The pending deliveries of a host with ids above `after`, due or not, in the order of ids.
    pub async fn pending_deliveries(
        &mut self,
        host: &str,
        after: DeliveryId,
        limit: i64,
    ) -> Result<Vec<Delivery>> {
        const SQL: &str = concat!(
            "SELECT ",
            delivery_columns!(),
            " FROM deliveries d WHERE d.host = $1 AND d.state = 'pending' AND d.id > $2 ORDER BY d.id LIMIT $3"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(host).bind(after).bind(limit).fetch_all(c).await)?)
    }

    /// When the next delivery to a host is due; `None` when none is pending.
    pub async fn next_delivery_at(&mut self, host: &str) -> Result<Option<Millis>> {
        const SQL: &str = "SELECT MIN(d.next_at) FROM deliveries d WHERE d.host = $1 AND d.state = 'pending'";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(host).fetch_one(c).await)?)
    }

    /// Hosts with pending deliveries for which no job of this queue is there.
    pub async fn stranded_hosts(&mut self, queue: &str) -> Result<Vec<String>> {
        const SQL: &str = "SELECT DISTINCT d.host FROM deliveries d WHERE d.state = 'pending' AND NOT EXISTS \
             (SELECT 1 FROM jobs j WHERE j.queue = $1 AND j.name = d.host AND j.state = 'ready') ORDER BY 1";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(queue).fetch_all(c).await)?)
    }

    /// A page of dead deliveries, newest first.
    pub async fn dead_deliveries(&mut self, page: &Page) -> Result<Vec<Delivery>> {
        const SQL: &str = concat!(
            "SELECT ",
            delivery_columns!(),
            " FROM deliveries d WHERE d.state = 'dead' AND d.id < $1 AND d.id > $2 ORDER BY d.id {desc} LIMIT $3"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// How many deliveries are in a state.
    pub async fn count_deliveries(&mut self, state: DeliveryState) -> Result<i64> {
        const SQL: &str = "SELECT COUNT(*) FROM deliveries WHERE state = $1";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(state).fetch_one(c).await)?)
    }
}

impl Tx {
    /// Adds an activity; `false` (and no change) if its uri is there already: it went out before.
    pub async fn insert_activity(&mut self, a: &Activity) -> Result<bool> {
        const SQL: &str = "INSERT INTO activities (id, uri, account_id, object_uri, body, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(a.id)
                .bind(&a.uri)
                .bind(a.account_id)
                .bind(&a.object_uri)
                .bind(&a.body)
                .bind(a.created_at)
        )?;
        Ok(done == 1)
    }

    /// Adds a delivery; `false` (and no change) if that activity is on its way to that inbox already.
    pub async fn insert_delivery(&mut self, d: &Delivery) -> Result<bool> {
        const SQL: &str = "INSERT INTO deliveries (id, activity_id, inbox, host, object_uri, state, attempts, next_at, last_error, \
             created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(d.id)
                .bind(d.activity_id)
                .bind(&d.inbox)
                .bind(&d.host)
                .bind(&d.object_uri)
                .bind(d.state)
                .bind(d.attempts)
                .bind(d.next_at)
                .bind(&d.last_error)
                .bind(d.created_at)
        )?;
        Ok(done == 1)
    }

    /// Forgets deliveries that were taken.
    pub async fn finish_deliveries(&mut self, list: &[DeliveryId]) -> Result<u64> {
        const SQL: &str = "DELETE FROM deliveries WHERE id IN {ids:$1} AND state = 'pending'";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(exec!(self, sqlx::query(sql).bind(ids(&numbers)))?)
    }

    /// Puts a delivery off after a failed try.
    pub async fn postpone_delivery(&mut self, tried: Tried<'_>, next_at: Millis) -> Result<()> {
        const SQL: &str = "UPDATE deliveries SET attempts = $2, next_at = $3, last_error = $4 WHERE id = $1 AND state = 'pending'";
        exec!(self, sqlx::query(SQL).bind(tried.id).bind(tried.attempts).bind(next_at).bind(tried.error))?;
        Ok(())
    }

    /// Gives a delivery up.
    pub async fn bury_delivery(&mut self, tried: Tried<'_>) -> Result<()> {
        const SQL: &str = "UPDATE deliveries SET state = 'dead', attempts = $2, last_error = $3 WHERE id = $1 AND state = 'pending'";
        exec!(self, sqlx::query(SQL).bind(tried.id).bind(tried.attempts).bind(tried.error))?;
        Ok(())
    }

    /// Counts a failed try of a host as one of everything that was due there, because trying each would say the same
    /// again. All of it waits until `next_at`.
    pub async fn postpone_host(
        &mut self,
        host: &str,
        now: Millis,
        next_at: Millis,
        error: &str,
    ) -> Result<u64> {
        const SQL: &str = "UPDATE deliveries SET attempts = attempts + 1, next_at = $3, last_error = $4 \
             WHERE host = $1 AND state = 'pending' AND next_at <= $2";
        Ok(exec!(self, sqlx::query(SQL).bind(host).bind(now).bind(next_at).bind(error))?)
    }

    /// Gives up what was tried `attempts` times and is older than `before`.
    pub async fn bury_exhausted(&mut self, host: &str, attempts: i64, before: Millis) -> Result<u64> {
        const SQL: &str = "UPDATE deliveries SET state = 'dead' WHERE host = $1 AND state = 'pending' AND attempts >= $2 \
             AND created_at <= $3";
        Ok(exec!(self, sqlx::query(SQL).bind(host).bind(attempts).bind(before))?)
    }

    /// Makes a dead delivery pending again, due at once; its host, whose job the caller enqueues. `None` if it isn't dead.
    pub async fn revive_delivery(&mut self, id: DeliveryId, now: Millis) -> Result<Option<String>> {
        const SQL: &str = "UPDATE deliveries SET state = 'pending', attempts = 0, next_at = $2, created_at = $2, last_error = NULL \
             WHERE id = $1 AND state = 'dead' RETURNING host";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(id).bind(now).fetch_optional(c).await)?)
    }

    /// Deletes a dead delivery; `false` if it isn't dead.
    pub async fn drop_delivery(&mut self, id: DeliveryId) -> Result<bool> {
        const SQL: &str = "DELETE FROM deliveries WHERE id = $1 AND state = 'dead'";
        Ok(exec!(self, sqlx::query(SQL).bind(id))? == 1)
    }

    /// Forgets dead deliveries of activities made before a moment.
    pub async fn drop_dead_deliveries(&mut self, before: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM deliveries WHERE state = 'dead' AND created_at < $1";
        Ok(exec!(self, sqlx::query(SQL).bind(before))?)
    }

    /// Forgets activities made before a moment that are on their way to nobody any more.
    pub async fn drop_delivered_activities(&mut self, before: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM activities WHERE created_at < $1 AND NOT EXISTS \
             (SELECT 1 FROM deliveries d WHERE d.activity_id = activities.id)";
        Ok(exec!(self, sqlx::query(SQL).bind(before))?)
    }
}
