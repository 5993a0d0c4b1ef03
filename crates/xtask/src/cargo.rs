//! Calls of cargo, by the cargo that called us.

use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// `cargo …` in the workspace's root.
pub fn cargo(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root()?);
    Ok(command)
}

/// Runs a command with our own output; an error unless it ends well.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("can't run {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

/// Whether a command runs and ends well; its output is thrown away.
pub fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// The folder of the workspace's `Cargo.toml`.
pub fn root() -> Result<PathBuf> {
    // Set by `cargo run`; when the program is called by itself, where it was built.
    let ours = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let ours = PathBuf::from(ours);
    let root = ours.ancestors().nth(2).context("crates/xtask is not two folders below the root")?;
    Ok(root.to_owned())
}

/// Where cargo builds, whatever the environment and configuration say.
pub fn target_directory() -> Result<PathBuf> {
    let output = cargo(&["metadata", "--no-deps", "--format-version", "1"])?.output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let folder = metadata.get("target_directory").and_then(serde_json::Value::as_str);
    Ok(folder.context("cargo metadata names no target directory")?.into())
}
