//! `/@alice` is a page for people; servers that ask for an activity are sent to the actor.

use axum::http::{HeaderMap, HeaderValue, header};

/// Whether the `Accept` header would rather have an ActivityPub object than a page.
pub fn wants_activity(headers: &HeaderMap) -> bool {
    let (mut activity, mut html) = (0.0_f32, 0.0_f32);
    for line in headers.get_all(header::ACCEPT) {
        for range in line.to_str().unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|p| p.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            match kind.as_str() {
                "application/activity+json" | "application/ld+json" => activity = activity.max(weight),
                "text/html" | "application/xhtml+xml" => html = html.max(weight),
                _ => {}
            }
        }
    }
    activity > 0.0 && activity >= html
}

/// What the answers to such addresses depend on.
pub fn vary(headers: &mut HeaderMap) {
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Cookie"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_for_those_who_want_pages() {
        for (accept, activity) in [
            ("", false),
            ("*/*", false),
            ("text/html,application/xhtml+xml,*/*;q=0.8", false),
            ("application/activity+json", true),
            ("application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"", true),
            ("application/activity+json, text/html;q=0.5", true),
            ("text/html, application/activity+json;q=0.5", false),
            ("application/activity+json;q=0, */*", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(wants_activity(&headers), activity, "{accept}");
        }
    }
}
