//! Blocks: who wants to have nothing to do with whom. What a block hides is decided where things are read.

use tintype_model::{AccountId, BlockId, Page};
use tintype_store::{
    Tx,
    accounts::{Account, AccountKind},
    blocks::Block,
};

use crate::{
    Ctx, Error, Hint, Outgoing, Result, accounts,
    follows::{self, Relationship},
    outgoing,
    paged::Paged,
    views::{self, AccountView},
};

/// Blocks an account: follows between the two end, and neither sees anything of the other any more. Blocking twice is
/// blocking once.
pub async fn block(ctx: &Ctx, who: AccountId, target: AccountId) -> Result<Relationship> {
    let (me, them) = both(ctx, who, target).await?;
    let id: BlockId = ctx.ids.next();
    let row = Block {
        id,
        account_id: who,
        target_id: target,
        uri: ctx.site.block(&me.username, id),
        created_at: ctx.now(),
    };
    let mut tx = ctx.store.begin().await?;
    follows::lock(&mut tx, [who, target]).await?;
    if tx.insert_block(&row).await? {
        sever(ctx, &mut tx, &me, &them, Parting::Block).await?;
        tx.prune_home(who, target).await?;
        tx.prune_home(target, who).await?;
        tx.delete_notifications_from(who, target).await?;
        if !them.local {
            let news = Outgoing::Blocked { block: id, account: who, uri: row.uri, target };
            outgoing::enqueue(ctx, &mut tx, &news).await?;
        }
        tx.commit().await?;
        ctx.events.hint(Hint::Account(who));
        ctx.events.hint(Hint::Account(target));
    } else {
        tx.rollback().await?;
    }
    follows::relationship(ctx, who, target).await
}

/// Takes a block back. Somebody who isn't blocked is fine.
pub async fn unblock(ctx: &Ctx, who: AccountId, target: AccountId) -> Result<Relationship> {
    let (_, them) = both(ctx, who, target).await?;
    let mut tx = ctx.store.begin().await?;
    follows::lock(&mut tx, [who, target]).await?;
    if let Some(row) = tx.delete_block(who, target).await? {
        if !them.local {
            let undo = Outgoing::Unblocked { activity: ctx.ids.next(), account: who, uri: row.uri, target };
            outgoing::enqueue(ctx, &mut tx, &undo).await?;
        }
        tx.commit().await?;
        ctx.events.hint(Hint::Account(who));
        ctx.events.hint(Hint::Account(target));
    } else {
        tx.rollback().await?;
    }
    follows::relationship(ctx, who, target).await
}

/// One page of those whom a person blocks, the latest first.
pub async fn list(ctx: &Ctx, who: AccountId, page: &Page) -> Result<Paged<AccountView>> {
    let mut reader = ctx.store.read().await?;
    let rows = reader.blocks_of(who, page).await?;
    let ids: Vec<AccountId> = rows.iter().map(|r| r.1).collect();
    Ok(Paged::new(views::accounts(ctx, &mut reader, &ids).await?, &rows))
}

/// What the other side is told when follows between two accounts end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parting {
    /// A Block goes out, which ends our own follow; theirs is rejected.
    Block,
    /// Everything: our own follow is taken back, theirs is rejected.
    Told,
    /// Nothing: it knows already, or nothing is said to it any more.
    Silent,
}

/// Ends the follows, and the requests for them, between two accounts, both ways. Both accounts are locked already.
pub(crate) async fn sever(ctx: &Ctx, tx: &mut Tx, a: &Account, b: &Account, how: Parting) -> Result<()> {
    for (follower, target) in [(a, b), (b, a)] {
        let Some(row) = tx.lock_follow(follower.id, target.id).await? else { continue };
        let rejects = how != Parting::Silent && target.local;
        follows::refuse(ctx, tx, &row, follower.local || !rejects).await?;
        if how == Parting::Told && follower.local && !target.local {
            let undo = Outgoing::Unfollowed {
                activity: ctx.ids.next(),
                account: follower.id,
                uri: row.uri,
                target: target.id,
            };
            outgoing::enqueue(ctx, tx, &undo).await?;
        }
    }
    Ok(())
}

/// The two accounts of a decision about somebody else.
pub(crate) async fn both(ctx: &Ctx, who: AccountId, target: AccountId) -> Result<(Account, Account)> {
    if who == target {
        return Err(Error::Forbidden("This action is not allowed"));
    }
    let mut reader = ctx.store.read().await?;
    let me = reader.account(who).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    let them = reader.account(target).await?.filter(|a| a.deleted_at.is_none()).ok_or(Error::NotFound)?;
    if (them.local && them.kind == AccountKind::Application) || accounts::waits(&mut reader, &them).await? {
        return Err(Error::NotFound);
    }
    Ok((me, them))
}

#[cfg(test)]
mod tests;
