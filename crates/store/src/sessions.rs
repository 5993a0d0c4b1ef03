//! Browser sessions. Of a session's token only the fingerprint is here.

use tintype_model::{AccountId, Millis, Role, SessionId};

use crate::{Reader, Result, Tx};

/// A row of `sessions`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Session {
    pub id: SessionId,
    pub account_id: AccountId,
    /// The token's fingerprint; unique.
    pub token_hash: String,
    /// What the browser called itself at sign-in.
    pub user_agent: String,
    pub created_at: Millis,
    /// To the hour.
    pub last_used_at: Millis,
    pub expires_at: Millis,
}

/// A session that is in force, and what its person may do.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LiveSession {
    pub id: SessionId,
    pub account_id: AccountId,
    pub last_used_at: Millis,
    pub role: Role,
}

impl Reader<'_> {
    /// The session of a token's fingerprint: not expired, of a person who may sign in.
    pub async fn live_session(&mut self, token_hash: &str, now: Millis) -> Result<Option<LiveSession>> {
        const SQL: &str = "SELECT s.id, s.account_id, s.last_used_at, u.role FROM sessions s \
             JOIN users u ON u.account_id = s.account_id JOIN accounts a ON a.id = s.account_id \
             WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.confirmed_at IS NOT NULL AND u.approved AND NOT u.disabled \
             AND a.suspended_at IS NULL AND a.deleted_at IS NULL";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(token_hash).bind(now).fetch_optional(c).await)?)
    }

    /// A person's sessions, the newest first, expired ones included.
    pub async fn sessions_of(&mut self, id: AccountId) -> Result<Vec<Session>> {
        const SQL: &str = "SELECT id, account_id, token_hash, user_agent, created_at, last_used_at, expires_at FROM sessions \
             WHERE account_id = $1 ORDER BY id DESC";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Begins a session.
    pub async fn insert_session(&mut self, s: &Session) -> Result<()> {
        const SQL: &str = "INSERT INTO sessions (id, account_id, token_hash, user_agent, created_at, last_used_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)";
        exec!(
            self,
            sqlx::query(SQL)
                .bind(s.id)
                .bind(s.account_id)
                .bind(&s.token_hash)
                .bind(&s.user_agent)
                .bind(s.created_at)
                .bind(s.last_used_at)
                .bind(s.expires_at)
        )?;
        Ok(())
    }

    /// Notes that a session is used. Never moves the time back.
    pub async fn touch_session(&mut self, id: SessionId, now: Millis) -> Result<()> {
        const SQL: &str = "UPDATE sessions SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2";
        exec!(self, sqlx::query(SQL).bind(id).bind(now))?;
        Ok(())
    }

    /// Ends the session of a token's fingerprint; whether there was one.
    pub async fn delete_session(&mut self, token_hash: &str) -> Result<bool> {
        const SQL: &str = "DELETE FROM sessions WHERE token_hash = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(token_hash))? == 1)
    }

    /// Ends one of a person's sessions; `false` if it isn't there or isn't theirs.
    pub async fn delete_session_of(&mut self, account: AccountId, id: SessionId) -> Result<bool> {
        const SQL: &str = "DELETE FROM sessions WHERE id = $2 AND account_id = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(id))? == 1)
    }

    /// Ends all sessions of a person but one; how many.
    pub async fn delete_sessions_except(&mut self, account: AccountId, keep: SessionId) -> Result<u64> {
        const SQL: &str = "DELETE FROM sessions WHERE account_id = $1 AND id <> $2";
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(keep))?)
    }

    /// Ends all sessions of a person; how many.
    pub async fn delete_sessions_of(&mut self, id: AccountId) -> Result<u64> {
        const SQL: &str = "DELETE FROM sessions WHERE account_id = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(id))?)
    }

    /// Forgets sessions that have expired; how many.
    pub async fn delete_expired_sessions(&mut self, now: Millis) -> Result<u64> {
        const SQL: &str = "DELETE FROM sessions WHERE expires_at <= $1";
        Ok(exec!(self, sqlx::query(SQL).bind(now))?)
    }
}
