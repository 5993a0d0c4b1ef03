//! Statuses: `Note`, and what can be shown like one.

use activitypub_federation::kinds;
use serde_json::Value;
use tintype_model::Millis;
use url::Url;

use super::{
    Attachment, Audience, Collection, InteractionPolicy, ParseError, Question, Tags, attachment, interaction,
    json::{self, Document},
};
use crate::limits;

/// The types that become a status (Mastodon's documentation, "ActivityPub", converts the same ones).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    Note,
    Article,
    Page,
    Image,
    Video,
    Audio,
    Event,
    /// A poll.
    Question,
    /// A word between two, as Pleroma and Lemmy send them.
    ChatMessage,
}

impl NoteKind {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            // Three of BookWyrm's own among them, and below its Review.
            "Note" | "Comment" | "Quotation" | "GeneratedNote" => Self::Note,
            "Article" | "Review" => Self::Article,
            "Page" => Self::Page,
            "Image" => Self::Image,
            "Video" => Self::Video,
            "Audio" => Self::Audio,
            "Event" => Self::Event,
            "Question" => Self::Question,
            "ChatMessage" => Self::ChatMessage,
            _ => return None,
        })
    }
}

/// `totalItems` of a status's collections, as claimed by its origin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    pub replies: Option<u64>,
    pub likes: Option<u64>,
    pub shares: Option<u64>,
}

/// A status. Texts are as they came: `content` is HTML nobody has sanitised yet.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(try_from = "Value")]
pub struct Note {
    pub id: Url,
    pub kind: NoteKind,
    /// The author; the person, where a group is named too (PeerTube).
    pub attributed_to: Url,
    pub audience: Audience,
    pub content: Option<String>,
    /// From `contentMap`, when it says which language `content` is in.
    pub language: Option<String>,
    /// A title, or the choice when this is a vote.
    pub name: Option<String>,
    /// The content warning, plain text.
    pub summary: Option<String>,
    pub sensitive: bool,
    pub in_reply_to: Option<Url>,
    pub published: Option<Millis>,
    pub updated: Option<Millis>,
    /// The page for people. On another origin than `id` it is for display only.
    pub url: Option<Url>,
    pub tags: Tags,
    pub attachments: Vec<Attachment>,
    /// Pages that it leads to, where they are attached.
    pub links: Vec<Url>,
    /// Whether `content` is no HTML (`mediaType`).
    pub plain: bool,
    /// When an event begins, and where it is.
    pub starts: Option<Millis>,
    pub place: Option<String>,
    /// `conversation` or `context`; need not be a URL.
    pub conversation: Option<String>,
    /// What a `Question` asks.
    pub poll: Option<Question>,
    /// The collection of replies.
    pub replies: Option<Url>,
    /// The same, where it was sent along. Believe it on its own origin only.
    pub replies_inline: Option<Box<Collection>>,
    pub totals: Totals,
    /// What it quotes.
    pub quote: Option<Url>,
    /// What is said to allow that.
    pub quote_authorization: Option<Url>,
    /// Who may do what with it.
    pub policy: Option<InteractionPolicy>,
}

impl Note {
    /// # Errors
    /// [`ParseError::Kind`] for another type, [`ParseError::Property`] without id or author.
    pub(super) fn read(document: &Document) -> Result<Self, ParseError> {
        let kind = json::kind(document).and_then(NoteKind::from_name).ok_or(ParseError::Kind)?;
        let id = json::only_id(document, "id").ok_or(ParseError::Property("id"))?;
        // An old ChatMessage says only who sent it.
        let author = author(document).or_else(|| json::only_id(document, "actor"));
        let attributed_to = author.ok_or(ParseError::Property("attributedTo"))?;
        let (content, language) =
            json::localised(document, "content", "contentMap", limits::get().content_bytes);
        let (summary, _) = json::localised(document, "summary", "summaryMap", limits::get().summary_bytes);
        let (name, _) = json::localised(document, "name", "nameMap", limits::get().summary_bytes);
        Ok(Self {
            id,
            kind,
            attributed_to,
            audience: Audience::read(document),
            content,
            language: language.or_else(|| json::language(document)),
            name,
            summary,
            sensitive: json::flag(document, "sensitive"),
            in_reply_to: json::first_id(document, "inReplyTo"),
            published: json::time(document, "published"),
            updated: json::time(document, "updated"),
            url: json::page_url(document.get("url")),
            tags: Tags::read(document),
            attachments: attachment::pictures(document, kind),
            links: attachment::links(document),
            plain: document
                .get("mediaType")
                .and_then(Value::as_str)
                .is_some_and(|kind| kind.starts_with("text/") && !kind.starts_with("text/html")),
            starts: json::time(document, "startTime"),
            place: document
                .get("location")
                .and_then(|place| json::only(Some(place)))
                .and_then(Value::as_object)
                .and_then(|place| json::text(place, "name", limits::get().name_bytes)),
            conversation: ["conversation", "context"]
                .iter()
                .find_map(|key| json::text(document, key, limits::get().conversation_bytes)),
            poll: (kind == NoteKind::Question).then(|| Question::read(document)).flatten(),
            replies: json::only_id(document, "replies"),
            replies_inline: document
                .get("replies")
                .and_then(Value::as_object)
                .and_then(|replies| Collection::read(replies, true).ok())
                .map(Box::new),
            totals: Totals {
                replies: total(document, "replies"),
                likes: total(document, "likes"),
                shares: total(document, "shares"),
            },
            quote: interaction::quoted(document),
            quote_authorization: json::only_id(document, "quoteAuthorization"),
            policy: InteractionPolicy::read(document),
        })
    }
}

impl TryFrom<Value> for Note {
    type Error = ParseError;

    fn try_from(value: Value) -> Result<Self, ParseError> {
        value.as_object().ok_or(ParseError::NotAnObject).and_then(Self::read)
    }
}

fn author(document: &Document) -> Option<Url> {
    let values = json::many(document.get("attributedTo"));
    let person = kinds::actor::PersonType::Person.to_string();
    let is_person = |value: &&Value| value.as_object().and_then(json::kind) == Some(person.as_str());
    values.iter().find(is_person).and_then(json::id).or_else(|| values.iter().find_map(json::id))
}

fn total(document: &Document, key: &str) -> Option<u64> {
    json::count(document.get(key)?.as_object()?, "totalItems")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(key: &str, value: Value) -> Note {
        let mut note = json!({"id": "https://remote.example/1", "type": "Note",
                              "attributedTo": "https://remote.example/users/bob"});
        note[key] = value;
        Note::try_from(note).unwrap()
    }

    #[test]
    fn what_it_needs() {
        let bob = "https://remote.example/users/bob";
        let cases = [
            (json!({"id": "https://remote.example/1", "type": "Note", "attributedTo": bob}), None),
            (json!({"id": "https://remote.example/1", "type": ["Note"], "attributedTo": [bob]}), None),
            (json!({"id": "tag:remote.example", "type": "Note", "attributedTo": bob}), Some("id")),
            (json!({"type": "Note", "attributedTo": bob}), Some("id")),
            (json!({"id": "https://remote.example/1", "type": "Note"}), Some("attributedTo")),
        ];
        for (value, missing) in cases {
            let error = Note::try_from(value.clone()).err();
            assert_eq!(error, missing.map(ParseError::Property), "{value}");
        }
        assert_eq!(Note::try_from(json!({"type": "Person"})).err(), Some(ParseError::Kind));
        assert_eq!(Note::try_from(json!([])).err(), Some(ParseError::NotAnObject));
    }

    #[test]
    fn authors() {
        let bob = "https://remote.example/users/bob";
        for value in [
            json!(bob),
            json!({"id": bob}),
            json!([bob, "https://remote.example/groups/g"]),
            json!([{"type": "Group", "id": "https://remote.example/groups/g"}, {"type": "Person", "id": bob}]),
        ] {
            assert_eq!(with("attributedTo", value.clone()).attributed_to.as_str(), bob, "{value}");
        }
    }

    #[test]
    fn wrong_properties_are_absent() {
        assert_eq!(with("content", json!({"a": 1})).content, None);
        assert_eq!(with("published", json!("yesterday")).published, None);
        assert_eq!(with("inReplyTo", json!(null)).in_reply_to, None);
        assert_eq!(
            with("inReplyTo", json!([{"id": "https://a.example/1"}])).in_reply_to.unwrap().as_str(),
            "https://a.example/1"
        );
        assert!(!with("sensitive", json!("yes")).sensitive);
        assert_eq!(with("url", json!("javascript:alert(1)")).url, None);
        assert_eq!(with("likes", json!({"totalItems": -4})).totals.likes, None);
        assert_eq!(with("replies", json!("https://remote.example/1/replies")).totals.replies, None);
    }

    /// T064: long properties are cut.
    #[test]
    fn long_texts() {
        let note = with("content", json!("é".repeat(limits::get().content_bytes)));
        assert_eq!(note.content.map(|text| text.len()), Some(limits::get().content_bytes));
        let note = with("summary", json!("x".repeat(1_000_000)));
        assert_eq!(note.summary.map(|text| text.len()), Some(limits::get().summary_bytes));
    }
}
