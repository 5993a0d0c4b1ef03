//! Follow, Accept, Reject (of a request, and of a follow that was accepted), and Undo of Follow.

use super::{Pair, accts, ask, eventually, follows, has, id, scenarios, seen_by, text, uri};
use serde_json::{Value, json};
use tintype_testkit::Person;

scenarios!(
    a_follow_is_accepted,
    a_follow_twice_is_one_follow,
    an_unfollow_takes_everything_back,
    a_locked_account_accepts,
    a_locked_account_rejects,
    a_request_is_taken_back,
    a_follower_is_removed,
);

async fn counts(viewer: &Person, account: &str) -> (Value, Value) {
    let account = viewer.account(account).await;
    (account["followers_count"].clone(), account["following_count"].clone())
}

async fn a_follow_is_accepted(Pair { alice, bob, .. }: Pair) {
    let bob_here = alice.find_account(&bob.handle()).await;
    assert_eq!(text(&bob_here, "/acct"), bob.handle());
    let first = alice.follow(&bob.handle()).await;
    assert_eq!(first["id"], bob_here["id"]);
    let told = bob.sees_notification("follow", &alice.handle()).await;
    assert_eq!(told["status"], Value::Null);
    let alice_there = told["account"].clone();
    eventually("the follow is accepted", async || {
        let now = alice.relationship(id(&bob_here)).await;
        now["following"] == true && now["requested"] == false
    })
    .await;
    let back = bob.relationship(id(&alice_there)).await;
    assert_eq!((&back["followed_by"], &back["following"]), (&json!(true), &json!(false)));

    // Both sides name the same two people, and count them alike.
    for (viewer, follower, target) in
        [(&alice, alice.id.as_str(), id(&bob_here)), (&bob, id(&alice_there), bob.id.as_str())]
    {
        assert_eq!(accts(&viewer.followers(target).await), [seen_by(viewer, &alice)]);
        assert_eq!(accts(&viewer.following(follower).await), [seen_by(viewer, &bob)]);
        assert_eq!(counts(viewer, target).await, (json!(1), json!(0)), "{}", viewer.base());
        assert_eq!(counts(viewer, follower).await, (json!(0), json!(1)), "{}", viewer.base());
    }

    // And back: neither follow knows of the other.
    follows(&bob, &alice).await;
    let both = alice.relationship(id(&bob_here)).await;
    assert_eq!((&both["following"], &both["followed_by"]), (&json!(true), &json!(true)));
    assert_eq!(counts(&alice, &alice.id).await, (json!(1), json!(1)));
    assert_eq!(counts(&bob, &bob.id).await, (json!(1), json!(1)));
}

async fn a_follow_twice_is_one_follow(Pair { alice, bob, .. }: Pair) {
    follows(&alice, &bob).await;
    let again = alice.follow(&bob.handle()).await;
    assert_eq!((&again["following"], &again["requested"]), (&json!(true), &json!(false)));
    // Whatever the second one sent has arrived when a later post has.
    let post = alice.say(&format!("hello @{}", bob.handle())).await;
    bob.sees_notification("mention", &alice.handle()).await;
    assert!(!has(&bob.home().await, uri(&post)), "bob doesn't follow alice");
    assert_eq!(counts(&bob, &bob.id).await, (json!(1), json!(0)));
    let told = bob.notifications().await.into_iter().filter(|n| n["type"] == "follow").count();
    assert_eq!(told, 1);
}

async fn an_unfollow_takes_everything_back(Pair { home, alice, bob, .. }: Pair) {
    let carol = home.person("carol").await;
    follows(&alice, &bob).await;
    follows(&carol, &bob).await;
    let before = bob.say("while alice follows").await;
    alice.sees_at_home(uri(&before)).await;

    let relationship = alice.unfollow(&bob.handle()).await;
    assert_eq!((&relationship["following"], &relationship["requested"]), (&json!(false), &json!(false)));
    assert!(!has(&alice.home().await, uri(&before)), "home is pruned at once");
    let alice_there = bob.find_account(&alice.handle()).await;
    eventually("bob has lost alice", async || {
        bob.relationship(id(&alice_there)).await["followed_by"] == false
    })
    .await;
    assert_eq!(accts(&bob.followers(&bob.id).await), [carol.handle()]);
    assert_eq!(counts(&bob, &bob.id).await, (json!(1), json!(0)));
    assert_eq!(counts(&bob, id(&alice_there)).await, (json!(0), json!(0)));
    let told = bob.notifications().await;
    assert!(
        !told.iter().any(|n| n["type"] == "follow" && n["account"]["acct"] == alice.handle()),
        "the notification is taken back: {told:?}"
    );

    // Carol's copy is the proof that the later post has arrived.
    let after = bob.say("after alice left").await;
    carol.sees_at_home(uri(&after)).await;
    assert!(!has(&alice.home().await, uri(&after)));
    assert_eq!(counts(&alice, &alice.id).await, (json!(0), json!(0)));

    // Following again brings back what is known.
    follows(&alice, &bob).await;
    alice.sees_at_home(uri(&before)).await;
    alice.sees_at_home(uri(&after)).await;
}

/// Bob locks his account; alice asks to follow him: the id of her account there.
async fn asks_a_locked_bob(alice: &Person, bob: &Person) -> String {
    let locked = bob.patch("/api/v1/accounts/update_credentials", json!({"locked": true})).await;
    assert_eq!(locked["locked"], true);
    let before = counts(bob, &bob.id).await;
    let asked = alice.follow(&bob.handle()).await;
    assert_eq!((&asked["following"], &asked["requested"]), (&json!(false), &json!(true)));
    let told = bob.sees_notification("follow_request", &alice.handle()).await;
    let requests = bob.get("/api/v1/follow_requests").await;
    assert_eq!(accts(super::items(&requests)), [alice.handle()]);
    let there = text(&told, "/account/id").to_owned();
    let waiting = bob.relationship(&there).await;
    assert_eq!((&waiting["requested_by"], &waiting["followed_by"]), (&json!(true), &json!(false)));
    assert_eq!(counts(bob, &bob.id).await, before);
    there
}

async fn a_locked_account_accepts(Pair { home, alice, bob, .. }: Pair) {
    let carol = home.person("carol").await;
    follows(&carol, &bob).await;
    let there = asks_a_locked_bob(&alice, &bob).await;
    // Carol's instance has it, and alice lives there; but she waits outside.
    let early = bob.post_status(json!({"status": "for followers", "visibility": "private"})).await;
    let early_here = carol.sees_at_home(uri(&early)).await;
    let path = format!("/api/v1/statuses/{}", id(&early_here));
    assert_eq!(ask(&alice, &path).await.status, 404);
    assert!(!has(&alice.home().await, uri(&early)));

    let answer = bob.post(&format!("/api/v1/follow_requests/{there}/authorize"), json!({})).await;
    assert_eq!((&answer["followed_by"], &answer["requested_by"]), (&json!(true), &json!(false)));
    let bob_here = alice.find_account(&bob.handle()).await;
    eventually("the follow is accepted", async || {
        let now = alice.relationship(id(&bob_here)).await;
        now["following"] == true && now["requested"] == false
    })
    .await;
    assert_eq!(counts(&bob, &bob.id).await, (json!(2), json!(0)));
    assert_eq!(bob.get("/api/v1/follow_requests").await, json!([]));
    let late = bob.post_status(json!({"status": "now you see it", "visibility": "private"})).await;
    alice.sees_at_home(uri(&late)).await;
    assert!(has(&alice.home().await, uri(&early)), "what is known of bob came with the follow");
}

async fn a_locked_account_rejects(Pair { alice, bob, .. }: Pair) {
    let there = asks_a_locked_bob(&alice, &bob).await;
    let answer = bob.post(&format!("/api/v1/follow_requests/{there}/reject"), json!({})).await;
    assert_eq!((&answer["followed_by"], &answer["requested_by"]), (&json!(false), &json!(false)));
    let bob_here = alice.find_account(&bob.handle()).await;
    eventually("the request is refused", async || {
        let now = alice.relationship(id(&bob_here)).await;
        now["following"] == false && now["requested"] == false
    })
    .await;
    assert_eq!(counts(&bob, &bob.id).await, (json!(0), json!(0)));
    assert_eq!(bob.get("/api/v1/follow_requests").await, json!([]));
    let again = ask(&bob, "/api/v1/notifications?types[]=follow_request").await.ok();
    assert_eq!(again, json!([]), "the notification is gone");
    // One may ask again.
    let asked = alice.follow(&bob.handle()).await;
    assert_eq!(asked["requested"], true);
    bob.sees_notification("follow_request", &alice.handle()).await;
}

async fn a_request_is_taken_back(Pair { alice, bob, .. }: Pair) {
    let there = asks_a_locked_bob(&alice, &bob).await;
    let answer = alice.unfollow(&bob.handle()).await;
    assert_eq!((&answer["following"], &answer["requested"]), (&json!(false), &json!(false)));
    eventually("the request is gone", async || bob.relationship(&there).await["requested_by"] == false).await;
    assert_eq!(bob.get("/api/v1/follow_requests").await, json!([]));
}

async fn a_follower_is_removed(Pair { home, alice, bob, .. }: Pair) {
    let carol = home.person("carol").await;
    follows(&alice, &bob).await;
    follows(&carol, &bob).await;
    let before = bob.post_status(json!({"status": "for followers", "visibility": "private"})).await;
    let before_here = alice.sees_at_home(uri(&before)).await;
    let there = bob.find_account(&alice.handle()).await;
    let answer = bob.post(&format!("/api/v1/accounts/{}/remove_from_followers", id(&there)), json!({})).await;
    assert_eq!(answer["followed_by"], false);
    let bob_here = alice.find_account(&bob.handle()).await;
    eventually("alice's server knows", async || {
        alice.relationship(id(&bob_here)).await["following"] == false
    })
    .await;
    assert_eq!(accts(&bob.followers(&bob.id).await), [carol.handle()]);
    assert_eq!(counts(&alice, &alice.id).await, (json!(0), json!(0)));
    assert!(!has(&alice.home().await, uri(&before)));
    assert_eq!(ask(&alice, &format!("/api/v1/statuses/{}", id(&before_here))).await.status, 404);
    // Carol's copy is the proof that the later post has arrived.
    let after = bob.say("after alice was removed").await;
    carol.sees_at_home(uri(&after)).await;
    assert!(!has(&alice.home().await, uri(&after)));
    // It is no block: she may follow again.
    follows(&alice, &bob).await;
    alice.sees_at_home(uri(&after)).await;
}
