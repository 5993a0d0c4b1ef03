//! `tintype domain`: which other servers this instance deals with, and how.

use anyhow::{Result, bail};
use serde_json::{Value, json};
use tintype_service::domains::{self, DomainOptions};
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

fn say(domain: &str, done: &str, json: bool) -> Result<()> {
    print(json, &json!({ "domain": domain, "done": done }), || format!("{domain} is {done}"))
}

fn shown(rule: &DomainRule) -> Value {
    json!({
        "domain": rule.domain, "severity": rule.severity.as_str(), "reject_media": rule.reject_media,
        "public_comment": rule.public_comment, "private_comment": rule.private_comment,
        "created_at": rule.created_at.rfc3339(),
    })
}
