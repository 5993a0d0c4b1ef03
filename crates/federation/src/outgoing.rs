//! From what happened here to activities and their deliveries.
//!
//! [`perform`] is the whole of the `fan_out` queue: it makes an activity's JSON once, finds every inbox that it must reach,
//! and writes both in one transaction with one `deliver` job per host. It may run again: an activity's id follows from what
//! it is about, and one that is there already went out before.

mod accounts;
mod interactions;
mod polls;
mod relations;
mod relays;
mod reports;
mod statuses;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tintype_model::{JobId, handle::domain_of, random};
use tintype_service::{
    Outgoing, ctx::FederationMode, domains, moderation, moves, outgoing::DELIVER, timelines,
};
use tintype_store::{
    accounts::Account,
    deliveries::{Activity, Delivery, DeliveryState},
    jobs::NewJob,
};

use crate::{
    Federation, Result,
    deliver::{SILENCE, SILENT},
    proofs,
    wire::{http_url, out::PUBLIC},
};

/// The payload of a job of the `deliver` queue.
#[derive(Debug, Clone, Serialize, serde::Deserialize)]
pub struct DeliverJob {
    pub host: String,
}

/// To whom an activity of ours is addressed.
#[derive(serde::Deserialize)]
struct Addresses {
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    cc: Vec<String>,
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

/// Tells others what happened, writes what is left to write of home timelines, and empties accounts that are gone.
///
/// # Errors
/// When the database can't be asked or written; nothing has happened then, and it can be done again.
pub async fn perform(federation: &Federation, outgoing: &Outgoing) -> Result<()> {
    if let Outgoing::Published { status, rest: true, .. } | Outgoing::Arrived { status, .. } = outgoing {
        timelines::fan_out_rest(federation.ctx(), *status).await?;
    }
    if federation.ctx().policy.federation != FederationMode::Off
        && let Some(message) = federation.message(outgoing).await?
        && !message.inboxes.is_empty()
    {
        federation.post(message).await?;
    }
    if federation.ctx().policy.federation != FederationMode::Off
        && let Some(message) = federation.passed_on(outgoing).await?
    {
        federation.post(message).await?;
    }
    if let Outgoing::FollowersMoved { account, .. } = outgoing {
        moves::carry(federation.ctx(), *account).await?;
    }
    // Only now: what is sent is made of what is emptied.
    if let Outgoing::AccountDeleted { account, .. } | Outgoing::AccountGone { account, .. } = outgoing {
        moderation::purge(federation.ctx(), *account).await?;
    }
    Ok(())
}

impl Federation {
    /// What to say, and to whom. `None`: nothing, because what it was about is gone, or nobody elsewhere cares.
    async fn message(&self, outgoing: &Outgoing) -> Result<Option<Message>> {
        match outgoing {
            Outgoing::Arrived { .. } | Outgoing::AccountGone { .. } | Outgoing::FollowersMoved { .. } => {
                Ok(None)
            }
            Outgoing::Published { status, .. } => self.published(*status).await,
            Outgoing::Edited { status, .. } => self.edited(*status).await,
            Outgoing::PollChanged { status, .. } => self.poll_changed(*status).await,
            Outgoing::Voted { vote, .. } => self.voted(*vote).await,
            Outgoing::Deleted { activity, author, uri, reach } => {
                self.deleted(*activity, *author, uri, reach).await
            }
            Outgoing::Unreblogged { activity, account, uri, original, reach } => {
                self.unreblogged(*activity, *account, uri, original, reach).await
            }
            Outgoing::Pinned { activity, account, uri } => self.pinned(*activity, *account, uri, true).await,
            Outgoing::Unpinned { activity, account, uri } => {
                self.pinned(*activity, *account, uri, false).await
            }
            Outgoing::TagFeatured { activity, account, name } => {
                self.tag_featured(*activity, *account, name, true).await
            }
            Outgoing::TagUnfeatured { activity, account, name } => {
                self.tag_featured(*activity, *account, name, false).await
            }
            Outgoing::Changed { activity, status, .. } => self.changed(*activity, *status).await,
            Outgoing::QuoteRequested { status, uri } => self.quote_requested(*status, uri).await,
            Outgoing::QuoteRevoked { activity, account, uri, quoted, quoter } => {
                self.quote_revoked(*activity, *account, uri, *quoted, *quoter).await
            }
            Outgoing::RequestAnswered { activity, account, uri, to, answer } => {
                self.request_answered(*activity, (*account, *to), uri, answer).await
            }
            Outgoing::Favourited { favourite, .. } => self.favourited(*favourite).await,
            Outgoing::Unfavourited { activity, account, uri, original, to } => {
                self.unfavourited(*activity, (*account, *to), uri, original).await
            }
            Outgoing::Followed { follow, .. } => self.followed(*follow).await,
            Outgoing::Unfollowed { activity, account, uri, target } => {
                self.unfollowed(*activity, (*account, *target), uri).await
            }
            Outgoing::Accepted { activity, account, uri, follower } => {
                self.answered(*activity, (*account, *follower), uri, true).await
            }
            Outgoing::Rejected { activity, account, uri, follower } => {
                self.answered(*activity, (*account, *follower), uri, false).await
            }
            Outgoing::Blocked { block, account, target, .. } => {
                self.blocked(*block, (*account, *target)).await
            }
            Outgoing::Unblocked { activity, account, uri, target } => {
                self.unblocked(*activity, (*account, *target), uri).await
            }
            Outgoing::ProfileChanged { activity, account, .. } => {
                self.profile_changed(*activity, *account).await
            }
            Outgoing::Moved { activity, account, .. } => self.account_moved(*activity, *account).await,
            Outgoing::CameBack { activity, account, target, .. } => {
                self.came_back(*activity, *account, *target).await
            }
            Outgoing::Reported { report, .. } => self.reported(*report).await,
            Outgoing::RelayAsked { relay, .. } => self.relay_asked(*relay).await,
            Outgoing::RelayLeft { activity, uri, inbox, actor } => {
                self.relay_left(*activity, uri, inbox, actor.as_deref())
            }
            Outgoing::AccountDeleted { activity, account, .. } => {
                self.account_deleted(*activity, *account).await
            }
        }
    }

    /// Writes an activity and its deliveries.
    async fn post(&self, message: Message) -> Result<()> {
        let ctx = &self.0.ctx;
        let now = ctx.now();
        let message = self.proved_if_public(message).await?;
        let activity = Activity {
            id: ctx.ids.next(),
            uri: message.uri,
            account_id: message.actor.id,
            object_uri: message.about,
            body: message.body,
            created_at: now,
        };
        let by_host = self.admitted(message.inboxes).await?;
        let mut tx = ctx.store.begin().await?;
        // They are knocked at with something else already.
        let silent = tx.read().silent_hosts(now.minus(SILENCE), now).await?;
        let silent: BTreeSet<String> = silent.into_iter().collect();
        let is_silent = |host: &String| silent.contains(host);
        if !tx.insert_activity(&activity).await? {
            return Ok(());
        }
        let to = |inbox: &String, host: &String| Delivery {
            id: ctx.ids.next(),
            activity_id: activity.id,
            inbox: inbox.clone(),
            host: host.clone(),
            object_uri: activity.object_uri.clone(),
            state: if is_silent(host) { DeliveryState::Dead } else { DeliveryState::Pending },
            attempts: 0,
            next_at: now,
            last_error: is_silent(host).then(|| SILENT.to_owned()),
            created_at: now,
        };
        let all = by_host.iter().flat_map(|(host, all)| all.iter().map(move |inbox| to(inbox, host)));
        let deliveries: Vec<Delivery> = all.collect();
        tx.insert_deliveries(&deliveries).await?;
        let mut hosts: Vec<&str> =
            by_host.keys().filter(|host| !is_silent(host)).map(String::as_str).collect();
        let waiting = tx.hosts_that_wait(&hosts, now).await?;
        // Nobody is always the last to hear, and those that don't answer are not all asked at once.
        random::shuffle(&mut hosts);
        let mut jobs = Vec::with_capacity(hosts.len());
        for host in hosts {
            let run_at = waiting.get(host).copied().unwrap_or(now);
            jobs.push((ctx.ids.next::<JobId>(), deliver_job(host, run_at)?));
        }
        tx.enqueue_all(jobs, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What is said to everyone carries a proof (FEP-8b32), so that others may pass it on. What is said to some doesn't: they
    /// shall not be able to prove to others what they were told.
    async fn proved_if_public(&self, message: Message) -> Result<Message> {
        let public = serde_json::from_str::<Addresses>(&message.body)
            .is_ok_and(|Addresses { to, cc }| to.iter().chain(&cc).any(|address| address == PUBLIC));
        if !public {
            return Ok(message);
        }
        let Some(key) = self.proof_key(&message.actor).await? else { return Ok(message) };
        Ok(match proofs::add(&message.body, &key, self.0.ctx.now()) {
            Some(body) => Message { body, ..message },
            None => message,
        })
    }

    /// Inboxes by their hosts, without those that nothing goes to.
    async fn admitted(&self, inboxes: BTreeSet<String>) -> Result<BTreeMap<String, Vec<String>>> {
        let mut by_host: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for inbox in inboxes {
            if let Some(host) = http_url(&inbox).as_ref().and_then(domain_of) {
                by_host.entry(host).or_default().push(inbox);
            } else {
                tracing::warn!(inbox, "an inbox that is no URL is left out");
            }
        }
        let hosts: Vec<&str> = by_host.keys().map(String::as_str).collect();
        let admitted = domains::admitted(&self.0.ctx, &hosts).await?;
        let admitted: BTreeSet<String> = admitted.into_iter().map(str::to_owned).collect();
        by_host.retain(|host, _| admitted.contains(host));
        Ok(by_host)
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
