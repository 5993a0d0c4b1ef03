//! Our collections: outboxes, followers, pinned statuses, replies.

use activitypub_federation::{
    kinds::collection::{
        CollectionPageType, CollectionType, OrderedCollectionPageType, OrderedCollectionType,
    },
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

/// The only page of an unordered collection.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionPage<T = String> {
    pub id: String,
    #[serde(rename = "type")]
    kind: CollectionPageType,
    pub part_of: String,
    pub items: Vec<T>,
}

impl<T> CollectionPage<T> {
    pub fn new(of: &str, items: Vec<T>) -> Self {
        Self {
            id: format!("{of}?page=true"),
            kind: CollectionPageType::CollectionPage,
            part_of: of.to_owned(),
            items,
        }
    }

    /// As a document of its own; it may carry statuses.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::note())
    }
}

/// A collection of which only the size is told (`likes`, `shares`), and maybe where it begins (`replies`).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionSummary {
    pub id: String,
    #[serde(rename = "type")]
    kind: CollectionType,
    pub total_items: u64,
    /// The first page, where there is something to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
}

impl CollectionSummary {
    pub fn new(id: impl Into<String>, total_items: u64) -> Self {
        Self { id: id.into(), kind: CollectionType::Collection, total_items, first: None }
    }

    /// One whose items are on one page.
    pub fn with_page(id: impl Into<String>, total_items: u64) -> Self {
        let mut collection = Self::new(id, total_items);
        collection.first = Some(format!("{}?page=true", collection.id));
        collection
    }

    /// As a document of its own.
    pub fn document(self) -> WithContext<Self> {
        WithContext::new(self, context::plain())
    }
}
