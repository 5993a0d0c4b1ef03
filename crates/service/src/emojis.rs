//! Custom emoji: pictures that stand for `:shortcode:`, our own and those that other servers' people write.

use std::collections::HashMap;

use bytes::Bytes;
use tintype_model::{EmojiId, Millis, text};
use tintype_store::{Reader, Tx, accounts::Account, emojis::CustomEmoji};

use crate::{
    Ctx, Error, Resolver, Result,
    inbox::RemoteEmoji,
    media::{self, ServedFile},
    views::AccountView,
};

/// The largest picture of an emoji that is taken or fetched, in bytes.
pub const MOST_BYTES: usize = 256 * 1024;
/// The longest name of an emoji of ours.
const LONGEST_NAME: usize = 64;

/// A custom emoji, as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmojiView {
    /// Without colons.
    pub shortcode: String,
    /// An absolute URL of ours; the picture doesn't move.
    pub url: String,
    /// Whether it is offered for writing.
    pub visible: bool,
    /// Its shelf.
    pub category: Option<String>,
}

/// All of our own, in the order of their names.
pub async fn list(ctx: &Ctx) -> Result<Vec<EmojiView>> {
    let rows = ctx.store.read().await?.own_emojis().await?;
    Ok(rows.iter().map(|row| view(ctx, row)).collect())
}

/// Adds one of our own, or gives the one of this name another picture.
pub async fn add(
    ctx: &Ctx,
    shortcode: &str,
    picture: Bytes,
    category: Option<String>,
    visible: bool,
) -> Result<EmojiView> {
    if !text::is_shortcode(shortcode) || shortcode.len() > LONGEST_NAME {
        return Err(Error::invalid(format!(
            "A shortcode is 2 to {LONGEST_NAME} letters, digits and underscores"
        )));
    }
    if picture.len() > MOST_BYTES {
        return Err(Error::invalid(format!("The picture is too large (maximum is {MOST_BYTES} bytes)")));
    }
    let (file_key, content_type) = store(ctx, picture).await?;
    let row = CustomEmoji {
        id: ctx.ids.next(),
        shortcode: shortcode.to_owned(),
        domain: String::new(),
        uri: None,
        remote_url: None,
        file_key: Some(file_key),
        content_type,
        category: category.filter(|category| !category.trim().is_empty()),
        visible,
        updated_at: ctx.now(),
    };
    let mut tx = ctx.store.begin().await?;
    tx.put_own_emoji(&row).await?;
    tx.commit().await?;
    Ok(view(ctx, &row))
}

/// Removes one of our own; `false` if there is none of this name. Its file goes with the next sweep.
pub async fn remove(ctx: &Ctx, shortcode: &str) -> Result<bool> {
    let mut tx = ctx.store.begin().await?;
    let gone = tx.delete_own_emoji(shortcode).await?;
    tx.commit().await?;
    Ok(gone)
}

/// One of our own, by its id, with its picture.
pub async fn own(ctx: &Ctx, id: EmojiId) -> Result<CustomEmoji> {
    let row = ctx.store.read().await?.emoji(id).await?;
    row.filter(|row| row.domain.is_empty()).ok_or(Error::NotFound)
}

/// The picture of an emoji of another server, from our copy; the copy is made when it is first asked for.
pub async fn remote_file(ctx: &Ctx, resolver: &dyn Resolver, id: EmojiId) -> Result<ServedFile> {
    let mut reader = ctx.store.read().await?;
    let row = reader.emoji(id).await?.ok_or(Error::NotFound)?;
    let rejected = reader.domain_rule(&row.domain).await?.is_some_and(|rule| rule.reject_media);
    drop(reader);
    let url = row.remote_url.filter(|_| !rejected).ok_or(Error::NotFound)?;
    if let Some(key) = &row.file_key {
        match media::file(ctx, key).await {
            Err(Error::NotFound) => {}
            served => return served,
        }
    }
    let bytes = resolver.file(&url, MOST_BYTES).await?;
    let (key, content_type) = store(ctx, bytes).await.map_err(|error| Error::Remote(error.to_string()))?;
    let mut tx = ctx.store.begin().await?;
    tx.set_emoji_file(id, &url, &key, &content_type).await?;
    tx.commit().await?;
    media::file(ctx, &key).await
}

/// Emoji that are kept of one server. The largest known sets are a third of it.
const MOST_OF_DOMAIN: i64 = 10_000;

/// Keeps the emoji that somebody of another server wrote, for all of that server.
pub async fn keep(ctx: &Ctx, tx: &mut Tx, author: &Account, emojis: &[RemoteEmoji]) -> Result<()> {
    let Some(domain) = author.domain.as_deref().filter(|_| !author.local) else { return Ok(()) };
    if emojis.is_empty() {
        return Ok(());
    }
    let mut emojis: Vec<&RemoteEmoji> = emojis.iter().collect();
    if tx.read().count_emojis(domain, MOST_OF_DOMAIN).await? >= MOST_OF_DOMAIN {
        // Those that are known may still change.
        let names: Vec<&str> = emojis.iter().map(|emoji| emoji.shortcode.as_str()).collect();
        let known = tx.read().emojis_named(&[domain], &names).await?;
        emojis.retain(|emoji| known.iter().any(|row| row.shortcode == emoji.shortcode));
    }
    // Two that keep the same ones take them in one order.
    emojis.sort_by(|a, b| a.shortcode.cmp(&b.shortcode));
    for emoji in emojis {
        let row = CustomEmoji {
            id: ctx.ids.next(),
            shortcode: emoji.shortcode.clone(),
            domain: domain.to_owned(),
            uri: emoji.uri.clone(),
            remote_url: Some(emoji.url.clone()),
            file_key: None,
            content_type: String::new(),
            category: None,
            visible: false,
            // From the future none is newer.
            updated_at: emoji.updated.unwrap_or(Millis(0)).min(ctx.now()),
        };
        tx.put_remote_emoji(&row).await?;
    }
    Ok(())
}

/// Gives views of accounts the emoji of their names, bios and fields. One query.
pub(crate) async fn of_accounts(ctx: &Ctx, reader: &mut Reader<'_>, views: &mut [AccountView]) -> Result<()> {
    let texts = views.iter().flat_map(|view| account_texts(view).map(|text| (domain(view), text)));
    let texts: Vec<(&str, &str)> = texts.collect();
    let known = known(ctx, reader, &texts).await?;
    for view in views {
        view.emojis = known.of(domain(view), account_texts(view));
    }
    Ok(())
}

/// The server of an account; empty: this one.
pub(crate) fn domain(view: &AccountView) -> &str {
    view.acct.split_once('@').map_or("", |(_, domain)| domain)
}

fn account_texts(view: &AccountView) -> impl Iterator<Item = &str> {
    let fields = view.fields.iter().flat_map(|field| [field.name.as_str(), field.value.as_str()]);
    [view.display_name.as_str(), view.note.as_str()].into_iter().chain(fields)
}

/// The custom emoji that some texts (server, text) may show. One query, or none.
pub(crate) async fn known(ctx: &Ctx, reader: &mut Reader<'_>, texts: &[(&str, &str)]) -> Result<Known> {
    let (mut domains, mut names) = (Vec::new(), Vec::new());
    for (domain, text) in texts {
        let found = text::shortcodes(text);
        if !found.is_empty() {
            names.extend(found);
            domains.push(*domain);
        }
    }
    if names.is_empty() {
        return Ok(Known::default());
    }
    for list in [&mut domains, &mut names] {
        list.sort_unstable();
        list.dedup();
    }
    let rows = reader.emojis_named(&domains, &names).await?;
    let named = |row: &CustomEmoji| (row.domain.clone(), row.shortcode.clone());
    Ok(Known(rows.iter().map(|row| (named(row), view(ctx, row))).collect()))
}

/// Emoji by server and name.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<(String, String), EmojiView>);

impl Known {
    /// Those that texts of a server's people show, each once.
    pub fn of<'a>(&self, domain: &str, texts: impl Iterator<Item = &'a str>) -> Vec<EmojiView> {
        let mut found: Vec<EmojiView> = Vec::new();
        if self.0.is_empty() {
            return found;
        }
        for name in texts.flat_map(text::shortcodes) {
            if let Some(view) = self.0.get(&(domain.to_owned(), name.to_owned()))
                && !found.contains(view)
            {
                found.push(view.clone());
            }
        }
        found
    }
}

fn view(ctx: &Ctx, row: &CustomEmoji) -> EmojiView {
    let url = match &row.file_key {
        Some(key) if row.domain.is_empty() => ctx.site.media(key),
        _ => ctx.site.remote_emoji(row.id),
    };
    EmojiView { shortcode: row.shortcode.clone(), url, visible: row.visible, category: row.category.clone() }
}

/// Makes a picture ours: encoded anew, kept. Its name and type.
async fn store(ctx: &Ctx, picture: Bytes) -> Result<(String, String)> {
    let picture = ctx.studio.emoji(picture).await?;
    let key = ctx.media.key_for(&picture.bytes, picture.extension);
    ctx.media.put(&key, picture.bytes).await?;
    Ok((key.to_string(), picture.content_type.to_owned()))
}

#[cfg(test)]
mod tests;
