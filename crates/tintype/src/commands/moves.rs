//! `tintype account alias` and `tintype account move`

use anyhow::{Result, bail};
use serde_json::json;
use tintype_service::moves;

use super::{account::find, print};
use crate::instance::{Instance, federation};

#[derive(clap::Subcommand)]
pub enum Alias {
    /// Say that a person is somebody elsewhere too, so that they can move here.
    Add(Pair),
    /// List a person's other names.
    List {
        name: String,
        #[arg(long)]
        json: bool,
    },
    /// Take another name away.
    Remove(Pair),
}

/// A person and another name of theirs.
#[derive(clap::Args)]
pub struct Pair {
    name: String,
    /// `alice@far.example`; to remove one, its address will do too.
    other: String,
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub struct Move {
    name: String,
    /// Where to: `alice@far.example`.
    #[arg(long, required_unless_present = "cancel")]
    to: Option<String>,
    /// Live here again instead. Who follows the other account stays there.
    #[arg(long, conflicts_with = "to")]
    cancel: bool,
    #[arg(long)]
    json: bool,
}

/// Runs one of the commands about other names. A running server hears of it by itself.
pub async fn alias(instance: &Instance, command: Alias) -> Result<()> {
    let ctx = &instance.ctx;
    match command {
        Alias::Add(Pair { name, other, json }) => {
            let who = find(ctx, &name).await?;
            let resolver = federation(&instance.config, ctx).await?;
            let alias = moves::add_alias(ctx, &resolver, who.id, &other).await?;
            print(json, &json!({ "id": who.id, "alias": alias.uri }), || format!("{name} is {other} too"))
        }
        Alias::List { name, json } => {
            let who = find(ctx, &name).await?;
            let all = moves::aliases(ctx, who.id).await?;
            let values: Vec<_> = all.iter().map(|a| json!({ "uri": a.uri, "acct": a.acct })).collect();
            print(json, &values, || {
                if all.is_empty() {
                    return "no aliases".to_owned();
                }
                let line = |a: &moves::Alias| format!("{}  {}", a.acct.as_deref().unwrap_or("?"), a.uri);
                all.iter().map(line).collect::<Vec<_>>().join("\n")
            })
        }
        Alias::Remove(Pair { name, other, json }) => {
            let who = find(ctx, &name).await?;
            if !moves::remove_alias(ctx, who.id, &other).await? {
                bail!("{name} has no alias {other}");
            }
            print(json, &json!({ "id": who.id, "removed": other }), || format!("{name} is {other} no more"))
        }
    }
}

/// Moves a person, or ends that.
pub async fn go(instance: &Instance, command: Move) -> Result<()> {
    let Move { name, to, json, .. } = command;
    let ctx = &instance.ctx;
    let who = find(ctx, &name).await?;
    let Some(to) = to else {
        if !moves::come_back(ctx, who.id).await? {
            bail!("{name} hasn't moved");
        }
        return print(json, &json!({ "id": who.id, "moved": null }), || format!("{name} lives here again"));
    };
    let resolver = federation(&instance.config, ctx).await?;
    let target = moves::move_to(ctx, &resolver, who.id, &to).await?;
    print(json, &json!({ "id": who.id, "moved": target.acct }), || {
        format!("{name} lives at {} now; followers are told", target.acct)
    })
}
