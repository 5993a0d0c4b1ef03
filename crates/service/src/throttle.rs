//! Counting attempts in fixed windows of time, in memory. A restart forgets; that opens one more window, no more.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tintype_model::Millis;

/// Names that are remembered at once. Beyond it the oldest are forgotten.
const CAPACITY: usize = 20_000;

/// How often in how long.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// Attempts in one window.
    pub times: u32,
    /// The window's length.
    pub window: Duration,
}

/// Attempts by name. Cheap to clone; clones share the counts.
#[derive(Debug, Clone, Default)]
pub struct Throttle(Arc<Mutex<HashMap<String, Window>>>);

#[derive(Debug, Clone, Copy)]
struct Window {
    ends: Millis,
    count: u32,
}

impl Throttle {
    /// Counts an attempt under every name, unless one of them has used up its allowance: `false` then, and nothing is
    /// counted. It counts before the attempt is made, so that many at once don't slip through.
    pub fn take(&self, now: Millis, names: &[(String, Allowance)]) -> bool {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = |name: &String, allowance: &Allowance| {
            windows.get(name).is_some_and(|w| w.ends > now && w.count >= allowance.times)
        };
        if names.iter().any(|(name, allowance)| spent(name, allowance)) {
            return false;
        }
        if windows.len() + names.len() > CAPACITY {
            forget(&mut windows, now);
        }
        for (name, allowance) in names {
            let window = windows.entry(name.clone()).or_insert(Window { ends: Millis(0), count: 0 });
            if window.ends <= now {
                *window = Window { ends: now.plus(allowance.window), count: 0 };
            }
            window.count += 1;
        }
        true
    }

    /// Takes back an attempt under these names: it was a rightful one.
    pub fn give_back(&self, names: &[(String, Allowance)]) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, _) in names {
            if let Some(window) = windows.get_mut(name) {
                window.count = window.count.saturating_sub(1);
            }
        }
    }
}

/// Makes room: what has ended goes, and if that isn't enough the half that ends first.
fn forget(windows: &mut HashMap<String, Window>, now: Millis) {
    windows.retain(|_, window| window.ends > now);
    if windows.len() > CAPACITY / 2 {
        let mut ends: Vec<Millis> = windows.values().map(|window| window.ends).collect();
        let middle = ends.len() / 2;
        let (_, &mut median, _) = ends.select_nth_unstable(middle);
        windows.retain(|_, window| window.ends > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWICE: Allowance = Allowance { times: 2, window: Duration::from_mins(1) };

    #[test]
    fn counts_in_windows_and_takes_back() {
        let throttle = Throttle::default();
        let names = [("alice".to_owned(), TWICE)];
        let t = Millis(1_000);
        assert!(throttle.take(t, &names));
        assert!(throttle.take(t, &names));
        assert!(!throttle.take(t, &names));
        assert!(throttle.take(t, &[("bob".to_owned(), TWICE)]), "others are not concerned");
        throttle.give_back(&names);
        assert!(throttle.take(t, &names));
        assert!(!throttle.take(t.plus(Duration::from_secs(59)), &names));
        assert!(throttle.take(t.plus(Duration::from_mins(1)), &names), "the lock expires");
    }

    #[test]
    fn stays_small() {
        let throttle = Throttle::default();
        for n in 0..3 * CAPACITY {
            throttle.take(Millis(i64::try_from(n).unwrap()), &[(n.to_string(), TWICE)]);
        }
        assert!(throttle.0.lock().unwrap().len() <= CAPACITY);
    }
}
