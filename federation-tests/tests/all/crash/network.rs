//! The network fails while the process dies: requests that are refused, cut in the middle, answered into the void, put
//! off, late. What was acknowledged is there, once; what was not is said again until it is.

use super::{RECOVERY, all_is_sent, moment, name, seeds};
use futures::StreamExt as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tintype_testkit::{Database, Flaky, Instance, Person, wait};

/// Posts of a round.
const POSTS: usize = 30;
/// Requests of a round to each instance that may fail. Few, because a host that fails again and again is left alone for
/// longer and longer.
const STORM: usize = 20;
/// The same for an app, which does not lose patience.
const STORM_OF_AN_APP: usize = 60;
/// An app's requests on their way at once.
const AT_ONCE: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn between_instances_on_sqlite() {
    between(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn between_instances_on_postgres() {
    between(Database::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_app_on_sqlite() {
    from_an_app(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_app_on_postgres() {
    from_an_app(Database::Postgres).await;
}

/// An instance behind a proxy.
struct Place {
    instance: Arc<Instance>,
    network: Flaky,
}

impl Place {
    async fn start(name: &str, database: Database, path: &'static str) -> Self {
        let network = Flaky::start(path).await;
        let instance = Instance::builder(name).database(database).behind(&network);
        // A storm of many seeds is a crowd of one.
        let instance = ["notifications_by_stranger", "notifications_by_strangers"]
            .into_iter()
            .fold(instance, |it, key| it.config(&format!("federation.limits.{key}"), "1000000"));
        let instance = instance.config("federation.first_retry_seconds", "1").start().await;
        Self { instance: Arc::new(instance), network }
    }

    /// The seed's faults begin; at the request of this number the process is killed.
    fn storm(&self, seed: u64, requests: usize, kill_at: usize) {
        let instance = Arc::clone(&self.instance);
        self.network.storm(seed, requests);
        self.network.at(kill_at, move || instance.kill9());
    }

    /// Starts it again if it was killed.
    async fn revive(&self) -> bool {
        let dead = self.instance.pid().is_none();
        if dead {
            self.instance.start().await;
        }
        dead
    }
}

/// alice posts and names bob, who likes what he sees. Both of their instances are killed.
async fn between(database: Database) {
    let alpha = Place::start("alpha", database, "/inbox").await;
    let beta = Place::start("beta", database, "/inbox").await;
    let (alice, bob) = (alpha.instance.person("alice").await, beta.instance.person("bob").await);
    bob.follow(&alice.handle()).await;
    alice.sees_notification("follow", &bob.handle()).await;
    for seed in seeds() {
        beta.storm(seed, STORM, moment(seed, STORM));
        alpha.storm(seed + 1000, STORM, moment(seed + 1, STORM));
        let text = |number| format!("@{} round {seed}, post {number}.", bob.handle());
        let mut posted: BTreeMap<String, String> = BTreeMap::new();
        for number in 0..POSTS {
            let post = until_answered(&alpha, &alice, "/api/v1/statuses", &text(number)).await;
            posted.insert(uri(&post), id(&post));
        }
        assert_eq!(posted.len(), POSTS);
        let mut liked: BTreeMap<String, usize> = BTreeMap::new();
        let mut kills = 0;
        wait::until("all posts to be there and all likes to be back", RECOVERY, async || {
            for place in [&alpha, &beta] {
                kills += usize::from(place.revive().await);
            }
            let home = list(&bob, "/api/v1/timelines/home?limit=40").await?;
            for post in home.iter().filter(|post| posted.contains_key(&uri(post))) {
                if !liked.contains_key(&uri(post)) {
                    until_answered(&beta, &bob, &format!("/api/v1/statuses/{}/favourite", id(post)), "")
                        .await;
                }
                *liked.entry(uri(post)).or_default() += 1;
            }
            let mut back = 0;
            for id in posted.values() {
                let path = format!("/api/v1/statuses/{id}");
                let answer = alice.request("GET".parse().expect("a method"), &path).try_send().await.ok()?;
                back += usize::from(answer.ok()["favourites_count"] == 1);
            }
            (back == POSTS && liked.len() == POSTS).then_some(())
        })
        .await;
        for place in [&alpha, &beta] {
            kills += usize::from(place.revive().await);
            all_is_sent(&place.instance).await;
        }
        let home = bob.home().await;
        let mentions = told(&bob, "mention").await;
        let likes = told(&alice, "favourite").await;
        let mut doubled = 0;
        for (uri_of_it, id_of_it) in &posted {
            let shown = home.iter().filter(|post| uri(post) == *uri_of_it).count();
            let of = |all: &[Value], key: &str, wanted: &str| {
                all.iter().filter(|told| told["status"][key] == wanted).count()
            };
            let counts = [shown, of(&mentions, "uri", uri_of_it), of(&likes, "id", id_of_it)];
            assert!(counts.iter().all(|count| *count > 0), "{uri_of_it} was lost: {counts:?}");
            doubled += usize::from(counts.iter().any(|count| *count > 1));
        }
        let ((to_beta, lost_to_beta), (to_alpha, lost_to_alpha)) =
            (beta.network.seen(), alpha.network.seen());
        println!(
            "{} seed {seed}: {POSTS} posts and likes, {to_beta} requests there with {lost_to_beta} faults, {to_alpha} \
             back with {lost_to_alpha}, {kills} kills, {doubled} doubled, 0 lost",
            name(database)
        );
        assert_eq!((doubled, kills), (0, 2));
        assert!(lost_to_beta > 0 && lost_to_alpha > 0, "a calm storm");
    }
}

/// An app posts and repeats what was not answered.
async fn from_an_app(database: Database) {
    let alpha = Place::start("alpha", database, "/statuses").await;
    for seed in seeds() {
        let alice = alpha.instance.person(&format!("alice{seed}")).await;
        alpha.storm(seed, STORM_OF_AN_APP, moment(seed, POSTS));
        let texts: Vec<String> = (0..POSTS).map(|number| format!("round {seed}, post {number}.")).collect();
        let answered: BTreeMap<String, String> = futures::stream::iter(&texts)
            .map(async |text| {
                (text.clone(), id(&until_answered(&alpha, &alice, "/api/v1/statuses", text).await))
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for status in alice.account_statuses(&alice.id).await {
            let text = status["content"].as_str().expect("content");
            let text = text.trim_start_matches("<p>").trim_end_matches("</p>").to_owned();
            found.entry(text).or_default().push(id(&status));
        }
        let (seen, faults) = alpha.network.seen();
        println!(
            "{} seed {seed}: {POSTS} posts by {seen} requests with {faults} faults and a kill, {} there",
            name(database),
            found.len()
        );
        let once: BTreeMap<String, Vec<String>> =
            answered.into_iter().map(|(text, id)| (text, vec![id])).collect();
        assert_eq!(found, once, "each post once, as it was answered");
        assert_eq!(alice.account(&alice.id).await["statuses_count"], POSTS);
        assert!(faults > 0 && seen > POSTS, "a calm storm");
    }
}

/// A POST, repeated under its key until it is answered with a 2xx; the instance is started again if need be.
async fn until_answered(place: &Place, person: &Person, path: &str, text: &str) -> Value {
    wait::until(&format!("an answer to {text}"), RECOVERY, async || {
        let request = person.request("POST".parse().expect("a method"), path);
        let request = request.header("idempotency-key", text).json(&json!({"status": text}));
        match request.try_send().await {
            Ok(answer) if answer.status == 503 => None,
            Ok(answer) => Some(answer.ok()),
            Err(_) => {
                let _one_at_a_time = REVIVING.lock().await;
                place.revive().await;
                None
            }
        }
    })
    .await
}

/// Two who find a process dead must not start it twice.
static REVIVING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A list, or nothing while nobody answers.
async fn list(person: &Person, path: &str) -> Option<Vec<Value>> {
    let answer = person.request("GET".parse().expect("a method"), path).try_send().await.ok()?;
    answer.ok().as_array().cloned()
}

/// Notifications of a kind.
async fn told(person: &Person, kind: &str) -> Vec<Value> {
    let all = person.all("/api/v1/notifications?limit=80").await;
    all.into_iter().filter(|told| told["type"] == kind).collect()
}

fn id(status: &Value) -> String {
    status["id"].as_str().expect("id").to_owned()
}

fn uri(status: &Value) -> String {
    status["uri"].as_str().expect("uri").to_owned()
}
