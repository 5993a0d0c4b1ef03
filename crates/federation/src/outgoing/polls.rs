//! Votes, and what becomes of the numbers of polls.

use tintype_model::{StatusId, VoteId};

use super::{Message, message};
use crate::{
    Federation, Result,
    compose::Notes,
    wire::out::{Activity, CreateType, Update, Vote},
};

impl Federation {
    /// The numbers as they are now, to everybody who may hold a copy. No new version: `updated` is the last edit's.
    pub(super) async fn poll_changed(&self, status: StatusId) -> Result<Option<Message>> {
        let ctx = &self.0.ctx;
        let mut reader = ctx.store.read().await?;
        let row = reader.status(status).await?.filter(|row| row.local && row.reblog_of_id.is_none());
        let Some(row) = row else { return Ok(None) };
        let notes = Notes::read(&mut reader, std::slice::from_ref(&row)).await?;
        let others =
            if row.visibility.is_open() { reader.remote_participants(row.id).await? } else { Vec::new() };
        drop(reader);
        let Some(author) = self.author(row.account_id).await? else { return Ok(None) };
        let note = notes.note(ctx, &row)?;
        if !note.is_question() || self.waits(&row).await?.is_some() {
            return Ok(None);
        }
        let mut named = self.named(&row).await?;
        named.extend(self.welcome(row.account_id, others).await?);
        let inboxes = self.inboxes(&author, row.visibility, &named).await?;
        let (to, cc) = (note.to.clone(), note.cc.clone());
        let id = format!("{}#updates/poll/{}", row.uri, row.version);
        let update = Update::new(&id, &author.uri, note).addressed(to, cc).published(ctx.now().rfc3339());
        message(id, author, row.uri, &update.document(), inboxes)
    }

    /// One choice, to the author of the poll alone.
    pub(super) async fn voted(&self, vote: VoteId) -> Result<Option<Message>> {
        let ctx = &self.0.ctx;
        let mut reader = ctx.store.read().await?;
        let Some(row) = reader.poll_vote(vote).await? else { return Ok(None) };
        let Some(poll) = reader.poll(row.poll_id).await? else { return Ok(None) };
        let option = reader.poll_options_of(&[poll.id]).await?;
        let Some(option) = option.into_iter().find(|option| option.position == row.position) else {
            return Ok(None);
        };
        let Some(status) = reader.status(poll.status_id).await? else { return Ok(None) };
        drop(reader);
        let Some(pair) = self.pair(row.account_id, status.account_id).await? else { return Ok(None) };
        let vote = Vote::new(&row.uri, &pair.actor.uri, &pair.to.uri, option.title, &status.uri);
        let id = format!("{}/activity", row.uri);
        let create = Activity::<CreateType, Vote>::new(&id, &pair.actor.uri, vote);
        let create = create.addressed(vec![pair.to.uri.clone()], vec![]);
        let about = format!("{} {}", pair.actor.uri, status.uri);
        pair.tell(id, about, &create.document())
    }
}
