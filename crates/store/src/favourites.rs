//! Likes.

use tintype_model::{AccountId, FavouriteId, Millis, Page, StatusId};

use crate::{
    Reader, Result, Tx,
    bookmarks::Listed,
    dialect::{ids, storable, text},
    statuses::{Status, status_columns},
};

/// A row of `favourites`. `uri` is the Like activity's id.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Favourite {
    pub id: FavouriteId,
    pub account_id: AccountId,
    pub status_id: StatusId,
    pub uri: String,
    pub created_at: Millis,
}

impl Reader<'_> {
    /// A like.
    pub async fn favourite(&mut self, id: FavouriteId) -> Result<Option<Favourite>> {
        const SQL: &str = "SELECT id, account_id, status_id, uri, created_at FROM favourites WHERE id = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// An account's like of a status.
    pub async fn favourite_by(&mut self, account: AccountId, status: StatusId) -> Result<Option<Favourite>> {
        const SQL: &str = "SELECT id, account_id, status_id, uri, created_at FROM favourites WHERE status_id = $2 AND account_id = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(account).bind(status).fetch_optional(c).await)?)
    }

    /// A like by its activity's id.
    pub async fn favourite_by_uri(&mut self, uri: &str) -> Result<Option<Favourite>> {
        const SQL: &str = "SELECT id, account_id, status_id, uri, created_at FROM favourites WHERE uri = $1";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(uri).fetch_optional(c).await)?)
    }

    /// Which of some statuses an account has liked.
    pub async fn favourited_among(&mut self, account: AccountId, list: &[StatusId]) -> Result<Vec<StatusId>> {
        const SQL: &str =
            "SELECT f.status_id FROM favourites f WHERE f.status_id IN {ids:$2} AND f.account_id = $1";
        let numbers: Vec<i64> = list.iter().map(|id| id.0).collect();
        let sql = text(self.dialect(), false, SQL);
        Ok(on!(self, c => sqlx::query_scalar(sql).bind(account).bind(ids(&numbers)).fetch_all(c).await)?)
    }

    /// One page of those who liked a status and whom the viewer wants to see: (cursor, account).
    pub async fn favouriters(
        &mut self,
        viewer: Option<AccountId>,
        status: StatusId,
        page: &Page,
    ) -> Result<Vec<(i64, AccountId)>> {
        const SQL: &str = concat!(
            "SELECT f.id, f.account_id FROM favourites f WHERE f.status_id = $2 AND f.id < $3 AND f.id > $4 AND ",
            here!("f.account_id"),
            " AND ",
            wanted_account!("f.account_id"),
            " AND (f.held = FALSE OR f.account_id = $1)",
            " ORDER BY f.id {desc} LIMIT $5"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows = on!(self, c => sqlx::query_as(sql).bind(viewer).bind(status).bind(page.below()).bind(page.above()).bind(page.limit)
            .fetch_all(c).await)?;
        Ok(page.order(rows))
    }

    /// One page of what an account has liked and may still see, last liked first: (cursor, status).
    pub async fn favourites_of(&mut self, account: AccountId, page: &Page) -> Result<Vec<(i64, Status)>> {
        const SQL: &str = concat!(
            "SELECT f.id AS cursor, ",
            status_columns!(),
            " FROM favourites f JOIN statuses s ON s.id = f.status_id",
            " WHERE f.account_id = $1 AND f.id < $2 AND f.id > $3 AND ",
            visible!("s"),
            " ORDER BY f.id {desc} LIMIT $4"
        );
        let sql = text(self.dialect(), page.upwards(), SQL);
        let rows: Vec<Listed> = on!(self, c => sqlx::query_as(sql).bind(account).bind(page.below()).bind(page.above())
            .bind(page.limit).fetch_all(c).await)?;
        Ok(page.order(rows.into_iter().map(Listed::pair).collect()))
    }

    /// The oldest likes of an account, of whatever status. For taking them back, never for showing.
    pub async fn favourites_given(&mut self, account: AccountId, limit: i64) -> Result<Vec<Favourite>> {
        const SQL: &str = "SELECT id, account_id, status_id, uri, created_at FROM favourites WHERE account_id = $1 \
             ORDER BY id LIMIT $2";
        Ok(on!(self, c => sqlx::query_as(SQL).bind(account).bind(limit).fetch_all(c).await)?)
    }
}

impl Tx {
    /// Adds a like and counts it; `false` (and no change) if it is there already.
    pub async fn insert_favourite(&mut self, f: &Favourite) -> Result<bool> {
        const SQL: &str = "INSERT INTO favourites (id, account_id, status_id, uri, created_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING";
        storable(&[Some(&f.uri)])?;
        let done = exec!(
            self,
            sqlx::query(SQL).bind(f.id).bind(f.account_id).bind(f.status_id).bind(&f.uri).bind(f.created_at)
        )?;
        if done == 1 {
            self.count_status(f.status_id, 0, 0, 1).await?;
        }
        Ok(done == 1)
    }

    /// Removes a like and counts it off, if it was counted; `false` if it wasn't there.
    pub async fn delete_favourite(&mut self, f: &Favourite) -> Result<bool> {
        const SQL: &str = "DELETE FROM favourites WHERE id = $1 RETURNING held";
        let held: Option<bool> = on!(self, c => sqlx::query_scalar(SQL).bind(f.id).fetch_optional(c).await)?;
        if held == Some(false) {
            self.count_status(f.status_id, 0, 0, -1).await?;
        }
        Ok(held.is_some())
    }
}
