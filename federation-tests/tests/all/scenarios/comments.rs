//! Comments: Create of a reply, threads, and their deletion.

use super::{Pair, each, follows, has, id, is_gone, items, scenarios, seen_by, text, uri};
use serde_json::{Value, json};
use tintype_testkit::{Client, Person, wait};

scenarios!(a_comment_federates, comments_on_comments_make_a_thread, a_deleted_comment_uncounts);

/// Waits until the thread around a status is this: uris of what stands above and below it, in order.
async fn sees_thread(reader: &Client, status: &str, above: &[&Value], below: &[&Value]) {
    let wanted = |list: &[&Value]| list.iter().map(|status| uri(status).to_owned()).collect::<Vec<_>>();
    let wanted = (wanted(above), wanted(below));
    let mut last = Value::Null;
    let found = wait::try_until(wait::PATIENCE, async || {
        last = reader.context(status).await;
        let uris =
            |key: &str| each(items(&last[key]), "/uri").into_iter().map(str::to_owned).collect::<Vec<_>>();
        ((uris("ancestors"), uris("descendants")) == wanted).then_some(())
    })
    .await;
    assert!(found.is_some(), "on {}: expected {wanted:#?}, got {last:#}", reader.base());
}

async fn has_replies(reader: &Client, status: &str, count: u64) {
    let what = format!("{count} replies");
    reader.sees_status(status, &what, |status| status["replies_count"] == count).await;
}

async fn a_comment_federates(Pair { home, alice, bob, .. }: Pair) {
    let anna = home.person("anna").await;
    follows(&bob, &alice).await;
    let post = alice.say("a picture of the pier").await;
    let there = bob.sees_at_home(uri(&post)).await;
    let comment = bob.reply(id(&there), "lovely pier").await;
    assert_eq!(comment["in_reply_to_id"], there["id"]);
    assert_eq!(comment["in_reply_to_account_id"], there["account"]["id"]);

    // The author is told without being named in the text, and only once.
    let told = alice.sees_notification("mention", &bob.handle()).await;
    let comment_here = &told["status"];
    assert_eq!(comment_here["uri"], comment["uri"]);
    assert_eq!(comment_here["content"], comment["content"]);
    assert_eq!(comment_here["in_reply_to_id"], post["id"]);
    assert_eq!(comment_here["in_reply_to_account_id"], alice.id);
    assert_eq!(alice.notifications().await.into_iter().filter(|n| n["type"] == "mention").count(), 1);

    for (reader, post, comment) in [
        (&*alice, id(&post), id(comment_here)),
        (&*bob, id(&there), id(&comment)),
        (&*anna, id(&post), id(comment_here)),
        (&home.client(), id(&post), id(comment_here)),
    ] {
        let (post, comment) = (reader.status(post).await, reader.status(comment).await);
        sees_thread(reader, id(&post), &[], &[&comment]).await;
        sees_thread(reader, id(&comment), &[&post], &[]).await;
        has_replies(reader, id(&post), 1).await;
        assert_eq!(comment["in_reply_to_id"], post["id"]);
    }
    // A comment is in the lists of its author, unless they are asked for without comments.
    let bob_here = text(&told, "/account/id");
    let with = alice.account_statuses(bob_here).await;
    assert!(has(&with, uri(&comment)));
    let without = alice.get(&format!("/api/v1/accounts/{bob_here}/statuses?exclude_replies=true")).await;
    assert_eq!(without, json!([]));
}

async fn comments_on_comments_make_a_thread(Pair { far, alice, bob, .. }: Pair) {
    let cleo = far.person("cleo").await;
    follows(&alice, &bob).await;
    follows(&bob, &alice).await;
    let post = alice.say("which paper is this?").await;
    let there = bob.sees_at_home(uri(&post)).await;

    let reply = async |who: &Person, to: &Value, words: &str, reader: &Person| {
        let sent = who.reply(id(to), words).await;
        let what = format!("{words} on {}", reader.base());
        let told = wait::until(&what, wait::PATIENCE, async || {
            reader.notifications().await.into_iter().find(|n| n["status"]["uri"] == sent["uri"])
        })
        .await;
        assert_eq!(text(&told, "/account/acct"), seen_by(reader, who));
        (sent, told["status"].clone())
    };
    // bob → alice → bob, and a second branch by cleo.
    let (first_there, first) = reply(&bob, &there, "salted, I think", &alice).await;
    let (second, second_there) = reply(&alice, &first, "and toned?", &bob).await;
    let (third_there, third) = reply(&bob, &second_there, "with gold", &alice).await;
    let (branch_there, branch) = reply(&cleo, &there, "albumen!", &alice).await;

    for (reader, thread) in [
        (&*alice, [&post, &first, &second, &third, &branch]),
        (&*bob, [&there, &first_there, &second_there, &third_there, &branch_there]),
        (&*cleo, [&there, &first_there, &second_there, &third_there, &branch_there]),
        (&far.client(), [&there, &first_there, &second_there, &third_there, &branch_there]),
    ] {
        let [root, first, second, third, branch] = thread;
        // Depth first: a branch is read to its end before the next begins.
        sees_thread(reader, id(root), &[], &[first, second, third, branch]).await;
        sees_thread(reader, id(second), &[root, first], &[third]).await;
        sees_thread(reader, id(branch), &[root], &[]).await;
        for (status, count) in [(root, 2), (first, 1), (second, 1), (third, 0), (branch, 0)] {
            has_replies(reader, id(status), count).await;
        }
    }
}

async fn a_deleted_comment_uncounts(Pair { alice, bob, .. }: Pair) {
    follows(&bob, &alice).await;
    let post = alice.say("before and after").await;
    let there = bob.sees_at_home(uri(&post)).await;
    let stays_there = bob.reply(id(&there), "this stays").await;
    let goes_there = bob.reply(id(&there), "this goes").await;
    let find = async |uri: &str| {
        wait::until(uri, wait::PATIENCE, async || {
            alice.notifications().await.into_iter().find(|n| n["status"]["uri"] == uri)
        })
        .await["status"]
            .clone()
    };
    let (stays, goes) = (find(uri(&stays_there)).await, find(uri(&goes_there)).await);
    has_replies(&alice, id(&post), 2).await;
    has_replies(&bob, id(&there), 2).await;

    bob.delete_status(id(&goes_there)).await;
    is_gone(&alice, id(&goes)).await;
    is_gone(&bob, id(&goes_there)).await;
    for (reader, post, stays) in [(&*alice, &post, &stays), (&*bob, &there, &stays_there)] {
        has_replies(reader, id(post), 1).await;
        sees_thread(reader, id(post), &[], &[stays]).await;
    }
    let told = alice.notifications().await;
    assert!(!told.iter().any(|n| n["status"]["uri"] == goes_there["uri"]), "{told:?}");
}
