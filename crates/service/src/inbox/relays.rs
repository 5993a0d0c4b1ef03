//! What relays answer.

use tintype_store::relays::RelayState;

use super::Door;
use crate::{Outgoing, Result, outgoing};

impl Door<'_> {
    /// A relay takes us, or doesn't, or no more. That it is the one that was asked has been checked by its server.
    pub(super) async fn relay_answered(&mut self, follow_uri: &str, accepted: bool) -> Result<()> {
        let Some(relay) = self.tx.read().relay_by_follow(follow_uri).await? else { return Ok(()) };
        let state = if accepted { RelayState::Accepted } else { RelayState::Rejected };
        self.tx.answer_relay(relay.id, state, &self.actor.uri, self.ctx.now()).await?;
        Ok(())
    }

    /// A relay follows the instance back, as those of the LitePub style do. One that wasn't asked isn't answered.
    pub(super) async fn relay_follows(&mut self, uri: &str) -> Result<()> {
        if self.tx.read().relay_of_actor(&self.actor.uri).await?.is_none() {
            return Ok(());
        }
        let site = &self.ctx.site;
        let Some(instance) = self.tx.read().account_by_uri(&site.instance_actor()).await? else {
            return Ok(());
        };
        let answer = Outgoing::Accepted {
            activity: self.ctx.ids.next(),
            account: instance.id,
            uri: uri.to_owned(),
            follower: self.actor.id,
        };
        outgoing::enqueue(self.ctx, self.tx, &answer).await
    }
}
