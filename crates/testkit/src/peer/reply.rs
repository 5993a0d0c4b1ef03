//! What a peer answers.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::Value;
use std::convert::Infallible;
use std::time::Duration;

/// An answer, possibly a nasty one.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    content: Content,
    delay: Option<Duration>,
}

#[derive(Debug, Clone)]
enum Content {
    Bytes(Bytes),
    /// Zeroes without end.
    Endless,
    /// The head never comes.
    Never,
}

impl Reply {
    /// An empty answer.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), content: Content::Bytes(Bytes::new()), delay: None }
    }

    pub fn json(status: u16, content_type: &str, body: &Value) -> Self {
        Self::bytes(status, content_type, body.to_string())
    }

    pub fn bytes(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let reply = Self { content: Content::Bytes(body.into()), ..Self::status(status) };
        reply.header("content-type", content_type)
    }

    /// 302 to any URL.
    pub fn redirect(to: &str) -> Self {
        Self::status(302).header("location", to)
    }

    /// A 200 whose body has no end.
    pub fn endless(content_type: &str) -> Self {
        Self { content: Content::Endless, ..Self::status(200) }.header("content-type", content_type)
    }

    /// The connection stays open and silent.
    pub fn never() -> Self {
        Self { content: Content::Never, ..Self::status(200) }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Answers only after this time: a slow server.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    pub(super) async fn answer(self) -> Response {
        if let Some(delay) = self.delay {
            tokio::time::sleep(delay).await;
        }
        let body = match self.content {
            Content::Bytes(bytes) => Body::from(bytes),
            Content::Endless => {
                let chunk = Bytes::from(vec![b'0'; 16 << 10]);
                Body::from_stream(futures::stream::repeat(chunk).map(Ok::<_, Infallible>))
            }
            Content::Never => std::future::pending().await,
        };
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(body).unwrap_or_else(|error| panic!("a reply that can't be written: {error}"))
    }
}
