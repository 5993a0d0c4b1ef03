//! Opening a database, reading from it, and writing to it in transactions.

use std::{
    collections::{BTreeSet, HashSet},
    path::Path,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::{
    Executor as _, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::task;

use crate::{
    Error, Result,
    dialect::{Dialect, On},
    wake::Wakers,
};

/// The channel on which processes of one instance tell each other that a queue has work.
const CHANNEL: &str = "tintype_jobs";

/// What PostgreSQL may spend on one statement that only reads (`statement_timeout`). SQLite knows no such bound.
const READING: &str = "SET statement_timeout = '5s'";
/// How begins what may take its time, all that writes above all.
const BEGIN: &str = "BEGIN; SET LOCAL statement_timeout = 0";

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite://PATH` or `postgres://…`.
    pub url: String,
    /// Whether every commit reaches the platters before it is acknowledged (SQLite's `synchronous = FULL`).
    pub durable_to_power_loss: bool,
    /// Connections that read (SQLite), or all connections (PostgreSQL).
    pub connections: u32,
}

impl Options {
    /// The defaults for one small machine.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), durable_to_power_loss: false, connections: 8 }
    }
}

#[derive(Debug, Clone)]
enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Pg(PgPool),
}

/// An open database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pools: Pools,
    wakers: Wakers,
    writing: Arc<Mutex<HashSet<task::Id>>>,
}

impl Store {
    /// Opens a database, creating the SQLite file if there is none, and migrates it.
    pub async fn open(options: &Options) -> Result<Self> {
        let store = Self::connect(options).await?;
        match &store.pools {
            Pools::Sqlite { write, .. } => {
                // Of SQLite nothing is locked between two steps: processes that start at once would both take the next.
                let _alone = alone(&options.url).await;
                sqlx::migrate!("../../migrations/sqlite").run(write).await?;
            }
            Pools::Pg(_) => {
                // A step may take its time.
                let unhurried = PgPoolOptions::new().max_connections(1).connect(&options.url).await?;
                sqlx::migrate!("../../migrations/postgres").run(&unhurried).await?;
                unhurried.close().await;
            }
        }
        Ok(store)
    }

    /// Empties a PostgreSQL database whose instance has this domain, on whatever port; an empty one stays as it is.
    ///
    /// # Errors
    /// When the database holds anything else: nothing is touched then.
    pub async fn empty_postgres(url: &str, domain: &str) -> Result<()> {
        const TABLES: &str =
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema()";
        const OURS: &str = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() \
             AND table_name = 'instance_settings'";
        const DOMAIN: &str = "SELECT value FROM instance_settings WHERE name = 'domain'";
        let pool = PgPoolOptions::new().max_connections(1).connect(url).await?;
        let tables: i64 = sqlx::query_scalar(TABLES).fetch_one(&pool).await?;
        let ours: i64 = sqlx::query_scalar(OURS).fetch_one(&pool).await?;
        let owner: Option<String> =
            if ours > 0 { sqlx::query_scalar(DOMAIN).fetch_optional(&pool).await? } else { None };
        if tables > 0 && owner.is_none_or(|owner| owner.split(':').next() != Some(domain)) {
            return Err(Error::Value("the database is neither empty nor a demo's"));
        }
        if tables > 0 {
            sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public").execute(&pool).await?;
        }
        pool.close().await;
        Ok(())
    }

    async fn connect(options: &Options) -> Result<Self> {
        let pools = if let Some(path) = options.url.strip_prefix("sqlite:") {
            let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
            if let Some(dir) = Path::new(path).parent().filter(|d| !d.as_os_str().is_empty()) {
                std::fs::create_dir_all(dir).map_err(|e| Error::Database(sqlx::Error::Io(e)))?;
            }
            if path != ":memory:" {
                make_private(Path::new(path)).map_err(|e| Error::Database(sqlx::Error::Io(e)))?;
            }
            let synchronous = if options.durable_to_power_loss {
                SqliteSynchronous::Full
            } else {
                SqliteSynchronous::Normal
            };
            let base = SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(synchronous)
                .busy_timeout(Duration::from_secs(5))
                .foreign_keys(true)
                .statement_cache_capacity(256)
                .pragma("cache_size", "-4096");
            // Asking a connection to a file whether it is still there costs as much as reading something.
            let write = SqlitePoolOptions::new()
                .max_connections(1)
                .test_before_acquire(false)
                .acquire_timeout(Duration::from_secs(15))
                .connect_with(base.clone())
                .await?;
            let read = SqlitePoolOptions::new()
                .max_connections(options.connections.max(1))
                .test_before_acquire(false)
                .acquire_timeout(Duration::from_secs(30))
                .idle_timeout(Duration::from_mins(1))
                .connect_lazy_with(base.read_only(true));
            Pools::Sqlite { read, write }
        } else if !options.url.starts_with("postgres:") && !options.url.starts_with("postgresql:") {
            return Err(Error::Value("a database is sqlite://… or postgres://…"));
        } else {
            let connect = PgConnectOptions::from_str(&options.url)?.statement_cache_capacity(256);
            Pools::Pg(
                PgPoolOptions::new()
                    .max_connections(options.connections.max(2))
                    .acquire_timeout(Duration::from_secs(30))
                    // Not among the options of the connection, which poolers of connections refuse.
                    .after_connect(|conn, _| Box::pin(async { conn.execute(READING).await.map(drop) }))
                    .connect_with(connect)
                    .await?,
            )
        };
        Ok(Self { pools, wakers: Wakers::default(), writing: Arc::default() })
    }

    /// Which of the two databases this is.
    pub fn dialect(&self) -> Dialect {
        match self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Pg(_) => Dialect::Postgres,
        }
    }

    /// A connection to read from. Give it back soon: don't hold it over network calls.
    pub async fn read(&self) -> Result<Reader<'static>> {
        Ok(Reader(match &self.pools {
            Pools::Sqlite { read, .. } => Conn::SqlitePooled(read.acquire().await?),
            Pools::Pg(pool) => Conn::PgPooled(pool.acquire().await?),
        }))
    }

    /// As [`Store::read`], for what may take its time: nobody waits for it.
    pub async fn read_unhurried(&self) -> Result<Reader<'static>> {
        match &self.pools {
            Pools::Sqlite { .. } => self.read().await,
            Pools::Pg(pool) => Ok(Reader(Conn::PgUnhurried(pool.begin_with(BEGIN).await?))),
        }
    }

    /// Begins a transaction that writes. Dropping it rolls back.
    ///
    /// # Errors
    /// [`Error::Nested`] when the same task holds one already, [`Error::Busy`] when the writer stays taken.
    pub async fn begin(&self) -> Result<Tx> {
        let holder = Holder::claim(&self.writing)?;
        let inner = match &self.pools {
            Pools::Sqlite { write, .. } => TxInner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Pg(pool) => TxInner::Pg(pool.begin_with(BEGIN).await?),
        };
        Ok(Tx { inner, rung: BTreeSet::new(), wakers: self.wakers.clone(), _holder: holder })
    }

    /// The bells of the queues of this process.
    pub fn wakers(&self) -> &Wakers {
        &self.wakers
    }

    /// Watches for work that other processes enqueue (another server, the command line) and rings the bells.
    /// Runs until it is dropped.
    pub async fn watch(&self) {
        loop {
            let outcome = match &self.pools {
                Pools::Sqlite { read, .. } => watch_sqlite(read, &self.wakers).await,
                Pools::Pg(pool) => watch_postgres(pool, &self.wakers).await,
            };
            if let Err(error) = outcome {
                tracing::warn!(%error, "watching the database failed, trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }

    /// Closes all connections, checkpointing SQLite's log.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Pg(pool) => pool.close().await,
        }
    }
}

/// `PRAGMA data_version` changes when another connection has committed; ours count too, which costs an idle look.
async fn watch_sqlite(pool: &SqlitePool, wakers: &Wakers) -> Result<()> {
    let mut conn = pool.acquire().await?;
    let mut seen = 0_i64;
    let mut tick = tokio::time::interval(Duration::from_millis(500));
    loop {
        tick.tick().await;
        let version: i64 = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut *conn).await?;
        if version != std::mem::replace(&mut seen, version) {
            wakers.ring_all();
        }
    }
}

async fn watch_postgres(pool: &PgPool, wakers: &Wakers) -> Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    wakers.ring_all();
    loop {
        let notification = listener.recv().await?;
        wakers.ring(notification.payload());
    }
}

#[derive(Debug)]
enum Conn<'c> {
    SqlitePooled(PoolConnection<Sqlite>),
    PgPooled(PoolConnection<Postgres>),
    PgUnhurried(Transaction<'static, Postgres>),
    Sqlite(&'c mut sqlx::SqliteConnection),
    Pg(&'c mut sqlx::PgConnection),
}

/// A connection that reads: from the pool, or a transaction's own (which sees its writes).
#[derive(Debug)]
pub struct Reader<'c>(Conn<'c>);

impl Reader<'_> {
    pub(crate) fn on(&mut self) -> On<'_> {
        match &mut self.0 {
            Conn::SqlitePooled(c) => On::Sqlite(c),
            Conn::PgPooled(c) => On::Pg(c),
            Conn::PgUnhurried(c) => On::Pg(c),
            Conn::Sqlite(c) => On::Sqlite(c),
            Conn::Pg(c) => On::Pg(c),
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match &self.0 {
            Conn::SqlitePooled(_) | Conn::Sqlite(_) => Dialect::Sqlite,
            Conn::PgPooled(_) | Conn::PgUnhurried(_) | Conn::Pg(_) => Dialect::Postgres,
        }
    }
}

#[derive(Debug)]
enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Pg(Transaction<'static, Postgres>),
}

/// A transaction that writes. Nothing of it exists before [`Tx::commit`].
#[derive(Debug)]
pub struct Tx {
    inner: TxInner,
    rung: BTreeSet<String>,
    wakers: Wakers,
    _holder: Holder,
}

impl Tx {
    /// Makes everything real and wakes the queues that got work.
    pub async fn commit(self) -> Result<()> {
        let Tx { inner, rung, wakers, _holder } = self;
        match inner {
            TxInner::Sqlite(tx) => tx.commit().await?,
            TxInner::Pg(mut tx) => {
                for queue in &rung {
                    sqlx::query("SELECT pg_notify($1, $2)")
                        .bind(CHANNEL)
                        .bind(queue)
                        .execute(&mut *tx)
                        .await?;
                }
                tx.commit().await?;
            }
        }
        for queue in &rung {
            wakers.ring(queue);
        }
        Ok(())
    }

    /// Undoes everything.
    pub async fn rollback(self) -> Result<()> {
        match self.inner {
            TxInner::Sqlite(tx) => tx.rollback().await?,
            TxInner::Pg(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    /// Reads that see what this transaction has written.
    pub fn read(&mut self) -> Reader<'_> {
        Reader(match &mut self.inner {
            TxInner::Sqlite(tx) => Conn::Sqlite(tx),
            TxInner::Pg(tx) => Conn::Pg(tx),
        })
    }

    /// Wakes a queue after the commit.
    pub(crate) fn ring_later(&mut self, queue: &str) {
        if !self.rung.contains(queue) {
            self.rung.insert(queue.to_owned());
        }
    }

    pub(crate) fn on(&mut self) -> On<'_> {
        match &mut self.inner {
            TxInner::Sqlite(tx) => On::Sqlite(tx),
            TxInner::Pg(tx) => On::Pg(tx),
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match &self.inner {
            TxInner::Sqlite(_) => Dialect::Sqlite,
            TxInner::Pg(_) => Dialect::Postgres,
        }
    }
}

/// Notes which task writes, so that asking twice is an error and not a wait for oneself.
#[derive(Debug)]
struct Holder {
    task: Option<task::Id>,
    writing: Arc<Mutex<HashSet<task::Id>>>,
}

impl Holder {
    fn claim(writing: &Arc<Mutex<HashSet<task::Id>>>) -> Result<Self> {
        let task = task::try_id();
        if let Some(id) = task
            && !writing.lock().unwrap_or_else(PoisonError::into_inner).insert(id)
        {
            return Err(Error::Nested);
        }
        Ok(Self { task, writing: writing.clone() })
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        if let Some(id) = &self.task {
            self.writing.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        }
    }
}

/// A lock on a database's folder, where there are such locks; it ends with its process.
async fn alone(url: &str) -> Option<std::fs::File> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//").split('?').next()?.to_owned();
    let locked = tokio::task::spawn_blocking(move || {
        let folder = Path::new(&path).parent().filter(|dir| !dir.as_os_str().is_empty());
        let folder = std::fs::File::open(folder.unwrap_or(Path::new("."))).ok()?;
        folder.lock().ok().map(|()| folder)
    });
    locked.await.ok().flatten()
}

/// Makes a missing file for its owner alone, because people's keys are in it. What SQLite puts beside it gets the same
/// mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}
