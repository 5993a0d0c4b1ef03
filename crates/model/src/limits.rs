//! Limits of what people may write, stated once and shown in the instance's configuration.

/// Limits of local content. Counts of characters are Mastodon's: a link counts 23, a mention counts without its domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Characters of a post, its content warning included.
    pub status_characters: usize,
    /// Pictures of one post.
    pub status_media: usize,
    /// Characters that every link counts.
    pub link_characters: usize,
    /// Characters of a display name.
    pub display_name_characters: usize,
    /// Characters of a bio.
    pub note_characters: usize,
    /// Characters of an alt text.
    pub description_characters: usize,
    /// Mentions of one post; more are refused.
    pub status_mentions: usize,
    /// Options of a poll, at most; at least two.
    pub poll_options: usize,
    /// Characters of an option of a poll.
    pub poll_option_characters: usize,
    /// How long a poll is open, in seconds, both ends included.
    pub poll_seconds: std::ops::RangeInclusive<i64>,
    /// Characters of a password, both ends included.
    pub password_characters: std::ops::RangeInclusive<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            status_characters: 5000,
            status_media: 10,
            link_characters: 23,
            display_name_characters: 50,
            note_characters: 500,
            description_characters: 1500,
            status_mentions: 50,
            poll_options: 4,
            poll_option_characters: 50,
            // Five minutes to 31 days.
            poll_seconds: 300..=2_678_400,
            password_characters: 8..=128,
        }
    }
}
