//! A throw-away PostgreSQL server: private, fast and forgetful.

use crate::cargo::run;
use crate::install;
use anyhow::{Context, Result, bail};
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// Starting takes a second or two; this is for a machine that is busy building.
const START: Duration = Duration::from_mins(1);

/// PostgreSQL's parent. It stops the server and removes its folder as soon as its own input ends, which happens however
/// we end: well, by an error, by Ctrl-C or by `kill -9`.
const KEEPER: &str = r#"
trap '' INT HUP TERM
folder=$1
shift
"$@" >"$folder/log" 2>&1 &
server=$!
read -r _
kill -QUIT "$server"
wait "$server"
cd /
rm -rf "$folder"
"#;

/// Settings of a server whose data nobody will miss, for many tests at once.
const SETTINGS: &[&str] = &[
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "max_connections=300",
    "shared_buffers=128MB",
    "max_wal_size=512MB",
    "autovacuum_naptime=10s",
];

/// A running server. It stops, and its data goes, when this is dropped or this process ends.
pub struct Postgres {
    keeper: Child,
    /// Dropped first: its end tells the keeper to stop.
    input: Option<ChildStdin>,
    port: u16,
}

impl Postgres {
    /// Makes a data folder below the system's temporary folder and starts a server on 127.0.0.1 and a Unix socket.
    pub fn start(programs: &Path) -> Result<Self> {
        let user = User::find()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let folder = std::env::temp_dir().join(format!("tintype-postgres-{}-{port}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
        user.give(&folder)?;
        let started = Self::start_in(programs, &user, port, &folder);
        if started.is_err() {
            // The keeper removes it, too, if there is one already.
            let _ = std::fs::remove_dir_all(&folder);
        }
        started
    }

    fn start_in(programs: &Path, user: &User, port: u16, folder: &Path) -> Result<Self> {
        let data = folder.join("data");
        let mut initdb = user.command(programs.join("initdb"), folder);
        initdb.arg("-D").arg(&data);
        initdb.args(["-A", "trust", "-U", "postgres", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]);
        // The order of a language, as most servers have it: a query that forgets to say which order it means shows.
        initdb.args(["--locale-provider=icu", "--icu-locale=en-US"]);
        run(initdb.stdout(Stdio::null())).context("initdb (PostgreSQL 15 or newer is needed)")?;

        let mut keeper = user.command("sh".into(), folder);
        keeper.args(["-c", KEEPER, "sh"]).arg(folder);
        keeper.arg(programs.join("postgres")).arg("-D").arg(&data).arg("-k").arg(folder);
        keeper.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        keeper.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        let mut keeper = keeper.stdin(Stdio::piped()).spawn().context("can't start PostgreSQL")?;
        let input = keeper.stdin.take();
        let server = Self { keeper, input, port };
        server.wait_until_ready(programs, folder)?;
        Ok(server)
    }

    fn wait_until_ready(&self, programs: &Path, folder: &Path) -> Result<()> {
        let started = Instant::now();
        let mut ready = Command::new(programs.join("pg_isready"));
        ready.args(["-q", "-h", "127.0.0.1", "-U", "postgres", "-p", &self.port.to_string()]);
        while !ready.status().context("pg_isready")?.success() {
            if started.elapsed() > START {
                let mut log = String::new();
                let _ = std::fs::File::open(folder.join("log"))
                    .and_then(|mut file| file.read_to_string(&mut log));
                bail!("PostgreSQL did not start within {START:?}:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// A superuser's database on it.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.keeper.wait();
    }
}

/// Who runs the server: we, unless we are root, whom PostgreSQL refuses.
struct User {
    ids: Option<(u32, u32)>,
}

impl User {
    fn find() -> Result<Self> {
        if !install::is_root()? {
            return Ok(Self { ids: None });
        }
        // The first is made by Debian's package, the second is everywhere.
        for name in ["postgres", "nobody"] {
            if let (Some(user), Some(group)) = (install::id(&["-u", name])?, install::id(&["-g", name])?) {
                return Ok(Self { ids: Some((user, group)) });
            }
        }
        bail!("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody");
    }

    fn give(&self, folder: &Path) -> Result<()> {
        if let Some((user, group)) = self.ids {
            chown(folder, Some(user), Some(group))?;
        }
        Ok(())
    }

    fn command(&self, program: PathBuf, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env("HOME", folder);
        if let Some((user, group)) = self.ids {
            command.uid(user).gid(group);
        }
        command
    }
}
