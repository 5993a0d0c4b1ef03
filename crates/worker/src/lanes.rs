//! Which hosts may take how long, so that none waits for those that don't answer.
//!
//! There are more hands than lanes. A host of which nothing bad is known runs in any free hand, for a moment; one that then
//! still has not answered goes on in *overtime*, and where there is no overtime left it is *cut*: it comes back soon.
//! Cut once, it runs *again*, in a lane of those; cut twice, or failed before, it is *troubled*: a few of those at a time, with
//! all the patience there is. So all lanes together never hold all hands, and what answers is served at once, however
//! many others do not.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Semaphore, time::timeout};

/// Hands of the whole queue. Each may cost a socket.
pub const HANDS: usize = 512;
/// Runs that begin at once, and for how long each counts as beginning: many at once would make all of them slow.
const STARTS: usize = 128;
const START: Duration = Duration::from_millis(100);
/// Hosts that were cut once.
const AGAIN: usize = 128;
/// Hosts that take longer than a moment.
const OVERTIME: usize = 128;
/// Hosts that failed, or were cut twice.
const TROUBLED: usize = 64;
/// How long a moment is.
const MOMENT: Duration = Duration::from_secs(1);
/// Hosts of which a cut is remembered. More can't be cut at a time; those forgotten are only cut once more.
const REMEMBERED: usize = 10_000;

/// What became of a run.
#[derive(Debug, PartialEq, Eq)]
pub enum Run<T> {
    Ended(T),
    /// Its lane is full. Nothing was done.
    Full,
    /// It was stopped, because others wait.
    Cut,
}

/// The lanes of one process.
#[derive(Debug)]
pub struct Lanes {
    moment: Duration,
    starts: Semaphore,
    again: Semaphore,
    overtime: Semaphore,
    troubled: Semaphore,
    /// How often a host was cut since it last ran to its end.
    cuts: Mutex<HashMap<String, u8>>,
}

impl Default for Lanes {
    fn default() -> Self {
        Self::new(MOMENT, AGAIN, OVERTIME, TROUBLED)
    }
}

impl Lanes {
    fn new(moment: Duration, again: usize, overtime: usize, troubled: usize) -> Self {
        Self {
            moment,
            starts: Semaphore::new(STARTS),
            again: Semaphore::new(again),
            overtime: Semaphore::new(overtime),
            troubled: Semaphore::new(troubled),
            cuts: Mutex::default(),
        }
    }

    /// Does a host's `work` in the lane that it belongs to. `failed`: it failed the last time. `silent`: whether it has kept
    /// us waiting for so long; one that has much to take is not slow.
    pub async fn run<T>(
        &self,
        host: &str,
        failed: bool,
        work: impl Future<Output = T>,
        silent: impl Fn(Duration) -> bool,
    ) -> Run<T> {
        let cuts = self.cuts().get(host).copied().unwrap_or_default();
        let mut again = None;
        if failed || cuts > 1 {
            let Ok(_lane) = self.troubled.try_acquire() else { return Run::Full };
            return self.ended(host, work.await);
        } else if cuts == 1 {
            let Ok(lane) = self.again.try_acquire() else { return Run::Full };
            again = Some(lane);
        }
        let mut work = pin!(work);
        let starting = self.starts.acquire().await;
        if let Ok(ended) = timeout(START.min(self.moment), &mut work).await {
            return self.ended(host, ended);
        }
        drop(starting);
        while !silent(self.moment) {
            if let Ok(ended) = timeout(self.moment / 2, &mut work).await {
                return self.ended(host, ended);
            }
        }
        let Ok(_lane) = self.overtime.try_acquire() else {
            self.cut(host);
            return Run::Cut;
        };
        drop(again);
        self.ended(host, work.await)
    }

    fn ended<T>(&self, host: &str, outcome: T) -> Run<T> {
        self.cuts().remove(host);
        Run::Ended(outcome)
    }

    fn cut(&self, host: &str) {
        let mut cuts = self.cuts();
        if cuts.len() >= REMEMBERED {
            cuts.clear();
        }
        *cuts.entry(host.to_owned()).or_default() += 1;
    }

    fn cuts(&self) -> MutexGuard<'_, HashMap<String, u8>> {
        self.cuts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::sleep;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(20);
    /// For what never ends by itself.
    const LONG: Duration = Duration::from_millis(200);

    fn silent(_: Duration) -> bool {
        true
    }

    #[tokio::test]
    async fn what_answers_needs_no_lane() {
        let lanes = Lanes::new(MOMENT, 0, 0, 0);
        assert_eq!(lanes.run("a", false, ready(7), silent).await, Run::Ended(7));
        assert_eq!(lanes.run("a", true, ready(7), silent).await, Run::Full);
    }

    #[tokio::test]
    async fn the_slow_are_cut_when_there_is_no_overtime() {
        let lanes = Lanes::new(MOMENT, 1, 1, 1);
        let mut first = pin!(lanes.run("first", false, pending::<()>(), silent));
        assert!(timeout(LONG, &mut first).await.is_err(), "overtime has no end");
        for _ in 0..2 {
            assert_eq!(lanes.run("second", false, pending::<()>(), silent).await, Run::Cut);
        }
        // By now it is troubled: nobody cuts it any more.
        assert!(timeout(LONG, lanes.run("second", false, pending::<()>(), silent)).await.is_err());
        assert_eq!(lanes.run("second", false, ready(()), silent).await, Run::Ended(()));
        assert!(lanes.cuts().is_empty(), "an end forgets");
    }

    #[tokio::test]
    async fn lanes_are_bounded_and_given_back() {
        let lanes = Lanes::new(MOMENT, 1, 1, 1);
        {
            let mut holder = pin!(lanes.run("a", true, pending::<()>(), silent));
            assert!(timeout(MOMENT, &mut holder).await.is_err());
            assert_eq!(lanes.run("b", true, ready(()), silent).await, Run::Full);
        }
        assert_eq!(lanes.run("b", true, ready(()), silent).await, Run::Ended(()));
    }

    #[tokio::test]
    async fn a_host_that_takes_much_is_not_slow() {
        let lanes = Lanes::new(MOMENT, 0, 0, 0);
        let work = async { sleep(MOMENT * 4).await };
        assert_eq!(lanes.run("a", false, work, |_| false).await, Run::Ended(()));
    }
}
