//! Boosts. A boost is a status of its own, with its own id, that holds nothing but what it boosts.

use tintype_model::{AccountId, Interaction, Millis, Page, StatusId, Visibility};
use tintype_store::{Reader, Tx, accounts::Account, notifications::NotificationKind, statuses::Status};

use crate::{
    Ctx, Error, Hint, Outgoing, Result,
    interactions::{self, With},
    moves, outgoing,
    paged::Paged,
    statuses, timelines,
    views::{self, AccountView, StatusView},
};

/// Boosts a status; answers with the boost. Boosting twice is boosting once. Followers-only posts can be boosted by
/// their author alone, direct ones by nobody.
pub async fn reblog(
    ctx: &Ctx,
    who: AccountId,
    id: StatusId,
    visibility: Option<Visibility>,
) -> Result<StatusView> {
    let mut reader = ctx.store.read().await?;
    let original = statuses::visible_original(&mut reader, Some(who), id).await?;
    let me = reader.account(who).await?.ok_or(Error::NotFound)?;
    let user = reader.user(who).await?.ok_or(Error::NotFound)?;
    moves::at_home(&mut reader, who).await?;
    let asking = interactions::asking(ctx, &mut reader, Interaction::Reblog, &original, &me).await?;
    drop(reader);
    let visibility = boost_visibility(&original, who, visibility, user.default_visibility)?;
    let boost: StatusId = ctx.ids.next();
    let uri = ctx.site.status_activity(&me.username, boost);
    let row = self::boost(&me, boost, uri, original.id, visibility, ctx.now());
    let mut tx = ctx.store.begin().await?;
    let mut hints = Vec::new();
    if !insert(ctx, &mut tx, &row, &original, &mut hints).await? {
        let first = tx.read().reblog_by(who, original.id).await?.ok_or(Error::NotFound)?;
        tx.rollback().await?;
        return statuses::get(ctx, Some(who), first.id).await;
    }
    if let Some(asking) = &asking {
        interactions::ask(ctx, &mut tx, who, asking, With::Status(&row)).await?;
        tx.count_status(original.id, 0, -1, 0).await?;
    }
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    statuses::get(ctx, Some(who), boost).await
}

/// Takes a boost back; answers with what was boosted.
pub async fn unreblog(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<StatusView> {
    let mut reader = ctx.store.read().await?;
    let original = boosted(&mut reader, who, id).await?;
    drop(reader);
    let mut tx = ctx.store.begin().await?;
    let boost = tx.read().reblog_by(who, original.id).await?;
    if let Some(boost) = boost {
        remove(ctx, &mut tx, &boost, original.id).await?;
        tx.commit().await?;
        ctx.events.hint(Hint::Deleted {
            status: boost.id,
            author: boost.account_id,
            visibility: boost.visibility,
        });
        ctx.events.hint(Hint::Changed(original.id));
    } else {
        // Nobody reads on while holding a transaction: its connection may be the one that is waited for.
        tx.rollback().await?;
    }
    statuses::get_or_shell(ctx, who, original.id).await
}

/// What a boost is taken back of: what somebody sees, or what they boosted when they saw it.
async fn boosted(reader: &mut Reader<'_>, who: AccountId, id: StatusId) -> Result<Status> {
    match statuses::visible_original(reader, Some(who), id).await {
        Err(Error::NotFound) => {}
        found => return found,
    }
    let original = statuses::any_original(reader, id).await?;
    reader.reblog_by(who, original.id).await?.ok_or(Error::NotFound)?;
    Ok(original)
}

/// One page of those who boosted a status.
pub async fn reblogged_by(
    ctx: &Ctx,
    viewer: Option<AccountId>,
    id: StatusId,
    page: &Page,
) -> Result<Paged<AccountView>> {
    let mut reader = ctx.store.read().await?;
    let target = statuses::visible_original(&mut reader, viewer, id).await?;
    let rows = reader.rebloggers(viewer, target.id, page).await?;
    let ids: Vec<AccountId> = rows.iter().map(|r| r.1).collect();
    Ok(Paged::new(views::accounts(ctx, &mut reader, &ids).await?, &rows))
}

/// The row of a boost.
pub(crate) fn boost(
    by: &Account,
    id: StatusId,
    uri: String,
    of: StatusId,
    visibility: Visibility,
    at: Millis,
) -> Status {
    Status {
        id,
        url: uri.clone(),
        uri,
        account_id: by.id,
        local: by.local,
        visibility,
        sensitive: false,
        spoiler_text: String::new(),
        content: String::new(),
        text: String::new(),
        language: None,
        in_reply_to_id: None,
        in_reply_to_account_id: None,
        in_reply_to_uri: None,
        reblog_of_id: Some(of),
        app_id: None,
        replies_count: 0,
        reblogs_count: 0,
        favourites_count: 0,
        created_at: at,
        edited_at: None,
        version: 0,
    }
}

/// Writes a boost, local or remote, with everything that follows from it; `false` if it was there.
pub(crate) async fn insert(
    ctx: &Ctx,
    tx: &mut Tx,
    boost: &Status,
    original: &Status,
    hints: &mut Vec<Hint>,
) -> Result<bool> {
    if !tx.insert_status(boost).await? {
        return Ok(false);
    }
    if boost.visibility != Visibility::Direct {
        tx.count_account(boost.account_id, 1, 0, 0, Some(boost.created_at)).await?;
    }
    tx.count_status(original.id, 0, 1, 0).await?;
    let author = tx.read().account(original.account_id).await?.ok_or(Error::NotFound)?;
    if author.local {
        let kind = NotificationKind::Reblog;
        statuses::notify(ctx, tx, author.id, kind, boost.account_id, Some(original.id), hints).await?;
    }
    let rest = !timelines::fan_out_now(tx, boost).await?;
    if boost.local {
        let news = Outgoing::Published { status: boost.id, uri: boost.uri.clone(), rest };
        outgoing::enqueue(ctx, tx, &news).await?;
    } else if rest {
        let news = Outgoing::Arrived { status: boost.id, uri: boost.uri.clone() };
        outgoing::enqueue(ctx, tx, &news).await?;
    }
    hints.push(Hint::Published(boost.id));
    hints.push(Hint::Changed(original.id));
    Ok(true)
}

/// Removes a boost with everything that followed from it, and tells others if it was local.
pub(crate) async fn remove(ctx: &Ctx, tx: &mut Tx, boost: &Status, original: StatusId) -> Result<()> {
    let original = tx.read().status(original).await?.ok_or(Error::NotFound)?;
    let mut reach = statuses::reach_of(tx, boost).await?;
    reach.others.push(original.account_id);
    tx.delete_status(boost, ctx.now()).await?;
    tx.retract_notification(
        original.account_id,
        NotificationKind::Reblog,
        boost.account_id,
        Some(original.id),
    )
    .await?;
    if boost.local {
        let undo = Outgoing::Unreblogged {
            activity: ctx.ids.next(),
            account: boost.account_id,
            uri: boost.uri.clone(),
            original: original.uri,
            reach,
        };
        outgoing::enqueue(ctx, tx, &undo).await?;
    }
    Ok(())
}

fn boost_visibility(
    original: &Status,
    who: AccountId,
    wanted: Option<Visibility>,
    usual: Visibility,
) -> Result<Visibility> {
    match (original.visibility, wanted) {
        (_, Some(Visibility::Direct)) | (Visibility::Direct, _) => {
            Err(Error::invalid("Direct posts can't be boosted"))
        }
        (Visibility::Private, _) if original.account_id != who => Err(Error::NotFound),
        (Visibility::Private, _) => Ok(Visibility::Private),
        (_, wanted) => Ok(wanted.unwrap_or(usual)),
    }
}
