//! Who may see a status. The rule stands here once as code; `store` holds the same rule as SQL, and a test holds the
//! two together.

use crate::AccountId;

text_enum! {
    /// How far a status reaches (Mastodon's words; the people's words in brackets).
    pub enum Visibility {
        /// Everyone, and shown in public timelines (public).
        Public = "public",
        /// Everyone, but not in public timelines (quiet public).
        Unlisted = "unlisted",
        /// Accepted followers and those mentioned (followers only).
        Private = "private",
        /// Those mentioned, nobody else (direct).
        Direct = "direct",
    }
}

impl Visibility {
    /// Whether everyone may see it.
    pub fn is_open(self) -> bool {
        matches!(self, Visibility::Public | Visibility::Unlisted)
    }
}

/// What the rule needs to know of a status.
#[derive(Debug, Clone)]
pub struct Audience<'a> {
    /// The author.
    pub author: AccountId,
    /// How far it reaches.
    pub visibility: Visibility,
    /// The accounts it addresses by name.
    pub mentioned: &'a [AccountId],
}

/// Whether `viewer` (nobody signed in: `None`) may see a status with this audience.
/// `follows_author` says whether the viewer's follow of the author has been *accepted*.
pub fn may_see(viewer: Option<AccountId>, status: &Audience<'_>, follows_author: bool) -> bool {
    if status.visibility.is_open() {
        return true;
    }
    let Some(viewer) = viewer else { return false };
    viewer == status.author
        || status.mentioned.contains(&viewer)
        || (status.visibility == Visibility::Private && follows_author)
}
