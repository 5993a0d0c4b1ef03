//! One search over people, posts and hashtags (<https://docs.joinmastodon.org/methods/search/#v2>).

use axum::{Json, extract::State};
use serde::Deserialize;
use tintype_model::AccountId;
use tintype_service::search;

use crate::{
    AnyQuery, ApiError, App, Caller,
    entities::Search,
    lenient::{Flag, Text},
    paging,
};

/// What is searched for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SearchForm {
    q: Text,
    #[serde(rename = "type")]
    kind: Text,
    resolve: Flag,
    following: Flag,
}

impl SearchForm {
    fn wanted<'a>(
        self,
        query: &'a str,
        viewer: Option<AccountId>,
        paging: &paging::Statuses,
    ) -> Result<search::Search<'a>, ApiError> {
        if viewer.is_none() && (self.resolve.on() || paging.offset > 0) {
            return Err(ApiError::Unauthenticated);
        }
        let kind = self.kind.given_as("type")?;
        Ok(search::Search {
            query,
            kind,
            resolve: self.resolve.on(),
            following: self.following.on(),
            // A place in a list is meant; without a kind there are three lists.
            offset: kind.map_or(0, |_| paging.offset),
            limit: paging.page.limit,
        })
    }
}

/// `GET /api/v2/search`
pub async fn show(
    State(app): State<App>,
    caller: Option<Caller>,
    paging: paging::Statuses,
    AnyQuery(form): AnyQuery<SearchForm>,
) -> Result<Json<Search>, ApiError> {
    let viewer = caller.map(|caller| caller.account);
    let query = form.q.clone().need("q")?;
    let wanted = form.wanted(&query, viewer, &paging)?;
    let results = search::search(&app.ctx, &*app.resolver, viewer, &wanted).await?;
    Ok(Json(Search::new(results, viewer.is_some())))
}
