//! <https://docs.joinmastodon.org/entities/CustomEmoji/>

use serde::Serialize;

/// A picture that stands for `:shortcode:` in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct CustomEmoji {
    /// Without the colons.
    pub shortcode: String,
    /// The picture.
    pub url: String,
    /// The picture without motion.
    pub static_url: String,
    /// Offered for writing.
    pub visible_in_picker: bool,
    /// Its shelf.
    pub category: Option<String>,
}
