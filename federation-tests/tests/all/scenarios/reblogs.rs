//! Announce, and Undo of Announce.

use super::{Pair, accts, eventually, follows, has, id, is_gone, items, scenarios, seen_by, text, uri};
use serde_json::{Value, json};
use tintype_testkit::{Client, Person};

scenarios!(
    a_reblog_reaches_followers_on_both_sides,
    an_unreblog_takes_it_back,
    a_reblog_brings_an_unknown_post
);

async fn reblogged_by(reader: &Client, status: &str) -> Vec<Value> {
    items(&reader.get(&format!("/api/v1/statuses/{status}/reblogged_by")).await).to_vec()
}

async fn is_counted(reader: &Client, status: &str, count: u64) -> Value {
    let what = format!("{count} reblogs");
    reader.sees_status(status, &what, |status| status["reblogs_count"] == count).await
}

/// The boost in somebody's home.
async fn wrapper_at_home(reader: &Person, post: &str) -> Value {
    let entry = reader.sees_at_home(post).await;
    assert_eq!(text(&entry, "/reblog/uri"), post, "a boost, not the post itself: {entry}");
    entry
}

/// Alice's post, boosted by bob; carol (at home) and cleo (far away) follow bob alone.
struct Boost {
    post: Value,
    there: Value,
    wrapper: Value,
    carol: Person,
    cleo: Person,
}

async fn bob_boosts_a_post(pair: &Pair) -> Boost {
    let Pair { home, far, alice, bob } = pair;
    let (carol, cleo) = futures::join!(home.person("carol"), far.person("cleo"));
    follows(bob, alice).await;
    follows(&carol, bob).await;
    follows(&cleo, bob).await;
    let post = alice.say("pass it on").await;
    let there = bob.sees_at_home(uri(&post)).await;
    let wrapper = bob.reblog(id(&there)).await;
    assert_eq!(wrapper["reblog"]["id"], there["id"]);
    assert_eq!(wrapper["account"]["id"], bob.id);
    assert_ne!(wrapper["id"], there["id"]);
    assert_eq!(wrapper["reblog"]["reblogged"], true);
    Boost { post, there, wrapper, carol, cleo }
}

async fn a_reblog_reaches_followers_on_both_sides(pair: Pair) {
    let Boost { post, there, wrapper, carol, cleo } = bob_boosts_a_post(&pair).await;
    let Pair { alice, bob, .. } = &pair;
    let told = alice.sees_notification("reblog", &bob.handle()).await;
    assert_eq!(told["status"]["id"], post["id"]);
    for (reader, original) in [(&carol, &post), (&cleo, &there)] {
        let entry = wrapper_at_home(reader, uri(&post)).await;
        assert_eq!(entry["uri"], wrapper["uri"]);
        assert_eq!(text(&entry, "/account/acct"), seen_by(reader, bob));
        assert_eq!(text(&entry, "/reblog/account/acct"), seen_by(reader, alice));
        assert_eq!(entry["reblog"]["id"], original["id"]);
        assert_eq!(entry["reblog"]["content"], post["content"]);
    }
    for (reader, status) in [(alice, id(&post)), (bob, id(&there))] {
        is_counted(reader, status, 1).await;
        assert_eq!(accts(&reblogged_by(reader, status).await), [seen_by(reader, bob)]);
    }
    assert_eq!(bob.status(id(&there)).await["reblogged"], true);
    assert_eq!(alice.status(id(&post)).await["reblogged"], false);
    // Twice is once.
    assert_eq!(bob.reblog(id(&there)).await["id"], wrapper["id"]);
    // What is done with a boost is done with what it boosts.
    let entry = wrapper_at_home(&carol, uri(&post)).await;
    let answer = carol.favourite(id(&entry)).await;
    assert_eq!((&answer["id"], &answer["reblog"]["id"]), (&entry["id"], &post["id"]));
    assert_eq!((&answer["favourited"], &answer["reblog"]["favourited"]), (&json!(true), &json!(true)));
    assert_eq!(alice.status(id(&post)).await["favourites_count"], 1);
    // Boosts are in their author's list, unless it is asked for without them, and not in the public timelines.
    let bob_here = text(&told, "/account/id");
    assert!(has(&carol.account_statuses(bob_here).await, uri(&post)));
    let without = carol.get(&format!("/api/v1/accounts/{bob_here}/statuses?exclude_reblogs=true")).await;
    assert_eq!(without, json!([]));
    for reader in [&carol, &cleo] {
        let shown = reader.public_timeline().await;
        assert_eq!(shown.iter().filter(|status| has(std::slice::from_ref(status), uri(&post))).count(), 1);
    }
}

async fn an_unreblog_takes_it_back(pair: Pair) {
    let Boost { post, there, wrapper, carol, cleo } = bob_boosts_a_post(&pair).await;
    let Pair { alice, bob, .. } = &pair;
    alice.sees_notification("reblog", &bob.handle()).await;
    let here = wrapper_at_home(&carol, uri(&post)).await;
    wrapper_at_home(&cleo, uri(&post)).await;
    is_counted(alice, id(&post), 1).await;

    let answer = bob.unreblog(id(&there)).await;
    assert_eq!(answer["id"], there["id"]);
    assert_eq!((&answer["reblogged"], &answer["reblogs_count"]), (&json!(false), &json!(0)));
    is_gone(&carol, id(&here)).await;
    is_gone(bob, id(&wrapper)).await;
    for (reader, status) in [(alice, id(&post)), (bob, id(&there))] {
        is_counted(reader, status, 0).await;
        assert_eq!(reblogged_by(reader, status).await, [] as [Value; 0]);
    }
    for reader in [&carol, &cleo] {
        assert!(!has(&reader.home().await, uri(&post)), "{}", reader.handle());
    }
    assert!(has(&bob.home().await, uri(&post)), "bob follows alice: the post itself stays");
    eventually("the notification is taken back", async || {
        !alice.notifications().await.iter().any(|n| n["type"] == "reblog")
    })
    .await;
    // Once more.
    let again = bob.reblog(id(&there)).await;
    assert_ne!(again["id"], wrapper["id"]);
    assert_eq!(wrapper_at_home(&carol, uri(&post)).await["uri"], again["uri"]);
    is_counted(alice, id(&post), 1).await;
}

async fn a_reblog_brings_an_unknown_post(Pair { home, far, alice, bob }: Pair) {
    // The far side has never heard of anna: it fetches what alice boosts.
    let anna = home.person("anna").await;
    follows(&bob, &alice).await;
    let post = anna.say("nobody far away knows me").await;
    let wrapper = alice.reblog(id(&post)).await;
    anna.sees_notification("reblog", &alice.username).await;
    let entry = wrapper_at_home(&bob, uri(&post)).await;
    assert_eq!(entry["uri"], wrapper["uri"]);
    assert_eq!(entry["reblog"]["content"], post["content"]);
    assert_eq!(text(&entry, "/reblog/account/acct"), anna.handle());
    is_counted(&far.client(), text(&entry, "/reblog/id"), 1).await;
    // From there it is a post like others.
    bob.favourite(id(&entry)).await;
    anna.sees_notification("favourite", &bob.handle()).await;
    // Taking the boost back leaves the post known.
    alice.unreblog(id(&post)).await;
    is_gone(&bob, id(&entry)).await;
    assert_eq!(bob.status(text(&entry, "/reblog/id")).await["reblogs_count"], 0);
}
