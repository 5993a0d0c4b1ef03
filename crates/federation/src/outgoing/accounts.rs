//! What becomes of our own accounts: their profiles change, they are suspended, they go.

use tintype_model::{AccountId, ActivityId, Visibility};
use tintype_store::accounts::Account;

use super::{Message, message};
use crate::{
    Federation, Result, compose,
    wire::out::{Delete, PUBLIC, Update},
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
        let update = Update::new(&id, &account.uri, compose::actor(ctx, &account)?)
            .addressed(vec![PUBLIC.to_owned()], vec![compose::followers_of(&account)]);
        let about = account.uri.clone();
        message(id, account, about, &update.document(), inboxes)
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
