//! What becomes of our own accounts: their profiles change, they are suspended, they go.

use tintype_model::{AccountId, ActivityId, Visibility};
use tintype_store::accounts::Account;

use super::{Message, message};
use crate::{
    Federation, Result, compose,
    wire::out::{Delete, Move, PUBLIC, Update},
};

impl Federation {
    /// Somebody here who may say something: neither suspended nor deleted.
    pub(super) async fn author(&self, id: AccountId) -> Result<Option<Account>> {
        let account = self.0.ctx.store.read().await?.account(id).await?;
        Ok(account.filter(|account| account.local && account.is_active()))
    }

    /// Somebody here who may still say that something ends.
    pub(super) async fn author_even_suspended(&self, id: AccountId) -> Result<Option<Account>> {
        let account = self.0.ctx.store.read().await?.account(id).await?;
        Ok(account.filter(|account| account.local && account.deleted_at.is_none()))
    }

    /// A suspended account says this one thing still: that it is.
    pub(super) async fn profile_changed(
        &self,
        activity: ActivityId,
        account: AccountId,
    ) -> Result<Option<Message>> {
        let ctx = &self.0.ctx;
        let account = ctx.store.read().await?.account(account).await?;
        let Some(account) = account.filter(|a| a.local && a.deleted_at.is_none()) else { return Ok(None) };
        let id = ctx.site.activity(&account.username, activity);
        let inboxes = self.inboxes(&account, Visibility::Public, &[]).await?;
        let mut reader = ctx.store.read().await?;
        let mut actor = compose::actor_with_emojis(ctx, &mut reader, &account).await?;
        drop(reader);
        actor.assertion_method = self.assertion_method(&account).await?;
        let update = Update::new(&id, &account.uri, actor)
            .addressed(vec![PUBLIC.to_owned()], vec![compose::followers_of(&account)]);
        let about = account.uri.clone();
        message(id, account, about, &update.document(), inboxes)
    }

    /// Followers elsewhere are told where an account lives now. Nothing of a move that was taken back meanwhile.
    pub(super) async fn account_moved(
        &self,
        activity: ActivityId,
        account: AccountId,
    ) -> Result<Option<Message>> {
        let ctx = &self.0.ctx;
        let Some(account) = self.author(account).await? else { return Ok(None) };
        let mut reader = ctx.store.read().await?;
        let target = reader.move_of(account.id).await?.and_then(|moved| moved.target_id);
        let target = match target {
            Some(target) => reader.account(target).await?,
            None => None,
        };
        drop(reader);
        let Some(target) = target else { return Ok(None) };
        let id = ctx.site.activity(&account.username, activity);
        let mut inboxes = self.inboxes(&account, Visibility::Public, &[]).await?;
        inboxes.extend((!target.local).then(|| target.delivery_inbox().to_owned()));
        let moved = Move::new(&id, &account.uri, account.uri.clone())
            .aimed(target.uri)
            .addressed(vec![compose::followers_of(&account)], vec![]);
        let about = account.uri.clone();
        message(id, account, about, &moved.document(), inboxes)
    }

    /// Who was told of a move is told that it is over: the new account's server too, which may have no follower.
    pub(super) async fn came_back(
        &self,
        activity: ActivityId,
        account: AccountId,
        target: AccountId,
    ) -> Result<Option<Message>> {
        let target = self.0.ctx.store.read().await?.account(target).await?;
        let target = target.filter(|target| !target.local && target.is_active());
        let mut message = self.profile_changed(activity, account).await?;
        if let (Some(message), Some(target)) = (&mut message, target) {
            message.inboxes.insert(target.delivery_inbox().to_owned());
        }
        Ok(message)
    }

    /// Everybody hears that an account is gone: nobody knows any more who holds something of it.
    pub(super) async fn account_deleted(
        &self,
        activity: ActivityId,
        account: AccountId,
    ) -> Result<Option<Message>> {
        let ctx = &self.0.ctx;
        let mut reader = ctx.store.read().await?;
        let account = reader.account(account).await?;
        let Some(account) = account.filter(|a| a.local && a.deleted_at.is_some()) else { return Ok(None) };
        let inboxes = reader.known_inboxes().await?;
        drop(reader);
        let id = ctx.site.activity(&account.username, activity);
        let delete = Delete::<String>::new(&id, &account.uri, account.uri.clone())
            .addressed(vec![PUBLIC.to_owned()], vec![]);
        let about = account.uri.clone();
        message(id, account, about, &delete.document(), inboxes)
    }
}
