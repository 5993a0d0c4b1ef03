//! Pictures, films and sounds of a status.

use serde_json::Value;
use url::Url;

use super::{
    json::{self, Document},
    note::NoteKind,
};
use crate::limits;

/// What an attachment says it is. Bytes decide in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// Anything: the media type says more (Mastodon sends these only).
    Document,
    Image,
    Video,
    Audio,
}

impl MediaKind {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "Document" => Self::Document,
            "Image" => Self::Image,
            "Video" => Self::Video,
            "Audio" => Self::Audio,
            _ => return None,
        })
    }
}

/// One attachment. It lies on any host; nothing follows from that.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    pub kind: MediaKind,
    pub url: Url,
    pub media_type: Option<String>,
    /// For people who can't see it.
    pub description: Option<String>,
    pub blurhash: Option<String>,
    /// Pixels, as claimed.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// x from −1 (left) to 1, y from −1 (bottom) to 1.
    pub focal_point: Option<(f64, f64)>,
}

/// The attachments of a status, at most [`Limits::attachments`](crate::limits::Limits::attachments).
pub(super) fn attachments(document: &Document) -> Vec<Attachment> {
    json::many(document.get("attachment"))
        .iter()
        .filter_map(Value::as_object)
        .filter_map(attachment)
        .take(limits::get().attachments)
        .collect()
}

/// The attachments of a status, and what stands beside them: the picture of a page, the preview of a film.
pub(super) fn pictures(document: &Document, kind: NoteKind) -> Vec<Attachment> {
    let mut all = attachments(document);
    let beside = match kind {
        NoteKind::Page | NoteKind::Article | NoteKind::Event => "image",
        NoteKind::Video | NoteKind::Audio => "icon",
        _ => return all,
    };
    if all.is_empty() {
        let width = |value: &&Value| value.get("width").and_then(Value::as_u64).unwrap_or_default();
        let largest = json::many(document.get(beside)).iter().max_by_key(width);
        all.extend(largest.and_then(Value::as_object).and_then(attachment));
    }
    if all.is_empty() {
        let linked = json::many(document.get("attachment")).iter().filter_map(Value::as_object);
        let pictures = linked.filter(|link| json::kind(link) == Some("Link") && is_picture(link));
        all.extend(
            pictures.filter_map(|link| attachment_of(MediaKind::Image, link)).take(limits::get().attachments),
        );
    }
    all
}

/// The pages among the attachments.
pub(super) fn links(document: &Document) -> Vec<Url> {
    json::many(document.get("attachment"))
        .iter()
        .filter(|value| {
            value.as_object().is_some_and(|link| json::kind(link) == Some("Link") && !is_picture(link))
        })
        .filter_map(json::href)
        .take(limits::get().attachments)
        .collect()
}

/// Whether a `Link` leads to a picture, by its type or its name.
fn is_picture(link: &Document) -> bool {
    if let Some(kind) = link.get("mediaType").and_then(Value::as_str) {
        return kind.starts_with("image/");
    }
    let path = link.get("href").and_then(Value::as_str).and_then(|href| Url::parse(href).ok());
    path.is_some_and(|url| {
        let ending = url.path().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        matches!(ending.as_deref(), Some("jpg" | "jpeg" | "png" | "gif" | "webp" | "avif"))
    })
}

fn attachment(object: &Document) -> Option<Attachment> {
    attachment_of(json::kind(object).and_then(MediaKind::from_name)?, object)
}

fn attachment_of(kind: MediaKind, object: &Document) -> Option<Attachment> {
    let urls = json::many(object.get("url").or_else(|| object.get("href")));
    let is_media = |value: &&Value| {
        json::media_type(value).is_some_and(|kind| kind.starts_with("image/") || kind.starts_with("video/"))
    };
    let (url, link_type) =
        urls.iter().filter(is_media).find_map(media_url).or_else(|| urls.iter().find_map(media_url))?;
    let media_type = object.get("mediaType").and_then(Value::as_str);
    let media_type =
        media_type.filter(|kind| !kind.is_empty() && kind.len() <= limits::get().media_type_bytes);
    Some(Attachment {
        kind,
        url,
        media_type: media_type.map(str::to_owned).or(link_type),
        // Mastodon's documentation says `summary`, everybody sends `name`.
        description: json::text(object, "name", limits::get().alt_text_bytes)
            .or_else(|| json::text(object, "summary", limits::get().alt_text_bytes)),
        blurhash: object
            .get("blurhash")
            .and_then(Value::as_str)
            .filter(|hash| is_blurhash(hash))
            .map(str::to_owned),
        width: pixels(object, "width"),
        height: pixels(object, "height"),
        focal_point: object.get("focalPoint").and_then(focal_point),
    })
}

/// The address and media type of a picture given as a string, a `Link` or an `Image`.
pub(super) fn media_url(value: &Value) -> Option<(Url, Option<String>)> {
    let kind = json::media_type(value).map(str::to_owned);
    match value.as_object().and_then(|object| object.get("url")) {
        // An Image has its links one level below.
        Some(urls @ (Value::Array(_) | Value::Object(_))) => {
            let link = json::many(Some(urls)).iter().find(|link| json::href(link).is_some())?;
            Some((json::href(link)?, json::media_type(link).map(str::to_owned).or(kind)))
        }
        _ => Some((json::href(value)?, kind)),
    }
}

fn pixels(object: &Document, key: &str) -> Option<u32> {
    let pixels = object.get(key)?.as_u64().filter(|pixels| (1..=limits::get().pixels).contains(pixels))?;
    u32::try_from(pixels).ok()
}

/// Base 83, at least six characters (blurha.sh's algorithm description).
fn is_blurhash(text: &str) -> bool {
    (6..=limits::get().blurhash_bytes).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"#$%*+,-.:;=?@[]^_{|}~".contains(&byte))
}

fn focal_point(value: &Value) -> Option<(f64, f64)> {
    let list = value.as_object().and_then(|object| object.get("@list")).unwrap_or(value);
    match list.as_array()?.as_slice() {
        [x, y] => Some((x.as_f64()?.clamp(-1.0, 1.0), y.as_f64()?.clamp(-1.0, 1.0))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Vec<Attachment> {
        attachments(json!({"attachment": value}).as_object().unwrap())
    }

    #[test]
    fn addresses() {
        let link = "https://remote.example/1.jpg";
        let cases = [
            json!(link),
            json!({"type": "Link", "href": link, "mediaType": "image/jpeg"}),
            json!([{"type": "Link", "href": "https://remote.example/page", "mediaType": "text/html"},
                   {"type": "Link", "href": link, "mediaType": "image/jpeg"}]),
            json!(["javascript:alert(1)", link]),
        ];
        for url in cases {
            let found = read(&json!({"type": "Image", "url": url}));
            assert_eq!(found.first().map(|one| one.url.as_str()), Some(link), "{url}");
        }
        for wrong in
            [json!({"type": "Image"}), json!({"type": "Link", "href": link}), json!("x"), json!(null)]
        {
            assert_eq!(read(&wrong), [], "{wrong}");
        }
        assert_eq!(
            read(&json!({"type": "Image", "url": {"href": link, "mediaType": "image/png"}}))[0].media_type,
            Some("image/png".to_owned())
        );
    }

    #[test]
    fn properties_that_lie_are_absent() {
        let one = &read(&json!({
            "type": "Document", "url": "https://remote.example/1.jpg", "mediaType": 7, "summary": "a door",
            "blurhash": "<script>", "width": -1, "height": 1e9, "focalPoint": [7, -0.5],
        }))[0];
        assert_eq!((one.media_type.as_deref(), one.description.as_deref()), (None, Some("a door")));
        assert_eq!((one.blurhash.as_deref(), one.width, one.height), (None, None, None));
        assert_eq!(one.focal_point, Some((1.0, -0.5)));
    }

    #[test]
    fn no_more_than_the_cap() {
        let many: Vec<Value> = (0..1000)
            .map(|n| json!({"type": "Image", "url": format!("https://remote.example/{n}")}))
            .collect();
        assert_eq!(read(&many.into()).len(), limits::get().attachments);
    }
}
