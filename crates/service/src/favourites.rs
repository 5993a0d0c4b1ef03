//! Likes.

use tintype_model::{AccountId, FavouriteId, Interaction, Page, StatusId};
use tintype_store::{Reader, favourites::Favourite, notifications::NotificationKind, statuses::Status};

use crate::{
    Ctx, Error, Hint, Outgoing, Result,
    interactions::{self, With},
    moves, outgoing,
    paged::Paged,
    statuses,
    views::{self, AccountView, StatusView},
};

/// Likes a status (of a boost: what it boosts). Liking twice is liking once.
pub async fn favourite(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<StatusView> {
    let mut reader = ctx.store.read().await?;
    let target = statuses::visible_original(&mut reader, Some(who), id).await?;
    let me = reader.account(who).await?.ok_or(Error::NotFound)?;
    let author = reader.account(target.account_id).await?.ok_or(Error::NotFound)?;
    moves::at_home(&mut reader, who).await?;
    let asking = interactions::asking(ctx, &mut reader, Interaction::Favourite, &target, &me).await?;
    drop(reader);
    let like: FavouriteId = ctx.ids.next();
    let row = Favourite {
        id: like,
        account_id: who,
        status_id: target.id,
        uri: ctx.site.favourite(&me.username, like),
        created_at: ctx.now(),
    };
    let mut hints = Vec::new();
    let mut tx = ctx.store.begin().await?;
    let new = match &asking {
        None => tx.insert_favourite(&row).await?,
        Some(asking) => {
            let new = tx.hold_favourite(&row).await?;
            if new {
                interactions::ask(ctx, &mut tx, who, asking, With::Favourite(like, &row.uri)).await?;
            }
            new
        }
    };
    if new {
        hints.push(Hint::Changed(target.id));
        if author.local {
            let kind = NotificationKind::Favourite;
            statuses::notify(ctx, &mut tx, author.id, kind, who, Some(target.id), &mut hints).await?;
        } else {
            outgoing::enqueue(ctx, &mut tx, &Outgoing::Favourited { favourite: like, uri: row.uri }).await?;
        }
        tx.commit().await?;
    } else {
        // Nobody reads on while holding a transaction: its connection may be the one that is waited for.
        tx.rollback().await?;
    }
    for hint in hints {
        ctx.events.hint(hint);
    }
    statuses::get(ctx, Some(who), id).await
}

/// Takes a like back.
pub async fn unfavourite(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<StatusView> {
    let mut reader = ctx.store.read().await?;
    let target = liked(&mut reader, who, id).await?;
    let author = reader.account(target.account_id).await?.ok_or(Error::NotFound)?;
    drop(reader);
    let mut tx = ctx.store.begin().await?;
    let row = tx.read().favourite_by(who, target.id).await?;
    if let Some(row) = row
        && tx.delete_favourite(&row).await?
    {
        tx.retract_notification(author.id, NotificationKind::Favourite, who, Some(target.id)).await?;
        if !author.local {
            let activity = ctx.ids.next();
            let undo = Outgoing::Unfavourited {
                activity,
                account: who,
                uri: row.uri,
                original: target.uri,
                to: author.id,
            };
            outgoing::enqueue(ctx, &mut tx, &undo).await?;
        }
        tx.commit().await?;
        ctx.events.hint(Hint::Changed(target.id));
    } else {
        tx.rollback().await?;
    }
    statuses::get_or_shell(ctx, who, id).await
}

/// What a like is taken back of: what somebody sees, or what they liked when they saw it.
async fn liked(reader: &mut Reader<'_>, who: AccountId, id: StatusId) -> Result<Status> {
    match statuses::visible_original(reader, Some(who), id).await {
        Err(Error::NotFound) => {}
        found => return found,
    }
    let target = statuses::any_original(reader, id).await?;
    reader.favourite_by(who, target.id).await?.ok_or(Error::NotFound)?;
    Ok(target)
}

/// One page of what somebody liked, last liked first.
pub async fn list(ctx: &Ctx, who: AccountId, page: &Page) -> Result<Paged<StatusView>> {
    let mut reader = ctx.store.read().await?;
    let rows = reader.favourites_of(who, page).await?;
    let statuses: Vec<Status> = rows.iter().map(|(_, status)| status.clone()).collect();
    Ok(Paged::new(views::statuses(ctx, &mut reader, Some(who), statuses).await?, &rows))
}

/// One page of those who liked a status.
pub async fn favourited_by(
    ctx: &Ctx,
    viewer: Option<AccountId>,
    id: StatusId,
    page: &Page,
) -> Result<Paged<AccountView>> {
    let mut reader = ctx.store.read().await?;
    let target = statuses::visible_original(&mut reader, viewer, id).await?;
    let rows = reader.favouriters(viewer, target.id, page).await?;
    let ids: Vec<AccountId> = rows.iter().map(|r| r.1).collect();
    Ok(Paged::new(views::accounts(ctx, &mut reader, &ids).await?, &rows))
}

#[cfg(test)]
mod tests {
    use tintype_model::BlockId;
    use tintype_store::blocks::Block;

    use super::*;
    use crate::{
        bookmarks, edits,
        given::{instance, member},
        given_posts::{Known, post},
        pins, reblogs,
        statuses::Draft,
        threads,
    };

    #[tokio::test]
    async fn liked_posts_are_listed_as_they_were_liked() {
        let (ctx, _dir) = instance().await;
        let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
        let (first, second) = (post(&ctx, alice, "one").await, post(&ctx, alice, "two").await);
        for id in [second, first, second] {
            assert!(favourite(&ctx, bob, id).await.unwrap().viewer.unwrap().favourited);
        }
        let ids = |page: Paged<StatusView>| page.items.iter().map(|s| s.id).collect::<Vec<_>>();
        assert_eq!(ids(list(&ctx, bob, &Page::newest(10)).await.unwrap()), [first, second]);
        let newest = list(&ctx, bob, &Page::newest(1)).await.unwrap();
        let below = Page { max_id: newest.last, ..Page::newest(10) };
        assert_eq!(ids(list(&ctx, bob, &below).await.unwrap()), [second]);
        unfavourite(&ctx, bob, first).await.unwrap();
        assert_eq!(ids(list(&ctx, bob, &Page::newest(10)).await.unwrap()), [second]);
        assert!(list(&ctx, alice, &Page::newest(10)).await.unwrap().items.is_empty());
    }

    #[tokio::test]
    async fn what_one_did_can_be_taken_back_after_a_block() {
        let (ctx, _dir) = instance().await;
        let (alice, eve) = (member(&ctx, "alice").await, member(&ctx, "eve").await);
        let id = post(&ctx, alice, "look").await;
        favourite(&ctx, eve, id).await.unwrap();
        let boost = reblogs::reblog(&ctx, eve, id, None).await.unwrap().id;
        crate::blocks::block(&ctx, alice, eve).await.unwrap();
        for shell in
            [unfavourite(&ctx, eve, id).await.unwrap(), reblogs::unreblog(&ctx, eve, boost).await.unwrap()]
        {
            assert_eq!(
                (shell.id, shell.content.as_str(), shell.favourites_count),
                (id, "", 0),
                "no more than that"
            );
        }
        let seen = statuses::get(&ctx, Some(alice), id).await.unwrap();
        assert_eq!((seen.favourites_count, seen.reblogs_count), (0, 0));
        assert!(matches!(unfavourite(&ctx, eve, id).await, Err(Error::NotFound)), "nothing is left");
        assert!(matches!(reblogs::unreblog(&ctx, eve, id).await, Err(Error::NotFound)));
    }

    #[tokio::test]
    async fn for_the_blocked_there_is_nothing() {
        let (ctx, _dir) = instance().await;
        let (alice, eve) = (member(&ctx, "alice").await, member(&ctx, "eve").await);
        let id = post(&ctx, alice, "look, @eve").await;
        favourite(&ctx, eve, id).await.unwrap();
        let block = Block {
            id: BlockId(1),
            account_id: alice,
            target_id: eve,
            uri: "https://photos.example/1".to_owned(),
            created_at: ctx.now(),
        };
        let mut tx = ctx.store.begin().await.unwrap();
        assert!(tx.insert_block(&block).await.unwrap());
        tx.commit().await.unwrap();
        let reply = Draft { text: "x".to_owned(), in_reply_to: Some(id), ..Draft::default() };
        let refused = [
            favourite(&ctx, eve, id).await.err(),
            reblogs::reblog(&ctx, eve, id, None).await.err(),
            bookmarks::bookmark(&ctx, eve, id).await.err(),
            threads::mute(&ctx, eve, id).await.err(),
            pins::pin(&ctx, eve, id).await.err(),
            statuses::publish(&ctx, &Known(&ctx), eve, None, reply).await.err(),
            statuses::context(&ctx, Some(eve), id).await.err(),
            edits::history(&ctx, Some(eve), id).await.err(),
        ];
        for (at, refused) in refused.iter().enumerate() {
            assert!(matches!(refused, Some(Error::NotFound)), "{at}: {refused:?}");
        }
        assert!(list(&ctx, eve, &Page::newest(10)).await.unwrap().items.is_empty());
        assert_eq!(statuses::get(&ctx, Some(alice), id).await.unwrap().favourites_count, 1);
    }
}
