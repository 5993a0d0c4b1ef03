//! Whose signature it is: from a `keyId` to the account that owns the key, known or fetched.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tintype_model::handle::registrable;
use tintype_service::throttle::Allowance;
use tintype_store::accounts::Account;
use url::Url;

use crate::{
    Federation,
    actors::{ActorDocument, public_key},
    federation::each_minute,
    fetch::{Errand, FetchError},
    limits,
    proofs::Proof,
    signatures::{Unverified, VerifyingKey},
    wire::{self, Actor, KeyDocument, Object, same_origin},
};

/// How often a known key is fetched again within a minute because signatures don't fit it.
pub(crate) const REFETCHES: u32 = 5;

/// Why nobody is known to have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyError {
    /// The signature is nobody's: 401.
    Wrong(&'static str),
    /// Whose it is can't be found out now: 503.
    Later(String),
    /// It is one of too many: 429.
    Crowd(&'static str),
}

impl From<FetchError> for KeyError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Later(why) => Self::Later(why),
            FetchError::Gone(_) => Self::Wrong("the signature's key is gone"),
            FetchError::Unfit(why) => Self::Wrong(why),
            // It may be that its server could not ask us who we are.
            FetchError::Refused(why) => Self::Later(why.to_owned()),
        }
    }
}

impl From<tintype_store::Error> for KeyError {
    fn from(error: tintype_store::Error) -> Self {
        Self::Later(error.to_string())
    }
}

/// Something that a key is said to have signed.
pub(crate) trait Claim: Sync {
    /// The key's id.
    fn key_id(&self) -> &Url;
    /// Whether this key did.
    fn fits(&self, key: &VerifyingKey) -> bool;
}

impl Claim for Unverified {
    fn key_id(&self) -> &Url {
        Unverified::key_id(self)
    }

    fn fits(&self, key: &VerifyingKey) -> bool {
        self.verify(key)
    }
}

impl Claim for Proof {
    fn key_id(&self) -> &Url {
        &self.key_id
    }

    fn fits(&self, key: &VerifyingKey) -> bool {
        self.verify(key)
    }
}

impl Federation {
    /// The account that made a signature or a proof. An unknown key is fetched; a known one that does not fit is fetched again,
    /// because its owner may have changed it. `source`: where it comes from, which brings only so many that are nobody's.
    pub(crate) async fn who_signed(&self, claim: &impl Claim, source: &str) -> Result<Account, KeyError> {
        let key_id = claim.key_id();
        if self.0.ctx.site.owns(key_id.as_str()) {
            return Err(KeyError::Wrong("the signature's key is one of ours"));
        }
        let known = self.0.ctx.store.read().await?.account_by_key_id(key_id.as_str()).await?;
        if let Some(account) = &known
            && self.fits(account, claim).await?
        {
            return Ok(account.clone());
        }
        let unproven = [(format!("keys {source}"), each_minute(limits::get().unknown_keys_per_minute))];
        self.count(&unproven, "too many signatures that are nobody's")?;
        if let Some(account) = known {
            let spent = self.refetches_of(key_id).await.fetch_add(1, Ordering::Relaxed);
            if spent >= REFETCHES {
                return Err(KeyError::Wrong("the signature does not fit the key"));
            }
            let id = Url::parse(&account.uri).map_err(|_| KeyError::Wrong("the key's owner has no URL"))?;
            let errand = Errand::for_key();
            let owner = {
                let _slot = self.key_slot()?;
                self.read_actor(&id, &errand).await?
            };
            self.prove(&owner, claim).await?;
            self.0.counts.give_back(&unproven);
            let account = self.keep_actor(&owner, Some(key_id), &errand).await?;
            return self.checked(account, claim).await;
        }
        let found =
            self.0.key_documents.get_with(key_id.to_string(), Box::pin(self.find_owner(key_id))).await;
        if found.as_ref().is_err_and(|error| matches!(error, FetchError::Later(_) | FetchError::Refused(_))) {
            self.0.counts.give_back(&unproven);
        }
        let found = found?;
        // Nothing is stored for whoever only says that the key is theirs.
        self.prove(&found, claim).await?;
        self.0.counts.give_back(&unproven);
        if self.0.key_owners.get(key_id.as_str()).await.is_none() {
            let domain = registrable(found.id.host_str().unwrap_or_default());
            let new = (format!("new {domain}"), each_minute(limits::get().new_actors_per_minute));
            self.count(&[new], "too many new people of your domain")?;
        }
        let keep = async {
            let kept = self.keep_actor(&found, Some(key_id), &Errand::while_waiting()).await;
            kept.map(|account| account.id)
        };
        let owner = self.0.key_owners.get_with(key_id.to_string(), Box::pin(keep)).await?;
        let account = self.0.ctx.store.read().await?.account(owner).await?;
        self.checked(account.ok_or(KeyError::Wrong("the key's owner is gone"))?, claim).await
    }

    /// Counts what strangers bring. Once it is too much, none of it is done.
    pub(crate) fn count(&self, names: &[(String, Allowance)], why: &'static str) -> Result<(), KeyError> {
        if self.0.counts.take(self.0.ctx.now(), names) { Ok(()) } else { Err(KeyError::Crowd(why)) }
    }

    /// Whether the key that an actor's own document lists made the signature. Nothing of the actor is stored yet.
    async fn prove(&self, actor: &Actor, claim: &impl Claim) -> Result<(), KeyError> {
        let key = public_key(actor, Some(claim.key_id()))?;
        let fits = match key {
            Some((_, pem)) => self.fits_key(&pem, claim).await,
            None => false,
        };
        if fits { Ok(()) } else { Err(KeyError::Wrong("the signature does not fit the key")) }
    }

    async fn checked(&self, account: Account, claim: &impl Claim) -> Result<Account, KeyError> {
        if self.fits(&account, claim).await? {
            Ok(account)
        } else {
            Err(KeyError::Wrong("the signature does not fit the key"))
        }
    }

    async fn refetches_of(&self, key_id: &Url) -> Arc<AtomicU32> {
        self.0.refetches.get_with(key_id.to_string(), async { Arc::default() }).await
    }

    /// Whether the account's key of that id made the signature.
    async fn fits(&self, account: &Account, claim: &impl Claim) -> Result<bool, KeyError> {
        let key_id = claim.key_id().as_str();
        let pem = if account.public_key_id.as_deref() == Some(key_id) {
            account.public_key_pem.clone()
        } else {
            self.0.ctx.store.read().await?.public_key(key_id).await?
        };
        match pem {
            Some(pem) => Ok(self.fits_key(&pem, claim).await),
            None => Ok(false),
        }
    }

    /// Whether this key made the signature. It is parsed once.
    async fn fits_key(&self, pem: &str, claim: &impl Claim) -> bool {
        let key = if let Some(key) = self.0.verifying_keys.get(pem).await {
            key
        } else {
            let key = VerifyingKey::from_pem(pem).ok();
            self.0.verifying_keys.insert(pem.to_owned(), key.clone()).await;
            key
        };
        key.is_some_and(|key| claim.fits(&key))
    }

    fn key_slot(&self) -> Result<tokio::sync::SemaphorePermit<'_>, KeyError> {
        self.0
            .key_slots
            .try_acquire()
            .map_err(|_| KeyError::Later("too many keys are being fetched".to_owned()))
    }

    /// Fetches the document of a key and then, unless that was it, the document of the owner it names: only an actor that
    /// lists a key itself, on the key's own server, owns it.
    async fn find_owner(&self, key_id: &Url) -> Result<ActorDocument, FetchError> {
        let _slot =
            self.key_slot().map_err(|_| FetchError::Later("too many keys are being fetched".to_owned()))?;
        let errand = Errand::for_key();
        let mut url = key_id.clone();
        url.set_fragment(None);
        let asked = self.0.ctx.now();
        let document = self.document(&url, &errand).await?;
        if let Ok(Object::Actor(actor)) = wire::parse_object(&document.body)
            && actor.id == url
            && same_origin(&actor.id, &document.url)
        {
            return Ok(ActorDocument { actor: Arc::from(actor), asked });
        }
        let keys = KeyDocument::parse(&document.body).map_err(|error| FetchError::Unfit(error.reason()))?;
        let key = keys.key(key_id).ok_or(FetchError::Unfit("the key is not in its document"))?;
        if !same_origin(&key.owner, key_id) {
            return Err(FetchError::Unfit("the key's owner is on another server"));
        }
        self.read_actor(&key.owner, &errand).await
    }
}
