//! Who follows whom between two servers, for comparing it with what the other one knows (FEP-8fcf).

use tintype_model::AccountId;

use crate::{Reader, Result};

impl Reader<'_> {
    /// The ids of those on a host (as `Account::actor_host` has it) who follow an account.
    pub async fn followers_at(&mut self, of: AccountId, host: &str) -> Result<Vec<String>> {
        const SQL: &str = "SELECT a.uri FROM accounts a JOIN follows f ON f.follower_id = a.id \
             WHERE a.actor_host = $2 AND f.target_id = $1 AND f.state = 'accepted' ORDER BY a.uri";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(of).bind(host).fetch_all(c).await)?)
    }

    /// The local people who follow an account: account and uri.
    pub async fn local_followers_of(&mut self, of: AccountId) -> Result<Vec<(AccountId, String)>> {
        const SQL: &str = "SELECT a.id, a.uri FROM follows f JOIN accounts a ON a.id = f.follower_id \
             WHERE f.target_id = $1 AND f.state = 'accepted' AND a.local = TRUE ORDER BY a.uri";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(of).fetch_all(c).await)?)
    }
}
