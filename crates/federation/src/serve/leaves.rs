//! What says that something may be done with a status here, and how often that was done.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use tintype_model::{ApprovalId, Interaction, Site, StatusId};
use tintype_store::{
    accounts::Account,
    approvals::{Approval, ApprovalState},
    quotes::QuoteState,
    statuses::Status,
};

use super::{Ask, document, number};
use crate::{
    Federation,
    rejection::Rejection,
    wire::out::{Authorization, CollectionSummary},
};

/// `GET /users/{name}/quote_authorizations/{id}`: to whoever may see what is quoted.
pub(super) async fn quote(
    State(federation): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let id: StatusId = number(&id)?;
    let (asker, account) = federation.open(&ask, &name).await?;
    let mut reader = federation.ctx().store.read().await?;
    let row = reader.quote(id).await?.filter(|row| row.state == QuoteState::Accepted);
    let row = row.ok_or(Rejection::NotFound)?;
    let (quoted, approval) = row.quoted_status_id.zip(row.approval_uri).ok_or(Rejection::NotFound)?;
    let quoted = reader.status(quoted).await?.ok_or(Rejection::NotFound)?;
    let quoting = reader.status(id).await?.ok_or(Rejection::NotFound)?;
    drop(reader);
    let uri = federation.ctx().site.quote_authorization(&account.username, id);
    if approval != uri {
        return Err(Rejection::NotFound);
    }
    federation
        .authorization_of(Interaction::Quote, uri, &account, asker.account(), &quoted, quoting.uri)
        .await
}

/// `GET /users/{name}/authorizations/{id}`: the same of likes, comments and boosts.
pub(super) async fn interaction(
    State(federation): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let id: ApprovalId = number(&id)?;
    let (asker, account) = federation.open(&ask, &name).await?;
    let mut reader = federation.ctx().store.read().await?;
    let row = reader.approval(id).await?.filter(|row| row.state == ApprovalState::Accepted);
    let Approval { kind, status_id, interaction_uri, .. } = row.ok_or(Rejection::NotFound)?;
    let status = reader.status(status_id).await?.ok_or(Rejection::NotFound)?;
    drop(reader);
    let uri = federation.ctx().site.authorization(&account.username, id);
    federation.authorization_of(kind, uri, &account, asker.account(), &status, interaction_uri).await
}

/// `GET /users/{name}/statuses/{id}/likes`: how many.
pub(super) async fn likes(
    State(federation): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, Rejection> {
    federation.total(&ask, &name, &id, "likes", |row| row.favourites_count).await
}

/// `GET /users/{name}/statuses/{id}/shares`: how many.
pub(super) async fn shares(
    State(federation): State<Federation>,
    Path((name, id)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, Rejection> {
    federation.total(&ask, &name, &id, "shares", |row| row.reblogs_count).await
}

impl Federation {
    /// That something may be done with a status of `author`, for who may see that status.
    async fn authorization_of(
        &self,
        what: Interaction,
        uri: String,
        author: &Account,
        asker: Option<&Account>,
        status: &Status,
        with: String,
    ) -> Result<Response, Rejection> {
        if status.account_id != author.id || !self.may_see(status, author, asker).await? {
            return Err(Rejection::NotFound);
        }
        let found = Authorization::new(what, uri, &author.uri, with, &status.uri);
        document(StatusCode::OK, &found.document())
    }

    async fn total(
        &self,
        ask: &Ask,
        name: &str,
        id: &str,
        path: &str,
        count: fn(&Status) -> i64,
    ) -> Result<Response, Rejection> {
        let (row, _) = self.shown(ask, name, number(id)?, Site::status).await?;
        if row.reblog_of_id.is_some() || !row.visibility.is_open() {
            return Err(Rejection::NotFound);
        }
        let total = u64::try_from(count(&row)).unwrap_or_default();
        let summary = CollectionSummary::new(format!("{}/{path}", row.uri), total);
        document(StatusCode::OK, &summary.document())
    }
}
