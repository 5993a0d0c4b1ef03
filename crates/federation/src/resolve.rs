//! What the use cases ask of other servers: an account by its handle, an object by its URL, a file.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use tintype_model::{AccountId, Handle};
use tintype_net::Request;
use tintype_service::{Error, Found, Resolver, Result, inbox};
use tintype_store::accounts::{Account, AccountKind};

use crate::{
    Federation,
    actors::ActorDocument,
    admission::{Hops, Wanted},
    fetch::{Errand, FetchError},
    wire::{Object, http_url, same_origin},
};

#[async_trait]
impl Resolver for Federation {
    async fn account(&self, handle: &Handle) -> Result<Option<AccountId>> {
        let handle = handle.clone().on(&self.0.ctx.site.domain);
        let key = handle.key();
        let known = self.0.ctx.store.read().await?.account_by_key(&key).await?;
        match known {
            Some(known) if handle.domain.is_none() || !self.is_stale(&known) => return Ok(shown(&known)),
            // What is known is better than nothing when its server is away.
            Some(known) => {
                let fresh = self.0.handles.get_with(key, Box::pin(self.look_up(&handle))).await;
                Ok(fresh.ok().flatten().or_else(|| shown(&known)))
            }
            None if handle.domain.is_none() => Ok(None),
            None => or_none(self.0.handles.get_with(key, Box::pin(self.look_up(&handle))).await),
        }
    }

    async fn object(&self, url: &str) -> Result<Option<Found>> {
        let mut reader = self.0.ctx.store.read().await?;
        if let Some(status) = reader.status_by_uri(url).await? {
            return Ok(Some(Found::Status(status.id)));
        }
        let account = reader.account_by_uri(url).await?;
        drop(reader);
        if let Some(account) = account.filter(|account| !self.is_stale(account)) {
            return Ok(shown(&account).map(Found::Account));
        }
        let Some(parsed) = http_url(url).filter(|_| !self.0.ctx.site.owns(url)) else { return Ok(None) };
        or_none(self.0.objects.get_with(url.to_owned(), Box::pin(self.discover(&parsed))).await)
    }

    async fn refresh(&self, account: AccountId) -> Result<()> {
        let account = self.0.ctx.store.read().await?.account(account).await?.filter(|a| !a.local);
        let Some(id) = account.as_ref().and_then(|account| http_url(&account.uri)) else { return Ok(()) };
        match self.fetch_actor(&id, None, &Errand::while_waiting()).await {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::Remote(error.to_string())),
        }
    }

    async fn refresh_poll(&self, uri: &str) -> Result<()> {
        let Some(url) = http_url(uri).filter(|_| !self.0.ctx.site.owns(uri)) else { return Ok(()) };
        let remote = |error: FetchError| Error::Remote(error.to_string());
        let errand = Errand::while_waiting();
        let Object::Note(note) = self.fetch(&url, &errand).await.map_err(remote)? else { return Ok(()) };
        let author = self.known_actor(note.attributed_to.as_str()).await.map_err(remote)?;
        let Some(author) = author.filter(|author| !author.local && author.is_active()) else { return Ok(()) };
        // Told under the id that it is known by, by its author's server.
        if note.id != url || !same_origin(&note.id, &note.attributed_to) {
            return Ok(());
        }
        let status =
            self.understand(&note, &author).await.map_err(|error| Error::Remote(error.to_string()))?;
        inbox::refresh_poll(&self.0.ctx, &status).await
    }

    async fn file(&self, url: &str, max: usize) -> Result<Bytes> {
        let url = http_url(url).filter(|url| !self.0.ctx.site.owns(url.as_str())).ok_or(Error::NotFound)?;
        if !self.serves_files(&url).await? {
            return Err(Error::NotFound);
        }
        let hops = Hops { federation: self, wanted: Wanted::Files };
        let request = Request::get(url).accept("image/*, */*;q=0.1").max_body(max).signed_by(&hops);
        let response = self.0.net.send(request).await.map_err(|error| Error::Remote(error.to_string()))?;
        match response.status {
            status if status.is_success() => Ok(response.body),
            StatusCode::NOT_FOUND | StatusCode::GONE => Err(Error::NotFound),
            status => Err(Error::Remote(format!("status {}", status.as_u16()))),
        }
    }
}

impl Federation {
    async fn look_up(&self, handle: &Handle) -> Result<Option<AccountId>, FetchError> {
        self.find(handle, &Errand::while_waiting()).await
    }

    async fn discover(&self, url: &url::Url) -> Result<Option<Found>, FetchError> {
        let errand = Errand::while_waiting();
        let asked = self.0.ctx.now();
        match self.fetch(url, &errand).await? {
            Object::Actor(actor) => {
                let actor = ActorDocument { actor: Arc::from(actor), asked };
                let account = self.keep_actor(&actor, None, &errand).await?;
                Ok(shown(&account).map(Found::Account))
            }
            Object::Note(note) => {
                // A page's URL leads to the id; what is known by that need not be for everyone.
                let known = self.0.ctx.store.read().await?.status_by_uri(note.id.as_str()).await?;
                if let Some(known) = known {
                    return Ok(Some(Found::Status(known.id)));
                }
                let found = self.fetch_status(&note, &errand).await?;
                if let Some(id) = found {
                    self.keep_totals(&note, id, false).await?;
                }
                Ok(found.map(Found::Status))
            }
            _ => Ok(None),
        }
    }
}

/// Only a server that could not be asked is an error; the rest is that nothing was found.
fn or_none<T>(answer: Result<Option<T>, FetchError>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(found),
        Err(FetchError::Later(why)) => Err(Error::Remote(why)),
        Err(why) => {
            tracing::debug!(%why, "nothing found");
            Ok(None)
        }
    }
}

/// People and groups who are there; not the actors that stand for instances.
fn shown(account: &Account) -> Option<AccountId> {
    let person = account.kind != AccountKind::Application || !account.local;
    (person && account.is_active()).then_some(account.id)
}
