//! Where a browser may be sent back to.

use url::{Host, Url, form_urlencoded};

/// The redirect URI of apps that can't be redirected to: the code is shown, and typed in by hand.
pub const OOB: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Schemes that run code or read files in the browser instead of leading to an app.
const DANGEROUS: &[&str] = &[
    "about",
    "blob",
    "content",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "javascript",
    "mailto",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// Whether an app may register this redirect URI: an https page, a page of the person's own machine, an app's own scheme,
/// or [`OOB`]. No user name in it, no fragment (RFC 6749 §3.1.2), nothing but visible ASCII.
pub(super) fn is_acceptable(uri: &str) -> bool {
    if uri == OOB {
        return true;
    }
    if uri.len() > 2000
        || uri.contains(['#', '\\', '<', '>', '"'])
        || !uri.bytes().all(|b| b.is_ascii_graphic())
    {
        return false;
    }
    let Ok(url) = Url::parse(uri) else { return false };
    let anonymous = url.username().is_empty() && url.password().is_none();
    match url.scheme() {
        "https" => url.has_host() && anonymous,
        "http" => is_loopback(&url) && anonymous,
        "urn" => false,
        other => !DANGEROUS.contains(&other),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A redirect URI with parameters added, otherwise byte for byte as it was registered. `None` for [`OOB`].
pub(super) fn with(uri: &str, parameters: &[(&str, &str)]) -> Option<String> {
    if uri == OOB {
        return None;
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    let joint = match uri.find('?') {
        None => "?",
        Some(_) if uri.ends_with(['?', '&']) => "",
        Some(_) => "&",
    };
    Some(format!("{uri}{joint}{}", query.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_and_pages_are_fine_scripts_are_not() {
        for good in [
            OOB,
            "https://app.example/callback?x=1",
            "http://localhost:3000/cb",
            "http://127.0.0.1:49152/",
            "http://[::1]:8080/",
            "http://beta.localhost:4000/x",
            "icecubesapp://",
            "tusky://com.keylesspalace.tusky/oauth",
            "com.example.app:/oauth2redirect",
            "https://elk.example/api/a.example/oauth/https%3A%2F%2Felk.example",
        ] {
            assert!(is_acceptable(good), "{good}");
        }
        let long = format!("https://app.example/{}", "x".repeat(2000));
        for bad in [
            "",
            "callback",
            "/cb",
            "//app.example/cb",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "java\nscript:alert(1)",
            " javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://a.example/1",
            "http://app.example/cb",
            "http://127.0.0.1.far.example/",
            "https://user@app.example/",
            "https://u:p@app.example/",
            "https://app.example/#x",
            "https://app.example/\r\nSet-Cookie:x",
            "https:// app.example",
            "urn:ietf:wg:oauth:2.0:other",
            "https://app.example\\@evil.example/",
            "https://bücher.example/",
            &long,
        ] {
            assert!(!is_acceptable(bad), "{bad}");
        }
    }

    #[test]
    fn parameters_are_added_and_nothing_is_changed() {
        for (uri, whole) in [
            ("https://a.example/cb", "https://a.example/cb?code=a%26b&state=%C3%BC"),
            ("https://a.example/cb?x=%2f", "https://a.example/cb?x=%2f&code=a%26b&state=%C3%BC"),
            ("https://a.example/cb?", "https://a.example/cb?code=a%26b&state=%C3%BC"),
            ("app://", "app://?code=a%26b&state=%C3%BC"),
        ] {
            assert_eq!(with(uri, &[("code", "a&b"), ("state", "ü")]).as_deref(), Some(whole));
        }
        assert_eq!(with(OOB, &[]), None);
    }
}
