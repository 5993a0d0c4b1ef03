//! `tintype media`

use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;
use tintype_service::storage;

use super::print;
use crate::{config::Config, instance::Instance};

#[derive(clap::Subcommand)]
pub enum Command {
    /// How many files there are, and how much room they take.
    Usage {
        #[arg(long)]
        json: bool,
    },
    /// Read every file that a row names, and say which are missing or damaged. Ends with failure if any is.
    Verify {
        #[arg(long)]
        json: bool,
    },
}

/// Runs one of them.
pub async fn run(config: Config, command: Command) -> Result<ExitCode> {
    let ctx = Instance::open(config).await?.ctx;
    let code = match command {
        Command::Usage { json } => {
            let usage = storage::usage(&ctx).await?;
            let value = json!({
                "files": usage.files, "bytes": usage.bytes, "unnamed_files": usage.unnamed_files,
                "unnamed_bytes": usage.unnamed_bytes,
            });
            print(json, &value, || {
                format!(
                    "{} files, {}\nof them {}, {}, named by nothing (swept after a day)",
                    usage.files,
                    size(usage.bytes),
                    usage.unnamed_files,
                    size(usage.unnamed_bytes)
                )
            })?;
            ExitCode::SUCCESS
        }
        Command::Verify { json } => {
            let found = storage::verify(&ctx).await?;
            let value =
                json!({ "checked": found.checked, "missing": found.missing, "damaged": found.damaged });
            print(json, &value, || {
                let missing = found.missing.iter().map(|key| format!("missing  {key}"));
                let damaged = found.damaged.iter().map(|key| format!("damaged  {key}"));
                let all = format!(
                    "{} files checked, {} missing, {} damaged",
                    found.checked,
                    found.missing.len(),
                    found.damaged.len()
                );
                missing.chain(damaged).chain([all]).collect::<Vec<_>>().join("\n")
            })?;
            if found.missing.is_empty() && found.damaged.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
    };
    ctx.store.close().await;
    Ok(code)
}

/// Bytes as people read them.
fn size(bytes: u64) -> String {
    let mut unit = 1_u64;
    for name in ["bytes", "KiB", "MiB", "GiB"] {
        if bytes < unit.saturating_mul(1024) || name == "GiB" {
            // One digit after the point is enough of a size.
            let tenths = bytes.saturating_mul(10) / unit;
            return if unit == 1 {
                format!("{bytes} {name}")
            } else {
                format!("{}.{} {name}", tenths / 10, tenths % 10)
            };
        }
        unit = unit.saturating_mul(1024);
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_readable() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1536, "1.5 KiB"),
            (3 << 20, "3.0 MiB"),
            (5 << 40, "5120.0 GiB"),
        ] {
            assert_eq!(super::size(bytes), text);
        }
    }
}
