//! `tintype account`

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tintype_model::{Handle, Page, Role, secret};
use tintype_service::{
    Ctx, accounts, keys, moderation,
    registration::{self, NewPerson},
    users,
    views::{self, AccountView},
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
        /// Those who wait for approval instead, with what they wrote.
        #[arg(long)]
        pending: bool,
        #[arg(long)]
        json: bool,
    },
    /// Show an account.
    Show(Named),
    /// Let a person in who asked to join.
    Approve(Named),
    /// Turn a person away who asked to join; the name is free again.
    Reject(Named),
    /// Hide an account and everything of it, here and elsewhere. A local person can't sign in.
    Suspend(Named),
    /// Show a suspended account again.
    Unsuspend(Named),
    /// Keep an account out of public timelines, and from telling those who don't follow it.
    Silence(Named),
    /// End that.
    Unsilence(Named),
    /// Keep a person from signing in; what they posted stays.
    Disable(Named),
    /// Let them again.
    Enable(Named),
    /// Delete an account for ever, here and elsewhere. The name of a local one is never given again.
    Delete {
        #[command(flatten)]
        named: Named,
        /// Without it, nothing happens.
        #[arg(long)]
        yes: bool,
    },
    /// Give a person a new key to sign with, and tell other servers.
    RotateKey(Named),
    /// Other names of a person, by which they can move here.
    #[command(subcommand)]
    Alias(super::moves::Alias),
    /// Move a person to their account on another server, which must have this one among its aliases.
    Move(super::moves::Move),
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

/// An account by its name.
#[derive(clap::Args)]
pub struct Named {
    /// `alice`, or `alice@far.example`.
    name: String,
    #[arg(long)]
    json: bool,
}

/// Runs one of them. A running server hears of it by itself.
pub async fn run(config: Config, command: Command) -> Result<()> {
    let instance = Instance::open(config).await?;
    let ctx = instance.ctx.clone();
    match command {
        Command::Alias(command) => super::moves::alias(&instance, command).await?,
        Command::Move(command) => super::moves::go(&instance, command).await?,
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
        Command::List { limit, max_id, pending, json } => {
            let page = Page { max_id, ..Page::newest(limit.clamp(1, 1000)) };
            if pending { waiting(&ctx, &page, json).await? } else { list(&ctx, &page, json).await? }
        }
        Command::Show(Named { name, json }) => show(&ctx, &name, json).await?,
        Command::Approve(who) => {
            let account = find(&ctx, &who.name).await?;
            registration::approve(&ctx, account.id).await?;
            say(&who, &account, "approved")?;
        }
        Command::Reject(who) => {
            let account = find(&ctx, &who.name).await?;
            registration::reject(&ctx, account.id).await?;
            say(&who, &account, "rejected")?;
        }
        Command::Suspend(who) => {
            let account = find(&ctx, &who.name).await?;
            moderation::suspend(&ctx, account.id).await?;
            say(&who, &account, "suspended")?;
        }
        Command::Unsuspend(who) => {
            let account = find(&ctx, &who.name).await?;
            moderation::unsuspend(&ctx, account.id).await?;
            say(&who, &account, "unsuspended")?;
        }
        Command::Silence(who) => {
            let account = find(&ctx, &who.name).await?;
            moderation::silence(&ctx, account.id).await?;
            say(&who, &account, "silenced")?;
        }
        Command::Unsilence(who) => {
            let account = find(&ctx, &who.name).await?;
            moderation::unsilence(&ctx, account.id).await?;
            say(&who, &account, "unsilenced")?;
        }
        Command::Disable(who) => {
            let account = find(&ctx, &who.name).await?;
            users::set_disabled(&ctx, account.id, true).await?;
            say(&who, &account, "disabled")?;
        }
        Command::Enable(who) => {
            let account = find(&ctx, &who.name).await?;
            users::set_disabled(&ctx, account.id, false).await?;
            say(&who, &account, "enabled")?;
        }
        Command::Delete { named: who, yes } => {
            let account = find(&ctx, &who.name).await?;
            if !yes {
                bail!("{} and everything of it would be gone for ever: say --yes", who.name);
            }
            moderation::delete(&ctx, account.id).await?;
            say(&who, &account, "deleted")?;
        }
        Command::RotateKey(who) => {
            let account = find(&ctx, &who.name).await?;
            keys::rotate(&ctx, account.id).await?;
            say(&who, &account, "given a new key")?;
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
pub async fn find(ctx: &Ctx, name: &str) -> Result<AccountView> {
    let Ok(handle) = name.parse::<Handle>() else { bail!("{name:?} is no account name") };
    // Hidden ones too: somebody has to be able to show them again.
    let found = ctx.store.read().await?.account_by_key(&handle.on(&ctx.site.domain).key()).await?;
    let account = found.with_context(|| format!("there is no account {name}"))?;
    Ok(views::account(ctx, &account))
}

async fn list(ctx: &Ctx, page: &Page, json: bool) -> Result<()> {
    let list = accounts::local(ctx, page).await?;
    let values: Vec<Value> = list.iter().map(shown).collect();
    print(json, &values, || {
        let lines = list.iter().map(|a| format!("{}  {}  {} posts", a.id, a.acct, a.statuses_count));
        lines.collect::<Vec<_>>().join("\n")
    })
}

async fn waiting(ctx: &Ctx, page: &Page, json: bool) -> Result<()> {
    let list = registration::pending(ctx, page).await?;
    let value = |p: &registration::PendingView| {
        let mut value = shown(&p.account);
        if let Some(map) = value.as_object_mut() {
            map.insert("email".into(), p.email.clone().into());
            map.insert("reason".into(), p.reason.clone().into());
        }
        value
    };
    print(json, &list.items.iter().map(value).collect::<Vec<_>>(), || {
        let lines = list.items.iter().map(|p| {
            format!(
                "{}  {}  {}  {}",
                p.account.id,
                p.account.acct,
                p.email,
                // A stranger wrote it, and a terminal obeys control characters.
                p.reason.as_deref().unwrap_or("").replace(char::is_control, " ")
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

async fn show(ctx: &Ctx, name: &str, json: bool) -> Result<()> {
    let account = find(ctx, name).await?;
    let mut value = shown(&account);
    // Of somebody deleted only the name is left.
    let person = match users::preferences(ctx, account.id).await {
        Err(tintype_service::Error::NotFound) => None,
        person => Some(person?),
    };
    if let (Some(person), Some(map)) = (person, value.as_object_mut()) {
        map.insert("role".into(), person.role.as_str().into());
        map.insert("email".into(), person.email.into());
    }
    print(json, &value, || {
        format!("{}  {}  {}  {} posts", account.id, account.acct, account.url, account.statuses_count)
    })
}

fn say(who: &Named, account: &AccountView, done: &str) -> Result<()> {
    print(who.json, &json!({ "id": account.id, "acct": account.acct, "done": done }), || {
        format!("{} is {done}", who.name)
    })
}

fn shown(a: &AccountView) -> Value {
    json!({
        "id": a.id, "username": a.username, "acct": a.acct, "url": a.url, "uri": a.uri, "local": a.local,
        "suspended": a.suspended, "statuses_count": a.statuses_count, "followers_count": a.followers_count,
        "following_count": a.following_count, "created_at": a.created_at.rfc3339(),
    })
}
