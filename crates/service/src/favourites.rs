//! Likes.

use tintype_model::{AccountId, FavouriteId, Page, StatusId};
use tintype_store::{favourites::Favourite, notifications::NotificationKind};

use crate::{
    Ctx, Error, Hint, Outgoing, Result, outgoing,
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
    if tx.insert_favourite(&row).await? {
        hints.push(Hint::Changed(target.id));
        if author.local {
            let kind = NotificationKind::Favourite;
            statuses::notify(ctx, &mut tx, author.id, kind, who, Some(target.id), &mut hints).await?;
        } else {
            outgoing::enqueue(ctx, &mut tx, &Outgoing::Favourited { favourite: like, uri: row.uri }).await?;
        }
        tx.commit().await?;
    }
    for hint in hints {
        ctx.events.hint(hint);
    }
    statuses::get(ctx, Some(who), id).await
}

/// Takes a like back.
pub async fn unfavourite(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<StatusView> {
    let mut reader = ctx.store.read().await?;
    let target = statuses::visible_original(&mut reader, Some(who), id).await?;
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
    }
    statuses::get(ctx, Some(who), id).await
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
    let rows = reader.favouriters(target.id, page).await?;
    let ids: Vec<AccountId> = rows.iter().map(|r| r.1).collect();
    Ok(Paged::new(views::accounts(ctx, &mut reader, &ids).await?, &rows))
}
