//! Servers that one person wants to see nothing of. What those who run the instance decide about servers is in
//! `domain_rules`.

use tintype_model::{AccountId, DomainBlockId, Millis, Page};

use crate::{
    Reader, Result, Tx,
    dialect::{storable, text},
};

impl Reader<'_> {
    /// One page of the domains that an account blocks: (cursor, domain).
    pub async fn domain_blocks_of(&mut self, account: AccountId, page: &Page) -> Result<Vec<(i64, String)>> {
        const SQL: &str = "SELECT d.id, d.domain FROM account_domain_blocks d WHERE d.account_id = $1 AND d.id < $2 AND d.id > $3 \
             ORDER BY d.id {desc} LIMIT $4";
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(account).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }
}

impl Tx {
    /// Blocks a domain (as `accounts.domain` has it) for an account; `false` if it is blocked already.
    pub async fn insert_domain_block(
        &mut self,
        id: DomainBlockId,
        account: AccountId,
        domain: &str,
        now: Millis,
    ) -> Result<bool> {
        const SQL: &str = "INSERT INTO account_domain_blocks (id, account_id, domain, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING";
        storable(&[Some(domain)])?;
        Ok(exec!(self, sqlx::query(SQL).bind(id).bind(account).bind(domain).bind(now))? == 1)
    }

    /// Ends an account's block of a domain; `false` if there was none.
    pub async fn delete_domain_block(&mut self, account: AccountId, domain: &str) -> Result<bool> {
        const SQL: &str = "DELETE FROM account_domain_blocks WHERE account_id = $1 AND domain = $2";
        storable(&[Some(domain)])?;
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(domain))? == 1)
    }
}
