//! What differs between the two databases, in one place: which connection a statement runs on, and how a list of ids is
//! written. This is the only file that makes SQL text at run time, out of the constants of the other files.

use std::borrow::Cow;

use sqlx::{AssertSqlSafe, PgConnection, SqliteConnection};

use crate::{Error, Result};

/// The connection that a statement runs on.
pub(crate) enum On<'a> {
    Sqlite(&'a mut SqliteConnection),
    Pg(&'a mut PgConnection),
}

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// `on!(self, c => sqlx::query(SQL).bind(x).execute(c).await)`: the same statement on whichever database this is.
macro_rules! on {
    ($holder:expr, $c:ident => $body:expr) => {
        match $holder.on() {
            $crate::dialect::On::Sqlite($c) => $body,
            $crate::dialect::On::Pg($c) => $body,
        }
    };
}

/// `exec!(self, sqlx::query(SQL).bind(x))`: runs a statement that gives no rows back; how many rows it touched.
macro_rules! exec {
    ($holder:expr, $query:expr) => {
        match $holder.on() {
            $crate::dialect::On::Sqlite(c) => $query.execute(c).await.map(|done| done.rows_affected()),
            $crate::dialect::On::Pg(c) => $query.execute(c).await.map(|done| done.rows_affected()),
        }
    };
}

/// Finishes a constant for the database at hand:
/// `{ids:$1}` becomes a derived table with the one column `value` out of a JSON list of numbers bound at `$1`,
/// `{texts:$1}` the same of strings, `{rows:$1}` the same of lists, whose parts are `value ->> 0` and so on, as text,
/// `{desc}` the direction in which a page is read,
/// `{lock}` the row lock that PostgreSQL needs where SQLite has one writer, `{share}` the one that only keeps others from writing.
pub(crate) fn text(dialect: Dialect, upwards: bool, constant: &'static str) -> AssertSqlSafe<String> {
    let mut out = String::with_capacity(constant.len() + 128);
    let mut rest = constant;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((word, behind)) = after.split_once('}') else { break };
        match (word.split_once(':'), dialect) {
            (Some((_, at)), Dialect::Sqlite) => {
                out.push_str("(SELECT value FROM json_each(");
                out.push_str(at);
                out.push_str("))");
            }
            (Some(("rows", at)), Dialect::Postgres) => {
                out.push_str("(SELECT value FROM jsonb_array_elements(CAST(");
                out.push_str(at);
                out.push_str(" AS JSONB)))");
            }
            (Some((kind, at)), Dialect::Postgres) => {
                let ty = if kind == "ids" { "BIGINT" } else { "TEXT" };
                out.push_str("(SELECT CAST(value AS ");
                out.push_str(ty);
                out.push_str(") AS value FROM jsonb_array_elements_text(CAST(");
                out.push_str(at);
                out.push_str(" AS JSONB)))");
            }
            (None, _) if word == "desc" => out.push_str(if upwards { "ASC" } else { "DESC" }),
            (None, Dialect::Postgres) if word == "lock" => out.push_str("FOR UPDATE"),
            (None, Dialect::Postgres) if word == "share" => out.push_str("FOR SHARE"),
            (None, _) => {}
        }
        rest = behind;
    }
    out.push_str(rest);
    AssertSqlSafe(out)
}

/// Refuses text with a NUL in it before it is written: SQLite takes it, PostgreSQL doesn't.
pub(crate) fn storable(texts: &[Option<&str>]) -> Result<()> {
    if texts.iter().flatten().any(|text| text.contains('\0')) {
        return Err(Error::NUL);
    }
    Ok(())
}

/// Text of others that is kept for somebody to look at, such as an error: without what no database takes.
pub(crate) fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "").into() } else { text.into() }
}

/// A list of ids as it is bound for `{ids:$n}`.
pub(crate) fn ids<I: Copy + Into<i64>>(list: &[I]) -> String {
    let numbers: Vec<i64> = list.iter().map(|&id| id.into()).collect();
    serde_json::Value::from(numbers).to_string()
}

/// A list of texts as it is bound for `{texts:$n}`.
pub(crate) fn texts<S: AsRef<str>>(list: &[S]) -> String {
    let texts: Vec<&str> = list.iter().map(AsRef::as_ref).collect();
    serde_json::Value::from(texts).to_string()
}

/// Rows that one statement writes at the most.
pub(crate) const ROWS: usize = 500;

/// A list of rows as it is bound for `{rows:$n}`.
pub(crate) fn rows(list: Vec<serde_json::Value>) -> String {
    serde_json::Value::Array(list).to_string()
}
