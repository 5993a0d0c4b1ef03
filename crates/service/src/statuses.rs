//! Publishing, reading and deleting posts and comments.

use std::{collections::HashMap, time::Duration};

use tintype_model::{
    AccountId, AppId, Interaction, MediaId, Millis, QuotePolicy, StatusId, Visibility, handle::registrable,
};
use tintype_store::{
    Reader, Tx,
    accounts::Account,
    approvals::ApprovalState,
    notifications::{Notification, NotificationKind},
    statuses::Status,
};

use crate::{
    Ctx, Error, Hint, Outgoing, Resolver, Result,
    interactions::{self, Asking, With},
    moves,
    outgoing::{self, Reach},
    policies,
    polls::{self, PollDraft},
    quotes, reading,
    texts::{self, Named, Texts},
    throttle::Allowance,
    timelines,
    views::{self, StatusView},
};

/// What somebody wants to publish.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The caption, plain text.
    pub text: String,
    /// The content warning, plain text.
    pub spoiler_text: String,
    /// `None`: the author's default.
    pub visibility: Option<Visibility>,
    /// Whether pictures are hidden at first. `None`: the author's default; always with a content warning.
    pub sensitive: Option<bool>,
    /// BCP 47. `None`: the author's default.
    pub language: Option<String>,
    /// What it comments on.
    pub in_reply_to: Option<StatusId>,
    /// The author's uploaded pictures, in order.
    pub media: Vec<MediaId>,
    /// What it asks. A post has either pictures or a poll.
    pub poll: Option<PollDraft>,
    /// The app it is posted with.
    pub app: Option<AppId>,
    /// What it quotes.
    pub quote: Option<StatusId>,
    /// Who may quote it. `None`: the author's default.
    pub quote_policy: Option<QuotePolicy>,
}

impl Draft {
    fn texts(&self) -> Texts<'_> {
        Texts {
            text: &self.text,
            spoiler_text: &self.spoiler_text,
            language: self.language.as_deref(),
            media: &self.media,
        }
    }
}

/// A status' surroundings.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// What it answers, oldest first.
    pub ancestors: Vec<StatusView>,
    /// What answers it, depth first.
    pub descendants: Vec<StatusView>,
}

/// Publishes a post or comment (`POST /api/v1/statuses`).
///
/// A replayed idempotency key answers with the status that the first use of it made.
pub async fn publish(
    ctx: &Ctx,
    resolver: &dyn Resolver,
    author: AccountId,
    key: Option<&str>,
    draft: Draft,
) -> Result<StatusView> {
    moves::at_home(&mut ctx.store.read().await?, author).await?;
    texts::check(ctx, &draft.texts())?;
    polls::check(ctx, draft.poll.as_ref(), !draft.media.is_empty())?;
    // The network first, the transaction after it.
    let mentioned = texts::resolve_mentions(ctx, resolver, &draft.text).await?;
    let (mut status, tags, mut mentions) = compose(ctx, author, &draft, &mentioned).await?;
    let quoting = quotes::quoting(ctx, draft.quote, &mut status, &mut mentions).await?;
    let asking = asking(ctx, &status).await?;
    let mut tx = ctx.store.begin().await?;
    if let Some(key) = key
        && let Some(first) = tx.claim_idempotency_key(author, key, status.id, ctx.now()).await?
    {
        drop(tx);
        return get(ctx, Some(author), first).await;
    }
    tx.insert_status(&status).await?;
    tx.insert_mentions(status.id, &mentions).await?;
    tx.insert_tags(status.id, &tags).await?;
    for (position, media) in (0_i64..).zip(&draft.media) {
        if !tx.attach_media(author, *media, status.id, position).await? {
            return Err(not_attached());
        }
    }
    if let Some(poll) = &draft.poll {
        polls::insert(ctx, &mut tx, status.id, poll).await?;
    }
    if status.visibility != Visibility::Direct {
        tx.count_account(author, 1, 0, 0, Some(status.created_at)).await?;
    }
    let mut hints = vec![Hint::Published(status.id)];
    policies::begin(&mut tx, &status, draft.quote_policy).await?;
    if let Some(asking) = &asking {
        interactions::ask(ctx, &mut tx, author, asking, With::Status(&status)).await?;
    } else {
        told_of_answer(ctx, &mut tx, &status, &mentions, &mut hints).await?;
    }
    if let Some(quoting) = quoting {
        quotes::begin(ctx, &mut tx, &status, quoting, &mut hints).await?;
    }
    let rest = !timelines::fan_out_now(&mut tx, &status).await?;
    outgoing::enqueue(
        ctx,
        &mut tx,
        &Outgoing::Published { status: status.id, uri: status.uri.clone(), rest },
    )
    .await?;
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    get(ctx, Some(author), status.id).await
}

/// Whether a comment needs the leave of whom it answers.
async fn asking(ctx: &Ctx, status: &Status) -> Result<Option<Asking>> {
    let Some(parent) = status.in_reply_to_id else { return Ok(None) };
    let mut reader = ctx.store.read().await?;
    let (Some(parent), Some(me)) = (reader.status(parent).await?, reader.account(status.account_id).await?)
    else {
        return Ok(None);
    };
    interactions::asking(ctx, &mut reader, Interaction::Reply, &parent, &me).await
}

/// Counts a comment, and tells those whom it addresses.
pub(crate) async fn told_of_answer(
    ctx: &Ctx,
    tx: &mut Tx,
    status: &Status,
    mentions: &[(AccountId, bool)],
    hints: &mut Vec<Hint>,
) -> Result<()> {
    if let Some(parent) = status.in_reply_to_id.filter(|_| status.visibility.is_open()) {
        tx.count_status(parent, 1, 0, 0).await?;
        hints.push(Hint::Changed(parent));
    }
    notify_mentioned(ctx, tx, status, mentions, hints).await
}

/// A status, if the viewer may see it.
pub async fn get(ctx: &Ctx, viewer: Option<AccountId>, id: StatusId) -> Result<StatusView> {
    let mut reader = ctx.store.read().await?;
    let row = reader.visible_status(viewer, id).await?.ok_or(Error::NotFound)?;
    views::status(ctx, &mut reader, viewer, row).await
}

/// What a status answers, and what answers it.
pub async fn context(ctx: &Ctx, viewer: Option<AccountId>, id: StatusId) -> Result<Thread> {
    // Mastodon's bounds: <https://docs.joinmastodon.org/methods/statuses/#context>.
    let (up, down, depth) = if viewer.is_some() { (4096, 4096, 4096) } else { (40, 60, 20) };
    let mut reader = ctx.store.read().await?;
    let row = visible_original(&mut reader, viewer, id).await?;
    let mut ancestors = reader.ancestors(viewer, row.id, up).await?;
    ancestors.reverse();
    let descendants = depth_first(row.id, reader.descendants(viewer, row.id, depth, down).await?);
    let thread = Thread {
        ancestors: views::statuses(ctx, &mut reader, viewer, ancestors).await?,
        descendants: views::statuses(ctx, &mut reader, viewer, descendants).await?,
    };
    drop(reader);
    if viewer.is_some() {
        reading::thread_seen(ctx, &row).await;
    }
    Ok(thread)
}

/// Deletes one's own post, comment or boost; answers with how it was, text included. Its pictures become free again.
pub async fn delete(ctx: &Ctx, author: AccountId, id: StatusId) -> Result<StatusView> {
    let mut reader = ctx.store.read().await?;
    let row = reader.visible_status(Some(author), id).await?.filter(|s| s.account_id == author);
    let row = row.ok_or(Error::NotFound)?;
    let was = views::status(ctx, &mut reader, Some(author), row).await?;
    drop(reader);
    let mut tries = 0;
    // Two deletions may wait for each other's rows: one of them then begins again.
    let visibility = loop {
        match remove(ctx, author, id).await {
            Err(Error::Unavailable) if tries < 3 => tries += 1,
            outcome => break outcome?,
        }
    };
    ctx.events.hint(Hint::Deleted { status: id, author, visibility });
    Ok(was)
}

/// Deletes a status in one transaction; who could see it.
async fn remove(ctx: &Ctx, author: AccountId, id: StatusId) -> Result<Visibility> {
    let mut tx = ctx.store.begin().await?;
    let row = tx.lock_status(id).await?.ok_or(Error::NotFound)?;
    if let Some(original) = row.reblog_of_id {
        crate::reblogs::remove(ctx, &mut tx, &row, original).await?;
    } else {
        let reach = reach_of(&mut tx, &row).await?;
        tx.delete_status(&row, ctx.now()).await?;
        let activity = ctx.ids.next();
        outgoing::enqueue(ctx, &mut tx, &Outgoing::Deleted { activity, author, uri: row.uri.clone(), reach })
            .await?;
    }
    tx.commit().await?;
    Ok(row.visibility)
}

/// The status of an id, or what it boosts, if the viewer may see it: what one likes, boosts and answers.
pub(crate) async fn visible_original(
    reader: &mut Reader<'_>,
    viewer: Option<AccountId>,
    id: StatusId,
) -> Result<Status> {
    let row = reader.visible_status(viewer, id).await?.ok_or(Error::NotFound)?;
    match row.reblog_of_id {
        Some(original) => reader.visible_status(viewer, original).await?.ok_or(Error::NotFound),
        None => Ok(row),
    }
}

/// A status, or what it boosts, whoever may see it: to take something back of it, never to show it.
pub(crate) async fn any_original(reader: &mut Reader<'_>, id: StatusId) -> Result<Status> {
    let row = reader.status(id).await?.ok_or(Error::NotFound)?;
    match row.reblog_of_id {
        Some(original) => reader.status(original).await?.ok_or(Error::NotFound),
        None => Ok(row),
    }
}

/// A status as somebody sees it who has just taken something back of it. If they don't see it any more, an empty shell:
/// whose it is, and nothing that it says.
pub(crate) async fn get_or_shell(ctx: &Ctx, who: AccountId, id: StatusId) -> Result<StatusView> {
    match get(ctx, Some(who), id).await {
        Err(Error::NotFound) => {}
        found => return found,
    }
    let mut reader = ctx.store.read().await?;
    let row = any_original(&mut reader, id).await?;
    let shown = row.id;
    // Under an id that nothing has, so that nothing of it is found.
    let shell = Status {
        id: StatusId(0),
        content: String::new(),
        text: String::new(),
        spoiler_text: String::new(),
        language: None,
        in_reply_to_id: None,
        in_reply_to_account_id: None,
        app_id: None,
        replies_count: 0,
        reblogs_count: 0,
        favourites_count: 0,
        edited_at: None,
        ..row
    };
    Ok(StatusView { id: shown, ..views::status(ctx, &mut reader, Some(who), shell).await? })
}

/// Whom a deletion, or the undoing of a boost, must reach.
pub(crate) async fn reach_of(tx: &mut Tx, row: &Status) -> Result<Reach> {
    let mut reader = tx.read();
    let asked = reader.approvals_among(&[row.id]).await?;
    if reader.is_held(row.id).await? && asked.iter().all(|approval| approval.state == ApprovalState::Pending)
    {
        // Nobody heard of it but who was asked. Leave that was taken back is another matter: others had it by then.
        let others = row.in_reply_to_account_id.into_iter().collect();
        return Ok(Reach { visibility: Visibility::Direct, mentioned: Vec::new(), others });
    }
    let mentioned = reader.mentions_of(&[row.id]).await?.into_iter().map(|m| m.account_id).collect();
    // Who was not addressed doesn't learn, from the end of a post, that there was one.
    let others =
        if row.visibility.is_open() { reader.remote_participants(row.id).await? } else { Vec::new() };
    Ok(Reach { visibility: row.visibility, mentioned, others })
}

/// Tells the local people whom a status addresses.
pub(crate) async fn notify_mentioned(
    ctx: &Ctx,
    tx: &mut Tx,
    status: &Status,
    mentions: &[(AccountId, bool)],
    hints: &mut Vec<Hint>,
) -> Result<()> {
    let named: Vec<AccountId> = mentions
        .iter()
        // Whoever is answered hears of it even when not named.
        .filter(|(id, silent)| !silent || status.in_reply_to_account_id == Some(*id))
        .map(|(id, _)| *id)
        .filter(|id| *id != status.account_id)
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    for account in tx.read().accounts(&named).await?.into_iter().filter(|a| a.local) {
        notify(ctx, tx, account.id, NotificationKind::Mention, status.account_id, Some(status.id), hints)
            .await?;
    }
    Ok(())
}

/// Tells one local person, once, unless they want to hear nothing of that account or that thread. Of a crowd of one
/// server's people whom they don't follow, they hear of the rest only when they ask.
pub(crate) async fn notify(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    kind: NotificationKind,
    from: AccountId,
    status: Option<StatusId>,
    hints: &mut Vec<Hint>,
) -> Result<()> {
    if account == from {
        return Ok(());
    }
    let row = Notification {
        id: ctx.ids.next(),
        account_id: account,
        kind,
        from_id: from,
        status_id: status,
        created_at: ctx.now(),
    };
    if !tx.read().may_notify(account, from, status).await? || !tx.insert_notification(&row).await? {
        return Ok(());
    }
    if is_of_a_crowd(ctx, tx, account, kind, from).await? {
        tx.filter_notification(row.id).await?;
    } else {
        hints.push(Hint::Notified(account, row.id));
    }
    Ok(())
}

/// Whether strangers of one server, wherever under its domain it puts them, have told somebody enough for now. What they
/// say and what they like are counted apart, so that nobody's applause hides an answer, and nobody alone uses up what all of
/// them may.
async fn is_of_a_crowd(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    kind: NotificationKind,
    from: AccountId,
) -> Result<bool> {
    let Some(server) = tx.read().server_of_stranger(account, from).await? else { return Ok(false) };
    let what = match kind {
        NotificationKind::Mention | NotificationKind::Quote => "words",
        _ => "rest",
    };
    let hourly = |times: u32| Allowance { times, window: Duration::from_hours(1) };
    let names = [
        (format!("{what} to {account} by {from}"), hourly(ctx.policy.told_by_stranger)),
        (format!("{what} to {account} from {}", registrable(&server)), hourly(ctx.policy.told_by_strangers)),
    ];
    Ok(!ctx.strangers.take(ctx.now(), &names))
}

/// Refuses a picture that isn't there, isn't the author's, or is in another post.
pub(crate) fn not_attached() -> Error {
    Error::invalid("Media could not be attached: it does not exist or is in use already")
}

type Composed = (Status, Vec<(String, String)>, Vec<(AccountId, bool)>);

/// The rows that a draft becomes.
async fn compose(
    ctx: &Ctx,
    author: AccountId,
    draft: &Draft,
    mentioned: &HashMap<String, Account>,
) -> Result<Composed> {
    let mut reader = ctx.store.read().await?;
    let account = reader.account(author).await?.filter(Account::is_active);
    let account = account.ok_or(Error::Forbidden("This action is not allowed"))?;
    let user = reader.user(author).await?.ok_or(Error::Forbidden("This action is not allowed"))?;
    let parent = match draft.in_reply_to {
        Some(id) => Some(visible_original(&mut reader, Some(author), id).await?),
        None => None,
    };
    drop(reader);
    let visibility = draft.visibility.unwrap_or(user.default_visibility);
    let Named { content, tags, mut mentions } = texts::named(&ctx.site, &draft.text, mentioned);
    // A comment addresses whom it answers, named or not; a direct one only whom it names.
    if let Some(parent) = &parent
        && parent.account_id != author
        && visibility != Visibility::Direct
        && !mentions.iter().any(|(id, _)| *id == parent.account_id)
    {
        mentions.push((parent.account_id, true));
    }
    let id: StatusId = ctx.ids.next();
    let status = Status {
        id,
        uri: ctx.site.status(&account.username, id),
        url: ctx.site.status_page(&account.username, id),
        account_id: author,
        local: true,
        visibility,
        sensitive: draft.sensitive.unwrap_or(user.default_sensitive) || !draft.spoiler_text.trim().is_empty(),
        spoiler_text: draft.spoiler_text.trim().to_owned(),
        content,
        text: draft.text.clone(),
        language: draft.language.clone().or(user.default_language),
        in_reply_to_id: parent.as_ref().map(|p| p.id),
        in_reply_to_account_id: parent.as_ref().map(|p| p.account_id),
        in_reply_to_uri: parent.map(|p| p.uri),
        reblog_of_id: None,
        app_id: draft.app,
        replies_count: 0,
        reblogs_count: 0,
        favourites_count: 0,
        created_at: Millis(tintype_model::ids::moment(id.0).0),
        edited_at: None,
        version: 0,
    };
    Ok((status, tags, mentions))
}

/// Answers in the order of reading: each followed by the answers to it, older before newer.
fn depth_first(root: StatusId, rows: Vec<Status>) -> Vec<Status> {
    let mut children: HashMap<StatusId, Vec<Status>> = HashMap::new();
    for row in rows.into_iter().rev() {
        if let Some(parent) = row.in_reply_to_id {
            children.entry(parent).or_default().push(row);
        }
    }
    let mut ordered = Vec::new();
    let mut open = children.remove(&root).unwrap_or_default();
    while let Some(next) = open.pop() {
        open.extend(children.remove(&next.id).unwrap_or_default());
        ordered.push(next);
    }
    ordered
}
