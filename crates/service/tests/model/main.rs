//! Whatever people do to each other, in whatever order: counters, home timelines and visibility stay what a naive model
//! in memory says they are. On SQLite and on PostgreSQL.
//!
//! `TINTYPE_SEQUENCES=2000 cargo nextest run -p tintype-service -E 'test(agrees)'` plays that many sequences on SQLite and a
//! tenth of them on PostgreSQL; without it, 200 and 20. Seeds that failed are kept in `failures.txt` beside this file, and
//! played first.
#![cfg(test)]

mod model;
mod stage;
mod steps;

use std::path::Path;

use proptest::{
    collection::vec,
    test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner},
};

use crate::{stage::Stage, steps::Step};

/// Sequences on SQLite, unless told otherwise.
const USUAL: u32 = 200;
/// Steps of one sequence.
const STEPS: std::ops::Range<usize> = 1..40;
/// Everything is compared after so many steps, and at the end.
const LOOK_EVERY: usize = 10;

#[test]
fn sqlite_agrees_with_the_model() {
    agrees(Stage::sqlite(), sequences());
}

#[test]
fn postgres_agrees_with_the_model() {
    agrees(Stage::postgres(), sequences().div_ceil(10));
}

fn sequences() -> u32 {
    match std::env::var("TINTYPE_SEQUENCES") {
        Ok(number) => number.parse().expect("TINTYPE_SEQUENCES is a number"),
        Err(_) => USUAL,
    }
}

fn agrees(stage: impl Future<Output = Stage>, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = runtime.enter();
    let stage = runtime.block_on(stage);
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/model/failures.txt");
    let persistence = FileFailurePersistence::Direct(Box::leak(kept.display().to_string().into_boxed_str()));
    let config = Config {
        cases,
        max_shrink_iters: 4000,
        failure_persistence: Some(Box::new(persistence)),
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&vec(steps::any_step(), STEPS), |sequence| {
        runtime.block_on(play(&stage, &sequence)).map_err(TestCaseError::fail)
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    println!("{cases} sequences");
}

/// Everybody is new in each sequence: one database serves them all.
async fn play(stage: &Stage, sequence: &[Step]) -> Result<(), String> {
    let mut scene = stage.scene().await;
    for (number, step) in (1..).zip(sequence) {
        scene.take(step).await.map_err(|error| format!("step {number}, {step:?}: {error}"))?;
        if number % LOOK_EVERY == 0 {
            scene.compare().await.map_err(|error| format!("after step {number}, {step:?}: {error}"))?;
        }
    }
    scene.compare().await.map_err(|error| format!("at the end: {error}"))
}
