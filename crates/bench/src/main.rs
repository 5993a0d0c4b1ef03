//! Measuring, from outside: a server is a process that answers HTTP, whatever it is made of.
//!
//! Owns the loads and the figures of `docs/performance.md`. It must never be part of the tests: how long something takes
//! is no question of right or wrong. Start reading at [`footprint::run`].

mod deadhosts;
mod footprint;
mod memory;

use std::{process::ExitCode, time::Duration};

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
    /// How long posts take to healthy hosts while most followers' hosts are dead or slow. Fails when an aim is missed.
    Deadhosts {
        /// Hosts that answer.
        #[arg(long, default_value_t = 900)]
        healthy: usize,
        /// Hosts that never do.
        #[arg(long, default_value_t = 1000)]
        dead: usize,
        /// Hosts that answer one byte every nine seconds.
        #[arg(long, default_value_t = 100)]
        slow: usize,
        /// Posts.
        #[arg(long, default_value_t = 20)]
        posts: usize,
        /// Seconds from one post to the next.
        #[arg(long, default_value_t = 5)]
        every: u64,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match Arguments::parse().what {
        What::Footprint { requests, rest } => footprint::run(requests, rest).await,
        What::Deadhosts { healthy, dead, slow, posts, every } => {
            let every = Duration::from_secs(every);
            deadhosts::run(deadhosts::Size { healthy, dead, slow, posts, every }).await
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
