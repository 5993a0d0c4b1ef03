//! What arrives in an inbox.

use serde_json::Value;
use tintype_model::{Interaction, Millis};
use url::Url;

use super::{
    Actor, Audience, Bearcap, Emoji, Instrument, Note, ParseError, Tags,
    actor::ActorKind,
    interaction,
    json::{self, Document},
    note::NoteKind,
};
use crate::limits;

/// An activity: who says that they did what. Not yet checked is whether they may.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(try_from = "Value")]
pub struct IncomingActivity {
    /// Where `named` is false, the actor's id with the type as its fragment: a place to start from, not a name.
    pub id: Url,
    /// Whether it came with an id.
    pub named: bool,
    pub actor: Url,
    pub verb: Verb,
    pub audience: Audience,
    pub published: Option<Millis>,
    pub updated: Option<Millis>,
    /// What came of it: of an Accept, the id of what allows the thing.
    pub result: Option<Url>,
}

/// What was done. A thing that was only named is its id; what was sent along is read as far as the verb needs it.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// Asks to follow an actor.
    Follow {
        object: Url,
    },
    /// Answers an activity of ours, nearly always a Follow.
    Accept(Inner),
    /// Refuses one, or takes an Accept back.
    Reject(Inner),
    /// Takes an activity of the actor's own back.
    Undo(Inner),
    /// GoToSocial sends several votes at once, everybody else one object.
    Create(Vec<Object>),
    Update(Object),
    /// A status or the actor itself; whether it came as an id or as a `Tombstone` makes no difference.
    Delete {
        object: Url,
    },
    /// `content` is the emoji where some servers react with one, `emoji` the picture if it is a custom one.
    Like {
        object: Url,
        content: Option<String>,
        emoji: Option<Emoji>,
    },
    /// FEP-c0e0.
    EmojiReact {
        object: Url,
        content: Option<String>,
        emoji: Option<Emoji>,
    },
    /// Boosts a status. What is embedded is not read: only the origin may say what the status is.
    Announce {
        object: Url,
    },
    /// Passes somebody's activity on: a community does so with all that happens in it (FEP-1b12).
    PassOn {
        carried: Box<IncomingActivity>,
    },
    Block {
        object: Url,
    },
    /// A report: an account and its statuses, with a comment.
    Flag {
        objects: Vec<Url>,
        content: Option<String>,
    },
    /// The actor `object` lives at `target` now.
    Move {
        object: Url,
        target: Url,
    },
    /// Puts a status into one of the actor's collections, the pinned ones say.
    Add {
        object: Url,
        target: Url,
    },
    Remove {
        object: Url,
        target: Url,
    },
    /// Shows a hashtag on the actor's profile, or shows it no longer. Hashtags have no id.
    ShowTag {
        /// Without the `#`.
        tag: String,
        target: Url,
        shown: bool,
    },
    /// Asks whether a status may be liked, answered, boosted or quoted so.
    Request {
        what: Interaction,
        object: Url,
        instrument: Box<Instrument>,
    },
    /// Something we have no use for; its type.
    Other(String),
}

/// An activity inside another one, by its id, by what it says, or both.
#[derive(Debug, Clone, PartialEq)]
pub struct Inner {
    pub id: Option<Url>,
    /// `Follow`, `Like` …; absent when only the id was sent.
    pub kind: Option<String>,
    pub actor: Option<Url>,
    /// The id of what that activity was about.
    pub object: Option<Url>,
    /// The id of what it was done with: of a request, what is asked for.
    pub instrument: Option<Url>,
}

/// A thing an activity is about, or a fetched document.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    /// Named only.
    Id(Url),
    /// Named, with what opens it.
    Bearcap(Box<Bearcap>),
    Note(Box<Note>),
    Actor(Box<Actor>),
    /// It is gone.
    Tombstone {
        id: Url,
    },
    /// An unknown type, or a known one without what it needs.
    Other {
        id: Option<Url>,
        kind: Option<String>,
    },
}

impl Object {
    /// The id, whatever it is.
    pub fn id(&self) -> Option<&Url> {
        match self {
            Self::Id(id) | Self::Tombstone { id } => Some(id),
            Self::Bearcap(cap) => Some(&cap.url),
            Self::Note(note) => Some(&note.id),
            Self::Actor(actor) => Some(&actor.id),
            Self::Other { id, .. } => id.as_ref(),
        }
    }

    pub(super) fn read(value: &Value) -> Self {
        match value {
            Value::Object(document) => Self::read_map(document),
            Value::String(text) if text.starts_with("bear:") => Bearcap::read(text)
                .map_or(Self::Other { id: None, kind: None }, |cap| Self::Bearcap(Box::new(cap))),
            _ => json::id(value).map_or(Self::Other { id: None, kind: None }, Self::Id),
        }
    }

    pub(super) fn read_map(document: &Document) -> Self {
        let id = json::only_id(document, "id");
        let Some(kind) = json::kind(document) else {
            return id.map_or(Self::Other { id: None, kind: None }, Self::Id);
        };
        let known = if NoteKind::from_name(kind).is_some() {
            Note::read(document).ok().map(|note| Self::Note(Box::new(note)))
        } else if ActorKind::from_name(kind).is_some() {
            Actor::read(document).ok().map(|actor| Self::Actor(Box::new(actor)))
        } else if kind == "Tombstone" {
            id.clone().map(|id| Self::Tombstone { id })
        } else {
            None
        };
        known.unwrap_or_else(|| Self::Other { id, kind: Some(kind.to_owned()) })
    }
}

impl IncomingActivity {
    /// # Errors
    /// [`ParseError::Property`] without id (which `Add` and `Remove` may lack), type, exactly one actor, or what the type
    /// needs.
    pub(super) fn read(document: &Document) -> Result<Self, ParseError> {
        let kind = json::kind(document).ok_or(ParseError::Property("type"))?;
        let actor = json::only_id(document, "actor").ok_or(ParseError::Property("actor"))?;
        // Mastodon gives its Add and Remove no id at all; WriteFreely gives what happens to a thing the thing's own.
        let nameless = match kind {
            "Add" | "Remove" => !document.contains_key("id"),
            "Create" | "Update" | "Delete" => {
                let id = json::only_id(document, "id");
                id.is_some() && id == json::only_id(document, "object") && id.as_ref() != Some(&actor)
            }
            _ => false,
        };
        let id = if nameless {
            let mut id = actor.clone();
            id.set_fragment(Some(&kind.to_lowercase()));
            Some(id)
        } else {
            json::only_id(document, "id")
        };
        Ok(Self {
            id: id.ok_or(ParseError::Property("id"))?,
            named: !nameless,
            actor,
            verb: Verb::read(kind, document)?,
            audience: Audience::read(document),
            published: json::time(document, "published"),
            updated: json::time(document, "updated"),
            result: json::only_id(document, "result"),
        })
    }
}

impl TryFrom<Value> for IncomingActivity {
    type Error = ParseError;

    fn try_from(value: Value) -> Result<Self, ParseError> {
        value.as_object().ok_or(ParseError::NotAnObject).and_then(Self::read)
    }
}

impl Verb {
    fn read(kind: &str, document: &Document) -> Result<Self, ParseError> {
        const OBJECT: ParseError = ParseError::Property("object");
        let object = || json::only_id(document, "object").ok_or(OBJECT);
        let target = || json::only_id(document, "target").ok_or(ParseError::Property("target"));
        let content = || json::text(document, "content", limits::get().summary_bytes);
        // Misskey says it in a word of its own.
        let reaction = || {
            let say = |key| json::text(document, key, limits::get().shortcode_bytes + 2);
            say("content").or_else(|| say("_misskey_reaction"))
        };
        let emoji = || Tags::read(document).emojis.into_iter().next();
        let inner = || json::only(document.get("object")).and_then(Inner::read).ok_or(OBJECT);
        Ok(match kind {
            "Follow" => Self::Follow { object: object()? },
            "Accept" => Self::Accept(inner()?),
            "Reject" => Self::Reject(inner()?),
            "Undo" => Self::Undo(inner()?),
            "Create" => {
                let objects = json::many(document.get("object")).iter().take(limits::get().objects);
                let objects: Vec<Object> = objects.map(Object::read).collect();
                if objects.is_empty() {
                    return Err(OBJECT);
                }
                Self::Create(objects)
            }
            "Update" => Self::Update(json::only(document.get("object")).map(Object::read).ok_or(OBJECT)?),
            "Delete" => Self::Delete { object: object()? },
            "Like" => Self::Like { object: object()?, content: reaction(), emoji: emoji() },
            "EmojiReact" => Self::EmojiReact { object: object()?, content: reaction(), emoji: emoji() },
            "Announce" => match passed_on(document) {
                Some(carried) => Self::PassOn { carried: Box::new(carried) },
                None => Self::Announce { object: object()? },
            },
            // From somewhere, such as a community: that is between those two.
            "Block"
                if json::only_id(document, "target") != json::only_id(document, "actor")
                    && document.get("target").is_some_and(|target| !target.is_null()) =>
            {
                Self::Other(kind.to_owned())
            }
            "Block" => Self::Block { object: object()? },
            "Flag" => {
                let objects = json::many(document.get("object")).iter().take(limits::get().objects);
                let objects: Vec<Url> = objects.filter_map(json::id).collect();
                if objects.is_empty() {
                    return Err(OBJECT);
                }
                // Lemmy's reason is the summary.
                let reason = || json::text(document, "summary", limits::get().summary_bytes);
                Self::Flag { objects, content: content().or_else(reason) }
            }
            "Move" => Self::Move { object: object()?, target: target()? },
            "Add" | "Remove"
                if let (Some(tag), Ok(target)) = (json::hashtag(document.get("object")), target()) =>
            {
                Self::ShowTag { tag, target, shown: kind == "Add" }
            }
            "Add" | "Remove" => match (object(), target()) {
                (Ok(object), Ok(target)) if kind == "Add" => Self::Add { object, target },
                (Ok(object), Ok(target)) => Self::Remove { object, target },
                _ => Self::Other(kind.to_owned()),
            },
            other => match (interaction::question(other), json::only(document.get("instrument"))) {
                (Some(what), Some(instrument)) => {
                    const INSTRUMENT: ParseError = ParseError::Property("instrument");
                    let instrument = Box::new(Instrument::read(instrument).ok_or(INSTRUMENT)?);
                    Self::Request { what, object: object()?, instrument }
                }
                _ => Self::Other(other.to_owned()),
            },
        })
    }
}

/// The activity inside an Announce, if it is one and not a status.
fn passed_on(document: &Document) -> Option<IncomingActivity> {
    let inner = json::only(document.get("object"))?.as_object()?;
    let known = [
        "Create",
        "Update",
        "Delete",
        "Undo",
        "Like",
        "Dislike",
        "EmojiReact",
        "Add",
        "Remove",
        "Lock",
        "Block",
        "Flag",
    ];
    if !json::kind(inner).is_some_and(|kind| known.contains(&kind)) {
        return None;
    }
    IncomingActivity::read(inner).ok()
}

impl Inner {
    fn read(value: &Value) -> Option<Self> {
        let Value::Object(document) = value else {
            let id = Some(json::id(value)?);
            return Some(Self { id, kind: None, actor: None, object: None, instrument: None });
        };
        let inner = Self {
            id: json::only_id(document, "id"),
            kind: json::kind(document).map(str::to_owned),
            actor: json::only_id(document, "actor"),
            object: json::only_id(document, "object"),
            instrument: json::only_id(document, "instrument"),
        };
        (inner.id.is_some() || inner.object.is_some()).then_some(inner)
    }
}
