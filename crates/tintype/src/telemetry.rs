//! Log lines.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::Log;

/// The HTML parser repeats at `debug` what people wrote. No level makes it say so here.
const TALKATIVE: &str = "html5ever=info";

/// Starts logging to standard error. What a command prints for people or scripts goes to standard output.
pub fn start(log: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&log.level).context("log.level")?;
    let filter = filter.add_directive(TALKATIVE.parse().context("a directive of ours")?);
    let registry = tracing_subscriber::registry().with(filter);
    if log.json {
        registry.with(fmt::layer().json().with_writer(std::io::stderr)).try_init().context("logging")
    } else {
        registry
            .with(
                fmt::layer()
                    .compact()
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_writer(std::io::stderr),
            )
            .try_init()
            .context("logging")
    }
}
