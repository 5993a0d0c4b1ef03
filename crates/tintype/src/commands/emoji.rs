//! `tintype emoji`: the custom emoji of this instance.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tintype_service::emojis::{self, EmojiView};

use super::print;
use crate::{config::Config, instance::Instance};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Take a picture (PNG, GIF, WebP or JPEG, at most 256 KiB) as :shortcode:; one of that name gets the new picture.
    Add {
        file: PathBuf,
        /// Two or more letters, digits and underscores.
        #[arg(long)]
        shortcode: String,
        /// The shelf that clients show it on.
        #[arg(long)]
        category: Option<String>,
        /// Don't offer it for writing; it is shown all the same.
        #[arg(long)]
        hidden: bool,
        #[arg(long)]
        json: bool,
    },
    /// List all of them.
    List {
        #[arg(long)]
        json: bool,
    },
    /// Forget one: where it was written, its name is shown.
    Remove {
        shortcode: String,
        #[arg(long)]
        json: bool,
    },
}

/// Runs one of them.
pub async fn run(config: Config, command: Command) -> Result<()> {
    let ctx = Instance::open(config).await?.ctx;
    match command {
        Command::Add { file, shortcode, category, hidden, json } => {
            let size = std::fs::metadata(&file).with_context(|| format!("{}", file.display()))?.len();
            if size > emojis::MOST_BYTES as u64 {
                bail!("the picture has {size} bytes; at most {} are taken", emojis::MOST_BYTES);
            }
            let bytes = std::fs::read(&file).with_context(|| format!("{}", file.display()))?;
            let shortcode = shortcode.trim_matches(':');
            let view = emojis::add(&ctx, shortcode, bytes.into(), category, !hidden).await?;
            print(json, &shown(&view), || format!(":{}: is {}", view.shortcode, view.url))?;
        }
        Command::List { json } => {
            let all = emojis::list(&ctx).await?;
            print(json, &all.iter().map(shown).collect::<Vec<_>>(), || {
                if all.is_empty() {
                    return "no custom emoji".to_owned();
                }
                let line = |view: &EmojiView| {
                    format!(":{}:  {}  {}", view.shortcode, view.url, view.category.as_deref().unwrap_or(""))
                };
                all.iter().map(line).collect::<Vec<_>>().join("\n")
            })?;
        }
        Command::Remove { shortcode, json } => {
            let shortcode = shortcode.trim_matches(':');
            if !emojis::remove(&ctx, shortcode).await? {
                bail!("there is no :{shortcode}:");
            }
            let value = json!({ "shortcode": shortcode, "done": "removed" });
            print(json, &value, || format!(":{shortcode}: is removed"))?;
        }
    }
    ctx.store.close().await;
    Ok(())
}

fn shown(view: &EmojiView) -> Value {
    json!({ "shortcode": view.shortcode, "url": view.url, "category": view.category, "visible": view.visible })
}
