//! What those who run an instance decide about an account or a server, and what becomes of it far away: Delete and Update of
//! an actor, and silence.

use super::{Pair, ask, eventually, follows, has, id, is_gone, items, scenarios, text, uri};
use serde_json::json;
use tintype_testkit::{Instance, Person};

scenarios!(
    a_deleted_account_is_gone_everywhere,
    a_suspended_account_is_hidden_everywhere,
    a_silenced_account_is_seen_by_its_followers,
    a_blocked_domain_is_not_there,
    a_limited_domain_is_seen_by_followers,
    what_is_not_allowed_stays_outside,
);

async fn profile(viewer: &Person, account: &str) -> u16 {
    ask(viewer, &format!("/api/v1/accounts/{account}")).await.status
}

async fn a_deleted_account_is_gone_everywhere(Pair { home, far, alice, bob }: Pair) {
    let dora = far.person("dora").await;
    follows(&bob, &alice).await;
    follows(&alice, &bob).await;
    let post = alice.say("not for long").await;
    let theirs = bob.say("worth a star").await;
    let there = bob.sees_at_home(uri(&post)).await;
    let here = alice.sees_at_home(uri(&theirs)).await;
    alice.favourite(id(&here)).await;
    bob.sees_notification("favourite", &alice.handle()).await;
    dora.say("no part of it").await;

    home.cli(&["account", "delete", &alice.username, "--yes", "--json"]).await;
    assert_eq!(ask(&alice, "/api/v1/accounts/verify_credentials").await.status, 401, "her tokens are gone");
    is_gone(&home.client(), id(&post)).await;
    is_gone(&bob, id(&there)).await;
    assert!(!has(&bob.home().await, uri(&post)));
    assert!(!has(&dora.public_timeline().await, uri(&post)));
    eventually("her star, her follow and her followers are gone", async || {
        let me = bob.account(&bob.id).await;
        let post = bob.status(id(&theirs)).await;
        me["followers_count"] == 0 && me["following_count"] == 0 && post["favourites_count"] == 0
    })
    .await;
    let told = bob.notifications().await;
    assert!(!told.iter().any(|n| text(n, "/account/acct") == alice.handle()), "{told:?}");
    let again = home
        .try_cli(&[
            "account",
            "create",
            "--username",
            &alice.username,
            "--email",
            "again@example.org",
            "--json",
        ])
        .await;
    assert!(!again.status.success(), "her name stays taken");
}

async fn a_suspended_account_is_hidden_everywhere(Pair { home, far, alice, bob }: Pair) {
    let (carol, dora) = futures::join!(home.person("carol"), far.person("dora"));
    follows(&bob, &alice).await;
    let post = alice.say("while it lasted").await;
    let there = bob.sees_at_home(uri(&post)).await;

    home.cli(&["account", "suspend", &alice.username, "--json"]).await;
    let answer = ask(&alice, "/api/v1/accounts/verify_credentials").await;
    assert!(matches!(answer.status, 401 | 403), "{answer:?}");
    assert_eq!(
        ask(&carol, &format!("/api/v1/statuses/{}", id(&post))).await.status,
        404,
        "hidden at home at once"
    );
    is_gone(&bob, id(&there)).await;
    assert!(!has(&bob.home().await, uri(&post)));
    assert!(!has(&dora.public_timeline().await, uri(&post)));

    home.cli(&["account", "unsuspend", &alice.username, "--json"]).await;
    assert_eq!(ask(&carol, &format!("/api/v1/statuses/{}", id(&post))).await.status, 200);
    eventually("it is back far away", async || {
        ask(&bob, &format!("/api/v1/statuses/{}", id(&there))).await.status == 200
    })
    .await;
    assert!(has(&bob.home().await, uri(&post)), "the follow is still there");
}

async fn a_silenced_account_is_seen_by_its_followers(Pair { home, alice, bob, .. }: Pair) {
    let carol = home.person("carol").await;
    follows(&alice, &bob).await;
    let bob_here = alice.find_account(&bob.handle()).await;
    home.cli(&["account", "silence", &bob.handle(), "--json"]).await;
    let post = bob.say(&format!("a quiet word, @{}", carol.handle())).await;
    alice.sees_at_home(uri(&post)).await;
    assert!(!has(&carol.public_timeline().await, uri(&post)), "nobody comes across it");
    assert!(carol.notifications().await.is_empty(), "and it reaches nobody who doesn't follow");
    assert_eq!(profile(&carol, id(&bob_here)).await, 200, "who looks finds it");
    home.cli(&["account", "unsilence", &bob.handle(), "--json"]).await;
    assert!(has(&carol.public_timeline().await, uri(&post)));
    bob.say(&format!("a loud word, @{}", carol.handle())).await;
    carol.sees_notification("mention", &bob.handle()).await;
}

/// What alice's instance says of bob's: the rule's severity.
async fn rule(home: &Instance, far: &Instance) -> Option<String> {
    let rules = home.cli(&["domain", "list", "--json"]).await;
    let rules = rules.as_array().cloned().unwrap_or_default();
    rules.iter().find(|rule| rule["domain"] == far.domain()).map(|rule| text(rule, "/severity").to_owned())
}

async fn a_blocked_domain_is_not_there(Pair { home, far, alice, bob }: Pair) {
    follows(&alice, &bob).await;
    follows(&bob, &alice).await;
    let theirs = bob.say("before the wall").await;
    let here = alice.sees_at_home(uri(&theirs)).await;
    let mine = alice.say("from inside").await;
    bob.sees_at_home(uri(&mine)).await;

    home.cli(&["domain", "block", &far.domain(), "--json"]).await;
    assert_eq!(rule(&home, &far).await.as_deref(), Some("block"));
    is_gone(&alice, id(&here)).await;
    assert!(!has(&alice.home().await, uri(&theirs)));
    eventually("the follows are gone at home", async || {
        let me = alice.account(&alice.id).await;
        me["followers_count"] == 0 && me["following_count"] == 0
    })
    .await;
    // What is said behind the wall isn't looked for either.
    let shout = bob.say("can you hear me?").await;
    let found = alice.search(uri(&shout)).await;
    assert_eq!(found["statuses"], json!([]));

    home.cli(&["domain", "remove", &far.domain(), "--json"]).await;
    assert_eq!(rule(&home, &far).await, None);
    follows(&alice, &bob).await;
    let after = bob.say("after the wall").await;
    alice.sees_at_home(uri(&after)).await;
    assert_eq!(
        ask(&alice, &format!("/api/v1/statuses/{}", id(&here))).await.status,
        200,
        "what was here is again"
    );
}

async fn a_limited_domain_is_seen_by_followers(Pair { home, far, alice, bob }: Pair) {
    let carol = home.person("carol").await;
    follows(&alice, &bob).await;
    home.cli(&["domain", "limit", &far.domain(), "--json"]).await;
    assert_eq!(rule(&home, &far).await.as_deref(), Some("limit"));
    let post = bob.say(&format!("a quiet word, @{}", carol.handle())).await;
    alice.sees_at_home(uri(&post)).await;
    assert!(!has(&carol.public_timeline().await, uri(&post)));
    assert!(carol.notifications().await.is_empty());
    home.cli(&["domain", "remove", &far.domain(), "--json"]).await;
    assert!(has(&carol.public_timeline().await, uri(&post)));
}

async fn what_is_not_allowed_stays_outside(Pair { home, far, alice, bob }: Pair) {
    let closed = Instance::builder("closed").config("federation.mode", "allowlist").start().await;
    let carol = closed.person("carol").await;
    let path = format!("/api/v2/search?type=accounts&resolve=true&q={}", bob.handle());
    assert_eq!(carol.get(&path).await["accounts"], json!([]));
    bob.search(&format!("@{}", carol.handle())).await;
    closed.cli(&["domain", "allow", &far.domain(), "--json"]).await;
    eventually("bob is found", async || {
        let path = format!("/api/v2/search?type=accounts&resolve=true&q={}", bob.handle());
        !items(&carol.get(&path).await["accounts"]).is_empty()
    })
    .await;
    follows(&carol, &bob).await;
    let post = bob.say("let in").await;
    carol.sees_at_home(uri(&post)).await;
    // Alice's server isn't.
    let path = format!("/api/v2/search?type=accounts&resolve=true&q={}", alice.handle());
    assert_eq!(carol.get(&path).await["accounts"], json!([]));
    assert_eq!(alice.search(&format!("@{}", carol.handle())).await["accounts"], json!([]));
    drop(home);
}
