//! The real side: an instance without doors. Local people act by use cases; what remote people do arrives as verified
//! activities, which answer as their servers would.

mod posts;
mod relations;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use tempfile::TempDir;
use tintype_media::{MediaStore, Studio};
use tintype_model::{AccountId, Clock, Handle, IdGen, Page, Role, Site, StatusId, SystemClock, Visibility};
use tintype_service::{
    Ctx, Error, Events, Found, Policy, Resolver, blocks,
    ctx::PasswordWork,
    edits::{self, Change},
    favourites,
    follows::{self, FollowOptions},
    inbox::{self, Envelope, Received, RemoteMention, RemoteStatus},
    mutes::{self, MuteOptions},
    reblogs,
    statuses::{self, Draft},
    throttle::Throttle,
    timelines,
};
use tintype_store::{
    Options, Store,
    accounts::{Account, AccountKind},
    users::User,
};
use tintype_testkit::postgres::TestDatabase;

use crate::{
    model::{Answers, Kind, Person, Post, Posted, World},
    steps::Step,
};

const FAR: &str = "far.example";

/// Open and locked people here, open and locked people far away.
const CAST: [Kind; 5] = [
    Kind { local: true, locked: false },
    Kind { local: true, locked: true },
    Kind { local: true, locked: false },
    Kind { local: false, locked: false },
    Kind { local: false, locked: true },
];

/// An instance on a database of its own.
pub struct Stage {
    ctx: Ctx,
    _folder: TempDir,
    _database: Option<TestDatabase>,
}

impl Stage {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        Self::open(url, folder, None).await
    }

    pub async fn postgres() -> Self {
        let database = TestDatabase::create().await;
        Self::open(database.url().to_owned(), tempfile::tempdir().unwrap(), Some(database)).await
    }

    async fn open(url: String, folder: TempDir, database: Option<TestDatabase>) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let site = Site {
            domain: "photos.example".to_owned(),
            base: "https://photos.example".to_owned(),
            title: "Photos".to_owned(),
        };
        let ctx = Ctx {
            store: Store::open(&Options::new(url)).await.unwrap(),
            media: MediaStore::local(&folder.path().join("media"), [7; 32]).unwrap(),
            studio: Studio::new(tintype_media::Limits::default()),
            ids: IdGen::new(clock.clone()),
            clock,
            site: Arc::new(site),
            policy: Arc::new(Policy::default()),
            events: Events::default(),
            passwords: PasswordWork::default(),
            strangers: Throttle::default(),
        };
        Self { ctx, _folder: folder, _database: database }
    }

    /// New people who have done nothing yet.
    pub async fn scene(&self) -> Scene<'_> {
        let mut people = Vec::new();
        for (number, kind) in CAST.iter().enumerate() {
            people.push(self.newcomer(number, *kind).await);
        }
        let world = World { people: CAST.to_vec(), ..World::default() };
        Scene { ctx: &self.ctx, people, world, posts: Vec::new(), activities: 0 }
    }

    async fn newcomer(&self, number: usize, kind: Kind) -> Someone {
        let ctx = &self.ctx;
        let id: AccountId = ctx.ids.next();
        let name = format!("p{number}_{id}");
        let (uri, domain) = if kind.local {
            (ctx.site.actor(&name), None)
        } else {
            (format!("https://{FAR}/users/{name}"), Some(FAR.to_owned()))
        };
        let now = ctx.now();
        let account = Account {
            id,
            acct_key: domain.as_ref().map_or_else(|| name.clone(), |domain| format!("{name}@{domain}")),
            username: name.clone(),
            domain,
            local: kind.local,
            kind: AccountKind::Person,
            url: uri.clone(),
            display_name: String::new(),
            note: String::new(),
            note_source: String::new(),
            fields: "[]".to_owned(),
            avatar_key: None,
            avatar_remote_url: None,
            header_key: None,
            header_remote_url: None,
            locked: kind.locked,
            bot: false,
            discoverable: true,
            indexable: false,
            hide_collections: false,
            big: false,
            inbox_url: format!("{uri}/inbox"),
            shared_inbox_url: None,
            outbox_url: None,
            followers_url: Some(format!("{uri}/followers")),
            following_url: None,
            featured_url: None,
            public_key_id: Some(format!("{uri}#main-key")),
            public_key_pem: None,
            followers_count: 0,
            following_count: 0,
            statuses_count: 0,
            last_status_at: None,
            created_at: now,
            updated_at: now,
            fetched_at: None,
            silenced_at: None,
            suspended_at: None,
            deleted_at: None,
            version: 0,
            uri: uri.clone(),
        };
        let user = User {
            account_id: id,
            email: format!("{name}@mail.example"),
            email_key: format!("{name}@mail.example"),
            password_hash: String::new(),
            role: Role::Member,
            confirmed_at: Some(now),
            approved: true,
            disabled: false,
            locale: "en".to_owned(),
            default_visibility: Visibility::Public,
            default_sensitive: false,
            default_language: None,
            reason: None,
            created_at: now,
            last_active_at: now,
        };
        let mut tx = ctx.store.begin().await.unwrap();
        assert!(tx.insert_account(&account).await.unwrap());
        if kind.local {
            assert!(tx.insert_user(&user).await.unwrap());
        }
        tx.commit().await.unwrap();
        Someone { id, name, uri }
    }
}

/// Everybody is known already: nothing is ever looked up elsewhere.
struct Known<'a>(&'a Ctx);

#[async_trait::async_trait]
impl Resolver for Known<'_> {
    async fn account(&self, handle: &Handle) -> tintype_service::Result<Option<AccountId>> {
        let local = handle.key().trim_end_matches(&format!("@{}", self.0.site.domain)).to_owned();
        Ok(self.0.store.read().await?.account_by_key(&local).await?.map(|account| account.id))
    }

    async fn object(&self, _: &str) -> tintype_service::Result<Option<Found>> {
        Ok(None)
    }

    async fn file(&self, _: &str, _: usize) -> tintype_service::Result<bytes::Bytes> {
        Err(Error::NotFound)
    }
}

struct Someone {
    id: AccountId,
    name: String,
    uri: String,
}

/// One sequence: the people of it, what the model knows, and what the rows are called.
pub struct Scene<'a> {
    ctx: &'a Ctx,
    people: Vec<Someone>,
    world: World,
    posts: Vec<(StatusId, String)>,
    activities: u32,
}

type Outcome = Result<(), String>;

impl Scene<'_> {
    /// Does it in the world and in the model. An error where the model allows it, or none where it doesn't, is a failure.
    pub async fn take(&mut self, step: &Step) -> Outcome {
        match *step {
            Step::Follow { who, whom } => {
                if let Some((who, whom)) = self.pair(who, whom) {
                    self.follow(who, whom).await?;
                }
            }
            Step::Unfollow { who, whom } => {
                if let Some((who, whom)) = self.pair(who, whom) {
                    self.unfollow(who, whom).await?;
                }
            }
            Step::Answer { who, whom, yes } => {
                if let Some((who, whom)) = self.pair(who, whom) {
                    self.answer(who, whom, yes).await?;
                }
            }
            Step::Block { who, whom } => {
                if let Some((who, whom)) = self.pair(who, whom) {
                    self.block(who, whom).await?;
                }
            }
            Step::Unblock { who, whom } => {
                if let Some((who, whom)) = self.pair(who, whom) {
                    self.unblock(who, whom).await?;
                }
            }
            Step::Mute { who, whom } | Step::Unmute { who, whom } => {
                let mute = matches!(step, Step::Mute { .. });
                if let Some((who, whom)) = self.pair(who, whom)
                    && self.local(who)
                {
                    self.mute(who, whom, mute).await?;
                }
            }
            Step::Post { who, visibility, naming } => {
                let who = self.person(who);
                self.post(who, visibility, self.named(who, naming), None).await?;
            }
            Step::Reply { who, to, visibility, naming } => {
                let who = self.person(who);
                if let Some(to) = self.some_original(to) {
                    self.post(who, visibility, self.named(who, naming), Some(to)).await?;
                }
            }
            Step::Boost { who, what, visibility } => {
                let who = self.person(who);
                if let Some(what) = self.some_original(what) {
                    self.boost(who, what, visibility).await?;
                }
            }
            Step::Unboost { who, what } => {
                let who = self.person(who);
                if let Some(what) = self.some_original(what) {
                    self.unboost(who, what).await?;
                }
            }
            Step::Like { who, what } | Step::Unlike { who, what } => {
                let (who, like) = (self.person(who), matches!(step, Step::Like { .. }));
                if let Some(what) = self.some_original(what) {
                    self.like(who, what, like).await?;
                }
            }
            Step::Edit { what, naming } => {
                if let Some(what) = self.some_original(what)
                    && self.world.live(what)
                {
                    let author = self.world.posts[what].author;
                    self.edit(what, self.named(author, naming)).await?;
                }
            }
            Step::Delete { what } => {
                if let Some(what) = self.some_post(what)
                    && self.world.live(what)
                {
                    self.delete(what).await?;
                }
            }
        }
        Ok(())
    }

    fn person(&self, number: u8) -> Person {
        usize::from(number) % self.people.len()
    }

    /// Two different people, at least one of them here.
    fn pair(&self, who: u8, whom: u8) -> Option<(Person, Person)> {
        let (who, whom) = (self.person(who), self.person(whom));
        (who != whom && (self.local(who) || self.local(whom))).then_some((who, whom))
    }

    fn local(&self, who: Person) -> bool {
        self.world.people[who].local
    }

    fn named(&self, author: Person, naming: Option<u8>) -> Option<Person> {
        naming.map(|number| self.person(number)).filter(|whom| *whom != author)
    }

    fn some_post(&self, number: u8) -> Option<Post> {
        (!self.posts.is_empty()).then(|| usize::from(number) % self.posts.len())
    }

    fn some_original(&self, number: u8) -> Option<Post> {
        self.some_post(number).map(|post| self.world.original(post))
    }

    fn uri(&mut self, who: Person, what: &str) -> String {
        self.activities += 1;
        format!("{}/{what}/{}", self.people[who].uri, self.activities)
    }

    async fn arrives(&mut self, from: Person, received: Received) -> Outcome {
        let uri = self.uri(from, "activities");
        let envelope = Envelope { uri, actor: self.people[from].id, received };
        inbox::apply(self.ctx, &envelope).await.map(drop).map_err(|error| error.to_string())
    }

    /// Holds everything that can be seen against the model.
    pub async fn compare(&self) -> Outcome {
        let mut reader = self.ctx.store.read().await.unwrap();
        for (who, person) in self.people.iter().enumerate() {
            let row = reader.account(person.id).await.unwrap().unwrap();
            let counted = (row.followers_count, row.following_count, row.statuses_count);
            same(&format!("counts of person {who}"), &counted, &self.world.person_counts(who))?;
        }
        let ids: Vec<StatusId> = self.posts.iter().map(|(id, _)| *id).collect();
        let numbers: HashMap<StatusId, Post> = ids.iter().copied().zip(0..).collect();
        for (post, id) in ids.iter().enumerate() {
            let row = reader.status(*id).await.unwrap();
            same(&format!("life of post {post}"), &row.is_some(), &self.world.live(post))?;
            if let Some(row) = row.filter(|row| row.reblog_of_id.is_none()) {
                let counted = (row.replies_count, row.reblogs_count, row.favourites_count);
                same(&format!("counts of post {post}"), &counted, &self.world.post_counts(post))?;
            }
        }
        let everybody = (0..self.people.len()).map(Some).chain([None]);
        for viewer in everybody {
            let id = viewer.map(|who| self.people[who].id);
            let rows = reader.visible_statuses(id, &ids).await.unwrap();
            let shown: BTreeSet<Post> = rows.iter().map(|row| numbers[&row.id]).collect();
            let expected: BTreeSet<Post> =
                (0..ids.len()).filter(|post| self.world.sees(viewer, *post)).collect();
            same(&format!("what {viewer:?} may see"), &shown, &expected)?;
        }
        drop(reader);
        for who in (0..self.people.len()).filter(|who| self.local(*who)) {
            let page = Page::newest(500);
            let views = timelines::home(self.ctx, self.people[who].id, &page).await.unwrap();
            if !views.is_sorted_by(|newer, older| newer.id > older.id) {
                return Err(format!("the home of {who} is out of order"));
            }
            let shown: BTreeSet<Post> = views.iter().map(|view| numbers[&view.id]).collect();
            same(&format!("the home of {who}"), &shown, &self.world.home(who))?;
        }
        Ok(())
    }
}

/// What came of a use case, where the model says whether it is allowed; `None`: rightly refused.
fn expect<T>(outcome: tintype_service::Result<T>, allowed: bool) -> Result<Option<T>, String> {
    match outcome {
        Ok(value) if allowed => Ok(Some(value)),
        Ok(_) => Err("it was let through".to_owned()),
        Err(Error::NotFound | Error::Forbidden(_) | Error::Invalid(_)) if !allowed => Ok(None),
        Err(error) => Err(format!("it was refused: {error}")),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, real: &T, model: &T) -> Outcome {
    if real == model { Ok(()) } else { Err(format!("{what}: {real:?}, by the model {model:?}")) }
}
