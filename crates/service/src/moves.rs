//! People who move to another server, or come from one: other names of an account, and where it lives now.
//!
//! A move needs the consent of both ends: the old account says where it goes, and the new one has said before that it is
//! the old one too (`alsoKnownAs`). Then whoever follows the old one here follows the new one.

use std::time::Duration;

use tintype_model::{AccountId, Handle};
use tintype_store::{
    Reader, Tx,
    accounts::{Account, AccountKind},
    follows::Follow,
};

use crate::{
    Ctx, Error, Hint, Outgoing, Resolver, Result, follows,
    follows::FollowOptions,
    outgoing,
    views::{self, AccountView},
};

/// How long an account that has moved can't move again.
pub const PAUSE: Duration = Duration::from_hours(7 * 24);
/// Other names that an account can have.
const ALIASES: usize = 20;
/// Follows that one transaction carries over.
const BATCH: i64 = 100;
/// What somebody hears who has moved and does something here nevertheless.
const AWAY: Error = Error::Forbidden("Your account has moved to another server");

/// Another name of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The other actor's ActivityPub id.
    pub uri: String,
    /// Its handle, if it is known here.
    pub acct: Option<String>,
}

/// The other names of a local account.
pub async fn aliases(ctx: &Ctx, who: AccountId) -> Result<Vec<Alias>> {
    let mut reader = ctx.store.read().await?;
    let uris = reader.aliases_of(who).await?;
    let known = reader.accounts_by_uri(&uris).await?;
    let acct = |uri: &String| known.iter().find(|a| a.uri == *uri).map(Account::acct);
    Ok(uris.into_iter().map(|uri| Alias { acct: acct(&uri), uri }).collect())
}

/// Says that a local account is the same person as another one, so that that one can move here.
///
/// Errors: `NotFound`; `Invalid` where the handle is of nobody, of the account itself, or one too many.
pub async fn add_alias(ctx: &Ctx, resolver: &dyn Resolver, who: AccountId, handle: &str) -> Result<Alias> {
    let other = found(ctx, resolver, handle).await?;
    let mut tx = ctx.store.begin().await?;
    let me = own(&mut tx.read(), who).await?;
    if other.id == who {
        return Err(Error::invalid("An account can't be its own alias"));
    }
    let known = tx.read().aliases_of(who).await?;
    if known.len() >= ALIASES && !known.contains(&other.uri) {
        return Err(Error::invalid(format!("An account has {ALIASES} aliases at most")));
    }
    if tx.insert_alias(who, &other.uri).await? {
        tell(ctx, &mut tx, &me).await?;
    }
    tx.commit().await?;
    Ok(Alias { acct: Some(other.acct()), uri: other.uri })
}

/// Takes another name away, by its handle or its ActivityPub id; whether the account had it.
pub async fn remove_alias(ctx: &Ctx, who: AccountId, name: &str) -> Result<bool> {
    let name = name.trim();
    let mut tx = ctx.store.begin().await?;
    let me = own(&mut tx.read(), who).await?;
    let uri = match name.parse::<Handle>() {
        Ok(handle) => {
            let key = handle.on(&ctx.site.domain).key();
            tx.read().account_by_key(&key).await?.map(|account| account.uri)
        }
        Err(_) => Some(name.to_owned()),
    };
    let Some(uri) = uri.filter(|uri| !uri.contains('\0')) else { return Ok(false) };
    let was = tx.delete_alias(who, &uri).await?;
    if was {
        tell(ctx, &mut tx, &me).await?;
        tx.commit().await?;
    }
    Ok(was)
}

/// Moves a local account to another one, which must have it among its own other names. Its followers here follow the other
/// one from now on, those elsewhere are told to; the account can neither post nor follow any more until [`come_back`].
///
/// Errors: `NotFound`; `Invalid` where nobody has the handle, the other account doesn't name this one or has moved itself,
/// or the last move was less than a week ago.
pub async fn move_to(
    ctx: &Ctx,
    resolver: &dyn Resolver,
    who: AccountId,
    handle: &str,
) -> Result<AccountView> {
    let target = found(ctx, resolver, handle).await?;
    if !target.local {
        // As it is now: it may just have been prepared.
        resolver.refresh(target.id).await?;
    }
    let mut tx = ctx.store.begin().await?;
    let me = own(&mut tx.read(), who).await?;
    let obstacle = obstacle(ctx, &mut tx.read(), &me, target.id).await?;
    if let Some(obstacle) = obstacle {
        return Err(Error::invalid(obstacle.for_people()));
    }
    tx.set_move(who, target.id, ctx.now()).await?;
    tell(ctx, &mut tx, &me).await?;
    let uri = me.uri.clone();
    outgoing::enqueue(ctx, &mut tx, &Outgoing::Moved { activity: ctx.ids.next(), account: who, uri }).await?;
    carry_later(ctx, &mut tx, &me).await?;
    tx.commit().await?;
    ctx.events.hint(Hint::Account(who));
    Ok(views::account(ctx, &target))
}

/// Ends the move of a local account: it is used here again. Who followed it elsewhere stays there. `false` if it hasn't
/// moved.
pub async fn come_back(ctx: &Ctx, who: AccountId) -> Result<bool> {
    let mut tx = ctx.store.begin().await?;
    let me = own(&mut tx.read(), who).await?;
    let target = tx.read().move_of(who).await?.and_then(|moved| moved.target_id);
    let Some(target) = target else { return Ok(false) };
    tx.end_move(who).await?;
    let news = Outgoing::CameBack { activity: ctx.ids.next(), account: who, uri: me.uri, target };
    outgoing::enqueue(ctx, &mut tx, &news).await?;
    tx.commit().await?;
    ctx.events.hint(Hint::Account(who));
    Ok(true)
}

/// Where an account lives now, if it has moved.
pub async fn home_of(ctx: &Ctx, account: AccountId) -> Result<Option<AccountView>> {
    let mut reader = ctx.store.read().await?;
    let target = reader.move_of(account).await?.and_then(|moved| moved.target_id);
    match target {
        Some(target) => Ok(reader.account(target).await?.map(|target| views::account(ctx, &target))),
        None => Ok(None),
    }
}

/// Refuses what somebody does who has moved: they live elsewhere.
pub(crate) async fn at_home(reader: &mut Reader<'_>, who: AccountId) -> Result<()> {
    if has_moved(reader, who).await? { Err(AWAY) } else { Ok(()) }
}

/// Whether an account lives elsewhere now.
pub(crate) async fn has_moved(reader: &mut Reader<'_>, account: AccountId) -> Result<bool> {
    Ok(reader.move_of(account).await?.is_some_and(|moved| moved.target_id.is_some()))
}

/// Why an account doesn't move to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    Itself,
    /// The other one isn't there, or is no person.
    Nobody,
    /// The other one doesn't say that it is this one too.
    Unnamed,
    /// The other one has moved itself.
    Onwards,
    /// It has moved lately.
    TooSoon,
}

impl Obstacle {
    fn for_people(self) -> &'static str {
        match self {
            Self::Itself => "An account can't move to itself",
            Self::Nobody => "There is no such account to move to",
            Self::Unnamed => "The account to move to doesn't have this one among its aliases",
            Self::Onwards => "The account to move to has moved itself",
            Self::TooSoon => "This account has moved in the last 7 days",
        }
    }
}

/// What stands in the way of a move, as far as it is known here.
pub(crate) async fn obstacle(
    ctx: &Ctx,
    reader: &mut Reader<'_>,
    origin: &Account,
    target: AccountId,
) -> Result<Option<Obstacle>> {
    if origin.id == target {
        return Ok(Some(Obstacle::Itself));
    }
    let other = reader.account(target).await?.filter(Account::is_active);
    if other.is_none_or(|other| other.kind == AccountKind::Application) {
        return Ok(Some(Obstacle::Nobody));
    }
    if !reader.aliases_of(target).await?.contains(&origin.uri) {
        return Ok(Some(Obstacle::Unnamed));
    }
    if has_moved(reader, target).await? {
        return Ok(Some(Obstacle::Onwards));
    }
    let last = reader.move_of(origin.id).await?.map(|moved| moved.moved_at);
    Ok(last.filter(|at| at.plus(PAUSE) > ctx.now()).map(|_| Obstacle::TooSoon))
}

/// Whether an account has moved so lately that it can't again.
pub async fn rests(ctx: &Ctx, account: AccountId) -> Result<bool> {
    let last = ctx.store.read().await?.move_of(account).await?;
    Ok(last.is_some_and(|last| last.moved_at.plus(PAUSE) > ctx.now()))
}

/// Queues that whoever follows an account here follows the one that it has moved to.
pub(crate) async fn carry_later(ctx: &Ctx, tx: &mut Tx, origin: &Account) -> Result<()> {
    let news = Outgoing::FollowersMoved { account: origin.id, uri: origin.uri.clone() };
    outgoing::enqueue(ctx, tx, &news).await
}

/// Lets whoever follows a moved account here follow the one that it moved to, and follow the old one no more. In batches,
/// each in a transaction of its own: it may be stopped anywhere, and run again.
pub async fn carry(ctx: &Ctx, origin: AccountId) -> Result<()> {
    loop {
        let mut reader = ctx.store.read().await?;
        let target = reader.move_of(origin).await?.and_then(|moved| moved.target_id);
        let Some(target) = target else { return Ok(()) };
        let rows = reader.local_follows_of(origin, BATCH).await?;
        drop(reader);
        if rows.is_empty() {
            return Ok(());
        }
        carry_some(ctx, &rows, origin, target).await?;
    }
}

async fn carry_some(ctx: &Ctx, rows: &[Follow], origin: AccountId, target: AccountId) -> Result<()> {
    let mut hints = Vec::new();
    let mut tx = ctx.store.begin().await?;
    follows::lock(&mut tx, rows.iter().map(|row| row.follower_id).chain([origin, target])).await?;
    let old = tx.read().account(origin).await?.ok_or(Error::NotFound)?;
    let there = tx.read().account(target).await?.is_some_and(|account| account.is_active());
    for row in rows {
        let Some(row) = tx.lock_follow(row.follower_id, origin).await? else { continue };
        let follower = tx.read().account(row.follower_id).await?.filter(Account::is_active);
        if let Some(follower) = follower.filter(|follower| there && follower.id != target)
            && wants(&mut tx, follower.id, target).await?
        {
            let options = FollowOptions { reblogs: Some(row.show_reblogs), notify: Some(row.notify) };
            follows::ask(ctx, &mut tx, &follower, target, options, &mut hints).await?;
        }
        follows::end(&mut tx, &row).await?;
        if !old.local {
            let (activity, account) = (ctx.ids.next(), row.follower_id);
            let undo = Outgoing::Unfollowed { activity, account, uri: row.uri, target: origin };
            outgoing::enqueue(ctx, &mut tx, &undo).await?;
        }
        hints.push(Hint::Account(row.follower_id));
    }
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    Ok(())
}

/// Whether somebody may be made to follow the new account of whom they followed: they neither do already, nor keep it away
/// from themselves, nor does it keep them away.
async fn wants(tx: &mut Tx, follower: AccountId, target: AccountId) -> Result<bool> {
    if tx.lock_follow(follower, target).await?.is_some() {
        return Ok(false);
    }
    let apart = follows::standing(&mut tx.read(), follower, target).await?;
    Ok(!apart.is_some_and(|s| s.blocking || s.blocked_by || s.domain_blocking || s.muting))
}

async fn own(reader: &mut Reader<'_>, who: AccountId) -> Result<Account> {
    let me = reader.account(who).await?.filter(|a| a.local && a.kind != AccountKind::Application);
    me.filter(Account::is_active).ok_or(Error::NotFound)
}

async fn found(ctx: &Ctx, resolver: &dyn Resolver, handle: &str) -> Result<Account> {
    let nobody = || Error::invalid(format!("There is nobody called {handle}"));
    let parsed: Handle = handle.trim().parse().map_err(|_| nobody())?;
    let id = resolver.account(&parsed.on(&ctx.site.domain)).await?.ok_or_else(nobody)?;
    let account = ctx.store.read().await?.account(id).await?;
    account.filter(|a| a.is_active() && a.kind != AccountKind::Application).ok_or_else(nobody)
}

/// Tells others that a profile changed: its other names and where it lives are part of it.
async fn tell(ctx: &Ctx, tx: &mut Tx, me: &Account) -> Result<()> {
    let news = Outgoing::ProfileChanged { activity: ctx.ids.next(), account: me.id, uri: me.uri.clone() };
    outgoing::enqueue(ctx, tx, &news).await
}

#[cfg(test)]
mod tests;
