//! Our collections: outboxes, followers, pinned statuses, replies.

use activitypub_federation::{
    kinds::collection::{CollectionType, OrderedCollectionPageType, OrderedCollectionType},
    protocol::context::WithContext,
};
use serde::Serialize;

use super::context;

/// An ordered collection: newest first, in pages, or whole when it is short.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderedCollection<T = String> {
    pub id: String,
    #[serde(rename = "type")]
    kind: OrderedCollectionType,
    pub total_items: u64,
    /// The first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordered_items: Option<Vec<T>>,
}

impl<T> OrderedCollection<T> {
    /// One in pages; without `first` nobody may look inside.
    pub fn paged(id: impl Into<String>, total_items: u64, first: Option<String>) -> Self {
        Self {
            id: id.into(),
            kind: OrderedCollectionType::OrderedCollection,
            total_items,
            first,
            last: None,
            ordered_items: None,
        }
    }

    /// One with everything in it.
    pub fn whole(id: impl Into<String>, items: Vec<T>) -> Self {
        let mut collection = Self::paged(id, items.len() as u64, None);
        collection.ordered_items = Some(items);
        collection
    }

    /// As a document of its own; it may carry statuses.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::note())
    }
}

/// A page of an ordered collection.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderedCollectionPage<T = String> {
    pub id: String,
    #[serde(rename = "type")]
    kind: OrderedCollectionPageType,
    pub part_of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
    pub ordered_items: Vec<T>,
}

impl<T> OrderedCollectionPage<T> {
    pub fn new(id: impl Into<String>, part_of: impl Into<String>, ordered_items: Vec<T>) -> Self {
        Self {
            id: id.into(),
            kind: OrderedCollectionPageType::OrderedCollectionPage,
            part_of: part_of.into(),
            total_items: None,
            next: None,
            prev: None,
            ordered_items,
        }
    }

    /// As a document of its own; it may carry statuses.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::note())
    }
}

/// An unordered collection with everything in it: the replies of a status.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Collection<T = String> {
    pub id: String,
    #[serde(rename = "type")]
    kind: CollectionType,
    pub total_items: u64,
    pub items: Vec<T>,
}

impl<T> Collection<T> {
    pub fn new(id: impl Into<String>, items: Vec<T>) -> Self {
        Self { id: id.into(), kind: CollectionType::Collection, total_items: items.len() as u64, items }
    }

    /// As a document of its own; it may carry statuses.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::note())
    }
}

/// A collection of which only the size is told (`likes`, `shares`).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionSummary {
    pub id: String,
    #[serde(rename = "type")]
    kind: CollectionType,
    pub total_items: u64,
}

impl CollectionSummary {
    pub fn new(id: impl Into<String>, total_items: u64) -> Self {
        Self { id: id.into(), kind: CollectionType::Collection, total_items }
    }

    /// As a document of its own.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::plain())
    }
}
