//! Posts and comments from elsewhere, their changes and their ends.

use tintype_model::{AccountId, Millis, StatusId, Visibility};
use tintype_store::{edits::StatusChange, media::Media, statuses::Status};

use super::{Door, RemoteMedia, RemoteStatus};
use crate::{
    Ctx, Error, Hint, Outgoing, Result,
    edits::{self, Version},
    emojis, outgoing, policies, reblogs, statuses, timelines,
};

/// How long a status is news; Mastodon's streams take as long.
const NEWS: std::time::Duration = std::time::Duration::from_hours(6);

impl Door<'_> {
    /// A status, if it concerns somebody here (or was asked for). Answers with its id when it is stored.
    pub(super) async fn create(&mut self, s: &RemoteStatus, asked_for: bool) -> Result<Option<StatusId>> {
        if let Some(known) = self.tx.read().status_by_uri(&s.uri).await? {
            if known.account_id == self.actor.id && known.reblog_of_id.is_none() && !known.local {
                // It may have been fetched for one that quotes it, and then nobody asked what it quotes itself.
                self.keep_quote(s, &known).await?;
                if !asked_for {
                    self.tell_of_known(&known).await?;
                }
            }
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
        if let Some(poll) = &s.poll {
            self.insert_poll(row.id, poll).await?;
        }
        emojis::keep(self.ctx, self.tx, self.actor, &s.emojis).await?;
        if row.visibility != Visibility::Direct {
            self.tx.count_account(row.account_id, 1, 0, 0, Some(row.created_at)).await?;
        }
        if let Some(parent) = parent.as_ref().filter(|_| row.visibility.is_open()) {
            self.tx.count_status(parent.id, 1, 0, 0).await?;
            self.hints.push(Hint::Changed(parent.id));
        }
        self.tx.adopt_replies(&row).await?;
        self.tx.adopt_quotes(&row).await?;
        policies::keep(self.tx, row.id, s.policy.as_ref()).await?;
        self.keep_quote(s, &row).await?;
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
        // What was written long ago is no news to those who watch.
        if row.created_at.plus(NEWS) > self.ctx.now() {
            self.hints.push(Hint::Published(row.id));
        }
        Ok(Some(row.id))
    }

    /// Tells those whom a status addresses that was fetched before its author sent it, when nobody was told: an answer to it
    /// may have come first. Who was told is not told again.
    async fn tell_of_known(&mut self, known: &Status) -> Result<()> {
        let mentions = self.tx.read().mentions_of(&[known.id]).await?;
        let mut told: Vec<_> = mentions.into_iter().map(|m| (m.account_id, m.silent)).collect();
        if let Some(parent) = known.in_reply_to_account_id.filter(|_| known.visibility.is_open())
            && !told.iter().any(|(id, _)| *id == parent)
        {
            told.push((parent, true));
        }
        statuses::notify_mentioned(self.ctx, self.tx, known, &told, self.hints).await
    }

    /// Whether anybody here follows its author or whom it answers, is addressed by it, or is answered by it.
    async fn concerns_us(&mut self, s: &RemoteStatus, parent: Option<&Status>) -> Result<bool> {
        if parent.is_some_and(|p| p.local) {
            return Ok(true);
        }
        let addressed: Vec<AccountId> = s.mentions.iter().map(|m| m.account).collect();
        let mut reader = self.tx.read();
        Ok(reader.accounts(&addressed).await?.iter().any(|a| a.local)
            || reader.local_followers(s.author, 1).await? > 0
            || match parent {
                Some(parent) => reader.local_followers(parent.account_id, 1).await? > 0,
                None => false,
            })
    }

    /// Inserts the row under an id of its published moment; draws again when that id is taken.
    async fn insert(&mut self, s: &RemoteStatus, parent: Option<&Status>) -> Result<Status> {
        let published = s.published.min(self.ctx.now());
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
            created_at: published,
            edited_at: s.edited.map(|edited| edited.min(self.ctx.now())).filter(|edited| *edited > published),
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

    /// A new version of a status; the first that is heard of one that concerns somebody here is its publication. What is
    /// older than what is known is ignored; of what says the same only the time is kept.
    pub(super) async fn update(&mut self, s: &RemoteStatus) -> Result<()> {
        let Some(known) = self.tx.read().status_by_uri(&s.uri).await? else {
            return self.create(s, false).await.map(drop);
        };
        let ours = |row: &Status| {
            row.account_id == self.actor.id
                && s.author == self.actor.id
                && !row.local
                && row.reblog_of_id.is_none()
        };
        let Some(was) = self.tx.lock_status(known.id).await?.filter(ours) else { return Ok(()) };
        if was.visibility == Visibility::Direct && self.is_unheard(&was).await? {
            return Ok(());
        }
        let known_since = was.edited_at.unwrap_or(was.created_at);
        self.keep_quote(s, &was).await?;
        // What was never edited may be dated by when it was published, whatever it says now.
        let edited = s.edited.filter(|edited| was.edited_at.is_some() || *edited != was.created_at);
        if edited.is_none_or(|edited| edited >= known_since) {
            policies::keep(self.tx, was.id, s.policy.as_ref()).await?;
        }
        let edited_at = match edited.map(|edited| edited.min(self.ctx.now())) {
            // The version that is known, with other numbers.
            Some(edited) if edited == known_since => {
                return self.change_poll(was.id, s.poll.as_ref(), false).await.map(drop);
            }
            Some(edited) if edited <= known_since => return Ok(()),
            Some(edited) => edited,
            None if s.poll.is_some() => {
                return self.change_poll(was.id, s.poll.as_ref(), false).await.map(drop);
            }
            None => edits::later(self.ctx, &was),
        };
        let asks_anew = self.change_poll(was.id, s.poll.as_ref(), true).await?;
        emojis::keep(self.ctx, self.tx, self.actor, &s.emojis).await?;
        let before = self.tx.read().media_of(&[was.id]).await?;
        let mut left = before.clone();
        let mut media = Vec::new();
        for (position, m) in (0_i64..).zip(&s.media) {
            // A picture of the same address is the same picture: our copy of it stays.
            if let Some(at) = left.iter().position(|l| l.remote_url.as_deref() == Some(&m.url)) {
                let mut row = left.swap_remove(at);
                row.description.clone_from(&m.description);
                if let Some((x, y)) = m.focus {
                    (row.focus_x, row.focus_y) = (Some(x), Some(y));
                }
                media.push(row);
            } else {
                media.push(remote_media(self.ctx, &was, position, m));
            }
        }
        let version = Version {
            text: String::new(),
            content: s.content.clone(),
            spoiler_text: s.spoiler_text.clone(),
            sensitive: s.sensitive,
            language: s.language.clone(),
            edited_at,
            tags: s.tags.clone(),
            mentions: s.mentions.iter().map(|m| (m.account, m.silent)).collect(),
            media,
        };
        if version.content == was.content && !asks_anew && !version.differs(&was, &before) {
            // Changed there and back: what was in between, should it come late, is older than this.
            if edited.is_some() {
                self.tx.update_status(&unchanged(was, edited_at)).await?;
                self.hints.push(Hint::Changed(known.id));
            }
            return Ok(());
        }
        for new in version.media.iter().filter(|m| before.iter().all(|b| b.id != m.id)) {
            self.tx.insert_media(new).await?;
        }
        edits::write(self.ctx, self.tx, &was, &before, &version, self.hints).await
    }

    /// Whether nobody here whom a direct status addresses hears its author any more: there is a block between them. Old words
    /// stay as they were read.
    async fn is_unheard(&mut self, status: &Status) -> Result<bool> {
        let mut reader = self.tx.read();
        let named: Vec<AccountId> =
            reader.mentions_of(&[status.id]).await?.into_iter().map(|mention| mention.account_id).collect();
        let mut addressed = false;
        for account in reader.accounts(&named).await?.into_iter().filter(|account| account.local) {
            addressed = true;
            if !reader.blocked_either_way(account.id, self.actor.id).await? {
                return Ok(false);
            }
        }
        // Nobody so far: the edit may be what addresses somebody.
        Ok(addressed)
    }

    pub(super) async fn delete(&mut self, uri: &str) -> Result<()> {
        match self.tx.read().status_by_uri(uri).await? {
            Some(row) if row.account_id == self.actor.id => {
                let Some(row) = self.tx.lock_status(row.id).await? else { return Ok(()) };
                match row.reblog_of_id {
                    Some(original) => reblogs::remove(self.ctx, self.tx, &row, original).await?,
                    None => self.tx.delete_status(&row, self.ctx.now()).await?,
                }
                self.hints.push(Hint::Deleted {
                    status: row.id,
                    author: row.account_id,
                    visibility: row.visibility,
                });
            }
            // Somebody else's: nothing to do, and nothing to tell.
            Some(_) => {}
            None if self.revoke_quotes(uri).await? || self.revoke_leave(uri).await? => {}
            // An actor's name is no status' name: nobody buries another person.
            None if self.tx.read().account_by_uri(uri).await?.is_some() => {}
            None => self.bury(Some(uri)).await?,
        }
        Ok(())
    }
}

/// A status as it is, and since when.
fn unchanged(was: Status, edited_at: Millis) -> StatusChange {
    StatusChange {
        id: was.id,
        content: was.content,
        text: was.text,
        spoiler_text: was.spoiler_text,
        sensitive: was.sensitive,
        language: was.language,
        edited_at: Some(edited_at),
    }
}

fn remote_media(ctx: &Ctx, status: &Status, position: i64, m: &RemoteMedia) -> Media {
    Media {
        id: ctx.ids.next(),
        account_id: status.account_id,
        status_id: Some(status.id),
        position,
        kind: match m.content_type.split_once('/') {
            Some((kind @ ("image" | "video" | "audio"), _)) => kind,
            _ => "unknown",
        }
        .to_owned(),
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
