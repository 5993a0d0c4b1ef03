//! What relays are told: that we want them, what to pass on, and that we leave (FEP-ae0c).

use std::collections::BTreeSet;

use tintype_model::{ActivityId, RelayId, StatusId, Visibility};
use tintype_service::{Outgoing, relays::RelayStyle};
use tintype_store::relays::RelayState;

use super::{Message, message};
use crate::{
    Federation, Result, compose,
    wire::out::{Announce, Follow, PUBLIC, Undo},
};

impl Federation {
    pub(super) async fn relay_asked(&self, relay: RelayId) -> Result<Option<Message>> {
        let Some(relay) = self.0.ctx.store.read().await?.relay(relay).await? else { return Ok(None) };
        let actor = relay.actor_uri.filter(|_| relay.style == RelayStyle::Litepub);
        let instance = self.0.instance.clone();
        let follow = followed(&relay.follow_uri, &instance.uri, actor.as_deref());
        message(relay.follow_uri.clone(), instance, relay.follow_uri, &follow.document(), [relay.inbox])
    }

    pub(super) fn relay_left(
        &self,
        activity: ActivityId,
        follow_uri: &str,
        inbox: &str,
        actor: Option<&str>,
    ) -> Result<Option<Message>> {
        let instance = self.0.instance.clone();
        let id = self.0.ctx.site.instance_activity(activity);
        let follow = followed(follow_uri, &instance.uri, actor);
        let undo = Undo::new(&id, &instance.uri, follow).addressed(whom(actor), vec![]);
        message(id, instance, follow_uri.to_owned(), &undo.document(), [inbox.to_owned()])
    }

    /// The relays that get something of ours as it is. Those that are named by their actors get posts in their own way, and
    /// only what changes or deletes a post as it is.
    pub(super) async fn relays_for(&self, visibility: Visibility, new: bool) -> Result<Vec<String>> {
        if visibility != Visibility::Public {
            return Ok(Vec::new());
        }
        let relays = self.0.ctx.store.read().await?.relays().await?;
        let wanted = relays.into_iter().filter(|relay| {
            relay.state == RelayState::Accepted && (!new || relay.style == RelayStyle::Mastodon)
        });
        Ok(wanted.map(|relay| relay.inbox).collect())
    }

    /// Besides what everybody is told: the instance boosts new public posts to relays that are named by their actors.
    pub(super) async fn passed_on(&self, outgoing: &Outgoing) -> Result<Option<Message>> {
        let Outgoing::Published { status, .. } = outgoing else { return Ok(None) };
        let relays = self.0.ctx.store.read().await?.relays().await?;
        let inboxes: BTreeSet<String> = relays
            .into_iter()
            .filter(|relay| relay.state == RelayState::Accepted && relay.style == RelayStyle::Litepub)
            .map(|relay| relay.inbox)
            .collect();
        if inboxes.is_empty() { Ok(None) } else { self.boost_of(*status, inboxes).await }
    }

    async fn boost_of(&self, status: StatusId, inboxes: BTreeSet<String>) -> Result<Option<Message>> {
        let row = self.0.ctx.store.read().await?.status(status).await?;
        let wanted = |s: &tintype_store::statuses::Status| {
            s.local && s.reblog_of_id.is_none() && s.visibility == Visibility::Public
        };
        let Some(row) = row.filter(wanted) else { return Ok(None) };
        if self.author(row.account_id).await?.is_none() || self.waits(&row).await?.is_some() {
            return Ok(None);
        }
        let instance = self.0.instance.clone();
        let id = format!("{}#announces/{status}", instance.uri);
        let followers = compose::followers_of(&instance);
        let announce = Announce::new(&id, &instance.uri, row.uri.clone())
            .addressed(vec![PUBLIC.to_owned(), followers], vec![])
            .published(row.created_at.rfc3339());
        message(id, instance, row.uri, &announce.document(), inboxes)
    }
}

/// Those that are named by their inbox are followed as everybody.
fn followed(id: &str, instance: &str, actor: Option<&str>) -> Follow {
    Follow::new(id, instance, actor.unwrap_or(PUBLIC).to_owned()).addressed(whom(actor), vec![])
}

fn whom(actor: Option<&str>) -> Vec<String> {
    actor.map(str::to_owned).into_iter().collect()
}
