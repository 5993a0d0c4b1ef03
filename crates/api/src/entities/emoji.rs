//! <https://docs.joinmastodon.org/entities/CustomEmoji/>

use serde::Serialize;
use tintype_service::emojis::EmojiView;

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

impl From<EmojiView> for CustomEmoji {
    fn from(view: EmojiView) -> Self {
        Self {
            shortcode: view.shortcode,
            // No picture of ours moves.
            static_url: view.url.clone(),
            url: view.url,
            visible_in_picker: view.visible,
            category: view.category,
        }
    }
}
