//! Grids of pictures.

use tintype_service::views::{AccountView, MediaView, StatusView};

/// Pictures on a page of a grid: whole rows of three.
pub const PER_PAGE: i64 = 24;

/// One picture of a grid, which leads to its post.
#[derive(Debug, Clone)]
pub struct Tile {
    pub href: String,
    pub src: String,
    /// The alt text; of a veiled one, what it shows instead of the picture.
    pub label: String,
    /// Not shown before somebody asks for it.
    pub veiled: bool,
    /// How many pictures the post has.
    pub pictures: usize,
}

/// The posts that have pictures, as tiles.
pub fn tiles(statuses: &[StatusView]) -> Vec<Tile> {
    statuses.iter().filter_map(tile).collect()
}

/// Whether a post has a tile.
pub fn has_picture(status: &StatusView) -> bool {
    status.media.iter().any(|media| media.kind == "image")
}

fn tile(status: &StatusView) -> Option<Tile> {
    let first = status.media.iter().find(|media| media.kind == "image")?;
    let veiled = status.sensitive || !status.spoiler_text.is_empty();
    let label = match status.spoiler_text.as_str() {
        "" if veiled => "Sensitive".to_owned(),
        "" => label(first, &status.account, &status.created_at.date()),
        warning => warning.to_owned(),
    };
    Some(Tile {
        href: href(status),
        src: first.preview_url.clone(),
        label,
        veiled,
        pictures: status.media.len(),
    })
}

/// A picture's alt text; without one, what is known of it.
pub fn label(media: &MediaView, by: &AccountView, day: &str) -> String {
    match media.description.as_deref().map(str::trim) {
        Some(description) if !description.is_empty() => description.to_owned(),
        _ => format!("Picture by {}, {day}, without a description", name(by)),
    }
}

/// The page of a post: ours for our own, elsewhere for others.
pub fn href(status: &StatusView) -> String {
    if status.account.local {
        format!("/@{}/{}", status.account.username, status.id)
    } else {
        web_link(&status.url)
    }
}

/// An address that others gave, if it is a web page's; one that leads nowhere otherwise.
pub fn web_link(url: &str) -> String {
    let scheme = url.split(':').next().unwrap_or_default();
    let is_web = ["http", "https"].iter().any(|s| scheme.eq_ignore_ascii_case(s));
    if is_web { url.to_owned() } else { "#".to_owned() }
}

/// What somebody is called: their display name, or their username.
pub fn name(account: &AccountView) -> &str {
    if account.display_name.trim().is_empty() { &account.username } else { &account.display_name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_pages_are_linked() {
        for good in ["https://far.example/@bob/1", "HTTP://far.example/"] {
            assert_eq!(web_link(good), good);
        }
        for bad in ["javascript:alert(1)", "data:text/html,x", " https://far.example/", "//far.example", ""] {
            assert_eq!(web_link(bad), "#", "{bad}");
        }
    }
}
