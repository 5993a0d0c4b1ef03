//! Processes that are killed, and one job that kills its process.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use tintype_model::Page;
use tintype_store::jobs::JobState;
use tintype_testkit::wait;
use tokio::process::Child;

use crate::{
    child::{self, Line, Plan},
    place::Place,
};

/// As `both!`, but a process that finds a plan is the test's child.
macro_rules! both_with_children {
    ($($name:ident),+ $(,)?) => {
        both_with_children!(sqlite: $($name),+);
        both_with_children!(postgres: $($name),+);
    };
    ($database:ident: $($name:ident),+) => {
        mod $database {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                match $crate::child::Plan::of_this_process() {
                    Some(plan) => $crate::child::live(plan).await,
                    None => {
                        let test = concat!(module_path!(), "::", stringify!($name));
                        super::$name($crate::place::Place::$database().await, test).await;
                    }
                }
            })+
        }
    };
}

both_with_children!(
    killed_again_and_again_everything_is_done,
    two_processes_share_the_lanes,
    a_job_that_kills_its_process_is_parked_alone,
);

const LEASE: Duration = Duration::from_millis(500);

/// The scene of a test: the jobs by their names, and where the children write.
struct Scene {
    place: Place,
    test: &'static str,
    dir: tempfile::TempDir,
    names: BTreeSet<String>,
}

impl Scene {
    /// `jobs` jobs in `lanes` lanes, numbered in the order of their ids.
    async fn new(place: Place, test: &'static str, jobs: usize, lanes: usize) -> Self {
        let all: Vec<_> = (0..jobs).map(|n| (format!("lane{}", n % lanes), format!("{n:04}"))).collect();
        let names = all.iter().map(|(_, name)| name.clone()).collect();
        place.enqueue_many(all).await;
        Self { place, test, dir: tempfile::tempdir().unwrap(), names }
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    fn plan(&self) -> Plan {
        let lease_ms = LEASE.as_millis().try_into().unwrap();
        Plan { url: self.place.url(), log: self.log(), lease_ms, hold_after: None, go: None }
    }

    fn start(&self, plan: &Plan) -> Child {
        plan.start(self.test)
    }

    fn lines(&self) -> Vec<Line> {
        child::read(&self.log())
    }

    /// Waits until a child has written so many lines of a kind.
    async fn sees(&self, child: &Child, what: &str, at_least: usize) {
        let pid = child.id().unwrap();
        wait::until("a child to work", wait::PATIENCE, async || {
            let lines = self.lines();
            let seen = lines.iter().filter(|line| line.pid == pid && line.what == what).count();
            (seen >= at_least).then_some(())
        })
        .await;
    }

    /// The jobs that the database has as done.
    async fn acknowledged(&self) -> BTreeSet<String> {
        let left =
            self.place.store.read().await.unwrap().jobs(None, None, &Page::newest(10_000)).await.unwrap();
        let left: BTreeSet<String> = left.into_iter().map(|job| job.name).collect();
        self.names.difference(&left).cloned().collect()
    }

    async fn kill(&self, mut child: Child) {
        let pid = child.id().unwrap();
        child.kill().await.unwrap();
        child::note_death(&self.log(), pid);
    }

    async fn stop(&self, mut child: Child) {
        drop(child.stdin.take());
        assert!(child.wait().await.unwrap().success());
    }
}

async fn killed_again_and_again_everything_is_done(place: Place, test: &'static str) {
    let scene = Scene::new(place, test, 300, 24).await;
    let mut after_kills = Vec::new();
    for _ in 0..3 {
        let child = scene.start(&Plan { hold_after: Some(60), ..scene.plan() });
        scene.sees(&child, "end", 60).await;
        // And one more begins than ends: that one is cut off.
        wait::until("a job to be under way", wait::PATIENCE, async || {
            let lines = scene.lines();
            let count = |what| lines.iter().filter(|l| Some(l.pid) == child.id() && l.what == what).count();
            (count("begin") > count("end")).then_some(())
        })
        .await;
        scene.kill(child).await;
        let acknowledged = scene.acknowledged().await;
        assert!(!acknowledged.is_empty() && acknowledged.len() < 300, "{} of 300", acknowledged.len());
        after_kills.push((scene.lines().len(), acknowledged));
    }
    let child = scene.start(&scene.plan());
    scene.place.all_done().await;
    scene.stop(child).await;

    let lines = scene.lines();
    let ended: BTreeSet<String> = lines.iter().filter(|l| l.what == "end").map(|l| l.name.clone()).collect();
    assert_eq!(ended, scene.names, "all were done");
    assert_eq!(scene.acknowledged().await, scene.names, "and all are known to be done, none given up");
    for (from, acknowledged) in &after_kills {
        let again: Vec<&Line> =
            lines[*from..].iter().filter(|line| acknowledged.contains(&line.name)).collect();
        assert!(again.is_empty(), "acknowledged, and run again: {again:?}");
    }
    // At least once, and hardly more: what was under way at a kill, or had ended and not been written down.
    let begun = lines.iter().filter(|line| line.what == "begin").count();
    assert!(begun <= 300 + 3 * 8, "{begun} runs of 300 jobs");
    lanes_are_in_order(&lines);
    cut_off_jobs_run_alone(&lines);
}

async fn two_processes_share_the_lanes(place: Place, test: &'static str) {
    let scene = Scene::new(place, test, 300, 12).await;
    let plan = Plan { go: Some(scene.dir.path().join("go")), ..scene.plan() };
    let first = scene.start(&Plan { hold_after: Some(1), ..plan.clone() });
    let second = scene.start(&plan);
    scene.sees(&first, "begin", 1).await;
    scene.sees(&second, "begin", 1).await;
    std::fs::write(plan.go.unwrap(), "").unwrap();
    scene.sees(&first, "end", 1).await;
    scene.kill(first).await;
    scene.place.all_done().await;
    scene.stop(second).await;
    let lines = scene.lines();
    let ended: BTreeSet<String> = lines.iter().filter(|l| l.what == "end").map(|l| l.name.clone()).collect();
    assert_eq!(ended, scene.names);
    lanes_are_in_order(&lines);
}

async fn a_job_that_kills_its_process_is_parked_alone(place: Place, test: &'static str) {
    let scene = Scene::new(place, test, 40, 40).await;
    let poison = scene.place.enqueue("lane_of_its_own", "poison").await;
    let _ = scene.place.enqueue("lane0", "0040").await;
    let mut deaths = 0;
    loop {
        let mut child = scene.start(&scene.plan());
        let pid = child.id().unwrap();
        // Waiting for a child ends its input, which ends it.
        let input = child.stdin.take();
        let done = tokio::select! {
            status = child.wait() => {
                assert!(!status.unwrap().success());
                false
            }
            () = scene.place.all_done() => true,
        };
        drop(input);
        if done {
            scene.stop(child).await;
            break;
        }
        child::note_death(&scene.log(), pid);
        deaths += 1;
        assert!(deaths <= 4, "once in company, three times alone");
    }
    assert_eq!(deaths, 4);
    let dead = scene
        .place
        .store
        .read()
        .await
        .unwrap()
        .jobs(Some(JobState::Dead), None, &Page::newest(99))
        .await
        .unwrap();
    let [job] = dead.as_slice() else { panic!("{dead:?}") };
    assert_eq!((job.id, job.crashes), (poison, 3));
    assert_eq!(job.last_error.as_deref(), Some("crashed the process 3 times"));
    let lines = scene.lines();
    let ended: BTreeSet<&str> = lines.iter().filter(|l| l.what == "end").map(|l| l.name.as_str()).collect();
    assert_eq!(ended.len(), 41, "every neighbour was done");
    lanes_are_in_order(&lines);
}

/// In every lane one at a time, first ends in the order of ids (which is that of names), never begun before
/// the last one's end.
fn lanes_are_in_order(lines: &[Line]) {
    let mut open: BTreeMap<&str, &Line> = BTreeMap::new();
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    for line in lines {
        match line.what.as_str() {
            "begin" => {
                if let Some(other) = open.insert(&line.lane, line) {
                    panic!("{line:?} begins while {other:?} runs");
                }
                let before = last.get(line.lane.as_str()).copied().unwrap_or_default();
                assert!(line.name.as_str() >= before, "{line:?} after {before}");
            }
            "end" => {
                assert_eq!(
                    open.remove(line.lane.as_str()).map(|l| (l.pid, &l.name)),
                    Some((line.pid, &line.name))
                );
                last.insert(&line.lane, &line.name);
            }
            _ => open.retain(|_, l| l.pid != line.pid),
        }
    }
}

/// What a death cut off has no company when it runs next.
fn cut_off_jobs_run_alone(lines: &[Line]) {
    let mut open: BTreeMap<&str, u32> = BTreeMap::new();
    let mut cut_off: BTreeSet<&str> = BTreeSet::new();
    let (mut alone, mut times) = (None, 0);
    for line in lines {
        match line.what.as_str() {
            "begin" => {
                assert_eq!(alone, None, "{line:?} keeps it company");
                if cut_off.remove(line.name.as_str()) {
                    assert!(open.is_empty(), "{line:?} begins in the company of {open:?}");
                    alone = Some(line.name.as_str());
                    times += 1;
                }
                open.insert(&line.name, line.pid);
            }
            "end" => {
                open.remove(line.name.as_str());
                if alone == Some(line.name.as_str()) {
                    alone = None;
                }
            }
            _ => {
                cut_off.extend(open.keys());
                open.clear();
                alone = None;
            }
        }
    }
    assert!(times > 0, "no kill cut anything off");
}

#[test]
fn the_log_is_read_as_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let log: &Path = &dir.path().join("log");
    child::note_death(log, 7);
    let expected = Line { what: "dead".to_owned(), pid: 7, lane: "-".to_owned(), name: "-".to_owned() };
    assert_eq!(child::read(log), [expected]);
}
