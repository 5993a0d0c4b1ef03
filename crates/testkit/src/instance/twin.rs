//! A second process of one instance.

use super::{Instance, process};
use crate::client::Client;
use crate::random;
use std::sync::Mutex;

impl Instance {
    /// Starts another process of this instance: the same domain, database, media and configuration, on a port of its
    /// own. Its client speaks to that port; people made through one have accounts at both.
    ///
    /// # Panics
    /// With its log, when it does not start.
    pub async fn twin(&self) -> Instance {
        self.needs_process("a second process");
        for _ in 0..4 {
            let folder = tempfile::Builder::new().prefix("tintype-").tempdir();
            let folder = folder.unwrap_or_else(|error| panic!("temporary folder: {error}"));
            let port = random::free_port();
            let mut environment = self.environment.clone();
            // Later ones win.
            environment.push((process::variable("server.listen"), format!("127.0.0.1:{port}")));
            let twin = Instance {
                name: format!("{}'s twin", self.name),
                domain: self.domain.clone(),
                port,
                environment,
                database_url: self.database_url.clone(),
                process: Mutex::new(None),
                container: None,
                client: Client::new(&format!("http://{}:{port}", self.host())),
                _database: None,
                folder,
            };
            match twin.try_start().await {
                Ok(()) => return twin,
                Err(error) if error.to_lowercase().contains("in use") => drop(twin),
                Err(error) => panic!("{error}"),
            }
        }
        panic!("{}: found no free port for a second process", self.name);
    }

    fn host(&self) -> &str {
        self.domain.split(':').next().unwrap_or_default()
    }
}
