//! HTML from elsewhere: what may stay, and how to read it as plain text.

use std::collections::{HashMap, HashSet};

/// Keeps what Mastodon keeps (<https://docs.joinmastodon.org/spec/activitypub/#sanitization>): paragraphs, line breaks,
/// quotes, lists, emphasis, code and links to http(s) pages; classes of microformats, mentions, hashtags and link
/// shortening. Everything else loses its tags; scripts and styles lose their content too.
pub fn sanitise(html: &str) -> String {
    let classes = |name: &str| {
        ["h-", "p-", "u-", "dt-", "e-"].iter().any(|p| name.starts_with(p))
            || matches!(name, "mention" | "hashtag" | "ellipsis" | "invisible" | "quote-inline")
    };
    let mut builder = ammonia::Builder::empty();
    builder
        .tags(HashSet::from([
            "p",
            "br",
            "span",
            "a",
            "del",
            "pre",
            "code",
            "em",
            "strong",
            "b",
            "i",
            "u",
            "ul",
            "ol",
            "li",
            "blockquote",
        ]))
        .clean_content_tags(HashSet::from(["script", "style", "noscript", "template"]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "class", "translate"])),
            ("span", HashSet::from(["class", "translate"])),
            ("ol", HashSet::from(["start", "reversed"])),
            ("li", HashSet::from(["value"])),
            ("p", HashSet::from(["class"])),
        ]))
        .url_schemes(HashSet::from(["http", "https"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer"))
        .set_tag_attribute_value("a", "target", "_blank")
        .attribute_filter(move |_, attribute, value| {
            if attribute != "class" {
                return Some(value.into());
            }
            let kept: Vec<&str> = value.split_ascii_whitespace().filter(|c| classes(c)).collect();
            if kept.is_empty() { None } else { Some(kept.join(" ").into()) }
        });
    // A byte order mark would be taken for one where it comes to stand first.
    builder.clean(html).to_string().replace(['\0', '\u{feff}'], "")
}

/// The text of HTML: tags gone, `<br>` and paragraphs as line breaks, character references read.
pub fn plain(html: &str) -> String {
    let broken =
        html.replace("<br>", "\n").replace("<br/>", "\n").replace("<br />", "\n").replace("</p><p>", "\n\n");
    let bare = ammonia::Builder::empty()
        .clean_content_tags(HashSet::from(["script", "style"]))
        .clean(&broken)
        .to_string();
    let text = bare
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&");
    text.trim().to_owned()
}
