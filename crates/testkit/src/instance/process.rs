//! The process itself: environment, logs, signals.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

pub const STDOUT: &str = "stdout.log";
pub const STDERR: &str = "stderr.log";
const TAIL_LINES: usize = 80;

/// `server.listen` → `TINTYPE__SERVER__LISTEN`.
pub fn variable(key: &str) -> String {
    format!("TINTYPE__{}", key.replace('.', "__").to_uppercase())
}

/// The binary under a configuration and no other: variables of whoever runs the test don't leak in.
pub fn command(folder: &Path, environment: &[(String, String)]) -> Command {
    let mut command = Command::new(super::binary());
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TINTYPE__") {
            command.env_remove(name);
        }
    }
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command
}

/// A running process.
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts `tintype serve`, its output appended to files in the folder.
    pub fn start(folder: &Path, environment: &[(String, String)]) -> Result<Self, String> {
        let open = |name: &str| -> Result<File, String> {
            let file = OpenOptions::new().create(true).append(true).open(folder.join(name));
            file.map_err(|error| format!("{name}: {error}"))
        };
        let mut command = command(folder, environment);
        command.arg("serve").stdout(open(STDOUT)?).stderr(open(STDERR)?);
        let child = command.spawn().map_err(|error| format!("{}: {error}", super::binary().display()))?;
        Ok(Self { child })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap_or_else(|error| panic!("wait: {error}"))
    }

    /// The shell has `kill` built in, so this needs no other program.
    pub fn signal(&self, name: &str) {
        let script = format!("kill -{name} {}", self.id());
        let sent = Command::new("sh").args(["-c", &script]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{script} failed");
    }
}

/// Ends by `kill -9` if it has not ended before.
impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The last lines of both logs.
pub fn tail(folder: &Path, name: &str) -> String {
    let mut shown = String::new();
    for file in [STDOUT, STDERR] {
        let log = std::fs::read(folder.join(file)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        let from = lines.len().saturating_sub(TAIL_LINES);
        let _ = writeln!(shown, "--- {name} {file} ({} lines)", lines.len());
        for line in lines.iter().skip(from) {
            let _ = writeln!(shown, "{line}");
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_become_variables() {
        assert_eq!(super::variable("rate_limits.enabled"), "TINTYPE__RATE_LIMITS__ENABLED");
    }
}
