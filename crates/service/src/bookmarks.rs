//! What people save for later. Nobody else hears of it.

use tintype_model::{AccountId, Page, StatusId};
use tintype_store::{bookmarks::Bookmark, statuses::Status};

use crate::{
    Ctx, Result,
    paged::Paged,
    statuses,
    views::{self, StatusView},
};

/// Saves a status (of a boost: what it boosts). Saving twice is saving once.
pub async fn bookmark(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<StatusView> {
    let target = statuses::visible_original(&mut ctx.store.read().await?, Some(who), id).await?;
    let row = Bookmark { id: ctx.ids.next(), account_id: who, status_id: target.id, created_at: ctx.now() };
    let mut tx = ctx.store.begin().await?;
    tx.insert_bookmark(&row).await?;
    tx.commit().await?;
    statuses::get(ctx, Some(who), id).await
}

/// Saves it no longer.
pub async fn unbookmark(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<StatusView> {
    let target = statuses::visible_original(&mut ctx.store.read().await?, Some(who), id).await?;
    let mut tx = ctx.store.begin().await?;
    tx.delete_bookmark(who, target.id).await?;
    tx.commit().await?;
    statuses::get(ctx, Some(who), id).await
}

/// One page of what somebody saved, last saved first.
pub async fn list(ctx: &Ctx, who: AccountId, page: &Page) -> Result<Paged<StatusView>> {
    let mut reader = ctx.store.read().await?;
    let rows = reader.bookmarks_of(who, page).await?;
    let statuses: Vec<Status> = rows.iter().map(|(_, status)| status.clone()).collect();
    Ok(Paged::new(views::statuses(ctx, &mut reader, Some(who), statuses).await?, &rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Error,
        given::{instance, member},
        given_posts::post,
    };

    #[tokio::test]
    async fn saved_posts_are_listed_as_they_were_saved() {
        let (ctx, _dir) = instance().await;
        let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
        let (first, second) = (post(&ctx, alice, "one").await, post(&ctx, alice, "two").await);
        for id in [second, first, second] {
            assert!(bookmark(&ctx, bob, id).await.unwrap().viewer.unwrap().bookmarked);
        }
        let all = list(&ctx, bob, &Page::newest(10)).await.unwrap();
        assert_eq!(all.items.iter().map(|s| s.id).collect::<Vec<_>>(), [first, second]);
        let newest = list(&ctx, bob, &Page::newest(1)).await.unwrap();
        let below = Page { max_id: newest.last, ..Page::newest(10) };
        let rest = list(&ctx, bob, &below).await.unwrap();
        assert_eq!(rest.items.iter().map(|s| s.id).collect::<Vec<_>>(), [second]);
        assert!(list(&ctx, alice, &Page::newest(10)).await.unwrap().items.is_empty());
        assert!(!unbookmark(&ctx, bob, first).await.unwrap().viewer.unwrap().bookmarked);
        assert_eq!(list(&ctx, bob, &Page::newest(10)).await.unwrap().items.len(), 1);
        assert!(matches!(bookmark(&ctx, bob, StatusId(7)).await, Err(Error::NotFound)));
    }
}
