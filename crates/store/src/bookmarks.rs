//! Statuses that somebody has put aside for later; nobody else learns of it.

use tintype_model::{AccountId, BookmarkId, Millis, Page, StatusId};

use crate::{
    Reader, Result, Tx,
    dialect::{ids, text},
    statuses::{Status, status_columns},
};

/// A row of `bookmarks`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Bookmark {
    pub id: BookmarkId,
    pub account_id: AccountId,
    pub status_id: StatusId,
    pub created_at: Millis,
}

/// A status in a list that is read along other ids than its own.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Listed {
    cursor: i64,
    #[sqlx(flatten)]
    status: Status,
}

impl Listed {
    pub(crate) fn pair(self) -> (i64, Status) {
        (self.cursor, self.status)
    }
}

impl Reader<'_> {
    /// Which of some statuses an account has put aside.
    pub async fn bookmarked_among(&mut self, account: AccountId, list: &[StatusId]) -> Result<Vec<StatusId>> {
        const SQL: &str =
            "SELECT b.status_id FROM bookmarks b WHERE b.status_id IN {ids:$2} AND b.account_id = $1";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_scalar(sql).bind(account).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// One page of what an account has put aside and may still see, last put aside first: (cursor, status).
    pub async fn bookmarks_of(&mut self, account: AccountId, page: &Page) -> Result<Vec<(i64, Status)>> {
        const SQL: &str = concat!(
            "SELECT b.id AS cursor, ",
            status_columns!(),
            " FROM bookmarks b JOIN statuses s ON s.id = b.status_id",
            " WHERE b.account_id = $1 AND b.id < $2 AND b.id > $3 AND ",
            visible!("s"),
            " ORDER BY b.id {desc} LIMIT $4"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows: Vec<Listed> = on!(self, c => sqlx::query_as(sql).bind(account).bind(page.below()).bind(page.above())
            .bind(page.limit).fetch_all(c).await)?;
        Ok(page.order(rows.into_iter().map(Listed::pair).collect()))
    }
}

impl Tx {
    /// Puts a status aside; `false` (and no change) if it is already.
    pub async fn insert_bookmark(&mut self, b: &Bookmark) -> Result<bool> {
        const SQL: &str = "INSERT INTO bookmarks (id, account_id, status_id, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING";
        let done =
            exec!(self, sqlx::query(SQL).bind(b.id).bind(b.account_id).bind(b.status_id).bind(b.created_at))?;
        Ok(done == 1)
    }

    /// Lets go of what was put aside; `false` if it wasn't.
    pub async fn delete_bookmark(&mut self, account: AccountId, status: StatusId) -> Result<bool> {
        const SQL: &str = "DELETE FROM bookmarks WHERE status_id = $2 AND account_id = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(account).bind(status))? == 1)
    }
}
