//! Questions, whether something may be done with a status, answers to those of others, and what changes when they come.

use serde::Serialize;
use tintype_model::{AccountId, ActivityId, Interaction, StatusId, Visibility};
use tintype_service::outgoing::Answer;
use tintype_store::{
    accounts::Account,
    approvals::{Approval, ApprovalState},
    favourites::Favourite,
    statuses::Status,
};

use super::{Message, message};
use crate::{
    Federation, Result,
    compose::{self, Notes},
    wire::out::{self, Delete, PUBLIC},
};

impl Federation {
    /// What a comment or boost waits for, if it does.
    pub(super) async fn waits(&self, row: &Status) -> Result<Option<Approval>> {
        let mut reader = self.0.ctx.store.read().await?;
        let approvals = reader.approvals_among(&[row.id]).await?;
        Ok(approvals.into_iter().find(|approval| approval.state != ApprovalState::Accepted))
    }

    /// Asks the author of what is answered or boosted, and nobody else: with a request, or, where that isn't known, with the
    /// activity itself.
    pub(super) async fn ask(
        &self,
        row: Status,
        notes: &Notes,
        author: Account,
        approval: &Approval,
    ) -> Result<Option<Message>> {
        let ctx = &self.0.ctx;
        let mut reader = ctx.store.read().await?;
        let Some(status) = reader.status(approval.status_id).await? else { return Ok(None) };
        let Some(to) = reader.account(status.account_id).await?.filter(|to| !to.local && to.is_active())
        else {
            return Ok(None);
        };
        drop(reader);
        if approval.state == ApprovalState::Rejected {
            return Ok(None);
        }
        let about = row.uri.clone();
        if row.reblog_of_id.is_some() {
            let announce = notes.announce(&row)?;
            match &approval.request_uri {
                Some(uri) => question(Interaction::Reblog, uri, author, &to, status.uri, announce, about),
                None => message(row.uri, author, about, &announce.document(), to_one(&to)),
            }
        } else if let Some(uri) = &approval.request_uri {
            let note = notes.note(ctx, &row)?;
            question(Interaction::Reply, uri, author, &to, status.uri, note, about)
        } else {
            let create = notes.create(ctx, &row)?;
            message(create.id.clone(), author, about, &create.document(), to_one(&to))
        }
    }

    /// The id of the request that a like waits for; `None` where the like itself is all there is to say.
    pub(super) async fn like_request(&self, like: &Favourite) -> Result<Option<String>> {
        let approval = self.0.ctx.store.read().await?.approval_by_uri(&like.uri).await?;
        Ok(approval.filter(|row| row.favourite_id == Some(like.id)).and_then(|row| row.request_uri))
    }

    /// Asks the author of what a status quotes.
    pub(super) async fn quote_requested(&self, status: StatusId, uri: &str) -> Result<Option<Message>> {
        let ctx = &self.0.ctx;
        let mut reader = ctx.store.read().await?;
        let Some(row) = reader.status(status).await?.filter(|row| row.local) else { return Ok(None) };
        // A comment that waits for another's leave is for that other alone; it is asked for when that has come.
        if reader.is_held(row.id).await? {
            return Ok(None);
        }
        let quote = reader.quote(status).await?.and_then(|quote| quote.quoted_status_id);
        let quoted = match quote {
            Some(quoted) => reader.status(quoted).await?,
            None => None,
        };
        let Some(quoted) = quoted else { return Ok(None) };
        let to = reader.account(quoted.account_id).await?.filter(|to| !to.local && to.is_active());
        let notes = Notes::read(&mut reader, std::slice::from_ref(&row)).await?;
        drop(reader);
        let (Some(to), Some(author)) = (to, self.author(row.account_id).await?) else { return Ok(None) };
        let note = notes.note(ctx, &row)?;
        question(Interaction::Quote, uri, author, &to, quoted.uri, note, row.uri)
    }

    /// What a status is now, where that is no new version, to everybody who may hold it.
    pub(super) async fn changed(&self, activity: ActivityId, status: StatusId) -> Result<Option<Message>> {
        let ctx = &self.0.ctx;
        let mut reader = ctx.store.read().await?;
        let row = reader.status(status).await?.filter(|row| row.local && row.reblog_of_id.is_none());
        let Some(row) = row else { return Ok(None) };
        let notes = Notes::read(&mut reader, std::slice::from_ref(&row)).await?;
        let others =
            if row.visibility.is_open() { reader.remote_participants(row.id).await? } else { Vec::new() };
        drop(reader);
        if self.waits(&row).await?.is_some() {
            return Ok(None);
        }
        let Some(author) = self.author(row.account_id).await? else { return Ok(None) };
        let update = notes.changed(ctx, &row, activity)?;
        let mut named = self.named(&row).await?;
        named.extend(self.welcome(row.account_id, others).await?);
        let inboxes = self.inboxes(&author, row.visibility, &named).await?;
        message(update.id.clone(), author, row.uri.clone(), &update.document(), inboxes)
    }

    /// That a post may be quoted no more: to who quoted it, and to those who may have seen that.
    pub(super) async fn quote_revoked(
        &self,
        activity: ActivityId,
        account: AccountId,
        uri: &str,
        quoted: StatusId,
        quoter: AccountId,
    ) -> Result<Option<Message>> {
        let Some(author) = self.author_even_suspended(account).await? else { return Ok(None) };
        let mut reader = self.0.ctx.store.read().await?;
        // Who doesn't know that it was quoted doesn't learn it now. The leave is named after what quotes.
        let quoting = uri.rsplit('/').next().and_then(|id| id.parse().ok()).map(StatusId);
        let mut open = true;
        for status in [Some(quoted), quoting] {
            let row = match status {
                Some(status) => reader.status(status).await?,
                None => None,
            };
            open &= row.is_some_and(|row| row.visibility.is_open());
        }
        let to = reader.account(quoter).await?.map(|account| account.uri);
        drop(reader);
        let reach = if open { Visibility::Public } else { Visibility::Direct };
        let inboxes = self.inboxes(&author, reach, &[quoter]).await?;
        let id = self.0.ctx.site.activity(&author.username, activity);
        let (to, cc) = if open {
            (vec![PUBLIC.to_owned()], to.into_iter().chain([compose::followers_of(&author)]).collect())
        } else {
            (to.into_iter().collect(), vec![])
        };
        let delete = Delete::<String>::new(&id, &author.uri, uri.to_owned()).addressed(to, cc);
        message(id, author, uri.to_owned(), &delete.document(), inboxes)
    }

    /// The answer to somebody's question.
    pub(super) async fn request_answered(
        &self,
        activity: ActivityId,
        (account, to): (AccountId, AccountId),
        uri: &str,
        answer: &Answer,
    ) -> Result<Option<Message>> {
        let Some(pair) = self.pair(account, to).await? else { return Ok(None) };
        let id = self.0.ctx.site.activity(&pair.actor.username, activity);
        let request = out::Request::new(answer.what, uri, &pair.to.uri, &answer.of, answer.with.clone());
        let said = out::Answer::new(&id, &pair.actor.uri, request, answer.approval.clone());
        pair.tell(id, answer.of.clone(), &said.document())
    }
}

fn to_one(to: &Account) -> [String; 1] {
    [to.delivery_inbox().to_owned()]
}

fn question<T: Serialize>(
    what: Interaction,
    uri: &str,
    author: Account,
    to: &Account,
    object: String,
    instrument: T,
    about: String,
) -> Result<Option<Message>> {
    let mut request = out::Request::new(what, uri, &author.uri, object, instrument);
    request.to = vec![to.uri.clone()];
    message(uri.to_owned(), author, about, &request.document(), to_one(to))
}
