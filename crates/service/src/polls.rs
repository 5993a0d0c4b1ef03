//! Polls: asked with a post, answered once, over at their time.

use std::{collections::HashMap, time::Duration};

use tintype_model::{AccountId, JobId, Millis, NotificationId, PollId, StatusId};
use tintype_store::{
    Reader, Tx,
    jobs::NewJob,
    notifications::NotificationKind,
    polls::{Poll, PollVote},
    statuses::Status,
};

use crate::{
    Ctx, Error, Hint, Outgoing, Resolver, Result,
    emojis::{self, EmojiView},
    outgoing::{self, UPKEEP},
};

/// The payload of the job of the `upkeep` queue that runs when a poll ends.
pub const EXPIRY: &str = "polls";

/// After a first vote other servers hear of the numbers this soon …
const SOON: Duration = Duration::from_secs(5);
/// … and then not more often than this (Mastodon waits as long).
const SELDOM: Duration = Duration::from_mins(3);
/// The numbers of a remote poll are asked for again when they are older than this and somebody looks.
const FRESH_FOR: Duration = Duration::from_mins(5);
/// Polls that are ended in one go.
const AT_ONCE: i64 = 100;
/// People who are told in one statement.
const TOLD_AT_ONCE: i64 = 500;

/// A poll that somebody wants to ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PollDraft {
    /// Plain texts.
    pub options: Vec<String>,
    /// Seconds that it is open.
    pub expires_in: i64,
    /// Whether one may choose several options.
    pub multiple: bool,
    /// Whether the counts are shown only when it is over.
    pub hide_totals: bool,
}

/// A poll as one viewer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollView {
    pub id: PollId,
    pub expires_at: Option<Millis>,
    pub expired: bool,
    pub multiple: bool,
    pub votes_count: i64,
    /// `None`: unknown.
    pub voters_count: Option<i64>,
    pub options: Vec<PollOptionView>,
    /// What the viewer chose, by position; `None` when nobody is signed in.
    pub own_votes: Option<Vec<i64>>,
    /// Whether the viewer took part, or asked.
    pub voted: bool,
    /// The custom emoji of its options.
    pub emojis: Vec<EmojiView>,
}

/// An option of a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollOptionView {
    pub title: String,
    /// `None`: not shown before the end.
    pub votes_count: Option<i64>,
}

impl PollDraft {
    /// Refuses what is over a limit, or no choice.
    fn check(&self, ctx: &Ctx) -> Result<()> {
        let limits = &ctx.policy.limits;
        let options = self.titles();
        if options.len() < 2 {
            return Err(Error::invalid("Options must have more than one item"));
        }
        if options.len() > limits.poll_options {
            return Err(Error::invalid(format!(
                "Options can't contain more than {} items",
                limits.poll_options
            )));
        }
        if options.iter().any(|option| option.chars().count() > limits.poll_option_characters) {
            return Err(Error::invalid(format!(
                "Options can't be longer than {} characters each",
                limits.poll_option_characters
            )));
        }
        if options.iter().any(|option| option.contains('\0')) {
            return Err(Error::invalid("Text must not contain NUL characters"));
        }
        if options.iter().enumerate().any(|(at, option)| options.iter().take(at).any(|other| other == option))
        {
            return Err(Error::invalid("Options contain duplicate items"));
        }
        if self.expires_in < *limits.poll_seconds.start() {
            return Err(Error::invalid("Duration of the poll is too short"));
        }
        if self.expires_in > *limits.poll_seconds.end() {
            return Err(Error::invalid("Duration of the poll is too long"));
        }
        Ok(())
    }

    /// The options that say something.
    fn titles(&self) -> Vec<String> {
        let texts = self.options.iter().map(|option| option.trim().to_owned());
        texts.filter(|option| !option.is_empty()).collect()
    }

    fn ends(&self, now: Millis) -> Millis {
        now.plus(Duration::from_secs(u64::try_from(self.expires_in).unwrap_or_default()))
    }
}

/// Refuses a poll that is over a limit, and one beside pictures.
pub(crate) fn check(ctx: &Ctx, poll: Option<&PollDraft>, has_media: bool) -> Result<()> {
    match poll {
        Some(_) if has_media => Err(Error::invalid("A post has either pictures or a poll, not both")),
        Some(poll) => poll.check(ctx),
        None => Ok(()),
    }
}

/// Asks a poll with a new status, in the status' transaction.
pub(crate) async fn insert(ctx: &Ctx, tx: &mut Tx, status: StatusId, draft: &PollDraft) -> Result<()> {
    let end = draft.ends(ctx.now());
    let poll = Poll {
        id: ctx.ids.next(),
        status_id: status,
        multiple: draft.multiple,
        hide_totals: draft.hide_totals,
        expires_at: Some(end),
        voters_count: Some(0),
        ended: false,
        told_at: Millis(0),
        fetched_at: Millis(0),
    };
    let options: Vec<(String, i64)> = draft.titles().into_iter().map(|title| (title, 0)).collect();
    tx.insert_poll(&poll, &options).await?;
    enqueue_end(ctx, tx, end).await
}

/// What an edit does to a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// As before.
    Same,
    /// The same, but it ends at another time, or hides its counts.
    Otherwise,
    /// Another poll, or none any more: another version of the status.
    Anew,
}

/// Gives a status, whose row is locked, the poll of an edit, or none. Other options, or another way to choose, begin it
/// anew: nobody has voted for those.
pub(crate) async fn change(
    ctx: &Ctx,
    tx: &mut Tx,
    status: StatusId,
    draft: Option<&PollDraft>,
) -> Result<Asked> {
    let known = tx.lock_poll_of(status).await?;
    let (mut poll, draft) = match (known, draft) {
        (None, None) => return Ok(Asked::Same),
        (None, Some(draft)) => return insert(ctx, tx, status, draft).await.map(|()| Asked::Anew),
        (Some(poll), None) => {
            tx.delete_poll(poll.id).await?;
            return Ok(Asked::Anew);
        }
        (Some(poll), Some(draft)) => (poll, draft),
    };
    let was: Vec<String> =
        tx.read().poll_options_of(&[poll.id]).await?.into_iter().map(|option| option.title).collect();
    let (titles, end) = (draft.titles(), draft.ends(ctx.now()));
    let anew = was != titles || poll.multiple != draft.multiple;
    if anew {
        let options: Vec<(String, i64)> = titles.into_iter().map(|title| (title, 0)).collect();
        tx.replace_poll_options(poll.id, &options).await?;
        poll.voters_count = Some(0);
    }
    let otherwise = poll.hide_totals != draft.hide_totals || poll.expires_at != Some(end);
    (poll.multiple, poll.hide_totals, poll.expires_at) = (draft.multiple, draft.hide_totals, Some(end));
    poll.ended = false;
    tx.update_poll(&poll).await?;
    enqueue_end(ctx, tx, end).await?;
    Ok(match (anew, otherwise) {
        (true, _) => Asked::Anew,
        (false, true) => Asked::Otherwise,
        (false, false) => Asked::Same,
    })
}

/// A poll, if the viewer may see its status. Of a remote one the numbers are asked for again when they are old and somebody
/// who is signed in looks.
pub async fn get(
    ctx: &Ctx,
    resolver: &dyn Resolver,
    viewer: Option<AccountId>,
    id: PollId,
) -> Result<PollView> {
    let (poll, status) = seen(ctx, viewer, id).await?;
    let old = poll.fetched_at.plus(FRESH_FOR) < ctx.now();
    let last = poll.expires_at.is_none_or(|end| poll.fetched_at < end);
    if viewer.is_some() && !status.local && old && last {
        // One asks for all who look meanwhile.
        let mut tx = ctx.store.begin().await?;
        if let Some(mut poll) = tx.lock_poll_of(status.id).await? {
            poll.fetched_at = ctx.now();
            tx.update_poll(&poll).await?;
        }
        tx.commit().await?;
        if let Err(error) = resolver.refresh_poll(&status.uri).await {
            tracing::debug!(%error, uri = status.uri, "a poll stays as it was");
        }
    }
    show(ctx, viewer, &status).await
}

/// Votes in a poll, once: for one option, or for several where it takes several.
pub async fn vote(ctx: &Ctx, who: AccountId, id: PollId, choices: &[i64]) -> Result<PollView> {
    let (_, status) = seen(ctx, Some(who), id).await?;
    let me = ctx.store.read().await?.account(who).await?.ok_or(Error::NotFound)?;
    if status.account_id == who {
        return Err(Error::invalid("You can't vote in your own polls"));
    }
    let mut choices = choices.to_vec();
    choices.sort_unstable();
    choices.dedup();
    if choices.is_empty() {
        return Err(Error::invalid("Choices can't be blank"));
    }
    let mut tx = ctx.store.begin().await?;
    // The status first, as whoever edits it does.
    tx.lock_status(status.id).await?.ok_or(Error::NotFound)?;
    let poll = tx.lock_poll_of(status.id).await?.ok_or(Error::NotFound)?;
    if is_over(&poll, ctx.now()) {
        return Err(Error::invalid("The poll has already ended"));
    }
    let mut reader = tx.read();
    let options = reader.poll_options_of(&[poll.id]).await?;
    if choices.iter().any(|choice| !options.iter().any(|option| option.position == *choice)) {
        return Err(Error::invalid("The chosen vote option does not exist"));
    }
    if choices.len() > 1 && !poll.multiple {
        return Err(Error::invalid("The poll takes one choice only"));
    }
    if !reader.poll_choices(who, &[poll.id]).await?.is_empty() {
        return Err(Error::invalid("You have already voted on this poll"));
    }
    for choice in choices {
        let vote = ctx.ids.next();
        let row = PollVote {
            id: vote,
            poll_id: poll.id,
            position: choice,
            account_id: who,
            uri: ctx.site.vote(&me.username, vote),
            created_at: ctx.now(),
        };
        tx.insert_poll_vote(&row).await?;
        if !status.local {
            outgoing::enqueue(ctx, &mut tx, &Outgoing::Voted { vote, uri: row.uri }).await?;
        }
    }
    if status.local {
        let poll = tx.lock_poll_of(status.id).await?.ok_or(Error::NotFound)?;
        tell_soon(ctx, &mut tx, poll, &status).await?;
    } else if let Some(end) = poll.expires_at {
        enqueue_end(ctx, &mut tx, end).await?;
    }
    // What others see of it is another version.
    tx.count_status(status.id, 0, 0, 0).await?;
    tx.commit().await?;
    ctx.events.hint(Hint::Changed(status.id));
    show(ctx, Some(who), &status).await
}

/// A vote from elsewhere, for options named by their texts (text, vote's id) in the poll of one of our statuses that the
/// voter may see. What doesn't count changes nothing: an unknown option, a second choice where there is one, a poll that is
/// over. Whether it counted.
pub(crate) async fn count(
    ctx: &Ctx,
    tx: &mut Tx,
    status: &Status,
    voter: AccountId,
    choices: &[(String, String)],
) -> Result<bool> {
    tx.lock_status(status.id).await?;
    let Some(poll) = tx.lock_poll_of(status.id).await? else { return Ok(false) };
    if is_over(&poll, ctx.now()) || status.account_id == voter {
        return Ok(false);
    }
    let mut reader = tx.read();
    let options = reader.poll_options_of(&[poll.id]).await?;
    let mut free = poll.multiple || reader.poll_choices(voter, &[poll.id]).await?.is_empty();
    let mut counted = false;
    for (title, uri) in choices {
        let Some(option) = options.iter().find(|option| option.title == title.trim()) else { continue };
        if !free {
            break;
        }
        let row = PollVote {
            id: ctx.ids.next(),
            poll_id: poll.id,
            position: option.position,
            account_id: voter,
            uri: uri.clone(),
            created_at: ctx.now(),
        };
        counted |= tx.insert_poll_vote(&row).await?;
        free = poll.multiple;
    }
    if counted && let Some(poll) = tx.lock_poll_of(status.id).await? {
        tell_soon(ctx, tx, poll, status).await?;
        tx.count_status(status.id, 0, 0, 0).await?;
    }
    Ok(counted)
}

/// Ends the polls whose time is over, each in a transaction of its own; how many there were.
pub async fn end_expired(ctx: &Ctx) -> Result<u64> {
    let mut ended = 0;
    loop {
        let over = ctx.store.read().await?.polls_over(ctx.now(), AT_ONCE).await?;
        for id in &over {
            end(ctx, *id).await?;
            ended += 1;
        }
        if over.len() < usize::try_from(AT_ONCE).unwrap_or_default() {
            return Ok(ended);
        }
    }
}

/// Tells its author and those who voted here, once; and, of ours, other servers its last numbers.
async fn end(ctx: &Ctx, id: PollId) -> Result<()> {
    let Some(status) = ctx.store.read().await?.poll(id).await?.map(|poll| poll.status_id) else {
        return Ok(());
    };
    let mut hints = Vec::new();
    let mut tx = ctx.store.begin().await?;
    let Some(status) = tx.lock_status(status).await? else { return Ok(()) };
    let poll = tx.lock_poll_of(status.id).await?.filter(|poll| !poll.ended && is_over(poll, ctx.now()));
    let Some(poll) = poll else { return Ok(()) };
    tx.update_poll(&Poll { ended: true, told_at: ctx.now(), ..poll.clone() }).await?;
    let author = status.account_id;
    if status.local {
        notify(ctx, &mut tx, &status, &[author], &mut hints).await?;
        let uri = status.uri.clone();
        outgoing::enqueue(ctx, &mut tx, &Outgoing::PollChanged { status: status.id, uri }).await?;
    }
    let mut after = AccountId(0);
    loop {
        let voters = tx.read().voters_to_notify((poll.id, status.id), author, after, TOLD_AT_ONCE).await?;
        let Some(last) = voters.last() else { break };
        after = *last;
        notify(ctx, &mut tx, &status, &voters, &mut hints).await?;
    }
    tx.count_status(status.id, 0, 0, 0).await?;
    tx.commit().await?;
    hints.push(Hint::Changed(status.id));
    for hint in hints {
        ctx.events.hint(hint);
    }
    Ok(())
}

async fn notify(
    ctx: &Ctx,
    tx: &mut Tx,
    status: &Status,
    whom: &[AccountId],
    hints: &mut Vec<Hint>,
) -> Result<()> {
    let ids: Vec<NotificationId> = whom.iter().map(|_| ctx.ids.next()).collect();
    let kind = NotificationKind::Poll;
    let told = tx.insert_notifications(&ids, whom, kind, status.account_id, status.id, ctx.now()).await?;
    hints.extend(told.into_iter().map(|(account, id)| Hint::Notified(account, id)));
    Ok(())
}

/// The polls of some statuses that the viewer has been found to be allowed to see, each under its status' id. Three queries.
pub(crate) async fn views(
    ctx: &Ctx,
    reader: &mut Reader<'_>,
    viewer: Option<AccountId>,
    statuses: &[&Status],
) -> Result<HashMap<StatusId, PollView>> {
    let ids: Vec<StatusId> = statuses.iter().map(|status| status.id).collect();
    let polls = reader.polls_of(&ids).await?;
    if polls.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<PollId> = polls.iter().map(|poll| poll.id).collect();
    let mut options: HashMap<PollId, Vec<(String, i64)>> = HashMap::new();
    for option in reader.poll_options_of(&ids).await? {
        options.entry(option.poll_id).or_default().push((option.title, option.votes_count));
    }
    let mut chosen: HashMap<PollId, Vec<i64>> = HashMap::new();
    if let Some(viewer) = viewer {
        for (poll, position) in reader.poll_choices(viewer, &ids).await? {
            chosen.entry(poll).or_default().push(position);
        }
    }
    let authors: HashMap<StatusId, AccountId> =
        statuses.iter().map(|status| (status.id, status.account_id)).collect();
    Ok(polls
        .into_iter()
        .map(|poll| {
            let own = chosen.remove(&poll.id).unwrap_or_default();
            let asked = viewer.is_some() && authors.get(&poll.status_id).copied() == viewer;
            let options = options.remove(&poll.id).unwrap_or_default();
            let expired = is_over(&poll, ctx.now());
            let shown = expired || !poll.hide_totals;
            let view = PollView {
                id: poll.id,
                expires_at: poll.expires_at,
                expired,
                multiple: poll.multiple,
                votes_count: options.iter().map(|(_, votes)| *votes).sum(),
                voters_count: poll.voters_count,
                options: options
                    .into_iter()
                    .map(|(title, votes)| PollOptionView { title, votes_count: shown.then_some(votes) })
                    .collect(),
                emojis: Vec::new(),
                voted: asked || !own.is_empty(),
                own_votes: viewer.map(|_| own),
            };
            (poll.status_id, view)
        })
        .collect())
}

/// Whether nobody can vote any more.
pub(crate) fn is_over(poll: &Poll, now: Millis) -> bool {
    poll.expires_at.is_some_and(|end| end <= now)
}

/// A poll and its status, if the viewer may see them.
async fn seen(ctx: &Ctx, viewer: Option<AccountId>, id: PollId) -> Result<(Poll, Status)> {
    let mut reader = ctx.store.read().await?;
    let poll = reader.poll(id).await?.ok_or(Error::NotFound)?;
    let status = reader.visible_status(viewer, poll.status_id).await?.ok_or(Error::NotFound)?;
    Ok((poll, status))
}

async fn show(ctx: &Ctx, viewer: Option<AccountId>, status: &Status) -> Result<PollView> {
    let mut reader = ctx.store.read().await?;
    let mut view =
        views(ctx, &mut reader, viewer, &[status]).await?.remove(&status.id).ok_or(Error::NotFound)?;
    let author = reader.account(status.account_id).await?.ok_or(Error::NotFound)?;
    let domain = author.domain.as_deref().unwrap_or_default();
    let titles: Vec<(&str, &str)> =
        view.options.iter().map(|option| (domain, option.title.as_str())).collect();
    let known = emojis::known(ctx, &mut reader, &titles).await?;
    view.emojis = known.of(domain, titles.iter().map(|(_, title)| *title));
    Ok(view)
}

/// Sees to it that other servers hear of new numbers: soon, and then seldom.
async fn tell_soon(ctx: &Ctx, tx: &mut Tx, mut poll: Poll, status: &Status) -> Result<()> {
    let now = ctx.now();
    if poll.told_at <= now {
        poll.told_at = now.plus(SOON).max(poll.told_at.plus(SELDOM));
        tx.update_poll(&poll).await?;
    }
    let changed = Outgoing::PollChanged { status: status.id, uri: status.uri.clone() };
    outgoing::enqueue_at(ctx, tx, &changed, poll.told_at).await
}

/// A job for the moment of an end.
pub(crate) async fn enqueue_end(ctx: &Ctx, tx: &mut Tx, end: Millis) -> Result<()> {
    // A lane of its own: it must not wait for one that ends later.
    let name = format!("{EXPIRY} {}", end.0);
    let job = NewJob { queue: UPKEEP, lane: name.clone(), name, payload: EXPIRY.into(), run_at: end };
    Ok(tx.enqueue(ctx.ids.next::<JobId>(), &job, ctx.now()).await?)
}

#[cfg(test)]
mod tests;
