//! Add and Remove: what somebody shows first on their profile.

use super::{Pair, ask, each, eventually, follows, id, items, scenarios, uri};
use serde_json::{Value, json};
use tintype_testkit::Client;

scenarios!(pinned_posts_are_pinned_everywhere, private_pins_stay_with_followers);

async fn pin(who: &Client, status: &Value, verb: &str) -> Value {
    who.post(&format!("/api/v1/statuses/{}/{verb}", id(status)), json!({})).await
}

async fn pinned(who: &Client, account: &str) -> Vec<String> {
    let list = ask(who, &format!("/api/v1/accounts/{account}/statuses?pinned=true")).await.json();
    each(items(&list), "/uri").into_iter().map(str::to_owned).collect()
}

async fn pinned_posts_are_pinned_everywhere(Pair { alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let (one, two) = (alice.say("the first plate").await, alice.say("the second plate").await);
    let there = bob.sees_at_home(uri(&two)).await;
    bob.sees_at_home(uri(&one)).await;
    let alice_there = id(&there["account"]).to_owned();

    for post in [&one, &two] {
        assert_eq!(pin(&alice, post, "pin").await["pinned"], true);
    }
    let both = [uri(&two).to_owned(), uri(&one).to_owned()];
    assert_eq!(pinned(&alice, &alice.id).await, both);
    eventually("both are pinned far away", async || pinned(&bob, &alice_there).await.len() == 2).await;
    assert_eq!(pinned(&bob.anonymous(), &alice_there).await.len(), 2);
    assert_eq!(pin(&alice, &one, "unpin").await["pinned"], false);
    eventually("one is pinned far away", async || pinned(&bob, &alice_there).await == both[..1]).await;
    assert_eq!(pinned(&alice.anonymous(), &alice.id).await, both[..1]);

    // Gone is gone.
    alice.delete_status(id(&two)).await;
    eventually("none is pinned far away", async || pinned(&bob, &alice_there).await.is_empty()).await;
    // Nobody pins what somebody else said.
    let mine = format!("/api/v1/statuses/{}/pin", id(&bob.find_status(uri(&one)).await));
    let refused = bob.request("POST".parse().unwrap(), &mine).json(&json!({})).send().await;
    assert!(matches!(refused.status, 404 | 422), "{}", refused.status);
}

async fn private_pins_stay_with_followers(Pair { far, alice, bob, .. }: Pair) {
    let dora = far.person("dora").await;
    follows(&bob, &alice).await;
    let open = alice.say("for everybody").await;
    let shut = alice.post_status(json!({"status": "for followers", "visibility": "private"})).await;
    let there = bob.sees_at_home(uri(&shut)).await;
    bob.sees_at_home(uri(&open)).await;
    pin(&alice, &shut, "pin").await;
    pin(&alice, &open, "pin").await;
    let alice_there = id(&there["account"]).to_owned();
    eventually("the open one is pinned far away", async || {
        pinned(&bob, &alice_there).await.contains(&uri(&open).to_owned())
    })
    .await;
    assert_eq!(pinned(&dora, &alice_there).await, [uri(&open)]);
    assert_eq!(pinned(&alice.anonymous(), &alice.id).await, [uri(&open)]);
    assert_eq!(pinned(&alice, &alice.id).await.len(), 2);
    let direct = alice.post_status(json!({"status": "for nobody", "visibility": "direct"})).await;
    let path = format!("/api/v1/statuses/{}/pin", id(&direct));
    let refused = alice.request("POST".parse().unwrap(), &path).json(&json!({})).send().await;
    assert_eq!(refused.status, 422);
}
