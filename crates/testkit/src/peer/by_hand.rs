//! Requests whose headers a test changes after they were signed, or writes itself.

use super::{Actor, Peer, SignOptions, signing};
use crate::client::Answer;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// A signed request that was not sent yet. Change it, then [`Peer::send_request`].
#[derive(Debug, Clone)]
pub struct SignedRequest {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl SignedRequest {
    /// A header's text; empty when it is not there.
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    /// The only value of a header from now on.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(header(name), text(value));
        self
    }

    /// One more line of a header.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.append(header(name), text(value));
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(header(name));
        self
    }

    /// The same signature for another place.
    #[must_use]
    pub fn to(self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self }
    }
}

impl Peer {
    /// What [`Peer::try_deliver_bytes`] would send.
    pub fn post_request(
        &self,
        actor: &Actor,
        inbox: &str,
        body: Vec<u8>,
        options: &SignOptions,
    ) -> SignedRequest {
        let signed = signing::sign(&Method::POST, inbox, Some(body), actor, options);
        SignedRequest {
            method: Method::POST,
            url: inbox.to_owned(),
            headers: signed.headers,
            body: signed.body,
        }
    }

    /// What [`Peer::fetch`] would send.
    pub fn get_request(&self, actor: &Actor, url: &str, options: &SignOptions) -> SignedRequest {
        let signed = signing::sign(&Method::GET, url, None, actor, options);
        SignedRequest { method: Method::GET, url: url.to_owned(), headers: signed.headers, body: signed.body }
    }

    /// Sends it as it is, as often as one likes.
    ///
    /// # Panics
    /// When no answer came.
    pub async fn send_request(&self, request: &SignedRequest) -> Answer {
        let SignedRequest { method, url, headers, body } = request.clone();
        let sent = self.inner.http.request(method.clone(), &url).headers(headers).body(body).send().await;
        let answer = match sent {
            Ok(response) => Answer::read(&method, &url, response).await,
            Err(error) => Err(error),
        };
        answer.unwrap_or_else(|error| panic!("{method} {url}: {error:?}"))
    }
}

fn header(name: &str) -> HeaderName {
    HeaderName::try_from(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn text(value: &str) -> HeaderValue {
    HeaderValue::try_from(value).unwrap_or_else(|error| panic!("{value}: {error}"))
}
