//! Profiles: reading, finding and changing them, and what their owners posted.

mod profile;

use tintype_model::{AccountId, Handle, Page};
use tintype_store::{
    Reader,
    accounts::{Account, AccountKind},
    follows::FollowState,
};

pub use profile::{
    FIELD_CHARACTERS, MAX_ATTRIBUTION_DOMAINS, MAX_FIELDS, Own, ProfileChange, own, remove_avatar,
    remove_header, set_attribution_domains, update_profile,
};
pub use tintype_store::statuses::AccountStatuses;

use crate::{
    Ctx, Error, Found, Resolver, Result, emojis, reading,
    views::{self, AccountView, StatusView},
};

/// An account. A suspended one shows nothing but that it is; `Gone` when it was deleted.
pub async fn get(ctx: &Ctx, id: AccountId) -> Result<AccountView> {
    let mut reader = ctx.store.read().await?;
    let row = reader.account(id).await?;
    there(ctx, &mut reader, row).await
}

/// Some accounts, in the order of the ids; left out are unknown ones, the instance's own actor and who isn't let in yet.
pub async fn list(ctx: &Ctx, ids: &[AccountId]) -> Result<Vec<AccountView>> {
    let mut reader = ctx.store.read().await?;
    let waiting = reader.waiting_among(ids).await?;
    let mut rows = reader.accounts(ids).await?;
    rows.retain(|row| shown(row) && !waiting.contains(&row.id));
    let row = |id: &AccountId| rows.iter().find(|row| row.id == *id);
    let mut views: Vec<AccountView> =
        ids.iter().filter_map(row).map(|row| views::account(ctx, row)).collect();
    views::count_elsewhere(&mut reader, &mut views).await?;
    views::show_moves(ctx, &mut reader, &mut views).await?;
    emojis::of_accounts(ctx, &mut reader, &mut views).await?;
    Ok(views)
}

/// One page of this instance's own people, newest first.
pub async fn local(ctx: &Ctx, page: &Page) -> Result<Vec<AccountView>> {
    let mut reader = ctx.store.read().await?;
    let rows = reader.local_accounts(page).await?;
    let mut views: Vec<AccountView> = rows.iter().map(|row| views::account(ctx, row)).collect();
    emojis::of_accounts(ctx, &mut reader, &mut views).await?;
    Ok(views)
}

/// The account of a handle that is known here; asks no other server. As [`get`] otherwise.
pub async fn lookup(ctx: &Ctx, handle: &Handle) -> Result<AccountView> {
    let key = handle.clone().on(&ctx.site.domain).key();
    let mut reader = ctx.store.read().await?;
    let row = reader.account_by_key(&key).await?;
    there(ctx, &mut reader, row).await
}

async fn there(ctx: &Ctx, reader: &mut Reader<'_>, row: Option<Account>) -> Result<AccountView> {
    let row = row.filter(shown).ok_or(Error::NotFound)?;
    if row.deleted_at.is_some() {
        return Err(Error::Gone);
    }
    if waits(reader, &row).await? {
        return Err(Error::NotFound);
    }
    let mut view = views::account(ctx, &row);
    views::count_elsewhere(reader, std::slice::from_mut(&mut view)).await?;
    views::show_moves(ctx, reader, std::slice::from_mut(&mut view)).await?;
    emojis::of_accounts(ctx, reader, std::slice::from_mut(&mut view)).await?;
    Ok(view)
}

/// Whether an account isn't there yet, because its person waits to be let in. It is suspended until then.
pub async fn waits(reader: &mut Reader<'_>, account: &Account) -> Result<bool> {
    if !account.local || account.suspended_at.is_none() {
        return Ok(false);
    }
    Ok(reader.user(account.id).await?.is_some_and(|user| !user.approved))
}

/// What is wanted of an account search.
#[derive(Debug, Clone, Default)]
pub struct AccountSearch<'a> {
    /// A name's beginning, a handle, or a profile's URL.
    pub query: &'a str,
    /// Whether other servers may be asked.
    pub resolve: bool,
    /// Only those whom the searcher follows.
    pub following: bool,
    pub offset: i64,
    pub limit: i64,
}

/// Finds accounts by name, handle or URL.
pub async fn search(
    ctx: &Ctx,
    resolver: &dyn Resolver,
    viewer: Option<AccountId>,
    search: &AccountSearch<'_>,
) -> Result<Vec<AccountView>> {
    let query = search.query.trim();
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids: Vec<AccountId> = Vec::new();
    let handle = query.parse::<Handle>().ok().map(|h| h.on(&ctx.site.domain));
    if search.offset == 0 {
        let ask = search.resolve && viewer.is_some();
        ids.extend(exact(ctx, resolver, ask, query, handle.as_ref()).await?);
    }
    let mut reader = ctx.store.read().await?;
    if let Some(handle) = &handle {
        for row in reader.search_accounts(&handle.key(), search.offset, search.limit).await? {
            if !ids.contains(&row.id) {
                ids.push(row.id);
            }
        }
    }
    if search.following {
        let follows = match viewer {
            Some(me) => reader.follows_around(me, &ids).await?,
            None => Vec::new(),
        };
        ids.retain(|id| follows.iter().any(|f| f.target_id == *id && f.state == FollowState::Accepted));
    }
    ids.truncate(usize::try_from(search.limit).unwrap_or(0));
    views::accounts(ctx, &mut reader, &ids).await
}

async fn exact(
    ctx: &Ctx,
    resolver: &dyn Resolver,
    resolve: bool,
    query: &str,
    handle: Option<&Handle>,
) -> Result<Option<AccountId>> {
    let known = {
        let mut reader = ctx.store.read().await?;
        match handle {
            Some(handle) => reader.account_by_key(&handle.key()).await?,
            None => reader.account_by_uri(query).await?,
        }
    };
    if let Some(known) = known {
        return Ok(Some(known.id).filter(|_| shown(&known) && known.is_active()));
    }
    if !resolve {
        return Ok(None);
    }
    // A server that can't be reached has no results; that is no error of the search.
    let found = match handle {
        Some(handle) if handle.domain.is_some() => resolver.account(handle).await.ok().flatten(),
        None if query.starts_with("http") => match resolver.object(query).await.ok().flatten() {
            Some(Found::Account(id)) => Some(id),
            _ => None,
        },
        _ => None,
    };
    Ok(found)
}

/// One page of what an account posted, as far as the viewer may see it.
pub async fn statuses(
    ctx: &Ctx,
    viewer: Option<AccountId>,
    of: AccountId,
    filter: &AccountStatuses,
    page: &Page,
) -> Result<Vec<StatusView>> {
    let mut reader = ctx.store.read().await?;
    let account =
        reader.account(of).await?.filter(shown).filter(Account::is_active).ok_or(Error::NotFound)?;
    let rows = reader.account_statuses(viewer, of, filter, page).await?;
    let views = views::statuses(ctx, &mut reader, viewer, rows).await?;
    drop(reader);
    if viewer.is_some() {
        reading::profile_seen(ctx, &account).await;
    }
    Ok(views)
}

/// The instance's own actor is nobody's business but other servers'.
fn shown(account: &Account) -> bool {
    account.kind != AccountKind::Application || !account.local
}
