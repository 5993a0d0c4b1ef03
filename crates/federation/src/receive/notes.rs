//! Statuses that are published, changed, boosted and pinned.

use tintype_model::AccountId;
use tintype_service::inbox::{self, Received};
use tintype_store::accounts::Account;
use url::Url;

use super::{Meaning, temporary, votes::is_vote};
use crate::{
    Error, Federation, Result,
    fetch::Errand,
    forwarded::{Forwarded, ForwardedKind},
    wire::{self, Audience, Bearcap, IncomingActivity, Note, Object, same_origin, visibility},
};

/// Whether a status is said to be new or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    Created,
    Changed,
}

/// A status of which only the id was sent.
enum Brought {
    Note(Box<Note>),
    Nothing,
    Later,
}

/// What came of looking up those that a status names.
enum Introduced {
    /// Everybody was known.
    Nobody,
    /// Some may be known now.
    Some,
    Later,
}

impl Federation {
    /// What a Create or an Update of some object means.
    pub(super) async fn news(
        &self,
        news: News,
        object: &Object,
        activity: &IncomingActivity,
        signer: &Account,
        errand: Option<&Errand>,
    ) -> Result<Meaning> {
        let ours = |url: &Url| same_origin(url, &activity.actor);
        match object {
            Object::Note(note) => self.note(news, note, activity, signer, errand).await,
            object if object.id().is_some_and(|id| !ours(id)) => {
                Ok(Meaning::Refused("the object is on another server"))
            }
            Object::Id(_) | Object::Bearcap(_) if !self.is_for_us(activity, signer).await? => {
                Ok(Meaning::Now(Received::Noted))
            }
            Object::Id(id) => match self.brought(news, id, signer, errand).await? {
                Brought::Note(note) => self.note(news, &note, activity, signer, errand).await,
                Brought::Nothing => Ok(Meaning::Now(Received::Noted)),
                Brought::Later => Ok(Meaning::Later),
            },
            Object::Bearcap(cap) => match self.opened(cap, errand).await? {
                Brought::Note(note) => self.note(news, &note, activity, signer, errand).await,
                Brought::Nothing => Ok(Meaning::Now(Received::Noted)),
                Brought::Later => Ok(Meaning::Later),
            },
            Object::Actor(_) => Ok(Meaning::Refused("the object is somebody else")),
            Object::Tombstone { .. } | Object::Other { .. } => Ok(Meaning::Now(Received::Noted)),
        }
    }

    async fn note(
        &self,
        news: News,
        note: &Note,
        activity: &IncomingActivity,
        signer: &Account,
        errand: Option<&Errand>,
    ) -> Result<Meaning> {
        if !same_origin(&note.id, &activity.actor) {
            return Ok(Meaning::Refused("the object is on another server"));
        }
        if note.attributed_to != activity.actor {
            return Ok(Meaning::Refused("the object is somebody else's"));
        }
        if is_vote(note) {
            return Ok(match news {
                News::Created => self.vote(&[note], activity),
                News::Changed => Meaning::Now(Received::Noted),
            });
        }
        let mut status = self.understand(note, signer).await?;
        if self.concerns_us(&status, signer).await? {
            match Box::pin(self.introduced(note, errand)).await? {
                Introduced::Later => return Ok(Meaning::Later),
                Introduced::Some => status = self.understand(note, signer).await?,
                Introduced::Nobody => {}
            }
        }
        if note.quote.is_some()
            && (self.concerns_us(&status, signer).await? || self.is_stored(&note.id).await?)
            && !self.look_up_quote(note, &mut status, errand).await.map_err(|error| temporary(&error))?
        {
            return Ok(Meaning::Later);
        }
        let new = news == News::Created || !self.is_stored(&note.id).await?;
        if let Some(parent) = note.in_reply_to.as_ref().filter(|_| new)
            && !self.is_known_status(parent).await.map_err(|error| temporary(&error))?
            && self.concerns_us(&status, signer).await?
        {
            match errand {
                None => return Ok(Meaning::Later),
                // A thread that can't be had is no reason not to show its end.
                Some(errand) => {
                    self.ancestors(Some(parent), errand).await.map_err(|error| temporary(&error))?;
                }
            }
        }
        Ok(Meaning::Now(match news {
            News::Created => Received::Create(Box::new(status)),
            News::Changed => Received::Update(Box::new(status)),
        }))
    }

    /// Looks up those that a note names and nobody here knows.
    async fn introduced(&self, note: &Note, errand: Option<&Errand>) -> Result<Introduced> {
        let strangers = self.strangers(note).await?;
        if strangers.is_empty() {
            return Ok(Introduced::Nobody);
        }
        let Some(errand) = errand else { return Ok(Introduced::Later) };
        for stranger in &strangers {
            // Whoever can't be looked up isn't named here.
            if let Err(error) = self.fetch_actor(stranger, None, errand).await {
                tracing::debug!(%error, %stranger, "somebody who is named is not known");
            }
        }
        Ok(Introduced::Some)
    }

    /// Whether something that is only named is worth fetching: somebody here follows who names it, or is addressed.
    async fn is_for_us(&self, activity: &IncomingActivity, signer: &Account) -> Result<bool> {
        let Audience { to, cc, bto, bcc, .. } = &activity.audience;
        let site = &self.0.ctx.site;
        Ok([to, cc, bto, bcc].into_iter().flatten().any(|url| site.owns(url.as_str()))
            || self.is_followed_here(signer.id).await?)
    }

    /// Whether it is worth fetching anything for this status: somebody here follows its author or is addressed by it.
    async fn concerns_us(&self, status: &inbox::RemoteStatus, author: &Account) -> Result<bool> {
        if self.is_followed_here(author.id).await? {
            return Ok(true);
        }
        let addressed: Vec<_> = status.mentions.iter().map(|mention| mention.account).collect();
        let mut reader = self.0.ctx.store.read().await?;
        Ok(!addressed.is_empty() && reader.accounts(&addressed).await?.iter().any(|account| account.local))
    }

    pub(super) async fn is_followed_here(&self, account: AccountId) -> Result<bool> {
        Ok(self.0.ctx.store.read().await?.local_followers(account, 1).await? > 0)
    }

    async fn is_stored(&self, id: &Url) -> Result<bool> {
        Ok(self.0.ctx.store.read().await?.status_by_uri(id.as_str()).await?.is_some())
    }

    /// The note that an id stands for. A new one is fetched if it isn't known, a changed one if it is known to be the
    /// signer's.
    async fn brought(
        &self,
        news: News,
        id: &Url,
        signer: &Account,
        errand: Option<&Errand>,
    ) -> Result<Brought> {
        let known = self.0.ctx.store.read().await?.status_by_uri(id.as_str()).await?;
        let wanted = match (news, known) {
            (News::Created, known) => known.is_none(),
            (News::Changed, known) => known.is_some_and(|known| known.account_id == signer.id),
        };
        if !wanted {
            return Ok(Brought::Nothing);
        }
        let Some(errand) = errand else { return Ok(Brought::Later) };
        Ok(match self.fetch(id, errand).await {
            Ok(Object::Note(note)) => Brought::Note(note),
            Err(error) if error.is_later() => Brought::Later,
            Ok(_) | Err(_) => Brought::Nothing,
        })
    }

    /// The note behind a bearer capability. It is the actor's own server that is asked: its origin was compared.
    async fn opened(&self, cap: &Bearcap, errand: Option<&Errand>) -> Result<Brought> {
        let Some(errand) = errand else { return Ok(Brought::Later) };
        Ok(match self.fetch_opened(cap, errand).await {
            Ok(Object::Note(note)) if same_origin(&note.id, &cap.url) => Brought::Note(note),
            Err(error) if error.is_later() => Brought::Later,
            Ok(_) | Err(_) => Brought::Nothing,
        })
    }

    /// A community passes on what somebody did in it. What is published is boosted by it; of the rest the origin is asked.
    pub(super) async fn carried(
        &self,
        carried: &IncomingActivity,
        activity: &IncomingActivity,
        signer: &Account,
        errand: Option<&Errand>,
    ) -> Result<Meaning> {
        let Some(forwarded) = Forwarded::carried(carried) else { return Ok(Meaning::Now(Received::Noted)) };
        if forwarded.kind == ForwardedKind::Create {
            return self.announce(&forwarded.object, activity, signer, errand).await;
        }
        if self.is_followed_here(signer.id).await? {
            let kept = self.keep_if_wanted(forwarded, signer).await;
            kept.map_err(|_| Error::Service(tintype_service::Error::Unavailable))?;
        }
        Ok(Meaning::Now(Received::Noted))
    }

    pub(super) async fn announce(
        &self,
        object: &Url,
        activity: &IncomingActivity,
        signer: &Account,
        errand: Option<&Errand>,
    ) -> Result<Meaning> {
        if *object == activity.id || *object == activity.actor {
            return Ok(Meaning::Refused("it boosts itself"));
        }
        let followers = signer.followers_url.as_deref().and_then(wire::http_url);
        let boost_of = |of: &Url| Received::Reblog {
            uri: activity.id.to_string(),
            of: of.to_string(),
            visibility: visibility(&activity.audience, followers.as_ref()),
            published: activity.published,
        };
        if self.is_known_status(object).await.map_err(|error| temporary(&error))? {
            return Ok(Meaning::Now(boost_of(object)));
        }
        if !self.is_followed_here(signer.id).await? {
            return Ok(Meaning::Now(Received::Noted));
        }
        // Whatever was sent along, what a status says is said by its own server.
        let Some(errand) = errand else { return Ok(Meaning::Later) };
        let original = match self.fetch(object, errand).await {
            Ok(Object::Note(note)) => self.fetch_status(&note, errand).await.map(|_| Some(note.id)),
            other => other.map(|_| None),
        };
        Ok(match original {
            // Kept under the id that its own server gave it.
            Ok(Some(id)) => Meaning::Now(boost_of(&id)),
            Err(error) if error.is_later() => Meaning::Later,
            Ok(None) | Err(_) => Meaning::Now(Received::Noted),
        })
    }

    /// Something is put into one of the signer's collections (`added`) or taken out. Of interest are pinned statuses of
    /// its own; one that is not known is fetched if anybody here follows the signer.
    pub(super) async fn collected(
        &self,
        added: bool,
        object: &Url,
        target: &Url,
        signer: &Account,
        errand: Option<&Errand>,
    ) -> Result<Meaning> {
        if signer.featured_url.as_deref() != Some(target.as_str()) {
            return Ok(Meaning::Now(Received::Noted));
        }
        if !wire::http_url(&signer.uri).is_some_and(|actor| same_origin(&actor, object)) {
            return Ok(Meaning::Refused("the object is on another server"));
        }
        let of = object.to_string();
        if !added {
            return Ok(Meaning::Now(Received::Unpin { of }));
        }
        let known = self.0.ctx.store.read().await?.status_by_uri(&of).await?;
        if let Some(known) = known {
            return Ok(if known.account_id == signer.id {
                Meaning::Now(Received::Pin { of })
            } else {
                Meaning::Refused("the object is somebody else's")
            });
        }
        if !self.is_followed_here(signer.id).await? {
            return Ok(Meaning::Now(Received::Noted));
        }
        let Some(errand) = errand else { return Ok(Meaning::Later) };
        let pinned = match self.fetch(object, errand).await {
            Ok(Object::Note(note)) if note.attributed_to.as_str() != signer.uri => {
                return Ok(Meaning::Refused("the object is somebody else's"));
            }
            Ok(Object::Note(note)) => self.fetch_status(&note, errand).await.map(|_| Some(note.id)),
            other => other.map(|_| None),
        };
        Ok(match pinned {
            Ok(Some(id)) => Meaning::Now(Received::Pin { of: id.to_string() }),
            Err(error) if error.is_later() => Meaning::Later,
            Ok(None) | Err(_) => Meaning::Now(Received::Noted),
        })
    }
}
