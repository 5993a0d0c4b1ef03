//! A fresh, migrated database for one contract.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    ops::Deref,
    path::Path,
    str::FromStr,
    sync::Arc,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool, SqlitePool, migrate::Migrator,
    postgres::PgConnectOptions,
};
use tempfile::TempDir;
use tintype_model::{IdGen, SystemClock, random};
use tintype_store::{Options, Store};

/// Names the PostgreSQL server for tests: the URL of a superuser's database on it.
const SERVER: &str = "TINTYPE_TEST_POSTGRES";
/// Keeps two processes from making the template at once.
const TEMPLATE_LOCK: i64 = 0x7469_6e74;

/// A database of one test's own. Derefs to its [`Store`]; gone when dropped.
pub struct TestStore {
    store: Store,
    url: String,
    ids: IdGen,
    _home: Home,
}

enum Home {
    File { _dir: TempDir },
    Server { _database: Box<Database> },
}

impl TestStore {
    /// On a fresh SQLite file.
    pub async fn sqlite() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite://{}", dir.path().join("test.db").display());
        Self::open(url, Home::File { _dir: dir }).await
    }

    /// On a fresh database of the PostgreSQL server for tests.
    ///
    /// # Panics
    /// When there is no such server: a contract is not skipped.
    pub async fn postgres() -> Self {
        let database = Database::create().await;
        Self::open(database.url(), Home::Server { _database: Box::new(database) }).await
    }

    async fn open(url: String, home: Home) -> Self {
        let options = Options { connections: 4, ..Options::new(url.clone()) };
        let store = Store::open(&options).await.expect("a fresh database opens");
        Self { store, url, ids: IdGen::new(Arc::new(SystemClock)), _home: home }
    }

    /// Where it is, for a look past the store.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A fresh id of any kind.
    pub fn id<I: From<i64>>(&self) -> I {
        self.ids.next()
    }
}

impl Deref for TestStore {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.store
    }
}

/// A database that has seen the first migrations only.
pub struct OldStore {
    url: String,
    home: Home,
}

impl OldStore {
    /// A SQLite file that has seen the migrations up to and with this number.
    pub async fn sqlite(most: i64) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite://{}", dir.path().join("test.db").display());
        let pool = SqlitePool::connect(&format!("{url}?mode=rwc")).await.expect("a fresh file opens");
        first_migrations("sqlite", most).await.run(&pool).await.expect("the migrations run");
        pool.close().await;
        Self { url, home: Home::File { _dir: dir } }
    }

    /// A database of the PostgreSQL server for tests that has seen the migrations up to and with this number.
    pub async fn postgres(most: i64) -> Self {
        let database = Database::create_empty().await;
        let url = database.url();
        let pool = PgPool::connect(&url).await.expect("a fresh database opens");
        first_migrations("postgres", most).await.run(&pool).await.expect("the migrations run");
        pool.close().await;
        Self { url, home: Home::Server { _database: Box::new(database) } }
    }

    /// Where it is, to fill it as an older version did.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What becomes of it when this version opens it.
    pub async fn migrate(self) -> TestStore {
        TestStore::open(self.url, self.home).await
    }
}

async fn first_migrations(dialect: &str, most: i64) -> Migrator {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(dialect);
    let few = tempfile::tempdir().expect("a temporary directory");
    for file in std::fs::read_dir(all).expect("the migrations") {
        let file = file.expect("a file");
        let name = file.file_name().into_string().expect("a name");
        if name.split('_').next().is_some_and(|number| number.parse::<i64>().is_ok_and(|n| n <= most)) {
            std::fs::copy(file.path(), few.path().join(name)).expect("a copy");
        }
    }
    Migrator::new(few.path()).await.expect("the migrations are well-formed")
}

/// A database on the server, dropped with whoever is still connected to it.
struct Database {
    server: PgConnectOptions,
    name: String,
}

impl Database {
    async fn create_empty() -> Self {
        let server = server();
        let name = Self::fresh_name();
        run(&mut connect(&server).await, format!("CREATE DATABASE {name}")).await;
        Self { server, name }
    }

    fn fresh_name() -> String {
        format!("contract_{:016x}", u64::from_ne_bytes(random::bytes()))
    }

    async fn create() -> Self {
        let server = server();
        let name = Self::fresh_name();
        let mut admin = connect(&server).await;
        let template = template(&mut admin, &server).await;
        run(&mut admin, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self { server, name }
    }

    fn url(&self) -> String {
        self.server.clone().database(&self.name).to_url_lossy().to_string()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // On a thread of its own, because this runs inside a runtime, maybe while a failed test unwinds.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut admin = PgConnection::connect_with(&server).await?;
                admin.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await
            })?;
            Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
        });
        if let Ok(Err(error)) = dropping.join() {
            eprintln!("a test database stays behind: {error}");
        }
    }
}

/// The migrated database that the others are copied from, made by whichever test comes first. Its name says
/// which migrations it has seen.
async fn template(admin: &mut PgConnection, server: &PgConnectOptions) -> String {
    let name = format!("contract_template_{:016x}", hash_of_migrations());
    run(admin, format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await;
    let there: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut *admin)
        .await
        .expect("the list of databases");
    if there.is_none() {
        // Under another name until it is whole.
        let building = format!("{name}_new");
        run(admin, format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)")).await;
        run(admin, format!("CREATE DATABASE {building}")).await;
        let url = server.clone().database(&building).to_url_lossy().to_string();
        let store = Store::open(&Options::new(url)).await.expect("the migrations run");
        store.close().await;
        run(admin, format!("ALTER DATABASE {building} RENAME TO {name}")).await;
    }
    run(admin, format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})")).await;
    name
}

fn hash_of_migrations() -> u64 {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres");
    let mut files: Vec<_> =
        std::fs::read_dir(dir).expect("the migrations").map(|f| f.expect("a file").path()).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.file_name().hash(&mut hasher);
        std::fs::read(&file).expect("a migration").hash(&mut hasher);
    }
    hasher.finish()
}

fn server() -> PgConnectOptions {
    let url = std::env::var(SERVER).unwrap_or_else(|_| {
        panic!("{SERVER} is not set: `cargo xtask test` starts a throw-away PostgreSQL and sets it")
    });
    PgConnectOptions::from_str(&url).unwrap_or_else(|error| panic!("{SERVER}: {error}"))
}

async fn connect(server: &PgConnectOptions) -> PgConnection {
    PgConnection::connect_with(server).await.unwrap_or_else(|error| panic!("{SERVER}: {error}"))
}

async fn run(admin: &mut PgConnection, statement: String) {
    if let Err(error) = admin.execute(AssertSqlSafe(statement.clone())).await {
        panic!("{statement}: {error}");
    }
}
