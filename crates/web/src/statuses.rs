//! A post with its pictures and comments.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use tintype_model::StatusId;
use tintype_service::statuses;

use crate::{
    App, negotiate,
    page::{Refusal, page, see_other},
    posts::Post,
    profiles::{local, one_line},
    tiles,
    visitor::{Nav, Visitor},
};

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage {
    nav: Nav,
    name: String,
    handle: String,
    uri: String,
    url: String,
    /// The caption in one line.
    summary: String,
    /// The picture that other sites show beside a link.
    image: Option<String>,
    indexable: bool,
    main: Post,
    likes: i64,
    boosts: i64,
    replies: i64,
    ancestors: Vec<Post>,
    comments: Vec<Post>,
}

/// `GET /@{name}/{id}`
pub async fn show(
    State(app): State<App>,
    Path((name, id)): Path<(String, String)>,
    headers: HeaderMap,
    visitor: Visitor,
) -> Result<Response, Refusal> {
    let id: StatusId = id.parse().map_err(|_| Refusal::not_found())?;
    let account = local(&app, &name).await?;
    // Only what a signed-out person may see, whoever is looking.
    let status = statuses::get(&app.ctx, None, id).await?;
    if status.account.id != account.id || status.reblog.is_some() {
        return Err(Refusal::not_found());
    }
    if negotiate::wants_activity(&headers) {
        let mut response = see_other(&status.uri);
        negotiate::vary(response.headers_mut());
        return Ok(response);
    }
    let thread = statuses::context(&app.ctx, None, id).await?;
    let veiled = status.sensitive || !status.spoiler_text.is_empty();
    let summary =
        if status.spoiler_text.is_empty() { one_line(&status.content) } else { status.spoiler_text.clone() };
    let template = StatusPage {
        nav: visitor.nav(&app).await?,
        name: tiles::name(&account).to_owned(),
        handle: format!("{}@{}", account.username, app.ctx.site.domain),
        uri: status.uri.clone(),
        url: status.url.clone(),
        summary,
        image: status.media.first().filter(|m| m.kind == "image" && !veiled).map(|m| m.url.clone()),
        indexable: account.indexable,
        likes: status.favourites_count,
        boosts: status.reblogs_count,
        replies: status.replies_count,
        main: status.into(),
        ancestors: thread.ancestors.into_iter().map(Post::from).collect(),
        comments: thread.descendants.into_iter().map(Post::from).collect(),
    };
    let mut response = page(StatusCode::OK, &template);
    negotiate::vary(response.headers_mut());
    Ok(response)
}
