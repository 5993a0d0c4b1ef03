//! Custom emoji, our own and those of other servers.

use tintype_model::{EmojiId, Millis};

use crate::{
    Reader, Result, Tx,
    dialect::{storable, text, texts},
};

/// A row of `custom_emojis`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CustomEmoji {
    pub id: EmojiId,
    /// Without colons.
    pub shortcode: String,
    /// The server whose people write it; empty: ours.
    pub domain: String,
    /// Its ActivityPub id, where its server gives it one.
    pub uri: Option<String>,
    pub remote_url: Option<String>,
    pub file_key: Option<String>,
    pub content_type: String,
    pub category: Option<String>,
    /// Whether it is offered for writing.
    pub visible: bool,
    /// The age of the picture by its server's word; 0: it doesn't say.
    pub updated_at: Millis,
}

/// The columns of [`CustomEmoji`], of a table alias `e`.
macro_rules! emoji_columns {
    () => {
        "e.id, e.shortcode, e.domain, e.uri, e.remote_url, e.file_key, e.content_type, e.category, e.visible, e.updated_at"
    };
}

impl Reader<'_> {
    /// How many custom emoji of a server are known, counted no further than `most`.
    pub async fn count_emojis(&mut self, domain: &str, most: i64) -> Result<i64> {
        const SQL: &str =
            "SELECT COUNT(*) FROM (SELECT 1 FROM custom_emojis e WHERE e.domain = $1 LIMIT $2) few";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(domain).bind(most).fetch_one(c).await)?)
    }

    /// A custom emoji.
    pub async fn emoji(&mut self, id: EmojiId) -> Result<Option<CustomEmoji>> {
        const SQL: &str = concat!("SELECT ", emoji_columns!(), " FROM custom_emojis e WHERE e.id = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// The custom emoji of some domains (empty: ours) that have one of these names.
    pub async fn emojis_named<D: AsRef<str>, N: AsRef<str>>(
        &mut self,
        domains: &[D],
        names: &[N],
    ) -> Result<Vec<CustomEmoji>> {
        const SQL: &str = concat!(
            "SELECT ",
            emoji_columns!(),
            " FROM custom_emojis e WHERE e.domain IN {texts:$1} AND e.shortcode IN {texts:$2}"
        );
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(texts(domains)).bind(texts(names)).fetch_all(c).await)?)
    }

    /// All of our own custom emoji, in the order of their names.
    pub async fn own_emojis(&mut self) -> Result<Vec<CustomEmoji>> {
        const SQL: &str = concat!(
            "SELECT ",
            emoji_columns!(),
            " FROM custom_emojis e WHERE e.domain = '' ORDER BY e.shortcode"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Forgets the custom emoji of another server; how many there were. Their files are swept up.
    pub async fn drop_emojis_of(&mut self, domain: &str) -> Result<u64> {
        const SQL: &str = "DELETE FROM custom_emojis WHERE domain = $1 AND domain <> ''";
        Ok(exec!(self, sqlx::query(SQL).bind(domain))?)
    }

    /// Adds a custom emoji of ours, or changes picture and shelf of the one that has this name. The row's id stays.
    pub async fn put_own_emoji(&mut self, e: &CustomEmoji) -> Result<()> {
        const SQL: &str = "INSERT INTO custom_emojis (id, shortcode, domain, file_key, content_type, category, visible, updated_at) \
             VALUES ($1, $2, '', $3, $4, $5, $6, $7) ON CONFLICT (domain, shortcode) DO UPDATE SET \
             file_key = excluded.file_key, content_type = excluded.content_type, category = excluded.category, \
             visible = excluded.visible, updated_at = excluded.updated_at";
        storable(&[Some(&e.shortcode), e.category.as_deref(), e.file_key.as_deref()])?;
        exec!(
            self,
            sqlx::query(SQL)
                .bind(e.id)
                .bind(&e.shortcode)
                .bind(&e.file_key)
                .bind(&e.content_type)
                .bind(&e.category)
                .bind(e.visible)
                .bind(e.updated_at)
        )?;
        Ok(())
    }

    /// Adds a custom emoji of another server. One of that name gets the other picture if that is newer by its server's word,
    /// or lies elsewhere and neither has an age; our copy of the old one is forgotten then.
    pub async fn put_remote_emoji(&mut self, e: &CustomEmoji) -> Result<()> {
        const SQL: &str = "INSERT INTO custom_emojis (id, shortcode, domain, uri, remote_url, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (domain, shortcode) DO UPDATE SET uri = excluded.uri, \
             remote_url = excluded.remote_url, updated_at = excluded.updated_at, file_key = NULL, content_type = '' \
             WHERE custom_emojis.domain <> '' AND (excluded.updated_at > custom_emojis.updated_at \
             OR (excluded.updated_at = 0 AND custom_emojis.updated_at = 0 \
             AND excluded.remote_url <> custom_emojis.remote_url))";
        storable(&[Some(&e.shortcode), Some(&e.domain), e.uri.as_deref(), e.remote_url.as_deref()])?;
        exec!(
            self,
            sqlx::query(SQL)
                .bind(e.id)
                .bind(&e.shortcode)
                .bind(&e.domain)
                .bind(&e.uri)
                .bind(&e.remote_url)
                .bind(e.updated_at)
        )?;
        Ok(())
    }

    /// Names our copy of a remote emoji's picture, if that is still the one at `url`.
    pub async fn set_emoji_file(
        &mut self,
        id: EmojiId,
        url: &str,
        file_key: &str,
        content_type: &str,
    ) -> Result<()> {
        const SQL: &str =
            "UPDATE custom_emojis SET file_key = $3, content_type = $4 WHERE id = $1 AND remote_url = $2";
        storable(&[Some(file_key)])?;
        exec!(self, sqlx::query(SQL).bind(id).bind(url).bind(file_key).bind(content_type))?;
        Ok(())
    }

    /// Removes one of our own; `false` if there is none of this name.
    pub async fn delete_own_emoji(&mut self, shortcode: &str) -> Result<bool> {
        const SQL: &str = "DELETE FROM custom_emojis WHERE domain = '' AND shortcode = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(shortcode))? == 1)
    }
}
