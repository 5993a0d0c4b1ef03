//! What those who run the instance decide about other servers. A rule holds for a domain and its subdomains, unless a
//! nearer one says otherwise.

use tintype_model::{AccountId, Millis};
use tintype_store::{Reader, Tx};

pub use tintype_store::domain_rules::{DomainRule, Severity};

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
    /// Told to everybody.
    pub public_comment: Option<String>,
    /// For those who run the instance.
    pub private_comment: Option<String>,
}

/// Whether an instance has to do with a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It has.
    Open,
    /// It has, but its people are silenced.
    Limited,
    /// Nothing comes in, nothing is fetched, nothing goes out.
    Refused,
}

/// Has nothing to do with a domain and its subdomains any more: its people are suspended, follows from and to there end,
/// and what was on its way is dropped. Safe to repeat; should it stop midway, repeating it does the rest.
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

/// How a domain (as handles spell it, with its port) stands. Asked before anything comes in from there, is fetched there
/// or goes there.
pub async fn admits(ctx: &Ctx, domain: &str) -> Result<Admission> {
    let mut reader = ctx.store.read().await?;
    admission(ctx, &mut reader, domain).await
}

/// As [`admits`], by a reader at hand.
pub(crate) async fn admission(ctx: &Ctx, reader: &mut Reader<'_>, domain: &str) -> Result<Admission> {
    if domain == ctx.site.domain {
        return Ok(Admission::Open);
    }
    if ctx.policy.federation == FederationMode::Off {
        return Ok(Admission::Refused);
    }
    let rule = reader.domain_rule(domain).await?.map(|rule| rule.severity);
    Ok(match (ctx.policy.federation, rule) {
        (_, Some(Severity::Allow)) | (FederationMode::Open, None) => Admission::Open,
        (FederationMode::Open, Some(Severity::Limit)) => Admission::Limited,
        _ => Admission::Refused,
    })
}

/// Writes a rule, and what follows from it for the accounts that it is about.
async fn put(ctx: &Ctx, domain: &str, severity: Severity, options: DomainOptions) -> Result<String> {
    let domain = foreign(ctx, domain)?;
    let text = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let rule = DomainRule {
        domain: domain.clone(),
        severity,
        reject_media: options.reject_media,
        public_comment: text(options.public_comment),
        private_comment: text(options.private_comment),
        created_at: ctx.now(),
    };
    let mut tries = 0;
    loop {
        match write(ctx, &rule).await {
            Ok(()) => return Ok(domain),
            Err(Error::Unavailable) if tries < TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

async fn write(ctx: &Ctx, rule: &DomainRule) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    tx.put_domain_rule(rule).await?;
    settle(&mut tx, &rule.domain, ctx.now()).await?;
    if rule.severity == Severity::Block {
        tx.drop_deliveries_to(&rule.domain).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Makes the accounts of a domain and its subdomains what the rules say: the one that holds for the domain first, then
/// those of its subdomains, the widest first.
async fn settle(tx: &mut Tx, domain: &str, now: Millis) -> Result<()> {
    let holds = tx.read().domain_rule(domain).await?.map(|rule| rule.severity);
    let below = format!(".{domain}");
    let mut nearer = tx.read().domain_rules().await?;
    nearer.retain(|rule| rule.domain.ends_with(&below));
    nearer.sort_by_key(|rule| rule.domain.len());
    let nearer = nearer.into_iter().map(|rule| (rule.domain, Some(rule.severity)));
    for (domain, severity) in std::iter::once((domain.to_owned(), holds)).chain(nearer) {
        tx.set_domain_suspended(&domain, Some(now).filter(|_| severity == Some(Severity::Block))).await?;
        tx.set_domain_silenced(&domain, Some(now).filter(|_| severity == Some(Severity::Limit))).await?;
    }
    Ok(())
}

/// Ends the follows of some suspended accounts of a domain, and of local people by and to them; the last of the accounts.
/// Nothing goes there any more, so nobody is told.
async fn end_some(ctx: &Ctx, domain: &str, after: AccountId) -> Result<Option<AccountId>> {
    let some = ctx.store.read().await?.accounts_of_domain(domain, after, BATCH).await?;
    for account in &some {
        loop {
            let mut reader = ctx.store.read().await?;
            // A subdomain may be an exception.
            let refused = reader.account(*account).await?.is_some_and(|a| a.suspended_at.is_some());
            let rows = if refused { reader.follows_of_account(*account, BATCH).await? } else { Vec::new() };
            drop(reader);
            if rows.is_empty() {
                break;
            }
            moderation::end_quietly(ctx, &rows).await?;
        }
    }
    Ok(some.last().copied())
}

#[cfg(test)]
mod tests;
