//! `tintype domain`: which other servers this instance deals with, and how.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tintype_model::Millis;
use tintype_service::{
    Ctx,
    domain_lists::{self, Imported, Outcome},
    domains::{self, Admission, DomainOptions},
};
use tintype_store::domain_rules::DomainRule;

use super::print;
use crate::{config::Config, instance::Instance};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Have nothing to do with a server and those below it: follows end, everything of it is hidden.
    Block(Rule),
    /// Keep a server's people out of public timelines, and from telling those who don't follow them.
    Limit(Rule),
    /// Deal with a server although federation.mode is allowlist.
    Allow(Rule),
    /// Forget a rule; what it hid is shown again, follows that ended stay ended.
    Remove {
        domain: String,
        #[arg(long)]
        json: bool,
    },
    /// Say how a server stands, and what is known of it.
    Status {
        domain: String,
        #[arg(long)]
        json: bool,
    },
    /// Take over a list of domains, Mastodon's CSV or a domain a line. What stands is never weakened.
    Import {
        /// The file; `-` reads what is piped in.
        file: PathBuf,
        /// Only say what would come of it.
        #[arg(long)]
        dry_run: bool,
        #[arg(long)]
        json: bool,
    },
    /// Print all blocked and limited domains as Mastodon's CSV.
    Export,
    /// List all rules.
    List {
        #[arg(long)]
        json: bool,
    },
}

/// A rule for a domain and its subdomains.
#[derive(clap::Args)]
pub struct Rule {
    domain: String,
    /// Keep no pictures of it.
    #[arg(long)]
    reject_media: bool,
    /// Take no reports of it.
    #[arg(long)]
    reject_reports: bool,
    /// Why, for everybody.
    #[arg(long)]
    public_comment: Option<String>,
    /// Why, for those who run the instance.
    #[arg(long)]
    private_comment: Option<String>,
    #[arg(long)]
    json: bool,
}

impl Rule {
    fn options(&self) -> DomainOptions {
        DomainOptions {
            reject_media: self.reject_media,
            reject_reports: self.reject_reports,
            public_comment: self.public_comment.clone(),
            private_comment: self.private_comment.clone(),
        }
    }
}

/// Runs one of them. A running server hears of it by itself.
pub async fn run(config: Config, command: Command) -> Result<()> {
    let ctx = Instance::open(config).await?.ctx;
    match command {
        Command::Block(rule) => {
            domains::block(&ctx, &rule.domain, rule.options()).await?;
            say(&rule.domain, "blocked", rule.json)?;
        }
        Command::Limit(rule) => {
            domains::limit(&ctx, &rule.domain, rule.options()).await?;
            say(&rule.domain, "limited", rule.json)?;
        }
        Command::Allow(rule) => {
            domains::allow(&ctx, &rule.domain, rule.options()).await?;
            say(&rule.domain, "allowed", rule.json)?;
        }
        Command::Remove { domain, json } => {
            if !domains::remove(&ctx, &domain).await? {
                bail!("there is no rule for {domain}");
            }
            say(&domain, "removed", json)?;
        }
        Command::Status { domain, json } => status(&ctx, &domain, json).await?,
        Command::Import { file, dry_run, json } => import(&ctx, &file, dry_run, json).await?,
        Command::Export => print!("{}", domain_lists::export(&ctx).await?),
        Command::List { json } => {
            let rules = domains::list(&ctx).await?;
            print(json, &rules.iter().map(shown).collect::<Vec<_>>(), || {
                if rules.is_empty() {
                    return "no rules".to_owned();
                }
                let line = |rule: &DomainRule| {
                    let why =
                        rule.private_comment.as_deref().or(rule.public_comment.as_deref()).unwrap_or("");
                    format!("{:<6}  {}  {why}", rule.severity, rule.domain)
                };
                rules.iter().map(line).collect::<Vec<_>>().join("\n")
            })?;
        }
    }
    ctx.store.close().await;
    Ok(())
}

async fn status(ctx: &Ctx, domain: &str, json: bool) -> Result<()> {
    let known = domains::status(ctx, domain).await?;
    let how = match known.admission {
        Admission::Open => "open",
        Admission::Limited => "limited",
        Admission::Refused => "refused",
    };
    let host = known.host.as_ref();
    let value = json!({
        "domain": known.domain, "admission": how, "rule": known.rule.as_ref().map(shown), "accounts": known.accounts,
        "failures": host.map(|h| h.failures), "last_error": host.and_then(|h| h.last_error.clone()),
        "last_success_at": host.and_then(|h| h.last_success_at).map(Millis::rfc3339),
        "retry_at": host.filter(|h| h.failures > 0).map(|h| h.retry_at.rfc3339()),
    });
    print(json, &value, || {
        let by = known.rule.as_ref().map_or("no rule".to_owned(), |r| format!("{} {}", r.severity, r.domain));
        let state = match host {
            None => "never spoken to".to_owned(),
            Some(host) if host.failures == 0 => "answers".to_owned(),
            Some(host) => {
                // Another server wrote it, and a terminal obeys control characters.
                let why = host.last_error.as_deref().unwrap_or("").replace(char::is_control, " ");
                format!("failed {} times in a row: {why}", host.failures)
            }
        };
        format!("{}  {how} ({by})  {} accounts  {state}", known.domain, known.accounts)
    })
}

async fn import(ctx: &Ctx, file: &Path, dry_run: bool, json: bool) -> Result<()> {
    let mut list = Vec::new();
    let most = u64::try_from(domain_lists::BYTES)? + 1;
    if file == Path::new("-") {
        std::io::stdin().take(most).read_to_end(&mut list)?;
    } else {
        File::open(file).with_context(|| file.display().to_string())?.take(most).read_to_end(&mut list)?;
    }
    let list = String::from_utf8(list).context("the list is no UTF-8")?;
    let rows = domain_lists::import(ctx, &list, dry_run).await?;
    let said = |outcome: &Outcome| match outcome {
        Outcome::Added(severity) => ("added", severity.as_str().to_owned()),
        Outcome::Tightened(severity) => ("tightened", severity.as_str().to_owned()),
        Outcome::Kept => ("kept", String::new()),
        Outcome::Rejected(why) => ("rejected", why.clone()),
    };
    let value = |row: &Imported| {
        let (outcome, what) = said(&row.outcome);
        json!({ "line": row.line, "domain": row.domain, "outcome": outcome, "what": what })
    };
    print(json, &rows.iter().map(value).collect::<Vec<_>>(), || {
        let count = |word| rows.iter().filter(|row| said(&row.outcome).0 == word).count();
        let rejected = rows.iter().filter(|row| matches!(row.outcome, Outcome::Rejected(_)));
        let mut lines: Vec<String> = rejected
            .map(|row| {
                let domain = row.domain.replace(char::is_control, " ");
                format!("line {}: {domain}: {}", row.line, said(&row.outcome).1)
            })
            .collect();
        let would = if dry_run { "would be " } else { "" };
        lines.push(format!(
            "{} {would}added, {} tightened, {} kept as they are, {} rejected",
            count("added"),
            count("tightened"),
            count("kept"),
            count("rejected")
        ));
        lines.join("\n")
    })
}

fn say(domain: &str, done: &str, json: bool) -> Result<()> {
    print(json, &json!({ "domain": domain, "done": done }), || format!("{domain} is {done}"))
}

fn shown(rule: &DomainRule) -> Value {
    json!({
        "domain": rule.domain, "severity": rule.severity.as_str(), "reject_media": rule.reject_media,
        "reject_reports": rule.reject_reports,
        "public_comment": rule.public_comment, "private_comment": rule.private_comment,
        "created_at": rule.created_at.rfc3339(),
    })
}
