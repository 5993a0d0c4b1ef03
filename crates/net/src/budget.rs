//! How many fetches one received activity may cause.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Error;

/// A counter shared by everything that is fetched on behalf of one activity, so that a chain of objects pointing to
/// objects ends. Clones share the count.
#[derive(Debug, Clone)]
pub struct Budget(Arc<AtomicU32>);

impl Budget {
    /// A budget of `fetches`.
    pub fn new(fetches: u32) -> Self {
        Self(Arc::new(AtomicU32::new(fetches)))
    }

    /// Takes one fetch, or answers [`Error::Budget`] when none is left.
    pub fn take(&self) -> Result<(), Error> {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .map(|_| ())
            .map_err(|_| Error::Budget)
    }

    /// Fetches left.
    pub fn left(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_and_never_wrap() {
        let budget = Budget::new(2);
        let other = budget.clone();
        assert!(budget.take().is_ok());
        assert!(other.take().is_ok());
        for _ in 0..3 {
            assert!(matches!(budget.take(), Err(Error::Budget)));
        }
        assert_eq!(other.left(), 0);
    }
}
