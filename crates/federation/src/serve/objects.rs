//! Statuses, the activities that made them, follows and likes, each to those who may see it.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use tintype_model::{AccountId, FavouriteId, FollowId, Site, StatusId, Visibility};
use tintype_service::emojis;
use tintype_store::{
    accounts::{Account, AccountKind},
    statuses::Status,
};

use super::{Ask, document, number, plain_name, to_page};
use crate::{
    Federation,
    compose::{self, Notes},
    rejection::Rejection,
    wire::out::{Collection, CollectionPage, Follow, Like},
};

/// Replies that are named in one collection.
const REPLIES: i64 = 50;

/// `GET /users/{name}/statuses/{id}`
pub(super) async fn status(
    State(federation): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let ctx = federation.ctx();
    let id: StatusId = number(&id)?;
    if ask.wants_page() {
        return to_page(&ctx.site.status_page(plain_name(&name)?, id));
    }
    let (row, notes) = federation.shown(&ask, &name, id, Site::status).await?;
    if row.reblog_of_id.is_some() {
        return Err(Rejection::NotFound);
    }
    document(StatusCode::OK, &notes.note(ctx, &row)?.document())
}

/// `GET /users/{name}/statuses/{id}/activity`: the Create of a post, or the Announce that a boost is.
pub(super) async fn activity(
    State(federation): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let (row, notes) = federation.shown(&ask, &name, number(&id)?, Site::status_activity).await?;
    if row.reblog_of_id.is_some() {
        document(StatusCode::OK, &notes.announce(&row)?.document())
    } else {
        document(StatusCode::OK, &notes.create(federation.ctx(), &row)?.document())
    }
}

/// `GET /users/{name}/statuses/{id}/replies`: what everyone may see of the direct answers.
pub(super) async fn replies(
    State(federation): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let (row, _) = federation.shown(&ask, &name, number(&id)?, Site::status).await?;
    let uris = federation.ctx().store.read().await?.open_reply_uris(row.id, REPLIES).await?;
    if ask.query("page").is_some() {
        let page = CollectionPage::new(&format!("{}/replies", row.uri), uris);
        return document(StatusCode::OK, &page.document());
    }
    document(StatusCode::OK, &Collection::new(format!("{}/replies", row.uri), uris).document())
}

/// `GET /users/{name}/follows/{id}`: to the two of them, and their servers.
pub(super) async fn follow(
    State(federation): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let id: FollowId = number(&id)?;
    let (asker, account) = federation.open(&ask, &name).await?;
    let mut reader = federation.ctx().store.read().await?;
    let row =
        reader.follow(id).await?.filter(|row| row.follower_id == account.id).ok_or(Rejection::NotFound)?;
    let target = reader.account(row.target_id).await?.ok_or(Rejection::NotFound)?;
    if !asker.account().is_some_and(|asker| stands_for(asker, &target)) {
        return Err(Rejection::NotFound);
    }
    document(StatusCode::OK, &Follow::new(row.uri, account.uri, target.uri).document())
}

/// `GET /users/{name}/likes/{id}`: to whoever may see what is liked.
pub(super) async fn like(
    State(federation): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let id: FavouriteId = number(&id)?;
    let (asker, account) = federation.open(&ask, &name).await?;
    let mut reader = federation.ctx().store.read().await?;
    let row =
        reader.favourite(id).await?.filter(|row| row.account_id == account.id).ok_or(Rejection::NotFound)?;
    let liked = reader.status(row.status_id).await?.ok_or(Rejection::NotFound)?;
    let author = reader.account(liked.account_id).await?.ok_or(Rejection::NotFound)?;
    drop(reader);
    if federation.shuts_out(&account, asker.account()).await?
        || !federation.may_see(&liked, &author, asker.account()).await?
    {
        return Err(Rejection::NotFound);
    }
    document(StatusCode::OK, &Like::new(row.uri, account.uri, liked.uri).document())
}

/// `GET /emojis/{id}`: a custom emoji of ours, for everybody.
pub(super) async fn emoji(
    State(federation): State<Federation>,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    let ctx = federation.ctx();
    let row = emojis::own(ctx, number(&id)?).await.map_err(|_| Rejection::NotFound)?;
    let tag = compose::emoji_tag(ctx, &row).ok_or(Rejection::NotFound)?;
    document(StatusCode::OK, &tag.document())
}

/// Whether who signed is this account, or its server.
fn stands_for(asker: &Account, account: &Account) -> bool {
    asker.id == account.id || (is_server(asker) && asker.domain == account.domain)
}

/// Whether an actor is one that signs for a whole server.
fn is_server(asker: &Account) -> bool {
    asker.kind == AccountKind::Application
}

impl Federation {
    /// A local status, if whoever asks may see it, with what its documents need. `uri` makes the address it is asked by: it
    /// is remembered of what was deleted.
    pub(super) async fn shown(
        &self,
        ask: &Ask,
        name: &str,
        id: StatusId,
        uri: fn(&Site, &str, StatusId) -> String,
    ) -> Result<(Status, Notes), Rejection> {
        let (asker, account) = self.open(ask, plain_name(name)?).await?;
        let row = self.0.ctx.store.read().await?.status(id).await?;
        let row = row.filter(|row| row.local && row.account_id == account.id);
        if let Some(row) = row
            && self.may_see(&row, &account, asker.account()).await?
        {
            let mut reader = self.0.ctx.store.read().await?;
            let notes = Notes::read(&mut reader, std::slice::from_ref(&row)).await?;
            return Ok((row, notes));
        }
        let uri = uri(&self.0.ctx.site, name, id);
        if self.0.ctx.store.read().await?.is_tombstone(&uri, None).await? {
            Err(Rejection::Buried(uri))
        } else {
            Err(Rejection::NotFound)
        }
    }

    /// Whether whoever asks may see a status: what is open everybody; the rest those whom the rule of visibility names,
    /// and of followers-only posts the servers of followers. Nobody whom its author blocks.
    pub(super) async fn may_see(
        &self,
        row: &Status,
        author: &Account,
        asker: Option<&Account>,
    ) -> Result<bool, Rejection> {
        let mut reader = self.0.ctx.store.read().await?;
        if reader.visible_status(asker.map(|asker| asker.id), row.id).await?.is_some() {
            return Ok(true);
        }
        if reader.is_held(row.id).await? {
            return Ok(false);
        }
        let Some(asker) = asker.filter(|_| author.is_active()) else { return Ok(false) };
        let Some(domain) = &asker.domain else { return Ok(false) };
        if self.shuts_out(author, Some(asker)).await? {
            return Ok(false);
        }
        if let Some(host) = asker.actor_host().filter(|_| row.visibility == Visibility::Private)
            && reader.host_follows(&host, row.account_id).await?
        {
            return Ok(true);
        }
        if !is_server(asker) {
            return Ok(false);
        }
        let named = reader.mentions_of(&[row.id]).await?;
        let named: Vec<AccountId> = named
            .iter()
            .filter(|mention| mention.domain.as_ref() == Some(domain))
            .map(|mention| mention.account_id)
            .collect();
        let standings = reader.standings(author.id, &named).await?;
        Ok(named.iter().any(|id| !standings.iter().any(|s| s.other == *id && s.blocking)))
    }
}
