//! From a verified activity to what it does here.
//!
//! [`Federation::translate`] says in our words what an activity means, or that it needs something from the network, or
//! that its actor has no right to it. It runs twice with the same rules: while the sender waits, without the network, and
//! in the `ingest` queue with it.

mod answers;
mod moves;
mod notes;
mod relays;
mod reports;
mod requests;
mod votes;

use tintype_model::{AccountId, JobId, handle::domain_of, text};
use tintype_service::{
    inbox::{self, Envelope, Received},
    outgoing::INGEST,
};
use tintype_store::{
    accounts::{Account, AccountKind},
    jobs::NewJob,
    received::{ReceivedActivity, ReceivedState},
};
use url::Url;

use self::notes::News;
use crate::{
    Error, Federation, Result,
    fetch::{Errand, FetchError},
    forwarded::Forwarded,
    wire::{self, IncomingActivity, Verb, same_origin},
};

/// What an activity means.
#[derive(Debug)]
pub(crate) enum Meaning {
    /// This happens, or happened already.
    Now(Received),
    /// Something has to be fetched first.
    Later,
    /// Its actor may not say that.
    Refused(&'static str),
}

/// What became of an activity at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// Applied, or kept for later: committed in either case.
    Yes,
    /// Its actor may not say that; nothing was kept.
    No(&'static str),
}

/// What the worker does with a job of the `ingest` queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ingested {
    /// Applied, or there was nothing to do.
    Done,
    /// Something could not be fetched; it may be later.
    Later(String),
    /// Given up, and kept with the reason.
    Dead(String),
}

/// The payload of a job of the `ingest` queue.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct IngestJob {
    pub received: tintype_model::ReceivedId,
    /// The server that brought it.
    #[serde(default)]
    pub host: String,
    /// Somebody else brought it: what its origin is to be asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<Forwarded>,
}

impl Federation {
    /// Applies a verified activity, or keeps it for the `ingest` queue.
    pub(crate) async fn accept(
        &self,
        activity: &IncomingActivity,
        body: &[u8],
        signer: &Account,
    ) -> Result<Accepted> {
        match self.translate(activity, signer, None).await? {
            Meaning::Now(received) => {
                let envelope = Envelope { uri: activity.id.to_string(), actor: signer.id, received };
                inbox::apply(&self.0.ctx, &envelope).await?;
                Ok(Accepted::Yes)
            }
            Meaning::Later => self.keep(activity, body, signer).await.map(|()| Accepted::Yes),
            Meaning::Refused(why) => Ok(Accepted::No(why)),
        }
    }

    async fn keep(&self, activity: &IncomingActivity, body: &[u8], signer: &Account) -> Result<()> {
        let ctx = &self.0.ctx;
        let now = ctx.now();
        let body = match &activity.verb {
            // Only its own document says what an actor is: nothing else is read again.
            Verb::Update(object) if object.id() == Some(&activity.actor) => serde_json::json!({
                "id": activity.id, "type": "Update", "actor": activity.actor, "object": activity.actor,
            })
            .to_string(),
            _ => String::from_utf8_lossy(body).replace('\0', ""),
        };
        let row = ReceivedActivity {
            id: ctx.ids.next(),
            uri: activity.id.to_string(),
            actor_uri: signer.uri.clone(),
            body: Some(body),
            state: ReceivedState::Pending,
            reason: None,
            received_at: now,
        };
        let payload = IngestJob { received: row.id, host: host_of(signer), forwarded: None };
        let job = NewJob {
            queue: INGEST,
            lane: row.uri.clone(),
            name: row.uri.clone(),
            payload: serde_json::to_value(payload)?,
            run_at: now,
        };
        let mut tx = ctx.store.begin().await?;
        if tx.keep_received(&row).await? {
            tx.enqueue(ctx.ids.next::<JobId>(), &job, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Works on a kept activity, with the network. `last` says that there will be no other try.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn ingest(&self, job: &IngestJob, last: bool) -> Result<Ingested> {
        let ctx = &self.0.ctx;
        let mut reader = ctx.store.read().await?;
        let row = reader.received(job.received).await?.filter(|row| row.state == ReceivedState::Pending);
        let Some(row) = row else { return Ok(Ingested::Done) };
        if let Some(forwarded) = &job.forwarded {
            drop(reader);
            return Box::pin(self.ask_origin(&row, forwarded, last)).await;
        }
        let signer = reader.account_by_uri(&row.actor_uri).await?;
        drop(reader);
        let activity = wire::parse_activity(row.body.as_deref().unwrap_or_default().as_bytes());
        let (Some(signer), Ok(activity)) = (signer, activity) else {
            return self.give_up(&row, "it can't be read again".to_owned()).await;
        };
        let errand = Errand::in_background();
        match self.translate(&activity, &signer, Some(&errand)).await {
            Ok(Meaning::Now(received)) => {
                let envelope = Envelope { uri: row.uri.clone(), actor: signer.id, received };
                match inbox::apply(ctx, &envelope).await {
                    Ok(_) => Ok(Ingested::Done),
                    Err(error) if last => self.give_up(&row, error.to_string()).await,
                    Err(error) => Err(error.into()),
                }
            }
            Ok(Meaning::Refused(why)) => self.give_up(&row, why.to_owned()).await,
            Ok(Meaning::Later) if last => {
                self.give_up(&row, "what it needs can't be fetched".to_owned()).await
            }
            Ok(Meaning::Later) => Ok(Ingested::Later("what it needs can't be fetched".to_owned())),
            Err(error) if error.is_temporary() && last => self.give_up(&row, error.to_string()).await,
            Err(error) if error.is_temporary() => Ok(Ingested::Later(error.to_string())),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn give_up(&self, row: &ReceivedActivity, why: String) -> Result<Ingested> {
        let mut tx = self.0.ctx.store.begin().await?;
        tx.bury_received(row.id, &why).await?;
        tx.commit().await?;
        Ok(Ingested::Dead(why))
    }

    /// What an activity of `signer` means; `errand` is there if the network may be asked.
    pub(crate) async fn translate(
        &self,
        activity: &IncomingActivity,
        signer: &Account,
        errand: Option<&Errand>,
    ) -> Result<Meaning> {
        use Meaning::{Now, Refused};
        let uri = activity.id.to_string();
        let ours = |url: &Url| same_origin(url, &activity.actor);
        Ok(match &activity.verb {
            Verb::Follow { object } if object.as_str() == self.0.instance.uri => {
                Now(Received::RelayFollow { uri })
            }
            Verb::Follow { object } => match self.local_account(object).await? {
                Some(target) => Now(Received::Follow { uri, target: target.id }),
                None => Now(Received::Noted),
            },
            Verb::Accept(inner) | Verb::Reject(inner) => {
                let accepted = matches!(activity.verb, Verb::Accept(_));
                if let Some(meaning) = self.relay_answer(inner, signer, accepted).await? {
                    meaning
                } else if let Some(meaning) =
                    self.leave_answered(inner, activity, signer, accepted, errand).await?
                {
                    meaning
                } else {
                    self.answer(inner, signer, accepted).await?
                }
            }
            Verb::Request { what, object, instrument } => {
                self.requested(*what, object, instrument, activity, signer, errand).await?
            }
            Verb::Undo(inner) => self.undone(inner, activity, signer).await?,
            Verb::Create(objects) => match objects.as_slice() {
                [object] => self.news(News::Created, object, activity, signer, errand).await?,
                several => self.votes(several, activity),
            },
            Verb::Update(object) => match object.id() {
                // What an actor is now, only its own document says.
                Some(id) if *id == activity.actor => match errand {
                    None => Meaning::Later,
                    Some(errand) => match self.fetch_actor(id, None, errand).await {
                        Err(error) if error.is_later() => Meaning::Later,
                        _ => Now(Received::Noted),
                    },
                },
                _ => self.news(News::Changed, object, activity, signer, errand).await?,
            },
            Verb::Delete { object } if *object == activity.actor => Now(Received::DeleteAccount),
            Verb::Delete { object } if ours(object) => Now(Received::Delete { uri: object.to_string() }),
            Verb::Delete { .. } => Refused("the object is on another server"),
            Verb::Like { object, content: Some(content), emoji }
            | Verb::EmojiReact { object, content: Some(content), emoji } => {
                let of = object.to_string();
                self.reaction(uri, of, content, emoji.as_ref(), signer).await?
            }
            Verb::Like { object, .. } | Verb::EmojiReact { object, .. } => {
                Now(Received::Favourite { uri, of: object.to_string() })
            }
            Verb::Announce { object } if self.is_only_relay(signer).await? => {
                self.relayed(object, signer, errand).await?
            }
            Verb::PassOn { carried } => self.carried(carried, activity, signer, errand).await?,
            Verb::Announce { object } => self.announce(object, activity, signer, errand).await?,
            Verb::Block { object } => match self.person(Some(object)).await? {
                Some(target) => Now(Received::Block { uri, target }),
                None => Now(Received::Noted),
            },
            Verb::Add { object, target } => self.collected(true, object, target, signer, errand).await?,
            Verb::ShowTag { tag, target, shown } => {
                let key = text::hashtag_key(tag);
                if signer.featured_url.as_deref() == Some(target.as_str()) && !key.is_empty() {
                    Now(Received::ShowTag { name: key, display: tag.clone(), shown: *shown })
                } else {
                    Now(Received::Noted)
                }
            }
            Verb::Remove { object, target } => self.collected(false, object, target, signer, errand).await?,
            Verb::Flag { objects, content } => self.flagged(objects, content.as_deref(), activity).await?,
            Verb::Move { object, target } => self.moving(object, target, activity, signer, errand).await?,
            Verb::Other(_) => Now(Received::Noted),
        })
    }

    /// The local, active account of an actor's id.
    async fn local_account(&self, id: &Url) -> Result<Option<Account>> {
        Ok(self.local_person(id).await?.filter(Account::is_active))
    }

    /// Somebody who is or was here, of an actor's id: what ends something reaches the suspended too.
    async fn person(&self, id: Option<&Url>) -> Result<Option<AccountId>> {
        let Some(id) = id else { return Ok(None) };
        Ok(self.local_person(id).await?.map(|account| account.id))
    }

    async fn local_person(&self, id: &Url) -> Result<Option<Account>> {
        if !self.0.ctx.site.owns(id.as_str()) {
            return Ok(None);
        }
        let account = self.0.ctx.store.read().await?.account_by_uri(id.as_str()).await?;
        Ok(account.filter(|account| account.local && account.kind != AccountKind::Application))
    }
}

/// The server of who brought something.
pub(crate) fn host_of(bearer: &Account) -> String {
    wire::http_url(&bearer.uri).as_ref().and_then(domain_of).unwrap_or_default()
}

fn temporary(error: &FetchError) -> Error {
    Error::Service(tintype_service::Error::Remote(error.to_string()))
}

#[cfg(test)]
mod tests;
