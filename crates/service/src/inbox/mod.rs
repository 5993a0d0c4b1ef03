//! What happened elsewhere: verified activities of remote accounts, each applied once, in one transaction with the row
//! that remembers it.

use tintype_model::{AccountId, Interaction, Millis, Policy, StatusId, Visibility};
use tintype_store::{Tx, accounts::Account};

use crate::{Ctx, Error, Hint, Result};

mod accounts;
mod blocks;
mod follows;
mod moves;
mod pins;
mod polls;
mod quotes;
mod reactions;
mod relays;
mod reports;
mod requests;
mod statuses;

/// A verified activity: signed by `actor`, whose authority over what it concerns has been checked as far as that needs
/// no stored rows. Accounts and parents that it needs are stored already.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The activity's id.
    pub uri: String,
    /// Who signed it.
    pub actor: AccountId,
    /// What it says.
    pub received: Received,
}

/// What a remote account did, in our words.
#[derive(Debug, Clone)]
pub enum Received {
    /// Asked to follow a local account. `uri` is the Follow's id.
    Follow { uri: String, target: AccountId },
    /// Accepted a local account's follow, named by the Follow's id or by its follower.
    Accept { follow_uri: Option<String>, follower: Option<AccountId> },
    /// Refused it, or ended it.
    Reject { follow_uri: Option<String>, follower: Option<AccountId> },
    /// Took back a follow.
    Unfollow { uri: Option<String>, target: Option<AccountId> },
    /// Published a status or a comment.
    Create(Box<RemoteStatus>),
    /// Boosted a status that is stored here. `uri` is the Announce's id.
    Reblog { uri: String, of: String, visibility: Visibility, published: Option<Millis> },
    /// Took back a boost, named by the Announce's id or by what was boosted.
    Unreblog { uri: Option<String>, of: Option<String> },
    /// Liked a status.
    Favourite { uri: String, of: String },
    /// Liked a status with an emoji: itself, or `:shortcode:` with its picture.
    React { uri: String, of: String, content: String, emoji: Option<RemoteEmoji> },
    /// Chose options of one of our polls: their texts, and the id of each choice.
    Vote { of: String, choices: Vec<(String, String)> },
    /// Took back a like.
    Unfavourite { uri: Option<String>, of: Option<String> },
    /// Changed a status or a comment.
    Update(Box<RemoteStatus>),
    /// Deleted a status.
    Delete { uri: String },
    /// Put a status of its own first on its profile.
    Pin { of: String },
    /// Took it away from there.
    Unpin { of: String },
    /// Shows a hashtag on its profile, or shows it no longer. `name` is the key.
    ShowTag { name: String, display: String, shown: bool },
    /// Blocked a local account. `uri` is the Block's id.
    Block { uri: String, target: AccountId },
    /// Took back a block, named by the Block's id or by who was blocked.
    Unblock { uri: Option<String>, target: Option<AccountId> },
    /// Says that it lives elsewhere now, at an account that was fetched just before.
    Move { target: AccountId },
    /// Reported a local account and some statuses, by their ActivityPub ids; another server's moderators do that.
    Report { uri: String, target: AccountId, statuses: Vec<String>, comment: String },
    /// A relay answered the Follow that it was asked with.
    RelayAnswer { follow_uri: String, accepted: bool },
    /// A relay follows the instance back. `uri` is the Follow's id.
    RelayFollow { uri: String },
    /// Answered what a local account asked: by the id of the request, or of what was asked for. `approval`: what allows it;
    /// `None`: it refused, also what it had allowed.
    RequestAnswered { uri: String, approval: Option<String> },
    /// Answered a local account's wish to quote it.
    QuoteAnswered { quoting: StatusId, approval: Option<String> },
    /// Asked to like, answer, boost or quote a status of a local account.
    Request(Box<Request>),
    /// Deleted itself.
    DeleteAccount,
    /// Changed its profile: the account row is refreshed already, only the activity is remembered.
    Noted,
}

/// A question of a remote account.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its id.
    pub uri: String,
    /// Whose status it is about.
    pub of: AccountId,
    /// The status' id, whether there is one or not.
    pub object: String,
    /// The id of what is asked for.
    pub with: String,
    pub what: Interaction,
    /// What is asked for, if it is what it is said to be: a `Favourite`, a `Reblog`, or a `Create` of what answers or quotes.
    pub wish: Option<Received>,
}

/// What a remote status quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteQuote {
    /// The `ActivityPub` id of what is quoted, known here or not.
    pub uri: String,
    pub leave: QuoteLeave,
}

/// What is known of the leave to quote something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuoteLeave {
    /// Nothing: only who quotes themselves needs nothing else.
    Unknown,
    /// What allows it was read where its author is, and names both.
    Given(String),
    /// What allowed it is there no more.
    Gone,
}

/// A remote status, understood and made safe.
#[derive(Debug, Clone)]
pub struct RemoteStatus {
    /// Its ActivityPub id, of the author's origin.
    pub uri: String,
    /// Its page, for people.
    pub url: String,
    /// Who wrote it.
    pub author: AccountId,
    /// How far it reaches.
    pub visibility: Visibility,
    /// Whether its pictures are hidden at first.
    pub sensitive: bool,
    /// The content warning, plain text.
    pub spoiler_text: String,
    /// Sanitised HTML.
    pub content: String,
    /// Its language, BCP 47.
    pub language: Option<String>,
    /// What it answers, by ActivityPub id, known here or not.
    pub in_reply_to: Option<String>,
    /// When it was published, by its own word.
    pub published: Millis,
    /// When it was last changed, by its own word.
    pub edited: Option<Millis>,
    /// The accounts it addresses that are stored here; `silent` when without a mention in the text.
    pub mentions: Vec<RemoteMention>,
    /// Hashtags: key and spelling.
    pub tags: Vec<(String, String)>,
    /// Pictures, in order.
    pub media: Vec<RemoteMedia>,
    /// What it quotes.
    pub quote: Option<RemoteQuote>,
    /// What it allows others, if it says so.
    pub policy: Option<Policy>,
    /// What it asks.
    pub poll: Option<RemotePoll>,
    /// The custom emoji of its texts.
    pub emojis: Vec<RemoteEmoji>,
}

/// The poll of a remote status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemotePoll {
    /// Whether one may choose several options.
    pub multiple: bool,
    /// Texts and votes, in order.
    pub options: Vec<(String, i64)>,
    /// When it ends, or ended.
    pub ends: Option<Millis>,
    /// Nobody may vote any more.
    pub closed: bool,
    /// How many took part, if that is said.
    pub voters: Option<i64>,
}

/// A custom emoji of another server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteEmoji {
    /// Without colons.
    pub shortcode: String,
    /// Its id, if it has one.
    pub uri: Option<String>,
    /// Its picture.
    pub url: String,
    /// The age of the picture.
    pub updated: Option<Millis>,
}

/// An account that a remote status addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteMention {
    pub account: AccountId,
    /// Addressed, but not named in a Mention tag: may see it, is not notified.
    pub silent: bool,
}

/// A picture of a remote status.
#[derive(Debug, Clone, Default)]
pub struct RemoteMedia {
    pub url: String,
    pub content_type: String,
    pub description: Option<String>,
    pub blurhash: Option<String>,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub focus: Option<(f64, f64)>,
}

/// What became of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It changed something, or it had nothing left to change.
    Now,
    /// It had been applied before.
    Before,
}

/// Applies a verified activity, once. Two workers that block each other's rows try again before they give up.
pub async fn apply(ctx: &Ctx, envelope: &Envelope) -> Result<Applied> {
    let mut tries = 0;
    loop {
        match apply_once(ctx, envelope).await {
            Err(Error::Unavailable) if tries < 3 => tries += 1,
            outcome => return outcome,
        }
    }
}

async fn apply_once(ctx: &Ctx, envelope: &Envelope) -> Result<Applied> {
    let mut tx = ctx.store.begin().await?;
    let actor = tx.read().account(envelope.actor).await?.ok_or(Error::NotFound)?;
    if !tx.mark_applied(ctx.ids.next(), &envelope.uri, &actor.uri, ctx.now()).await? {
        return Ok(Applied::Before);
    }
    let mut hints = Vec::new();
    let goes = matches!(envelope.received, Received::DeleteAccount) && actor.deleted_at.is_none();
    if actor.is_active() || goes {
        let mut door = Door { ctx, tx: &mut tx, actor: &actor, hints: &mut hints };
        match &envelope.received {
            Received::Follow { uri, target } => door.follow(uri, *target).await?,
            Received::Accept { follow_uri, follower } => {
                door.accept(&envelope.uri, follow_uri.as_deref(), *follower).await?;
            }
            Received::Reject { follow_uri, follower } => {
                door.reject(follow_uri.as_deref(), *follower).await?;
            }
            Received::Unfollow { uri, target } => door.unfollow(uri.as_deref(), *target).await?,
            Received::Create(status) => door.create(status, false).await.map(drop)?,
            Received::Reblog { uri, of, visibility, published } => {
                door.reblog(uri, of, *visibility, *published).await?;
            }
            Received::Unreblog { uri, of } => door.unreblog(uri.as_deref(), of.as_deref()).await?,
            Received::Favourite { uri, of } => door.favourite(uri, of).await.map(drop)?,
            Received::React { uri, of, content, emoji } => {
                door.react(uri, of, content, emoji.as_ref()).await?;
            }
            Received::Vote { of, choices } => door.vote(of, choices).await?,
            Received::Unfavourite { uri, of } => door.unfavourite(uri.as_deref(), of.as_deref()).await?,
            Received::Update(status) => door.update(status).await?,
            Received::Delete { uri } => door.delete(uri).await?,
            Received::Pin { of } => door.pin(of).await?,
            Received::Unpin { of } => door.unpin(of).await?,
            Received::ShowTag { name, display, shown } => door.show_tag(name, display, *shown).await?,
            Received::Block { uri, target } => door.block(uri, *target).await?,
            Received::Unblock { uri, target } => door.unblock(uri.as_deref(), *target).await?,
            Received::Move { target } => door.moved(*target).await?,
            Received::Report { uri, target, statuses, comment } => {
                door.report(uri, *target, statuses, comment).await?;
            }
            Received::RelayAnswer { follow_uri, accepted } => {
                door.relay_answered(follow_uri, *accepted).await?;
            }
            Received::RelayFollow { uri } => door.relay_follows(uri).await?,
            Received::RequestAnswered { uri, approval } => {
                door.request_answered(uri, approval.as_deref()).await?;
            }
            Received::QuoteAnswered { quoting, approval } => {
                door.quote_answered(*quoting, approval.as_deref()).await?;
            }
            Received::Request(request) => Box::pin(door.request(request)).await?,
            Received::DeleteAccount => door.delete_account().await?,
            Received::Noted => {}
        }
    }
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    Ok(Applied::Now)
}

/// Stores a remote status that somebody here asked for (a search, a boost, a missing parent): no activity brought it.
/// `None` when it was deleted before.
pub async fn store_status(ctx: &Ctx, status: &RemoteStatus) -> Result<Option<StatusId>> {
    let mut hints = Vec::new();
    let mut tx = ctx.store.begin().await?;
    let actor = tx.read().account(status.author).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    let id = Door { ctx, tx: &mut tx, actor: &actor, hints: &mut hints }.create(status, true).await?;
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    Ok(id)
}

/// Brings a stored remote status up to what its own server shows now. An unknown one stays unknown.
pub async fn refresh_status(ctx: &Ctx, status: &RemoteStatus) -> Result<()> {
    let mut hints = Vec::new();
    let mut tx = ctx.store.begin().await?;
    let actor = tx.read().account(status.author).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    // Without a date, nobody knows that it changed: an edit that was missed says when it was made.
    if status.edited.is_some() && tx.read().status_by_uri(&status.uri).await?.is_some() {
        Door { ctx, tx: &mut tx, actor: &actor, hints: &mut hints }.update(status).await?;
    }
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    Ok(())
}

pub use polls::refresh_poll;

/// One activity at the door: the transaction it is applied in, and who stands there.
struct Door<'a> {
    ctx: &'a Ctx,
    tx: &'a mut Tx,
    actor: &'a Account,
    hints: &'a mut Vec<Hint>,
}

impl Door<'_> {
    /// What is undone before it was done stays undone.
    async fn bury(&mut self, uri: Option<&str>) -> Result<()> {
        if let Some(uri) = uri {
            self.tx.bury(uri, Some(self.actor.id), self.ctx.now()).await?;
        }
        Ok(())
    }
}
