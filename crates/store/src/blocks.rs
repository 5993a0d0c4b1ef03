//! Who blocks whom; and how one account stands to others in all that isn't following.

use tintype_model::{AccountId, BlockId, Millis, Page};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, storable, text},
};

/// A row of `blocks`. `uri` is the Block activity's id.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Block {
    pub id: BlockId,
    pub account_id: AccountId,
    pub target_id: AccountId,
    pub uri: String,
    pub created_at: Millis,
}

/// How a viewer stands to another account, follows aside.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    pub other: AccountId,
    /// The viewer blocks the other.
    pub blocking: bool,
    /// The other blocks the viewer.
    pub blocked_by: bool,
    /// The viewer mutes the other.
    pub muting: bool,
    /// The viewer's mute hides notifications too.
    pub muting_notifications: bool,
    /// When the viewer's mute ends, if it does.
    pub mute_expires_at: Option<Millis>,
    /// The viewer blocks the other's server.
    pub domain_blocking: bool,
    /// What the viewer noted about the other.
    pub note: Option<String>,
}

/// The columns of [`Block`].
macro_rules! block_columns {
    () => {
        "id, account_id, target_id, uri, created_at"
    };
}

impl Reader<'_> {
    /// One account's block of another.
    pub async fn block_between(&mut self, account: AccountId, target: AccountId) -> Result<Option<Block>> {
        const SQL: &str =
            concat!("SELECT ", block_columns!(), " FROM blocks WHERE account_id = $1 AND target_id = $2");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(account).bind(target).fetch_optional(c).await)?)
    }

    /// A block by its activity's id.
    pub async fn block_by_uri(&mut self, uri: &str) -> Result<Option<Block>> {
        const SQL: &str = concat!("SELECT ", block_columns!(), " FROM blocks WHERE uri = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(uri).fetch_optional(c).await)?)
    }

    /// One page of those whom an account blocks: (cursor, account).
    pub async fn blocks_of(&mut self, account: AccountId, page: &Page) -> Result<Vec<(i64, AccountId)>> {
        const SQL: &str = "SELECT b.id, b.target_id FROM blocks b WHERE b.account_id = $1 AND b.id < $2 AND b.id > $3 \
             ORDER BY b.id {desc} LIMIT $4";
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(account).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// Whether one of two accounts blocks the other.
    pub async fn blocked_either_way(&mut self, a: AccountId, b: AccountId) -> Result<bool> {
        const SQL: &str = "SELECT COUNT(*) FROM blocks WHERE (account_id = $1 AND target_id = $2) \
             OR (account_id = $2 AND target_id = $1)";
        Ok(on!(self, c => sqlx::query_scalar::<_, i64>(SQL).bind(a).bind(b).fetch_one(c).await)? > 0)
    }

    /// How a viewer stands to some others: one for each of them, in no particular order.
    pub async fn standings(&mut self, viewer: AccountId, others: &[AccountId]) -> Result<Vec<Standing>> {
        const SQL: &str = "SELECT v.value AS other, (b.id IS NOT NULL) AS blocking, (r.id IS NOT NULL) AS blocked_by, \
             (m.id IS NOT NULL) AS muting, COALESCE(m.hide_notifications, FALSE) AS muting_notifications, \
             m.expires_at AS mute_expires_at, EXISTS (SELECT 1 FROM account_domain_blocks d WHERE d.account_id = $1 \
             AND d.domain IN (a.domain, a.actor_host)) AS domain_blocking, n.comment AS note FROM {ids:$2} v \
             LEFT JOIN blocks b ON b.account_id = $1 AND b.target_id = v.value \
             LEFT JOIN blocks r ON r.account_id = v.value AND r.target_id = $1 \
             LEFT JOIN mutes m ON m.account_id = $1 AND m.target_id = v.value \
             LEFT JOIN accounts a ON a.id = v.value \
             LEFT JOIN account_notes n ON n.account_id = $1 AND n.target_id = v.value";
        let numbers: Vec<i64> = others.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_as(sql).bind(viewer).bind(ids(&numbers)).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Adds a block; `false` (and no change) if there is one of this pair, or one of this uri.
    pub async fn insert_block(&mut self, b: &Block) -> Result<bool> {
        const SQL: &str = "INSERT INTO blocks (id, account_id, target_id, uri, created_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING";
        storable(&[Some(&b.uri)])?;
        let done = exec!(
            self,
            sqlx::query(SQL).bind(b.id).bind(b.account_id).bind(b.target_id).bind(&b.uri).bind(b.created_at)
        )?;
        Ok(done == 1)
    }

    /// Ends a block; the one that there was.
    pub async fn delete_block(&mut self, account: AccountId, target: AccountId) -> Result<Option<Block>> {
        const SQL: &str = concat!(
            "DELETE FROM blocks WHERE account_id = $1 AND target_id = $2 RETURNING ",
            block_columns!()
        );
        Ok(on!(self, c => sqlx::query_as(SQL).bind(account).bind(target).fetch_optional(c).await)?)
    }
}
