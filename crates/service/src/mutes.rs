//! Mutes: seeing nothing of somebody, for a while or until further notice, without their knowing.

use std::{collections::HashMap, time::Duration};

use tintype_model::{AccountId, JobId, Millis, Page};
use tintype_store::{jobs::NewJob, mutes::Mute};

use crate::{
    Ctx, Error, Hint, Result,
    blocks::both,
    follows::{self, Relationship},
    outgoing::UPKEEP,
    paged::Paged,
    views::{self, AccountView},
};

/// The payload of the job of the `upkeep` queue that runs when a mute ends.
pub const EXPIRY: &str = "mutes";

/// The longest mute that has an end.
const LONGEST: Duration = Duration::from_hours(24 * 366 * 100);

/// How somebody is muted.
#[derive(Debug, Clone, Copy, Default)]
pub struct MuteOptions {
    /// Whether their notifications are hidden as well; `None`: they are.
    pub notifications: Option<bool>,
    /// For how long; `None` or nothing: until further notice.
    pub duration: Option<Duration>,
}

/// Somebody who is muted.
#[derive(Debug, Clone, PartialEq)]
pub struct MutedView {
    pub account: AccountView,
    /// When it ends by itself.
    pub expires_at: Option<Millis>,
}

/// Mutes an account, or changes how it is muted.
pub async fn mute(
    ctx: &Ctx,
    who: AccountId,
    target: AccountId,
    options: MuteOptions,
) -> Result<Relationship> {
    both(ctx, who, target).await?;
    let duration = options.duration.filter(|duration| !duration.is_zero());
    if duration.is_some_and(|duration| duration > LONGEST) {
        return Err(Error::invalid("Duration is too long"));
    }
    let now = ctx.now();
    let row = Mute {
        id: ctx.ids.next(),
        account_id: who,
        target_id: target,
        hide_notifications: options.notifications.unwrap_or(true),
        expires_at: duration.map(|duration| now.plus(duration)),
        created_at: now,
    };
    let mut tx = ctx.store.begin().await?;
    tx.put_mute(&row).await?;
    if let Some(end) = row.expires_at {
        // A lane of its own: it must not wait for one that ends later.
        let name = format!("{EXPIRY} {}", end.0);
        let job = NewJob { queue: UPKEEP, lane: name.clone(), name, payload: EXPIRY.into(), run_at: end };
        tx.enqueue(ctx.ids.next::<JobId>(), &job, now).await?;
    }
    tx.commit().await?;
    ctx.events.hint(Hint::Account(target));
    follows::relationship(ctx, who, target).await
}

/// Takes a mute back. Somebody who isn't muted is fine.
pub async fn unmute(ctx: &Ctx, who: AccountId, target: AccountId) -> Result<Relationship> {
    both(ctx, who, target).await?;
    let mut tx = ctx.store.begin().await?;
    tx.delete_mute(who, target).await?;
    tx.commit().await?;
    ctx.events.hint(Hint::Account(target));
    follows::relationship(ctx, who, target).await
}

/// One page of those whom a person mutes, the latest first.
pub async fn list(ctx: &Ctx, who: AccountId, page: &Page) -> Result<Paged<MutedView>> {
    let mut reader = ctx.store.read().await?;
    let mutes = reader.mutes_of(who, page).await?;
    let rows: Vec<(i64, AccountId)> = mutes.iter().map(|m| (m.id.0, m.target_id)).collect();
    let ends: HashMap<AccountId, Option<Millis>> =
        mutes.iter().map(|m| (m.target_id, m.expires_at)).collect();
    let ids: Vec<AccountId> = rows.iter().map(|r| r.1).collect();
    let items = views::accounts(ctx, &mut reader, &ids)
        .await?
        .into_iter()
        .map(|account| MutedView { expires_at: ends.get(&account.id).copied().flatten(), account })
        .collect();
    Ok(Paged::new(items, &rows))
}

/// Ends the mutes whose time is over; how many there were.
pub async fn end_expired(ctx: &Ctx) -> Result<u64> {
    let mut tx = ctx.store.begin().await?;
    let ended = tx.end_mutes(ctx.now()).await?;
    tx.commit().await?;
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{instance_with_clock, member};

    #[tokio::test]
    async fn a_mute_ends_when_its_time_is_over() {
        let (ctx, clock, _dir) = instance_with_clock().await;
        let (anna, ben, cleo) =
            (member(&ctx, "anna").await, member(&ctx, "ben").await, member(&ctx, "cleo").await);
        let hour = Duration::from_hours(1);
        let timed = MuteOptions { duration: Some(hour), ..MuteOptions::default() };
        let view = mute(&ctx, anna, ben, timed).await.unwrap();
        assert!(view.muting && view.muting_notifications);
        assert_eq!(view.mute_expires_at, Some(ctx.now().plus(hour)));
        let loose = MuteOptions { notifications: Some(false), duration: Some(Duration::ZERO) };
        let view = mute(&ctx, anna, cleo, loose).await.unwrap();
        assert!(view.muting && !view.muting_notifications);
        assert_eq!(view.mute_expires_at, None);

        let page = list(&ctx, anna, &Page::newest(40)).await.unwrap();
        let named: Vec<_> = page.items.iter().map(|m| (m.account.id, m.expires_at)).collect();
        assert_eq!(named, [(cleo, None), (ben, Some(ctx.now().plus(hour)))]);
        let jobs = ctx.store.read().await.unwrap().jobs(None, Some(UPKEEP), &Page::newest(40)).await.unwrap();
        assert_eq!(jobs.len(), 1);
        assert_eq!((jobs[0].run_at, jobs[0].payload.as_str()), (ctx.now().plus(hour), "\"mutes\""));

        assert_eq!(end_expired(&ctx).await.unwrap(), 0);
        clock.turn(hour);
        assert_eq!(end_expired(&ctx).await.unwrap(), 1);
        let views = follows::relationships(&ctx, anna, &[ben, cleo]).await.unwrap();
        assert_eq!(views.iter().map(|v| v.muting).collect::<Vec<_>>(), [false, true]);
        assert!(!unmute(&ctx, anna, cleo).await.unwrap().muting);
        assert!(!unmute(&ctx, anna, cleo).await.unwrap().muting, "twice is once");
    }

    #[tokio::test]
    async fn nobody_mutes_themselves_or_for_ever_and_a_day() {
        let (ctx, _clock, _dir) = instance_with_clock().await;
        let (anna, ben) = (member(&ctx, "anna").await, member(&ctx, "ben").await);
        let refused = mute(&ctx, anna, anna, MuteOptions::default()).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))));
        let refused = mute(&ctx, anna, AccountId(5), MuteOptions::default()).await;
        assert!(matches!(refused, Err(Error::NotFound)));
        let endless = MuteOptions { duration: Some(Duration::from_secs(u64::MAX)), ..MuteOptions::default() };
        assert!(matches!(mute(&ctx, anna, ben, endless).await, Err(Error::Invalid(_))));
    }
}
