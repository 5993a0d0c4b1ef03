//! Who may do what with a status: the policy of each, and what a person's posts are given that don't say.

use tintype_model::{AccountId, QuotePolicy, StatusId};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
};

impl Reader<'_> {
    /// The policies of some statuses, as JSON of the layer above; those without one are left out.
    pub async fn policies_of(&mut self, list: &[StatusId]) -> Result<Vec<(StatusId, String)>> {
        const SQL: &str = "SELECT p.status_id, p.policy FROM status_policies p WHERE p.status_id IN {ids:$1}";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// Who may quote a person's posts that don't say; `None` for anybody who is no person here.
    pub async fn default_quote_policy(&mut self, account: AccountId) -> Result<Option<QuotePolicy>> {
        const SQL: &str = "SELECT u.default_quote_policy FROM users u WHERE u.account_id = $1";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(account).fetch_optional(c).await)?)
    }

    /// The websites that may name an account as their author, as a JSON list.
    pub async fn attribution_domains(&mut self, account: AccountId) -> Result<Option<String>> {
        const SQL: &str = "SELECT a.attribution_domains FROM accounts a WHERE a.id = $1";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(account).fetch_optional(c).await)?)
    }
}

impl Tx {
    /// Gives a status this policy, JSON of the layer above.
    pub async fn put_policy(&mut self, status: StatusId, policy: &str) -> Result<()> {
        const SQL: &str = "INSERT INTO status_policies (status_id, policy) VALUES ($1, $2) \
             ON CONFLICT (status_id) DO UPDATE SET policy = excluded.policy";
        storable(&[Some(policy)])?;
        exec!(self, sqlx::query(SQL).bind(status).bind(policy))?;
        Ok(())
    }

    /// Takes the policy of a status away.
    pub async fn delete_policy(&mut self, status: StatusId) -> Result<()> {
        const SQL: &str = "DELETE FROM status_policies WHERE status_id = $1";
        exec!(self, sqlx::query(SQL).bind(status))?;
        Ok(())
    }

    /// Sets who may quote a person's posts that don't say; `false` if there is no such person.
    pub async fn set_default_quote_policy(
        &mut self,
        account: AccountId,
        policy: QuotePolicy,
    ) -> Result<bool> {
        const SQL: &str = "UPDATE users SET default_quote_policy = $2 WHERE account_id = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(policy))? == 1)
    }

    /// Sets the websites that may name an account as their author, a JSON list; `false` if there is no such account.
    pub async fn set_attribution_domains(&mut self, account: AccountId, domains: &str) -> Result<bool> {
        const SQL: &str = "UPDATE accounts SET attribution_domains = $2, version = version + 1 WHERE id = $1";
        storable(&[Some(domains)])?;
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(domains))? == 1)
    }
}
