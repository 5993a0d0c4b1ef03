//! Whether what others quote may be quoted: what they say allows it is read where the quoted author is, and has to name both.
//! One quoted status is fetched for one that quotes, and nothing that it quotes itself: rings end there.

use tintype_model::StatusId;
use tintype_service::inbox::{self, QuoteLeave, RemoteStatus};
use tintype_store::quotes::{Quote, QuoteState};
use url::Url;

use crate::{
    Federation,
    fetch::{Errand, FetchError},
    wire::{Authorization, Note, Object, http_url, same_origin},
};

impl Federation {
    /// Says of a status what is known of its leave to quote what it quotes. `false`: that takes the network, and there is no
    /// errand. What can't be found out is no reason not to show the rest of the status.
    pub(crate) async fn look_up_quote(
        &self,
        note: &Note,
        status: &mut RemoteStatus,
        errand: Option<&Errand>,
    ) -> Result<bool, FetchError> {
        let (Some(quoted), Some(claim)) = (&note.quote, &mut status.quote) else { return Ok(true) };
        let known = self.known_quote(note).await?.filter(|known| known.quoted_uri == quoted.as_str());
        match self.leave(note, quoted, known.as_ref(), errand).await {
            Ok(Some(leave)) => claim.leave = leave,
            Ok(None) => return Ok(false),
            Err(error) => tracing::debug!(%error, "a quote is not verified"),
        }
        Ok(true)
    }

    /// What is known of a quote; `None`: that takes the network.
    async fn leave(
        &self,
        note: &Note,
        quoted: &Url,
        known: Option<&Quote>,
        errand: Option<&Errand>,
    ) -> Result<Option<QuoteLeave>, FetchError> {
        let site = &self.0.ctx.site;
        let accepted = known.filter(|known| known.state == QuoteState::Accepted);
        let approval = accepted.and_then(|known| known.approval_uri.as_deref());
        let Some(said) = &note.quote_authorization else {
            return match approval.and_then(http_url).filter(|url| !site.owns(url.as_str())) {
                // It was allowed, and doesn't say so any more: it was taken back, or this is an old copy.
                Some(url) => {
                    let Some(errand) = errand else { return Ok(None) };
                    Ok(Some(match self.authorization(&url, errand).await {
                        Err(FetchError::Gone(_) | FetchError::Refused(_)) => QuoteLeave::Gone,
                        _ => QuoteLeave::Unknown,
                    }))
                }
                // Perhaps somebody quotes themselves.
                None if same_origin(quoted, &note.id) && !self.is_known_status(quoted).await? => {
                    let Some(errand) = errand else { return Ok(None) };
                    self.fetch_quoted(quoted, errand).await?;
                    Ok(Some(QuoteLeave::Unknown))
                }
                None => Ok(Some(QuoteLeave::Unknown)),
            };
        };
        if approval == Some(said.as_str()) {
            return Ok(Some(QuoteLeave::Given(said.to_string())));
        }
        if site.owns(said.as_str()) {
            return Ok(Some(self.own_leave(note, quoted, said).await?));
        }
        let Some(errand) = errand else { return Ok(None) };
        if !self.is_known_status(quoted).await? {
            self.fetch_quoted(quoted, errand).await?;
        }
        let mut reader = self.0.ctx.store.read().await?;
        let row = reader.status_by_uri(quoted.as_str()).await?.filter(|row| row.reblog_of_id.is_none());
        let author = match row {
            Some(row) => reader.account(row.account_id).await?,
            None => None,
        };
        drop(reader);
        let Some(author) = author.and_then(|author| http_url(&author.uri)) else {
            return Ok(Some(QuoteLeave::Unknown));
        };
        if !same_origin(said, &author) {
            return Ok(Some(QuoteLeave::Unknown));
        }
        let found = self.authorization(said, errand).await?;
        Ok(Some(if found.allows_quote(&author, &note.id, quoted) {
            QuoteLeave::Given(said.to_string())
        } else {
            QuoteLeave::Unknown
        }))
    }

    /// Whether we have allowed it ourselves.
    async fn own_leave(&self, note: &Note, quoted: &Url, said: &Url) -> Result<QuoteLeave, FetchError> {
        let mut reader = self.0.ctx.store.read().await?;
        for row in reader.quotes_by_approval(said.as_str()).await? {
            let quoting = reader.status(row.status_id).await?;
            if row.state == QuoteState::Accepted
                && row.quoted_uri == quoted.as_str()
                && quoting.is_some_and(|quoting| quoting.uri == note.id.as_str())
            {
                return Ok(QuoteLeave::Given(said.to_string()));
            }
        }
        Ok(QuoteLeave::Unknown)
    }

    async fn known_quote(&self, note: &Note) -> Result<Option<Quote>, FetchError> {
        let mut reader = self.0.ctx.store.read().await?;
        let Some(row) = reader.status_by_uri(note.id.as_str()).await? else { return Ok(None) };
        Ok(reader.quote(row.id).await?)
    }

    /// Fetches what is quoted, and nothing else for it.
    async fn fetch_quoted(&self, quoted: &Url, errand: &Errand) -> Result<Option<StatusId>, FetchError> {
        match self.fetch(quoted, errand).await? {
            Object::Note(note) => {
                let status = self.understand_fetched(&note, errand).await?;
                inbox::store_status(&self.0.ctx, &status)
                    .await
                    .map_err(|error| FetchError::Later(error.to_string()))
            }
            _ => Err(FetchError::Unfit("what is quoted is no status")),
        }
    }

    /// The document that allows something, from its own id.
    pub(crate) async fn authorization(
        &self,
        url: &Url,
        errand: &Errand,
    ) -> Result<Authorization, FetchError> {
        let document = self.document(url, errand).await?;
        let found =
            Authorization::parse(&document.body).map_err(|error| FetchError::Unfit(error.reason()))?;
        if found.id != *url || !same_origin(&document.url, url) {
            return Err(FetchError::Unfit("the document's id is not its URL"));
        }
        Ok(found)
    }
}
