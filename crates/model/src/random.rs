//! Random bytes from the operating system.

/// `N` random bytes.
///
/// # Panics
/// When the operating system has no randomness to give; nothing secret can be made then, so nothing may go on.
#[expect(clippy::disallowed_methods, reason = "this is the one place that draws random bytes")]
#[expect(clippy::expect_used, reason = "without randomness no secret may be made")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    getrandom::fill(&mut out).expect("the operating system gives random bytes");
    out
}

/// Brings a list into any order.
pub fn shuffle<T>(list: &mut [T]) {
    list.sort_by_cached_key(|_| u64::from_le_bytes(bytes::<8>()));
}

/// A random factor in `low..=high`, for jitter.
pub fn factor(low: f64, high: f64) -> f64 {
    let unit = f64::from(u32::from_le_bytes(bytes::<4>())) / f64::from(u32::MAX);
    low + (high - low) * unit
}
