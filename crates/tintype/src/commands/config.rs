//! `tintype config`

use std::{path::Path, process::ExitCode};

use anyhow::Result;

use crate::config::Config;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Read the configuration and say whether it is valid.
    Check,
    /// Print every key with its default and its meaning.
    Example,
}

/// Runs one of them.
pub fn run(command: &Command, file: Option<&Path>) -> Result<ExitCode> {
    match command {
        Command::Check => {
            let site = Config::load(file)?.site()?;
            println!("valid: {} at {}", site.domain, site.base);
        }
        Command::Example => print!("{}", Config::example()?),
    }
    Ok(ExitCode::SUCCESS)
}
