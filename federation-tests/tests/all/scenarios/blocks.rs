//! Block, Undo of Block, and what a block ends.

use super::{Pair, ask, eventually, follows, has, id, items, scenarios, text, uri};
use serde_json::{Value, json};
use tintype_testkit::{Client, Person};

scenarios!(
    a_block_ends_everything_between_two,
    an_unblock_opens_the_door_again,
    a_blocked_person_is_not_heard,
    what_is_said_after_a_block_does_not_reach_the_blocked,
);

async fn block(who: &Person, whom: &Value) -> Value {
    who.post(&format!("/api/v1/accounts/{}/block", id(whom)), json!({})).await
}

async fn reads(reader: &Client, status: &Value) -> u16 {
    ask(reader, &format!("/api/v1/statuses/{}", id(status))).await.status
}

/// Whether the reader's server knows that `whom` blocks the reader.
async fn is_blocked_by(reader: &Person, whom: &Value) -> bool {
    reader.relationship(id(whom)).await["blocked_by"] == true
}

async fn a_block_ends_everything_between_two(Pair { far, alice, bob, .. }: Pair) {
    let dora = far.person("dora").await;
    follows(&alice, &bob).await;
    follows(&bob, &alice).await;
    let post = alice.say("before the door shut").await;
    let theirs = bob.say("from the other side").await;
    let there = bob.sees_at_home(uri(&post)).await;
    alice.sees_at_home(uri(&theirs)).await;
    let (alice_there, bob_here) = (there["account"].clone(), alice.find_account(&bob.handle()).await);

    let relationship = block(&alice, &bob_here).await;
    assert_eq!(
        (&relationship["blocking"], &relationship["following"], &relationship["followed_by"]),
        (&json!(true), &json!(false), &json!(false))
    );
    assert!(!has(&alice.home().await, uri(&theirs)), "what bob said is gone from alice's home");
    let blocked = alice.get("/api/v1/blocks").await;
    assert_eq!(items(&blocked).len(), 1);
    assert_eq!(blocked[0]["id"], bob_here["id"]);

    eventually("bob's server knows", async || is_blocked_by(&bob, &alice_there).await).await;
    let after = bob.relationship(id(&alice_there)).await;
    assert_eq!((&after["following"], &after["followed_by"]), (&json!(false), &json!(false)));
    for (viewer, account) in [
        (&alice, alice.id.as_str()),
        (&bob, id(&alice_there)),
        (&bob, bob.id.as_str()),
        (&alice, id(&bob_here)),
    ] {
        let account = viewer.account(account).await;
        assert_eq!((&account["followers_count"], &account["following_count"]), (&json!(0), &json!(0)));
    }
    // What is here of alice is not for bob any more; it is for dora.
    assert_eq!((reads(&bob, &there).await, reads(&dora, &there).await), (404, 200));
    assert!(!has(&bob.home().await, uri(&post)));
    let listed = ask(&bob, &format!("/api/v1/accounts/{}/statuses", id(&alice_there))).await;
    assert!(!has(items(&listed.json()), uri(&post)), "not in her list either");
    for verb in ["favourite", "reblog", "bookmark"] {
        let path = format!("/api/v1/statuses/{}/{verb}", id(&there));
        let answer = bob.request("POST".parse().unwrap(), &path).json(&json!({})).send().await;
        assert_eq!(answer.status, 404, "{verb}");
    }
    let again = format!("/api/v1/accounts/{}/follow", id(&alice_there));
    let refused = bob.request("POST".parse().unwrap(), &again).json(&json!({})).send().await;
    assert_eq!(refused.status, 403, "nobody follows who blocks them");
}

async fn an_unblock_opens_the_door_again(Pair { alice, bob, .. }: Pair) {
    let post = alice.say(&format!("to be seen again, @{}", bob.handle())).await;
    let told = bob.sees_notification("mention", &alice.handle()).await;
    let (there, alice_there) = (told["status"].clone(), told["account"].clone());
    let bob_here = alice.find_account(&bob.handle()).await;
    block(&alice, &bob_here).await;
    eventually("bob's server knows", async || is_blocked_by(&bob, &alice_there).await).await;
    assert_eq!(reads(&bob, &there).await, 404, "being named doesn't help");

    let open = alice.post(&format!("/api/v1/accounts/{}/unblock", id(&bob_here)), json!({})).await;
    assert_eq!(open["blocking"], false);
    eventually("bob's server knows that it is over", async || !is_blocked_by(&bob, &alice_there).await).await;
    assert_eq!(reads(&bob, &there).await, 200);
    assert_eq!(uri(&bob.status(id(&there)).await), uri(&post));
    follows(&bob, &alice).await;
    assert_eq!(alice.get("/api/v1/blocks").await, json!([]));
}

async fn a_blocked_person_is_not_heard(Pair { home, far, alice, bob }: Pair) {
    let (carol, dora) = futures::join!(home.person("carol"), far.person("dora"));
    follows(&carol, &bob).await;
    let post = alice.say(&format!("a door, @{}", bob.handle())).await;
    let there = bob.sees_notification("mention", &alice.handle()).await["status"].clone();
    let before = bob.reply(id(&there), "still open").await;
    alice.sees_notification("mention", &bob.handle()).await;
    let bob_here = alice.find_account(&bob.handle()).await;
    block(&alice, &bob_here).await;
    assert!(alice.notifications().await.is_empty(), "what bob told is gone");
    let thread = alice.context(id(&post)).await;
    assert!(
        !has(items(&thread["descendants"]), uri(&before)),
        "alice doesn't see what bob answered: {thread}"
    );
    let thread = carol.context(id(&post)).await;
    assert!(has(items(&thread["descendants"]), uri(&before)), "carol does: {thread}");

    let shout = bob.say(&format!("@{} can you hear me?", alice.handle())).await;
    // Carol's copy, and dora's later word, are the proof that it has arrived.
    carol.sees_at_home(uri(&shout)).await;
    dora.say(&format!("@{} a word from a friend", alice.handle())).await;
    alice.sees_notification("mention", &dora.handle()).await;
    let told = alice.notifications().await;
    assert!(!told.iter().any(|n| text(n, "/account/acct") == bob.handle()), "{told:?}");
    assert!(!has(&alice.public_timeline().await, uri(&shout)));
    assert!(has(&carol.public_timeline().await, uri(&shout)));
}

async fn what_is_said_after_a_block_does_not_reach_the_blocked(Pair { far, alice, bob, .. }: Pair) {
    let dora = far.person("dora").await;
    follows(&bob, &alice).await;
    let post = alice.say("as it was").await;
    let there = bob.sees_at_home(uri(&post)).await;
    bob.favourite(id(&there)).await;
    alice.sees_notification("favourite", &bob.handle()).await;
    let bob_here = alice.find_account(&bob.handle()).await;
    let alice_there = there["account"].clone();
    block(&alice, &bob_here).await;
    eventually("bob's server knows", async || is_blocked_by(&bob, &alice_there).await).await;
    // He liked it: his server holds a copy, which stays as it was. What alice says later has arrived when dora has it.
    let path = format!("/api/v1/statuses/{}", id(&post));
    alice.put(&path, json!({"status": "a secret from bob"})).await;
    alice.say(&format!("a word for @{}", dora.handle())).await;
    dora.sees_notification("mention", &alice.handle()).await;
    let copy = dora.status(id(&there)).await;
    assert!(text(&copy, "/content").contains("as it was"), "{copy}");
}
