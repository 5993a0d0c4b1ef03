//! Activities that came in: each is applied once and remembered for a while.

use tintype_model::{Millis, ReceivedId, text_enum};

use crate::{
    Reader, Result, Tx,
    dialect::{storable, without_nul},
};

text_enum! {
    /// What became of an activity.
    pub enum ReceivedState {
        /// Verified, waits for what it needs from the network.
        Pending = "pending",
        /// Applied.
        Applied = "applied",
        /// Given up.
        Dead = "dead",
    }
}

/// A row of `received_activities`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ReceivedActivity {
    pub id: ReceivedId,
    pub uri: String,
    pub actor_uri: String,
    /// The verified JSON, while it waits.
    pub body: Option<String>,
    pub state: ReceivedState,
    pub reason: Option<String>,
    pub received_at: Millis,
}

impl Reader<'_> {
    /// An activity by its id on the wire.
    pub async fn received_by_uri(&mut self, uri: &str) -> Result<Option<ReceivedActivity>> {
        const SQL: &str = "SELECT id, uri, actor_uri, body, state, reason, received_at FROM received_activities WHERE uri = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(uri).fetch_optional(c).await)?)
    }

    /// An activity.
    pub async fn received(&mut self, id: ReceivedId) -> Result<Option<ReceivedActivity>> {
        const SQL: &str = "SELECT id, uri, actor_uri, body, state, reason, received_at FROM received_activities WHERE id = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }
}

impl Tx {
    /// Marks an activity as applied; `false` if it was before. Two at the same time: the second waits for the first.
    pub async fn mark_applied(
        &mut self,
        id: ReceivedId,
        uri: &str,
        actor_uri: &str,
        now: Millis,
    ) -> Result<bool> {
        const SQL: &str = "INSERT INTO received_activities (id, uri, actor_uri, state, received_at) VALUES ($1, $2, $3, 'applied', $4) \
             ON CONFLICT (uri) DO UPDATE SET state = 'applied', body = NULL WHERE received_activities.state = 'pending'";
        storable(&[Some(uri), Some(actor_uri)])?;
        Ok(exec!(self, sqlx::query(SQL).bind(id).bind(uri).bind(actor_uri).bind(now))? == 1)
    }

    /// Keeps a verified activity that has to wait; `false` if it is known already.
    pub async fn keep_received(&mut self, r: &ReceivedActivity) -> Result<bool> {
        const SQL: &str = "INSERT INTO received_activities (id, uri, actor_uri, body, state, received_at) \
             VALUES ($1, $2, $3, $4, 'pending', $5) ON CONFLICT (uri) DO NOTHING";
        storable(&[Some(&r.uri), Some(&r.actor_uri), r.body.as_deref()])?;
        let done = exec!(
            self,
            sqlx::query(SQL).bind(r.id).bind(&r.uri).bind(&r.actor_uri).bind(&r.body).bind(r.received_at)
        )?;
        Ok(done == 1)
    }

    /// Gives an activity up, keeping its body for whoever looks.
    pub async fn bury_received(&mut self, id: ReceivedId, reason: &str) -> Result<()> {
        const SQL: &str =
            "UPDATE received_activities SET state = 'dead', reason = $2 WHERE id = $1 AND state = 'pending'";
        exec!(self, sqlx::query(SQL).bind(id).bind(without_nul(reason)))?;
        Ok(())
    }

    /// Lets an activity that was given up be tried again; `false` if none of that uri was.
    pub async fn revive_received(&mut self, uri: &str) -> Result<bool> {
        const SQL: &str = "UPDATE received_activities SET state = 'pending', reason = NULL WHERE uri = $1 AND state = 'dead'";
        Ok(exec!(self, sqlx::query(SQL).bind(uri))? == 1)
    }

    /// Forgets applied activities older than a moment.
    pub async fn drop_received(&mut self, before: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM received_activities WHERE received_at < $1 AND state = 'applied'";
        Ok(exec!(self, sqlx::query(SQL).bind(before))?)
    }

    /// Forgets activities that came before a moment and were given up, with the dead jobs of `queue` that had them to do:
    /// those of their names.
    pub async fn drop_dead_received(&mut self, before: Millis, queue: &str) -> Result<u64> {
        const JOBS: &str = "DELETE FROM jobs WHERE queue = $2 AND state = 'dead' AND name IN \
             (SELECT r.uri FROM received_activities r WHERE r.received_at < $1 AND r.state = 'dead')";
        const SQL: &str = "DELETE FROM received_activities WHERE received_at < $1 AND state = 'dead'";
        exec!(self, sqlx::query(JOBS).bind(before).bind(queue))?;
        Ok(exec!(self, sqlx::query(SQL).bind(before))?)
    }
}
