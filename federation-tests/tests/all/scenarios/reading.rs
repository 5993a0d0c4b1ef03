//! What other servers are asked for when somebody looks: earlier posts, pins and hashtags of who is followed, the rest of a
//! thread, and how often something was liked elsewhere.

use super::{Pair, ask, each, eventually, id, items, scenarios, text, uri};
use serde_json::{Value, json};
use tintype_testkit::Client;

scenarios!(
    what_was_posted_before_comes_with_a_follow,
    a_thread_completes_itself,
    hashtags_of_a_profile_are_shown_everywhere,
);

async fn names(who: &Client, account: &str) -> Vec<String> {
    let list = ask(who, &format!("/api/v1/accounts/{account}/featured_tags")).await.json();
    each(items(&list), "/name").into_iter().map(str::to_owned).collect()
}

async fn what_was_posted_before_comes_with_a_follow(Pair { far, alice, bob, .. }: Pair) {
    let dora = far.person("dora").await;
    let (one, two) = (bob.say("the first plate").await, bob.say("the second plate").await);
    let hidden = bob.post_status(json!({"status": "for followers", "visibility": "private"})).await;
    bob.post(&format!("/api/v1/statuses/{}/pin", id(&one)), json!({})).await;
    bob.post("/api/v1/featured_tags", json!({"name": "Tintype"})).await;
    dora.follow(&bob.handle()).await;

    alice.follow(&bob.handle()).await;
    let there = alice.sees_at_home(uri(&one)).await;
    alice.sees_at_home(uri(&two)).await;
    let bob_there = id(&there["account"]).to_owned();
    let pinned = async || {
        let list = ask(&alice, &format!("/api/v1/accounts/{bob_there}/statuses?pinned=true")).await.json();
        each(items(&list), "/uri").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    eventually("the pin is there", async || pinned().await == [uri(&one)]).await;
    eventually("the hashtag is there", async || names(&alice, &bob_there).await == ["Tintype"]).await;
    eventually("all who follow are counted", async || {
        alice.account(&bob_there).await["followers_count"] == 2
    })
    .await;
    // In the order in which they were written, and only what everybody may see.
    let home: Vec<String> = each(&alice.home().await, "/uri").into_iter().map(str::to_owned).collect();
    let place = |status: &Value| home.iter().position(|seen| seen == uri(status));
    assert!(place(&two) < place(&one), "{home:?}");
    assert_eq!(place(&hidden), None);
}

async fn a_thread_completes_itself(Pair { far, alice, bob, .. }: Pair) {
    let dora = far.person("dora").await;
    alice.follow(&bob.handle()).await;
    eventually("bob is followed", async || !bob.followers(&bob.id).await.is_empty()).await;
    let post = bob.say("who knows this place?").await;
    let there = alice.sees_at_home(uri(&post)).await;
    // Nobody at home follows dora: none of this is sent there.
    let answer = dora.reply(id(&post), "by the river").await;
    let deeper = bob.reply(id(&answer), "which one?").await;
    let shut = json!({"status": "a secret", "visibility": "private", "in_reply_to_id": id(&post)});
    let shut = dora.post_status(shut).await;
    for who in [&dora, &bob] {
        who.favourite(id(&post)).await;
    }
    dora.reblog(id(&post)).await;

    let seen = async || {
        let context = alice.context(id(&there)).await;
        each(items(&context["descendants"]), "/uri").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    eventually("the answers are there", async || seen().await == [uri(&answer), uri(&deeper)]).await;
    assert!(!seen().await.contains(&uri(&shut).to_owned()));
    let counted = alice
        .sees_status(id(&there), "counts", |status| {
            status["favourites_count"] == 2 && status["reblogs_count"] == 1
        })
        .await;
    assert_eq!(text(&counted, "/uri"), uri(&post));
}

async fn hashtags_of_a_profile_are_shown_everywhere(Pair { alice, bob, .. }: Pair) {
    alice.follow(&bob.handle()).await;
    eventually("bob is followed", async || !bob.followers(&bob.id).await.is_empty()).await;
    bob.say("a plate #Tintype").await;
    let there = alice.find_account(&bob.handle()).await;
    let tag = bob.post("/api/v1/featured_tags", json!({"name": "#Tintype"})).await;
    assert_eq!((&tag["name"], &tag["statuses_count"]), (&json!("Tintype"), &json!("1")));
    eventually("shown far away", async || names(&alice, id(&there)).await == ["Tintype"]).await;
    let suggested = bob.get("/api/v1/featured_tags/suggestions").await;
    assert!(items(&suggested).is_empty(), "{suggested}");
    bob.delete(&format!("/api/v1/featured_tags/{}", id(&tag))).await;
    eventually("shown no longer", async || names(&alice, id(&there)).await.is_empty()).await;
    assert!(items(&bob.get("/api/v1/featured_tags").await).is_empty());
}
