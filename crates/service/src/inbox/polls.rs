//! Polls from elsewhere, and votes in ours.

use tintype_model::{Millis, StatusId};
use tintype_store::polls::Poll;

use super::{Door, RemotePoll, RemoteStatus};
use crate::{Ctx, Hint, Result, polls};

impl Door<'_> {
    /// A vote, with the id of each choice: counts if its actor may see the poll, once, while it is open.
    pub(super) async fn vote(&mut self, of: &str, choices: &[(String, String)]) -> Result<()> {
        let Some(status) = self.tx.read().status_by_uri(of).await?.filter(|status| status.local) else {
            return Ok(());
        };
        let seen = self.tx.read().visible_status(Some(self.actor.id), status.id).await?;
        let Some(status) = seen else { return Ok(()) };
        if polls::count(self.ctx, self.tx, &status, self.actor.id, choices).await? {
            self.hints.push(Hint::Changed(status.id));
        }
        Ok(())
    }

    /// The poll of a status that is new here.
    pub(super) async fn insert_poll(&mut self, status: StatusId, remote: &RemotePoll) -> Result<()> {
        let row = Poll {
            id: self.ctx.ids.next(),
            status_id: status,
            multiple: remote.multiple,
            hide_totals: false,
            expires_at: remote.end(None, self.ctx.now()),
            voters_count: remote.voters,
            ended: false,
            told_at: Millis(0),
            fetched_at: self.ctx.now(),
        };
        Ok(self.tx.insert_poll(&row, &remote.options).await?)
    }

    /// What a status' poll is by the word of its author's server: its numbers, and, where the author has edited it, other
    /// options, for which nobody has voted. Whether the poll is another one now.
    pub(super) async fn change_poll(
        &mut self,
        status: StatusId,
        remote: Option<&RemotePoll>,
        edited: bool,
    ) -> Result<bool> {
        let known = self.tx.lock_poll_of(status).await?;
        let (known, remote) = match (known, remote) {
            (Some(known), None) => return Ok(edited && self.tx.delete_poll(known.id).await?),
            (None, Some(remote)) if edited => {
                return self.insert_poll(status, remote).await.map(|()| true);
            }
            (None, _) => return Ok(false),
            (Some(known), Some(remote)) => (known, remote),
        };
        let options = self.tx.read().poll_options_of(&[known.id]).await?;
        let same = known.multiple == remote.multiple
            && options.iter().map(|option| &option.title).eq(remote.options.iter().map(|(title, _)| title));
        if !same && !edited {
            return Ok(false);
        }
        let end = remote.end(known.expires_at, self.ctx.now());
        let row = Poll {
            multiple: remote.multiple,
            voters_count: remote.voters.or(known.voters_count),
            // Whoever asks longer is told again.
            ended: known.ended && end == known.expires_at,
            expires_at: end,
            fetched_at: self.ctx.now(),
            ..known.clone()
        };
        self.tx.update_poll(&row).await?;
        if same {
            let counts: Vec<i64> = remote.options.iter().map(|(_, votes)| *votes).collect();
            self.tx.set_poll_counts(known.id, &counts).await?;
        } else {
            self.tx.replace_poll_options(known.id, &remote.options).await?;
        }
        self.tx.count_status(status, 0, 0, 0).await?;
        self.hints.push(Hint::Changed(status));
        Ok(!same || end != known.expires_at)
    }
}

impl RemotePoll {
    /// When it ends, or ended; `before` is what was known of that. What is closed without a date is so since we know.
    fn end(&self, before: Option<Millis>, now: Millis) -> Option<Millis> {
        let end = match before {
            _ if !self.closed => self.ends,
            // It was over before: it does not end again each time one looks.
            Some(before) if before <= now => Some(before),
            _ => self.ends.or(before).or(Some(now)).map(|end| end.min(now)),
        };
        end.map(|end| end.max(Millis(0)))
    }
}

/// New numbers of a poll whose status was fetched from its own id. Of a status that isn't known, or isn't its author's, they
/// are nothing.
pub async fn refresh_poll(ctx: &Ctx, status: &RemoteStatus) -> Result<()> {
    let mut hints = Vec::new();
    let mut tx = ctx.store.begin().await?;
    let known = tx.read().status_by_uri(&status.uri).await?;
    let Some(known) = known.filter(|known| !known.local && known.account_id == status.author) else {
        return Ok(());
    };
    let Some(actor) = tx.read().account(status.author).await? else { return Ok(()) };
    tx.lock_status(known.id).await?;
    let mut door = Door { ctx, tx: &mut tx, actor: &actor, hints: &mut hints };
    door.change_poll(known.id, status.poll.as_ref(), false).await?;
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    Ok(())
}
