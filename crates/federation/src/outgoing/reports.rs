//! Reports that are passed on.

use tintype_model::ReportId;

use super::{Message, message};
use crate::{Federation, Result, wire::out::Flag};

impl Federation {
    /// The server of whom somebody here reported is told, by the instance: it doesn't learn by whom.
    pub(super) async fn reported(&self, report: ReportId) -> Result<Option<Message>> {
        let mut reader = self.0.ctx.store.read().await?;
        let Some(report) = reader.report(report).await?.filter(|report| report.forwarded) else {
            return Ok(None);
        };
        let target = reader.account(report.target_id).await?;
        let Some(target) = target.filter(|a| !a.local && a.deleted_at.is_none()) else { return Ok(None) };
        let statuses = reader.statuses_of_reports(&[report.id]).await?;
        drop(reader);
        // The account first: some read no further, and some expect it there.
        let mut objects = vec![target.uri.clone()];
        objects.extend(statuses.into_iter().map(|(_, _, uri)| uri));
        let instance = self.0.instance.clone();
        let mut flag = Flag::new(&report.uri, &instance.uri, objects).addressed(vec![target.uri], vec![]);
        flag.content = Some(report.comment);
        message(report.uri.clone(), instance, report.uri, &flag.document(), [target.inbox_url])
    }
}
