//! What statuses quote, and whether the quoted allow it.

use tintype_model::{AccountId, Millis, Page, StatusId, text_enum};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
    statuses::{Status, status_columns},
};

text_enum! {
    /// Whether the author of what is quoted allows it (Mastodon's words).
    pub enum QuoteState {
        /// Nobody has said anything yet.
        Pending = "pending",
        /// Allowed. With nothing quoted, that was deleted.
        Accepted = "accepted",
        /// Refused.
        Rejected = "rejected",
        /// Was allowed, and isn't any more.
        Revoked = "revoked",
    }
}

/// A row of `quotes`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Quote {
    /// What quotes.
    pub status_id: StatusId,
    /// What is quoted, while it is known here.
    pub quoted_status_id: Option<StatusId>,
    /// Its `ActivityPub` id.
    pub quoted_uri: String,
    pub state: QuoteState,
    /// The id of the request to its author.
    pub request_uri: Option<String>,
    /// The id of what allows it.
    pub approval_uri: Option<String>,
    pub created_at: Millis,
}

macro_rules! quote_columns {
    () => {
        "q.status_id, q.quoted_status_id, q.quoted_uri, q.state, q.request_uri, q.approval_uri, q.created_at"
    };
}

impl Reader<'_> {
    /// What a status quotes.
    pub async fn quote(&mut self, status: StatusId) -> Result<Option<Quote>> {
        Ok(self.quotes_among(&[status]).await?.pop())
    }

    /// What some statuses quote; those that quote nothing are left out.
    pub async fn quotes_among(&mut self, list: &[StatusId]) -> Result<Vec<Quote>> {
        const SQL: &str =
            concat!("SELECT ", quote_columns!(), " FROM quotes q WHERE q.status_id IN {ids:$1}");
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// A quote by the id of its request.
    pub async fn quote_by_request(&mut self, uri: &str) -> Result<Option<Quote>> {
        const SQL: &str =
            concat!("SELECT ", quote_columns!(), " FROM quotes q WHERE q.request_uri = $1 LIMIT 1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(uri).fetch_optional(c).await)?)
    }

    /// The quotes that something allows: one, where everybody is honest.
    pub async fn quotes_by_approval(&mut self, uri: &str) -> Result<Vec<Quote>> {
        const SQL: &str =
            concat!("SELECT ", quote_columns!(), " FROM quotes q WHERE q.approval_uri = $1 LIMIT 10");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(uri).fetch_all(c).await)?)
    }

    /// How often each of some statuses is quoted, as far as that is allowed; those that nobody quotes are left out.
    pub async fn quote_counts(&mut self, list: &[StatusId]) -> Result<Vec<(StatusId, i64)>> {
        const SQL: &str = "SELECT q.quoted_status_id, COUNT(*) FROM quotes q JOIN statuses s ON s.id = q.status_id \
             WHERE q.quoted_status_id IN {ids:$1} AND q.state = 'accepted' AND NOT s.held \
             AND s.visibility IN ('public', 'unlisted') GROUP BY q.quoted_status_id";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// One page of what quotes a status with leave, as far as the viewer may see it and wants to, the newest first.
    pub async fn quotes_of(
        &mut self,
        viewer: Option<AccountId>,
        quoted: StatusId,
        page: &Page,
    ) -> Result<Vec<Status>> {
        const SQL: &str = concat!(
            "SELECT ",
            status_columns!(),
            " FROM quotes q JOIN statuses s ON s.id = q.status_id",
            " WHERE q.quoted_status_id = $2 AND q.state = 'accepted' AND q.status_id < $3 AND q.status_id > $4 AND ",
            visible!("s"),
            " AND ",
            wanted!("s"),
            " ORDER BY q.status_id {desc} LIMIT $5"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(viewer).bind(quoted).bind(page.below()).bind(page.above())
            .bind(page.limit).fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// The people here who quote a status, at most `limit`: (who, with what).
    pub async fn local_quoters(
        &mut self,
        quoted: StatusId,
        limit: i64,
    ) -> Result<Vec<(AccountId, StatusId)>> {
        const SQL: &str = "SELECT s.account_id, s.id FROM quotes q JOIN statuses s ON s.id = q.status_id \
             WHERE q.quoted_status_id = $1 AND q.state = 'accepted' AND s.local = TRUE ORDER BY q.status_id DESC LIMIT $2";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(quoted).bind(limit).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Says what a status quotes. What it is said to quote already stays: a quote never changes. `false` then.
    pub async fn insert_quote(&mut self, q: &Quote) -> Result<bool> {
        const SQL: &str = "INSERT INTO quotes (status_id, quoted_status_id, quoted_uri, state, request_uri, approval_uri, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        storable(&[Some(&q.quoted_uri), q.request_uri.as_deref(), q.approval_uri.as_deref()])?;
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(q.status_id)
                .bind(q.quoted_status_id)
                .bind(&q.quoted_uri)
                .bind(q.state)
                .bind(&q.request_uri)
                .bind(&q.approval_uri)
                .bind(q.created_at)
        )?;
        Ok(done == 1)
    }

    /// Settles a quote: what it quotes, as it is known here, whether it may, and what says so; the quoting status and the
    /// quoted one have another version then. `false`, and no change, if that is what was known.
    pub async fn settle_quote(
        &mut self,
        status: StatusId,
        quoted: Option<StatusId>,
        state: QuoteState,
        approval_uri: Option<&str>,
    ) -> Result<bool> {
        const SQL: &str = "UPDATE quotes SET quoted_status_id = $2, state = $3, approval_uri = $4 WHERE status_id = $1 \
             AND (state <> $3 OR quoted_status_id IS DISTINCT FROM $2 OR approval_uri IS DISTINCT FROM $4)";
        storable(&[approval_uri])?;
        let done = exec!(self, sqlx::query(SQL).bind(status).bind(quoted).bind(state).bind(approval_uri))?;
        if done == 1 {
            let mut changed: Vec<StatusId> = quoted.into_iter().chain([status]).collect();
            changed.sort();
            for id in changed {
                self.count_status(id, 0, 0, 0).await?;
            }
        }
        Ok(done == 1)
    }

    /// Ties quotes that waited for this status to it; those that its own author made are allowed by that.
    pub async fn adopt_quotes(&mut self, quoted: &Status) -> Result<u64> {
        const SQL: &str = "UPDATE quotes SET quoted_status_id = $1, \
             state = CASE WHEN state = 'pending' AND (SELECT s.account_id FROM statuses s WHERE s.id = quotes.status_id) = $2 \
             THEN 'accepted' ELSE state END \
             WHERE quoted_uri = $3 AND quoted_status_id IS NULL AND status_id <> $1 AND state <> 'accepted'";
        Ok(exec!(self, sqlx::query(SQL).bind(quoted.id).bind(quoted.account_id).bind(&quoted.uri))?)
    }
}
