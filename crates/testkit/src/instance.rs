//! A real `tintype serve` as a process of its own, with its own database, folder and port.

mod builder;
mod process;
mod twin;

pub use builder::{Builder, Database};

use crate::client::{Client, Person};
use crate::network::Container;
use crate::postgres::TestDatabase;
use crate::random;
use crate::rows::{self, Snapshot};
use crate::wait;
use process::Process;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// How long a start may take: a debug build under load.
const START: Duration = Duration::from_mins(1);
/// How long an orderly stop may take.
const STOP: Duration = Duration::from_secs(40);

/// A running instance. Killed when dropped; then its folder and database are gone. When the test panics, the end of its
/// log is printed.
pub struct Instance {
    name: String,
    /// `alpha.localhost:PORT`.
    domain: String,
    port: u16,
    /// Configuration, as environment variables.
    environment: Vec<(String, String)>,
    database_url: String,
    process: Mutex<Option<Process>>,
    /// Where it runs, if not as a process of ours.
    container: Option<Container>,
    client: Client,
    // Last, so that the process is gone before its database and folder.
    _database: Option<TestDatabase>,
    folder: TempDir,
}

impl Instance {
    /// An instance of the domain `NAME.localhost:PORT`, on SQLite unless told otherwise.
    pub fn builder(name: &str) -> Builder {
        Builder::new(name)
    }

    /// A handle on an instance that runs in a container. Everything that goes through its API or command line works;
    /// what needs its process, folder or database panics.
    pub(crate) fn in_container(container: Container) -> Self {
        let domain = container.domain.clone();
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("temporary folder: {error}"));
        Self {
            name: domain.clone(),
            client: Client::new(&format!("https://{domain}")),
            domain,
            port: 443,
            environment: Vec::new(),
            database_url: String::new(),
            process: Mutex::new(None),
            container: Some(container),
            _database: None,
            folder,
        }
    }

    /// Guards what a container keeps to itself.
    #[track_caller]
    fn needs_process(&self, what: &str) {
        assert!(
            self.container.is_none(),
            "{what}: {} runs in a container; such scenarios stand in federation-tests/docker/excluded",
            self.name
        );
    }

    /// `alpha.localhost:PORT`; in a container without the port.
    pub fn domain(&self) -> String {
        self.domain.clone()
    }

    /// `http://alpha.localhost:PORT`; in a container `https://` and the domain.
    pub fn base(&self) -> String {
        self.client.base().to_owned()
    }

    pub fn port(&self) -> u16 {
        self.needs_process("port");
        self.port
    }

    /// [`Instance::base`] and the path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base())
    }

    /// `sqlite://…` or `postgres://…`.
    pub fn database_url(&self) -> &str {
        self.needs_process("database");
        &self.database_url
    }

    /// Its working directory: database, media and logs.
    pub fn folder(&self) -> &Path {
        self.needs_process("folder");
        self.folder.path()
    }

    /// A signed-out client. All clients of an instance share one coverage record.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The state of every table, to be compared by `==` or [`rows::differences`]; `except` names tables to leave out.
    pub async fn rows(&self, except: &[&str]) -> Snapshot {
        rows::snapshot(self.database_url(), except).await
    }

    /// How many rows one table has.
    pub async fn count(&self, table: &str) -> usize {
        rows::count(self.database_url(), table).await
    }

    /// Runs the command line beside the server, under the same configuration: the JSON it prints.
    ///
    /// # Panics
    /// When the command fails or prints no JSON.
    pub async fn cli(&self, arguments: &[&str]) -> Value {
        let output = self.try_cli(arguments).await;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "tintype {arguments:?}: {}\n{out}\n{err}", output.status);
        serde_json::from_str(&out)
            .unwrap_or_else(|error| panic!("tintype {arguments:?}: {error}\n{out}\n{err}"))
    }

    /// As [`Instance::cli`], whatever comes of it.
    pub async fn try_cli(&self, arguments: &[&str]) -> Output {
        if let Some(container) = &self.container {
            return container.cli(arguments).await;
        }
        let mut command = tokio::process::Command::from(process::command(self.folder(), &self.environment));
        let output = command.args(arguments).kill_on_drop(true).output().await;
        output.unwrap_or_else(|error| panic!("tintype {arguments:?}: {error}"))
    }

    /// A person with an account and a token for everything a user may do. In a container, where others were before, the
    /// username gets a random end: read it from [`Person::username`].
    pub async fn person(&self, username: &str) -> Person {
        self.person_with_role(username, None).await
    }

    /// As [`Instance::person`], with a role (`admin`, `moderator`).
    pub async fn person_with_role(&self, username: &str, role: Option<&str>) -> Person {
        let username = match &self.container {
            Some(_) => format!("{username}_{}", random::hex(4)),
            None => username.to_owned(),
        };
        let username = username.as_str();
        let email = format!("{username}@example.org");
        let password = "correct horse battery staple";
        let mut arguments = vec![
            "account",
            "create",
            "--username",
            username,
            "--email",
            &email,
            "--password",
            password,
            "--json",
        ];
        arguments.extend(role.into_iter().flat_map(|role| ["--role", role]));
        let account = self.cli(&arguments).await;
        let scopes = "read write follow push";
        let token = self.cli(&["token", "create", "--account", username, "--scopes", scopes, "--json"]).await;
        Person {
            id: text(&account, "id"),
            username: username.to_owned(),
            domain: self.domain(),
            password: password.to_owned(),
            client: self.client.with_token(&text(&token, "access_token")),
            email,
        }
    }

    /// The process's id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.needs_process("process id");
        self.process().as_ref().map(Process::id)
    }

    /// `kill -9`; returns when the process is gone.
    pub fn kill9(&self) {
        self.needs_process("kill");
        drop(self.process().take());
    }

    /// Sends a signal by its name (`STOP`, `CONT`).
    pub fn signal(&self, name: &str) {
        self.needs_process("signal");
        match self.process().as_ref() {
            Some(process) => process.signal(name),
            None => panic!("{} does not run", self.name),
        }
    }

    /// An orderly stop by SIGTERM.
    ///
    /// # Panics
    /// When the process does not end in time, or not with success.
    pub async fn stop(&self) {
        self.needs_process("stop");
        let Some(mut process) = self.process().take() else { return };
        process.signal("TERM");
        let ended = wait::try_until(STOP, async || process.ended()).await;
        match ended {
            Some(status) => {
                assert!(status.success(), "{} ended with {status}\n{}", self.name, self.log_tail());
            }
            None => panic!("{} did not stop within {STOP:?}\n{}", self.name, self.log_tail()),
        }
    }

    /// Starts the stopped or killed process again, under the same configuration and data.
    ///
    /// # Panics
    /// When it does not answer in time.
    pub async fn start(&self) {
        if let Err(error) = self.try_start().await {
            panic!("{error}");
        }
    }

    /// Stops in order, then starts again.
    pub async fn restart(&self) {
        self.stop().await;
        self.start().await;
    }

    /// What the process has written to stdout and stderr so far.
    pub fn log(&self) -> String {
        let read = |name| std::fs::read(self.folder().join(name)).unwrap_or_default();
        let (out, err) = (read(process::STDOUT), read(process::STDERR));
        format!("{}{}", String::from_utf8_lossy(&out), String::from_utf8_lossy(&err))
    }

    fn log_tail(&self) -> String {
        process::tail(self.folder(), &self.name)
    }

    async fn try_start(&self) -> Result<(), String> {
        self.needs_process("start");
        let started = Process::start(self.folder(), &self.environment)?;
        let before = self.process().replace(started);
        assert!(before.is_none(), "{} was started twice", self.name);
        let ready = wait::try_until(START, async || {
            if let Some(status) = self.process().as_mut().and_then(Process::ended) {
                return Some(Err(format!("{} ended with {status} before it was ready", self.name)));
            }
            let answer =
                self.client.request(http::Method::GET, "/health").unchecked().try_send().await.ok()?;
            (answer.status == 200).then_some(Ok(()))
        })
        .await;
        let late = || Err(format!("{} was not ready within {START:?}", self.name));
        ready.unwrap_or_else(late).map_err(|error| format!("{error}\n{}", self.log_tail()))
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if self.container.is_some() {
            return;
        }
        self.kill9();
        if std::thread::panicking() {
            eprintln!("{}", self.log_tail());
        }
        if std::env::var_os("TINTYPE_TEST_KEEP").is_some() {
            eprintln!("{}: kept in {}", self.name, self.folder().display());
            self.folder.disable_cleanup(true);
        }
    }
}

/// The binary under test: `TINTYPE_BIN`, or the one cargo built into the same target directory as this test.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("TINTYPE_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().unwrap_or_else(|error| panic!("where am I? {error}"));
    let found =
        test.ancestors().skip(1).take(2).map(|folder| folder.join("tintype")).find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("no tintype binary beside {}: `cargo build -p tintype`, or set TINTYPE_BIN", test.display())
    })
}

fn text(value: &Value, key: &str) -> String {
    match value.get(key).and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => panic!("no text {key}: {value}"),
    }
}
