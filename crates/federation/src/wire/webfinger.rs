//! WebFinger documents of others (RFC 7033).

use serde_json::Value;
use url::Url;

use super::{ParseError, http_url, is_activity_json, json};
use crate::limits;

/// What a server says about a handle. Only the server of the handle's own domain may say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jrd {
    /// `acct:bob@remote.example`
    pub subject: String,
    pub aliases: Vec<String>,
    /// At most [`Limits::webfinger_links`](crate::limits::Limits::webfinger_links).
    pub links: Vec<JrdLink>,
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JrdLink {
    pub rel: String,
    pub media_type: Option<String>,
    pub href: Option<Url>,
    pub template: Option<String>,
}

impl Jrd {
    /// # Errors
    /// When it is no bounded JSON object with a subject.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let document = json::read(bytes)?;
        let subject = json::text(&document, "subject", limits::get().url_bytes)
            .ok_or(ParseError::Property("subject"))?;
        let aliases = json::many(document.get("aliases"));
        let links = json::many(document.get("links"));
        Ok(Self {
            subject,
            aliases: aliases
                .iter()
                .take(limits::get().webfinger_links)
                .filter_map(Value::as_str)
                .filter_map(|alias| json::cut(alias, limits::get().url_bytes))
                .collect(),
            links: links
                .iter()
                .take(limits::get().webfinger_links)
                .filter_map(Value::as_object)
                .filter_map(|link| {
                    Some(JrdLink {
                        rel: json::text(link, "rel", limits::get().url_bytes)?,
                        media_type: json::text(link, "type", limits::get().media_type_bytes),
                        href: link.get("href").and_then(Value::as_str).and_then(http_url),
                        template: json::text(link, "template", limits::get().url_bytes),
                    })
                })
                .collect(),
        })
    }

    /// User and domain of the subject, the domain in lower case.
    pub fn handle(&self) -> Option<(&str, String)> {
        let (user, domain) = self.subject.strip_prefix("acct:").unwrap_or(&self.subject).split_once('@')?;
        let plain = |text: &str| !text.is_empty() && !text.contains(['@', '/', '?', '#']);
        (plain(user) && plain(domain)).then(|| (user, domain.to_ascii_lowercase()))
    }

    /// The actor: the `self` link whose media type is ActivityPub's (Mastodon's documentation, "WebFinger").
    pub fn actor(&self) -> Option<&Url> {
        self.links
            .iter()
            .find(|link| link.rel == "self" && link.media_type.as_deref().is_some_and(is_activity_json))
            .and_then(|link| link.href.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn handles() {
        for (subject, expected) in [
            ("acct:bob@Remote.Example", Some(("bob", "remote.example"))),
            ("bob@remote.example", Some(("bob", "remote.example"))),
            ("acct:bob@127.0.0.1:3000", Some(("bob", "127.0.0.1:3000"))),
            ("acct:bob@victim.example@evil.example", None),
            ("acct:@remote.example", None),
            ("https://remote.example/users/bob", None),
        ] {
            let jrd = Jrd::parse(json!({"subject": subject}).to_string().as_bytes()).unwrap();
            let expected = expected.map(|(user, domain)| (user, domain.to_owned()));
            assert_eq!(jrd.handle(), expected, "{subject}");
        }
        assert_eq!(Jrd::parse(b"{}"), Err(ParseError::Property("subject")));
    }
}
