//! The commands that measure. They build what people would run: a release.

use crate::cargo::{cargo, run, target_directory};
use anyhow::Result;
use std::process::ExitCode;

/// `cargo xtask footprint`
pub fn footprint() -> Result<ExitCode> {
    measure("footprint")
}

/// `cargo xtask deadhosts`
pub fn deadhosts() -> Result<ExitCode> {
    measure("deadhosts")
}

fn measure(what: &str) -> Result<ExitCode> {
    run(&mut cargo(&["build", "--release", "-p", "tintype"])?)?;
    let mut bench = cargo(&["run", "-q", "-p", "tintype-bench", "--", what])?;
    bench.env("TINTYPE_BIN", target_directory()?.join("release").join("tintype"));
    run(&mut bench)?;
    Ok(ExitCode::SUCCESS)
}
