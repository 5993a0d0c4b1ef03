//! What makes a status a poll: its options and its end.

use serde_json::Value;
use tintype_model::Millis;

use super::json::{self, Document};
use crate::limits;

/// The poll of a `Question`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Whether one may choose several (`anyOf`).
    pub multiple: bool,
    /// Texts and votes, in order.
    pub options: Vec<(String, u64)>,
    /// When it ends, or ended: `closed`, where that is a date (of Pleroma in the future, too), or `endTime`.
    pub ends: Option<Millis>,
    /// Nobody may vote any more, whatever `ends` says: `closed` is true.
    pub closed: bool,
    /// How many took part; not everybody says it.
    pub voters: Option<u64>,
}

impl Question {
    /// `None` where there is nothing to choose.
    pub(super) fn read(document: &Document) -> Option<Self> {
        let any = options(document, "anyOf");
        let (multiple, options) =
            if any.is_empty() { (false, options(document, "oneOf")) } else { (true, any) };
        if options.is_empty() {
            return None;
        }
        let closed = document.get("closed");
        let closed_at = json::time(document, "closed");
        Some(Self {
            multiple,
            options,
            ends: closed_at.or_else(|| json::time(document, "endTime")),
            closed: closed == Some(&Value::Bool(true)),
            voters: json::count(document, "votersCount"),
        })
    }
}

fn options(document: &Document, key: &str) -> Vec<(String, u64)> {
    json::many(document.get(key))
        .iter()
        .take(limits::get().poll_options)
        .filter_map(Value::as_object)
        .filter_map(|option| {
            let (name, _) = json::localised(option, "name", "nameMap", limits::get().poll_option_bytes);
            let replies = option.get("replies").and_then(Value::as_object);
            let votes = replies.and_then(|replies| json::count(replies, "totalItems"));
            Some((name?.trim().to_owned(), votes.unwrap_or_default()))
        })
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Option<Question> {
        Question::read(value.as_object().unwrap())
    }

    fn option(name: &str, votes: u64) -> Value {
        json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}})
    }

    #[test]
    fn forms() {
        let end = "2026-11-22T00:00:00Z";
        let at = Millis::parse_rfc3339(end);
        let two = || json!([option("a", 2), {"name": "b"}]);
        let cases = [
            (json!({"oneOf": two(), "endTime": end, "votersCount": 2}), (false, at, false, Some(2))),
            (json!({"anyOf": two()}), (true, None, false, None)),
            (json!({"oneOf": two(), "anyOf": []}), (false, None, false, None)),
            (json!({"oneOf": two(), "closed": true, "endTime": end}), (false, at, true, None)),
            (json!({"oneOf": two(), "closed": true}), (false, None, true, None)),
            (json!({"oneOf": two(), "closed": false, "endTime": end}), (false, at, false, None)),
            (json!({"oneOf": two(), "closed": end}), (false, at, false, None)),
            (json!({"oneOf": two(), "endTime": "soon", "votersCount": -1}), (false, None, false, None)),
        ];
        for (value, expected) in cases {
            let poll = read(&value).unwrap();
            assert_eq!((poll.multiple, poll.ends, poll.closed, poll.voters), expected, "{value}");
            assert_eq!(poll.options, [("a".to_owned(), 2), ("b".to_owned(), 0)], "{value}");
        }
        for value in [json!({}), json!({"oneOf": []}), json!({"oneOf": [{"name": " "}, "x", 7, null]})] {
            assert_eq!(read(&value), None, "{value}");
        }
        let alone = read(&json!({"oneOf": option("only", 1)})).unwrap();
        assert_eq!(alone.options, [("only".to_owned(), 1)], "one alone is no array");
    }

    /// T064: a hundred thousand options, each a megabyte long.
    #[test]
    fn caps() {
        let poll = read(&json!({"oneOf": vec![option("x", u64::MAX); 100_000]})).unwrap();
        assert_eq!(poll.options.len(), limits::get().poll_options);
        assert_eq!(poll.options[0].1, limits::get().total_items);
        let poll = read(&json!({"oneOf": [option(&"x".repeat(1_000_000), 1)]})).unwrap();
        assert_eq!(poll.options[0].0.len(), limits::get().poll_option_bytes);
    }
}
