//! What those who run the instance decide about other servers.
//!
//! A rule holds for its domain and all subdomains: one without a port on every port, one with a port
//! (`far.example:8443`) on that port alone.

use std::collections::{BTreeSet, HashMap};

use tintype_model::{AccountId, Millis, text_enum};

use crate::{
    Reader, Result, Tx,
    dialect::{ROWS, storable, text, texts},
};

text_enum! {
    /// How a server is treated.
    pub enum Severity {
        /// Nothing comes in, nothing goes out, its accounts are suspended.
        Block = "block",
        /// Its accounts are silenced.
        Limit = "limit",
        /// Let in where only named servers are.
        Allow = "allow",
    }
}

/// A row of `domain_rules`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DomainRule {
    /// Lower case, in ASCII.
    pub domain: String,
    pub severity: Severity,
    /// Whether its pictures are not fetched.
    pub reject_media: bool,
    /// Whether its reports are not taken.
    pub reject_reports: bool,
    /// For everybody to read.
    pub public_comment: Option<String>,
    /// For those who run the instance.
    pub private_comment: Option<String>,
    pub created_at: Millis,
}

/// The condition under which the name in a column is the domain bound at `$1`, or a subdomain of it (it ends in `.$1`), or
/// one of the two on some port (it begins with `$1:`, or holds `.$1:`). No pattern, so that nothing in the name is a
/// wildcard.
macro_rules! below_domain {
    ($($column:literal),+) => {
        concat!(
            $($column,)+
            " = $1 OR substr(",
            $($column,)+
            ", length(",
            $($column,)+
            ") - length(CAST($1 AS TEXT))) = '.' || CAST($1 AS TEXT) OR substr(",
            $($column,)+
            ", 1, length(CAST($1 AS TEXT)) + 1) = CAST($1 AS TEXT) || ':' OR replace(",
            $($column,)+
            ", '.' || CAST($1 AS TEXT) || ':', '') <> ",
            $($column),+
        )
    };
}

/// The condition under which the account of table alias `$a` is of the domain bound at `$1`, or of a subdomain: by its
/// handle, or by the server of its actor.
macro_rules! of_domain {
    ($a:literal) => {
        concat!("(", below_domain!($a, "domain"), " OR ", below_domain!($a, "actor_host"), ")")
    };
}

/// The names whose rules hold for a domain, the nearest first.
pub fn names_of(domain: &str) -> Vec<&str> {
    let port = domain.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let bare = port.map_or(domain, |(bare, _)| bare);
    let parents = domain.match_indices('.').map(|(at, _)| at + 1);
    let mut names = Vec::new();
    for at in std::iter::once(0).chain(parents.take_while(|at| *at < bare.len())) {
        names.extend(domain.get(at..));
        names.extend(bare.get(at..).filter(|_| port.is_some()));
    }
    names
}

/// Which of some rules holds for a domain.
fn nearest<'r>(rules: &'r [DomainRule], domain: &str) -> Option<&'r DomainRule> {
    names_of(domain).into_iter().find_map(|name| rules.iter().find(|rule| rule.domain == name))
}

impl Reader<'_> {
    /// The rule that holds for a domain: its own, or that of the nearest domain above it; of one name, that of its port
    /// before that of all ports.
    pub async fn domain_rule(&mut self, domain: &str) -> Result<Option<DomainRule>> {
        let rules = self.rules_named(&names_of(domain)).await?;
        Ok(nearest(&rules, domain).cloned())
    }

    /// Of many domains, those for which a rule holds, with it.
    pub async fn domain_rules_for<'a>(
        &mut self,
        domains: &[&'a str],
    ) -> Result<HashMap<&'a str, DomainRule>> {
        let mut found = HashMap::new();
        for part in domains.chunks(ROWS) {
            let names: BTreeSet<&str> = part.iter().flat_map(|domain| names_of(domain)).collect();
            let rules = self.rules_named(&Vec::from_iter(names)).await?;
            let held = part.iter().filter_map(|domain| Some((*domain, nearest(&rules, domain)?.clone())));
            found.extend(held);
        }
        Ok(found)
    }

    async fn rules_named(&mut self, names: &[&str]) -> Result<Vec<DomainRule>> {
        const SQL: &str = "SELECT domain, severity, reject_media, reject_reports, public_comment, private_comment, created_at FROM domain_rules \
             WHERE domain IN {texts:$1}";
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(texts(names)).fetch_all(c).await)?)
    }

    /// All rules, by domain.
    pub async fn domain_rules(&mut self) -> Result<Vec<DomainRule>> {
        const SQL: &str = "SELECT domain, severity, reject_media, reject_reports, public_comment, private_comment, created_at FROM domain_rules \
             ORDER BY domain";
        Ok(on!(self, c => sqlx::query_as(SQL).fetch_all(c).await)?)
    }

    /// The accounts of a domain and its subdomains with ids above `after`, at most `limit` of them, in the order of ids.
    pub async fn accounts_of_domain(
        &mut self,
        domain: &str,
        after: AccountId,
        limit: i64,
    ) -> Result<Vec<AccountId>> {
        const SQL: &str = concat!(
            "SELECT a.id FROM accounts a WHERE a.id > $2 AND ",
            of_domain!("a."),
            " ORDER BY a.id LIMIT $3"
        );
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(domain).bind(after).bind(limit).fetch_all(c).await)?)
    }

    /// The accounts of a domain and its subdomains whose handle is of another server than their actor, as pairs of the two
    /// names, each pair once: (the handle's domain, the actor's server).
    pub async fn split_domains_of(&mut self, domain: &str) -> Result<Vec<(String, String)>> {
        const SQL: &str = concat!(
            "SELECT DISTINCT a.domain, a.actor_host FROM accounts a",
            " WHERE a.domain IS NOT NULL AND a.actor_host <> a.domain AND ",
            of_domain!("a."),
            " ORDER BY 1, 2"
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(domain).fetch_all(c).await)?)
    }

    /// The domains of all handles of other servers, and the servers of their actors, each once.
    pub async fn known_domains(&mut self) -> Result<Vec<String>> {
        const SQL: &str = "SELECT a.domain FROM accounts a WHERE a.domain IS NOT NULL \
             UNION SELECT h.actor_host FROM accounts h WHERE h.actor_host IS NOT NULL ORDER BY 1";
        Ok(on!(self, c => sqlx::query_scalar(SQL).fetch_all(c).await)?)
    }

    /// The hosts of a domain and its subdomains that something is on its way to, or was.
    pub async fn delivery_hosts_of(&mut self, domain: &str) -> Result<Vec<String>> {
        const SQL: &str = concat!(
            "SELECT DISTINCT d.host FROM deliveries d WHERE ",
            below_domain!("d.host"),
            " ORDER BY 1"
        );
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(domain).fetch_all(c).await)?)
    }

    /// The servers of a domain and its subdomains whose custom emoji are kept here.
    pub async fn emoji_domains_of(&mut self, domain: &str) -> Result<Vec<String>> {
        const SQL: &str = concat!(
            "SELECT DISTINCT e.domain FROM custom_emojis e WHERE ",
            below_domain!("e.domain"),
            " ORDER BY 1"
        );
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(domain).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Sets the rule of a domain; one that it has is replaced, and keeps the time it was made.
    pub async fn put_domain_rule(&mut self, r: &DomainRule) -> Result<()> {
        const SQL: &str = "INSERT INTO domain_rules (domain, severity, reject_media, public_comment, private_comment, created_at, reject_reports) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (domain) DO UPDATE SET severity = excluded.severity, \
             reject_media = excluded.reject_media, reject_reports = excluded.reject_reports, public_comment = excluded.public_comment, \
             private_comment = excluded.private_comment";
        storable(&[Some(&r.domain), r.public_comment.as_deref(), r.private_comment.as_deref()])?;
        exec!(
            self,
            sqlx::query(SQL)
                .bind(&r.domain)
                .bind(r.severity)
                .bind(r.reject_media)
                .bind(&r.public_comment)
                .bind(&r.private_comment)
                .bind(r.created_at)
                .bind(r.reject_reports)
        )?;
        Ok(())
    }

    /// Removes the rule of exactly this domain; `false` if there is none.
    pub async fn delete_domain_rule(&mut self, domain: &str) -> Result<bool> {
        const SQL: &str = "DELETE FROM domain_rules WHERE domain = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(domain))? == 1)
    }

    /// Suspends the accounts of a domain and its subdomains, or (`None`) lets those in again that weren't suspended for
    /// themselves; how many changed.
    pub async fn set_domain_suspended(&mut self, domain: &str, at: Option<Millis>) -> Result<u64> {
        const SET: &str = concat!(
            "UPDATE accounts SET suspended_at = $2, suspended_by = 'domain', version = version + 1",
            " WHERE suspended_at IS NULL AND ",
            of_domain!("")
        );
        const CLEAR: &str = concat!(
            "UPDATE accounts SET suspended_at = NULL, suspended_by = NULL, version = version + 1",
            " WHERE suspended_at IS NOT NULL AND (suspended_by IS NULL OR suspended_by = 'domain') AND ",
            of_domain!("")
        );
        Ok(match at {
            Some(at) => exec!(self, sqlx::query(SET).bind(domain).bind(at))?,
            None => exec!(self, sqlx::query(CLEAR).bind(domain))?,
        })
    }

    /// Silences the accounts of a domain and its subdomains, or (`None`) those no more that weren't silenced for
    /// themselves; how many changed.
    pub async fn set_domain_silenced(&mut self, domain: &str, at: Option<Millis>) -> Result<u64> {
        const SET: &str = concat!(
            "UPDATE accounts SET silenced_at = $2, silenced_by = 'domain', version = version + 1",
            " WHERE silenced_at IS NULL AND ",
            of_domain!("")
        );
        const CLEAR: &str = concat!(
            "UPDATE accounts SET silenced_at = NULL, silenced_by = NULL, version = version + 1",
            " WHERE silenced_at IS NOT NULL AND (silenced_by IS NULL OR silenced_by = 'domain') AND ",
            of_domain!("")
        );
        Ok(match at {
            Some(at) => exec!(self, sqlx::query(SET).bind(domain).bind(at))?,
            None => exec!(self, sqlx::query(CLEAR).bind(domain))?,
        })
    }

    /// As [`Tx::set_domain_suspended`] and [`Tx::set_domain_silenced`], for the accounts whose handle is of exactly one
    /// domain and whose actor is of exactly another server; how many changed.
    pub async fn set_split_standing(
        &mut self,
        domain: &str,
        actor_host: &str,
        suspended: Option<Millis>,
        silenced: Option<Millis>,
    ) -> Result<u64> {
        const SUSPENDED: &str = "UPDATE accounts SET suspended_at = $3, \
             suspended_by = CASE WHEN CAST($3 AS BIGINT) IS NULL THEN NULL ELSE 'domain' END, version = version + 1 \
             WHERE domain = $1 AND actor_host = $2 AND (CAST($3 AS BIGINT) IS NULL) = (suspended_at IS NOT NULL) \
             AND (suspended_by IS NULL OR suspended_by = 'domain')";
        const SILENCED: &str = "UPDATE accounts SET silenced_at = $3, \
             silenced_by = CASE WHEN CAST($3 AS BIGINT) IS NULL THEN NULL ELSE 'domain' END, version = version + 1 \
             WHERE domain = $1 AND actor_host = $2 AND (CAST($3 AS BIGINT) IS NULL) = (silenced_at IS NOT NULL) \
             AND (silenced_by IS NULL OR silenced_by = 'domain')";
        let hidden = exec!(self, sqlx::query(SUSPENDED).bind(domain).bind(actor_host).bind(suspended))?;
        let quiet = exec!(self, sqlx::query(SILENCED).bind(domain).bind(actor_host).bind(silenced))?;
        Ok(hidden + quiet)
    }
}
