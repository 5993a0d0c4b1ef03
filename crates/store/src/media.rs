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
    /// Its place among the pictures of its post, from 0; −1: only in the history of its post.
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

/// How many files there are of one kind.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MediaUsage {
    /// `local` (pictures of our own people), `remote` (our copies of others' pictures) or `avatars` (with headers).
    pub kind: String,
    pub files: i64,
}

/// The columns of [`Media`], of a table alias `m`.
macro_rules! media_columns {
    () => {
        "m.id, m.account_id, m.status_id, m.position, m.kind, m.file_key, m.small_key, m.content_type, m.remote_url, m.width, m.height, \
         m.small_width, m.small_height, m.blurhash, m.description, m.focus_x, m.focus_y, m.created_at"
    };
}

impl Reader<'_> {
    /// The pictures that some posts show, in their order.
    pub async fn media_of(&mut self, list: &[StatusId]) -> Result<Vec<Media>> {
        const SQL: &str = concat!(
            "SELECT ",
            media_columns!(),
            " FROM media_attachments m WHERE m.status_id IN {ids:$1} AND m.position >= 0",
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

    /// The pictures of some ids, in no particular order; unknown ids are left out.
    pub async fn media_by_ids(&mut self, list: &[MediaId]) -> Result<Vec<Media>> {
        const SQL: &str =
            concat!("SELECT ", media_columns!(), " FROM media_attachments m WHERE m.id IN {ids:$1}");
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// How many files the rows name, by kind; a file that several rows name counts once in each kind.
    pub async fn media_usage(&mut self) -> Result<Vec<MediaUsage>> {
        const SQL: &str = "SELECT 'local' AS kind, COUNT(*) AS files FROM (\
             SELECT file_key FROM media_attachments WHERE file_key IS NOT NULL AND remote_url IS NULL \
             UNION SELECT small_key FROM media_attachments WHERE small_key IS NOT NULL AND remote_url IS NULL) l \
             UNION ALL SELECT 'remote', COUNT(*) FROM (\
             SELECT file_key FROM media_attachments WHERE file_key IS NOT NULL AND remote_url IS NOT NULL \
             UNION SELECT small_key FROM media_attachments WHERE small_key IS NOT NULL AND remote_url IS NOT NULL) r \
             UNION ALL SELECT 'avatars', COUNT(*) FROM (\
             SELECT avatar_key FROM accounts WHERE avatar_key IS NOT NULL \
             UNION SELECT header_key FROM accounts WHERE header_key IS NOT NULL) a";
        Ok(on!(self, c => sqlx::query_as(SQL).fetch_all(c).await)?)
    }

    /// The file names above `after` that rows name, each once, in their order, at most `limit` of them; fewer only at the end.
    pub async fn files_after(&mut self, after: &str, limit: i64) -> Result<Vec<String>> {
        const SQL: &str = "SELECT name FROM (SELECT DISTINCT m.file_key AS name FROM media_attachments m WHERE m.file_key > $1 \
             ORDER BY m.file_key LIMIT $2) f \
             UNION SELECT name FROM (SELECT DISTINCT m.small_key AS name FROM media_attachments m WHERE m.small_key > $1 \
             ORDER BY m.small_key LIMIT $2) s \
             UNION SELECT name FROM (SELECT DISTINCT a.avatar_key AS name FROM accounts a WHERE a.avatar_key > $1 \
             ORDER BY a.avatar_key LIMIT $2) v \
             UNION SELECT name FROM (SELECT DISTINCT a.header_key AS name FROM accounts a WHERE a.header_key > $1 \
             ORDER BY a.header_key LIMIT $2) h \
             UNION SELECT name FROM (SELECT DISTINCT e.file_key AS name FROM custom_emojis e WHERE e.file_key > $1 \
             ORDER BY e.file_key LIMIT $2) j ORDER BY 1 LIMIT $2";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(after).bind(limit).fetch_all(c).await)?)
    }

    /// Which of some file names are named by a row.
    pub async fn known_files(&mut self, keys: &[String]) -> Result<Vec<String>> {
        const SQL: &str = "SELECT l.value FROM {texts:$1} l WHERE EXISTS (SELECT 1 FROM media_attachments m WHERE m.file_key = l.value) \
             OR EXISTS (SELECT 1 FROM media_attachments m WHERE m.small_key = l.value) \
             OR EXISTS (SELECT 1 FROM accounts a WHERE a.avatar_key = l.value OR a.header_key = l.value) \
             OR EXISTS (SELECT 1 FROM custom_emojis e WHERE e.file_key = l.value)";
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

    /// Changes the alt text and focal point of an account's picture, posted or not; `None`: stays. A description of
    /// `Some(None)` is taken away. `false` if the picture isn't there or isn't theirs.
    pub async fn describe_media(
        &mut self,
        owner: AccountId,
        id: MediaId,
        description: Option<Option<&str>>,
        focus: Option<(f64, f64)>,
    ) -> Result<bool> {
        const SQL: &str = "UPDATE media_attachments SET description = CASE WHEN $3 THEN $4 ELSE description END, \
             focus_x = COALESCE($5, focus_x), focus_y = COALESCE($6, focus_y) WHERE id = $2 AND account_id = $1";
        let (changes, description) = (description.is_some(), description.flatten());
        storable(&[description])?;
        let (x, y) = focus.unzip();
        let done = exec!(
            self,
            sqlx::query(SQL).bind(owner).bind(id).bind(changes).bind(description).bind(x).bind(y)
        )?;
        Ok(done == 1)
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

    /// Notes our copy of a remote account's header, if it still has that one.
    pub async fn set_header_file(&mut self, account: AccountId, remote_url: &str, key: &str) -> Result<()> {
        const SQL: &str = "UPDATE accounts SET header_key = $3 WHERE id = $1 AND header_remote_url = $2";
        exec!(self, sqlx::query(SQL).bind(account).bind(remote_url).bind(key))?;
        Ok(())
    }

    /// Forgets pictures that were uploaded before a moment and never posted.
    pub async fn drop_free_media(&mut self, before: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM media_attachments WHERE status_id IS NULL AND created_at < $1";
        Ok(exec!(self, sqlx::query(SQL).bind(before))?)
    }
}
