//! What people write, new or changed: its limits, and what it says.

use std::collections::{HashMap, HashSet};

use tintype_model::{
    AccountId, Handle, MediaId, Site,
    text::{self, MentionLink, Piece},
};
use tintype_store::accounts::Account;

use crate::{Ctx, Error, Resolver, Result};

/// What of a status has limits, new or changed.
pub(crate) struct Texts<'a> {
    pub text: &'a str,
    pub spoiler_text: &'a str,
    pub language: Option<&'a str>,
    pub media: &'a [MediaId],
}

/// Refuses what is over a limit, or empty.
pub(crate) fn check(ctx: &Ctx, draft: &Texts<'_>) -> Result<()> {
    let limits = &ctx.policy.limits;
    if draft.text.contains('\0') || draft.spoiler_text.contains('\0') {
        return Err(Error::invalid("Text must not contain NUL characters"));
    }
    if draft.text.trim().is_empty() && draft.media.is_empty() {
        return Err(Error::invalid("Text can't be blank"));
    }
    let characters = text::count(draft.text, limits) + draft.spoiler_text.chars().count();
    if characters > limits.status_characters {
        return Err(Error::invalid(format!("Text character limit of {} exceeded", limits.status_characters)));
    }
    if draft.media.len() > limits.status_media {
        return Err(Error::invalid(format!("Cannot attach more than {} files", limits.status_media)));
    }
    if draft.media.iter().collect::<HashSet<_>>().len() != draft.media.len() {
        return Err(Error::invalid("Cannot attach the same file twice"));
    }
    if draft.language.is_some_and(|l| !is_language(l)) {
        return Err(Error::invalid("Language is invalid"));
    }
    Ok(())
}

/// The shape of BCP 47, not its registry.
fn is_language(code: &str) -> bool {
    let mut parts = code.split('-');
    parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()))
        && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The accounts that a text names, by the handles it names them with. Names that nobody has stay text.
pub(crate) async fn resolve_mentions(
    ctx: &Ctx,
    resolver: &dyn Resolver,
    source: &str,
) -> Result<HashMap<String, Account>> {
    let mut keys: Vec<(String, Handle)> = Vec::new();
    for piece in text::scan(source) {
        if let Piece::Mention { handle, .. } = piece {
            let handle = handle.on(&ctx.site.domain);
            if !keys.iter().any(|(key, _)| *key == handle.key()) {
                keys.push((handle.key(), handle));
            }
        }
    }
    if keys.len() > ctx.policy.limits.status_mentions {
        return Err(Error::invalid(format!(
            "Cannot mention more than {} people",
            ctx.policy.limits.status_mentions
        )));
    }
    let mut found = HashMap::new();
    for (key, handle) in keys {
        // A server that doesn't answer makes its people unmentioned, not the post unpublished.
        let Ok(Some(id)) = resolver.account(&handle).await else { continue };
        if let Some(account) = ctx.store.read().await?.account(id).await?.filter(Account::is_active) {
            found.insert(key, account);
        }
    }
    Ok(found)
}

/// What a text says: as safe HTML, its hashtags (key and spelling), and whom it names (none of them silently).
pub(crate) struct Named {
    pub content: String,
    pub tags: Vec<(String, String)>,
    pub mentions: Vec<(AccountId, bool)>,
}

/// Reads a text whose mentions have been resolved.
pub(crate) fn named(site: &Site, source: &str, mentioned: &HashMap<String, Account>) -> Named {
    let find = |handle: &Handle| mentioned.get(&handle.clone().on(&site.domain).key());
    let content = text::render(
        source,
        |handle| find(handle).map(|a| MentionLink { href: a.url.clone(), username: a.username.clone() }),
        |tag| site.tag_page(tag),
    );
    let mut mentions: Vec<(AccountId, bool)> = Vec::new();
    let mut tags: Vec<(String, String)> = Vec::new();
    for piece in text::scan(source) {
        match piece {
            Piece::Mention { handle, .. } => {
                if let Some(a) = find(&handle)
                    && !mentions.iter().any(|(id, _)| *id == a.id)
                {
                    mentions.push((a.id, false));
                }
            }
            Piece::Hashtag(name) => {
                let key = text::hashtag_key(name);
                if !tags.iter().any(|(k, _)| *k == key) {
                    tags.push((key, name.to_owned()));
                }
            }
            Piece::Text(_) | Piece::Link(_) => {}
        }
    }
    Named { content, tags, mentions }
}
