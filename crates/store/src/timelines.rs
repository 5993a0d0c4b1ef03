//! What strangers come across: everybody's public posts, and those with a hashtag. One's own home is in `home`.

use tintype_model::{AccountId, Page};

use crate::{
    Reader, Result,
    dialect::{text, texts},
    statuses::{Status, status_columns},
};

/// The text of [`Reader::public_timeline`], one for each origin: a partial index serves only who says its condition.
macro_rules! public_timeline {
    ($origin:literal) => {
        concat!(
            "SELECT ",
            status_columns!(),
            " FROM statuses s WHERE s.visibility = 'public' AND s.reblog_of_id IS NULL",
            $origin,
            " AND s.id < $2 AND s.id > $3",
            " AND (s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id = s.account_id)",
            " AND ($4 = FALSE OR ",
            pictured!(),
            ") AND ",
            visible!("s"),
            " AND ",
            wanted!("s"),
            " AND ",
            loud!("s"),
            " ORDER BY s.id {desc} LIMIT $5"
        )
    };
}

/// Which public statuses are wanted. Both origins, or neither said: all of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct PublicFilter {
    pub local: bool,
    pub remote: bool,
    pub only_media: bool,
}

/// Which public statuses with hashtags are wanted; hashtags are given by their keys. Both origins, or neither said: all.
#[derive(Debug, Clone, Default)]
pub struct TagFilter {
    /// Those with this one,
    pub name: String,
    /// or with any of these,
    pub any: Vec<String>,
    /// but only with all of these,
    pub all: Vec<String>,
    /// and with none of these.
    pub none: Vec<String>,
    pub local: bool,
    pub remote: bool,
    pub only_media: bool,
}

impl Reader<'_> {
    /// One page of everybody's public posts, boosts left out, and comments too unless they are one's own thread; without
    /// authors whom the viewer doesn't want, or who are silenced.
    pub async fn public_timeline(
        &mut self,
        viewer: Option<AccountId>,
        filter: PublicFilter,
        page: &Page,
    ) -> Result<Vec<Status>> {
        const ALL: &str = public_timeline!("");
        const LOCAL: &str = public_timeline!(" AND s.local = TRUE");
        const REMOTE: &str = public_timeline!(" AND s.local = FALSE");
        let constant = match (filter.local, filter.remote) {
            (true, false) => LOCAL,
            (false, true) => REMOTE,
            _ => ALL,
        };
        let sql = text(self.dialect(), page.upwards(), constant);
        let rows = on!(self, c => sqlx::query_as(sql).bind(viewer).bind(page.below()).bind(page.above())
            .bind(filter.only_media).bind(page.limit).fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// One page of the public posts and comments with a hashtag, without authors whom the viewer doesn't want, or who are
    /// silenced.
    pub async fn tag_timeline(
        &mut self,
        viewer: Option<AccountId>,
        filter: &TagFilter,
        page: &Page,
    ) -> Result<Vec<Status>> {
        let mut names: Vec<&str> =
            std::iter::once(&filter.name).chain(&filter.any).map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let mut rows = Vec::new();
        // A page of each hashtag along its index, because all of them together would have to be sorted.
        for name in &names {
            rows.extend(self.tagged(viewer, name, filter, page).await?);
        }
        if names.len() > 1 {
            rows.sort_unstable_by_key(|s: &Status| if page.upwards() { s.id.0 } else { -s.id.0 });
            rows.dedup_by_key(|s| s.id);
            rows.truncate(usize::try_from(page.limit).unwrap_or(0));
        }
        Ok(page.order(rows))
    }

    /// What [`Reader::tag_timeline`] shows of one hashtag, in the order in which it is read.
    async fn tagged(
        &mut self,
        viewer: Option<AccountId>,
        name: &str,
        filter: &TagFilter,
        page: &Page,
    ) -> Result<Vec<Status>> {
        const SQL: &str = concat!(
            "SELECT ",
            status_columns!(),
            " FROM status_tags t JOIN statuses s ON s.id = t.status_id",
            " WHERE t.name = $2 AND t.status_id < $3 AND t.status_id > $4 AND s.visibility = 'public'",
            " AND (SELECT COUNT(*) FROM {texts:$5} every WHERE NOT EXISTS (SELECT 1 FROM status_tags x",
            " WHERE x.status_id = t.status_id AND x.name = every.value)) = 0",
            " AND (SELECT COUNT(*) FROM status_tags x WHERE x.status_id = t.status_id AND x.name IN {texts:$6}) = 0",
            " AND ($7 = FALSE OR s.local = TRUE) AND ($8 = FALSE OR s.local = FALSE)",
            " AND ($9 = FALSE OR ",
            pictured!(),
            ") AND ",
            visible!("s"),
            " AND ",
            wanted!("s"),
            " AND ",
            loud!("s"),
            " ORDER BY t.status_id {desc} LIMIT $10"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let one_origin = filter.local != filter.remote;
        Ok(on!(self, c => sqlx::query_as(sql).bind(viewer).bind(name).bind(page.below()).bind(page.above())
            .bind(texts(&filter.all)).bind(texts(&filter.none)).bind(one_origin && filter.local)
            .bind(one_origin && filter.remote).bind(filter.only_media).bind(page.limit).fetch_all(c).await)?)
    }

    /// Hashtags that begin with a text (its key), the most used first.
    pub async fn search_tags(&mut self, prefix: &str, offset: i64, limit: i64) -> Result<Vec<String>> {
        const SQL: &str = concat!(
            "SELECT t.name FROM status_tags t JOIN statuses s ON s.id = t.status_id AND s.visibility = 'public' AND s.held = FALSE",
            " WHERE t.name >= $1 AND t.name < $2 AND ",
            here!("s.account_id"),
            " GROUP BY t.name ORDER BY COUNT(*) DESC, t.name LIMIT $3 OFFSET $4"
        );
        let end = format!("{prefix}\u{10ffff}");
        Ok(
            on!(self, c => sqlx::query_scalar(SQL).bind(prefix).bind(&end).bind(limit).bind(offset).fetch_all(c).await)?,
        )
    }
}
