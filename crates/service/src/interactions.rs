//! Likes, comments and boosts that the author of a remote post wants to be asked about: they are held until that answers.
//! The other way round there is nothing to ask: what everybody may see here, everybody may like, answer and boost, and
//! whoever asks hears so at once (`inbox/requests.rs`).

use tintype_model::{AccountId, ApprovalId, FavouriteId, Interaction, StatusId, interaction::Leave};
use tintype_store::{
    Reader, Tx,
    accounts::Account,
    approvals::{Approval, ApprovalState},
    statuses::Status,
};

use crate::{Ctx, Error, Result, policies};

/// That one has to ask, whom and how.
#[derive(Debug, Clone)]
pub(crate) struct Asking {
    what: Interaction,
    /// Whose leave it needs.
    of: StatusId,
    /// The id of the request; `None`: the activity itself is the question, as before there were requests.
    request_uri: Option<String>,
}

/// Whether somebody has to ask before they do something with a status that they can see. `Forbidden` if asking is no use.
pub(crate) async fn asking(
    ctx: &Ctx,
    reader: &mut Reader<'_>,
    what: Interaction,
    status: &Status,
    who: &Account,
) -> Result<Option<Asking>> {
    if status.local || status.account_id == who.id {
        return Ok(None);
    }
    let (leave, requests) = policies::leave(reader, what, status, who).await?;
    match leave {
        Leave::Free => Ok(None),
        Leave::Denied => Err(Error::Forbidden("The author of this post does not allow that")),
        Leave::Listed | Leave::Manual => {
            let request_uri = requests.then(|| ctx.site.activity(&who.username, ctx.ids.next()));
            Ok(Some(Asking { what, of: status.id, request_uri }))
        }
    }
}

/// Remembers what is asked for a like or for a comment or boost.
pub(crate) async fn ask(
    ctx: &Ctx,
    tx: &mut Tx,
    who: AccountId,
    asking: &Asking,
    with: With<'_>,
) -> Result<()> {
    let (favourite_id, by_status_id, uri) = with.parts();
    let row = Approval {
        id: ctx.ids.next::<ApprovalId>(),
        kind: asking.what,
        account_id: who,
        status_id: asking.of,
        favourite_id,
        by_status_id,
        interaction_uri: uri.to_owned(),
        request_uri: asking.request_uri.clone(),
        state: ApprovalState::Pending,
        approval_uri: None,
        created_at: ctx.now(),
    };
    tx.insert_approval(&row).await?;
    if let With::Status(status) = with {
        tx.set_held(status.id, true).await?;
    }
    Ok(())
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum With<'a> {
    /// A like and its uri.
    Favourite(FavouriteId, &'a str),
    /// A comment or a boost.
    Status(&'a Status),
}

impl<'a> With<'a> {
    pub fn parts(self) -> (Option<FavouriteId>, Option<StatusId>, &'a str) {
        match self {
            With::Favourite(id, uri) => (Some(id), None, uri),
            With::Status(status) => (None, Some(status.id), &status.uri),
        }
    }
}
