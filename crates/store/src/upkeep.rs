//! What only periodic work asks.

use tintype_model::AccountId;

use crate::{Reader, Result};

impl Reader<'_> {
    /// Accounts whose home timelines hold more than `most` entries, at most `limit` of them.
    pub async fn crowded_homes(&mut self, most: i64, limit: i64) -> Result<Vec<AccountId>> {
        const SQL: &str = "SELECT h.account_id FROM home_entries h GROUP BY h.account_id HAVING COUNT(*) > $1 \
             ORDER BY h.account_id LIMIT $2";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(most).bind(limit).fetch_all(c).await)?)
    }
}
