//! A PostgreSQL database for one test.

use crate::random;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// Names the throw-away server: the URL of a superuser's database on it.
pub const SERVER: &str = "TINTYPE_TEST_POSTGRES";
/// Names a database on that server to copy instead of starting empty. Optional.
pub const TEMPLATE: &str = "TINTYPE_TEST_TEMPLATE";

/// A fresh database, dropped (with whoever is still connected) when this value is.
pub struct TestDatabase {
    name: String,
    url: String,
}

impl TestDatabase {
    /// # Panics
    /// Without a server: a test that needs PostgreSQL fails, it does not skip.
    pub async fn create() -> Self {
        let server = server();
        let name = format!("t_{}", random::hex(8));
        let template =
            std::env::var(TEMPLATE).map(|name| format!(" TEMPLATE \"{name}\"")).unwrap_or_default();
        let created = execute(&server, format!("CREATE DATABASE \"{name}\"{template}")).await;
        created.unwrap_or_else(|error| panic!("CREATE DATABASE on {server}: {error}"));
        let mut url = url::Url::parse(&server).unwrap_or_else(|error| panic!("{SERVER}: {error}"));
        url.set_path(&name);
        Self { name, url: url.into() }
    }

    /// `postgres://…/t_…`.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name);
        // A runtime of its own, because this may run inside one, or while one is shut down.
        let dropper = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(execute(&server(), statement)).map_err(std::io::Error::other)
        });
        if let Ok(Err(error)) = dropper.join() {
            eprintln!("database {} stays: {error}", self.name);
        }
    }
}

fn server() -> String {
    std::env::var(SERVER).unwrap_or_else(|_| {
        panic!("{SERVER} is not set: `cargo xtask test` starts a throw-away PostgreSQL and sets it (docs/testing.md)")
    })
}

async fn execute(url: &str, statement: String) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute(AssertSqlSafe(statement)).await?;
    connection.close().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lives_as_long_as_its_value() {
        let database = TestDatabase::create().await;
        let url = database.url().to_owned();
        let still_connected = PgConnection::connect(&url).await.unwrap();
        drop(database);
        assert!(PgConnection::connect(&url).await.is_err(), "it is gone");
        drop(still_connected);
    }
}
