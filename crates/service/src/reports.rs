//! Reports: what people here say of somebody, what other servers say of people here, and what becomes of it.

use std::collections::HashMap;

use tintype_model::{AccountId, Page, ReportId, StatusId};
use tintype_store::{accounts::Account, accounts::AccountKind, reports::Report};

pub use tintype_store::reports::ReportCategory;

use crate::{
    Ctx, Error, Outgoing, Result, accounts, outgoing,
    views::{self, AccountView},
};

/// Characters of a comment (<https://docs.joinmastodon.org/methods/reports/>).
pub const COMMENT_CHARACTERS: usize = 1000;
/// Statuses that one report names.
pub const STATUSES: usize = 100;

/// A report as somebody makes it.
#[derive(Debug, Clone, Default)]
pub struct NewReport {
    /// Who is reported.
    pub account: Option<AccountId>,
    /// Statuses of theirs.
    pub statuses: Vec<StatusId>,
    pub comment: String,
    /// Whether their server shall be told, if it is another one. It doesn't learn by whom.
    pub forward: bool,
    /// `None`: a violation where rules are named, else other.
    pub category: Option<ReportCategory>,
    /// Ids of rules of this instance.
    pub rules: Vec<String>,
}

/// A report, for who made it and for those who run the instance.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportView {
    pub report: Report,
    pub rules: Vec<String>,
    pub statuses: Vec<ReportedStatus>,
    /// Who reported.
    pub by: AccountView,
    /// Who was reported.
    pub target: AccountView,
}

/// A status that a report names; it may be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedStatus {
    pub id: StatusId,
    pub uri: String,
}

/// Reports somebody to those who run this instance and, if wished, to those who run theirs.
///
/// Errors: `NotFound` for an account that isn't there, and for a status that isn't theirs or not the reporter's to see;
/// `Invalid`.
pub async fn create(ctx: &Ctx, who: AccountId, new: NewReport) -> Result<ReportView> {
    let comment = new.comment.trim().to_owned();
    if comment.chars().count() > COMMENT_CHARACTERS {
        let most = COMMENT_CHARACTERS;
        return Err(Error::invalid(format!("Comment is too long (maximum is {most} characters)")));
    }
    if comment.contains('\0') || new.rules.iter().any(|rule| rule.contains('\0')) {
        return Err(Error::invalid("Text must not contain NUL characters"));
    }
    if new.statuses.len() > STATUSES {
        return Err(Error::invalid(format!("A report names {STATUSES} statuses at most")));
    }
    if new.rules.len() > STATUSES || new.rules.iter().any(|rule| rule.len() > 64) {
        return Err(Error::invalid("Rules are not valid"));
    }
    let target = new.account.ok_or_else(|| Error::invalid("Account can't be blank"))?;
    let mut tx = ctx.store.begin().await?;
    let target =
        tx.read().account(target).await?.filter(|a| a.deleted_at.is_none()).ok_or(Error::NotFound)?;
    let software = target.local && target.kind == AccountKind::Application;
    if software || accounts::waits(&mut tx.read(), &target).await? {
        return Err(Error::NotFound);
    }
    let seen = tx.read().visible_statuses(Some(who), &new.statuses).await?;
    let mut statuses = Vec::with_capacity(new.statuses.len());
    for id in &new.statuses {
        let status = seen.iter().find(|s| s.id == *id && s.account_id == target.id).ok_or(Error::NotFound)?;
        statuses.push((status.id, status.uri.clone()));
    }
    let id: ReportId = ctx.ids.next();
    let default = if new.rules.is_empty() { ReportCategory::Other } else { ReportCategory::Violation };
    let report = Report {
        id,
        uri: ctx.site.report(id),
        account_id: who,
        target_id: target.id,
        category: new.category.unwrap_or(default),
        comment,
        rule_ids: serde_json::Value::from(new.rules).to_string(),
        forwarded: new.forward && !target.local,
        created_at: ctx.now(),
        resolved_at: None,
    };
    tx.insert_report(&report, &statuses).await?;
    if report.forwarded {
        let news = Outgoing::Reported { report: id, uri: report.uri.clone() };
        outgoing::enqueue(ctx, &mut tx, &news).await?;
    }
    tx.commit().await?;
    show(ctx, id).await
}

/// One page of all reports, or of those that nobody has dealt with, newest first. For those who run the instance.
pub async fn list(ctx: &Ctx, open_only: bool, page: &Page) -> Result<Vec<ReportView>> {
    let rows = ctx.store.read().await?.reports(open_only, page).await?;
    shown(ctx, rows).await
}

/// A report. For those who run the instance, and for who made it.
pub async fn show(ctx: &Ctx, id: ReportId) -> Result<ReportView> {
    let row = ctx.store.read().await?.report(id).await?.ok_or(Error::NotFound)?;
    shown(ctx, vec![row]).await?.pop().ok_or(Error::NotFound)
}

/// Marks a report as dealt with, or opens it again; whether that changed anything.
pub async fn resolve(ctx: &Ctx, id: ReportId, done: bool) -> Result<bool> {
    let mut tx = ctx.store.begin().await?;
    if tx.read().report(id).await?.is_none() {
        return Err(Error::NotFound);
    }
    let changed = tx.resolve_report(id, done.then(|| ctx.now())).await?;
    tx.commit().await?;
    Ok(changed)
}

async fn shown(ctx: &Ctx, rows: Vec<Report>) -> Result<Vec<ReportView>> {
    let mut reader = ctx.store.read().await?;
    let people: Vec<AccountId> = rows.iter().flat_map(|row| [row.account_id, row.target_id]).collect();
    let people = views::accounts(ctx, &mut reader, &people).await?;
    let people: HashMap<AccountId, AccountView> = people.into_iter().map(|view| (view.id, view)).collect();
    let ids: Vec<ReportId> = rows.iter().map(|row| row.id).collect();
    let mut statuses: HashMap<ReportId, Vec<ReportedStatus>> = HashMap::new();
    for (report, id, uri) in reader.statuses_of_reports(&ids).await? {
        statuses.entry(report).or_default().push(ReportedStatus { id, uri });
    }
    let view = |report: Report| {
        Some(ReportView {
            rules: serde_json::from_str(&report.rule_ids).unwrap_or_default(),
            statuses: statuses.remove(&report.id).unwrap_or_default(),
            by: people.get(&report.account_id)?.clone(),
            target: people.get(&report.target_id)?.clone(),
            report,
        })
    };
    Ok(rows.into_iter().filter_map(view).collect())
}

/// Whether somebody elsewhere may be listened to when they report.
pub(crate) async fn is_heard(
    ctx: &Ctx,
    reader: &mut tintype_store::Reader<'_>,
    by: &Account,
) -> Result<bool> {
    for name in by.domain.clone().into_iter().chain(by.actor_host()) {
        if reader.domain_rule(&name).await?.is_some_and(|rule| rule.reject_reports) {
            return Ok(false);
        }
    }
    let Some(host) = by.actor_host() else { return Ok(false) };
    let since = ctx.now().minus(std::time::Duration::from_hours(24));
    Ok(reader.reports_from_host(&host, since, PER_SERVER).await? < PER_SERVER)
}

/// Reports that are taken of one server in a day.
const PER_SERVER: i64 = 100;

#[cfg(test)]
mod tests;
