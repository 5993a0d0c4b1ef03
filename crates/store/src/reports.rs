//! What people reported: of somebody here or elsewhere, by somebody here or by another server.

use tintype_model::{AccountId, Millis, Page, ReportId, StatusId, text_enum};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
};

text_enum! {
    /// What a report is about (<https://docs.joinmastodon.org/methods/reports/>).
    pub enum ReportCategory {
        Spam = "spam",
        Legal = "legal",
        Violation = "violation",
        Other = "other",
    }
}

/// A row of `reports`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Report {
    pub id: ReportId,
    /// The id of the Flag that it is, or came as.
    pub uri: String,
    /// Who reported: a person here, or the actor of another server.
    pub account_id: AccountId,
    /// Who was reported.
    pub target_id: AccountId,
    pub category: ReportCategory,
    pub comment: String,
    /// Ids of rules of the instance, as a JSON list of texts.
    pub rule_ids: String,
    /// Whether the server of the reported was told.
    pub forwarded: bool,
    pub created_at: Millis,
    /// When somebody who runs the instance was done with it.
    pub resolved_at: Option<Millis>,
}

/// The columns of [`Report`], of a table alias `r`.
macro_rules! report_columns {
    () => {
        "r.id, r.uri, r.account_id, r.target_id, r.category, r.comment, r.rule_ids, r.forwarded, r.created_at, r.resolved_at"
    };
}

impl Reader<'_> {
    /// A report.
    pub async fn report(&mut self, id: ReportId) -> Result<Option<Report>> {
        const SQL: &str = concat!("SELECT ", report_columns!(), " FROM reports r WHERE r.id = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// One page of all reports, or of those that nobody has dealt with.
    pub async fn reports(&mut self, open_only: bool, page: &Page) -> Result<Vec<Report>> {
        const ALL: &str = concat!(
            "SELECT ",
            report_columns!(),
            " FROM reports r WHERE r.id < $1 AND r.id > $2 ORDER BY r.id {desc} LIMIT $3"
        );
        const OPEN: &str = concat!(
            "SELECT ",
            report_columns!(),
            " FROM reports r WHERE r.resolved_at IS NULL AND r.id < $1 AND r.id > $2 ORDER BY r.id {desc} LIMIT $3"
        );
        let sql = text(self.dialect(), page.upwards(), if open_only { OPEN } else { ALL });
        let rows = on!(self, c => sqlx::query_as(sql).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// The statuses that some reports name, there or gone: (report, status, its ActivityPub id), oldest first.
    pub async fn statuses_of_reports(
        &mut self,
        reports: &[ReportId],
    ) -> Result<Vec<(ReportId, StatusId, String)>> {
        const SQL: &str = "SELECT s.report_id, s.status_id, s.uri FROM report_statuses s WHERE s.report_id IN {ids:$1} \
             ORDER BY s.report_id, s.status_id";
        let numbers: Vec<i64> = reports.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// How many reports came from actors of a server (as `Account::actor_host` has it) since a moment, counted no further
    /// than `most`.
    pub async fn reports_from_host(&mut self, host: &str, since: Millis, most: i64) -> Result<i64> {
        const SQL: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM reports r WHERE r.created_at >= $2 \
             AND (SELECT a.actor_host FROM accounts a WHERE a.id = r.account_id) = $1 LIMIT $3) few";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(host).bind(since).bind(most).fetch_one(c).await)?)
    }
}

impl Tx {
    /// Adds a report with the statuses it names; `false` (and no change) if there is one of its uri.
    pub async fn insert_report(&mut self, r: &Report, statuses: &[(StatusId, String)]) -> Result<bool> {
        const SQL: &str = "INSERT INTO reports (id, uri, account_id, target_id, category, comment, rule_ids, forwarded, created_at, \
             resolved_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
        const STATUS: &str = "INSERT INTO report_statuses (report_id, status_id, uri) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING";
        storable(&[Some(&r.uri), Some(&r.comment), Some(&r.rule_ids)])?;
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(r.id)
                .bind(&r.uri)
                .bind(r.account_id)
                .bind(r.target_id)
                .bind(r.category)
                .bind(&r.comment)
                .bind(&r.rule_ids)
                .bind(r.forwarded)
                .bind(r.created_at)
                .bind(r.resolved_at)
        )?;
        if done == 0 {
            return Ok(false);
        }
        for (status, uri) in statuses {
            storable(&[Some(uri)])?;
            exec!(self, sqlx::query(STATUS).bind(r.id).bind(*status).bind(uri))?;
        }
        Ok(true)
    }

    /// Marks a report as dealt with, or (`None`) opens it again; whether that changed anything.
    pub async fn resolve_report(&mut self, id: ReportId, at: Option<Millis>) -> Result<bool> {
        const SQL: &str = "UPDATE reports SET resolved_at = $2 WHERE id = $1 AND (resolved_at IS NULL) <> (CAST($2 AS BIGINT) IS NULL)";
        Ok(exec!(self, sqlx::query(SQL).bind(id).bind(at))? == 1)
    }
}
