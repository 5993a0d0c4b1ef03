//! The start page.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use tintype_model::Page;
use tintype_service::timelines::{self, PublicFilter};

use crate::{
    App,
    page::{Refusal, page},
    tiles::{self, Tile},
    visitor::{Nav, Visitor},
};

#[derive(Template)]
#[template(path = "landing.html")]
struct Landing {
    nav: Nav,
    domain: String,
    description: String,
    tiles: Vec<Tile>,
}

/// `GET /`
pub async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Refusal> {
    let filter = PublicFilter { local: true, only_media: true, ..PublicFilter::default() };
    let statuses = timelines::public(&app.ctx, None, filter, &Page::newest(tiles::PER_PAGE)).await?;
    let template = Landing {
        nav: visitor.nav(&app).await?,
        domain: app.ctx.site.domain.clone(),
        description: description(&app),
        tiles: tiles::tiles(&statuses),
    };
    Ok(page(StatusCode::OK, &template))
}

#[derive(Template)]
#[template(path = "about.html")]
struct About {
    nav: Nav,
    domain: String,
    description: String,
    contact: String,
    version: &'static str,
}

/// `GET /about`
pub async fn about(State(app): State<App>, visitor: Visitor) -> Result<Response, Refusal> {
    let template = About {
        nav: visitor.nav(&app).await?,
        domain: app.ctx.site.domain.clone(),
        description: description(&app),
        contact: app.ctx.policy.contact_email.clone(),
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(page(StatusCode::OK, &template))
}

fn description(app: &App) -> String {
    match app.ctx.policy.description.trim() {
        "" => "A place for photographs, connected with the fediverse.".to_owned(),
        line => line.to_owned(),
    }
}
