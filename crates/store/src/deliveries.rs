//! What this instance sends: activities as they go out, and each one's way to each inbox.

use tintype_model::{AccountId, ActivityId, DeliveryId, Millis, Page, text_enum};

use crate::{
    Reader, Result, Tx,
    dialect::{ROWS, ids, rows, storable, text, without_nul},
};

text_enum! {
    /// How a delivery stands. A delivered one is no row any more.
    pub enum DeliveryState {
        /// To be tried.
        Pending = "pending",
        /// Given up, with its reason.
        Dead = "dead",
    }
}

/// A row of `activities`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Activity {
    pub id: ActivityId,
    /// Its id on the wire.
    pub uri: String,
    /// Whose it is, and whose key signs its deliveries.
    pub account_id: AccountId,
    /// What it is about: deliveries about one object keep their order.
    pub object_uri: String,
    /// The JSON, as it is sent.
    pub body: String,
    pub created_at: Millis,
}

/// A row of `deliveries`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Delivery {
    pub id: DeliveryId,
    pub activity_id: ActivityId,
    pub inbox: String,
    /// The inbox's host with its port: deliveries of one host share a job.
    pub host: String,
    pub object_uri: String,
    pub state: DeliveryState,
    pub attempts: i64,
    pub next_at: Millis,
    pub last_error: Option<String>,
    pub created_at: Millis,
}

/// A delivery with what is needed to send it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DueDelivery {
    pub id: DeliveryId,
    pub inbox: String,
    pub object_uri: String,
    pub attempts: i64,
    pub created_at: Millis,
    pub account_id: AccountId,
    pub body: String,
}

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// It arrived.
    Delivered,
    /// It is to be tried again.
    Later { at: Millis, why: String },
    /// It is given up.
    Dead { why: String },
}

impl Reader<'_> {
    /// The deliveries of a host that are due, oldest first. One that waits for its time holds back younger ones about the
    /// same object.
    pub async fn due_deliveries(&mut self, host: &str, now: Millis, most: i64) -> Result<Vec<DueDelivery>> {
        const SQL: &str = "SELECT d.id, d.inbox, d.object_uri, d.attempts, d.created_at, a.account_id, a.body FROM deliveries d \
             JOIN activities a ON a.id = d.activity_id WHERE d.host = $1 AND d.state = 'pending' AND d.next_at <= $2 \
             AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.host = $1 AND e.state = 'pending' AND e.inbox = d.inbox \
             AND e.object_uri = d.object_uri AND e.id < d.id AND e.next_at > $2) ORDER BY d.id LIMIT $3";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(host).bind(now).bind(most).fetch_all(c).await)?)
    }

    /// When the next delivery of a host is due; `None` when none waits.
    pub async fn next_delivery_at(&mut self, host: &str) -> Result<Option<Millis>> {
        const SQL: &str = "SELECT MIN(d.next_at) FROM deliveries d WHERE d.host = $1 AND d.state = 'pending'";
        Ok(on!(self, c => sqlx::query_scalar::<_, Option<i64>>(SQL).bind(host).fetch_one(c).await)?
            .map(Millis))
    }

    /// Hosts with pending deliveries for which no job of this queue is there.
    pub async fn stranded_hosts(&mut self, queue: &str) -> Result<Vec<String>> {
        const SQL: &str = "SELECT DISTINCT d.host FROM deliveries d WHERE d.state = 'pending' AND NOT EXISTS \
             (SELECT 1 FROM jobs j WHERE j.queue = $1 AND j.name = d.host AND j.state = 'ready') ORDER BY 1";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(queue).fetch_all(c).await)?)
    }

    /// One page of the deliveries that were given up, newest first.
    pub async fn dead_deliveries(&mut self, page: &Page) -> Result<Vec<Delivery>> {
        const SQL: &str = "SELECT d.id, d.activity_id, d.inbox, d.host, d.object_uri, d.state, d.attempts, d.next_at, d.last_error, \
             d.created_at FROM deliveries d WHERE d.state = 'dead' AND d.id < $1 AND d.id > $2 ORDER BY d.id {desc} LIMIT $3";
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// A delivery.
    pub async fn delivery(&mut self, id: DeliveryId) -> Result<Option<Delivery>> {
        const SQL: &str = "SELECT d.id, d.activity_id, d.inbox, d.host, d.object_uri, d.state, d.attempts, d.next_at, d.last_error, \
             d.created_at FROM deliveries d WHERE d.id = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// An activity by its id on the wire.
    pub async fn activity_by_uri(&mut self, uri: &str) -> Result<Option<Activity>> {
        const SQL: &str = "SELECT a.id, a.uri, a.account_id, a.object_uri, a.body, a.created_at FROM activities a WHERE a.uri = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(uri).fetch_optional(c).await)?)
    }
}

impl Tx {
    /// Adds an activity; `false` (and no change) if its uri is there: it was built before.
    pub async fn insert_activity(&mut self, a: &Activity) -> Result<bool> {
        const SQL: &str = "INSERT INTO activities (id, uri, account_id, object_uri, body, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT DO NOTHING";
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

    /// Adds deliveries; one of its activity to its inbox that is there already stays as it is.
    pub async fn insert_deliveries(&mut self, list: &[Delivery]) -> Result<()> {
        const SQL: &str = "INSERT INTO deliveries (id, activity_id, inbox, host, object_uri, state, attempts, next_at, last_error, created_at) \
             SELECT CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS BIGINT), value ->> 2, value ->> 3, value ->> 4, value ->> 5, \
             CAST(value ->> 6 AS BIGINT), CAST(value ->> 7 AS BIGINT), value ->> 8, CAST(value ->> 9 AS BIGINT) \
             FROM {rows:$1} r WHERE TRUE ON CONFLICT DO NOTHING";
        for part in list.chunks(ROWS) {
            let mut all = Vec::with_capacity(part.len());
            for d in part {
                storable(&[Some(&d.inbox), Some(&d.host), Some(&d.object_uri)])?;
                let why = d.last_error.as_deref().map(without_nul);
                all.push(serde_json::json!([
                    d.id.0,
                    d.activity_id.0,
                    d.inbox,
                    d.host,
                    d.object_uri,
                    d.state.as_str(),
                    d.attempts,
                    d.next_at.0,
                    why,
                    d.created_at.0
                ]));
            }
            let sql = text(self.dialect(), false, SQL);
            exec!(self, sqlx::query(sql).bind(rows(all)))?;
        }
        Ok(())
    }

    /// Writes down what became of some tries.
    pub async fn record_tries(&mut self, tries: &[(DeliveryId, Tried)]) -> Result<()> {
        const DELIVERED: &str = "DELETE FROM deliveries WHERE id IN {ids:$1}";
        const LATER: &str =
            "UPDATE deliveries SET attempts = attempts + 1, next_at = $2, last_error = $3 WHERE id = $1";
        const DEAD: &str =
            "UPDATE deliveries SET attempts = attempts + 1, state = 'dead', last_error = $2 WHERE id = $1";
        let delivered = tries.iter().filter(|(_, tried)| *tried == Tried::Delivered);
        let delivered: Vec<i64> = delivered.map(|(id, _)| id.0).collect();
        if !delivered.is_empty() {
            let sql = text(self.dialect(), false, DELIVERED);
            exec!(self, sqlx::query(sql).bind(ids(&delivered)))?;
        }
        for (id, tried) in tries {
            match tried {
                Tried::Delivered => 0,
                Tried::Later { at, why } => {
                    exec!(self, sqlx::query(LATER).bind(*id).bind(*at).bind(without_nul(why)))?
                }
                Tried::Dead { why } => exec!(self, sqlx::query(DEAD).bind(*id).bind(without_nul(why)))?,
            };
        }
        Ok(())
    }

    /// Counts a failed try of a host as one of everything else that is due there, because trying each would say the same
    /// again. All of it waits until `next_at`.
    pub async fn postpone_host(
        &mut self,
        host: &str,
        why: &str,
        next_at: Millis,
        now: Millis,
    ) -> Result<u64> {
        const SQL: &str = "UPDATE deliveries SET attempts = attempts + 1, next_at = $4, last_error = $3 \
             WHERE host = $1 AND state = 'pending' AND next_at <= $2";
        Ok(exec!(self, sqlx::query(SQL).bind(host).bind(now).bind(without_nul(why)).bind(next_at))?)
    }

    /// Gives up what failed so many times and is older than a moment.
    pub async fn bury_exhausted(&mut self, host: &str, attempts: i64, before: Millis) -> Result<u64> {
        const SQL: &str = "UPDATE deliveries SET state = 'dead' WHERE host = $1 AND state = 'pending' AND attempts >= $2 \
             AND created_at <= $3";
        Ok(exec!(self, sqlx::query(SQL).bind(host).bind(attempts).bind(before))?)
    }

    /// Gives up all that waits for a host but the oldest, which goes on knocking.
    pub async fn silence_host(&mut self, host: &str, why: &str) -> Result<u64> {
        const SQL: &str = "UPDATE deliveries SET state = 'dead', last_error = $2 WHERE host = $1 AND state = 'pending' \
             AND id > (SELECT MIN(d.id) FROM deliveries d WHERE d.host = $1 AND d.state = 'pending')";
        Ok(exec!(self, sqlx::query(SQL).bind(host).bind(without_nul(why)))?)
    }

    /// Lets what was given up for one reason, and made since a moment, be tried again.
    pub async fn revive_host(&mut self, host: &str, why: &str, since: Millis, now: Millis) -> Result<u64> {
        const SQL: &str = "UPDATE deliveries SET state = 'pending', attempts = 0, next_at = $4, last_error = NULL \
             WHERE host = $1 AND state = 'dead' AND last_error = $2 AND created_at >= $3";
        Ok(exec!(self, sqlx::query(SQL).bind(host).bind(without_nul(why)).bind(since).bind(now))?)
    }

    /// Throws dead deliveries away beyond the newest so many of each host.
    pub async fn trim_dead_deliveries(&mut self, most: i64) -> Result<u64> {
        const SQL: &str = "DELETE FROM deliveries WHERE state = 'dead' AND id IN (SELECT r.id FROM \
             (SELECT d.id, ROW_NUMBER() OVER (PARTITION BY d.host ORDER BY d.id DESC) AS n FROM deliveries d WHERE d.state = 'dead') r \
             WHERE r.n > $1)";
        Ok(exec!(self, sqlx::query(SQL).bind(most))?)
    }

    /// Sends what waits for one inbox to another, at once: its owner has moved. What goes there anyway goes once. How many
    /// were moved; the new host's job must be enqueued.
    pub async fn move_inbox(&mut self, old: &str, new: &str, new_host: &str, now: Millis) -> Result<u64> {
        const TWICE: &str = "DELETE FROM deliveries WHERE inbox = $1 AND state = 'pending' AND EXISTS \
             (SELECT 1 FROM deliveries d WHERE d.activity_id = deliveries.activity_id AND d.inbox = $2)";
        const SQL: &str = "UPDATE deliveries SET inbox = $2, host = $3, next_at = $4, last_error = NULL \
             WHERE inbox = $1 AND state = 'pending'";
        storable(&[Some(new), Some(new_host)])?;
        if old == new {
            return Ok(0);
        }
        exec!(self, sqlx::query(TWICE).bind(old).bind(new))?;
        Ok(exec!(self, sqlx::query(SQL).bind(old).bind(new).bind(new_host).bind(now))?)
    }

    /// Throws away whatever is on its way to a host, and what was given up: nothing is to go there any more.
    pub async fn drop_deliveries_to(&mut self, host: &str) -> Result<u64> {
        const SQL: &str = "DELETE FROM deliveries WHERE host = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(host))?)
    }

    /// Throws dead deliveries away that were made before a moment.
    pub async fn drop_dead_deliveries(&mut self, before: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM deliveries WHERE state = 'dead' AND created_at < $1";
        Ok(exec!(self, sqlx::query(SQL).bind(before))?)
    }

    /// Lets a dead delivery be tried again, however its host stands; its host, whose job must be enqueued. `None` if it isn't there or isn't dead.
    pub async fn revive_delivery(&mut self, id: DeliveryId, now: Millis) -> Result<Option<String>> {
        const SQL: &str = "UPDATE deliveries SET state = 'pending', attempts = 0, next_at = $2, last_error = NULL \
             WHERE id = $1 AND state = 'dead' RETURNING host";
        const AT_ONCE: &str = "UPDATE hosts SET retry_at = 0 WHERE host = $1";
        let host: Option<String> =
            on!(self, c => sqlx::query_scalar(SQL).bind(id).bind(now).fetch_optional(c).await)?;
        if let Some(host) = &host {
            exec!(self, sqlx::query(AT_ONCE).bind(host))?;
        }
        Ok(host)
    }

    /// Throws a dead delivery away; `false` if it isn't there or isn't dead.
    pub async fn drop_delivery(&mut self, id: DeliveryId) -> Result<bool> {
        const SQL: &str = "DELETE FROM deliveries WHERE id = $1 AND state = 'dead'";
        Ok(exec!(self, sqlx::query(SQL).bind(id))? == 1)
    }

    /// Forgets activities older than a moment that nobody waits for.
    pub async fn drop_activities(&mut self, before: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM activities WHERE created_at < $1 \
             AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.activity_id = activities.id)";
        Ok(exec!(self, sqlx::query(SQL).bind(before))?)
    }
}
