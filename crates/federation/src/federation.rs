//! The door's own state: the keys we sign with, and what is remembered for a moment so that many who ask the same at once
//! cause one fetch.

use std::{
    sync::{Arc, atomic::AtomicU32},
    time::Duration,
};

use moka::{Expiry, future::Cache};
use tintype_model::AccountId;
use tintype_net::Client;
use tintype_service::{
    Ctx, Found, keys,
    throttle::{Allowance, Throttle},
};
use tintype_store::accounts::Account;
use tokio::sync::Semaphore;

use crate::{
    Error, Result,
    actors::ActorDocument,
    fetch::FetchError,
    limits,
    results::Results,
    signatures::{ProofKey, SignatureKind, SigningKey, VerifyingKey},
    wire::out::Multikey,
};

/// How the door behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether ActivityPub objects are shown to signed requests only; unsigned ones then get a stub of an actor and 401 of
    /// everything else.
    pub authorized_fetch: bool,
    /// The wait after a delivery's first failure; it doubles, up to twelve hours.
    pub first_wait: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { authorized_fetch: true, first_wait: Duration::from_mins(1) }
    }
}

/// How long an answer about somebody else's key, handle or URL is remembered, so that many who ask at once cause one fetch. A
/// failure that lasts is remembered for longer.
const REMEMBERED: Duration = Duration::from_secs(5);
/// How long a known key is left alone once it was fetched [`crate::keys::REFETCHES`] times again for nothing, and an inbox
/// once its owners were asked.
const REFETCH_WINDOW: Duration = Duration::from_mins(1);

/// How long what a relay brings is counted, see [`Limits::relayed_per_minute`](crate::limits::Limits::relayed_per_minute).
const RELAY_WINDOW: Duration = Duration::from_mins(1);

/// How long the kind of signature that a host takes is remembered without asking the database.
const SIGNATURE_KINDS: Duration = Duration::from_hours(1);

/// The federation of one instance. Cheap to clone.
#[derive(Clone)]
pub struct Federation(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub ctx: Ctx,
    pub net: Client,
    pub settings: Settings,
    /// The actor of the instance itself.
    pub instance: Account,
    /// Signs fetches.
    pub instance_key: SigningKey,
    /// The authorities that this server answers to.
    pub hosts: Vec<String>,
    pub signing_keys: Cache<String, SigningKey>,
    /// By the public half of the first key: with another one comes another one of these.
    pub proof_keys: Cache<String, ProofKey>,
    /// The kind of signature that each host takes.
    pub signature_kinds: Cache<String, SignatureKind>,
    /// By PEM, so that a changed key is another entry; `None`: not a key that we verify with.
    pub verifying_keys: Cache<String, Option<VerifyingKey>>,
    /// The document of an unknown key's owner. Not stored before one of its signatures was right.
    pub key_documents: Cache<String, Result<ActorDocument, FetchError>>,
    /// Whose a key was found to be, which has signed something.
    pub key_owners: Cache<String, Result<AccountId, FetchError>>,
    /// How often a known key was fetched again because a signature did not fit.
    pub refetches: Cache<String, Arc<AtomicU32>>,
    pub handles: Cache<String, Result<Option<AccountId>, FetchError>>,
    pub objects: Cache<String, Result<Option<Found>, FetchError>>,
    /// Inboxes whose owners were asked whether they have moved.
    pub asked_inboxes: Cache<String, ()>,
    /// How many posts a relay has brought lately, by its actor.
    pub relayed: Cache<String, Arc<AtomicU32>>,
    /// What strangers bring, and what is asked of them, in a minute.
    pub counts: Throttle,
    pub inbox_slots: Semaphore,
    pub key_slots: Semaphore,
    /// What became of deliveries and is not written down yet.
    pub results: Results,
}

impl Federation {
    /// Opens the door: makes the instance's own actor if there is none yet.
    ///
    /// # Errors
    /// When the database fails, or the instance's key can't be read.
    pub async fn new(ctx: Ctx, net: Client, settings: Settings) -> Result<Self> {
        let instance = keys::ensure_instance_actor(&ctx).await?;
        let pem = ctx.store.read().await?.private_key(instance.id).await?;
        let pem = pem.ok_or_else(|| missing_key(instance.id))?;
        let instance_key = SigningKey::from_pem(&pem, &ctx.site.key_of(&instance.uri))?;
        let authority = ctx.site.base.split_once("://").map_or("", |(_, authority)| authority);
        let mut hosts = vec![ctx.site.domain.clone()];
        if authority != ctx.site.domain {
            hosts.push(authority.to_owned());
        }
        Ok(Self(Arc::new(Inner {
            inbox_slots: Semaphore::new(limits::get().inbox_requests),
            key_slots: Semaphore::new(limits::get().key_fetches),
            ctx,
            net,
            settings,
            instance,
            instance_key,
            hosts,
            signing_keys: Cache::new(256),
            proof_keys: Cache::new(256),
            signature_kinds: cache((8192, SIGNATURE_KINDS)),
            verifying_keys: Cache::new(1024),
            key_documents: answers(256),
            key_owners: answers(4096),
            refetches: cache((4096, REFETCH_WINDOW)),
            handles: answers(1024),
            objects: answers(1024),
            asked_inboxes: cache((4096, REFETCH_WINDOW)),
            relayed: cache((64, RELAY_WINDOW)),
            counts: Throttle::default(),
            results: Results::default(),
        })))
    }

    /// The surroundings of use cases.
    pub fn ctx(&self) -> &Ctx {
        &self.0.ctx
    }

    /// The key that signs what a local account sends.
    ///
    /// # Errors
    /// When the account has no key: it is gone.
    pub(crate) async fn signing_key(&self, account: &Account) -> Result<SigningKey> {
        let public = account.public_key_pem.clone().ok_or_else(|| missing_key(account.id))?;
        let key = if let Some(key) = self.0.signing_keys.get(&public).await {
            key
        } else {
            let pem = self.0.ctx.store.read().await?.private_key(account.id).await?;
            let pem = pem.ok_or_else(|| missing_key(account.id))?;
            let key = SigningKey::from_pem(&pem, &self.0.ctx.site.key_of(&account.uri))?;
            self.0.signing_keys.insert(public, key.clone()).await;
            key
        };
        Ok(key)
    }

    /// The key that a local account makes proofs with, made now if it has none. `None` if it has no keys at all.
    pub(crate) async fn proof_key(&self, account: &Account) -> Result<Option<ProofKey>> {
        let Some(public) = account.public_key_pem.clone().filter(|_| account.local) else { return Ok(None) };
        if let Some(key) = self.0.proof_keys.get(&public).await {
            return Ok(Some(key));
        }
        let Some(pem) = keys::proof_key(&self.0.ctx, account.id).await? else { return Ok(None) };
        let key = ProofKey::from_pem(&pem, &self.0.ctx.site.proof_key_of(&account.uri))?;
        self.0.proof_keys.insert(public, key.clone()).await;
        Ok(Some(key))
    }

    /// The keys for proofs as an account's document shows them.
    pub(crate) async fn assertion_method(&self, account: &Account) -> Result<Vec<Multikey>> {
        let key = self.proof_key(account).await?;
        let shown = key.map(|key| Multikey::new(key.key_id(), &account.uri, key.public_multibase()));
        Ok(shown.into_iter().collect())
    }
}

impl std::fmt::Debug for Federation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Federation").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

fn cache<K, V>((entries, ttl): (u64, Duration)) -> Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(entries).time_to_live(ttl).build()
}

/// Answers of other servers.
fn answers<V: Clone + Send + Sync + 'static>(entries: u64) -> Cache<String, Result<V, FetchError>> {
    Cache::builder().max_capacity(entries).expire_after(Remembered).build()
}

struct Remembered;

impl<V> Expiry<String, Result<V, FetchError>> for Remembered {
    fn expire_after_create(
        &self,
        _: &String,
        answer: &Result<V, FetchError>,
        _: std::time::Instant,
    ) -> Option<Duration> {
        let lasts = answer.as_ref().is_err_and(FetchError::lasts);
        Some(if lasts { Duration::from_secs(limits::get().failures_remembered_seconds) } else { REMEMBERED })
    }
}

/// So much in a minute.
pub(crate) fn each_minute(times: u32) -> Allowance {
    Allowance { times, window: Duration::from_mins(1) }
}

fn missing_key(id: AccountId) -> Error {
    Error::Service(tintype_service::Error::Internal(format!("account {id} has no private key")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{admission::NOT_ASKED, fetch::GONE};

    #[test]
    fn what_lasts_is_remembered_for_minutes() {
        let asked = std::time::Instant::now();
        let remembered = |answer: std::result::Result<(), FetchError>| {
            Remembered.expire_after_create(&String::new(), &answer, asked).unwrap().as_secs()
        };
        for (answer, seconds) in [
            (Ok(()), 5),
            (Err(FetchError::Gone(GONE)), 120),
            (Err(FetchError::Unfit("a redirect that is not followed")), 120),
            (Err(FetchError::Unfit("this address is not called")), 120),
            (Err(FetchError::Unfit(NOT_ASKED)), 5),
            (Err(FetchError::from(tintype_net::Error::Budget)), 5),
            (Err(FetchError::Refused("its server refuses")), 5),
            (Err(FetchError::Later("it took too long".to_owned())), 5),
        ] {
            assert_eq!(remembered(answer.clone()), seconds, "{answer:?}");
        }
    }
}
