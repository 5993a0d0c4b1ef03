//! What is in the tables of an instance: to show that something changed nothing at all.

use crate::random;
use aws_lc_rs::digest::{SHA256, digest};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use std::collections::BTreeMap;
use std::str::FromStr;

/// One table: how many rows, and a checksum over all of their columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub rows: usize,
    pub checksum: String,
}

/// Every table by its name.
pub type Snapshot = BTreeMap<String, Table>;

/// Reads every table of the database at `url` (`sqlite://…`, `postgres://…`) except those named. An exception may be of
/// some rows only: `jobs: queue = 'upkeep'`. Order of rows does not matter; any change of any column does.
///
/// # Panics
/// When the database can't be read.
pub async fn snapshot(url: &str, except: &[&str]) -> Snapshot {
    let read =
        if url.starts_with("postgres") { postgres(url, except).await } else { sqlite(url, except).await };
    read.unwrap_or_else(|error| panic!("reading all rows of {url}: {error}"))
}

/// How many rows a table has.
///
/// # Panics
/// When the database can't be read, or has no such table.
pub async fn count(url: &str, table: &str) -> usize {
    let statement = AssertSqlSafe(format!("SELECT count(*) FROM \"{table}\""));
    let counted: sqlx::Result<i64> = if url.starts_with("postgres") {
        async { sqlx::query_scalar(statement).fetch_one(&mut PgConnection::connect(url).await?).await }.await
    } else {
        async {
            let options = sqlx::sqlite::SqliteConnectOptions::from_str(url)?.read_only(true);
            let mut connection = SqliteConnection::connect_with(&options).await?;
            sqlx::query_scalar(statement).fetch_one(&mut connection).await
        }
        .await
    };
    let rows = counted.unwrap_or_else(|error| panic!("counting {table} of {url}: {error}"));
    usize::try_from(rows).unwrap_or_default()
}

/// One line for each table that differs: `accounts: 2 → 3 rows`, `jobs: 1 row changed contents`.
pub fn differences(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let describe = |name: &&String| match (before.get(*name), after.get(*name)) {
        (Some(old), Some(new)) if old == new => None,
        (Some(old), Some(new)) if old.rows == new.rows => {
            Some(format!("{name}: changed within {} rows", old.rows))
        }
        (Some(old), Some(new)) => Some(format!("{name}: {} → {} rows", old.rows, new.rows)),
        (old, _) => Some(format!("{name}: {}", if old.is_some() { "dropped" } else { "created" })),
    };
    names.iter().filter_map(describe).collect()
}

/// What is read of a table, as the end of a statement; `None` for nothing.
fn part_of(table: &str, except: &[&str]) -> Option<String> {
    if except.contains(&table) {
        return None;
    }
    let condition = except.iter().find_map(|entry| entry.strip_prefix(table)?.strip_prefix(": "));
    let condition = condition.map(|condition| format!(" WHERE NOT ({condition})")).unwrap_or_default();
    Some(format!("\"{table}\" t{condition}"))
}

async fn postgres(url: &str, except: &[&str]) -> sqlx::Result<Snapshot> {
    let mut connection = PgConnection::connect(url).await?;
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
            .fetch_all(&mut connection)
            .await?;
    // One view of all tables, while jobs go on.
    let mut view = connection.begin().await?;
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").execute(&mut *view).await?;
    let mut snapshot = Snapshot::new();
    for table in tables {
        let Some(part) = part_of(&table, except) else { continue };
        let statement = format!("SELECT t::text FROM {part}");
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(&mut *view).await?;
        snapshot.insert(table, summary(rows));
    }
    view.rollback().await?;
    Ok(snapshot)
}

async fn sqlite(url: &str, except: &[&str]) -> sqlx::Result<Snapshot> {
    let options = sqlx::sqlite::SqliteConnectOptions::from_str(url)?.read_only(true);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let mut view = connection.begin().await?;
    // Virtual tables are views of their shadow tables, which are read.
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL%'",
    )
    .fetch_all(&mut *view)
    .await?;
    let mut snapshot = Snapshot::new();
    for table in tables {
        let Some(part) = part_of(&table, except) else { continue };
        let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)")
            .bind(&table)
            .fetch_all(&mut *view)
            .await?;
        let quoted: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        let statement = format!("SELECT {} FROM {part}", quoted.join(" || ',' || "));
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(&mut *view).await?;
        snapshot.insert(table, summary(rows));
    }
    view.rollback().await?;
    Ok(snapshot)
}

fn summary(mut rows: Vec<String>) -> Table {
    rows.sort_unstable();
    let checksum = digest(&SHA256, rows.join("\n").as_bytes());
    Table { rows: rows.len(), checksum: random::base16(checksum.as_ref()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TestDatabase;
    use sqlx::Executor;

    const SETUP: &str = "CREATE TABLE people (id BIGINT PRIMARY KEY, name TEXT, about TEXT);
        CREATE TABLE noise (id BIGINT);
        INSERT INTO people VALUES (1, 'alice', NULL), (2, 'bob', 'b')";

    async fn notices_every_change(url: &str, run: impl AsyncFn(&'static str)) {
        run(SETUP).await;
        let before = snapshot(url, &["noise"]).await;
        assert_eq!(before.keys().collect::<Vec<_>>(), ["people"]);
        run("INSERT INTO noise VALUES (1)").await;
        assert_eq!(snapshot(url, &["noise"]).await, before);
        assert_eq!((count(url, "people").await, count(url, "noise").await), (2, 1));
        run("UPDATE people SET about = '' WHERE id = 1").await;
        let updated = snapshot(url, &["noise"]).await;
        assert_eq!(differences(&before, &updated), ["people: changed within 2 rows"]);
        let bobs = snapshot(url, &["people: id = 1"]).await;
        assert_eq!(bobs.keys().collect::<Vec<_>>(), ["noise", "people"]);
        run("UPDATE people SET about = 'a' WHERE id = 1").await;
        assert_eq!(snapshot(url, &["people: id = 1"]).await, bobs);
        run("UPDATE people SET about = '' WHERE id = 1").await;
        run("DELETE FROM people WHERE id = 2").await;
        assert_ne!(snapshot(url, &["people: id = 1"]).await, bobs);
        assert_eq!(differences(&updated, &snapshot(url, &["noise"]).await), ["people: 2 → 1 rows"]);
    }

    #[tokio::test]
    async fn on_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("t.db").display());
        let options = sqlx::sqlite::SqliteConnectOptions::from_str(&url).unwrap().create_if_missing(true);
        drop(SqliteConnection::connect_with(&options).await.unwrap());
        notices_every_change(&url, async |sql| {
            SqliteConnection::connect_with(&options).await.unwrap().execute(sql).await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn on_postgres() {
        let database = TestDatabase::create().await;
        notices_every_change(database.url(), async |sql| {
            PgConnection::connect(database.url()).await.unwrap().execute(sql).await.unwrap();
        })
        .await;
    }
}
