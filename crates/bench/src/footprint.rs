//! What an instance takes when it has something to do, when it has nothing to do, and until it answers.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde_json::json;
use tintype_testkit::{Instance, Person, pictures};

use crate::memory::{Memory, mebibytes};

/// Starts that are timed; the middle one counts.
const STARTS: usize = 7;

/// Loads a fresh instance, lets it rest, stops and starts it again; prints the figures.
pub async fn run(requests: usize, rest: u64) -> Result<()> {
    let instance = Instance::builder("bench").start().await;
    let empty = Memory::of(&instance)?;
    load(&instance, requests).await;
    let busy = Memory::of(&instance)?;
    tokio::time::sleep(Duration::from_secs(rest)).await;
    let resting = Memory::of(&instance)?;

    let mut starts = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        instance.stop().await;
        let port = instance.port();
        let first = tokio::task::spawn_blocking(move || first_answer(port));
        instance.start().await;
        starts.push(first.await.context("timing a start")?);
    }
    starts.sort_unstable();
    let middle = starts.get(STARTS / 2).copied().unwrap_or_default();
    let slowest = starts.last().copied().unwrap_or_default();

    println!("resident after the start            {:>6.1} MiB", mebibytes(empty.resident));
    println!("resident after {requests:>5} requests       {:>6.1} MiB", mebibytes(busy.resident));
    println!("resident after {rest:>3} s of rest          {:>6.1} MiB", mebibytes(resting.resident));
    println!("  of it not backed by a file        {:>6.1} MiB", mebibytes(resting.anonymous));
    println!("highest resident                    {:>6.1} MiB", mebibytes(resting.highest));
    println!("start to first 200, middle of {STARTS}     {:>6} ms", middle.as_millis());
    println!("start to first 200, slowest         {:>6} ms", slowest.as_millis());
    Ok(())
}

/// Two people who post, upload, look around, like, and what strangers and other servers ask for.
async fn load(instance: &Instance, requests: usize) {
    let (alice, bob) = (instance.person("alice").await, instance.person("bob").await);
    bob.follow("alice").await;
    let mut last = String::new();
    for number in 0..requests {
        match number % 20 {
            0 => last = post(&alice, number).await,
            1 => picture(&alice, number).await,
            2 => drop(bob.favourite(&last).await),
            3 => drop(bob.reply(&last, &format!("comment {number}")).await),
            4 | 9 | 14 | 19 => drop(bob.home().await),
            5 | 15 => drop(alice.notifications().await),
            6 => drop(bob.account_statuses(&alice.id).await),
            7 => drop(bob.context(&last).await),
            8 => page(instance, "/@alice").await,
            10 => drop(alice.public_timeline().await),
            11 => drop(alice.get("/api/v2/instance").await),
            12 => page(instance, "/users/alice").await,
            13 => {
                let subject = format!("/.well-known/webfinger?resource=acct:alice@{}", instance.domain());
                page(instance, &subject).await;
            }
            16 => drop(bob.search("alice").await),
            17 => page(instance, "/").await,
            _ => drop(bob.status(&last).await),
        }
    }
}

async fn post(who: &Person, number: usize) -> String {
    let posted = who.say(&format!("post {number} #load")).await;
    posted.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

async fn picture(who: &Person, number: usize) {
    let seed = u8::try_from(number % 251).unwrap_or_default();
    let attachment = who.upload(pictures::jpeg(1200, 900, seed), "a picture").await;
    let ids = json!([attachment.get("id")]);
    who.post_status(json!({"status": format!("picture {number}"), "media_ids": ids})).await;
}

async fn page(instance: &Instance, path: &str) {
    let method = "GET".parse().unwrap_or_default();
    let _ = instance.client().request(method, path).unchecked().send().await;
}

/// How long from now until `GET /api/v2/instance` answers 200. Blocks; asks every millisecond.
fn first_answer(port: u16) -> Duration {
    let began = Instant::now();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let limit = Duration::from_secs(30);
    while began.elapsed() < limit {
        if answers(address).unwrap_or(false) {
            return began.elapsed();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    limit
}

fn answers(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream
        .write_all(b"GET /api/v2/instance HTTP/1.1\r\nHost: bench.localhost\r\nConnection: close\r\n\r\n")?;
    let mut first = [0_u8; 12];
    stream.read_exact(&mut first)?;
    Ok(first == *b"HTTP/1.1 200")
}
