//! Posts, comments and boosts, and what hangs on them: mentions and hashtags. Who answers whom is in `threads`,
//! what strangers come across in `timelines`.

use tintype_model::{AccountId, AppId, Millis, Page, StatusId, Visibility};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
};

pub use crate::timelines::{PublicFilter, TagFilter};

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

/// Which statuses of an account are wanted.
#[derive(Debug, Clone, Default)]
pub struct AccountStatuses {
    pub exclude_replies: bool,
    pub exclude_reblogs: bool,
    pub only_media: bool,
    /// A hashtag's key.
    pub tagged: Option<String>,
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

    /// One page of an account's statuses that a viewer may see, without boosts of others whom the viewer doesn't want.
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
            " AND (o.id IS NULL OR (",
            visible!("o"),
            " AND (o.account_id = s.account_id OR ",
            wanted!("o"),
            ")))",
            " AND ($5 = FALSE OR s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id = s.account_id)",
            " AND ($6 = FALSE OR s.reblog_of_id IS NULL)",
            " AND ($7 = FALSE OR ",
            pictured!(),
            ")",
            " AND (CAST($8 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM status_tags t WHERE t.status_id = s.id AND t.name = $8))",
            " ORDER BY s.id {desc} LIMIT $9"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(viewer).bind(of).bind(page.below()).bind(page.above())
            .bind(filter.exclude_replies).bind(filter.exclude_reblogs).bind(filter.only_media).bind(&filter.tagged)
            .bind(page.limit).fetch_all(c).await)?;
        Ok(page.order(rows))
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

    /// One page of those who boosted a status with a boost that the viewer may see, without those whom the viewer doesn't
    /// want: (cursor, account).
    pub async fn rebloggers(
        &mut self,
        viewer: Option<AccountId>,
        of: StatusId,
        page: &Page,
    ) -> Result<Vec<(i64, AccountId)>> {
        const SQL: &str = concat!(
            "SELECT s.id, s.account_id FROM statuses s WHERE s.reblog_of_id = $2 AND s.id < $3 AND s.id > $4 AND ",
            visible!("s"),
            " AND ",
            wanted!("s"),
            " ORDER BY s.id {desc} LIMIT $5"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(viewer).bind(of).bind(page.below()).bind(page.above())
            .bind(page.limit).fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// The remote accounts that hold a copy of a status because they boosted, liked, quoted or answered it, or voted in its poll.
    pub async fn remote_participants(&mut self, id: StatusId) -> Result<Vec<AccountId>> {
        const SQL: &str = "SELECT a.id FROM accounts a WHERE a.local = FALSE AND a.id IN (\
             SELECT s.account_id FROM statuses s WHERE s.reblog_of_id = $1 OR s.in_reply_to_id = $1 \
             UNION SELECT f.account_id FROM favourites f WHERE f.status_id = $1 \
             UNION SELECT s.account_id FROM quotes q JOIN statuses s ON s.id = q.status_id WHERE q.quoted_status_id = $1 \
             UNION SELECT v.account_id FROM polls q JOIN poll_votes v ON v.poll_id = q.id WHERE q.status_id = $1 \
             UNION SELECT p.in_reply_to_account_id FROM statuses p WHERE p.id = $1 AND p.in_reply_to_account_id IS NOT NULL) \
             ORDER BY a.id LIMIT 1000";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(id).fetch_all(c).await)?)
    }

    /// How many statuses this instance's own people have published.
    pub async fn local_statuses(&mut self) -> Result<i64> {
        const SQL: &str =
            "SELECT CAST(COALESCE(SUM(a.statuses_count), 0) AS BIGINT) FROM accounts a WHERE a.local = TRUE";
        Ok(on!(self, c => sqlx::query_scalar(SQL).fetch_one(c).await)?)
    }
}

impl Tx {
    /// Adds a status, to its parent's thread if it has a parent; `false` (and no change) if its uri, or this account's boost,
    /// is there already.
    pub async fn insert_status(&mut self, s: &Status) -> Result<bool> {
        const SQL: &str = "INSERT INTO statuses (id, uri, url, account_id, local, visibility, sensitive, spoiler_text, content, text, \
             language, in_reply_to_id, in_reply_to_account_id, in_reply_to_uri, reblog_of_id, app_id, replies_count, reblogs_count, \
             favourites_count, created_at, edited_at, version, thread_id) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,\
             $16,$17,$18,$19,$20,$21,$22, COALESCE((SELECT p.thread_id FROM statuses p WHERE p.id = $12), $1)) ON CONFLICT DO NOTHING";
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
             WHERE (id = $1 OR reblog_of_id = $1) AND (local = FALSE OR (held = FALSE AND visibility IN ('public', 'unlisted'))) \
             ON CONFLICT DO NOTHING";
        const DELETE: &str = "DELETE FROM statuses WHERE id = $1";
        // As it is now: since it was read, its parent may have come, or somebody else may have deleted it.
        let Some(s) = self.lock_status(s.id).await? else { return Ok(()) };
        let lock = text(self.dialect(), false, LOCK);
        exec!(self, sqlx::query(lock).bind(s.id).bind(s.account_id))?;
        exec!(self, sqlx::query(BOOSTERS).bind(s.id))?;
        if s.visibility != Visibility::Direct {
            self.count_account(s.account_id, -1, 0, 0, None).await?;
        }
        let held = self.read().is_held(s.id).await?;
        if let Some(parent) = s.in_reply_to_id.filter(|_| s.visibility.is_open() && !held) {
            self.count_status(parent, -1, 0, 0).await?;
        }
        if let Some(original) = s.reblog_of_id.filter(|_| !held) {
            self.count_status(original, 0, -1, 0).await?;
        }
        exec!(self, sqlx::query(FREE_MEDIA).bind(s.id).bind(now))?;
        exec!(self, sqlx::query(BURY).bind(s.id).bind(now))?;
        exec!(self, sqlx::query(DELETE).bind(s.id))?;
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
}
