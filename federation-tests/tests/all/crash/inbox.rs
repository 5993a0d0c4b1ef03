//! Others flood the shared inbox; the process dies while it answers them.

use super::{RECOVERY, all_is_sent, moment, name, seeds};
use futures::StreamExt as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use tintype_testkit::peer::{Actor, SignOptions};
use tintype_testkit::{Database, Flaky, Instance, Peer, Person, wait};

const AUTHORS: usize = 4;
const POSTS: usize = 60;
const LIKES: usize = 80;
const FOLLOWS: usize = 80;
const ALL: usize = POSTS + LIKES + FOLLOWS;
/// Deliveries on their way at once.
const AT_ONCE: usize = 24;

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    run(Database::Sqlite, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    run(Database::Postgres, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_through_a_failing_network() {
    run(Database::Sqlite, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_through_a_failing_network() {
    run(Database::Postgres, true).await;
}

/// One activity of the flood.
struct Sent {
    sender: Actor,
    activity: Value,
    effect: Effect,
}

/// By what one sees through the client API that an activity was applied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    /// The post with this uri is at home.
    Post(String),
    /// The person with this `acct` likes the target's post.
    Like(String),
    /// The person with this `acct` follows the target.
    Follow(String),
}

/// How often each effect is seen.
type Seen = BTreeMap<Effect, usize>;

async fn run(database: Database, failing: bool) {
    let network = Flaky::start("/inbox").await;
    let alpha = Instance::builder("alpha").database(database).behind(&network).start().await;
    let peer = Peer::start().await;
    let reader = alpha.person("reader").await;
    let mut authors = Vec::new();
    for number in 0..AUTHORS {
        let author = peer.actor_at(&format!("a{number}.localhost"), "author");
        reader.follow(&author.handle()).await;
        let follow = peer
            .wait_for("a Follow", |request| request.is("Follow") && request.json()["object"] == author.id);
        let accept = peer.accept(&author, &follow.await.json());
        assert!(peer.tell(&author, &reader.actor(), &accept).await.status < 300);
        authors.push(author);
    }
    for seed in seeds() {
        // All that may be sent before the kill, and half of what is said again.
        network.storm(seed, if failing { ALL + ALL / 2 } else { 0 });
        // Then, not all are answered the first time.
        let kill_at = moment(seed, if failing { ALL / 2 } else { ALL });
        round(database, seed, kill_at, &alpha, &peer, &reader, &authors).await;
        let (seen, faults) = network.seen();
        println!("  through {faults} faults of the network in {seen} requests");
        assert_eq!(faults > 0, failing);
    }
}

async fn round(
    database: Database,
    seed: u64,
    kill_at: usize,
    alpha: &Instance,
    peer: &Peer,
    reader: &Person,
    authors: &[Actor],
) {
    let target = alpha.person(&format!("target{seed}")).await;
    let liked = target.say("like me").await;
    let flood = flood(seed, peer, authors, &target, liked["uri"].as_str().expect("uri"));
    let place = Place { alpha, reader, target: &target, liked: liked["id"].as_str().expect("id") };

    let answered = AtomicUsize::new(0);
    let acknowledged: Vec<&Sent> = deliver(peer, alpha, &flood, || {
        if answered.fetch_add(1, Ordering::SeqCst) + 1 == kill_at {
            alpha.kill9();
        }
    })
    .await;
    assert!(alpha.pid().is_none(), "only {} of {ALL} were answered with 2xx", acknowledged.len());
    alpha.start().await;

    let mut seen = Seen::new();
    let applied = wait::try_until(RECOVERY, async || {
        seen = place.look().await;
        acknowledged.iter().all(|sent| seen.contains_key(&sent.effect)).then_some(())
    })
    .await;
    let missing: Vec<&Effect> =
        acknowledged.iter().map(|sent| &sent.effect).filter(|effect| !seen.contains_key(effect)).collect();
    assert!(applied.is_some(), "{} acknowledged and lost: {missing:?}", missing.len());
    let doubled = seen.values().filter(|times| **times > 1).count();
    let after_the_restart = seen.len();

    // As senders do, until each has its 2xx.
    let mut again = flood.iter().collect::<Vec<&Sent>>();
    wait::until("a 2xx for each", RECOVERY, async || {
        let done: BTreeSet<Effect> = deliver(peer, alpha, again.iter().copied(), || ())
            .await
            .iter()
            .map(|sent| sent.effect.clone())
            .collect();
        again.retain(|sent| !done.contains(&sent.effect));
        again.is_empty().then_some(())
    })
    .await;
    wait::until("everything to be applied", RECOVERY, async || {
        seen = place.look().await;
        (seen.len() == ALL).then_some(())
    })
    .await;
    let doubled = doubled + seen.values().filter(|times| **times > 1).count();
    println!(
        "{} seed {seed}: {} of {ALL} acknowledged at the kill, {after_the_restart} applied after the restart, \
         {} after all were sent again, {doubled} doubled, {} lost",
        name(database),
        acknowledged.len(),
        seen.len(),
        missing.len(),
    );
    assert_eq!(doubled, 0, "{:?}", seen.iter().filter(|(_, times)| **times > 1).collect::<Vec<_>>());
    place.agrees_on_counts().await;

    // An applied Follow owes an Accept, and a crash does not forgive it.
    all_is_sent(alpha).await;
    let accepted: BTreeSet<String> = peer
        .received()
        .iter()
        .filter(|request| request.is("Accept") && request.json()["actor"] == target.actor())
        .map(|request| request.json()["object"]["actor"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(accepted.len(), FOLLOWS, "an Accept for every Follow");
}

/// What is sent in one round, mixed. Most senders are new: their keys are fetched on the way.
fn flood(seed: u64, peer: &Peer, authors: &[Actor], target: &Person, liked: &str) -> Vec<Sent> {
    let posts = (0..POSTS).map(|number| {
        let author = &authors[number % authors.len()];
        let note = peer.note(author, &format!("<p>round {seed}, post {number}</p>"));
        let effect = Effect::Post(note["id"].as_str().expect("id").to_owned());
        Sent { sender: author.clone(), activity: peer.create(author, &note), effect }
    });
    let fresh = |kind: &str, number: usize| {
        peer.actor_at(&format!("s{:02}.localhost", number % 20), &format!("{kind}{seed}x{number}"))
    };
    let likes = (0..LIKES).map(|number| {
        let sender = fresh("liker", number);
        let effect = Effect::Like(sender.handle());
        Sent { activity: peer.like(&sender, liked), sender, effect }
    });
    let follows = (0..FOLLOWS).map(|number| {
        let sender = fresh("follower", number);
        let effect = Effect::Follow(sender.handle());
        Sent { activity: peer.follow(&sender, &target.actor()), sender, effect }
    });
    let mut all: Vec<(usize, Sent)> = posts.enumerate().collect();
    all.extend(likes.enumerate());
    all.extend(follows.enumerate());
    // One of each kind after the other.
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, sent)| sent).collect()
}

/// Sends them to the shared inbox, many at once: those that were answered with a 2xx.
async fn deliver<'a>(
    peer: &Peer,
    alpha: &Instance,
    flood: impl IntoIterator<Item = &'a Sent>,
    on_2xx: impl Fn(),
) -> Vec<&'a Sent> {
    let (inbox, on_2xx) = (alpha.url("/inbox"), &on_2xx);
    let outcomes: Vec<Option<&Sent>> = futures::stream::iter(flood)
        .map(async |sent| {
            let options = SignOptions::default();
            let answer = peer.try_deliver(&sent.sender, &inbox, &sent.activity, &options).await.ok()?;
            // An overloaded instance may ask for patience; nothing else is an answer to a good activity.
            assert!(answer.status == 503 || (200..300).contains(&answer.status), "{answer:?}");
            (answer.status < 300).then(|| {
                on_2xx();
                sent
            })
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    outcomes.into_iter().flatten().collect()
}

/// Where to look.
struct Place<'a> {
    alpha: &'a Instance,
    reader: &'a Person,
    target: &'a Person,
    liked: &'a str,
}

impl Place<'_> {
    /// What the client API shows of this round. A notification that was made twice is seen twice, too.
    async fn look(&self) -> Seen {
        let uri = |entry: &Value| entry["uri"].as_str().expect("uri").to_owned();
        let acct = |entry: &Value| entry["acct"].as_str().expect("acct").to_owned();
        let round = format!("{}, post ", self.round());
        let home = self.reader.all("/api/v1/timelines/home?limit=40").await;
        let ours =
            home.iter().filter(|post| post["content"].as_str().is_some_and(|html| html.contains(&round)));
        let posts = ours.map(|post| Effect::Post(uri(post)));
        let likers =
            self.reader.all(&format!("/api/v1/statuses/{}/favourited_by?limit=80", self.liked)).await;
        let followers =
            self.reader.all(&format!("/api/v1/accounts/{}/followers?limit=80", self.target.id)).await;
        let mut seen = Seen::new();
        for effect in posts
            .chain(likers.iter().map(|account| Effect::Like(acct(account))))
            .chain(followers.iter().map(|account| Effect::Follow(acct(account))))
        {
            *seen.entry(effect).or_default() += 1;
        }
        let mut told = Seen::new();
        for notification in self.target.all("/api/v1/notifications?limit=80").await {
            let who = acct(&notification["account"]);
            let effect = match notification["type"].as_str() {
                Some("favourite") => Effect::Like(who),
                Some("follow") => Effect::Follow(who),
                _ => panic!("an unexpected notification: {notification}"),
            };
            *told.entry(effect).or_default() += 1;
        }
        for (effect, times) in told {
            let times_seen = seen.entry(effect).or_default();
            *times_seen = times.max(*times_seen);
        }
        seen
    }

    /// What stands in this round's posts: `round 3`.
    fn round(&self) -> String {
        format!("round {}", self.target.username.trim_start_matches("target"))
    }

    /// The counters say what the lists say.
    async fn agrees_on_counts(&self) {
        let status = self.reader.status(self.liked).await;
        assert_eq!(status["favourites_count"], json!(LIKES), "on {}", self.alpha.base());
        let account = self.reader.account(&self.target.id).await;
        assert_eq!(account["followers_count"], json!(FOLLOWS), "on {}", self.alpha.base());
        let notifications = self.target.all("/api/v1/notifications?limit=80").await;
        assert_eq!(notifications.len(), LIKES + FOLLOWS, "one notification for each");
    }
}
