//! Collections of an account: what it published for everyone, what it has pinned, who follows it, whom it follows.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use serde_json::Value;
use tintype_model::{AccountId, Page};
use tintype_store::{accounts::Account, statuses::AccountStatuses};

use super::{Ask, Asker, document};
use crate::{
    Federation,
    compose::Notes,
    rejection::Rejection,
    wire::out::{Collection, Hashtag, OrderedCollection, OrderedCollectionPage},
};

/// Activities of one page of an outbox.
const ACTIVITIES: i64 = 20;
/// Accounts of one page.
const ACCOUNTS: i64 = 100;

/// `GET /users/{name}/outbox`: only what everyone may see.
pub(super) async fn outbox(
    State(federation): State<Federation>,
    Path(name): Path<String>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let (_, account) = federation.open(&ask, &name).await?;
    let id = format!("{}/outbox", account.uri);
    let Some(page) = page_of(&ask, ACTIVITIES) else {
        return whole(&id, account.statuses_count, true);
    };
    let ctx = federation.ctx();
    let mut reader = ctx.store.read().await?;
    // Nobody in particular looks: the rule of visibility leaves what is open.
    let rows = reader.account_statuses(None, account.id, &AccountStatuses::default(), &page).await?;
    let notes = Notes::read(&mut reader, &rows).await?;
    let mut items: Vec<Value> = Vec::with_capacity(rows.len());
    for row in &rows {
        let activity = if row.reblog_of_id.is_some() {
            serde_json::to_value(notes.announce(row)?)
        } else {
            serde_json::to_value(notes.create(ctx, row)?)
        };
        items.push(activity.map_err(crate::Error::from)?);
    }
    let last = rows.last().map(|row| row.id.0).filter(|_| rows.len() as i64 == ACTIVITIES);
    one_page(&ask, &id, items, last)
}

/// `GET /users/{name}/collections/featured`: the pinned statuses that whoever asks may see.
pub(super) async fn featured(
    State(federation): State<Federation>,
    Path(name): Path<String>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let (asker, account) = federation.open(&ask, &name).await?;
    let ctx = federation.ctx();
    let mut reader = ctx.store.read().await?;
    let rows = reader.pinned_statuses(asker.account().map(|asker| asker.id), account.id).await?;
    let notes = Notes::read(&mut reader, &rows).await?;
    let items = rows.iter().map(|row| notes.note(ctx, row)).collect::<crate::Result<Vec<_>>>()?;
    let id = ctx.site.featured(&account.username);
    document(StatusCode::OK, &OrderedCollection::whole(id, items).document())
}

/// `GET /users/{name}/collections/tags`: the hashtags on the profile.
pub(super) async fn featured_tags(
    State(federation): State<Federation>,
    Path(name): Path<String>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let (_, account) = federation.open(&ask, &name).await?;
    let site = &federation.ctx().site;
    let tags = federation.ctx().store.read().await?.featured_tags(account.id).await?;
    let items =
        tags.iter().map(|tag| Hashtag::new(site.tag_page(&tag.name), format!("#{}", tag.display))).collect();
    document(StatusCode::OK, &Collection::new(site.featured_tags(&account.username), items).document())
}

/// `GET /users/{name}/followers`
pub(super) async fn followers(
    State(federation): State<Federation>,
    Path(name): Path<String>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let (asker, account) = federation.open(&ask, &name).await?;
    let id = format!("{}/followers", account.uri);
    let listed = federation.lists(&account, &asker).await?;
    let Some(page) = page_of(&ask, ACCOUNTS).filter(|_| listed) else {
        return whole(&id, account.followers_count, listed);
    };
    let rows = federation.ctx().store.read().await?.followers(account.id, &page).await?;
    federation.accounts_page(&ask, &id, rows).await
}

/// `GET /users/{name}/following`
pub(super) async fn following(
    State(federation): State<Federation>,
    Path(name): Path<String>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let (asker, account) = federation.open(&ask, &name).await?;
    let id = format!("{}/following", account.uri);
    let listed = federation.lists(&account, &asker).await?;
    let Some(page) = page_of(&ask, ACCOUNTS).filter(|_| listed) else {
        return whole(&id, account.following_count, listed);
    };
    let rows = federation.ctx().store.read().await?.following(account.id, &page).await?;
    federation.accounts_page(&ask, &id, rows).await
}

/// The page asked for; `None`: the collection itself.
fn page_of(ask: &Ask, limit: i64) -> Option<Page> {
    ask.query("page")?;
    let max_id = ask.query("max_id").and_then(|id| id.parse::<i64>().ok()).filter(|id| *id > 0);
    Some(Page { max_id, ..Page::newest(limit) })
}

fn whole(id: &str, total: i64, open: bool) -> Result<Response, Rejection> {
    let first = open.then(|| format!("{id}?page=true"));
    let total = u64::try_from(total).unwrap_or_default();
    document(StatusCode::OK, &OrderedCollection::<String>::paged(id, total, first).document())
}

/// `last`: the cursor after which there may be more.
fn one_page<T: serde::Serialize>(
    ask: &Ask,
    id: &str,
    items: Vec<T>,
    last: Option<i64>,
) -> Result<Response, Rejection> {
    let this = match ask.query("max_id").and_then(|cursor| cursor.parse::<i64>().ok()) {
        Some(cursor) => format!("{id}?page=true&max_id={cursor}"),
        None => format!("{id}?page=true"),
    };
    let mut page = OrderedCollectionPage::new(this, id, items);
    page.next = last.map(|cursor| format!("{id}?page=true&max_id={cursor}"));
    document(StatusCode::OK, &page.document())
}

impl Federation {
    /// People are listed for those who say who they are, unless they are blocked or nobody is to see the list.
    async fn lists(&self, account: &Account, asker: &Asker) -> Result<bool, Rejection> {
        let Some(asker) = asker.account().filter(|_| !account.hide_collections) else { return Ok(false) };
        Ok(!self.shuts_out(account, Some(asker)).await?)
    }

    async fn accounts_page(
        &self,
        ask: &Ask,
        id: &str,
        rows: Vec<(i64, AccountId)>,
    ) -> Result<Response, Rejection> {
        let ids: Vec<AccountId> = rows.iter().map(|row| row.1).collect();
        let accounts = self.0.ctx.store.read().await?.accounts(&ids).await?;
        let uris: Vec<String> = ids
            .iter()
            .filter_map(|id| accounts.iter().find(|account| account.id == *id && account.is_active()))
            .map(|account| account.uri.clone())
            .collect();
        let last = rows.last().map(|row| row.0).filter(|_| rows.len() as i64 == ACCOUNTS);
        one_page(ask, id, uris, last)
    }
}
