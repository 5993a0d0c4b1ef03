//! Bad input: each case is answered by a clear 4xx of its kind, changes no row of any table and leads to no connection
//! where none may go.
//!
//! The instance is not in local mode, and may call exactly one address and port that is not public: the peer's. One
//! canary sits beside it on the same address, one on the same port of another address.

mod doors;
mod inbox;
mod wanted;

use futures::future::BoxFuture;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tintype_testkit::peer::{Actor, Key, SignOptions};
use tintype_testkit::{Answer, Browser, Canary, Database, Instance, Peer, Person, browser, rows, wait};
use wanted::Wanted;

#[tokio::test(flavor = "multi_thread")]
async fn changes_nothing_on_sqlite() {
    run(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_nothing_on_postgres() {
    run(Database::Postgres).await;
}

/// The one job that comes and goes by the clock.
const UPKEEP: &str = "jobs: queue = 'upkeep'";

/// One kind of bad input.
struct Case {
    /// What is wrong with it.
    name: &'static str,
    expected: Wanted,
    /// Tables that it may change, because the rule behind it says so.
    touches: &'static [&'static str],
    send: for<'a> fn(&'a Scene) -> BoxFuture<'a, Seen>,
}

/// What came back.
struct Seen {
    status: u16,
    content_type: String,
    body: String,
}

impl From<Answer> for Seen {
    fn from(answer: Answer) -> Self {
        let content_type = answer.header("content-type").unwrap_or_default().to_owned();
        Self { status: answer.status, content_type, body: answer.text() }
    }
}

impl From<browser::Page> for Seen {
    fn from(page: browser::Page) -> Self {
        Self { status: page.status, content_type: page.content_type, body: page.body }
    }
}

/// What all cases share. Whatever a case needs is there before the first snapshot.
struct Scene {
    alpha: Instance,
    peer: Peer,
    /// Listens where the instance may not call.
    canary: Canary,
    /// The peer's port, another address.
    twin: Canary,
    alice: Person,
    /// Known here: he follows Alice, and she follows him.
    bob: Actor,
    /// Known here, with a key of her own, on Bob's host.
    trudy: Actor,
    /// The same on another host.
    mallory: Actor,
    /// Unknown here.
    stranger: Actor,
    /// The uri of a post of Alice's.
    post: String,
    oauth: doors::OAuth,
    /// Of the owner.
    browser: Browser,
    /// The set-up link that has been used, and its page as it was before.
    setup: (String, browser::Page),
}

impl Scene {
    async fn set(database: Database) -> Self {
        let peer = Peer::start().await;
        let canary = Canary::start().await;
        let twin = Canary::start_at(SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), peer.port()))).await;
        let allowed = format!("[\"127.0.0.1/32:{}\"]", peer.port());
        let alpha =
            Instance::builder("alpha").below("example").database(database).config("net.allow", &allowed);
        let alpha = alpha.start().await;
        let browser = Browser::new(&alpha.base());
        let setup = doors::set_up(&alpha, &browser).await;
        let oauth = doors::OAuth::spend(&alpha, &browser).await;

        let alice = alpha.person("alice").await;
        let post = alice.say("a post of Alice's").await["uri"].as_str().expect("uri").to_owned();
        let bob = peer.actor("bob");
        let trudy = peer.actor_with_key("remote.localhost", "trudy", Arc::new(Key::generate()));
        let mallory = peer.actor_with_key("elsewhere.localhost", "mallory", Arc::new(Key::generate()));
        let stranger = peer.actor_at("elsewhere.localhost", "stranger");
        for actor in [&bob, &trudy, &mallory] {
            let answer = peer.tell(actor, &alice.actor(), &peer.follow(actor, &alice.actor())).await;
            assert!(answer.status < 300, "{answer:?}");
        }
        alice.follow(&bob.handle()).await;
        let follow = peer.wait_for("a Follow", |request| request.is("Follow")).await;
        let accepted = peer.tell(&bob, &alice.actor(), &peer.accept(&bob, &follow.json())).await;
        assert!(accepted.status < 300, "{accepted:?}");
        let scene = Self {
            alpha,
            peer,
            canary,
            twin,
            alice,
            bob,
            trudy,
            mallory,
            stranger,
            post,
            oauth,
            browser,
            setup,
        };
        scene.settled().await;
        scene
    }

    /// Waits until nothing is on its way any more.
    async fn settled(&self) {
        wait::until("all deliveries to be made", wait::PATIENCE, async || {
            let sent = self.peer.count(|request| request.is("Accept")) == 3;
            (sent && self.alpha.count("deliveries").await == 0).then_some(())
        })
        .await;
        let mut last = self.rows(&[]).await;
        wait::until("the database to be quiet", wait::PATIENCE, async || {
            let now = self.rows(&[]).await;
            (std::mem::replace(&mut last, now.clone()) == now).then_some(())
        })
        .await;
    }

    /// Everything but the named tables.
    async fn rows(&self, except: &[&str]) -> rows::Snapshot {
        self.alpha.rows(&[except, &[UPKEEP]].concat()).await
    }

    async fn connections(&self) -> usize {
        self.canary.connections().await + self.twin.connections().await
    }

    /// Delivers to Alice's inbox.
    async fn tell(&self, actor: &Actor, activity: &serde_json::Value, options: &SignOptions) -> Seen {
        self.peer.deliver(actor, &self.inbox(), activity, options).await.into()
    }

    fn inbox(&self) -> String {
        format!("{}/inbox", self.alice.actor())
    }
}

async fn run(database: Database) {
    let scene = Scene::set(database).await;
    let cases: Vec<Case> = inbox::cases().into_iter().chain(doors::cases()).collect();
    let mut wrong = Vec::new();
    for case in &cases {
        let before = scene.rows(case.touches).await;
        let seen = (case.send)(&scene).await;
        let mut faults: Vec<String> = case.expected.check(&seen).err().into_iter().collect();
        faults.extend(rows::differences(&before, &scene.rows(case.touches).await));
        let connections = scene.connections().await;
        if connections > 0 {
            faults.push(format!("{connections} connections at the canaries so far"));
        }
        let shown: String = seen.body.replace('\n', " ").chars().take(90).collect();
        println!(
            "{:<58} {}  {}",
            case.name,
            seen.status,
            if seen.content_type.contains("html") { "a page" } else { &shown }
        );
        if !faults.is_empty() {
            wrong.push(format!("{}: {}\n    {} {shown}", case.name, faults.join("; "), seen.status));
        }
    }
    scene.canary.assert_untouched().await;
    scene.twin.assert_untouched().await;
    assert!(wrong.is_empty(), "{} of {} cases:\n  {}", wrong.len(), cases.len(), wrong.join("\n  "));
    // The instance lives, and what is good still comes through.
    let like = scene.peer.like(&scene.bob, &scene.post);
    assert!(scene.tell(&scene.bob, &like, &SignOptions::default()).await.status < 300);
    scene.alice.sees_notification("favourite", &scene.bob.handle()).await;
}
