use tintype_model::Page;

use super::*;
use crate::{
    domain_blocks,
    follows::{FollowOptions, follow, relationships},
    given::{instance, member},
    given_posts::{jobs, post, receive, stranger, told},
    inbox::Received,
    statuses, timelines,
};

async fn counts(ctx: &Ctx, who: AccountId) -> (i64, i64) {
    let row = ctx.store.read().await.unwrap().account(who).await.unwrap().unwrap();
    (row.followers_count, row.following_count)
}

fn words(jobs: &[Outgoing]) -> Vec<&'static str> {
    jobs.iter()
        .filter_map(|job| match job {
            Outgoing::Blocked { .. } => Some("block"),
            Outgoing::Unblocked { .. } => Some("unblock"),
            Outgoing::Rejected { .. } => Some("reject"),
            Outgoing::Unfollowed { .. } => Some("unfollow"),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_block_ends_everything_between_two() {
    let (ctx, _dir) = instance().await;
    let (anna, ben) = (member(&ctx, "anna").await, member(&ctx, "ben").await);
    for (a, b) in [(anna, ben), (ben, anna)] {
        follow(&ctx, a, b, FollowOptions::default()).await.unwrap();
    }
    let (hers, his) = (post(&ctx, anna, "hers").await, post(&ctx, ben, "his, @anna").await);
    assert_eq!(told(&ctx, anna).await, ["follow", "mention"]);
    let view = block(&ctx, anna, ben).await.unwrap();
    assert!(view.blocking && !view.blocked_by && !view.following && !view.followed_by);
    assert!(relationships(&ctx, ben, &[anna]).await.unwrap()[0].blocked_by);
    assert_eq!((counts(&ctx, anna).await, counts(&ctx, ben).await), ((0, 0), (0, 0)));
    assert!(told(&ctx, anna).await.is_empty());
    let mut tx = ctx.store.begin().await.unwrap();
    assert!(!tx.home_has(anna, his).await.unwrap() && !tx.home_has(ben, hers).await.unwrap());
    tx.rollback().await.unwrap();
    assert!(matches!(statuses::get(&ctx, Some(ben), hers).await, Err(Error::NotFound)));
    assert!(timelines::home(&ctx, ben, &Page::newest(9)).await.unwrap().iter().all(|s| s.id == his));
    assert!(words(&jobs(&ctx).await).is_empty(), "nobody elsewhere is told");

    block(&ctx, anna, ben).await.unwrap();
    let page = list(&ctx, anna, &Page::newest(40)).await.unwrap();
    assert_eq!(page.items.iter().map(|a| a.id).collect::<Vec<_>>(), [ben]);
    for _ in 0..2 {
        assert!(!unblock(&ctx, anna, ben).await.unwrap().blocking);
    }
    assert!(statuses::get(&ctx, Some(ben), hers).await.is_ok());
    for nobody in [anna, AccountId(7)] {
        assert!(block(&ctx, anna, nobody).await.is_err());
    }
}

#[tokio::test]
async fn the_other_server_hears_of_it_once() {
    let (ctx, _dir) = instance().await;
    let anna = member(&ctx, "anna").await;
    let far = stranger(&ctx, "far@far.example").await;
    receive(&ctx, &far, Received::Follow { uri: format!("{}/follows/1", far.uri), target: anna }).await;
    follow(&ctx, anna, far.id, FollowOptions::default()).await.unwrap();
    for _ in 0..2 {
        block(&ctx, anna, far.id).await.unwrap();
    }
    assert_eq!(words(&jobs(&ctx).await), ["reject", "block"]);
    assert_eq!(counts(&ctx, anna).await, (0, 0));
    let kept = ctx.store.read().await.unwrap().block_between(anna, far.id).await.unwrap().unwrap();
    for _ in 0..2 {
        unblock(&ctx, anna, far.id).await.unwrap();
    }
    let sent = jobs(&ctx).await;
    assert_eq!(words(&sent), ["reject", "block", "unblock"]);
    let undone = sent.iter().any(|job| matches!(job, Outgoing::Unblocked { uri, .. } if *uri == kept.uri));
    assert!(undone, "the very block");
}

#[tokio::test]
async fn a_block_from_elsewhere_ends_follows_in_silence() {
    let (ctx, _dir) = instance().await;
    let anna = member(&ctx, "anna").await;
    let far = stranger(&ctx, "far@far.example").await;
    receive(&ctx, &far, Received::Follow { uri: format!("{}/follows/1", far.uri), target: anna }).await;
    follow(&ctx, anna, far.id, FollowOptions::default()).await.unwrap();
    let uri = |n: i32| format!("{}/blocks/{n}", far.uri);
    receive(&ctx, &far, Received::Block { uri: uri(1), target: anna }).await;
    let view = relationships(&ctx, anna, &[far.id]).await.unwrap().remove(0);
    assert!(view.blocked_by && !view.followed_by && !view.requested);
    assert_eq!(counts(&ctx, anna).await, (0, 0));
    assert!(words(&jobs(&ctx).await).is_empty());
    assert!(told(&ctx, anna).await.is_empty());
    assert!(matches!(follow(&ctx, anna, far.id, FollowOptions::default()).await, Err(Error::Forbidden(_))));

    let blocked = async || relationships(&ctx, anna, &[far.id]).await.unwrap()[0].blocked_by;
    receive(&ctx, &far, Received::Block { uri: uri(2), target: anna }).await;
    receive(&ctx, &far, Received::Unblock { uri: Some(uri(1)), target: None }).await;
    assert!(blocked().await, "the older one was replaced");
    receive(&ctx, &far, Received::Unblock { uri: Some(uri(1)), target: Some(anna) }).await;
    assert!(blocked().await, "whoever it names");
    receive(&ctx, &far, Received::Unblock { uri: Some(uri(2)), target: None }).await;
    assert!(!blocked().await);
    receive(&ctx, &far, Received::Unblock { uri: Some(uri(3)), target: Some(anna) }).await;
    receive(&ctx, &far, Received::Block { uri: uri(3), target: anna }).await;
    assert!(!blocked().await, "undone before it came");
    let other = stranger(&ctx, "other@far.example").await;
    receive(&ctx, &far, Received::Block { uri: uri(4), target: anna }).await;
    receive(&ctx, &other, Received::Unblock { uri: Some(uri(4)), target: None }).await;
    assert!(blocked().await, "nobody undoes another's");
}

#[tokio::test]
async fn a_domain_is_blocked_for_one_person() {
    let (ctx, _dir) = instance().await;
    let (anna, ben) = (member(&ctx, "anna").await, member(&ctx, "ben").await);
    let (far, near) = (stranger(&ctx, "far@far.example").await, stranger(&ctx, "x@near.example").await);
    for (who, n) in [(&far, 1), (&near, 2)] {
        let uri = format!("{}/follows/{n}", who.uri);
        receive(&ctx, who, Received::Follow { uri, target: anna }).await;
        follow(&ctx, anna, who.id, FollowOptions::default()).await.unwrap();
    }
    assert_eq!(told(&ctx, anna).await, ["follow", "follow"]);
    for _ in 0..2 {
        domain_blocks::block(&ctx, anna, " FAR.example. ").await.unwrap();
    }
    assert_eq!(words(&jobs(&ctx).await).iter().filter(|w| **w == "reject").count(), 1);
    assert_eq!(words(&jobs(&ctx).await).iter().filter(|w| **w == "unfollow").count(), 1);
    assert_eq!(told(&ctx, anna).await, ["follow"]);
    let views = relationships(&ctx, anna, &[far.id, near.id]).await.unwrap();
    assert_eq!(
        views.iter().map(|v| (v.domain_blocking, v.followed_by)).collect::<Vec<_>>(),
        [(true, false), (false, true)]
    );
    assert!(!relationships(&ctx, ben, &[far.id]).await.unwrap()[0].domain_blocking);
    let page = domain_blocks::list(&ctx, anna, &Page::newest(100)).await.unwrap();
    assert_eq!(page.items, ["far.example"]);
    for bad in ["", "photos.example", "a b", "https://far.example", "a\0b.example"] {
        assert!(matches!(domain_blocks::block(&ctx, anna, bad).await, Err(Error::Invalid(_))), "{bad}");
    }
    for _ in 0..2 {
        domain_blocks::unblock(&ctx, anna, "far.example").await.unwrap();
    }
    assert!(domain_blocks::list(&ctx, anna, &Page::newest(100)).await.unwrap().items.is_empty());
}
