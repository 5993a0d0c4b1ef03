//! <https://docs.joinmastodon.org/entities/Report/>

use serde::Serialize;
use tintype_service::reports::ReportView;

use super::{Account, Time};

/// A report, for who made it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Report {
    /// Its id.
    pub id: String,
    /// Whether somebody has dealt with it.
    pub action_taken: bool,
    /// When.
    pub action_taken_at: Option<Time>,
    /// `spam`, `legal`, `violation`, `other`.
    pub category: &'static str,
    /// As it was written.
    pub comment: String,
    /// Whether the server of the reported was told.
    pub forwarded: bool,
    /// When it was made.
    pub created_at: Time,
    /// The statuses it names.
    pub status_ids: Vec<String>,
    /// The rules it names.
    pub rule_ids: Vec<String>,
    /// The collections it names. Collections aren't served here.
    pub collection_ids: Vec<String>,
    /// Who was reported.
    pub target_account: Account,
}

impl From<ReportView> for Report {
    fn from(view: ReportView) -> Self {
        Self {
            id: view.report.id.to_string(),
            action_taken: view.report.resolved_at.is_some(),
            action_taken_at: view.report.resolved_at.map(Time),
            category: view.report.category.as_str(),
            comment: view.report.comment,
            forwarded: view.report.forwarded,
            created_at: view.report.created_at.into(),
            status_ids: view.statuses.iter().map(|status| status.id.to_string()).collect(),
            rule_ids: view.rules,
            collection_ids: Vec::new(),
            target_account: view.target.into(),
        }
    }
}
