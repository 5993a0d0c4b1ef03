//! What the tests of this crate share: an instance of their own with people on it, and the asking.

mod accounts;
mod edits;
mod instance;
mod media;
mod notifications;
mod oauth;
mod polls;
mod relations;
mod reports;
mod saved;
mod statuses;
mod tags;
mod walk;

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, header},
    response::Response,
};
use bytes::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;
use tintype_media::{MediaStore, Studio};
use tintype_model::{AccountId, AppId, Clock, Handle, IdGen, Role, Site, SystemClock, TokenId};
use tintype_service::{
    Ctx, Error, Events, Found, Policy, Resolver,
    ctx::PasswordWork,
    registration::{self, NewPerson},
    throttle::Throttle,
};
use tintype_store::{Options, Store};
use tintype_testkit::shapes;
use tower::ServiceExt;

use crate::{
    ApiError, App, Grant,
    auth::{Grants, Person},
    error::INVALID_TOKEN,
    files, router,
};

/// Tokens that are named after what they open.
struct Named;

#[async_trait]
impl Grants for Named {
    async fn grant(&self, token: &str) -> Result<Grant, ApiError> {
        let person = |account, role| Some(Person { account: AccountId(account), role });
        let alice = person(1, Role::Member);
        let (scopes, person) = match token {
            "app" => ("read write", None),
            "read" | "write" | "profile" => (token, alice),
            "admin-of-nothing" => ("admin:write", alice),
            "owner" => ("read write admin:write", person(2, Role::Owner)),
            "disabled" => return Err(ApiError::Forbidden("Your login is currently disabled")),
            "revoked" => return Err(ApiError::Token("The access token was revoked")),
            _ => return Err(ApiError::Token(INVALID_TOKEN)),
        };
        Ok(Grant { token: TokenId(9), app: AppId(7), scopes: scopes.parse().unwrap(), person })
    }
}

/// A network without anybody on it.
struct Alone(Ctx);

#[async_trait]
impl Resolver for Alone {
    async fn account(&self, handle: &Handle) -> Result<Option<AccountId>, Error> {
        match tintype_service::accounts::lookup(&self.0, handle).await {
            Ok(found) => Ok(Some(found.id)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn object(&self, _: &str) -> Result<Option<Found>, Error> {
        Ok(None)
    }

    async fn file(&self, _: &str, _: usize) -> Result<Bytes, Error> {
        Err(Error::Remote("nobody is there".to_owned()))
    }
}

/// An instance at `https://photos.example` that takes uploads of 2 MiB; everything is gone when it is dropped.
pub struct Given {
    pub app: App,
    pub router: Router,
    _dir: TempDir,
}

/// An instance whose tokens are [`Named`].
pub async fn named() -> Given {
    let mut given = given().await;
    given.app.grants = Arc::new(Named);
    given.router = router(&given.app);
    given
}

/// An instance with its own tokens.
pub async fn given() -> Given {
    given_with(Policy::default()).await
}

/// An instance that is configured.
pub async fn given_with(policy: Policy) -> Given {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("tintype.db").display());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let site = Site {
        domain: "photos.example".to_owned(),
        base: "https://photos.example".to_owned(),
        title: "Photos".to_owned(),
    };
    let limits = tintype_media::Limits { max_bytes: 2 << 20, ..tintype_media::Limits::default() };
    let ctx = Ctx {
        store: Store::open(&Options::new(url)).await.unwrap(),
        media: MediaStore::local(&dir.path().join("media"), [7; 32]).unwrap(),
        studio: Studio::new(limits),
        ids: IdGen::new(clock.clone()),
        clock,
        site: Arc::new(site),
        policy: Arc::new(policy),
        events: Events::default(),
        passwords: PasswordWork::default(),
        strangers: Throttle::default(),
    };
    let app = App::new(ctx.clone(), Arc::new(Alone(ctx)));
    let router = router(&app).merge(files::router(app.clone()));
    Given { app, router, _dir: dir }
}

/// Somebody with a token for everything that isn't administration.
pub struct Somebody {
    pub id: AccountId,
    pub token: String,
}

/// What a request brings along.
#[derive(Debug, Clone)]
pub enum Sent {
    Nothing,
    Json(Value),
    Form(&'static str),
    /// Text fields, then files: (name, bytes).
    Parts(Vec<(&'static str, String)>, Vec<(&'static str, Vec<u8>)>),
}

/// An answer of the API, whose shape has been checked.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// Status and sentence of an error.
    #[track_caller]
    pub fn error(&self) -> (u16, &str) {
        (self.status, self.body["error"].as_str().unwrap_or_else(|| panic!("no error: {}", self.body)))
    }

    /// Path and query behind a relation of the `Link` header.
    pub fn link(&self, rel: &str) -> Option<String> {
        let links = self.headers.get(header::LINK)?.to_str().unwrap();
        let link = links.split(", ").find(|link| link.ends_with(&format!("rel=\"{rel}\"")))?;
        let url = link.split(['<', '>']).nth(1).unwrap();
        Some(url.strip_prefix("https://photos.example").unwrap().to_owned())
    }

    /// The ids of a list.
    pub fn ids(&self) -> Vec<&str> {
        self.body.as_array().unwrap().iter().map(id_of).collect()
    }
}

/// The id of an entity.
#[track_caller]
pub fn id_of(entity: &Value) -> &str {
    entity["id"].as_str().unwrap_or_else(|| panic!("no id: {entity}"))
}

impl Given {
    /// A member of the instance.
    pub async fn member(&self, username: &str) -> Somebody {
        let person = NewPerson {
            username: username.to_owned(),
            email: format!("{username}@mail.example"),
            password: "correct horse".to_owned(),
            agreement: true,
            ..NewPerson::default()
        };
        let id = registration::create(&self.app.ctx, person, Role::Member).await.unwrap().id;
        Somebody { id, token: self.token(id, "read write follow push profile").await }
    }

    /// A token of a person.
    pub async fn token(&self, account: AccountId, scopes: &str) -> String {
        tintype_service::oauth::issue(&self.app.ctx, account, scopes.parse().unwrap(), "Test").await.unwrap()
    }

    /// Asks, with or without (`""`) a token.
    pub async fn ask(&self, token: &str, method: &str, uri: &str, sent: Sent) -> Answer {
        self.ask_with(token, method, uri, sent, &[]).await
    }

    /// Asks, with more headers.
    pub async fn ask_with(
        &self,
        token: &str,
        method: &str,
        uri: &str,
        sent: Sent,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(uri);
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (kind, body) = sent.encoded();
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let headers = response.headers().clone();
        let (status, body) = body_of(response).await;
        if let Err(differences) = shapes::check(method, uri, status, &body) {
            panic!("{method} {uri} {status}: {differences:#?}\n{body:#}");
        }
        Answer { status, headers, body }
    }

    /// Reads.
    pub async fn get(&self, token: &str, uri: &str) -> Answer {
        self.ask(token, "GET", uri, Sent::Nothing).await
    }

    /// Acts, without parameters.
    pub async fn post(&self, token: &str, uri: &str) -> Answer {
        self.ask(token, "POST", uri, Sent::Nothing).await
    }

    /// Posts a status; its entity.
    pub async fn publish(&self, author: &Somebody, status: Value) -> Value {
        self.ask(&author.token, "POST", "/api/v1/statuses", Sent::Json(status)).await.ok()
    }

    /// Uploads a small picture; its entity.
    pub async fn upload(&self, who: &Somebody) -> Value {
        let file = ("file", tintype_testkit::pictures::jpeg(64, 48, 3));
        self.ask(&who.token, "POST", "/api/v2/media", Sent::Parts(Vec::new(), vec![file])).await.ok()
    }

    /// A follow.
    pub async fn follow(&self, who: &Somebody, whom: &Somebody) {
        let answer = self.post(&who.token, &format!("/api/v1/accounts/{}/follow", whom.id)).await;
        assert_eq!(answer.ok()["following"], true);
    }
}

impl Sent {
    fn encoded(self) -> (Option<&'static str>, Body) {
        match self {
            Self::Nothing => (None, Body::empty()),
            Self::Json(value) => (Some("application/json"), Body::from(value.to_string())),
            Self::Form(form) => (Some("application/x-www-form-urlencoded"), Body::from(form)),
            Self::Parts(texts, files) => {
                let mut body: Vec<u8> = Vec::new();
                let head = "--b\r\nContent-Disposition: form-data; name=\"";
                for (name, value) in texts {
                    body.extend(format!("{head}{name}\"\r\n\r\n{value}\r\n").bytes());
                }
                for (name, bytes) in files {
                    let kind = "filename=\"x.jpg\"\r\nContent-Type: image/jpeg";
                    body.extend(format!("{head}{name}\"; {kind}\r\n\r\n").bytes());
                    body.extend(bytes);
                    body.extend(b"\r\n");
                }
                body.extend(b"--b--\r\n");
                (Some("multipart/form-data; boundary=b"), Body::from(body))
            }
        }
    }
}

/// Status and JSON of an answer; whatever has a body must be JSON.
pub async fn body_of(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let kind = response.headers().get(header::CONTENT_TYPE).cloned();
    let bytes = to_bytes(response.into_body(), 10_000_000).await.unwrap();
    if bytes.is_empty() {
        return (status, Value::Null);
    }
    assert_eq!(kind.unwrap(), "application/json");
    (status, serde_json::from_slice(&bytes).unwrap())
}

/// A public post.
pub fn words(text: &str) -> Value {
    json!({ "status": text })
}
