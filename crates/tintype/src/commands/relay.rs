//! `tintype relay`: servers that pass our public posts on, and those of others to us.

use anyhow::{Result, bail};
use serde_json::{Value, json};
use tintype_service::relays::{self, RelayView};

use super::print;
use crate::{
    config::Config,
    instance::{Instance, federation},
};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Ask a relay to take us. It counts once it has accepted.
    Add {
        /// Its inbox (`https://relay.example/inbox`, as for Mastodon) or its actor (`https://relay.example/actor`, as for
        /// Pleroma).
        url: String,
        #[arg(long)]
        json: bool,
    },
    /// List all relays.
    List {
        #[arg(long)]
        json: bool,
    },
    /// Leave a relay.
    Remove {
        url: String,
        #[arg(long)]
        json: bool,
    },
}

/// Runs one of them. A running server hears of it by itself.
pub async fn run(config: Config, command: Command) -> Result<()> {
    let instance = Instance::open(config).await?;
    let ctx = instance.ctx.clone();
    match command {
        Command::Add { url, json } => {
            let door = federation(&instance.config, &ctx).await?;
            let relay = tintype_federation::relays::add(&door, &url).await?;
            print(json, &shown(&relay), || format!("{} is asked", relay.url))?;
        }
        Command::List { json } => {
            let all = relays::list(&ctx).await?;
            print(json, &all.iter().map(shown).collect::<Vec<_>>(), || {
                if all.is_empty() {
                    return "no relays".to_owned();
                }
                let line = |relay: &RelayView| format!("{:<8}  {}", relay.state, relay.url);
                all.iter().map(line).collect::<Vec<_>>().join("\n")
            })?;
        }
        Command::Remove { url, json } => {
            if !relays::remove(&ctx, &url).await? {
                bail!("there is no relay {url}");
            }
            print(json, &json!({ "url": url, "done": "removed" }), || format!("{url} is left"))?;
        }
    }
    ctx.store.close().await;
    Ok(())
}

fn shown(relay: &RelayView) -> Value {
    json!({
        "id": relay.id, "url": relay.url, "style": relay.style.as_str(), "state": relay.state.as_str(),
        "actor": relay.actor_uri, "created_at": relay.created_at.rfc3339(),
        "answered_at": relay.answered_at.map(tintype_model::Millis::rfc3339),
    })
}
