//! A profile: who it is, and their pictures.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use tintype_model::{Handle, Page, StatusId, text};
use tintype_service::{
    Error,
    accounts::{self, AccountStatuses},
    pins,
    views::AccountView,
};

use crate::{
    App,
    form::Fields,
    negotiate,
    notice::notice,
    page::{Refusal, page, see_other},
    posts::Post,
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
    /// Pinned posts with pictures.
    pinned: Vec<Tile>,
    /// Pinned posts without.
    pinned_words: Vec<Post>,
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
    let account = match find(&app, &name).await {
        Err(Error::Gone) => {
            let lines = ["There was an account of this name. It was deleted, and nobody can take its name."];
            return gone(&app, &visitor, "This account was deleted", &lines).await;
        }
        found => found?,
    };
    if negotiate::wants_activity(&headers) {
        let mut response = see_other(&account.uri);
        negotiate::vary(response.headers_mut());
        return Ok(response);
    }
    if account.suspended {
        let lines = [
            "The people who run this place have suspended this account. Its profile and posts aren’t shown.",
        ];
        return gone(&app, &visitor, "This account is suspended", &lines).await;
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
    let pinned = if max_id.is_none() { pins::of(&app.ctx, None, account.id).await? } else { Vec::new() };
    let (pinned, words): (Vec<_>, Vec<_>) = pinned.into_iter().partition(tiles::has_picture);
    let template = Profile {
        nav: visitor.nav(&app).await?,
        name: tiles::name(&account).to_owned(),
        handle: format!("{}@{}", account.username, app.ctx.site.domain),
        summary: one_line(&account.note),
        pinned: tiles::tiles(&pinned),
        pinned_words: words.into_iter().map(Post::from).collect(),
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
    Ok(find(app, name).await?)
}

async fn find(app: &App, name: &str) -> Result<AccountView, Error> {
    let handle: Handle = name.parse().map_err(|_| Error::NotFound)?;
    if name.starts_with("acct:") || name.starts_with('@') || handle.domain.is_some() {
        return Err(Error::NotFound);
    }
    let account = accounts::lookup(&app.ctx, &handle).await?;
    if account.local { Ok(account) } else { Err(Error::NotFound) }
}

/// 410, with a page that says why.
async fn gone(app: &App, visitor: &Visitor, title: &str, lines: &[&str]) -> Result<Response, Refusal> {
    let mut response = notice(app, visitor, StatusCode::GONE, title, lines).await?;
    negotiate::vary(response.headers_mut());
    Ok(response)
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
