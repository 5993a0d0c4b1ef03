//! Collections of others: outboxes, pinned statuses, replies, followers.

use serde_json::Value;
use url::Url;

use super::{
    Object, ParseError,
    json::{self, Document},
};
use crate::limits;

/// A collection, or one page of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Collection {
    /// Pages are sometimes nameless.
    pub id: Option<Url>,
    /// Clamped to [`Limits::total_items`](crate::limits::Limits::total_items).
    pub total_items: Option<u64>,
    pub first: Option<First>,
    /// Worth following on the collection's own origin only, and at most [`Limits::collection_pages`](crate::limits::Limits::collection_pages) times.
    pub next: Option<Url>,
    /// At most [`Limits::collection_items`](crate::limits::Limits::collection_items).
    pub items: Vec<Item>,
    /// The names of hashtags among the items, which have no id.
    pub tags: Vec<String>,
}

/// Where a collection begins.
#[derive(Debug, Clone, PartialEq)]
pub enum First {
    Id(Url),
    Page(Box<Collection>),
}

/// Something in a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub id: Url,
    /// The thing itself, when it was more than its id. Believe it only on the collection's own origin.
    pub object: Option<Value>,
}

impl Item {
    /// Whether more than the id was sent.
    pub fn is_whole(&self) -> bool {
        self.object.is_some()
    }

    /// The embedded thing, read.
    pub fn object(&self) -> Option<Object> {
        self.object.as_ref().map(Object::read)
    }
}

impl Collection {
    /// Reads a fetched collection or page.
    ///
    /// # Errors
    /// When it is too large, too deep, or of another type.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        Self::read(&json::read(bytes)?, true)
    }

    pub(super) fn read(document: &Document, outermost: bool) -> Result<Self, ParseError> {
        let known = ["Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"];
        if !json::kind(document).is_some_and(|kind| known.contains(&kind)) {
            return Err(ParseError::Kind);
        }
        let first = match document.get("first") {
            // A page has no first page of its own that we would want.
            Some(Value::Object(page)) if outermost => {
                Self::read(page, false).ok().map(|page| First::Page(Box::new(page)))
            }
            Some(value) if outermost => json::id(value).map(First::Id),
            _ => None,
        };
        let items = ["orderedItems", "items"].iter().flat_map(|key| json::many(document.get(*key)));
        let tags = items
            .clone()
            .take(limits::get().collection_items)
            .filter_map(|tag| json::hashtag(Some(tag)))
            .collect();
        Ok(Self {
            tags,
            id: json::only_id(document, "id"),
            total_items: json::count(document, "totalItems"),
            first,
            next: json::only_id(document, "next"),
            items: items.take(limits::get().collection_items).filter_map(item).collect(),
        })
    }
}

fn item(value: &Value) -> Option<Item> {
    Some(Item { id: json::id(value)?, object: value.is_object().then(|| value.clone()) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: &Value) -> Result<Collection, ParseError> {
        Collection::parse(value.to_string().as_bytes())
    }

    #[test]
    fn forms() {
        let link = "https://remote.example/c?page=1";
        let linked = parse(&json!({"type": "OrderedCollection", "totalItems": 3, "first": link})).unwrap();
        assert_eq!((linked.total_items, linked.items.len()), (Some(3), 0));
        assert!(matches!(linked.first, Some(First::Id(url)) if url.as_str() == link));

        let page = json!({"type": "CollectionPage", "next": link, "first": link, "items": [
            "https://remote.example/1", {"id": "https://remote.example/2", "type": "Note"}, 7, {}]});
        let embedded = parse(&json!({"type": "Collection", "first": page})).unwrap();
        let Some(First::Page(page)) = embedded.first else { panic!("no page") };
        assert_eq!(page.next.as_ref().map(Url::as_str), Some(link));
        assert_eq!(page.first, None);
        let items: Vec<_> = page.items.iter().map(|item| (item.id.path(), item.object.is_some())).collect();
        assert_eq!(items, [("/1", false), ("/2", true)]);

        assert_eq!(parse(&json!({"type": "Note"})), Err(ParseError::Kind));
    }

    /// T061: endless and lying collections.
    #[test]
    fn caps() {
        let items = vec!["https://remote.example/1"; 10_000];
        let huge = parse(&json!({"type": "OrderedCollectionPage", "orderedItems": items, "items": items,
            "totalItems": 9_223_372_036_854_775_808_u64}))
        .unwrap();
        assert_eq!(huge.items.len(), limits::get().collection_items);
        assert_eq!(huge.total_items, Some(limits::get().total_items));
        let lying = parse(&json!({"type": "Collection", "totalItems": -1, "first": 7, "next": {}})).unwrap();
        assert_eq!((lying.total_items, lying.first, lying.next), (None, None, None));
    }
}
