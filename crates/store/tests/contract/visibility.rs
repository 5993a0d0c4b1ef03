//! The visibility rule as SQL, held against the rule as code on random statuses, people, follows and blocks; and what of it
//! people want to be shown.

use proptest::{
    collection::vec,
    option,
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use tintype_model::{
    AccountId, Millis, Page, Visibility,
    visibility::{Audience, Ties, may_see},
};
use tintype_store::{
    Store,
    accounts::Account,
    follows::FollowState,
    notifications::{Notification, NotificationFilter, NotificationKind},
    statuses::{AccountStatuses, PublicFilter, Status, TagFilter},
};

use crate::{
    database::TestStore,
    given::{a_boost, an_account, an_answer, ids_of},
};

const CASES: u32 = 96;

/// Where viewers of other servers are.
const FAR: &str = "far.example";

/// A post, somebody's boost of it, and people around them.
#[derive(Debug, Clone)]
struct Scene {
    post: Visibility,
    boost: Visibility,
    author: Poster,
    booster: Poster,
    people: Vec<Person>,
}

/// The author or the booster.
#[derive(Debug, Clone)]
struct Poster {
    presence: Presence,
    /// Their server, if it is another one.
    domain: Option<&'static str>,
    /// Blocks the server where some of the people are.
    blocks_far: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Presence {
    Here,
    Silenced,
    Suspended,
    Deleted,
}

impl Poster {
    fn is_gone(&self) -> bool {
        matches!(self.presence, Presence::Suspended | Presence::Deleted)
    }
}

#[derive(Debug, Clone, Default)]
struct Person {
    mentioned: bool,
    /// On the server `FAR`.
    remote: bool,
    follows_author: Option<FollowState>,
    with_author: Terms,
    follows_booster: Option<FollowState>,
    with_booster: Terms,
}

/// How a person and a poster stand to each other.
#[derive(Debug, Clone, Default)]
struct Terms {
    /// Gives no right whatever.
    followed: bool,
    /// By the poster.
    blocked: bool,
    stance: Stance,
}

/// What a person has against a poster.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Stance {
    #[default]
    Nothing,
    Blocks,
    Mutes,
    MutesButIsTold,
    BlocksDomain,
}

impl Terms {
    fn wants(&self, poster: &Poster) -> bool {
        match self.stance {
            Stance::Nothing => true,
            Stance::BlocksDomain => poster.domain.is_none(),
            Stance::Blocks | Stance::Mutes | Stance::MutesButIsTold => false,
        }
    }

    fn is_told_by(&self, poster: &Poster) -> bool {
        !poster.is_gone() && (self.wants(poster) || self.stance == Stance::MutesButIsTold)
    }

    fn ties(&self, follow: Option<FollowState>, remote: bool, poster: &Poster) -> Ties {
        Ties {
            follows_author: follow == Some(FollowState::Accepted),
            blocked: self.blocked || (poster.blocks_far && remote),
        }
    }
}

fn a_visibility() -> impl Strategy<Value = Visibility> {
    prop::sample::select(Visibility::ALL)
}

fn a_poster(domain: &'static str) -> impl Strategy<Value = Poster> {
    let presence = prop_oneof![
        6 => Just(Presence::Here),
        1 => Just(Presence::Silenced),
        1 => Just(Presence::Suspended),
        1 => Just(Presence::Deleted),
    ];
    (presence, option::of(Just(domain)), prop::bool::weighted(0.3))
        .prop_map(|(presence, domain, blocks_far)| Poster { presence, domain, blocks_far })
}

fn some_terms() -> impl Strategy<Value = Terms> {
    let stance = prop_oneof![
        6 => Just(Stance::Nothing),
        1 => Just(Stance::Blocks),
        1 => Just(Stance::Mutes),
        1 => Just(Stance::MutesButIsTold),
        1 => Just(Stance::BlocksDomain),
    ];
    (any::<bool>(), prop::bool::weighted(0.2), stance).prop_map(|(followed, blocked, stance)| Terms {
        followed,
        blocked,
        stance,
    })
}

fn a_person() -> impl Strategy<Value = Person> {
    let state = || option::weighted(0.7, prop::sample::select(FollowState::ALL));
    (any::<bool>(), any::<bool>(), state(), some_terms(), state(), some_terms()).prop_map(
        |(mentioned, remote, follows_author, with_author, follows_booster, with_booster)| Person {
            mentioned,
            remote,
            follows_author,
            with_author,
            follows_booster,
            with_booster,
        },
    )
}

fn a_scene() -> impl Strategy<Value = Scene> {
    let people = vec(a_person(), 1..5);
    (a_visibility(), a_visibility(), a_poster("author.example"), a_poster("booster.example"), people)
        .prop_map(|(post, boost, author, booster, people)| Scene { post, boost, author, booster, people })
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
    /// The boost, and what it boosts.
    sees_boost: bool,
    /// The boost, whatever it boosts.
    sees_booster: bool,
    /// The booster's comment on the post.
    sees_answer: bool,
    wants: Wants,
    told_by_author: bool,
}

/// What a viewer wants to be shown.
struct Wants {
    author: bool,
    booster: bool,
    boosts: bool,
    /// In timelines that nobody chose.
    author_among_strangers: bool,
}

impl Viewer {
    fn new(scene: &Scene, cast: &Cast, account: Option<&Account>, person: &Person) -> Self {
        let id = account.map(|a| a.id);
        let (author, booster) = (&scene.author, &scene.booster);
        let to_author = person.with_author.ties(person.follows_author, person.remote, author);
        let to_booster = person.with_booster.ties(person.follows_booster, person.remote, booster);
        let by = |who: &Account, gone, visibility, mentioned: &[AccountId], ties| {
            may_see(
                id,
                &Audience { author: who.id, author_gone: gone, visibility, mentioned, held: false },
                ties,
            )
        };
        let sees_post = by(&cast.author, author.is_gone(), scene.post, &cast.mentioned, to_author);
        let sees_booster = by(&cast.booster, booster.is_gone(), scene.boost, &[], to_booster);
        let wants = Wants {
            author: person.with_author.wants(author),
            booster: person.with_booster.wants(booster),
            boosts: person.follows_booster.is_some() || id == Some(cast.booster.id),
            author_among_strangers: author.presence != Presence::Silenced
                || to_author.follows_author
                || id == Some(cast.author.id),
        };
        Self {
            account: account.cloned(),
            sees_post,
            sees_boost: sees_post && sees_booster,
            sees_booster,
            sees_answer: by(&cast.booster, booster.is_gone(), Visibility::Public, &[], to_booster),
            told_by_author: person.with_author.is_told_by(author),
            wants,
        }
    }

    fn id(&self) -> Option<AccountId> {
        self.account.as_ref().map(|a| a.id)
    }
}

/// Who plays.
struct Cast {
    author: Account,
    booster: Account,
    people: Vec<Account>,
    mentioned: Vec<AccountId>,
}

/// Everybody is new in each scene: one database serves them all.
async fn plays_out(db: &TestStore, scene: &Scene) -> Result<(), TestCaseError> {
    let cast = enter(db, scene).await;
    let (author, booster) = (&cast.author, &cast.booster);

    // An answer within one's own thread, so that nothing but visibility decides; with somebody's open answer to it.
    let root = db.post(author).await;
    let post = db.publish(Status { visibility: scene.post, ..an_answer(db.id(), author, &root) }).await;
    let tag = format!("t{}", post.id);
    let boost = db.publish(Status { visibility: scene.boost, ..a_boost(db.id(), booster, &post) }).await;
    let answer = db.answer(booster, &post).await;

    let nobody = Person::default();
    let mut viewers: Vec<Viewer> =
        [None, Some(author), Some(booster)].map(|who| Viewer::new(scene, &cast, who, &nobody)).into();
    for (person, account) in scene.people.iter().zip(&cast.people) {
        viewers.push(Viewer::new(scene, &cast, Some(account), person));
    }

    let mut tx = db.begin().await.unwrap();
    let mentioned: Vec<_> = cast.mentioned.iter().map(|id| (*id, false)).collect();
    tx.insert_mentions(post.id, &mentioned).await.unwrap();
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
        among_strangers(db, viewer, &post, &tag).await?;
    }
    Ok(())
}

async fn enter(db: &TestStore, scene: &Scene) -> Cast {
    let poster = async |poster: &Poster| {
        let id = db.id();
        let row = match poster.domain {
            Some(domain) => an_account(id, &format!("p{id}@{domain}")),
            None => an_account(id, &format!("p{id}")),
        };
        let since = |presence| (poster.presence == presence).then_some(Millis(1_000));
        let row = Account {
            silenced_at: since(Presence::Silenced),
            suspended_at: since(Presence::Suspended),
            deleted_at: since(Presence::Deleted),
            ..row
        };
        let mut tx = db.begin().await.unwrap();
        assert!(tx.insert_account(&row).await.unwrap());
        tx.commit().await.unwrap();
        if poster.blocks_far {
            db.block_domain(&row, FAR).await;
        }
        row
    };
    let (author, booster) = (poster(&scene.author).await, poster(&scene.booster).await);
    let (mut people, mut mentioned) = (Vec::new(), Vec::new());
    for person in &scene.people {
        let id: i64 = db.id();
        let account = if person.remote {
            db.remote_account(&format!("p{id}@{FAR}")).await
        } else {
            db.account(&format!("p{id}")).await
        };
        for (other, follows, terms) in [
            (&author, person.follows_author, &person.with_author),
            (&booster, person.follows_booster, &person.with_booster),
        ] {
            if let Some(state) = follows {
                db.follow_as(&account, other, state).await;
            }
            if terms.followed {
                db.follow(other, &account).await;
            }
            if terms.blocked {
                db.block(other, &account).await;
            }
            match terms.stance {
                Stance::Nothing => {}
                Stance::Blocks => {
                    db.block(&account, other).await;
                }
                Stance::Mutes => {
                    db.mute(&account, other, true).await;
                }
                Stance::MutesButIsTold => {
                    db.mute(&account, other, false).await;
                }
                Stance::BlocksDomain => {
                    let nowhere = format!("nowhere-{}.example", db.id::<i64>());
                    db.block_domain(&account, other.domain.as_deref().unwrap_or(&nowhere)).await;
                }
            }
        }
        if person.mentioned {
            mentioned.push(account.id);
        }
        people.push(account);
    }
    Cast { author, booster, people, mentioned }
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
    for (status, sees, shown) in
        [(post, sees_post, sees_post), (boost, sees_boost, sees_boost && viewer.wants.author)]
    {
        prop_assert_eq!(reader.visible_status(id, status.id).await.unwrap().is_some(), sees);
        let of_account = reader
            .account_statuses(id, status.account_id, &AccountStatuses::default(), &Page::newest(10))
            .await
            .unwrap();
        prop_assert_eq!(ids_of(&of_account).contains(&status.id), shown, "{:?} on the profile", id);
    }
    let boosters = reader.rebloggers(id, post.id, &Page::newest(10)).await.unwrap();
    let listed = viewer.sees_booster && viewer.wants.booster;
    prop_assert_eq!(!boosters.is_empty(), listed, "{:?} booster", id);
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
    let (mut above, mut below) = (vec![], vec![]);
    if viewer.sees_post && viewer.wants.author {
        above.extend([post.id, root.id]);
        below.push(post.id);
        if viewer.sees_answer && viewer.wants.booster {
            below.push(answer.id);
        }
    }
    prop_assert_eq!((up, down), (above, below), "{:?} in the thread", viewer.id());
    Ok(())
}

async fn at_home(db: &Store, viewer: &Viewer, post: &Status, boost: &Status) -> Result<(), TestCaseError> {
    let Some(id) = viewer.id() else { return Ok(()) };
    let mut reader = db.read().await.unwrap();
    let home = ids_of(&reader.home(id, &Page::newest(10)).await.unwrap());
    let wants = &viewer.wants;
    prop_assert_eq!(home.contains(&post.id), viewer.sees_post && wants.author, "{:?} at home", id);
    prop_assert_eq!(
        home.contains(&boost.id),
        viewer.sees_boost && wants.boosts && wants.author && wants.booster,
        "{:?} boost at home",
        id
    );
    let told = reader.notifications(id, &NotificationFilter::default(), &Page::newest(10)).await.unwrap();
    prop_assert_eq!(!told.is_empty(), viewer.sees_post && viewer.told_by_author, "{:?} told", id);
    if let Some(told) = told.first() {
        let found = reader.notification(id, told.id).await.unwrap();
        prop_assert_eq!(found.as_ref(), Some(told));
    }
    Ok(())
}

async fn among_strangers(db: &Store, viewer: &Viewer, post: &Status, tag: &str) -> Result<(), TestCaseError> {
    let shown = post.visibility == Visibility::Public
        && viewer.sees_post
        && viewer.wants.author
        && viewer.wants.author_among_strangers;
    let mut reader = db.read().await.unwrap();
    let filter = TagFilter { name: tag.to_owned(), ..TagFilter::default() };
    let tagged = reader.tag_timeline(viewer.id(), &filter, &Page::newest(10)).await.unwrap();
    prop_assert_eq!(!tagged.is_empty(), shown, "{:?} hashtag", viewer.id());
    let around = Page { max_id: Some(post.id.0 + 1), min_id: Some(post.id.0 - 1), ..Page::newest(10) };
    let public = reader.public_timeline(viewer.id(), PublicFilter::default(), &around).await.unwrap();
    prop_assert_eq!(!public.is_empty(), shown, "{:?} public", viewer.id());
    Ok(())
}
