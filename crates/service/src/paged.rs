//! Lists whose cursors are not the ids of what they list.

/// One page of a list, with the cursors of its ends.
#[derive(Debug, Clone)]
pub struct Paged<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// The cursor of the newest row read, for `min_id`.
    pub first: Option<i64>,
    /// The cursor of the oldest row read, for `max_id`.
    pub last: Option<i64>,
}

impl<T> Paged<T> {
    /// A page whose rows were read as (cursor, …), newest first.
    pub fn new<R>(items: Vec<T>, rows: &[(i64, R)]) -> Self {
        Self { items, first: rows.first().map(|r| r.0), last: rows.last().map(|r| r.0) }
    }
}
