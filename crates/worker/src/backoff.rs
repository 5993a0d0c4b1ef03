//! How long to wait before trying again.

use std::time::Duration;

use tintype_model::random;

/// The wait after `attempts` attempts that came to nothing before this one: `first`, doubled for each of them up to
/// `most`, and a random quarter to half more, so that those who failed together don't come back together.
pub fn backoff(attempts: i64, first: Duration, most: Duration) -> Duration {
    let doublings = u32::try_from(attempts.clamp(0, 31)).unwrap_or(31);
    let wait = first.saturating_mul(1 << doublings).min(most);
    wait.mul_f64(random::factor(1.25, 1.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_most_and_never_goes_together() {
        let (first, most) = (Duration::from_secs(10), Duration::from_mins(5));
        for (attempts, base) in [(-1, 10), (0, 10), (1, 20), (3, 80), (5, 300), (40, 300), (i64::MAX, 300)] {
            let base = Duration::from_secs(base);
            let waits: Vec<_> = (0..50).map(|_| backoff(attempts, first, most)).collect();
            assert!(
                waits.iter().all(|w| (base.mul_f64(1.249)..=base.mul_f64(1.501)).contains(w)),
                "{waits:?}"
            );
            assert!(waits.iter().any(|w| *w != waits[0]), "all the same");
        }
    }
}
