//! Threats of the category `moderation`.

use std::sync::Arc;

use serde_json::{Value, json};
use tintype_testkit::peer::{Actor, Key, Reply, SignOptions};
use tintype_testkit::rows;

use super::stage::{Stage, TAKEN};

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

fn id(entity: &Value) -> &str {
    entity["id"].as_str().expect("an id")
}

fn uri(entity: &Value) -> &str {
    entity["uri"].as_str().expect("a uri")
}

fn with(mut object: Value, fields: &[(&str, Value)]) -> Value {
    for (name, value) in fields {
        object[name] = value.clone();
    }
    object
}

#[tokio::test]
async fn t035_a_blocked_domain_under_another_spelling() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, mallory, alice, .. } = &stage;
    let port = peer.port();
    let post = alice.say("a post").await;
    // An upper case and a trailing dot in the command are the same rule.
    let blocked = alpha.cli(&["domain", "block", &format!("EVIL.Localhost.:{port}"), "--json"]).await;
    println!("{blocked}");
    alpha.cli(&["domain", "block", &format!("elsewhere.localhost:{port}"), "--json"]).await;
    alpha.cli(&["domain", "block", &format!("bücher.localhost:{port}"), "--json"]).await;
    stage.settled().await;
    let key = Arc::new(Key::generate());
    let hosts = [
        "evil.localhost",
        "EVIL.localhost",
        "Evil.LocalHost",
        "evil.localhost.",
        "sub.evil.localhost",
        "a.b.c.evil.localhost",
        "SUB.evil.localhost.",
        "xn--bcher-kva.localhost",
        "bücher.localhost",
        "BÜCHER.localhost",
        "%65vil.localhost",
        "ｅｖｉｌ.localhost",
        "evil。localhost",
    ];
    let mut tries = stage.variants();
    for host in hosts {
        let mut eve = peer.actor_with_key(host, "eve", Arc::clone(&key));
        let like = peer.like(&eve, uri(&post));
        let name = |what: &str| format!("{host}: {what}");
        let before = peer.received().len();
        tries.check(&name("an activity"), &[403], &[], stage.tell(&eve, &like)).await;
        let follow = peer.follow(&eve, &alice.actor());
        tries.check(&name("a follow"), &[403], &[], stage.tell(&eve, &follow)).await;
        let shown = peer.get_request(&eve, uri(&post), &SignOptions::default());
        // A name in other letters is no header's text.
        let allowed: &[u16] = if host.is_ascii() { &[403] } else { &[401, 403] };
        tries.check(&name("a fetch"), allowed, &[], peer.send_request(&shown)).await;
        // A note of theirs, brought by others.
        let note = peer.note(&eve, "<p>from where nobody is heard</p>");
        let boost = peer.announce(bob, id(&note));
        tries.check(&name("a boost of theirs"), &[202], TAKEN, stage.tell(bob, &boost)).await;
        let moved = peer.url(&format!("/moved/{before}"));
        peer.serve(&moved, Reply::redirect(id(&note)));
        let boost = peer.announce(bob, &moved);
        tries.check(&name("a boost that redirects there"), &[202], TAKEN, stage.tell(bob, &boost)).await;
        let stolen = with(peer.note(bob, "<p>x</p>"), &[("attributedTo", json!(eve.id))]);
        let create = peer.create(bob, &stolen);
        tries
            .check(&name("attributed to theirs"), &[202, 400, 401, 403], TAKEN, stage.tell(bob, &create))
            .await;
        let as_theirs = SignOptions { key_id: Some(eve.key_id.clone()), ..SignOptions::default() };
        let mine = peer.like(bob, uri(&post));
        tries.check(&name("their key"), &[401, 403], &[], stage.tell_as(bob, &mine, &as_theirs)).await;
        let bobs_key = SignOptions { key_id: Some(bob.key_id.clone()), ..SignOptions::default() };
        tries.check(&name("another's key"), &[401, 403], &[], stage.tell_as(&eve, &like, &bobs_key)).await;
        for query in [eve.id.clone(), id(&note).to_owned(), eve.handle(), moved] {
            let found = alice.request("GET".parse().unwrap(), "/api/v2/search");
            let found = found.query(&[("q", &query), ("resolve", "true")]).send().await;
            let found = found.json();
            let nothing = found["accounts"] == json!([]) && found["statuses"] == json!([]);
            tries.judge(&name("searched"), &if nothing { Vec::new() } else { vec![found.to_string()] });
        }
        let asked: Vec<String> = peer.received()[before..]
            .iter()
            .filter(|request| request.host.to_lowercase().contains("evil") || request.host.contains("bcher"))
            .map(|request| format!("{}{}", request.host, request.path))
            .collect();
        tries.judge(&name("called"), &asked);
        // Behind an address that is not theirs by name: the handle tells.
        eve.document["preferredUsername"] = json!("eve");
    }
    // An actor of a good host whose handle is of a blocked domain.
    let mask = peer.actor_with_key("mask.localhost", "mask", Arc::clone(&key));
    let finger = |host: &str, user: &str, of: &Actor| {
        let handle = format!("{user}@{host}:{port}");
        let url = format!("http://{host}:{port}/.well-known/webfinger?resource=acct:{handle}");
        let jrd = json!({
            "subject": format!("acct:mask@evil.localhost:{port}"),
            "links": [{"rel": "self", "type": "application/activity+json", "href": of.id}],
        });
        peer.serve(&url, Reply::json(200, "application/jrd+json", &jrd));
    };
    finger("mask.localhost", "mask", &mask);
    finger("evil.localhost", "mask", &mask);
    let follow = peer.follow(&mask, &alice.actor());
    tries.check("a handle of theirs", &[401, 403], &[], stage.tell(&mask, &follow)).await;
    // Who was known before is nobody any more.
    let like = peer.like(mallory, uri(&post));
    tries.check("who was known", &[403], &[], stage.tell(mallory, &like)).await;
    tries.done();
    // Neighbours that only look alike are none.
    for host in ["notevil.localhost", "evil.localhost.example.localhost"] {
        let good = peer.actor_with_key(host, "good", Arc::clone(&key));
        assert_eq!(stage.tell(&good, &peer.like(&good, uri(&post))).await.status, 202, "{host}");
    }
    stage.is_alive().await;
}

#[tokio::test]
async fn t049_a_suspended_account_comes_back() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, mallory, trudy, alice, .. } = &stage;
    for actor in [mallory, trudy] {
        stage.follows(actor).await;
    }
    let (old, seen) = stage.post_of(mallory, "<p>an old one</p>").await;
    let boosted = peer.announce(bob, id(&old));
    assert_eq!(stage.tell(bob, &boosted).await.status, 202);
    stage.settled().await;
    alpha.cli(&["account", "suspend", &mallory.handle(), "--json"]).await;
    stage.settled().await;

    let fresh = peer.note(mallory, "<p>a new one</p>");
    let reply = with(peer.note(bob, "<p>as you say</p>"), &[("inReplyTo", fresh["id"].clone())]);
    let mut quoting = peer.note(bob, "<p>look</p>");
    quoting["quoteUrl"] = fresh["id"].clone();
    let mut lively = mallory.document.clone();
    lively["suspended"] = json!(false);
    lively["name"] = json!("Lively again");
    peer.publish(&mallory.id, &lively);
    let mut tries = stage.variants();
    for (what, activity) in [
        ("an old post", peer.announce(bob, id(&old))),
        ("a new post", peer.announce(bob, id(&fresh))),
        ("a new post, by another", peer.announce(trudy, id(&fresh))),
    ] {
        let signer = if what.ends_with("another") { trudy } else { bob };
        tries.check(&format!("a boost of {what}"), &[202], TAKEN, stage.tell(signer, &activity)).await;
    }
    for (what, activity) in [
        ("a post", peer.create(mallory, &fresh)),
        ("a like", peer.like(mallory, uri(&alice.say("x").await))),
        ("a follow", peer.follow(mallory, &alice.actor())),
        ("a boost", peer.announce(mallory, id(&fresh))),
    ] {
        stage.settled().await;
        tries.check(&format!("{what} of their own"), &[403], &[], stage.tell(mallory, &activity)).await;
    }
    // A refresh makes nobody good again, whoever asks for it.
    stage.tell(mallory, &peer.activity(mallory, "Update", &lively)).await;
    stage.finds(&mallory.id).await;
    stage.finds(&mallory.handle()).await;
    stage.finds(id(&fresh)).await;
    stage.finds(id(&old)).await;
    stage.settled().await;
    let suspended = stage
        .select(&format!(
            "SELECT 'x' FROM accounts WHERE uri = '{}' AND suspended_at IS NOT NULL",
            mallory.id
        ))
        .await;
    tries.judge(
        "a refresh",
        &if suspended.len() == 1 { Vec::new() } else { vec!["not suspended any more".to_owned()] },
    );
    // A thread around what is theirs doesn't show it.
    for note in [&reply, &quoting] {
        assert_eq!(stage.tell(bob, &peer.create(bob, note)).await.status, 202);
        stage.settled().await;
        assert!(stage.content(id(note)).await.is_some());
    }
    tries.done();
    assert_eq!(stage.content(id(&fresh)).await, None, "nothing of theirs is stored");
    let home = alice.home().await;
    let theirs = |entry: &Value| {
        entry["account"]["acct"] == mallory.handle() || entry["reblog"]["account"]["acct"] == mallory.handle()
    };
    assert!(!home.iter().any(theirs), "{home:?}");
    let public = alice.public_timeline().await;
    assert!(!public.iter().any(theirs));
    let gone = alice.request("GET".parse().unwrap(), &format!("/api/v1/statuses/{}", id(&seen))).send().await;
    assert_eq!(gone.status, 404);
    let answer = alice.find_status(id(&reply)).await;
    let context = alice.context(id(&answer)).await;
    assert_eq!(context["ancestors"], json!([]));
}

#[tokio::test]
async fn t070_a_blocked_person_who_goes_on() {
    let stage = Stage::set().await;
    let Stage { peer, bob, trudy, alice, .. } = &stage;
    stage.follows(trudy).await;
    let post = alice.say("to everybody").await;
    // A private word between them, before.
    let private = |note: Value| {
        with(
            note,
            &[
                ("to", json!([alice.actor()])),
                ("cc", json!([])),
                (
                    "tag",
                    json!([{"type": "Mention", "href": alice.actor(), "name": format!("@{}", alice.handle())}]),
                ),
            ],
        )
    };
    let dm = private(peer.note(bob, "<p>a private word</p>"));
    assert_eq!(stage.tell(bob, &peer.create(bob, &dm)).await.status, 202);
    alice.sees_notification("mention", &bob.handle()).await;
    let known = alice.find_account(&bob.handle()).await;
    alice.post(&format!("/api/v1/accounts/{}/block", id(&known)), json!({})).await;
    stage.settled().await;
    let before = alice.notifications().await;

    let reply = with(private(peer.note(bob, "<p>blocked words</p>")), &[("inReplyTo", json!(uri(&post)))]);
    let public = with(
        peer.note(bob, "<p>blocked words</p>"),
        &[
            ("inReplyTo", json!(uri(&post))),
            ("tag", private(json!({}))["tag"].clone()),
            ("cc", json!([alice.actor()])),
        ],
    );
    let mut quote = with(
        public.clone(),
        &[("quoteUrl", json!(uri(&post))), ("quoteUri", json!(uri(&post))), ("quote", json!(uri(&post)))],
    );
    quote["id"] = peer.note(bob, "x")["id"].clone();
    let edited =
        with(dm.clone(), &[("content", json!("<p>blocked words</p>")), ("updated", json!(stage.stamp(30)))]);
    let mut wrong = Vec::new();
    for (what, activity) in [
        ("a reply", peer.create(bob, &reply)),
        ("a public reply", peer.create(bob, &public)),
        ("a quote", peer.create(bob, &quote)),
        ("a like", peer.like(bob, uri(&post))),
        ("a reaction", peer.activity(bob, "EmojiReact", &json!(uri(&post)))),
        ("a boost", peer.announce(bob, uri(&post))),
        ("a follow", peer.follow(bob, &alice.actor())),
        ("an edit of an old word", peer.activity(bob, "Update", &edited)),
    ] {
        let answer = stage.tell(bob, &activity).await;
        stage.settled().await;
        if ![202, 403].contains(&answer.status) {
            wrong.push(format!("{what}: {answer:?}"));
        }
        if alice.notifications().await != before {
            wrong.push(format!("{what}: she is told of it"));
        }
        let now = alice.status(id(&post)).await;
        if now["favourites_count"] != 0 || now["reblogs_count"] != 0 {
            wrong.push(format!("{what}: counted"));
        }
        let thread = alice.context(id(&post)).await;
        if thread["descendants"] != json!([]) {
            wrong.push(format!("{what}: in her thread"));
        }
        let home = alice.home().await;
        if home.iter().any(|entry| entry["content"].as_str().unwrap_or_default().contains("blocked words")) {
            wrong.push(format!("{what}: at home"));
        }
        let between = alice.relationship(id(&known)).await;
        if between["followed_by"] == true || between["blocking"] != true {
            wrong.push(format!("{what}: {between}"));
        }
    }
    assert_eq!(
        stage.content(id(&dm)).await.as_deref(),
        Some("<p>a private word</p>"),
        "an old word stays as it was"
    );
    // Somebody else answers him and names her: she hears of that person, not of him.
    let third = with(
        public.clone(),
        &[
            ("id", peer.note(trudy, "x")["id"].clone()),
            ("attributedTo", json!(trudy.id)),
            ("inReplyTo", public["id"].clone()),
            ("content", json!("<p>he says</p>")),
        ],
    );
    stage.tell(trudy, &peer.create(trudy, &third)).await;
    stage.settled().await;
    let told = alice.notifications().await;
    if told.iter().any(|told| told["account"]["acct"] == bob.handle()) {
        wrong.push("told of him".to_owned());
    }
    // What he asks for himself is not shown.
    for path in [
        uri(&post).to_owned(),
        format!("{}/outbox?page=true", alice.actor()),
        format!("{}/followers", alice.actor()),
        format!("{}/collections/featured", alice.actor()),
    ] {
        let shown = peer.fetch(bob, &path, &SignOptions::default()).await;
        if ![403, 404].contains(&shown.status) {
            wrong.push(format!("he reads {path}: {}", shown.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(peer.fetch(trudy, uri(&post), &SignOptions::default()).await.status, 200);
}

#[tokio::test]
async fn t071_collections_of_others() {
    let stage = Stage::set().await;
    let Stage { peer, alice, .. } = &stage;
    let featured = |actor: &Actor| format!("{}/collections/featured", actor.id);
    // All of them have a collection of pinned posts.
    let [bob, trudy, mallory] = [&stage.bob, &stage.trudy, &stage.mallory].map(|actor| {
        let mut actor = actor.clone();
        actor.document["featured"] = json!(featured(&actor));
        peer.publish_actor(&actor);
        actor
    });
    for actor in [&bob, &trudy, &mallory] {
        assert_eq!(stage.tell(actor, &peer.activity(actor, "Update", &actor.document)).await.status, 202);
    }
    stage.settled().await;
    let (pinned, seen) = stage.post_of(&bob, "<p>pinned</p>").await;
    let (other, _) = stage.post_of(&bob, "<p>not pinned</p>").await;
    let mine = alice.say("Alice's").await;
    let aimed = |by: &Actor, kind: &str, object: &str, target: &str| {
        with(peer.activity(by, kind, &json!(object)), &[("target", json!(target)), ("to", json!([PUBLIC]))])
    };
    assert_eq!(stage.tell(&bob, &aimed(&bob, "Add", id(&pinned), &featured(&bob))).await.status, 202);
    let pins = async || {
        let path = format!("/api/v1/accounts/{}/statuses?pinned=true", id(&seen["account"]));
        let pins = alice.get(&path).await;
        pins.as_array().unwrap().iter().map(|pin| uri(pin).to_owned()).collect::<Vec<_>>()
    };
    stage.settled().await;
    assert_eq!(pins().await, [id(&pinned)]);

    let foreign = peer.note(&mallory, "<p>hers</p>");
    let mut tries = stage.variants();
    for thief in [&trudy, &mallory] {
        let who = &thief.username;
        for (what, activity) in [
            ("adds to Bob's", aimed(thief, "Add", id(&other), &featured(&bob))),
            ("adds hers to Bob's", aimed(thief, "Add", id(&foreign), &featured(&bob))),
            ("removes from Bob's", aimed(thief, "Remove", id(&pinned), &featured(&bob))),
            ("pins Bob's at hers", aimed(thief, "Add", id(&other), &featured(thief))),
            ("pins Alice's at hers", aimed(thief, "Add", uri(&mine), &featured(thief))),
            (
                "adds to Alice's",
                aimed(thief, "Add", uri(&mine), &format!("{}/collections/featured", alice.actor())),
            ),
            (
                "removes from Alice's",
                aimed(thief, "Remove", uri(&mine), &format!("{}/collections/featured", alice.actor())),
            ),
            ("adds to followers", aimed(thief, "Add", &alice.actor(), &bob.followers)),
            ("adds a moderator", aimed(thief, "Add", &thief.id, &format!("{}/moderators", bob.id))),
            ("in Bob's name", aimed(&bob, "Remove", id(&pinned), &featured(&bob))),
        ] {
            let name = format!("{who} {what}");
            tries.check(&name, &[202, 401, 403], TAKEN, stage.tell(thief, &activity)).await;
        }
    }
    for (what, activity) in [
        ("pins Alice's", aimed(&bob, "Add", uri(&mine), &featured(&bob))),
        ("pins Mallory's", aimed(&bob, "Add", id(&foreign), &featured(&bob))),
        ("adds to Trudy's", aimed(&bob, "Add", id(&other), &featured(&trudy))),
    ] {
        tries.check(&format!("Bob {what}"), &[202, 401, 403], TAKEN, stage.tell(&bob, &activity)).await;
    }
    tries.done();
    assert_eq!(pins().await, [id(&pinned)]);
    assert_eq!(stage.tell(&bob, &aimed(&bob, "Remove", id(&pinned), &featured(&bob))).await.status, 202);
    stage.settled().await;
    assert_eq!(pins().await, [] as [&str; 0], "he himself may");
    let before = stage.rows(TAKEN).await;
    assert_eq!(rows::differences(&before, &stage.rows(TAKEN).await), [] as [&str; 0]);
}

#[tokio::test]
async fn t072_moves_without_consent() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, trudy, mallory, alice, .. } = &stage;
    let followed = async || {
        let mut all: Vec<String> = alice
            .following(&alice.id)
            .await
            .iter()
            .map(|account| account["acct"].as_str().unwrap().to_owned())
            .collect();
        all.sort();
        all
    };
    let before = followed().await;
    assert_eq!(before, [bob.handle()]);
    let aimed = |by: &Actor, from: &str, to: &str| {
        with(peer.activity(by, "Move", &json!(from)), &[("target", json!(to))])
    };
    // What an actor at another server says of its other names; each is another one.
    let target = |name: &str, aliases: Value, moved: Value| {
        let mut actor = peer.actor_at("new.localhost", name);
        actor.document["alsoKnownAs"] = aliases;
        actor.document["movedTo"] = moved;
        peer.publish_actor(&actor);
        actor
    };
    let without = target("without", json!([]), Value::Null);
    let other =
        target("other", json!([trudy.id, format!("{}x", bob.id), bob.handle(), bob.domain]), Value::Null);
    // Another place is believed when it says so too: all names of a ring are there.
    let good = target(
        "good",
        json!([bob.id, peer.url("/users/onward").replacen("remote.", "new.", 1)]),
        Value::Null,
    );
    let mut named = bob.clone();
    named.document["alsoKnownAs"] = json!([format!("http://{}/users/ring", good.domain)]);
    peer.publish_actor(&named);
    assert_eq!(stage.tell(bob, &peer.activity(bob, "Update", &named.document)).await.status, 202);
    stage.is_followed_by(&good).await;
    stage.settled().await;
    let ring = target("ring", json!([bob.id]), json!(bob.id));
    let onward = target("onward", json!([bob.id]), json!(good.id));
    let liar = target("liar", json!([bob.id]), Value::Null);
    let mut document = liar.document.clone();
    document["id"] = json!(without.id);
    peer.publish(&liar.id, &document);
    let mut tries = stage.variants();
    for (what, signer, activity) in [
        ("to somebody who doesn't know him", bob, aimed(bob, &bob.id, &without.id)),
        ("to somebody who knows others", bob, aimed(bob, &bob.id, &other.id)),
        ("to himself", bob, aimed(bob, &bob.id, &bob.id)),
        ("to Alice", bob, aimed(bob, &bob.id, &alice.actor())),
        ("to nobody", bob, aimed(bob, &bob.id, &peer.url("/users/nobody"))),
        ("to a post", bob, aimed(bob, &bob.id, peer.note(bob, "x")["id"].as_str().unwrap())),
        ("to where nobody may go", bob, aimed(bob, &bob.id, &stage.canary.url("/users/bob"))),
        ("without a target", bob, peer.activity(bob, "Move", &json!(bob.id))),
        ("of Bob by Trudy", trudy, aimed(trudy, &bob.id, &good.id)),
        ("of Bob by Mallory", mallory, aimed(mallory, &bob.id, &good.id)),
        ("of Bob in his name", mallory, aimed(bob, &bob.id, &good.id)),
        ("of Bob by who he moves to", &good, aimed(&good, &bob.id, &good.id)),
        ("of Alice by Bob", bob, aimed(bob, &alice.actor(), &good.id)),
        ("by a document of another id", bob, aimed(bob, &bob.id, &liar.id)),
    ] {
        // Who is looked at becomes known; nothing else may differ.
        let touches = [TAKEN, &["accounts", "account_aliases", "hosts"]].concat();
        tries
            .check(&format!("a Move {what}"), &[202, 400, 401, 403], &touches, stage.tell(signer, &activity))
            .await;
        let now = followed().await;
        tries.judge(
            &format!("after a Move {what}"),
            &if now == before { Vec::new() } else { vec![format!("{now:?}")] },
        );
    }
    // A new place that has moved itself, in a ring or onward: nobody is sent in circles.
    for (what, to) in [("in a ring", &ring), ("onward", &onward)] {
        let requests = peer.received().len();
        assert_eq!(stage.tell(bob, &aimed(bob, &bob.id, &to.id)).await.status, 202);
        stage.settled().await;
        let now = followed().await;
        let mut faults = Vec::new();
        if now != before {
            faults.push(format!("{now:?}"));
        }
        let caused = peer.received().len() - requests;
        if caused > 12 {
            faults.push(format!("{caused} requests"));
        }
        tries.judge(&format!("a Move {what}"), &faults);
    }
    tries.done();
    stage.assert_untouched().await;

    // With the consent of both it is one; and then not again for a while.
    assert_eq!(stage.tell(bob, &aimed(bob, &bob.id, &good.id)).await.status, 202);
    let asked = |to: &Actor| {
        let id = to.id.clone();
        move |request: &tintype_testkit::peer::Received| {
            request.is("Follow") && request.json()["object"] == id
        }
    };
    peer.wait_for("a Follow of the new account", asked(&good)).await;
    stage.settled().await;
    let second = target("second", json!([bob.id, good.id]), Value::Null);
    for mover in [bob, &good] {
        assert_eq!(stage.tell(mover, &aimed(mover, &mover.id, &second.id)).await.status, 202);
        stage.settled().await;
        if mover.id == bob.id {
            assert_eq!(peer.count(asked(&second)), 0, "twice within days");
        }
    }
    assert!(alpha.pid().is_some());
}

#[tokio::test]
async fn t108_quotes_without_consent() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, trudy, mallory, alice, .. } = &stage;
    for actor in [trudy, mallory] {
        stage.follows(actor).await;
    }
    let (hers, _) = stage.post_of(mallory, "<p>Mallory's own</p>").await;
    let mine = alice.say("Alice's own").await;
    let boost = peer.announce(mallory, uri(&mine));
    assert_eq!(stage.tell(mallory, &boost).await.status, 202);
    peer.publish(id(&boost), &boost);
    stage.settled().await;
    let contexts = json!([
        "https://www.w3.org/ns/activitystreams",
        {
            "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
            "quoteAuthorization": {"@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id"},
            "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
            "gts": "https://gotosocial.org/ns#",
            "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
            "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
        },
    ]);
    let authorization = |url: &str, by: &str, quoting: &str, quoted: &str| {
        let document = json!({
            "@context": contexts, "id": url, "type": "QuoteAuthorization", "attributedTo": by,
            "interactingObject": quoting, "interactionTarget": quoted,
        });
        peer.publish(url, &document);
    };
    let quote_of = |quoted: &str, leave: Option<&str>| {
        let note =
            with(peer.note(bob, "<p>look</p>"), &[("@context", contexts.clone()), ("quote", json!(quoted))]);
        let note = match leave {
            Some(leave) => with(note, &[("quoteAuthorization", json!(leave))]),
            None => note,
        };
        peer.publish(id(&note), &note);
        note
    };
    let host = |actor: &Actor, path: &str| format!("http://{}/stamps/{path}", actor.domain);
    let (theirs, ours) = (id(&hers).to_owned(), uri(&mine).to_owned());
    let mut cases: Vec<(&str, Value)> = vec![
        ("without leave", quote_of(&theirs, None)),
        ("of ours, without leave", quote_of(&ours, None)),
        ("of a boost", quote_of(id(&boost), None)),
    ];
    // The stamp names what is asked, but lies where the quoted author isn't; or lies there and names something else.
    for (number, (what, quoted, place, by, right_quoting, right_quoted)) in [
        ("a stamp at the quoting server", &theirs, bob, &mallory.id, true, true),
        (
            "a stamp at a third server",
            &theirs,
            &peer.actor_at("third.localhost", "third"),
            &mallory.id,
            true,
            true,
        ),
        ("a stamp for another post", &theirs, mallory, &mallory.id, false, true),
        ("a stamp of another post", &theirs, mallory, &mallory.id, true, false),
        ("a stamp by somebody else", &theirs, mallory, &bob.id, true, true),
        ("a stamp of ours at the quoting server", &ours, bob, &alice.actor(), true, true),
    ]
    .into_iter()
    .enumerate()
    {
        let stamp = host(place, &number.to_string());
        let note = quote_of(quoted, Some(&stamp));
        let quoting = if right_quoting { id(&note) } else { "http://remote.localhost/other" };
        authorization(
            &stamp,
            by,
            quoting,
            if right_quoted { quoted } else { "http://elsewhere.localhost/other" },
        );
        cases.push((what, note));
    }
    let invented = format!("{}/quote_authorizations/1", alice.actor());
    cases.push(("a stamp of ours that never was", quote_of(&ours, Some(&invented))));
    cases.push(("a stamp inside", quote_of(&theirs, Some(&stage.canary.url("/stamp")))));
    cases.push(("a stamp that is the quoted post", quote_of(&theirs, Some(&theirs))));
    let mut tries = stage.variants();
    for (what, note) in &cases {
        let status = stage.tell(bob, &peer.create(bob, note)).await.status;
        stage.settled().await;
        let seen = alice.sees_at_home(id(note)).await;
        let mut faults = Vec::new();
        if status != 202 {
            faults.push(format!("{status}"));
        }
        let quote = &seen["quote"];
        if quote["state"] == "accepted" || quote["quoted_status"].is_object() {
            faults.push(format!("{quote}"));
        }
        tries.judge(what, &faults);
    }
    // Leave that is given in advance, by whom it isn't to give.
    for thief in [bob, trudy] {
        let stamp = host(thief, &format!("early-{}", thief.username));
        let note = quote_of(&theirs, Some(&stamp));
        authorization(&stamp, &thief.id, id(&note), &theirs);
        let accept = with(
            peer.activity(
                thief,
                "Accept",
                &json!({
                    "type": "QuoteRequest", "id": format!("{}/request", id(&note)), "actor": bob.id,
                    "object": theirs, "instrument": id(&note),
                }),
            ),
            &[("result", json!(stamp))],
        );
        assert!([202, 400, 403].contains(&stage.tell(thief, &accept).await.status));
        assert_eq!(stage.tell(bob, &peer.create(bob, &note)).await.status, 202);
        stage.settled().await;
        let seen = alice.sees_at_home(id(&note)).await;
        let bad = seen["quote"]["state"] == "accepted";
        tries.judge(
            &format!("leave in advance by {}", thief.username),
            &if bad { vec![seen["quote"].to_string()] } else { Vec::new() },
        );
    }
    tries.done();
    stage.assert_untouched().await;
    assert!(
        alice.notifications().await.iter().all(|told| told["type"] != "quote"),
        "nobody quoted her by leave"
    );

    // With her leave it is shown.
    let stamp = host(mallory, "genuine");
    let note = quote_of(&theirs, Some(&stamp));
    authorization(&stamp, &mallory.id, id(&note), &theirs);
    assert_eq!(stage.tell(bob, &peer.create(bob, &note)).await.status, 202);
    stage.settled().await;
    let seen = alice.sees_at_home(id(&note)).await;
    assert_eq!(seen["quote"]["state"], "accepted", "{}", seen["quote"]);
    assert!(alpha.pid().is_some());
}
