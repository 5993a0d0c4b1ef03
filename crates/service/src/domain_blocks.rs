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
const BATCH: i64 = 100;

/// Blocks a domain for one person: nothing from there is shown to them, its people see nothing of theirs, and follows
/// between them end. Blocking twice is blocking once.
pub async fn block(ctx: &Ctx, who: AccountId, domain: &str) -> Result<()> {
    let domain = foreign(ctx, domain)?;
    // The block comes first, in the person's turn: whatever makes a follow either came before it, and is seen below, or sees
    // it. Should the rest fail, the block stands and asking again ends it.
    let mut tx = ctx.store.begin().await?;
    follows::lock(&mut tx, [who]).await?;
    tx.insert_domain_block(ctx.ids.next(), who, &domain, ctx.now()).await?;
    tx.delete_notifications_from_domain(who, &domain).await?;
    tx.commit().await?;
    loop {
        let rows = ctx.store.read().await?.follows_with_domain(who, &domain, BATCH).await?;
        if rows.is_empty() {
            break;
        }
        let mut tx = ctx.store.begin().await?;
        follows::lock(&mut tx, rows.iter().flat_map(|f| [f.follower_id, f.target_id])).await?;
        end(ctx, &mut tx, &rows).await?;
        tx.commit().await?;
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

#[cfg(test)]
mod tests {
    use tintype_store::{Options, Store};
    use tintype_testkit::postgres::TestDatabase;

    use super::*;
    use crate::{
        given::{instance, member},
        given_posts::{receive, stranger},
        inbox::Received,
    };

    #[tokio::test]
    async fn a_follow_that_comes_at_the_same_time_ends_too() {
        let database = TestDatabase::create().await;
        let (ctx, _dir) = instance().await;
        let ctx = Ctx { store: Store::open(&Options::new(database.url())).await.unwrap(), ..ctx };
        let anna = member(&ctx, "anna").await;
        let far = stranger(&ctx, "far@far.example").await;
        for n in 0..20 {
            let asks = Received::Follow { uri: format!("{}/follows/{n}", far.uri), target: anna };
            // Each time a little later.
            let blocks = async {
                for _ in 0..n {
                    ctx.store.read().await.unwrap().account(anna).await.unwrap();
                }
                block(&ctx, anna, "far.example").await.unwrap();
            };
            futures::join!(receive(&ctx, &far, asks), blocks);
            let left = ctx.store.read().await.unwrap().follow_between(far.id, anna).await.unwrap();
            assert_eq!(left, None, "{n}");
            unblock(&ctx, anna, "far.example").await.unwrap();
        }
    }
}
