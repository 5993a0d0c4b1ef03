//! Accounts of other servers that move.

use tintype_model::AccountId;

use super::Door;
use crate::{Hint, Result, follows, moves};

impl Door<'_> {
    /// The actor lives elsewhere now, by its own word: the target was fetched just before, and its aliases are what it says
    /// itself. What stands in the way makes it no move, and nothing changes.
    pub(super) async fn moved(&mut self, target: AccountId) -> Result<()> {
        follows::lock(self.tx, [self.actor.id, target]).await?;
        if let Some(obstacle) = moves::obstacle(self.ctx, &mut self.tx.read(), self.actor, target).await? {
            tracing::info!(account.id = %self.actor.id, ?obstacle, "a move is not carried out");
            return Ok(());
        }
        self.tx.set_move(self.actor.id, target, self.ctx.now()).await?;
        moves::carry_later(self.ctx, self.tx, self.actor).await?;
        self.hints.push(Hint::Account(self.actor.id));
        Ok(())
    }
}
