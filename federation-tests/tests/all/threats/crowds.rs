//! Threats of the category `dos`: crowds of hosts and of names, each of which could be asked about.

use super::stage::{Stage, fault};
use super::strain::{MIB, asked, asked_after, too_much};
use crate::scenarios::{id, items};
use serde_json::{Value, json};
use std::fmt::Write as _;
use tintype_testkit::{
    Database,
    peer::{Actor, Received, Reply},
};

#[tokio::test]
async fn t062_a_forest_of_hosts_is_not_walked() {
    let stage = Stage::set().await;
    let port = stage.peer.port();
    let key = stage.bob.key.public_pem();
    // Every host has one person, whose every text names people on hosts that were never seen before.
    stage.peer.script(move |request| {
        let host = request.host.strip_suffix(&format!(".wild.localhost:{port}"))?.to_owned();
        let base = format!("http://{}", request.host);
        let next = |number: usize| format!("http://{number}x{host}.wild.localhost:{port}/users/troll");
        let tags: Vec<Value> = (0..20).map(|number| json!({"type": "Mention", "href": next(number), "name": format!("@troll@{number}x{host}.wild.localhost:{port}")})).collect();
        let note = json!({"id": format!("{base}/note"), "type": "Note", "attributedTo": format!("{base}/users/troll"), "content": "x", "to": "https://www.w3.org/ns/activitystreams#Public", "inReplyTo": format!("{}/note", next(7).trim_end_matches("/users/troll")), "tag": tags, "published": "2026-01-01T00:00:00Z"});
        let document = if request.path.starts_with("/.well-known/webfinger") {
            return Some(Reply::json(200, "application/jrd+json", &json!({"subject": format!("acct:troll@{}", request.host), "links": [{"rel": "self", "type": "application/activity+json", "href": format!("{base}/users/troll")}]})));
        } else if request.path.starts_with("/note") {
            note
        } else if request.path.starts_with("/users/troll/") || request.path.starts_with("/list") {
            json!({"id": format!("{base}{}", request.path), "type": "OrderedCollection", "totalItems": 20, "orderedItems": (0..20).map(next).chain([format!("{base}/note")]).collect::<Vec<_>>()})
        } else {
            json!({
                "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"], "id": format!("{base}/users/troll"), "type": "Person", "preferredUsername": "troll",
                "inbox": format!("{base}/inbox"), "outbox": format!("{base}/list/outbox"), "followers": format!("{base}/users/troll/followers"), "following": format!("{base}/users/troll/following"),
                "featured": format!("{base}/list/featured"), "movedTo": next(3), "alsoKnownAs": [next(4)], "summary": format!("<a href=\"{}\">@troll</a>", next(5)), "tag": tags,
                "attachment": [{"type": "PropertyValue", "name": "x", "value": next(6)}], "publicKey": {"id": format!("{base}/users/troll#main-key"), "owner": format!("{base}/users/troll"), "publicKeyPem": key},
            })
        };
        Some(Reply::json(200, "application/activity+json", &document))
    });
    let wild = |request: &Received| request.host.contains(".wild.localhost");
    // A follow by a stranger leads no further than the stranger.
    let mut rounds = Vec::new();
    for number in 0..6 {
        let host = format!("r{number}.wild.localhost:{port}");
        let mut troll = stage.bob.clone();
        troll.id = format!("http://{host}/users/troll");
        troll.key_id = format!("{}#main-key", troll.id);
        troll.domain = host;
        let before = asked(&stage, wild);
        let follow = stage.peer.follow(&troll, &stage.alice.actor());
        let answer = stage.tell(&troll, &follow).await;
        stage.settled().await;
        assert!(answer.status < 500, "{answer:?}");
        let after_follow = asked(&stage, wild) - before;
        let note = json!({"id": format!("http://{}/own", troll.domain), "type": "Note", "attributedTo": troll.id, "content": "<p>x</p>", "to": ["https://www.w3.org/ns/activitystreams#Public", stage.alice.actor()], "published": "2026-01-01T00:00:00Z",
            "inReplyTo": format!("http://0x{}/note", troll.domain), "tag": (0..40).map(|n| json!({"type": "Mention", "href": format!("http://m{n}x{}/users/troll", troll.domain), "name": "@troll"})).chain([json!({"type": "Mention", "href": stage.alice.actor(), "name": "@alice"})]).collect::<Vec<_>>()});
        let create = stage.peer.activity(&troll, "Create", &note);
        let answer = stage.tell(&troll, &create).await;
        stage.settled().await;
        assert!(answer.status < 500, "{answer:?}");
        rounds.push((after_follow, asked(&stage, wild) - before));
    }
    println!("requests after each follow, and after each post: {rounds:?}");
    for (follow, all) in &rounds {
        assert!(*follow <= 5, "a follow leads to the follower and no further: {rounds:?}");
        assert!(*all <= 100 + 5, "a post has one budget: {rounds:?}");
    }
    // Nothing grows on by itself.
    let left = stage.alpha.cli(&["jobs", "list", "--json", "--limit", "1000"]).await;
    assert!(items(&left["jobs"]).len() < 50, "{}", items(&left["jobs"]).len());
    let known = stage.alpha.count("accounts").await;
    assert!(known < 6 * 60, "{known} accounts");
    stage.is_alive().await;
}

/// Whatever names somebody makes up below a domain: what is asked of it has one budget, and so have others theirs.
#[tokio::test(flavor = "multi_thread")]
async fn t062_a_domain_is_asked_so_much() {
    const BUDGET: usize = 60;
    let stage = Stage::with(Database::Sqlite, |builder| {
        builder.config("federation.limits.fetches_per_domain", &BUDGET.to_string())
    })
    .await;
    let Stage { peer, alice, .. } = &stage;
    let trolls: Vec<Actor> =
        (0..2 * BUDGET).map(|number| peer.actor_at(&format!("r{number}.wild.localhost"), "troll")).collect();
    let mut put_off = 0;
    for some in trolls.chunks(24) {
        let told =
            some.iter().map(async |troll| stage.tell(troll, &peer.follow(troll, &alice.actor())).await);
        for answer in futures::future::join_all(told).await {
            assert!([202, 503].contains(&answer.status), "{answer:?}");
            put_off += usize::from(answer.status == 503);
        }
    }
    stage.settled().await;
    let wild = asked(&stage, |request| request.method == "GET" && request.host.contains(".wild.localhost"));
    println!("{wild} asked, {put_off} put off");
    // Twice: a minute may have ended meanwhile.
    assert!(put_off > 0 && wild <= 2 * BUDGET, "{wild} asked, {put_off} put off");
    let other = peer.actor_at("calm.localhost", "carol");
    stage.is_followed_by(&other).await;
    stage.is_alive().await;
}

#[tokio::test]
async fn t063_crowds_of_names_are_counted_first() {
    let stage = Stage::set().await;
    let port = stage.peer.port();
    let mut variants = stage.variants();
    let strangers = |count: usize| -> Vec<String> {
        (0..count).map(|number| format!("http://s{number}.localhost:{port}/users/nobody")).collect()
    };
    for (name, tags, to) in [("mentions", 8_000, 0), ("recipients", 0, 12_000), ("both", 4_000, 5_000)] {
        let mut note = stage.peer.note(&stage.bob, "<p>everybody</p>");
        let mut all: Vec<Value> = strangers(tags)
            .into_iter()
            .map(|href| json!({"type": "Mention", "href": href, "name": "@nobody"}))
            .collect();
        all.push(json!({"type": "Mention", "href": stage.alice.actor(), "name": "@alice"}));
        all.extend((0..tags / 4).map(|number| json!({"type": "Hashtag", "name": format!("#tag{number}"), "href": "https://x.example/"})));
        note["tag"] = Value::Array(all);
        note["to"] = json!(
            [&["https://www.w3.org/ns/activitystreams#Public".to_owned()][..], &strangers(to)].concat()
        );
        note["cc"] = json!([stage.bob.followers, stage.alice.actor()]);
        let mut create = stage.peer.create(&stage.bob, &note);
        create["object"] = note.clone();
        if create.to_string().len() > MIB {
            create["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
        }
        let size = create.to_string().len();
        let before = asked(&stage, |_| true);
        let jobs = stage.alpha.count("jobs").await;
        let answer = stage.tell(&stage.bob, &create).await;
        let more = stage.alpha.count("jobs").await.saturating_sub(jobs);
        let fetches = asked_after(&stage, before).await;
        let mut faults = fault(![202, 400, 413].contains(&answer.status), || format!("{answer:?}"));
        faults.extend(fault(fetches > 50 || more > 10, || format!("{fetches} requests, {more} jobs")));
        if answer.status == 202 {
            let seen = stage.alice.sees_at_home(id(&note)).await;
            faults.extend(fault(
                items(&seen["mentions"]).len() > 50 || items(&seen["tags"]).len() > 64,
                || {
                    format!(
                        "{} mentions, {} tags",
                        items(&seen["mentions"]).len(),
                        items(&seen["tags"]).len()
                    )
                },
            ));
        }
        variants.judge(&format!("{name} in {size} bytes: {fetches} requests"), &faults);
    }
    // From people: too many names are too many.
    let crowd: String = (0..200).fold(String::new(), |mut text, number| {
        let _ = write!(text, "@n{number}@s{number}.localhost:{port} ");
        text
    });
    let before = asked(&stage, |_| true);
    let answer = stage
        .alice
        .request("POST".parse().unwrap(), "/api/v1/statuses")
        .json(&json!({"status": crowd}))
        .send()
        .await;
    let fetches = asked_after(&stage, before).await;
    variants.judge(
        "a crowd in one's own post",
        &fault(answer.status != 422 || fetches > 60, || format!("{} and {fetches} requests", answer.status)),
    );
    // Activities that list many objects.
    for kind in ["Flag", "Like", "Announce", "Delete", "Undo", "Follow"] {
        let activity = stage.peer.activity(&stage.bob, kind, &json!(strangers(9_000)));
        let before = asked(&stage, |_| true);
        let answer = stage.tell(&stage.bob, &activity).await;
        let fetches = asked_after(&stage, before).await;
        variants.judge(&format!("{kind} of 9,000"), &too_much(&answer, fetches, 100));
    }
    variants.done();
    stage.is_alive().await;
}
