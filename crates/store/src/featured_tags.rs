//! Hashtags that somebody shows on their profile.

use tintype_model::{AccountId, FeaturedTagId, Millis};

use crate::{Reader, Result, Tx, dialect::storable};

/// A row of `featured_tags`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FeaturedTag {
    pub id: FeaturedTagId,
    pub account_id: AccountId,
    /// The key: lower case.
    pub name: String,
    /// As first written.
    pub display: String,
    pub created_at: Millis,
}

/// How often an account used a hashtag where everyone can see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct TagUse {
    pub statuses: i64,
    pub last_at: Option<Millis>,
}

impl Reader<'_> {
    /// What an account shows, first shown first.
    pub async fn featured_tags(&mut self, of: AccountId) -> Result<Vec<FeaturedTag>> {
        const SQL: &str = "SELECT t.id, t.account_id, t.name, t.display, t.created_at FROM featured_tags t \
             WHERE t.account_id = $1 ORDER BY t.id";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(of).fetch_all(c).await)?)
    }

    /// How often an account used a hashtag in open statuses.
    pub async fn tag_use(&mut self, of: AccountId, name: &str) -> Result<TagUse> {
        const SQL: &str = "SELECT COUNT(*) AS statuses, MAX(s.created_at) AS last_at FROM status_tags t \
             JOIN statuses s ON s.id = t.status_id WHERE t.name = $2 AND s.account_id = $1 \
             AND s.visibility IN ('public', 'unlisted') AND s.reblog_of_id IS NULL";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(of).bind(name).fetch_one(c).await)?)
    }

    /// The hashtags that an account uses most and doesn't show yet: (key, how it was written last).
    pub async fn tags_to_feature(&mut self, of: AccountId, most: i64) -> Result<Vec<(String, String)>> {
        const SQL: &str = "SELECT t.name, MAX(t.display) FROM statuses s JOIN status_tags t ON t.status_id = s.id \
             WHERE s.account_id = $1 AND NOT EXISTS (SELECT 1 FROM featured_tags f WHERE f.account_id = $1 AND f.name = t.name) \
             GROUP BY t.name ORDER BY COUNT(*) DESC, t.name LIMIT $2";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(of).bind(most).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Shows a hashtag; `false` (and no change) if it is shown.
    pub async fn insert_featured_tag(&mut self, t: &FeaturedTag) -> Result<bool> {
        const SQL: &str = "INSERT INTO featured_tags (id, account_id, name, display, created_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING";
        storable(&[Some(&t.name), Some(&t.display)])?;
        let done = exec!(
            self,
            sqlx::query(SQL).bind(t.id).bind(t.account_id).bind(&t.name).bind(&t.display).bind(t.created_at)
        )?;
        Ok(done == 1)
    }

    /// Shows it no longer; `false` if it isn't shown.
    pub async fn delete_featured_tag(&mut self, of: AccountId, name: &str) -> Result<bool> {
        const SQL: &str = "DELETE FROM featured_tags WHERE account_id = $1 AND name = $2";
        Ok(exec!(self, sqlx::query(SQL).bind(of).bind(name))? == 1)
    }
}
