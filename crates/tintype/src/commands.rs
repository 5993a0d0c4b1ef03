//! What an administrator says on the command line, beside a running server or without one.

pub mod account;
pub mod config;
pub mod domain;
pub mod emoji;
pub mod jobs;
pub mod media;
pub mod moves;
pub mod relay;
pub mod report;
pub mod serve;
pub mod token;

use anyhow::Result;
use serde::Serialize;

/// Prints one result: as JSON for scripts, or as a line for people.
fn print(json: bool, value: &impl Serialize, line: impl FnOnce() -> String) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(value)?);
    } else {
        println!("{}", line());
    }
    Ok(())
}
