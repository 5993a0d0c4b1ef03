//! What can be streamed, and its names.

use tintype_model::{Scopes, text};
use tintype_service::streams::Timeline;

/// Bytes of a hashtag that can be streamed; no post has a longer one.
const LONGEST_TAG: usize = 200;

/// A stream that somebody can follow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Channel {
    /// The home timeline and notifications.
    User,
    /// Notifications alone.
    Notifications,
    /// Public posts.
    Public {
        /// From here or elsewhere; `None`: both.
        local: Option<bool>,
        /// Only those with pictures.
        media: bool,
    },
    /// Public posts with a hashtag.
    Hashtag {
        /// As it was asked for.
        tag: String,
        /// Only from here.
        local: bool,
    },
}

/// Why a stream isn't opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is no such stream here.
    Unknown,
    /// A hashtag stream without a hashtag.
    NoTag,
    /// The token doesn't reach so far.
    Scope,
}

impl Refused {
    /// Status and sentence, for both doors.
    pub fn told(self) -> (u16, &'static str) {
        match self {
            Self::Unknown => (400, "Unknown stream type"),
            Self::NoTag => (400, "Missing tag name parameter"),
            Self::Scope => (401, "Access token does not have the required scopes"),
        }
    }
}

impl Channel {
    /// The stream of this name, if a token of these scopes opens it.
    pub fn open(name: &str, tag: Option<&str>, scopes: &Scopes) -> Result<Self, Refused> {
        let channel = Self::named(name, tag)?;
        let needed = if channel == Self::Notifications { "read:notifications" } else { "read:statuses" };
        if scopes.allow(needed) { Ok(channel) } else { Err(Refused::Scope) }
    }

    fn named(name: &str, tag: Option<&str>) -> Result<Self, Refused> {
        let (base, media) = match name.strip_suffix(":media") {
            Some(base) => (base, true),
            None => (name, false),
        };
        let tagged = |local| {
            let tag = tag.unwrap_or_default().trim().trim_start_matches('#');
            if tag.is_empty() || tag.len() > LONGEST_TAG {
                Err(Refused::NoTag)
            } else {
                Ok(Self::Hashtag { tag: tag.to_owned(), local })
            }
        };
        match (base, media) {
            ("user", false) => Ok(Self::User),
            ("user:notification", false) => Ok(Self::Notifications),
            ("public", media) => Ok(Self::Public { local: None, media }),
            ("public:local", media) => Ok(Self::Public { local: Some(true), media }),
            ("public:remote", media) => Ok(Self::Public { local: Some(false), media }),
            ("hashtag", false) => tagged(false),
            ("hashtag:local", false) => tagged(true),
            _ => Err(Refused::Unknown),
        }
    }

    /// Its name as a WebSocket frame carries it: two texts for a hashtag.
    pub fn name(&self) -> Vec<String> {
        match self {
            Self::User => vec!["user".to_owned()],
            Self::Notifications => vec!["user:notification".to_owned()],
            Self::Public { local, media } => {
                let origin = match local {
                    None => "public",
                    Some(true) => "public:local",
                    Some(false) => "public:remote",
                };
                vec![format!("{origin}{}", if *media { ":media" } else { "" })]
            }
            Self::Hashtag { tag, local } => {
                vec![if *local { "hashtag:local" } else { "hashtag" }.to_owned(), tag.clone()]
            }
        }
    }

    /// The timeline whose news it carries; `None` when it carries no statuses.
    pub fn timeline(&self) -> Option<Timeline> {
        match self {
            Self::User => Some(Timeline::Home),
            Self::Notifications => None,
            Self::Public { local, media } => Some(Timeline::Public {
                local: *local == Some(true),
                remote: *local == Some(false),
                only_media: *media,
            }),
            Self::Hashtag { tag, local } => {
                Some(Timeline::Tag { key: text::hashtag_key(tag), local: *local })
            }
        }
    }
}
