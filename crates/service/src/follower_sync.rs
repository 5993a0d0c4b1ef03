//! Bringing what two servers know of their follows together (FEP-8fcf).

use std::collections::HashSet;

use tintype_model::{AccountId, FollowId};
use tintype_store::{
    accounts::{Account, AccountKind},
    follows::FollowState,
};

use crate::{Ctx, Error, Hint, Outgoing, Result, follows, outgoing};

/// What a reconciliation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Follows that the other server knew nothing of; they have ended.
    pub ended: usize,
    /// Follows that only it knew of: it is told that there are none.
    pub undone: usize,
}

/// Makes the local follows of a remote account what its server says: `listed` are all local people who, by its word,
/// follow it. Who has asked to follow and is listed follows.
pub async fn reconcile(ctx: &Ctx, account: AccountId, listed: &[String]) -> Result<Reconciled> {
    let mut tx = ctx.store.begin().await?;
    let target = tx.read().account(account).await?.filter(|a| !a.local && a.is_active());
    let target = target.ok_or(Error::NotFound)?;
    let said: HashSet<&str> = listed.iter().map(String::as_str).collect();
    let known = tx.read().local_followers_of(account).await?;
    let mut outcome = Reconciled::default();
    let ours: HashSet<&str> = known.iter().map(|(_, uri)| uri.as_str()).collect();
    let missing: Vec<String> = listed.iter().filter(|uri| !ours.contains(uri.as_str())).cloned().collect();
    let mut people = tx.read().accounts_by_uri(&missing).await?;
    // Who isn't there for others says nothing to them either.
    people.retain(|a| a.local && a.is_active() && a.kind != AccountKind::Application);
    let unknown: Vec<AccountId> =
        known.iter().filter(|(_, uri)| !said.contains(uri.as_str())).map(|(follower, _)| *follower).collect();
    // All of them at once, in the order in which everybody takes them.
    let all = unknown.iter().copied().chain(people.iter().map(|person| person.id)).chain([account]);
    follows::lock(&mut tx, all).await?;
    for follower in unknown {
        if let Some(row) = tx.lock_follow(follower, account).await? {
            follows::end(&mut tx, &row).await?;
            outcome.ended += 1;
        }
    }
    for person in people {
        match tx.lock_follow(person.id, account).await? {
            Some(row) if row.state == FollowState::Pending => {
                if tx.accept_follow(&row).await? {
                    tx.backfill_home(person.id, account, ctx.policy.home_limit).await?;
                }
            }
            Some(_) => {}
            None => {
                undo(ctx, &mut tx, &person, &target).await?;
                outcome.undone += 1;
            }
        }
    }
    tx.commit().await?;
    ctx.events.hint(Hint::Account(account));
    Ok(outcome)
}

/// Nobody remembers the Follow's id: whoever gets this finds it by its two ends.
async fn undo(ctx: &Ctx, tx: &mut tintype_store::Tx, person: &Account, target: &Account) -> Result<()> {
    let uri = ctx.site.follow(&person.username, ctx.ids.next::<FollowId>());
    let undo = Outgoing::Unfollowed { activity: ctx.ids.next(), account: person.id, uri, target: target.id };
    outgoing::enqueue(ctx, tx, &undo).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        follows::FollowOptions,
        given::{instance, member},
        given_posts::{jobs, receive, stranger},
        inbox::Received,
    };

    #[tokio::test]
    async fn two_servers_come_together() {
        let (ctx, _dir) = instance().await;
        let star = stranger(&ctx, "star@far.example").await;
        let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
        let (carol, dan) = (member(&ctx, "carol").await, member(&ctx, "dan").await);
        for follower in [alice, bob, carol] {
            follows::follow(&ctx, follower, star.id, FollowOptions::default()).await.unwrap();
        }
        for follower in [alice, bob] {
            let accept = Received::Accept { follow_uri: None, follower: Some(follower) };
            receive(&ctx, &star, accept).await;
        }
        let uri = |name: &str| format!("{}/users/{name}", ctx.site.base);
        // It knows nothing of bob, has accepted carol, and believes that dan follows.
        let listed = [uri("alice"), uri("carol"), uri("dan"), uri("nobody")];
        let outcome = reconcile(&ctx, star.id, &listed).await.unwrap();
        assert_eq!(outcome, Reconciled { ended: 1, undone: 1 });
        let following = async |who| follows::relationship(&ctx, who, star.id).await.unwrap().following;
        assert_eq!(
            (following(alice).await, following(bob).await, following(carol).await, following(dan).await),
            (true, false, true, false)
        );
        let undone = jobs(&ctx).await;
        let undone =
            undone.iter().filter(|o| matches!(o, Outgoing::Unfollowed { account, .. } if *account == dan));
        assert_eq!(undone.count(), 1);
        let again = reconcile(&ctx, star.id, &[uri("alice"), uri("carol")]).await.unwrap();
        assert_eq!(again, Reconciled::default());
    }
}
