//! Who is there: the session cookie, and the cookie that signed-out forms are tied to.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use tintype_model::{AccountId, Site, secret};
use tintype_service::{
    Registrations, accounts,
    sessions::{self, SessionToken, Signed},
};

use crate::{App, page::Refusal};

/// Somebody with a browser.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Who is signed in, if anybody.
    pub signed: Option<Signed>,
    /// The session's token, as it came.
    pub session: Option<String>,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Where the request comes from.
    pub source: Option<IpAddr>,
    /// The form cookie: as it came, or a fresh one that has to be sent.
    form: FormCookie,
}

#[derive(Debug, Clone)]
enum FormCookie {
    Here(String),
    Fresh(String),
}

/// What the top of every page shows.
#[derive(Debug, Clone)]
pub struct Nav {
    /// The instance's name.
    pub title: String,
    /// The username of whoever is signed in.
    pub me: Option<String>,
    /// What forms on this page carry.
    pub form_token: String,
    /// Whether people may register, or ask to be let in.
    pub open: bool,
}

impl Visitor {
    /// The account that is signed in.
    pub fn account(&self) -> Option<AccountId> {
        self.signed.as_ref().map(|signed| signed.account)
    }

    /// What a form for this visitor carries: the session's form token; or, signed out, the fingerprint of a cookie that
    /// only this site can set and read (double submit).
    pub fn form_token(&self) -> String {
        match (&self.signed, &self.form) {
            (Some(signed), _) => signed.csrf.clone(),
            (None, FormCookie::Here(value) | FormCookie::Fresh(value)) => secret::fingerprint(value),
        }
    }

    /// Whether a form that carries `token` was made for this visitor.
    pub fn owns_form(&self, token: &str) -> bool {
        let bound = self.signed.is_some() || matches!(self.form, FormCookie::Here(_));
        bound && secret::same(&self.form_token(), token)
    }

    /// The top of a page.
    pub async fn nav(&self, app: &App) -> Result<Nav, Refusal> {
        let me = match self.account() {
            Some(id) => Some(accounts::get(&app.ctx, id).await?.username),
            None => None,
        };
        Ok(Nav {
            title: app.ctx.site.title.clone(),
            me,
            form_token: self.form_token(),
            open: app.ctx.policy.registrations != Registrations::Closed,
        })
    }

    /// Sends a fresh form cookie along with a page that has a form.
    pub fn with_form_cookie(&self, app: &App, mut response: Response) -> Response {
        if let (None, FormCookie::Fresh(value)) = (&self.signed, &self.form) {
            let name = cookie_name(&app.ctx.site, "form");
            set_cookie(&mut response, &app.ctx.site, &name, value, None);
        }
        response
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let site = &app.ctx.site;
        let session = cookie(&parts.headers, &cookie_name(site, "session"));
        let signed = match &session {
            Some(token) => sessions::who(&app.ctx, token).await?,
            None => None,
        };
        let form = match cookie(&parts.headers, &cookie_name(site, "form")) {
            Some(value) => FormCookie::Here(value),
            None => FormCookie::Fresh(secret::token()),
        };
        let agent = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
        Ok(Self { signed, session, user_agent: agent.to_owned(), source: source(parts), form })
    }
}

/// Sets the session cookie.
pub fn begin_session(response: &mut Response, site: &Site, token: &SessionToken) {
    let seconds = sessions::LIFETIME.as_secs();
    set_cookie(response, site, &cookie_name(site, "session"), &token.0, Some(seconds));
}

/// Takes the session cookie away.
pub fn end_session(response: &mut Response, site: &Site) {
    set_cookie(response, site, &cookie_name(site, "session"), "", Some(0));
}

/// `__Host-tintype_session_photos_example`. The domain is in the name, because ports don't separate cookies; the prefix
/// keeps other hosts of the domain from setting it, and needs TLS.
fn cookie_name(site: &Site, what: &str) -> String {
    let domain: String =
        site.domain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let prefix = if is_local(site) { "" } else { "__Host-" };
    format!("{prefix}tintype_{what}_{domain}")
}

/// Whether this instance is served without TLS, to this machine alone.
pub fn is_local(site: &Site) -> bool {
    site.base.starts_with("http://")
}

fn set_cookie(response: &mut Response, site: &Site, name: &str, value: &str, seconds: Option<u64>) {
    let secure = if is_local(site) { "" } else { "; Secure" };
    let age = seconds.map(|s| format!("; Max-Age={s}")).unwrap_or_default();
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// The value of a cookie, if it looks like a token of ours.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, value)| *n == name && is_token(value))
        .map(|(_, value)| value.to_owned())
}

fn is_token(value: &str) -> bool {
    value.len() == 43 && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Where a request comes from. What proxies say was judged before.
fn source(parts: &Parts) -> Option<IpAddr> {
    Some(parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical())
}
