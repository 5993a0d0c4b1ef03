//! Counting attempts and requests in fixed windows of time, in memory; requests also in Redis, so that several processes
//! share the counts. A restart forgets; that opens one more window, no more.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tintype_model::Millis;

use crate::redis::Redis;

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

/// What was counted under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// How often in the present window, this time included.
    pub used: u32,
    /// When the window ends.
    pub ends: Millis,
}

/// Attempts by name. Cheap to clone; clones share the counts.
#[derive(Debug, Clone, Default)]
pub struct Throttle {
    here: Arc<Mutex<HashMap<String, Window>>>,
    shared: Option<Redis>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    ends: Millis,
    count: u32,
}

impl Throttle {
    /// Counts requests together with other processes, as long as Redis is there.
    pub fn shared(redis: Redis) -> Self {
        Self { shared: Some(redis), ..Self::default() }
    }

    /// Counts a request under every name, whether or not that is too often: what the counts are now, in the same order.
    pub async fn count(&self, now: Millis, names: &[(String, Allowance)]) -> Vec<Count> {
        if let Some(redis) = &self.shared
            && let Some(counts) = redis.count(names).await
        {
            return counts.into_iter().map(|(used, left)| Count { used, ends: now.plus(left) }).collect();
        }
        let mut windows = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut windows, now, names.len());
        let count = |(name, allowance): &(String, Allowance)| {
            let window = windows.entry(name.clone()).or_insert(Window { ends: Millis(0), count: 0 });
            window.add(now, allowance);
            Count { used: window.count, ends: window.ends }
        };
        names.iter().map(count).collect()
    }

    /// Counts an attempt under every name, unless one of them has used up its allowance: `false` then, and nothing is
    /// counted. It counts before the attempt is made, so that many at once don't slip through.
    pub fn take(&self, now: Millis, names: &[(String, Allowance)]) -> bool {
        let mut windows = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = |name: &String, allowance: &Allowance| {
            windows.get(name).is_some_and(|w| w.ends > now && w.count >= allowance.times)
        };
        if names.iter().any(|(name, allowance)| spent(name, allowance)) {
            return false;
        }
        make_room(&mut windows, now, names.len());
        for (name, allowance) in names {
            windows.entry(name.clone()).or_insert(Window { ends: Millis(0), count: 0 }).add(now, allowance);
        }
        true
    }

    /// Takes back an attempt under these names: it was a rightful one.
    pub fn give_back(&self, names: &[(String, Allowance)]) {
        let mut windows = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, _) in names {
            if let Some(window) = windows.get_mut(name) {
                window.count = window.count.saturating_sub(1);
            }
        }
    }
}

impl Window {
    fn add(&mut self, now: Millis, allowance: &Allowance) {
        if self.ends <= now {
            *self = Self { ends: now.plus(allowance.window), count: 0 };
        }
        self.count = self.count.saturating_add(1);
    }
}

/// The name of a source: an address, or the /64 of an IPv6 one, because whoever has one of those addresses has all of
/// them.
pub fn source(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("{}/64", Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
    }
}

fn make_room(windows: &mut HashMap<String, Window>, now: Millis, more: usize) {
    if windows.len() + more > CAPACITY {
        forget(windows, now);
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

    #[tokio::test]
    async fn requests_are_counted_even_when_there_are_too_many() {
        let throttle = Throttle::default();
        let names = [("alice".to_owned(), TWICE), ("here".to_owned(), TWICE)];
        let t = Millis(1_000);
        for used in 1..=3 {
            let count = Count { used, ends: t.plus(TWICE.window) };
            assert_eq!(throttle.count(t, &names).await, [count, count]);
        }
        let later = t.plus(TWICE.window);
        assert_eq!(throttle.count(later, &names).await[0].used, 1, "a new window");
    }

    #[tokio::test]
    async fn without_redis_every_process_counts_for_itself() {
        // Nobody listens on this port of loopback.
        let away = Throttle::shared(Redis::open("redis://127.0.0.1:1/", "photos.example").unwrap());
        let names = [("alice".to_owned(), TWICE)];
        for used in 1..=3 {
            assert_eq!(away.count(Millis(1_000), &names).await[0].used, used);
        }
    }

    #[test]
    fn neighbours_in_ipv6_are_one_source() {
        let of = |text: &str| source(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn stays_small() {
        let throttle = Throttle::default();
        for n in 0..3 * CAPACITY {
            throttle.take(Millis(i64::try_from(n).unwrap()), &[(n.to_string(), TWICE)]);
        }
        assert!(throttle.here.lock().unwrap().len() <= CAPACITY);
    }
}
