//! Which documents are ActivityPub's at all.

/// Whether a media type is ActivityPub's: `application/activity+json`, or `application/ld+json` with the
/// ActivityStreams profile. Anything else a server stores for its users is not its own word.
pub fn is_activity_json(text: &str) -> bool {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    if kind.eq_ignore_ascii_case("application/activity+json") {
        return true;
    }
    kind.eq_ignore_ascii_case("application/ld+json")
        && parts.filter_map(|part| part.split_once('=')).any(|(name, value)| {
            name.trim().eq_ignore_ascii_case("profile")
                && value
                    .trim()
                    .trim_matches('"')
                    .split_ascii_whitespace()
                    .any(|profile| profile == "https://www.w3.org/ns/activitystreams")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        let profile = r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#;
        for (text, expected) in [
            ("application/activity+json", true),
            ("Application/Activity+JSON; charset=utf-8", true),
            (profile, true),
            ("application/ld+json;charset=utf-8;PROFILE=https://www.w3.org/ns/activitystreams", true),
            (
                r#"application/ld+json; profile="https://a.example https://www.w3.org/ns/activitystreams""#,
                true,
            ),
            ("application/ld+json", false),
            (r#"application/ld+json; profile="https://www.w3.org/ns/other""#, false),
            ("application/json", false),
            ("text/html; application/activity+json", false),
            ("", false),
        ] {
            assert_eq!(is_activity_json(text), expected, "{text}");
        }
    }
}
