//! Other people's accounts, and what they posted (<https://docs.joinmastodon.org/methods/accounts/>).

use axum::{Json, extract::State};
use serde::Deserialize;
use tintype_model::{AccountId, Handle, text};
use tintype_service::{
    accounts::{self, AccountSearch, AccountStatuses},
    follows, pins,
};

use crate::{
    AnyQuery, ApiError, App, Caller, Paged, PathId,
    entities::{Account, Status},
    lenient::{Flag, Many, Text},
    paging::{self, Ends},
};

/// The most accounts that are asked for by their ids.
const MOST_BY_ID: usize = 40;

/// Which accounts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WhichForm {
    id: Many<Text>,
}

/// Whom to look up.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LookupForm {
    acct: Text,
}

/// Whom to search for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SearchForm {
    q: Text,
    resolve: Flag,
    following: Flag,
}

/// Which of an account's statuses.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct StatusesForm {
    exclude_replies: Flag,
    exclude_reblogs: Flag,
    only_media: Flag,
    pinned: Flag,
    tagged: Text,
}

impl StatusesForm {
    fn filter(self) -> AccountStatuses {
        AccountStatuses {
            exclude_replies: self.exclude_replies.on(),
            exclude_reblogs: self.exclude_reblogs.on(),
            only_media: self.only_media.on(),
            tagged: self.tagged.given().map(|tag| text::hashtag_key(tag.trim_start_matches('#'))),
        }
    }
}

/// `GET /api/v1/accounts`; those that there aren't are left out.
pub async fn list(
    State(app): State<App>,
    AnyQuery(form): AnyQuery<WhichForm>,
) -> Result<Json<Vec<Account>>, ApiError> {
    let views = accounts::list(&app.ctx, &form.id.some_as(MOST_BY_ID)?).await?;
    Ok(Json(views.into_iter().map(Account::from).collect()))
}

/// `GET /api/v1/accounts/{id}`
pub async fn show(State(app): State<App>, PathId(id): PathId<AccountId>) -> Result<Json<Account>, ApiError> {
    let view = accounts::get(&app.ctx, id).await?;
    Ok(Json(view.into()))
}

/// `GET /api/v1/accounts/lookup`
pub async fn lookup(
    State(app): State<App>,
    AnyQuery(form): AnyQuery<LookupForm>,
) -> Result<Json<Account>, ApiError> {
    let handle: Handle = form.acct.need("acct")?.parse().map_err(|_| ApiError::NotFound)?;
    let view = accounts::lookup(&app.ctx, &handle).await?;
    Ok(Json(view.into()))
}

/// `GET /api/v1/accounts/search`
pub async fn search(
    State(app): State<App>,
    caller: Caller,
    paging: paging::Accounts,
    AnyQuery(form): AnyQuery<SearchForm>,
) -> Result<Json<Vec<Account>>, ApiError> {
    let wanted = AccountSearch {
        query: &form.q.need("q")?,
        resolve: form.resolve.on(),
        following: form.following.on(),
        offset: paging.offset,
        limit: paging.page.limit,
    };
    let found = accounts::search(&app.ctx, &*app.resolver, Some(caller.account), &wanted).await?;
    Ok(Json(found.into_iter().map(Account::from).collect()))
}

/// `GET /api/v1/accounts/{id}/statuses`
pub async fn statuses(
    State(app): State<App>,
    caller: Option<Caller>,
    PathId(id): PathId<AccountId>,
    paging: paging::Statuses,
    AnyQuery(form): AnyQuery<StatusesForm>,
) -> Result<Paged<Status>, ApiError> {
    let viewer = caller.map(|caller| caller.account);
    if form.pinned.on() {
        let pinned = pins::of(&app.ctx, viewer, id).await?.into_iter();
        let shown = pinned.filter(|view| paging.holds(view.id.0)).map(Status::from);
        return Ok(paging.answer(shown.collect(), Ends::default()));
    }
    let views = accounts::statuses(&app.ctx, viewer, id, &form.filter(), &paging.page).await?;
    Ok(paging.by_id(views, |view| view.id.0))
}

/// `GET /api/v1/accounts/{id}/followers`
pub async fn followers(
    State(app): State<App>,
    caller: Option<Caller>,
    PathId(id): PathId<AccountId>,
    paging: paging::Accounts,
) -> Result<Paged<Account>, ApiError> {
    let viewer = caller.map(|caller| caller.account);
    let page = follows::followers(&app.ctx, viewer, id, &paging.page).await?;
    Ok(paging.by_cursor(page))
}

/// `GET /api/v1/accounts/{id}/following`
pub async fn following(
    State(app): State<App>,
    caller: Option<Caller>,
    PathId(id): PathId<AccountId>,
    paging: paging::Accounts,
) -> Result<Paged<Account>, ApiError> {
    let viewer = caller.map(|caller| caller.account);
    let page = follows::following(&app.ctx, viewer, id, &paging.page).await?;
    Ok(paging.by_cursor(page))
}
