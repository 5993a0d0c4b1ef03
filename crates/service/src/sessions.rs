//! Signing in with a browser: sessions of 30 days, known by an opaque token in a cookie.

use std::{net::IpAddr, time::Duration};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tintype_model::{AccountId, Millis, Role, SessionId, secret};
use tintype_store::{accounts::Account, sessions::Session, users::User};

use crate::{
    Ctx, Error, Result, passwords,
    throttle::{self, Allowance},
};

/// How long a session lasts.
pub const LIFETIME: Duration = Duration::from_hours(30 * 24);

/// How exactly "last used" is kept: writing it at every request would make every read a write.
pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// Attempts by one source at one account.
const PAIR: Allowance = Allowance { times: 10, window: Duration::from_mins(15) };
/// Attempts by one source, at whatever account.
const SOURCE: Allowance = Allowance { times: 25, window: Duration::from_mins(5) };
/// Attempts at one account, from wherever: above what one source may do, so that one can't lock others out.
const ACCOUNT: Allowance = Allowance { times: 100, window: Duration::from_hours(1) };

/// The one text for every failed attempt, so that it doesn't tell which half was wrong.
const WRONG: &str = "Invalid e-mail address or password";

/// The words of the Mastodon API for somebody whose e-mail address isn't known to be theirs.
pub(crate) const UNCONFIRMED: &str = "Your login is missing a confirmed e-mail address";
/// What people are told who wait to be let in: the Mastodon API's words, as the next ones.
pub const PENDING: &str = "Your login is currently pending approval";

/// What people are told who are locked out, suspended or deleted.
pub const DISABLED: &str = "Your login is currently disabled";

/// An attempt to sign in.
#[derive(Debug, Clone, Default)]
pub struct Attempt {
    /// An e-mail address or a username.
    pub name: String,
    pub password: String,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Where it comes from, if the door knows.
    pub source: Option<IpAddr>,
}

/// The secret of a session: what the cookie holds.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(pub String);

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub session: SessionId,
    pub account: AccountId,
    pub role: Role,
    /// What this session's forms must carry.
    pub csrf: String,
}

/// One of a person's sessions, as it is shown to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    pub id: SessionId,
    /// What the browser called itself.
    pub user_agent: String,
    pub created_at: Millis,
    /// To the hour.
    pub last_used_at: Millis,
}

/// Checks a password and begins a session.
///
/// Errors: `Unauthorized` with one text for whatever was wrong; `TooMany`; `Forbidden` for people who may not sign in
/// now, once their password was right.
pub async fn sign_in(ctx: &Ctx, attempt: Attempt) -> Result<SessionToken> {
    let name = attempt.name.trim().to_lowercase();
    let counted = names(&name, attempt.source);
    if ctx.passwords.throttled && !ctx.passwords.throttle.take(ctx.now(), &counted) {
        return Err(Error::TooMany);
    }
    let user = person(ctx, &name).await?;
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    let right = passwords::verify(ctx, &attempt.password, hash).await?;
    let Some(user) = user.filter(|_| right) else { return Err(Error::Unauthorized(WRONG)) };
    ctx.passwords.throttle.give_back(&counted);
    start(ctx, user.account_id, &attempt.user_agent).await
}

/// The person with a name or an address, in lower case.
async fn person(ctx: &Ctx, name: &str) -> Result<Option<User>> {
    // No database takes a NUL, nobody is called so.
    if name.is_empty() || name.len() > 320 || name.contains('\0') {
        return Ok(None);
    }
    let mut reader = ctx.store.read().await?;
    Ok(if name.contains('@') { reader.user_by_email(name).await? } else { reader.user_by_name(name).await? })
}

/// Begins a session without a password, for somebody who has just proved themselves otherwise (by registering).
///
/// Errors: `Forbidden` for people who may not sign in now, one who waits to be let in for instance.
pub async fn start(ctx: &Ctx, account: AccountId, user_agent: &str) -> Result<SessionToken> {
    may_sign_in(ctx, account).await?;
    let (token, now) = (secret::token(), ctx.now());
    let session = Session {
        id: ctx.ids.next(),
        account_id: account,
        token_hash: secret::fingerprint(&token),
        user_agent: user_agent.chars().filter(|c| !c.is_control()).take(250).collect(),
        created_at: now,
        last_used_at: now,
        expires_at: now.plus(LIFETIME),
    };
    let mut tx = ctx.store.begin().await?;
    tx.insert_session(&session).await?;
    tx.touch_user(account, now).await?;
    tx.commit().await?;
    Ok(SessionToken(token))
}

/// Who a session belongs to; `None` if it has ended, or never was, or its person may not be here any more.
pub async fn who(ctx: &Ctx, token: &str) -> Result<Option<Signed>> {
    let now = ctx.now();
    let found = ctx.store.read().await?.live_session(&secret::fingerprint(token), now).await?;
    let Some(session) = found else { return Ok(None) };
    if session.last_used_at.plus(HOUR) <= now {
        let mut tx = ctx.store.begin().await?;
        tx.touch_session(session.id, now).await?;
        tx.touch_user(session.account_id, now).await?;
        tx.commit().await?;
    }
    Ok(Some(Signed {
        session: session.id,
        account: session.account_id,
        role: session.role,
        csrf: csrf(token),
    }))
}

/// A person's sessions that are in force, the newest first.
pub async fn list(ctx: &Ctx, who: AccountId) -> Result<Vec<SessionView>> {
    let now = ctx.now();
    let rows = ctx.store.read().await?.sessions_of(who).await?;
    let live = rows.into_iter().filter(|row| row.expires_at > now);
    Ok(live
        .map(|row| SessionView {
            id: row.id,
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        })
        .collect())
}

/// Ends one of a person's sessions.
pub async fn end(ctx: &Ctx, who: AccountId, session: SessionId) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    if !tx.delete_session_of(who, session).await? {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// Ends a session. One that has ended already is fine.
pub async fn sign_out(ctx: &Ctx, token: &str) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    tx.delete_session(&secret::fingerprint(token)).await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets sessions that have expired: upkeep.
pub async fn tidy(ctx: &Ctx) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    tx.delete_expired_sessions(ctx.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// What the forms of a session carry: only who knows the session's token can make it, and it doesn't give it away.
fn csrf(token: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes());
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"tintype form token").as_ref())
}

/// Refuses those who may not sign in now, in the words of the Mastodon API.
pub(crate) async fn may_sign_in(ctx: &Ctx, account: AccountId) -> Result<()> {
    let mut reader = ctx.store.read().await?;
    let user = reader.user(account).await?.ok_or(Error::NotFound)?;
    let account = reader.account(account).await?;
    may_act(Some(&user), account.as_ref())
}

/// As [`may_sign_in`], of rows at hand.
pub(crate) fn may_act(user: Option<&User>, account: Option<&Account>) -> Result<()> {
    match (user, account) {
        (Some(user), Some(account)) if !user.approved && !user.disabled && account.deleted_at.is_none() => {
            Err(Error::Forbidden(PENDING))
        }
        (Some(user), Some(account)) if !user.disabled && account.is_active() => {
            if user.confirmed_at.is_some() { Ok(()) } else { Err(Error::Forbidden(UNCONFIRMED)) }
        }
        _ => Err(Error::Forbidden(DISABLED)),
    }
}

/// Counts an attempt to prove who one is by a password, where a session is at hand already.
pub(crate) fn may_guess(ctx: &Ctx, account: AccountId) -> Result<()> {
    let counted = [(format!("change {account}"), PAIR)];
    if ctx.passwords.throttled && !ctx.passwords.throttle.take(ctx.now(), &counted) {
        return Err(Error::TooMany);
    }
    Ok(())
}

/// The names under which an attempt is counted. They are counted for unknown people too.
fn names(name: &str, source: Option<IpAddr>) -> Vec<(String, Allowance)> {
    // A fingerprint, because the name may be a megabyte long.
    let account = secret::fingerprint(name);
    let mut names = vec![(format!("account {account}"), ACCOUNT)];
    if let Some(source) = source {
        let source = throttle::source(source);
        names.push((format!("pair {source} {account}"), PAIR));
        names.push((format!("source {source}"), SOURCE));
    } else {
        names.push((format!("pair - {account}"), PAIR));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{instance_with_clock, member};

    fn attempt(name: &str, password: &str) -> Attempt {
        Attempt {
            name: name.into(),
            password: password.into(),
            source: "192.0.2.7".parse().ok(),
            ..Attempt::default()
        }
    }

    #[tokio::test]
    async fn a_session_begins_and_ends() {
        let (ctx, clock, _dir) = instance_with_clock().await;
        let alice = member(&ctx, "alice").await;
        let mut tokens = Vec::new();
        for name in ["alice", " Alice ", "ALICE@mail.example"] {
            let token = sign_in(&ctx, attempt(name, "correct horse")).await.unwrap();
            let signed = who(&ctx, &token.0).await.unwrap().unwrap();
            assert_eq!((signed.account, signed.role), (alice, Role::Member));
            tokens.push(token.0);
        }
        assert_ne!(tokens[0], tokens[1], "every sign-in has a session of its own");
        assert_ne!(csrf(&tokens[0]), csrf(&tokens[1]));
        let kept = ctx.store.read().await.unwrap().sessions_of(alice).await.unwrap();
        assert!(kept.iter().all(|s| !tokens.contains(&s.token_hash)), "only fingerprints are kept");
        sign_out(&ctx, &tokens[0]).await.unwrap();
        assert_eq!(who(&ctx, &tokens[0]).await.unwrap(), None);
        assert!(who(&ctx, &tokens[1]).await.unwrap().is_some());
        clock.turn(LIFETIME);
        assert_eq!(who(&ctx, &tokens[1]).await.unwrap(), None);
        tidy(&ctx).await.unwrap();
        assert!(ctx.store.read().await.unwrap().sessions_of(alice).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn wrong_is_wrong_whatever_was_wrong() {
        let (ctx, _, _dir) = instance_with_clock().await;
        member(&ctx, "alice").await;
        for (name, password) in
            [("alice", "wrong horse"), ("nobody", "correct horse"), ("x@y.example", "x"), ("", "")]
        {
            let refused = sign_in(&ctx, attempt(name, password)).await.unwrap_err();
            assert!(matches!(refused, Error::Unauthorized(text) if text == WRONG), "{name}: {refused}");
        }
    }

    #[tokio::test]
    async fn guessing_is_slowed_down_for_the_guesser_alone() {
        let (ctx, clock, _dir) = instance_with_clock().await;
        member(&ctx, "alice").await;
        for _ in 0..PAIR.times {
            assert!(matches!(sign_in(&ctx, attempt("alice", "guess")).await, Err(Error::Unauthorized(_))));
        }
        let refused = sign_in(&ctx, attempt("alice", "correct horse")).await;
        assert!(matches!(refused, Err(Error::TooMany)), "even with the right one");
        let elsewhere = Attempt { source: "198.51.100.1".parse().ok(), ..attempt("alice", "correct horse") };
        sign_in(&ctx, elsewhere).await.unwrap();
        clock.turn(PAIR.window);
        sign_in(&ctx, attempt("alice", "correct horse")).await.unwrap();
    }

    #[tokio::test]
    async fn people_who_are_locked_out_stay_out() {
        let (ctx, _, _dir) = instance_with_clock().await;
        let alice = member(&ctx, "alice").await;
        let token = sign_in(&ctx, attempt("alice", "correct horse")).await.unwrap();
        let mut tx = ctx.store.begin().await.unwrap();
        tx.set_disabled(alice, true).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(who(&ctx, &token.0).await.unwrap(), None, "at once");
        let refused = sign_in(&ctx, attempt("alice", "correct horse")).await;
        assert!(matches!(refused, Err(Error::Forbidden("Your login is currently disabled"))));
        let refused = sign_in(&ctx, attempt("alice", "wrong horse")).await;
        assert!(matches!(refused, Err(Error::Unauthorized(_))), "not told to guessers");
    }

    #[tokio::test]
    async fn people_see_their_sessions_and_end_them() {
        let (ctx, clock, _dir) = instance_with_clock().await;
        let (alice, ben) = (member(&ctx, "alice").await, member(&ctx, "ben").await);
        let old = start(&ctx, alice, "Old browser").await.unwrap();
        clock.turn(LIFETIME / 2);
        let new = start(&ctx, alice, "New browser").await.unwrap();
        let names = async || {
            let list = list(&ctx, alice).await.unwrap();
            list.into_iter().map(|s| s.user_agent).collect::<Vec<_>>()
        };
        assert_eq!(names().await, ["New browser", "Old browser"]);
        let session = who(&ctx, &old.0).await.unwrap().unwrap().session;
        assert!(matches!(end(&ctx, ben, session).await, Err(Error::NotFound)), "not one's own");
        end(&ctx, alice, session).await.unwrap();
        assert!(matches!(end(&ctx, alice, session).await, Err(Error::NotFound)));
        assert_eq!(who(&ctx, &old.0).await.unwrap(), None);
        assert!(who(&ctx, &new.0).await.unwrap().is_some());
        clock.turn(LIFETIME);
        assert!(names().await.is_empty(), "expired");
    }
}
