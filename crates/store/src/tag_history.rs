//! How much a hashtag was used, day by day.

use tintype_model::{Millis, ids};

use crate::{Reader, Result};

impl Reader<'_> {
    /// How many public statuses had a hashtag (its key), and of how many authors, on each day since midnight UTC of `since`
    /// on which there were any: (midnight, statuses, authors). Authors who are silenced don't count.
    pub async fn tag_history(&mut self, name: &str, since: Millis) -> Result<Vec<(Millis, i64, i64)>> {
        const SQL: &str = concat!(
            "SELECT s.created_at - s.created_at % 86400000, COUNT(*), COUNT(DISTINCT s.account_id)",
            " FROM status_tags t JOIN statuses s ON s.id = t.status_id JOIN accounts a ON a.id = s.account_id",
            " WHERE t.name = $1 AND t.status_id >= $2 AND s.visibility = 'public' AND s.held = FALSE AND a.silenced_at IS NULL AND ",
            here!("s.account_id"),
            " GROUP BY s.created_at - s.created_at % 86400000"
        );
        let first = ids::first_of(since);
        Ok(on!(self, c => sqlx::query_as(SQL).bind(name).bind(first).fetch_all(c).await)?)
    }
}
