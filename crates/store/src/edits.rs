//! Changes of a status after it was published, and how it was before.

use tintype_model::{AccountId, EditId, MediaId, Millis, StatusId};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
};

/// A row of `status_edits`: one version of a status. The first edit adds two, the original and the new one.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StatusEdit {
    pub id: EditId,
    pub status_id: StatusId,
    /// Safe HTML.
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    /// Its pictures, as JSON of the layer above.
    pub media: String,
    /// When the status became so.
    pub created_at: Millis,
}

/// What an edit gives a status. Who may see it and what it answers never change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange {
    pub id: StatusId,
    /// Safe HTML.
    pub content: String,
    /// As its author wrote it; empty for remote statuses.
    pub text: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub edited_at: Option<Millis>,
}

/// The latest versions of a status that are kept, besides the original one.
pub const VERSIONS: i64 = 100;

impl Reader<'_> {
    /// The versions of a status that are kept ([`Tx::insert_edit`]), oldest first; none if it was never edited.
    pub async fn edits_of(&mut self, status: StatusId) -> Result<Vec<StatusEdit>> {
        const SQL: &str = "SELECT e.id, e.status_id, e.content, e.spoiler_text, e.sensitive, e.media, e.created_at \
             FROM status_edits e WHERE e.status_id = $1 ORDER BY e.id DESC LIMIT $2";
        let mut rows: Vec<StatusEdit> =
            on!(self, c => sqlx::query_as(SQL).bind(status).bind(VERSIONS + 1).fetch_all(c).await)?;
        rows.reverse();
        Ok(rows)
    }

    /// Whether there are versions of a status: it was edited before.
    pub async fn has_edits(&mut self, status: StatusId) -> Result<bool> {
        const SQL: &str =
            "SELECT COUNT(*) FROM (SELECT 1 FROM status_edits WHERE status_id = $1 LIMIT 1) one";
        Ok(on!(self, c => sqlx::query_scalar::<_, i64>(SQL).bind(status).fetch_one(c).await)? > 0)
    }
}

impl Tx {
    /// Keeps a version of a status: its first one and the latest [`VERSIONS`] stay, those in between are forgotten.
    pub async fn insert_edit(&mut self, e: &StatusEdit) -> Result<()> {
        const SQL: &str = "INSERT INTO status_edits (id, status_id, content, spoiler_text, sensitive, media, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)";
        const FORGET: &str = "DELETE FROM status_edits WHERE status_id = $1 \
             AND id <= (SELECT e.id FROM status_edits e WHERE e.status_id = $1 ORDER BY e.id DESC LIMIT 1 OFFSET $2) \
             AND id > (SELECT MIN(e.id) FROM status_edits e WHERE e.status_id = $1)";
        storable(&[Some(&e.content), Some(&e.spoiler_text), Some(&e.media)])?;
        exec!(
            self,
            sqlx::query(SQL)
                .bind(e.id)
                .bind(e.status_id)
                .bind(&e.content)
                .bind(&e.spoiler_text)
                .bind(e.sensitive)
                .bind(&e.media)
                .bind(e.created_at)
        )?;
        exec!(self, sqlx::query(FORGET).bind(e.status_id).bind(VERSIONS))?;
        Ok(())
    }

    /// Changes what a status says; `false` if it isn't there.
    pub async fn update_status(&mut self, s: &StatusChange) -> Result<bool> {
        const SQL: &str = "UPDATE statuses SET content = $2, text = $3, spoiler_text = $4, sensitive = $5, language = $6, \
             edited_at = $7, version = version + 1 WHERE id = $1";
        storable(&[Some(&s.content), Some(&s.text), Some(&s.spoiler_text), s.language.as_deref()])?;
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(s.id)
                .bind(&s.content)
                .bind(&s.text)
                .bind(&s.spoiler_text)
                .bind(s.sensitive)
                .bind(&s.language)
                .bind(s.edited_at)
        )?;
        Ok(done == 1)
    }

    /// Gives a status these hashtags (key, as written) and no others.
    pub async fn replace_tags(&mut self, status: StatusId, tags: &[(String, String)]) -> Result<()> {
        const SQL: &str = "DELETE FROM status_tags WHERE status_id = $1";
        exec!(self, sqlx::query(SQL).bind(status))?;
        self.insert_tags(status, tags).await
    }

    /// Addresses a status to accounts, (account, silent); for one whom it addresses already, `silent` is set.
    pub async fn put_mentions(&mut self, status: StatusId, accounts: &[(AccountId, bool)]) -> Result<()> {
        const SQL: &str = "INSERT INTO mentions (status_id, account_id, silent) VALUES ($1, $2, $3) \
             ON CONFLICT (status_id, account_id) DO UPDATE SET silent = excluded.silent";
        for (account, silent) in accounts {
            exec!(self, sqlx::query(SQL).bind(status).bind(*account).bind(*silent))?;
        }
        Ok(())
    }

    /// Makes all mentions of a status silent but those of these accounts: it names the others no more, and they may still
    /// see it.
    pub async fn silence_mentions_except(&mut self, status: StatusId, named: &[AccountId]) -> Result<()> {
        const SQL: &str = "UPDATE mentions SET silent = TRUE WHERE status_id = $1 AND silent = FALSE \
             AND account_id NOT IN {ids:$2}";
        let numbers: Vec<i64> = named.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        exec!(self, sqlx::query(sql).bind(status).bind(ids(&numbers)))?;
        Ok(())
    }

    /// Makes these of a status' pictures the ones that it shows, in this order. Its others are kept for its history only.
    pub async fn place_media(&mut self, status: StatusId, shown: &[MediaId]) -> Result<()> {
        const HIDE: &str =
            "UPDATE media_attachments SET position = -1 WHERE status_id = $1 AND position <> -1";
        const SHOW: &str = "UPDATE media_attachments SET position = $3 WHERE id = $2 AND status_id = $1";
        exec!(self, sqlx::query(HIDE).bind(status))?;
        for (position, id) in (0_i64..).zip(shown) {
            exec!(self, sqlx::query(SHOW).bind(status).bind(*id).bind(position))?;
        }
        Ok(())
    }
}
