//! Another process that works on the queue: this test binary, started again for one test with a plan in its
//! environment.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use futures::FutureExt;
use serde::{Deserialize, Serialize};
use tintype_store::{Options, Store};
use tintype_worker::queues::Outcome;
use tokio::process::{Child, Command};

use crate::place::{runtime, work};

/// Names the plan; whoever finds it set is the child.
const PLAN: &str = "TINTYPE_QUEUE_CHILD";

/// What a child is to do: work until its standard input ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    pub url: String,
    pub log: PathBuf,
    pub lease_ms: u64,
    /// After so many ended jobs the next ones begin and never end, so that there is time to kill it in the
    /// middle.
    pub hold_after: Option<usize>,
    /// Begun jobs go on when this file exists.
    pub go: Option<PathBuf>,
}

impl Plan {
    /// The plan of this process, if it is a child.
    pub fn of_this_process() -> Option<Plan> {
        std::env::var(PLAN).ok().map(|plan| serde_json::from_str(&plan).unwrap())
    }

    /// Starts a child that runs `test` and nothing else.
    pub fn start(&self, test: &str) -> Child {
        // Without the name of the crate, as the harness wants it.
        let test = test.split_once("::").unwrap().1;
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(PLAN, serde_json::to_string(self).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }
}

/// The child's life. A job named `poison…` takes the process with it.
pub async fn live(plan: Plan) {
    let store = Store::open(&Options { connections: 4, ..Options::new(&plan.url) }).await.unwrap();
    let ended = Arc::new(AtomicUsize::new(0));
    let shared = Arc::new(plan.clone());
    let runtime = runtime(&store, Duration::from_millis(plan.lease_ms)).queue(work(8), move |job| {
        let (plan, ended) = (shared.clone(), ended.clone());
        async move {
            write(&plan.log, "begin", &job.lane, &job.name);
            if plan.hold_after.is_some_and(|most| ended.load(SeqCst) >= most) {
                std::future::pending::<()>().await;
            }
            while plan.go.as_ref().is_some_and(|go| !go.exists()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            // Of different lengths, so that they don't march in step.
            tokio::time::sleep(Duration::from_millis(1 + job.id.0.unsigned_abs() % 5)).await;
            if job.name.starts_with("poison") {
                std::process::abort();
            }
            write(&plan.log, "end", &job.lane, &job.name);
            ended.fetch_add(1, SeqCst);
            Outcome::Done
        }
        .boxed()
    });
    let (told, end_of_input) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = told.send(());
    });
    runtime.run(end_of_input.map(drop)).await.unwrap();
}

/// Adds a line. A short append is whole and in order, whoever else writes.
fn write(log: &Path, what: &str, lane: &str, name: &str) {
    let line = format!("{what} {} {lane} {name}\n", std::process::id());
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(log)
        .unwrap()
        .write_all(line.as_bytes())
        .unwrap();
}

/// Notes that a child is dead by now.
pub fn note_death(log: &Path, pid: u32) {
    let line = format!("dead {pid} - -\n");
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(log)
        .unwrap()
        .write_all(line.as_bytes())
        .unwrap();
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub what: String,
    pub pid: u32,
    pub lane: String,
    pub name: String,
}

/// The log so far.
pub fn read(log: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.lines()
        .map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            let mut next = || words.next().unwrap_or_else(|| panic!("half a line: {line}"));
            Line { what: next(), pid: next().parse().unwrap(), lane: next(), name: next() }
        })
        .collect()
}
