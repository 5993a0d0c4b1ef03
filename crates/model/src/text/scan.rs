//! Finding links, mentions and hashtags. One pass, linear, whatever the text.

use unicode_normalization::UnicodeNormalization;

use crate::{Handle, Limits};

/// The longest link that is one; what is longer stays text.
const LINK_BYTES: usize = 2048;

/// A piece of a text; together the pieces are the whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Anything else, line breaks included.
    Text(&'a str),
    /// An `http://` or `https://` URL.
    Link(&'a str),
    /// `@name` or `@name@domain`, as written and as understood.
    Mention {
        /// As written.
        text: &'a str,
        /// As understood.
        handle: Handle,
    },
    /// A hashtag without its `#`.
    Hashtag(&'a str),
}

/// Splits a text into its pieces.
pub fn scan(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut plain_from, mut at) = (0, 0);
    let mut before: Option<char> = None;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let boundary =
            before.is_none_or(|b| !(b.is_alphanumeric() || matches!(b, '_' | '/' | '@' | '#' | '&')));
        let found = match c {
            'h' | 'H' if boundary => link(rest).map(|len| (len, rest.get(..len).map(Piece::Link))),
            '@' if boundary => mention(rest)
                .map(|(len, handle)| (len, rest.get(..len).map(|text| Piece::Mention { text, handle }))),
            '#' if boundary => hashtag(rest).map(|len| (len, rest.get(1..len).map(Piece::Hashtag))),
            _ => None,
        };
        if let Some((len, Some(piece))) = found {
            if plain_from < at {
                pieces.extend(text.get(plain_from..at).map(Piece::Text));
            }
            pieces.push(piece);
            before = text.get(at..at + len).and_then(|t| t.chars().next_back());
            at += len;
            plain_from = at;
        } else {
            before = Some(c);
            at += c.len_utf8();
        }
    }
    if plain_from < text.len() {
        pieces.extend(text.get(plain_from..).map(Piece::Text));
    }
    pieces
}

/// The text that two spellings of one hashtag share: NFKC, lower case.
pub fn hashtag_key(name: &str) -> String {
    name.nfkc().collect::<String>().to_lowercase()
}

/// How many characters of the limit a text takes: every link counts the same, a mention without its domain.
pub fn count(text: &str, limits: &Limits) -> usize {
    scan(text)
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.chars().count(),
            Piece::Link(_) => limits.link_characters,
            Piece::Mention { handle, .. } => handle.username.chars().count() + 1,
            Piece::Hashtag(name) => name.chars().count() + 1,
        })
        .sum()
}

fn link(rest: &str) -> Option<usize> {
    let scheme = ["https://", "http://"]
        .iter()
        .find(|s| rest.get(..s.len()).is_some_and(|head| head.eq_ignore_ascii_case(s)))?;
    let stop = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '<' | '>' | '"' | '`' | '|' | '\\' | '^' | '{' | '}')
            // They would turn an address around, so that it reads as another.
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    // No further: a text of nothing but beginnings of links would be read once for each of them.
    let window = rest.get(..rest.floor_char_boundary(LINK_BYTES))?;
    let mut end = match window.find(stop) {
        Some(end) => end,
        None if window.len() < rest.len() => return None,
        None => rest.len(),
    };
    // What closes a sentence is not part of the link; a bracket is, if it was opened in it.
    let (mut open, mut closed) = (0usize, 0usize);
    for c in rest.get(..end)?.chars() {
        open += usize::from(c == '(');
        closed += usize::from(c == ')');
    }
    while let Some(c) = rest.get(..end).and_then(|t| t.chars().next_back()) {
        let trailing = matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '…' | '*' | '_' | '~' | ']')
            || (c == ')' && closed > open);
        if !trailing {
            break;
        }
        closed -= usize::from(c == ')');
        end -= c.len_utf8();
    }
    let url = url::Url::parse(rest.get(..end)?).ok()?;
    let named = url.host_str().is_some_and(|h| h.contains('.') || h == "localhost" || h.starts_with('['));
    (end > scheme.len() && named && url.username().is_empty() && url.password().is_none()).then_some(end)
}

fn mention(rest: &str) -> Option<(usize, Handle)> {
    let body = rest.get(1..)?;
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let name_len = body.find(|c| !name(c)).unwrap_or(body.len());
    // A full stop or hyphen that ends the name belongs to the sentence.
    let name_len = body.get(..name_len)?.trim_end_matches(['.', '-']).len();
    if name_len == 0 {
        return None;
    }
    let after = body.get(name_len..)?;
    if let Some(domain) = after.strip_prefix('@') {
        let host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        let end = domain.find(|c| !host(c)).unwrap_or(domain.len());
        let domain = domain.get(..end)?.trim_end_matches(['.', ':', '-']);
        let text = rest.get(..1 + name_len + 1 + domain.len())?;
        if !domain.is_empty()
            && let Ok(handle) = text.parse::<Handle>()
        {
            return Some((text.len(), handle));
        }
    }
    let text = rest.get(..=name_len)?;
    text.parse().ok().map(|handle| (text.len(), handle))
}

fn hashtag(rest: &str) -> Option<usize> {
    let body = rest.get(1..)?;
    let inside = |c: char| {
        c.is_alphanumeric() || matches!(c, '_' | '·' | '\u{200c}' | '\u{0e47}'..='\u{0e4e}') || is_mark(c)
    };
    let end = body.find(|c| !inside(c)).unwrap_or(body.len());
    let name = body.get(..end)?;
    // A number alone is no hashtag, and neither are underscores.
    (name.chars().any(char::is_alphabetic) && name.chars().count() <= 100).then_some(1 + end)
}

/// Combining marks, which stand within words of many scripts.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}
