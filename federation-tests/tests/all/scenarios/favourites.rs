//! Like, and Undo of Like.

use super::{Pair, accts, ask, eventually, follows, id, items, scenarios, seen_by, text, uri};
use serde_json::Value;
use tintype_testkit::{Client, Person};

scenarios!(a_favourite_is_counted_and_told, an_unfavourite_takes_it_back);

async fn favourited_by(reader: &Client, status: &str) -> Vec<Value> {
    items(&reader.get(&format!("/api/v1/statuses/{status}/favourited_by")).await).to_vec()
}

async fn is_counted(reader: &Client, status: &str, count: u64) -> Value {
    let what = format!("{count} favourites");
    reader.sees_status(status, &what, |status| status["favourites_count"] == count).await
}

/// Alice posts, bob favourites it: the post here and there, and what alice was told.
async fn bob_likes_a_post(alice: &Person, bob: &Person) -> (Value, Value, Value) {
    follows(bob, alice).await;
    let post = alice.say("worth a star").await;
    let there = bob.sees_at_home(uri(&post)).await;
    assert_eq!((&there["favourited"], &there["favourites_count"]), (&Value::from(false), &Value::from(0)));
    let answer = bob.favourite(id(&there)).await;
    assert_eq!((&answer["favourited"], &answer["favourites_count"]), (&Value::from(true), &Value::from(1)));
    let told = alice.sees_notification("favourite", &bob.handle()).await;
    (post, there, told)
}

async fn a_favourite_is_counted_and_told(Pair { home, far, alice, bob }: Pair) {
    let (post, there, told) = bob_likes_a_post(&alice, &bob).await;
    assert_eq!(told["status"]["id"], post["id"]);
    assert_eq!(told["status"]["favourites_count"], 1);
    assert_eq!(is_counted(&alice, id(&post), 1).await["favourited"], false, "alice herself did not");
    assert_eq!(is_counted(&bob, id(&there), 1).await["favourited"], true);
    is_counted(&home.client(), id(&post), 1).await;
    is_counted(&far.client(), id(&there), 1).await;
    for (reader, status) in [(&alice, id(&post)), (&bob, id(&there))] {
        assert_eq!(accts(&favourited_by(reader, status).await), [seen_by(reader, &bob)]);
    }
    // Twice is once; others add up.
    assert_eq!(bob.favourite(id(&there)).await["favourites_count"], 1);
    let cleo = far.person("cleo").await;
    assert_eq!(cleo.favourite(id(&there)).await["favourites_count"], 2);
    alice.sees_notification("favourite", &cleo.handle()).await;
    is_counted(&alice, id(&post), 2).await;
    alice.favourite(id(&post)).await;
    is_counted(&alice, id(&post), 3).await;
    let likes = alice.notifications().await.into_iter().filter(|n| n["type"] == "favourite").count();
    assert_eq!(likes, 2, "one each, none for one's own");
}

async fn an_unfavourite_takes_it_back(Pair { alice, bob, .. }: Pair) {
    let (post, there, _) = bob_likes_a_post(&alice, &bob).await;
    let answer = bob.unfavourite(id(&there)).await;
    assert_eq!((&answer["favourited"], &answer["favourites_count"]), (&Value::from(false), &Value::from(0)));
    for (reader, status) in [(&alice, id(&post)), (&bob, id(&there))] {
        assert_eq!(is_counted(reader, status, 0).await["favourited"], false);
        assert_eq!(favourited_by(reader, status).await, [] as [Value; 0]);
    }
    eventually("the notification is taken back", async || {
        ask(&alice, "/api/v1/notifications?types[]=favourite").await.ok() == Value::Array(Vec::new())
    })
    .await;
    // Once more: the old Undo doesn't hold it off.
    bob.favourite(id(&there)).await;
    let told = alice.sees_notification("favourite", &bob.handle()).await;
    assert_eq!(text(&told, "/status/id"), id(&post));
    is_counted(&alice, id(&post), 1).await;
}
