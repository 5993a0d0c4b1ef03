//! Delivering to one host: several activities at once over its few connections, in order wherever they are about one
//! thing, and no more than a knock now and then at a host that does not answer.
//!
//! A crash between a POST and its record repeats what was in flight; receivers know an activity by its id.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{StreamExt as _, stream};
use http::{StatusCode, header};
use tintype_model::{AccountId, JobId, Millis, handle::domain_of, random};
use tintype_net::{Error as NetError, Request, Response};
use tintype_service::domains::{self, Admission};
use tintype_store::{
    accounts::Account,
    deliveries::{DueDelivery, Tried},
    hosts::Host,
};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use crate::{
    Error, Federation, Result,
    admission::NOT_ASKED,
    followers, limits,
    outgoing::deliver_job,
    results::{Came, Then},
    signatures::ACTIVITY_JSON,
    wire::http_url,
};

/// Deliveries that are given up in one go.
const GIVEN_UP: i64 = 64;
/// Deliveries of one round.
const ROUND: usize = 64;
/// After this a run ends, so that other hosts get their turn.
const RUN: Duration = Duration::from_secs(20);

/// Failures in a row after which a host is only knocked at.
pub(crate) const OPEN_AFTER: i64 = 5;
/// The longest wait, our own or one that we are asked for.
const LONGEST_WAIT: Duration = Duration::from_hours(12);
/// Nothing is given up for its server's silence before so many tries, which take this long from a first wait of a minute …
pub const TRIES: i64 = 15;
/// … and so much time.
pub const PATIENCE: Duration = Duration::from_hours(72);
/// After so many failed tries of one delivery, and again after as many more, somebody is asked whether the inbox has moved.
const ASK_EVERY: i64 = 3;
/// Tries of what is refused with 403: its server may not have been able to look us up.
const REFUSALS: i64 = 3;
/// After so long without an answer a host is silent: nothing new waits for it, it is knocked at once a day with what has
/// waited longest, and again when it says something itself.
pub const SILENCE: Duration = Duration::from_hours(24 * 7);
/// Why a delivery to such a host is given up. When the host is back, what is not older than [`PATIENCE`] goes there after all.
pub const SILENT: &str = "the server has not answered for a week";
/// The wait between two knocks at a silent host, before chance adds its part.
const SILENT_WAIT: Duration = Duration::from_hours(18);
/// A host that can send and not receive is not tried again at its every word: so many first waits lie between.
const WORDS_APART: u32 = 10;
/// The wait when our own connections were all taken.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// What the worker does with a job of the `deliver` queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// Nothing is pending for the host.
    All,
    /// Something is, and due then.
    Until(Millis),
}

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Try {
    /// The inbox has it.
    Taken,
    /// Later: the host failed, or asked for it. `after`: as it asked.
    Later { error: String, after: Option<Duration> },
    /// The host works and can't tell who we are (401), as one that could not look up our key. That may change.
    Unknown(String),
    /// The host works and does not let us in (403), which may change.
    Refused(String),
    /// The host works and says that there is no such inbox.
    Gone(String),
    /// The host works and says that this will never do.
    Never(String),
    /// Its inbox has moved, and it with it.
    Moved,
    /// It was not tried.
    Untried,
}

/// How long a host keeps us waiting. What our own work takes is no fault of its.
#[derive(Debug, Default, Clone)]
pub struct Waiting(Arc<Mutex<Asked>>);

#[derive(Debug, Default)]
struct Asked {
    /// Requests under way.
    requests: usize,
    /// The last answer, or, if there was none since, the first request.
    since: Option<Instant>,
}

impl Waiting {
    /// Whether requests are under way and none was answered for so long.
    pub fn for_longer_than(&self, time: Duration) -> bool {
        let asked = self.lock();
        asked.requests > 0 && asked.since.is_some_and(|since| since.elapsed() >= time)
    }

    fn ask(&self) -> Asking {
        let mut asked = self.lock();
        if asked.requests == 0 {
            asked.since = Some(Instant::now());
        }
        asked.requests += 1;
        Asking(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way, until it is dropped.
struct Asking(Waiting);

impl Drop for Asking {
    fn drop(&mut self) {
        let mut asked = self.0.lock();
        asked.requests -= 1;
        asked.since = Some(Instant::now());
    }
}

/// Delivers what is due to a host; `waiting` shows how it does meanwhile.
///
/// # Errors
/// When the database can't be asked or written. What was delivered meanwhile may be delivered again.
pub async fn run(federation: &Federation, host: &str, waiting: &Waiting) -> Result<Delivered> {
    let started = Instant::now();
    // Whether it answers shows the first request; the others that wait need not all learn it for themselves.
    let mut most = 1;
    loop {
        let now = federation.ctx().now();
        let Some(Look { known, due, senders, more }) = federation.look(host, now, most).await? else {
            federation.give_up_host(host).await?;
            return Ok(Delivered::All);
        };
        if known.retry_at > now {
            return federation.next(host, Some(known.retry_at)).await;
        }
        if due.is_empty() || started.elapsed() > RUN {
            return federation.next(host, None).await;
        }
        match federation.round(host, known, due, senders, waiting).await? {
            Round::Busy => return federation.next(host, Some(now.plus(BUSY_WAIT))).await,
            Round::Well if more => most = ROUND,
            // What it had been given up for may be due again.
            Round::Well => match federation.next(host, None).await? {
                Delivered::Until(at) if at <= federation.ctx().now() => most = ROUND,
                done => return Ok(done),
            },
            Round::Failing => most = 1,
        }
    }
}

impl Federation {
    /// A server has said something, rightly signed: what waits for it is tried at once, if it had failed. Only what it takes
    /// makes it well again (T118), for it may be able to send and not to receive.
    pub(crate) async fn heard_from(&self, account: &Account) {
        let Some(host) = http_url(account.delivery_inbox()).as_ref().and_then(domain_of) else { return };
        if let Err(error) = self.wake(&host).await {
            tracing::debug!(%error, host, "a server that is back is not tried yet");
        }
    }

    async fn wake(&self, host: &str) -> Result<()> {
        let ctx = &self.0.ctx;
        let now = ctx.now();
        let Some(known) = ctx.store.read().await?.host(host).await? else { return Ok(()) };
        let apart = self.0.settings.first_wait.saturating_mul(WORDS_APART);
        let lately = known.last_failure_at.is_some_and(|at| at.plus(apart) > now);
        if known.failures < OPEN_AFTER || lately {
            return Ok(());
        }
        // What waits for it is tried by now anyway.
        let tried = known.retry_at <= now;
        if tried && ctx.store.read().await?.next_delivery_at(host).await?.is_some() {
            return Ok(());
        }
        let mut tx = ctx.store.begin().await?;
        tx.host_woken(host, now).await?;
        if tx.read().next_delivery_at(host).await?.is_none() {
            tx.revive_host(host, SILENT, now.minus(PATIENCE), now).await?;
        }
        if tx.read().next_delivery_at(host).await?.is_some() {
            tx.enqueue(ctx.ids.next::<JobId>(), &deliver_job(host, now)?, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Gives up everything that is pending for a host that nothing goes to any more.
    async fn give_up_host(&self, host: &str) -> Result<()> {
        loop {
            let due = self.0.ctx.store.read().await?.due_deliveries(host, Millis(i64::MAX), GIVEN_UP).await?;
            if due.is_empty() {
                return Ok(());
            }
            let dead = |row: DueDelivery| (row.id, Tried::Dead { why: NOT_ASKED.to_owned() });
            let tries: Vec<_> = due.into_iter().map(dead).collect();
            tracing::info!(
                host,
                count = tries.len(),
                "deliveries to a host that is not admitted are given up"
            );
            let mut tx = self.0.ctx.store.begin().await?;
            tx.record_tries(&tries).await?;
            tx.commit().await?;
        }
    }

    /// When there is something to do next, but not before `wait`.
    async fn next(&self, host: &str, wait: Option<Millis>) -> Result<Delivered> {
        let next = self.0.ctx.store.read().await?.next_delivery_at(host).await?;
        Ok(match next {
            None => Delivered::All,
            Some(at) => Delivered::Until(wait.map_or(at, |wait| at.max(wait))),
        })
    }

    /// What there is to do at a host. `None` if nothing goes there any more.
    async fn look(&self, host: &str, now: Millis, most: usize) -> Result<Option<Look>> {
        let mut reader = self.0.ctx.store.read().await?;
        if domains::admits_by(&self.0.ctx, &mut reader, host).await? == Admission::Refused {
            return Ok(None);
        }
        let known = reader.host(host).await?.unwrap_or_default();
        let mut look = Look { known, due: Vec::new(), senders: HashMap::new(), more: false };
        if look.known.retry_at > now {
            return Ok(Some(look));
        }
        let asked = i64::try_from(most + 1).unwrap_or(i64::MAX);
        let found = reader.due_deliveries(host, now, asked).await?;
        let all = found.len();
        let mut seen: HashSet<(String, String)> = HashSet::new();
        let first = |row: &DueDelivery| seen.insert((row.inbox.clone(), row.object_uri.clone()));
        look.due = found.into_iter().take(most).filter(first).collect();
        look.more = look.due.len() < all;
        let senders: Vec<AccountId> = look.due.iter().map(|row| row.account_id).collect();
        let senders = reader.accounts(&senders).await?;
        look.senders = senders.into_iter().map(|sender| (sender.id, sender)).collect();
        Ok(Some(look))
    }

    /// Sends a round and writes down what came of it.
    async fn round(
        &self,
        host: &str,
        mut known: Host,
        due: Vec<DueDelivery>,
        senders: HashMap<AccountId, Account>,
        waiting: &Waiting,
    ) -> Result<Round> {
        let sending = due.into_iter().map(|row| {
            let (federation, sender) = (self.clone(), senders.get(&row.account_id).cloned());
            let waiting = waiting.clone();
            let send = async move {
                let outcome = federation.send(&row, sender.as_ref(), &waiting).await;
                let outcome = federation.found_again(&row, outcome).await;
                (row, outcome)
            };
            // Each in a task of its own: it may hold the database, and goes on while results are written down.
            async { AbortOnDropHandle::new(tokio::spawn(send.in_current_span())).await }
        });
        let at_once = limits::get().requests_per_host;
        let mut results = stream::iter(sending).buffer_unordered(at_once).ready_chunks(at_once);
        let mut busy = false;
        while let Some(chunk) = results.next().await {
            // One that panicked is tried again when its row is due, as if nothing was.
            let chunk: Vec<(DueDelivery, Try)> = chunk.into_iter().flatten().collect();
            busy |= chunk.iter().any(|(_, outcome)| *outcome == Try::Untried);
            // What was taken is written down, even if this run is stopped now.
            let (federation, host, before) = (self.clone(), host.to_owned(), known.clone());
            let record = async move { federation.record(&host, &before, &chunk).await };
            known.failures = tokio::spawn(record.in_current_span()).await.map_err(|_| stopped())??;
            if known.failures == 0 {
                known.failing_since = None;
            }
            if known.failures >= OPEN_AFTER {
                // What is still in flight is given up and comes again.
                break;
            }
        }
        Ok(match known.failures {
            _ if busy => Round::Busy,
            0 => Round::Well,
            _ => Round::Failing,
        })
    }

    #[tracing::instrument(name = "deliver", skip_all, fields(delivery.id = %row.id))]
    async fn send(&self, row: &DueDelivery, sender: Option<&Account>, waiting: &Waiting) -> Try {
        let Some(sender) = sender else { return Try::Never("its sender is gone".to_owned()) };
        if !sender.is_active() && !is_last_word(row, sender) {
            return Try::Never("its sender is suspended".to_owned());
        }
        let key = match self.signing_key(sender).await {
            Ok(key) => key,
            Err(error) if error.is_temporary() => return Try::Untried,
            Err(error) => return Try::Never(error.to_string()),
        };
        let Some(inbox) = http_url(&row.inbox) else { return Try::Never("the inbox is no URL".to_owned()) };
        let followers = match domain_of(&inbox) {
            Some(host) => self.synchronization(sender, &row.body, &host).await.ok().flatten(),
            None => None,
        };
        let mut request = Request::post(inbox, row.body.clone())
            .content_type(ACTIVITY_JSON)
            .deadline(Duration::from_secs(limits::get().delivery_seconds));
        if let Some(line) = followers {
            request = request.header(followers::HEADER, line);
        }
        let asking = waiting.ask();
        let answer = self.knock(&key, request).await;
        drop(asking);
        let outcome = match answer {
            Ok(response) => judge(&response, self.0.ctx.now()),
            Err(NetError::Busy { .. }) => Try::Untried,
            Err(NetError::Sign(why)) => Try::Never(format!("it could not be signed: {why}")),
            Err(error) => Try::Later { error: error.to_string(), after: None },
        };
        tracing::debug!(?outcome, "tried");
        outcome
    }

    /// What became of a try whose inbox was not there, or has failed for a while: it may be that it has moved.
    async fn found_again(&self, row: &DueDelivery, outcome: Try) -> Try {
        let ask = match &outcome {
            Try::Gone(_) => true,
            Try::Later { .. } => (row.attempts + 1) % ASK_EVERY == 0,
            _ => false,
        };
        if ask {
            self.ask_for_inbox(&row.inbox).await;
            if self.is_at(row).await.is_ok_and(|there| !there) {
                return Try::Moved;
            }
        }
        outcome
    }

    /// Whether a delivery still goes to the inbox that it had.
    async fn is_at(&self, row: &DueDelivery) -> Result<bool> {
        let now = self.0.ctx.store.read().await?.delivery(row.id).await?;
        Ok(now.is_some_and(|now| now.inbox == row.inbox))
    }

    /// Judges results and writes them down. How often the host failed in a row by then.
    async fn record(&self, host: &str, known: &Host, chunk: &[(DueDelivery, Try)]) -> Result<i64> {
        let now = self.0.ctx.now();
        let before = known.failures;
        let silent = known.failing_since.is_some_and(|since| since.plus(SILENCE) <= now);
        let wait = |before: i64, asked| wait(self.0.settings.first_wait, before, asked);
        let exhausted =
            |attempts: i64, row: &DueDelivery| attempts >= TRIES && row.created_at.plus(PATIENCE) <= now;
        let mut tries = Vec::with_capacity(chunk.len());
        let mut failed: Option<(&str, Option<Duration>)> = None;
        let (mut taken, mut answered, mut failures) = (false, false, before);
        for (row, outcome) in chunk {
            let attempts = row.attempts + 1;
            let tried = match outcome {
                Try::Untried | Try::Moved => continue,
                Try::Taken => Tried::Delivered,
                Try::Gone(why) | Try::Never(why) => Tried::Dead { why: why.clone() },
                Try::Refused(why) if attempts >= REFUSALS => Tried::Dead { why: why.clone() },
                Try::Unknown(why) if exhausted(attempts, row) => Tried::Dead { why: why.clone() },
                Try::Refused(why) | Try::Unknown(why) => {
                    Tried::Later { at: now.plus(wait(row.attempts, None)), why: why.clone() }
                }
                Try::Later { error, after } => {
                    failures += 1;
                    failed = Some((error, after.or(failed.and_then(|(_, after)| after))));
                    if exhausted(attempts, row) {
                        Tried::Dead { why: error.clone() }
                    } else {
                        Tried::Later { at: now.plus(wait(row.attempts, *after)), why: error.clone() }
                    }
                }
            };
            taken |= *outcome == Try::Taken;
            answered |= !matches!(outcome, Try::Later { .. });
            if let Tried::Dead { why } = &tried {
                tracing::info!(delivery.id = %row.id, host, why, "a delivery is given up");
            }
            tries.push((row.id, tried));
        }
        if tries.is_empty() {
            return Ok(before);
        }
        let then = match failed {
            Some((why, after)) if !answered => {
                let pause = match after {
                    Some(after) => wait(before, Some(after)),
                    None if silent => SILENT_WAIT.mul_f64(random::factor(1.25, 1.5)),
                    None if failures >= OPEN_AFTER => wait(before - OPEN_AFTER + 1, None),
                    None => Duration::ZERO,
                };
                let (why, retry_at) = (why.to_owned(), now.plus(pause));
                Then::Failed { why, times: failures - before, failures, retry_at, silent }
            }
            // A host that was given up is not back for saying no: it is back when it takes something (T118).
            _ if !taken && before >= OPEN_AFTER => {
                failures = before;
                Then::Same
            }
            _ => {
                failures = 0;
                Then::Well { silent }
            }
        };
        self.write_down(Came { host: host.to_owned(), now, tries, then }).await?;
        Ok(failures)
    }
}

fn stopped() -> Error {
    Error::Service(tintype_service::Error::Internal("writing down deliveries was stopped".to_owned()))
}

/// What there is to do at a host.
struct Look {
    known: Host,
    /// What is due, in order. Of what is about one thing, for one inbox, only the first: the next one has to wait for it.
    due: Vec<DueDelivery>,
    senders: HashMap<AccountId, Account>,
    /// Something else is due.
    more: bool,
}

/// How a round ended.
enum Round {
    Well,
    Failing,
    /// Our own connections were all taken.
    Busy,
}

/// What an answer means. What redirects never comes here: it is an error of the client.
fn judge(response: &Response, now: Millis) -> Try {
    let status = response.status;
    let error = || format!("status {}", status.as_u16());
    if status.is_success() {
        return Try::Taken;
    }
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Try::Later { error: error(), after: retry_after(response, now) }
        }
        StatusCode::UNAUTHORIZED => Try::Unknown(error()),
        StatusCode::FORBIDDEN => Try::Refused(error()),
        StatusCode::NOT_FOUND | StatusCode::GONE => Try::Gone(error()),
        status if status.is_client_error() => Try::Never(error()),
        _ => Try::Later { error: error(), after: retry_after(response, now) },
    }
}

/// Whether an activity ends something, or says what its actor is now: what those still say who are suspended or gone.
fn is_last_word(row: &DueDelivery, sender: &Account) -> bool {
    #[derive(serde::Deserialize)]
    struct Kind {
        #[serde(rename = "type")]
        kind: String,
    }
    serde_json::from_str(&row.body).is_ok_and(|Kind { kind }| match kind.as_str() {
        "Delete" | "Undo" | "Reject" | "Remove" => true,
        "Update" => row.object_uri == sender.uri,
        _ => false,
    })
}

/// `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.
fn retry_after(response: &Response, now: Millis) -> Option<Duration> {
    let text = response.header(header::RETRY_AFTER)?.trim();
    let wait = if let Ok(seconds) = text.parse::<u64>() {
        Duration::from_secs(seconds)
    } else {
        let millis = Millis::parse_http_date(text)?.0.saturating_sub(now.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    };
    Some(wait.clamp(Duration::from_secs(1), LONGEST_WAIT))
}

/// The wait before the next try, after `before` failed ones and one more, with a quarter to a half on top so that what
/// failed together does not come back together. As long as is asked for, unless that is asked for again and again.
fn wait(first: Duration, before: i64, asked: Option<Duration>) -> Duration {
    let doublings = u32::try_from(before.clamp(0, 20)).unwrap_or(20);
    let own = first.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    match asked {
        Some(asked) if before < OPEN_AFTER => asked.mul_f64(random::factor(1.0, 1.25)),
        Some(asked) => asked.max(own).mul_f64(random::factor(1.25, 1.5)),
        None => own.mul_f64(random::factor(1.25, 1.5)),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    const NOW: Millis = Millis(1_767_323_045_000);

    fn answer(status: u16, after: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(after) = after {
            headers.insert(header::RETRY_AFTER, after.parse().unwrap());
        }
        let url = url::Url::parse("https://remote.example/inbox").unwrap();
        Response { status: StatusCode::from_u16(status).unwrap(), headers, url, body: Bytes::new() }
    }

    /// T119
    #[test]
    fn answers() {
        let later = |status: u16, after| Try::Later { error: format!("status {status}"), after };
        let never = |status: u16| Try::Never(format!("status {status}"));
        let gone = |status: u16| Try::Gone(format!("status {status}"));
        let refused = |status: u16| Try::Refused(format!("status {status}"));
        let unknown = |status: u16| Try::Unknown(format!("status {status}"));
        for (status, after, expected) in [
            (200, None, Try::Taken),
            (202, None, Try::Taken),
            (204, Some("7"), Try::Taken),
            (304, None, later(304, None)),
            (400, None, never(400)),
            (401, None, unknown(401)),
            (403, None, refused(403)),
            (404, None, gone(404)),
            (408, None, later(408, None)),
            (410, None, gone(410)),
            (413, None, never(413)),
            (425, None, later(425, None)),
            (429, Some("30"), later(429, Some(Duration::from_secs(30)))),
            (429, Some("0"), later(429, Some(Duration::from_secs(1)))),
            (429, Some("999999999999"), later(429, Some(LONGEST_WAIT))),
            (429, Some("soon"), later(429, None)),
            (500, None, later(500, None)),
            (503, Some("Fri, 02 Jan 2026 03:05:05 GMT"), later(503, Some(Duration::from_mins(1)))),
            (503, Some("Fri, 02 Jan 2026 03:00:00 GMT"), later(503, Some(Duration::from_secs(1)))),
        ] {
            assert_eq!(judge(&answer(status, after), NOW), expected, "{status} {after:?}");
        }
    }

    /// T119: jitter, growth, a cap, and three days at the least.
    #[test]
    fn waits() {
        const FIRST: Duration = Duration::from_mins(1);
        let mut least = Duration::ZERO;
        for before in 0..TRIES - 1 {
            let base = FIRST.saturating_mul(1 << before).min(LONGEST_WAIT);
            let waits: Vec<_> = (0..32).map(|_| wait(FIRST, before, None)).collect();
            assert!(
                waits.iter().all(|w| (base.mul_f64(1.249)..=base.mul_f64(1.501)).contains(w)),
                "{before}"
            );
            assert!(waits.iter().any(|w| *w != waits[0]), "all the same");
            least += base.mul_f64(1.25);
        }
        assert!(least >= PATIENCE, "{least:?}");
        let asked = wait(FIRST, 0, Some(Duration::from_secs(2)));
        assert!((Duration::from_secs(2)..=Duration::from_millis(2500)).contains(&asked), "{asked:?}");
        assert!(wait(FIRST, 20, Some(Duration::from_secs(1))) >= LONGEST_WAIT);
    }
}
