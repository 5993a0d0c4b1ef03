//! The client API as an app sees it. Every answer below `/api/` and `/oauth/` is held against [`shapes`].

mod answer;
mod person;
mod verbs;

pub use answer::Answer;
pub use person::Person;
pub use reqwest::multipart;

use crate::coverage::Coverage;
use crate::{loopback, shapes};
use http::Method;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// An app, with or without somebody's token. Cheap to clone; clones share connections and coverage.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    /// `http://alpha.localhost:PORT`.
    base: String,
    token: Option<String>,
    coverage: Arc<Mutex<Coverage>>,
}

impl Client {
    /// A client without a token for the server at `base` (`http://alpha.localhost:PORT`). Any host name is resolved
    /// to 127.0.0.1.
    pub fn new(base: &str) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self { http: loopback::http(), base, token: None, coverage: Arc::default() }
    }

    /// The same app with a Bearer token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same app, signed out.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// `http://alpha.localhost:PORT`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The Bearer token, if this client has one.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// What this client and its clones have seen so far.
    pub fn coverage(&self) -> Coverage {
        self.coverage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Any request. `path` begins with a slash, or is an absolute URL as `Link` headers carry it.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let absolute = path.starts_with("http://") || path.starts_with("https://");
        let url = if absolute { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut builder = self.http.request(method.clone(), &url);
        if let Some(token) = &self.token {
            builder = builder.bearer_auth(token);
        }
        Request { client: self.clone(), method, url, builder, checked: true }
    }

    /// GET; the JSON of a 2xx.
    pub async fn get(&self, path: &str) -> Value {
        self.request(Method::GET, path).send().await.ok()
    }

    /// POST of JSON; the JSON of a 2xx.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.request(Method::POST, path).json(&body).send().await.ok()
    }

    /// POST of a form; the JSON of a 2xx.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Value {
        self.request(Method::POST, path).form(fields).send().await.ok()
    }

    /// POST of a multipart form; the JSON of a 2xx.
    pub async fn post_multipart(&self, path: &str, form: multipart::Form) -> Value {
        self.request(Method::POST, path).multipart(form).send().await.ok()
    }

    /// PUT of JSON; the JSON of a 2xx.
    pub async fn put(&self, path: &str, body: Value) -> Value {
        self.request(Method::PUT, path).json(&body).send().await.ok()
    }

    /// PATCH with JSON; the JSON of a 2xx.
    pub async fn patch(&self, path: &str, body: Value) -> Value {
        self.request(Method::PATCH, path).json(&body).send().await.ok()
    }

    /// DELETE; the JSON of a 2xx.
    pub async fn delete(&self, path: &str) -> Value {
        self.request(Method::DELETE, path).send().await.ok()
    }

    /// GET as another server would ask, without a signature or token.
    pub async fn get_activity(&self, path: &str) -> Answer {
        self.anonymous().request(Method::GET, path).header("accept", "application/activity+json").send().await
    }

    /// All pages of a list from `path` on, by the `rel="next"` of their `Link` headers.
    ///
    /// # Panics
    /// When there are more than 200 pages: then `next` leads in a circle.
    pub async fn pages(&self, path: &str) -> Vec<Vec<Value>> {
        let mut pages = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            assert!(pages.len() < 200, "{path}: no end of pages");
            let answer = self.request(Method::GET, &path).send().await;
            next = answer.link("next");
            pages.push(list(answer.ok()));
        }
        pages
    }

    /// The items of all pages.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        self.pages(path).await.into_iter().flatten().collect()
    }

    fn record(&self, checked: &shapes::Checked, answer: &Answer, body: &Value) {
        self.coverage.lock().unwrap_or_else(PoisonError::into_inner).record(checked, answer.status, body);
    }
}

/// A request in the making.
pub struct Request {
    client: Client,
    method: Method,
    url: String,
    builder: reqwest::RequestBuilder,
    checked: bool,
}

impl Request {
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { builder: self.builder.header(name, value), ..self }
    }

    /// Adds to the query of the URL, percent-encoded.
    #[must_use]
    pub fn query(self, pairs: &[(&str, &str)]) -> Self {
        Self { builder: self.builder.query(pairs), ..self }
    }

    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        Self { builder: self.builder.json(body), ..self }
    }

    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        Self { builder: self.builder.form(fields), ..self }
    }

    #[must_use]
    pub fn multipart(self, form: multipart::Form) -> Self {
        Self { builder: self.builder.multipart(form), ..self }
    }

    /// Any bytes, as they are.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<bytes::Bytes>) -> Self {
        Self { builder: self.builder.header("content-type", content_type).body(body.into()), ..self }
    }

    /// Leaves the answer's shape unchecked.
    #[must_use]
    pub fn unchecked(self) -> Self {
        Self { checked: false, ..self }
    }

    /// # Errors
    /// When no whole answer came.
    ///
    /// # Panics
    /// When the answer differs from its documented shape.
    pub async fn try_send(self) -> Result<Answer, reqwest::Error> {
        let answer = Answer::read(&self.method, &self.url, self.builder.send().await?).await?;
        if self.checked {
            check(&self.client, &answer);
        }
        Ok(answer)
    }

    /// # Panics
    /// When no answer came, or it differs from its documented shape.
    pub async fn send(self) -> Answer {
        let what = format!("{} {}", self.method, self.url);
        self.try_send().await.unwrap_or_else(|error| panic!("{what}: {error:?}"))
    }
}

fn check(client: &Client, answer: &Answer) {
    let path = answer.path();
    let is_json = answer.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let is_api = path.starts_with("/api/");
    // Below /oauth/ live pages for people, too.
    let is_oauth = path.starts_with("/oauth/") || path == "/.well-known/oauth-authorization-server";
    if !(is_api || is_oauth && is_json) || (300..400).contains(&answer.status) {
        return;
    }
    if is_api
        && (path == "/api/v1/streaming" || path.starts_with("/api/v1/streaming/") && answer.status < 400)
    {
        return;
    }
    assert!(is_json, "{answer:?} is not application/json");
    let body = answer.json();
    match shapes::check(answer.method.as_str(), path, answer.status, &body) {
        Ok(checked) => client.record(&checked, answer, &body),
        Err(differences) => {
            panic!("{answer:?}\ndiffers from its documented shape:\n  {}", differences.join("\n  "))
        }
    }
}

/// The items of a JSON array.
fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        other => panic!("no list: {other}"),
    }
}
