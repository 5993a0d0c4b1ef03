//! Profiles: reading, finding and changing them, and what their owners posted.

use bytes::Bytes;
use tintype_model::{AccountId, Handle, Page, text};
use tintype_store::{
    accounts::{Account, AccountKind},
    follows::FollowState,
};

pub use tintype_store::statuses::AccountStatuses;

use crate::{
    Ctx, Error, Found, Hint, Outgoing, Resolver, Result, outgoing,
    views::{self, AccountView, FieldView, StatusView},
};

/// What somebody changes of their profile; `None`: stays.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    pub display_name: Option<String>,
    /// Plain text.
    pub note: Option<String>,
    /// An uploaded picture.
    pub avatar: Option<Bytes>,
    pub locked: Option<bool>,
    pub bot: Option<bool>,
    pub discoverable: Option<bool>,
    pub indexable: Option<bool>,
    /// All fields anew: (name, value), plain text.
    pub fields: Option<Vec<(String, String)>>,
}

/// The most profile fields that one has.
pub const MAX_FIELDS: usize = 4;
/// Characters of a field's name, and of its value.
pub const FIELD_CHARACTERS: usize = 255;

/// An account.
pub async fn get(ctx: &Ctx, id: AccountId) -> Result<AccountView> {
    let row = ctx.store.read().await?.account(id).await?.filter(shown).ok_or(Error::NotFound)?;
    if row.deleted_at.is_some() {
        return Err(Error::Gone);
    }
    Ok(views::account(ctx, &row))
}

/// Some accounts, in the order of the ids; unknown ones are left out.
pub async fn list(ctx: &Ctx, ids: &[AccountId]) -> Result<Vec<AccountView>> {
    let mut reader = ctx.store.read().await?;
    views::accounts(ctx, &mut reader, ids).await
}

/// One page of this instance's own people, newest first.
pub async fn local(ctx: &Ctx, page: &Page) -> Result<Vec<AccountView>> {
    let rows = ctx.store.read().await?.local_accounts(page).await?;
    Ok(rows.iter().map(|row| views::account(ctx, row)).collect())
}

/// The account of a handle that is known here; asks no other server.
pub async fn lookup(ctx: &Ctx, handle: &Handle) -> Result<AccountView> {
    let key = handle.clone().on(&ctx.site.domain).key();
    let row = ctx.store.read().await?.account_by_key(&key).await?.filter(shown);
    let row = row.filter(Account::is_active).ok_or(Error::NotFound)?;
    Ok(views::account(ctx, &row))
}

/// What is wanted of an account search.
#[derive(Debug, Clone, Default)]
pub struct AccountSearch<'a> {
    /// A name's beginning, a handle, or a profile's URL.
    pub query: &'a str,
    /// Whether other servers may be asked.
    pub resolve: bool,
    /// Only those whom the searcher follows.
    pub following: bool,
    pub offset: i64,
    pub limit: i64,
}

/// Finds accounts by name, handle or URL.
pub async fn search(
    ctx: &Ctx,
    resolver: &dyn Resolver,
    viewer: Option<AccountId>,
    search: &AccountSearch<'_>,
) -> Result<Vec<AccountView>> {
    let query = search.query.trim();
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids: Vec<AccountId> = Vec::new();
    let handle = query.parse::<Handle>().ok().map(|h| h.on(&ctx.site.domain));
    if search.offset == 0 {
        let ask = search.resolve && viewer.is_some();
        ids.extend(exact(ctx, resolver, ask, query, handle.as_ref()).await?);
    }
    let mut reader = ctx.store.read().await?;
    if let Some(handle) = &handle {
        for row in reader.search_accounts(&handle.key(), search.offset, search.limit).await? {
            if !ids.contains(&row.id) {
                ids.push(row.id);
            }
        }
    }
    if search.following {
        let follows = match viewer {
            Some(me) => reader.follows_around(me, &ids).await?,
            None => Vec::new(),
        };
        ids.retain(|id| follows.iter().any(|f| f.target_id == *id && f.state == FollowState::Accepted));
    }
    ids.truncate(usize::try_from(search.limit).unwrap_or(0));
    views::accounts(ctx, &mut reader, &ids).await
}

async fn exact(
    ctx: &Ctx,
    resolver: &dyn Resolver,
    resolve: bool,
    query: &str,
    handle: Option<&Handle>,
) -> Result<Option<AccountId>> {
    let known = {
        let mut reader = ctx.store.read().await?;
        match handle {
            Some(handle) => reader.account_by_key(&handle.key()).await?,
            None => reader.account_by_uri(query).await?,
        }
    };
    if let Some(known) = known {
        return Ok(Some(known.id).filter(|_| shown(&known) && known.is_active()));
    }
    if !resolve {
        return Ok(None);
    }
    // A server that can't be reached has no results; that is no error of the search.
    let found = match handle {
        Some(handle) if handle.domain.is_some() => resolver.account(handle).await.ok().flatten(),
        None if query.starts_with("http") => match resolver.object(query).await.ok().flatten() {
            Some(Found::Account(id)) => Some(id),
            _ => None,
        },
        _ => None,
    };
    Ok(found)
}

/// One page of what an account posted, as far as the viewer may see it.
pub async fn statuses(
    ctx: &Ctx,
    viewer: Option<AccountId>,
    of: AccountId,
    filter: &AccountStatuses,
    page: &Page,
) -> Result<Vec<StatusView>> {
    let mut reader = ctx.store.read().await?;
    reader.account(of).await?.filter(shown).filter(Account::is_active).ok_or(Error::NotFound)?;
    let rows = reader.account_statuses(viewer, of, filter, page).await?;
    views::statuses(ctx, &mut reader, viewer, rows).await
}

/// Changes one's own profile.
pub async fn update_profile(ctx: &Ctx, who: AccountId, change: ProfileChange) -> Result<AccountView> {
    let limits = &ctx.policy.limits;
    let too_long = |what: &str, most: usize| {
        Error::invalid(format!("{what} is too long (maximum is {most} characters)"))
    };
    if change.display_name.as_ref().is_some_and(|n| n.chars().count() > limits.display_name_characters) {
        return Err(too_long("Display name", limits.display_name_characters));
    }
    if change.note.as_ref().is_some_and(|n| text::count(n, limits) > limits.note_characters) {
        return Err(too_long("Note", limits.note_characters));
    }
    if let Some(fields) = &change.fields {
        if fields.len() > MAX_FIELDS {
            return Err(Error::invalid(format!("Fields are too many (maximum is {MAX_FIELDS})")));
        }
        if fields.iter().any(|(n, v)| n.chars().count().max(v.chars().count()) > FIELD_CHARACTERS) {
            return Err(too_long("Field", FIELD_CHARACTERS));
        }
    }
    let texts = [&change.display_name, &change.note].into_iter().flatten();
    if texts.chain(change.fields.iter().flatten().flat_map(|(n, v)| [n, v])).any(|t| t.contains('\0')) {
        return Err(Error::invalid("Text must not contain NUL characters"));
    }
    // The bytes exist before the commit that names them.
    let avatar = match change.avatar {
        Some(bytes) => {
            let picture = ctx.studio.avatar(bytes).await?;
            let key = ctx.media.key_for(&picture.bytes, picture.extension);
            ctx.media.put(&key, picture.bytes).await?;
            Some(key.to_string())
        }
        None => None,
    };
    let mut tx = ctx.store.begin().await?;
    let mut row = tx.read().account(who).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    let html = |source: &str| text::render(source, |_| None, |tag| ctx.site.tag_page(tag));
    if let Some(name) = change.display_name {
        name.trim().clone_into(&mut row.display_name);
    }
    if let Some(note) = change.note {
        row.note = html(&note);
        row.note_source = note;
    }
    if let Some(fields) = change.fields {
        let fields: Vec<FieldView> = fields
            .into_iter()
            .filter(|(name, value)| !name.trim().is_empty() || !value.trim().is_empty())
            .map(|(name, value)| {
                let html = html(&value);
                let value = html
                    .strip_prefix("<p>")
                    .and_then(|h| h.strip_suffix("</p>"))
                    .map_or(html.clone(), str::to_owned);
                FieldView { name, value, verified_at: None }
            })
            .collect();
        row.fields = serde_json::to_string(&fields).map_err(|e| Error::Internal(e.to_string()))?;
    }
    row.avatar_key = avatar.or(row.avatar_key);
    row.locked = change.locked.unwrap_or(row.locked);
    row.bot = change.bot.unwrap_or(row.bot);
    row.kind = if row.bot { AccountKind::Service } else { AccountKind::Person };
    row.discoverable = change.discoverable.unwrap_or(row.discoverable);
    row.indexable = change.indexable.unwrap_or(row.indexable);
    row.updated_at = ctx.now();
    tx.update_account(&row).await?;
    let activity = ctx.ids.next();
    outgoing::enqueue(
        ctx,
        &mut tx,
        &Outgoing::ProfileChanged { activity, account: who, uri: row.uri.clone() },
    )
    .await?;
    tx.commit().await?;
    ctx.events.hint(Hint::Account(who));
    get(ctx, who).await
}

/// The instance's own actor is nobody's business but other servers'.
fn shown(account: &Account) -> bool {
    account.kind != AccountKind::Application || !account.local
}
