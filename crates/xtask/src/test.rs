//! The test commands.

use crate::cargo::{cargo, run as run_command, target_directory};
use crate::install;
use crate::postgres::Postgres;
use crate::summary::Summary;
use anyhow::{Context, Result};
use std::io::{BufRead as _, BufReader, IsTerminal as _, Write as _};
use std::process::{Command, ExitCode, Stdio};

/// Read by `testkit` and by the storage contract tests.
const POSTGRES_VARIABLE: &str = "TINTYPE_TEST_POSTGRES";

/// `cargo xtask test`: everything, or the tests of `packages` whose names contain one of `filters`.
pub fn run(filters: &[String], packages: &[String], nextest: &[String]) -> Result<ExitCode> {
    let packages: Vec<String> = packages.iter().map(|name| format!("package(={name})")).collect();
    let packages = packages.join(" or ");
    let mut arguments: Vec<&str> = nextest.iter().map(String::as_str).collect();
    if !packages.is_empty() {
        arguments.extend(["-E", &packages]);
    }
    arguments.extend(filters.iter().map(String::as_str));
    // Tests that were filtered out are counted as skipped; only in a full run does that say something.
    let may_skip = !arguments.is_empty();
    run_nextest(&arguments, &[], may_skip)
}

/// `cargo xtask crash`: the crash tests of the federation tests with that many seeds.
pub fn crash(seeds: u32) -> Result<ExitCode> {
    let arguments = ["-E", "package(=tintype-federation-tests) and test(crash)", "--no-capture"];
    run_nextest(&arguments, &[("TINTYPE_CRASH_SEEDS", seeds.to_string())], true)
}

/// `cargo xtask model`: the sequences of the service's model test.
pub fn model(sequences: u32) -> Result<ExitCode> {
    let arguments = ["-E", "package(=tintype-service) and binary(=model)", "--no-capture"];
    run_nextest(&arguments, &[("TINTYPE_SEQUENCES", sequences.to_string())], true)
}

/// `cargo xtask ci`: the script that CI runs.
pub fn ci() -> Result<ExitCode> {
    run_command(&mut Command::new(crate::cargo::root()?.join(".ci/run")))?;
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask postgres`: for those who want to call nextest themselves.
pub fn keep_postgres() -> Result<ExitCode> {
    let server = Postgres::start(&install::postgres()?)?;
    println!("export {POSTGRES_VARIABLE}={}", server.url());
    std::io::stdout().flush()?;
    eprintln!("Press Enter to stop it.");
    std::io::stdin().read_line(&mut String::new())?;
    Ok(ExitCode::SUCCESS)
}

fn run_nextest(arguments: &[&str], environment: &[(&str, String)], may_skip: bool) -> Result<ExitCode> {
    install::nextest()?;
    let programs = install::postgres()?;
    install::redis()?;
    install::node_modules()?;
    // Always the whole workspace: a part of it has other features of the dependencies, and would build them again.
    run_command(&mut cargo(&["build", "--workspace", "--bins", "--tests"])?)?;
    let server = Postgres::start(&programs)?;

    let mut command = cargo(&["nextest", "run", "--workspace"])?;
    command.args(arguments);
    if std::env::var_os("CI").is_some() {
        command.args(["--profile", "ci"]);
    }
    command.args(["--color", if std::io::stderr().is_terminal() { "always" } else { "never" }]);
    command.env(POSTGRES_VARIABLE, server.url());
    command.env("TINTYPE_BIN", target_directory()?.join("debug").join("tintype"));
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let (summary, success) = read_summary(command)?;
    drop(server);
    Ok(report(summary, success, may_skip))
}

/// Passes nextest's output through and picks the summary from it.
fn read_summary(mut command: Command) -> Result<(Option<Summary>, bool)> {
    let mut child = command.stderr(Stdio::piped()).spawn().context("can't run cargo nextest")?;
    let mut summary = None;
    let mut lines = BufReader::new(child.stderr.take().context("nextest has no stderr")?);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        std::io::stderr().write_all(&line)?;
        summary = Summary::parse(&String::from_utf8_lossy(&line)).or(summary);
        line.clear();
    }
    Ok((summary, child.wait()?.success()))
}

/// Prints the counts twice, the last line for tools. Green means: something ran, nothing failed, nothing was skipped.
fn report(summary: Option<Summary>, success: bool, may_skip: bool) -> ExitCode {
    let Some(Summary { run, passed, failed, skipped }) = summary else {
        eprintln!("nextest printed no summary: no test was run");
        return ExitCode::FAILURE;
    };
    println!("run {run} / failed {failed} / skipped {skipped}");
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    if success && failed == 0 && run > 0 && (skipped == 0 || may_skip) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
