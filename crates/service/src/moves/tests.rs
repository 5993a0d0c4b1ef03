use std::time::Duration;

use tintype_store::follows::FollowState;

use super::*;
use crate::{
    accounts, blocks, favourites,
    follows::{follow, relationships},
    given::{instance, instance_with_clock, member},
    given_posts::{Known, jobs, post, receive, stranger},
    inbox::Received,
    mutes,
    statuses::{self, Draft},
};

/// The actor of a stored account says that it is another one too.
async fn says(ctx: &Ctx, who: &Account, other: &str) {
    let mut tx = ctx.store.begin().await.unwrap();
    tx.insert_alias(who.id, other).await.unwrap();
    tx.commit().await.unwrap();
}

/// A local person follows somebody elsewhere, who has accepted.
async fn follows_far(ctx: &Ctx, who: AccountId, target: &Account) {
    follow(ctx, who, target.id, FollowOptions::default()).await.unwrap();
    let row = ctx.store.read().await.unwrap().follow_between(who, target.id).await.unwrap().unwrap();
    receive(ctx, target, Received::Accept { follow_uri: Some(row.uri), follower: None }).await;
}

async fn state(ctx: &Ctx, who: AccountId, target: AccountId) -> Option<FollowState> {
    ctx.store.read().await.unwrap().follow_between(who, target).await.unwrap().map(|row| row.state)
}

async fn where_is(ctx: &Ctx, who: AccountId) -> Option<AccountId> {
    home_of(ctx, who).await.unwrap().map(|view| view.id)
}

#[tokio::test]
async fn followers_go_along_unless_they_keep_away() {
    let (ctx, _dir) = instance().await;
    let (old, new) = (stranger(&ctx, "bob@old.example").await, stranger(&ctx, "bob@new.example").await);
    let mut people = Vec::new();
    for name in ["goes", "blocks", "mutes", "was_there"] {
        let who = member(&ctx, name).await;
        follows_far(&ctx, who, &old).await;
        people.push(who);
    }
    blocks::block(&ctx, people[1], new.id).await.unwrap();
    mutes::mute(&ctx, people[2], new.id, mutes::MuteOptions::default()).await.unwrap();
    follow(&ctx, people[3], new.id, FollowOptions { reblogs: Some(false), notify: None }).await.unwrap();
    says(&ctx, &new, &old.uri).await;
    receive(&ctx, &old, Received::Move { target: new.id }).await;
    assert_eq!(where_is(&ctx, old.id).await, Some(new.id));
    assert_eq!(accounts::get(&ctx, old.id).await.unwrap().moved.unwrap().id, new.id);
    assert!(
        jobs(&ctx)
            .await
            .iter()
            .any(|job| matches!(job, Outgoing::FollowersMoved { account, .. } if *account == old.id))
    );
    for _ in 0..2 {
        carry(&ctx, old.id).await.unwrap();
    }
    let pending = Some(FollowState::Pending);
    for (who, expected) in people.iter().zip([pending, None, None, pending]) {
        assert_eq!(state(&ctx, *who, old.id).await, None, "the old follow ends");
        assert_eq!(state(&ctx, *who, new.id).await, expected);
    }
    let kept = ctx.store.read().await.unwrap().follow_between(people[3], new.id).await.unwrap().unwrap();
    assert!(!kept.show_reblogs, "as it was");
    let sent = jobs(&ctx).await;
    let undone =
        sent.iter().filter(|job| matches!(job, Outgoing::Unfollowed { target, .. } if *target == old.id));
    assert_eq!(undone.count(), 4);
    let asked = sent.iter().filter(|job| matches!(job, Outgoing::Followed { .. })).count();
    assert_eq!(asked, 4 + 2, "to the old one, then to the new one by those who didn't ask for it before");
    let refused = follow(&ctx, people[0], old.id, FollowOptions::default()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
}

#[tokio::test]
async fn somebody_moves_here() {
    let (ctx, _dir) = instance().await;
    let old = stranger(&ctx, "bob@old.example").await;
    let (fan, open) = (member(&ctx, "fan").await, member(&ctx, "bob").await);
    follows_far(&ctx, fan, &old).await;
    follows_far(&ctx, open, &old).await;
    let alias = add_alias(&ctx, &Known(&ctx), open, "@bob@old.example").await.unwrap();
    assert_eq!(alias, Alias { uri: old.uri.clone(), acct: Some("bob@old.example".to_owned()) });
    assert_eq!(aliases(&ctx, open).await.unwrap(), [alias]);
    receive(&ctx, &old, Received::Move { target: open }).await;
    carry(&ctx, old.id).await.unwrap();
    assert_eq!(state(&ctx, fan, open).await, Some(FollowState::Accepted));
    assert_eq!(state(&ctx, open, old.id).await, None);
    assert!(relationships(&ctx, open, &[fan]).await.unwrap()[0].followed_by);
}

#[tokio::test]
async fn what_is_no_move_changes_nothing() {
    let (ctx, hands, _dir) = instance_with_clock().await;
    let [old, new, next] = [
        stranger(&ctx, "bob@old.example").await,
        stranger(&ctx, "bob@new.example").await,
        stranger(&ctx, "bob@next.example").await,
    ];
    let fan = member(&ctx, "fan").await;
    follows_far(&ctx, fan, &old).await;
    let moved = async |from: &Account, to: &Account| {
        receive(&ctx, from, Received::Move { target: to.id }).await;
        where_is(&ctx, from.id).await
    };
    assert_eq!(moved(&old, &new).await, None, "the new one doesn't say so");
    says(&ctx, &new, &next.uri).await;
    assert_eq!(moved(&old, &new).await, None, "it says that of another one");
    says(&ctx, &old, &old.uri).await;
    assert_eq!(moved(&old, &old).await, None, "nowhere");
    says(&ctx, &new, &old.uri).await;
    let mut tx = ctx.store.begin().await.unwrap();
    tx.set_suspended(new.id, Some(ctx.now()), "account").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(moved(&old, &new).await, None, "it isn't there");
    let mut tx = ctx.store.begin().await.unwrap();
    tx.set_suspended(new.id, None, "account").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(state(&ctx, fan, old.id).await, Some(FollowState::Accepted));
    assert_eq!(moved(&old, &new).await, Some(new.id));

    // Back and forth.
    says(&ctx, &old, &new.uri).await;
    assert_eq!(moved(&new, &old).await, None, "a loop");
    says(&ctx, &next, &old.uri).await;
    assert_eq!(moved(&old, &next).await, Some(new.id), "too soon");
    hands.turn(PAUSE.checked_sub(Duration::from_secs(1)).unwrap());
    assert_eq!(moved(&old, &next).await, Some(new.id), "still too soon");
    hands.turn(Duration::from_secs(2));
    assert_eq!(moved(&old, &next).await, Some(next.id));
}

#[tokio::test]
async fn who_has_moved_lives_elsewhere() {
    let (ctx, _dir) = instance().await;
    let (alice, fan) = (member(&ctx, "alice").await, member(&ctx, "fan").await);
    follow(&ctx, fan, alice, FollowOptions::default()).await.unwrap();
    let new = stranger(&ctx, "alice@new.example").await;
    let by_fan = post(&ctx, fan, "look").await;
    let refused = move_to(&ctx, &Known(&ctx), alice, "alice@new.example").await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "it doesn't say so: {refused:?}");
    for nobody in ["nobody@new.example", "", "a b", "@photos.example"] {
        let refused = move_to(&ctx, &Known(&ctx), alice, nobody).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{nobody:?}: {refused:?}");
    }
    let me = ctx.store.read().await.unwrap().account(alice).await.unwrap().unwrap();
    says(&ctx, &new, &me.uri).await;
    assert_eq!(move_to(&ctx, &Known(&ctx), alice, "alice@new.example").await.unwrap().id, new.id);
    let sent = jobs(&ctx).await;
    for what in ["profile", "moved", "followers moved"] {
        let word = |job: &Outgoing| match job {
            Outgoing::ProfileChanged { .. } => "profile",
            Outgoing::Moved { .. } => "moved",
            Outgoing::FollowersMoved { .. } => "followers moved",
            _ => "",
        };
        assert_eq!(sent.iter().filter(|job| word(job) == what).count(), 1, "{what}");
    }
    carry(&ctx, alice).await.unwrap();
    assert_eq!(state(&ctx, fan, alice).await, None);
    assert_eq!(state(&ctx, fan, new.id).await, Some(FollowState::Pending));

    let draft = || Draft { text: "hello".to_owned(), ..Draft::default() };
    let refused = [
        statuses::publish(&ctx, &Known(&ctx), alice, None, draft()).await.err(),
        favourites::favourite(&ctx, alice, by_fan).await.err(),
        crate::reblogs::reblog(&ctx, alice, by_fan, None).await.err(),
        follow(&ctx, alice, fan, FollowOptions::default()).await.err(),
        follow(&ctx, fan, alice, FollowOptions::default()).await.err(),
    ];
    for (at, refused) in refused.iter().enumerate() {
        assert!(matches!(refused, Some(Error::Forbidden(_))), "{at}: {refused:?}");
    }
    assert!(come_back(&ctx, alice).await.unwrap());
    assert!(!come_back(&ctx, alice).await.unwrap());
    statuses::publish(&ctx, &Known(&ctx), alice, None, draft()).await.unwrap();
    let again = move_to(&ctx, &Known(&ctx), alice, "alice@new.example").await;
    assert!(matches!(again, Err(Error::Invalid(_))), "too soon: {again:?}");
}

#[tokio::test]
async fn aliases_are_few_and_others() {
    let (ctx, _dir) = instance().await;
    let alice = member(&ctx, "alice").await;
    for n in 0..=ALIASES {
        let handle = format!("alice{n}@far.example");
        stranger(&ctx, &handle).await;
        let added = add_alias(&ctx, &Known(&ctx), alice, &handle).await;
        assert_eq!(added.is_ok(), n < ALIASES, "{n}");
    }
    assert!(add_alias(&ctx, &Known(&ctx), alice, "alice@photos.example").await.is_err(), "oneself");
    assert!(add_alias(&ctx, &Known(&ctx), alice, "nobody@far.example").await.is_err());
    assert!(remove_alias(&ctx, alice, "@Alice0@far.example").await.unwrap());
    assert!(!remove_alias(&ctx, alice, "alice0@far.example").await.unwrap());
    assert!(remove_alias(&ctx, alice, "https://far.example/users/alice1").await.unwrap());
    assert!(!remove_alias(&ctx, alice, "a\0b").await.unwrap());
    assert_eq!(aliases(&ctx, alice).await.unwrap().len(), ALIASES - 2);
}
