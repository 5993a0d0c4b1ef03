//! What those who run the instance decide about other servers. A rule holds for a domain and its subdomains, unless a
//! nearer one says otherwise.

use std::collections::BTreeSet;

use tintype_model::{AccountId, Millis};
use tintype_store::{Reader, Tx, accounts::Account};

pub use tintype_store::{
    domain_rules::{DomainRule, Severity},
    hosts::Host,
};

use crate::{Ctx, Error, FederationMode, Result, domain_blocks::foreign, moderation};

/// Accounts that are looked at in one go.
const BATCH: i64 = 100;
/// How often a step is tried again that met another transaction.
const TRIES: u32 = 5;

/// What comes with a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DomainOptions {
    /// Whether pictures from there are left out.
    pub reject_media: bool,
    /// Whether reports from there are not taken.
    pub reject_reports: bool,
    /// Told to everybody.
    pub public_comment: Option<String>,
    /// For those who run the instance.
    pub private_comment: Option<String>,
}

/// Whether an instance has to do with a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Admission {
    /// It has.
    Open,
    /// It has, but its people are silenced.
    Limited,
    /// Nothing comes in, nothing is fetched, nothing goes out.
    Refused,
}

/// Has nothing to do with a domain and its subdomains any more: its people are suspended, follows from and to there end,
/// what they liked and boosted counts no more, and their emoji and what was on its way are dropped. Safe to repeat; should it
/// stop midway, repeating it does the rest.
pub async fn block(ctx: &Ctx, domain: &str, options: DomainOptions) -> Result<()> {
    let domain = put(ctx, domain, Severity::Block, options).await?;
    let mut after = AccountId(0);
    let mut tries = 0;
    loop {
        match end_some(ctx, &domain, after).await {
            Ok(Some(last)) => (after, tries) = (last, 0),
            Ok(None) => return Ok(()),
            Err(Error::Unavailable) if tries < TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Silences everybody of a domain and its subdomains.
pub async fn limit(ctx: &Ctx, domain: &str, options: DomainOptions) -> Result<()> {
    put(ctx, domain, Severity::Limit, options).await.map(drop)
}

/// Admits a domain and its subdomains: where only such are admitted, or as an exception of a wider rule.
pub async fn allow(ctx: &Ctx, domain: &str, options: DomainOptions) -> Result<()> {
    put(ctx, domain, Severity::Allow, options).await.map(drop)
}

/// Writes the rule of a domain of which nobody is known here: there is nobody to do anything about.
pub(crate) async fn foresee(
    ctx: &Ctx,
    domain: &str,
    severity: Severity,
    options: DomainOptions,
) -> Result<()> {
    let rule = rule(ctx, domain, severity, options)?;
    let mut tx = ctx.store.begin().await?;
    tx.put_domain_rule(&rule).await?;
    tx.commit().await?;
    Ok(())
}

/// Drops a domain's rule, and what was decided about its people by it alone; whether there was one.
pub async fn remove(ctx: &Ctx, domain: &str) -> Result<bool> {
    let domain = foreign(ctx, domain)?;
    let mut tx = ctx.store.begin().await?;
    let was = tx.delete_domain_rule(&domain).await?;
    if was {
        settle(&mut tx, &domain, ctx.now()).await?;
        tx.commit().await?;
    }
    Ok(was)
}

/// All rules, by domain.
pub async fn list(ctx: &Ctx) -> Result<Vec<DomainRule>> {
    Ok(ctx.store.read().await?.domain_rules().await?)
}

/// What is known of a domain.
#[derive(Debug, Clone, PartialEq)]
pub struct DomainStatus {
    /// In its one spelling.
    pub domain: String,
    pub admission: Admission,
    /// The rule that holds for it, its own or a wider one.
    pub rule: Option<DomainRule>,
    /// Accounts of it and its subdomains that are known here, counted to 10,000.
    pub accounts: usize,
    /// How deliveries went there.
    pub host: Option<Host>,
}

/// What is known of a domain, and how it stands.
pub async fn status(ctx: &Ctx, domain: &str) -> Result<DomainStatus> {
    const MOST: i64 = 10_000;
    let domain = foreign(ctx, domain)?;
    let mut reader = ctx.store.read().await?;
    Ok(DomainStatus {
        admission: admits_by(ctx, &mut reader, &domain).await?,
        rule: reader.domain_rule(&domain).await?,
        accounts: reader.accounts_of_domain(&domain, AccountId(0), MOST).await?.len(),
        host: reader.host(&domain).await?,
        domain,
    })
}

/// How a domain (as handles spell it, with its port) stands. Asked before anything comes in from there, is fetched there
/// or goes there.
pub async fn admits(ctx: &Ctx, domain: &str) -> Result<Admission> {
    let mut reader = ctx.store.read().await?;
    admits_by(ctx, &mut reader, domain).await
}

/// As [`admits`], by a reader at hand.
pub async fn admits_by(ctx: &Ctx, reader: &mut Reader<'_>, domain: &str) -> Result<Admission> {
    let rule = reader.domain_rule(domain).await?.map(|rule| rule.severity);
    Ok(stands(ctx, domain, rule))
}

/// As [`admits`], of many: those of them that are admitted.
pub async fn admitted<'a>(ctx: &Ctx, domains: &[&'a str]) -> Result<BTreeSet<&'a str>> {
    let rules = ctx.store.read().await?.domain_rules_for(domains).await?;
    let rule = |domain: &&str| rules.get(domain).map(|rule| rule.severity);
    let open = |domain: &&&str| stands(ctx, domain, rule(domain)) != Admission::Refused;
    Ok(domains.iter().filter(open).copied().collect())
}

/// How a domain stands by the rule that holds for it.
fn stands(ctx: &Ctx, domain: &str, rule: Option<Severity>) -> Admission {
    match (ctx.policy.federation, rule) {
        _ if domain == ctx.site.domain => Admission::Open,
        (FederationMode::Off, _) => Admission::Refused,
        (_, Some(Severity::Allow)) | (FederationMode::Open, None) => Admission::Open,
        (FederationMode::Open, Some(Severity::Limit)) => Admission::Limited,
        _ => Admission::Refused,
    }
}

/// How an account stands: by the domain of its handle and by the server of its actor, the worse of the two. People of this
/// instance are welcome.
pub async fn standing(ctx: &Ctx, reader: &mut Reader<'_>, account: &Account) -> Result<Admission> {
    let mut worst = Admission::Open;
    if account.local {
        return Ok(worst);
    }
    for name in account.domain.clone().into_iter().chain(account.actor_host()) {
        worst = worst.max(admits_by(ctx, reader, &name).await?);
    }
    Ok(worst)
}

/// Writes a rule, and what follows from it for the accounts that it is about.
async fn put(ctx: &Ctx, domain: &str, severity: Severity, options: DomainOptions) -> Result<String> {
    let rule = rule(ctx, domain, severity, options)?;
    let mut tries = 0;
    loop {
        match write(ctx, &rule).await {
            Ok(()) => return Ok(rule.domain),
            Err(Error::Unavailable) if tries < TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

fn rule(ctx: &Ctx, domain: &str, severity: Severity, options: DomainOptions) -> Result<DomainRule> {
    let text = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    Ok(DomainRule {
        domain: foreign(ctx, domain)?,
        severity,
        reject_media: options.reject_media,
        reject_reports: options.reject_reports,
        public_comment: text(options.public_comment),
        private_comment: text(options.private_comment),
        created_at: ctx.now(),
    })
}

async fn write(ctx: &Ctx, rule: &DomainRule) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    tx.put_domain_rule(rule).await?;
    settle(&mut tx, &rule.domain, ctx.now()).await?;
    if rule.severity == Severity::Block {
        drop_deliveries(&mut tx, &rule.domain).await?;
        drop_emojis(&mut tx, &rule.domain).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Throws away what is on its way to a domain and its subdomains, but to those of them that have a rule of their own.
async fn drop_deliveries(tx: &mut Tx, domain: &str) -> Result<()> {
    for host in tx.read().delivery_hosts_of(domain).await? {
        if tx.read().domain_rule(&host).await?.is_some_and(|rule| rule.severity == Severity::Block) {
            tx.drop_deliveries_to(&host).await?;
        }
    }
    Ok(())
}

/// Forgets the emoji of a domain and its subdomains, but of those that have a rule of their own.
async fn drop_emojis(tx: &mut Tx, domain: &str) -> Result<()> {
    for server in tx.read().emoji_domains_of(domain).await? {
        if tx.read().domain_rule(&server).await?.is_some_and(|rule| rule.severity == Severity::Block) {
            tx.drop_emojis_of(&server).await?;
        }
    }
    Ok(())
}

/// Makes the accounts of a domain and its subdomains what the rules say: the one that holds for the domain first, then
/// those of its subdomains, the widest first.
async fn settle(tx: &mut Tx, domain: &str, now: Millis) -> Result<()> {
    let holds = tx.read().domain_rule(domain).await?.map(|rule| rule.severity);
    let below = format!(".{domain}");
    let mut nearer = tx.read().domain_rules().await?;
    let ported = |name: &str| {
        let bare = name.rsplit_once(':').map(|(bare, _)| bare);
        bare.is_some_and(|bare| bare == domain || bare.ends_with(&below))
    };
    nearer.retain(|rule| rule.domain.ends_with(&below) || ported(&rule.domain));
    nearer.sort_by_key(|rule| (rule.domain.matches('.').count(), ported(&rule.domain)));
    let nearer = nearer.into_iter().map(|rule| (rule.domain, Some(rule.severity)));
    for (domain, severity) in std::iter::once((domain.to_owned(), holds)).chain(nearer) {
        tx.set_domain_suspended(&domain, Some(now).filter(|_| severity == Some(Severity::Block))).await?;
        tx.set_domain_silenced(&domain, Some(now).filter(|_| severity == Some(Severity::Limit))).await?;
    }
    // Who has two names is what the worse of their rules says.
    for (handle, host) in tx.read().split_domains_of(domain).await? {
        let mut rules = Vec::new();
        for name in [&handle, &host] {
            rules.extend(tx.read().domain_rule(name).await?.map(|rule| rule.severity));
        }
        let decided = |severity| Some(now).filter(|_| rules.contains(&severity));
        tx.set_split_standing(&handle, &host, decided(Severity::Block), decided(Severity::Limit)).await?;
    }
    Ok(())
}

/// Ends the follows of some suspended accounts of a domain, and of local people by and to them, and takes back what they
/// liked and boosted; the last of the accounts. Nothing goes there any more, so nobody is told.
async fn end_some(ctx: &Ctx, domain: &str, after: AccountId) -> Result<Option<AccountId>> {
    let some = ctx.store.read().await?.accounts_of_domain(domain, after, BATCH).await?;
    for account in &some {
        loop {
            if !is_suspended(ctx, *account).await? {
                break;
            }
            let rows = ctx.store.read().await?.follows_of_account(*account, BATCH).await?;
            if rows.is_empty() {
                moderation::take_back(ctx, *account).await?;
                break;
            }
            moderation::end_quietly(ctx, &rows).await?;
        }
    }
    Ok(some.last().copied())
}

/// Whether it is: a subdomain may be an exception of a rule.
async fn is_suspended(ctx: &Ctx, account: AccountId) -> Result<bool> {
    let row = ctx.store.read().await?.account(account).await?;
    Ok(row.is_some_and(|row| row.suspended_at.is_some()))
}

#[cfg(test)]
mod tests;
