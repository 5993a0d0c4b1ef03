//! Measuring, from outside: a server is a process that answers HTTP, whatever it is made of.
//!
//! Owns the loads and the figures of `docs/performance.md`. It must never be part of the tests: how long something takes
//! is no question of right or wrong. Start reading at [`footprint::run`].

mod footprint;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "tintype-bench", about = "Measures a Tintype binary (TINTYPE_BIN)")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Memory after a mixed load and a rest, and the time from the start to the first answer.
    Footprint {
        /// Requests of the load.
        #[arg(long, default_value_t = 1000)]
        requests: usize,
        /// Seconds of rest after it.
        #[arg(long, default_value_t = 60)]
        rest: u64,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match Arguments::parse().what {
        What::Footprint { requests, rest } => footprint::run(requests, rest).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
