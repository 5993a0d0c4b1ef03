//! Likes that are an emoji. The like itself is a row of `favourites`; one account may have several emoji behind one like.

use tintype_model::{AccountId, Millis, StatusId};

use crate::{Reader, Result, Tx, dialect::storable};

/// A row of `reactions`. `uri` is the activity's id.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reaction {
    pub uri: String,
    pub account_id: AccountId,
    pub status_id: StatusId,
    /// One emoji, or `:shortcode:`.
    pub content: String,
    pub created_at: Millis,
}

impl Reader<'_> {
    /// A reaction by its activity's id.
    pub async fn reaction(&mut self, uri: &str) -> Result<Option<Reaction>> {
        const SQL: &str = "SELECT r.uri, r.account_id, r.status_id, r.content, r.created_at FROM reactions r WHERE r.uri = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(uri).fetch_optional(c).await)?)
    }

    /// An account's reactions to a status; not more than twenty.
    pub async fn reactions_by(&mut self, account: AccountId, status: StatusId) -> Result<Vec<Reaction>> {
        const SQL: &str = "SELECT r.uri, r.account_id, r.status_id, r.content, r.created_at FROM reactions r \
             WHERE r.status_id = $2 AND r.account_id = $1 ORDER BY r.content LIMIT 20";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(account).bind(status).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Keeps a reaction; `false` if that emoji, or that activity, is there already.
    pub async fn insert_reaction(&mut self, r: &Reaction) -> Result<bool> {
        const SQL: &str = "INSERT INTO reactions (uri, account_id, status_id, content, created_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        storable(&[Some(&r.uri), Some(&r.content)])?;
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(&r.uri)
                .bind(r.account_id)
                .bind(r.status_id)
                .bind(&r.content)
                .bind(r.created_at)
        )?;
        Ok(done == 1)
    }

    /// Forgets one reaction; `false` if it wasn't there.
    pub async fn delete_reaction(&mut self, uri: &str) -> Result<bool> {
        const SQL: &str = "DELETE FROM reactions WHERE uri = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(uri))? == 1)
    }

    /// Forgets all of an account's reactions to a status; how many.
    pub async fn delete_reactions(&mut self, account: AccountId, status: StatusId) -> Result<u64> {
        const SQL: &str = "DELETE FROM reactions WHERE account_id = $1 AND status_id = $2";
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(status))?)
    }

    /// Lets a like stand for another activity than the one that was taken back.
    pub async fn rename_favourite(&mut self, uri: &str, other: &str) -> Result<bool> {
        const SQL: &str = "UPDATE favourites SET uri = $2 WHERE uri = $1 \
             AND NOT EXISTS (SELECT 1 FROM favourites o WHERE o.uri = $2)";
        storable(&[Some(other)])?;
        Ok(exec!(self, sqlx::query(SQL).bind(uri).bind(other))? == 1)
    }
}
