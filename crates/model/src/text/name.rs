//! Names that people give themselves.

/// A display name as it is kept: without control characters and without the signs that turn the text around them, which
/// would reach into what stands beside the name (Unicode Annex #9, explicit directional formatting).
pub fn name(text: &str) -> String {
    let plain = |c: &char| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(plain).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn names_stay_within_their_bounds() {
        for (text, expected) in [
            (" Alice ", "Alice"),
            ("gnp.\u{202e}evil", "gnp.evil"),
            ("\u{2066}a\u{2069}\u{202a}b\u{202c}", "ab"),
            ("a\u{0}b\u{1b}[31m\n", "ab[31m"),
            ("\u{202e} \u{202e}", ""),
            // What a script needs stays: joiners and marks of direction.
            (
                "\u{645}\u{6cc}\u{200c}\u{62e}\u{200f} 👩\u{200d}🚀",
                "\u{645}\u{6cc}\u{200c}\u{62e}\u{200f} 👩\u{200d}🚀",
            ),
        ] {
            assert_eq!(name(text), expected, "{text:?}");
        }
    }
}
