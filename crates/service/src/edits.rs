//! Changing what was published, and how it was before.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tintype_model::{AccountId, MediaId, Millis, NotificationId, StatusId, Visibility};
use tintype_store::{
    Reader, Tx,
    edits::{StatusChange, StatusEdit},
    media::Media,
    notifications::NotificationKind,
    statuses::Status,
};

use crate::{
    Ctx, Error, Hint, Outgoing, Resolver, Result, media, outgoing,
    polls::{self, Asked, PollDraft},
    quotes, statuses,
    texts::{self, Texts},
    views::{self, AccountView, MediaView, StatusView},
};

/// Local people who are told that what they boosted was edited: those who boosted it last.
const BOOSTERS: i64 = 500;

/// A picture, its new alt text and its new focal point.
pub type Described = (MediaId, Option<String>, Option<(f64, f64)>);

/// How a status is to be from now on. Its visibility, and what it answers, never change.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The caption, plain text.
    pub text: String,
    /// The content warning, plain text.
    pub spoiler_text: String,
    /// Whether pictures are hidden at first; always with a content warning. `None`: as it is.
    pub sensitive: Option<bool>,
    /// BCP 47. `None`: as it is.
    pub language: Option<String>,
    /// Its pictures, in order: some that it has or had, and free ones of its author. `None`: as they are.
    pub media: Option<Vec<MediaId>>,
    /// What it asks; other options begin it anew. `None`: it asks nothing (any more).
    pub poll: Option<PollDraft>,
    /// New alt texts and focal points of pictures that it then has: `None` as it is, an empty text none.
    pub media_attributes: Vec<Described>,
}

/// A version of a status (<https://docs.joinmastodon.org/entities/StatusEdit/>).
#[derive(Debug, Clone, PartialEq)]
pub struct EditView {
    /// Safe HTML.
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    /// When the status became so.
    pub created_at: Millis,
    pub account: AccountView,
    pub media: Vec<MediaView>,
}

/// A status as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceView {
    pub id: StatusId,
    pub text: String,
    pub spoiler_text: String,
}

/// Changes one's own post or comment (`PUT /api/v1/statuses/:id`). Where nothing is different, nothing happens.
pub async fn edit(
    ctx: &Ctx,
    resolver: &dyn Resolver,
    who: AccountId,
    id: StatusId,
    change: Change,
) -> Result<StatusView> {
    let mut reader = ctx.store.read().await?;
    own(&mut reader, who, id).await?;
    let present: Vec<MediaId> = reader.media_of(&[id]).await?.iter().map(|m| m.id).collect();
    drop(reader);
    texts::check(ctx, &written(&change, change.media.as_ref().unwrap_or(&present)))?;
    for (_, description, focus) in &change.media_attributes {
        media::check_description(ctx, description.as_deref())?;
        media::check_focus(*focus)?;
    }
    // The network first, the transaction after it.
    let mentioned = texts::resolve_mentions(ctx, resolver, &change.text).await?;
    let mut hints = Vec::new();
    let mut tx = ctx.store.begin().await?;
    let was = tx.lock_status(id).await?.filter(|s| s.account_id == who && s.reblog_of_id.is_none());
    let was = was.ok_or(Error::NotFound)?;
    let before = tx.read().media_of(&[id]).await?;
    let after = pictures(&mut tx, &was, &before, &change).await?;
    let now: Vec<MediaId> = after.iter().map(|m| m.id).collect();
    texts::check(ctx, &written(&change, &now))?;
    polls::check(ctx, change.poll.as_ref(), !now.is_empty())?;
    let asked = polls::change(ctx, &mut tx, id, change.poll.as_ref()).await?;
    let named = texts::named(&ctx.site, &change.text, &mentioned);
    let content = quotes::relinked(&mut tx.read(), id, named.content, &change.text).await?;
    let spoiler_text = change.spoiler_text.trim().to_owned();
    let version = Version {
        sensitive: change.sensitive.unwrap_or(was.sensitive) || !spoiler_text.is_empty(),
        spoiler_text,
        content,
        text: change.text,
        language: change.language.or_else(|| was.language.clone()),
        edited_at: later(ctx, &was),
        tags: named.tags,
        mentions: named.mentions,
        media: after,
    };
    if version.text != was.text || asked == Asked::Anew || version.differs(&was, &before) {
        write(ctx, &mut tx, &was, &before, &version, &mut hints).await?;
        outgoing::enqueue(ctx, &mut tx, &Outgoing::Edited { status: id, uri: was.uri }).await?;
        tx.commit().await?;
        for hint in hints {
            ctx.events.hint(hint);
        }
    } else if asked == Asked::Otherwise {
        outgoing::enqueue(ctx, &mut tx, &Outgoing::PollChanged { status: id, uri: was.uri }).await?;
        tx.count_status(id, 0, 0, 0).await?;
        tx.commit().await?;
        ctx.events.hint(Hint::Changed(id));
    } else {
        drop(tx);
    }
    statuses::get(ctx, Some(who), id).await
}

/// How a status was over time, the oldest version first, the present one last.
pub async fn history(ctx: &Ctx, viewer: Option<AccountId>, id: StatusId) -> Result<Vec<EditView>> {
    let mut reader = ctx.store.read().await?;
    let row = statuses::visible_original(&mut reader, viewer, id).await?;
    let account = views::accounts(ctx, &mut reader, &[row.account_id]).await?.pop().ok_or(Error::NotFound)?;
    let edits = reader.edits_of(row.id).await?;
    if edits.is_empty() {
        let media = reader.media_of(&[row.id]).await?;
        return Ok(vec![EditView {
            content: row.content,
            spoiler_text: row.spoiler_text,
            sensitive: row.sensitive,
            created_at: row.created_at,
            account,
            media: media.into_iter().map(|m| views::media_view(ctx, m)).collect(),
        }]);
    }
    let kept: Vec<Vec<Kept>> =
        edits.iter().map(|edit| serde_json::from_str(&edit.media).unwrap_or_default()).collect();
    let ids: Vec<MediaId> = kept.iter().flatten().map(|k| k.id).collect();
    let pictures: HashMap<MediaId, Media> = reader
        .media_by_ids(&ids)
        .await?
        .into_iter()
        .filter(|m| m.status_id == Some(row.id))
        .map(|m| (m.id, m))
        .collect();
    let shown = |kept: Kept| {
        let view = views::media_view(ctx, pictures.get(&kept.id)?.clone());
        Some(MediaView { description: kept.description, focus: kept.focus, ..view })
    };
    Ok(edits
        .into_iter()
        .zip(kept)
        .map(|(edit, kept)| EditView {
            content: edit.content,
            spoiler_text: edit.spoiler_text,
            sensitive: edit.sensitive,
            created_at: edit.created_at,
            account: account.clone(),
            media: kept.into_iter().filter_map(shown).collect(),
        })
        .collect())
}

/// One's own status as one wrote it, to be changed.
pub async fn source(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<SourceView> {
    let row = own(&mut ctx.store.read().await?, who, id).await?;
    Ok(SourceView { id, text: row.text, spoiler_text: row.spoiler_text })
}

/// A new version of a status, understood and made safe.
pub(crate) struct Version {
    /// As its author wrote it; empty for remote statuses.
    pub text: String,
    /// Safe HTML.
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub edited_at: Millis,
    /// Key and spelling.
    pub tags: Vec<(String, String)>,
    /// Whom it addresses, and whether silently; those whom it did address and no longer names stay, silently.
    pub mentions: Vec<(AccountId, bool)>,
    /// Its pictures, in order: rows of this status already.
    pub media: Vec<Media>,
}

impl Version {
    /// Whether somebody who looks sees anything new.
    pub fn differs(&self, was: &Status, before: &[Media]) -> bool {
        self.spoiler_text != was.spoiler_text
            || self.sensitive != was.sensitive
            || self.language != was.language
            || self.media.iter().map(Kept::of).ne(before.iter().map(Kept::of))
    }
}

/// Writes a new version of a locked status, with its history, and tells the local people who are named anew or have
/// boosted it. Counters stay as they are.
pub(crate) async fn write(
    ctx: &Ctx,
    tx: &mut Tx,
    was: &Status,
    before: &[Media],
    version: &Version,
    hints: &mut Vec<Hint>,
) -> Result<()> {
    let mut reader = tx.read();
    let first = !reader.has_edits(was.id).await?;
    let addressed: HashMap<AccountId, bool> =
        reader.mentions_of(&[was.id]).await?.into_iter().map(|m| (m.account_id, m.silent)).collect();
    if first {
        let original = StatusEdit {
            id: ctx.ids.next(),
            status_id: was.id,
            content: was.content.clone(),
            spoiler_text: was.spoiler_text.clone(),
            sensitive: was.sensitive,
            media: kept(before)?,
            created_at: was.edited_at.unwrap_or(was.created_at),
        };
        tx.insert_edit(&original).await?;
    }
    let edit = StatusEdit {
        id: ctx.ids.next(),
        status_id: was.id,
        content: version.content.clone(),
        spoiler_text: version.spoiler_text.clone(),
        sensitive: version.sensitive,
        media: kept(&version.media)?,
        created_at: version.edited_at,
    };
    tx.insert_edit(&edit).await?;
    let change = StatusChange {
        id: was.id,
        content: version.content.clone(),
        text: version.text.clone(),
        spoiler_text: version.spoiler_text.clone(),
        sensitive: version.sensitive,
        language: version.language.clone(),
        edited_at: Some(version.edited_at),
    };
    tx.update_status(&change).await?;
    tx.replace_tags(was.id, &version.tags).await?;
    let named: Vec<AccountId> = version.mentions.iter().filter(|m| !m.1).map(|m| m.0).collect();
    tx.silence_mentions_except(was.id, &named).await?;
    tx.put_mentions(was.id, &version.mentions).await?;
    // The home timelines of those whom it always was for have it; a direct one may be for more people now.
    if was.visibility == Visibility::Direct {
        tx.insert_home_entries_of_addressed(was.id).await?;
    }
    for m in &version.media {
        if before.iter().find(|b| b.id == m.id).is_none_or(|b| Kept::of(b) != Kept::of(m)) {
            let focus = m.focus_x.zip(m.focus_y);
            tx.describe_media(m.account_id, m.id, Some(m.description.as_deref()), focus).await?;
        }
    }
    let order: Vec<MediaId> = version.media.iter().map(|m| m.id).collect();
    tx.place_media(was.id, &order).await?;
    // Whoever is answered heard of it at first.
    let heard = |id: &AccountId| match addressed.get(id) {
        Some(silent) => !silent || was.in_reply_to_account_id == Some(*id),
        None => false,
    };
    let told: Vec<_> = version.mentions.iter().copied().filter(|(id, _)| !heard(id)).collect();
    statuses::notify_mentioned(ctx, tx, was, &told, hints).await?;
    tell_boosters(ctx, tx, was, hints).await?;
    quotes::tell_quoters(ctx, tx, was, hints).await?;
    hints.push(Hint::Edited(was.id));
    Ok(())
}

/// Tells the local people who have boosted a status of its edit, in as many statements whether they are few or many.
async fn tell_boosters(ctx: &Ctx, tx: &mut Tx, was: &Status, hints: &mut Vec<Hint>) -> Result<()> {
    let (kind, author) = (NotificationKind::Update, was.account_id);
    // The news of the last edit is old news now.
    tx.retract_notifications_about(was.id, kind, author).await?;
    let boosters = tx.read().boosters_to_notify(was.id, author, BOOSTERS).await?;
    if boosters.is_empty() {
        return Ok(());
    }
    let ids: Vec<NotificationId> = boosters.iter().map(|_| ctx.ids.next()).collect();
    let told = tx.insert_notifications(&ids, &boosters, kind, author, was.id, ctx.now()).await?;
    hints.extend(told.into_iter().map(|(account, id)| Hint::Notified(account, id)));
    Ok(())
}

/// The moment of an edit: now, and after the version that there is.
pub(crate) fn later(ctx: &Ctx, was: &Status) -> Millis {
    ctx.now().max(Millis(was.edited_at.unwrap_or(was.created_at).0 + 1))
}

/// One's own post or comment.
async fn own(reader: &mut Reader<'_>, who: AccountId, id: StatusId) -> Result<Status> {
    let row = reader.visible_status(Some(who), id).await?;
    row.filter(|s| s.account_id == who && s.reblog_of_id.is_none()).ok_or(Error::NotFound)
}

fn written<'a>(change: &'a Change, media: &'a [MediaId]) -> Texts<'a> {
    Texts {
        text: &change.text,
        spoiler_text: &change.spoiler_text,
        language: change.language.as_deref(),
        media,
    }
}

/// The pictures that a status has after a change, as they then are; free ones are attached.
async fn pictures(tx: &mut Tx, was: &Status, before: &[Media], change: &Change) -> Result<Vec<Media>> {
    let mut pictures = match &change.media {
        None => before.to_vec(),
        Some(wanted) => {
            let rows = tx.read().media_by_ids(wanted).await?;
            let mut pictures = Vec::new();
            for (position, id) in (0_i64..).zip(wanted) {
                let row = rows.iter().find(|m| m.id == *id).cloned();
                let row = row.filter(|m| m.account_id == was.account_id);
                let picture = match row {
                    Some(m) if m.status_id == Some(was.id) => Some(m),
                    Some(m) if tx.attach_media(was.account_id, *id, was.id, position).await? => Some(m),
                    _ => None,
                };
                pictures.push(picture.ok_or_else(statuses::not_attached)?);
            }
            pictures
        }
    };
    for (id, description, focus) in &change.media_attributes {
        if let Some(m) = pictures.iter_mut().find(|m| m.id == *id) {
            if let Some(description) = description {
                m.description = Some(description.clone()).filter(|d| !d.is_empty());
            }
            if let Some((x, y)) = focus {
                (m.focus_x, m.focus_y) = (Some(*x), Some(*y));
            }
        }
    }
    Ok(pictures)
}

/// What the history keeps of a picture; its row is kept as long as the status.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    id: MediaId,
    description: Option<String>,
    focus: Option<(f64, f64)>,
}

impl Kept {
    fn of(m: &Media) -> Self {
        Self { id: m.id, description: m.description.clone(), focus: m.focus_x.zip(m.focus_y) }
    }
}

fn kept(media: &[Media]) -> Result<String> {
    let kept: Vec<Kept> = media.iter().map(Kept::of).collect();
    serde_json::to_string(&kept).map_err(|e| Error::Internal(e.to_string()))
}

#[cfg(test)]
mod tests;
