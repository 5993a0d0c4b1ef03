//! Following and its undoing, by local people.

use std::collections::{HashMap, HashSet};

use tintype_model::{AccountId, FollowId, Millis, Page};
use tintype_store::{
    Reader, Tx,
    accounts::Account,
    blocks::Standing,
    follows::{Follow, FollowState},
    notifications::NotificationKind,
};

use crate::{
    Ctx, Error, Hint, Outgoing, Result, accounts,
    domains::{self, Admission},
    moves, outgoing,
    paged::Paged,
    statuses,
    views::{self, AccountView},
};

/// What a follower wants of a follow; `None`: as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct FollowOptions {
    /// Whether boosts show in the home timeline.
    pub reblogs: Option<bool>,
    /// Whether every post is told.
    pub notify: Option<bool>,
}

/// How one account stands to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relationship {
    pub id: AccountId,
    pub following: bool,
    pub showing_reblogs: bool,
    pub notifying: bool,
    /// Asked to follow, not accepted yet.
    pub requested: bool,
    pub followed_by: bool,
    pub requested_by: bool,
    pub blocking: bool,
    pub blocked_by: bool,
    pub muting: bool,
    pub muting_notifications: bool,
    /// When the mute ends by itself.
    pub mute_expires_at: Option<Millis>,
    pub domain_blocking: bool,
    /// What the one noted about the other, for nobody else.
    pub note: String,
}

/// Characters of a note about somebody.
const NOTE_CHARACTERS: usize = 2000;
/// Requests that one transaction answers.
const BATCH: usize = 100;

/// Follows an account. Of an open local account at once; of a locked or remote one when it accepts.
///
/// Errors: `Forbidden` where one of the two blocks the other (or the other's domain), or the instance the domain; and where
/// one of the two has moved.
pub async fn follow(
    ctx: &Ctx,
    who: AccountId,
    target: AccountId,
    options: FollowOptions,
) -> Result<Relationship> {
    const REFUSED: Error = Error::Forbidden("This action is not allowed");
    if who == target {
        return Err(REFUSED);
    }
    let mut reader = ctx.store.read().await?;
    let me = reader.account(who).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    let them = reader.account(target).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    moves::at_home(&mut reader, who).await?;
    if domains::standing(ctx, &mut reader, &them).await? == Admission::Refused {
        return Err(REFUSED);
    }
    drop(reader);
    let mut hints = Vec::new();
    let mut tx = ctx.store.begin().await?;
    let old = take(&mut tx, who, target).await?;
    // After the locks: a block that was made a moment ago is seen.
    if standing(&mut tx.read(), who, target)
        .await?
        .is_some_and(|s| s.blocking || s.blocked_by || s.domain_blocking)
    {
        return Err(REFUSED);
    }
    if let Some(old) = old {
        let reblogs = options.reblogs.unwrap_or(old.show_reblogs);
        tx.set_follow_options(old.id, reblogs, options.notify.unwrap_or(old.notify)).await?;
    } else {
        if moves::has_moved(&mut tx.read(), target).await? {
            return Err(REFUSED);
        }
        ask(ctx, &mut tx, &me, target, options, &mut hints).await?;
    }
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    relationship(ctx, who, target).await
}

/// Makes a follow that isn't there yet, or the request for it, with both accounts locked.
pub(crate) async fn ask(
    ctx: &Ctx,
    tx: &mut Tx,
    me: &Account,
    target: AccountId,
    options: FollowOptions,
    hints: &mut Vec<Hint>,
) -> Result<()> {
    // As they are now: locked or not may have changed.
    let them = tx.read().account(target).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    let open = them.local && !them.locked;
    let id: FollowId = ctx.ids.next();
    let row = Follow {
        id,
        follower_id: me.id,
        target_id: target,
        uri: ctx.site.follow(&me.username, id),
        state: if open { FollowState::Accepted } else { FollowState::Pending },
        show_reblogs: options.reblogs.unwrap_or(true),
        notify: options.notify.unwrap_or(false),
        created_at: ctx.now(),
    };
    if !tx.insert_follow(&row).await? {
        return Ok(());
    }
    if them.local {
        let kind = if open { NotificationKind::Follow } else { NotificationKind::FollowRequest };
        statuses::notify(ctx, tx, target, kind, me.id, None, hints).await?;
    } else {
        outgoing::enqueue(ctx, tx, &Outgoing::Followed { follow: id, uri: row.uri.clone() }).await?;
    }
    if open {
        tx.backfill_home(me.id, target, ctx.policy.home_limit).await?;
    }
    Ok(())
}

/// Ends a follow, or takes the request for it back.
pub async fn unfollow(ctx: &Ctx, who: AccountId, target: AccountId) -> Result<Relationship> {
    let them = ctx.store.read().await?.account(target).await?.ok_or(Error::NotFound)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(row) = take(&mut tx, who, target).await? {
        end(&mut tx, &row).await?;
        if !them.local {
            let undo = Outgoing::Unfollowed { activity: ctx.ids.next(), account: who, uri: row.uri, target };
            outgoing::enqueue(ctx, &mut tx, &undo).await?;
        }
        tx.commit().await?;
    } else {
        // Nobody reads on while holding a transaction: its connection may be the one that is waited for.
        tx.rollback().await?;
    }
    relationship(ctx, who, target).await
}

/// Ends somebody's follow of a person, or their request. Somebody who doesn't follow is fine.
pub async fn remove_follower(ctx: &Ctx, who: AccountId, follower: AccountId) -> Result<Relationship> {
    let them = ctx.store.read().await?.account(follower).await?.ok_or(Error::NotFound)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(row) = take(&mut tx, follower, who).await? {
        refuse(ctx, &mut tx, &row, them.local).await?;
        tx.commit().await?;
        ctx.events.hint(Hint::Account(who));
    } else {
        tx.rollback().await?;
    }
    relationship(ctx, who, follower).await
}

/// Notes something about somebody, for oneself alone; an empty note is none.
pub async fn note(ctx: &Ctx, who: AccountId, target: AccountId, comment: &str) -> Result<Relationship> {
    let comment = comment.trim();
    if comment.chars().count() > NOTE_CHARACTERS {
        return Err(Error::invalid(format!("Comment is too long (maximum is {NOTE_CHARACTERS} characters)")));
    }
    if comment.contains('\0') {
        return Err(Error::invalid("Text must not contain NUL characters"));
    }
    let mut tx = ctx.store.begin().await?;
    let them = tx.read().account(target).await?.ok_or(Error::NotFound)?;
    if accounts::waits(&mut tx.read(), &them).await? {
        return Err(Error::NotFound);
    }
    tx.set_account_note(who, target, comment).await?;
    tx.commit().await?;
    relationship(ctx, who, target).await
}

/// How somebody stands to some others, in the order of the ids; left out are unknown ones and who isn't let in yet.
pub async fn relationships(ctx: &Ctx, who: AccountId, targets: &[AccountId]) -> Result<Vec<Relationship>> {
    let mut reader = ctx.store.read().await?;
    let waiting = reader.waiting_among(targets).await?;
    let mut known: Vec<AccountId> = reader.accounts(targets).await?.into_iter().map(|a| a.id).collect();
    known.retain(|id| !waiting.contains(id));
    let follows = reader.follows_around(who, &known).await?;
    let standings: HashMap<AccountId, Standing> =
        reader.standings(who, &known).await?.into_iter().map(|s| (s.other, s)).collect();
    let out: HashMap<AccountId, &Follow> =
        follows.iter().filter(|f| f.follower_id == who).map(|f| (f.target_id, f)).collect();
    let back: HashMap<AccountId, &Follow> =
        follows.iter().filter(|f| f.target_id == who).map(|f| (f.follower_id, f)).collect();
    let is = |f: Option<&&Follow>, state: FollowState| f.is_some_and(|f| f.state == state);
    Ok(targets
        .iter()
        .filter(|id| known.contains(id))
        .map(|id| {
            let (to, from) = (out.get(id), back.get(id));
            let following = is(to, FollowState::Accepted);
            let standing = standings.get(id);
            Relationship {
                id: *id,
                following,
                showing_reblogs: following && to.is_some_and(|f| f.show_reblogs),
                notifying: following && to.is_some_and(|f| f.notify),
                requested: is(to, FollowState::Pending),
                followed_by: is(from, FollowState::Accepted),
                requested_by: is(from, FollowState::Pending),
                blocking: standing.is_some_and(|s| s.blocking),
                blocked_by: standing.is_some_and(|s| s.blocked_by),
                muting: standing.is_some_and(|s| s.muting),
                muting_notifications: standing.is_some_and(|s| s.muting_notifications),
                mute_expires_at: standing.and_then(|s| s.mute_expires_at),
                domain_blocking: standing.is_some_and(|s| s.domain_blocking),
                note: standing.and_then(|s| s.note.clone()).unwrap_or_default(),
            }
        })
        .collect())
}

/// One page of an account's followers, as far as it lets the viewer see them.
pub async fn followers(
    ctx: &Ctx,
    viewer: Option<AccountId>,
    of: AccountId,
    page: &Page,
) -> Result<Paged<AccountView>> {
    let mut reader = ctx.store.read().await?;
    let shown = shows_people(&mut reader, viewer, of).await?;
    let rows = if shown { reader.followers(of, page).await? } else { Vec::new() };
    show(ctx, &mut reader, viewer.filter(|viewer| *viewer != of), &rows).await
}

/// One page of those whom an account follows, as far as it lets the viewer see them.
pub async fn following(
    ctx: &Ctx,
    viewer: Option<AccountId>,
    of: AccountId,
    page: &Page,
) -> Result<Paged<AccountView>> {
    let mut reader = ctx.store.read().await?;
    let shown = shows_people(&mut reader, viewer, of).await?;
    let rows = if shown { reader.following(of, page).await? } else { Vec::new() };
    show(ctx, &mut reader, viewer.filter(|viewer| *viewer != of), &rows).await
}

/// Whether a viewer is shown whom an account follows and who follows it.
async fn shows_people(reader: &mut Reader<'_>, viewer: Option<AccountId>, of: AccountId) -> Result<bool> {
    let account = reader.account(of).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    match viewer {
        Some(viewer) if viewer == of => Ok(true),
        _ if account.hide_collections => Ok(false),
        Some(viewer) => Ok(!standing(reader, viewer, of).await?.is_some_and(|s| s.blocked_by)),
        None => Ok(true),
    }
}

/// A page of people: none who are suspended, and to a viewer none whom they keep away from, or who keep away from them.
async fn show(
    ctx: &Ctx,
    reader: &mut Reader<'_>,
    viewer: Option<AccountId>,
    rows: &[(i64, AccountId)],
) -> Result<Paged<AccountView>> {
    let ids: Vec<AccountId> = rows.iter().map(|r| r.1).collect();
    let hidden: HashSet<AccountId> = match viewer {
        Some(viewer) => {
            let apart = reader.standings(viewer, &ids).await?;
            apart
                .into_iter()
                .filter(|s| s.blocking || s.blocked_by || s.muting || s.domain_blocking)
                .map(|s| s.other)
                .collect()
        }
        None => HashSet::new(),
    };
    let mut views = views::accounts(ctx, reader, &ids).await?;
    views.retain(|view| !view.suspended && !hidden.contains(&view.id));
    Ok(Paged::new(views, rows))
}

/// One page of those who asked to follow a person and wait for the answer.
pub async fn requests(ctx: &Ctx, who: AccountId, page: &Page) -> Result<Paged<AccountView>> {
    let mut reader = ctx.store.read().await?;
    let rows = reader.follow_requests(who, page).await?;
    show(ctx, &mut reader, None, &rows).await
}

/// How many wait for a person's answer.
pub async fn requests_count(ctx: &Ctx, who: AccountId) -> Result<i64> {
    Ok(ctx.store.read().await?.follow_requests_count(who).await?)
}

/// Lets somebody follow who asked to.
pub async fn authorize(ctx: &Ctx, who: AccountId, follower: AccountId) -> Result<Relationship> {
    let mut hints = Vec::new();
    let mut tx = ctx.store.begin().await?;
    let row = requested(&mut tx, who, follower).await?;
    accept(ctx, &mut tx, &row, &mut hints).await?;
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    relationship(ctx, who, follower).await
}

/// Refuses somebody who asked to follow. They may ask again.
pub async fn reject(ctx: &Ctx, who: AccountId, follower: AccountId) -> Result<Relationship> {
    let mut tx = ctx.store.begin().await?;
    let row = requested(&mut tx, who, follower).await?;
    let local = tx.read().account(follower).await?.is_some_and(|a| a.local);
    refuse(ctx, &mut tx, &row, local).await?;
    tx.commit().await?;
    relationship(ctx, who, follower).await
}

/// The request that waits for an answer, locked.
async fn requested(tx: &mut Tx, who: AccountId, follower: AccountId) -> Result<Follow> {
    let row = take(tx, follower, who).await?;
    row.filter(|f| f.state == FollowState::Pending).ok_or(Error::NotFound)
}

/// Accepts whoever waits for the answer of a person who isn't locked any more. Safe to repeat.
pub(crate) async fn accept_waiting(ctx: &Ctx, who: AccountId) -> Result<()> {
    let waiting = ctx.store.read().await?.waiting_requests(who).await?;
    for some in waiting.chunks(BATCH) {
        let mut hints = Vec::new();
        let mut tx = ctx.store.begin().await?;
        lock(&mut tx, some.iter().map(|row| row.follower_id).chain([who])).await?;
        if tx.read().account(who).await?.is_none_or(|me| me.locked) {
            return Ok(()); // locked again meanwhile
        }
        for row in some {
            if let Some(row) = tx.lock_follow(row.follower_id, who).await? {
                accept(ctx, &mut tx, &row, &mut hints).await?;
            }
        }
        tx.commit().await?;
        for hint in hints {
            ctx.events.hint(hint);
        }
    }
    Ok(())
}

/// Accepts a request of a local person's: the follower is told, and the notification of the request becomes one of a
/// follow.
async fn accept(ctx: &Ctx, tx: &mut Tx, row: &Follow, hints: &mut Vec<Hint>) -> Result<()> {
    let (who, follower) = (row.target_id, row.follower_id);
    if !tx.accept_follow(row).await? {
        return Ok(());
    }
    tx.retract_notification(who, NotificationKind::FollowRequest, follower, None).await?;
    statuses::notify(ctx, tx, who, NotificationKind::Follow, follower, None, hints).await?;
    if tx.read().account(follower).await?.is_some_and(|a| a.local) {
        tx.backfill_home(follower, who, ctx.policy.home_limit).await?;
    } else {
        let answer =
            Outgoing::Accepted { activity: ctx.ids.next(), account: who, uri: row.uri.clone(), follower };
        outgoing::enqueue(ctx, tx, &answer).await?;
    }
    hints.push(Hint::Account(who));
    Ok(())
}

/// Ends a follow, or a request, of a local person's; its follower is told unless local.
pub(crate) async fn refuse(ctx: &Ctx, tx: &mut Tx, row: &Follow, local: bool) -> Result<()> {
    end(tx, row).await?;
    if !local {
        let answer = Outgoing::Rejected {
            activity: ctx.ids.next(),
            account: row.target_id,
            uri: row.uri.clone(),
            follower: row.follower_id,
        };
        outgoing::enqueue(ctx, tx, &answer).await?;
    }
    Ok(())
}

/// Removes a follow and what followed from it: the entries in the follower's home, the notification of the followed.
pub(crate) async fn end(tx: &mut Tx, row: &Follow) -> Result<()> {
    if tx.delete_follow(row).await? {
        tx.prune_home(row.follower_id, row.target_id).await?;
        for kind in [NotificationKind::Follow, NotificationKind::FollowRequest] {
            tx.retract_notification(row.target_id, kind, row.follower_id, None).await?;
        }
    }
    Ok(())
}

/// One account's follow of another, with both accounts locked until the end of the transaction: whatever makes, ends or
/// forbids a follow of the two takes its turn, and takes the locks in this order.
pub(crate) async fn take(tx: &mut Tx, follower: AccountId, target: AccountId) -> Result<Option<Follow>> {
    lock(tx, [follower, target]).await?;
    Ok(tx.lock_follow(follower, target).await?)
}

/// Locks accounts until the end of the transaction, in the order of their ids.
pub(crate) async fn lock(tx: &mut Tx, accounts: impl IntoIterator<Item = AccountId>) -> Result<()> {
    let mut ids: Vec<AccountId> = accounts.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        // Counting nothing is a write, and a write is a lock on both databases.
        tx.count_account(id, 0, 0, 0, None).await?;
    }
    Ok(())
}

/// How somebody stands to somebody else, apart from follows.
pub(crate) async fn standing(
    reader: &mut Reader<'_>,
    who: AccountId,
    other: AccountId,
) -> Result<Option<Standing>> {
    Ok(reader.standings(who, &[other]).await?.pop())
}

pub(crate) async fn relationship(ctx: &Ctx, who: AccountId, target: AccountId) -> Result<Relationship> {
    relationships(ctx, who, &[target]).await?.pop().ok_or(Error::NotFound)
}

#[cfg(test)]
mod tests;
