//! A post goes to 500 followers on 50 hosts, each with an inbox of their own; the process dies on the way.
//!
//! As in life, most followers are on a few large hosts. That also tells deliveries that may come twice from those that
//! may not: all hosts are served at once, so on a small one everything may be on its way at the kill.

use super::{RECOVERY, all_is_sent, moment, name, seeds};
use futures::StreamExt as _;
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use tintype_testkit::peer::{Actor, SignOptions, verify};
use tintype_testkit::{Database, Instance, Peer, Person, wait};

const HOSTS: usize = 50;
const FOLLOWERS: usize = 500;
/// Where the third follower of each host and all after it are.
const LARGE_HOSTS: usize = 10;
/// Deliveries to one host that may have been made without the database knowing: eight are under way at once, and while
/// the results of eight are written down, the next eight are.
const IN_FLIGHT: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    run(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    run(Database::Postgres).await;
}

/// One post on its way.
#[derive(Default)]
struct Round {
    /// Stands in the post of this round and in no other.
    marker: String,
    /// The process dies when so many deliveries were seen.
    kill_at: usize,
    /// Inboxes in the order in which deliveries came.
    arrived: Vec<String>,
}

async fn run(database: Database) {
    let alpha = Arc::new(Instance::builder("alpha").database(database).start().await);
    let peer = Peer::start().await;
    let author = alpha.person("author").await;
    let followers = gather_followers(&alpha, &peer, &author).await;
    let round = Arc::new(Mutex::new(Round::default()));
    watch(&peer, &alpha, &round);
    for seed in seeds() {
        let kill_at = moment(seed, FOLLOWERS);
        let marker = format!("round-{seed}-of-the-crash-test");
        *round.lock().unwrap() = Round { marker: marker.clone(), kill_at, arrived: Vec::new() };
        // The answer may be lost if the process dies at once; the key makes the repetition the same post.
        let publish = || {
            let request = author.request("POST".parse().unwrap(), "/api/v1/statuses");
            request.header("idempotency-key", &marker).json(&json!({"status": marker})).try_send()
        };
        let first = publish().await;
        wait::until("the kill", RECOVERY, async || alpha.pid().is_none().then_some(())).await;
        alpha.start().await;
        let post = publish().await.expect("an answer").ok();
        if let Ok(first) = first {
            assert_eq!(first.ok()["id"], post["id"], "the acknowledged post is the one that is there");
        }
        wait::until("a delivery to every inbox", RECOVERY, async || {
            let arrived: HashSet<String> = round.lock().unwrap().arrived.iter().cloned().collect();
            followers.iter().all(|follower| arrived.contains(&follower.inbox)).then_some(())
        })
        .await;
        all_is_sent(&alpha).await;
        report(database, seed, &round.lock().unwrap(), &followers);
    }
    let sample = peer.wait_for("a delivery", |request| request.is("Create")).await;
    let actor = peer.fetch(&followers[0], &author.actor(), &SignOptions::default()).await.ok();
    verify(&sample, actor["publicKey"]["publicKeyPem"].as_str().expect("a key")).expect("a good signature");
}

/// Follows the author from 500 actors on 50 hosts, over HTTP, and waits until each has its Accept.
async fn gather_followers(alpha: &Instance, peer: &Peer, author: &Person) -> Vec<Actor> {
    let mut followers = Vec::new();
    for number in 0..FOLLOWERS {
        let host = number % if number < 2 * HOSTS { HOSTS } else { LARGE_HOSTS };
        let host = format!("h{host:02}.localhost");
        let mut actor = peer.actor_at(&host, &format!("f{number}"));
        // Without a shared inbox each of them gets a delivery.
        actor.document.as_object_mut().expect("a document").remove("endpoints");
        peer.publish_actor(&actor);
        followers.push(actor);
    }
    let mut answers = futures::stream::iter(&followers)
        .map(async |follower| {
            peer.tell(follower, &author.actor(), &peer.follow(follower, &author.actor())).await
        })
        .buffer_unordered(16);
    while let Some(answer) = answers.next().await {
        assert!((200..300).contains(&answer.status), "{answer:?}");
    }
    drop(answers);
    assert_eq!(author.account(&author.id).await["followers_count"], json!(FOLLOWERS));
    all_is_sent(alpha).await;
    assert_eq!(peer.count(|request| request.is("Accept")), FOLLOWERS);
    followers
}

/// Counts the deliveries of the round's post, and kills the process before the answer to the last one that counts.
fn watch(peer: &Peer, alpha: &Arc<Instance>, round: &Arc<Mutex<Round>>) {
    let (alpha, round) = (Arc::downgrade(alpha), Arc::clone(round));
    peer.script(move |request| {
        let mut round = round.lock().unwrap();
        let is_it = request.is("Create")
            && request.json()["object"]["content"].as_str().is_some_and(|html| html.contains(&round.marker));
        if is_it {
            round.arrived.push(format!("http://{}{}", request.host, request.path));
            if round.arrived.len() == round.kill_at
                && let Some(alpha) = alpha.upgrade()
            {
                alpha.kill9();
            }
        }
        None
    });
}

fn report(database: Database, seed: u64, round: &Round, followers: &[Actor]) {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for inbox in &round.arrived {
        *times.entry(inbox).or_default() += 1;
    }
    let lost = followers.iter().filter(|follower| !times.contains_key(follower.inbox.as_str())).count();
    let doubled = times.values().filter(|times| **times > 1).count();
    println!(
        "{} seed {seed}: {} of {FOLLOWERS} delivered at the kill, {} in all, {doubled} doubled, {lost} lost",
        name(database),
        round.kill_at,
        times.len(),
    );
    assert_eq!((times.len(), lost), (FOLLOWERS, 0), "every inbox, and no other");
    assert!(times.values().all(|times| *times <= 2), "one kill repeats a delivery once: {times:?}");
    let mut by_host: BTreeMap<&str, usize> = BTreeMap::new();
    for (inbox, _) in times.iter().filter(|(_, times)| **times > 1) {
        *by_host.entry(inbox.split(['/', ':']).nth(3).expect("a host")).or_default() += 1;
    }
    assert!(by_host.values().all(|doubled| *doubled <= IN_FLIGHT), "more than was in flight: {by_host:?}");
}
