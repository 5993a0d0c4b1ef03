//! A person of the demo: a token and the Mastodon API, over the guarded client.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};
use tintype_net::{Client, Limits, Request, Settings};
use url::Url;

/// How long the demo waits for something to arrive at the other instance.
const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody who acts over HTTP.
pub struct Person {
    pub name: String,
    pub base: String,
    token: String,
    boundary: String,
    client: Client,
}

impl Person {
    /// A person of the instance at `base`; `boundary` parts the pieces of their uploads.
    pub fn new(name: &str, base: &str, token: String, boundary: String) -> Result<Self> {
        let client = Client::new(Settings {
            local_mode: true,
            allow: Vec::new(),
            ca_file: None,
            dns: None,
            user_agent: "Tintype demo".into(),
            own_domain: "demo.invalid".into(),
            limits: Limits::default(),
        })?;
        Ok(Self { name: name.to_owned(), base: base.to_owned(), token, boundary, client })
    }

    /// `carla@beta.localhost:4002`
    pub fn handle(&self) -> String {
        format!("{}@{}", self.name, self.base.trim_start_matches("http://"))
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        self.send(Method::GET, path, "application/json", Vec::new()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(Method::POST, path, "application/json", serde_json::to_vec(body)?).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(Method::PATCH, path, "application/json", serde_json::to_vec(body)?).await
    }

    /// Uploads a picture with its alt text; the id it can be posted by.
    pub async fn upload(&self, jpeg: &[u8], alt: &str) -> Result<String> {
        let mut body = Vec::with_capacity(jpeg.len() + 512);
        let mark = &self.boundary;
        body.extend(
            format!("--{mark}\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\n{alt}\r\n")
                .bytes(),
        );
        body.extend(
            format!(
                "--{mark}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"photo.jpg\"\r\n\
                 Content-Type: image/jpeg\r\n\r\n"
            )
            .bytes(),
        );
        body.extend_from_slice(jpeg);
        body.extend(format!("\r\n--{mark}--\r\n").bytes());
        let kind = format!("multipart/form-data; boundary={mark}");
        let media = self.send(Method::POST, "/api/v2/media", &kind, body).await?;
        text(&media, "/id")
    }

    /// Posts; the new status.
    pub async fn publish(&self, status: Value) -> Result<Value> {
        self.post("/api/v1/statuses", &status).await
    }

    /// Follows somebody by handle, and waits until they have accepted.
    pub async fn follow(&self, other: &Person) -> Result<()> {
        let found = self
            .get(&format!("/api/v2/search?type=accounts&resolve=true&q={}", encode(&other.handle())))
            .await?;
        let id = text(&found, "/accounts/0/id").with_context(|| format!("finding {}", other.handle()))?;
        self.post(&format!("/api/v1/accounts/{id}/follow"), &json!({})).await?;
        until(&format!("{} accepts {}", other.name, self.name), async || {
            let all = self.get(&format!("/api/v1/accounts/relationships?id[]={id}")).await?;
            Ok(all.pointer("/0/following").and_then(Value::as_bool).filter(|f| *f))
        })
        .await
        .map(drop)
    }

    /// A status of any instance, by its ActivityPub id, as this person sees it; waits until it is there.
    pub async fn find(&self, uri: &str) -> Result<Value> {
        until(&format!("{} sees {uri}", self.name), async || self.look(uri).await).await
    }

    /// The same, without waiting.
    pub async fn look(&self, uri: &str) -> Result<Option<Value>> {
        let found =
            self.get(&format!("/api/v2/search?type=statuses&resolve=false&q={}", encode(uri))).await?;
        Ok(found.pointer("/statuses/0").cloned())
    }

    /// A status that this instance may have to fetch first.
    pub async fn resolve(&self, uri: &str) -> Result<Value> {
        let found = self.get(&format!("/api/v2/search?type=statuses&resolve=true&q={}", encode(uri))).await?;
        found.pointer("/statuses/0").cloned().with_context(|| format!("{} can't fetch {uri}", self.name))
    }

    /// The whole home timeline, newest first.
    pub async fn home(&self) -> Result<Vec<Value>> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let before = all.last().map(|s| text(s, "/id")).transpose()?;
            let page = match before {
                Some(id) => self.get(&format!("/api/v1/timelines/home?limit=40&max_id={id}")).await?,
                None => self.get("/api/v1/timelines/home?limit=40").await?,
            };
            let page = page.as_array().cloned().unwrap_or_default();
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    async fn send(&self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Result<Value> {
        let url = Url::parse(&format!("{}{path}", self.base))?;
        let mut request = Request::new(method.clone(), url)
            .header(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {}", self.token))?)
            .header(header::CONTENT_TYPE, HeaderValue::from_str(kind)?)
            .deadline(PATIENCE);
        request.body = body.into();
        let response = self.client.send(request).await.with_context(|| format!("{method} {path}"))?;
        if !response.status.is_success() {
            let said = String::from_utf8_lossy(&response.body).into_owned();
            bail!("{} {method} {path}: {} {said}", self.name, response.status);
        }
        serde_json::from_slice(&response.body).with_context(|| format!("{method} {path}"))
    }
}

/// Asks again and again until there is an answer.
pub async fn until<T>(what: &str, ask: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    loop {
        tick.tick().await;
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if tokio::time::Instant::now() > deadline {
            bail!("waited {} seconds in vain: {what}", PATIENCE.as_secs());
        }
    }
}

/// A text in a JSON document.
pub fn text(value: &Value, pointer: &str) -> Result<String> {
    match value.pointer(pointer).and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => bail!("no {pointer} in {value}"),
    }
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
