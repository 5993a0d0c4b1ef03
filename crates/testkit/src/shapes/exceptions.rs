//! Where the checked shapes differ from the documented ones, entry by entry.

use serde_json::{Value, json};

/// One known error of the documentation.
pub struct Exception {
    /// JSON pointer into `shapes.json`.
    pub place: &'static str,
    /// What real servers answer.
    pub why: &'static str,
    /// Relaxes the shape. Changes something, or the entry is stale and its test fails.
    pub apply: fn(&mut Value),
}

/// Every relaxation. A test asserts how many there are.
pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        place: "/operations/DELETE ~1api~1v1~1statuses~1{id}/responses/200",
        why: "a deleted status carries its source in `text` and no `content`",
        apply: |document| {
            let mut deleted = at(document, "/schemas/Status").clone();
            not_required(&mut deleted, "content");
            insert(document, "/schemas", "DeletedStatus", deleted);
            let answers = "/operations/DELETE ~1api~1v1~1statuses~1{id}/responses";
            insert(document, answers, "200", json!({"$ref": "DeletedStatus"}));
        },
    },
    Exception {
        place: "/schemas/WebPushSubscription/properties/id",
        why: "a number in Mastodon's own answers",
        apply: |document| allow(document, "/schemas/WebPushSubscription/properties/id", "integer"),
    },
    Exception {
        place: "/schemas/WebPushSubscription/properties/alerts/required",
        why: "alerts that were never set are absent",
        apply: |document| {
            insert(document, "/schemas/WebPushSubscription/properties/alerts", "required", json!([]));
        },
    },
    Exception {
        place: "/schemas/ScheduledStatus/properties/params/properties/visibility",
        why: "null when the request named none",
        apply: |document| {
            allow(document, "/schemas/ScheduledStatus/properties/params/properties/visibility", "null");
        },
    },
    Exception {
        place: "/schemas/ValidationError/required",
        why: "`details` comes with a failed registration only; other errors are a bare `error`",
        apply: |document| not_required(at(document, "/schemas/ValidationError"), "details"),
    },
];

/// Keys that are documented as nullable or optional and yet must be present, because typed clients fail without them.
pub const PRESENT: &[(&str, &[&str])] = &[
    (
        "Status",
        &[
            "in_reply_to_id",
            "in_reply_to_account_id",
            "reblog",
            "poll",
            "card",
            "language",
            "edited_at",
            "url",
            "quote",
        ],
    ),
    ("MediaAttachment", &["url", "preview_url", "remote_url", "meta", "description", "blurhash"]),
    ("Relationship", &["languages"]),
];

/// Makes the keys of [`PRESENT`] required.
pub fn demand_more(document: &mut Value) {
    for (entity, keys) in PRESENT {
        let required = at(document, &format!("/schemas/{entity}/required"));
        if let Some(required) = required.as_array_mut() {
            required.extend(keys.iter().map(|key| json!(key)));
        }
    }
}

fn at<'a>(document: &'a mut Value, pointer: &str) -> &'a mut Value {
    document.pointer_mut(pointer).unwrap_or_else(|| panic!("shapes.json has no {pointer}"))
}

fn insert(document: &mut Value, pointer: &str, key: &str, value: Value) {
    match at(document, pointer).as_object_mut() {
        Some(object) => drop(object.insert(key.to_owned(), value)),
        None => panic!("shapes.json: {pointer} is no object"),
    }
}

fn allow(document: &mut Value, pointer: &str, name: &str) {
    let shape = at(document, pointer);
    let had = shape.get("type").cloned().unwrap_or_default();
    insert(shape, "", "type", json!([had, name]));
}

fn not_required(shape: &mut Value, key: &str) {
    if let Some(required) = shape.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name != key);
    }
}
