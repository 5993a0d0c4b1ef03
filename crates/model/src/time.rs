//! Time as the house keeps it: milliseconds since the Unix epoch, UTC.

use std::time::{Duration, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};

/// A moment: milliseconds since 1970-01-01T00:00:00Z. Stored as BIGINT.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    sqlx::Type,
    serde::Serialize,
    serde::Deserialize,
)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// RFC 3339 with three fractional digits and `Z`: `2026-01-02T03:04:05.000Z`, the form of the Mastodon API.
    pub fn rfc3339(self) -> String {
        self.date_time().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// The calendar day, `2026-01-02`.
    pub fn date(self) -> String {
        self.date_time().format("%Y-%m-%d").to_string()
    }

    /// An HTTP date (RFC 9110 §5.6.7): `Fri, 02 Jan 2026 03:04:05 GMT`.
    pub fn http_date(self) -> String {
        self.date_time().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Midnight UTC of the same day.
    #[must_use]
    pub fn midnight(self) -> Millis {
        Millis(self.0 - self.0.rem_euclid(86_400_000))
    }

    /// Reads RFC 3339; `None` if it is anything else.
    pub fn parse_rfc3339(text: &str) -> Option<Millis> {
        DateTime::parse_from_rfc3339(text).ok().map(|t| Millis(t.timestamp_millis()))
    }

    /// Reads an HTTP date; `None` if it is anything else.
    pub fn parse_http_date(text: &str) -> Option<Millis> {
        DateTime::parse_from_rfc2822(text).ok().map(|t| Millis(t.timestamp_millis()))
    }

    /// This moment and `d` later.
    #[must_use]
    pub fn plus(self, d: Duration) -> Millis {
        Millis(self.0.saturating_add(i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This moment and `d` earlier.
    #[must_use]
    pub fn minus(self, d: Duration) -> Millis {
        Millis(self.0.saturating_sub(i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Whole seconds since the epoch, the form of OAuth's `created_at`.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    fn date_time(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

/// Where the time comes from. The only sources are this trait's implementations.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present moment.
    fn now(&self) -> Millis;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn now(&self) -> Millis {
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_as_clients_expect() {
        let t = Millis(1_767_323_045_006);
        assert_eq!(t.rfc3339(), "2026-01-02T03:04:05.006Z");
        assert_eq!(t.date(), "2026-01-02");
        assert_eq!(t.http_date(), "Fri, 02 Jan 2026 03:04:05 GMT");
        assert_eq!(t.midnight().rfc3339(), "2026-01-02T00:00:00.000Z");
        assert_eq!(Millis::parse_rfc3339(&t.rfc3339()), Some(t));
        assert_eq!(Millis::parse_http_date(&t.http_date()), Some(Millis(1_767_323_045_000)));
        assert_eq!(Millis::parse_rfc3339("yesterday"), None);
    }
}
