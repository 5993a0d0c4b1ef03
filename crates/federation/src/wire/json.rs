//! Reading JSON from strangers: first bounds, then one property at a time, each as lenient as it may be.

use serde_json::{Map, Value};
use tintype_model::{Millis, text::plain as plain_text};
use url::Url;

use super::{ParseError, http_url};
use crate::limits;

/// A JSON object.
pub(super) type Document = Map<String, Value>;

/// Parses bytes into an object, after checking size and depth without building anything.
pub(super) fn read(bytes: &[u8]) -> Result<Document, ParseError> {
    if bytes.len() > limits::get().body_bytes {
        return Err(ParseError::TooLarge);
    }
    if depth_exceeds(bytes, limits::get().json_depth) {
        return Err(ParseError::TooDeep);
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(document)) => Ok(document),
        Ok(_) => Err(ParseError::NotAnObject),
        Err(_) => Err(ParseError::NotJson),
    }
}

/// Counts brackets outside strings.
fn depth_exceeds(bytes: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

/// One value or an array of them; null and absence are none.
pub(super) fn many(value: Option<&Value>) -> &[Value] {
    match value {
        None | Some(Value::Null) => &[],
        Some(Value::Array(values)) => values,
        Some(value) => std::slice::from_ref(value),
    }
}

/// The only value, bare or as an array of one.
pub(super) fn only(value: Option<&Value>) -> Option<&Value> {
    match many(value) {
        [value] => Some(value),
        _ => None,
    }
}

/// The id in a string or in an object.
pub(super) fn id(value: &Value) -> Option<Url> {
    match value {
        Value::String(text) => http_url(text),
        Value::Object(object) => http_url(object.get("id")?.as_str()?),
        _ => None,
    }
}

/// The id of a property's only value.
pub(super) fn only_id(document: &Document, key: &str) -> Option<Url> {
    only(document.get(key)).and_then(id)
}

/// The id of a property's first value.
pub(super) fn first_id(document: &Document, key: &str) -> Option<Url> {
    many(document.get(key)).iter().find_map(id)
}

/// The first of the types an object has.
pub(super) fn kind(document: &Document) -> Option<&str> {
    let kind = many(document.get("type")).iter().find_map(Value::as_str)?;
    (!kind.is_empty() && kind.len() <= limits::get().type_bytes).then_some(kind)
}

/// A text of at most `max` bytes, without NUL (which PostgreSQL can't store); absent when empty.
pub(super) fn text(document: &Document, key: &str, max: usize) -> Option<String> {
    document.get(key)?.as_str().and_then(|text| cut(text, max))
}

/// See [`text`].
pub(super) fn cut(text: &str, max: usize) -> Option<String> {
    let text = text.get(..text.floor_char_boundary(max))?.replace('\0', "");
    (!text.is_empty()).then_some(text)
}

/// The language that is taken where a text stands only in a map of several, and this is among them.
const PREFERRED: &str = "en";

/// A text that may also, or only, stand in a map by language (`content` and `contentMap`), with its language if
/// that is certain.
pub(super) fn localised(
    document: &Document,
    key: &str,
    map_key: &str,
    max: usize,
) -> (Option<String>, Option<String>) {
    let plain = document.get(key).and_then(Value::as_str);
    let map = document.get(map_key).and_then(Value::as_object);
    let Some(map) = map.filter(|map| !map.is_empty()) else {
        return (plain.and_then(|text| cut(text, max)), None);
    };
    let in_map = |text: &str| map.iter().find(|(_, value)| value.as_str() == Some(text));
    let entry = match plain {
        // Some wrap the one and not the other; what says something else is another text.
        Some(text) => in_map(text).or_else(|| {
            let same =
                |value: &Value| value.as_str().is_some_and(|other| plain_text(other) == plain_text(text));
            map.iter().next().filter(|(_, value)| map.len() == 1 && same(value))
        }),
        None => map
            .get_key_value(PREFERRED)
            .filter(|(_, value)| value.is_string())
            .or_else(|| map.iter().find(|(_, value)| value.is_string())),
    };
    let chosen = plain.or_else(|| entry.and_then(|(_, value)| value.as_str()));
    let language = entry.map(|(language, _)| language.as_str()).filter(|language| is_language(language));
    (chosen.and_then(|text| cut(text, max)), language.map(str::to_owned))
}

/// The language of a whole object, as PeerTube and Lemmy (`language.identifier`) or Mobilizon (`inLanguage`) say it.
pub(super) fn language(document: &Document) -> Option<String> {
    let named = document.get("language").and_then(Value::as_object).and_then(|l| l.get("identifier"));
    let tag = named.or_else(|| document.get("inLanguage")).and_then(Value::as_str)?;
    is_language(tag).then(|| tag.to_owned())
}

/// Whether this looks like a language tag (BCP 47); `und` says nothing.
fn is_language(tag: &str) -> bool {
    tag.len() <= 35
        && tag != "und"
        && tag.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// True only for `true`.
pub(super) fn flag(document: &Document, key: &str) -> bool {
    optional_flag(document, key).unwrap_or_default()
}

/// A boolean that may be absent.
pub(super) fn optional_flag(document: &Document, key: &str) -> Option<bool> {
    document.get(key)?.as_bool()
}

/// A moment (xsd:dateTime, in practice RFC 3339).
pub(super) fn time(document: &Document, key: &str) -> Option<Millis> {
    document.get(key)?.as_str().and_then(Millis::parse_rfc3339)
}

/// A count, clamped to [`Limits::total_items`](crate::limits::Limits::total_items); negative ones and fractions are none.
pub(super) fn count(document: &Document, key: &str) -> Option<u64> {
    document.get(key)?.as_u64().map(|count| count.min(limits::get().total_items))
}

/// The page for people out of `url`: a string, a `Link`, or an array of them where the HTML one is preferred.
pub(super) fn page_url(value: Option<&Value>) -> Option<Url> {
    let links = many(value);
    let html = links.iter().find(|link| media_type(link).is_some_and(|kind| kind.starts_with("text/html")));
    html.and_then(href).or_else(|| links.iter().find_map(href))
}

/// The target of a string or a `Link`.
pub(super) fn href(value: &Value) -> Option<Url> {
    match value {
        Value::String(text) => http_url(text),
        Value::Object(link) => http_url(link.get("href").or_else(|| link.get("url"))?.as_str()?),
        _ => None,
    }
}

/// The media type of an object or a `Link`.
pub(super) fn media_type(value: &Value) -> Option<&str> {
    let kind = value.as_object()?.get("mediaType")?.as_str()?;
    (!kind.is_empty() && kind.len() <= limits::get().media_type_bytes).then_some(kind)
}

/// `{"type": "Hashtag", "name": "#film"}`: its name, without the sign.
pub(super) fn hashtag(value: Option<&Value>) -> Option<String> {
    let tag = only(value)?.as_object().filter(|tag| kind(tag) == Some("Hashtag"))?;
    let name = text(tag, "name", limits::get().hashtag_bytes)?;
    Some(name.trim_start_matches('#').to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(value: Value) -> Document {
        match value {
            Value::Object(document) => document,
            _ => panic!("not an object"),
        }
    }

    #[test]
    fn bounds() {
        let nested = |depth: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert!(read(nested(limits::get().json_depth).as_bytes()).is_ok());
        assert_eq!(read(nested(limits::get().json_depth + 1).as_bytes()), Err(ParseError::TooDeep));
        assert_eq!(read(nested(50_000).as_bytes()), Err(ParseError::TooDeep));
        let brackets = format!(r#"{{"a":"\"{}"}}"#, "[".repeat(1000));
        assert!(read(brackets.as_bytes()).is_ok(), "brackets in a string are text");
        assert_eq!(read(&vec![b' '; limits::get().body_bytes + 1]), Err(ParseError::TooLarge));
        assert_eq!(read(b"[]"), Err(ParseError::NotAnObject));
        assert_eq!(read(b"{"), Err(ParseError::NotJson));
        assert_eq!(read(br#"{"a":1e999}"#), Err(ParseError::NotJson));
        assert_eq!(read(br#"{"a":1,"a":2}"#).unwrap()["a"], 2, "the last of two counts");
    }

    #[test]
    fn texts_are_cut_between_characters() {
        let cases = [
            ("abc", 2, Some("ab")),
            ("aé", 2, Some("a")),
            ("é", 1, None),
            ("a\0b", 9, Some("ab")),
            ("", 9, None),
        ];
        for (text, max, expected) in cases {
            assert_eq!(cut(text, max).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn languages() {
        let cases = [
            (json!({"content": "hi", "contentMap": {"de": "hallo", "en": "hi"}}), Some("hi"), Some("en")),
            (json!({"content": "hi", "contentMap": {"en": "<p>hi</p>"}}), Some("hi"), Some("en")),
            (json!({"content": "hi", "contentMap": {"en": "a", "de": "b"}}), Some("hi"), None),
            (json!({"content": "hi", "contentMap": {"en": "ho"}}), Some("hi"), None),
            (json!({"contentMap": {"pt-BR": "oi"}}), Some("oi"), Some("pt-BR")),
            (json!({"contentMap": {"de": "hallo", "en": "hi", "fr": "salut"}}), Some("hi"), Some("en")),
            (json!({"contentMap": {"de": "hallo", "en": 7}}), Some("hallo"), Some("de")),
            (json!({"content": null, "contentMap": {"fr": "salut", "de": null}}), Some("salut"), Some("fr")),
            (json!({"content": "hi", "contentMap": {"und": "hi"}}), Some("hi"), None),
            (json!({"content": "hi", "contentMap": {"<script>": "hi"}}), Some("hi"), None),
            (json!({"content": "hi", "contentMap": []}), Some("hi"), None),
            (json!({"content": 1}), None, None),
        ];
        for (value, content, language) in cases {
            let (c, l) = localised(&document(value.clone()), "content", "contentMap", 99);
            assert_eq!((c.as_deref(), l.as_deref()), (content, language), "{value}");
        }
    }

    #[test]
    fn pages() {
        let cases = [
            (json!("https://a.example/1"), Some("https://a.example/1")),
            (json!({"type": "Link", "href": "https://a.example/1"}), Some("https://a.example/1")),
            (
                json!([{"href": "https://a.example/1.mp4", "mediaType": "video/mp4"},
                       {"href": "https://a.example/1", "mediaType": "text/html"}]),
                Some("https://a.example/1"),
            ),
            (json!(["javascript:alert(1)", "https://a.example/2"]), Some("https://a.example/2")),
            (json!("data:text/html,x"), None),
            (json!(7), None),
        ];
        for (value, expected) in cases {
            assert_eq!(page_url(Some(&value)).as_ref().map(Url::as_str), expected, "{value}");
        }
    }

    #[test]
    fn counts() {
        let value = document(json!({"a": 3, "b": -1, "c": u64::MAX, "d": 1.5, "e": "4"}));
        let counts = ["a", "b", "c", "d", "e", "f"].map(|key| count(&value, key));
        assert_eq!(counts, [Some(3), None, Some(limits::get().total_items), None, None, None]);
    }
}
