//! Instances that run already, each in a container of the federation test network.
//!
//! `federation-tests/docker/run` starts the network and names its description, a JSON file, in `TINTYPE_TEST_NETWORK`.
//! Then clients of this kit find the network's names behind its proxy, over https with its own authority, and scenarios
//! get handles on the running instances ([`Network::instance`]) instead of processes of their own.

use crate::instance::{Database, Instance};
use serde_json::Value;
use std::net::SocketAddr;
use std::process::Output;
use std::sync::OnceLock;

/// Names the network's description:
/// `{"proxy": "127.0.0.1:PORT", "authority": "FILE.pem", "instances": [{"domain", "database", "container"}, …]}`.
pub const FILE: &str = "TINTYPE_TEST_NETWORK";

/// The network, as its description tells.
pub struct Network {
    /// Where the proxy of all instances listens for this machine.
    proxy: SocketAddr,
    authority: Vec<u8>,
    instances: Vec<Container>,
}

/// An instance in its container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Container {
    /// Without a port, which is 443.
    pub domain: String,
    database: Database,
    /// The container's id or name.
    name: String,
}

impl Network {
    /// The network of `TINTYPE_TEST_NETWORK`; `None` when that is not set.
    ///
    /// # Panics
    /// When the description can't be read.
    pub fn given() -> Option<&'static Self> {
        static NETWORK: OnceLock<Option<Network>> = OnceLock::new();
        let read = || {
            let file = std::env::var(FILE).ok()?;
            let bytes = std::fs::read(&file).unwrap_or_else(|error| panic!("{FILE}: {file}: {error}"));
            Some(Self::read(&bytes).unwrap_or_else(|error| panic!("{FILE}: {file}: {error}")))
        };
        NETWORK.get_or_init(read).as_ref()
    }

    fn read(description: &[u8]) -> Result<Self, String> {
        let description: Value = serde_json::from_slice(description).map_err(|error| error.to_string())?;
        let text = |value: &Value, key: &str| {
            value.get(key).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| format!("no text {key}"))
        };
        let proxy = text(&description, "proxy")?;
        let authority = text(&description, "authority")?;
        let instances = description.get("instances").and_then(Value::as_array).ok_or("no instances")?;
        let container = |instance: &Value| {
            let database = match text(instance, "database")?.as_str() {
                "sqlite" => Database::Sqlite,
                "postgres" => Database::Postgres,
                other => return Err(format!("database {other}")),
            };
            Ok(Container { domain: text(instance, "domain")?, database, name: text(instance, "container")? })
        };
        Ok(Self {
            proxy: proxy.parse().map_err(|error| format!("{proxy}: {error}"))?,
            authority: std::fs::read(&authority).map_err(|error| format!("{authority}: {error}"))?,
            instances: instances.iter().map(container).collect::<Result<_, _>>()?,
        })
    }

    /// The running instance on this database. All tests of a run share it: its people get names of their own.
    ///
    /// # Panics
    /// When there is none.
    pub fn instance(&self, database: Database) -> Instance {
        match self.instances.iter().find(|instance| instance.database == database) {
            Some(container) => Instance::in_container(container.clone()),
            None => panic!("{FILE} has no instance on {database:?}"),
        }
    }

    /// Where to connect to for this name, its port included; `None` for names outside of the network.
    pub(crate) fn address(&self, name: &str) -> Option<SocketAddr> {
        self.instances.iter().any(|instance| instance.domain == name).then_some(self.proxy)
    }

    /// Whom clients of the network believe.
    pub(crate) fn authority(&self) -> reqwest::Certificate {
        reqwest::Certificate::from_pem(&self.authority)
            .unwrap_or_else(|error| panic!("{FILE}: authority: {error}"))
    }
}

impl Container {
    /// Runs the command line in the container, beside the server and under its configuration.
    pub(crate) async fn cli(&self, arguments: &[&str]) -> Output {
        let mut command = tokio::process::Command::new("docker");
        command.args(["exec", &self.name, "tintype"]).args(arguments).kill_on_drop(true);
        command.output().await.unwrap_or_else(|error| panic!("docker exec: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_description_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("ca.pem");
        std::fs::write(&authority, "pem").unwrap();
        let instance = json!({"domain": "alpha.tintype.test", "database": "sqlite", "container": "c0ffee"});
        let whole = json!({"proxy": "127.0.0.1:4443", "authority": authority, "instances": [instance]});
        let network = Network::read(whole.to_string().as_bytes()).unwrap();
        assert_eq!(network.address("alpha.tintype.test"), Some("127.0.0.1:4443".parse().unwrap()));
        assert_eq!(network.address("beta.tintype.test"), None);
        assert_eq!(network.authority, b"pem");
        let alpha = network.instance(Database::Sqlite);
        assert_eq!(alpha.base(), "https://alpha.tintype.test");

        for (pointer, wrong) in [
            ("/proxy", json!("alpha.tintype.test:443")),
            ("/authority", json!("/nowhere/ca.pem")),
            ("/instances/0/database", json!("paper")),
            ("/instances/0/container", Value::Null),
        ] {
            let mut broken = whole.clone();
            *broken.pointer_mut(pointer).unwrap() = wrong;
            assert!(Network::read(broken.to_string().as_bytes()).is_err(), "{pointer}");
        }
    }

    #[test]
    #[should_panic(expected = "process id: alpha.tintype.test runs in a container")]
    fn what_needs_a_process_says_so() {
        let (domain, name) = ("alpha.tintype.test".to_owned(), "c0ffee".to_owned());
        let _ = Instance::in_container(Container { domain, database: Database::Sqlite, name }).pid();
    }
}
