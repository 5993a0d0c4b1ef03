//! The real side: an instance without doors. Local people act by use cases; what remote people do arrives as verified
//! activities, which answer as their servers would.

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

    async fn follow(&mut self, who: Person, whom: Person) -> Outcome {
        let (me, them) = (self.people[who].id, self.people[whom].id);
        let barred = self.world.blocks.contains(&(whom, who));
        // Whoever follows somebody they block has to take the block back first.
        if self.world.blocks.contains(&(who, whom)) {
            return Ok(());
        }
        if self.local(who) {
            let outcome = follows::follow(self.ctx, me, them, FollowOptions::default()).await;
            expect(outcome, !barred)?;
        } else {
            let uri = self.uri(who, "follows");
            self.arrives(who, Received::Follow { uri, target: them }).await?;
        }
        if barred {
            return Ok(());
        }
        let open = !self.world.people[whom].locked;
        let known = self.world.follows.get(&(who, whom)).copied();
        if known.is_none() {
            self.world.follows.insert((who, whom), open && self.local(whom));
        }
        // The other server answers at once.
        if !self.local(whom) && open && known.is_none() {
            self.arrives(whom, Received::Accept { follow_uri: None, follower: Some(me) }).await?;
            self.world.follows.insert((who, whom), true);
        }
        Ok(())
    }

    async fn unfollow(&mut self, who: Person, whom: Person) -> Outcome {
        let (me, them) = (self.people[who].id, self.people[whom].id);
        if self.local(who) {
            expect(follows::unfollow(self.ctx, me, them).await, true)?;
        } else {
            self.arrives(who, Received::Unfollow { uri: None, target: Some(them) }).await?;
        }
        self.world.follows.remove(&(who, whom));
        Ok(())
    }

    async fn answer(&mut self, who: Person, whom: Person, yes: bool) -> Outcome {
        if self.world.follows.get(&(whom, who)) != Some(&false) {
            return Ok(());
        }
        let (me, them) = (self.people[who].id, self.people[whom].id);
        if self.local(who) && yes {
            expect(follows::authorize(self.ctx, me, them).await, true)?;
        } else if self.local(who) {
            expect(follows::reject(self.ctx, me, them).await, true)?;
        } else {
            let (follow_uri, follower) = (None, Some(them));
            let answer = if yes {
                Received::Accept { follow_uri, follower }
            } else {
                Received::Reject { follow_uri, follower }
            };
            self.arrives(who, answer).await?;
        }
        if yes {
            self.world.follows.insert((whom, who), true);
        } else {
            self.world.follows.remove(&(whom, who));
        }
        Ok(())
    }

    async fn block(&mut self, who: Person, whom: Person) -> Outcome {
        let (me, them) = (self.people[who].id, self.people[whom].id);
        if self.local(who) {
            expect(blocks::block(self.ctx, me, them).await, true)?;
        } else {
            let uri = self.uri(who, "blocks");
            self.arrives(who, Received::Block { uri, target: them }).await?;
        }
        self.world.blocks.insert((who, whom));
        self.world.sever(who, whom);
        Ok(())
    }

    async fn unblock(&mut self, who: Person, whom: Person) -> Outcome {
        let (me, them) = (self.people[who].id, self.people[whom].id);
        if self.local(who) {
            expect(blocks::unblock(self.ctx, me, them).await, true)?;
        } else {
            self.arrives(who, Received::Unblock { uri: None, target: Some(them) }).await?;
        }
        self.world.blocks.remove(&(who, whom));
        Ok(())
    }

    async fn mute(&mut self, who: Person, whom: Person, mute: bool) -> Outcome {
        let (me, them) = (self.people[who].id, self.people[whom].id);
        if mute {
            let options = MuteOptions { notifications: None, duration: Some(Duration::from_hours(1)) };
            expect(mutes::mute(self.ctx, me, them, options).await, true)?;
            self.world.mutes.insert((who, whom));
        } else {
            expect(mutes::unmute(self.ctx, me, them).await, true)?;
            self.world.mutes.remove(&(who, whom));
        }
        Ok(())
    }

    /// The words of a post that names somebody.
    fn text(&self, named: Option<Person>) -> String {
        let number = self.activities;
        match named {
            None => format!("number {number}"),
            Some(whom) if self.local(whom) => format!("number {number} for @{}", self.people[whom].name),
            Some(whom) => format!("number {number} for @{}@{FAR}", self.people[whom].name),
        }
    }

    async fn post(
        &mut self,
        who: Person,
        visibility: Visibility,
        named: Option<Person>,
        to: Option<Post>,
    ) -> Outcome {
        self.activities += 1;
        let seen = to.filter(|post| self.world.sees(Some(who), *post));
        let mut addressed: BTreeSet<Person> = named.into_iter().collect();
        let stored = if self.local(who) {
            let draft = Draft {
                text: self.text(named),
                visibility: Some(visibility),
                in_reply_to: to.map(|post| self.posts[post].0),
                ..Draft::default()
            };
            let outcome =
                statuses::publish(self.ctx, &Known(self.ctx), self.people[who].id, None, draft).await;
            let Some(view) = expect(outcome, to == seen)? else { return Ok(()) };
            if let Some(post) = to.filter(|_| visibility != Visibility::Direct) {
                addressed.insert(self.world.posts[post].author);
            }
            (view.id, view.uri)
        } else {
            let remote = self.remote_status(who, visibility, named, to);
            let uri = remote.uri.clone();
            self.arrives(who, Received::Create(Box::new(remote))).await?;
            let stored = self.ctx.store.read().await.unwrap().status_by_uri(&uri).await.unwrap();
            let wanted = self.world.concerns_us(who, &addressed, seen);
            match stored {
                Some(row) if wanted => (row.id, uri),
                None if !wanted => return Ok(()),
                other => return Err(format!("stored: {}, wanted: {wanted}", other.is_some())),
            }
        };
        addressed.remove(&who);
        self.posts.push(stored);
        self.world.posts.push(Posted {
            author: who,
            visibility,
            addressed,
            answers: to
                .map(|_| Answers { post: seen, author: seen.map(|post| self.world.posts[post].author) }),
            boosts: None,
            gone: false,
        });
        Ok(())
    }

    fn remote_status(
        &mut self,
        who: Person,
        visibility: Visibility,
        named: Option<Person>,
        to: Option<Post>,
    ) -> RemoteStatus {
        let uri = self.uri(who, "statuses");
        let mention = |whom: Person| RemoteMention { account: self.people[whom].id, silent: false };
        RemoteStatus {
            url: uri.clone(),
            uri,
            author: self.people[who].id,
            visibility,
            sensitive: false,
            spoiler_text: String::new(),
            content: format!("<p>{}</p>", self.text(named)),
            language: None,
            in_reply_to: to.map(|post| self.posts[post].1.clone()),
            published: self.ctx.now(),
            edited: None,
            mentions: named.map(mention).into_iter().collect(),
            tags: Vec::new(),
            media: Vec::new(),
        }
    }

    async fn boost(&mut self, who: Person, what: Post, visibility: Visibility) -> Outcome {
        let original = self.world.posts[what].clone();
        let mine = original.author == who;
        let visibility = if visibility == Visibility::Direct { Visibility::Public } else { visibility };
        let allowed = self.world.sees(Some(who), what)
            && (original.visibility.is_open() || (original.visibility == Visibility::Private && mine));
        let before = self.boost_of(who, what);
        let stored = if self.local(who) {
            let outcome =
                reblogs::reblog(self.ctx, self.people[who].id, self.posts[what].0, Some(visibility)).await;
            let Some(view) = expect(outcome, allowed)? else { return Ok(()) };
            (view.id, view.uri)
        } else {
            let uri = self.uri(who, "boosts");
            let published = Some(self.ctx.now());
            let of = self.posts[what].1.clone();
            self.arrives(who, Received::Reblog { uri: uri.clone(), of, visibility, published }).await?;
            let wanted = allowed
                && before.is_none()
                && (self.local(original.author) || self.world.has_local_followers(who));
            let row = self.ctx.store.read().await.unwrap().status_by_uri(&uri).await.unwrap();
            match row {
                Some(row) if wanted => (row.id, uri),
                None if !wanted => return Ok(()),
                other => return Err(format!("boost stored: {}, wanted: {wanted}", other.is_some())),
            }
        };
        if before.is_some() {
            return Ok(());
        }
        self.posts.push(stored);
        self.world.posts.push(Posted {
            author: who,
            visibility: if original.visibility.is_open() { visibility } else { Visibility::Private },
            addressed: BTreeSet::new(),
            answers: None,
            boosts: Some(what),
            gone: false,
        });
        Ok(())
    }

    fn boost_of(&self, who: Person, what: Post) -> Option<Post> {
        (0..self.posts.len()).find(|post| {
            let posted = &self.world.posts[*post];
            posted.author == who && posted.boosts == Some(what) && self.world.live(*post)
        })
    }

    async fn unboost(&mut self, who: Person, what: Post) -> Outcome {
        let before = self.boost_of(who, what);
        if self.local(who) {
            let outcome = reblogs::unreblog(self.ctx, self.people[who].id, self.posts[what].0).await;
            if expect(outcome, self.world.sees(Some(who), what))?.is_none() {
                return Ok(());
            }
        } else {
            let of = Some(self.posts[what].1.clone());
            self.arrives(who, Received::Unreblog { uri: None, of }).await?;
        }
        if let Some(boost) = before {
            self.world.posts[boost].gone = true;
        }
        Ok(())
    }

    async fn like(&mut self, who: Person, what: Post, like: bool) -> Outcome {
        let seen = self.world.sees(Some(who), what);
        let (me, post) = (self.people[who].id, self.posts[what].0);
        let of = self.posts[what].1.clone();
        match (self.local(who), like) {
            (true, true) => drop(expect(favourites::favourite(self.ctx, me, post).await, seen)?),
            (true, false) => drop(expect(favourites::unfavourite(self.ctx, me, post).await, seen)?),
            (false, true) => {
                let uri = self.uri(who, "likes");
                self.arrives(who, Received::Favourite { uri, of }).await?;
            }
            (false, false) => {
                self.arrives(who, Received::Unfavourite { uri: None, of: Some(of) }).await?;
            }
        }
        if like && seen {
            self.world.likes.insert((who, what));
        } else if !like && (seen || !self.local(who)) {
            self.world.likes.remove(&(who, what));
        }
        Ok(())
    }

    async fn edit(&mut self, what: Post, named: Option<Person>) -> Outcome {
        self.activities += 1;
        let author = self.world.posts[what].author;
        if self.local(author) {
            let change = Change { text: self.text(named), ..Change::default() };
            let (me, id) = (self.people[author].id, self.posts[what].0);
            expect(edits::edit(self.ctx, &Known(self.ctx), me, id, change).await, true)?;
        } else {
            let visibility = self.world.posts[what].visibility;
            let mut remote = self.remote_status(author, visibility, named, None);
            (remote.uri, remote.url) = (self.posts[what].1.clone(), self.posts[what].1.clone());
            let row = self.ctx.store.read().await.unwrap().status(self.posts[what].0).await.unwrap().unwrap();
            remote.in_reply_to = row.in_reply_to_uri;
            remote.published = row.created_at;
            remote.edited = Some(
                row.edited_at.unwrap_or(row.created_at).max(self.ctx.now()).plus(Duration::from_millis(1)),
            );
            self.arrives(author, Received::Update(Box::new(remote))).await?;
        }
        self.world.posts[what].addressed.extend(named);
        Ok(())
    }

    async fn delete(&mut self, what: Post) -> Outcome {
        let author = self.world.posts[what].author;
        let (id, uri) = self.posts[what].clone();
        if self.local(author) {
            // One's own boost of what one can't see any more isn't there for oneself either.
            let seen = self.world.sees(Some(author), what);
            if expect(statuses::delete(self.ctx, self.people[author].id, id).await, seen)?.is_none() {
                return Ok(());
            }
        } else if self.world.posts[what].boosts.is_some() {
            self.arrives(author, Received::Unreblog { uri: Some(uri), of: None }).await?;
        } else {
            self.arrives(author, Received::Delete { uri }).await?;
        }
        self.world.posts[what].gone = true;
        self.world.likes.retain(|(_, liked)| *liked != what);
        Ok(())
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
