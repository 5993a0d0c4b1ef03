//! What local people are told.

use std::collections::HashMap;

use tintype_model::{AccountId, Millis, NotificationId, Page, StatusId};
use tintype_store::{Reader, notifications::Notification};

pub use tintype_store::notifications::{NotificationFilter, NotificationKind};

use crate::{
    Ctx, Error, Result,
    views::{self, AccountView, StatusView},
};

/// A notification with everything around it.
#[derive(Debug, Clone, PartialEq)]
pub struct NotificationView {
    pub id: NotificationId,
    pub kind: NotificationKind,
    pub created_at: Millis,
    /// Who caused it.
    pub account: AccountView,
    /// What it is about.
    pub status: Option<StatusView>,
}

/// One page of somebody's notifications.
pub async fn list(
    ctx: &Ctx,
    who: AccountId,
    filter: &NotificationFilter,
    page: &Page,
) -> Result<Vec<NotificationView>> {
    let mut reader = ctx.store.read().await?;
    let rows = reader.notifications(who, filter, page).await?;
    show(ctx, &mut reader, who, rows).await
}

/// One of somebody's notifications.
pub async fn get(ctx: &Ctx, who: AccountId, id: NotificationId) -> Result<NotificationView> {
    let mut reader = ctx.store.read().await?;
    let row = reader.notification(who, id).await?.ok_or(Error::NotFound)?;
    show(ctx, &mut reader, who, vec![row]).await?.pop().ok_or(Error::NotFound)
}

/// Dismisses one.
pub async fn dismiss(ctx: &Ctx, who: AccountId, id: NotificationId) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    if !tx.dismiss_notification(who, id).await? {
        return Err(Error::NotFound);
    }
    Ok(tx.commit().await?)
}

/// Dismisses all.
pub async fn clear(ctx: &Ctx, who: AccountId) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    tx.clear_notifications(who).await?;
    Ok(tx.commit().await?)
}

async fn show(
    ctx: &Ctx,
    reader: &mut Reader<'_>,
    who: AccountId,
    rows: Vec<Notification>,
) -> Result<Vec<NotificationView>> {
    let from: Vec<AccountId> = rows.iter().map(|n| n.from_id).collect();
    let about: Vec<StatusId> = rows.iter().filter_map(|n| n.status_id).collect();
    let accounts: HashMap<AccountId, AccountView> =
        views::accounts(ctx, reader, &from).await?.into_iter().map(|a| (a.id, a)).collect();
    let seen = reader.visible_statuses(Some(who), &about).await?;
    let statuses: HashMap<StatusId, StatusView> =
        views::statuses(ctx, reader, Some(who), seen).await?.into_iter().map(|s| (s.id, s)).collect();
    Ok(rows
        .into_iter()
        .filter_map(|n| {
            let status = match n.status_id {
                Some(id) => Some(statuses.get(&id)?.clone()),
                None => None,
            };
            Some(NotificationView {
                id: n.id,
                kind: n.kind,
                created_at: n.created_at,
                account: accounts.get(&n.from_id)?.clone(),
                status,
            })
        })
        .collect())
}
