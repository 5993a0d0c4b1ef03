//! Threats of the category `queue`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tintype_testkit::peer::{Actor, Reply};
use tintype_testkit::{Database, wait};

use super::stage::Stage;

fn id(entity: &Value) -> &str {
    entity["id"].as_str().expect("an id")
}

impl Stage {
    /// Actors who follow Alice, one on each of these hosts.
    async fn followers_on(&self, hosts: &[String]) -> Vec<Actor> {
        let actors: Vec<Actor> = hosts.iter().map(|host| self.peer.actor_at(host, "follower")).collect();
        for some in actors.chunks(16) {
            join_all(some.iter().map(|actor| self.is_followed_by(actor))).await;
        }
        self.settled().await;
        actors
    }

    /// Of the delivery to a host that waits or was given up: `state attempts seconds-until-the-next reason`.
    async fn delivery_to(&self, host: &str) -> Option<(String, i64, i64, String)> {
        let columns =
            "state || ' ' || attempts || ' ' || (next_at / 1000) || ' ' || coalesce(last_error, '')";
        let row =
            self.select(&format!("SELECT {columns} FROM deliveries WHERE host = '{host}'")).await.pop()?;
        let mut parts = row.splitn(4, ' ');
        let mut next = || parts.next().unwrap_or_default().to_owned();
        let (state, attempts, at, reason) = (next(), next(), next(), next());
        Some((state, attempts.parse().unwrap(), at.parse::<i64>().unwrap() - self.unix(0), reason))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t047_poison() {
    let stage = Arc::new(Stage::set().await);
    let Stage { alpha, peer, bob, alice, .. } = &*stage;
    // What can't be read, in every queue there is, in front of everything else.
    let mut database = SqliteConnection::connect(alpha.database_url()).await.unwrap();
    for (number, queue) in ["ingest", "deliver", "read"].iter().enumerate() {
        for (form, payload) in ["{}", "[]", "{\"received\": \"x\", \"host\": 7}", "null"].iter().enumerate() {
            let name = format!("poison-{number}-{form}");
            let insert = format!(
                "INSERT INTO jobs (id, queue, lane, name, payload, state, run_at, created_at) \
                 VALUES ({}, '{queue}', '{name}', '{name}', '{payload}', 'ready', 0, 0)",
                number * 10 + form,
            );
            sqlx::query(AssertSqlSafe(insert)).execute(&mut database).await.unwrap();
        }
    }
    drop(database);
    // And work that never ends by itself: a parent and a boost at a server that answers never.
    peer.script(|request| request.path.starts_with("/hangs").then(Reply::never));
    for number in 0..4 {
        let boost = peer.announce(bob, &peer.url(&format!("/hangs/{number}")));
        assert_eq!(stage.tell(bob, &boost).await.status, 202);
    }
    let began = Instant::now();
    let good = peer.note(&stage.trudy, "<p>wanted</p>");
    assert_eq!(stage.tell(bob, &peer.announce(bob, id(&good))).await.status, 202);
    alice.sees_at_home(id(&good)).await;
    let post = alice.say("goes out").await;
    peer.wait_for("the post", |request| {
        request.is("Create") && request.json()["object"]["id"] == post["uri"]
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(10), "others waited {:?}", began.elapsed());
    wait::until("what can't be read to be dead, with a reason", wait::PATIENCE, async || {
        let dead = "SELECT name || last_error FROM jobs WHERE name LIKE 'poison%' AND state = 'dead' AND length(last_error) > 3";
        let left = "SELECT name FROM jobs WHERE name LIKE 'poison%' AND state <> 'dead' AND queue = 'ingest'";
        let (dead, left) = (stage.select(dead).await, stage.select(left).await);
        (dead.len() >= 4 && left.is_empty()).then_some(())
    })
    .await;
    let listed = alpha.cli(&["jobs", "list", "--state", "dead", "--json"]).await;
    assert!(listed.to_string().contains("poison"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn t047_what_kills_the_process() {
    let stage = Arc::new(Stage::set().await);
    // Whoever fetches that, dies.
    let deaths = Arc::new(Mutex::new(0));
    let (killer, count) = (Arc::clone(&stage), Arc::clone(&deaths));
    stage.peer.script(move |request| {
        (request.path == "/kills").then(|| {
            *count.lock().unwrap() += 1;
            killer.alpha.kill9();
            Reply::status(500)
        })
    });
    let Stage { alpha, peer, bob, alice, .. } = &*stage;
    let boost = peer.announce(bob, &peer.url("/kills"));
    // It may die before the answer is out.
    let _ =
        peer.try_deliver(bob, &stage.inbox(), &boost, &tintype_testkit::peer::SignOptions::default()).await;
    for _ in 0..12 {
        let died =
            wait::try_until(Duration::from_secs(6), async || alpha.pid().is_none().then_some(())).await;
        if died.is_none() {
            break;
        }
        alpha.start().await;
    }
    let deaths = *deaths.lock().unwrap();
    assert!((1..=6).contains(&deaths), "it killed {deaths} times");
    let dead = alpha.cli(&["jobs", "list", "--state", "dead", "--json"]).await;
    let reason = dead["jobs"][0]["last_error"].as_str().unwrap_or_default();
    assert!(!reason.is_empty(), "a dead letter with a reason: {dead}");
    let good = peer.note(&stage.trudy, "<p>wanted</p>");
    assert_eq!(stage.tell(bob, &peer.announce(bob, id(&good))).await.status, 202);
    alice.sees_at_home(id(&good)).await;
    assert!(alpha.pid().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn t048_dead_hosts_hold_nobody_up() {
    let stage = Stage::with(Database::Sqlite, |builder| builder).await;
    let Stage { peer, alice, .. } = &stage;
    let names =
        |kind: &str, count: usize| (0..count).map(|n| format!("{kind}{n}.localhost")).collect::<Vec<_>>();
    let (dead, healthy) = (names("dead", 150), names("healthy", 20));
    stage.followers_on(&dead).await;
    let alive = stage.followers_on(&healthy).await;
    let arrived: Arc<Mutex<BTreeMap<String, Instant>>> = Arc::default();
    let record = Arc::clone(&arrived);
    peer.script(move |request| {
        let is_create = request.method == "POST" && request.is("Create");
        if is_create && request.host.starts_with("healthy") {
            record
                .lock()
                .unwrap()
                .entry(format!("{} {}", request.host, request.json()["object"]["content"]))
                .or_insert_with(Instant::now);
        }
        (request.method == "POST" && request.host.starts_with("dead")).then(Reply::never)
    });
    let mut waits = Vec::new();
    for number in 0..4 {
        let began = Instant::now();
        let text = format!("number {number}");
        alice.say(&text).await;
        wait::until(&format!("{text} on all healthy hosts"), wait::PATIENCE, async || {
            let arrived = arrived.lock().unwrap();
            (arrived.keys().filter(|key| key.contains(&text)).count() == alive.len()).then_some(())
        })
        .await;
        let arrived = arrived.lock().unwrap();
        waits.extend(arrived.iter().filter(|(key, _)| key.contains(&text)).map(|(_, at)| *at - began));
    }
    waits.sort_unstable();
    let p95 = waits[waits.len() * 95 / 100];
    println!("95th percentile {p95:?}, longest {:?}", waits.last());
    assert!(p95 < Duration::from_secs(5), "95th percentile {p95:?}, longest {:?}", waits.last());
    // A dead one is not asked by more than a few at once, and left alone after some failures.
    let knocks = peer.count(|request| request.host.starts_with("dead0."));
    assert!(knocks <= 12, "{knocks} requests to one dead host");
}

#[tokio::test]
async fn t118_who_can_send_and_not_receive() {
    let stage =
        Stage::with(Database::Sqlite, |builder| builder.config("federation.first_retry_seconds", "1")).await;
    let Stage { peer, alice, .. } = &stage;
    let hosts = vec!["deaf.localhost".to_owned(), "gone.localhost".to_owned()];
    let followers = stage.followers_on(&hosts).await;
    let (deaf, gone) = (&followers[0], &followers[1]);
    let hears = Arc::new(Mutex::new(false));
    let (now_hears, port) = (Arc::clone(&hears), peer.port());
    peer.withdraw(&gone.id);
    peer.serve(&gone.id, Reply::status(410));
    peer.script(move |request| {
        let posted =
            |host: &str| request.method == "POST" && request.host == format!("{host}.localhost:{port}");
        if posted("deaf") && !*now_hears.lock().unwrap() {
            return Some(Reply::status(500));
        }
        posted("gone").then(|| Reply::status(410))
    });
    let state = async |host: &str| {
        let row = format!("SELECT failures || '' FROM hosts WHERE host = '{host}:{port}'");
        stage.select(&row).await.pop().and_then(|text| text.parse::<i64>().ok())
    };
    let post = alice.say("do you hear me").await;
    wait::until("failures to be counted", wait::PATIENCE, async || {
        state("deaf.localhost").await.filter(|n| *n >= 3)
    })
    .await;
    // What they say themselves is heard, and changes nothing of that.
    for number in 0..10 {
        let before = state("deaf.localhost").await.unwrap();
        let like = if number == 0 {
            peer.like(deaf, post["uri"].as_str().unwrap())
        } else {
            peer.follow(deaf, &alice.actor())
        };
        assert_eq!(stage.tell(deaf, &like).await.status, 202);
        let after = state("deaf.localhost").await.unwrap();
        assert!(after >= before, "{before} failures, then {after}");
    }
    let knocks = peer.count(|request| request.method == "POST" && request.host.starts_with("deaf."));
    assert!(knocks <= 30, "{knocks} deliveries to who can't receive, for ten words of theirs");
    // Strangers make no record by what they send.
    let records = stage.alpha.count("hosts").await;
    for number in 0..30 {
        let stranger = peer.actor_at(&format!("s{number}.localhost"), "stranger");
        let like = peer.like(&stranger, post["uri"].as_str().unwrap());
        assert_eq!(stage.tell(&stranger, &like).await.status, 202);
    }
    assert_eq!(stage.alpha.count("hosts").await, records, "one record for each host that we deliver to");
    // Who is gone is asked once more, and then left alone.
    wait::until("the delivery to who is gone to end", wait::PATIENCE, async || {
        let waiting =
            format!("SELECT 'x' FROM deliveries WHERE host = 'gone.localhost:{port}' AND state = 'pending'");
        stage.select(&waiting).await.is_empty().then_some(())
    })
    .await;
    assert!(peer.count(|request| request.method == "GET" && request.host.starts_with("gone.")) >= 1);
    // When they hear again, they are told what they missed, without anybody's help.
    *hears.lock().unwrap() = true;
    peer.wait_for("what was missed", |request| {
        request.host.starts_with("deaf.")
            && request.is("Create")
            && request.json()["object"]["id"] == post["uri"]
    })
    .await;
    wait::until("the failures to be forgotten", wait::PATIENCE, async || {
        (state("deaf.localhost").await.unwrap_or_default() == 0).then_some(())
    })
    .await;
}

/// What a host answers, and within which seconds it is tried again, if it is.
type Case = (&'static str, Reply, Option<(i64, i64)>);

#[tokio::test]
async fn t119_what_is_tried_again() {
    let stage = Stage::set().await;
    let Stage { peer, alice, .. } = &stage;
    let hour = 60 * 60;
    let reply = |status: u16| Reply::status(status);
    let date = stage.now(2 * hour);
    let own = Some((45, 92));
    let cases: Vec<Case> = vec![
        ("408", reply(408), own),
        ("425", reply(425), own),
        ("429", reply(429), own),
        ("429-later", reply(429).header("retry-after", "3600"), Some((hour - 45, hour + hour / 2))),
        ("429-date", reply(429).header("retry-after", &date), Some((2 * hour - 45, 3 * hour))),
        ("429-never", reply(429).header("retry-after", "99999999999"), Some((11 * hour, 18 * hour + 30))),
        ("429-past", reply(429).header("retry-after", "-5"), own),
        ("429-nonsense", reply(429).header("retry-after", "soon"), own),
        ("503-later", reply(503).header("retry-after", "1800"), Some((1755, 1800 * 3 / 2 + 5))),
        ("500", reply(500), own),
        ("502", reply(502), own),
        ("503", reply(503), own),
        ("504", reply(504), own),
        ("301", reply(301).header("location", &peer.url("/inbox")), own),
        ("302", reply(302).header("location", &peer.url("/inbox")), own),
        ("307", reply(307).header("location", &peer.url("/inbox")), own),
        ("308", reply(308).header("location", &peer.url("/inbox")), own),
        ("401", reply(401), own),
        ("403", reply(403), own),
        ("400", reply(400), None),
        ("405", reply(405), None),
        ("406", reply(406), None),
        ("413", reply(413), None),
        ("415", reply(415), None),
        ("422", reply(422), None),
        ("451", reply(451), None),
        ("404", reply(404), None),
        ("410", reply(410), None),
    ];
    let hosts: Vec<String> = cases.iter().map(|(name, _, _)| format!("s{name}.localhost")).collect();
    stage.followers_on(&hosts).await;
    let port = peer.port();
    let replies: BTreeMap<String, Reply> =
        cases.iter().map(|(name, reply, _)| (format!("s{name}.localhost:{port}"), reply.clone())).collect();
    // Each but the first try of one host is good.
    let good: Vec<String> = ["s200", "s202", "s204"].iter().map(|host| format!("{host}.localhost")).collect();
    stage.followers_on(&good).await;
    peer.script(move |request| {
        let status = |status| (request.method == "POST").then(|| Reply::status(status));
        match request.host.split('.').next() {
            Some("s200") => status(200),
            Some("s202") => status(202),
            Some("s204") => status(204),
            _ if request.method == "POST" => replies.get(&request.host).cloned(),
            _ => None,
        }
    });
    let before = peer.received().len();
    alice.say("to all of you").await;
    stage.settled().await;
    let mut tries = stage.variants();
    let mut own_waits = Vec::new();
    for (name, _, expected) in &cases {
        let host = format!("s{name}.localhost:{port}");
        let mut faults = Vec::new();
        match (stage.delivery_to(&host).await, expected) {
            (Some((state, attempts, wait, reason)), Some((least, most))) => {
                if state != "pending" || attempts != 1 || reason.is_empty() {
                    faults.push(format!("{state}, {attempts} attempts, {reason:?}"));
                }
                if wait < *least || wait > *most {
                    faults.push(format!("in {wait} s instead of {least} to {most}"));
                }
                if *expected == own {
                    own_waits.push(wait);
                }
            }
            (Some((state, _, _, reason)), None) => {
                if state != "dead" || reason.is_empty() {
                    faults.push(format!("{state}, {reason:?}"));
                }
            }
            (None, _) => faults.push("no record of it".to_owned()),
        }
        let tried = peer.received()[before..].iter().filter(|r| r.method == "POST" && r.host == host).count();
        if !(1..=2).contains(&tried) {
            faults.push(format!("tried {tried} times at once"));
        }
        tries.judge(name, &faults);
    }
    for host in &good {
        let left = stage.delivery_to(&format!("{host}:{port}")).await;
        tries.judge(host, &left.into_iter().map(|left| format!("{left:?}")).collect::<Vec<_>>());
    }
    tries.done();
    own_waits.sort_unstable();
    let (least, most) = (own_waits[0], own_waits[own_waits.len() - 1]);
    assert!(most > least, "all would be tried again in the same second: {own_waits:?}");
    // Who is said to be gone is asked for before it is given up.
    for host in ["s404", "s410"] {
        let asked = peer.received()[before..]
            .iter()
            .filter(|r| {
                r.method == "GET" && r.host.starts_with(&format!("{host}.")) && r.path == "/users/follower"
            })
            .count();
        assert!(asked >= 1, "{host} is not asked whether its inbox has moved");
    }
    assert_eq!(
        peer.count(|request| request.path == "/inbox"
            && request.host.starts_with("remote")
            && request.index >= before
            && request.is("Create")),
        1,
        "only Bob's server itself"
    );
    let listed = stage.alpha.cli(&["jobs", "list", "--json"]).await;
    let dead = listed["dead_deliveries"].as_array().unwrap();
    assert_eq!(dead.len(), cases.iter().filter(|(_, _, expected)| expected.is_none()).count());
    assert!(dead.iter().all(|dead| dead["last_error"].as_str().is_some_and(|why| !why.is_empty())));
}
