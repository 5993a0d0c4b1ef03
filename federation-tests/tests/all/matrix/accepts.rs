//! What a family demands of a document that we send: `accepts.json`.

use serde::Deserialize;
use serde_json::Value;

/// One form, as a family takes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepts {
    /// Where the family's code or documentation says so.
    pub source: String,
    /// It has no use for this form: nothing is demanded of it.
    #[serde(default)]
    pub ignored: bool,
    #[serde(default)]
    pub needs: Vec<Demand>,
}

/// What has to be at a place of the document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// A JSON pointer. `*` is every item of a list (one that is no list is its only item), `*:Mention` every item of this
    /// type.
    pub at: String,
    pub kind: Kind,
    /// Nothing else may stand there.
    #[serde(default)]
    pub one_of: Vec<Value>,
    /// What the text begins with.
    #[serde(default)]
    pub begins: String,
    /// What stands in the text.
    #[serde(default)]
    pub contains: String,
    /// It may be missing, or null.
    #[serde(default)]
    pub optional: bool,
}

#[derive(Deserialize, Debug, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A text that is not empty.
    Text,
    /// A text, or an empty one.
    String,
    /// An http(s) URL.
    Url,
    /// A URL, or an object whose `id` is one.
    Id,
    /// A URL or a list of URLs.
    Urls,
    /// A list.
    List,
    /// An object.
    Object,
    /// RFC 3339, with a zone.
    Time,
    Flag,
    Number,
}

impl Accepts {
    /// What the document lacks.
    pub fn lacks(&self, document: &Value) -> Vec<String> {
        self.needs.iter().filter_map(|demand| demand.lacks(document)).collect()
    }
}

impl Demand {
    fn lacks(&self, document: &Value) -> Option<String> {
        let mut found = Vec::new();
        let steps: Vec<&str> = self.at.split('/').skip(1).collect();
        gather(document, &steps, &mut found);
        if found.is_empty() {
            return (!self.optional).then(|| format!("{} is missing", self.at));
        }
        let wrong = found.into_iter().find(|value| !self.fits(value))?;
        let Self { at, kind, one_of, begins, contains, .. } = self;
        Some(format!("{at}: {wrong} is no {kind:?} {one_of:?}{begins}{contains}"))
    }

    fn fits(&self, value: &Value) -> bool {
        let text = value.as_str().unwrap_or_default();
        let is_kind = match self.kind {
            Kind::Text => !text.is_empty(),
            Kind::String => value.is_string(),
            Kind::Url => is_url(value),
            Kind::Id => is_url(value) || is_url(&value["id"]),
            Kind::Urls => match value {
                Value::Array(all) => all.iter().all(is_url),
                one => is_url(one),
            },
            Kind::List => value.is_array(),
            Kind::Object => value.is_object(),
            Kind::Time => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
            Kind::Flag => value.is_boolean(),
            Kind::Number => value.is_number(),
        };
        is_kind
            && (self.one_of.is_empty() || self.one_of.contains(value))
            && text.starts_with(&self.begins)
            && text.contains(&self.contains)
    }
}

fn is_url(value: &Value) -> bool {
    let parsed = value.as_str().and_then(|text| url::Url::parse(text).ok());
    parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
}

/// The values at a pointer; null is nothing.
fn gather<'a>(value: &'a Value, steps: &[&str], found: &mut Vec<&'a Value>) {
    let Some((step, rest)) = steps.split_first() else {
        if !value.is_null() {
            found.push(value);
        }
        return;
    };
    if let Some(wanted) = step.strip_prefix('*') {
        let wanted = wanted.trim_start_matches(':');
        for item in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
            if wanted.is_empty() || item["type"] == wanted {
                gather(item, rest, found);
            }
        }
    } else if let Some(inner) = value.get(step) {
        gather(inner, rest, found);
    }
}

#[test]
fn demands_are_held_against_documents() {
    use serde_json::json;
    let document = json!({"id": "https://a.example/1", "to": "https://a.example/2", "name": "", "none": null,
        "published": "2026-01-02T03:04:05Z", "tag": [{"type": "Mention", "href": "https://a.example/3"}, {"type": "Hashtag", "name": "#x"}]});
    let lacks = |demand: Value| serde_json::from_value::<Demand>(demand).unwrap().lacks(&document).is_some();
    for right in [
        json!({"at": "/id", "kind": "url"}),
        json!({"at": "/to", "kind": "urls"}),
        json!({"at": "/to/*", "kind": "url"}),
        json!({"at": "/name", "kind": "string"}),
        json!({"at": "/published", "kind": "time"}),
        json!({"at": "/none", "kind": "url", "optional": true}),
        json!({"at": "/tag/*:Hashtag/name", "kind": "text", "begins": "#"}),
        json!({"at": "/id", "kind": "url", "contains": ".example/"}),
        json!({"at": "/tag/*:Mention/href", "kind": "url", "one_of": ["https://a.example/3"]}),
    ] {
        assert!(!lacks(right.clone()), "{right}");
    }
    for wrong in [
        json!({"at": "/name", "kind": "text"}),
        json!({"at": "/none", "kind": "url"}),
        json!({"at": "/to", "kind": "list"}),
        json!({"at": "/tag/*/name", "kind": "text", "begins": "@"}),
        json!({"at": "/tag/*:Emoji/name", "kind": "text"}),
        json!({"at": "/id", "kind": "url", "one_of": ["https://a.example/2"]}),
        json!({"at": "/id", "kind": "url", "contains": "{uri}"}),
        json!({"at": "/published", "kind": "number", "optional": true}),
    ] {
        assert!(lacks(wrong.clone()), "{wrong}");
    }
}
