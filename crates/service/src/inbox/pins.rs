//! What people elsewhere show first on their profiles.

use tintype_model::Visibility;
use tintype_store::{featured_tags::FeaturedTag, pins::Pin, statuses::Status};

use super::Door;
use crate::{Hint, Result, featured_tags};

/// The most pins that are kept of one remote account; other software allows more than we do.
const MOST: i64 = 20;

impl Door<'_> {
    pub(super) async fn pin(&mut self, of: &str) -> Result<()> {
        let Some(status) = self.own(of).await? else { return Ok(()) };
        if status.visibility == Visibility::Direct || self.tx.read().count_pins(self.actor.id).await? >= MOST
        {
            return Ok(());
        }
        let row = Pin {
            id: self.ctx.ids.next(),
            account_id: self.actor.id,
            status_id: status.id,
            created_at: self.ctx.now(),
        };
        if self.tx.insert_pin(&row).await? {
            self.hints.push(Hint::Changed(status.id));
        }
        Ok(())
    }

    pub(super) async fn unpin(&mut self, of: &str) -> Result<()> {
        if let Some(status) = self.own(of).await?
            && self.tx.delete_pin(self.actor.id, status.id).await?
        {
            self.hints.push(Hint::Changed(status.id));
        }
        Ok(())
    }

    pub(super) async fn show_tag(&mut self, name: &str, display: &str, shown: bool) -> Result<()> {
        if !shown {
            self.tx.delete_featured_tag(self.actor.id, name).await?;
        } else if self.tx.read().featured_tags(self.actor.id).await?.len() < featured_tags::MOST {
            let row = FeaturedTag {
                id: self.ctx.ids.next(),
                account_id: self.actor.id,
                name: name.to_owned(),
                display: display.to_owned(),
                created_at: self.ctx.now(),
            };
            self.tx.insert_featured_tag(&row).await?;
        }
        Ok(())
    }

    /// The actor's own post of that uri; nobody pins what others wrote, or what they boosted.
    async fn own(&mut self, uri: &str) -> Result<Option<Status>> {
        let row = self.tx.read().status_by_uri(uri).await?;
        Ok(row.filter(|s| s.account_id == self.actor.id && s.reblog_of_id.is_none()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        given::{instance, member},
        given_posts::{a_note, post, receive, stranger},
        inbox::{Received, RemoteMention, RemoteStatus},
        pins, statuses,
    };

    #[tokio::test]
    async fn people_elsewhere_pin_their_own() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let bob = stranger(&ctx, "bob@far.example").await;
        let mentions = vec![RemoteMention { account: alice, silent: false }];
        let open = RemoteStatus { mentions: mentions.clone(), ..a_note(&ctx, &bob, "1", "<p>1</p>") };
        let direct =
            RemoteStatus { visibility: Visibility::Direct, mentions, ..a_note(&ctx, &bob, "2", "<p>2</p>") };
        for note in [&open, &direct] {
            receive(&ctx, &bob, Received::Create(Box::new(note.clone()))).await;
        }
        let hers = statuses::get(&ctx, None, post(&ctx, alice, "hers").await).await.unwrap().uri;
        let pinned = async || {
            let shown = pins::of(&ctx, Some(alice), bob.id).await.unwrap();
            shown.into_iter().map(|s| s.uri).collect::<Vec<_>>()
        };
        for of in [&open.uri, &open.uri, &direct.uri, &hers, &bob.uri] {
            receive(&ctx, &bob, Received::Pin { of: of.clone() }).await;
        }
        assert_eq!(pinned().await, [open.uri.as_str()]);
        let eve = stranger(&ctx, "eve@far.example").await;
        receive(&ctx, &eve, Received::Unpin { of: open.uri.clone() }).await;
        assert_eq!(pinned().await.len(), 1);
        receive(&ctx, &bob, Received::Unpin { of: open.uri }).await;
        assert!(pinned().await.is_empty());
    }
}
