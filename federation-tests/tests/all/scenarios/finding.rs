//! Finding people and posts elsewhere, and the lists that show what is known of them.

use super::{Pair, accts, ask, each, eventually, follows, has, id, items, scenarios, text, uri};
use serde_json::{Value, json};
use tintype_testkit::pictures;

scenarios!(
    search_resolves_handles_and_addresses,
    a_follow_backfills_what_is_known,
    public_timelines_tell_near_from_far,
    an_accounts_statuses_are_filtered,
    long_lists_are_paged,
);

async fn search_resolves_handles_and_addresses(Pair { far, alice, bob, .. }: Pair) {
    let post = bob.say("find me").await;
    let boosted = bob.post_status(json!({"status": "for followers", "visibility": "private"})).await;
    let profile = text(&bob.account(&bob.id).await, "/url").to_owned();

    // Unknown yet: only a signed-in person who asks for it makes us ask others.
    let handle = bob.handle();
    for (who, resolve) in [(&alice.client, "false"), (&alice.anonymous(), "true")] {
        for query in [handle.as_str(), profile.as_str(), uri(&post), text(&post, "/url")] {
            let answer = who.request("GET".parse().unwrap(), "/api/v2/search");
            let answer = answer.query(&[("q", query), ("resolve", resolve)]).send().await;
            // Mastodon answers 401 to a stranger who asks for resolving; an empty result is as good.
            if answer.status != 401 {
                assert_eq!(answer.ok(), json!({"accounts": [], "statuses": [], "hashtags": []}), "{query}");
            }
        }
    }
    assert_eq!(ask(&alice, &format!("/api/v1/accounts/lookup?acct={handle}")).await.status, 404);

    let found = alice.find_account(&handle).await;
    assert_eq!((text(&found, "/acct"), uri(&found)), (handle.as_str(), bob.actor().as_str()));
    for query in [format!("@{handle}"), handle.to_uppercase(), profile, bob.actor()] {
        assert_eq!(alice.find_account(&query).await["id"], found["id"], "{query}");
    }
    let seen = alice.find_status(uri(&post)).await;
    assert_eq!(seen["content"], post["content"]);
    assert_eq!(seen["account"]["id"], found["id"]);
    assert_eq!(alice.find_status(text(&post, "/url")).await["id"], seen["id"]);
    assert_eq!(alice.search(uri(&boosted)).await["statuses"], json!([]), "not for alice");

    // Now that they are known, others find them without asking anybody.
    let known = ask(&alice, &format!("/api/v1/accounts/lookup?acct={handle}")).await.ok();
    assert_eq!(known["id"], found["id"]);
    let listed = ask(&alice, &format!("/api/v1/accounts/search?q={handle}")).await.ok();
    assert_eq!(accts(items(&listed)), [handle.as_str()]);

    // What isn't there is not found, and that is no error.
    for query in [
        format!("nobody@{}", far.domain()),
        far.url("/users/nobody"),
        far.url("/users/bob/statuses/1"),
        far.url("/nothing"),
        "who@nowhere.localhost:1".to_owned(),
    ] {
        let nothing = alice.search(&query).await;
        assert_eq!((&nothing["accounts"], &nothing["statuses"]), (&json!([]), &json!([])), "{query}");
    }
}

async fn a_follow_backfills_what_is_known(Pair { alice, bob, .. }: Pair) {
    let mut posts = Vec::new();
    for (words, visibility) in [("one", "public"), ("two", "unlisted"), ("three", "public")] {
        posts.push(alice.post_status(json!({"status": words, "visibility": visibility})).await);
    }
    // Learnt of in another order than they were written.
    for post in [&posts[2], &posts[0], &posts[1]] {
        bob.find_status(uri(post)).await;
    }
    assert_eq!(bob.home().await, [] as [Value; 0], "knowing is not following");
    follows(&bob, &alice).await;
    eventually("home holds all three", async || bob.home().await.len() == 3).await;
    let home = bob.home().await;
    assert_eq!(each(&home, "/uri"), [uri(&posts[2]), uri(&posts[1]), uri(&posts[0])], "newest first");
    let times: Vec<&Value> = home.iter().map(|status| &status["created_at"]).collect();
    assert_eq!(times, [&posts[2]["created_at"], &posts[1]["created_at"], &posts[0]["created_at"]]);
    assert!(bob.notifications().await.is_empty());
}

async fn public_timelines_tell_near_from_far(Pair { alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let theirs = alice.say("from far away, seen from there").await;
    let ours = bob.say("from here").await;
    bob.sees_at_home(uri(&theirs)).await;
    for reader in [&bob.client, &bob.anonymous()] {
        for (filter, expected) in
            [("", [true, true]), ("?local=true", [true, false]), ("?remote=true", [false, true])]
        {
            let list = reader.get(&format!("/api/v1/timelines/public{filter}")).await;
            let found = [&ours, &theirs].map(|post| has(items(&list), uri(post)));
            assert_eq!(found, expected, "{filter}");
        }
    }
    // Bob's post has no reader at alice's, so it isn't there.
    let list = alice.public_timeline().await;
    assert_eq!([&ours, &theirs].map(|post| has(&list, uri(post))), [false, true]);
}

async fn an_accounts_statuses_are_filtered(Pair { alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let bobs = bob.say("something to boost").await;
    let bobs_here = alice.find_status(uri(&bobs)).await;
    let words = alice.say("words only").await;
    let picture = alice.upload(pictures::jpeg(64, 64, 5), "a plate").await;
    let media = json!({"status": "with a picture", "media_ids": [id(&picture)]});
    let media = alice.post_status(media).await;
    let reply = alice.reply(id(&words), "a note to myself").await;
    let comment = alice.reply(id(&bobs_here), "a comment").await;
    let boost = alice.reblog(id(&bobs_here)).await;
    let all = [&boost, &comment, &reply, &media, &words].map(|status| uri(status).to_owned());
    let [boost, comment, reply, media, words] = all.clone();

    let alice_there = bob.find_account(&alice.handle()).await;
    eventually("everything has arrived", async || {
        bob.account_statuses(id(&alice_there)).await.len() == all.len()
    })
    .await;
    for (viewer, account) in [(&alice, alice.id.as_str()), (&bob, id(&alice_there))] {
        let list = async |filter: &str| {
            let list = viewer.get(&format!("/api/v1/accounts/{account}/statuses?{filter}")).await;
            each(items(&list), "/uri").into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        // The boost is of our own clock on one side only: compare without order where it takes part.
        let mut everything = list("limit=40").await;
        everything.sort_unstable();
        let mut expected = all.to_vec();
        expected.sort_unstable();
        assert_eq!(everything, expected, "{}", viewer.base());
        assert_eq!(
            list("exclude_reblogs=true").await,
            [&comment, &reply, &media, &words].map(String::as_str)
        );
        // Comments on others go, notes to oneself stay.
        let threads = list("exclude_replies=true&exclude_reblogs=true").await;
        assert!(!threads.contains(&comment), "{threads:?}");
        assert!(threads.contains(&media) && threads.contains(&words), "{threads:?}");
        assert_eq!(list("only_media=true").await, [media.as_str()]);
        assert!(list("exclude_replies=true").await.contains(&boost));
        assert_eq!(list("exclude_reblogs=true&limit=1").await, [comment.as_str()]);
    }
}

async fn long_lists_are_paged(Pair { home, alice, bob, .. }: Pair) {
    let mut names = Vec::new();
    for number in 0..5 {
        let person = home.person(&format!("fan{number}")).await;
        follows(&person, &bob).await;
        names.push(person.handle());
    }
    follows(&alice, &bob).await;
    let pages = bob.pages(&format!("/api/v1/accounts/{}/followers?limit=2", bob.id)).await;
    let seen: Vec<&str> = pages.iter().flatten().map(|account| text(account, "/acct")).collect();
    names.push(alice.handle());
    names.reverse();
    assert_eq!(seen, names, "the newest first, each once");
    assert!(pages.iter().all(|page| page.len() <= 2));
    let bob_here = alice.find_account(&bob.handle()).await;
    let here = alice.all(&format!("/api/v1/accounts/{}/followers?limit=4", id(&bob_here))).await;
    assert_eq!(here.len(), 6);
}
