//! One's own settings: the password, where one is signed in, which apps are let in, and other names one has elsewhere.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use tintype_model::{Millis, SessionId, TokenId};
use tintype_service::{
    Error, Invalid,
    moves::{self, Alias},
    oauth::{self, AuthorizedView},
    sessions::{self, SessionView, Signed},
    users,
};

use crate::{
    App,
    auth::sign_in_path,
    authorize::words,
    form::{Fields, Posted},
    page::{Refusal, page, private, see_other},
    tiles::web_link,
    visitor::{self, Nav, Visitor},
};

/// Where they are.
const PATH: &str = "/settings";

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings {
    nav: Nav,
    /// What has just been done.
    done: Option<&'static str>,
    /// What was wrong with the password form, in words; empty at first.
    error: String,
    /// Which of its fields was wrong.
    wrong: Option<&'static str>,
    shortest: usize,
    longest: usize,
    seats: Vec<Seat>,
    apps: Vec<LetIn>,
    aliases: Vec<Alias>,
    /// Where the account lives now, if it has moved.
    moved: Option<String>,
}

/// A session.
struct Seat {
    id: SessionId,
    name: String,
    created_at: Millis,
    last_used_at: Millis,
    /// Whether the page is shown to this very one.
    is_here: bool,
}

/// An app, by one of its tokens.
struct LetIn {
    token: TokenId,
    name: String,
    website: Option<String>,
    /// Its scopes in words.
    may: String,
    created_at: Millis,
    last_used_at: Millis,
}

/// `GET /settings`
pub async fn show(State(app): State<App>, uri: Uri, visitor: Visitor) -> Result<Response, Refusal> {
    let Some(signed) = &visitor.signed else { return Ok(sign_in_first()) };
    // Only words of ours are shown, whatever the address says.
    let done = match Fields::of_query(&uri).get("done") {
        Some("password") => Some("Your password has been changed."),
        Some("session") => Some("The other browser has been signed out."),
        Some("app") => Some("The app has no access to your account any more."),
        Some("alias") => Some("The account is one of your aliases now. You can move here from it."),
        Some("alias_removed") => Some("The account is none of your aliases any more."),
        _ => None,
    };
    settings(&app, &visitor, signed, StatusCode::OK, done, None).await
}

/// `POST /settings/password`
pub async fn change_password(State(app): State<App>, posted: Posted) -> Result<Response, Refusal> {
    let Posted { visitor, fields } = posted;
    let Some(signed) = &visitor.signed else { return Ok(sign_in_first()) };
    let (current, new) = (fields.text("current_password"), fields.text("password"));
    let changed =
        users::change_password(&app.ctx, signed.account, &current, &new, Some(signed.session)).await;
    let (status, invalid) = match changed {
        Ok(()) => return Ok(done("password")),
        Err(Error::Invalid(invalid)) => (StatusCode::UNPROCESSABLE_ENTITY, invalid),
        Err(Error::TooMany) => {
            let message = "Too many attempts. Please wait some minutes.".to_owned();
            (StatusCode::TOO_MANY_REQUESTS, Invalid { message, field: None, code: None })
        }
        Err(other) => return Err(other.into()),
    };
    settings(&app, &visitor, signed, status, None, Some(invalid)).await
}

/// `POST /settings/sessions/{id}`: signs out there, which may be here.
pub async fn end(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Refusal> {
    let Some(signed) = &posted.visitor.signed else { return Ok(sign_in_first()) };
    let id: SessionId = id.parse().map_err(|_| Refusal::not_found())?;
    sessions::end(&app.ctx, signed.account, id).await?;
    if id != signed.session {
        return Ok(done("session"));
    }
    let mut response = see_other("/");
    visitor::end_session(&mut response, &app.ctx.site);
    Ok(response)
}

/// `POST /settings/apps/{id}`: takes a token back.
pub async fn revoke(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Refusal> {
    let Some(signed) = &posted.visitor.signed else { return Ok(sign_in_first()) };
    let id: TokenId = id.parse().map_err(|_| Refusal::not_found())?;
    oauth::revoke_own(&app.ctx, signed.account, id).await?;
    Ok(done("app"))
}

/// `POST /settings/aliases`: says that one is somebody elsewhere too, so that one can move here from there.
pub async fn add_alias(State(app): State<App>, posted: Posted) -> Result<Response, Refusal> {
    let Posted { visitor, fields } = posted;
    let Some(signed) = &visitor.signed else { return Ok(sign_in_first()) };
    let added = moves::add_alias(&app.ctx, &*app.resolver, signed.account, &fields.text("alias")).await;
    let invalid = match added {
        Ok(_) => return Ok(done("alias")),
        Err(Error::Invalid(invalid)) => Invalid { field: Some("alias"), ..invalid },
        Err(Error::Remote(_)) => {
            let message = "The server of that account can't be reached now.".to_owned();
            Invalid { message, field: Some("alias"), code: None }
        }
        Err(other) => return Err(other.into()),
    };
    settings(&app, &visitor, signed, StatusCode::UNPROCESSABLE_ENTITY, None, Some(invalid)).await
}

/// `POST /settings/aliases/remove`
pub async fn remove_alias(State(app): State<App>, posted: Posted) -> Result<Response, Refusal> {
    let Some(signed) = &posted.visitor.signed else { return Ok(sign_in_first()) };
    moves::remove_alias(&app.ctx, signed.account, &posted.fields.text("alias")).await?;
    Ok(done("alias_removed"))
}

async fn settings(
    app: &App,
    visitor: &Visitor,
    signed: &Signed,
    status: StatusCode,
    done: Option<&'static str>,
    invalid: Option<Invalid>,
) -> Result<Response, Refusal> {
    let lengths = &app.ctx.policy.limits.password_characters;
    let seats = sessions::list(&app.ctx, signed.account).await?;
    let apps = oauth::authorized(&app.ctx, signed.account).await?;
    let template = Settings {
        nav: visitor.nav(app).await?,
        done,
        wrong: invalid.as_ref().and_then(|invalid| invalid.field),
        error: invalid.map(|invalid| invalid.message).unwrap_or_default(),
        shortest: *lengths.start(),
        longest: *lengths.end(),
        seats: seats.iter().map(|seat| Seat::of(seat, signed.session)).collect(),
        apps: apps.into_iter().map(LetIn::from).collect(),
        aliases: moves::aliases(&app.ctx, signed.account).await?,
        moved: moves::home_of(&app.ctx, signed.account).await?.map(|target| target.acct),
    };
    Ok(private(page(status, &template)))
}

fn done(what: &str) -> Response {
    see_other(&format!("{PATH}?done={what}"))
}

fn sign_in_first() -> Response {
    see_other(&sign_in_path(PATH))
}

impl Seat {
    fn of(session: &SessionView, here: SessionId) -> Self {
        Self {
            id: session.id,
            name: browser(&session.user_agent),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            is_here: session.id == here,
        }
    }
}

impl From<AuthorizedView> for LetIn {
    fn from(view: AuthorizedView) -> Self {
        let may: Vec<String> = view.scopes.iter().map(words).collect();
        Self {
            token: view.token,
            name: view.app,
            website: view.website.as_deref().map(web_link),
            may: may.join("; "),
            created_at: view.created_at,
            last_used_at: view.last_used_at,
        }
    }
}

/// `Firefox on Linux`, as far as a browser says so; otherwise what it calls itself.
fn browser(agent: &str) -> String {
    // The order matters: most browsers name those before them as well, to be taken for them.
    const NAMES: [(&str, &str); 8] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |list: &[(&str, &'static str)]| {
        list.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    match (find(&NAMES), find(&SYSTEMS)) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        (Some(name), None) => name.to_owned(),
        (None, _) if agent.trim().is_empty() => "A browser without a name".to_owned(),
        (None, _) => agent.chars().take(80).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_have_names() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Safari/604.1",
                "Safari on iPhone",
            ),
            ("Firefox/1", "Firefox"),
            ("my client", "my client"),
            (" ", "A browser without a name"),
        ] {
            assert_eq!(browser(agent), name, "{agent}");
        }
    }
}
