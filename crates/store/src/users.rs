//! Local people: credentials, role and settings. What others see of them is in `accounts`.

use tintype_model::{AccountId, Millis, Page, Role, Visibility};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
};

/// A row of `users`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct User {
    pub account_id: AccountId,
    /// As its owner wrote it, its domain in ASCII.
    pub email: String,
    /// The text that two spellings of one address share; unique.
    pub email_key: String,
    /// Argon2id in PHC form.
    pub password_hash: String,
    pub role: Role,
    /// When the address was found to be theirs.
    pub confirmed_at: Option<Millis>,
    /// Let in by the people who run the instance.
    pub approved: bool,
    /// Locked out by them.
    pub disabled: bool,
    /// BCP 47, for what the instance says to them.
    pub locale: String,
    pub default_visibility: Visibility,
    pub default_sensitive: bool,
    /// BCP 47; `None`: the instance guesses.
    pub default_language: Option<String>,
    /// What they wrote when they asked to join.
    pub reason: Option<String>,
    pub created_at: Millis,
    /// To the hour.
    pub last_active_at: Millis,
}

/// The columns of [`User`].
macro_rules! user_columns {
    () => {
        "u.account_id, u.email, u.email_key, u.password_hash, u.role, u.confirmed_at, u.approved, u.disabled, u.locale, \
         u.default_visibility, u.default_sensitive, u.default_language, u.reason, u.created_at, u.last_active_at"
    };
}

impl Reader<'_> {
    /// The person behind a local account; `None` for remote ones and for the instance itself.
    pub async fn user(&mut self, id: AccountId) -> Result<Option<User>> {
        const SQL: &str = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.account_id = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// The person with an e-mail address, by its key.
    pub async fn user_by_email(&mut self, email_key: &str) -> Result<Option<User>> {
        const SQL: &str = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.email_key = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(email_key).fetch_optional(c).await)?)
    }

    /// The person with a username, by the account's key.
    pub async fn user_by_name(&mut self, acct_key: &str) -> Result<Option<User>> {
        const SQL: &str = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users u JOIN accounts a ON a.id = u.account_id WHERE a.acct_key = $1"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(acct_key).fetch_optional(c).await)?)
    }

    /// Which of some accounts belong to people who wait to be let in.
    pub async fn waiting_among(&mut self, accounts: &[AccountId]) -> Result<Vec<AccountId>> {
        const SQL: &str =
            "SELECT u.account_id FROM users u WHERE u.account_id IN {ids:$1} AND u.approved = FALSE";
        let numbers: Vec<i64> = accounts.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_scalar(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// One page of those who wait to be let in, the newest first.
    pub async fn pending_users(&mut self, page: &Page) -> Result<Vec<User>> {
        const SQL: &str = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users u WHERE u.approved = FALSE AND u.account_id < $1 AND u.account_id > $2",
            " ORDER BY u.account_id {desc} LIMIT $3"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }
}

impl Tx {
    /// Adds a local person to their account; `false` (and no change) if the account has one or the address is taken.
    pub async fn insert_user(&mut self, u: &User) -> Result<bool> {
        const SQL: &str = "INSERT INTO users (account_id, email, email_key, password_hash, role, confirmed_at, approved, disabled, \
             locale, default_visibility, default_sensitive, default_language, created_at, last_active_at, reason) \
             VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15) ON CONFLICT DO NOTHING";
        storable(&[Some(&u.email), u.reason.as_deref()])?;
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(u.account_id)
                .bind(&u.email)
                .bind(&u.email_key)
                .bind(&u.password_hash)
                .bind(u.role)
                .bind(u.confirmed_at)
                .bind(u.approved)
                .bind(u.disabled)
                .bind(&u.locale)
                .bind(u.default_visibility)
                .bind(u.default_sensitive)
                .bind(&u.default_language)
                .bind(u.created_at)
                .bind(u.last_active_at)
                .bind(&u.reason)
        )?;
        Ok(done == 1)
    }

    /// Sets what posts are given that don't say otherwise; `false` if there is no such person.
    pub async fn set_defaults(
        &mut self,
        id: AccountId,
        visibility: Visibility,
        sensitive: bool,
        language: Option<&str>,
    ) -> Result<bool> {
        const SQL: &str = "UPDATE users SET default_visibility = $2, default_sensitive = $3, default_language = $4 \
             WHERE account_id = $1";
        let done = exec!(self, sqlx::query(SQL).bind(id).bind(visibility).bind(sensitive).bind(language))?;
        Ok(done == 1)
    }

    /// Replaces the password; `false` if there is no such person.
    pub async fn set_password_hash(&mut self, id: AccountId, hash: &str) -> Result<bool> {
        const SQL: &str = "UPDATE users SET password_hash = $2 WHERE account_id = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(id).bind(hash))? == 1)
    }

    /// Gives a role; `false` if there is no such person.
    pub async fn set_role(&mut self, id: AccountId, role: Role) -> Result<bool> {
        const SQL: &str = "UPDATE users SET role = $2 WHERE account_id = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(id).bind(role))? == 1)
    }

    /// Locks a person out, or lets them in again; `false` if there is no such person.
    pub async fn set_disabled(&mut self, id: AccountId, disabled: bool) -> Result<bool> {
        const SQL: &str = "UPDATE users SET disabled = $2 WHERE account_id = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(id).bind(disabled))? == 1)
    }

    /// Lets a person in; `false` if they are in already, or there is no such person.
    pub async fn set_approved(&mut self, id: AccountId) -> Result<bool> {
        const SQL: &str = "UPDATE users SET approved = TRUE WHERE account_id = $1 AND approved = FALSE";
        Ok(exec!(self, sqlx::query(SQL).bind(id))? == 1)
    }

    /// Removes a person's credentials and settings, and frees their address; the account stays. `false` if there is no such
    /// person.
    pub async fn delete_user(&mut self, id: AccountId) -> Result<bool> {
        const SQL: &str = "DELETE FROM users WHERE account_id = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(id))? == 1)
    }

    /// Notes that a person is there. Never moves the time back.
    pub async fn touch_user(&mut self, id: AccountId, now: Millis) -> Result<()> {
        const SQL: &str =
            "UPDATE users SET last_active_at = $2 WHERE account_id = $1 AND last_active_at < $2";
        exec!(self, sqlx::query(SQL).bind(id).bind(now))?;
        Ok(())
    }
}
