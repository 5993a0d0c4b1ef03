//! Turns: how many requests are in flight to one host, and altogether.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Error, Limits};

/// Hands out turns. A host's entry lives only while somebody waits for it or talks to it.
pub(crate) struct Gate {
    hosts: Mutex<Hosts>,
    total: Arc<Semaphore>,
    per_host: usize,
    queue_per_host: usize,
    queue: usize,
}

#[derive(Default)]
struct Hosts {
    by_name: HashMap<String, Line>,
    /// The sum of all `seats`.
    seats: usize,
}

struct Line {
    turns: Arc<Semaphore>,
    /// Requests waiting or in flight.
    seats: usize,
}

/// The right to talk to a host, given back on drop.
pub(crate) struct Turn {
    _total: OwnedSemaphorePermit,
    _host: OwnedSemaphorePermit,
    _seat: Seat,
}

/// Keeps the host's entry alive; also while waiting, so that a wait that is given up leaves nothing behind.
struct Seat {
    gate: Arc<Gate>,
    host: String,
}

impl Gate {
    pub(crate) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            hosts: Mutex::default(),
            total: Arc::new(Semaphore::new(limits.total)),
            per_host: limits.per_host.max(1),
            queue_per_host: limits.queue_per_host,
            queue: limits.queue,
        })
    }

    /// Waits for a turn at the host first and only then for one of all, so that the queue of a slow host holds none
    /// of what the others need.
    pub(crate) async fn enter(self: &Arc<Self>, host: &str) -> Result<Turn, Error> {
        let busy = || Error::Busy { host: host.to_owned() };
        let (turns, seat) = self.sit(host).ok_or_else(busy)?;
        let of_host = turns.acquire_owned().await.map_err(|_| busy())?;
        let of_total = self.total.clone().acquire_owned().await.map_err(|_| busy())?;
        Ok(Turn { _total: of_total, _host: of_host, _seat: seat })
    }

    fn sit(self: &Arc<Self>, host: &str) -> Option<(Arc<Semaphore>, Seat)> {
        let mut guard = self.hosts();
        let hosts = &mut *guard;
        if hosts.seats >= self.queue {
            return None;
        }
        let line = hosts
            .by_name
            .entry(host.to_owned())
            .or_insert_with(|| Line { turns: Arc::new(Semaphore::new(self.per_host)), seats: 0 });
        if line.seats >= self.per_host + self.queue_per_host {
            return None;
        }
        line.seats += 1;
        hosts.seats += 1;
        Some((line.turns.clone(), Seat { gate: self.clone(), host: host.to_owned() }))
    }

    fn hosts(&self) -> MutexGuard<'_, Hosts> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut hosts = self.gate.hosts();
        hosts.seats -= 1;
        if let Some(line) = hosts.by_name.get_mut(&self.host) {
            line.seats -= 1;
            if line.seats == 0 {
                hosts.by_name.remove(&self.host);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn gate(per_host: usize, total: usize, queue_per_host: usize, queue: usize) -> Arc<Gate> {
        Gate::new(&Limits { per_host, total, queue_per_host, queue, ..Limits::default() })
    }

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn one_full_host_leaves_the_others_alone() {
        let gate = gate(1, 2, 8, 64);
        let first = gate.enter("slow").await.unwrap();
        let mut second = pin!(gate.enter("slow"));
        assert!(poll(second.as_mut()).is_pending());
        // The waiter above holds no turn of the total, or this would wait for ever.
        let other = gate.enter("quick").await.unwrap();
        drop(first);
        assert!(poll(second.as_mut()).is_ready());
        drop(other);
    }

    #[tokio::test]
    async fn idle_hosts_are_forgotten() {
        let gate = gate(1, 8, 8, 64);
        let turn = gate.enter("a").await.unwrap();
        {
            let mut waiting = pin!(gate.enter("a"));
            assert!(poll(waiting.as_mut()).is_pending());
            assert_eq!(gate.hosts().seats, 2);
        }
        assert_eq!(gate.hosts().seats, 1);
        drop(turn);
        assert_eq!(gate.hosts().seats, 0);
        assert!(gate.hosts().by_name.is_empty());
    }

    #[tokio::test]
    async fn full_queues_answer_at_once() {
        let per_host = gate(1, 8, 0, 64);
        let _turn = per_host.enter("a").await.unwrap();
        assert!(matches!(per_host.enter("a").await, Err(Error::Busy { .. })));
        assert!(per_host.enter("b").await.is_ok());

        let altogether = gate(1, 8, 8, 1);
        let _turn = altogether.enter("a").await.unwrap();
        assert!(matches!(altogether.enter("b").await, Err(Error::Busy { .. })));
        assert_eq!(altogether.hosts().by_name.len(), 1);
    }
}
