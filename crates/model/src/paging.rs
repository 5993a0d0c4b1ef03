//! Keyset paging, as the Mastodon API words it.

/// One page of a list that is read newest first.
///
/// `max_id` and `since_id`/`min_id` are exclusive bounds. With `min_id` the page lies directly above that id (read
/// upwards, then turned round); with `since_id` it is the newest one above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Only ids below this one.
    pub max_id: Option<i64>,
    /// Only ids above this one, the newest of them.
    pub since_id: Option<i64>,
    /// Only ids above this one, the oldest of them.
    pub min_id: Option<i64>,
    /// How many at the most.
    pub limit: i64,
}

impl Page {
    /// The newest `limit` rows.
    pub fn newest(limit: i64) -> Self {
        Self { max_id: None, since_id: None, min_id: None, limit }
    }

    /// Bound in SQL as "id below".
    pub fn below(&self) -> i64 {
        self.max_id.unwrap_or(i64::MAX)
    }

    /// Bound in SQL as "id above".
    pub fn above(&self) -> i64 {
        self.min_id.or(self.since_id).unwrap_or(0)
    }

    /// Whether SQL reads upwards (and the rows are turned round afterwards).
    pub fn upwards(&self) -> bool {
        self.min_id.is_some()
    }

    /// Rows as they were read → newest first.
    pub fn order<T>(&self, mut rows: Vec<T>) -> Vec<T> {
        if self.upwards() {
            rows.reverse();
        }
        rows
    }
}
