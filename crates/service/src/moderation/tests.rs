use tintype_model::{Page, Role};

use super::*;
use crate::{
    favourites,
    follows::{FollowOptions, follow, relationships},
    given::{instance, member, newcomer},
    given_posts::{a_note, answer, jobs, post, receive, stranger, told},
    inbox::Received,
    oauth, reblogs, registration, sessions, statuses, timelines,
    timelines::PublicFilter,
};

async fn row(ctx: &Ctx, who: AccountId) -> Account {
    ctx.store.read().await.unwrap().account(who).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_suspended_person_is_out_at_once_and_can_come_back() {
    let (ctx, _dir) = instance().await;
    let (anna, ben) = (member(&ctx, "anna").await, member(&ctx, "ben").await);
    let status = post(&ctx, anna, "hello").await;
    let session = sessions::start(&ctx, anna, "").await.unwrap();
    let token = oauth::issue(&ctx, anna, "read".parse().unwrap(), "test").await.unwrap();
    for _ in 0..2 {
        suspend(&ctx, anna).await.unwrap();
    }
    assert_eq!(sessions::who(&ctx, &session.0).await.unwrap(), None);
    let refused = oauth::authenticate(&ctx, &token).await;
    assert!(matches!(refused, Err(Error::Forbidden("Your login is currently disabled"))));
    assert!(matches!(sessions::start(&ctx, anna, "").await, Err(Error::Forbidden(_))));
    for viewer in [None, Some(ben), Some(anna)] {
        assert!(matches!(statuses::get(&ctx, viewer, status).await, Err(Error::NotFound)));
    }
    assert!(accounts::get(&ctx, anna).await.unwrap().suspended);
    let told = |jobs: Vec<Outgoing>| {
        jobs.iter()
            .filter(|job| matches!(job, Outgoing::ProfileChanged { account, .. } if *account == anna))
            .count()
    };
    assert_eq!(told(jobs(&ctx).await), 1);
    for _ in 0..2 {
        unsuspend(&ctx, anna).await.unwrap();
    }
    assert!(oauth::authenticate(&ctx, &token).await.is_ok());
    assert!(statuses::get(&ctx, Some(ben), status).await.is_ok());
    assert_eq!(sessions::who(&ctx, &session.0).await.unwrap(), None, "ended for good");
}

#[tokio::test]
async fn a_suspended_stranger_follows_nobody_here() {
    let (ctx, _dir) = instance().await;
    let anna = member(&ctx, "anna").await;
    let far = stranger(&ctx, "far@far.example").await;
    receive(&ctx, &far, Received::Follow { uri: format!("{}/follows/1", far.uri), target: anna }).await;
    follow(&ctx, anna, far.id, FollowOptions::default()).await.unwrap();
    for _ in 0..2 {
        suspend(&ctx, far.id).await.unwrap();
    }
    let view = relationships(&ctx, anna, &[far.id]).await.unwrap().remove(0);
    assert!(!view.followed_by && view.requested, "ours stays");
    assert_eq!(row(&ctx, anna).await.followers_count, 0);
    let rejected = jobs(&ctx).await.into_iter().filter(|job| matches!(job, Outgoing::Rejected { .. }));
    assert_eq!(rejected.count(), 1);
    receive(&ctx, &far, Received::Follow { uri: format!("{}/follows/2", far.uri), target: anna }).await;
    assert_eq!(row(&ctx, anna).await.followers_count, 0, "nothing of theirs counts");
}

#[tokio::test]
async fn the_last_owner_stays() {
    let (ctx, _dir) = instance().await;
    let owner = registration::create(&ctx, newcomer("olga"), Role::Owner).await.unwrap().id;
    let anna = member(&ctx, "anna").await;
    crate::keys::ensure_instance_actor(&ctx).await.unwrap();
    let kept = async |refused: Result<()>| {
        let Err(Error::Forbidden(text)) = refused else { panic!("{refused:?}") };
        assert!(text.contains("last owner"), "{text}");
    };
    kept(suspend(&ctx, owner).await).await;
    kept(delete(&ctx, owner).await).await;
    kept(users::set_disabled(&ctx, owner, true).await).await;
    kept(users::set_role(&ctx, owner, Role::Member).await).await;
    users::set_role(&ctx, anna, Role::Owner).await.unwrap();
    users::set_disabled(&ctx, anna, true).await.unwrap();
    kept(suspend(&ctx, owner).await).await;
    users::set_disabled(&ctx, anna, false).await.unwrap();
    suspend(&ctx, owner).await.unwrap();
    kept(suspend(&ctx, anna).await).await;

    let actor = crate::keys::ensure_instance_actor(&ctx).await.unwrap().id;
    for refused in [suspend(&ctx, actor).await, silence(&ctx, actor).await, delete(&ctx, actor).await] {
        assert!(matches!(refused, Err(Error::Forbidden(_))));
    }
    assert!(matches!(suspend(&ctx, AccountId(3)).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_silenced_person_is_heard_by_their_followers() {
    let (ctx, _dir) = instance().await;
    let (anna, ben, cleo) =
        (member(&ctx, "anna").await, member(&ctx, "ben").await, member(&ctx, "cleo").await);
    follow(&ctx, ben, anna, FollowOptions::default()).await.unwrap();
    silence(&ctx, anna).await.unwrap();
    let status = post(&ctx, anna, "hello @ben @cleo").await;
    let public = async |viewer: AccountId| {
        let all = timelines::public(&ctx, Some(viewer), PublicFilter::default(), &Page::newest(9)).await;
        all.unwrap().iter().any(|s| s.id == status)
    };
    assert!(public(ben).await && !public(cleo).await);
    assert_eq!((told(&ctx, ben).await, told(&ctx, cleo).await.len()), (vec!["mention"], 0));
    unsilence(&ctx, anna).await.unwrap();
    assert!(public(cleo).await);
}

#[tokio::test]
async fn what_a_deleted_person_left_goes_and_counts_stay_right() {
    let (ctx, _dir) = instance().await;
    let (anna, ben, cleo) =
        (member(&ctx, "anna").await, member(&ctx, "ben").await, member(&ctx, "cleo").await);
    for (a, b) in [(anna, ben), (ben, anna), (cleo, anna), (cleo, ben)] {
        follow(&ctx, a, b, FollowOptions::default()).await.unwrap();
    }
    let (hers, his) = (post(&ctx, anna, "hers").await, post(&ctx, ben, "his").await);
    answer(&ctx, anna, his, "lovely").await;
    let reply = answer(&ctx, cleo, hers, "indeed").await;
    favourites::favourite(&ctx, anna, his).await.unwrap();
    reblogs::reblog(&ctx, anna, his, None).await.unwrap();
    reblogs::reblog(&ctx, cleo, hers, None).await.unwrap();
    favourites::favourite(&ctx, cleo, hers).await.unwrap();
    let token = oauth::issue(&ctx, anna, "read".parse().unwrap(), "test").await.unwrap();
    purge(&ctx, anna).await.unwrap();
    assert!(statuses::get(&ctx, None, hers).await.is_ok(), "only who is deleted is emptied");

    for _ in 0..2 {
        delete(&ctx, anna).await.unwrap();
    }
    assert!(oauth::authenticate(&ctx, &token).await.is_err());
    assert!(matches!(accounts::get(&ctx, anna).await, Err(Error::Gone)));
    assert!(statuses::get(&ctx, Some(ben), hers).await.is_err(), "hidden before it is gone");
    let gone: Vec<_> =
        jobs(&ctx).await.into_iter().filter(|job| matches!(job, Outgoing::AccountDeleted { .. })).collect();
    assert_eq!(gone.len(), 1);
    // After one batch the rest is put off; killed after another, and begun anew.
    purge_batches(&ctx, anna, 1).await.unwrap();
    let rest = jobs(&ctx).await.pop();
    assert!(matches!(rest, Some(Outgoing::AccountGone { account, .. }) if account == anna), "{rest:?}");
    assert!(purge_some(&ctx, anna).await.unwrap());
    for _ in 0..2 {
        purge(&ctx, anna).await.unwrap();
    }
    let view = statuses::get(&ctx, Some(cleo), his).await.unwrap();
    assert_eq!((view.favourites_count, view.reblogs_count, view.replies_count), (0, 0, 0));
    assert_eq!(statuses::get(&ctx, Some(cleo), reply).await.unwrap().in_reply_to_id, None);
    let (his, hers) = (row(&ctx, ben).await, row(&ctx, cleo).await);
    assert_eq!((his.followers_count, his.following_count, his.statuses_count), (1, 0, 1));
    assert_eq!((hers.followers_count, hers.following_count, hers.statuses_count), (0, 1, 1));
    assert_eq!(told(&ctx, ben).await, ["follow"], "cleo's");
    let stone = row(&ctx, anna).await;
    assert_eq!((stone.statuses_count, stone.followers_count, stone.following_count), (0, 0, 0));
    assert!(
        matches!(registration::register(&ctx, newcomer("anna")).await, Err(Error::Invalid(_)),),
        "the name stays taken"
    );
    assert!(ctx.store.read().await.unwrap().user(anna).await.unwrap().is_none());
}

#[tokio::test]
async fn a_stranger_who_is_gone_can_come_back() {
    let (ctx, _dir) = instance().await;
    let anna = member(&ctx, "anna").await;
    let far = stranger(&ctx, "far@far.example").await;
    receive(&ctx, &far, Received::Follow { uri: format!("{}/follows/1", far.uri), target: anna }).await;
    follow(&ctx, anna, far.id, FollowOptions::default()).await.unwrap();
    let accept = Received::Accept { follow_uri: None, follower: Some(anna) };
    receive(&ctx, &far, accept).await;
    let mine = post(&ctx, anna, "mine").await;
    let note = a_note(&ctx, &far, "1", "<p>far away</p>");
    receive(&ctx, &far, Received::Create(Box::new(note.clone()))).await;
    let uri = format!("{}/likes/1", far.uri);
    let of = ctx.store.read().await.unwrap().status(mine).await.unwrap().unwrap().uri;
    receive(&ctx, &far, Received::Favourite { uri, of }).await;
    assert_eq!(statuses::get(&ctx, Some(anna), mine).await.unwrap().favourites_count, 1);

    receive(&ctx, &far, Received::DeleteAccount).await;
    assert!(matches!(accounts::get(&ctx, far.id).await, Err(Error::Gone)));
    assert!(
        jobs(&ctx)
            .await
            .iter()
            .any(|job| matches!(job, Outgoing::AccountGone { account, .. } if *account == far.id))
    );
    for _ in 0..2 {
        purge(&ctx, far.id).await.unwrap();
    }
    assert_eq!(statuses::get(&ctx, Some(anna), mine).await.unwrap().favourites_count, 0);
    let me = row(&ctx, anna).await;
    assert_eq!((me.followers_count, me.following_count), (0, 0));
    let mut reader = ctx.store.read().await.unwrap();
    assert!(reader.account(far.id).await.unwrap().is_none());
    assert!(reader.status_by_uri(&note.uri).await.unwrap().is_none());
    drop(reader);
    assert!(told(&ctx, anna).await.is_empty());
    stranger(&ctx, "far@far.example").await;
}
