//! Accounts: `Person` and its kin.

use activitypub_federation::protocol::public_key::PublicKey;
use serde_json::Value;
use tintype_model::{Millis, handle::canonical_domain};
use url::Url;

use super::{
    Emoji, ParseError, Tags, attachment,
    json::{self, Document},
    key,
};
use crate::limits;

/// What kind of actor; `Application` and `Service` are bots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum ActorKind {
    Person,
    Service,
    Application,
    Group,
    Organization,
}

impl ActorKind {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "Person" => Self::Person,
            "Service" => Self::Service,
            "Application" => Self::Application,
            "Group" => Self::Group,
            "Organization" => Self::Organization,
            _ => return None,
        })
    }
}

/// A row of the table on a profile (`PropertyValue`); the value is HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub value: String,
}

/// An avatar or a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub url: Url,
    pub media_type: Option<String>,
    pub description: Option<String>,
}

/// An account somewhere else. Its handle is known only after WebFinger has confirmed it.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(try_from = "Value")]
pub struct Actor {
    pub id: Url,
    pub kind: ActorKind,
    /// Without blanks, `@` and `/`.
    pub preferred_username: String,
    /// FEP-2c59: the handle the actor claims, `bob@remote.example`.
    pub webfinger: Option<String>,
    pub name: Option<String>,
    /// The biography, HTML.
    pub summary: Option<String>,
    pub inbox: Url,
    pub outbox: Option<Url>,
    pub followers: Option<Url>,
    pub following: Option<Url>,
    pub featured: Option<Url>,
    pub featured_tags: Option<Url>,
    pub shared_inbox: Option<Url>,
    pub public_keys: Vec<PublicKey>,
    pub icon: Option<Picture>,
    pub image: Option<Picture>,
    pub url: Option<Url>,
    pub manually_approves_followers: bool,
    /// Absent is not false: the actor has not been asked.
    pub discoverable: Option<bool>,
    pub indexable: bool,
    pub suspended: bool,
    pub memorial: bool,
    pub published: Option<Millis>,
    pub fields: Vec<Field>,
    pub emojis: Vec<Emoji>,
    pub also_known_as: Vec<Url>,
    pub moved_to: Option<Url>,
    /// Websites that may name the account as their author.
    pub attribution_domains: Vec<String>,
}

impl Actor {
    /// # Errors
    /// [`ParseError::Kind`] for another type, [`ParseError::Property`] without id, name or inbox.
    pub(super) fn read(document: &Document) -> Result<Self, ParseError> {
        let kind = json::kind(document).and_then(ActorKind::from_name).ok_or(ParseError::Kind)?;
        let id = json::only_id(document, "id").ok_or(ParseError::Property("id"))?;
        let inbox = json::only_id(document, "inbox").ok_or(ParseError::Property("inbox"))?;
        let endpoints = document.get("endpoints").and_then(Value::as_object);
        let (name, _) = json::localised(document, "name", "nameMap", limits::get().name_bytes);
        let (summary, _) = json::localised(document, "summary", "summaryMap", limits::get().bio_bytes);
        Ok(Self {
            kind,
            preferred_username: username(document).ok_or(ParseError::Property("preferredUsername"))?,
            webfinger: json::text(document, "webfinger", limits::get().name_bytes),
            name,
            summary,
            inbox,
            outbox: json::only_id(document, "outbox"),
            followers: json::only_id(document, "followers"),
            following: json::only_id(document, "following"),
            featured: json::only_id(document, "featured"),
            featured_tags: json::only_id(document, "featuredTags"),
            shared_inbox: endpoints.and_then(|endpoints| json::only_id(endpoints, "sharedInbox")),
            public_keys: key::keys_of(document, &id),
            icon: picture(document, "icon"),
            image: picture(document, "image"),
            url: json::page_url(document.get("url")),
            manually_approves_followers: json::flag(document, "manuallyApprovesFollowers"),
            discoverable: json::optional_flag(document, "discoverable"),
            indexable: json::flag(document, "indexable"),
            suspended: json::flag(document, "suspended"),
            memorial: json::flag(document, "memorial"),
            published: json::time(document, "published"),
            fields: fields(document),
            emojis: Tags::read(document).emojis,
            also_known_as: json::many(document.get("alsoKnownAs"))
                .iter()
                .take(limits::get().also_known_as)
                .filter_map(json::id)
                .collect(),
            moved_to: json::only_id(document, "movedTo"),
            attribution_domains: attribution_domains(document),
            id,
        })
    }
}

impl TryFrom<Value> for Actor {
    type Error = ParseError;

    fn try_from(value: Value) -> Result<Self, ParseError> {
        value.as_object().ok_or(ParseError::NotAnObject).and_then(Self::read)
    }
}

/// A name that is cut would be somebody else's, so a long one is none.
fn username(document: &Document) -> Option<String> {
    let name = document.get("preferredUsername")?.as_str()?;
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | '/' | ':' | '?' | '#');
    (!name.is_empty() && name.len() <= limits::get().name_bytes && !name.contains(odd))
        .then(|| name.to_owned())
}

fn attribution_domains(document: &Document) -> Vec<String> {
    let domains = json::many(document.get("attributionDomains")).iter().filter_map(Value::as_str);
    domains.take(limits::get().attribution_domains).filter_map(canonical_domain).collect()
}

fn picture(document: &Document, key: &str) -> Option<Picture> {
    json::many(document.get(key)).iter().find_map(|value| {
        let (url, media_type) = attachment::media_url(value)?;
        let description = value.as_object().and_then(|image| {
            json::text(image, "name", limits::get().alt_text_bytes)
                .or_else(|| json::text(image, "summary", limits::get().alt_text_bytes))
        });
        Some(Picture { url, media_type, description })
    })
}

fn fields(document: &Document) -> Vec<Field> {
    json::many(document.get("attachment"))
        .iter()
        .filter_map(Value::as_object)
        // Mastodon's context spells schema.org in its own way; so the short name is all there is to compare.
        .filter(|field| matches!(json::kind(field), Some("PropertyValue" | "schema:PropertyValue")))
        .take(limits::get().fields)
        .filter_map(|field| {
            Some(Field {
                name: json::text(field, "name", limits::get().field_bytes)?,
                value: json::text(field, "value", limits::get().field_bytes).unwrap_or_default(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(key: &str, value: Value) -> Result<Actor, ParseError> {
        let mut actor = json!({"id": "https://remote.example/users/bob", "type": "Person",
            "preferredUsername": "bob", "inbox": "https://remote.example/users/bob/inbox"});
        actor[key] = value;
        Actor::try_from(actor)
    }

    #[test]
    fn what_it_needs() {
        for (key, value, missing) in [
            ("id", json!(7), "id"),
            ("inbox", json!("data:x"), "inbox"),
            ("preferredUsername", json!(""), "preferredUsername"),
            ("preferredUsername", json!("a b"), "preferredUsername"),
            ("preferredUsername", json!("bob@remote.example"), "preferredUsername"),
            ("preferredUsername", json!("b".repeat(limits::get().name_bytes + 1)), "preferredUsername"),
        ] {
            assert_eq!(with(key, value.clone()).err(), Some(ParseError::Property(missing)), "{key} {value}");
        }
        assert_eq!(with("type", json!("Note")).err(), Some(ParseError::Kind));
        for kind in ["Person", "Service", "Application", "Group", "Organization"] {
            assert_eq!(json!(with("type", json!([kind])).unwrap().kind), kind);
        }
    }

    #[test]
    fn pictures() {
        let link = "https://remote.example/a.png";
        for value in [
            json!(link),
            json!({"type": "Image", "url": link}),
            json!([{"type": "Image", "url": "none"}, {"type": "Image", "url": link}]),
            json!({"type": "Image", "url": [{"type": "Link", "href": link, "mediaType": "image/png"}]}),
            json!({"type": "Link", "href": link}),
        ] {
            let icon = with("icon", value.clone()).unwrap().icon;
            assert_eq!(icon.as_ref().map(|icon| icon.url.as_str()), Some(link), "{value}");
        }
        assert_eq!(with("icon", json!({"url": "javascript:alert(1)"})).unwrap().icon, None);
    }

    /// T064: long lists lose their tail.
    #[test]
    fn caps() {
        let field = json!({"type": "PropertyValue", "name": "x", "value": "y".repeat(9999)});
        let actor = with("attachment", json!(vec![field; 10_000])).unwrap();
        assert_eq!(actor.fields.len(), limits::get().fields);
        assert_eq!(actor.fields[0].value.len(), limits::get().field_bytes);
        let names = vec!["https://remote.example/x"; 100_000];
        assert_eq!(
            with("alsoKnownAs", json!(names)).unwrap().also_known_as.len(),
            limits::get().also_known_as
        );
        let actor = with("name", json!("n".repeat(1_000_000))).unwrap();
        assert_eq!(actor.name.map(|name| name.len()), Some(limits::get().name_bytes));
    }
}
