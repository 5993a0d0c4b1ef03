//! Relays: servers that pass our public posts on, and those of others to us (FEP-ae0c).
//!
//! Those who run the instance add one; it counts once it has answered that it takes us.

use tintype_model::RelayId;
use tintype_store::relays::{Relay, RelayState};

pub use tintype_store::relays::{Relay as RelayView, RelayStyle};

use crate::{Ctx, Error, Outgoing, Result, domains, outgoing};

/// Relays that an instance can have: each one gets every public post.
const MOST: usize = 20;

/// Asks a relay to take us. `actor`: who speaks for it and where its inbox is, for one that was named by its actor; `None`
/// for one that was named by its inbox.
///
/// Errors: `Invalid` for an address that is there already, one of this instance, or one too many; `Forbidden` for a server
/// that this one has nothing to do with.
pub async fn add(ctx: &Ctx, url: &str, actor: Option<(String, String)>) -> Result<Relay> {
    if ctx.site.owns(url) {
        return Err(Error::invalid("This instance is no relay of its own"));
    }
    let host = tintype_model::handle::host_of(url).ok_or_else(|| Error::invalid("That is no address"))?;
    if domains::admits(ctx, &host).await? == domains::Admission::Refused {
        return Err(Error::Forbidden("This instance does not federate with that server"));
    }
    let id: RelayId = ctx.ids.next();
    let (style, actor_uri, inbox) = match actor {
        Some((uri, inbox)) => (RelayStyle::Litepub, Some(uri), inbox),
        None => (RelayStyle::Mastodon, None, url.to_owned()),
    };
    let row = Relay {
        id,
        url: url.to_owned(),
        style,
        inbox,
        actor_uri,
        follow_uri: ctx.site.relay_follow(id),
        state: RelayState::Pending,
        created_at: ctx.now(),
        answered_at: None,
    };
    let mut tx = ctx.store.begin().await?;
    if tx.read().relays().await?.len() >= MOST {
        return Err(Error::invalid(format!("An instance has {MOST} relays at most")));
    }
    if !tx.insert_relay(&row).await? {
        return Err(Error::invalid("This relay is there already"));
    }
    let news = Outgoing::RelayAsked { relay: id, uri: row.follow_uri.clone() };
    outgoing::enqueue(ctx, &mut tx, &news).await?;
    tx.commit().await?;
    Ok(row)
}

/// Leaves a relay; whether there was one of this address.
pub async fn remove(ctx: &Ctx, url: &str) -> Result<bool> {
    let mut tx = ctx.store.begin().await?;
    let Some(row) = tx.delete_relay(url).await? else { return Ok(false) };
    let activity = ctx.ids.next();
    let news = Outgoing::RelayLeft {
        activity,
        uri: row.follow_uri,
        inbox: row.inbox,
        actor: row.actor_uri.filter(|_| row.style == RelayStyle::Litepub),
    };
    outgoing::enqueue(ctx, &mut tx, &news).await?;
    tx.commit().await?;
    Ok(true)
}

/// All relays, in the order in which they were added.
pub async fn list(ctx: &Ctx) -> Result<Vec<Relay>> {
    Ok(ctx.store.read().await?.relays().await?)
}
