//! Threats of the category `concurrency`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};
use tintype_testkit::peer::{Actor, Key, Reply};
use tintype_testkit::{Database, Instance, wait};

use super::stage::Stage;

async fn first_sight(database: Database) {
    let stage = Stage::with(database, |builder| builder).await;
    let Stage { peer, alice, .. } = &stage;
    let post = alice.say("a post").await;
    let uri = post["uri"].as_str().unwrap();

    // Somebody new says twenty things at once.
    let newcomer = peer.actor_with_key("new.localhost", "newcomer", Arc::new(Key::generate()));
    let mention = |note: &mut Value| {
        note["tag"] =
            json!([{"type": "Mention", "href": alice.actor(), "name": format!("@{}", alice.handle())}]);
        note["cc"] = json!([alice.actor()]);
    };
    let mut said: Vec<Value> = (0..17)
        .map(|number| {
            let mut note = peer.note(&newcomer, &format!("<p>number {number}</p>"));
            mention(&mut note);
            peer.create(&newcomer, &note)
        })
        .collect();
    said.extend([
        peer.like(&newcomer, uri),
        peer.announce(&newcomer, uri),
        peer.follow(&newcomer, &alice.actor()),
    ]);
    let answers = join_all(said.iter().map(|activity| stage.tell(&newcomer, activity))).await;
    assert!(answers.iter().all(|answer| answer.status == 202), "{answers:?}");
    stage.settled().await;
    let asked = peer.count(|request| request.host.starts_with("new.") && request.path == "/users/newcomer");
    assert!(asked <= 2, "asked {asked} times who that is");
    let told = alice.notifications().await;
    let by = |kind: &str| {
        told.iter()
            .filter(|told| told["type"] == kind && told["account"]["acct"] == newcomer.handle())
            .count()
    };
    assert_eq!((by("mention"), by("favourite"), by("reblog"), by("follow")), (17, 1, 1, 1));

    // Twenty new people at once, each with words of their own: nobody is taken for another.
    let many: Vec<Actor> = (0..20)
        .map(|number| {
            peer.actor_with_key(&format!("n{number}.localhost"), "somebody", Arc::new(Key::generate()))
        })
        .collect();
    let notes: Vec<Value> = many
        .iter()
        .enumerate()
        .map(|(number, actor)| {
            let mut note = peer.note(actor, &format!("<p>I am number {number} of many</p>"));
            mention(&mut note);
            note
        })
        .collect();
    let told = many
        .iter()
        .zip(&notes)
        .map(async |(actor, note)| stage.tell(actor, &peer.create(actor, note)).await.status);
    let statuses = join_all(told).await;
    assert!(statuses.iter().all(|status| [202, 503].contains(status)), "{statuses:?}");
    for ((actor, note), status) in many.iter().zip(&notes).zip(statuses) {
        if status == 503 {
            assert_eq!(stage.tell(actor, &peer.create(actor, note)).await.status, 202);
        }
    }
    stage.settled().await;
    for (number, (actor, note)) in many.iter().zip(&notes).enumerate() {
        let seen = alice.find_status(note["id"].as_str().unwrap()).await;
        assert_eq!(seen["account"]["acct"], actor.handle());
        assert!(seen["content"].as_str().unwrap().contains(&format!("number {number} of many")));
    }

    // A post that nobody knows yet, wanted by all ways at once.
    let wanted = peer.note(&newcomer, "<p>wanted</p>");
    let wanted = wanted["id"].as_str().unwrap();
    let searches = (0..10).map(|_| alice.find_status(wanted));
    let boosts: Vec<Value> = (0..5).map(|_| peer.announce(&stage.bob, wanted)).collect();
    let boosts = boosts.iter().map(|boost| stage.tell(&stage.bob, boost));
    let (found, answers) = futures::join!(join_all(searches), join_all(boosts));
    assert!(answers.iter().all(|answer| answer.status == 202));
    assert!(found.windows(2).all(|pair| pair[0]["id"] == pair[1]["id"]), "one post");
}

#[tokio::test(flavor = "multi_thread")]
async fn t097_first_sight_of_many_at_once() {
    first_sight(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t097_first_sight_on_postgres() {
    first_sight(Database::Postgres).await;
}

/// Both show themselves to signed requests only, and neither knows the other yet.
#[tokio::test(flavor = "multi_thread")]
async fn t097_two_strangers_greet_each_other_at_once() {
    let (one, other) = futures::join!(Instance::builder("one").start(), Instance::builder("other").start());
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for number in 0..4 {
        here.push(one.person(&format!("here{number}")).await);
        there.push(other.person(&format!("there{number}")).await);
    }
    let began = Instant::now();
    let crossing = here.iter().zip(&there).map(async |(near, far)| {
        let (near_handle, far_handle) = (near.handle(), far.handle());
        futures::join!(near.follow(&far_handle), far.follow(&near_handle));
    });
    join_all(crossing).await;
    for (near, far) in here.iter().zip(&there) {
        near.sees_notification("follow", &far.handle()).await;
        far.sees_notification("follow", &near.handle()).await;
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(20), "a handshake took {took:?}");
    for (instance, side) in [(&one, "one"), (&other, "other")] {
        let urls = instance.rows(&[]).await;
        assert_eq!(urls["follows"].rows, 8, "{side}");
    }
}

/// Each waits for the other's key before it answers; that ends by itself.
#[tokio::test(flavor = "multi_thread")]
async fn t097_a_server_that_asks_back_first() {
    let stage = Stage::set().await;
    let Stage { peer, alice, .. } = &stage;
    let shy = peer.actor_at("shy.localhost", "shy");
    let host = shy.domain.clone();
    // Shows nothing before it was told who asks, and never finds out.
    peer.script(move |request| {
        let asks = request.host == host && request.path == "/users/shy";
        asks.then(Reply::never)
    });
    let began = Instant::now();
    let follows: Vec<Value> = (0..40).map(|_| peer.follow(&shy, &alice.actor())).collect();
    let told = follows.iter().map(|follow| stage.tell(&shy, follow));
    let (answers, ()) = futures::join!(join_all(told), async {
        // Others are served meanwhile.
        let alone = Instant::now();
        stage.is_alive().await;
        assert!(alone.elapsed() < Duration::from_secs(8), "others waited {:?}", alone.elapsed());
    });
    assert!(answers.iter().all(|answer| answer.status == 503), "{answers:?}");
    assert!(began.elapsed() < Duration::from_secs(30), "bounded: {:?}", began.elapsed());
    let asked = peer.count(|request| request.path == "/users/shy");
    assert!(asked <= 4, "asked {asked} times for one key");
    wait::until("it to be asked no more", wait::PATIENCE, async || {
        (peer.count(|request| request.path == "/users/shy") == asked).then_some(())
    })
    .await;
}
