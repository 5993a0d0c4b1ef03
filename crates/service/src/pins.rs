//! What people show first on their profiles.

use tintype_model::{AccountId, StatusId, Visibility};
use tintype_store::{accounts::Account, pins::Pin, statuses::Status};

use crate::{
    Ctx, Error, Hint, Outgoing, Result, outgoing, statuses,
    views::{self, StatusView},
};

/// The most statuses that one pins.
pub const MOST: i64 = 5;

/// Pins one's own post or comment (`POST /api/v1/statuses/:id/pin`). Pinning twice is pinning once.
pub async fn pin(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<StatusView> {
    let status = pinnable(ctx, who, id).await?;
    let row = Pin { id: ctx.ids.next(), account_id: who, status_id: id, created_at: ctx.now() };
    let mut tx = ctx.store.begin().await?;
    // Changing its row, if only for the look of it, makes the pins of one person take turns: they are counted here.
    tx.count_account(who, 0, 0, 0, None).await?;
    if tx.insert_pin(&row).await? {
        if tx.read().count_pins(who).await? > MOST {
            return Err(Error::invalid("You have already pinned the maximum number of posts"));
        }
        if status.visibility.is_open() {
            let news = Outgoing::Pinned { activity: ctx.ids.next(), account: who, uri: status.uri };
            outgoing::enqueue(ctx, &mut tx, &news).await?;
        }
        tx.commit().await?;
        ctx.events.hint(Hint::Changed(id));
    } else {
        // Nobody reads on while holding a transaction: its connection may be the one that is waited for.
        tx.rollback().await?;
    }
    statuses::get(ctx, Some(who), id).await
}

/// Pins it no longer.
pub async fn unpin(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<StatusView> {
    let status = pinnable(ctx, who, id).await?;
    let mut tx = ctx.store.begin().await?;
    if tx.delete_pin(who, id).await? {
        if status.visibility.is_open() {
            let news = Outgoing::Unpinned { activity: ctx.ids.next(), account: who, uri: status.uri };
            outgoing::enqueue(ctx, &mut tx, &news).await?;
        }
        tx.commit().await?;
        ctx.events.hint(Hint::Changed(id));
    } else {
        tx.rollback().await?;
    }
    statuses::get(ctx, Some(who), id).await
}

/// What an account shows first, last pinned first, as far as the viewer may see it.
pub async fn of(ctx: &Ctx, viewer: Option<AccountId>, account: AccountId) -> Result<Vec<StatusView>> {
    let mut reader = ctx.store.read().await?;
    reader.account(account).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    let rows = reader.pinned_statuses(viewer, account).await?;
    views::statuses(ctx, &mut reader, viewer, rows).await
}

/// A status that a person may pin; the refusals are Mastodon's.
async fn pinnable(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<Status> {
    let status = ctx.store.read().await?.visible_status(Some(who), id).await?.ok_or(Error::NotFound)?;
    if status.account_id != who {
        return Err(Error::invalid("Someone else's post cannot be pinned"));
    }
    if status.reblog_of_id.is_some() {
        return Err(Error::invalid("A boost cannot be pinned"));
    }
    if status.visibility == Visibility::Direct {
        return Err(Error::invalid("Posts that are only visible to mentioned users cannot be pinned"));
    }
    Ok(status)
}

#[cfg(test)]
mod tests {
    use Outgoing::{Pinned, Unpinned};

    use super::*;
    use crate::{
        given::{instance, member},
        given_posts::{jobs, post, post_as},
        reblogs,
    };

    #[tokio::test]
    async fn five_pins_and_no_more() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let mut pinned = Vec::new();
        for n in 0..5 {
            let id = post(&ctx, alice, &n.to_string()).await;
            assert!(pin(&ctx, alice, id).await.unwrap().pinned);
            pinned.insert(0, id);
        }
        let sixth = post(&ctx, alice, "six").await;
        let refused = pin(&ctx, alice, sixth).await.unwrap_err().to_string();
        assert_eq!(refused, "Validation failed: You have already pinned the maximum number of posts");
        // Again is no more than once, at the limit too.
        assert!(pin(&ctx, alice, pinned[0]).await.unwrap().pinned);
        let shown: Vec<_> = of(&ctx, None, alice).await.unwrap().iter().map(|s| s.id).collect();
        assert_eq!(shown, pinned);
        assert!(!unpin(&ctx, alice, pinned[0]).await.unwrap().pinned);
        assert!(pin(&ctx, alice, sixth).await.unwrap().pinned);
    }

    #[tokio::test]
    async fn what_cannot_be_pinned() {
        let (ctx, _dir) = instance().await;
        let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
        let open = post(&ctx, alice, "open").await;
        let direct = post_as(&ctx, alice, "@bob", Visibility::Direct).await;
        let hidden = post_as(&ctx, alice, "mine", Visibility::Private).await;
        let boost = reblogs::reblog(&ctx, bob, open, None).await.unwrap().id;
        let cases = [
            (bob, open, "Validation failed: Someone else's post cannot be pinned"),
            (bob, boost, "Validation failed: A boost cannot be pinned"),
            (
                alice,
                direct,
                "Validation failed: Posts that are only visible to mentioned users cannot be pinned",
            ),
            (bob, hidden, "Record not found"),
            (bob, StatusId(9), "Record not found"),
        ];
        for (who, id, expected) in cases {
            assert_eq!(pin(&ctx, who, id).await.unwrap_err().to_string(), expected);
        }
    }

    #[tokio::test]
    async fn only_open_pins_are_told_to_others() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let open = post(&ctx, alice, "open").await;
        let hidden = post_as(&ctx, alice, "followers", Visibility::Private).await;
        for id in [open, hidden, open] {
            pin(&ctx, alice, id).await.unwrap();
            unpin(&ctx, alice, id).await.unwrap();
            unpin(&ctx, alice, id).await.unwrap();
        }
        let told: Vec<_> =
            jobs(&ctx).await.into_iter().filter(|o| !matches!(o, Outgoing::Published { .. })).collect();
        assert!(
            matches!(told.as_slice(), [Pinned { .. }, Unpinned { .. }, Pinned { .. }, Unpinned { .. }]),
            "{told:?}"
        );
        pin(&ctx, alice, hidden).await.unwrap();
        assert!(of(&ctx, None, alice).await.unwrap().is_empty());
        assert_eq!(of(&ctx, Some(alice), alice).await.unwrap().len(), 1);
    }
}
