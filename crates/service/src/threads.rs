//! Threads that somebody wants to hear no more of: nothing in them notifies them.

use tintype_model::{AccountId, StatusId};

use crate::{Ctx, Error, Result, statuses, views::StatusView};

/// Mutes the thread of a status, of its answers too that are still to come.
pub async fn mute(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<StatusView> {
    let thread = thread(ctx, who, id).await?;
    let mut tx = ctx.store.begin().await?;
    tx.mute_thread(who, thread, ctx.now()).await?;
    tx.commit().await?;
    statuses::get(ctx, Some(who), id).await
}

/// Listens to it again.
pub async fn unmute(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<StatusView> {
    let thread = thread(ctx, who, id).await?;
    let mut tx = ctx.store.begin().await?;
    tx.unmute_thread(who, thread).await?;
    tx.commit().await?;
    statuses::get(ctx, Some(who), id).await
}

async fn thread(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<StatusId> {
    let mut reader = ctx.store.read().await?;
    let status = statuses::visible_original(&mut reader, Some(who), id).await?;
    reader.thread_of(status.id).await?.ok_or(Error::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        favourites,
        given::{instance, member},
        given_posts::{answer, post, told},
    };

    #[tokio::test]
    async fn a_muted_thread_tells_nothing() {
        let (ctx, _dir) = instance().await;
        let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
        let start = post(&ctx, alice, "look").await;
        let comment = answer(&ctx, bob, start, "nice").await;
        assert_eq!(told(&ctx, alice).await, ["mention"]);
        assert!(mute(&ctx, alice, comment).await.unwrap().viewer.unwrap().muted);
        assert!(statuses::get(&ctx, Some(alice), start).await.unwrap().viewer.unwrap().muted);
        assert!(!statuses::get(&ctx, Some(bob), start).await.unwrap().viewer.unwrap().muted);
        let later = answer(&ctx, bob, comment, "@alice very nice").await;
        favourites::favourite(&ctx, bob, start).await.unwrap();
        assert_eq!(told(&ctx, alice).await, ["mention"]);
        assert!(statuses::get(&ctx, Some(alice), later).await.unwrap().viewer.unwrap().muted);
        assert!(!unmute(&ctx, alice, start).await.unwrap().viewer.unwrap().muted);
        answer(&ctx, bob, later, "@alice hello").await;
        assert_eq!(told(&ctx, alice).await, ["mention", "mention"]);
    }
}
