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
    /// Whether the author is suspended or deleted.
    pub author_gone: bool,
    /// How far it reaches.
    pub visibility: Visibility,
    /// The accounts it addresses by name.
    pub mentioned: &'a [AccountId],
    /// Whether it waits until the author of what it answers or boosts allows it.
    pub held: bool,
}

/// What the rule needs to know of a viewer and the author of a status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ties {
    /// The viewer's follow of the author has been *accepted*.
    pub follows_author: bool,
    /// The author blocks the viewer, or the viewer's server.
    pub blocked: bool,
}

/// Whether `viewer` (nobody signed in: `None`) may see a status with this audience.
///
/// What an author who is gone has left is seen by nobody, the author included. A block outweighs being addressed by name.
/// What is held is the author's alone.
pub fn may_see(viewer: Option<AccountId>, status: &Audience<'_>, ties: Ties) -> bool {
    if status.author_gone {
        return false;
    }
    let Some(viewer) = viewer else { return status.visibility.is_open() && !status.held };
    if viewer == status.author {
        return true;
    }
    !ties.blocked
        && !status.held
        && (status.visibility.is_open()
            || status.mentioned.contains(&viewer)
            || (status.visibility == Visibility::Private && ties.follows_author))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_see() {
        use Visibility::{Direct, Private, Public, Unlisted};
        let (author, named, other) = (AccountId(1), AccountId(2), AccountId(3));
        let follows = Ties { follows_author: true, ..Ties::default() };
        let blocked = Ties { blocked: true, ..follows };
        // Nobody signed in, the author, somebody named, a stranger, a follower, and the last two while they are blocked.
        for (visibility, expected) in [
            (Public, [true, true, true, true, true, false, false]),
            (Unlisted, [true, true, true, true, true, false, false]),
            (Private, [false, true, true, false, true, false, false]),
            (Direct, [false, true, true, false, false, false, false]),
        ] {
            let status =
                Audience { author, author_gone: false, visibility, mentioned: &[named], held: false };
            let held = Audience { held: true, ..status.clone() };
            let gone = Audience { author_gone: true, ..status.clone() };
            let viewers = [
                (None, Ties::default()),
                (Some(author), Ties::default()),
                (Some(named), Ties::default()),
                (Some(other), Ties::default()),
                (Some(other), follows),
                (Some(named), blocked),
                (Some(other), blocked),
            ];
            for ((viewer, ties), expected) in viewers.into_iter().zip(expected) {
                assert_eq!(may_see(viewer, &status, ties), expected, "{visibility} {viewer:?} {ties:?}");
                assert!(!may_see(viewer, &gone, ties), "{visibility} {viewer:?}");
                assert_eq!(may_see(viewer, &held, ties), viewer == Some(author), "{visibility} {viewer:?}");
            }
        }
    }
}
