//! Accounts of other servers that delete themselves.

use super::Door;
use crate::{Hint, Result, moderation};

impl Door<'_> {
    /// Hidden from now on; what it left goes in the background, and its name may come back after that.
    pub(super) async fn delete_account(&mut self) -> Result<()> {
        moderation::mark(self.ctx, self.tx, self.actor).await?;
        self.hints.push(Hint::Account(self.actor.id));
        Ok(())
    }
}
