//! What happened elsewhere: verified activities of remote accounts, each applied once, in one transaction with the row
//! that remembers it.

use tintype_model::{AccountId, Millis, StatusId, Visibility};
use tintype_store::{
    Tx,
    accounts::{Account, AccountKind},
    favourites::Favourite,
    follows::{Follow, FollowState},
    media::Media,
    notifications::NotificationKind,
    statuses::Status,
};

use crate::{Ctx, Error, Hint, Outgoing, Result, follows, outgoing, reblogs, statuses, timelines};

/// A verified activity: signed by `actor`, whose authority over what it concerns has been checked as far as that needs
/// no stored rows. Accounts and parents that it needs are stored already.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The activity's id.
    pub uri: String,
    /// Who signed it.
    pub actor: AccountId,
    /// What it says.
    pub received: Received,
}

/// What a remote account did, in our words.
#[derive(Debug, Clone)]
pub enum Received {
    /// Asked to follow a local account. `uri` is the Follow's id.
    Follow { uri: String, target: AccountId },
    /// Accepted a local account's follow, named by the Follow's id or by its follower.
    Accept { follow_uri: Option<String>, follower: Option<AccountId> },
    /// Refused it, or ended it.
    Reject { follow_uri: Option<String>, follower: Option<AccountId> },
    /// Took back a follow.
    Unfollow { uri: Option<String>, target: Option<AccountId> },
    /// Published a status or a comment.
    Create(Box<RemoteStatus>),
    /// Boosted a status that is stored here. `uri` is the Announce's id.
    Reblog { uri: String, of: String, visibility: Visibility, published: Option<Millis> },
    /// Took back a boost, named by the Announce's id or by what was boosted.
    Unreblog { uri: Option<String>, of: Option<String> },
    /// Liked a status.
    Favourite { uri: String, of: String },
    /// Took back a like.
    Unfavourite { uri: Option<String>, of: Option<String> },
    /// Deleted a status.
    Delete { uri: String },
    /// Changed its profile: the account row is refreshed already, only the activity is remembered.
    Noted,
}

/// A remote status, understood and made safe.
#[derive(Debug, Clone)]
pub struct RemoteStatus {
    /// Its ActivityPub id, of the author's origin.
    pub uri: String,
    /// Its page, for people.
    pub url: String,
    /// Who wrote it.
    pub author: AccountId,
    /// How far it reaches.
    pub visibility: Visibility,
    /// Whether its pictures are hidden at first.
    pub sensitive: bool,
    /// The content warning, plain text.
    pub spoiler_text: String,
    /// Sanitised HTML.
    pub content: String,
    /// Its language, BCP 47.
    pub language: Option<String>,
    /// What it answers, by ActivityPub id, known here or not.
    pub in_reply_to: Option<String>,
    /// When it was published, by its own word.
    pub published: Millis,
    /// The accounts it addresses that are stored here; `silent` when without a mention in the text.
    pub mentions: Vec<RemoteMention>,
    /// Hashtags: key and spelling.
    pub tags: Vec<(String, String)>,
    /// Pictures, in order.
    pub media: Vec<RemoteMedia>,
}

/// An account that a remote status addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteMention {
    pub account: AccountId,
    /// Addressed, but not named in a Mention tag: may see it, is not notified.
    pub silent: bool,
}

/// A picture of a remote status.
#[derive(Debug, Clone, Default)]
pub struct RemoteMedia {
    pub url: String,
    pub content_type: String,
    pub description: Option<String>,
    pub blurhash: Option<String>,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub focus: Option<(f64, f64)>,
}

/// What became of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It changed something, or it had nothing left to change.
    Now,
    /// It had been applied before.
    Before,
}

/// Applies a verified activity, once. Two workers that block each other's rows try again before they give up.
pub async fn apply(ctx: &Ctx, envelope: &Envelope) -> Result<Applied> {
    let mut tries = 0;
    loop {
        match apply_once(ctx, envelope).await {
            Err(Error::Unavailable) if tries < 3 => tries += 1,
            outcome => return outcome,
        }
    }
}

async fn apply_once(ctx: &Ctx, envelope: &Envelope) -> Result<Applied> {
    let mut tx = ctx.store.begin().await?;
    let actor = tx.read().account(envelope.actor).await?.ok_or(Error::NotFound)?;
    if !tx.mark_applied(ctx.ids.next(), &envelope.uri, &actor.uri, ctx.now()).await? {
        return Ok(Applied::Before);
    }
    let mut hints = Vec::new();
    if actor.is_active() {
        let mut door = Door { ctx, tx: &mut tx, actor: &actor, hints: &mut hints };
        match &envelope.received {
            Received::Follow { uri, target } => door.follow(uri, *target).await?,
            Received::Accept { follow_uri, follower } => {
                door.accept(follow_uri.as_deref(), *follower).await?;
            }
            Received::Reject { follow_uri, follower } => {
                door.reject(follow_uri.as_deref(), *follower).await?;
            }
            Received::Unfollow { uri, target } => door.unfollow(uri.as_deref(), *target).await?,
            Received::Create(status) => door.create(status, false).await.map(drop)?,
            Received::Reblog { uri, of, visibility, published } => {
                door.reblog(uri, of, *visibility, *published).await?;
            }
            Received::Unreblog { uri, of } => door.unreblog(uri.as_deref(), of.as_deref()).await?,
            Received::Favourite { uri, of } => door.favourite(uri, of).await?,
            Received::Unfavourite { uri, of } => door.unfavourite(uri.as_deref(), of.as_deref()).await?,
            Received::Delete { uri } => door.delete(uri).await?,
            Received::Noted => {}
        }
    }
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    Ok(Applied::Now)
}

/// Stores a remote status that somebody here asked for (a search, a boost, a missing parent): no activity brought it.
/// `None` when it was deleted before.
pub async fn store_status(ctx: &Ctx, status: &RemoteStatus) -> Result<Option<StatusId>> {
    let mut hints = Vec::new();
    let mut tx = ctx.store.begin().await?;
    let actor = tx.read().account(status.author).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    let id = Door { ctx, tx: &mut tx, actor: &actor, hints: &mut hints }.create(status, true).await?;
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    Ok(id)
}

/// One activity at the door: the transaction it is applied in, and who stands there.
struct Door<'a> {
    ctx: &'a Ctx,
    tx: &'a mut Tx,
    actor: &'a Account,
    hints: &'a mut Vec<Hint>,
}

impl Door<'_> {
    async fn follow(&mut self, uri: &str, target: AccountId) -> Result<()> {
        let target = self.tx.read().account(target).await?.filter(|a| a.local && a.is_active());
        let Some(target) = target.filter(|a| a.kind != AccountKind::Application) else { return Ok(()) };
        if self.tx.read().is_tombstone(uri, Some(self.actor.id)).await? {
            return Ok(()); // taken back before it came
        }
        let accepted = if let Some(old) = self.tx.lock_follow(self.actor.id, target.id).await? {
            // Asked again, under another id: the other side has lost our answer.
            self.tx.set_follow_uri(old.id, uri).await?;
            old.state == FollowState::Accepted
        } else {
            let row = Follow {
                id: self.ctx.ids.next(),
                follower_id: self.actor.id,
                target_id: target.id,
                uri: uri.to_owned(),
                state: if target.locked { FollowState::Pending } else { FollowState::Accepted },
                show_reblogs: true,
                notify: false,
                created_at: self.ctx.now(),
            };
            if !self.tx.insert_follow(&row).await? {
                return Ok(()); // the id is another follow's
            }
            let kind = if target.locked { NotificationKind::FollowRequest } else { NotificationKind::Follow };
            statuses::notify(self.ctx, self.tx, target.id, kind, self.actor.id, None, self.hints).await?;
            !target.locked
        };
        if accepted {
            let answer = Outgoing::Accepted {
                activity: self.ctx.ids.next(),
                account: target.id,
                uri: uri.to_owned(),
                follower: self.actor.id,
            };
            outgoing::enqueue(self.ctx, self.tx, &answer).await?;
        }
        Ok(())
    }

    /// The local follow that an answer of the actor means: one that was really asked for.
    async fn asked(
        &mut self,
        follow_uri: Option<&str>,
        follower: Option<AccountId>,
    ) -> Result<Option<Follow>> {
        let row = match follow_uri {
            Some(uri) => self.tx.read().follow_by_uri(uri).await?,
            None => None,
        };
        let row = match (row, follower) {
            (None, Some(follower)) => self.tx.read().follow_between(follower, self.actor.id).await?,
            (row, _) => row,
        };
        let Some(row) = row.filter(|f| f.target_id == self.actor.id) else { return Ok(None) };
        self.tx.lock_follow(row.follower_id, row.target_id).await.map_err(Error::from)
    }

    async fn accept(&mut self, follow_uri: Option<&str>, follower: Option<AccountId>) -> Result<()> {
        if let Some(row) = self.asked(follow_uri, follower).await?
            && self.tx.accept_follow(&row).await?
        {
            self.tx.backfill_home(row.follower_id, row.target_id, self.ctx.policy.home_limit).await?;
            self.hints.push(Hint::Account(row.target_id));
        }
        Ok(())
    }

    async fn reject(&mut self, follow_uri: Option<&str>, follower: Option<AccountId>) -> Result<()> {
        if let Some(row) = self.asked(follow_uri, follower).await? {
            follows::end(self.tx, &row).await?;
        }
        Ok(())
    }

    async fn unfollow(&mut self, uri: Option<&str>, target: Option<AccountId>) -> Result<()> {
        let by_uri = match uri {
            Some(uri) => self.tx.read().follow_by_uri(uri).await?.filter(|f| f.follower_id == self.actor.id),
            None => None,
        };
        let row = match (by_uri, target) {
            (Some(row), _) => self.tx.lock_follow(row.follower_id, row.target_id).await?,
            (None, Some(target)) => self.tx.lock_follow(self.actor.id, target).await?,
            (None, None) => None,
        };
        match row {
            Some(row) => follows::end(self.tx, &row).await?,
            None => self.bury(uri).await?,
        }
        Ok(())
    }

    /// A status, if it concerns somebody here (or was asked for). Answers with its id when it is stored.
    async fn create(&mut self, s: &RemoteStatus, asked_for: bool) -> Result<Option<StatusId>> {
        if let Some(known) = self.tx.read().status_by_uri(&s.uri).await? {
            return Ok(Some(known.id));
        }
        if self.tx.read().is_tombstone(&s.uri, Some(self.actor.id)).await? {
            return Ok(None);
        }
        let parent = match &s.in_reply_to {
            Some(uri) => self.tx.read().status_by_uri(uri).await?,
            None => None,
        };
        // Nobody answers what they can't see: they may know its address, and that is all they know.
        let parent = match parent {
            Some(parent) => self.tx.read().visible_status(Some(self.actor.id), parent.id).await?,
            None => None,
        };
        if !asked_for && !self.concerns_us(s, parent.as_ref()).await? {
            return Ok(None);
        }
        let row = self.insert(s, parent.as_ref()).await?;
        let mentions: Vec<(AccountId, bool)> = s.mentions.iter().map(|m| (m.account, m.silent)).collect();
        self.tx.insert_mentions(row.id, &mentions).await?;
        self.tx.insert_tags(row.id, &s.tags).await?;
        for (position, media) in (0_i64..).zip(&s.media) {
            self.tx.insert_media(&remote_media(self.ctx, &row, position, media)).await?;
        }
        if row.visibility != Visibility::Direct {
            self.tx.count_account(row.account_id, 1, 0, 0, Some(row.created_at)).await?;
        }
        if let Some(parent) = parent.as_ref().filter(|_| row.visibility.is_open()) {
            self.tx.count_status(parent.id, 1, 0, 0).await?;
            self.hints.push(Hint::Changed(parent.id));
        }
        self.tx.adopt_replies(&row).await?;
        if !asked_for {
            let mut told = mentions;
            if let Some(parent) =
                parent.filter(|p| row.visibility.is_open() && !told.iter().any(|(id, _)| *id == p.account_id))
            {
                told.push((parent.account_id, true));
            }
            statuses::notify_mentioned(self.ctx, self.tx, &row, &told, self.hints).await?;
        }
        self.fan_out(&row).await?;
        self.hints.push(Hint::Published(row.id));
        Ok(Some(row.id))
    }

    /// Whether anybody here follows its author, is addressed by it, or is answered by it.
    async fn concerns_us(&mut self, s: &RemoteStatus, parent: Option<&Status>) -> Result<bool> {
        if parent.is_some_and(|p| p.local) {
            return Ok(true);
        }
        let addressed: Vec<AccountId> = s.mentions.iter().map(|m| m.account).collect();
        let mut reader = self.tx.read();
        Ok(reader.accounts(&addressed).await?.iter().any(|a| a.local)
            || reader.local_followers(s.author, 1).await? > 0)
    }

    /// Inserts the row under an id of its published moment; draws again when that id is taken.
    async fn insert(&mut self, s: &RemoteStatus, parent: Option<&Status>) -> Result<Status> {
        let mut row = Status {
            id: self.ctx.ids.at(s.published),
            uri: s.uri.clone(),
            url: s.url.clone(),
            account_id: s.author,
            local: false,
            visibility: s.visibility,
            sensitive: s.sensitive,
            spoiler_text: s.spoiler_text.clone(),
            content: s.content.clone(),
            text: String::new(),
            language: s.language.clone(),
            in_reply_to_id: parent.map(|p| p.id),
            in_reply_to_account_id: parent.map(|p| p.account_id),
            in_reply_to_uri: s.in_reply_to.clone(),
            reblog_of_id: None,
            app_id: None,
            replies_count: 0,
            reblogs_count: 0,
            favourites_count: 0,
            created_at: s.published.min(self.ctx.now()),
            edited_at: None,
            version: 0,
        };
        for _ in 0..8 {
            if self.tx.insert_status(&row).await? {
                return Ok(row);
            }
            row.id = self.ctx.ids.at(s.published);
        }
        // Another worker has stored it meanwhile: its sender tries again and finds it known.
        Err(Error::Unavailable)
    }

    async fn fan_out(&mut self, row: &Status) -> Result<()> {
        if !timelines::fan_out_now(self.tx, row).await? {
            let rest = Outgoing::Arrived { status: row.id, uri: row.uri.clone() };
            outgoing::enqueue(self.ctx, self.tx, &rest).await?;
        }
        Ok(())
    }

    async fn reblog(
        &mut self,
        uri: &str,
        of: &str,
        visibility: Visibility,
        published: Option<Millis>,
    ) -> Result<()> {
        if self.tx.read().is_tombstone(uri, Some(self.actor.id)).await? {
            return Ok(());
        }
        let Some(original) = self.tx.read().status_by_uri(of).await? else { return Ok(()) };
        let allowed = original.visibility.is_open()
            || (original.visibility == Visibility::Private && original.account_id == self.actor.id);
        if !allowed || original.reblog_of_id.is_some() {
            return Ok(());
        }
        let ours = original.local || self.tx.read().local_followers(self.actor.id, 1).await? > 0;
        if !ours {
            return Ok(());
        }
        let at = published.unwrap_or(self.ctx.now()).min(self.ctx.now());
        let mut boost = Status {
            id: self.ctx.ids.at(at),
            uri: uri.to_owned(),
            url: uri.to_owned(),
            account_id: self.actor.id,
            local: false,
            visibility: if original.visibility.is_open() { visibility } else { Visibility::Private },
            sensitive: false,
            spoiler_text: String::new(),
            content: String::new(),
            text: String::new(),
            language: None,
            in_reply_to_id: None,
            in_reply_to_account_id: None,
            in_reply_to_uri: None,
            reblog_of_id: Some(original.id),
            app_id: None,
            replies_count: 0,
            reblogs_count: 0,
            favourites_count: 0,
            created_at: at,
            edited_at: None,
            version: 0,
        };
        for _ in 0..8 {
            if reblogs::insert(self.ctx, self.tx, &boost, &original, self.hints).await? {
                return Ok(());
            }
            if self.tx.read().reblog_by(self.actor.id, original.id).await?.is_some() {
                return Ok(());
            }
            boost.id = self.ctx.ids.at(at);
        }
        Ok(())
    }

    async fn unreblog(&mut self, uri: Option<&str>, of: Option<&str>) -> Result<()> {
        let by_uri = match uri {
            Some(uri) => self.tx.read().status_by_uri(uri).await?,
            None => None,
        };
        let boost = match (by_uri, of) {
            (Some(row), _) => Some(row),
            (None, Some(of)) => match self.tx.read().status_by_uri(of).await? {
                Some(original) => self.tx.read().reblog_by(self.actor.id, original.id).await?,
                None => None,
            },
            (None, None) => None,
        };
        match boost.filter(|b| b.account_id == self.actor.id) {
            Some(boost) => {
                if let Some(original) = boost.reblog_of_id {
                    reblogs::remove(self.ctx, self.tx, &boost, original).await?;
                    self.hints.push(Hint::Deleted(boost.id));
                    self.hints.push(Hint::Changed(original));
                }
            }
            None => self.bury(uri).await?,
        }
        Ok(())
    }

    async fn favourite(&mut self, uri: &str, of: &str) -> Result<()> {
        if self.tx.read().is_tombstone(uri, Some(self.actor.id)).await? {
            return Ok(());
        }
        let Some(status) = self.tx.read().status_by_uri(of).await? else { return Ok(()) };
        // Nobody likes what they can't see; and who likes a boost likes what it boosts.
        let liked = status.reblog_of_id.unwrap_or(status.id);
        let seen = self.tx.read().visible_statuses(Some(self.actor.id), &[status.id, liked]).await?;
        if !seen.iter().any(|s| s.id == status.id) {
            return Ok(());
        }
        let Some(status) = seen.into_iter().find(|s| s.id == liked) else { return Ok(()) };
        let row = Favourite {
            id: self.ctx.ids.next(),
            account_id: self.actor.id,
            status_id: status.id,
            uri: uri.to_owned(),
            created_at: self.ctx.now(),
        };
        if self.tx.insert_favourite(&row).await? {
            self.hints.push(Hint::Changed(status.id));
            if status.local {
                let kind = NotificationKind::Favourite;
                let author = status.account_id;
                statuses::notify(self.ctx, self.tx, author, kind, self.actor.id, Some(status.id), self.hints)
                    .await?;
            }
        }
        Ok(())
    }

    async fn unfavourite(&mut self, uri: Option<&str>, of: Option<&str>) -> Result<()> {
        let by_uri = match uri {
            Some(uri) => self.tx.read().favourite_by_uri(uri).await?,
            None => None,
        };
        let row = match (by_uri, of) {
            (Some(row), _) => Some(row),
            (None, Some(of)) => match self.tx.read().status_by_uri(of).await? {
                Some(status) => {
                    let liked = status.reblog_of_id.unwrap_or(status.id);
                    self.tx.read().favourite_by(self.actor.id, liked).await?
                }
                None => None,
            },
            (None, None) => None,
        };
        match row.filter(|f| f.account_id == self.actor.id) {
            Some(row) => {
                if self.tx.delete_favourite(&row).await?
                    && let Some(status) = self.tx.read().status(row.status_id).await?
                {
                    let kind = NotificationKind::Favourite;
                    let author = status.account_id;
                    self.tx.retract_notification(author, kind, self.actor.id, Some(status.id)).await?;
                    self.hints.push(Hint::Changed(status.id));
                }
            }
            None => self.bury(uri).await?,
        }
        Ok(())
    }

    async fn delete(&mut self, uri: &str) -> Result<()> {
        match self.tx.read().status_by_uri(uri).await? {
            Some(row) if row.account_id == self.actor.id => {
                let Some(row) = self.tx.lock_status(row.id).await? else { return Ok(()) };
                match row.reblog_of_id {
                    Some(original) => reblogs::remove(self.ctx, self.tx, &row, original).await?,
                    None => self.tx.delete_status(&row, self.ctx.now()).await?,
                }
                self.hints.push(Hint::Deleted(row.id));
            }
            // Somebody else's: nothing to do, and nothing to tell.
            Some(_) => {}
            // An actor's name is no status' name: nobody buries another person.
            None if self.tx.read().account_by_uri(uri).await?.is_some() => {}
            None => self.bury(Some(uri)).await?,
        }
        Ok(())
    }

    /// What is undone before it was done stays undone.
    async fn bury(&mut self, uri: Option<&str>) -> Result<()> {
        if let Some(uri) = uri {
            self.tx.bury(uri, Some(self.actor.id), self.ctx.now()).await?;
        }
        Ok(())
    }
}

fn remote_media(ctx: &Ctx, status: &Status, position: i64, m: &RemoteMedia) -> Media {
    Media {
        id: ctx.ids.next(),
        account_id: status.account_id,
        status_id: Some(status.id),
        position,
        kind: if m.content_type.starts_with("image/") { "image" } else { "unknown" }.to_owned(),
        file_key: None,
        small_key: None,
        content_type: m.content_type.clone(),
        remote_url: Some(m.url.clone()),
        width: m.width,
        height: m.height,
        small_width: None,
        small_height: None,
        blurhash: m.blurhash.clone(),
        description: m.description.clone(),
        focus_x: m.focus.map(|f| f.0),
        focus_y: m.focus.map(|f| f.1),
        created_at: ctx.now(),
    }
}
