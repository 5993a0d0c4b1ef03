//! Text of posts: finding links, mentions and hashtags in what people write, and making safe HTML of what anybody wrote.

pub mod emoji;
pub mod html;
pub mod name;
pub mod scan;

pub use emoji::{is_shortcode, shortcodes};
pub use html::{plain, sanitise};
pub use name::name;
pub use scan::{Piece, count, hashtag_key, scan};

use crate::Handle;
use std::fmt::Write as _;

/// Where a mention leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionLink {
    /// The profile page or actor.
    pub href: String,
    /// The name shown after the `@`, without domain.
    pub username: String,
}

/// Plain text → HTML as the Mastodon API serves it: paragraphs, `<br>`, shortened links, mentions and hashtags as
/// links with microformat classes. Mentions that `mention` doesn't know stay text. `tag` gives a hashtag's page.
pub fn render(
    text: &str,
    mention: impl Fn(&Handle) -> Option<MentionLink>,
    tag: impl Fn(&str) -> String,
) -> String {
    let text = text.replace("\r\n", "\n");
    let mut out = String::with_capacity(text.len() * 2);
    for paragraph in text.trim().split("\n\n").map(|p| p.trim_matches('\n')).filter(|p| !p.is_empty()) {
        out.push_str("<p>");
        for piece in scan(paragraph) {
            match piece {
                Piece::Text(text) => escape_lines(text, &mut out),
                Piece::Link(url) => link(url, &mut out),
                Piece::Mention { text, handle } => match mention(&handle) {
                    Some(to) => {
                        let _ = write!(
                            out,
                            "<span class=\"h-card\"><a href=\"{}\" class=\"u-url mention\">@<span>{}</span></a></span>",
                            escape(&to.href),
                            escape(&to.username)
                        );
                    }
                    None => escape_lines(text, &mut out),
                },
                Piece::Hashtag(name) => {
                    let _ = write!(
                        out,
                        "<a href=\"{}\" class=\"mention hashtag\" rel=\"tag\">#<span>{}</span></a>",
                        escape(&tag(&hashtag_key(name))),
                        escape(name)
                    );
                }
            }
        }
        out.push_str("</p>");
    }
    out
}

/// `& < > " '` as character references.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\0' => {}
            c => out.push(c),
        }
    }
    out
}

fn escape_lines(text: &str, out: &mut String) {
    out.push_str(&escape(text).replace('\n', "<br>"));
}

/// A link in Mastodon's three spans: scheme hidden, thirty characters shown, the rest hidden.
fn link(url: &str, out: &mut String) {
    let scheme = url.find("://").map_or(0, |at| at + 3);
    let (prefix, rest) = url.split_at(scheme);
    let (prefix, rest) = match rest.strip_prefix("www.") {
        Some(bare) => (format!("{prefix}www."), bare),
        None => (prefix.to_owned(), rest),
    };
    let cut = rest.char_indices().nth(30).map_or(rest.len(), |(at, _)| at);
    let (shown, hidden) = rest.split_at(cut);
    let class = if hidden.is_empty() { "" } else { "ellipsis" };
    let _ = write!(
        out,
        "<a href=\"{}\" target=\"_blank\" rel=\"nofollow noopener noreferrer\" translate=\"no\">\
         <span class=\"invisible\">{}</span><span class=\"{class}\">{}</span><span class=\"invisible\">{}</span></a>",
        escape(url),
        escape(&prefix),
        escape(shown),
        escape(hidden)
    );
}

#[cfg(test)]
mod tests;
