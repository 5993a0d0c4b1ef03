//! Waiting for a condition, never for a length of time.

use std::time::{Duration, Instant};

/// What a scenario may take: two instances, retries and a slow machine included.
pub const PATIENCE: Duration = Duration::from_secs(30);

const PAUSE: Duration = Duration::from_millis(25);

/// Asks `probe` every 25 ms until it answers `Some`.
///
/// # Panics
/// After `deadline`, naming `what` was awaited.
pub async fn until<T, F>(what: &str, deadline: Duration, probe: F) -> T
where
    F: AsyncFnMut() -> Option<T>,
{
    match try_until(deadline, probe).await {
        Some(found) => found,
        None => panic!("waited {deadline:?} in vain for: {what}"),
    }
}

/// As [`until`], but `None` after `deadline`. The probe is asked at least once, and never interrupted.
pub async fn try_until<T, F>(deadline: Duration, mut probe: F) -> Option<T>
where
    F: AsyncFnMut() -> Option<T>,
{
    let start = Instant::now();
    loop {
        if let Some(found) = probe().await {
            return Some(found);
        }
        if start.elapsed() >= deadline {
            return None;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn returns_what_the_probe_found() {
        let mut asked = 0;
        let found = until("the third answer", PATIENCE, async || {
            asked += 1;
            (asked == 3).then_some(asked)
        })
        .await;
        assert_eq!(found, 3);
    }

    #[tokio::test]
    #[should_panic(expected = "for: a miracle")]
    async fn names_what_never_came() {
        until("a miracle", Duration::from_millis(1), async || None::<()>).await;
    }
}
