//! Threats of the category `privacy`: ways into the audience of a post that wasn't meant for one.

use super::private_posts::{PUBLIC, finds, for_followers, three_posts};
use super::stage::{Stage, TAKEN, fault};
use crate::scenarios::{eventually, follows, id, uri};
use serde_json::json;
use tintype_testkit::Person;
use tintype_testkit::peer::{Actor, SignOptions};

/// The person follows the actor, and it accepts.
async fn is_accepted(stage: &Stage, person: &Person, actor: &Actor) {
    person.follow(&actor.handle()).await;
    let asked = stage
        .peer
        .wait_for("a Follow", |request| {
            request.is("Follow")
                && request.json()["actor"] == person.actor()
                && request.json()["object"] == actor.id
        })
        .await;
    let accept = stage.peer.accept(actor, &asked.json());
    let answer = stage.peer.tell(actor, &person.actor(), &accept).await;
    assert_eq!(answer.status, 202, "{answer:?}");
}

#[tokio::test]
async fn t017_a_follow_is_none_before_its_accept() {
    let stage = Stage::set().await;
    let mut lock = stage.peer.actor_at("locked.localhost", "lock");
    lock.document["manuallyApprovesFollowers"] = json!(true);
    stage.peer.publish_actor(&lock);
    let carol = stage.alpha.person("carol").await;
    is_accepted(&stage, &carol, &lock).await;
    let there = carol.find_account(&lock.handle()).await;
    eventually("Carol follows", async || carol.relationship(id(&there)).await["following"] == true).await;

    // Alice asks, and waits.
    stage.alice.follow(&lock.handle()).await;
    let asked = stage
        .peer
        .wait_for("Alice's Follow", |request| {
            request.is("Follow")
                && request.json()["actor"] == stage.alice.actor()
                && request.json()["object"] == lock.id
        })
        .await;
    let note = for_followers(&stage, &lock, "zyqlocked #secrets");
    let create = stage.peer.create(&lock, &note);
    assert_eq!(
        stage.peer.deliver(&lock, &stage.alpha.url("/inbox"), &create, &SignOptions::default()).await.status,
        202
    );
    let seen = carol.sees_at_home(id(&note)).await;
    let mut variants = stage.variants();
    let relationship = stage.alice.relationship(id(&there)).await;
    variants.judge(
        "the relationship",
        &fault(relationship["following"] != false || relationship["requested"] != true, || {
            relationship.to_string()
        }),
    );
    variants.judge("while it waits", &finds(&stage.alice, &seen, "zyqlocked").await);
    // Nobody else accepts in the locked one's place.
    let follow = asked.json();
    for (name, actor) in [("another server", &stage.mallory), ("Bob", &stage.bob)] {
        let accept = stage.peer.accept(actor, &follow);
        variants
            .check(
                &format!("accepted by {name}"),
                &[202, 400, 401, 403, 404],
                &["received_activities", "accounts", "account_keys"],
                stage.tell(actor, &accept),
            )
            .await;
        let mut forged = stage.peer.accept(actor, &follow);
        forged["actor"] = json!(lock.id);
        variants
            .check(
                &format!("accepted by {name} under its name"),
                &[401, 403],
                &[],
                stage.tell(actor, &forged),
            )
            .await;
    }
    variants.judge("after forged answers", &finds(&stage.alice, &seen, "zyqlocked").await);
    let answer = stage.tell(&lock, &stage.peer.reject(&lock, &follow)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    eventually("refused", async || stage.alice.relationship(id(&there)).await["requested"] == false).await;
    variants.judge("once it is refused", &finds(&stage.alice, &seen, "zyqlocked").await);
    variants.done();
    assert!(finds(&carol, &seen, "zyqlocked").await.len() > 5, "who follows does find it");
}

#[tokio::test]
async fn t018_an_audience_grows_by_nobody_elses_word() {
    let stage = Stage::set().await;
    let note = for_followers(&stage, &stage.bob, "zyqbobs");
    let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let seen = stage.alice.sees_at_home(id(&note)).await;
    let carl = stage.alpha.person("carl").await;
    is_accepted(&stage, &carl, &stage.mallory).await;
    stage.settled().await;

    let wider = |author: &Actor| {
        let mut wider = note.clone();
        wider["to"] = json!([PUBLIC, carl.actor(), author.id]);
        wider["cc"] = json!([carl.actor(), author.followers]);
        wider["tag"] = json!([{"type": "Mention", "href": carl.actor(), "name": carl.handle()}]);
        wider
    };
    let mut variants = stage.variants();
    for thief in [&stage.mallory, &stage.trudy] {
        // What somebody on the author's own server says is within their origin: taken or not, it changes nothing.
        let neighbour = thief.id == stage.trudy.id;
        let refused: &[u16] =
            if neighbour { &[202, 400, 401, 403, 404, 422] } else { &[400, 401, 403, 404, 422] };
        let touches = if neighbour { TAKEN } else { &[] };
        let wide = wider(thief);
        let mut mine = wide.clone();
        mine["attributedTo"] = json!(thief.id);
        let both = {
            let mut both = wide.clone();
            both["attributedTo"] = json!([thief.id, stage.bob.id]);
            both
        };
        for (name, kind, object) in [
            ("the same note", "Create", &wide),
            ("as one's own", "Create", &mine),
            ("with two authors", "Create", &both),
            ("changed", "Update", &wide),
            ("changed as one's own", "Update", &mine),
        ] {
            let mut activity = stage.peer.activity(thief, kind, object);
            activity["to"] = json!([PUBLIC, carl.actor()]);
            activity["cc"] = json!([carl.actor()]);
            let what = format!("{kind}, {name}, by {}", thief.handle());
            variants.check(&what, refused, touches, stage.tell(thief, &activity)).await;
        }
        for (name, kind, object) in [
            ("by its id", "Create", json!(id(&note))),
            ("added", "Add", json!(id(&note))),
            ("boosted", "Announce", json!(id(&note))),
            ("boosted whole", "Announce", wide.clone()),
        ] {
            let mut activity = stage.peer.activity(thief, kind, &object);
            activity["to"] = json!([PUBLIC, carl.actor()]);
            activity["target"] = json!(format!("{}/collections/featured", thief.id));
            let what = format!("{kind}, {name}, by {}", thief.handle());
            // Taken or not: nothing comes of it.
            let any: &[u16] = &[202, 400, 401, 403, 404, 422];
            variants.check(&what, any, TAKEN, stage.tell(thief, &activity)).await;
        }
    }
    variants.judge("what Carl finds", &finds(&carl, &seen, "zyqbobs").await);
    variants.judge("what strangers find", &finds(&stage.alpha.client(), &seen, "zyqbobs").await);
    variants.done();
    assert_eq!(stage.alice.status(id(&seen)).await["visibility"], "private");
}

#[tokio::test]
async fn t076_boosts_carry_nothing_to_strangers() {
    let stage = Stage::set().await;
    let (alice, alpha) = (&stage.alice, &stage.alpha);
    let fay = alpha.person("fay").await;
    let sam = alpha.person("sam").await;
    follows(&fay, alice).await;
    let [_, private, direct] = three_posts(&stage).await;
    let mut variants = stage.variants();
    stage.settled().await;
    for (name, who, post, wanted) in [
        ("a follower boosts a private post", &fay, &private, &[404, 422][..]),
        ("a stranger boosts a private post", &sam, &private, &[404][..]),
        ("the author boosts a direct post", alice, &direct, &[404, 422][..]),
        ("a stranger boosts a direct post", &sam, &direct, &[404][..]),
    ] {
        for visibility in ["public", "unlisted", "private", "direct"] {
            let path = format!("/api/v1/statuses/{}/reblog", id(post));
            let request =
                who.request("POST".parse().unwrap(), &path).json(&json!({"visibility": visibility}));
            variants.check(&format!("{name} as {visibility}"), wanted, &[], request.send()).await;
        }
    }
    // The author's own boost of a private post stays with followers, however it is asked for.
    let wrapper = alice
        .request("POST".parse().unwrap(), &format!("/api/v1/statuses/{}/reblog", id(&private)))
        .json(&json!({"visibility": "public"}))
        .send()
        .await
        .ok();
    variants.judge("its visibility", &fault(wrapper["visibility"] != "private", || wrapper.to_string()));
    variants.judge("what a stranger finds of it", &finds(&sam, &private, "zyqprivateword").await);
    for path in [format!("/api/v1/statuses/{}", id(&wrapper)), format!("/@alice/{}", id(&wrapper))] {
        let answer = sam.request("GET".parse().unwrap(), &path).unchecked().send().await;
        variants.judge(&path, &fault(answer.status != 404, || format!("{answer:?}")));
    }
    let announce = stage.peer.wait_for("the Announce", |request| request.is("Announce")).await.json();
    variants.judge("its audience", &fault(announce.to_string().contains("#Public"), || announce.to_string()));

    // From elsewhere: a boost of what was sent to Alice alone, by whomever.
    let held = for_followers(&stage, &stage.bob, "zyqheld");
    stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &held)).await;
    let seen = alice.sees_at_home(id(&held)).await;
    for actor in [&stage.mallory, &stage.trudy] {
        is_accepted(&stage, &sam, actor).await;
    }
    for (actor, object) in [
        (&stage.mallory, id(&held)),
        (&stage.trudy, id(&held)),
        (&stage.bob, id(&held)),
        (&stage.mallory, uri(&private)),
        (&stage.bob, uri(&direct)),
    ] {
        let boost = stage.peer.announce(actor, object);
        for inbox in [alpha.url("/inbox"), format!("{}/inbox", sam.actor())] {
            let answer = stage.peer.deliver(actor, &inbox, &boost, &SignOptions::default()).await;
            let mut faults = fault(answer.status >= 500, || format!("{answer:?}"));
            stage.settled().await;
            for (post, word) in [(&seen, "zyqheld"), (&private, "zyqprivateword"), (&direct, "zyqdirectword")]
            {
                faults.extend(finds(&sam, post, word).await);
            }
            variants.judge(&format!("{} announces {object} at {inbox}", actor.handle()), &faults);
        }
    }
    variants.done();
}
