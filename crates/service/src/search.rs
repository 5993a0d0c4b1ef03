//! One search over people, posts and hashtags (`GET /api/v2/search`).

use tintype_model::{AccountId, Handle, StatusId, text};

use crate::{
    Ctx, Found, Resolver, Result,
    accounts::{self, AccountSearch},
    views::{self, AccountView, StatusView, TagView},
};

tintype_model::words! {
    /// What is searched for.
    pub enum Kind {
        /// People.
        Accounts = "accounts",
        /// Posts.
        Statuses = "statuses",
        /// Hashtags.
        Hashtags = "hashtags",
    }
}

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Search<'a> {
    pub query: &'a str,
    /// `None`: everything.
    pub kind: Option<Kind>,
    /// Whether other servers may be asked.
    pub resolve: bool,
    pub following: bool,
    pub offset: i64,
    pub limit: i64,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Results {
    pub accounts: Vec<AccountView>,
    pub statuses: Vec<StatusView>,
    pub tags: Vec<TagView>,
}

/// Searches. A URL finds the one thing that stands behind it; a handle finds people; other text finds people and
/// hashtags that begin with it.
pub async fn search(
    ctx: &Ctx,
    resolver: &dyn Resolver,
    viewer: Option<AccountId>,
    search: &Search<'_>,
) -> Result<Results> {
    let query = search.query.trim();
    let mut results = Results::default();
    let wants = |kind: Kind| search.kind.is_none_or(|k| k == kind);
    if query.is_empty() {
        return Ok(results);
    }
    if query.starts_with("https://") || query.starts_with("http://") {
        if search.offset > 0 {
            return Ok(results);
        }
        match behind(ctx, resolver, search.resolve && viewer.is_some(), query).await? {
            Some(Found::Account(id)) if wants(Kind::Accounts) => {
                let mut reader = ctx.store.read().await?;
                results.accounts = views::accounts(ctx, &mut reader, &[id]).await?;
            }
            Some(Found::Status(id)) if wants(Kind::Statuses) => {
                let mut reader = ctx.store.read().await?;
                let rows = reader.visible_statuses(viewer, &[id]).await?;
                results.statuses = views::statuses(ctx, &mut reader, viewer, rows).await?;
            }
            _ => {}
        }
        return Ok(results);
    }
    if wants(Kind::Accounts) && !query.starts_with('#') {
        let wanted = AccountSearch {
            query,
            resolve: search.resolve,
            following: search.following,
            offset: search.offset,
            limit: search.limit,
        };
        results.accounts = accounts::search(ctx, resolver, viewer, &wanted).await?;
    }
    if wants(Kind::Hashtags) && !query.starts_with('@') {
        let key = text::hashtag_key(query.trim_start_matches('#'));
        let names = ctx.store.read().await?.search_tags(&key, search.offset, search.limit).await?;
        results.tags =
            names.into_iter().map(|name| TagView { url: ctx.site.tag_page(&name), name }).collect();
    }
    Ok(results)
}

/// What a URL names: one of our own pages or objects, something known, or something fetched.
async fn behind(ctx: &Ctx, resolver: &dyn Resolver, resolve: bool, url: &str) -> Result<Option<Found>> {
    let mut reader = ctx.store.read().await?;
    if let Some(status) = reader.status_by_uri(url).await? {
        return Ok(Some(Found::Status(status.id)));
    }
    if let Some(account) = reader.account_by_uri(url).await? {
        return Ok(Some(Found::Account(account.id)));
    }
    if ctx.site.owns(url) {
        let page = url.strip_prefix(&ctx.site.base).and_then(|p| p.strip_prefix("/@")).unwrap_or_default();
        let mut parts = page.split('/');
        let name = parts.next().and_then(|n| n.parse::<Handle>().ok());
        if let Some(id) = parts.next().and_then(|id| id.parse::<StatusId>().ok()) {
            return Ok(reader.status(id).await?.map(|s| Found::Status(s.id)));
        }
        return match name {
            Some(name) => Ok(reader
                .account_by_key(&name.on(&ctx.site.domain).key())
                .await?
                .map(|a| Found::Account(a.id))),
            None => Ok(None),
        };
    }
    drop(reader);
    // A server that can't be reached has no results; that is no error of the search.
    Ok(if resolve { resolver.object(url).await.ok().flatten() } else { None })
}
