//! A running instance with one person on it, servers that mean no good, and doors that nobody may knock on.
//!
//! The instance is not in local mode and may call exactly one address and port that is not public: the peer's. Names
//! below `localhost` are the peer; all others are what [`Stage::dns`] says, by default nothing.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tintype_testkit::instance::Builder;
use tintype_testkit::peer::{Actor, Key, SignOptions};
use tintype_testkit::{Answer, Canary, Database, Instance, NameServer, Peer, Person, clock, rows, wait};

/// What comes and goes by the clock, whatever anybody does.
const UPKEEP: &str = "jobs: queue = 'upkeep'";
/// Tables that may differ after an activity that was taken (202) and did nothing: what remembers that it came.
pub const TAKEN: &[&str] = &["received_activities", "jobs"];

/// One fault when it is wrong, none when it isn't.
pub(super) fn fault(wrong: bool, what: impl FnOnce() -> String) -> Vec<String> {
    wrong.then(what).into_iter().collect()
}

/// What the tests share.
pub struct Stage {
    pub alpha: Instance,
    /// Answers for every name below `localhost` at its port; the instance may call it.
    pub peer: Peer,
    /// The name server that the instance asks.
    pub dns: NameServer,
    /// Listens where the instance may not call: 127.0.0.1, another port.
    pub canary: Canary,
    /// The peer's port on 127.0.0.2, where the instance may not call either.
    pub twin: Canary,
    pub alice: Person,
    /// Known here: he follows Alice, and she follows him. His host is `remote.localhost`.
    pub bob: Actor,
    /// Known here, with a key of her own, on Bob's host.
    pub trudy: Actor,
    /// Known here, with a key of her own, on another host.
    pub mallory: Actor,
}

impl Stage {
    /// On SQLite.
    pub async fn set() -> Self {
        Self::with(Database::Sqlite, |builder| builder).await
    }

    /// With further configuration.
    pub async fn with(database: Database, change: impl FnOnce(Builder) -> Builder) -> Self {
        let peer = Peer::start().await;
        let canary = Canary::start().await;
        let twin = Canary::start_at(SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), peer.port()))).await;
        let dns = NameServer::start().await;
        let builder = Instance::builder("alpha")
            .below("example")
            .database(database)
            .config("net.allow", &format!("[\"127.0.0.1/32:{}\"]", peer.port()))
            .config("net.dns", &dns.address().to_string());
        let alpha = change(builder).start().await;
        let alice = alpha.person("alice").await;
        let bob = peer.actor("bob");
        let trudy = peer.actor_with_key("remote.localhost", "trudy", Arc::new(Key::generate()));
        let mallory = peer.actor_with_key("elsewhere.localhost", "mallory", Arc::new(Key::generate()));
        let stage = Self { alpha, peer, dns, canary, twin, alice, bob, trudy, mallory };
        for actor in [&stage.bob, &stage.trudy, &stage.mallory] {
            stage.is_followed_by(actor).await;
        }
        stage.follows(&stage.bob).await;
        stage.settled().await;
        stage
    }

    /// The actor follows Alice, and so is known here.
    pub async fn is_followed_by(&self, actor: &Actor) {
        let answer = self.tell(actor, &self.peer.follow(actor, &self.alice.actor())).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }

    /// Alice follows the actor, and it accepts.
    pub async fn follows(&self, actor: &Actor) {
        self.alice.follow(&actor.handle()).await;
        let follow = self
            .peer
            .wait_for("a Follow", |request| request.is("Follow") && request.json()["object"] == actor.id)
            .await;
        let answer = self.tell(actor, &self.peer.accept(actor, &follow.json())).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }

    /// Delivers to Alice's inbox, rightly signed.
    pub async fn tell(&self, actor: &Actor, activity: &Value) -> Answer {
        self.tell_as(actor, activity, &SignOptions::default()).await
    }

    /// Delivers to Alice's inbox, signed as the options say.
    pub async fn tell_as(&self, actor: &Actor, activity: &Value, options: &SignOptions) -> Answer {
        self.peer.deliver(actor, &self.inbox(), activity, options).await
    }

    /// Alice's inbox.
    pub fn inbox(&self) -> String {
        format!("{}/inbox", self.alice.actor())
    }

    /// A post of the actor's that is known here, by its entity. Alice has to follow the actor.
    pub async fn post_of(&self, actor: &Actor, html: &str) -> (Value, Value) {
        let note = self.peer.note(actor, html);
        let answer = self.tell(actor, &self.peer.create(actor, &note)).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        let seen = self.alice.sees_at_home(note["id"].as_str().expect("an id")).await;
        (note, seen)
    }

    /// Everything but the named tables and what runs by the clock.
    pub async fn rows(&self, except: &[&str]) -> rows::Snapshot {
        self.alpha.rows(&[except, &[UPKEEP]].concat()).await
    }

    /// Waits until everything that was taken has been tried, every delivery too, and the database is quiet.
    pub async fn settled(&self) {
        let rows = async || {
            // What waits for a later time has been tried, or isn't due.
            let later = format!("run_at > {}", self.unix(1) * 1000);
            let jobs =
                format!("jobs: queue = 'upkeep' OR state <> 'ready' OR (locked_by IS NULL AND {later})");
            self.alpha.rows(&[&jobs, "deliveries: state <> 'pending' OR attempts > 0"]).await
        };
        let mut last = rows().await;
        let at_rest = wait::try_until(wait::PATIENCE, async || {
            let now = rows().await;
            let at_rest = |name: &str| now.get(name).is_none_or(|table| table.rows == 0);
            let quiet = at_rest("jobs") && at_rest("deliveries") && now == last;
            last = now;
            quiet.then_some(())
        })
        .await;
        if at_rest.is_none() {
            let listed = self.alpha.cli(&["jobs", "list", "--json"]).await;
            panic!("the instance does not come to rest: {listed} {last:?}");
        }
    }

    /// Connections at the canaries so far.
    pub async fn knocks(&self) -> usize {
        self.canary.connections().await + self.twin.connections().await
    }

    /// # Panics
    /// When anybody ever connected to a canary.
    pub async fn assert_untouched(&self) {
        assert_eq!(self.knocks().await, 0, "connections at the canaries");
    }

    /// A `Date` header, that many seconds from now.
    #[expect(clippy::unused_self, reason = "so that tests find it where they look")]
    pub fn now(&self, offset: i64) -> String {
        clock::http_date(clock::now(offset))
    }

    /// A timestamp as activities carry it, that many seconds from now.
    #[expect(clippy::unused_self, reason = "so that tests find it where they look")]
    pub fn stamp(&self, offset: i64) -> String {
        clock::timestamp(clock::now(offset))
    }

    /// Seconds since 1970, that many seconds from now.
    #[expect(clippy::unused_self, reason = "so that tests find it where they look")]
    pub fn unix(&self, offset: i64) -> i64 {
        clock::now(offset).timestamp()
    }

    /// One column of text of the rows that a statement finds, on SQLite.
    pub async fn select(&self, statement: &str) -> Vec<String> {
        let mut database = SqliteConnection::connect(self.alpha.database_url()).await.expect("the database");
        let found = sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(&mut database).await;
        found.unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// Inbox, key, name and handle of a known actor, in one text.
    pub async fn stored(&self, actor: &str) -> Option<String> {
        let columns = ["inbox_url", "public_key_id", "public_key_pem", "display_name", "acct_key"];
        let columns = columns.map(|column| format!("coalesce({column}, '')")).join(" || ' ' || ");
        self.select(&format!("SELECT {columns} FROM accounts WHERE uri = '{actor}'")).await.pop()
    }

    /// The content of a known status.
    pub async fn content(&self, uri: &str) -> Option<String> {
        self.select(&format!("SELECT content FROM statuses WHERE uri = '{uri}'")).await.pop()
    }

    /// The tables in which a text stands, in any column.
    pub async fn tables_with(&self, text: &str) -> Vec<String> {
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL%'";
        let mut found = Vec::new();
        for table in self.select(tables).await {
            let columns = self.select(&format!("SELECT name FROM pragma_table_info('{table}')")).await;
            let all: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
            let rows =
                format!("SELECT 'x' FROM \"{table}\" WHERE instr({}, '{text}')", all.join(" || ' ' || "));
            if !self.select(&rows).await.is_empty() {
                found.push(table);
            }
        }
        found
    }

    /// Variants of one threat, tried one after the other.
    pub fn variants(&self) -> Variants<'_> {
        Variants { stage: self, tried: 0, wrong: Vec::new() }
    }

    /// That good things still come through: Bob likes a new post of Alice's, and she is told.
    pub async fn is_alive(&self) {
        let post = self.alice.say("still here").await;
        let uri = post["uri"].as_str().expect("a uri");
        let answer = self.tell(&self.bob, &self.peer.like(&self.bob, uri)).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        wait::until("the like of the last post", wait::PATIENCE, async || {
            let post = self.alice.status(post["id"].as_str().expect("an id")).await;
            (post["favourites_count"] == 1).then_some(())
        })
        .await;
    }
}

/// Collects what went wrong, so that one run names every variant that fails.
pub struct Variants<'a> {
    stage: &'a Stage,
    tried: usize,
    wrong: Vec<String>,
}

impl Variants<'_> {
    /// One variant: an answer with one of these statuses, and no row changed, but for those of the tables in `touches`
    /// (an entry may name some rows only, `jobs: queue = 'ingest'`). When the answer is a 2xx, first everything that was
    /// taken is worked off.
    pub async fn check(
        &mut self,
        name: &str,
        allowed: &[u16],
        touches: &[&str],
        send: impl Future<Output = Answer>,
    ) -> Answer {
        if self.tried == 0 {
            self.stage.settled().await;
        }
        let before = self.stage.rows(touches).await;
        let answer = send.await;
        if answer.status < 300 {
            self.stage.settled().await;
        }
        let mut faults = rows::differences(&before, &self.stage.rows(touches).await);
        if !allowed.contains(&answer.status) {
            faults.push(format!("{} instead of {allowed:?}", answer.status));
        }
        let knocks = self.stage.knocks().await;
        if knocks > 0 {
            faults.push(format!("{knocks} connections at the canaries so far"));
        }
        self.note(name, &faults, &answer);
        answer
    }

    /// One variant with a verdict of its own: what is wrong with it, if anything.
    pub fn judge(&mut self, name: &str, faults: &[String]) {
        self.tried += 1;
        if !faults.is_empty() {
            self.wrong.push(format!("{name}: {}", faults.join("; ")));
        }
    }

    fn note(&mut self, name: &str, faults: &[String], answer: &Answer) {
        let shown: String = answer.text().replace('\n', " ").chars().take(120).collect();
        println!("{name:<60} {} {shown}", answer.status);
        let mut faults = faults.to_vec();
        if !faults.is_empty() {
            faults.push(format!("answered {} {shown}", answer.status));
        }
        self.judge(name, &faults);
    }

    /// # Panics
    /// When there was no variant, or one went wrong.
    pub fn done(self) {
        assert!(self.tried > 0, "nothing was tried");
        let (wrong, tried) = (self.wrong.len(), self.tried);
        assert!(self.wrong.is_empty(), "{wrong} of {tried} variants:\n  {}", self.wrong.join("\n  "));
    }
}
