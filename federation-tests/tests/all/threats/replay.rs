//! Threats of the category `replay`.

use serde_json::{Value, json};

use super::signer::{ALL, signed, unsigned};
use super::stage::{Stage, TAKEN};

const HOUR: i64 = 60 * 60;
const WITH_CREATED: [&str; 4] = ["(request-target)", "host", "(created)", "digest"];
const WITH_EXPIRES: [&str; 5] = ["(request-target)", "host", "(created)", "(expires)", "digest"];

#[tokio::test]
async fn t040_old_requests() {
    let stage = Stage::set().await;
    let Stage { peer, bob, alice, .. } = &stage;
    let post = alice.say("a post").await;
    let like = || peer.like(bob, post["uri"].as_str().unwrap());
    let unix = |offset: i64| stage.unix(offset).to_string();
    let dated = |offset: i64| {
        let request = unsigned(&stage, bob, &like()).with("date", &stage.now(offset));
        signed(request, bob, &ALL, &[])
    };
    let created = |offset: i64| {
        let request = unsigned(&stage, bob, &like());
        signed(request, bob, &WITH_CREATED, &[("created", &unix(offset)), ("algorithm", "hs2019")])
    };
    let expires = |from: i64, to: i64| {
        let extra = [("created", unix(from)), ("expires", unix(to))];
        let extra: Vec<(&str, &str)> = extra.iter().map(|(name, value)| (*name, value.as_str())).collect();
        signed(unsigned(&stage, bob, &like()), bob, &WITH_EXPIRES, &extra)
    };
    let mut tries = stage.variants();
    let cases = [
        ("a date a bit more than 12 hours ago", dated(-12 * HOUR - 60)),
        ("a date days ago", dated(-3 * 24 * HOUR)),
        ("a date years ago", dated(-3 * 365 * 24 * HOUR)),
        ("a date more than an hour ahead", dated(HOUR + 60)),
        ("a date years ahead", dated(3 * 365 * 24 * HOUR)),
        ("created more than 12 hours ago", created(-12 * HOUR - 60)),
        ("created more than an hour ahead", created(HOUR + 60)),
        ("created in 1970", created(-stage.unix(0) + 1)),
        ("expired a minute ago", expires(-120, -60)),
        ("expired before it was made", expires(0, -1)),
        (
            "a date that is none",
            signed(unsigned(&stage, bob, &like()).with("date", "yesterday"), bob, &ALL, &[]),
        ),
        ("an empty date", signed(unsigned(&stage, bob, &like()).with("date", ""), bob, &ALL, &[])),
        (
            "a good date that is not signed, an old one that is",
            signed(
                unsigned(&stage, bob, &like()),
                bob,
                &WITH_CREATED,
                &[("created", &unix(-24 * HOUR)), ("algorithm", "hs2019")],
            ),
        ),
    ];
    for (name, request) in cases {
        tries.check(name, &[401], &[], peer.send_request(&request)).await;
    }
    tries.done();

    // Within the window the activity's id tells: taken, without a second effect.
    for (name, request) in
        [("dated", dated(-60)), ("dated hours ago", dated(-11 * HOUR)), ("created", created(-60))]
    {
        assert_eq!(peer.send_request(&request).await.status, 202, "{name}");
        stage.settled().await;
        let before = stage.rows(&[]).await;
        for _ in 0..3 {
            assert_eq!(peer.send_request(&request).await.status, 202, "{name}, again");
        }
        stage.settled().await;
        assert_eq!(stage.rows(&[]).await, before, "{name}: once is enough");
    }
    assert_eq!(alice.status(post["id"].as_str().unwrap()).await["favourites_count"], 1);
    let told = alice.notifications().await;
    assert_eq!(told.iter().filter(|told| told["type"] == "favourite").count(), 1);
}

#[tokio::test]
async fn t094_undone_before_it_was_done() {
    let stage = Stage::set().await;
    let Stage { peer, bob, mallory, alice, .. } = &stage;
    let post = alice.say("a post").await;
    let (uri, id) = (post["uri"].as_str().unwrap(), post["id"].as_str().unwrap());
    let carol = peer.actor_at("third.localhost", "carol");
    let tell = async |activities: &[&Value], by: &tintype_testkit::peer::Actor| {
        for activity in activities {
            let answer = stage.tell(by, activity).await;
            assert_eq!(answer.status, 202, "{activity}: {answer:?}");
        }
        stage.settled().await;
    };
    let counts = async || {
        let post = alice.status(id).await;
        (post["favourites_count"].as_i64(), post["reblogs_count"].as_i64())
    };
    let followers = async || alice.followers(&alice.id).await.len();
    let before = followers().await;

    // An Undo that is faster than what it undoes.
    let follow = peer.follow(&carol, &alice.actor());
    tell(&[&peer.undo(&carol, &follow), &follow], &carol).await;
    assert_eq!(followers().await, before, "Undo, then Follow");
    let like = peer.like(bob, uri);
    tell(&[&peer.undo(bob, &like), &like], bob).await;
    assert_eq!(counts().await, (Some(0), Some(0)), "Undo, then Like");
    let boost = peer.announce(bob, uri);
    tell(&[&peer.undo(bob, &boost), &boost], bob).await;
    assert_eq!(counts().await, (Some(0), Some(0)), "Undo, then Announce");
    let block = peer.activity(mallory, "Block", &json!(alice.actor()));
    tell(&[&peer.undo(mallory, &block), &block], mallory).await;
    assert_eq!(followers().await, before, "Undo, then Block");

    // What was undone is not done again by the same words.
    let follow = peer.follow(&carol, &alice.actor());
    tell(&[&follow], &carol).await;
    assert_eq!(followers().await, before + 1);
    tell(&[&peer.undo(&carol, &follow), &follow], &carol).await;
    assert_eq!(followers().await, before, "Follow, Undo, the same Follow");
    let like = peer.like(bob, uri);
    tell(&[&like, &peer.undo(bob, &like), &like], bob).await;
    assert_eq!(counts().await, (Some(0), Some(0)), "Like, Undo, the same Like");
    let boost = peer.announce(bob, uri);
    tell(&[&boost, &peer.undo(bob, &boost), &boost], bob).await;
    assert_eq!(counts().await, (Some(0), Some(0)), "Announce, Undo, the same Announce");

    // Another like is another like; an old Undo of another one takes nothing away.
    let (first, second) = (peer.like(bob, uri), peer.like(bob, uri));
    let undo = peer.undo(bob, &first);
    tell(&[&first, &undo, &second, &undo], bob).await;
    assert_eq!(counts().await, (Some(1), Some(0)), "Like, Undo, another Like, the same Undo");
    tell(&[&peer.undo(bob, &second)], bob).await;
    assert_eq!(counts().await, (Some(0), Some(0)));

    // A Delete that is faster than its Create.
    let note = peer.note(bob, "<p>never mind</p>");
    let create = peer.create(bob, &note);
    tell(&[&peer.delete(bob, note["id"].as_str().unwrap()), &create], bob).await;
    let other = peer.create(bob, &note);
    let edit = peer.activity(bob, "Update", &note);
    tell(&[&other, &edit, &create], bob).await;
    assert!(alice.search(note["id"].as_str().unwrap()).await["statuses"].as_array().unwrap().is_empty());
    assert_eq!(stage.content(note["id"].as_str().unwrap()).await, None, "Delete, then Create");

    // All of it once more, in any order: nothing happens.
    let before = stage.rows(TAKEN).await;
    tell(&[&like, &first, &boost, &create, &second], bob).await;
    tell(&[&follow], &carol).await;
    assert_eq!(stage.rows(TAKEN).await, before);
}
