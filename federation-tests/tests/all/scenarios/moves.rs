//! Move: people who change servers, and those who follow them.

use super::{Pair, ask, eventually, follows, has, id, scenarios, seen_by, text, uri};
use serde_json::json;
use tintype_testkit::Person;

scenarios!(
    followers_follow_to_the_new_account,
    a_move_without_an_alias_is_refused,
    followers_that_keep_away_are_left_behind,
    who_has_moved_comes_back,
);

async fn post(who: &Person, path: &str) -> u16 {
    who.request("POST".parse().unwrap(), path).json(&json!({})).send().await.status
}

/// Whether one follows, or has asked to follow, another by what their server calls it.
async fn is_after(who: &Person, account: &str) -> bool {
    let relationship = who.relationship(account).await;
    relationship["following"] == true || relationship["requested"] == true
}

async fn followers_follow_to_the_new_account(Pair { home, far, alice, bob }: Pair) {
    // Alice moves from home to far; bob follows her from far, carol from home.
    let (carol, anna) = futures::join!(home.person("carol"), far.person("anna"));
    follows(&bob, &alice).await;
    follows(&carol, &alice).await;
    let alias = far.cli(&["account", "alias", "add", &anna.username, &alice.handle(), "--json"]).await;
    assert_eq!(text(&alias, "/alias"), uri(&alice.account(&alice.id).await));
    let listed = far.cli(&["account", "alias", "list", &anna.username, "--json"]).await;
    assert_eq!(text(&listed[0], "/acct"), alice.handle());

    let moved = home.cli(&["account", "move", &alice.username, "--to", &anna.handle(), "--json"]).await;
    assert_eq!(text(&moved, "/moved"), anna.handle());
    let (alice_at_far, anna_at_home) =
        (bob.find_account(&alice.handle()).await, carol.find_account(&anna.handle()).await);
    eventually("bob follows anna", async || bob.relationship(&anna.id).await["following"] == true).await;
    eventually("carol follows anna", async || {
        carol.relationship(id(&anna_at_home)).await["following"] == true
    })
    .await;
    for (who, account) in [(&bob, id(&alice_at_far)), (&carol, alice.id.as_str())] {
        eventually("nobody follows alice any more", async || !is_after(who, account).await).await;
    }
    anna.sees_notification("follow", &seen_by(&anna, &bob)).await;
    anna.sees_notification("follow", &carol.handle()).await;

    // Everybody is shown where she lives.
    for (who, account, there) in
        [(&bob, id(&alice_at_far), anna.username.clone()), (&carol, alice.id.as_str(), anna.handle())]
    {
        let shown = who.account(account).await;
        assert_eq!(text(&shown, "/moved/acct"), there, "{shown}");
        assert_eq!(
            post(who, &format!("/api/v1/accounts/{account}/follow")).await,
            403,
            "nobody follows her there"
        );
    }
    // She lives there now: what anna says arrives, and alice says nothing any more.
    let said = anna.say("hello from my new place").await;
    carol.sees_at_home(uri(&said)).await;
    let answer =
        alice.request("POST".parse().unwrap(), "/api/v1/statuses").json(&json!({"status": "x"})).send().await;
    assert_eq!(answer.status, 403);
}

async fn a_move_without_an_alias_is_refused(Pair { home, far, alice, bob }: Pair) {
    let anna = far.person("anna").await;
    follows(&bob, &alice).await;
    for to in [anna.handle(), format!("nobody@{}", far.domain()), alice.handle()] {
        let refused = home.try_cli(&["account", "move", &alice.username, "--to", &to]).await;
        assert!(!refused.status.success(), "{to}");
    }
    let there = bob.find_account(&alice.handle()).await;
    let said = alice.say("still here").await;
    bob.sees_at_home(uri(&said)).await;
    assert_eq!(bob.relationship(id(&there)).await["following"], true);
    assert_eq!(bob.account(id(&there)).await.get("moved"), None);
}

async fn followers_that_keep_away_are_left_behind(Pair { home, far, alice, bob }: Pair) {
    let (dora, anna) = futures::join!(far.person("dora"), far.person("anna"));
    follows(&bob, &alice).await;
    follows(&dora, &alice).await;
    assert_eq!(post(&bob, &format!("/api/v1/accounts/{}/block", anna.id)).await, 200);
    far.cli(&["account", "alias", "add", &anna.username, &alice.handle(), "--json"]).await;
    home.cli(&["account", "move", &alice.username, "--to", &anna.handle(), "--json"]).await;
    eventually("dora follows anna", async || dora.relationship(&anna.id).await["following"] == true).await;
    let there = bob.find_account(&alice.handle()).await;
    eventually("bob follows nobody", async || !is_after(&bob, id(&there)).await).await;
    assert!(!is_after(&bob, &anna.id).await);
}

async fn who_has_moved_comes_back(Pair { home, far, alice, bob }: Pair) {
    let anna = far.person("anna").await;
    far.cli(&["account", "alias", "add", &anna.username, &alice.handle(), "--json"]).await;
    home.cli(&["account", "move", &alice.username, "--to", &anna.handle(), "--json"]).await;
    let there = bob.find_account(&alice.handle()).await;
    eventually("bob's server knows that she has moved", async || {
        bob.account(id(&there)).await.get("moved").is_some()
    })
    .await;
    home.cli(&["account", "move", &alice.username, "--cancel", "--json"]).await;
    assert_eq!(alice.account(&alice.id).await.get("moved"), None);
    eventually("bob's server knows that she is back", async || {
        bob.account(id(&there)).await.get("moved").is_none()
    })
    .await;
    follows(&bob, &alice).await;
    let said = alice.say("back again").await;
    bob.sees_at_home(uri(&said)).await;
    let again = home.try_cli(&["account", "move", &alice.username, "--to", &anna.handle()]).await;
    assert!(!again.status.success(), "not within a week");
    let removed = far.cli(&["account", "alias", "remove", &anna.username, &alice.handle(), "--json"]).await;
    assert_eq!(text(&removed, "/removed"), alice.handle());
    assert!(has(&bob.home().await, uri(&said)));
    assert_eq!(ask(&alice, "/api/v1/accounts/verify_credentials").await.status, 200);
}
