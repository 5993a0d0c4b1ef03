//! One's own profile: what it says, and changing it.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tintype_model::{AccountId, Millis, handle::canonical_domain, text};
use tintype_store::{
    Tx,
    accounts::{Account, AccountKind},
};

use super::get;
use crate::{
    Ctx, Error, Hint, Outgoing, Result, emojis, follows, outgoing,
    views::{self, AccountView},
};

/// What somebody changes of their profile; `None`: stays.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    pub display_name: Option<String>,
    /// Plain text.
    pub note: Option<String>,
    /// An uploaded picture.
    pub avatar: Option<Bytes>,
    /// An uploaded picture.
    pub header: Option<Bytes>,
    /// Whether followers need an answer. Unlocking accepts those who wait for one.
    pub locked: Option<bool>,
    pub bot: Option<bool>,
    pub discoverable: Option<bool>,
    pub indexable: Option<bool>,
    /// Whether others don't see whom one follows, nor who follows.
    pub hide_collections: Option<bool>,
    /// All fields anew: (name, value), plain text.
    pub fields: Option<Vec<(String, String)>>,
}

/// The most profile fields that one has.
pub const MAX_FIELDS: usize = 4;
/// Characters of a field's name, and of its value.
pub const FIELD_CHARACTERS: usize = 255;

/// One's own account, with what nobody else sees of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    pub view: AccountView,
    /// The bio as it was written.
    pub note_source: String,
    /// The fields as they were written: (name, value).
    pub fields_source: Vec<(String, String)>,
    pub hide_collections: bool,
    /// How many wait to be let in as followers.
    pub follow_requests_count: i64,
}

/// A field as its row keeps it: what others see, and what was written.
#[derive(Debug, Serialize, Deserialize)]
struct StoredField {
    name: String,
    /// Safe HTML.
    value: String,
    #[serde(default)]
    verified_at: Option<Millis>,
    #[serde(default)]
    source: Option<String>,
}

/// One's own account.
pub async fn own(ctx: &Ctx, who: AccountId) -> Result<Own> {
    let mut reader = ctx.store.read().await?;
    let row = reader.account(who).await?.filter(|a| a.local && a.is_active()).ok_or(Error::NotFound)?;
    let fields: Vec<StoredField> = serde_json::from_str(&row.fields).unwrap_or_default();
    let mut view = views::account(ctx, &row);
    emojis::of_accounts(ctx, &mut reader, std::slice::from_mut(&mut view)).await?;
    views::show_moves(ctx, &mut reader, std::slice::from_mut(&mut view)).await?;
    Ok(Own {
        view,
        follow_requests_count: reader.follow_requests_count(who).await?,
        fields_source: fields
            .into_iter()
            .map(|field| (field.name, field.source.unwrap_or_else(|| text::plain(&field.value))))
            .collect(),
        hide_collections: row.hide_collections,
        note_source: row.note_source,
    })
}

/// The most websites that may name one as their author.
pub const MAX_ATTRIBUTION_DOMAINS: usize = 100;

/// Sets the websites that may name one as their author; others are told. Addresses and schemes are cut down to domains.
pub async fn set_attribution_domains(ctx: &Ctx, who: AccountId, domains: Vec<String>) -> Result<()> {
    let mut kept: Vec<String> = Vec::new();
    for domain in domains {
        let bare = domain.trim().trim_start_matches("https://").trim_start_matches("http://");
        let bare = bare.split('/').next().unwrap_or_default().to_lowercase();
        if bare.is_empty() || kept.contains(&bare) {
            continue;
        }
        let known = canonical_domain(&bare).filter(|domain| domain.contains('.'));
        kept.push(
            known.ok_or_else(|| Error::invalid("Attribution domains contains an invalid domain name"))?,
        );
    }
    if kept.len() > MAX_ATTRIBUTION_DOMAINS {
        return Err(Error::invalid("Attribution domains are too many"));
    }
    let json = serde_json::to_string(&kept).map_err(|e| Error::Internal(e.to_string()))?;
    let mut tx = ctx.store.begin().await?;
    if tx.read().attribution_domains(who).await?.as_deref() == Some(&*json) {
        tx.rollback().await?;
        return Ok(());
    }
    let row = mine(&mut tx, who).await?;
    tx.set_attribution_domains(who, &json).await?;
    save(ctx, tx, row).await
}

/// Changes one's own profile.
pub async fn update_profile(ctx: &Ctx, who: AccountId, change: ProfileChange) -> Result<AccountView> {
    check(ctx, &change)?;
    // The bytes exist before the commit that names them.
    let avatar = match change.avatar {
        Some(bytes) => Some(keep(ctx, ctx.studio.avatar(bytes).await?).await?),
        None => None,
    };
    let header = match change.header {
        Some(bytes) => Some(keep(ctx, ctx.studio.picture(bytes).await?.original).await?),
        None => None,
    };
    let mut tx = ctx.store.begin().await?;
    let mut row = mine(&mut tx, who).await?;
    if let Some(name) = change.display_name {
        row.display_name = text::name(&name);
    }
    if let Some(note) = change.note {
        row.note = html(ctx, &note);
        row.note_source = note;
    }
    if let Some(fields) = change.fields {
        let fields: Vec<StoredField> = fields
            .into_iter()
            .filter(|(name, value)| !name.trim().is_empty() || !value.trim().is_empty())
            .map(|(name, source)| StoredField {
                name,
                value: to_oneself(&line(html(ctx, &source))),
                verified_at: None,
                source: Some(source),
            })
            .collect();
        row.fields = serde_json::to_string(&fields).map_err(|e| Error::Internal(e.to_string()))?;
    }
    row.avatar_key = avatar.or(row.avatar_key);
    row.header_key = header.or(row.header_key);
    row.locked = change.locked.unwrap_or(row.locked);
    row.bot = change.bot.unwrap_or(row.bot);
    row.kind = if row.bot { AccountKind::Service } else { AccountKind::Person };
    row.discoverable = change.discoverable.unwrap_or(row.discoverable);
    row.indexable = change.indexable.unwrap_or(row.indexable);
    row.hide_collections = change.hide_collections.unwrap_or(row.hide_collections);
    save(ctx, tx, row).await?;
    if change.locked == Some(false) {
        // Asked for again when it is repeated: a failure in between leaves nobody waiting for ever.
        follows::accept_waiting(ctx, who).await?;
    }
    get(ctx, who).await
}

/// Takes one's own avatar away. None is fine.
pub async fn remove_avatar(ctx: &Ctx, who: AccountId) -> Result<AccountView> {
    let mut tx = ctx.store.begin().await?;
    let mut row = mine(&mut tx, who).await?;
    if row.avatar_key.take().is_some() {
        save(ctx, tx, row).await?;
    } else {
        tx.rollback().await?;
    }
    get(ctx, who).await
}

/// Takes one's own header away. None is fine.
pub async fn remove_header(ctx: &Ctx, who: AccountId) -> Result<AccountView> {
    let mut tx = ctx.store.begin().await?;
    let mut row = mine(&mut tx, who).await?;
    if row.header_key.take().is_some() {
        save(ctx, tx, row).await?;
    } else {
        tx.rollback().await?;
    }
    get(ctx, who).await
}

/// One's own row, locked: two changes at once don't undo each other.
async fn mine(tx: &mut Tx, who: AccountId) -> Result<Account> {
    follows::lock(tx, [who]).await?;
    tx.read().account(who).await?.filter(|a| a.local && a.is_active()).ok_or(Error::NotFound)
}

/// Writes the row, commits, and tells others.
async fn save(ctx: &Ctx, mut tx: Tx, mut row: Account) -> Result<()> {
    row.updated_at = ctx.now();
    tx.update_account(&row).await?;
    let news = Outgoing::ProfileChanged { activity: ctx.ids.next(), account: row.id, uri: row.uri };
    outgoing::enqueue(ctx, &mut tx, &news).await?;
    tx.commit().await?;
    ctx.events.hint(Hint::Account(row.id));
    Ok(())
}

fn check(ctx: &Ctx, change: &ProfileChange) -> Result<()> {
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
    Ok(())
}

/// Stores a picture; its key.
async fn keep(ctx: &Ctx, picture: tintype_media::Rendition) -> Result<String> {
    let key = ctx.media.key_for(&picture.bytes, picture.extension);
    ctx.media.put(&key, picture.bytes).await?;
    Ok(key.to_string())
}

fn html(ctx: &Ctx, source: &str) -> String {
    text::render(source, |_| None, |tag| ctx.site.tag_page(tag))
}

/// Says of the links of a profile's fields that they lead to the same person, which is how others prove that they do
/// (<https://microformats.org/wiki/rel-me>). What people write has no quotes in HTML, so this is no part of it.
fn to_oneself(html: &str) -> String {
    html.replace(" rel=\"nofollow ", " rel=\"me nofollow ")
}

/// A text that is one line needs no paragraph.
fn line(html: String) -> String {
    let inner = html.strip_prefix("<p>").and_then(|h| h.strip_suffix("</p>")).map(str::to_owned);
    inner.unwrap_or(html)
}

#[cfg(test)]
mod tests;
