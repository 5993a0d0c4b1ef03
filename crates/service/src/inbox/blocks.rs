//! Blocks from elsewhere, and their ends. Nobody here is told, and nothing is answered.

use tintype_model::AccountId;
use tintype_store::{
    accounts::{Account, AccountKind},
    blocks::Block,
};

use super::Door;
use crate::{
    Hint, Result,
    blocks::{self, Parting},
    follows,
};

impl Door<'_> {
    pub(super) async fn block(&mut self, uri: &str, target: AccountId) -> Result<()> {
        let Some(target) = self.blockable(target).await? else { return Ok(()) };
        if self.tx.read().is_tombstone(uri, Some(self.actor.id)).await? {
            return Ok(()); // taken back before it came
        }
        follows::lock(self.tx, [self.actor.id, target.id]).await?;
        if self.tx.read().block_by_uri(uri).await?.is_some() {
            return Ok(()); // known, or the id is another block's
        }
        // Blocked again, under another id: that is the one which will be taken back, and the end of the older one, should it
        // come late, ends nothing.
        if let Some(old) = self.tx.delete_block(self.actor.id, target.id).await? {
            self.bury(Some(&old.uri)).await?;
        }
        let row = Block {
            id: self.ctx.ids.next(),
            account_id: self.actor.id,
            target_id: target.id,
            uri: uri.to_owned(),
            created_at: self.ctx.now(),
        };
        if self.tx.insert_block(&row).await? {
            blocks::sever(self.ctx, self.tx, self.actor, &target, Parting::Silent).await?;
            self.tx.prune_home(target.id, self.actor.id).await?;
            self.hints.push(Hint::Account(self.actor.id));
            self.hints.push(Hint::Account(target.id));
        }
        Ok(())
    }

    pub(super) async fn unblock(&mut self, uri: Option<&str>, target: Option<AccountId>) -> Result<()> {
        let by_uri = match uri {
            Some(uri) => self.tx.read().block_by_uri(uri).await?.filter(|b| b.account_id == self.actor.id),
            None => None,
        };
        if let (None, Some(uri)) = (&by_uri, uri)
            && self.tx.read().is_tombstone(uri, Some(self.actor.id)).await?
        {
            return Ok(()); // another block has taken its place, or it was taken back before
        }
        let Some(target) = by_uri.map(|row| row.target_id).or(target) else { return self.bury(uri).await };
        follows::lock(self.tx, [self.actor.id, target]).await?;
        match self.tx.delete_block(self.actor.id, target).await? {
            Some(_) => {
                self.hints.push(Hint::Account(self.actor.id));
                self.hints.push(Hint::Account(target));
            }
            None => self.bury(uri).await?,
        }
        Ok(())
    }

    async fn blockable(&mut self, target: AccountId) -> Result<Option<Account>> {
        let target = self.tx.read().account(target).await?.filter(|a| a.local && a.deleted_at.is_none());
        Ok(target.filter(|a| a.kind != AccountKind::Application))
    }
}
