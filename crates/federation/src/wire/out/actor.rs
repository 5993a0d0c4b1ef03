//! Our actors.

use activitypub_federation::{
    kinds::{kind, object::ImageType},
    protocol::{context::WithContext, public_key::PublicKey},
};
use serde::Serialize;

use super::context;
use crate::wire::ActorKind;

kind!(PropertyValueType, PropertyValue);
kind!(MultikeyType, Multikey);

/// An account, or the instance itself (`Application`).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: ActorKind,
    pub preferred_username: String,
    pub name: String,
    /// The biography, HTML.
    pub summary: String,
    /// The profile page.
    pub url: String,
    pub inbox: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbox: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followers: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub following: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featured: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featured_tags: Option<String>,
    pub endpoints: Endpoints,
    pub public_key: PublicKey,
    /// Keys that object integrity proofs are made with (FEP-521a).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assertion_method: Vec<Multikey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Picture>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Picture>,
    pub manually_approves_followers: bool,
    pub discoverable: bool,
    pub indexable: bool,
    /// Hidden by those who run the instance; said only when it is so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    pub attachment: Vec<PropertyValue>,
    pub tag: Vec<super::Tag>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_known_as: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
    /// The handle (FEP-2c59): `alice@local.example`.
    pub webfinger: String,
    /// Websites that may name the account as their author.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attribution_domains: Vec<String>,
}

impl Actor {
    /// As a document of its own.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::actor())
    }
}

/// What an unsigned request gets to see of an actor: enough to check our signatures and to answer us.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActorStub {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: ActorKind,
    pub preferred_username: String,
    pub inbox: String,
    pub public_key: PublicKey,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assertion_method: Vec<Multikey>,
}

impl ActorStub {
    /// As a document of its own.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::actor())
    }
}

/// A public key of some kind that its own text tells (<https://www.w3.org/TR/cid/#Multikey>).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Multikey {
    pub id: String,
    #[serde(rename = "type")]
    kind: MultikeyType,
    pub controller: String,
    pub public_key_multibase: String,
}

impl Multikey {
    pub fn new(id: impl Into<String>, controller: impl Into<String>, public: String) -> Self {
        Self {
            id: id.into(),
            kind: MultikeyType::Multikey,
            controller: controller.into(),
            public_key_multibase: public,
        }
    }
}

/// Places shared by everyone here.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoints {
    pub shared_inbox: String,
}

/// An avatar or a header.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    #[serde(rename = "type")]
    kind: ImageType,
    pub media_type: String,
    pub url: String,
    /// The alternative text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Picture {
    pub fn new(url: impl Into<String>, media_type: impl Into<String>, name: Option<String>) -> Self {
        Self { kind: ImageType::Image, media_type: media_type.into(), url: url.into(), name }
    }
}

/// A row of the table on a profile; the value is HTML.
#[derive(Debug, Clone, Serialize)]
pub struct PropertyValue {
    #[serde(rename = "type")]
    kind: PropertyValueType,
    pub name: String,
    pub value: String,
}

impl PropertyValue {
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { kind: PropertyValueType::PropertyValue, name: name.into(), value: value.into() }
    }
}
