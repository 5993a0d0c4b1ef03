//! An instance for a test, and a browser that keeps cookies and fills in forms.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use tempfile::TempDir;
use tintype_media::{MediaStore, Studio};
use tintype_model::{AccountId, Clock, Handle, IdGen, Role, Site, SystemClock};
use tintype_service::{
    Ctx, Error, Events, Found, Policy, Registrations, Resolver, ctx::PasswordWork, registration,
    registration::NewPerson, throttle::Throttle,
};
use tintype_store::{Options, Store};
use tower::ServiceExt as _;

use crate::{App, router};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse";

/// `photos.example`, gone when dropped.
pub struct Instance {
    pub app: App,
    _dir: TempDir,
}

/// There is nobody out there.
struct Alone;

#[async_trait]
impl Resolver for Alone {
    async fn account(&self, _: &Handle) -> tintype_service::Result<Option<AccountId>> {
        Ok(None)
    }
    async fn object(&self, _: &str) -> tintype_service::Result<Option<Found>> {
        Ok(None)
    }
    async fn file(&self, _: &str, _: usize) -> tintype_service::Result<bytes::Bytes> {
        Err(Error::Remote("there is no network".to_owned()))
    }
}

impl Instance {
    /// With open registrations.
    pub async fn new() -> Self {
        Self::at("photos.example", "https://photos.example", Policy::default()).await
    }

    /// With closed registrations.
    pub async fn closed() -> Self {
        let policy = Policy { registrations: Registrations::Closed, ..Policy::default() };
        Self::at("photos.example", "https://photos.example", policy).await
    }

    /// Where people are let in one by one.
    pub async fn with_approval() -> Self {
        let policy = Policy { registrations: Registrations::Approval, ..Policy::default() };
        Self::at("photos.example", "https://photos.example", policy).await
    }

    /// On this machine alone, without TLS.
    pub async fn local() -> Self {
        Self::at("alpha.localhost:4001", "http://alpha.localhost:4001", Policy::default()).await
    }

    async fn at(domain: &str, base: &str, policy: Policy) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().join("tintype.db").display());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let site = Site { domain: domain.to_owned(), base: base.to_owned(), title: "Photos".to_owned() };
        let ctx = Ctx {
            store: Store::open(&Options::new(url)).await.unwrap(),
            media: MediaStore::local(&dir.path().join("media"), [7; 32]).unwrap(),
            studio: Studio::new(tintype_media::Limits::default()),
            ids: IdGen::new(clock.clone()),
            clock,
            site: Arc::new(site),
            policy: Arc::new(policy),
            events: Events::default(),
            passwords: PasswordWork::default(),
            strangers: Throttle::default(),
        };
        Self { app: App { ctx, resolver: Arc::new(Alone) }, _dir: dir }
    }

    /// A member with [`PASSWORD`].
    pub async fn person(&self, username: &str) -> AccountId {
        let person = NewPerson {
            username: username.to_owned(),
            email: format!("{username}@mail.example"),
            password: PASSWORD.to_owned(),
            ..NewPerson::default()
        };
        registration::create(&self.app.ctx, person, Role::Member).await.unwrap().id
    }

    pub fn browser(&self) -> Browser {
        Browser { router: router(self.app.clone()), cookies: BTreeMap::new() }
    }
}

/// Somebody's browser.
pub struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Where it leads; empty: nowhere.
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |v| v.to_str().unwrap())
    }

    /// The line that sets the cookie of this sort.
    pub fn set_cookie(&self, what: &str) -> String {
        let lines = self.headers.get_all(header::SET_COOKIE).iter().map(|v| v.to_str().unwrap());
        lines.into_iter().find(|line| line.contains(what)).unwrap_or_default().to_owned()
    }

    /// The form token of the page.
    pub fn form_token(&self) -> String {
        self.hidden().into_iter().find(|(n, _)| n == "form_token").map(|(_, v)| v).unwrap_or_default()
    }

    /// The hidden fields of the last form on the page.
    pub fn hidden(&self) -> Vec<(String, String)> {
        let form = self.body.rsplit("<form").next().unwrap_or_default();
        let attribute = |tag: &str, name: &str| {
            let (_, rest) = tag.split_once(&format!("{name}=\""))?;
            Some(unescape(rest.split_once('"')?.0))
        };
        form.split("<input ")
            .skip(1)
            .filter(|tag| tag.starts_with("type=\"hidden\""))
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
            .collect()
    }
}

fn unescape(text: &str) -> String {
    [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Answer {
        self.get_with(path, &[("accept", "text/html,*/*;q=0.8")]).await
    }

    pub async fn get_with(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Request::get(path), headers, String::new()).await
    }

    /// Sends fields as they are.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, headers, body).await
    }

    /// Fills in the form of a page.
    pub async fn submit(&mut self, path: &str, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let token = page.form_token();
        let mut all = fields.to_vec();
        all.push(("form_token", &token));
        self.post(path, &all, &[("origin", "https://photos.example")]).await
    }

    /// Presses a button of the consent page.
    pub async fn answer(&mut self, page: &Answer, decision: &str) -> Answer {
        let hidden = page.hidden();
        let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        fields.push(("decision", decision));
        self.post("/oauth/authorize", &fields, &[]).await
    }

    pub async fn sign_in(&mut self, username: &str) {
        let form = self.get("/auth/sign_in").await;
        let done =
            self.submit("/auth/sign_in", &form, &[("username", username), ("password", PASSWORD)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    }

    /// The session cookie's value.
    pub fn session(&self) -> Option<String> {
        self.cookies.get("__Host-tintype_session_photos_example").cloned()
    }

    async fn send(
        &mut self,
        builder: axum::http::request::Builder,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let mut builder = builder.header(header::COOKIE, cookies.join("; "));
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let response = self.router.clone().oneshot(builder.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            let (name, value) = line.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = to_bytes(body, 10_000_000).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}
