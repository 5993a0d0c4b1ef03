//! The instance as a whole.

use std::time::Duration;

pub use tintype_store::instance::Stats;

use crate::{
    Ctx, Result,
    views::{self, AccountView},
};

const DAY: Duration = Duration::from_hours(24);

/// How many people, posts and known servers there are.
pub async fn stats(ctx: &Ctx) -> Result<Stats> {
    let now = ctx.now();
    Ok(ctx.store.read_unhurried().await?.stats(now.minus(DAY * 30), now.minus(DAY * 180)).await?)
}

/// The person who runs the instance, if there is one yet.
pub async fn contact(ctx: &Ctx) -> Result<Option<AccountView>> {
    let mut reader = ctx.store.read().await?;
    let Some(owner) = reader.owner().await? else { return Ok(None) };
    Ok(views::accounts(ctx, &mut reader, &[owner]).await?.pop())
}
