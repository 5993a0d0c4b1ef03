use std::sync::Arc;

use super::{
    Admission::{Limited, Open, Refused},
    *,
};
use crate::{
    Policy,
    follows::{FollowOptions, follow, relationships},
    given::{instance, member},
    given_posts::{receive, stranger},
    inbox::Received,
};

fn plain() -> DomainOptions {
    DomainOptions::default()
}

#[tokio::test]
async fn rules_and_modes_decide_who_is_admitted() {
    let (ctx, _dir) = instance().await;
    block(&ctx, "bad.example", plain()).await.unwrap();
    allow(&ctx, "good.bad.example", plain()).await.unwrap();
    limit(&ctx, "loud.example", plain()).await.unwrap();
    allow(&ctx, "Good.Example", plain()).await.unwrap();
    let with = |federation| {
        let policy = Policy { federation, ..Policy::default() };
        Ctx { policy: Arc::new(policy), ..ctx.clone() }
    };
    for (domain, open, listed, off) in [
        ("photos.example", Open, Open, Open),
        ("other.example", Open, Refused, Refused),
        ("bad.example", Refused, Refused, Refused),
        ("very.bad.example", Refused, Refused, Refused),
        ("verybad.example", Open, Refused, Refused),
        ("good.bad.example", Open, Open, Refused),
        ("loud.example", Limited, Refused, Refused),
        ("good.example", Open, Open, Refused),
        ("x.good.example", Open, Open, Refused),
        ("good.example:8443", Open, Open, Refused),
        ("bad.example:8443", Refused, Refused, Refused),
        ("good.bad.example:8443", Open, Open, Refused),
    ] {
        assert_eq!(admits(&with(FederationMode::Open), domain).await.unwrap(), open, "{domain}");
        assert_eq!(admits(&with(FederationMode::Allowlist), domain).await.unwrap(), listed, "{domain}");
        assert_eq!(admits(&with(FederationMode::Off), domain).await.unwrap(), off, "{domain}");
    }
    for bad in ["", "photos.example", "a b", "*.example"] {
        assert!(matches!(block(&ctx, bad, plain()).await, Err(Error::Invalid(_))), "{bad}");
    }
    let names: Vec<_> = list(&ctx).await.unwrap().into_iter().map(|rule| rule.domain).collect();
    assert_eq!(names, ["bad.example", "good.bad.example", "good.example", "loud.example"]);
    assert!(remove(&ctx, "bad.example").await.unwrap());
    assert!(!remove(&ctx, "bad.example").await.unwrap());
    assert_eq!(admits(&ctx, "bad.example").await.unwrap(), Open);
}

#[tokio::test]
async fn the_people_of_a_domain_follow_its_rule() {
    let (ctx, _dir) = instance().await;
    let [one, sub, except, other] = [
        stranger(&ctx, "one@bad.example").await.id,
        stranger(&ctx, "sub@very.bad.example").await.id,
        stranger(&ctx, "except@good.bad.example").await.id,
        stranger(&ctx, "other@other.example").await.id,
    ];
    let standing = async || {
        let mut reader = ctx.store.read().await.unwrap();
        let mut found = String::new();
        for id in [one, sub, except, other] {
            let row = reader.account(id).await.unwrap().unwrap();
            found.push(match (row.suspended_at, row.silenced_at) {
                (None, None) => '-',
                (Some(_), None) => 'S',
                (None, Some(_)) => 'l',
                (Some(_), Some(_)) => '!',
            });
        }
        found
    };
    allow(&ctx, "good.bad.example", plain()).await.unwrap();
    assert_eq!(standing().await, "----");
    block(&ctx, "bad.example", plain()).await.unwrap();
    assert_eq!(standing().await, "SS--");
    limit(&ctx, "bad.example", plain()).await.unwrap();
    assert_eq!(standing().await, "ll--");
    block(&ctx, "very.bad.example", plain()).await.unwrap();
    assert_eq!(standing().await, "lS--");
    remove(&ctx, "good.bad.example").await.unwrap();
    assert_eq!(standing().await, "lSl-", "the wider rule holds again");
    remove(&ctx, "bad.example").await.unwrap();
    assert_eq!(standing().await, "-S--", "the nearer rule stays");
    moderation::suspend(&ctx, one).await.unwrap();
    block(&ctx, "bad.example", plain()).await.unwrap();
    assert!(matches!(moderation::unsuspend(&ctx, sub).await, Err(Error::Forbidden(_))));
    remove(&ctx, "bad.example").await.unwrap();
    assert_eq!(standing().await, "SS--", "one was suspended for itself, one by its own domain's rule");
}

#[tokio::test]
async fn follows_with_a_blocked_domain_end() {
    let (ctx, _dir) = instance().await;
    let anna = member(&ctx, "anna").await;
    let (bad, fine) = (stranger(&ctx, "x@sub.bad.example").await, stranger(&ctx, "x@fine.example").await);
    for who in [&bad, &fine] {
        let uri = format!("{}/follows/1", who.uri);
        receive(&ctx, who, Received::Follow { uri, target: anna }).await;
        follow(&ctx, anna, who.id, FollowOptions::default()).await.unwrap();
        receive(&ctx, who, Received::Accept { follow_uri: None, follower: Some(anna) }).await;
    }
    let options = DomainOptions { public_comment: Some(" spam ".to_owned()), ..plain() };
    for _ in 0..2 {
        block(&ctx, "bad.example", options.clone()).await.unwrap();
    }
    assert_eq!(list(&ctx).await.unwrap()[0].public_comment.as_deref(), Some("spam"));
    let views = relationships(&ctx, anna, &[bad.id, fine.id]).await.unwrap();
    assert_eq!(
        views.iter().map(|v| (v.following, v.followed_by)).collect::<Vec<_>>(),
        [(false, false), (true, true)]
    );
    let row = ctx.store.read().await.unwrap().account(anna).await.unwrap().unwrap();
    assert_eq!((row.followers_count, row.following_count), (1, 1));
    assert!(follow(&ctx, anna, bad.id, FollowOptions::default()).await.is_err());
}
