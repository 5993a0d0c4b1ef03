//! Custom emoji in texts: `:shortcode:`.

/// Whether this can be the name of a custom emoji: two or more of `A-Z a-z 0-9 _`.
pub fn is_shortcode(name: &str) -> bool {
    name.len() >= 2 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// No text shows more different ones than this: strangers write texts.
const MOST: usize = 64;

/// The names of the custom emoji that a text or HTML may show, each once, in order, and no more than 64. What stands inside of
/// a tag is no text; a colon beside a letter or a digit begins or ends nothing (`10:30:15`).
pub fn shortcodes(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut open: Option<usize> = None;
    let (mut before, mut in_tag) = (None::<char>, false);
    for (at, c) in text.char_indices() {
        match c {
            '<' => (open, in_tag) = (None, true),
            '>' => in_tag = false,
            _ if in_tag => {}
            ':' => {
                let name = open.and_then(|from| text.get(from..at)).filter(|name| is_shortcode(name));
                let after = text.get(at + 1..).and_then(|rest| rest.chars().next());
                let ends = after.is_none_or(|c| !c.is_alphanumeric() && c != ':');
                if let Some(name) = name.filter(|_| ends) {
                    if !found.contains(&name) {
                        found.push(name);
                    }
                    if found.len() == MOST {
                        break;
                    }
                    open = None;
                } else {
                    let begins = before.is_none_or(|c| !c.is_alphanumeric() && c != ':');
                    open = begins.then_some(at + 1);
                }
            }
            _ => {}
        }
        before = Some(c);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_texts() {
        for (text, names) in [
            (":wave:", &["wave"][..]),
            ("hi :wave: and :tada_2:!", &["wave", "tada_2"]),
            (":wave: :wave:", &["wave"]),
            ("<p>:wave:</p><a title=\":no:\">:yes:</a>", &["wave", "yes"]),
            ("at 10:30:15 we", &[]),
            ("a:wave:b", &[]),
            (":wave:b", &[]),
            (":a:", &[]),
            (":no way:", &[]),
            ("::wave::", &[]),
            (":wave", &[]),
            ("", &[]),
            ("see: :wave:", &["wave"]),
            ("ä:wave:", &[]),
            (":né:", &[]),
        ] {
            assert_eq!(shortcodes(text), names, "{text}");
        }
    }
}
