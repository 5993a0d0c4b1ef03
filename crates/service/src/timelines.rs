//! Timelines: home (materialised), public, and by hashtag.

use tintype_model::{AccountId, Page, StatusId, text};
use tintype_store::{Tx, statuses::Status};

pub use tintype_store::statuses::PublicFilter;

use crate::{
    Ctx, Result,
    views::{self, StatusView},
};

/// Local followers up to which a status enters home timelines in the transaction that publishes it.
const AT_ONCE: i64 = 100;
/// Local followers that one transaction of a large fan-out serves.
const BATCH: i64 = 1000;

/// One page of somebody's home timeline.
pub async fn home(ctx: &Ctx, who: AccountId, page: &Page) -> Result<Vec<StatusView>> {
    let mut reader = ctx.store.read().await?;
    let rows = reader.home(who, page).await?;
    views::statuses(ctx, &mut reader, Some(who), rows).await
}

/// One page of everybody's public posts.
pub async fn public(
    ctx: &Ctx,
    viewer: Option<AccountId>,
    filter: PublicFilter,
    page: &Page,
) -> Result<Vec<StatusView>> {
    let mut reader = ctx.store.read().await?;
    let rows = reader.public_timeline(filter, page).await?;
    views::statuses(ctx, &mut reader, viewer, rows).await
}

/// One page of the public posts with a hashtag.
pub async fn tag(ctx: &Ctx, viewer: Option<AccountId>, name: &str, page: &Page) -> Result<Vec<StatusView>> {
    let mut reader = ctx.store.read().await?;
    let rows = reader.tag_timeline(&text::hashtag_key(name), page).await?;
    views::statuses(ctx, &mut reader, viewer, rows).await
}

/// What of a fan-out happens in the publishing transaction: the author's own entry, and small audiences. Whether that
/// was all.
pub(crate) async fn fan_out_now(tx: &mut Tx, status: &Status) -> Result<bool> {
    if status.local {
        tx.insert_home_entry(status.account_id, status).await?;
    }
    if tx.read().local_followers(status.account_id, AT_ONCE + 1).await? > AT_ONCE {
        return Ok(false);
    }
    tx.fan_out_home(status, AccountId(0), AT_ONCE + 1).await?;
    Ok(true)
}

/// The rest of a fan-out, in batches, as a job; safe to repeat.
pub async fn fan_out_rest(ctx: &Ctx, status: StatusId) -> Result<()> {
    let Some(row) = ctx.store.read().await?.status(status).await? else { return Ok(()) };
    let mut after = AccountId(0);
    loop {
        let mut tx = ctx.store.begin().await?;
        let last = tx.fan_out_home(&row, after, BATCH).await?;
        tx.commit().await?;
        match last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}
