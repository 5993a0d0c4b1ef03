//! A page that says one thing and asks for nothing.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use crate::{
    App,
    page::{Refusal, page},
    visitor::{Nav, Visitor},
};

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice<'a> {
    nav: Nav,
    title: &'a str,
    /// Paragraphs.
    lines: &'a [&'a str],
}

/// The page, with the top of every page. Search engines are told to forget it.
pub async fn notice(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    title: &str,
    lines: &[&str],
) -> Result<Response, Refusal> {
    Ok(page(status, &Notice { nav: visitor.nav(app).await?, title, lines }))
}
