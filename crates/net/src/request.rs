//! What goes out and what comes back.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::Url;

/// Signs requests. It is asked again for every hop, with the URL that is really called, so that a redirect never
/// carries a signature that was made for another place.
#[async_trait]
pub trait Sign: Send + Sync {
    /// Headers to add (`Date`, `Digest`, `Signature` …), replacing the request's own of the same name. `url` is
    /// canonical and without a fragment. A `Host` among them is dropped: the client sends the URL's authority,
    /// without the port where it is the scheme's default.
    async fn sign(&self, method: &Method, url: &Url, body: &[u8]) -> Result<HeaderMap, String>;
}

/// One request to make.
#[derive(Clone)]
pub struct Request<'a> {
    /// Redirects are followed for GET and HEAD only.
    pub method: Method,
    /// A fragment is dropped.
    pub url: Url,
    /// Extra headers. Those that belong to the connection (`Host`, `Content-Length`, `Accept-Encoding` …) are dropped.
    pub headers: HeaderMap,
    /// Sent as it is.
    pub body: Bytes,
    /// Bytes accepted of the answer's body, as sent and decompressed; 0 for
    /// [`Limits::max_body`](crate::Limits::max_body).
    pub max_body: usize,
    /// Instead of [`Limits::deadline`](crate::Limits::deadline).
    pub deadline: Option<Duration>,
    /// Signs each hop.
    pub sign: Option<&'a dyn Sign>,
}

impl<'a> Request<'a> {
    /// A request with the given method and no body.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            max_body: 0,
            deadline: None,
            sign: None,
        }
    }

    /// `GET url`
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// `HEAD url`
    pub fn head(url: Url) -> Self {
        Self::new(Method::HEAD, url)
    }

    /// `POST url` with a body; its `Content-Type` is up to the caller.
    pub fn post(url: Url, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..Self::new(Method::POST, url) }
    }

    /// Sets one header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets `Accept`.
    #[must_use]
    pub fn accept(self, types: &'static str) -> Self {
        self.header(header::ACCEPT, HeaderValue::from_static(types))
    }

    /// Sets `Content-Type`.
    #[must_use]
    pub fn content_type(self, kind: &'static str) -> Self {
        self.header(header::CONTENT_TYPE, HeaderValue::from_static(kind))
    }

    /// Caps the answer's body, in bytes.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Bounds the whole request.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Signs every hop.
    #[must_use]
    pub fn signed_by(mut self, sign: &'a dyn Sign) -> Self {
        self.sign = Some(sign);
        self
    }
}

/// A complete answer, of whatever status.
#[derive(Debug, Clone)]
pub struct Response {
    /// As sent by the last hop.
    pub status: StatusCode,
    /// As sent, without `Content-Encoding` and `Content-Length` if the body was decompressed.
    pub headers: HeaderMap,
    /// Where the answer came from, after redirects.
    pub url: Url,
    /// Decompressed. For a GET that succeeded it is whole; otherwise (an error status, or another method, where the
    /// status says all that matters and the peer has acted already) it may be cut short.
    pub body: Bytes,
}

impl Response {
    /// A header as text; `None` if it is missing or not text.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
