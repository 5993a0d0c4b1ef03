//! Pictures of posts: rows that name files of `media`, or remote files not fetched yet.

use tintype_model::{AccountId, MediaId, Millis, StatusId};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
};

/// A row of `media_attachments`.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Media {
    pub id: MediaId,
    pub account_id: AccountId,
    /// `None`: uploaded, not posted.
    pub status_id: Option<StatusId>,
    /// Its place among the pictures of its post, from 0.
    pub position: i64,
    /// `image`, or `unknown` for what is only linked.
    pub kind: String,
    pub file_key: Option<String>,
    pub small_key: Option<String>,
    pub content_type: String,
    pub remote_url: Option<String>,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub small_width: Option<i64>,
    pub small_height: Option<i64>,
    pub blurhash: Option<String>,
    /// The alt text.
    pub description: Option<String>,
    /// The focal point, −1…1, y up.
    pub focus_x: Option<f64>,
    pub focus_y: Option<f64>,
    pub created_at: Millis,
}

/// The columns of [`Media`], of a table alias `m`.
macro_rules! media_columns {
    () => {
        "m.id, m.account_id, m.status_id, m.position, m.kind, m.file_key, m.small_key, m.content_type, m.remote_url, m.width, m.height, \
         m.small_width, m.small_height, m.blurhash, m.description, m.focus_x, m.focus_y, m.created_at"
    };
}

impl Reader<'_> {
    /// The pictures of some posts, in their order.
    pub async fn media_of(&mut self, list: &[StatusId]) -> Result<Vec<Media>> {
        const SQL: &str = concat!(
            "SELECT ",
            media_columns!(),
            " FROM media_attachments m WHERE m.status_id IN {ids:$1}",
            " ORDER BY m.status_id, m.position, m.id"
        );
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// A picture.
    pub async fn media(&mut self, id: MediaId) -> Result<Option<Media>> {
        const SQL: &str = concat!("SELECT ", media_columns!(), " FROM media_attachments m WHERE m.id = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// Which of some file names are named by a row.
    pub async fn known_files(&mut self, keys: &[String]) -> Result<Vec<String>> {
        const SQL: &str = "SELECT l.value FROM {texts:$1} l WHERE EXISTS (SELECT 1 FROM media_attachments m WHERE m.file_key = l.value) \
             OR EXISTS (SELECT 1 FROM media_attachments m WHERE m.small_key = l.value) \
             OR EXISTS (SELECT 1 FROM accounts a WHERE a.avatar_key = l.value OR a.header_key = l.value)";
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_scalar(sql).bind(crate::dialect::texts(keys)).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Adds a picture.
    pub async fn insert_media(&mut self, m: &Media) -> Result<()> {
        const SQL: &str = "INSERT INTO media_attachments (id, account_id, status_id, position, kind, file_key, small_key, content_type, \
             remote_url, width, height, small_width, small_height, blurhash, description, focus_x, focus_y, created_at) \
             VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)";
        storable(&[
            Some(&m.kind),
            Some(&m.content_type),
            m.file_key.as_deref(),
            m.small_key.as_deref(),
            m.remote_url.as_deref(),
            m.blurhash.as_deref(),
            m.description.as_deref(),
        ])?;
        exec!(
            self,
            sqlx::query(SQL)
                .bind(m.id)
                .bind(m.account_id)
                .bind(m.status_id)
                .bind(m.position)
                .bind(&m.kind)
                .bind(&m.file_key)
                .bind(&m.small_key)
                .bind(&m.content_type)
                .bind(&m.remote_url)
                .bind(m.width)
                .bind(m.height)
                .bind(m.small_width)
                .bind(m.small_height)
                .bind(&m.blurhash)
                .bind(&m.description)
                .bind(m.focus_x)
                .bind(m.focus_y)
                .bind(m.created_at)
        )?;
        Ok(())
    }

    /// Puts an account's free picture into a post; `false` if it isn't there, isn't theirs, or isn't free.
    pub async fn attach_media(
        &mut self,
        owner: AccountId,
        id: MediaId,
        status: StatusId,
        position: i64,
    ) -> Result<bool> {
        const SQL: &str = "UPDATE media_attachments SET status_id = $3, position = $4 WHERE id = $2 AND account_id = $1 AND status_id IS NULL";
        Ok(exec!(self, sqlx::query(SQL).bind(owner).bind(id).bind(status).bind(position))? == 1)
    }

    /// Changes the alt text and focal point of an account's free picture.
    pub async fn describe_media(
        &mut self,
        owner: AccountId,
        id: MediaId,
        description: Option<&str>,
        focus: Option<(f64, f64)>,
    ) -> Result<bool> {
        const SQL: &str = "UPDATE media_attachments SET description = $3, focus_x = $4, focus_y = $5 \
             WHERE id = $2 AND account_id = $1 AND status_id IS NULL";
        storable(&[description])?;
        let (x, y) = focus.unzip();
        Ok(exec!(self, sqlx::query(SQL).bind(owner).bind(id).bind(description).bind(x).bind(y))? == 1)
    }

    /// Notes our copy of a remote picture.
    pub async fn set_media_file(&mut self, m: &Media) -> Result<()> {
        const SQL: &str = "UPDATE media_attachments SET file_key = $2, small_key = $3, content_type = $4, width = $5, height = $6, \
             small_width = $7, small_height = $8, blurhash = $9 WHERE id = $1";
        exec!(
            self,
            sqlx::query(SQL)
                .bind(m.id)
                .bind(&m.file_key)
                .bind(&m.small_key)
                .bind(&m.content_type)
                .bind(m.width)
                .bind(m.height)
                .bind(m.small_width)
                .bind(m.small_height)
                .bind(&m.blurhash)
        )?;
        Ok(())
    }

    /// Notes our copy of a remote account's avatar, if it still has that one.
    pub async fn set_avatar_file(&mut self, account: AccountId, remote_url: &str, key: &str) -> Result<()> {
        const SQL: &str = "UPDATE accounts SET avatar_key = $3 WHERE id = $1 AND avatar_remote_url = $2";
        exec!(self, sqlx::query(SQL).bind(account).bind(remote_url).bind(key))?;
        Ok(())
    }

    /// Forgets pictures that were uploaded before a moment and never posted.
    pub async fn drop_free_media(&mut self, before: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM media_attachments WHERE status_id IS NULL AND created_at < $1";
        Ok(exec!(self, sqlx::query(SQL).bind(before))?)
    }
}
