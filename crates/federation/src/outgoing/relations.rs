//! What one account is told: likes, follows, their answers, blocks, and that they are taken back.

use serde::Serialize;
use tintype_model::{AccountId, ActivityId, BlockId, FavouriteId, FollowId, Interaction};
use tintype_store::accounts::Account;

use super::{Message, message};
use crate::{
    Federation, Result,
    wire::out::{self, Accept, Block, Follow, Like, Reject, Undo},
};

/// A local account that acts, a remote one that is told, and what it is about.
pub(super) struct Pair {
    pub(super) actor: Account,
    pub(super) to: Account,
}

impl Pair {
    /// What messages between the two are about, where one has to wait for the other.
    fn about(&self) -> String {
        format!("{} {}", self.actor.uri, self.to.uri)
    }

    /// A message to the other one alone.
    pub(super) fn tell<D: Serialize>(
        self,
        uri: String,
        about: String,
        document: &D,
    ) -> Result<Option<Message>> {
        let inbox = self.to.delivery_inbox().to_owned();
        message(uri, self.actor, about, document, [inbox])
    }

    fn address(&self) -> Vec<String> {
        vec![self.to.uri.clone()]
    }
}

impl Federation {
    /// `None` when either is no such thing any more.
    pub(super) async fn pair(&self, actor: AccountId, to: AccountId) -> Result<Option<Pair>> {
        Ok(self.parting(actor, to).await?.filter(|pair| pair.actor.is_active() && pair.to.is_active()))
    }

    /// The same where something ends between them: those who are suspended here still say and hear that.
    async fn parting(&self, actor: AccountId, to: AccountId) -> Result<Option<Pair>> {
        let to = self.0.ctx.store.read().await?.account(to).await?;
        let Some(to) = to.filter(|to| !to.local && to.deleted_at.is_none()) else { return Ok(None) };
        Ok(self.author_even_suspended(actor).await?.map(|actor| Pair { actor, to }))
    }

    pub(super) async fn favourited(&self, favourite: FavouriteId) -> Result<Option<Message>> {
        let mut reader = self.0.ctx.store.read().await?;
        let Some(row) = reader.favourite(favourite).await? else { return Ok(None) };
        let Some(status) = reader.status(row.status_id).await? else { return Ok(None) };
        drop(reader);
        let Some(pair) = self.pair(row.account_id, status.account_id).await? else { return Ok(None) };
        let about = format!("{} {}", pair.actor.uri, status.uri);
        let like = Like::new(&row.uri, &pair.actor.uri, status.uri.clone()).addressed(pair.address(), vec![]);
        if let Some(request) = self.like_request(&row).await? {
            let (what, actor) = (Interaction::Favourite, pair.actor.uri.clone());
            let mut request = out::Request::new(what, request, actor, status.uri, like);
            request.to = pair.address();
            return pair.tell(request.id.clone(), about, &request.document());
        }
        pair.tell(row.uri, about, &like.document())
    }

    pub(super) async fn unfavourited(
        &self,
        activity: ActivityId,
        (account, to): (AccountId, AccountId),
        uri: &str,
        original: &str,
    ) -> Result<Option<Message>> {
        let Some(pair) = self.parting(account, to).await? else { return Ok(None) };
        let like = Like::new(uri, &pair.actor.uri, original.to_owned());
        let about = format!("{} {original}", pair.actor.uri);
        self.undo(activity, pair, like, about)
    }

    pub(super) async fn followed(&self, follow: FollowId) -> Result<Option<Message>> {
        let row = self.0.ctx.store.read().await?.follow(follow).await?;
        let Some(row) = row else { return Ok(None) };
        let Some(pair) = self.pair(row.follower_id, row.target_id).await? else { return Ok(None) };
        let follow = Follow::new(&row.uri, &pair.actor.uri, pair.to.uri.clone());
        let follow = follow.addressed(pair.address(), vec![]);
        let about = pair.about();
        pair.tell(row.uri, about, &follow.document())
    }

    pub(super) async fn unfollowed(
        &self,
        activity: ActivityId,
        (account, to): (AccountId, AccountId),
        uri: &str,
    ) -> Result<Option<Message>> {
        let Some(pair) = self.parting(account, to).await? else { return Ok(None) };
        let follow = Follow::new(uri, &pair.actor.uri, pair.to.uri.clone());
        let about = pair.about();
        self.undo(activity, pair, follow, about)
    }

    pub(super) async fn answered(
        &self,
        activity: ActivityId,
        (account, to): (AccountId, AccountId),
        uri: &str,
        accepted: bool,
    ) -> Result<Option<Message>> {
        let pair = if accepted { self.pair(account, to).await? } else { self.parting(account, to).await? };
        let Some(pair) = pair else { return Ok(None) };
        let site = &self.0.ctx.site;
        let id = if pair.actor.id == self.0.instance.id {
            site.instance_activity(activity)
        } else {
            site.activity(&pair.actor.username, activity)
        };
        let follow = Follow::new(uri, &pair.to.uri, pair.actor.uri.clone());
        let about = pair.about();
        if accepted {
            let accept = Accept::new(&id, &pair.actor.uri, follow).addressed(pair.address(), vec![]);
            pair.tell(id, about, &accept.document())
        } else {
            let reject = Reject::new(&id, &pair.actor.uri, follow).addressed(pair.address(), vec![]);
            pair.tell(id, about, &reject.document())
        }
    }

    /// Nothing of a block that was taken back meanwhile: it stays unsaid.
    pub(super) async fn blocked(
        &self,
        block: BlockId,
        (account, to): (AccountId, AccountId),
    ) -> Result<Option<Message>> {
        let row = self.0.ctx.store.read().await?.block_between(account, to).await?;
        let Some(row) = row.filter(|row| row.id == block) else { return Ok(None) };
        let Some(pair) = self.pair(account, to).await? else { return Ok(None) };
        let block = Block::new(&row.uri, &pair.actor.uri, pair.to.uri.clone());
        let block = block.addressed(pair.address(), vec![]);
        let about = pair.about();
        pair.tell(row.uri, about, &block.document())
    }

    pub(super) async fn unblocked(
        &self,
        activity: ActivityId,
        (account, to): (AccountId, AccountId),
        uri: &str,
    ) -> Result<Option<Message>> {
        let Some(pair) = self.parting(account, to).await? else { return Ok(None) };
        let block = Block::new(uri, &pair.actor.uri, pair.to.uri.clone());
        let about = pair.about();
        self.undo(activity, pair, block, about)
    }

    /// An Undo of something that was said to one account.
    fn undo<K: Serialize, T: out::Carried + Serialize>(
        &self,
        activity: ActivityId,
        pair: Pair,
        undone: out::Activity<K, T>,
        about: String,
    ) -> Result<Option<Message>> {
        let id = self.0.ctx.site.activity(&pair.actor.username, activity);
        let undo = Undo::new(&id, &pair.actor.uri, undone).addressed(pair.address(), vec![]);
        pair.tell(id, about, &undo.document())
    }
}
