//! What can go wrong with the database.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row with the same unique key is there already.
    #[error("already there")]
    Conflict,
    /// A row that the value names is not there, or not any more.
    #[error("what it refers to is gone")]
    Missing,
    /// The one writer, or every connection, was taken for too long.
    #[error("the database is busy")]
    Busy,
    /// It takes nothing at the moment, for a reason that somebody has to look at: its disk is full or gone, or it may only
    /// be read.
    #[error("the database takes nothing: {0}")]
    Unwritable(sqlx::Error),
    /// A second transaction was asked for by a task that holds one: it would wait for itself.
    #[error("a transaction is already open in this task")]
    Nested,
    /// A value that no database takes, such as text with a NUL in it.
    #[error("the value can't be stored: {0}")]
    Value(&'static str),
    /// Migrating failed.
    #[error("migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Anything else the database said.
    #[error("database: {0}")]
    Database(sqlx::Error),
}

impl Error {
    pub(crate) const NUL: Self = Error::Value("text with a NUL in it");
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut => Error::Busy,
            sqlx::Error::Database(db) if db.is_unique_violation() => Error::Conflict,
            sqlx::Error::Database(db) if db.is_foreign_key_violation() => Error::Missing,
            // PostgreSQL on a NUL in text, and in a JSON list that is taken apart.
            sqlx::Error::Database(db) if matches!(db.code().as_deref(), Some("22021" | "22P05")) => {
                Error::NUL
            }
            // SQLITE_BUSY and its extended codes; PostgreSQL's serialization failure, deadlock, lock timeout and
            // statement timeout.
            sqlx::Error::Database(db)
                if matches!(
                    db.code().as_deref(),
                    Some("5" | "261" | "517" | "40001" | "40P01" | "55P03" | "57014")
                ) =>
            {
                Error::Busy
            }
            sqlx::Error::Database(db) if db.code().is_some_and(|code| is_unwritable(&code)) => {
                Error::Unwritable(error)
            }
            sqlx::Error::Io(_) => Error::Unwritable(error),
            _ => Error::Database(error),
        }
    }
}

/// PostgreSQL's codes have five characters: a full disk, too many connections, a read-only transaction, a shutdown.
/// SQLite's are numbers whose low byte is the kind: READONLY, IOERR, FULL (<https://www.sqlite.org/rescode.html>).
fn is_unwritable(code: &str) -> bool {
    match code.len() {
        5 => matches!(code, "53100" | "53300" | "25006" | "57P01" | "57P03"),
        _ => code.parse::<u32>().is_ok_and(|code| matches!(code & 0xFF, 8 | 10 | 13)),
    }
}

#[cfg(test)]
mod tests {
    use super::is_unwritable;

    #[test]
    fn full_and_read_only_are_told_from_wrong() {
        // SQLite: FULL, IOERR_WRITE, READONLY_DBMOVED; PostgreSQL: disk_full, read_only_sql_transaction.
        for code in ["13", "778", "1032", "53100", "25006"] {
            assert!(is_unwritable(code), "{code}");
        }
        // SQLite: ERROR, BUSY, CONSTRAINT_UNIQUE, CANTOPEN; PostgreSQL: undefined_table, a syntax error, unique_violation.
        for code in ["1", "5", "2067", "14", "42P01", "42601", "23505", ""] {
            assert!(!is_unwritable(code), "{code}");
        }
    }
}
