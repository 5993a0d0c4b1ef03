//! Follows from elsewhere, the answers to ours, and their ends.

use tintype_model::AccountId;
use tintype_store::{
    accounts::{Account, AccountKind},
    follows::{Follow, FollowState},
    notifications::NotificationKind,
};

use super::Door;
use crate::{Hint, Outgoing, Result, follows, outgoing, reading, statuses};

impl Door<'_> {
    pub(super) async fn follow(&mut self, uri: &str, target: AccountId) -> Result<()> {
        let target = self.tx.read().account(target).await?.filter(|a| a.local && a.is_active());
        let Some(target) = target.filter(|a| a.kind != AccountKind::Application) else { return Ok(()) };
        if self.tx.read().is_tombstone(uri, Some(self.actor.id)).await? {
            return Ok(()); // taken back before it came
        }
        let old = follows::take(self.tx, self.actor.id, target.id).await?;
        // As they are now, after the locks: who was suspended a moment ago follows nobody, and locked may have changed.
        let now = self.tx.read().accounts(&[self.actor.id, target.id]).await?;
        let active = |id: AccountId| now.iter().find(|a| a.id == id && a.is_active());
        let (Some(_), Some(target)) = (active(self.actor.id), active(target.id)) else { return Ok(()) };
        let apart = follows::standing(&mut self.tx.read(), target.id, self.actor.id).await?;
        if apart.is_some_and(|s| s.blocking || s.domain_blocking) {
            return self.turn_away(uri, target, old.as_ref()).await;
        }
        let accepted = if let Some(old) = old {
            // Asked again, under another id: the other side has lost our answer.
            self.tx.set_follow_uri(old.id, uri).await?;
            old.state == FollowState::Accepted
        } else {
            let row = Follow {
                id: self.ctx.ids.next(),
                follower_id: self.actor.id,
                target_id: target.id,
                uri: uri.to_owned(),
                state: if target.locked { FollowState::Pending } else { FollowState::Accepted },
                show_reblogs: true,
                notify: false,
                created_at: self.ctx.now(),
            };
            if !self.tx.insert_follow(&row).await? {
                return Ok(()); // the id is another follow's
            }
            let kind = if target.locked { NotificationKind::FollowRequest } else { NotificationKind::Follow };
            statuses::notify(self.ctx, self.tx, target.id, kind, self.actor.id, None, self.hints).await?;
            !target.locked
        };
        if accepted {
            let answer = Outgoing::Accepted {
                activity: self.ctx.ids.next(),
                account: target.id,
                uri: uri.to_owned(),
                follower: self.actor.id,
            };
            outgoing::enqueue(self.ctx, self.tx, &answer).await?;
        }
        Ok(())
    }

    /// Rejects a follow that somebody doesn't want, and ends what there may be of it.
    async fn turn_away(&mut self, uri: &str, target: &Account, old: Option<&Follow>) -> Result<()> {
        if let Some(old) = old {
            follows::end(self.tx, old).await?;
        }
        let answer = Outgoing::Rejected {
            activity: self.ctx.ids.next(),
            account: target.id,
            uri: uri.to_owned(),
            follower: self.actor.id,
        };
        outgoing::enqueue(self.ctx, self.tx, &answer).await
    }

    /// The local follow that an answer of the actor means: one that was really asked for.
    async fn asked(
        &mut self,
        follow_uri: Option<&str>,
        follower: Option<AccountId>,
    ) -> Result<Option<Follow>> {
        let row = match follow_uri {
            Some(uri) => self.tx.read().follow_by_uri(uri).await?,
            None => None,
        };
        let row = match (row, follower) {
            (None, Some(follower)) => self.tx.read().follow_between(follower, self.actor.id).await?,
            (row, _) => row,
        };
        let Some(row) = row.filter(|f| f.target_id == self.actor.id) else { return Ok(None) };
        follows::take(self.tx, row.follower_id, row.target_id).await
    }

    pub(super) async fn accept(
        &mut self,
        uri: &str,
        follow_uri: Option<&str>,
        follower: Option<AccountId>,
    ) -> Result<()> {
        let Some(row) = self.asked(follow_uri, follower).await? else { return Ok(()) };
        // It may be taken back by its id alone.
        self.tx.insert_accept(uri, row.id).await?;
        if self.tx.accept_follow(&row).await? {
            self.tx.backfill_home(row.follower_id, row.target_id, self.ctx.policy.home_limit).await?;
            // What it has posted and pinned so far comes with the follow.
            reading::profile(self.ctx, self.tx, self.actor).await?;
            self.hints.push(Hint::Account(row.target_id));
        }
        Ok(())
    }

    pub(super) async fn reject(
        &mut self,
        follow_uri: Option<&str>,
        follower: Option<AccountId>,
    ) -> Result<()> {
        if let Some(row) = self.asked(follow_uri, follower).await? {
            follows::end(self.tx, &row).await?;
        }
        Ok(())
    }

    pub(super) async fn unfollow(&mut self, uri: Option<&str>, target: Option<AccountId>) -> Result<()> {
        let by_uri = match uri {
            Some(uri) => self.tx.read().follow_by_uri(uri).await?.filter(|f| f.follower_id == self.actor.id),
            None => None,
        };
        let row = match (by_uri, target) {
            (Some(row), _) => follows::take(self.tx, row.follower_id, row.target_id).await?,
            (None, Some(target)) => follows::take(self.tx, self.actor.id, target).await?,
            (None, None) => None,
        };
        match row {
            Some(row) => follows::end(self.tx, &row).await?,
            None => self.bury(uri).await?,
        }
        Ok(())
    }
}
