//! What doors show: accounts, statuses and notifications with everything around them, read in a constant number of
//! queries per page whatever is on it.

use std::collections::{HashMap, HashSet};

use tintype_model::{AccountId, AppId, MediaId, Millis, StatusId};
use tintype_store::{Reader, accounts::AccountKind, media::Media, statuses::Status};

pub use tintype_store::accounts::Account;

pub use crate::emojis::EmojiView;
pub use crate::polls::PollView;
pub use crate::quoted::{QuoteApprovalView, QuoteView, Quoted};

use crate::{Ctx, Error, Result, emojis, polls, quoted::Quotes};

/// A profile, as anybody sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountView {
    pub id: AccountId,
    pub username: String,
    /// `alice`, or `alice@far.example`.
    pub acct: String,
    pub display_name: String,
    pub uri: String,
    pub url: String,
    /// Safe HTML.
    pub note: String,
    pub fields: Vec<FieldView>,
    /// Absolute URLs of ours.
    pub avatar: String,
    pub header: String,
    pub local: bool,
    pub locked: bool,
    pub bot: bool,
    pub group: bool,
    pub discoverable: bool,
    pub indexable: bool,
    /// Suspended, or deleted: name, words and pictures are blank.
    pub suspended: bool,
    /// Shown only to those who follow it or look for it (Mastodon's `limited`).
    pub silenced: bool,
    /// Whether it keeps to itself whom it follows and who follows it.
    pub hide_collections: bool,
    /// The bio as its owner wrote it, for themselves; empty for remote accounts.
    pub note_source: String,
    /// The custom emoji of its name, bio and fields.
    pub emojis: Vec<EmojiView>,
    pub followers_count: i64,
    pub following_count: i64,
    pub statuses_count: i64,
    pub last_status_at: Option<Millis>,
    pub created_at: Millis,
    /// Where it lives now.
    pub moved: Option<Box<AccountView>>,
}

/// A line of a profile.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldView {
    pub name: String,
    /// Safe HTML.
    pub value: String,
    #[serde(default)]
    pub verified_at: Option<Millis>,
}

/// A status as one viewer sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusView {
    pub id: StatusId,
    pub uri: String,
    pub url: String,
    pub account: AccountView,
    pub visibility: tintype_model::Visibility,
    pub sensitive: bool,
    pub spoiler_text: String,
    /// Safe HTML.
    pub content: String,
    /// As its author wrote it; shown to its author when it is deleted.
    pub text: String,
    pub language: Option<String>,
    pub in_reply_to_id: Option<StatusId>,
    pub in_reply_to_account_id: Option<AccountId>,
    pub reblog: Option<Box<StatusView>>,
    pub media: Vec<MediaView>,
    pub mentions: Vec<MentionView>,
    pub tags: Vec<TagView>,
    /// The custom emoji of its texts.
    pub emojis: Vec<EmojiView>,
    /// What it asks.
    pub poll: Option<PollView>,
    /// The app it was posted with, for local statuses.
    pub application: Option<AppView>,
    pub replies_count: i64,
    pub reblogs_count: i64,
    pub favourites_count: i64,
    pub quotes_count: i64,
    /// What it quotes.
    pub quote: Option<QuoteView>,
    /// Who may quote it.
    pub quote_approval: QuoteApprovalView,
    pub created_at: Millis,
    pub edited_at: Option<Millis>,
    /// Whether its author shows it first; for its author to see.
    pub pinned: bool,
    /// What the viewer did with it; `None` when nobody is signed in.
    pub viewer: Option<ViewerPart>,
}

/// What one viewer did with a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ViewerPart {
    pub favourited: bool,
    pub reblogged: bool,
    pub bookmarked: bool,
    /// Whether the viewer wants to hear no more of its thread.
    pub muted: bool,
    /// Whether it is the viewer's own.
    pub own: bool,
}

/// A picture.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaView {
    pub id: MediaId,
    /// `image` or `unknown`.
    pub kind: String,
    /// Absolute URLs of ours.
    pub url: String,
    pub preview_url: String,
    pub remote_url: Option<String>,
    pub content_type: String,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub small_width: Option<i64>,
    pub small_height: Option<i64>,
    pub blurhash: Option<String>,
    pub description: Option<String>,
    pub focus: Option<(f64, f64)>,
}

/// Somebody whom a status addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionView {
    pub id: AccountId,
    pub username: String,
    pub acct: String,
    pub url: String,
    pub uri: String,
}

/// A hashtag of a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagView {
    /// As written.
    pub name: String,
    /// Its page here.
    pub url: String,
}

/// The app a status was posted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppView {
    pub name: String,
    pub website: Option<String>,
}

/// The views of some accounts, in the order of the ids; unknown ones are left out.
pub async fn accounts(ctx: &Ctx, reader: &mut Reader<'_>, list: &[AccountId]) -> Result<Vec<AccountView>> {
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let found: HashMap<AccountId, Account> =
        reader.accounts(list).await?.into_iter().map(|a| (a.id, a)).collect();
    let mut views: Vec<AccountView> =
        list.iter().filter_map(|id| found.get(id)).map(|a| account(ctx, a)).collect();
    count_elsewhere(reader, &mut views).await?;
    show_moves(ctx, reader, &mut views).await?;
    emojis::of_accounts(ctx, reader, &mut views).await?;
    Ok(views)
}

/// Counts of accounts of other servers, with what those count beyond what is known here.
pub(crate) async fn count_elsewhere(reader: &mut Reader<'_>, views: &mut [AccountView]) -> Result<()> {
    let remote: Vec<AccountId> = views.iter().filter(|v| !v.local && !v.suspended).map(|v| v.id).collect();
    if remote.is_empty() {
        return Ok(());
    }
    let said = reader.account_readings(&remote).await?;
    for said in &said {
        for view in views.iter_mut().filter(|view| view.id == said.account_id) {
            view.followers_count += said.followers.unwrap_or(0);
            view.following_count += said.following.unwrap_or(0);
            view.statuses_count += said.statuses.unwrap_or(0);
        }
    }
    Ok(())
}

/// The view of an account.
pub fn account(ctx: &Ctx, a: &Account) -> AccountView {
    let site = &ctx.site;
    let picture = |key: &Option<String>, remote: Option<String>, missing: String| match (a.local, key) {
        _ if !a.is_active() => missing,
        (true, Some(key)) => site.media(key),
        (false, _) => remote.unwrap_or(missing),
        (true, None) => missing,
    };
    // Of somebody who is gone, or suspended, nothing is shown but that they were here.
    let shown = |text: &String| if a.is_active() { text.clone() } else { String::new() };
    AccountView {
        id: a.id,
        username: a.username.clone(),
        acct: a.acct(),
        display_name: shown(&a.display_name),
        uri: a.uri.clone(),
        url: a.url.clone(),
        note: shown(&a.note),
        note_source: shown(&a.note_source),
        fields: serde_json::from_str(&shown(&a.fields)).unwrap_or_default(),
        avatar: picture(
            &a.avatar_key,
            a.avatar_remote_url.is_some().then(|| site.remote_avatar(a.id)),
            site.missing_avatar(),
        ),
        header: picture(
            &a.header_key,
            a.header_remote_url.is_some().then(|| site.remote_header(a.id)),
            site.missing_header(),
        ),
        local: a.local,
        locked: a.locked,
        bot: a.bot,
        group: a.kind == AccountKind::Group,
        discoverable: a.discoverable,
        indexable: a.indexable,
        suspended: !a.is_active(),
        silenced: a.silenced_at.is_some(),
        hide_collections: a.hide_collections,
        emojis: Vec::new(),
        followers_count: a.followers_count,
        following_count: a.following_count,
        statuses_count: a.statuses_count,
        last_status_at: a.last_status_at,
        created_at: a.created_at,
        moved: None,
    }
}

/// Says of those who moved where they live now.
pub(crate) async fn show_moves(ctx: &Ctx, reader: &mut Reader<'_>, views: &mut [AccountView]) -> Result<()> {
    let all: Vec<AccountId> = views.iter().filter(|view| !view.suspended).map(|view| view.id).collect();
    let moves = reader.moves_of(&all).await?;
    if moves.is_empty() {
        return Ok(());
    }
    let targets: Vec<AccountId> = moves.iter().map(|(_, target)| *target).collect();
    let mut targets: Vec<AccountView> =
        reader.accounts(&targets).await?.iter().filter(|a| a.is_active()).map(|a| account(ctx, a)).collect();
    count_elsewhere(reader, &mut targets).await?;
    for (from, to) in moves {
        let target = targets.iter().find(|view| view.id == to);
        for view in views.iter_mut().filter(|view| view.id == from) {
            view.moved = target.cloned().map(Box::new);
        }
    }
    Ok(())
}

/// The view of one status that the viewer has been found to be allowed to see.
pub async fn status(
    ctx: &Ctx,
    reader: &mut Reader<'_>,
    viewer: Option<AccountId>,
    row: Status,
) -> Result<StatusView> {
    statuses(ctx, reader, viewer, vec![row]).await?.pop().ok_or(Error::NotFound)
}

/// The views of a page of statuses that the viewer has been found to be allowed to see, in their order. What they boost
/// is read under the visibility rule again, and so is what they quote. As many queries however many statuses there are.
pub async fn statuses(
    ctx: &Ctx,
    reader: &mut Reader<'_>,
    viewer: Option<AccountId>,
    rows: Vec<Status>,
) -> Result<Vec<StatusView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let boosted: Vec<StatusId> = rows.iter().filter_map(|s| s.reblog_of_id).collect();
    let originals: HashMap<StatusId, Status> = if boosted.is_empty() {
        HashMap::new()
    } else {
        reader.visible_statuses(viewer, &boosted).await?.into_iter().map(|s| (s.id, s)).collect()
    };
    let shown = rows.iter().chain(originals.values()).filter(|s| s.reblog_of_id.is_none());
    let shown: Vec<(StatusId, AccountId)> = shown.map(|s| (s.id, s.account_id)).collect();
    let quotes = Quotes::read(reader, viewer, &shown).await?;
    let all: Vec<&Status> = rows.iter().chain(originals.values()).chain(quotes.rows()).collect();
    let content: Vec<StatusId> = all.iter().filter(|s| s.reblog_of_id.is_none()).map(|s| s.id).collect();
    let authors: Vec<AccountId> =
        all.iter().map(|s| s.account_id).collect::<HashSet<_>>().into_iter().collect();
    let apps: Vec<AppId> = all.iter().filter_map(|s| s.app_id).collect::<HashSet<_>>().into_iter().collect();
    let mut parts = Parts {
        viewer,
        accounts: accounts(ctx, reader, &authors).await?.into_iter().map(|a| (a.id, a)).collect(),
        ..Parts::default()
    };
    for media in reader.media_of(&content).await? {
        if let Some(status) = media.status_id {
            parts.media.entry(status).or_default().push(media_view(ctx, media));
        }
    }
    for mention in reader.mentions_of(&content).await?.into_iter().filter(|m| !m.silent) {
        let acct = match &mention.domain {
            Some(domain) => format!("{}@{domain}", mention.username),
            None => mention.username.clone(),
        };
        parts.mentions.entry(mention.status_id).or_default().push(MentionView {
            id: mention.account_id,
            username: mention.username,
            acct,
            url: mention.url,
            uri: mention.uri,
        });
    }
    for tag in reader.tags_of(&content).await? {
        let url = ctx.site.tag_page(&tag.name);
        parts.tags.entry(tag.status_id).or_default().push(TagView { name: tag.display, url });
    }
    if !apps.is_empty() {
        for (id, name, website) in reader.posting_apps(&apps).await? {
            parts.apps.insert(id, AppView { name, website });
        }
    }
    for said in reader.status_readings(&content).await? {
        parts.said.insert(said.status_id, [said.replies, said.reblogs, said.favourites]);
    }
    let asking: Vec<&Status> = all.iter().copied().filter(|s| s.reblog_of_id.is_none()).collect();
    parts.polls = polls::views(ctx, reader, viewer, &asking).await?;
    let texts: Vec<(&str, &str)> = all.iter().flat_map(|s| parts.texts(s)).collect();
    parts.emojis = emojis::known(ctx, reader, &texts).await?;
    parts.pinned = reader.pinned_among(&content).await?.into_iter().collect();
    if let Some(viewer) = viewer {
        parts.favourited = reader.favourited_among(viewer, &content).await?.into_iter().collect();
        parts.reblogged = reader.reblogged_among(viewer, &content).await?.into_iter().collect();
        parts.bookmarked = reader.bookmarked_among(viewer, &content).await?.into_iter().collect();
        parts.muted = reader.threads_muted_among(viewer, &content).await?.into_iter().collect();
    }
    parts.quotes = quotes;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let reblog = match row.reblog_of_id {
                Some(id) => Some(Box::new(parts.view(originals.get(&id)?.clone(), None)?)),
                None => None,
            };
            parts.view(row, reblog)
        })
        .collect())
}

/// The view of a picture.
pub fn media_view(ctx: &Ctx, m: Media) -> MediaView {
    let remote = ctx.site.remote_media(m.id, &crate::media::mark(ctx, m.id));
    let (url, preview_url) = match (&m.remote_url, &m.file_key) {
        (None, Some(key)) => (ctx.site.media(key), ctx.site.media(m.small_key.as_ref().unwrap_or(key))),
        _ => (remote.clone(), format!("{remote}?small=true")),
    };
    MediaView {
        id: m.id,
        kind: m.kind,
        url,
        preview_url,
        remote_url: m.remote_url,
        content_type: m.content_type,
        width: m.width,
        height: m.height,
        small_width: m.small_width,
        small_height: m.small_height,
        blurhash: m.blurhash,
        description: m.description,
        focus: m.focus_x.zip(m.focus_y),
    }
}

/// What a page of statuses needs beside its rows.
#[derive(Default)]
struct Parts {
    viewer: Option<AccountId>,
    accounts: HashMap<AccountId, AccountView>,
    media: HashMap<StatusId, Vec<MediaView>>,
    mentions: HashMap<StatusId, Vec<MentionView>>,
    tags: HashMap<StatusId, Vec<TagView>>,
    apps: HashMap<AppId, AppView>,
    favourited: HashSet<StatusId>,
    reblogged: HashSet<StatusId>,
    bookmarked: HashSet<StatusId>,
    muted: HashSet<StatusId>,
    pinned: HashSet<StatusId>,
    quotes: Quotes,
    polls: HashMap<StatusId, PollView>,
    emojis: emojis::Known,
    /// Replies, boosts and likes, as their own servers count them.
    said: HashMap<StatusId, [Option<i64>; 3]>,
}

impl Parts {
    /// The texts of a status in which emoji are shown, each with the server whose emoji those are.
    fn texts<'a>(&'a self, s: &'a Status) -> impl Iterator<Item = (&'a str, &'a str)> {
        let domain = self.accounts.get(&s.account_id).map_or("", emojis::domain);
        let options = self.polls.get(&s.id).into_iter().flat_map(|poll| &poll.options);
        let texts = [s.content.as_str(), s.spoiler_text.as_str()].into_iter();
        texts.chain(options.map(|option| option.title.as_str())).map(move |text| (domain, text))
    }

    fn view(&self, s: Status, reblog: Option<Box<StatusView>>) -> Option<StatusView> {
        let show = |quoted: &Status| {
            let quote = self.quotes.of(quoted.id, None);
            Some(StatusView { quote, ..self.plain(quoted.clone(), None)? })
        };
        let quote = self.quotes.of(s.id, Some(&show));
        Some(StatusView { quote, ..self.plain(s, reblog)? })
    }

    /// The view of a status without what it quotes.
    fn plain(&self, s: Status, reblog: Option<Box<StatusView>>) -> Option<StatusView> {
        // A boost shows the counts and marks of what it boosts.
        let shown = s.reblog_of_id.unwrap_or(s.id);
        let [replies, reblogs, favourites] = self.said.get(&s.id).copied().unwrap_or_default();
        let account = self.accounts.get(&s.account_id)?.clone();
        let emojis = self.emojis.of(emojis::domain(&account), self.texts(&s).map(|(_, text)| text));
        let poll = self.polls.get(&s.id).map(|poll| {
            let titles = poll.options.iter().map(|option| option.title.as_str());
            PollView { emojis: self.emojis.of(emojis::domain(&account), titles), ..poll.clone() }
        });
        Some(StatusView {
            quotes_count: reblog.as_ref().map_or_else(|| self.quotes.count(s.id), |o| o.quotes_count),
            quote: None,
            quote_approval: self.quotes.approval(&s, &account.uri),
            account,
            media: self.media.get(&s.id).cloned().unwrap_or_default(),
            mentions: self.mentions.get(&s.id).cloned().unwrap_or_default(),
            tags: self.tags.get(&s.id).cloned().unwrap_or_default(),
            emojis,
            poll,
            application: s.app_id.and_then(|id| self.apps.get(&id).cloned()),
            replies_count: reblog
                .as_ref()
                .map_or(s.replies_count + replies.unwrap_or(0), |o| o.replies_count),
            reblogs_count: reblog
                .as_ref()
                .map_or(s.reblogs_count + reblogs.unwrap_or(0), |o| o.reblogs_count),
            favourites_count: reblog
                .as_ref()
                .map_or(s.favourites_count + favourites.unwrap_or(0), |o| o.favourites_count),
            viewer: self.viewer.map(|viewer| ViewerPart {
                favourited: self.favourited.contains(&shown),
                reblogged: self.reblogged.contains(&shown),
                bookmarked: self.bookmarked.contains(&shown),
                muted: self.muted.contains(&shown),
                own: viewer == s.account_id,
            }),
            pinned: self.pinned.contains(&s.id),
            id: s.id,
            uri: s.uri,
            url: s.url,
            visibility: s.visibility,
            sensitive: s.sensitive,
            spoiler_text: s.spoiler_text,
            content: s.content,
            text: s.text,
            language: s.language,
            in_reply_to_id: s.in_reply_to_id,
            in_reply_to_account_id: s.in_reply_to_account_id,
            reblog,
            created_at: s.created_at,
            edited_at: s.edited_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        given::{instance, member},
        given_posts::stranger,
    };

    #[tokio::test]
    async fn nothing_is_shown_of_who_is_suspended_or_gone() {
        let (ctx, _dir) = instance().await;
        let (here, far) = (member(&ctx, "alice").await, stranger(&ctx, "bob@far.example").await);
        let row = Account {
            display_name: "Bob".to_owned(),
            note: "<p>hi</p>".to_owned(),
            note_source: "hi".to_owned(),
            fields: r#"[{"name":"a","value":"b"}]"#.to_owned(),
            avatar_remote_url: Some("https://far.example/a.jpg".to_owned()),
            ..far
        };
        let shown = account(&ctx, &row);
        assert_eq!((shown.display_name.as_str(), shown.fields.len(), shown.suspended), ("Bob", 1, false));
        assert_eq!(shown.avatar, ctx.site.remote_avatar(row.id));
        let suspended = Account { suspended_at: Some(ctx.now()), ..row.clone() };
        let deleted = Account { deleted_at: Some(ctx.now()), ..row };
        for gone in [suspended, deleted] {
            let shown = account(&ctx, &gone);
            assert!(shown.suspended && shown.fields.is_empty());
            assert_eq!(format!("{}{}{}", shown.display_name, shown.note, shown.note_source), "");
            assert_eq!((shown.avatar, shown.acct.as_str()), (ctx.site.missing_avatar(), "bob@far.example"));
        }
        let mut reader = ctx.store.read().await.unwrap();
        assert!(!accounts(&ctx, &mut reader, &[here]).await.unwrap()[0].suspended);
    }
}
