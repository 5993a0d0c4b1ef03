//! `cargo xtask`: what a developer or a CI machine does with the repository, each as one command.
//!
//! It owns the set-up of the tests: it installs what is missing, starts a throw-away PostgreSQL and runs everything
//! through cargo-nextest. It must never contain a test of its own. Start reading at [`test::run`].

mod cargo;
mod install;
mod measure;
mod postgres;
mod summary;
mod test;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tasks of the Tintype repository")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs all tests, after installing what they need on a Debian machine.
    Test {
        /// Only tests whose name contains this text; repeatable.
        #[arg(long)]
        filter: Vec<String>,
        /// Only tests of this package; repeatable.
        #[arg(long, short)]
        package: Vec<String>,
        /// Passed on to `cargo nextest run`.
        #[arg(last = true)]
        nextest: Vec<String>,
    },
    /// Runs the full crash matrix: real processes, killed at many moments, on both databases.
    Crash {
        /// How many seeds on each database; CI runs two as part of `test`.
        #[arg(long, default_value_t = 10)]
        seeds: u32,
    },
    /// Plays random sequences of what people do against a model of it, on both databases, and prints how many agreed.
    Model {
        /// How many on SQLite, and a tenth of it on PostgreSQL; CI plays 200 as part of `test`.
        #[arg(long, default_value_t = 2000)]
        sequences: u32,
    },
    /// Measures a release binary: memory after a mixed load and a rest, and the time until it answers.
    Footprint,
    /// Measures how long a release binary takes to reach healthy hosts while most others are dead or slow.
    Deadhosts,
    /// Runs what CI runs: formatting, lints, all tests.
    Ci,
    /// Starts a throw-away PostgreSQL, prints how to use it and keeps it until Enter or the end of input.
    Postgres,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Test { filter, package, nextest } => test::run(&filter, &package, &nextest),
        Task::Crash { seeds } => test::crash(seeds),
        Task::Model { sequences } => test::model(sequences),
        Task::Footprint => measure::footprint(),
        Task::Deadhosts => measure::deadhosts(),
        Task::Ci => test::ci(),
        Task::Postgres => test::keep_postgres(),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
