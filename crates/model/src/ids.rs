//! Ids: 63-bit numbers that sort by time. 48 bits of milliseconds, 16 bits of chance.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{Clock, Millis, random};

/// Text that is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$meta])*
        ///
        /// A BIGINT in the database, a string of digits in JSON.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                match text.parse::<i64>() {
                    Ok(n) if n > 0 && text.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(n)),
                    _ => Err(NotAnId),
                }
            }
        }

        impl From<i64> for $name {
            fn from(n: i64) -> Self { Self(n) }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(&self.0) }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+ };
}

ids! {
    /// A person, bot or group, local or remote.
    AccountId,
    /// A post, a comment or a boost.
    StatusId,
    /// A picture, before and after it is attached to a post.
    MediaId,
    /// A notification of a local person.
    NotificationId,
    /// One account's follow of another, requested or accepted.
    FollowId,
    /// One account's favourite of a status.
    FavouriteId,
    /// One account's block of another.
    BlockId,
    /// One account's mute of another.
    MuteId,
    /// Something saved for later.
    BookmarkId,
    /// A status shown first on its author's profile.
    PinId,
    /// An earlier version of a status.
    EditId,
    /// The poll of a status.
    PollId,
    /// One account's choice of one option of a poll.
    VoteId,
    /// A picture that stands for `:shortcode:` in texts.
    EmojiId,
    /// A hashtag shown on a profile.
    FeaturedTagId,
    /// What somebody reported of somebody else.
    ReportId,
    /// What was asked of the author of a status.
    ApprovalId,
    /// A server that passes public posts on.
    RelayId,
    /// A domain that one person wants to see nothing of.
    DomainBlockId,
    /// A registered client application.
    AppId,
    /// An access token.
    TokenId,
    /// A browser session.
    SessionId,
    /// An activity that this instance sends.
    ActivityId,
    /// One activity on its way to one inbox.
    DeliveryId,
    /// An activity that this instance received.
    ReceivedId,
    /// A queued job.
    JobId,
}

/// Draws ids. Within one process and one millisecond they rise.
#[derive(Debug, Clone)]
pub struct IdGen {
    clock: Arc<dyn Clock>,
    last: Arc<Mutex<i64>>,
}

impl IdGen {
    /// A generator on `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, last: Arc::default() }
    }

    /// The next id: of the present moment, above every id that this generator has drawn by `next`.
    pub fn next<I: From<i64>>(&self) -> I {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let drawn = compose(self.clock.now(), u16::from_le_bytes(random::bytes()));
        // In the millisecond of the last one, or when the clock stepped back: a small random step upwards.
        let id = if drawn > *last { drawn } else { *last + 1 + i64::from(random::bytes::<1>()[0] & 0x0f) };
        *last = id;
        I::from(id)
    }

    /// An id of another moment, for what was published elsewhere; the future counts as now.
    pub fn at<I: From<i64>>(&self, published: Millis) -> I {
        let moment = published.min(self.clock.now()).max(Millis(1));
        I::from(compose(moment, u16::from_le_bytes(random::bytes())))
    }
}

/// The moment that an id carries.
pub fn moment(id: i64) -> Millis {
    Millis(id >> 16)
}

/// The smallest id of a moment.
pub fn first_of(moment: Millis) -> i64 {
    compose(moment, 0)
}

fn compose(moment: Millis, chance: u16) -> i64 {
    (moment.0.clamp(0, (1 << 47) - 1) << 16) | i64::from(chance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemClock;

    #[test]
    fn ids_rise_and_carry_their_moment() {
        let ids = IdGen::new(Arc::new(SystemClock));
        let drawn: Vec<StatusId> = (0..5000).map(|_| ids.next()).collect();
        assert!(drawn.windows(2).all(|w| w[0] < w[1]));
        let old: StatusId = ids.at(Millis(1_600_000_000_123));
        assert_eq!(moment(old.0), Millis(1_600_000_000_123));
        let future: StatusId = ids.at(Millis(i64::MAX / 2));
        assert!(moment(future.0) <= SystemClock.now());
    }

    #[test]
    fn only_plain_digits_are_ids() {
        for bad in ["", "0", "-1", "+5", "1e3", "９", "99999999999999999999", "abc"] {
            assert!(bad.parse::<StatusId>().is_err(), "{bad}");
        }
        assert_eq!("17".parse::<StatusId>(), Ok(StatusId(17)));
        assert_eq!(serde_json::to_string(&StatusId(17)).unwrap(), "\"17\"");
    }
}
