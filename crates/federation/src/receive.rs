//! From a verified activity to what it does here.
//!
//! [`Federation::translate`] says in our words what an activity means, or that it needs something from the network, or
//! that its actor has no right to it. It runs twice with the same rules: while the sender waits, without the network, and
//! in the `ingest` queue with it.

use tintype_model::JobId;
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

use crate::{
    Error, Federation, Result,
    fetch::{Errand, FetchError},
    wire::{self, IncomingActivity, Inner, Note, Object, Verb, same_origin, visibility},
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
        let row = ReceivedActivity {
            id: ctx.ids.next(),
            uri: activity.id.to_string(),
            actor_uri: signer.uri.clone(),
            body: Some(String::from_utf8_lossy(body).replace('\0', "")),
            state: ReceivedState::Pending,
            reason: None,
            received_at: now,
        };
        let job = NewJob {
            queue: INGEST,
            lane: row.uri.clone(),
            name: row.uri.clone(),
            payload: serde_json::to_value(IngestJob { received: row.id })?,
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

    async fn give_up(&self, row: &ReceivedActivity, why: String) -> Result<Ingested> {
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
            Verb::Follow { object } => match self.local_account(object).await? {
                Some(target) => Now(Received::Follow { uri, target: target.id }),
                None => Now(Received::Noted),
            },
            Verb::Accept(inner) => self.answer(inner, signer, true).await?,
            Verb::Reject(inner) => self.answer(inner, signer, false).await?,
            Verb::Undo(inner) => self.undone(inner, activity, signer).await?,
            Verb::Create(objects) => match objects.as_slice() {
                [Object::Note(note)] => self.create(note, activity, signer, errand).await?,
                [Object::Id(id)] if !ours(id) => Refused("the object is on another server"),
                [Object::Id(id)] => match self.brought(id, errand).await? {
                    Brought::Note(note) => self.create(&note, activity, signer, errand).await?,
                    Brought::Nothing => Now(Received::Noted),
                    Brought::Later => Meaning::Later,
                },
                [object] if object.id().is_some_and(|id| !ours(id)) => {
                    Refused("the object is on another server")
                }
                _ => Now(Received::Noted),
            },
            Verb::Update(object) => match object.id() {
                Some(id) if !ours(id) => Refused("the object is on another server"),
                // What an actor is now, only its own document says.
                Some(id) if *id == activity.actor => match errand {
                    None => Meaning::Later,
                    Some(errand) => match self.fetch_actor(id, None, errand).await {
                        Err(error) if error.is_later() => Meaning::Later,
                        _ => Now(Received::Noted),
                    },
                },
                _ => Now(Received::Noted),
            },
            Verb::Delete { object } if ours(object) => Now(Received::Delete { uri: object.to_string() }),
            Verb::Delete { .. } => Refused("the object is on another server"),
            Verb::Like { object, .. } | Verb::EmojiReact { object, .. } => {
                Now(Received::Favourite { uri, of: object.to_string() })
            }
            Verb::Announce { object } => self.announce(object, activity, signer, errand).await?,
            Verb::Block { .. }
            | Verb::Flag { .. }
            | Verb::Move { .. }
            | Verb::Add { .. }
            | Verb::Remove { .. }
            | Verb::Other(_) => Now(Received::Noted),
        })
    }

    /// The local, active account of an actor's id.
    async fn local_account(&self, id: &Url) -> Result<Option<Account>> {
        if !self.0.ctx.site.owns(id.as_str()) {
            return Ok(None);
        }
        let account = self.0.ctx.store.read().await?.account_by_uri(id.as_str()).await?;
        Ok(account.filter(|account| {
            account.local && account.is_active() && account.kind != AccountKind::Application
        }))
    }

    /// An Accept or Reject of a Follow: ours by its id, or, where the other side has made up another id, by who
    /// followed.
    async fn answer(&self, inner: &Inner, signer: &Account, accepted: bool) -> Result<Meaning> {
        if inner.kind.as_deref().is_some_and(|kind| kind != "Follow") {
            return Ok(Meaning::Now(Received::Noted));
        }
        if inner.object.as_ref().is_some_and(|object| object.as_str() != signer.uri) {
            return Ok(Meaning::Refused("the follow is somebody else's to answer"));
        }
        let follow_uri = inner.id.as_ref().map(Url::to_string).filter(|uri| self.0.ctx.site.owns(uri));
        let follower = match (&follow_uri, &inner.actor) {
            (None, Some(actor)) => self.local_account(actor).await?.map(|account| account.id),
            _ => None,
        };
        Ok(Meaning::Now(match (follow_uri.is_none() && follower.is_none(), accepted) {
            (true, _) => Received::Noted,
            (false, true) => Received::Accept { follow_uri, follower },
            (false, false) => Received::Reject { follow_uri, follower },
        }))
    }

    async fn undone(&self, inner: &Inner, activity: &IncomingActivity, signer: &Account) -> Result<Meaning> {
        if inner.actor.as_ref().is_some_and(|actor| *actor != activity.actor) {
            return Ok(Meaning::Refused("what is undone is somebody else's"));
        }
        if inner.id.as_ref().is_some_and(|id| !same_origin(id, &activity.actor)) {
            return Ok(Meaning::Refused("what is undone is on another server"));
        }
        let uri = inner.id.as_ref().map(Url::to_string);
        let of = inner.object.as_ref().map(Url::to_string);
        let kind = match inner.kind.as_deref() {
            Some(kind) => kind,
            None => self.kind_of(uri.as_deref(), signer).await?,
        };
        Ok(Meaning::Now(match kind {
            "Follow" => {
                let target = match &inner.object {
                    Some(object) => self.local_account(object).await?.map(|account| account.id),
                    None => None,
                };
                Received::Unfollow { uri, target }
            }
            "Like" | "EmojiReact" => Received::Unfavourite { uri, of },
            "Announce" => Received::Unreblog { uri, of },
            // An acceptance that is taken back is a refusal of the follow it accepted.
            "Accept" => match of.filter(|of| self.0.ctx.site.owns(of)) {
                Some(of) => Received::Reject { follow_uri: Some(of), follower: None },
                None => Received::Noted,
            },
            _ => Received::Noted,
        }))
    }

    /// What an activity was that only its id is given of. One that never came is remembered as undone, as a Follow would
    /// be.
    async fn kind_of(&self, uri: Option<&str>, signer: &Account) -> Result<&'static str> {
        let Some(uri) = uri else { return Ok("Follow") };
        let mut reader = self.0.ctx.store.read().await?;
        if reader.favourite_by_uri(uri).await?.is_some_and(|like| like.account_id == signer.id) {
            return Ok("Like");
        }
        if reader.status_by_uri(uri).await?.is_some_and(|status| status.reblog_of_id.is_some()) {
            return Ok("Announce");
        }
        Ok("Follow")
    }

    async fn create(
        &self,
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
        // A vote in a poll, which nobody here has.
        if note.name.is_some() && note.content.is_none() && note.in_reply_to.is_some() {
            return Ok(Meaning::Now(Received::Noted));
        }
        let status = self.understand(note, signer).await?;
        if let Some(parent) = &note.in_reply_to
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
        Ok(Meaning::Now(Received::Create(Box::new(status))))
    }

    /// Whether it is worth fetching anything for this status: somebody here follows its author or is addressed by it.
    async fn concerns_us(&self, status: &inbox::RemoteStatus, author: &Account) -> Result<bool> {
        let mut reader = self.0.ctx.store.read().await?;
        if reader.local_followers(author.id, 1).await? > 0 {
            return Ok(true);
        }
        let addressed: Vec<_> = status.mentions.iter().map(|mention| mention.account).collect();
        Ok(!addressed.is_empty() && reader.accounts(&addressed).await?.iter().any(|account| account.local))
    }

    async fn announce(
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
        let boost = Received::Reblog {
            uri: activity.id.to_string(),
            of: object.to_string(),
            visibility: visibility(&activity.audience, followers.as_ref()),
            published: activity.published,
        };
        if self.is_known_status(object).await.map_err(|error| temporary(&error))? {
            return Ok(Meaning::Now(boost));
        }
        if self.0.ctx.store.read().await?.local_followers(signer.id, 1).await? == 0 {
            return Ok(Meaning::Now(Received::Noted));
        }
        // Whatever was sent along, what a status says is said by its own server.
        let Some(errand) = errand else { return Ok(Meaning::Later) };
        match self.fetch(object, errand).await {
            Ok(Object::Note(note)) => match self.fetch_status(&note, errand).await {
                // Kept under the id that its own server gave it.
                Ok(_) => {
                    let Received::Reblog { uri, visibility, published, .. } = boost else {
                        return Ok(Meaning::Now(Received::Noted));
                    };
                    Ok(Meaning::Now(Received::Reblog { uri, of: note.id.to_string(), visibility, published }))
                }
                Err(error) if error.is_later() => Ok(Meaning::Later),
                Err(_) => Ok(Meaning::Now(Received::Noted)),
            },
            Err(error) if error.is_later() => Ok(Meaning::Later),
            Ok(_) | Err(_) => Ok(Meaning::Now(Received::Noted)),
        }
    }

    /// A note of which only the id was sent.
    async fn brought(&self, id: &Url, errand: Option<&Errand>) -> Result<Brought> {
        if self.is_known_status(id).await.map_err(|error| temporary(&error))? {
            return Ok(Brought::Nothing);
        }
        let Some(errand) = errand else { return Ok(Brought::Later) };
        Ok(match self.fetch(id, errand).await {
            Ok(Object::Note(note)) => Brought::Note(note),
            Err(error) if error.is_later() => Brought::Later,
            Ok(_) | Err(_) => Brought::Nothing,
        })
    }
}

enum Brought {
    Note(Box<Note>),
    Nothing,
    Later,
}

fn temporary(error: &FetchError) -> Error {
    Error::Service(tintype_service::Error::Remote(error.to_string()))
}

#[cfg(test)]
mod tests;
