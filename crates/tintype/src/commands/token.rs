//! `tintype token`

use anyhow::Result;
use serde_json::json;
use tintype_model::Scopes;
use tintype_service::oauth;

use super::{account::find, print};
use crate::{config::Config, instance::Instance};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make an access token for a person. It is shown once.
    Create {
        #[arg(long)]
        account: String,
        /// Scopes with spaces between them.
        #[arg(long, default_value = "read write follow")]
        scopes: Scopes,
        #[arg(long)]
        json: bool,
    },
}

/// Runs one of them.
pub async fn run(config: Config, command: Command) -> Result<()> {
    let ctx = Instance::open(config).await?.ctx;
    let Command::Create { account, scopes, json } = command;
    let account = find(&ctx, &account).await?;
    let token = oauth::issue(&ctx, account.id, scopes.clone(), "Command line").await?;
    let value = json!({ "access_token": token, "token_type": "Bearer", "scope": scopes.to_string() });
    print(json, &value, || token.clone())?;
    ctx.store.close().await;
    Ok(())
}
