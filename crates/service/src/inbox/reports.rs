//! Reports of people here by other servers.

use tintype_model::{AccountId, StatusId};
use tintype_store::reports::{Report, ReportCategory};

use super::Door;
use crate::{Result, reports};

impl Door<'_> {
    /// Keeps a report of a local account, with those of the named statuses that are really its own. Whether they are seen
    /// by the server that reports is no matter: it learns nothing. Too many, and those of servers whose reports aren't
    /// wanted, are forgotten.
    pub(super) async fn report(
        &mut self,
        uri: &str,
        target: AccountId,
        statuses: &[String],
        comment: &str,
    ) -> Result<()> {
        let target = self.tx.read().account(target).await?.filter(|a| a.local && a.deleted_at.is_none());
        let Some(target) = target else { return Ok(()) };
        if !reports::is_heard(self.ctx, &mut self.tx.read(), self.actor).await? {
            tracing::info!(account.id = %self.actor.id, "a report is not taken");
            return Ok(());
        }
        let mut named: Vec<(StatusId, String)> = Vec::new();
        for uri in statuses.iter().take(reports::STATUSES) {
            let status = self.tx.read().status_by_uri(uri).await?;
            named.extend(status.filter(|s| s.account_id == target.id).map(|s| (s.id, s.uri)));
        }
        let row = Report {
            id: self.ctx.ids.next(),
            uri: uri.to_owned(),
            account_id: self.actor.id,
            target_id: target.id,
            category: ReportCategory::Other,
            comment: comment.to_owned(),
            rule_ids: "[]".to_owned(),
            forwarded: false,
            created_at: self.ctx.now(),
            resolved_at: None,
        };
        self.tx.insert_report(&row, &named).await?;
        Ok(())
    }
}
