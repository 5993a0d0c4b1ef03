//! Who sees what, on both sides of the wire.

use super::{Pair, ask, each, follows, has, id, scenarios, text, uri};
use serde_json::{Value, json};
use tintype_testkit::{Client, Person};

scenarios!(four_visibilities, a_private_comment_stays_private);

async fn can_read(reader: &Client, status: &str) -> bool {
    let answers: Vec<u16> = [
        ask(reader, &format!("/api/v1/statuses/{status}")).await.status,
        ask(reader, &format!("/api/v1/statuses/{status}/context")).await.status,
        ask(reader, &format!("/api/v1/statuses/{status}/favourited_by")).await.status,
    ]
    .into();
    assert!(answers == [200; 3] || answers == [404; 3], "{answers:?}");
    answers[0] == 200
}

async fn four_visibilities(Pair { home, far, alice, bob }: Pair) {
    // Bob follows, carol doesn't, dora is mentioned; erin lives at home and doesn't follow.
    let (carol, dora, erin) = futures::join!(far.person("carol"), far.person("dora"), home.person("erin"));
    follows(&bob, &alice).await;
    let publish = async |visibility: &str, status: String| {
        let post = alice.post_status(json!({"status": status, "visibility": visibility})).await;
        assert_eq!(post["visibility"], visibility);
        post
    };
    let public = publish("public", "for everybody".into()).await;
    let unlisted = publish("unlisted", "for everybody, quietly".into()).await;
    let private = publish("private", "for followers".into()).await;
    let direct = publish("direct", format!("for @{} alone", dora.handle())).await;

    let told = dora.sees_notification("mention", &alice.handle()).await;
    assert_eq!(told["status"]["uri"], direct["uri"]);
    let mut there: Vec<Value> = Vec::new();
    for post in [&public, &unlisted, &private] {
        there.push(bob.sees_at_home(uri(post)).await);
    }
    there.push(told["status"].clone());
    let shown: Vec<&str> = each(&there, "/visibility");
    assert_eq!(shown, ["public", "unlisted", "private", "direct"]);

    // By id: `there` on the far side, the originals at home.
    let here = [&public, &unlisted, &private, &direct].map(Value::clone);
    let anybody = far.client();
    let nobody = home.client();
    let readers: [(&str, &Client, &[Value], [bool; 4]); 7] = [
        ("a follower", &bob, &there, [true, true, true, false]),
        ("a stranger", &carol, &there, [true, true, false, false]),
        ("the mentioned", &dora, &there, [true, true, false, true]),
        ("nobody far away", &anybody, &there, [true, true, false, false]),
        ("the author", &alice, &here, [true, true, true, true]),
        ("a stranger at home", &erin, &here, [true, true, false, false]),
        ("nobody at home", &nobody, &here, [true, true, false, false]),
    ];
    let author_there = text(&there[0], "/account/id");
    for (who, reader, statuses, expected) in readers {
        for (status, expected) in statuses.iter().zip(expected) {
            let visibility = text(status, "/visibility");
            assert_eq!(can_read(reader, id(status)).await, expected, "{who}: {visibility}");
        }
        let author = if reader.base() == home.base() { alice.id.as_str() } else { author_there };
        let listed = reader.account_statuses(author).await;
        for (status, expected) in statuses.iter().zip(expected) {
            assert_eq!(has(&listed, uri(status)), expected, "{who}: the author's list: {status}");
        }
        // Public timelines hold public posts only, whoever asks.
        let timeline = reader.public_timeline().await;
        let found: Vec<bool> = statuses.iter().map(|status| has(&timeline, uri(status))).collect();
        assert_eq!(found, [true, false, false, false], "{who}: public timeline");
    }

    // Homes: bob's has what a follower sees, the others' have nothing.
    assert!(!has(&bob.home().await, uri(&direct)));
    for reader in [&carol, &dora, &erin] {
        assert_eq!(reader.home().await, [] as [Value; 0], "{}", reader.handle());
    }
    assert_eq!(each(&bob.notifications().await, "/type"), [] as [&str; 0]);

    // A search by address opens no door either.
    for (reader, post, found) in [
        (&carol, &public, 1),
        (&carol, &unlisted, 1),
        (&carol, &private, 0),
        (&carol, &direct, 0),
        (&bob, &private, 1),
        (&bob, &direct, 0),
        (&dora, &direct, 1),
        (&erin, &private, 0),
        (&erin, &direct, 0),
    ] {
        let who = format!("{} looks for {}", reader.handle(), post["visibility"]);
        let by_uri = reader.search(uri(post)).await;
        assert_eq!(by_uri["statuses"].as_array().map(Vec::len), Some(found), "{who}");
        // Its page is asked for anew, and what is not for everybody is not given to a stranger's server.
        let by_page = reader.search(text(post, "/url")).await;
        let open = post["visibility"] == "public" || post["visibility"] == "unlisted";
        let pages = by_page["statuses"].as_array().map_or(0, Vec::len);
        assert!(if open { pages == found } else { pages <= found }, "{who}: {by_page}");
    }

    // What one can't see one can't touch.
    for verb in ["favourite", "reblog"] {
        let path = format!("/api/v1/statuses/{}/{verb}", id(&there[2]));
        assert_eq!(carol.request("POST".parse().unwrap(), &path).send().await.status, 404, "{verb}");
    }
    let answer = json!({"status": "me too", "in_reply_to_id": id(&there[3])});
    let answer = carol.request("POST".parse().unwrap(), "/api/v1/statuses").json(&answer).send().await;
    assert_eq!(answer.status, 404);
}

async fn a_private_comment_stays_private(Pair { far, alice, bob, .. }: Pair) {
    let carol = far.person("carol").await;
    follows(&alice, &bob).await;
    let post = alice.say("open to all").await;
    let there = bob.find_status(uri(&post)).await;
    let comment = json!({"status": "between us", "in_reply_to_id": id(&there), "visibility": "private"});
    let comment = bob.post_status(comment).await;
    let told = alice.sees_notification("mention", &bob.handle()).await;
    let comment_here = told["status"].clone();
    assert_eq!(comment_here["uri"], comment["uri"]);

    let descendants = async |reader: &Client, status: &str| {
        let context = reader.context(status).await;
        super::items(&context["descendants"]).len()
    };
    assert_eq!(descendants(&alice, id(&post)).await, 1);
    assert_eq!(descendants(&bob, id(&there)).await, 1);
    // Others see the post and not the comment, on both sides.
    let strangers: [(&Client, &str, &str); 2] =
        [(&carol, id(&there), id(&comment)), (&alice.anonymous(), id(&post), id(&comment_here))];
    for (reader, post, comment) in strangers {
        assert_eq!(descendants(reader, post).await, 0, "{}", reader.base());
        assert_eq!(ask(reader, &format!("/api/v1/statuses/{comment}")).await.status, 404);
    }
    let author: &Person = &bob;
    assert!(!has(&carol.account_statuses(&author.id).await, uri(&comment)));
}
