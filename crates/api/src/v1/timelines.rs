//! Timelines (<https://docs.joinmastodon.org/methods/timelines/>).

use axum::extract::State;
use serde::Deserialize;
use tintype_service::timelines::{self, PublicFilter, TagFilter};

use crate::{
    AnyQuery, ApiError, App, Caller, Paged,
    entities::Status,
    lenient::{Flag, Many, Text},
    paging,
    path::PathName,
};

/// Which public statuses.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PublicForm {
    local: Flag,
    remote: Flag,
    only_media: Flag,
}

/// Which statuses with a hashtag.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TagForm {
    any: Many<Text>,
    all: Many<Text>,
    none: Many<Text>,
    local: Flag,
    remote: Flag,
    only_media: Flag,
}

impl TagForm {
    fn filter(self, name: &str) -> TagFilter {
        let bare = |name: &str| name.trim_start_matches('#').to_owned();
        let names = |given: Many<Text>| given.texts().iter().map(|name| bare(name)).collect();
        TagFilter {
            name: bare(name),
            any: names(self.any),
            all: names(self.all),
            none: names(self.none),
            local: self.local.on(),
            remote: self.remote.on(),
            only_media: self.only_media.on(),
        }
    }
}

/// `GET /api/v1/timelines/home`
pub async fn home(
    State(app): State<App>,
    caller: Caller,
    paging: paging::Statuses,
) -> Result<Paged<Status>, ApiError> {
    let views = timelines::home(&app.ctx, caller.account, &paging.page).await?;
    Ok(paging.by_id(views, |view| view.id.0))
}

/// `GET /api/v1/timelines/public`
pub async fn public(
    State(app): State<App>,
    caller: Option<Caller>,
    paging: paging::Statuses,
    AnyQuery(form): AnyQuery<PublicForm>,
) -> Result<Paged<Status>, ApiError> {
    let filter =
        PublicFilter { local: form.local.on(), remote: form.remote.on(), only_media: form.only_media.on() };
    let viewer = caller.map(|caller| caller.account);
    let views = timelines::public(&app.ctx, viewer, filter, &paging.page).await?;
    Ok(paging.by_id(views, |view| view.id.0))
}

/// `GET /api/v1/timelines/tag/{name}`
pub async fn tag(
    State(app): State<App>,
    caller: Option<Caller>,
    PathName(name): PathName,
    paging: paging::Statuses,
    AnyQuery(form): AnyQuery<TagForm>,
) -> Result<Paged<Status>, ApiError> {
    let viewer = caller.map(|caller| caller.account);
    let views = timelines::tag(&app.ctx, viewer, &form.filter(&name), &paging.page).await?;
    Ok(paging.by_id(views, |view| view.id.0))
}
