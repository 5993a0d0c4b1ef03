//! What several processes of one instance share beside the database, over Redis: hints and counts of requests. Both are
//! lossy. Redis may be away at any time; nobody waits for it longer than [`PATIENCE`], and nothing fails without it.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::StreamExt;
use redis::{
    Client, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use serde::{Deserialize, Serialize};
use tintype_model::random;
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::{Events, Hint, throttle::Allowance};

/// How long a request waits for counts.
const PATIENCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2000 } else { 200 });
/// How long Redis isn't asked for counts after it didn't answer.
const PAUSE: Duration = Duration::from_secs(2);
/// Waits between attempts to listen: the first, and the longest.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));
/// How long a silent subscription is believed to be alive.
const SILENCE: Duration = Duration::from_secs(30);

/// Counts under every name; a window begins with its first count. In one step, so that two processes agree.
const COUNT: &str = "
local counts = {}
for i, key in ipairs(KEYS) do
    local used = redis.call('INCR', key)
    local left = redis.call('PTTL', key)
    if left < 0 then
        redis.call('PEXPIRE', key, ARGV[i])
        left = tonumber(ARGV[i])
    end
    counts[2 * i - 1] = used
    counts[2 * i] = left
end
return counts";

/// The connections to one Redis. Cheap to clone.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    client: Client,
    commands: ConnectionManager,
    /// `tintype:DOMAIN`: several instances may share one Redis.
    prefix: String,
    /// Which process this is, so that it doesn't hear itself.
    process: String,
    away_until: Mutex<Option<Instant>>,
}

/// What goes over the channel.
#[derive(Serialize, Deserialize)]
struct Told {
    from: String,
    hint: Hint,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password.
        write!(f, "Redis({})", self.0.prefix)
    }
}

impl Redis {
    /// The Redis at `redis://HOST:PORT/NUMBER`, for the instance of this domain. Connects when it is needed, and again
    /// whenever it was lost. Must be called within a runtime.
    ///
    /// Errors: a text about an address that can't be used.
    pub fn open(url: &str, domain: &str) -> Result<Self, String> {
        let client = Client::open(url).map_err(|error| error.to_string())?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(Duration::from_secs(1)))
            .set_response_timeout(Some(Duration::from_millis(500)));
        let commands = ConnectionManager::new_lazy_with_config(client.clone(), config)
            .map_err(|error| error.to_string())?;
        let id = u64::from_le_bytes(random::bytes());
        Ok(Self(Arc::new(Inner {
            client,
            commands,
            prefix: format!("tintype:{domain}"),
            process: format!("{id:016x}"),
            away_until: Mutex::new(None),
        })))
    }

    /// Carries hints between processes: those of `leaving` out, those of others into `events`. Runs until it is dropped.
    pub async fn carry(&self, events: &Events, leaving: mpsc::Receiver<Hint>) {
        tokio::join!(self.tell(leaving), self.hear(events));
    }

    async fn tell(&self, mut leaving: mpsc::Receiver<Hint>) {
        let mut commands = self.0.commands.clone();
        while let Some(hint) = leaving.recv().await {
            let told = Told { from: self.0.process.clone(), hint };
            let Ok(text) = serde_json::to_string(&told) else { continue };
            let mut publish = redis::cmd("PUBLISH");
            publish.arg(self.channel()).arg(text);
            let sent: Result<i64, RedisError> = publish.query_async(&mut commands).await;
            if let Err(error) = sent {
                tracing::debug!(%error, "a hint was not told to other processes");
                // What has piled up meanwhile is stale: whoever streams reads the database after the next one.
                while leaving.try_recv().is_ok() {}
                sleep(BACK_OFF.0).await;
            }
        }
    }

    async fn hear(&self, events: &Events) {
        let mut wait = BACK_OFF.0;
        let mut lost = false;
        loop {
            let began = Instant::now();
            let Err(error) = self.listen(events, &mut lost).await;
            if !lost {
                tracing::error!(%error, "Redis is out of reach: processes of this instance don't hear of each other, trying again");
            }
            lost = true;
            wait = if began.elapsed() > BACK_OFF.1 { BACK_OFF.0 } else { (wait * 2).min(BACK_OFF.1) };
            sleep(wait).await;
        }
    }

    /// Listens until the connection is lost.
    async fn listen(&self, events: &Events, lost: &mut bool) -> Result<std::convert::Infallible, RedisError> {
        let late = || RedisError::from((redis::ErrorKind::Io, "no answer in time"));
        let connecting = async {
            let mut pubsub = self.0.client.get_async_pubsub().await?;
            pubsub.subscribe(self.channel()).await?;
            Ok::<_, RedisError>(pubsub)
        };
        let pubsub = timeout(BACK_OFF.1, connecting).await.map_err(|_| late())??;
        if std::mem::take(lost) {
            tracing::info!("Redis is back");
        }
        let (mut sink, mut stream) = pubsub.split();
        loop {
            match timeout(SILENCE, stream.next()).await {
                Ok(Some(message)) => {
                    if let Ok(told) = serde_json::from_slice::<Told>(message.get_payload_bytes())
                        && told.from != self.0.process
                    {
                        events.echo(told.hint);
                    }
                }
                Ok(None) => return Err(late()),
                Err(_) => {
                    let alive: Result<redis::Value, _> =
                        timeout(BACK_OFF.1, sink.ping()).await.map_err(|_| late())?;
                    alive?;
                }
            }
        }
    }

    /// Counts once under every name: how often it was counted in its window, and what is left of that. `None` when Redis
    /// is away.
    pub(crate) async fn count(&self, names: &[(String, Allowance)]) -> Option<Vec<(u32, Duration)>> {
        if self.away().is_some_and(|until| until > Instant::now()) {
            return None;
        }
        let mut script = redis::cmd("EVAL");
        script.arg(COUNT).arg(names.len());
        for (name, _) in names {
            script.arg(format!("{}:limit:{name}", self.0.prefix));
        }
        for (_, allowance) in names {
            script.arg(u64::try_from(allowance.window.as_millis()).unwrap_or(u64::MAX));
        }
        let mut commands = self.0.commands.clone();
        let asked = timeout(PATIENCE, script.query_async::<Vec<u64>>(&mut commands)).await;
        let counts = match asked {
            Ok(Ok(counts)) if counts.len() == 2 * names.len() => counts,
            other => {
                let error = match other {
                    Ok(Ok(_)) => "another number of counts".to_owned(),
                    Ok(Err(error)) => error.to_string(),
                    Err(late) => late.to_string(),
                };
                let before = self
                    .0
                    .away_until
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .replace(Instant::now() + PAUSE);
                if before.is_none() {
                    tracing::warn!(error, "Redis counts no requests: every process counts for itself");
                }
                return None;
            }
        };
        *self.0.away_until.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let pairs = counts.chunks_exact(2).filter_map(|pair| match pair {
            [used, left] => Some((u32::try_from(*used).unwrap_or(u32::MAX), Duration::from_millis(*left))),
            _ => None,
        });
        Some(pairs.collect())
    }

    fn away(&self) -> Option<Instant> {
        *self.0.away_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn channel(&self) -> String {
        format!("{}:hints", self.0.prefix)
    }
}
