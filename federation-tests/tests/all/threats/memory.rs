//! How much memory an instance holds, as the system says.

use tintype_testkit::Instance;

/// The most that was ever resident, in KiB.
pub fn peak(instance: &Instance) -> u64 {
    field(instance, "VmHWM:")
}

fn field(instance: &Instance, name: &str) -> u64 {
    let pid = instance.pid().expect("a running process");
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
    let line = status.lines().find(|line| line.starts_with(name)).expect("the line");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("KiB")
}
