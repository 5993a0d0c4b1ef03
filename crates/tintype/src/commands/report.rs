//! `tintype report`: what people here and other servers reported.

use anyhow::Result;
use serde_json::{Value, json};
use tintype_model::{Page, ReportId};
use tintype_service::reports::{self, ReportView};

use super::print;
use crate::{config::Config, instance::Instance};

#[derive(clap::Subcommand)]
pub enum Command {
    /// List reports that nobody has dealt with, newest first.
    List {
        /// Those that are dealt with too.
        #[arg(long)]
        all: bool,
        /// How many at the most.
        #[arg(long, default_value_t = 100)]
        limit: i64,
        /// Only those made before this id.
        #[arg(long)]
        max_id: Option<i64>,
        #[arg(long)]
        json: bool,
    },
    /// Show a report.
    Show {
        id: ReportId,
        #[arg(long)]
        json: bool,
    },
    /// Say that a report has been dealt with.
    Resolve {
        id: ReportId,
        /// Open it again instead.
        #[arg(long)]
        reopen: bool,
        #[arg(long)]
        json: bool,
    },
}

/// Runs one of them, beside a running server or without one.
pub async fn run(config: Config, command: Command) -> Result<()> {
    let ctx = Instance::open(config).await?.ctx;
    match command {
        Command::List { all, limit, max_id, json } => {
            let page = Page { max_id, ..Page::newest(limit.clamp(1, 1000)) };
            let list = reports::list(&ctx, !all, &page).await?;
            print(json, &list.iter().map(shown).collect::<Vec<_>>(), || {
                if list.is_empty() {
                    return "no reports".to_owned();
                }
                list.iter().map(line).collect::<Vec<_>>().join("\n")
            })?;
        }
        Command::Show { id, json } => {
            let report = reports::show(&ctx, id).await?;
            print(json, &shown(&report), || {
                let statuses = report.statuses.iter().map(|status| format!("\n  {}", status.uri));
                format!("{}{}", line(&report), statuses.collect::<String>())
            })?;
        }
        Command::Resolve { id, reopen, json } => {
            reports::resolve(&ctx, id, !reopen).await?;
            let done = if reopen { "open" } else { "resolved" };
            print(json, &json!({ "id": id, "done": done }), || format!("report {id} is {done}"))?;
        }
    }
    ctx.store.close().await;
    Ok(())
}

fn line(view: &ReportView) -> String {
    let report = &view.report;
    let state = if report.resolved_at.is_some() { "resolved" } else { "open" };
    // A stranger may have written it, and a terminal obeys control characters.
    let comment = report.comment.replace(char::is_control, " ");
    let (by, target, posts) = (&view.by.acct, &view.target.acct, view.statuses.len());
    format!("{}  {state}  {}  {by} about {target}  {posts} posts  {comment}", report.id, report.category)
}

fn shown(view: &ReportView) -> Value {
    let report = &view.report;
    json!({
        "id": report.id, "uri": report.uri, "by": view.by.acct, "target": view.target.acct,
        "category": report.category.as_str(), "comment": report.comment, "forwarded": report.forwarded,
        "rule_ids": view.rules, "created_at": report.created_at.rfc3339(),
        "resolved_at": report.resolved_at.map(tintype_model::Millis::rfc3339),
        "statuses": view.statuses.iter().map(|s| json!({ "id": s.id, "uri": s.uri })).collect::<Vec<_>>(),
    })
}
