//! What other servers must be told, as jobs of the `fan_out` queue, enqueued in the transaction of the thing itself.
//!
//! A payload holds identities only. What a later deletion would take away (ids, uris, the audience) is copied into it;
//! everything else is read when the job runs.

use serde::{Deserialize, Serialize};
use tintype_model::{
    AccountId, ActivityId, BlockId, FavouriteId, FollowId, Interaction, JobId, Millis, RelayId, ReportId,
    StatusId, Visibility, VoteId,
};
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

/// What is said to a request, and to which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub what: Interaction,
    /// The id of the local status that it is about.
    pub of: String,
    /// The id of the like, the boost, the comment or the quoting post.
    pub with: String,
    /// The id of what allows it; `None`: no.
    pub approval: Option<String>,
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
    /// The numbers of a status' poll changed, or it is over (Update without a new version).
    PollChanged { status: StatusId, uri: String },
    /// An option of a remote poll was chosen (Create of a vote).
    Voted { vote: VoteId, uri: String },
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
    /// What a status allows others changed, or whether it may quote what it quotes (Update without a new version).
    Changed { activity: ActivityId, status: StatusId, uri: String },
    /// A remote status was quoted: its author is asked (`QuoteRequest` `uri`).
    QuoteRequested { status: StatusId, uri: String },
    /// The leave `uri` to quote the status `quoted` was taken back (Delete of a `QuoteAuthorization`).
    QuoteRevoked {
        activity: ActivityId,
        account: AccountId,
        uri: String,
        quoted: StatusId,
        quoter: AccountId,
    },
    /// A remote account's request `uri` was answered (Accept with what allows it, or Reject).
    RequestAnswered { activity: ActivityId, account: AccountId, uri: String, to: AccountId, answer: Answer },
    /// A status that everyone may see was pinned (Add to the featured collection). `uri`: the status'.
    Pinned { activity: ActivityId, account: AccountId, uri: String },
    /// It was unpinned (Remove).
    Unpinned { activity: ActivityId, account: AccountId, uri: String },
    /// A hashtag is shown on a profile (Add to the featured collection). `name`: as written, without the `#`.
    TagFeatured { activity: ActivityId, account: AccountId, name: String },
    /// It is shown no longer (Remove).
    TagUnfeatured { activity: ActivityId, account: AccountId, name: String },
    /// A local account moved to the one that it names now (Move). `uri`: the account's.
    Moved { activity: ActivityId, account: AccountId, uri: String },
    /// A local account lives here again (Update of the actor). `target`: where it lived, who is told too.
    CameBack { activity: ActivityId, account: AccountId, uri: String, target: AccountId },
    /// An account moved: who follows it here follows the other one from now on. Tells nobody by itself.
    FollowersMoved { account: AccountId, uri: String },
    /// A person of another server was reported, and their server is told (Flag `uri`, by the instance).
    Reported { report: ReportId, uri: String },
    /// A relay was asked to take us (Follow `uri`, by the instance).
    RelayAsked { relay: RelayId, uri: String },
    /// A relay was left (Undo of the Follow `uri`). `actor`: who it followed, if that was an actor.
    RelayLeft { activity: ActivityId, uri: String, inbox: String, actor: Option<String> },
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
            Outgoing::TagFeatured { name, .. } | Outgoing::TagUnfeatured { name, .. } => name,
            Outgoing::Published { uri, .. }
            | Outgoing::Arrived { uri, .. }
            | Outgoing::Edited { uri, .. }
            | Outgoing::PollChanged { uri, .. }
            | Outgoing::Voted { uri, .. }
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
            | Outgoing::Changed { uri, .. }
            | Outgoing::QuoteRequested { uri, .. }
            | Outgoing::QuoteRevoked { uri, .. }
            | Outgoing::RequestAnswered { uri, .. }
            | Outgoing::Pinned { uri, .. }
            | Outgoing::Unpinned { uri, .. }
            | Outgoing::Moved { uri, .. }
            | Outgoing::CameBack { uri, .. }
            | Outgoing::FollowersMoved { uri, .. }
            | Outgoing::Reported { uri, .. }
            | Outgoing::RelayAsked { uri, .. }
            | Outgoing::RelayLeft { uri, .. }
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
            Outgoing::TagFeatured { account, name, .. } | Outgoing::TagUnfeatured { account, name, .. } => {
                format!("{account} shows {name}")
            }
            Outgoing::Accepted { account, follower, .. } | Outgoing::Rejected { account, follower, .. } => {
                format!("{account} answers {follower}")
            }
            // It waits for its time, and nothing else about the status is to wait with it.
            Outgoing::PollChanged { uri, .. } => format!("{uri} poll"),
            _ => self.object().to_owned(),
        }
    }

    /// The name of its job: one that waits under the same name stands for both. Not so where they undo each other about
    /// one object: then the order counts, and each runs.
    fn name(&self) -> String {
        let name = format!("{} {}", self.word(), self.object());
        match self {
            Outgoing::Changed { activity, .. }
            | Outgoing::RequestAnswered { activity, .. }
            | Outgoing::Pinned { activity, .. }
            | Outgoing::Unpinned { activity, .. }
            | Outgoing::TagFeatured { activity, .. }
            | Outgoing::TagUnfeatured { activity, .. } => {
                format!("{name} {activity}")
            }
            _ => name,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Outgoing::PollChanged { .. } => "poll",
            Outgoing::Voted { .. } => "voted",
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
            Outgoing::Changed { .. } => "changed",
            Outgoing::QuoteRequested { .. } => "quote requested",
            Outgoing::QuoteRevoked { .. } => "quote revoked",
            Outgoing::RequestAnswered { .. } => "request answered",
            Outgoing::Blocked { .. } => "blocked",
            Outgoing::Unblocked { .. } => "unblocked",
            Outgoing::Pinned { .. } => "pinned",
            Outgoing::Unpinned { .. } => "unpinned",
            Outgoing::TagFeatured { .. } => "tag featured",
            Outgoing::TagUnfeatured { .. } => "tag unfeatured",
            Outgoing::Moved { .. } => "moved",
            Outgoing::CameBack { .. } => "came back",
            Outgoing::FollowersMoved { .. } => "followers moved",
            Outgoing::Reported { .. } => "reported",
            Outgoing::RelayAsked { .. } => "relay asked",
            Outgoing::RelayLeft { .. } => "relay left",
            Outgoing::AccountDeleted { .. } => "account deleted",
            Outgoing::AccountGone { .. } => "account gone",
        }
    }
}

/// Queues it, in the transaction of what happened.
pub async fn enqueue(ctx: &Ctx, tx: &mut Tx, outgoing: &Outgoing) -> Result<()> {
    enqueue_at(ctx, tx, outgoing, ctx.now()).await
}

/// As [`enqueue`], for a later moment.
pub async fn enqueue_at(ctx: &Ctx, tx: &mut Tx, outgoing: &Outgoing, run_at: Millis) -> Result<()> {
    let payload = serde_json::to_value(outgoing).map_err(|e| crate::Error::Internal(e.to_string()))?;
    let now = ctx.now();
    let job = NewJob { queue: FAN_OUT, lane: outgoing.lane(), name: outgoing.name(), payload, run_at };
    tx.enqueue(ctx.ids.next::<JobId>(), &job, now).await?;
    Ok(())
}
