//! The pictures with a hashtag.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use tintype_model::{Page, StatusId, text::hashtag_key};
use tintype_service::timelines::{self, TagFilter};

use crate::{
    App,
    form::Fields,
    page::{Refusal, page},
    tiles::{self, Tile},
    visitor::{Nav, Visitor},
};

/// Bytes of a hashtag's name.
const LONGEST: usize = 200;

#[derive(Template)]
#[template(path = "tag.html")]
struct Tag {
    nav: Nav,
    /// Its key, which the address is made of.
    name: String,
    tiles: Vec<Tile>,
    first: bool,
    older: Option<StatusId>,
}

/// `GET /tags/{name}`
pub async fn show(
    State(app): State<App>,
    Path(name): Path<String>,
    uri: Uri,
    visitor: Visitor,
) -> Result<Response, Refusal> {
    let name = hashtag_key(&name);
    if name.is_empty() || name.len() > LONGEST || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(Refusal::not_found());
    }
    let max_id = Fields::of_query(&uri).get("max_id").and_then(|id| id.parse::<StatusId>().ok());
    let wanted = Page { max_id: max_id.map(|id| id.0), ..Page::newest(tiles::PER_PAGE) };
    let filter = TagFilter { name: name.clone(), ..TagFilter::default() };
    let statuses = timelines::tag(&app.ctx, None, &filter, &wanted).await?;
    let is_full = i64::try_from(statuses.len()).is_ok_and(|n| n == tiles::PER_PAGE);
    let template = Tag {
        nav: visitor.nav(&app).await?,
        name,
        tiles: tiles::tiles(&statuses),
        first: max_id.is_none(),
        older: statuses.last().filter(|_| is_full).map(|status| status.id),
    };
    Ok(page(StatusCode::OK, &template))
}
