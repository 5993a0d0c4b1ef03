//! Where somebody goes on to after signing in: a path of this site, whatever the parameter says.

use tintype_model::Site;
use url::Url;

/// The path and query that `text` names on this site; `None` for everything that a browser could read as leading
/// elsewhere.
pub fn same_origin(site: &Site, text: &str) -> Option<String> {
    if !text.starts_with('/')
        || text.len() > 8192
        || text.bytes().any(|b| b <= b' ' || b == b'\\' || b == 0x7f)
    {
        return None;
    }
    let path = text.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    // A slash in disguise may be unwrapped by what comes after us.
    if path.contains("//") || path.contains("%2f") || path.contains("%5c") || path.contains("%25") {
        return None;
    }
    let base = Url::parse(&site.base).ok()?;
    let url = base.join(text).ok()?;
    if url.origin() != base.origin() || !url.username().is_empty() || url.path().starts_with("//") {
        return None;
    }
    Some(match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        let site = Site {
            domain: "photos.example".into(),
            base: "https://photos.example".into(),
            title: String::new(),
        };
        for (text, path) in [
            ("/", "/"),
            ("/@alice", "/@alice"),
            (
                "/oauth/authorize?redirect_uri=https%3A%2F%2Fapp.example%2F",
                "/oauth/authorize?redirect_uri=https%3A%2F%2Fapp.example%2F",
            ),
            ("/a/../b#frag", "/b"),
        ] {
            assert_eq!(same_origin(&site, text).as_deref(), Some(path));
        }
        for bad in [
            "",
            "@alice",
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/%2Fevil.example",
            "/%5Cevil.example",
            "/web/%2fevil.example",
            "/%252Fevil.example",
            "/\t/evil.example",
            "/a/..//evil.example",
            "/\r\nSet-Cookie:x=1",
            "javascript:alert(1)",
            " /x",
        ] {
            assert_eq!(same_origin(&site, bad), None, "{bad}");
        }
    }
}
