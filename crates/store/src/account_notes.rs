//! What somebody notes about somebody else, for their own eyes. Read as part of [`crate::blocks::Standing`].

use tintype_model::AccountId;

use crate::{Result, Tx, dialect::storable};

impl Tx {
    /// Notes something about an account; an empty comment takes the note away.
    pub async fn set_account_note(
        &mut self,
        account: AccountId,
        target: AccountId,
        comment: &str,
    ) -> Result<()> {
        const PUT: &str = "INSERT INTO account_notes (account_id, target_id, comment) VALUES ($1, $2, $3) \
             ON CONFLICT (account_id, target_id) DO UPDATE SET comment = excluded.comment";
        const DELETE: &str = "DELETE FROM account_notes WHERE account_id = $1 AND target_id = $2";
        storable(&[Some(comment)])?;
        if comment.is_empty() {
            exec!(self, sqlx::query(DELETE).bind(account).bind(target))?;
        } else {
            exec!(self, sqlx::query(PUT).bind(account).bind(target).bind(comment))?;
        }
        Ok(())
    }
}
