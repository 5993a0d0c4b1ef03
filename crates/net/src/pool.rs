//! The connections of one lane, and a bound on how many of them idle.
//!
//! The HTTP library bounds idle connections per host, not altogether, and a post may go to thousands of hosts within
//! seconds. So a lane's client is replaced by a fresh one when it has talked to so many hosts: the old one is dropped with
//! its idle connections as soon as nobody uses it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::Error;

type Make = Box<dyn Fn() -> Result<reqwest::Client, Error> + Send + Sync>;

/// Hands out the client of one lane.
pub(crate) struct Pool {
    make: Make,
    /// Hosts that one client talks to.
    most: usize,
    now: Mutex<Generation>,
}

struct Generation {
    client: reqwest::Client,
    hosts: HashSet<String>,
}

impl Pool {
    pub(crate) fn new(
        most: usize,
        make: impl Fn() -> Result<reqwest::Client, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let now = Mutex::new(Generation { client: make()?, hosts: HashSet::new() });
        Ok(Self { make: Box::new(make), most: most.max(1), now })
    }

    /// The client to talk to a host with.
    pub(crate) fn client(&self, host: &str) -> Result<reqwest::Client, Error> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if !now.hosts.contains(host) {
            if now.hosts.len() >= self.most {
                *now = Generation { client: (self.make)()?, hosts: HashSet::new() };
            }
            now.hosts.insert(host.to_owned());
        }
        Ok(now.client.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a client that calls nobody")]
    fn a_new_client_comes_after_so_many_hosts() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let made = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&made);
        let pool = Pool::new(2, move || {
            counted.fetch_add(1, SeqCst);
            Ok(reqwest::Client::new())
        });
        let pool = pool.unwrap();
        for (host, expected) in [("a", 1), ("b", 1), ("a", 1), ("c", 2), ("a", 2), ("c", 2), ("b", 3)] {
            pool.client(host).unwrap();
            assert_eq!(made.load(SeqCst), expected, "{host}");
        }
    }
}
