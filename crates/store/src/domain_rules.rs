//! What those who run the instance decide about other servers.
//!
//! A rule holds for its domain and all subdomains. A port is part of the name (`far.example:8443`).

use tintype_model::{AccountId, Millis, text_enum};

use crate::{
    Reader, Result, Tx,
    dialect::{storable, text, texts},
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
    /// For everybody to read.
    pub public_comment: Option<String>,
    /// For those who run the instance.
    pub private_comment: Option<String>,
    pub created_at: Millis,
}

/// The condition under which the account of table alias `$a` is of the domain bound at `$1`, or of a subdomain: its name
/// ends in `.$1`. No pattern, so that nothing in the name is a wildcard.
macro_rules! of_domain {
    ($a:literal) => {
        concat!(
            "(",
            $a,
            "domain = $1 OR substr(",
            $a,
            "domain, length(",
            $a,
            "domain) - length(CAST($1 AS TEXT))) = '.' || CAST($1 AS TEXT))"
        )
    };
}

impl Reader<'_> {
    /// The rule that holds for a domain: its own, or that of the nearest domain above it.
    pub async fn domain_rule(&mut self, domain: &str) -> Result<Option<DomainRule>> {
        const SQL: &str = "SELECT domain, severity, reject_media, public_comment, private_comment, created_at FROM domain_rules \
             WHERE domain IN {texts:$1} ORDER BY length(domain) DESC LIMIT 1";
        let parents = domain.match_indices('.').filter_map(|(at, _)| domain.get(at + 1..));
        let names: Vec<&str> = std::iter::once(domain).chain(parents).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(texts(&names)).fetch_optional(c).await)?)
    }

    /// All rules, by domain.
    pub async fn domain_rules(&mut self) -> Result<Vec<DomainRule>> {
        const SQL: &str = "SELECT domain, severity, reject_media, public_comment, private_comment, created_at FROM domain_rules \
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
}

impl Tx {
    /// Sets the rule of a domain; one that it has is replaced, and keeps the time it was made.
    pub async fn put_domain_rule(&mut self, r: &DomainRule) -> Result<()> {
        const SQL: &str = "INSERT INTO domain_rules (domain, severity, reject_media, public_comment, private_comment, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (domain) DO UPDATE SET severity = excluded.severity, \
             reject_media = excluded.reject_media, public_comment = excluded.public_comment, \
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
}
