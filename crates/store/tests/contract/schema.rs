//! Both databases have the same tables after migration: columns, types, what may be null, keys, indexes.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::database::TestStore;

#[derive(Debug, Default, PartialEq)]
struct Table {
    columns: BTreeMap<String, Column>,
    primary_key: Vec<String>,
    indexes: BTreeSet<Index>,
    foreign_keys: BTreeSet<ForeignKey>,
}

#[derive(Debug, PartialEq)]
struct Column {
    kind: &'static str,
    nullable: bool,
    has_default: bool,
}

/// By what it covers; names are free.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Index {
    columns: Vec<String>,
    unique: bool,
    partial: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ForeignKey {
    column: String,
    table: String,
    on_delete: String,
}

/// A type's name in either database → what it is to us.
fn kind(name: &str) -> &'static str {
    match name.to_ascii_lowercase().as_str() {
        "integer" | "bigint" => "number",
        "text" => "text",
        "boolean" => "boolean",
        "double" | "double precision" => "double",
        "blob" | "bytea" => "bytes",
        other => panic!("{other} is no type that means the same on both"),
    }
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let (sqlite, postgres) = (TestStore::sqlite().await, TestStore::postgres().await);
    let sqlite = of_sqlite(&mut SqliteConnection::connect(sqlite.url()).await.unwrap()).await;
    let postgres = of_postgres(&mut PgConnection::connect(postgres.url()).await.unwrap()).await;

    assert!(sqlite.len() > 5 && sqlite.contains_key("accounts"), "tables were found: {:?}", sqlite.keys());
    assert_eq!(sqlite.keys().collect::<Vec<_>>(), postgres.keys().collect::<Vec<_>>());
    for (name, table) in &sqlite {
        assert!(!table.primary_key.is_empty(), "{name} has a primary key");
        assert_eq!(Some(table), postgres.get(name), "{name}: SQLite left, PostgreSQL right");
    }
}

async fn of_sqlite(c: &mut SqliteConnection) -> BTreeMap<String, Table> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut *c)
    .await
    .unwrap();
    let mut tables = BTreeMap::new();
    for name in names {
        let mut table = Table::default();
        let columns: Vec<(String, String, bool, Option<String>, i64)> = sqlx::query_as(
            "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info($1) ORDER BY pk",
        )
        .bind(&name)
        .fetch_all(&mut *c)
        .await
        .unwrap();
        for (column, ty, not_null, default, key) in columns {
            if key > 0 {
                table.primary_key.push(column.clone());
            }
            // A row id is never null, said or not.
            let nullable = !(not_null || key > 0);
            table
                .columns
                .insert(column, Column { kind: kind(&ty), nullable, has_default: default.is_some() });
        }
        let indexes: Vec<(String, bool, String, bool)> =
            sqlx::query_as("SELECT name, \"unique\", origin, partial FROM pragma_index_list($1)")
                .bind(&name)
                .fetch_all(&mut *c)
                .await
                .unwrap();
        for (index, unique, origin, partial) in indexes {
            let columns: Vec<String> =
                sqlx::query_scalar("SELECT name FROM pragma_index_info($1) ORDER BY seqno")
                    .bind(&index)
                    .fetch_all(&mut *c)
                    .await
                    .unwrap();
            // The primary key was compared already, and a row id has no index to show.
            if origin != "pk" {
                table.indexes.insert(Index { columns, unique, partial });
            }
        }
        let keys: Vec<(String, String, String)> =
            sqlx::query_as("SELECT \"from\", \"table\", on_delete FROM pragma_foreign_key_list($1)")
                .bind(&name)
                .fetch_all(&mut *c)
                .await
                .unwrap();
        for (column, to, on_delete) in keys {
            table.foreign_keys.insert(ForeignKey { column, table: to, on_delete });
        }
        tables.insert(name, table);
    }
    tables
}

async fn of_postgres(c: &mut PgConnection) -> BTreeMap<String, Table> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let columns: Vec<(String, String, String, bool, bool)> = sqlx::query_as(
        "SELECT table_name::TEXT, column_name::TEXT, data_type::TEXT, is_nullable = 'YES', column_default IS NOT NULL \
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut *c)
    .await
    .unwrap();
    for (table, column, ty, nullable, has_default) in columns {
        let column_of = Column { kind: kind(&ty), nullable, has_default };
        tables.entry(table).or_default().columns.insert(column, column_of);
    }
    let indexes: Vec<(String, Vec<String>, bool, bool, bool)> = sqlx::query_as(
        "SELECT t.relname::TEXT, \
             ARRAY(SELECT a.attname::TEXT FROM unnest(i.indkey) WITH ORDINALITY k(number, place) \
                   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number ORDER BY k.place), \
             i.indisunique, i.indisprimary, i.indpred IS NOT NULL \
         FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace \
         WHERE n.nspname = 'public' AND t.relname <> '_sqlx_migrations'",
    )
    .fetch_all(&mut *c)
    .await
    .unwrap();
    for (table, columns, unique, primary, partial) in indexes {
        let table = tables.entry(table).or_default();
        if primary {
            table.primary_key = columns;
        } else {
            table.indexes.insert(Index { columns, unique, partial });
        }
    }
    let keys: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT t.relname::TEXT, a.attname::TEXT, f.relname::TEXT, \
             CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'a' THEN 'NO ACTION' ELSE '?' END \
         FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid \
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.conkey[1] WHERE k.contype = 'f'",
    )
    .fetch_all(&mut *c)
    .await
    .unwrap();
    for (table, column, to, on_delete) in keys {
        let key = ForeignKey { column, table: to, on_delete };
        tables.entry(table).or_default().foreign_keys.insert(key);
    }
    tables
}
