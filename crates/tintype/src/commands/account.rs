//! `tintype account`

use anyhow::{Context, Result, bail};
use serde_json::json;
use tintype_model::{Handle, Page, Role, secret};
use tintype_service::{
    accounts,
    registration::{self, NewPerson},
    users,
    views::AccountView,
};

use super::print;
use crate::{config::Config, instance::Instance};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Create an account, confirmed and approved.
    Create {
        #[arg(long)]
        username: String,
        #[arg(long)]
        email: String,
        /// Drawn and printed if it isn't given.
        #[arg(long)]
        password: Option<String>,
        /// owner, admin, moderator or member.
        #[arg(long, default_value = "member")]
        role: Role,
        #[arg(long)]
        json: bool,
    },
    /// List local accounts, newest first.
    List {
        /// How many at the most.
        #[arg(long, default_value_t = 100)]
        limit: i64,
        /// Only those created before this id.
        #[arg(long)]
        max_id: Option<i64>,
        #[arg(long)]
        json: bool,
    },
    /// Show an account.
    Show {
        name: String,
        #[arg(long)]
        json: bool,
    },
    /// Give a person a role.
    SetRole {
        name: String,
        role: Role,
        #[arg(long)]
        json: bool,
    },
    /// Give a person a new password; every session and token of theirs ends.
    ResetPassword {
        name: String,
        /// Drawn and printed if it isn't given.
        #[arg(long)]
        password: Option<String>,
        #[arg(long)]
        json: bool,
    },
}

/// Runs one of them.
pub async fn run(config: Config, command: Command) -> Result<()> {
    let ctx = Instance::open(config).await?.ctx;
    match command {
        Command::Create { username, email, password, role, json } => {
            let drawn = password.is_none();
            let password = password.unwrap_or_else(secret::token);
            let person = NewPerson {
                username,
                email,
                password: password.clone(),
                reason: None,
                locale: None,
                agreement: true,
            };
            let account = registration::create(&ctx, person, role).await?;
            let mut value = shown(&account);
            if drawn && let Some(map) = value.as_object_mut() {
                map.insert("password".into(), password.clone().into());
            }
            print(json, &value, || {
                let secret = if drawn { format!(", password {password}") } else { String::new() };
                format!("created {}@{}{secret}", account.username, ctx.site.domain)
            })?;
        }
        Command::List { limit, max_id, json } => {
            let page = Page { max_id, ..Page::newest(limit.clamp(1, 1000)) };
            let list = accounts::local(&ctx, &page).await?;
            let values: Vec<_> = list.iter().map(shown).collect();
            print(json, &values, || {
                let lines = list.iter().map(|a| format!("{}  {}  {} posts", a.id, a.acct, a.statuses_count));
                lines.collect::<Vec<_>>().join("\n")
            })?;
        }
        Command::Show { name, json } => {
            let account = find(&ctx, &name).await?;
            let mut value = shown(&account);
            if account.local
                && let Some(map) = value.as_object_mut()
            {
                let person = users::preferences(&ctx, account.id).await?;
                map.insert("role".into(), person.role.as_str().into());
                map.insert("email".into(), person.email.into());
            }
            print(json, &value, || {
                format!("{}  {}  {}  {} posts", account.id, account.acct, account.url, account.statuses_count)
            })?;
        }
        Command::SetRole { name, role, json } => {
            let account = find(&ctx, &name).await?;
            users::set_role(&ctx, account.id, role).await?;
            print(json, &json!({ "id": account.id, "role": role.as_str() }), || {
                format!("{name} is {role} now")
            })?;
        }
        Command::ResetPassword { name, password, json } => {
            let account = find(&ctx, &name).await?;
            let password = password.unwrap_or_else(secret::token);
            users::reset_password(&ctx, account.id, &password).await?;
            print(json, &json!({ "id": account.id, "password": password }), || {
                format!("the password of {name} is {password} now")
            })?;
        }
    }
    ctx.store.close().await;
    Ok(())
}

/// The account of a name.
pub async fn find(ctx: &tintype_service::Ctx, name: &str) -> Result<AccountView> {
    let Ok(handle) = name.parse::<Handle>() else { bail!("{name:?} is no account name") };
    accounts::lookup(ctx, &handle).await.with_context(|| format!("there is no account {name}"))
}

fn shown(a: &AccountView) -> serde_json::Value {
    json!({
        "id": a.id, "username": a.username, "acct": a.acct, "url": a.url, "uri": a.uri, "local": a.local,
        "statuses_count": a.statuses_count, "followers_count": a.followers_count,
        "following_count": a.following_count, "created_at": a.created_at.rfc3339(),
    })
}
