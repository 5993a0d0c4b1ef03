//! The other server: a process of `federation-tests/fedify/server.mjs`.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tintype_testkit::{Client, Instance, free_port, wait};

/// Says that it is missing what `cargo xtask test` installs.
const HOW: &str = "run `cargo xtask test`, or `npm ci` in federation-tests/fedify";

/// A running server. Killed when dropped.
pub struct Fedify {
    child: Child,
    control: Client,
}

impl Fedify {
    /// Starts it and waits until it listens.
    ///
    /// # Panics
    /// When node or the packages aren't there.
    pub async fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fedify");
        let installed = folder.join("node_modules/@fedify/fedify/package.json");
        assert!(installed.is_file(), "the packages of {} are not installed: {HOW}", folder.display());
        let port = free_port();
        let mut command = Command::new("node");
        // Ed25519 keys are an experiment of node's, of which it warns each time.
        command.args(["--no-warnings", "server.mjs", &port.to_string()]).current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("node can't be run ({error}): {HOW}"));
        let output = child.stdout.take().expect("a pipe");
        let ready = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(output).read_line(&mut line).map(|_| line)
        });
        let line = ready.await.expect("a line").expect("readable output");
        let base = format!("http://127.0.0.1:{port}");
        assert_eq!(line.trim(), format!("ready {base}"), "fedify did not start");
        Self { child, control: Client::new(&base) }
    }

    /// `127.0.0.1:PORT`.
    pub fn domain(&self) -> &str {
        self.control.base().trim_start_matches("http://")
    }

    /// Lets it do something; see `verbs` in `server.mjs`.
    pub async fn ask(&self, verb: &str, what: Value) -> Value {
        self.control.post(&format!("/control/{verb}"), what).await
    }

    /// A person there.
    pub async fn person(&self, name: &str) -> Far<'_> {
        let person = self.ask("person", json!({"as": name})).await;
        let text = |key: &str| person[key].as_str().expect("text").to_owned();
        Far { server: self, name: name.to_owned(), id: text("id"), handle: text("handle") }
    }

    /// Waits until fedify, having checked its sender, has handed an activity that fits to its listeners.
    pub async fn hears(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        wait::until(&format!("{what} at fedify"), wait::PATIENCE, async || {
            let came = self.ask("received", json!({})).await;
            let came = came["received"].as_array().expect("a list");
            came.iter().find(|entry| fits(&entry["activity"])).cloned()
        })
        .await
    }

    /// How requests were signed that came to its inboxes: type, signature, status.
    pub async fn knocks(&self) -> Vec<(String, String, u64)> {
        let came = self.ask("received", json!({})).await;
        let text = |knock: &Value, key: &str| knock[key].as_str().unwrap_or_default().to_owned();
        let knocks = came["knocks"].as_array().expect("a list").iter();
        knocks
            .map(|knock| {
                (text(knock, "type"), text(knock, "signature"), knock["status"].as_u64().unwrap_or_default())
            })
            .collect()
    }

    /// The way of signing that fedify has found an instance to take.
    pub async fn signs_by(&self, instance: &Instance) -> String {
        let known = self.ask("signatures", json!({"url": instance.base()})).await;
        known["remembered"].as_str().unwrap_or("the first way it tried").to_owned()
    }
}

impl Drop for Fedify {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody on fedify's side.
pub struct Far<'a> {
    server: &'a Fedify,
    pub name: String,
    /// The actor's id.
    pub id: String,
    /// `fred@127.0.0.1:PORT`.
    pub handle: String,
}

impl Far<'_> {
    /// As [`Fedify::ask`], as this person.
    pub async fn does(&self, verb: &str, mut what: Value) -> Value {
        what["as"] = json!(self.name);
        self.server.ask(verb, what).await
    }

    /// The status with which a document is refused, or 200 and the document, asked for with this person's signature.
    pub async fn loads(&self, url: &str) -> (u64, Value) {
        let mut loaded = self.does("load", json!({"url": url})).await;
        let status = loaded["status"].as_u64();
        (status.unwrap_or_else(|| panic!("no answer: {loaded}")), loaded["document"].take())
    }
}

/// The `package.json` whose packages are at work.
pub fn version() -> String {
    let path: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fedify/node_modules/@fedify/fedify/package.json");
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("fedify's package ({error}): {HOW}"));
    let package: Value = serde_json::from_str(&text).expect("JSON");
    package["version"].as_str().expect("a version").to_owned()
}
