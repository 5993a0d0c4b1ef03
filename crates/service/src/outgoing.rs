//! What other servers must be told, as jobs of the `fan_out` queue, enqueued in the transaction of the thing itself.
//!
//! A payload holds identities only. What a later deletion would take away (ids, uris, the audience) is copied into it;
//! everything else is read when the job runs.

use serde::{Deserialize, Serialize};
use tintype_model::{AccountId, ActivityId, BlockId, FavouriteId, FollowId, JobId, StatusId, Visibility};
use tintype_store::{Tx, jobs::NewJob};

use crate::{Ctx, Result};

/// The queue that turns happenings into activities and deliveries.
pub const FAN_OUT: &str = "fan_out";
/// The queue that posts to other servers' inboxes; a job per host.
pub const DELIVER: &str = "deliver";
/// The queue of verified inbound activities that need the network.
pub const INGEST: &str = "ingest";
/// The queue of periodic work.
pub const UPKEEP: &str = "upkeep";

/// Whom an activity about a status that is no longer there must reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// How far the status reached.
    pub visibility: Visibility,
    /// The accounts it addressed by name.
    pub mentioned: Vec<AccountId>,
    /// Others who hold a copy for certain: the remote people who boosted, liked or answered it, and whom it answered.
    pub others: Vec<AccountId>,
}

/// Something that happened here, that others must hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Outgoing {
    /// A status, a comment or a boost was published (Create, Announce). `rest`: home timelines are still to be written,
    /// because there are many.
    Published { status: StatusId, uri: String, rest: bool },
    /// A remote status arrived whose local audience is large: writes home timelines, tells nobody.
    Arrived { status: StatusId, uri: String },
    /// The text or the pictures of a status or comment changed (Update).
    Edited { status: StatusId, uri: String },
    /// A status or comment was deleted (Delete of a Tombstone).
    Deleted { activity: ActivityId, author: AccountId, uri: String, reach: Reach },
    /// A boost was taken back (Undo of the Announce `uri` of `original`).
    Unreblogged { activity: ActivityId, account: AccountId, uri: String, original: String, reach: Reach },
    /// A status was liked (Like), if its author is remote.
    Favourited { favourite: FavouriteId, uri: String },
    /// A like was taken back (Undo of the Like `uri`).
    Unfavourited { activity: ActivityId, account: AccountId, uri: String, original: String, to: AccountId },
    /// A remote account was followed (Follow).
    Followed { follow: FollowId, uri: String },
    /// A follow or request was taken back (Undo of the Follow `uri`).
    Unfollowed { activity: ActivityId, account: AccountId, uri: String, target: AccountId },
    /// A remote account's follow was accepted (Accept of the Follow `uri`).
    Accepted { activity: ActivityId, account: AccountId, uri: String, follower: AccountId },
    /// A remote account's follow was refused or ended (Reject of the Follow `uri`).
    Rejected { activity: ActivityId, account: AccountId, uri: String, follower: AccountId },
    /// A profile changed (Update of the actor).
    ProfileChanged { activity: ActivityId, account: AccountId, uri: String },
    /// A remote account was blocked (Block).
    Blocked { block: BlockId, account: AccountId, uri: String, target: AccountId },
    /// A block was taken back (Undo of the Block `uri`).
    Unblocked { activity: ActivityId, account: AccountId, uri: String, target: AccountId },
    /// A status that everyone may see was pinned (Add to the featured collection). `uri`: the status'.
    Pinned { activity: ActivityId, account: AccountId, uri: String },
    /// It was unpinned (Remove).
    Unpinned { activity: ActivityId, account: AccountId, uri: String },
    /// A local account is being deleted: a Delete of the actor `uri` to everyone, then what it left is removed.
    AccountDeleted { activity: ActivityId, account: AccountId, uri: String },
    /// A remote account has deleted itself: what it left is removed, nobody is told. Also what is left to remove of any
    /// account that is too large for one go.
    AccountGone { account: AccountId, uri: String },
}

impl Outgoing {
    /// The object that it is about: activities about one object leave in the order in which they happened.
    pub fn object(&self) -> &str {
        match self {
            Outgoing::Published { uri, .. }
            | Outgoing::Arrived { uri, .. }
            | Outgoing::Edited { uri, .. }
            | Outgoing::Deleted { uri, .. }
            | Outgoing::Unreblogged { uri, .. }
            | Outgoing::Favourited { uri, .. }
            | Outgoing::Unfavourited { uri, .. }
            | Outgoing::Followed { uri, .. }
            | Outgoing::Unfollowed { uri, .. }
            | Outgoing::Accepted { uri, .. }
            | Outgoing::Rejected { uri, .. }
            | Outgoing::ProfileChanged { uri, .. }
            | Outgoing::Blocked { uri, .. }
            | Outgoing::Unblocked { uri, .. }
            | Outgoing::Pinned { uri, .. }
            | Outgoing::Unpinned { uri, .. }
            | Outgoing::AccountDeleted { uri, .. }
            | Outgoing::AccountGone { uri, .. } => uri,
        }
    }

    /// The lane of its job. Likes, boosts, follows and blocks of one person take turns, whatever they are about: taken back and
    /// done again, they have another uri and must still leave in their order. So do answers to one follower.
    fn lane(&self) -> String {
        let person = |uri: &str| uri.rsplitn(3, '/').nth(2).unwrap_or(uri).to_owned();
        match self {
            Outgoing::Favourited { uri, .. }
            | Outgoing::Unfavourited { uri, .. }
            | Outgoing::Followed { uri, .. }
            | Outgoing::Unfollowed { uri, .. }
            | Outgoing::Blocked { uri, .. }
            | Outgoing::Unblocked { uri, .. } => person(uri),
            Outgoing::Published { uri, .. } | Outgoing::Unreblogged { uri, .. }
                if uri.ends_with("/activity") =>
            {
                person(uri.trim_end_matches("/activity"))
            }
            Outgoing::Accepted { account, follower, .. } | Outgoing::Rejected { account, follower, .. } => {
                format!("{account} answers {follower}")
            }
            _ => self.object().to_owned(),
        }
    }

    /// The name of its job: one that waits under the same name stands for both. Not so where they undo each other about
    /// one object: then the order counts, and each runs.
    fn name(&self) -> String {
        let name = format!("{} {}", self.word(), self.object());
        match self {
            Outgoing::Pinned { activity, .. } | Outgoing::Unpinned { activity, .. } => {
                format!("{name} {activity}")
            }
            _ => name,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Outgoing::Published { .. } => "published",
            Outgoing::Arrived { .. } => "arrived",
            Outgoing::Edited { .. } => "edited",
            Outgoing::Deleted { .. } => "deleted",
            Outgoing::Unreblogged { .. } => "unreblogged",
            Outgoing::Favourited { .. } => "favourited",
            Outgoing::Unfavourited { .. } => "unfavourited",
            Outgoing::Followed { .. } => "followed",
            Outgoing::Unfollowed { .. } => "unfollowed",
            Outgoing::Accepted { .. } => "accepted",
            Outgoing::Rejected { .. } => "rejected",
            Outgoing::ProfileChanged { .. } => "profile",
            Outgoing::Blocked { .. } => "blocked",
            Outgoing::Unblocked { .. } => "unblocked",
            Outgoing::Pinned { .. } => "pinned",
            Outgoing::Unpinned { .. } => "unpinned",
            Outgoing::AccountDeleted { .. } => "account deleted",
            Outgoing::AccountGone { .. } => "account gone",
        }
    }
}

/// Queues it, in the transaction of what happened.
pub async fn enqueue(ctx: &Ctx, tx: &mut Tx, outgoing: &Outgoing) -> Result<()> {
    let payload = serde_json::to_value(outgoing).map_err(|e| crate::Error::Internal(e.to_string()))?;
    let now = ctx.now();
    let job = NewJob { queue: FAN_OUT, lane: outgoing.lane(), name: outgoing.name(), payload, run_at: now };
    tx.enqueue(ctx.ids.next::<JobId>(), &job, now).await?;
    Ok(())
}
