//! What relays answer and pass on (FEP-ae0c).

use std::sync::{Arc, atomic::Ordering};

use tintype_service::inbox::Received;
use tintype_store::{accounts::Account, relays::Relay};
use url::Url;

use super::Meaning;
use crate::{
    Federation, Result,
    fetch::Errand,
    limits,
    wire::{Inner, Object, http_url, same_origin},
};

impl Federation {
    /// An Accept or Reject of the Follow that a relay was asked with, by the relay's own server. `None`: of something else.
    pub(super) async fn relay_answer(
        &self,
        inner: &Inner,
        signer: &Account,
        accepted: bool,
    ) -> Result<Option<Meaning>> {
        let site = &self.0.ctx.site;
        let mut reader = self.0.ctx.store.read().await?;
        let relay = match &inner.id {
            Some(id) if site.owns(id.as_str()) => reader.relay_by_follow(id.as_str()).await?,
            // Some make an id of their own up, and name us.
            _ if inner.actor.as_ref().is_some_and(|actor| actor.as_str() == self.0.instance.uri) => {
                reader.relays().await?.into_iter().find(|relay| speaks_for(signer, relay))
            }
            _ => None,
        };
        let Some(relay) = relay else { return Ok(None) };
        if !speaks_for(signer, &relay) {
            return Ok(Some(Meaning::Refused("the relay is on another server")));
        }
        let follow_uri = relay.follow_uri;
        Ok(Some(Meaning::Now(Received::RelayAnswer { follow_uri, accepted })))
    }

    /// Whether an actor speaks for a relay that took us, and isn't followed here for itself.
    pub(super) async fn is_only_relay(&self, signer: &Account) -> Result<bool> {
        Ok(self.0.ctx.store.read().await?.is_relay(&signer.uri).await?
            && !self.is_followed_here(signer.id).await?)
    }

    /// A post that a relay points to: fetched from its own server, if it is for everyone, and kept. It is nobody's boost.
    /// More than a relay may bring in a minute are left out: others may bring them.
    pub(super) async fn relayed(
        &self,
        object: &Url,
        signer: &Account,
        errand: Option<&Errand>,
    ) -> Result<Meaning> {
        const DONE: Meaning = Meaning::Now(Received::Noted);
        if self.is_known_status(object).await.map_err(|error| super::temporary(&error))? {
            return Ok(DONE);
        }
        if errand.is_none() {
            let spent = self.0.relayed.get_with(signer.uri.clone(), async { Arc::default() }).await;
            if spent.fetch_add(1, Ordering::Relaxed) >= limits::get().relayed_per_minute {
                tracing::debug!(account.id = %signer.id, "a relay brings too much");
                return Ok(DONE);
            }
            return Ok(Meaning::Later);
        }
        let errand = Errand::for_relay();
        let kept = match self.fetch(object, &errand).await {
            Ok(Object::Note(note)) => self.keep_status(&note, &errand).await.map(drop),
            other => other.map(drop),
        };
        Ok(match kept {
            Err(error) if error.is_later() => Meaning::Later,
            _ => DONE,
        })
    }
}

/// Whether an actor may answer for a relay: it is the one that was asked, or, where only an inbox is known, of its server.
fn speaks_for(signer: &Account, relay: &Relay) -> bool {
    if let Some(actor) = &relay.actor_uri {
        return *actor == signer.uri;
    }
    let (inbox, actor) = (http_url(&relay.inbox), http_url(&signer.uri));
    inbox.zip(actor).is_some_and(|(inbox, actor)| same_origin(&inbox, &actor))
}
