//! Boosts and likes from elsewhere, and their ends.

use tintype_model::{Millis, StatusId, Visibility};
use tintype_store::{favourites::Favourite, notifications::NotificationKind, reactions::Reaction};

use super::{Door, RemoteEmoji};
use crate::{Hint, Result, emojis, reblogs, statuses};

/// Emoji that are kept of one account for one status.
const MOST_OF_ONE: usize = 20;

impl Door<'_> {
    pub(super) async fn reblog(
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
        // Nobody passes on what they can't see.
        let seen = self.tx.read().visible_status(Some(self.actor.id), original.id).await?;
        let allowed = original.visibility.is_open()
            || (original.visibility == Visibility::Private && original.account_id == self.actor.id);
        if seen.is_none() || !allowed || original.reblog_of_id.is_some() {
            return Ok(());
        }
        let ours = original.local || self.tx.read().local_followers(self.actor.id, 1).await? > 0;
        if !ours {
            return Ok(());
        }
        let at = published.unwrap_or(self.ctx.now()).min(self.ctx.now());
        let visibility = if original.visibility.is_open() { visibility } else { Visibility::Private };
        let id = self.ctx.ids.at(at);
        let mut boost = reblogs::boost(self.actor, id, uri.to_owned(), original.id, visibility, at);
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

    pub(super) async fn unreblog(&mut self, uri: Option<&str>, of: Option<&str>) -> Result<()> {
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
                    self.hints.push(Hint::Deleted {
                        status: boost.id,
                        author: boost.account_id,
                        visibility: boost.visibility,
                    });
                    self.hints.push(Hint::Changed(original));
                }
            }
            None => self.bury(uri).await?,
        }
        Ok(())
    }

    /// A like. Answers with what is liked now.
    pub(super) async fn favourite(&mut self, uri: &str, of: &str) -> Result<Option<StatusId>> {
        if self.tx.read().is_tombstone(uri, Some(self.actor.id)).await? {
            return Ok(None);
        }
        let Some(status) = self.tx.read().status_by_uri(of).await? else { return Ok(None) };
        // Nobody likes what they can't see; and who likes a boost likes what it boosts.
        let liked = status.reblog_of_id.unwrap_or(status.id);
        let seen = self.tx.read().visible_statuses(Some(self.actor.id), &[status.id, liked]).await?;
        if !seen.iter().any(|s| s.id == status.id) {
            return Ok(None);
        }
        let Some(status) = seen.into_iter().find(|s| s.id == liked) else { return Ok(None) };
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
        Ok(Some(status.id))
    }

    /// An emoji: one like, however many there are of one account, and which ones they are is kept.
    pub(super) async fn react(
        &mut self,
        uri: &str,
        of: &str,
        content: &str,
        emoji: Option<&RemoteEmoji>,
    ) -> Result<()> {
        let Some(status) = self.favourite(uri, of).await? else { return Ok(()) };
        let row = Reaction {
            uri: uri.to_owned(),
            account_id: self.actor.id,
            status_id: status,
            content: content.to_owned(),
            created_at: self.ctx.now(),
        };
        if self.tx.read().reactions_by(self.actor.id, status).await?.len() >= MOST_OF_ONE {
            return Ok(());
        }
        self.tx.insert_reaction(&row).await?;
        emojis::keep(self.ctx, self.tx, self.actor, emoji.map(std::slice::from_ref).unwrap_or_default()).await
    }

    /// One emoji of several is gone: the like stays. Whether that is so.
    async fn unreact(&mut self, uri: &str) -> Result<bool> {
        let Some(gone) = self.tx.read().reaction(uri).await?.filter(|r| r.account_id == self.actor.id) else {
            return Ok(false);
        };
        self.tx.delete_reaction(uri).await?;
        let like = self.tx.read().favourite_by(self.actor.id, gone.status_id).await?;
        let others = self.tx.read().reactions_by(self.actor.id, gone.status_id).await?;
        match others.first() {
            // The like was that emoji's; it is another one's now.
            Some(other) if like.as_ref().is_some_and(|like| like.uri == uri) => {
                self.tx.rename_favourite(uri, &other.uri).await?;
                Ok(true)
            }
            Some(_) => Ok(true),
            // The last one; a like without an emoji, if there was one before, stays.
            None => Ok(like.is_none_or(|like| like.uri != uri)),
        }
    }

    pub(super) async fn unfavourite(&mut self, uri: Option<&str>, of: Option<&str>) -> Result<()> {
        if let Some(uri) = uri
            && self.unreact(uri).await?
        {
            return Ok(());
        }
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
                self.tx.delete_reactions(row.account_id, row.status_id).await?;
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
}

#[cfg(test)]
mod tests {
    use tintype_model::BlockId;
    use tintype_store::blocks::Block;

    use super::*;
    use crate::{
        given::{instance, member},
        given_posts::{a_note, found, post, post_as, receive, stranger, told},
        inbox::{Received, RemoteStatus},
        statuses as posts,
    };

    #[tokio::test]
    async fn what_the_blocked_do_has_no_effect() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let (bob, eve) = (stranger(&ctx, "bob@far.example").await, stranger(&ctx, "eve@far.example").await);
        let id = post(&ctx, alice, "look").await;
        let of = posts::get(&ctx, None, id).await.unwrap().uri;
        let uri = format!("{of}/blocks/1");
        let block =
            Block { id: BlockId(1), account_id: alice, target_id: eve.id, uri, created_at: ctx.now() };
        let mut tx = ctx.store.begin().await.unwrap();
        assert!(tx.insert_block(&block).await.unwrap());
        tx.commit().await.unwrap();
        let reply = |by| RemoteStatus {
            in_reply_to: Some(of.clone()),
            mentions: vec![crate::inbox::RemoteMention { account: alice, silent: false }],
            ..a_note(&ctx, by, "1", "<p>hello</p>")
        };
        for (by, counted) in [(&eve, 0), (&bob, 1)] {
            let like = Received::Favourite { uri: format!("{}/likes/1", by.uri), of: of.clone() };
            let boost = Received::Reblog {
                uri: format!("{}/boosts/1", by.uri),
                of: of.clone(),
                visibility: Visibility::Public,
                published: None,
            };
            for received in [like, boost, Received::Create(Box::new(reply(by)))] {
                receive(&ctx, by, received).await;
            }
            let post = posts::get(&ctx, None, id).await.unwrap();
            let counts = (post.favourites_count, post.reblogs_count, post.replies_count);
            assert_eq!(counts, (counted, counted, counted), "{}", by.uri);
        }
        assert_eq!(told(&ctx, alice).await, ["favourite", "reblog", "mention"]);
        let blind = found(&ctx, bob.id, &reply(&eve).uri).await.unwrap();
        assert_eq!(blind.in_reply_to_id, None);
    }

    #[tokio::test]
    async fn boosts_need_an_open_post() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let bob = stranger(&ctx, "bob@far.example").await;
        for (n, visibility) in Visibility::ALL.iter().enumerate() {
            let id = post_as(&ctx, alice, "look", *visibility).await;
            let of = posts::get(&ctx, Some(alice), id).await.unwrap().uri;
            let boost = Received::Reblog {
                uri: format!("{}/boosts/{n}", bob.uri),
                of,
                visibility: Visibility::Public,
                published: None,
            };
            receive(&ctx, &bob, boost).await;
            let boosted = posts::get(&ctx, Some(alice), id).await.unwrap().reblogs_count;
            assert_eq!(boosted, i64::from(visibility.is_open()), "{visibility:?}");
        }
    }
}
