//! A throw-away Redis: private, on a port of its own, nothing kept.

use crate::random;
use crate::wait;
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long a start may take.
const START: Duration = Duration::from_secs(30);

/// A running `redis-server` on 127.0.0.1. Killed when dropped.
pub struct Redis {
    port: u16,
    child: Mutex<Option<Child>>,
    folder: TempDir,
}

impl Redis {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    /// When there is no `redis-server`, or it doesn't start.
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("tintype-redis-").tempdir();
        let folder = folder.unwrap_or_else(|error| panic!("temporary folder: {error}"));
        let redis = Self { port: random::free_port(), child: Mutex::new(None), folder };
        redis.run().await;
        redis
    }

    /// `redis://127.0.0.1:PORT/0`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Kills it; returns when it is gone.
    pub fn kill(&self) {
        if let Some(mut child) = self.child.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Both fail only when it has ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it (again, after [`Redis::kill`]) on the same port.
    pub async fn run(&self) {
        let port = self.port.to_string();
        let started = Command::new("redis-server")
            .args([
                "--port",
                &port,
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--daemonize",
                "no",
            ])
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let child = started.unwrap_or_else(|error| {
            panic!("redis-server: {error}: `cargo xtask test` installs it (docs/testing.md)")
        });
        self.child.lock().unwrap_or_else(PoisonError::into_inner).replace(child);
        wait::until("Redis to answer", START, async || (self.ping().await.ok()?).then_some(())).await;
    }

    async fn ping(&self) -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await?;
        stream.write_all(b"PING\r\n").await?;
        let mut answer = [0_u8; 5];
        stream.read_exact(&mut answer).await?;
        Ok(&answer == b"+PONG")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
