//! The visibility rule as SQL, held against the rule as code on random statuses, people and follows.

use proptest::{
    collection::vec,
    option,
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use tintype_model::{
    AccountId, Millis, Page, Visibility,
    visibility::{Audience, may_see},
};
use tintype_store::{
    Store,
    accounts::Account,
    follows::FollowState,
    notifications::{Notification, NotificationFilter, NotificationKind},
    statuses::{AccountStatuses, PublicFilter, Status},
};

use crate::{
    database::TestStore,
    given::{a_boost, an_answer, ids_of},
};

const CASES: u32 = 64;

/// A post, somebody's boost of it, and people around them.
#[derive(Debug, Clone)]
struct Scene {
    post: Visibility,
    boost: Visibility,
    people: Vec<Person>,
}

#[derive(Debug, Clone)]
struct Person {
    mentioned: bool,
    follows_author: Option<FollowState>,
    /// Gives no right whatever.
    followed_by_author: bool,
    follows_booster: bool,
}

fn a_visibility() -> impl Strategy<Value = Visibility> {
    prop::sample::select(Visibility::ALL)
}

fn a_person() -> impl Strategy<Value = Person> {
    let state = option::weighted(0.7, prop::sample::select(FollowState::ALL));
    (any::<bool>(), state, any::<bool>(), any::<bool>()).prop_map(
        |(mentioned, follows_author, followed_by_author, follows_booster)| Person {
            mentioned,
            follows_author,
            followed_by_author,
            follows_booster,
        },
    )
}

fn a_scene() -> impl Strategy<Value = Scene> {
    (a_visibility(), a_visibility(), vec(a_person(), 1..4)).prop_map(|(post, boost, people)| Scene {
        post,
        boost,
        people,
    })
}

#[test]
fn sqlite_agrees_with_the_model() {
    agrees(TestStore::sqlite());
}

#[test]
fn postgres_agrees_with_the_model() {
    agrees(TestStore::postgres());
}

fn agrees(db: impl Future<Output = TestStore>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = runtime.enter();
    let db = runtime.block_on(db);
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&a_scene(), |scene| runtime.block_on(plays_out(&db, &scene)));
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Somebody who looks, and what the model says of them.
struct Viewer {
    account: Option<Account>,
    sees_post: bool,
    sees_boost: bool,
    wants_boosts: bool,
}

impl Viewer {
    fn id(&self) -> Option<AccountId> {
        self.account.as_ref().map(|a| a.id)
    }
}

/// Everybody is new in each scene: one database serves them all.
async fn plays_out(db: &TestStore, scene: &Scene) -> Result<(), TestCaseError> {
    let newcomer = async || {
        let id: i64 = db.id();
        db.account(&format!("p{id}")).await
    };
    let (author, booster) = (newcomer().await, newcomer().await);
    let mut people = Vec::new();
    let mut mentioned = Vec::new();
    for person in &scene.people {
        let account = newcomer().await;
        if let Some(state) = person.follows_author {
            db.follow_as(&account, &author, state).await;
        }
        if person.followed_by_author {
            db.follow(&author, &account).await;
        }
        if person.follows_booster {
            db.follow(&account, &booster).await;
        }
        if person.mentioned {
            mentioned.push(account.clone());
        }
        people.push(account);
    }

    // An answer within one's own thread, so that nothing but visibility decides; with somebody's open answer to it.
    let root = db.post(&author).await;
    let post = db.publish(Status { visibility: scene.post, ..an_answer(db.id(), &author, &root) }).await;
    db.mention(&post, &mentioned.iter().collect::<Vec<_>>()).await;
    let tag = format!("t{}", post.id);
    let boost = db.publish(Status { visibility: scene.boost, ..a_boost(db.id(), &booster, &post) }).await;
    let answer = db.answer(&booster, &post).await;

    let ids: Vec<AccountId> = mentioned.iter().map(|a| a.id).collect();
    let of_post = Audience { author: author.id, visibility: scene.post, mentioned: &ids };
    let of_boost = Audience { author: booster.id, visibility: scene.boost, mentioned: &[] };
    let viewer = |account: Option<&Account>, follows_author: bool, follows_booster: bool| {
        let id = account.map(|a| a.id);
        let sees_post = may_see(id, &of_post, follows_author);
        Viewer {
            account: account.cloned(),
            sees_post,
            sees_boost: sees_post && may_see(id, &of_boost, follows_booster),
            wants_boosts: follows_booster || id == Some(booster.id),
        }
    };
    let mut viewers = vec![
        viewer(None, false, false),
        viewer(Some(&author), false, false),
        viewer(Some(&booster), false, false),
    ];
    for (person, account) in scene.people.iter().zip(&people) {
        let accepted = person.follows_author == Some(FollowState::Accepted);
        viewers.push(viewer(Some(account), accepted, person.follows_booster));
    }

    let mut tx = db.begin().await.unwrap();
    tx.insert_tags(post.id, &[(tag.clone(), tag.clone())]).await.unwrap();
    for account in viewers.iter().filter_map(|v| v.account.as_ref()) {
        for status in [&post, &boost] {
            tx.insert_home_entry(account.id, status).await.unwrap();
        }
        let told = Notification {
            id: db.id(),
            account_id: account.id,
            kind: NotificationKind::Mention,
            from_id: author.id,
            status_id: Some(post.id),
            created_at: Millis(1_000),
        };
        assert!(tx.insert_notification(&told).await.unwrap());
    }
    tx.commit().await.unwrap();

    for viewer in &viewers {
        by_id_and_list(db, viewer, &post, &boost).await?;
        in_the_thread(db, viewer, [&root, &post, &answer]).await?;
        at_home(db, viewer, &post, &boost).await?;
    }

    let mut reader = db.read().await.unwrap();
    let open = Visibility::Public == scene.post;
    let tagged = reader.tag_timeline(&tag, &Page::newest(10)).await.unwrap();
    prop_assert_eq!(!tagged.is_empty(), open, "hashtag");
    let around = Page { max_id: Some(post.id.0 + 1), min_id: Some(post.id.0 - 1), ..Page::newest(10) };
    let public = reader.public_timeline(PublicFilter::default(), &around).await.unwrap();
    prop_assert_eq!(!public.is_empty(), open, "public");
    Ok(())
}

async fn by_id_and_list(
    db: &Store,
    viewer: &Viewer,
    post: &Status,
    boost: &Status,
) -> Result<(), TestCaseError> {
    let (id, sees_post, sees_boost) = (viewer.id(), viewer.sees_post, viewer.sees_boost);
    let mut reader = db.read().await.unwrap();
    let seen = ids_of(&reader.visible_statuses(id, &[post.id, boost.id]).await.unwrap());
    prop_assert_eq!(seen.contains(&post.id), sees_post, "{:?} by id", id);
    prop_assert_eq!(seen.contains(&boost.id), sees_boost, "{:?} boost by id", id);
    for (status, sees) in [(post, sees_post), (boost, sees_boost)] {
        prop_assert_eq!(reader.visible_status(id, status.id).await.unwrap().is_some(), sees);
        let of_account = reader
            .account_statuses(id, status.account_id, &AccountStatuses::default(), &Page::newest(10))
            .await
            .unwrap();
        prop_assert_eq!(ids_of(&of_account).contains(&status.id), sees, "{:?} on the profile", id);
    }
    Ok(())
}

async fn in_the_thread(
    db: &Store,
    viewer: &Viewer,
    [root, post, answer]: [&Status; 3],
) -> Result<(), TestCaseError> {
    let mut reader = db.read().await.unwrap();
    let up = ids_of(&reader.ancestors(viewer.id(), answer.id, 10).await.unwrap());
    let down = ids_of(&reader.descendants(viewer.id(), root.id, 10, 10).await.unwrap());
    if viewer.sees_post {
        prop_assert_eq!((up, down), (vec![post.id, root.id], vec![post.id, answer.id]));
    } else {
        prop_assert_eq!((up, down), (vec![], vec![]));
    }
    Ok(())
}

async fn at_home(db: &Store, viewer: &Viewer, post: &Status, boost: &Status) -> Result<(), TestCaseError> {
    let Some(id) = viewer.id() else { return Ok(()) };
    let mut reader = db.read().await.unwrap();
    let home = ids_of(&reader.home(id, &Page::newest(10)).await.unwrap());
    prop_assert_eq!(home.contains(&post.id), viewer.sees_post, "{:?} at home", id);
    prop_assert_eq!(
        home.contains(&boost.id),
        viewer.sees_boost && viewer.wants_boosts,
        "{:?} boost at home",
        id
    );
    let told = reader.notifications(id, &NotificationFilter::default(), &Page::newest(10)).await.unwrap();
    prop_assert_eq!(!told.is_empty(), viewer.sees_post, "{:?} told", id);
    if let Some(told) = told.first() {
        let found = reader.notification(id, told.id).await.unwrap();
        prop_assert_eq!(found.as_ref(), Some(told));
    }
    Ok(())
}
