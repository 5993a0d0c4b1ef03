//! A profile: who it is, and their pictures.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use tintype_model::{Handle, Page, StatusId, text};
use tintype_service::{
    accounts::{self, AccountStatuses},
    views::AccountView,
};

use crate::{
    App,
    form::Fields,
    negotiate,
    page::{Refusal, page, see_other},
    tiles::{self, Tile},
    visitor::{Nav, Visitor},
};

#[derive(Template)]
#[template(path = "profile.html")]
struct Profile {
    nav: Nav,
    name: String,
    /// `alice@photos.example`.
    handle: String,
    account: AccountView,
    /// The bio in one line.
    summary: String,
    tiles: Vec<Tile>,
    /// Whether this is the newest page.
    first: bool,
    /// Where the next page begins.
    older: Option<StatusId>,
}

/// `GET /@{name}`
pub async fn show(
    State(app): State<App>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    visitor: Visitor,
) -> Result<Response, Refusal> {
    let account = local(&app, &name).await?;
    if negotiate::wants_activity(&headers) {
        let mut response = see_other(&account.uri);
        negotiate::vary(response.headers_mut());
        return Ok(response);
    }
    let max_id = Fields::of_query(&uri).get("max_id").and_then(|id| id.parse::<StatusId>().ok());
    // Pictures that stand for themselves. Only what a signed-out person may see, whoever is looking.
    let filter = AccountStatuses {
        exclude_replies: true,
        exclude_reblogs: true,
        only_media: true,
        ..AccountStatuses::default()
    };
    let wanted = Page { max_id: max_id.map(|id| id.0), ..Page::newest(tiles::PER_PAGE) };
    let statuses = accounts::statuses(&app.ctx, None, account.id, &filter, &wanted).await?;
    let is_full = i64::try_from(statuses.len()).is_ok_and(|n| n == tiles::PER_PAGE);
    let template = Profile {
        nav: visitor.nav(&app).await?,
        name: tiles::name(&account).to_owned(),
        handle: format!("{}@{}", account.username, app.ctx.site.domain),
        summary: one_line(&account.note),
        tiles: tiles::tiles(&statuses),
        first: max_id.is_none(),
        older: statuses.last().filter(|_| is_full).map(|status| status.id),
        account,
    };
    let mut response = page(StatusCode::OK, &template);
    negotiate::vary(response.headers_mut());
    Ok(response)
}

/// The local account of a name in a path. Names with a domain have no page here.
pub async fn local(app: &App, name: &str) -> Result<AccountView, Refusal> {
    let handle: Handle = name.parse().map_err(|_| Refusal::not_found())?;
    if name.starts_with("acct:") || name.starts_with('@') || handle.domain.is_some() {
        return Err(Refusal::not_found());
    }
    let account = accounts::lookup(&app.ctx, &handle).await?;
    if account.local { Ok(account) } else { Err(Refusal::not_found()) }
}

/// The text of safe HTML in one short line, for descriptions.
pub fn one_line(html: &str) -> String {
    let words: Vec<String> = text::plain(html).split_whitespace().map(str::to_owned).collect();
    let line = words.join(" ");
    match line.char_indices().nth(200) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or(&line)),
        None => line,
    }
}
