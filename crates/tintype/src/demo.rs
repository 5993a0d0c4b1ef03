//! `tintype demo`: two separately configured instances on loopback, a few people on each, and what people do: follow,
//! post photos, comment, like, boost. All of it over real HTTP with people's tokens, between the two with real signatures.

mod check;
mod client;
mod pictures;
mod story;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use tintype_model::{Role, secret};
use tintype_service::{
    oauth,
    registration::{self, NewPerson},
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    config::{Config, Log},
    instance::Instance,
    telemetry,
};
use client::Person;

/// Everybody's password in the demo.
const PASSWORD: &str = "tintype-demo";

#[derive(clap::Args)]
pub struct Arguments {
    /// Check afterwards what everybody sees, print a table and exit.
    #[arg(long)]
    once: bool,
    /// Put the second instance on this PostgreSQL database: postgres://USER@HOST/NAME. It must be empty, or left over
    /// from another demo.
    #[arg(long)]
    postgres: Option<String>,
    /// The folder of the demo's data; emptied first.
    #[arg(long, default_value = "data/demo")]
    folder: PathBuf,
    /// What is logged.
    #[arg(long, default_value = "warn,tintype_net=error")]
    log: String,
}

/// One of the two running instances.
struct Running {
    name: &'static str,
    database: &'static str,
    base: String,
    instance: tintype_service::Ctx,
    serving: JoinHandle<Result<()>>,
}

/// Runs the demo.
pub async fn run(arguments: &Arguments) -> Result<ExitCode> {
    telemetry::start(&Log { level: arguments.log.clone(), json: false })?;
    if arguments.folder.exists() {
        std::fs::remove_dir_all(&arguments.folder).context("emptying the demo's folder")?;
    }
    if let Some(url) = &arguments.postgres {
        tintype_store::Store::empty_postgres(url, "beta.localhost")
            .await
            .context("emptying the demo's database")?;
    }
    let (stop, stopped) = watch::channel(false);
    let alpha = start("alpha", 4001, &arguments.folder, None, stopped.clone()).await?;
    let beta = start("beta", 4002, &arguments.folder, arguments.postgres.clone(), stopped).await?;
    for running in [&alpha, &beta] {
        say(&format!("{} serves {} on {}", running.name, running.base, running.database));
    }
    let cast = story::Cast {
        ana: person(&alpha, "ana", "Ana Pereira", Role::Owner).await?,
        ben: person(&alpha, "ben", "Ben Okafor", Role::Member).await?,
        carla: person(&beta, "carla", "Carla Neri", Role::Owner).await?,
        dov: person(&beta, "dov", "Dov Lindqvist", Role::Member).await?,
    };
    let told = story::tell(&cast).await?;
    let code = if arguments.once {
        let report = check::check(&cast, &told).await?;
        println!("\n{}", report.table);
        for difference in &report.differences {
            println!("differs: {difference}");
        }
        if report.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    } else {
        println!("\nOpen {} and {}", alpha.base, beta.base);
        println!(
            "Sign in as ana@example.org or ben@example.org there, carla@example.org or dov@example.org here;"
        );
        println!("everybody's password is {PASSWORD}. Ctrl-C ends the demo.");
        println!("Mastodon apps: use {} or {} as the server.", alpha.base, beta.base);
        tokio::signal::ctrl_c().await?;
        ExitCode::SUCCESS
    };
    let _ = stop.send(true);
    for running in [alpha, beta] {
        running.serving.await.context("stopping")??;
    }
    Ok(code)
}

/// A progress line.
fn say(line: &str) {
    println!("  {line}");
}

async fn start(
    name: &'static str,
    port: u16,
    folder: &Path,
    postgres: Option<String>,
    stop: watch::Receiver<bool>,
) -> Result<Running> {
    // The usual port if it is free, so that the addresses are the same each time.
    let listener = match TcpListener::bind(("127.0.0.1", port)).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind(("127.0.0.1", 0)).await.context("finding a free port")?,
    };
    let domain = format!("{name}.localhost:{}", listener.local_addr()?.port());
    let folder = folder.join(name);
    let database = if postgres.is_some() { "PostgreSQL" } else { "SQLite" };
    let mut config = Config { domain: domain.clone(), ..Config::default() };
    config.instance.title = format!("Tintype {name}");
    config.instance.description = "An instance of the Tintype demo.".into();
    config.database.url = postgres.unwrap_or_else(|| format!("sqlite://{}/tintype.db", folder.display()));
    config.media.path = folder.join("media");
    let instance = Instance::open(config).await?;
    let ctx = instance.ctx.clone();
    let serving = tokio::spawn(instance.serve(listener, stop));
    Ok(Running { name, database, base: format!("http://{domain}"), instance: ctx, serving })
}

/// Creates an account as the command line does, and a client that acts for it over HTTP.
async fn person(running: &Running, username: &str, name: &str, role: Role) -> Result<Person> {
    let new = NewPerson {
        username: username.to_owned(),
        email: format!("{username}@example.org"),
        password: PASSWORD.to_owned(),
        reason: None,
        locale: None,
        agreement: true,
    };
    let account = registration::create(&running.instance, new, role).await?;
    let token =
        oauth::issue(&running.instance, account.id, "read write follow".parse()?, "Tintype demo").await?;
    let boundary = secret::token();
    let person = Person::new(username, &running.base, token, boundary)?;
    person.patch("/api/v1/accounts/update_credentials", &serde_json::json!({ "display_name": name })).await?;
    Ok(person)
}
