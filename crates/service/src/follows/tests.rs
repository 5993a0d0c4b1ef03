use tintype_model::Page;

use super::*;
use crate::{
    accounts::{ProfileChange, update_profile},
    domain_blocks,
    given::{instance, member},
    given_posts::{jobs, post, receive, stranger, told},
    inbox::Received,
    timelines,
};

async fn lock_up(ctx: &Ctx, who: AccountId, locked: bool) {
    let change = ProfileChange { locked: Some(locked), ..ProfileChange::default() };
    update_profile(ctx, who, change).await.unwrap();
}

async fn counts(ctx: &Ctx, who: AccountId) -> (i64, i64) {
    let row = ctx.store.read().await.unwrap().account(who).await.unwrap().unwrap();
    (row.followers_count, row.following_count)
}

fn asks(by: &Account, of: AccountId, n: i32) -> Received {
    Received::Follow { uri: format!("{}/follows/{n}", by.uri), target: of }
}

#[tokio::test]
async fn a_request_becomes_a_follow_when_it_is_accepted() {
    let (ctx, _dir) = instance().await;
    let (anna, ben) = (member(&ctx, "anna").await, member(&ctx, "ben").await);
    lock_up(&ctx, anna, true).await;
    let status = post(&ctx, anna, "mine").await;
    let view = follow(&ctx, ben, anna, FollowOptions::default()).await.unwrap();
    assert!(view.requested && !view.following);
    assert_eq!(told(&ctx, anna).await, ["follow_request"]);
    assert_eq!((requests_count(&ctx, anna).await.unwrap(), counts(&ctx, anna).await), (1, (0, 0)));
    let view = authorize(&ctx, anna, ben).await.unwrap();
    assert!(view.followed_by && !view.requested_by);
    assert_eq!(told(&ctx, anna).await, ["follow"]);
    assert_eq!((requests_count(&ctx, anna).await.unwrap(), counts(&ctx, anna).await), (0, (1, 0)));
    let home = timelines::home(&ctx, ben, &Page::newest(20)).await.unwrap();
    assert_eq!(home.iter().map(|s| s.id).collect::<Vec<_>>(), [status], "filled from before");
    assert!(matches!(authorize(&ctx, anna, ben).await, Err(Error::NotFound)), "nobody waits any more");
}

#[tokio::test]
async fn who_unlocks_lets_everybody_in_who_waits() {
    let (ctx, _dir) = instance().await;
    let (anna, ben) = (member(&ctx, "anna").await, member(&ctx, "ben").await);
    let far = stranger(&ctx, "far@far.example").await;
    lock_up(&ctx, anna, true).await;
    follow(&ctx, ben, anna, FollowOptions::default()).await.unwrap();
    receive(&ctx, &far, asks(&far, anna, 1)).await;
    assert_eq!(counts(&ctx, anna).await, (0, 0));
    lock_up(&ctx, anna, true).await;
    assert_eq!(counts(&ctx, anna).await, (0, 0), "still locked");
    lock_up(&ctx, anna, false).await;
    assert_eq!(counts(&ctx, anna).await, (2, 0));
    assert_eq!(counts(&ctx, ben).await, (0, 1));
    assert_eq!(told(&ctx, anna).await, ["follow", "follow"]);
    let accepted = jobs(&ctx)
        .await
        .into_iter()
        .filter(|job| matches!(job, Outgoing::Accepted { follower, .. } if *follower == far.id));
    assert_eq!(accepted.count(), 1);
    lock_up(&ctx, anna, false).await;
    assert_eq!(counts(&ctx, anna).await, (2, 0), "twice is once");
}

#[tokio::test]
async fn a_follower_can_be_removed() {
    let (ctx, _dir) = instance().await;
    let (anna, ben) = (member(&ctx, "anna").await, member(&ctx, "ben").await);
    let far = stranger(&ctx, "far@far.example").await;
    receive(&ctx, &far, asks(&far, anna, 1)).await;
    follow(&ctx, ben, anna, FollowOptions::default()).await.unwrap();
    assert_eq!(counts(&ctx, anna).await, (2, 0));
    for follower in [ben, far.id, far.id] {
        assert!(!remove_follower(&ctx, anna, follower).await.unwrap().followed_by);
    }
    assert_eq!(counts(&ctx, anna).await, (0, 0));
    let told = jobs(&ctx).await;
    let rejected: Vec<_> = told.iter().filter(|job| matches!(job, Outgoing::Rejected { .. })).collect();
    assert!(
        matches!(rejected.as_slice(), [Outgoing::Rejected { account, follower, uri, .. }]
            if *account == anna && *follower == far.id && *uri == format!("{}/follows/1", far.uri)),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_follow_that_is_not_wanted_is_rejected_and_leaves_nothing() {
    let (ctx, _dir) = instance().await;
    let (anna, ben) = (member(&ctx, "anna").await, member(&ctx, "ben").await);
    let (bad, worse) = (stranger(&ctx, "bad@far.example").await, stranger(&ctx, "worse@worse.example").await);
    crate::blocks::block(&ctx, anna, bad.id).await.unwrap();
    domain_blocks::block(&ctx, anna, "Worse.Example").await.unwrap();
    for (who, n) in [(&bad, 1), (&worse, 2)] {
        receive(&ctx, who, asks(who, anna, n)).await;
        let row = ctx.store.read().await.unwrap().follow_between(who.id, anna).await.unwrap();
        assert_eq!(row, None);
        let uri = format!("{}/follows/{n}", who.uri);
        let rejected = jobs(&ctx).await.into_iter().any(
            |job| matches!(job, Outgoing::Rejected { uri: of, follower, .. } if of == uri && follower == who.id),
        );
        assert!(rejected, "{uri}");
    }
    assert_eq!(counts(&ctx, anna).await, (0, 0));
    assert!(told(&ctx, anna).await.is_empty());

    crate::blocks::block(&ctx, ben, anna).await.unwrap();
    for (who, whom) in [(anna, ben), (ben, anna), (anna, bad.id), (anna, worse.id), (anna, anna)] {
        let refused = follow(&ctx, who, whom, FollowOptions::default()).await;
        assert!(matches!(refused, Err(Error::Forbidden("This action is not allowed"))));
    }
}

#[tokio::test]
async fn notes_are_for_oneself() {
    let (ctx, _dir) = instance().await;
    let (anna, ben) = (member(&ctx, "anna").await, member(&ctx, "ben").await);
    assert_eq!(note(&ctx, anna, ben, " from the club ").await.unwrap().note, "from the club");
    assert_eq!(relationships(&ctx, ben, &[anna]).await.unwrap()[0].note, "");
    assert_eq!(note(&ctx, anna, ben, "").await.unwrap().note, "");
    assert!(matches!(note(&ctx, anna, ben, &"x".repeat(2001)).await, Err(Error::Invalid(_))));
    assert!(matches!(note(&ctx, anna, ben, "\0").await, Err(Error::Invalid(_))));
    assert!(matches!(note(&ctx, anna, AccountId(5), "x").await, Err(Error::NotFound)));
}

#[tokio::test]
async fn lists_of_people_show_what_they_may() {
    let (ctx, _dir) = instance().await;
    let (anna, ben, cleo) =
        (member(&ctx, "anna").await, member(&ctx, "ben").await, member(&ctx, "cleo").await);
    follow(&ctx, ben, anna, FollowOptions::default()).await.unwrap();
    follow(&ctx, anna, cleo, FollowOptions::default()).await.unwrap();
    let seen = async |viewer: Option<AccountId>| {
        let page = Page::newest(40);
        let followers = followers(&ctx, viewer, anna, &page).await.unwrap().items.len();
        (followers, following(&ctx, viewer, anna, &page).await.unwrap().items.len())
    };
    for viewer in [None, Some(anna), Some(ben), Some(cleo)] {
        assert_eq!(seen(viewer).await, (1, 1), "{viewer:?}");
    }
    crate::mutes::mute(&ctx, cleo, ben, crate::mutes::MuteOptions::default()).await.unwrap();
    assert_eq!(seen(Some(cleo)).await, (0, 1), "nobody whom the viewer mutes");
    let far = stranger(&ctx, "far@far.example").await;
    receive(&ctx, &far, asks(&far, anna, 1)).await;
    assert_eq!((seen(Some(cleo)).await, seen(Some(ben)).await), ((1, 1), (2, 1)));
    domain_blocks::block(&ctx, cleo, "far.example").await.unwrap();
    assert_eq!(
        (seen(Some(cleo)).await, seen(Some(ben)).await),
        ((0, 1), (2, 1)),
        "nor of a server they block"
    );
    let hide = ProfileChange { hide_collections: Some(true), ..ProfileChange::default() };
    update_profile(&ctx, anna, hide).await.unwrap();
    assert_eq!((seen(None).await, seen(Some(ben)).await, seen(Some(anna)).await), ((0, 0), (0, 0), (2, 1)));
}
