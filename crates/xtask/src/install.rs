//! Installs what the tests need and the machine lacks.

use crate::cargo::{cargo, root, run, succeeds};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A version known to build with the workspace's Rust and to print the summary that we read.
const NEXTEST: &str = "0.9.143";

/// cargo-nextest, from source if it isn't there.
pub fn nextest() -> Result<()> {
    if succeeds(&mut cargo(&["nextest", "--version"])?) {
        return Ok(());
    }
    eprintln!("Installing cargo-nextest {NEXTEST} (once; takes some minutes)");
    run(&mut cargo(&["install", "cargo-nextest", "--version", NEXTEST, "--locked"])?)
}

/// The folder of PostgreSQL's programs, installed by apt-get if there is none.
pub fn postgres() -> Result<PathBuf> {
    if let Some(programs) = find_postgres() {
        return Ok(programs);
    }
    if !succeeds(Command::new("apt-get").arg("--version")) {
        bail!("the tests need a PostgreSQL server (15 or newer): install one so that `initdb` is in PATH");
    }
    eprintln!("Installing a PostgreSQL server (apt-get install postgresql)");
    apt_get(&["update"])?;
    apt_get(&["install", "-y", "--no-install-recommends", "postgresql"])?;
    find_postgres()
        .context("apt-get installed postgresql, and yet there is no initdb in /usr/lib/postgresql/*/bin")
}

/// Redis' server, installed by apt-get if it isn't in PATH: tests of several processes of one instance start their own.
pub fn redis() -> Result<()> {
    let version = || succeeds(Command::new("redis-server").arg("--version"));
    if version() {
        return Ok(());
    }
    if !succeeds(Command::new("apt-get").arg("--version")) {
        bail!("the tests need redis-server: install it so that it is in PATH");
    }
    eprintln!("Installing a Redis server (apt-get install redis-server)");
    apt_get(&["update"])?;
    apt_get(&["install", "-y", "--no-install-recommends", "redis-server"])?;
    if version() { Ok(()) } else { bail!("apt-get installed redis-server, and yet it can't be run") }
}

/// The packages of the ActivityPub server that the tests talk to, by `npm ci`; node and npm by apt-get if they aren't there.
pub fn node_modules() -> Result<()> {
    let version = |program: &str| succeeds(Command::new(program).arg("--version"));
    if !version("node") || !version("npm") {
        if !succeeds(Command::new("apt-get").arg("--version")) {
            bail!("the tests need node (20 or newer) and npm: install them so that they are in PATH");
        }
        eprintln!("Installing node and npm (apt-get install nodejs npm)");
        apt_get(&["update"])?;
        apt_get(&["install", "-y", "--no-install-recommends", "nodejs", "npm"])?;
    }
    let folder = root()?.join("federation-tests/fedify");
    let changed = |file: &str| folder.join(file).metadata().and_then(|file| file.modified()).ok();
    // npm writes this one last.
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_some() && installed >= changed("package-lock.json") {
        return Ok(());
    }
    eprintln!("Installing the packages of {} (npm ci)", folder.display());
    run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder))
}

/// In PATH, or where Debian puts them (the newest version).
fn find_postgres() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).find(|folder| is_complete(folder));
    in_path.or_else(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let number = |folder: &Path| folder.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
        let mut versions: Vec<PathBuf> = versions.flatten().map(|entry| entry.path()).collect();
        versions.sort_by_key(|folder| number(folder));
        versions.into_iter().rev().map(|folder| folder.join("bin")).find(|folder| is_complete(folder))
    })
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres", "pg_isready"].iter().all(|program| folder.join(program).is_file())
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let mut command = if is_root()? {
        Command::new("apt-get")
    } else if succeeds(Command::new("sudo").arg("--version")) {
        let mut sudo = Command::new("sudo");
        sudo.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        bail!(
            "neither root nor sudo: ask an administrator to run `apt-get install postgresql redis-server nodejs npm`, then try again"
        );
    };
    run(command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
}

/// Whether we run as root.
pub fn is_root() -> Result<bool> {
    Ok(id(&["-u"])? == Some(0))
}

/// A number from `id`; `None` when it knows no such user.
pub fn id(arguments: &[&str]) -> Result<Option<u32>> {
    let output = Command::new("id").args(arguments).output().context("can't run id")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse().ok())
}
