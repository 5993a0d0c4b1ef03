//! Client applications, authorization codes and access tokens. Of every secret only the fingerprint is here.

use tintype_model::{AccountId, AppId, Millis, Role, TokenId};

use crate::{Reader, Result, Tx, dialect::text};

/// A row of `oauth_apps`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OauthApp {
    pub id: AppId,
    /// Public; unique.
    pub client_id: String,
    pub client_secret_hash: String,
    pub name: String,
    pub website: Option<String>,
    /// One a line.
    pub redirect_uris: String,
    /// With spaces between them.
    pub scopes: String,
    pub created_at: Millis,
}

/// A row of `oauth_codes`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OauthCode {
    pub code_hash: String,
    pub app_id: AppId,
    pub account_id: AccountId,
    pub redirect_uri: String,
    pub scopes: String,
    /// PKCE, S256.
    pub code_challenge: Option<String>,
    pub created_at: Millis,
    pub expires_at: Millis,
    /// When it was exchanged; it is kept for a while, to notice when it comes again.
    pub used_at: Option<Millis>,
}

/// A row of `oauth_tokens`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OauthToken {
    pub id: TokenId,
    /// The token's fingerprint; unique.
    pub token_hash: String,
    pub app_id: AppId,
    /// `None`: the app's own.
    pub account_id: Option<AccountId>,
    pub scopes: String,
    /// The code that it was given for.
    pub code_hash: Option<String>,
    pub created_at: Millis,
    /// To the hour.
    pub last_used_at: Millis,
    pub revoked_at: Option<Millis>,
}

/// A token and the standing of whoever it belongs to. For an app's own token `account_id` is `None`, and what follows
/// `revoked_at` says nothing.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PresentedToken {
    pub id: TokenId,
    pub app_id: AppId,
    pub account_id: Option<AccountId>,
    pub scopes: String,
    pub last_used_at: Millis,
    pub revoked_at: Option<Millis>,
    pub role: Option<Role>,
    pub confirmed: bool,
    pub approved: Option<bool>,
    pub disabled: Option<bool>,
    /// Neither suspended nor deleted.
    pub active: bool,
}

/// A token in force that a person has given to an app, and which app that is.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct GivenToken {
    pub id: TokenId,
    pub app_id: AppId,
    /// The app's name.
    pub app: String,
    /// The app's.
    pub website: Option<String>,
    pub scopes: String,
    pub created_at: Millis,
    /// To the hour.
    pub last_used_at: Millis,
}

/// The columns of [`OauthApp`].
macro_rules! app_columns {
    () => {
        "id, client_id, client_secret_hash, name, website, redirect_uris, scopes, created_at"
    };
}

impl Reader<'_> {
    /// The app of an id.
    pub async fn oauth_app(&mut self, id: AppId) -> Result<Option<OauthApp>> {
        const SQL: &str = concat!("SELECT ", app_columns!(), " FROM oauth_apps WHERE id = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// The app of a client id.
    pub async fn oauth_app_by_client_id(&mut self, client_id: &str) -> Result<Option<OauthApp>> {
        const SQL: &str = concat!("SELECT ", app_columns!(), " FROM oauth_apps WHERE client_id = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(client_id).fetch_optional(c).await)?)
    }

    /// What the bearer of a token may do.
    pub async fn presented_token(&mut self, token_hash: &str) -> Result<Option<PresentedToken>> {
        const SQL: &str = "SELECT t.id, t.app_id, t.account_id, t.scopes, t.last_used_at, t.revoked_at, u.role, \
             (u.confirmed_at IS NOT NULL) AS confirmed, u.approved, u.disabled, \
             (a.suspended_at IS NULL AND a.deleted_at IS NULL) AS active \
             FROM oauth_tokens t LEFT JOIN users u ON u.account_id = t.account_id LEFT JOIN accounts a ON a.id = t.account_id \
             WHERE t.token_hash = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(token_hash).fetch_optional(c).await)?)
    }

    /// The tokens in force that a person has given to apps, the newest first.
    pub async fn tokens_of(&mut self, account: AccountId) -> Result<Vec<GivenToken>> {
        const SQL: &str = "SELECT t.id, t.app_id, a.name AS app, a.website, t.scopes, t.created_at, t.last_used_at \
             FROM oauth_tokens t JOIN oauth_apps a ON a.id = t.app_id \
             WHERE t.account_id = $1 AND t.revoked_at IS NULL ORDER BY t.id DESC";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(account).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Registers an app.
    pub async fn insert_oauth_app(&mut self, a: &OauthApp) -> Result<()> {
        const SQL: &str = "INSERT INTO oauth_apps (id, client_id, client_secret_hash, name, website, redirect_uris, scopes, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        exec!(
            self,
            sqlx::query(SQL)
                .bind(a.id)
                .bind(&a.client_id)
                .bind(&a.client_secret_hash)
                .bind(&a.name)
                .bind(&a.website)
                .bind(&a.redirect_uris)
                .bind(&a.scopes)
                .bind(a.created_at)
        )?;
        Ok(())
    }

    /// Notes a code that was given out.
    pub async fn insert_oauth_code(&mut self, k: &OauthCode) -> Result<()> {
        const SQL: &str = "INSERT INTO oauth_codes (code_hash, app_id, account_id, redirect_uri, scopes, code_challenge, created_at, \
             expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        exec!(
            self,
            sqlx::query(SQL)
                .bind(&k.code_hash)
                .bind(k.app_id)
                .bind(k.account_id)
                .bind(&k.redirect_uri)
                .bind(&k.scopes)
                .bind(&k.code_challenge)
                .bind(k.created_at)
                .bind(k.expires_at)
                .bind(k.used_at)
        )?;
        Ok(())
    }

    /// The code of a fingerprint, used or not; held until the transaction ends, so that it is exchanged once.
    pub async fn oauth_code(&mut self, code_hash: &str) -> Result<Option<OauthCode>> {
        const SQL: &str = "SELECT code_hash, app_id, account_id, redirect_uri, scopes, code_challenge, created_at, expires_at, used_at \
             FROM oauth_codes WHERE code_hash = $1 {lock}";
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(code_hash).fetch_optional(c).await)?)
    }

    /// Marks a code as used; `false` if it was before.
    pub async fn use_oauth_code(&mut self, code_hash: &str, now: Millis) -> Result<bool> {
        const SQL: &str = "UPDATE oauth_codes SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL";
        Ok(exec!(self, sqlx::query(SQL).bind(code_hash).bind(now))? == 1)
    }

    /// Forgets codes that expired before a moment; how many.
    pub async fn delete_oauth_codes(&mut self, expired_before: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM oauth_codes WHERE expires_at < $1";
        Ok(exec!(self, sqlx::query(SQL).bind(expired_before))?)
    }

    /// Notes a token that was given out.
    pub async fn insert_oauth_token(&mut self, t: &OauthToken) -> Result<()> {
        const SQL: &str = "INSERT INTO oauth_tokens (id, token_hash, app_id, account_id, scopes, code_hash, created_at, last_used_at, \
             revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        exec!(
            self,
            sqlx::query(SQL)
                .bind(t.id)
                .bind(&t.token_hash)
                .bind(t.app_id)
                .bind(t.account_id)
                .bind(&t.scopes)
                .bind(&t.code_hash)
                .bind(t.created_at)
                .bind(t.last_used_at)
                .bind(t.revoked_at)
        )?;
        Ok(())
    }

    /// Notes that a token is used. Never moves the time back.
    pub async fn touch_oauth_token(&mut self, id: TokenId, now: Millis) -> Result<()> {
        const SQL: &str = "UPDATE oauth_tokens SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2";
        exec!(self, sqlx::query(SQL).bind(id).bind(now))?;
        Ok(())
    }

    /// Revokes a token; `false` if it was before.
    pub async fn revoke_oauth_token(&mut self, id: TokenId, now: Millis) -> Result<bool> {
        const SQL: &str = "UPDATE oauth_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        Ok(exec!(self, sqlx::query(SQL).bind(id).bind(now))? == 1)
    }

    /// Revokes one of a person's tokens; `false` if it was before, isn't there or isn't theirs.
    pub async fn revoke_token_of(&mut self, account: AccountId, id: TokenId, now: Millis) -> Result<bool> {
        const SQL: &str = "UPDATE oauth_tokens SET revoked_at = $3 WHERE id = $2 AND account_id = $1 AND revoked_at IS NULL";
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(id).bind(now))? == 1)
    }

    /// Revokes what was given for a code; how many.
    pub async fn revoke_tokens_of_code(&mut self, code_hash: &str, now: Millis) -> Result<u64> {
        const SQL: &str =
            "UPDATE oauth_tokens SET revoked_at = $2 WHERE code_hash = $1 AND revoked_at IS NULL";
        Ok(exec!(self, sqlx::query(SQL).bind(code_hash).bind(now))?)
    }

    /// Revokes every token of a person, and uses up the codes that would give new ones; how many tokens.
    pub async fn revoke_tokens_of(&mut self, id: AccountId, now: Millis) -> Result<u64> {
        const CODES: &str = "UPDATE oauth_codes SET used_at = $2 WHERE account_id = $1 AND used_at IS NULL";
        const SQL: &str =
            "UPDATE oauth_tokens SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL";
        // Codes first: this waits for whoever exchanges one now, and the token that they get is seen below.
        exec!(self, sqlx::query(CODES).bind(id).bind(now))?;
        Ok(exec!(self, sqlx::query(SQL).bind(id).bind(now))?)
    }
}
