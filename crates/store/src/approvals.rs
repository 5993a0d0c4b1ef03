//! Likes, answers and boosts that somebody asked leave for, and what was said to that.

use tintype_model::{AccountId, ApprovalId, FavouriteId, Interaction, Millis, StatusId, text_enum};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
    favourites::Favourite,
};

text_enum! {
    /// What was said to a question.
    pub enum ApprovalState {
        /// Nothing yet.
        Pending = "pending",
        /// Yes.
        Accepted = "accepted",
        /// No.
        Rejected = "rejected",
    }
}

/// A row of `approvals`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Approval {
    pub id: ApprovalId,
    pub kind: Interaction,
    /// Who likes, answers or boosts.
    pub account_id: AccountId,
    /// What.
    pub status_id: StatusId,
    /// With which like …
    pub favourite_id: Option<FavouriteId>,
    /// … or which comment or boost.
    pub by_status_id: Option<StatusId>,
    /// Its `ActivityPub` id.
    pub interaction_uri: String,
    /// The id of the request; `None` where the activity itself was the question.
    pub request_uri: Option<String>,
    pub state: ApprovalState,
    /// The id of what allows it.
    pub approval_uri: Option<String>,
    pub created_at: Millis,
}

macro_rules! approval_columns {
    () => {
        "p.id, p.kind, p.account_id, p.status_id, p.favourite_id, p.by_status_id, p.interaction_uri, p.request_uri, p.state, \
         p.approval_uri, p.created_at"
    };
}

impl Reader<'_> {
    /// What was asked.
    pub async fn approval(&mut self, id: ApprovalId) -> Result<Option<Approval>> {
        const SQL: &str = concat!("SELECT ", approval_columns!(), " FROM approvals p WHERE p.id = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// What was asked, by the id of the like, the comment or the boost, by the id of the request, or of what allows it.
    pub async fn approval_by_uri(&mut self, uri: &str) -> Result<Option<Approval>> {
        const SQL: &str = concat!(
            "SELECT ",
            approval_columns!(),
            " FROM approvals p WHERE p.interaction_uri = $1 UNION ALL SELECT ",
            approval_columns!(),
            " FROM approvals p WHERE p.request_uri = $1 AND p.interaction_uri <> $1 UNION ALL SELECT ",
            approval_columns!(),
            " FROM approvals p WHERE p.approval_uri = $1 LIMIT 1"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(uri).fetch_optional(c).await)?)
    }

    /// What was asked for some comments and boosts.
    pub async fn approvals_among(&mut self, list: &[StatusId]) -> Result<Vec<Approval>> {
        const SQL: &str =
            concat!("SELECT ", approval_columns!(), " FROM approvals p WHERE p.by_status_id IN {ids:$1}");
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// Whether a comment or a boost waits to be allowed.
    pub async fn is_held(&mut self, status: StatusId) -> Result<bool> {
        const SQL: &str = "SELECT s.held FROM statuses s WHERE s.id = $1";
        let held: Option<bool> =
            on!(self, c => sqlx::query_scalar(SQL).bind(status).fetch_optional(c).await)?;
        Ok(held.unwrap_or_default())
    }
}

impl Tx {
    /// Remembers a question; `false` if one for that like, comment or boost is there already.
    pub async fn insert_approval(&mut self, p: &Approval) -> Result<bool> {
        const SQL: &str = "INSERT INTO approvals (id, kind, account_id, status_id, favourite_id, by_status_id, interaction_uri, \
             request_uri, state, approval_uri, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
        storable(&[Some(&p.interaction_uri), p.request_uri.as_deref(), p.approval_uri.as_deref()])?;
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(p.id)
                .bind(p.kind)
                .bind(p.account_id)
                .bind(p.status_id)
                .bind(p.favourite_id)
                .bind(p.by_status_id)
                .bind(&p.interaction_uri)
                .bind(&p.request_uri)
                .bind(p.state)
                .bind(&p.approval_uri)
                .bind(p.created_at)
        )?;
        Ok(done == 1)
    }

    /// Keeps what was said to a question, and what says so; `false` if that is what was known.
    pub async fn answer_approval(
        &mut self,
        id: ApprovalId,
        state: ApprovalState,
        approval_uri: Option<&str>,
    ) -> Result<bool> {
        const SQL: &str = "UPDATE approvals SET state = $2, approval_uri = $3 WHERE id = $1 \
             AND (state <> $2 OR approval_uri IS DISTINCT FROM $3)";
        storable(&[approval_uri])?;
        Ok(exec!(self, sqlx::query(SQL).bind(id).bind(state).bind(approval_uri))? == 1)
    }

    /// Adds a like that waits to be allowed: nobody but its author sees it, and it isn't counted. `false` (and no change) if
    /// there is one.
    pub async fn hold_favourite(&mut self, f: &Favourite) -> Result<bool> {
        const SQL: &str = "INSERT INTO favourites (id, account_id, status_id, uri, created_at, held) \
             VALUES ($1, $2, $3, $4, $5, TRUE) ON CONFLICT DO NOTHING";
        storable(&[Some(&f.uri)])?;
        let done = exec!(
            self,
            sqlx::query(SQL).bind(f.id).bind(f.account_id).bind(f.status_id).bind(&f.uri).bind(f.created_at)
        )?;
        Ok(done == 1)
    }

    /// Shows and counts a like that waited; `false` if it didn't.
    pub async fn release_favourite(&mut self, f: &Favourite) -> Result<bool> {
        const SQL: &str = "UPDATE favourites SET held = FALSE WHERE id = $1 AND held = TRUE";
        let done = exec!(self, sqlx::query(SQL).bind(f.id))? == 1;
        if done {
            self.count_status(f.status_id, 0, 0, 1).await?;
        }
        Ok(done)
    }

    /// Makes a comment or a boost wait to be allowed, or wait no more; `false` if that is what it does.
    pub async fn set_held(&mut self, status: StatusId, held: bool) -> Result<bool> {
        const SQL: &str = "UPDATE statuses SET held = $2, version = version + 1 WHERE id = $1 AND held <> $2";
        Ok(exec!(self, sqlx::query(SQL).bind(status).bind(held))? == 1)
    }

    /// Forgets that an activity of ours went out, so that it goes out again, to more than were told first.
    pub async fn forget_activity(&mut self, uri: &str) -> Result<()> {
        const SQL: &str = "DELETE FROM activities WHERE uri = $1";
        exec!(self, sqlx::query(SQL).bind(uri))?;
        Ok(())
    }
}
