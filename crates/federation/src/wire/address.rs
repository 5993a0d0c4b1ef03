//! Addresses: URLs we are willing to keep, origins, and who a thing is for.

use activitypub_federation::kinds;
use serde_json::Value;
use tintype_model::Visibility;
use url::Url;

use super::json::{self, Document};
use crate::limits;

/// A URL we would store: http or https, with a host, without credentials, at most [`Limits::url_bytes`](crate::limits::Limits::url_bytes) long, and
/// written without blanks, control characters and backslashes, which the parser would quietly repair.
pub fn http_url(text: &str) -> Option<Url> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    if text.len() > limits::get().url_bytes || text.chars().any(odd) {
        return None;
    }
    let (scheme, _) = text.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (plain && canonical_host(&url).is_some()).then_some(url)
}

/// The one spelling of a URL's host: lower case and IDNA-encoded (the parser does that), without the root's dot.
/// Compare and store hosts in this form only.
pub fn canonical_host(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}

/// Whether two URLs have the same scheme, host and port (RFC 6454), with hosts in their canonical form. This is
/// what "may speak for" means between an actor, its activities, its objects and its keys.
pub fn same_origin(a: &Url, b: &Url) -> bool {
    let origin = |url: &Url| Some((canonical_host(url)?, url.port_or_known_default()?));
    a.scheme() == b.scheme()
        && matches!(a.scheme(), "http" | "https")
        && origin(a).is_some_and(|origin_a| origin(b) == Some(origin_a))
}

/// Whether this is the collection of everyone.
pub fn is_public(url: &Url) -> bool {
    *url == kinds::public()
}

/// Whom a thing is addressed to; each list without repetitions and at most [`Limits::recipients`](crate::limits::Limits::recipients) long, the three
/// spellings of Public as one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    pub to: Vec<Url>,
    pub cc: Vec<Url>,
    pub bto: Vec<Url>,
    pub bcc: Vec<Url>,
    /// FEP-1b12: the group a thing belongs to. Grants nothing.
    pub audience: Vec<Url>,
}

impl Audience {
    pub(super) fn read(document: &Document) -> Self {
        let list = |key: &str| recipients(document.get(key));
        Self {
            to: list("to"),
            cc: list("cc"),
            bto: list("bto"),
            bcc: list("bcc"),
            audience: list("audience"),
        }
    }

    /// Everyone addressed openly, Public included.
    pub fn open(&self) -> impl Iterator<Item = &Url> {
        self.to.iter().chain(&self.cc)
    }

    /// Whether this actor is addressed by name, blindly or openly.
    pub fn names(&self, actor: &Url) -> bool {
        self.open().chain(&self.bto).chain(&self.bcc).any(|url| url == actor)
    }
}

fn recipients(value: Option<&Value>) -> Vec<Url> {
    let mut urls: Vec<Url> = Vec::new();
    for value in json::many(value).iter().take(limits::get().recipients) {
        // ActivityPub, 5.6, allows the short forms too.
        let url = match value.as_str() {
            Some("Public" | "as:Public") => Some(kinds::public()),
            _ => json::id(value),
        };
        urls.extend(url.filter(|url| !urls.contains(url)));
    }
    urls
}

/// How far a status reaches, from whom it is addressed to and its author's `followers` (Mastodon's documentation,
/// "ActivityPub", on payloads). What names neither Public nor the followers is direct: an address list that was
/// cut short shows less, never more.
pub fn visibility(audience: &Audience, followers: Option<&Url>) -> Visibility {
    if audience.to.iter().any(is_public) {
        Visibility::Public
    } else if audience.cc.iter().any(is_public) {
        Visibility::Unlisted
    } else if followers.is_some_and(|followers| audience.open().any(|url| url == followers)) {
        Visibility::Private
    } else {
        Visibility::Direct
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn urls_worth_keeping() {
        let cases = [
            ("https://remote.example/users/bob#main-key", true),
            ("HTTPS://Remote.Example", true),
            ("http://127.0.0.1:3000/a?b=c", true),
            ("https://bücher.example/", true),
            ("ftp://remote.example/", false),
            ("javascript:alert(1)", false),
            ("data:text/html,hi", false),
            ("//remote.example/a", false),
            ("/users/bob", false),
            ("https:remote.example", false),
            ("https:\\\\remote.example", false),
            ("https://remote.example\\@local.example/", false),
            ("https://local.example@remote.example/", false),
            ("https://:pass@remote.example/", false),
            ("https://remote\n.example/", false),
            ("https://remote.example/a b", false),
            (" https://remote.example/", false),
            ("https://remote.example/\0", false),
            ("https://", false),
            ("https://./", false),
            ("", false),
        ];
        for (text, expected) in cases {
            assert_eq!(http_url(text).is_some(), expected, "{text:?}");
        }
        assert!(
            http_url(&format!("https://remote.example/{}", "a".repeat(limits::get().url_bytes))).is_none()
        );
    }

    #[test]
    fn origins() {
        let cases = [
            ("https://remote.example/a", "https://remote.example/b?c#d", true),
            ("https://remote.example/", "https://REMOTE.example.:443/", true),
            ("https://bücher.example/", "https://xn--bcher-kva.example/", true),
            ("http://127.0.0.1:3000/a", "http://127.0.0.1:3000/b", true),
            ("https://[::1]/", "https://[0:0::1]/", true),
            ("https://remote.example/", "http://remote.example/", false),
            ("https://remote.example/", "https://remote.example:8443/", false),
            ("https://remote.example/", "https://www.remote.example/", false),
            ("https://remote.example/", "https://remote.example.evil.example/", false),
            ("data:a", "data:a", false),
        ];
        for (a, b, expected) in cases {
            let (a, b) = (Url::parse(a).unwrap(), Url::parse(b).unwrap());
            assert_eq!(same_origin(&a, &b), expected, "{a} {b}");
            assert_eq!(same_origin(&b, &a), expected, "{b} {a}");
        }
    }

    #[test]
    fn who_it_is_for() {
        let public = "https://www.w3.org/ns/activitystreams#Public";
        let followers = "https://remote.example/users/bob/followers";
        let alice = "https://local.example/users/alice";
        let cases = [
            (json!({"to": [public], "cc": [followers]}), Visibility::Public),
            (json!({"to": "as:Public"}), Visibility::Public),
            (json!({"to": ["Public", alice]}), Visibility::Public),
            (json!({"to": [{"id": public}]}), Visibility::Public),
            (json!({"to": [followers], "cc": [public]}), Visibility::Unlisted),
            (json!({"to": [followers], "cc": "Public"}), Visibility::Unlisted),
            (json!({"to": followers, "cc": []}), Visibility::Private),
            (json!({"to": [alice], "cc": [followers, alice]}), Visibility::Private),
            (json!({"to": [alice]}), Visibility::Direct),
            (json!({"to": ["https://remote.example/users/eve/followers"]}), Visibility::Direct),
            (json!({"to": ["public", "AS:PUBLIC", 7, null, {}]}), Visibility::Direct),
            (json!({"bto": [public], "bcc": [public], "audience": [public]}), Visibility::Direct),
            (json!({}), Visibility::Direct),
        ];
        for (value, expected) in cases {
            let audience = Audience::read(value.as_object().unwrap());
            assert_eq!(visibility(&audience, http_url(followers).as_ref()), expected, "{value}");
        }
    }

    #[test]
    fn lists_are_short_and_without_repetition() {
        let many: Vec<String> = (0..50_000).map(|n| format!("https://remote.example/{n}")).collect();
        let audience =
            Audience::read(json!({"to": many, "cc": ["Public", "as:Public"]}).as_object().unwrap());
        assert_eq!(audience.to.len(), limits::get().recipients);
        assert_eq!(audience.cc, [kinds::public()]);
        assert!(audience.names(&http_url("https://remote.example/7").unwrap()));
    }
}
