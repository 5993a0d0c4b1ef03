//! Questions, whether something may be done with a status, their answers, and what says that it may; in the words of FEP-044f
//! and of `GoToSocial` (<https://docs.gotosocial.org/en/latest/federation/interaction_controls/>).

use activitypub_federation::{kinds::kind, protocol::context::WithContext};
use serde::Serialize;
use tintype_model::Interaction;

use super::{PUBLIC, context};

kind!(LinkType, Link);

/// Asks whether `instrument` may be done with the status `object`.
#[derive(Debug, Clone, Serialize)]
pub struct Request<T> {
    pub id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    pub actor: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    pub object: String,
    pub instrument: T,
}

impl<T> Request<T> {
    pub fn new(
        what: Interaction,
        id: impl Into<String>,
        actor: impl Into<String>,
        object: impl Into<String>,
        instrument: T,
    ) -> Self {
        Self {
            id: id.into(),
            kind: match what {
                Interaction::Favourite => "LikeRequest",
                Interaction::Reply => "ReplyRequest",
                Interaction::Reblog => "AnnounceRequest",
                Interaction::Quote => "QuoteRequest",
            },
            actor: actor.into(),
            to: Vec::new(),
            object: object.into(),
            instrument,
        }
    }

    /// As a document of its own.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::note())
    }
}

/// Answers a [`Request`]: `Accept` with what allows it as its `result`, or `Reject`.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    pub id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    pub actor: String,
    pub to: Vec<String>,
    pub object: Request<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

impl Answer {
    pub fn new(
        id: impl Into<String>,
        actor: impl Into<String>,
        request: Request<String>,
        result: Option<String>,
    ) -> Self {
        Self {
            id: id.into(),
            kind: if result.is_some() { "Accept" } else { "Reject" },
            actor: actor.into(),
            to: vec![request.actor.clone()],
            object: request,
            result,
        }
    }

    /// As a document of its own.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::note())
    }
}

/// Says that something may be done with a status. Names both, and shows neither.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorization {
    pub id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    pub attributed_to: String,
    pub interacting_object: String,
    pub interaction_target: String,
}

impl Authorization {
    pub fn new(
        what: Interaction,
        id: impl Into<String>,
        attributed_to: impl Into<String>,
        interacting_object: impl Into<String>,
        interaction_target: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            kind: match what {
                Interaction::Favourite => "LikeAuthorization",
                Interaction::Reply => "ReplyAuthorization",
                Interaction::Reblog => "AnnounceAuthorization",
                Interaction::Quote => "QuoteAuthorization",
            },
            attributed_to: attributed_to.into(),
            interacting_object: interacting_object.into(),
            interaction_target: interaction_target.into(),
        }
    }

    /// As a document of its own.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::note())
    }
}

/// Who may do what with a status.
#[derive(Debug, Clone, Serialize)]
pub struct InteractionPolicy {
    #[serde(rename = "canLike")]
    like: Entries,
    #[serde(rename = "canReply")]
    reply: Entries,
    #[serde(rename = "canAnnounce")]
    announce: Entries,
    #[serde(rename = "canQuote")]
    quote: Entries,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entries {
    automatic_approval: Vec<String>,
}

impl InteractionPolicy {
    /// Everybody who sees it likes and answers it. `announce` and `quote`: who boosts and quotes it; nobody is its author
    /// alone.
    pub fn new(announce: Vec<String>, quote: Vec<String>) -> Self {
        let everybody = || Entries { automatic_approval: vec![PUBLIC.to_owned()] };
        Self {
            like: everybody(),
            reply: everybody(),
            announce: Entries { automatic_approval: announce },
            quote: Entries { automatic_approval: quote },
        }
    }
}

/// The same in Pixelfed's words; null is nobody.
#[derive(Debug, Clone, Serialize)]
pub struct Capabilities {
    pub announce: Option<&'static str>,
    pub like: Option<&'static str>,
    pub reply: Option<&'static str>,
}

/// What a status quotes, in four words: FEP-044f's, Fedibird's and Misskey's, for those who know but one.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quoting {
    quote: String,
    quote_uri: String,
    #[serde(rename = "_misskey_quote")]
    misskey_quote: String,
    /// What allows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    quote_authorization: Option<String>,
}

impl Quoting {
    pub fn new(quoted: &str, authorization: Option<String>) -> Self {
        let quoted = quoted.to_owned();
        Self {
            quote: quoted.clone(),
            quote_uri: quoted.clone(),
            misskey_quote: quoted,
            quote_authorization: authorization,
        }
    }
}

/// Who may do what with a status, and what allowed it to answer what it answers.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Permissions {
    pub interaction_policy: InteractionPolicy,
    pub capabilities: Capabilities,
    pub comments_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_authorization: Option<String>,
    /// The same, in the word of before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
}

/// A link to what is quoted (FEP-e232).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuoteLink {
    #[serde(rename = "type")]
    kind: LinkType,
    media_type: &'static str,
    rel: &'static str,
    pub href: String,
}

impl QuoteLink {
    pub fn new(href: impl Into<String>) -> Self {
        Self {
            kind: LinkType::Link,
            media_type: "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
            rel: "https://misskey-hub.net/ns#_misskey_quote",
            href: href.into(),
        }
    }
}
