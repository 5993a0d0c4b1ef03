//! Questions of people elsewhere, whether they may like, answer, boost or quote, and their answers to ours.

use tintype_model::{ApprovalId, Interaction, StatusId, interaction::Leave};
use tintype_store::{
    approvals::{Approval, ApprovalState},
    quotes::QuoteState,
    statuses::Status,
};

use super::{Door, Received, Request};
use crate::{
    Hint, Outgoing, Result,
    interactions::With,
    outgoing::{self, Answer},
    policies, quotes, reblogs, statuses,
};

impl Door<'_> {
    /// Answers a question, at once. Who can't see a status hears no: the same that they hear where there is none.
    pub(super) async fn request(&mut self, request: &Request) -> Result<()> {
        let row = self.tx.read().status_by_uri(&request.object).await?;
        let row = row.filter(|s| s.local && s.account_id == request.of && s.reblog_of_id.is_none());
        let seen = match row {
            Some(row) => self.tx.read().visible_status(Some(self.actor.id), row.id).await?,
            None => None,
        };
        let approval = match (seen, &request.wish) {
            (Some(status), Some(wish)) => self.grant(&status, request, wish).await?,
            _ => None,
        };
        let news = Outgoing::RequestAnswered {
            activity: self.ctx.ids.next(),
            account: request.of,
            uri: request.uri.clone(),
            to: self.actor.id,
            answer: Answer {
                what: request.what,
                of: request.object.clone(),
                with: request.with.clone(),
                approval,
            },
        };
        outgoing::enqueue(self.ctx, self.tx, &news).await
    }

    /// Does what is wished for, and says where it is written that it may be; `None`: no.
    async fn grant(&mut self, status: &Status, request: &Request, wish: &Received) -> Result<Option<String>> {
        match (request.what, wish) {
            (Interaction::Quote, Received::Create(quoting)) => {
                if self.revoked_before(&request.with).await? {
                    return Ok(None);
                }
                let leave = policies::quotable(&mut self.tx.read(), status, self.actor).await?;
                if !matches!(leave, Leave::Free | Leave::Listed) {
                    return Ok(None);
                }
                match self.create(quoting, true).await? {
                    Some(id) => self.allow_quote(status, id).await,
                    None => Ok(None),
                }
            }
            (Interaction::Favourite, Received::Favourite { uri, of }) => {
                self.favourite(uri, of).await?;
                self.allow(status, request).await
            }
            (Interaction::Reblog, Received::Reblog { uri, of, visibility, published }) => {
                self.reblog(uri, of, *visibility, *published).await?;
                self.allow(status, request).await
            }
            (Interaction::Reply, Received::Create(answer)) => {
                self.create(answer, false).await?;
                self.allow(status, request).await
            }
            _ => Ok(None),
        }
    }

    async fn revoked_before(&mut self, quoting: &str) -> Result<bool> {
        let Some(row) = self.tx.read().status_by_uri(quoting).await? else { return Ok(false) };
        Ok(self.tx.read().quote(row.id).await?.is_some_and(|q| q.state == QuoteState::Revoked))
    }

    async fn allow_quote(&mut self, quoted: &Status, quoting: StatusId) -> Result<Option<String>> {
        let Some(quoting) = self.tx.lock_status(quoting).await? else { return Ok(None) };
        let Some(mut row) = self.tx.read().quote(quoting.id).await? else { return Ok(None) };
        if quoting.account_id != self.actor.id || row.quoted_uri != quoted.uri {
            return Ok(None);
        }
        let Some(author) = self.tx.read().account(quoted.account_id).await? else { return Ok(None) };
        let approval = self.ctx.site.quote_authorization(&author.username, quoting.id);
        row.quoted_status_id = Some(quoted.id);
        let state = QuoteState::Accepted;
        quotes::settle(self.ctx, self.tx, &quoting, &row, state, Some(&approval), self.hints).await?;
        self.tell_quoted(author.id, quoting.id).await?;
        Ok(Some(approval))
    }

    /// Writes down that a like, a boost or a comment that is there now may be there.
    async fn allow(&mut self, status: &Status, request: &Request) -> Result<Option<String>> {
        let mut reader = self.tx.read();
        if let Some(known) = reader.approval_by_uri(&request.with).await? {
            let own = known.account_id == self.actor.id && known.status_id == status.id;
            return Ok(known.approval_uri.filter(|_| own));
        }
        let like = reader.favourite_by_uri(&request.with).await?;
        let row = reader.status_by_uri(&request.with).await?;
        let with = match (&like, &row) {
            (Some(like), _) if like.account_id == self.actor.id && like.status_id == status.id => {
                With::Favourite(like.id, &like.uri)
            }
            (None, Some(row))
                if row.account_id == self.actor.id
                    && [row.in_reply_to_id, row.reblog_of_id].contains(&Some(status.id)) =>
            {
                With::Status(row)
            }
            _ => return Ok(None),
        };
        let Some(author) = reader.account(status.account_id).await? else { return Ok(None) };
        let (favourite_id, by_status_id, uri) = with.parts();
        let id: ApprovalId = self.ctx.ids.next();
        let approval = self.ctx.site.authorization(&author.username, id);
        let row = Approval {
            id,
            kind: request.what,
            account_id: self.actor.id,
            status_id: status.id,
            favourite_id,
            by_status_id,
            interaction_uri: uri.to_owned(),
            request_uri: Some(request.uri.clone()),
            state: ApprovalState::Accepted,
            approval_uri: Some(approval.clone()),
            created_at: self.ctx.now(),
        };
        Ok(self.tx.insert_approval(&row).await?.then_some(approval))
    }

    /// The author of a remote status answers somebody here. What is allowed is shown and sent to all whom it is for; what is
    /// refused stays unseen, also what was allowed before.
    pub(super) async fn request_answered(&mut self, uri: &str, approval: Option<&str>) -> Result<()> {
        let Some(row) = self.tx.read().approval_by_uri(uri).await? else { return Ok(()) };
        let Some(target) = self.tx.read().status(row.status_id).await? else { return Ok(()) };
        if target.local || target.account_id != self.actor.id {
            return Ok(());
        }
        let state = if approval.is_some() { ApprovalState::Accepted } else { ApprovalState::Rejected };
        if !self.tx.answer_approval(row.id, state, approval).await? {
            return Ok(());
        }
        match (row.favourite_id, row.by_status_id) {
            (Some(like), _) => {
                let Some(like) = self.tx.read().favourite(like).await? else { return Ok(()) };
                if approval.is_some() {
                    self.tx.release_favourite(&like).await?;
                } else {
                    self.tx.delete_favourite(&like).await?;
                }
                self.hints.push(Hint::Changed(target.id));
            }
            (None, Some(id)) => {
                let Some(with) = self.tx.lock_status(id).await? else { return Ok(()) };
                if approval.is_some() {
                    self.release(&with, &target).await?;
                } else {
                    self.withhold(&with, &target).await?;
                }
            }
            (None, None) => {}
        }
        Ok(())
    }

    /// Takes back what the actor allowed under this id; whether there was anything.
    pub(super) async fn revoke_leave(&mut self, approval: &str) -> Result<bool> {
        let row = self.tx.read().approval_by_uri(approval).await?;
        if row.is_none_or(|row| row.approval_uri.as_deref() != Some(approval)) {
            return Ok(false);
        }
        self.request_answered(approval, None).await?;
        Ok(true)
    }

    /// A comment or boost of somebody here may be seen from now on.
    async fn release(&mut self, with: &Status, target: &Status) -> Result<()> {
        if !self.tx.set_held(with.id, false).await? {
            return Ok(());
        }
        if with.reblog_of_id.is_some() {
            self.tx.count_status(target.id, 0, 1, 0).await?;
            self.hints.push(Hint::Changed(target.id));
        } else {
            let mentions = self.tx.read().mentions_of(&[with.id]).await?;
            let mentions: Vec<_> = mentions.into_iter().map(|m| (m.account_id, m.silent)).collect();
            statuses::told_of_answer(self.ctx, self.tx, with, &mentions, self.hints).await?;
        }
        // Where the activity itself was the question it went out already, to one.
        let activity =
            if with.reblog_of_id.is_some() { with.uri.clone() } else { format!("{}/activity", with.uri) };
        self.tx.forget_activity(&activity).await?;
        let news = Outgoing::Published { status: with.id, uri: with.uri.clone(), rest: false };
        outgoing::enqueue(self.ctx, self.tx, &news).await?;
        let quote = self.tx.read().quote(with.id).await?.filter(|quote| quote.state == QuoteState::Pending);
        if let Some(uri) = quote.and_then(|quote| quote.request_uri) {
            let question = Outgoing::QuoteRequested { status: with.id, uri };
            outgoing::enqueue(self.ctx, self.tx, &question).await?;
        }
        self.hints.push(Hint::Published(with.id));
        Ok(())
    }

    /// A boost that isn't allowed goes; a comment stays for its author alone.
    async fn withhold(&mut self, with: &Status, target: &Status) -> Result<()> {
        if with.reblog_of_id.is_some() {
            if self.tx.read().is_held(with.id).await? {
                self.tx.delete_status(with, self.ctx.now()).await?;
            } else {
                // Others know of it: they are told that it is gone.
                reblogs::remove(self.ctx, self.tx, with, target.id).await?;
            }
        } else if self.tx.set_held(with.id, true).await? && with.visibility.is_open() {
            self.tx.count_status(target.id, -1, 0, 0).await?;
        }
        self.hints.push(Hint::Deleted {
            status: with.id,
            author: with.account_id,
            visibility: with.visibility,
        });
        self.hints.push(Hint::Changed(target.id));
        Ok(())
    }
}
