//! Statuses, the activities that made them, follows and likes, each to those who may see it.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use tintype_model::{FavouriteId, FollowId, StatusId, Visibility};
use tintype_store::{
    accounts::{Account, AccountKind},
    statuses::Status,
};

use super::{Ask, document, plain_name, to_page};
use crate::{
    Federation,
    compose::Notes,
    rejection::Rejection,
    wire::out::{Collection, Follow, Like, Tombstone},
};

/// Replies that are named in one collection.
const REPLIES: i64 = 50;

/// `GET /users/{name}/statuses/{id}`
pub(super) async fn status(
    State(federation): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let id: StatusId = id.parse().map_err(|_| Rejection::NotFound)?;
    if ask.wants_page() {
        return to_page(&federation.ctx().site.status_page(plain_name(&name)?, id));
    }
    let asker = federation.known_asker(&ask).await?;
    let uri = federation.ctx().site.status(plain_name(&name)?, id);
    let row = match federation.shown(&name, id, asker.account()).await {
        Err(Rejection::NotFound) => return federation.buried(&uri).await,
        other => other?,
    };
    if row.reblog_of_id.is_some() {
        return Err(Rejection::NotFound);
    }
    let mut reader = federation.ctx().store.read().await?;
    let notes = Notes::read(&mut reader, std::slice::from_ref(&row)).await?;
    document(StatusCode::OK, &notes.note(federation.ctx(), &row)?.document())
}

/// `GET /users/{name}/statuses/{id}/activity`: the Create of a post, or the Announce that a boost is.
pub(super) async fn activity(
    State(federation): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let id: StatusId = id.parse().map_err(|_| Rejection::NotFound)?;
    let asker = federation.known_asker(&ask).await?;
    let uri = federation.ctx().site.status_activity(plain_name(&name)?, id);
    let row = match federation.shown(&name, id, asker.account()).await {
        Err(Rejection::NotFound) => return federation.buried(&uri).await,
        other => other?,
    };
    let mut reader = federation.ctx().store.read().await?;
    let notes = Notes::read(&mut reader, std::slice::from_ref(&row)).await?;
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
    let id: StatusId = id.parse().map_err(|_| Rejection::NotFound)?;
    let asker = federation.known_asker(&ask).await?;
    let row = federation.shown(plain_name(&name)?, id, asker.account()).await?;
    let uris = federation.ctx().store.read().await?.open_reply_uris(row.id, REPLIES).await?;
    document(StatusCode::OK, &Collection::new(format!("{}/replies", row.uri), uris).document())
}

/// `GET /users/{name}/follows/{id}`: to the two of them, and their servers.
pub(super) async fn follow(
    State(federation): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let id: FollowId = id.parse().map_err(|_| Rejection::NotFound)?;
    let asker = federation.known_asker(&ask).await?;
    let account = federation.local(&name).await?;
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
    let id: FavouriteId = id.parse().map_err(|_| Rejection::NotFound)?;
    let asker = federation.known_asker(&ask).await?;
    let account = federation.local(&name).await?;
    let mut reader = federation.ctx().store.read().await?;
    let row =
        reader.favourite(id).await?.filter(|row| row.account_id == account.id).ok_or(Rejection::NotFound)?;
    let liked = reader.status(row.status_id).await?.ok_or(Rejection::NotFound)?;
    drop(reader);
    if !federation.may_see(&liked, asker.account()).await? {
        return Err(Rejection::NotFound);
    }
    document(StatusCode::OK, &Like::new(row.uri, account.uri, liked.uri).document())
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
    /// A local status, if whoever asks may see it.
    async fn shown(&self, name: &str, id: StatusId, asker: Option<&Account>) -> Result<Status, Rejection> {
        let account = self.local(name).await?;
        let row = self.0.ctx.store.read().await?.status(id).await?;
        let row = row.filter(|row| row.local && row.account_id == account.id).ok_or(Rejection::NotFound)?;
        if self.may_see(&row, asker).await? { Ok(row) } else { Err(Rejection::NotFound) }
    }

    /// Whether whoever asks may see a status: what is open everybody; the rest those whom the rule of visibility names,
    /// and of followers-only posts the servers of followers.
    async fn may_see(&self, row: &Status, asker: Option<&Account>) -> Result<bool, Rejection> {
        let mut reader = self.0.ctx.store.read().await?;
        if reader.visible_status(asker.map(|asker| asker.id), row.id).await?.is_some() {
            return Ok(true);
        }
        let Some(asker) = asker else { return Ok(false) };
        let Some(domain) = &asker.domain else { return Ok(false) };
        if row.visibility == Visibility::Private && reader.host_follows(domain, row.account_id).await? {
            return Ok(true);
        }
        let named = reader.mentions_of(&[row.id]).await?;
        Ok(is_server(asker) && named.iter().any(|mention| mention.domain.as_ref() == Some(domain)))
    }

    /// 410 for what was deleted, 404 for what never was, or isn't shown.
    async fn buried(&self, uri: &str) -> Result<Response, Rejection> {
        if self.0.ctx.store.read().await?.is_tombstone(uri, None).await? {
            return document(StatusCode::GONE, &Tombstone::new(uri).document());
        }
        Err(Rejection::NotFound)
    }
}
