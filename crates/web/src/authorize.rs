//! The consent page of OAuth (RFC 6749 §4.1.1).

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use tintype_service::oauth::{AuthorizationRequest, Consent, OOB, OauthError, check_authorization, grant};
use url::Url;

use crate::{
    App,
    auth::sign_in_path,
    form::{Fields, Posted},
    page::{Refusal, page, private, see_other},
    visitor::{Nav, Visitor},
};

/// The parameters of a request, which the consent form carries on.
const PARAMETERS: [&str; 7] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

#[derive(Template)]
#[template(path = "authorize.html")]
struct Authorize {
    nav: Nav,
    me: String,
    app: String,
    website: Option<String>,
    /// Where the app lives, or its scheme; `None`: the code is shown.
    target: Option<String>,
    /// In words.
    scopes: Vec<String>,
    parameters: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "code.html")]
struct Answer {
    nav: Nav,
    app: String,
    code: Option<String>,
}

/// `GET /oauth/authorize`
pub async fn ask(State(app): State<App>, uri: Uri, visitor: Visitor) -> Result<Response, Refusal> {
    let fields = Fields::of_query(&uri);
    let consent = match check(&app, &fields).await {
        Ok(consent) => consent,
        Err(error) => return Ok(refuse(error)),
    };
    let nav = visitor.nav(&app).await?;
    let Some(me) = nav.me.clone() else { return Ok(sign_in_first(&fields)) };
    let template = Authorize {
        nav,
        me,
        app: consent.app.name.clone(),
        website: consent.app.website.clone(),
        target: target(&consent),
        scopes: consent.scopes.iter().map(words).collect(),
        parameters: carried(&fields),
    };
    Ok(private(page(StatusCode::OK, &template)))
}

/// `POST /oauth/authorize`
pub async fn decide(State(app): State<App>, posted: Posted) -> Result<Response, Refusal> {
    let Posted { visitor, fields } = posted;
    let consent = match check(&app, &fields).await {
        Ok(consent) => consent,
        Err(error) => return Ok(refuse(error)),
    };
    let Some(account) = visitor.account() else { return Ok(sign_in_first(&fields)) };
    let code = match fields.get("decision") {
        Some("allow") => Some(grant(&app.ctx, account, &consent).await?),
        Some("deny") => None,
        _ => return Err(Refusal::bad_request("The form says neither yes nor no.")),
    };
    let onwards = match &code {
        Some(code) => consent.accepted(code),
        None => consent.denied(),
    };
    if let Some(to) = onwards {
        return Ok(see_other(&to));
    }
    let template = Answer { nav: visitor.nav(&app).await?, app: consent.app.name.clone(), code };
    Ok(private(page(StatusCode::OK, &template)))
}

async fn check(app: &App, fields: &Fields) -> Result<Consent, OauthError> {
    // A parameter that comes twice (RFC 6749 §3.1) may mean one thing here and another to the app.
    let unclear = ["client_id", "redirect_uri"].into_iter().any(|name| fields.repeats(name));
    let request = AuthorizationRequest {
        client_id: fields.text("client_id"),
        redirect_uri: if unclear { String::new() } else { fields.text("redirect_uri") },
        response_type: fields.text("response_type"),
        scope: fields.filled("scope"),
        state: fields.filled("state"),
        code_challenge: fields.filled("code_challenge"),
        code_challenge_method: fields.filled("code_challenge_method"),
    };
    check_authorization(&app.ctx, &request).await
}

/// An error goes to the app if the address is known to be the app's; otherwise it is shown, and nobody is sent anywhere.
fn refuse(error: OauthError) -> Response {
    match error.redirect {
        Some(to) => see_other(&to),
        None if error.status >= 500 => Refusal::from(tintype_service::Error::Unavailable).into_response(),
        None => Refusal::bad_request(format!("The app’s request can’t be used: {}", error.description))
            .into_response(),
    }
}

fn sign_in_first(fields: &Fields) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(carried(fields));
    see_other(&sign_in_path(&format!("/oauth/authorize?{}", query.finish())))
}

fn carried(fields: &Fields) -> Vec<(&'static str, String)> {
    PARAMETERS.into_iter().filter_map(|name| Some((name, fields.filled(name)?))).collect()
}

/// Where the browser goes afterwards, in a form that can be read: `https://app.example`, or an app's scheme.
fn target(consent: &Consent) -> Option<String> {
    let uri = consent.redirect_uri();
    if uri == OOB {
        return None;
    }
    let url = Url::parse(uri).ok()?;
    Some(match url.scheme() {
        "http" | "https" => url.origin().ascii_serialization(),
        scheme => format!("{scheme}:"),
    })
}

/// What a scope allows, in words.
pub fn words(scope: &str) -> String {
    match scope {
        "profile" => "see who you are".to_owned(),
        "read" => "see everything that you see here, private posts included".to_owned(),
        "write" => "post, comment, like, boost, delete and change your profile in your name".to_owned(),
        "follow" => "follow, mute and block people in your name".to_owned(),
        "push" => "send you notifications".to_owned(),
        "admin:read" => "see what those who run this place see".to_owned(),
        "admin:write" => "act as one of those who run this place".to_owned(),
        other => match other.split_once(':') {
            Some(("read", what)) => format!("see your {what}"),
            Some(("write", what)) => format!("change your {what}"),
            _ => other.to_owned(),
        },
    }
}
