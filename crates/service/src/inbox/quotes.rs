//! What people elsewhere quote, and what they say to being quoted.

use tintype_model::{AccountId, StatusId};
use tintype_store::{
    notifications::NotificationKind,
    quotes::{Quote, QuoteState},
    statuses::Status,
};

use super::{Door, QuoteLeave, RemoteStatus};
use crate::{Result, quotes, statuses};

impl Door<'_> {
    /// Keeps what a status of the actor quotes, and whether it may. What it quotes never changes; nobody quotes a boost, nor
    /// themselves in a ring.
    pub(super) async fn keep_quote(&mut self, s: &RemoteStatus, quoting: &Status) -> Result<()> {
        let Some(claim) = s.quote.as_ref().filter(|claim| claim.uri != quoting.uri) else { return Ok(()) };
        let quoted = self.tx.read().status_by_uri(&claim.uri).await?;
        let known = self.tx.read().quote(quoting.id).await?;
        if known.as_ref().is_some_and(|known| known.quoted_uri != claim.uri)
            || quoted.as_ref().is_some_and(|quoted| quoted.reblog_of_id.is_some())
        {
            return Ok(());
        }
        let known = if let Some(known) = known {
            known
        } else {
            let row = Quote {
                status_id: quoting.id,
                quoted_status_id: quoted.as_ref().map(|quoted| quoted.id),
                quoted_uri: claim.uri.clone(),
                state: QuoteState::Pending,
                request_uri: None,
                approval_uri: None,
                created_at: self.ctx.now(),
            };
            self.tx.insert_quote(&row).await?;
            row
        };
        let own = quoted.as_ref().is_some_and(|quoted| quoted.account_id == quoting.account_id);
        let (state, approval) = match &claim.leave {
            // Leave that was taken back doesn't come back with an old copy of the post.
            QuoteLeave::Given(_) if known.state == QuoteState::Revoked => (known.state, None),
            QuoteLeave::Given(uri) if quoted.is_some() => (QuoteState::Accepted, Some(uri.clone())),
            QuoteLeave::Gone if known.state == QuoteState::Accepted && !own => (QuoteState::Revoked, None),
            _ if own => (QuoteState::Accepted, None),
            _ => (known.state, known.approval_uri.clone()),
        };
        let row = Quote {
            // Deleted is deleted.
            quoted_status_id: match known.state {
                QuoteState::Accepted => known.quoted_status_id,
                _ => quoted.as_ref().map(|quoted| quoted.id),
            },
            ..known
        };
        quotes::settle(self.ctx, self.tx, quoting, &row, state, approval.as_deref(), self.hints).await?;
        if let Some(quoted) = quoted.filter(|quoted| quoted.local && state == QuoteState::Accepted) {
            self.tell_quoted(quoted.account_id, quoting.id).await?;
        }
        Ok(())
    }

    /// Tells somebody here that they are quoted.
    pub(super) async fn tell_quoted(&mut self, who: AccountId, quoting: StatusId) -> Result<()> {
        let kind = NotificationKind::Quote;
        statuses::notify(self.ctx, self.tx, who, kind, self.actor.id, Some(quoting), self.hints).await
    }

    /// What somebody said to being quoted by a post of ours. What they refused or took back once, they may still allow.
    pub(super) async fn quote_answered(&mut self, quoting: StatusId, approval: Option<&str>) -> Result<()> {
        let Some(quoting) = self.tx.lock_status(quoting).await?.filter(|s| s.local) else { return Ok(()) };
        let Some(row) = self.tx.read().quote(quoting.id).await? else { return Ok(()) };
        if !self.is_quoted(&row).await? {
            return Ok(());
        }
        let state = match (approval, row.state) {
            (Some(_), _) => QuoteState::Accepted,
            (None, QuoteState::Accepted | QuoteState::Revoked) => QuoteState::Revoked,
            (None, _) => QuoteState::Rejected,
        };
        quotes::settle(self.ctx, self.tx, &quoting, &row, state, approval, self.hints).await
    }

    /// Takes back what the actor allowed under this id; whether there was anything.
    pub(super) async fn revoke_quotes(&mut self, approval: &str) -> Result<bool> {
        let mut found = false;
        for row in self.tx.read().quotes_by_approval(approval).await? {
            if row.state == QuoteState::Accepted && self.is_quoted(&row).await? {
                found = true;
                let Some(quoting) = self.tx.lock_status(row.status_id).await? else { continue };
                quotes::settle(
                    self.ctx,
                    self.tx,
                    &quoting,
                    &row,
                    QuoteState::Revoked,
                    Some(approval),
                    self.hints,
                )
                .await?;
            }
        }
        Ok(found)
    }

    /// Whether it is the actor's own status that is quoted.
    async fn is_quoted(&mut self, row: &Quote) -> Result<bool> {
        let Some(quoted) = row.quoted_status_id else { return Ok(false) };
        Ok(self.tx.read().status(quoted).await?.is_some_and(|s| s.account_id == self.actor.id))
    }
}
