//! Who may do what with a status, what it quotes, and what is asked and answered about both: `GoToSocial`'s interaction
//! policies (<https://docs.gotosocial.org/en/latest/federation/interaction_controls/>) and FEP-044f.

use serde_json::Value;
use tintype_model::{
    Interaction, Millis, Policy,
    interaction::{FOLLOWERS, FOLLOWING, PUBLIC, Rule},
};
use url::Url;

use super::{
    Audience, Note, ParseError, http_url, is_public,
    json::{self, Document},
    same_origin,
};
use crate::limits;

/// `interactionPolicy`, as it was written: who is meant by a collection only the author's document says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InteractionPolicy {
    like: Option<Entries>,
    reply: Option<Entries>,
    announce: Option<Entries>,
    quote: Option<Entries>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Entries {
    automatic: Vec<Url>,
    manual: Vec<Url>,
    /// In the words of `GoToSocial` before 0.20.
    old: bool,
}

impl InteractionPolicy {
    pub(super) fn read(document: &Document) -> Option<Self> {
        let policy = document.get("interactionPolicy")?.as_object()?;
        let read = |key: &str| policy.get(key).and_then(Value::as_object).and_then(Entries::read);
        let policy = Self {
            like: read("canLike"),
            reply: read("canReply"),
            announce: read("canAnnounce"),
            quote: read("canQuote"),
        };
        (policy != Self::default()).then_some(policy)
    }

    /// In our words, for an author with these collections. Collections of others say nothing here.
    pub fn of(&self, author: &Url, followers: Option<&Url>, following: Option<&Url>) -> Policy {
        let word = |url: &Url| {
            if is_public(url) {
                PUBLIC.to_owned()
            } else if Some(url) == followers {
                FOLLOWERS.to_owned()
            } else if Some(url) == following {
                FOLLOWING.to_owned()
            } else {
                url.to_string()
            }
        };
        let rule = |entries: &Option<Entries>| {
            entries.as_ref().map(|entries| Rule {
                automatic: entries.automatic.iter().filter(|url| *url != author).map(word).collect(),
                manual: entries.manual.iter().map(word).collect(),
                old: entries.old,
            })
        };
        Policy {
            favourite: rule(&self.like),
            reply: rule(&self.reply),
            reblog: rule(&self.announce),
            quote: rule(&self.quote),
        }
    }
}

impl Entries {
    /// `None` for a rule that says nothing: then the usual holds.
    fn read(document: &Document) -> Option<Self> {
        let list = |key: &str| -> Vec<Url> {
            let entries = json::many(document.get(key)).iter().take(limits::get().policy_entries);
            entries
                .filter_map(|entry| match entry.as_str() {
                    Some("Public" | "as:Public") => Some(activitypub_federation::kinds::public()),
                    _ => json::id(entry),
                })
                .collect()
        };
        let new = ["automaticApproval", "manualApproval"];
        let old = !new.iter().any(|key| document.contains_key(*key));
        let [automatic, manual] = if old { ["always", "approvalRequired"] } else { new };
        let entries = Self { automatic: list(automatic), manual: list(manual), old };
        (!entries.automatic.is_empty() || !entries.manual.is_empty()).then_some(entries)
    }
}

/// What a status quotes: FEP-044f's word first, then those of Fedibird, Misskey and Pleroma, then a link of FEP-e232. Only
/// the first one counts.
pub(super) fn quoted(document: &Document) -> Option<Url> {
    let said = ["quote", "quoteUrl", "quoteUri", "quoteURL", "_misskey_quote"];
    said.iter().find_map(|key| json::first_id(document, key)).or_else(|| {
        let tags = json::many(document.get("tag")).iter().take(limits::get().tags);
        tags.filter_map(Value::as_object).find_map(quote_link)
    })
}

fn quote_link(tag: &Document) -> Option<Url> {
    let quotes = json::many(tag.get("rel")).iter().filter_map(Value::as_str).any(|rel| {
        matches!(rel, "https://misskey-hub.net/ns#_misskey_quote" | "https://w3id.org/fep/044f#quote")
    });
    let link = json::kind(tag) == Some("Link") && quotes;
    link.then(|| tag.get("href").and_then(Value::as_str).and_then(http_url)).flatten()
}

/// What is asked for: a status, a like or a boost. Nothing of it is believed but on its own origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Instrument {
    pub id: Url,
    /// A status that was sent along.
    pub note: Option<Box<Note>>,
    /// `Like`, `Announce`; absent when only the id was sent.
    pub kind: Option<String>,
    pub actor: Option<Url>,
    pub object: Option<Url>,
    pub audience: Audience,
    pub published: Option<Millis>,
}

impl Instrument {
    pub(super) fn read(value: &Value) -> Option<Self> {
        let empty = Document::new();
        let document = value.as_object().unwrap_or(&empty);
        Some(Self {
            id: json::id(value)?,
            note: Note::read(document).ok().map(Box::new),
            kind: json::kind(document).map(str::to_owned),
            actor: json::only_id(document, "actor").or_else(|| json::only_id(document, "attributedTo")),
            object: json::only_id(document, "object"),
            audience: Audience::read(document),
            published: json::time(document, "published"),
        })
    }
}

/// Which question a type is.
pub(super) fn question(kind: &str) -> Option<Interaction> {
    Some(match kind {
        "LikeRequest" => Interaction::Favourite,
        "ReplyRequest" => Interaction::Reply,
        "AnnounceRequest" => Interaction::Reblog,
        "QuoteRequest" => Interaction::Quote,
        _ => return None,
    })
}

/// That something may be done with a status: `QuoteAuthorization`, and `LikeAuthorization`, `LikeApproval` and their kin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    pub id: Url,
    pub kind: String,
    /// Whose status it is about.
    pub attributed_to: Url,
    /// What may be done: a like, a boost, a comment, a quoting post.
    pub interacting_object: Url,
    /// The status it is about.
    pub interaction_target: Url,
}

impl Authorization {
    /// # Errors
    /// When it is too large, too deep, or lacks one of the four.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let document = &json::read(bytes)?;
        let id = |key: &'static str| json::only_id(document, key).ok_or(ParseError::Property(key));
        Ok(Self {
            id: id("id")?,
            kind: json::kind(document).ok_or(ParseError::Property("type"))?.to_owned(),
            attributed_to: id("attributedTo")?,
            interacting_object: id("interactingObject")?,
            interaction_target: id("interactionTarget")?,
        })
    }

    /// Whether it allows, in its author's name and on their server, that `quoting` quotes `quoted`.
    pub fn allows_quote(&self, author: &Url, quoting: &Url, quoted: &Url) -> bool {
        self.kind == "QuoteAuthorization"
            && self.attributed_to == *author
            && same_origin(&self.id, author)
            && self.interacting_object == *quoting
            && self.interaction_target == *quoted
    }
}

/// A bearer capability: where something is, and what opens it (<https://docs.joinmastodon.org/spec/bearcaps/>).
#[derive(Clone, PartialEq, Eq)]
pub struct Bearcap {
    pub url: Url,
    /// Never shown, never logged.
    pub token: String,
}

impl std::fmt::Debug for Bearcap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bearcap").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

impl Bearcap {
    /// `bear:?t=TOKEN&u=URL`, in either order.
    pub(super) fn read(text: &str) -> Option<Self> {
        let query = text.strip_prefix("bear:?").filter(|query| query.len() <= limits::get().url_bytes * 2)?;
        let value = |name: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let token = value("t")?;
        // What may stand in `Authorization: Bearer` (RFC 6750, 2.1).
        let plain =
            !token.is_empty() && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b));
        Some(Self { url: http_url(&value("u")?)?, token }).filter(|_| plain)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PUBLIC_URL: &str = "https://www.w3.org/ns/activitystreams#Public";
    const BOB: &str = "https://remote.example/users/bob";

    fn url(text: &str) -> Url {
        http_url(text).unwrap()
    }

    fn policy(value: &Value) -> Policy {
        let document = json!({ "interactionPolicy": value });
        let (followers, following) = (url(&format!("{BOB}/followers")), url(&format!("{BOB}/following")));
        InteractionPolicy::read(document.as_object().unwrap())
            .map(|policy| policy.of(&url(BOB), Some(&followers), Some(&following)))
            .unwrap_or_default()
    }

    #[test]
    fn policies_in_both_spellings() {
        let read = policy(&json!({
            "canLike": {"automaticApproval": PUBLIC_URL},
            "canReply": {"automaticApproval": [BOB, format!("{BOB}/followers")], "manualApproval": ["as:Public"]},
            "canAnnounce": {"always": [BOB], "approvalRequired": format!("{BOB}/following")},
            "canQuote": {"automaticApproval": [BOB], "always": [PUBLIC_URL]},
        }));
        let rule = |automatic: &[&str], manual: &[&str], old| {
            let list = |all: &[&str]| all.iter().map(|&e| e.to_owned()).collect();
            Some(Rule { automatic: list(automatic), manual: list(manual), old })
        };
        assert_eq!(read.favourite, rule(&[PUBLIC], &[], false));
        assert_eq!(read.reply, rule(&[FOLLOWERS], &[PUBLIC], false));
        assert_eq!(read.reblog, rule(&[], &[FOLLOWING], true));
        assert_eq!(read.quote, rule(&[], &[], false), "the newer words count");
        for nothing in
            [json!(null), json!({}), json!({"canLike": null, "canReply": {}}), json!("no"), json!([])]
        {
            assert_eq!(policy(&nothing), Policy::default(), "{nothing}");
        }
        let many = vec!["https://remote.example/users/x"; 10_000];
        let long = policy(&json!({"canReply": {"manualApproval": many}}));
        assert_eq!(long.reply.unwrap().manual.len(), limits::get().policy_entries);
    }

    #[test]
    fn quotes_in_every_spelling() {
        let (one, two) = ("https://a.example/1", "https://a.example/2");
        let link = |rel: &str| json!({"type": "Link", "rel": rel, "href": one});
        for (document, expected) in [
            (json!({"quote": one, "quoteUrl": two}), Some(one)),
            (json!({"quote": {"id": one}}), Some(one)),
            (json!({"quote": [one, two]}), Some(one)),
            (json!({"quoteUrl": one}), Some(one)),
            (json!({"quoteUri": one}), Some(one)),
            (json!({"_misskey_quote": one}), Some(one)),
            (
                json!({"tag": [{"type": "Hashtag", "href": two}, link("https://misskey-hub.net/ns#_misskey_quote")]}),
                Some(one),
            ),
            (json!({"tag": link("https://w3id.org/fep/044f#quote")}), Some(one)),
            (json!({"tag": link("canonical")}), None),
            (json!({"quote": "javascript:alert(1)"}), None),
            (json!({"quote": null}), None),
        ] {
            let found = quoted(document.as_object().unwrap());
            assert_eq!(found.as_ref().map(Url::as_str), expected, "{document}");
        }
    }

    /// T108
    #[test]
    fn leave_names_both() {
        let (quoting, quoted) = (url("https://far.example/1"), url(&format!("{BOB}/1")));
        let good = json!({"type": "QuoteAuthorization", "id": format!("{BOB}/stamps/1"), "attributedTo": BOB,
            "interactingObject": quoting, "interactionTarget": quoted});
        let allows = |key: &str, value: Value| {
            let mut document = good.clone();
            document[key] = value;
            Authorization::parse(document.to_string().as_bytes())
                .is_ok_and(|found| found.allows_quote(&url(BOB), &quoting, &quoted))
        };
        assert!(allows("other", json!(1)));
        for (key, value) in [
            ("type", json!("LikeAuthorization")),
            ("id", json!("https://evil.example/stamps/1")),
            ("attributedTo", json!("https://remote.example/users/carol")),
            ("interactingObject", json!("https://far.example/2")),
            ("interactionTarget", json!(format!("{BOB}/2"))),
            ("interactingObject", json!(null)),
        ] {
            assert!(!allows(key, value.clone()), "{key} {value}");
        }
    }

    #[test]
    fn bearcaps() {
        for (text, expected) in [
            ("bear:?t=abc-1&u=https://remote.example/notes/1", true),
            ("bear:?u=https%3A%2F%2Fremote.example%2Fnotes%2F1&t=abc-1", true),
            ("bear:?t=a%0Ab&u=https://remote.example/1", false),
            ("bear:?t=&u=https://remote.example/1", false),
            ("bear:?t=a&u=file:///etc/passwd", false),
            ("bear:?u=https://remote.example/1", false),
            ("https://remote.example/?t=a&u=https://remote.example/1", false),
        ] {
            let found = Bearcap::read(text);
            assert_eq!(found.is_some(), expected, "{text}");
            assert!(!format!("{found:?}").contains("abc-1"), "tokens are not shown");
        }
    }
}
