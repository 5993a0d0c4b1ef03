//! The time of day, for dates in requests. The program under test reads its own clock.

use chrono::{DateTime, TimeDelta, Utc};

/// Now, moved by `offset_seconds` (negative: into the past).
#[expect(
    clippy::disallowed_methods,
    reason = "the test kit stands outside the program and has no Clock of its own"
)]
pub fn now(offset_seconds: i64) -> DateTime<Utc> {
    Utc::now() + TimeDelta::seconds(offset_seconds)
}

/// The form of the HTTP `Date` header (RFC 9110 §5.6.7).
pub fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// RFC 3339 with milliseconds and `Z`, as activities carry it.
pub fn timestamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
