//! Following and its undoing, by local people.

use std::collections::HashMap;

use tintype_model::{AccountId, FollowId, Page};
use tintype_store::{
    Tx,
    accounts::Account,
    follows::{Follow, FollowState},
    notifications::NotificationKind,
};

use crate::{
    Ctx, Error, Hint, Outgoing, Result, outgoing,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relationship {
    pub id: AccountId,
    pub following: bool,
    pub showing_reblogs: bool,
    pub notifying: bool,
    /// Asked to follow, not accepted yet.
    pub requested: bool,
    pub followed_by: bool,
    pub requested_by: bool,
}

/// Follows an account. Of an open local account at once; of a locked or remote one when it accepts.
pub async fn follow(
    ctx: &Ctx,
    who: AccountId,
    target: AccountId,
    options: FollowOptions,
) -> Result<Relationship> {
    if who == target {
        return Err(Error::Forbidden("This action is not allowed"));
    }
    let mut reader = ctx.store.read().await?;
    let me = reader.account(who).await?.ok_or(Error::NotFound)?;
    let them = reader.account(target).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    drop(reader);
    let id: FollowId = ctx.ids.next();
    let open = them.local && !them.locked;
    let row = Follow {
        id,
        follower_id: who,
        target_id: target,
        uri: ctx.site.follow(&me.username, id),
        state: if open { FollowState::Accepted } else { FollowState::Pending },
        show_reblogs: options.reblogs.unwrap_or(true),
        notify: options.notify.unwrap_or(false),
        created_at: ctx.now(),
    };
    let mut hints = Vec::new();
    let mut tx = ctx.store.begin().await?;
    if let Some(old) = tx.lock_follow(who, target).await? {
        let reblogs = options.reblogs.unwrap_or(old.show_reblogs);
        tx.set_follow_options(old.id, reblogs, options.notify.unwrap_or(old.notify)).await?;
    } else if tx.insert_follow(&row).await? {
        if them.local {
            let kind = if open { NotificationKind::Follow } else { NotificationKind::FollowRequest };
            statuses::notify(ctx, &mut tx, target, kind, who, None, &mut hints).await?;
        } else {
            outgoing::enqueue(ctx, &mut tx, &Outgoing::Followed { follow: id, uri: row.uri.clone() }).await?;
        }
        if open {
            tx.backfill_home(who, target, ctx.policy.home_limit).await?;
        }
    }
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    relationship(ctx, who, target).await
}

/// Ends a follow, or takes the request for it back.
pub async fn unfollow(ctx: &Ctx, who: AccountId, target: AccountId) -> Result<Relationship> {
    let them = ctx.store.read().await?.account(target).await?.ok_or(Error::NotFound)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(row) = tx.lock_follow(who, target).await? {
        end(&mut tx, &row).await?;
        if !them.local {
            let undo = Outgoing::Unfollowed { activity: ctx.ids.next(), account: who, uri: row.uri, target };
            outgoing::enqueue(ctx, &mut tx, &undo).await?;
        }
        tx.commit().await?;
    }
    relationship(ctx, who, target).await
}

/// How somebody stands to some others, in the order of the ids.
pub async fn relationships(ctx: &Ctx, who: AccountId, targets: &[AccountId]) -> Result<Vec<Relationship>> {
    let mut reader = ctx.store.read().await?;
    let known: Vec<AccountId> = reader.accounts(targets).await?.into_iter().map(|a| a.id).collect();
    let follows = reader.follows_around(who, &known).await?;
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
            Relationship {
                id: *id,
                following,
                showing_reblogs: following && to.is_some_and(|f| f.show_reblogs),
                notifying: following && to.is_some_and(|f| f.notify),
                requested: is(to, FollowState::Pending),
                followed_by: is(from, FollowState::Accepted),
                requested_by: is(from, FollowState::Pending),
            }
        })
        .collect())
}

/// One page of an account's followers.
pub async fn followers(ctx: &Ctx, of: AccountId, page: &Page) -> Result<Paged<AccountView>> {
    let mut reader = ctx.store.read().await?;
    reader.account(of).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    let rows = reader.followers(of, page).await?;
    let ids: Vec<AccountId> = rows.iter().map(|r| r.1).collect();
    Ok(Paged::new(views::accounts(ctx, &mut reader, &ids).await?, &rows))
}

/// One page of those whom an account follows.
pub async fn following(ctx: &Ctx, of: AccountId, page: &Page) -> Result<Paged<AccountView>> {
    let mut reader = ctx.store.read().await?;
    reader.account(of).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    let rows = reader.following(of, page).await?;
    let ids: Vec<AccountId> = rows.iter().map(|r| r.1).collect();
    Ok(Paged::new(views::accounts(ctx, &mut reader, &ids).await?, &rows))
}

/// One page of those who asked to follow a person and wait for the answer.
pub async fn requests(ctx: &Ctx, who: AccountId, page: &Page) -> Result<Paged<AccountView>> {
    let mut reader = ctx.store.read().await?;
    let rows = reader.follow_requests(who, page).await?;
    let ids: Vec<AccountId> = rows.iter().map(|r| r.1).collect();
    Ok(Paged::new(views::accounts(ctx, &mut reader, &ids).await?, &rows))
}

/// Lets somebody follow who asked to.
pub async fn authorize(ctx: &Ctx, who: AccountId, follower: AccountId) -> Result<Relationship> {
    let mut tx = ctx.store.begin().await?;
    let row = requested(&mut tx, who, follower).await?;
    tx.accept_follow(&row).await?;
    tx.retract_notification(who, NotificationKind::FollowRequest, follower, None).await?;
    if tx.read().account(follower).await?.is_some_and(|a| a.local) {
        tx.backfill_home(follower, who, ctx.policy.home_limit).await?;
    } else {
        let answer = Outgoing::Accepted { activity: ctx.ids.next(), account: who, uri: row.uri, follower };
        outgoing::enqueue(ctx, &mut tx, &answer).await?;
    }
    tx.commit().await?;
    ctx.events.hint(Hint::Account(who));
    relationship(ctx, who, follower).await
}

/// Refuses somebody who asked to follow. They may ask again.
pub async fn reject(ctx: &Ctx, who: AccountId, follower: AccountId) -> Result<Relationship> {
    let mut tx = ctx.store.begin().await?;
    let row = requested(&mut tx, who, follower).await?;
    end(&mut tx, &row).await?;
    if tx.read().account(follower).await?.is_some_and(|a| !a.local) {
        let answer = Outgoing::Rejected { activity: ctx.ids.next(), account: who, uri: row.uri, follower };
        outgoing::enqueue(ctx, &mut tx, &answer).await?;
    }
    tx.commit().await?;
    relationship(ctx, who, follower).await
}

/// The request that waits for an answer, locked.
async fn requested(tx: &mut Tx, who: AccountId, follower: AccountId) -> Result<Follow> {
    let row = tx.lock_follow(follower, who).await?;
    row.filter(|f| f.state == FollowState::Pending).ok_or(Error::NotFound)
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

async fn relationship(ctx: &Ctx, who: AccountId, target: AccountId) -> Result<Relationship> {
    relationships(ctx, who, &[target]).await?.pop().ok_or(Error::NotFound)
}
