//! From what happened here to activities and their deliveries.
//!
//! [`perform`] is the whole of the `fan_out` queue: it makes an activity's JSON once, finds every inbox that it must reach,
//! and writes both in one transaction with one `deliver` job per host. It may run again: an activity's id follows from what
//! it is about, and one that is there already went out before.

use std::collections::BTreeSet;

use serde::Serialize;
use tintype_model::{AccountId, ActivityId, JobId, StatusId, Visibility, handle::domain_of};
use tintype_service::{
    Outgoing,
    outgoing::{DELIVER, Reach},
    timelines,
};
use tintype_store::{
    accounts::Account,
    deliveries::{Activity, Delivery, DeliveryState},
    jobs::NewJob,
};

use crate::{
    Federation, Result,
    compose::{self, Addressed, Notes},
    wire::{
        http_url,
        out::{self, Accept, Announce, Delete, Follow, Like, PUBLIC, Reject, Tombstone, Undo, Update},
    },
};

/// The payload of a job of the `deliver` queue.
#[derive(Debug, Clone, Serialize, serde::Deserialize)]
pub struct DeliverJob {
    pub host: String,
}

/// An activity on its way out.
struct Message {
    uri: String,
    actor: Account,
    /// What it is about: to one inbox, messages about one thing leave in order. Likes, boosts and follows are about who
    /// and what, because a second one has another id than the first.
    about: String,
    body: String,
    inboxes: BTreeSet<String>,
}

/// Tells others what happened, and writes what is left to write of home timelines.
///
/// # Errors
/// When the database can't be asked or written; nothing has happened then, and it can be done again.
pub async fn perform(federation: &Federation, outgoing: &Outgoing) -> Result<()> {
    if let Outgoing::Published { status, rest: true, .. } | Outgoing::Arrived { status, .. } = outgoing {
        timelines::fan_out_rest(federation.ctx(), *status).await?;
    }
    match federation.message(outgoing).await? {
        Some(message) if !message.inboxes.is_empty() => federation.post(message).await,
        _ => Ok(()),
    }
}

impl Federation {
    /// What to say, and to whom. `None`: nothing, because what it was about is gone, or nobody elsewhere cares.
    async fn message(&self, outgoing: &Outgoing) -> Result<Option<Message>> {
        match outgoing {
            Outgoing::Arrived { .. } => Ok(None),
            Outgoing::Published { status, .. } => self.published(*status).await,
            Outgoing::Deleted { activity, author, uri, reach } => {
                self.deleted(*activity, *author, uri, reach).await
            }
            Outgoing::Unreblogged { activity, account, uri, original, reach } => {
                self.unreblogged(*activity, *account, uri, original, reach).await
            }
            Outgoing::Favourited { favourite, .. } => {
                let mut reader = self.0.ctx.store.read().await?;
                let Some(row) = reader.favourite(*favourite).await? else { return Ok(None) };
                let Some(status) = reader.status(row.status_id).await? else { return Ok(None) };
                drop(reader);
                let Some((actor, to)) = self.pair(row.account_id, status.account_id).await? else {
                    return Ok(None);
                };
                let like = Like::new(&row.uri, &actor.uri, status.uri.clone())
                    .addressed(vec![to.uri.clone()], vec![]);
                let about = format!("{} {}", actor.uri, status.uri);
                message(row.uri, actor, about, &like.document(), [to.delivery_inbox().to_owned()])
            }
            Outgoing::Unfavourited { activity, account, uri, original, to } => {
                let Some((actor, to)) = self.pair(*account, *to).await? else { return Ok(None) };
                let like = Like::new(uri, &actor.uri, original.clone());
                let about = format!("{} {original}", actor.uri);
                self.undo(*activity, actor, &to, like, about)
            }
            Outgoing::Followed { follow, .. } => {
                let row = self.0.ctx.store.read().await?.follow(*follow).await?;
                let Some(row) = row else { return Ok(None) };
                let Some((actor, to)) = self.pair(row.follower_id, row.target_id).await? else {
                    return Ok(None);
                };
                let about = format!("{} {}", actor.uri, to.uri);
                let follow =
                    Follow::new(&row.uri, &actor.uri, to.uri.clone()).addressed(vec![to.uri.clone()], vec![]);
                message(row.uri, actor, about, &follow.document(), [to.delivery_inbox().to_owned()])
            }
            Outgoing::Unfollowed { activity, account, uri, target } => {
                let Some((actor, to)) = self.pair(*account, *target).await? else { return Ok(None) };
                let follow = Follow::new(uri, &actor.uri, to.uri.clone());
                let about = format!("{} {}", actor.uri, to.uri);
                self.undo(*activity, actor, &to, follow, about)
            }
            Outgoing::Accepted { activity, account, uri, follower } => {
                let Some((actor, to)) = self.pair(*account, *follower).await? else { return Ok(None) };
                let id = self.0.ctx.site.activity(&actor.username, *activity);
                let follow = Follow::new(uri, &to.uri, actor.uri.clone());
                let accept = Accept::new(&id, &actor.uri, follow).addressed(vec![to.uri.clone()], vec![]);
                let about = format!("{} {}", actor.uri, to.uri);
                message(id, actor, about, &accept.document(), [to.delivery_inbox().to_owned()])
            }
            Outgoing::Rejected { activity, account, uri, follower } => {
                let Some((actor, to)) = self.pair(*account, *follower).await? else { return Ok(None) };
                let id = self.0.ctx.site.activity(&actor.username, *activity);
                let follow = Follow::new(uri, &to.uri, actor.uri.clone());
                let reject = Reject::new(&id, &actor.uri, follow).addressed(vec![to.uri.clone()], vec![]);
                let about = format!("{} {}", actor.uri, to.uri);
                message(id, actor, about, &reject.document(), [to.delivery_inbox().to_owned()])
            }
            Outgoing::ProfileChanged { activity, account, .. } => {
                self.profile_changed(*activity, *account).await
            }
        }
    }

    /// A local account that acts and a remote one that is told. `None` when either is no such thing any more.
    async fn pair(&self, actor: AccountId, to: AccountId) -> Result<Option<(Account, Account)>> {
        let to = self.0.ctx.store.read().await?.account(to).await?;
        let Some(to) = to.filter(|account| !account.local && account.is_active()) else { return Ok(None) };
        Ok(self.author(actor).await?.map(|actor| (actor, to)))
    }

    async fn author(&self, id: AccountId) -> Result<Option<Account>> {
        let account = self.0.ctx.store.read().await?.account(id).await?;
        Ok(account.filter(|account| account.local && account.is_active()))
    }

    /// An Undo of something that was said to one account.
    fn undo<K: Serialize, T: out::Carried + Serialize>(
        &self,
        activity: ActivityId,
        actor: Account,
        to: &Account,
        undone: out::Activity<K, T>,
        about: String,
    ) -> Result<Option<Message>> {
        let id = self.0.ctx.site.activity(&actor.username, activity);
        let undo = Undo::new(&id, &actor.uri, undone).addressed(vec![to.uri.clone()], vec![]);
        message(id, actor, about, &undo.document(), [to.delivery_inbox().to_owned()])
    }

    async fn published(&self, status: StatusId) -> Result<Option<Message>> {
        let ctx = &self.0.ctx;
        let mut reader = ctx.store.read().await?;
        let Some(row) = reader.status(status).await?.filter(|row| row.local) else { return Ok(None) };
        let notes = Notes::read(&mut reader, std::slice::from_ref(&row)).await?;
        let mut named: Vec<AccountId> =
            reader.mentions_of(&[row.id]).await?.into_iter().map(|mention| mention.account_id).collect();
        if row.visibility != Visibility::Direct {
            named.extend(row.in_reply_to_account_id);
        }
        if let Some(original) = row.reblog_of_id
            && let Some(original) = reader.status(original).await?
        {
            named.push(original.account_id);
        }
        drop(reader);
        let Some(author) = self.author(row.account_id).await? else { return Ok(None) };
        let inboxes = self.inboxes(&author, row.visibility, &named).await?;
        if row.reblog_of_id.is_some() {
            let announce = notes.announce(&row)?;
            let about = format!("{} {}", author.uri, announce.object);
            message(row.uri.clone(), author, about, &announce.document(), inboxes)
        } else {
            let create = notes.create(ctx, &row)?;
            message(create.id.clone(), author, row.uri.clone(), &create.document(), inboxes)
        }
    }

    async fn deleted(
        &self,
        activity: ActivityId,
        author: AccountId,
        uri: &str,
        reach: &Reach,
    ) -> Result<Option<Message>> {
        let Some(author) = self.author(author).await? else { return Ok(None) };
        let audience = self.audience(&author, reach).await?;
        let inboxes = self.inboxes_of(&author, reach).await?;
        let id = self.0.ctx.site.activity(&author.username, activity);
        let delete = Delete::<Tombstone>::new(&id, &author.uri, Tombstone::new(uri))
            .addressed(audience.to, audience.cc);
        message(id, author, uri.to_owned(), &delete.document(), inboxes)
    }

    async fn unreblogged(
        &self,
        activity: ActivityId,
        account: AccountId,
        uri: &str,
        original: &str,
        reach: &Reach,
    ) -> Result<Option<Message>> {
        let Some(author) = self.author(account).await? else { return Ok(None) };
        let audience = self.audience(&author, reach).await?;
        let inboxes = self.inboxes_of(&author, reach).await?;
        let id = self.0.ctx.site.activity(&author.username, activity);
        let announce = Announce::new(uri, &author.uri, original.to_owned());
        let undo = Undo::new(&id, &author.uri, announce).addressed(audience.to, audience.cc);
        let about = format!("{} {original}", author.uri);
        message(id, author, about, &undo.document(), inboxes)
    }

    async fn profile_changed(&self, activity: ActivityId, account: AccountId) -> Result<Option<Message>> {
        let ctx = &self.0.ctx;
        let Some(account) = self.author(account).await? else { return Ok(None) };
        let id = ctx.site.activity(&account.username, activity);
        let inboxes = self.inboxes(&account, Visibility::Public, &[]).await?;
        let update = Update::new(&id, &account.uri, compose::actor(ctx, &account)?)
            .addressed(vec![PUBLIC.to_owned()], vec![compose::followers_of(&account)]);
        let about = account.uri.clone();
        message(id, account, about, &update.document(), inboxes)
    }

    /// Whom the end of something is addressed to: whom it itself was.
    async fn audience(&self, author: &Account, reach: &Reach) -> Result<Addressed> {
        let named = self.0.ctx.store.read().await?.accounts(&reach.mentioned).await?;
        Ok(Addressed::new(reach.visibility, author, named.into_iter().map(|account| account.uri).collect()))
    }

    async fn inboxes_of(&self, author: &Account, reach: &Reach) -> Result<BTreeSet<String>> {
        let named: Vec<AccountId> = reach.mentioned.iter().chain(&reach.others).copied().collect();
        self.inboxes(author, reach.visibility, &named).await
    }

    /// Every inbox, once: of these accounts and, unless it is direct, of all followers; shared ones where there are any.
    async fn inboxes(
        &self,
        author: &Account,
        visibility: Visibility,
        named: &[AccountId],
    ) -> Result<BTreeSet<String>> {
        let mut reader = self.0.ctx.store.read().await?;
        let mut inboxes = BTreeSet::new();
        if visibility != Visibility::Direct {
            inboxes.extend(reader.follower_inboxes(author.id).await?);
        }
        if !named.is_empty() {
            let accounts = reader.accounts(named).await?;
            let remote = accounts.iter().filter(|account| !account.local && account.is_active());
            inboxes.extend(remote.map(|account| account.delivery_inbox().to_owned()));
        }
        Ok(inboxes)
    }

    /// Writes an activity and its deliveries.
    async fn post(&self, message: Message) -> Result<()> {
        let ctx = &self.0.ctx;
        let now = ctx.now();
        let activity = Activity {
            id: ctx.ids.next(),
            uri: message.uri,
            account_id: message.actor.id,
            object_uri: message.about,
            body: message.body,
            created_at: now,
        };
        let mut tx = ctx.store.begin().await?;
        if !tx.insert_activity(&activity).await? {
            return Ok(());
        }
        let mut hosts = BTreeSet::new();
        for inbox in message.inboxes {
            let Some(host) = http_url(&inbox).as_ref().and_then(domain_of) else {
                tracing::warn!(activity.id = %activity.uri, "an inbox that is no URL is left out");
                continue;
            };
            let delivery = Delivery {
                id: ctx.ids.next(),
                activity_id: activity.id,
                inbox,
                host: host.clone(),
                object_uri: activity.object_uri.clone(),
                state: DeliveryState::Pending,
                attempts: 0,
                next_at: now,
                last_error: None,
                created_at: now,
            };
            tx.insert_delivery(&delivery).await?;
            hosts.insert(host);
        }
        let mut jobs = Vec::with_capacity(hosts.len());
        for host in hosts {
            jobs.push((ctx.ids.next::<JobId>(), deliver_job(&host, now)?));
        }
        tx.enqueue_all(jobs, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The job that delivers to a host, due at `run_at`.
pub fn deliver_job(host: &str, run_at: tintype_model::Millis) -> Result<NewJob> {
    Ok(NewJob {
        queue: DELIVER,
        lane: host.to_owned(),
        name: host.to_owned(),
        payload: serde_json::to_value(DeliverJob { host: host.to_owned() })?,
        run_at,
    })
}

fn message<D: Serialize>(
    uri: String,
    actor: Account,
    about: String,
    document: &D,
    inboxes: impl IntoIterator<Item = String>,
) -> Result<Option<Message>> {
    let body = serde_json::to_string(document)?;
    Ok(Some(Message { uri, actor, about, body, inboxes: inboxes.into_iter().collect() }))
}
