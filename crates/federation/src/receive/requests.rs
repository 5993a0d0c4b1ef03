//! Questions, whether something may be done with a status, and what is said to ours.

use tintype_model::Interaction;
use tintype_service::inbox::{Received, Request};
use tintype_store::{accounts::Account, quotes::Quote};
use url::Url;

use super::Meaning;
use crate::{
    Federation, Result,
    fetch::Errand,
    wire::{self, IncomingActivity, Inner, Instrument, Note, Object, same_origin, visibility},
};

impl Federation {
    /// A question about a status of ours. What is asked for has to be the actor's own; whether there is such a status, and
    /// whether the actor sees it, is settled later, and hardly differs in the answer.
    pub(super) async fn requested(
        &self,
        what: Interaction,
        object: &Url,
        instrument: &Instrument,
        activity: &IncomingActivity,
        signer: &Account,
        errand: Option<&Errand>,
    ) -> Result<Meaning> {
        if !same_origin(&instrument.id, &activity.actor) {
            return Ok(Meaning::Refused("what is asked for is on another server"));
        }
        if instrument.actor.as_ref().is_some_and(|actor| *actor != activity.actor) {
            return Ok(Meaning::Refused("what is asked for is somebody else's"));
        }
        let Some(of) = self.owner_of(object).await? else { return Ok(Meaning::Now(Received::Noted)) };
        let is = |kind: &str| {
            instrument.kind.as_deref().is_none_or(|said| said == kind)
                && instrument.object.as_ref().is_none_or(|said| said == object)
        };
        let uri = instrument.id.to_string();
        let wish = match what {
            Interaction::Favourite => {
                is("Like").then(|| Received::Favourite { uri: uri.clone(), of: object.to_string() })
            }
            Interaction::Reblog => is("Announce").then(|| {
                let followers = signer.followers_url.as_deref().and_then(wire::http_url);
                Received::Reblog {
                    uri: uri.clone(),
                    of: object.to_string(),
                    visibility: visibility(&instrument.audience, followers.as_ref()),
                    published: instrument.published,
                }
            }),
            Interaction::Reply | Interaction::Quote => {
                let note = match (&instrument.note, errand) {
                    (Some(note), _) => Some(note.clone()),
                    (None, None) => return Ok(Meaning::Later),
                    (None, Some(errand)) => match self.fetch(&instrument.id, errand).await {
                        Ok(Object::Note(note)) => Some(note),
                        Err(error) if error.is_later() => return Ok(Meaning::Later),
                        Ok(_) | Err(_) => None,
                    },
                };
                let fits = |note: &Note| {
                    let named = if what == Interaction::Quote { &note.quote } else { &note.in_reply_to };
                    note.id == instrument.id
                        && note.attributed_to == activity.actor
                        && named.as_ref() == Some(object)
                };
                match note.filter(|note| fits(note)) {
                    Some(note) => Some(Received::Create(Box::new(self.understand(&note, signer).await?))),
                    None => None,
                }
            }
        };
        let uri = activity.id.to_string();
        let with = instrument.id.to_string();
        let request = Request { uri, of: of.id, object: object.to_string(), with, what, wish };
        Ok(Meaning::Now(Received::Request(Box::new(request))))
    }

    /// Who would have written a status of ours with this id.
    async fn owner_of(&self, object: &Url) -> Result<Option<Account>> {
        let site = &self.0.ctx.site;
        let path = object.as_str().strip_prefix(&site.base).and_then(|path| path.strip_prefix("/users/"));
        let Some((name, rest)) = path.and_then(|path| path.split_once('/')) else { return Ok(None) };
        if !rest.starts_with("statuses/") {
            return Ok(None);
        }
        let account = self.0.ctx.store.read().await?.account_by_uri(&site.actor(name)).await?;
        Ok(account.filter(|account| account.local && account.is_active()))
    }

    /// An Accept or Reject of something that was asked of the signer, or of a like, a comment or a boost that was a question
    /// by itself. `None`: it is about something else.
    pub(super) async fn leave_answered(
        &self,
        inner: &Inner,
        activity: &IncomingActivity,
        signer: &Account,
        accepted: bool,
        errand: Option<&Errand>,
    ) -> Result<Option<Meaning>> {
        if inner.kind.as_deref() == Some("Follow") {
            return Ok(None);
        }
        if let Some(quote) = self.asked_quote(inner).await? {
            return self.quote_answered(&quote, activity, signer, accepted, errand).await.map(Some);
        }
        let mut reader = self.0.ctx.store.read().await?;
        for uri in [&inner.id, &inner.instrument].into_iter().flatten() {
            let Some(row) = reader.approval_by_uri(uri.as_str()).await? else { continue };
            let status = reader.status(row.status_id).await?;
            if status.is_none_or(|status| status.account_id != signer.id) {
                return Ok(Some(Meaning::Refused("the question was somebody else's to answer")));
            }
            // Before there were results, the Accept itself was what allows it. It is signed by whose status it is.
            let result = activity.result.as_ref().filter(|url| same_origin(url, &activity.actor));
            let approval = accepted.then(|| result.unwrap_or(&activity.id).to_string());
            let answered = Received::RequestAnswered { uri: row.interaction_uri, approval };
            return Ok(Some(Meaning::Now(answered)));
        }
        Ok(None)
    }

    /// Our quote that an answer means: by the id of the request, or by the post that quotes.
    async fn asked_quote(&self, inner: &Inner) -> Result<Option<Quote>> {
        let site = &self.0.ctx.site;
        let mut reader = self.0.ctx.store.read().await?;
        if let Some(id) = inner.id.as_ref().filter(|id| site.owns(id.as_str()))
            && let Some(quote) = reader.quote_by_request(id.as_str()).await?
        {
            return Ok(Some(quote));
        }
        if inner.kind.as_deref() != Some("QuoteRequest") {
            return Ok(None);
        }
        let Some(with) = inner.instrument.as_ref().filter(|with| site.owns(with.as_str())) else {
            return Ok(None);
        };
        match reader.status_by_uri(with.as_str()).await? {
            Some(quoting) => Ok(reader.quote(quoting.id).await?),
            None => Ok(None),
        }
    }

    /// The leave to quote is fetched from the quoted author's own server, and has to name both.
    async fn quote_answered(
        &self,
        quote: &Quote,
        activity: &IncomingActivity,
        signer: &Account,
        accepted: bool,
        errand: Option<&Errand>,
    ) -> Result<Meaning> {
        let mut reader = self.0.ctx.store.read().await?;
        let quoted = match quote.quoted_status_id {
            Some(id) => reader.status(id).await?,
            None => None,
        };
        let quoting = reader.status(quote.status_id).await?;
        drop(reader);
        let (Some(quoted), Some(quoting)) = (quoted, quoting) else {
            return Ok(Meaning::Now(Received::Noted));
        };
        if quoted.account_id != signer.id {
            return Ok(Meaning::Refused("the question was somebody else's to answer"));
        }
        if !accepted {
            return Ok(Meaning::Now(Received::QuoteAnswered { quoting: quoting.id, approval: None }));
        }
        let result = activity.result.as_ref().filter(|url| same_origin(url, &activity.actor));
        let (Some(result), Some(quoting_url), Some(quoted_url)) =
            (result, wire::http_url(&quoting.uri), wire::http_url(&quoted.uri))
        else {
            return Ok(Meaning::Refused("nothing on the author's server allows it"));
        };
        let Some(errand) = errand else { return Ok(Meaning::Later) };
        Ok(match self.authorization(result, errand).await {
            Ok(found) if found.allows_quote(&activity.actor, &quoting_url, &quoted_url) => {
                let approval = Some(result.to_string());
                Meaning::Now(Received::QuoteAnswered { quoting: quoting.id, approval })
            }
            Err(error) if error.is_later() => Meaning::Later,
            Ok(_) | Err(_) => Meaning::Now(Received::Noted),
        })
    }
}
