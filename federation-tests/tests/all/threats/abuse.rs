//! Threats of the category `abuse`.

use futures::future::join_all;
use serde_json::json;
use tintype_testkit::wait;

use super::stage::Stage;

/// The part of T073 that exists: a wave is dropped by its domain at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_wave_is_dropped_by_its_domain() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, alice, bob, .. } = &stage;
    let post = alice.say("a post").await;
    let (uri, id) = (post["uri"].as_str().unwrap(), post["id"].as_str().unwrap());
    assert_eq!(stage.tell(bob, &peer.like(bob, uri)).await.status, 202);
    let mention = json!([{"type": "Mention", "href": alice.actor(), "name": format!("@{}", alice.handle())}]);
    let wave: Vec<_> =
        (0..120).map(|number| peer.actor_at("spam.localhost", &format!("puppet{number}"))).collect();
    for some in wave.chunks(24) {
        let told = some.iter().map(async |actor| {
            let mut note = peer.note(actor, "<p>buy now</p>");
            note["tag"] = mention.clone();
            note["cc"] = json!([alice.actor()]);
            for activity in [
                peer.create(actor, &note),
                peer.like(actor, uri),
                peer.announce(actor, uri),
                peer.follow(actor, &alice.actor()),
            ] {
                let status = stage.tell(actor, &activity).await.status;
                assert!([202, 429, 503].contains(&status), "{status}");
            }
        });
        join_all(told).await;
    }
    stage.settled().await;
    assert!(alice.status(id).await["favourites_count"].as_i64().unwrap() > 1);
    alpha.cli(&["domain", "block", &format!("spam.localhost:{}", peer.port()), "--json"]).await;
    let mut seen = String::new();
    let gone = wait::try_until(wait::PATIENCE, async || {
        let post = alice.status(id).await;
        let me = alice.account(&alice.id).await;
        let told = alice.notifications().await;
        let spam = |told: &serde_json::Value| told["account"]["acct"].as_str().unwrap().contains("spam.");
        seen = format!("{post} {} {told:?}", me["followers_count"]);
        (post["replies_count"] == 0 && me["followers_count"] == 3 && !told.iter().any(spam)).then_some(())
    })
    .await;
    assert!(gone.is_some(), "{}", &seen[..seen.len().min(3000)]);
    stage.is_alive().await;
}
