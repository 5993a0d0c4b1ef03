//! What an instance is made of.

use super::{Instance, process};
use crate::client::Client;
use crate::flaky::Target;
use crate::postgres::TestDatabase;
use crate::random;
use std::sync::Mutex;

/// The database of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file in the instance's folder.
    Sqlite,
    /// A database of its own on the throw-away server of `TINTYPE_TEST_POSTGRES`.
    Postgres,
}

/// An instance to be started.
#[derive(Clone)]
pub struct Builder {
    name: String,
    /// What stands behind the name in the domain: `localhost`.
    below: String,
    /// The domain is an address.
    literal: bool,
    /// What others find under the domain.
    front: Option<Target>,
    database: Database,
    config: Vec<(String, String)>,
    variables: Vec<(String, String)>,
}

impl Builder {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            below: "localhost".to_owned(),
            literal: false,
            front: None,
            database: Database::Sqlite,
            config: Vec::new(),
            variables: Vec::new(),
        }
    }

    #[must_use]
    pub fn database(mut self, database: Database) -> Self {
        self.database = database;
        self
    }

    /// Serves the domain `NAME.BELOW:PORT` instead of `NAME.localhost:PORT`. That is no local mode any more: the instance
    /// calls no loopback address but those of `net.allow`, of which it needs one to serve plain http. Clients and peers
    /// of the test kit find it all the same, because for them every name is this machine.
    #[must_use]
    pub fn below(mut self, below: &str) -> Self {
        below.clone_into(&mut self.below);
        self
    }

    /// Serves the domain `127.0.0.1:PORT`: for programs that don't find names below `localhost`. That is local mode, too.
    #[must_use]
    pub fn literal(mut self) -> Self {
        self.literal = true;
        self
    }

    pub(crate) fn front(mut self, target: Target) -> Self {
        self.front = Some(target);
        self
    }

    /// One key of the configuration, as `federation.mode`; wins over what the test kit sets.
    #[must_use]
    pub fn config(mut self, key: &str, value: &str) -> Self {
        self.config.push((key.to_owned(), value.to_owned()));
        self
    }

    /// An environment variable as it is.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it and waits until it answers.
    ///
    /// # Panics
    /// With its log, when it does not start.
    pub async fn start(self) -> Instance {
        for _ in 0..4 {
            let instance = self.prepare().await;
            match instance.try_start().await {
                Ok(()) => return instance,
                // Somebody took the port between our look and its bind: once more, with another port and so another
                // domain, folder and database.
                Err(error) if error.to_lowercase().contains("in use") => drop(instance),
                Err(error) => panic!("{error}"),
            }
        }
        panic!("{}: found no free port", self.name);
    }

    async fn prepare(&self) -> Instance {
        let folder = tempfile::Builder::new().prefix("tintype-").tempdir();
        let folder = folder.unwrap_or_else(|error| panic!("temporary folder: {error}"));
        let database = match self.database {
            Database::Sqlite => None,
            Database::Postgres => Some(TestDatabase::create().await),
        };
        let path = |name: &str| folder.path().join(name).display().to_string();
        let database_url = match &database {
            Some(database) => database.url().to_owned(),
            None => format!("sqlite://{}", path("tintype.db")),
        };
        let port = random::free_port();
        let host =
            if self.literal { "127.0.0.1".to_owned() } else { format!("{}.{}", self.name, self.below) };
        if let Some(front) = &self.front {
            front.set(port);
        }
        let domain = format!("{host}:{}", self.front.as_ref().map_or(port, Target::port));
        let base = format!("http://{domain}");
        let defaults = [
            ("domain", domain.clone()),
            ("server.listen", format!("127.0.0.1:{port}")),
            ("server.public_url", base.clone()),
            ("database.url", database_url.clone()),
            ("media.path", path("media")),
            ("rate_limits.enabled", "false".to_owned()),
        ];
        let mut environment: Vec<(String, String)> =
            defaults.into_iter().map(|(key, value)| (process::variable(key), value)).collect();
        // Later ones win.
        environment.extend(self.config.iter().map(|(key, value)| (process::variable(key), value.clone())));
        environment.extend(self.variables.iter().cloned());
        Instance {
            name: self.name.clone(),
            domain,
            port,
            environment,
            database_url,
            process: Mutex::new(None),
            container: None,
            client: Client::new(&base),
            _database: database,
            folder,
        }
    }
}
