//! Signing in, out and up.

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::Response,
};
use tintype_model::AccountId;
use tintype_service::{
    Error, Registrations, accounts, registration,
    sessions::{self, Attempt, SessionToken},
};
use url::form_urlencoded;

use crate::{
    App,
    form::{Fields, Posted},
    notice::notice,
    page::{Refusal, page, private, see_other},
    person_form::{PersonForm, person},
    return_path::same_origin,
    visitor::{Nav, Visitor, begin_session, end_session},
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    nav: Nav,
    username: String,
    return_to: String,
    join: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUp {
    nav: Nav,
    form: PersonForm,
    return_to: String,
    sign_in: String,
}

/// The sign-in page that leads back to a path of this site.
pub fn sign_in_path(return_to: &str) -> String {
    with_return("/auth/sign_in", return_to)
}

/// `GET /auth/sign_in`
pub async fn sign_in_form(State(app): State<App>, uri: Uri, visitor: Visitor) -> Result<Response, Refusal> {
    let return_to = return_to(&app, &Fields::of_query(&uri));
    if visitor.signed.is_some() {
        return Ok(see_other(or_home(&return_to)));
    }
    sign_in_page(&app, &visitor, StatusCode::OK, return_to, String::new(), None).await
}

/// `POST /auth/sign_in`
pub async fn sign_in(State(app): State<App>, posted: Posted) -> Result<Response, Refusal> {
    let Posted { visitor, fields } = posted;
    let return_to = return_to(&app, &fields);
    let attempt = Attempt {
        name: fields.text("username"),
        password: fields.text("password"),
        user_agent: visitor.user_agent.clone(),
        source: visitor.source,
    };
    let (status, error) = match sessions::sign_in(&app.ctx, attempt).await {
        Ok(token) => return let_in(&app, &visitor, &token, or_home(&return_to)).await,
        Err(Error::Unauthorized(text)) => (StatusCode::UNAUTHORIZED, text.to_owned()),
        Err(Error::Forbidden(text)) => (StatusCode::FORBIDDEN, explained(text).to_owned()),
        Err(Error::TooMany) => {
            let text = "Too many attempts. Please wait some minutes.";
            (StatusCode::TOO_MANY_REQUESTS, text.to_owned())
        }
        Err(other) => return Err(other.into()),
    };
    sign_in_page(&app, &visitor, status, return_to, fields.text("username"), Some(error)).await
}

/// `POST /auth/sign_out`
pub async fn sign_out(State(app): State<App>, posted: Posted) -> Result<Response, Refusal> {
    if let Some(token) = &posted.visitor.session {
        sessions::sign_out(&app.ctx, token).await?;
    }
    let mut response = see_other("/");
    end_session(&mut response, &app.ctx.site);
    Ok(response)
}

/// `GET /auth/sign_up`
pub async fn sign_up_form(State(app): State<App>, uri: Uri, visitor: Visitor) -> Result<Response, Refusal> {
    let return_to = return_to(&app, &Fields::of_query(&uri));
    if visitor.signed.is_some() {
        return Ok(see_other(or_home(&return_to)));
    }
    if is_closed(&app) {
        return closed(&app, &visitor).await;
    }
    let form = PersonForm::blank(&app.ctx);
    sign_up_page(&app, &visitor, StatusCode::OK, return_to, form).await
}

/// `POST /auth/sign_up`
pub async fn sign_up(State(app): State<App>, posted: Posted) -> Result<Response, Refusal> {
    let Posted { visitor, fields } = posted;
    let return_to = return_to(&app, &fields);
    if is_closed(&app) {
        return closed(&app, &visitor).await;
    }
    match registration::register(&app.ctx, person(&fields)).await {
        Ok(_) if asks_first(&app) => Ok(see_other("/auth/waiting")),
        Ok(account) => welcome(&app, &visitor, account, &return_to).await,
        Err(error) => {
            let form = PersonForm::filled(&app.ctx, &fields).explain(error)?;
            sign_up_page(&app, &visitor, StatusCode::UNPROCESSABLE_ENTITY, return_to, form).await
        }
    }
}

/// `GET /auth/waiting`: where those end who asked to join.
pub async fn waiting(State(app): State<App>, visitor: Visitor) -> Result<Response, Refusal> {
    if !asks_first(&app) {
        return Err(Refusal::not_found());
    }
    let lines = [
        "Thank you. Your request to join waits for approval: the people who run this place look at every one.",
        "Nothing is sent when they have decided. Try to sign in after a while, with the username and the password \
         that you have chosen.",
    ];
    notice(&app, &visitor, StatusCode::OK, "Your request waits for approval", &lines).await
}

/// Signs a new person in and shows them where they went to, or their own page.
pub async fn welcome(
    app: &App,
    visitor: &Visitor,
    account: AccountId,
    to: &str,
) -> Result<Response, Refusal> {
    let token = sessions::start(&app.ctx, account, &visitor.user_agent).await?;
    let own = format!("/@{}", accounts::get(&app.ctx, account).await?.username);
    let_in(app, visitor, &token, if to.is_empty() { &own } else { to }).await
}

async fn let_in(app: &App, visitor: &Visitor, token: &SessionToken, to: &str) -> Result<Response, Refusal> {
    // Whoever sat here before is signed out: a session never changes hands.
    if let Some(old) = &visitor.session {
        sessions::sign_out(&app.ctx, old).await?;
    }
    let mut response = see_other(to);
    begin_session(&mut response, &app.ctx.site, token);
    Ok(response)
}

async fn sign_in_page(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    return_to: String,
    username: String,
    error: Option<String>,
) -> Result<Response, Refusal> {
    let join = with_return("/auth/sign_up", &return_to);
    let template = SignIn { nav: visitor.nav(app).await?, username, return_to, join, error };
    Ok(visitor.with_form_cookie(app, private(page(status, &template))))
}

async fn sign_up_page(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    return_to: String,
    form: PersonForm,
) -> Result<Response, Refusal> {
    let sign_in = sign_in_path(&return_to);
    let template = SignUp { nav: visitor.nav(app).await?, form, return_to, sign_in };
    Ok(visitor.with_form_cookie(app, private(page(status, &template))))
}

fn is_closed(app: &App) -> bool {
    app.ctx.policy.registrations == Registrations::Closed
}

fn asks_first(app: &App) -> bool {
    app.ctx.policy.registrations == Registrations::Approval
}

async fn closed(app: &App, visitor: &Visitor) -> Result<Response, Refusal> {
    let lines = [
        "This instance takes no new people at the moment.",
        "If you have an account here already, you can sign in as ever.",
    ];
    notice(app, visitor, StatusCode::FORBIDDEN, "Registrations are closed", &lines).await
}

/// Why somebody may not sign in whose password was right, in a page's words.
fn explained(refusal: &'static str) -> &'static str {
    match refusal {
        sessions::PENDING => {
            "Your request to join waits for approval. You can sign in as soon as the people who run this place have \
             approved it."
        }
        sessions::DISABLED => {
            "This account is suspended or was disabled: nobody can sign in to it at the moment. If you think that this \
             is a mistake, please write to the people who run this place."
        }
        other => other,
    }
}

/// The `return_to` field, if it is a path of this site; empty otherwise.
fn return_to(app: &App, fields: &Fields) -> String {
    fields.get("return_to").and_then(|text| same_origin(&app.ctx.site, text)).unwrap_or_default()
}

fn or_home(return_to: &str) -> &str {
    if return_to.is_empty() { "/" } else { return_to }
}

fn with_return(path: &str, return_to: &str) -> String {
    if return_to.is_empty() {
        return path.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("return_to", return_to).finish();
    format!("{path}?{query}")
}
