//! Posts, comments and boosts, and what hangs on them: mentions, hashtags, tombstones.

use tintype_model::{AccountId, AppId, Millis, Page, StatusId, Visibility};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
};

/// A row of `statuses`.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Status {
    pub id: StatusId,
    /// Its ActivityPub id; of a boost, the Announce's.
    pub uri: String,
    /// Its page.
    pub url: String,
    pub account_id: AccountId,
    pub local: bool,
    pub visibility: Visibility,
    pub sensitive: bool,
    pub spoiler_text: String,
    /// Safe HTML.
    pub content: String,
    /// As its author wrote it; empty for remote statuses.
    pub text: String,
    pub language: Option<String>,
    pub in_reply_to_id: Option<StatusId>,
    pub in_reply_to_account_id: Option<AccountId>,
    /// The ActivityPub id of what it answers, known here or not.
    pub in_reply_to_uri: Option<String>,
    pub reblog_of_id: Option<StatusId>,
    pub app_id: Option<AppId>,
    pub replies_count: i64,
    pub reblogs_count: i64,
    pub favourites_count: i64,
    pub created_at: Millis,
    pub edited_at: Option<Millis>,
    /// Rises with every change that others can see.
    pub version: i64,
}

/// The columns of [`Status`], of a table alias `s`.
macro_rules! status_columns {
    () => {
        "s.id, s.uri, s.url, s.account_id, s.local, s.visibility, s.sensitive, s.spoiler_text, s.content, s.text, s.language, \
         s.in_reply_to_id, s.in_reply_to_account_id, s.in_reply_to_uri, s.reblog_of_id, s.app_id, s.replies_count, \
         s.reblogs_count, s.favourites_count, s.created_at, s.edited_at, s.version"
    };
}
pub(crate) use status_columns;

/// The text of [`Reader::public_timeline`], one for each origin: a partial index serves only who says its condition.
macro_rules! public_timeline {
    ($origin:literal) => {
        concat!(
            "SELECT ",
            status_columns!(),
            " FROM statuses s WHERE s.visibility = 'public' AND s.reblog_of_id IS NULL",
            $origin,
            " AND s.id < $1 AND s.id > $2",
            " AND (s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id = s.account_id)",
            " AND ($3 = FALSE OR EXISTS (SELECT 1 FROM media_attachments m WHERE m.status_id = s.id))",
            " ORDER BY s.id {desc} LIMIT $4"
        )
    };
}

/// Which statuses of an account are wanted.
#[derive(Debug, Clone, Default)]
pub struct AccountStatuses {
    pub exclude_replies: bool,
    pub exclude_reblogs: bool,
    pub only_media: bool,
    /// A hashtag's key.
    pub tagged: Option<String>,
}

/// Which public statuses are wanted. Both origins, or neither said: all of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct PublicFilter {
    pub local: bool,
    pub remote: bool,
    pub only_media: bool,
}

/// Somebody whom a status addresses.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Mention {
    pub status_id: StatusId,
    pub account_id: AccountId,
    pub silent: bool,
    pub username: String,
    pub domain: Option<String>,
    pub url: String,
    pub uri: String,
    pub local: bool,
}

/// A hashtag of a status: its key, and as it was written.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StatusTag {
    pub status_id: StatusId,
    pub name: String,
    pub display: String,
}

impl Reader<'_> {
    /// A status, whoever may see it. For rules, never for showing.
    pub async fn status(&mut self, id: StatusId) -> Result<Option<Status>> {
        const SQL: &str = concat!("SELECT ", status_columns!(), " FROM statuses s WHERE s.id = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// A status by its ActivityPub id, whoever may see it.
    pub async fn status_by_uri(&mut self, uri: &str) -> Result<Option<Status>> {
        const SQL: &str = concat!("SELECT ", status_columns!(), " FROM statuses s WHERE s.uri = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(uri).fetch_optional(c).await)?)
    }

    /// Those of some statuses that a viewer may see, in no particular order. A boost counts only with what it boosts.
    pub async fn visible_statuses(
        &mut self,
        viewer: Option<AccountId>,
        list: &[StatusId],
    ) -> Result<Vec<Status>> {
        const SQL: &str = concat!(
            "SELECT ",
            status_columns!(),
            " FROM statuses s LEFT JOIN statuses o ON o.id = s.reblog_of_id",
            " WHERE s.id IN {ids:$2} AND ",
            visible!("s"),
            " AND (o.id IS NULL OR ",
            visible!("o"),
            ")"
        );
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(viewer).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// A status, if the viewer may see it.
    pub async fn visible_status(
        &mut self,
        viewer: Option<AccountId>,
        id: StatusId,
    ) -> Result<Option<Status>> {
        Ok(self.visible_statuses(viewer, &[id]).await?.pop())
    }

    /// One page of an account's statuses that a viewer may see.
    pub async fn account_statuses(
        &mut self,
        viewer: Option<AccountId>,
        of: AccountId,
        filter: &AccountStatuses,
        page: &Page,
    ) -> Result<Vec<Status>> {
        const SQL: &str = concat!(
            "SELECT ",
            status_columns!(),
            " FROM statuses s LEFT JOIN statuses o ON o.id = s.reblog_of_id",
            " WHERE s.account_id = $2 AND s.id < $3 AND s.id > $4 AND ",
            visible!("s"),
            " AND (o.id IS NULL OR ",
            visible!("o"),
            ")",
            " AND ($5 = FALSE OR s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id = s.account_id)",
            " AND ($6 = FALSE OR s.reblog_of_id IS NULL)",
            " AND ($7 = FALSE OR EXISTS (SELECT 1 FROM media_attachments m WHERE m.status_id = s.id))",
            " AND (CAST($8 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM status_tags t WHERE t.status_id = s.id AND t.name = $8))",
            " ORDER BY s.id {desc} LIMIT $9"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(viewer).bind(of).bind(page.below()).bind(page.above())
            .bind(filter.exclude_replies).bind(filter.exclude_reblogs).bind(filter.only_media).bind(&filter.tagged)
            .bind(page.limit).fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// One page of everybody's public posts, boosts left out, and comments too unless they are one's own thread.
    pub async fn public_timeline(&mut self, filter: PublicFilter, page: &Page) -> Result<Vec<Status>> {
        const ALL: &str = public_timeline!("");
        const LOCAL: &str = public_timeline!(" AND s.local = TRUE");
        const REMOTE: &str = public_timeline!(" AND s.local = FALSE");
        let constant = match (filter.local, filter.remote) {
            (true, false) => LOCAL,
            (false, true) => REMOTE,
            _ => ALL,
        };
        let sql = text(self.dialect(), page.upwards(), constant);
        let rows = on!(self, c => sqlx::query_as(sql).bind(page.below()).bind(page.above()).bind(filter.only_media)
            .bind(page.limit).fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// One page of the public posts with a hashtag (its key).
    pub async fn tag_timeline(&mut self, name: &str, page: &Page) -> Result<Vec<Status>> {
        const SQL: &str = concat!(
            "SELECT ",
            status_columns!(),
            " FROM status_tags t JOIN statuses s ON s.id = t.status_id",
            " WHERE t.name = $1 AND t.status_id < $2 AND t.status_id > $3 AND s.visibility = 'public'",
            " ORDER BY t.status_id {desc} LIMIT $4"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(name).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// What a status answers, and what that answers, up to `depth`: nearest first. A parent that the viewer may not see
    /// ends the chain. Each one once, even if other servers made it a ring.
    pub async fn ancestors(
        &mut self,
        viewer: Option<AccountId>,
        id: StatusId,
        depth: i64,
    ) -> Result<Vec<Status>> {
        const SQL: &str = concat!(
            "WITH RECURSIVE up (id, parent, depth) AS (",
            "SELECT s.id, s.in_reply_to_id, 0 FROM statuses s WHERE s.id = $2",
            " UNION ALL SELECT s.id, s.in_reply_to_id, up.depth + 1 FROM up JOIN statuses s ON s.id = up.parent",
            " WHERE up.depth < CAST($3 AS INTEGER) AND ",
            visible!("s"),
            ")",
            " SELECT ",
            status_columns!(),
            " FROM (SELECT id, MIN(depth) AS depth FROM up WHERE id <> $2 GROUP BY id) chain",
            " JOIN statuses s ON s.id = chain.id ORDER BY chain.depth"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(viewer).bind(id).bind(depth).fetch_all(c).await)?)
    }

    /// What answers a status, and what answers that, at most `limit` of them and `depth` deep, oldest first. An answer that
    /// the viewer may not see hides what answers it. Of a very large thread only a part, the nearest answers first, is looked at.
    pub async fn descendants(
        &mut self,
        viewer: Option<AccountId>,
        id: StatusId,
        depth: i64,
        limit: i64,
    ) -> Result<Vec<Status>> {
        const SQL: &str = concat!(
            "WITH RECURSIVE down (id, depth) AS (",
            "SELECT s.id, 1 FROM statuses s WHERE s.in_reply_to_id = $2 AND ",
            visible!("s"),
            " UNION ALL SELECT s.id, down.depth + 1 FROM down JOIN statuses s ON s.in_reply_to_id = down.id",
            " WHERE down.depth < CAST($3 AS INTEGER) AND ",
            visible!("s"),
            ")",
            " SELECT ",
            status_columns!(),
            " FROM (SELECT DISTINCT few.id FROM (SELECT down.id FROM down LIMIT 10000) few WHERE few.id <> $2",
            " ORDER BY few.id LIMIT $4) found JOIN statuses s ON s.id = found.id ORDER BY s.id"
        );
        Ok(
            on!(self, c => sqlx::query_as(SQL).bind(viewer).bind(id).bind(depth).bind(limit).fetch_all(c).await)?,
        )
    }

    /// Direct answers to a status that everyone may see, by ActivityPub id, oldest first.
    pub async fn open_reply_uris(&mut self, id: StatusId, limit: i64) -> Result<Vec<String>> {
        const SQL: &str = "SELECT s.uri FROM statuses s WHERE s.in_reply_to_id = $1 AND s.visibility IN ('public', 'unlisted') \
             ORDER BY s.id LIMIT $2";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(id).bind(limit).fetch_all(c).await)?)
    }

    /// Whom some statuses address, in the order of accounts.
    pub async fn mentions_of(&mut self, list: &[StatusId]) -> Result<Vec<Mention>> {
        const SQL: &str = "SELECT m.status_id, m.account_id, m.silent, a.username, a.domain, a.url, a.uri, a.local FROM mentions m \
             JOIN accounts a ON a.id = m.account_id WHERE m.status_id IN {ids:$1} ORDER BY m.status_id, m.account_id";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// The hashtags of some statuses.
    pub async fn tags_of(&mut self, list: &[StatusId]) -> Result<Vec<StatusTag>> {
        const SQL: &str = "SELECT t.status_id, t.name, t.display FROM status_tags t WHERE t.status_id IN {ids:$1} \
             ORDER BY t.status_id, t.name";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// The apps that statuses were posted with: (id, name, website).
    pub async fn posting_apps(&mut self, list: &[AppId]) -> Result<Vec<(AppId, String, Option<String>)>> {
        const SQL: &str = "SELECT a.id, a.name, a.website FROM oauth_apps a WHERE a.id IN {ids:$1}";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// Hashtags that begin with a text (its key), the most used first.
    pub async fn search_tags(&mut self, prefix: &str, offset: i64, limit: i64) -> Result<Vec<String>> {
        const SQL: &str = "SELECT t.name FROM status_tags t JOIN statuses s ON s.id = t.status_id AND s.visibility = 'public' \
             WHERE t.name >= $1 AND t.name < $2 GROUP BY t.name ORDER BY COUNT(*) DESC, t.name LIMIT $3 OFFSET $4";
        let end = format!("{prefix}\u{10ffff}");
        Ok(
            on!(self, c => sqlx::query_scalar(SQL).bind(prefix).bind(&end).bind(limit).bind(offset).fetch_all(c).await)?,
        )
    }

    /// An account's boost of a status.
    pub async fn reblog_by(&mut self, account: AccountId, of: StatusId) -> Result<Option<Status>> {
        const SQL: &str = concat!(
            "SELECT ",
            status_columns!(),
            " FROM statuses s WHERE s.reblog_of_id = $1 AND s.account_id = $2"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(of).bind(account).fetch_optional(c).await)?)
    }

    /// Which of some statuses an account has boosted.
    pub async fn reblogged_among(&mut self, account: AccountId, list: &[StatusId]) -> Result<Vec<StatusId>> {
        const SQL: &str =
            "SELECT s.reblog_of_id FROM statuses s WHERE s.reblog_of_id IN {ids:$2} AND s.account_id = $1";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_scalar(sql).bind(account).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// One page of those who boosted a status with a boost that the viewer may see: (cursor, account).
    pub async fn rebloggers(
        &mut self,
        viewer: Option<AccountId>,
        of: StatusId,
        page: &Page,
    ) -> Result<Vec<(i64, AccountId)>> {
        const SQL: &str = concat!(
            "SELECT s.id, s.account_id FROM statuses s WHERE s.reblog_of_id = $2 AND s.id < $3 AND s.id > $4 AND ",
            visible!("s"),
            " ORDER BY s.id {desc} LIMIT $5"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(viewer).bind(of).bind(page.below()).bind(page.above())
            .bind(page.limit).fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// The remote accounts that hold a copy of a status because they boosted, liked or answered it.
    pub async fn remote_participants(&mut self, id: StatusId) -> Result<Vec<AccountId>> {
        const SQL: &str = "SELECT a.id FROM accounts a WHERE a.local = FALSE AND a.id IN (\
             SELECT s.account_id FROM statuses s WHERE s.reblog_of_id = $1 OR s.in_reply_to_id = $1 \
             UNION SELECT f.account_id FROM favourites f WHERE f.status_id = $1 \
             UNION SELECT p.in_reply_to_account_id FROM statuses p WHERE p.id = $1 AND p.in_reply_to_account_id IS NOT NULL) \
             ORDER BY a.id LIMIT 1000";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(id).fetch_all(c).await)?)
    }

    /// Whether a uri was deleted, or undone, by this account (or by nobody in particular).
    pub async fn is_tombstone(&mut self, uri: &str, account: Option<AccountId>) -> Result<bool> {
        const SQL: &str = "SELECT COUNT(*) FROM tombstones WHERE uri = $1 \
             AND (account_id IS NULL OR CAST($2 AS BIGINT) IS NULL OR account_id = $2)";
        Ok(on!(self, c => sqlx::query_scalar::<_, i64>(SQL).bind(uri).bind(account).fetch_one(c).await)? > 0)
    }

    /// How many statuses this instance's own people have published.
    pub async fn local_statuses(&mut self) -> Result<i64> {
        const SQL: &str =
            "SELECT CAST(COALESCE(SUM(a.statuses_count), 0) AS BIGINT) FROM accounts a WHERE a.local = TRUE";
        Ok(on!(self, c => sqlx::query_scalar(SQL).fetch_one(c).await)?)
    }
}

impl Tx {
    /// Adds a status; `false` (and no change) if its uri, or this account's boost, is there already.
    pub async fn insert_status(&mut self, s: &Status) -> Result<bool> {
        const SQL: &str = "INSERT INTO statuses (id, uri, url, account_id, local, visibility, sensitive, spoiler_text, content, text, \
             language, in_reply_to_id, in_reply_to_account_id, in_reply_to_uri, reblog_of_id, app_id, replies_count, reblogs_count, \
             favourites_count, created_at, edited_at, version) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,\
             $19,$20,$21,$22) ON CONFLICT DO NOTHING";
        storable(&[
            Some(&s.uri),
            Some(&s.url),
            Some(&s.spoiler_text),
            Some(&s.content),
            Some(&s.text),
            s.language.as_deref(),
            s.in_reply_to_uri.as_deref(),
        ])?;
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(s.id)
                .bind(&s.uri)
                .bind(&s.url)
                .bind(s.account_id)
                .bind(s.local)
                .bind(s.visibility)
                .bind(s.sensitive)
                .bind(&s.spoiler_text)
                .bind(&s.content)
                .bind(&s.text)
                .bind(&s.language)
                .bind(s.in_reply_to_id)
                .bind(s.in_reply_to_account_id)
                .bind(&s.in_reply_to_uri)
                .bind(s.reblog_of_id)
                .bind(s.app_id)
                .bind(s.replies_count)
                .bind(s.reblogs_count)
                .bind(s.favourites_count)
                .bind(s.created_at)
                .bind(s.edited_at)
                .bind(s.version)
        )?;
        Ok(done == 1)
    }

    /// Locks a status until the end of the transaction and reads it; for rules that depend on its present state.
    pub async fn lock_status(&mut self, id: StatusId) -> Result<Option<Status>> {
        const SQL: &str = concat!("SELECT ", status_columns!(), " FROM statuses s WHERE s.id = $1 {lock}");
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(id).fetch_optional(c).await)?)
    }

    /// Addresses a status to accounts: (account, silent).
    pub async fn insert_mentions(&mut self, status: StatusId, accounts: &[(AccountId, bool)]) -> Result<()> {
        const SQL: &str =
            "INSERT INTO mentions (status_id, account_id, silent) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        for (account, silent) in accounts {
            exec!(self, sqlx::query(SQL).bind(status).bind(*account).bind(*silent))?;
        }
        Ok(())
    }

    /// Adds hashtags to a status: (key, as written).
    pub async fn insert_tags(&mut self, status: StatusId, tags: &[(String, String)]) -> Result<()> {
        const SQL: &str =
            "INSERT INTO status_tags (status_id, name, display) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        for (name, display) in tags {
            storable(&[Some(name), Some(display)])?;
            exec!(self, sqlx::query(SQL).bind(status).bind(name).bind(display))?;
        }
        Ok(())
    }

    /// Adds to a status' counters.
    pub async fn count_status(
        &mut self,
        id: StatusId,
        replies: i64,
        reblogs: i64,
        favourites: i64,
    ) -> Result<()> {
        const SQL: &str = "UPDATE statuses SET replies_count = replies_count + $2, reblogs_count = reblogs_count + $3, \
             favourites_count = favourites_count + $4, version = version + 1 WHERE id = $1";
        exec!(self, sqlx::query(SQL).bind(id).bind(replies).bind(reblogs).bind(favourites))?;
        Ok(())
    }

    /// Ties statuses that waited for this one to it, and counts them; how many there were. Nothing answers itself.
    pub async fn adopt_replies(&mut self, parent: &Status) -> Result<i64> {
        const SQL: &str = "UPDATE statuses SET in_reply_to_id = $1, in_reply_to_account_id = $2, version = version + 1 \
             WHERE in_reply_to_uri = $3 AND in_reply_to_id IS NULL AND id <> $1 RETURNING visibility";
        let adopted: Vec<Visibility> = on!(self, c => sqlx::query_scalar(SQL).bind(parent.id).bind(parent.account_id)
            .bind(&parent.uri).fetch_all(c).await)?;
        let open = adopted.iter().filter(|visibility| visibility.is_open()).count();
        if open > 0 {
            self.count_status(parent.id, i64::try_from(open).unwrap_or(0), 0, 0).await?;
        }
        Ok(i64::try_from(adopted.len()).unwrap_or(0))
    }

    /// Removes a status, its boosts, and everything that hangs on them; counters of accounts, the parent and the boosted
    /// status follow, as far as it was counted: comments that everyone may see, and everything but direct posts. Its own
    /// pictures become free again. Its uri, and those of its boosts, become tombstones; one of ours that not everyone could
    /// see leaves none, so that nobody learns that it was there. Nothing happens if it is gone already.
    pub async fn delete_status(&mut self, s: &Status, now: Millis) -> Result<()> {
        // Two deletions take the accounts in one order, so that they never wait for each other.
        const LOCK: &str = "SELECT a.id FROM accounts a WHERE a.id = $2 OR a.id IN (SELECT b.account_id FROM statuses b \
             WHERE b.reblog_of_id = $1) ORDER BY a.id {lock}";
        const FREE_MEDIA: &str = "UPDATE media_attachments SET status_id = NULL, created_at = $2 WHERE status_id = $1 AND remote_url IS NULL";
        const BOOSTERS: &str = "UPDATE accounts SET statuses_count = statuses_count - 1, version = version + 1 \
             WHERE id IN (SELECT account_id FROM statuses WHERE reblog_of_id = $1 AND visibility <> 'direct')";
        const BURY: &str = "INSERT INTO tombstones (uri, account_id, deleted_at) SELECT uri, account_id, $2 FROM statuses \
             WHERE (id = $1 OR reblog_of_id = $1) AND (local = FALSE OR visibility IN ('public', 'unlisted')) ON CONFLICT DO NOTHING";
        const DELETE: &str = "DELETE FROM statuses WHERE id = $1";
        // As it is now: since it was read, its parent may have come, or somebody else may have deleted it.
        let Some(s) = self.lock_status(s.id).await? else { return Ok(()) };
        let lock = text(self.dialect(), false, LOCK);
        exec!(self, sqlx::query(lock).bind(s.id).bind(s.account_id))?;
        exec!(self, sqlx::query(BOOSTERS).bind(s.id))?;
        if s.visibility != Visibility::Direct {
            self.count_account(s.account_id, -1, 0, 0, None).await?;
        }
        if let Some(parent) = s.in_reply_to_id.filter(|_| s.visibility.is_open()) {
            self.count_status(parent, -1, 0, 0).await?;
        }
        if let Some(original) = s.reblog_of_id {
            self.count_status(original, 0, -1, 0).await?;
        }
        exec!(self, sqlx::query(FREE_MEDIA).bind(s.id).bind(now))?;
        exec!(self, sqlx::query(BURY).bind(s.id).bind(now))?;
        exec!(self, sqlx::query(DELETE).bind(s.id))?;
        Ok(())
    }

    /// Remembers that a uri is deleted, or was undone before it was done. `account`: whose it is said to be.
    pub async fn bury(&mut self, uri: &str, account: Option<AccountId>, now: Millis) -> Result<()> {
        const SQL: &str =
            "INSERT INTO tombstones (uri, account_id, deleted_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        storable(&[Some(uri)])?;
        exec!(self, sqlx::query(SQL).bind(uri).bind(account).bind(now))?;
        Ok(())
    }

    /// Takes an idempotency key for a status; if it is taken, the status that has it.
    pub async fn claim_idempotency_key(
        &mut self,
        account: AccountId,
        name: &str,
        status: StatusId,
        now: Millis,
    ) -> Result<Option<StatusId>> {
        const CLAIM: &str = "INSERT INTO idempotency_keys (account_id, name, status_id, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (account_id, name) DO NOTHING";
        const FIRST: &str = "SELECT status_id FROM idempotency_keys WHERE account_id = $1 AND name = $2";
        storable(&[Some(name)])?;
        if exec!(self, sqlx::query(CLAIM).bind(account).bind(name).bind(status).bind(now))? == 1 {
            return Ok(None);
        }
        Ok(on!(self, c => sqlx::query_scalar(FIRST).bind(account).bind(name).fetch_optional(c).await)?)
    }

    /// Forgets idempotency keys older than a moment.
    pub async fn drop_idempotency_keys(&mut self, before: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM idempotency_keys WHERE created_at < $1";
        Ok(exec!(self, sqlx::query(SQL).bind(before))?)
    }

    /// Forgets tombstones older than a moment.
    pub async fn drop_tombstones(&mut self, before: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM tombstones WHERE deleted_at < $1";
        Ok(exec!(self, sqlx::query(SQL).bind(before))?)
    }
}
