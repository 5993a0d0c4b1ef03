//! Whole domains that one person wants to see nothing of. What the instance itself decides about domains is in
//! [`crate::domains`].

use tintype_model::{AccountId, Page, handle::canonical_domain};
use tintype_store::{Tx, follows::Follow};

use crate::{
    Ctx, Error, Hint, Result,
    blocks::{self, Parting},
    follows,
    paged::Paged,
};

/// Follows that one transaction ends.
const BATCH: usize = 100;

/// Blocks a domain for one person: nothing from there is shown to them, its people see nothing of theirs, and follows
/// between them end. Blocking twice is blocking once.
pub async fn block(ctx: &Ctx, who: AccountId, domain: &str) -> Result<()> {
    let domain = foreign(ctx, domain)?;
    let mut first = true;
    // The first batch goes with the block itself. Should the rest fail, the block stands and asking again ends it.
    loop {
        let mut tx = ctx.store.begin().await?;
        let rows = {
            let mut rows = tx.read().follows_with_domain(who, &domain).await?;
            rows.truncate(BATCH);
            rows
        };
        follows::lock(&mut tx, rows.iter().flat_map(|f| [f.follower_id, f.target_id]).chain([who])).await?;
        if first {
            tx.insert_domain_block(ctx.ids.next(), who, &domain, ctx.now()).await?;
            tx.delete_notifications_from_domain(who, &domain).await?;
        }
        end(ctx, &mut tx, &rows).await?;
        tx.commit().await?;
        first = false;
        if rows.len() < BATCH {
            break;
        }
    }
    ctx.events.hint(Hint::Account(who));
    Ok(())
}

async fn end(ctx: &Ctx, tx: &mut Tx, rows: &[Follow]) -> Result<()> {
    for row in rows {
        let (a, b) = (row.follower_id, row.target_id);
        let accounts = tx.read().accounts(&[a, b]).await?;
        let find = |id: AccountId| accounts.iter().find(|account| account.id == id);
        if let (Some(a), Some(b)) = (find(a), find(b)) {
            blocks::sever(ctx, tx, a, b, Parting::Told).await?;
        }
    }
    Ok(())
}

/// Takes it back. One that isn't blocked is fine.
pub async fn unblock(ctx: &Ctx, who: AccountId, domain: &str) -> Result<()> {
    let domain = foreign(ctx, domain)?;
    let mut tx = ctx.store.begin().await?;
    tx.delete_domain_block(who, &domain).await?;
    tx.commit().await?;
    ctx.events.hint(Hint::Account(who));
    Ok(())
}

/// One page of the domains that a person blocks, the latest first.
pub async fn list(ctx: &Ctx, who: AccountId, page: &Page) -> Result<Paged<String>> {
    let rows = ctx.store.read().await?.domain_blocks_of(who, page).await?;
    Ok(Paged::new(rows.iter().map(|row| row.1.clone()).collect(), &rows))
}

/// A domain in its one spelling. This instance's own is none that anybody blocks.
pub(crate) fn foreign(ctx: &Ctx, domain: &str) -> Result<String> {
    let domain = domain.trim();
    if domain.is_empty() {
        return Err(Error::invalid("Domain can't be blank"));
    }
    let domain = canonical_domain(domain).filter(|domain| !domain.contains(['\0', '*', '%']));
    let domain = domain.ok_or_else(|| Error::invalid("Domain is not a valid domain name"))?;
    if domain == ctx.site.domain {
        return Err(Error::invalid("Domain is this instance's own"));
    }
    Ok(domain)
}
