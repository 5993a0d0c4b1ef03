//! Reading other servers when somebody looks: what a profile shows first and has lately posted, the rest of a thread, and how
//! often something was liked elsewhere. Asked politely: once in a while for each thing, by few hands, and only for
//! people who are signed in.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use tintype_model::{AccountId, JobId, Millis, StatusId};
use tintype_store::{
    Reader, Tx,
    accounts::Account,
    featured_tags::FeaturedTag,
    jobs::NewJob,
    pins::Pin,
    readings::{AccountReading, StatusReading},
    statuses::Status,
};

use crate::{Ctx, Error, Result};

/// The queue of what is to be read.
pub const READ: &str = "read";

/// A profile is read again after this.
const PROFILE_FRESH: std::time::Duration = std::time::Duration::from_hours(24);
/// A thread is read again after this.
const THREAD_FRESH: std::time::Duration = std::time::Duration::from_mins(15);
/// More than this isn't queued: somebody looks at too much at once.
const MOST_QUEUED: i64 = 500;
/// The part of it that others may ask for.
const MOST_OF_STRANGERS: i64 = 100;

/// Something of another server that is to be read; the payload of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Reading {
    /// The profile of an account: counts, pinned and recent posts, hashtags.
    Profile { account: AccountId },
    /// A status with what it answers, its answers and its totals.
    Thread { status: StatusId },
    /// Who follows an account, by its own word, because ours is another (FEP-8fcf). `digest`: of what it listed then.
    Followers { account: AccountId, url: String, digest: String },
}

/// What a profile shows here, beside its posts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    pinned: Vec<StatusId>,
    tags: Vec<String>,
}

impl Shown {
    /// What it is now.
    pub async fn now(ctx: &Ctx, account: AccountId) -> Result<Self> {
        Self::read(&mut ctx.store.read().await?, account).await
    }

    async fn read(reader: &mut Reader<'_>, account: AccountId) -> Result<Self> {
        let pinned = reader.pinned_statuses(None, account).await?.into_iter().map(|s| s.id).collect();
        let tags = reader.featured_tags(account).await?.into_iter().map(|tag| tag.name).collect();
        Ok(Self { pinned, tags })
    }
}

/// What was read of a profile.
#[derive(Debug, Clone, Default)]
pub struct ReadProfile {
    /// What was shown here when reading began. What is told meanwhile is newer than what was read.
    pub before: Shown,
    pub followers: Option<i64>,
    pub following: Option<i64>,
    pub statuses: Option<i64>,
    /// Pinned statuses that are stored, first shown first; `None`: it doesn't say.
    pub pinned: Option<Vec<StatusId>>,
    /// Hashtags on the profile, key and spelling; `None`: it doesn't say.
    pub tags: Option<Vec<(String, String)>>,
}

/// Somebody looks at a profile. What fails here is no reason not to show it.
pub(crate) async fn profile_seen(ctx: &Ctx, account: &Account) {
    if account.local || !account.is_active() {
        return;
    }
    if let Err(error) = ask_for_profile(ctx, account).await {
        tracing::warn!(%error, "a profile is not read");
    }
}

async fn ask_for_profile(ctx: &Ctx, account: &Account) -> Result<()> {
    let mut reader = ctx.store.read().await?;
    let last = reader.account_readings(&[account.id]).await?.first().map_or(Millis(0), |r| r.read_at);
    if last.plus(PROFILE_FRESH) > ctx.now() || reader.count_queued(READ, MOST_QUEUED).await? >= MOST_QUEUED {
        return Ok(());
    }
    drop(reader);
    let mut tx = ctx.store.begin().await?;
    profile(ctx, &mut tx, account).await?;
    tx.commit().await?;
    Ok(())
}

/// Queues the reading of a profile: somebody looks at it, or follows it since now.
pub(crate) async fn profile(ctx: &Ctx, tx: &mut Tx, account: &Account) -> Result<()> {
    let claim = AccountReading {
        account_id: account.id,
        followers: None,
        following: None,
        statuses: None,
        read_at: ctx.now(),
    };
    tx.save_account_reading(&claim).await?;
    let name = format!("profile {}", account.id);
    enqueue(ctx, tx, Reading::Profile { account: account.id }, name, &account.uri).await
}

/// Somebody looks at a thread; it is read anew if it is remote and open.
pub(crate) async fn thread_seen(ctx: &Ctx, status: &Status) {
    if status.local || !status.visibility.is_open() || status.reblog_of_id.is_some() {
        return;
    }
    if let Err(error) = ask_for_thread(ctx, status).await {
        tracing::warn!(%error, "a thread is not read");
    }
}

async fn ask_for_thread(ctx: &Ctx, seen: &Status) -> Result<()> {
    let status = seen.id;
    let mut reader = ctx.store.read().await?;
    let last = reader.status_readings(&[status]).await?.first().map_or(Millis(0), |r| r.read_at);
    if last.plus(THREAD_FRESH) > ctx.now() || reader.count_queued(READ, MOST_QUEUED).await? >= MOST_QUEUED {
        return Ok(());
    }
    drop(reader);
    let claim = StatusReading {
        status_id: status,
        favourites: None,
        reblogs: None,
        replies: None,
        read_at: ctx.now(),
    };
    let mut tx = ctx.store.begin().await?;
    tx.save_status_reading(&claim).await?;
    enqueue(ctx, &mut tx, Reading::Thread { status }, format!("thread {status}"), &seen.uri).await?;
    tx.commit().await?;
    Ok(())
}

/// Queues a look at who follows an account by its own word, unless much is to be read already: strangers ask for this, and
/// it comes up again with whatever the account says next.
pub async fn followers(ctx: &Ctx, account: AccountId, url: &str, digest: &str) -> Result<()> {
    if ctx.store.read().await?.count_queued(READ, MOST_OF_STRANGERS).await? >= MOST_OF_STRANGERS {
        return Ok(());
    }
    let mut tx = ctx.store.begin().await?;
    let reading = Reading::Followers { account, url: url.to_owned(), digest: digest.to_owned() };
    enqueue(ctx, &mut tx, reading, format!("followers {account}"), url).await?;
    tx.commit().await?;
    Ok(())
}

/// Queues a reading. What is of one server takes turns.
async fn enqueue(ctx: &Ctx, tx: &mut Tx, reading: Reading, name: String, url: &str) -> Result<()> {
    let payload = serde_json::to_value(reading).map_err(|e| Error::Internal(e.to_string()))?;
    let now = ctx.now();
    let lane = url.split('/').nth(2).unwrap_or(url).to_owned();
    let job = NewJob { queue: READ, lane, name, payload, run_at: now };
    tx.enqueue(ctx.ids.next::<JobId>(), &job, now).await?;
    Ok(())
}

/// Keeps what was read of a remote profile. Pins and hashtags that it shows no longer go.
pub async fn keep_profile(ctx: &Ctx, account: AccountId, read: &ReadProfile) -> Result<()> {
    let now = ctx.now();
    let mut tx = ctx.store.begin().await?;
    let known = tx.read().account(account).await?.ok_or(Error::NotFound)?;
    let counts = AccountReading {
        account_id: account,
        followers: read.followers.map(|said| elsewhere(said, known.followers_count)),
        following: read.following.map(|said| elsewhere(said, known.following_count)),
        statuses: read.statuses.map(|said| elsewhere(said, known.statuses_count)),
        read_at: now,
    };
    tx.save_account_reading(&counts).await?;
    let shown = Shown::read(&mut tx.read(), account).await?;
    if let Some(pinned) = read.pinned.as_ref().filter(|_| shown.pinned == read.before.pinned) {
        pin(ctx, &mut tx, account, &shown.pinned, pinned).await?;
    }
    if let Some(tags) = read.tags.as_ref().filter(|_| shown.tags == read.before.tags) {
        let keys: HashSet<&str> = tags.iter().map(|(key, _)| key.as_str()).collect();
        for old in shown.tags.iter().filter(|old| !keys.contains(old.as_str())) {
            tx.delete_featured_tag(account, old).await?;
        }
        for (name, display) in tags {
            let (name, display) = (name.clone(), display.clone());
            let row = FeaturedTag { id: ctx.ids.next(), account_id: account, name, display, created_at: now };
            tx.insert_featured_tag(&row).await?;
        }
    }
    tx.commit().await?;
    ctx.events.hint(crate::Hint::Account(account));
    Ok(())
}

/// Makes the pins of a remote account what it says, in its order. A pin newer than another is shown before it.
async fn pin(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    before: &[StatusId],
    pinned: &[StatusId],
) -> Result<()> {
    if before == pinned {
        return Ok(());
    }
    for old in before {
        tx.delete_pin(account, *old).await?;
    }
    let own = tx.read().visible_statuses(None, pinned).await?;
    for status in pinned.iter().rev() {
        if own.iter().any(|s| s.id == *status && s.account_id == account && s.reblog_of_id.is_none()) {
            let row =
                Pin { id: ctx.ids.next(), account_id: account, status_id: *status, created_at: ctx.now() };
            tx.insert_pin(&row).await?;
        }
    }
    Ok(())
}

/// Keeps the totals that its own server gives a remote status.
pub async fn keep_totals(
    ctx: &Ctx,
    status: StatusId,
    [favourites, reblogs, replies]: [Option<i64>; 3],
    read: bool,
) -> Result<()> {
    let read_at = if read { ctx.now() } else { Millis(0) };
    let mut tx = ctx.store.begin().await?;
    let known = tx.read().status(status).await?.ok_or(Error::NotFound)?;
    let favourites = favourites.map(|said| elsewhere(said, known.favourites_count));
    let reblogs = reblogs.map(|said| elsewhere(said, known.reblogs_count));
    let replies = replies.map(|said| elsewhere(said, known.replies_count));
    tx.save_status_reading(&StatusReading { status_id: status, favourites, reblogs, replies, read_at })
        .await?;
    tx.commit().await?;
    ctx.events.hint(crate::Hint::Changed(status));
    Ok(())
}

/// What is counted beyond what is known here. What is known changes from one moment to the next, and what is elsewhere stays as
/// it was read.
fn elsewhere(said: i64, known: i64) -> i64 {
    (said - known).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        given::{instance, member},
        given_posts::{a_note, receive, stranger},
        inbox::{Received, RemoteMention, RemoteStatus},
    };

    #[tokio::test]
    async fn what_is_told_meanwhile_is_newer_than_what_was_read() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let bob = stranger(&ctx, "bob@far.example").await;
        let mentions = vec![RemoteMention { account: alice, silent: false }];
        let note = RemoteStatus { mentions, ..a_note(&ctx, &bob, "1", "<p>1</p>") };
        receive(&ctx, &bob, Received::Create(Box::new(note.clone()))).await;
        let read = async || {
            let before = Shown::now(&ctx, bob.id).await.unwrap();
            ReadProfile { before, pinned: Some(Vec::new()), tags: Some(Vec::new()), ..ReadProfile::default() }
        };
        let early = read().await;
        receive(&ctx, &bob, Received::Pin { of: note.uri.clone() }).await;
        let tag = |shown| Received::ShowTag { name: "film".into(), display: "Film".into(), shown };
        receive(&ctx, &bob, tag(true)).await;
        let told = Shown::now(&ctx, bob.id).await.unwrap();
        assert_eq!((told.pinned.len(), told.tags.len()), (1, 1));

        keep_profile(&ctx, bob.id, &early).await.unwrap();
        assert_eq!(Shown::now(&ctx, bob.id).await.unwrap(), told);
        let late = read().await;
        keep_profile(&ctx, bob.id, &late).await.unwrap();
        assert_eq!(Shown::now(&ctx, bob.id).await.unwrap(), Shown::default());
    }
}
