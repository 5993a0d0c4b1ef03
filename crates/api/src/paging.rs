//! Pages of lists: `limit`, `max_id`, `since_id`, `min_id`, `offset` in, a `Link` header out
//! (<https://docs.joinmastodon.org/api/guidelines/#pagination>).

use axum::{
    Json,
    extract::{FromRequestParts, OriginalUri},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use tintype_model::Page;
use tintype_service::paged;

use crate::{
    ApiError, App,
    body::{AnyQuery, decode},
    lenient::Text,
};

/// What page of a list is asked for. `DEFAULT` is the limit when none is given; twice that is the most, and more is
/// silently cut down to it.
#[derive(Debug, Clone)]
pub struct Paging<const DEFAULT: i64> {
    /// Bounds and limit.
    pub page: Page,
    /// For lists without ids: how many to pass over.
    pub offset: i64,
    base: String,
    kept: String,
}

/// A page of statuses, 20 and at most 40.
pub type Statuses = Paging<20>;
/// A page of accounts or notifications, 40 and at most 80.
pub type Accounts = Paging<40>;
/// A page of domains, 100 and at most 200.
pub type Domains = Paging<100>;

/// Where the neighbouring pages begin. These are the list's cursors, which need not be ids of anything shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ends {
    /// The cursor of the oldest row: the next page is below it.
    pub next: Option<i64>,
    /// The cursor of the newest row: the previous page is above it.
    pub prev: Option<i64>,
}

/// A page as it is answered.
#[derive(Debug, Clone)]
pub struct Paged<T> {
    items: Vec<T>,
    link: Option<HeaderValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Form {
    limit: Text,
    offset: Text,
    max_id: Text,
    since_id: Text,
    min_id: Text,
}

/// The highest offset; deeper lists are not walked.
const MAX_OFFSET: i64 = 10_000;

impl<const DEFAULT: i64> FromRequestParts<App> for Paging<DEFAULT> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let AnyQuery(form) = AnyQuery::<Form>::from_request_parts(parts, app).await?;
        let uri = match parts.extensions.get::<OriginalUri>() {
            Some(OriginalUri(uri)) => uri,
            None => &parts.uri,
        };
        let limit = number(form.limit).map_or(DEFAULT, i64::saturating_abs);
        Ok(Self {
            page: Page {
                max_id: cursor(form.max_id, "max_id")?,
                since_id: cursor(form.since_id, "since_id")?,
                min_id: cursor(form.min_id, "min_id")?,
                limit: limit.clamp(1, DEFAULT * 2),
            },
            offset: number(form.offset).unwrap_or(0).clamp(0, MAX_OFFSET),
            base: app.ctx.site.page(uri.path()),
            kept: kept(uri.query().unwrap_or_default()),
        })
    }
}

impl<const DEFAULT: i64> Paging<DEFAULT> {
    /// The answer for a list whose cursors are the ids of what it lists.
    pub fn by_id<V, T: From<V>>(&self, views: Vec<V>, id: impl Fn(&V) -> i64) -> Paged<T> {
        let ends = Ends { next: views.last().map(&id), prev: views.first().map(&id) };
        self.answer(views.into_iter().map(T::from).collect(), ends)
    }

    /// Whether an id is within the bounds, for lists that are read whole.
    pub fn holds(&self, id: i64) -> bool {
        let Page { max_id, since_id, min_id, .. } = self.page;
        max_id.is_none_or(|max| id < max) && since_id.max(min_id).is_none_or(|min| id > min)
    }

    /// The answer for a list with cursors of its own.
    pub fn by_cursor<V, T: From<V>>(&self, page: paged::Paged<V>) -> Paged<T> {
        let ends = Ends { next: page.last, prev: page.first };
        self.answer(page.items.into_iter().map(T::from).collect(), ends)
    }

    /// The answer: these items, and links to the neighbouring pages that keep every other parameter.
    pub fn answer<T>(&self, items: Vec<T>, ends: Ends) -> Paged<T> {
        let links = [("max_id", ends.next, "next"), ("min_id", ends.prev, "prev")];
        let links: Vec<String> = links
            .into_iter()
            .filter_map(|(name, cursor, rel)| {
                let (base, kept, cursor) = (&self.base, &self.kept, cursor?);
                let and = if kept.is_empty() { "" } else { "&" };
                Some(format!("<{base}?{kept}{and}{name}={cursor}>; rel=\"{rel}\""))
            })
            .collect();
        let link = if links.is_empty() { None } else { HeaderValue::try_from(links.join(", ")).ok() };
        Paged { items, link }
    }
}

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.items).into_response();
        if let Some(link) = self.link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

/// A number that never stops a request: what can't be read wasn't given.
fn number(text: Text) -> Option<i64> {
    text.given()?.trim().parse().ok()
}

/// Digits; more of them than fit are as good as the highest id.
fn cursor(text: Text, name: &str) -> Result<Option<i64>, ApiError> {
    let Some(text) = text.given() else { return Ok(None) };
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ApiError::BadRequest(format!("{name} is not an id")));
    }
    Ok(Some(text.parse().unwrap_or(i64::MAX)))
}

/// The query as it came, without the place in the list and without a token, which belongs in no link.
fn kept(query: &str) -> String {
    const DROPPED: [&str; 4] = ["max_id", "since_id", "min_id", "access_token"];
    let pairs = query.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && decode(name.as_bytes()).is_none_or(|name| !DROPPED.contains(&name.as_str()))
    });
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests;
