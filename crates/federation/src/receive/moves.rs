//! Accounts of other servers that say where they live now.

use tintype_service::{inbox::Received, moves};
use tintype_store::accounts::Account;
use url::Url;

use super::Meaning;
use crate::{Federation, Result, fetch::Errand, wire::IncomingActivity};

impl Federation {
    /// A Move of the actor itself. Nothing is fetched for one whom nobody here follows, or who has moved lately; else the
    /// new account is, because what it says now is what counts.
    pub(super) async fn moving(
        &self,
        object: &Url,
        target: &Url,
        activity: &IncomingActivity,
        signer: &Account,
        errand: Option<&Errand>,
    ) -> Result<Meaning> {
        if *object != activity.actor {
            return Ok(Meaning::Refused("nobody is moved by somebody else"));
        }
        if target == object {
            return Ok(Meaning::Refused("nobody moves to where they are"));
        }
        if self.0.ctx.site.owns(target.as_str()) {
            return Ok(Meaning::Now(match self.local_account(target).await? {
                Some(target) => Received::Move { target: target.id },
                None => Received::Noted,
            }));
        }
        if moves::rests(&self.0.ctx, signer.id).await? || !self.is_followed_here(signer.id).await? {
            return Ok(Meaning::Now(Received::Noted));
        }
        let Some(errand) = errand else { return Ok(Meaning::Later) };
        Ok(match self.fetch_actor(target, None, errand).await {
            Ok(target) => Meaning::Now(Received::Move { target: target.id }),
            Err(error) if error.is_later() => Meaning::Later,
            Err(_) => Meaning::Now(Received::Noted),
        })
    }
}
