//! The part of JSON Schema that the reference uses: `type`, `$ref`, `enum`, `format`, `oneOf`, `properties`,
//! `required`, `additionalProperties` and `items`. Written here because a general validator says of a page of statuses
//! only that it fits none of the alternatives.

use serde_json::{Map, Value};

/// Keywords this checker understands; a test holds the data against the list.
#[cfg(test)]
pub const KEYWORDS: &[&str] =
    &["type", "$ref", "enum", "format", "oneOf", "properties", "required", "additionalProperties", "items"];

/// Checks values against shapes whose `$ref` names an entity.
pub struct Checker<'a> {
    entities: &'a Map<String, Value>,
}

impl<'a> Checker<'a> {
    pub fn new(entities: &'a Map<String, Value>) -> Self {
        Self { entities }
    }

    /// Appends what is wrong with `value`, each with its path below `at`.
    pub fn check(&self, shape: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        let types = types(shape);
        if !types.is_empty() {
            if !types.iter().any(|name| has_type(value, name)) {
                wrong.push(format!("{}: expected {}, got {}", place(at), types.join(" or "), brief(value)));
                return;
            }
            // `type: [string, null]` beside a `$ref` to an enumeration without null allows null.
            if value.is_null() {
                return;
            }
        }
        if let Some(entity) = shape.get("$ref").and_then(Value::as_str) {
            match self.entities.get(entity) {
                Some(referred) => self.check(referred, value, at, wrong),
                None => panic!("the reference has no entity {entity}"),
            }
        }
        if let Some(allowed) = shape.get("enum").and_then(Value::as_array)
            && !allowed.contains(value)
        {
            wrong.push(format!(
                "{}: {} is not one of {}",
                place(at),
                brief(value),
                Value::from(allowed.clone())
            ));
        }
        if let (Some(format), Some(text)) = (shape.get("format").and_then(Value::as_str), value.as_str())
            && !has_format(text, format)
        {
            wrong.push(format!("{}: {} is no {format}", place(at), brief(value)));
        }
        if let Some(alternatives) = shape.get("oneOf").and_then(Value::as_array) {
            self.one_of(alternatives, value, at, wrong);
        }
        if let Some(fields) = value.as_object() {
            self.fields(shape, fields, at, wrong);
        }
        if let (Some(shape), Some(items)) = (shape.get("items"), value.as_array()) {
            for (index, item) in items.iter().enumerate() {
                self.check(shape, item, &format!("{at}[{index}]"), wrong);
            }
        }
    }

    /// Of several alternatives, reports the one that fits best.
    fn one_of(&self, alternatives: &[Value], value: &Value, at: &str, wrong: &mut Vec<String>) {
        let best = alternatives
            .iter()
            .map(|shape| {
                let mut differences = Vec::new();
                self.check(shape, value, at, &mut differences);
                // "Expected null" is never what a writer of an entity wants to hear.
                let only_null = types(shape) == ["null"] && !value.is_null();
                (only_null, differences.len(), differences)
            })
            .min();
        if let Some((_, _, differences)) = best {
            wrong.extend(differences);
        }
    }

    fn fields(&self, shape: &Value, fields: &Map<String, Value>, at: &str, wrong: &mut Vec<String>) {
        for key in
            shape.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
        {
            if !fields.contains_key(key) {
                wrong.push(format!("{at}.{key}: missing"));
            }
        }
        let known = shape.get("properties").and_then(Value::as_object);
        for (key, value) in fields {
            let shape = known.and_then(|known| known.get(key)).or_else(|| shape.get("additionalProperties"));
            if let Some(shape) = shape {
                self.check(shape, value, &format!("{at}.{key}"), wrong);
            }
        }
    }
}

fn types(shape: &Value) -> Vec<&str> {
    match shape.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("shapes.json: unknown type {other}"),
    }
}

fn has_format(text: &str, format: &str) -> bool {
    match format {
        "date" => fits(text, "0000-00-00"),
        // Mastodon's own form, which strict clients parse: upper-case T and Z, one to three digits of a second.
        "date-time" => ["0000-00-00T00:00:00.000Z", "0000-00-00T00:00:00.00Z", "0000-00-00T00:00:00.0Z"]
            .iter()
            .any(|pattern| fits(text, pattern)),
        "uri" => url::Url::parse(text).is_ok(),
        // A fresh Mastodon has no contact address and says so by an empty string.
        "email" => text.is_empty() || text.contains('@'),
        "iso-639-1" => {
            (2..=12).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        }
        other => panic!("shapes.json: unknown format {other}"),
    }
}

/// `0` in the pattern stands for a digit, everything else for itself.
fn fits(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(t, p)| if p == b'0' { t.is_ascii_digit() } else { t == p })
}

fn place(at: &str) -> &str {
    if at.is_empty() { "the body" } else { at }
}

/// A value in at most some 80 characters.
fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
