//! Answers to what was said, and what is taken back.

use tintype_service::inbox::Received;
use tintype_store::accounts::Account;
use url::Url;

use super::Meaning;
use crate::{
    Federation, Result,
    wire::{IncomingActivity, Inner, same_origin},
};

impl Federation {
    /// An Accept or Reject of a Follow: ours by its id, or, where the other side has made up another id, by who
    /// followed.
    pub(super) async fn answer(&self, inner: &Inner, signer: &Account, accepted: bool) -> Result<Meaning> {
        if inner.kind.as_deref().is_some_and(|kind| kind != "Follow") {
            return Ok(Meaning::Now(Received::Noted));
        }
        if inner.object.as_ref().is_some_and(|object| object.as_str() != signer.uri) {
            return Ok(Meaning::Refused("the follow is somebody else's to answer"));
        }
        let follow_uri = inner.id.as_ref().map(Url::to_string).filter(|uri| self.0.ctx.site.owns(uri));
        let follower = match (&follow_uri, &inner.actor) {
            (None, Some(actor)) => self.local_account(actor).await?.map(|account| account.id),
            _ => None,
        };
        Ok(Meaning::Now(match (follow_uri.is_none() && follower.is_none(), accepted) {
            (true, _) => Received::Noted,
            (false, true) => Received::Accept { follow_uri, follower },
            (false, false) => Received::Reject { follow_uri, follower },
        }))
    }

    pub(super) async fn undone(
        &self,
        inner: &Inner,
        activity: &IncomingActivity,
        signer: &Account,
    ) -> Result<Meaning> {
        if inner.actor.as_ref().is_some_and(|actor| *actor != activity.actor) {
            return Ok(Meaning::Refused("what is undone is somebody else's"));
        }
        if inner.id.as_ref().is_some_and(|id| !same_origin(id, &activity.actor)) {
            return Ok(Meaning::Refused("what is undone is on another server"));
        }
        let uri = inner.id.as_ref().map(Url::to_string);
        let of = inner.object.as_ref().map(Url::to_string);
        let kind = match inner.kind.as_deref() {
            Some(kind) => kind,
            None => self.kind_of(uri.as_deref(), signer).await?,
        };
        Ok(Meaning::Now(match kind {
            "Follow" => Received::Unfollow { uri, target: self.person(inner.object.as_ref()).await? },
            "Block" => Received::Unblock { uri, target: self.person(inner.object.as_ref()).await? },
            "Like" | "EmojiReact" => Received::Unfavourite { uri, of },
            "Announce" => Received::Unreblog { uri, of },
            // An acceptance that is taken back is a refusal of the follow it accepted.
            "Accept" => match self.accepted(uri.as_deref(), of).await? {
                Some(of) => Received::Reject { follow_uri: Some(of), follower: None },
                None => Received::Noted,
            },
            _ => Received::Noted,
        }))
    }

    /// What an activity was that only its id is given of. One that never came is remembered as undone, as a Follow would
    /// be.
    async fn kind_of(&self, uri: Option<&str>, signer: &Account) -> Result<&'static str> {
        let Some(uri) = uri else { return Ok("Follow") };
        let mut reader = self.0.ctx.store.read().await?;
        if reader.favourite_by_uri(uri).await?.is_some_and(|like| like.account_id == signer.id)
            || reader.reaction(uri).await?.is_some_and(|like| like.account_id == signer.id)
        {
            return Ok("Like");
        }
        if reader.status_by_uri(uri).await?.is_some_and(|status| status.reblog_of_id.is_some()) {
            return Ok("Announce");
        }
        if reader.block_by_uri(uri).await?.is_some_and(|block| block.account_id == signer.id) {
            return Ok("Block");
        }
        if reader.follow_by_accept(uri).await?.is_some_and(|follow| follow.target_id == signer.id) {
            return Ok("Accept");
        }
        Ok("Follow")
    }

    /// The follow of ours that an Accept let in: the one it names, or, of its id alone, the one it came for.
    async fn accepted(&self, uri: Option<&str>, of: Option<String>) -> Result<Option<String>> {
        if let Some(of) = of.filter(|of| self.0.ctx.site.owns(of)) {
            return Ok(Some(of));
        }
        let Some(uri) = uri else { return Ok(None) };
        let follow = self.0.ctx.store.read().await?.follow_by_accept(uri).await?;
        Ok(follow.map(|follow| follow.uri))
    }
}
