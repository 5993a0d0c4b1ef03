//! What came back.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;
use std::fmt;

/// An answer, read to its end.
#[derive(Clone)]
pub struct Answer {
    pub method: Method,
    /// The URL as requested.
    pub url: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub(crate) async fn read(
        method: &Method,
        url: &str,
        response: reqwest::Response,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self {
            method: method.clone(),
            url: url.to_owned(),
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await?,
        })
    }

    /// The path of the request, without its query.
    pub fn path(&self) -> &str {
        let after_scheme = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let path = after_scheme.find('/').and_then(|start| after_scheme.get(start..)).unwrap_or("/");
        path.split(['?', '#']).next().unwrap_or_default()
    }

    /// A header's text; `None` too when it is no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// # Panics
    /// When the body is no JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{self:?}\nis no JSON: {error}"),
        }
    }

    /// The JSON of a 2xx.
    ///
    /// # Panics
    /// On any other status.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "expected a 2xx: {self:?}");
        self.json()
    }

    /// The JSON of an answer with exactly this status.
    ///
    /// # Panics
    /// On any other status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.json()
    }

    /// The URL of a `Link` header's relation (`next`, `prev`).
    pub fn link(&self, relation: &str) -> Option<String> {
        let wanted = format!("rel=\"{relation}\"");
        let links = self.header("link")?;
        // Commas also stand inside URLs; a link begins with `<`.
        links.split('<').skip(1).find_map(|link| {
            let (url, parameters) = link.split_once('>')?;
            parameters.contains(&wanted).then(|| url.to_owned())
        })
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
        let shown: String = text.chars().take(2000).collect();
        write!(f, "{} {} → {} {shown}", self.method, self.url, self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_by_relation() {
        let mut headers = HeaderMap::new();
        let value = "<http://a.localhost:1/api/v1/x?ids=1,2&max_id=3>; rel=\"next\", <http://a.localhost:1/y>; rel=\"prev\"";
        headers.insert("link", value.parse().unwrap());
        let url = "http://a.localhost:1/api/v1/x?ids=1,2".to_owned();
        let answer = Answer { method: Method::GET, url, status: 200, headers, body: Bytes::new() };
        assert_eq!(answer.path(), "/api/v1/x");
        assert_eq!(answer.link("next").as_deref(), Some("http://a.localhost:1/api/v1/x?ids=1,2&max_id=3"));
        assert_eq!(answer.link("prev").as_deref(), Some("http://a.localhost:1/y"));
        assert_eq!(answer.link("first"), None);
    }
}
