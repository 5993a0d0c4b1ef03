//! Who may do what with a status: what people choose for theirs, and what others say of theirs.

use std::collections::HashMap;

use tintype_model::{
    AccountId, Interaction, Policy, QuotePolicy, StatusId, Visibility,
    interaction::{Asker, Leave},
};
use tintype_store::{Reader, Tx, accounts::Account, follows::FollowState, statuses::Status};

use crate::{Ctx, Error, Hint, Outgoing, Result, outgoing, statuses, views::StatusView};

/// Who may quote somebody's posts that don't say.
pub async fn default_quote_policy(ctx: &Ctx, who: AccountId) -> Result<QuotePolicy> {
    ctx.store.read().await?.default_quote_policy(who).await?.ok_or(Error::NotFound)
}

/// Sets who may quote somebody's posts that don't say.
pub async fn set_default_quote_policy(ctx: &Ctx, who: AccountId, policy: QuotePolicy) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    if !tx.set_default_quote_policy(who, policy).await? {
        return Err(Error::NotFound);
    }
    Ok(tx.commit().await?)
}

/// Sets who may quote one of one's posts from now on (`PUT /api/v1/statuses/:id/interaction_policy`). What quotes it
/// already stays; followers-only and direct posts stay one's own.
pub async fn set_quote_policy(
    ctx: &Ctx,
    who: AccountId,
    id: StatusId,
    policy: QuotePolicy,
) -> Result<StatusView> {
    let mut tx = ctx.store.begin().await?;
    let row = tx.lock_status(id).await?.filter(|s| s.account_id == who && s.reblog_of_id.is_none());
    let row = row.ok_or(Error::NotFound)?;
    let policy = Policy::quoting(if row.visibility.is_open() { policy } else { QuotePolicy::Nobody });
    if of(&mut tx.read(), id).await? == policy {
        tx.rollback().await?;
    } else {
        keep(&mut tx, id, Some(&policy)).await?;
        tx.count_status(id, 0, 0, 0).await?;
        let news = Outgoing::Changed { activity: ctx.ids.next(), status: id, uri: row.uri };
        outgoing::enqueue(ctx, &mut tx, &news).await?;
        tx.commit().await?;
        ctx.events.hint(Hint::Changed(id));
    }
    statuses::get(ctx, Some(who), id).await
}

/// Gives a new post of a local person its policy.
pub(crate) async fn begin(tx: &mut Tx, status: &Status, wanted: Option<QuotePolicy>) -> Result<()> {
    let usual = match wanted {
        Some(wanted) => Some(wanted),
        None => tx.read().default_quote_policy(status.account_id).await?,
    };
    let policy = usual.filter(|_| status.visibility.is_open()).unwrap_or_default();
    keep(tx, status.id, Some(&Policy::quoting(policy))).await
}

/// Keeps what a status allows others.
pub(crate) async fn keep(tx: &mut Tx, status: StatusId, policy: Option<&Policy>) -> Result<()> {
    match policy.filter(|policy| **policy != Policy::default()) {
        Some(policy) => {
            let json = serde_json::to_string(policy).map_err(|e| Error::Internal(e.to_string()))?;
            tx.put_policy(status, &json.replace('\0', "")).await?;
        }
        None => tx.delete_policy(status).await?,
    }
    Ok(())
}

/// What some statuses allow others; those that don't say are left out.
pub async fn among(reader: &mut Reader<'_>, list: &[StatusId]) -> Result<HashMap<StatusId, Policy>> {
    let rows = reader.policies_of(list).await?;
    Ok(rows.into_iter().map(|(id, json)| (id, serde_json::from_str(&json).unwrap_or_default())).collect())
}

async fn of(reader: &mut Reader<'_>, id: StatusId) -> Result<Policy> {
    Ok(among(reader, &[id]).await?.remove(&id).unwrap_or_default())
}

/// What the policy of a status says to somebody who can see it, and whether it speaks of requests at all.
pub(crate) async fn leave(
    reader: &mut Reader<'_>,
    what: Interaction,
    status: &Status,
    who: &Account,
) -> Result<(Leave, bool)> {
    let policy = of(reader, status.id).await?;
    let between = reader.follows_around(who.id, &[status.account_id]).await?;
    let accepted = |follower: AccountId| {
        between.iter().any(|f| f.follower_id == follower && f.state == FollowState::Accepted)
    };
    let mentions = reader.mentions_of(&[status.id]).await?;
    let asker = Asker {
        uri: &who.uri,
        author: who.id == status.account_id,
        follows: accepted(who.id),
        followed: accepted(status.account_id),
        mentioned: mentions.iter().any(|m| m.account_id == who.id && !m.silent),
    };
    let requests = policy.rule(what).is_none_or(|rule| !rule.old);
    Ok((policy.leave(what, &asker), requests))
}

/// Whether somebody may quote a status that they can see: not what is direct, and what isn't for everybody only its author.
pub(crate) async fn quotable(reader: &mut Reader<'_>, status: &Status, who: &Account) -> Result<Leave> {
    let own = who.id == status.account_id;
    if status.reblog_of_id.is_some()
        || status.visibility == Visibility::Direct
        || (!status.visibility.is_open() && !own)
    {
        return Ok(Leave::Denied);
    }
    Ok(leave(reader, Interaction::Quote, status, who).await?.0)
}
