//! What those who run the instance decide about one account: suspending, silencing, deleting. What is hidden by it is
//! decided where things are read; here it is written down, and what cannot stand beside it ends.

use tintype_model::{AccountId, StatusId};
use tintype_store::{
    Tx,
    accounts::{Account, AccountKind},
    follows::Follow,
    notifications::NotificationKind,
    statuses::Status,
};

use crate::{
    Ctx, Error, Hint, Outgoing, Result, accounts,
    domains::{self, Admission},
    follows, outgoing, users,
};

/// Why an account is suspended or silenced: it was decided about this one.
const BY: &str = "account";
/// Statuses, likes or follows that one transaction removes.
const BATCH: usize = 100;
const MOST: i64 = BATCH as i64;
/// Batches of one account that go in one go.
const BATCHES: u32 = 30;
/// How often a batch is tried again that met another transaction.
const TRIES: u32 = 5;

/// Hides an account from everybody at once. A local person can't sign in or use tokens any more; a remote one's follows
/// of local people end, and nothing of it comes in or goes out to it. Safe to repeat.
///
/// Errors: `NotFound`; `Gone`; `Forbidden` for the instance's own actor and for the last owner.
pub async fn suspend(ctx: &Ctx, account: AccountId) -> Result<()> {
    let subject = subject(ctx, account).await?;
    users::spare_last_owner(ctx, account).await?;
    let mut tx = ctx.store.begin().await?;
    let changed = tx.set_suspended(account, Some(ctx.now()), BY).await?;
    if subject.local {
        tx.delete_sessions_of(account).await?;
        if changed {
            tell(ctx, &mut tx, &subject).await?;
        }
    }
    tx.commit().await?;
    ctx.events.hint(Hint::Account(account));
    if !subject.local {
        end_follows_by(ctx, &subject).await?;
    }
    Ok(())
}

/// Takes a suspension back. What ended with it stays ended. One who isn't suspended is fine.
///
/// Errors: as [`suspend`]; `Forbidden` while the account's whole domain is blocked, and for one whose person waits to be
/// let in.
pub async fn unsuspend(ctx: &Ctx, account: AccountId) -> Result<()> {
    let subject = subject(ctx, account).await?;
    if domains::standing(ctx, &mut ctx.store.read().await?, &subject).await? == Admission::Refused {
        return Err(Error::Forbidden("The domain of this account is blocked"));
    }
    let mut tx = ctx.store.begin().await?;
    if accounts::waits(&mut tx.read(), &subject).await? {
        return Err(Error::Forbidden(
            "The person of this account waits to be let in; approve or reject them instead",
        ));
    }
    if tx.set_suspended(account, None, BY).await? && subject.local {
        tell(ctx, &mut tx, &subject).await?;
    }
    tx.commit().await?;
    ctx.events.hint(Hint::Account(account));
    Ok(())
}

/// Keeps an account out of public timelines, and from notifying those who don't follow it. Safe to repeat.
pub async fn silence(ctx: &Ctx, account: AccountId) -> Result<()> {
    subject(ctx, account).await?;
    let mut tx = ctx.store.begin().await?;
    tx.set_silenced(account, Some(ctx.now()), BY).await?;
    tx.commit().await?;
    ctx.events.hint(Hint::Account(account));
    Ok(())
}

/// Takes a silencing back. One who isn't silenced is fine.
///
/// Errors: as [`suspend`]; `Forbidden` while the account's whole domain is limited.
pub async fn unsilence(ctx: &Ctx, account: AccountId) -> Result<()> {
    let subject = subject(ctx, account).await?;
    if domains::standing(ctx, &mut ctx.store.read().await?, &subject).await? == Admission::Limited {
        return Err(Error::Forbidden("The domain of this account is limited"));
    }
    let mut tx = ctx.store.begin().await?;
    tx.set_silenced(account, None, BY).await?;
    tx.commit().await?;
    ctx.events.hint(Hint::Account(account));
    Ok(())
}

/// Deletes an account for good: hidden at once, emptied in the background ([`purge`]). A local one's name stays taken. One
/// that is deleted already is fine.
///
/// Errors: `NotFound`; `Forbidden` for the instance's own actor and for the last owner.
pub async fn delete(ctx: &Ctx, account: AccountId) -> Result<()> {
    let subject = match subject(ctx, account).await {
        Err(Error::Gone) => return Ok(()),
        found => found?,
    };
    users::spare_last_owner(ctx, account).await?;
    let mut tx = ctx.store.begin().await?;
    mark(ctx, &mut tx, &subject).await?;
    tx.commit().await?;
    ctx.events.hint(Hint::Account(account));
    Ok(())
}

/// Marks an account as deleted, and queues the rest.
pub(crate) async fn mark(ctx: &Ctx, tx: &mut Tx, subject: &Account) -> Result<()> {
    let account = subject.id;
    if !tx.mark_deleted(account, ctx.now()).await? {
        return Ok(());
    }
    let uri = subject.uri.clone();
    let news = if subject.local {
        tx.delete_sessions_of(account).await?;
        tx.revoke_tokens_of(account, ctx.now()).await?;
        Outgoing::AccountDeleted { activity: ctx.ids.next(), account, uri }
    } else {
        Outgoing::AccountGone { account, uri }
    };
    outgoing::enqueue(ctx, tx, &news).await
}

/// Removes what an account that is being deleted has left: statuses, likes, follows, and everything that is its own. Of a
/// local one a gravestone stays, a remote one is gone afterwards. In batches, each in a transaction of its own: it may be
/// stopped anywhere, and run again. Of a large account only a part goes, and the rest is queued.
///
/// An account that isn't marked as deleted is left alone.
pub async fn purge(ctx: &Ctx, account: AccountId) -> Result<()> {
    purge_batches(ctx, account, BATCHES).await
}

async fn purge_batches(ctx: &Ctx, account: AccountId, most: u32) -> Result<()> {
    let (mut batches, mut tries) = (0, 0);
    while batches < most {
        match purge_some(ctx, account).await {
            Ok(true) => (batches, tries) = (batches + 1, 0),
            Ok(false) => return Ok(()),
            Err(Error::Unavailable) if tries < TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
    // What people publish goes out by the same hands: the rest queues behind it. Others were told already, or never are.
    let mut tx = ctx.store.begin().await?;
    if let Some(subject) = tx.read().account(account).await? {
        outgoing::enqueue(ctx, &mut tx, &Outgoing::AccountGone { account, uri: subject.uri }).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// One batch; whether there may be another.
async fn purge_some(ctx: &Ctx, account: AccountId) -> Result<bool> {
    let mut reader = ctx.store.read().await?;
    let Some(subject) = reader.account(account).await?.filter(|a| a.deleted_at.is_some()) else {
        return Ok(false);
    };
    let statuses = reader.statuses_by(account, MOST).await?;
    if !statuses.is_empty() {
        drop(reader);
        remove_statuses(ctx, &statuses).await?;
        return Ok(true);
    }
    drop(reader);
    if unlike_some(ctx, account).await? {
        return Ok(true);
    }
    let rows = ctx.store.read().await?.follows_of_account(account, MOST).await?;
    if !rows.is_empty() {
        end_quietly(ctx, &rows).await?;
        return Ok(true);
    }
    let mut tx = ctx.store.begin().await?;
    tx.empty_account(account).await?;
    if subject.local {
        tx.delete_user(account).await?;
    } else {
        tx.remove_account(account).await?;
    }
    tx.commit().await?;
    ctx.events.hint(Hint::Account(account));
    Ok(false)
}

/// Removes what an account has liked and boosted, so that it counts no more.
pub(crate) async fn take_back(ctx: &Ctx, account: AccountId) -> Result<()> {
    while unlike_some(ctx, account).await? {}
    loop {
        let boosts = ctx.store.read_unhurried().await?.boosts_by(account, MOST).await?;
        if boosts.is_empty() {
            return Ok(());
        }
        remove_statuses(ctx, &boosts).await?;
    }
}

/// One batch of what an account has liked; whether there may be another.
async fn unlike_some(ctx: &Ctx, account: AccountId) -> Result<bool> {
    let mut favourites = ctx.store.read().await?.favourites_given(account, MOST).await?;
    if favourites.is_empty() {
        return Ok(false);
    }
    favourites.sort_unstable_by_key(|row| row.status_id);
    let mut tx = ctx.store.begin().await?;
    for row in &favourites {
        if tx.delete_favourite(row).await?
            && let Some(status) = tx.read().status(row.status_id).await?
        {
            let kind = NotificationKind::Favourite;
            tx.retract_notification(status.account_id, kind, account, Some(status.id)).await?;
        }
    }
    tx.commit().await?;
    for row in favourites {
        ctx.events.hint(Hint::Changed(row.status_id));
    }
    Ok(true)
}

/// Removes some statuses of an account that others learn of in another way.
async fn remove_statuses(ctx: &Ctx, rows: &[Status]) -> Result<()> {
    let mut hints = Vec::new();
    let mut tx = ctx.store.begin().await?;
    for row in rows {
        // It may be gone since it was read, and its boosts are gone with it.
        let Some(row) = tx.lock_status(row.id).await? else { continue };
        let boosted: Option<StatusId> = row.reblog_of_id;
        tx.delete_status(&row, ctx.now()).await?;
        if let Some(id) = boosted
            && let Some(original) = tx.read().status(id).await?
        {
            let kind = NotificationKind::Reblog;
            tx.retract_notification(original.account_id, kind, row.account_id, Some(id)).await?;
            hints.push(Hint::Changed(id));
        }
        hints.push(Hint::Deleted { status: row.id, author: row.account_id, visibility: row.visibility });
    }
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    Ok(())
}

/// Ends follows without a word to anybody, in one transaction.
pub(crate) async fn end_quietly(ctx: &Ctx, rows: &[Follow]) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    follows::lock(&mut tx, rows.iter().flat_map(|row| [row.follower_id, row.target_id])).await?;
    for row in rows {
        if let Some(row) = tx.lock_follow(row.follower_id, row.target_id).await? {
            follows::end(&mut tx, &row).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Ends a remote account's follows of local people, who tell it so.
async fn end_follows_by(ctx: &Ctx, subject: &Account) -> Result<()> {
    let rows = ctx.store.read().await?.follows_of_account(subject.id, i64::MAX).await?;
    let rows: Vec<Follow> = rows.into_iter().filter(|row| row.follower_id == subject.id).collect();
    for some in rows.chunks(BATCH) {
        let mut tx = ctx.store.begin().await?;
        follows::lock(&mut tx, some.iter().flat_map(|row| [row.follower_id, row.target_id])).await?;
        for row in some {
            if let Some(row) = tx.lock_follow(row.follower_id, row.target_id).await? {
                follows::refuse(ctx, &mut tx, &row, subject.local).await?;
            }
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Tells others that a local profile changed: whether it is suspended is part of it.
async fn tell(ctx: &Ctx, tx: &mut Tx, subject: &Account) -> Result<()> {
    let news =
        Outgoing::ProfileChanged { activity: ctx.ids.next(), account: subject.id, uri: subject.uri.clone() };
    outgoing::enqueue(ctx, tx, &news).await
}

async fn subject(ctx: &Ctx, id: AccountId) -> Result<Account> {
    let account = ctx.store.read().await?.account(id).await?.ok_or(Error::NotFound)?;
    if account.local && account.kind == AccountKind::Application {
        return Err(Error::Forbidden("The instance's own actor can't be moderated"));
    }
    if account.deleted_at.is_some() { Err(Error::Gone) } else { Ok(account) }
}

#[cfg(test)]
mod tests;
