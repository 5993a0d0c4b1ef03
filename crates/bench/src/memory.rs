//! What a process takes, from the kernel (`/proc`).

use anyhow::{Context as _, Result};
use tintype_testkit::Instance;

/// Bytes.
#[derive(Clone, Copy)]
pub struct Memory {
    /// `VmRSS`.
    pub resident: u64,
    /// `RssAnon`: not backed by a file.
    pub anonymous: u64,
    /// `VmHWM`: the most that was ever resident.
    pub highest: u64,
}

impl Memory {
    /// What an instance takes now.
    ///
    /// # Errors
    /// When it does not run, or there is no `/proc`.
    pub fn of(instance: &Instance) -> Result<Self> {
        let pid = instance.pid().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = |name: &str| {
            let kibibytes =
                status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
            kibibytes
                .and_then(|text| text.parse::<u64>().ok())
                .map(|kibibytes| kibibytes * 1024)
                .context("no such line")
        };
        Ok(Self { resident: line("VmRSS:")?, anonymous: line("RssAnon:")?, highest: line("VmHWM:")? })
    }
}

#[expect(clippy::cast_precision_loss, reason = "one digit after the point is shown")]
pub fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
