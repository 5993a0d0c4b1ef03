//! `tag` of a status or an actor: mentions, hashtags, custom emoji.

use serde_json::Value;
use tintype_model::{Millis, text};
use url::Url;

use super::{
    http_url,
    json::{self, Document},
};
use crate::limits;

/// The tags we know, each kind within its own cap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    pub mentions: Vec<Mention>,
    /// Names without `#`, as written.
    pub hashtags: Vec<String>,
    pub emojis: Vec<Emoji>,
}

/// Somebody who is named. Only `href` says who; the text may say anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub href: Option<Url>,
    /// `@bob@remote.example`, or whatever else.
    pub name: Option<String>,
}

/// A picture for `:shortcode:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emoji {
    pub id: Option<Url>,
    /// Without colons.
    pub shortcode: String,
    pub url: Url,
    pub updated: Option<Millis>,
}

impl Tags {
    pub(super) fn read(document: &Document) -> Self {
        let mut tags = Self::default();
        for tag in
            json::many(document.get("tag")).iter().take(limits::get().tags).filter_map(Value::as_object)
        {
            match json::kind(tag) {
                Some("Mention") if tags.mentions.len() < limits::get().mentions => {
                    tags.mentions.extend(mention(tag));
                }
                Some("Hashtag") if tags.hashtags.len() < limits::get().hashtags => {
                    tags.hashtags.extend(hashtag(tag));
                }
                Some("Emoji") if tags.emojis.len() < limits::get().emojis => tags.emojis.extend(emoji(tag)),
                _ => {}
            }
        }
        tags
    }
}

fn mention(tag: &Document) -> Option<Mention> {
    let href = tag.get("href").and_then(Value::as_str).and_then(http_url);
    let name = json::text(tag, "name", limits::get().name_bytes);
    (href.is_some() || name.is_some()).then_some(Mention { href, name })
}

fn hashtag(tag: &Document) -> Option<String> {
    let name = json::text(tag, "name", limits::get().hashtag_bytes)?;
    let name = name.trim().trim_start_matches(['#', '＃']);
    (!name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control()))
        .then(|| name.to_owned())
}

fn emoji(tag: &Document) -> Option<Emoji> {
    let name = tag.get("name")?.as_str()?.trim_matches(':');
    // A name that is cut would be another emoji's, so a long one is none.
    if name.len() > limits::get().shortcode_bytes || !text::is_shortcode(name) {
        return None;
    }
    Some(Emoji {
        id: json::only_id(tag, "id"),
        shortcode: name.to_owned(),
        url: json::many(tag.get("icon")).iter().find_map(super::attachment::media_url)?.0,
        updated: json::time(tag, "updated"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(tag: &Value) -> Tags {
        Tags::read(json!({"tag": tag}).as_object().unwrap())
    }

    #[test]
    fn kinds() {
        let tags = read(&json!([
            {"type": "Mention", "href": "https://local.example/users/alice", "name": "@alice@local.example"},
            {"type": "Mention", "href": null, "name": "@bob@remote.example"},
            {"type": "Mention"},
            {"type": "Hashtag", "name": "#Film"},
            {"type": "Hashtag", "name": "no hash"},
            {"type": "Hashtag", "name": "#"},
            {"type": "Emoji", "name": ":wave:", "icon": {"type": "Image", "url": "https://remote.example/w.png"}},
            {"type": "Emoji", "name": ":<b>:", "icon": {"type": "Image", "url": "https://remote.example/w.png"}},
            {"type": "Emoji", "name": ":gone:"},
            {"type": "Place"}, "text", 7, null,
        ]));
        let names: Vec<_> = tags.mentions.iter().map(|m| (m.href.is_some(), m.name.as_deref())).collect();
        assert_eq!(names, [(true, Some("@alice@local.example")), (false, Some("@bob@remote.example"))]);
        assert_eq!(tags.hashtags, ["Film"]);
        assert_eq!(tags.emojis.len(), 1);
        assert_eq!(tags.emojis[0].shortcode, "wave");
    }

    #[test]
    fn one_alone_is_no_array() {
        assert_eq!(read(&json!({"type": "Hashtag", "name": "#film"})).hashtags, ["film"]);
    }

    /// T063: fifty thousand mentions.
    #[test]
    fn caps() {
        let many = |kind: &str| -> Vec<Value> {
            (0..50_000)
                .map(|n| {
                    json!({"type": kind, "name": format!("x{n}"), "href": "https://remote.example/",
                                "icon": "https://remote.example/x.png"})
                })
                .collect()
        };
        assert_eq!(read(&many("Mention").into()).mentions.len(), limits::get().mentions);
        assert_eq!(read(&many("Hashtag").into()).hashtags.len(), limits::get().hashtags);
        assert_eq!(read(&many("Emoji").into()).emojis.len(), limits::get().emojis);
    }
}
