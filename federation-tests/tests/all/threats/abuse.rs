//! Threats of the category `abuse`.

use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use tintype_testkit::{Database, peer::Actor, wait};

use super::stage::Stage;

/// People of a domain that are let in within a minute, in this test.
const NEW: usize = 50;
/// Mentions by strangers of a domain within an hour, and as much of the rest, in this test.
const TOLD: usize = 20;

/// What everybody of the wave says.
async fn say(stage: &Stage, actor: &Actor, post: &str) -> Vec<(u16, Option<String>)> {
    let Stage { peer, alice, .. } = stage;
    let note = naming_alice(stage, actor);
    let mut answers = Vec::new();
    for activity in [
        peer.create(actor, &note),
        peer.like(actor, post),
        peer.announce(actor, post),
        peer.follow(actor, &alice.actor()),
    ] {
        let answer = stage.tell(actor, &activity).await;
        answers.push((answer.status, answer.header("retry-after").map(ToOwned::to_owned)));
    }
    answers
}

fn naming_alice(stage: &Stage, actor: &Actor) -> Value {
    let Stage { peer, alice, .. } = stage;
    let mut note = peer.note(actor, "<p>buy now</p>");
    note["tag"] = json!([{"type": "Mention", "href": alice.actor(), "name": format!("@{}", alice.handle())}]);
    note["cc"] = json!([alice.actor()]);
    note
}

#[tokio::test(flavor = "multi_thread")]
async fn t073_waves_of_strangers() {
    let stage = Stage::with(Database::Sqlite, |builder| {
        builder
            .config("federation.limits.new_actors_per_minute", &NEW.to_string())
            .config("federation.limits.notifications_by_strangers", &TOLD.to_string())
            .config("federation.limits.notifications_by_stranger", "5")
    })
    .await;
    let Stage { alpha, peer, alice, bob, .. } = &stage;
    // Alice has a friend on the server of the wave.
    let friend = peer.actor_at("old.spam.localhost", "friend");
    stage.is_followed_by(&friend).await;
    stage.follows(&friend).await;
    let post = alice.say("a post").await;
    let (uri, id) = (post["uri"].as_str().unwrap(), post["id"].as_str().unwrap());
    assert_eq!(stage.tell(bob, &peer.like(bob, uri)).await.status, 202);
    stage.settled().await;
    let known = alpha.count("accounts").await;

    // The wave comes under as many names as it likes.
    let wave: Vec<Actor> = (0..3 * NEW)
        .map(|number| peer.actor_at(&format!("w{}.spam.localhost", number % 10), &format!("puppet{number}")))
        .collect();
    let answers: Vec<_> =
        stream::iter(&wave).map(|actor| say(&stage, actor, uri)).buffer_unordered(16).collect().await;
    stage.settled().await;
    let answers: Vec<_> = answers.into_iter().flatten().collect();
    let heard = |status: u16| answers.iter().filter(|answer| answer.0 == status).count();
    println!("{} taken, {} put off, of {}", heard(202), heard(429), answers.len());
    assert_eq!(heard(202) + heard(429), answers.len(), "{answers:?}");
    assert!(answers.iter().all(|(status, wait)| *status != 429 || wait.as_deref() == Some("60")));
    // A minute may have ended meanwhile, so that another began.
    let grown = alpha.count("accounts").await - known;
    // The friend was one of them.
    assert!((NEW - 1..=2 * NEW).contains(&grown), "{grown} people of the wave are known");

    // Of those who came in Alice is told a little, and of the rest when she asks.
    let by_wave = |told: &[Value]| {
        told.iter().filter(|it| it["account"]["acct"].as_str().unwrap().starts_with("puppet")).count()
    };
    let all = async |query: &str| {
        let pages = alice.pages(&format!("/api/v1/notifications?limit=80{query}")).await;
        by_wave(&pages.concat())
    };
    assert_eq!(all("&types[]=mention").await, TOLD);
    assert_eq!(all("&exclude_types[]=mention").await, TOLD - 1, "she was told of the friend's follow");
    assert_eq!(all("&include_filtered=true").await, heard(202));
    // Nobody alone uses up what all of them may.
    let loud = peer.actor_at("loud.localhost", "loud");
    for _ in 0..TOLD + 5 {
        let word = peer.create(&loud, &naming_alice(&stage, &loud));
        assert_eq!(stage.tell(&loud, &word).await.status, 202);
    }
    let quiet = peer.actor_at("loud.localhost", "quiet");
    let word = peer.create(&quiet, &naming_alice(&stage, &quiet));
    assert_eq!(stage.tell(&quiet, &word).await.status, 202);
    let by = async |name: &str| {
        let pages = alice.pages("/api/v1/notifications?limit=80").await;
        pages.concat().iter().filter(|it| it["account"]["username"] == name).count()
    };
    assert_eq!((by("loud").await, by("quiet").await), (5, 1));
    // What they did counts, and who she follows is heard among them.
    assert!(alice.status(id).await["favourites_count"].as_u64().unwrap() >= NEW as u64 - 1);
    let word = peer.create(&friend, &naming_alice(&stage, &friend));
    assert_eq!(stage.tell(&friend, &word).await.status, 202);
    wait::until("the friend's word", wait::PATIENCE, async || {
        let told = alice.notifications().await;
        told.iter().any(|it| it["type"] == "mention" && it["account"]["username"] == "friend").then_some(())
    })
    .await;
    stage.is_alive().await;

    // Its domain, with all names below it, goes at once with what it did.
    alpha.cli(&["domain", "block", &format!("spam.localhost:{}", peer.port()), "--json"]).await;
    let mut seen = String::new();
    let gone = wait::try_until(wait::PATIENCE, async || {
        let post = alice.status(id).await;
        let me = alice.account(&alice.id).await;
        let left = all("&include_filtered=true").await;
        seen = format!("{post} {} {left}", me["followers_count"]);
        (post["replies_count"] == 0
            && post["favourites_count"] == 1
            && post["reblogs_count"] == 0
            && me["followers_count"] == 3
            && left == 0)
            .then_some(())
    })
    .await;
    assert!(gone.is_some(), "{}", &seen[..seen.len().min(3000)]);
    let late = wave.last().unwrap();
    assert_eq!(stage.tell(late, &peer.like(late, uri)).await.status, 403);
    stage.is_alive().await;
}
