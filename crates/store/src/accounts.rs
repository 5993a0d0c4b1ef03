//! Actors, local and remote.

use tintype_model::{AccountId, Millis, Page, handle::host_of, text_enum};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
};

mod moderation;

text_enum! {
    /// What kind of actor an account is.
    pub enum AccountKind {
        /// A person.
        Person = "person",
        /// A bot.
        Service = "service",
        /// A group.
        Group = "group",
        /// An organisation.
        Organization = "organization",
        /// Software: the instance itself.
        Application = "application",
    }
}

/// A row of `accounts`.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Account {
    pub id: AccountId,
    pub username: String,
    /// `None`: of this instance.
    pub domain: Option<String>,
    /// `alice` or `alice@far.example`, lower case.
    pub acct_key: String,
    pub local: bool,
    pub kind: AccountKind,
    /// The actor's ActivityPub id.
    pub uri: String,
    /// The profile page.
    pub url: String,
    pub display_name: String,
    /// The bio as safe HTML.
    pub note: String,
    /// The bio as its owner wrote it; empty for remote accounts.
    pub note_source: String,
    /// Profile fields as JSON: `[{"name", "value", "verified_at"}]`.
    pub fields: String,
    /// Our file of the avatar; for a remote account, our copy once there is one.
    pub avatar_key: Option<String>,
    pub avatar_remote_url: Option<String>,
    pub header_key: Option<String>,
    pub header_remote_url: Option<String>,
    pub locked: bool,
    pub bot: bool,
    pub discoverable: bool,
    pub indexable: bool,
    /// Has so many local followers that home timelines merge it at read time.
    pub big: bool,
    /// Whom it follows and who follows it are for nobody else to see.
    pub hide_collections: bool,
    pub inbox_url: String,
    pub shared_inbox_url: Option<String>,
    pub outbox_url: Option<String>,
    pub followers_url: Option<String>,
    pub following_url: Option<String>,
    pub featured_url: Option<String>,
    pub public_key_id: Option<String>,
    pub public_key_pem: Option<String>,
    pub followers_count: i64,
    pub following_count: i64,
    pub statuses_count: i64,
    pub last_status_at: Option<Millis>,
    pub created_at: Millis,
    pub updated_at: Millis,
    /// When a remote actor was last fetched.
    pub fetched_at: Option<Millis>,
    /// Since when it is kept out of what others see who don't follow it.
    pub silenced_at: Option<Millis>,
    pub suspended_at: Option<Millis>,
    pub deleted_at: Option<Millis>,
    /// Rises with every change that others can see.
    pub version: i64,
}

impl Account {
    /// The name as clients show it: `alice` for local people, `alice@far.example` for others.
    pub fn acct(&self) -> String {
        match &self.domain {
            Some(domain) => format!("{}@{domain}", self.username),
            None => self.username.clone(),
        }
    }

    /// The server of a remote account's actor, with its port: not always the domain of its handle. `None` for local ones.
    pub fn actor_host(&self) -> Option<String> {
        if self.local { None } else { host_of(&self.uri) }
    }

    /// Where activities for this account go: the shared inbox of its host if it has one.
    pub fn delivery_inbox(&self) -> &str {
        self.shared_inbox_url.as_deref().unwrap_or(&self.inbox_url)
    }

    /// Neither suspended nor deleted.
    pub fn is_active(&self) -> bool {
        self.suspended_at.is_none() && self.deleted_at.is_none()
    }

    fn storable(&self) -> Result<()> {
        storable(&[
            Some(&self.username),
            Some(&self.acct_key),
            Some(&self.uri),
            Some(&self.url),
            Some(&self.display_name),
            Some(&self.note),
            Some(&self.note_source),
            Some(&self.fields),
            Some(&self.inbox_url),
            self.domain.as_deref(),
            self.avatar_key.as_deref(),
            self.avatar_remote_url.as_deref(),
            self.header_key.as_deref(),
            self.header_remote_url.as_deref(),
            self.shared_inbox_url.as_deref(),
            self.outbox_url.as_deref(),
            self.followers_url.as_deref(),
            self.following_url.as_deref(),
            self.featured_url.as_deref(),
            self.public_key_id.as_deref(),
            self.public_key_pem.as_deref(),
        ])
    }
}

/// The columns of [`Account`], of a table alias `a`.
macro_rules! account_columns {
    () => {
        "a.id, a.username, a.domain, a.acct_key, a.local, a.kind, a.uri, a.url, a.display_name, a.note, a.note_source, \
         a.fields, a.avatar_key, a.avatar_remote_url, a.header_key, a.header_remote_url, a.locked, a.bot, a.discoverable, \
         a.indexable, a.big, a.hide_collections, a.inbox_url, a.shared_inbox_url, a.outbox_url, a.followers_url, a.following_url, a.featured_url, \
         a.public_key_id, a.public_key_pem, a.followers_count, a.following_count, a.statuses_count, a.last_status_at, \
         a.created_at, a.updated_at, a.fetched_at, a.silenced_at, a.suspended_at, a.deleted_at, a.version"
    };
}

impl Reader<'_> {
    /// The account of an id.
    pub async fn account(&mut self, id: AccountId) -> Result<Option<Account>> {
        const SQL: &str = concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.id = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// The accounts of some ids, in no particular order; unknown ids are left out.
    pub async fn accounts(&mut self, list: &[AccountId]) -> Result<Vec<Account>> {
        const SQL: &str = concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.id IN {ids:$1}");
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// The account with an ActivityPub id.
    pub async fn account_by_uri(&mut self, uri: &str) -> Result<Option<Account>> {
        const SQL: &str = concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.uri = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(uri).fetch_optional(c).await)?)
    }

    /// The accounts with some ActivityPub ids.
    pub async fn accounts_by_uri(&mut self, uris: &[String]) -> Result<Vec<Account>> {
        const SQL: &str =
            concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.uri IN {texts:$1}");
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(crate::dialect::texts(uris)).fetch_all(c).await)?)
    }

    /// The account of a handle's key (`alice`, `alice@far.example`).
    pub async fn account_by_key(&mut self, acct_key: &str) -> Result<Option<Account>> {
        const SQL: &str = concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.acct_key = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(acct_key).fetch_optional(c).await)?)
    }

    /// The account that has a key of this id.
    pub async fn account_by_key_id(&mut self, key_id: &str) -> Result<Option<Account>> {
        const SQL: &str = concat!(
            "SELECT ",
            account_columns!(),
            " FROM accounts a WHERE a.id = COALESCE((SELECT o.id FROM accounts o WHERE o.public_key_id = $1),",
            " (SELECT k.account_id FROM public_keys k WHERE k.id = $1))"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(key_id).fetch_optional(c).await)?)
    }

    /// One page of this instance's own people.
    pub async fn local_accounts(&mut self, page: &Page) -> Result<Vec<Account>> {
        const SQL: &str = concat!(
            "SELECT ",
            account_columns!(),
            " FROM users u JOIN accounts a ON a.id = u.account_id",
            " WHERE u.account_id < $1 AND u.account_id > $2 ORDER BY u.account_id {desc} LIMIT $3"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// Some of the remote accounts that are neither suspended nor deleted and whose deliveries go to this inbox.
    pub async fn accounts_at_inbox(&mut self, inbox: &str, most: i64) -> Result<Vec<AccountId>> {
        const SQL: &str = "SELECT s.id FROM (SELECT a.id FROM accounts a WHERE a.shared_inbox_url = $1 AND a.local = FALSE \
             AND a.suspended_at IS NULL AND a.deleted_at IS NULL LIMIT $2) s \
             UNION ALL SELECT o.id FROM (SELECT a.id FROM accounts a WHERE a.inbox_url = $1 AND a.shared_inbox_url IS NULL \
             AND a.local = FALSE AND a.suspended_at IS NULL AND a.deleted_at IS NULL LIMIT $2) o LIMIT $2";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(inbox).bind(most).fetch_all(c).await)?)
    }

    /// A local actor's private key, PKCS#8 PEM.
    pub async fn private_key(&mut self, id: AccountId) -> Result<Option<String>> {
        const SQL: &str = "SELECT private_key_pem FROM account_keys WHERE account_id = $1";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// Accounts whose name begins with a text (lower case), local ones first, then by name.
    pub async fn search_accounts(&mut self, prefix: &str, offset: i64, limit: i64) -> Result<Vec<Account>> {
        const SQL: &str = concat!(
            "SELECT ",
            account_columns!(),
            " FROM accounts a WHERE a.acct_key >= $1 AND a.acct_key < $2",
            " AND a.kind <> 'application' AND a.suspended_at IS NULL AND a.deleted_at IS NULL",
            " ORDER BY a.local DESC, a.acct_key LIMIT $3 OFFSET $4"
        );
        // The first text that doesn't begin with the prefix; no wildcard to escape.
        let end = format!("{prefix}\u{10ffff}");
        Ok(
            on!(self, c => sqlx::query_as(SQL).bind(prefix).bind(&end).bind(limit).bind(offset).fetch_all(c).await)?,
        )
    }
}

impl Tx {
    /// Adds an account; `false` (and no change) if its uri, handle or key id is taken.
    pub async fn insert_account(&mut self, a: &Account) -> Result<bool> {
        const SQL: &str = "INSERT INTO accounts (id, username, domain, acct_key, local, kind, uri, url, display_name, note, note_source, \
             fields, avatar_key, avatar_remote_url, header_key, header_remote_url, locked, bot, discoverable, indexable, big, inbox_url, \
             shared_inbox_url, outbox_url, followers_url, following_url, featured_url, public_key_id, public_key_pem, followers_count, \
             following_count, statuses_count, last_status_at, created_at, updated_at, fetched_at, suspended_at, deleted_at, version, \
             hide_collections, silenced_at, actor_host) \
             VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28,$29,$30,\
             $31,$32,$33,$34,$35,$36,$37,$38,$39,$40,$41,$42) ON CONFLICT DO NOTHING";
        a.storable()?;
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(a.id)
                .bind(&a.username)
                .bind(&a.domain)
                .bind(&a.acct_key)
                .bind(a.local)
                .bind(a.kind)
                .bind(&a.uri)
                .bind(&a.url)
                .bind(&a.display_name)
                .bind(&a.note)
                .bind(&a.note_source)
                .bind(&a.fields)
                .bind(&a.avatar_key)
                .bind(&a.avatar_remote_url)
                .bind(&a.header_key)
                .bind(&a.header_remote_url)
                .bind(a.locked)
                .bind(a.bot)
                .bind(a.discoverable)
                .bind(a.indexable)
                .bind(a.big)
                .bind(&a.inbox_url)
                .bind(&a.shared_inbox_url)
                .bind(&a.outbox_url)
                .bind(&a.followers_url)
                .bind(&a.following_url)
                .bind(&a.featured_url)
                .bind(&a.public_key_id)
                .bind(&a.public_key_pem)
                .bind(a.followers_count)
                .bind(a.following_count)
                .bind(a.statuses_count)
                .bind(a.last_status_at)
                .bind(a.created_at)
                .bind(a.updated_at)
                .bind(a.fetched_at)
                .bind(a.suspended_at)
                .bind(a.deleted_at)
                .bind(a.version)
                .bind(a.hide_collections)
                .bind(a.silenced_at)
                .bind(a.actor_host())
        )?;
        Ok(done == 1)
    }

    /// Stores a local actor's private key.
    pub async fn insert_private_key(&mut self, id: AccountId, pem: &str, now: Millis) -> Result<()> {
        const SQL: &str =
            "INSERT INTO account_keys (account_id, private_key_pem, created_at) VALUES ($1, $2, $3)";
        exec!(self, sqlx::query(SQL).bind(id).bind(pem).bind(now))?;
        Ok(())
    }

    /// Gives a local actor another key; the one for proofs is to be made anew. `false` if it has none, or there is no such account.
    pub async fn replace_key(
        &mut self,
        id: AccountId,
        private: &str,
        public: &str,
        now: Millis,
    ) -> Result<bool> {
        const PRIVATE: &str = "UPDATE account_keys SET private_key_pem = $2, ed25519_pem = NULL, created_at = $3 WHERE account_id = $1";
        const PUBLIC: &str =
            "UPDATE accounts SET public_key_pem = $2, updated_at = $3, version = version + 1 WHERE id = $1";
        if exec!(self, sqlx::query(PRIVATE).bind(id).bind(private).bind(now))? == 0 {
            return Ok(false);
        }
        Ok(exec!(self, sqlx::query(PUBLIC).bind(id).bind(public).bind(now))? == 1)
    }

    /// Replaces what an account shows and where it is reached. Identity (id, username, domain, uri, local), counters and
    /// moderation stay as they are. `false` if there is no such account.
    pub async fn update_account(&mut self, a: &Account) -> Result<bool> {
        const SQL: &str = "UPDATE accounts SET kind=$2, url=$3, display_name=$4, note=$5, note_source=$6, fields=$7, avatar_key=$8, \
             avatar_remote_url=$9, header_key=$10, header_remote_url=$11, locked=$12, bot=$13, discoverable=$14, indexable=$15, \
             inbox_url=$16, shared_inbox_url=$17, outbox_url=$18, followers_url=$19, following_url=$20, featured_url=$21, \
             public_key_id=$22, public_key_pem=$23, updated_at=$24, fetched_at=$25, hide_collections=$26, version=version+1 WHERE id=$1";
        a.storable()?;
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(a.id)
                .bind(a.kind)
                .bind(&a.url)
                .bind(&a.display_name)
                .bind(&a.note)
                .bind(&a.note_source)
                .bind(&a.fields)
                .bind(&a.avatar_key)
                .bind(&a.avatar_remote_url)
                .bind(&a.header_key)
                .bind(&a.header_remote_url)
                .bind(a.locked)
                .bind(a.bot)
                .bind(a.discoverable)
                .bind(a.indexable)
                .bind(&a.inbox_url)
                .bind(&a.shared_inbox_url)
                .bind(&a.outbox_url)
                .bind(&a.followers_url)
                .bind(&a.following_url)
                .bind(&a.featured_url)
                .bind(&a.public_key_id)
                .bind(&a.public_key_pem)
                .bind(a.updated_at)
                .bind(a.fetched_at)
                .bind(a.hide_collections)
        )?;
        Ok(done == 1)
    }

    /// Adds to an account's counters; `status_at` moves the time of its last post forward.
    pub async fn count_account(
        &mut self,
        id: AccountId,
        statuses: i64,
        followers: i64,
        following: i64,
        status_at: Option<Millis>,
    ) -> Result<()> {
        const SQL: &str = "UPDATE accounts SET statuses_count = statuses_count + $2, followers_count = followers_count + $3, \
             following_count = following_count + $4, version = version + 1, \
             last_status_at = CASE WHEN $5 > COALESCE(last_status_at, 0) THEN $5 ELSE last_status_at END WHERE id = $1";
        exec!(
            self,
            sqlx::query(SQL)
                .bind(id)
                .bind(statuses)
                .bind(followers)
                .bind(following)
                .bind(status_at.map_or(0, |t| t.0))
        )?;
        Ok(())
    }
}
