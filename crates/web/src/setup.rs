//! First set-up: the page behind the one-time link.

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::Response,
};
use tintype_service::setup;

use crate::{
    App,
    auth::welcome,
    form::{Fields, Posted},
    page::{Refusal, page, private},
    person_form::{PersonForm, person},
    visitor::{Nav, Visitor},
};

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup {
    nav: Nav,
    form: PersonForm,
    token: String,
}

/// `GET /setup?token=…`
pub async fn form(State(app): State<App>, uri: Uri, visitor: Visitor) -> Result<Response, Refusal> {
    let token = Fields::of_query(&uri).text("token");
    if !setup::is_open(&app.ctx, &token).await? {
        return Err(Refusal::not_found());
    }
    show(&app, &visitor, StatusCode::OK, token, PersonForm::blank(&app.ctx)).await
}

/// `POST /setup`
pub async fn claim(State(app): State<App>, posted: Posted) -> Result<Response, Refusal> {
    let Posted { visitor, fields } = posted;
    let token = fields.text("token");
    match setup::claim(&app.ctx, &token, person(&fields)).await {
        Ok(account) => welcome(&app, &visitor, account, "").await,
        Err(error) => {
            let form = PersonForm::filled(&app.ctx, &fields).explain(error)?;
            show(&app, &visitor, StatusCode::UNPROCESSABLE_ENTITY, token, form).await
        }
    }
}

async fn show(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    token: String,
    form: PersonForm,
) -> Result<Response, Refusal> {
    let template = Setup { nav: visitor.nav(app).await?, form, token };
    Ok(visitor.with_form_cookie(app, private(page(status, &template))))
}
