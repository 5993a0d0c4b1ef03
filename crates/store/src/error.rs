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
            // SQLITE_BUSY and its extended codes; PostgreSQL's serialization failure, deadlock and lock timeout.
            sqlx::Error::Database(db)
                if matches!(
                    db.code().as_deref(),
                    Some("5" | "261" | "517" | "40001" | "40P01" | "55P03")
                ) =>
            {
                Error::Busy
            }
            _ => Error::Database(error),
        }
    }
}
