//! Activities that somebody else than their actor delivers: the server of a thread passes answers on to those who follow it,
//! a relay passes on what it is given.
//!
//! What is brought is believed if it carries a proof of its actor's own key. Otherwise it is a hint: the origin is asked, and
//! what the origin says is all that counts, whatever was brought. Linked-data signatures are never looked at. And only from
//! somebody whom people here have to do with is a hint taken at all, so that nobody can send us about.

use std::sync::{Arc, atomic::Ordering};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tintype_model::JobId;
use tintype_service::{
    inbox::{self, Envelope},
    outgoing::INGEST,
};
use tintype_store::{
    accounts::Account,
    jobs::NewJob,
    received::{ReceivedActivity, ReceivedState},
};
use url::Url;

use crate::{
    Federation, Result,
    fetch::{Errand, FetchError},
    keys::KeyError,
    limits,
    proofs::Proof,
    receive::{IngestJob, Ingested, Meaning, host_of},
    wire::{self, IncomingActivity, Object, Verb, same_origin},
};

/// What is to be asked about: nothing but ids.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Forwarded {
    pub kind: ForwardedKind,
    pub activity: Url,
    pub actor: Url,
    pub object: Url,
    /// A relay brought it: it is kept though nobody here follows its author.
    #[serde(default)]
    pub relayed: bool,
}

/// What may be passed on by others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ForwardedKind {
    Create,
    Update,
    Delete,
    /// Something whose own id can be asked for.
    Activity,
}

/// Who has shown that an activity is its actor's.
pub(crate) enum Vouched {
    /// Its actor, by a proof.
    Actor(Box<Account>),
    /// Nobody; it was kept, and its origin will be asked.
    Kept,
    /// Nobody.
    No,
}

impl Forwarded {
    /// The ids of an activity that may be passed on and can be asked about. Its object has to be its actor's, by origin.
    fn of(activity: &IncomingActivity) -> Option<Self> {
        let (kind, object) = match &activity.verb {
            Verb::Create(objects) => match objects.as_slice() {
                [object] => (ForwardedKind::Create, object.id()?),
                _ => return None,
            },
            Verb::Update(object) => (ForwardedKind::Update, object.id()?),
            // An actor that goes says so itself.
            Verb::Delete { object } if *object == activity.actor => return None,
            Verb::Delete { object } => (ForwardedKind::Delete, object),
            // The boosted may be anybody's; the boost itself is asked about.
            Verb::Announce { .. } if activity.named => (ForwardedKind::Activity, &activity.id),
            _ => return None,
        };
        same_origin(object, &activity.actor).then(|| Self {
            kind,
            activity: activity.id.clone(),
            actor: activity.actor.clone(),
            object: object.clone(),
            relayed: false,
        })
    }

    /// The same of an activity inside an Announce of a community.
    pub(crate) fn carried(activity: &IncomingActivity) -> Option<Self> {
        let asked = matches!(activity.verb, Verb::Like { .. } | Verb::EmojiReact { .. } | Verb::Undo(_));
        if !asked || !activity.named {
            return Self::of(activity);
        }
        same_origin(&activity.id, &activity.actor).then(|| Self {
            kind: ForwardedKind::Activity,
            activity: activity.id.clone(),
            actor: activity.actor.clone(),
            object: activity.id.clone(),
            relayed: false,
        })
    }

    /// A name of our own: the activity's id belongs to its actor, who may still come with it.
    fn name(&self, bearer: &Account) -> String {
        let text = format!("{:?} {} {} {} {}", self.kind, self.activity, self.actor, self.object, bearer.uri);
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        format!("forwarded:{}", URL_SAFE_NO_PAD.encode(digest))
    }
}

impl Federation {
    /// Whether it is worth finding out whose key has signed what is another's: it carries a proof, or its origin can be asked
    /// and the key is that of somebody who is known here. Nobody else is followed, and nobody else is a relay.
    pub(crate) async fn may_be_passed_on(
        &self,
        activity: &IncomingActivity,
        body: &[u8],
        key_id: &Url,
    ) -> Result<bool> {
        if Forwarded::of(activity).is_some() {
            let known = self.0.ctx.store.read().await?.account_by_key_id(key_id.as_str()).await?;
            if known.is_some() {
                return Ok(true);
            }
        }
        Ok(Proof::read(body).is_some_and(|proof| same_origin(&proof.key_id, &activity.actor)))
    }

    /// What to think of an activity whose request `bearer` has signed, who is not its actor.
    pub(crate) async fn vouched(
        &self,
        activity: &IncomingActivity,
        body: &[u8],
        bearer: &Account,
    ) -> Result<Vouched, KeyError> {
        if let Some(actor) = self.proved(activity, body, bearer).await? {
            return Ok(Vouched::Actor(Box::new(actor)));
        }
        let Some(mut forwarded) = Forwarded::of(activity) else { return Ok(Vouched::No) };
        let mut reader = self.0.ctx.store.read().await?;
        forwarded.relayed = reader.is_relay(&bearer.uri).await?;
        let passes_on = forwarded.relayed || reader.local_followers(bearer.id, 1).await? > 0;
        drop(reader);
        if !passes_on {
            return Ok(Vouched::No);
        }
        self.keep_if_wanted(forwarded, bearer).await?;
        Ok(Vouched::Kept)
    }

    /// Keeps what somebody passed on, whom people here have to do with, if its origin is worth being asked.
    pub(crate) async fn keep_if_wanted(
        &self,
        mut forwarded: Forwarded,
        bearer: &Account,
    ) -> Result<(), KeyError> {
        let known = self.0.ctx.store.read().await?.status_by_uri(forwarded.object.as_str()).await?;
        // That somebody doesn't get to see what isn't for everyone says nothing.
        let gone = known.as_ref().filter(|status| status.visibility.is_open());
        if forwarded.kind == ForwardedKind::Delete
            && let Some(status) = gone
        {
            // A moderator's word is the server's; whose post it was is known here.
            let author = self.0.ctx.store.read().await?.account(status.account_id).await?;
            if let Some(uri) = author.and_then(|author| wire::http_url(&author.uri)) {
                forwarded.actor = uri;
            }
        }
        let wanted = match forwarded.kind {
            ForwardedKind::Create | ForwardedKind::Activity => known.is_none(),
            ForwardedKind::Update => known.is_some() || forwarded.object == forwarded.actor,
            ForwardedKind::Delete => gone.is_some(),
        };
        if wanted && self.may_bring(bearer).await {
            self.keep_forwarded(&forwarded, bearer).await?;
        }
        Ok(())
    }

    /// Whether somebody has not brought too much lately.
    async fn may_bring(&self, bearer: &Account) -> bool {
        let spent = self.0.relayed.get_with(bearer.uri.clone(), async { Arc::default() }).await;
        let may = spent.fetch_add(1, Ordering::Relaxed) < limits::get().forwarded_per_minute;
        if !may {
            tracing::debug!(account.id = %bearer.id, "somebody passes on too much");
        }
        may
    }

    /// The actor of an activity, if a proof shows that it is theirs. One that is old, wrong, or of a key that can't be had is
    /// as good as none.
    async fn proved(
        &self,
        activity: &IncomingActivity,
        body: &[u8],
        bearer: &Account,
    ) -> Result<Option<Account>, KeyError> {
        // What has no name can't be known again when it comes a second time.
        if !activity.named {
            return Ok(None);
        }
        let Some(proof) = Proof::read(body) else { return Ok(None) };
        let now = self.0.ctx.now().0;
        let recent = now.saturating_sub(limits::get().proof_past_seconds * 1000)
            ..=now.saturating_add(limits::get().signature_future_seconds * 1000);
        // A proof is for ever, what it was made for is not: what is older may have been applied, and forgotten.
        if !same_origin(&proof.key_id, &activity.actor) || !recent.contains(&proof.created.0) {
            return Ok(None);
        }
        match self.who_signed(&proof, &host_of(bearer)).await {
            Ok(account) if account.uri == activity.actor.as_str() => Ok(Some(account)),
            Ok(_) | Err(KeyError::Wrong(_) | KeyError::Crowd(_)) => Ok(None),
            Err(later) => Err(later),
        }
    }

    async fn keep_forwarded(&self, forwarded: &Forwarded, bearer: &Account) -> Result<(), KeyError> {
        let ctx = &self.0.ctx;
        let now = ctx.now();
        let row = ReceivedActivity {
            id: ctx.ids.next(),
            uri: forwarded.name(bearer),
            actor_uri: forwarded.actor.to_string(),
            body: None,
            state: ReceivedState::Pending,
            reason: None,
            received_at: now,
        };
        let payload =
            IngestJob { received: row.id, host: host_of(bearer), forwarded: Some(forwarded.clone()) };
        let payload = serde_json::to_value(payload).map_err(|error| KeyError::Later(error.to_string()))?;
        let job =
            NewJob { queue: INGEST, lane: row.uri.clone(), name: row.uri.clone(), payload, run_at: now };
        let mut tx = ctx.store.begin().await?;
        if tx.keep_received(&row).await? {
            tx.enqueue(ctx.ids.next::<JobId>(), &job, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Asks the origin of what was passed on, and does what it says. `last`: there will be no other try.
    pub(crate) async fn ask_origin(
        &self,
        row: &ReceivedActivity,
        forwarded: &Forwarded,
        last: bool,
    ) -> Result<Ingested> {
        const WAITS: &str = "what it needs can't be fetched";
        let errand = Errand::in_background();
        let (actor, activity) = match self.confirmed(forwarded, &errand).await {
            Ok(Some(told)) => told,
            Err(error) if error.is_later() && last => return self.give_up(row, error.to_string()).await,
            Err(error) if error.is_later() => return Ok(Ingested::Later(error.to_string())),
            Ok(None) | Err(_) => return self.unconfirmed(row).await,
        };
        let received = match self.translate(&activity, &actor, Some(&errand)).await {
            Ok(Meaning::Now(received)) => received,
            Ok(Meaning::Refused(_)) => return self.unconfirmed(row).await,
            Ok(Meaning::Later) if last => return self.give_up(row, WAITS.to_owned()).await,
            Ok(Meaning::Later) => return Ok(Ingested::Later(WAITS.to_owned())),
            Err(error) if last => return self.give_up(row, error.to_string()).await,
            Err(error) => return Err(error),
        };
        let envelope = Envelope { uri: row.uri.clone(), actor: actor.id, received };
        match inbox::apply(&self.0.ctx, &envelope).await {
            Ok(_) => Ok(Ingested::Done),
            Err(error) if last => self.give_up(row, error.to_string()).await,
            Err(error) => Err(error.into()),
        }
    }

    /// What its origin doesn't say has no effect. That is no fault of anybody's here: there is no dead job to look at.
    async fn unconfirmed(&self, row: &ReceivedActivity) -> Result<Ingested> {
        tracing::debug!(uri = row.uri, actor = row.actor_uri, "what was passed on is not confirmed");
        self.give_up(row, "its origin does not confirm it".to_owned()).await?;
        Ok(Ingested::Done)
    }

    /// The activity as its origin tells it, made anew out of what was fetched, and its actor. `None`: the origin says
    /// otherwise.
    async fn confirmed(
        &self,
        forwarded: &Forwarded,
        errand: &Errand,
    ) -> Result<Option<(Account, IncomingActivity)>, FetchError> {
        let Forwarded { kind, activity, actor, object, relayed } = forwarded;
        let with = |verb: Verb| IncomingActivity {
            id: activity.clone(),
            named: true,
            actor: actor.clone(),
            verb,
            audience: wire::Audience::default(),
            published: None,
            updated: None,
            result: None,
        };
        let told = match kind {
            ForwardedKind::Delete => {
                if !self.is_gone(object, errand).await? {
                    return Ok(None);
                }
                with(Verb::Delete { object: object.clone() })
            }
            ForwardedKind::Activity => {
                let document = self.document(activity, errand).await?;
                let told = wire::parse_activity(&document.body)
                    .map_err(|error| FetchError::Unfit(error.reason()))?;
                let same =
                    told.id == *activity && told.actor == *actor && same_origin(activity, &document.url);
                let may = matches!(
                    told.verb,
                    Verb::Announce { .. } | Verb::Like { .. } | Verb::EmojiReact { .. } | Verb::Undo(_)
                );
                if !same || !may {
                    return Ok(None);
                }
                told
            }
            ForwardedKind::Create | ForwardedKind::Update => match self.fetch(object, errand).await? {
                Object::Note(note) if note.id == *object && note.attributed_to == *actor => {
                    if *relayed {
                        self.keep_status(&note, errand).await?;
                    }
                    let object = Object::Note(note);
                    with(match kind {
                        ForwardedKind::Create => Verb::Create(vec![object]),
                        _ => Verb::Update(object),
                    })
                }
                // What it is now, `translate` finds out for itself.
                Object::Actor(found) if *kind == ForwardedKind::Update && found.id == *actor => {
                    with(Verb::Update(Object::Id(actor.clone())))
                }
                _ => return Ok(None),
            },
        };
        let account = self.actor(actor, errand).await?;
        if !account.is_active() || account.local {
            return Ok(None);
        }
        Ok(Some((account, told)))
    }

    /// Whether a thing's own server says that it isn't there any more.
    async fn is_gone(&self, object: &Url, errand: &Errand) -> Result<bool, FetchError> {
        match self.fetch(object, errand).await {
            Ok(Object::Tombstone { id }) => Ok(id == *object),
            Err(FetchError::Gone(_)) => Ok(true),
            Err(error) if error.is_later() => Err(error),
            Ok(_) | Err(_) => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ids(activity: &serde_json::Value) -> Option<(ForwardedKind, String)> {
        let activity = wire::parse_activity(activity.to_string().as_bytes()).unwrap();
        Forwarded::of(&activity).map(|forwarded| (forwarded.kind, forwarded.object.to_string()))
    }

    #[test]
    fn what_may_be_passed_on() {
        let (bob, note) = ("https://remote.example/users/bob", "https://remote.example/notes/1");
        let id = "https://remote.example/activities/1";
        let with = |kind: &str, object: serde_json::Value| json!({"id": id, "type": kind, "actor": bob, "object": object, "target": bob});
        for (kind, forwarded) in [
            ("Create", Some((ForwardedKind::Create, note))),
            ("Update", Some((ForwardedKind::Update, note))),
            ("Delete", Some((ForwardedKind::Delete, note))),
            ("Announce", Some((ForwardedKind::Activity, id))),
            ("Follow", None),
            ("Like", None),
            ("Undo", None),
            ("Accept", None),
            ("Block", None),
            ("Flag", None),
            ("Move", None),
            ("Add", None),
        ] {
            let expected = forwarded.map(|(kind, object)| (kind, object.to_owned()));
            assert_eq!(ids(&with(kind, json!(note))), expected, "{kind}");
        }
        let elsewhere = json!("https://elsewhere.example/notes/1");
        assert_eq!(ids(&with("Create", elsewhere.clone())), None, "whose it is can't be asked there");
        assert_eq!(ids(&with("Delete", elsewhere.clone())), None);
        assert_eq!(ids(&with("Announce", elsewhere)), Some((ForwardedKind::Activity, id.to_owned())));
    }
}
