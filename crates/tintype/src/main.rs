//! The binary: configuration, logging, wiring and the command line.
//!
//! Owns how the floors below become a running instance ([`instance`]) and what an administrator can say to one. Holds no
//! rule about people or posts. Start reading at [`instance::Instance::serve`].

mod commands;
mod config;
mod demo;
mod instance;
mod listening;
mod proxies;
mod requests;
mod sign_ups;
mod telemetry;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};

use config::Config;

/// A photo-first social server that speaks ActivityPub and the Mastodon API.
#[derive(Parser)]
#[command(name = "tintype", version, about)]
struct Arguments {
    /// The configuration file; without it, tintype.toml in this folder if there is one.
    #[arg(long, global = true, env = "TINTYPE_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server. Without any configuration: a local instance below ./data.
    Serve,
    /// Run two federated instances on this machine, with people, photos, comments, likes and boosts.
    Demo(demo::Arguments),
    /// People of this instance.
    #[command(subcommand)]
    Account(commands::account::Command),
    /// Access tokens for scripts.
    #[command(subcommand)]
    Token(commands::token::Command),
    /// Which other servers this instance deals with.
    #[command(subcommand)]
    Domain(commands::domain::Command),
    /// The custom emoji of this instance.
    #[command(subcommand)]
    Emoji(commands::emoji::Command),
    /// What people and other servers reported.
    #[command(subcommand)]
    Report(commands::report::Command),
    /// Relays: servers that pass public posts on.
    #[command(subcommand)]
    Relay(commands::relay::Command),
    /// The files of pictures.
    #[command(subcommand)]
    Media(commands::media::Command),
    /// Queued jobs, and deliveries that were given up.
    #[command(subcommand)]
    Jobs(commands::jobs::Command),
    /// The configuration.
    #[command(subcommand)]
    Config(commands::config::Command),
}

/// Takes as many descriptors as the system grants: each host that is delivered to, and each person who listens, is one.
/// Services are often started with room for 1,024, out of regard for programs that use `select`.
fn take_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where it can't be raised, what was granted has to do.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    take_descriptors();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("tintype: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("tintype: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    if let Command::Config(command) = &arguments.command {
        return commands::config::run(command, arguments.config.as_deref());
    }
    if let Command::Demo(demo) = &arguments.command {
        return demo::run(demo).await;
    }
    let config = Config::load(arguments.config.as_deref())?;
    match arguments.command {
        Command::Serve => commands::serve::run(config).await?,
        Command::Account(command) => commands::account::run(config, command).await?,
        Command::Token(command) => commands::token::run(config, command).await?,
        Command::Domain(command) => commands::domain::run(config, command).await?,
        Command::Emoji(command) => commands::emoji::run(config, command).await?,
        Command::Report(command) => commands::report::run(config, command).await?,
        Command::Relay(command) => commands::relay::run(config, command).await?,
        Command::Media(command) => return commands::media::run(config, command).await,
        Command::Jobs(command) => commands::jobs::run(config, command).await?,
        Command::Config(_) | Command::Demo(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}
