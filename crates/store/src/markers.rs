//! How far somebody has read their timelines, for all their clients to know.

use tintype_model::{AccountId, Millis, text_enum};

use crate::{Reader, Result, Tx};

text_enum! {
    /// A timeline whose read position is kept.
    pub enum MarkerTimeline {
        /// The home timeline: ids are those of statuses.
        Home = "home",
        /// The notifications.
        Notifications = "notifications",
    }
}

/// A row of `markers`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Marker {
    pub account_id: AccountId,
    pub timeline: MarkerTimeline,
    /// The id of the newest entry that was read.
    pub last_read_id: i64,
    /// How often it was moved after it was first set.
    pub version: i64,
    pub updated_at: Millis,
}

impl Reader<'_> {
    /// How far an account has read; no row for a timeline of which it never said so.
    pub async fn markers(&mut self, account: AccountId) -> Result<Vec<Marker>> {
        const SQL: &str = "SELECT account_id, timeline, last_read_id, version, updated_at FROM markers \
             WHERE account_id = $1 ORDER BY timeline";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(account).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Notes how far an account has read, be it forwards or backwards.
    pub async fn save_marker(
        &mut self,
        account: AccountId,
        timeline: MarkerTimeline,
        last_read_id: i64,
        now: Millis,
    ) -> Result<Marker> {
        const SQL: &str = "INSERT INTO markers (account_id, timeline, last_read_id, version, updated_at) VALUES ($1, $2, $3, 0, $4) \
             ON CONFLICT (account_id, timeline) DO UPDATE SET last_read_id = excluded.last_read_id, \
             version = markers.version + 1, updated_at = excluded.updated_at \
             RETURNING account_id, timeline, last_read_id, version, updated_at";
        Ok(
            on!(self, c => sqlx::query_as(SQL).bind(account).bind(timeline).bind(last_read_id).bind(now).fetch_one(c).await)?,
        )
    }
}
