//! Threats of the category `object-authority`: nothing is believed beyond its own origin.

use std::sync::Arc;

use serde_json::{Value, json};
use tintype_testkit::peer::{Actor, Key, Reply, SignOptions};
use tintype_testkit::wait;

use super::stage::{Stage, TAKEN};

const REFUSED: &[u16] = &[401, 403];
const NOTHING: &[u16] = &[202, 401, 403];

fn uri(entity: &Value) -> &str {
    entity["uri"].as_str().expect("a uri")
}

fn id(entity: &Value) -> &str {
    entity["id"].as_str().expect("an id")
}

/// An object with some fields replaced.
fn with(mut object: Value, fields: &[(&str, Value)]) -> Value {
    for (name, value) in fields {
        object[name] = value.clone();
    }
    object
}

impl Stage {
    /// A search by Alice that asks other servers: what it found, of accounts and statuses.
    pub async fn finds(&self, query: &str) -> Vec<Value> {
        let found = self.alice.search(query).await;
        let list = |kind: &str| found[kind].as_array().cloned().unwrap_or_default();
        list("accounts").into_iter().chain(list("statuses")).collect()
    }
}

#[tokio::test]
async fn t003_the_document_of_another_url() {
    let stage = Stage::set().await;
    let Stage { peer, bob, mallory, alice, .. } = &stage;
    let (known, _) = stage.post_of(bob, "<p>the true words</p>").await;
    let unseen = peer.note(bob, "<p>true, too</p>");
    let evil_key = json!({"id": bob.key_id, "owner": bob.id, "publicKeyPem": mallory.key.public_pem()});
    let forged_actor = with(
        bob.document.clone(),
        &[
            ("name", json!("Forged")),
            ("publicKey", evil_key),
            ("inbox", json!(format!("http://{}/inbox", mallory.domain))),
        ],
    );
    let forged = |note: &Value| with(note.clone(), &[("content", json!("<p>forged</p>"))]);
    let ghost = with(forged(&known), &[("id", json!(peer.url("/users/bob/statuses/ghost")))]);
    let documents = [
        ("Bob himself", forged_actor),
        ("a post that is known", forged(&known)),
        ("a post that isn't known", forged(&unseen)),
        ("a post that isn't there", ghost),
        ("one of ours", with(forged(&known), &[("id", json!(format!("{}/statuses/1", alice.actor())))])),
        ("Alice", with(bob.document.clone(), &[("id", json!(alice.actor())), ("name", json!("Forged"))])),
    ];
    let before = stage.stored(&bob.id).await;
    let mut tries = stage.variants();
    for (number, (what, document)) in documents.iter().enumerate() {
        let url = |way: &str| format!("http://{}/{way}/{number}", mallory.domain);
        for way in ["search", "boost", "parent", "redirect", "user"] {
            peer.publish(&url(way), document);
        }
        peer.serve(&url("moved"), Reply::redirect(&url("redirect")));
        stage.finds(&url("search")).await;
        stage.finds(&url("moved")).await;
        let boost = peer.announce(bob, &url("boost"));
        let boosted = stage.tell(bob, &boost).await.status;
        let answer = with(peer.note(bob, "<p>an answer</p>"), &[("inReplyTo", json!(url("parent")))]);
        let answered = stage.tell(bob, &peer.create(bob, &answer)).await.status;
        let eve = Actor { id: url("user"), key_id: format!("{}#main-key", url("user")), ..mallory.clone() };
        let followed = stage.tell(&eve, &peer.follow(&eve, &alice.actor())).await.status;
        stage.settled().await;
        let mut faults = Vec::new();
        if (boosted, answered, followed) != (202, 202, 401) {
            faults.push(format!("{boosted} {answered} {followed}"));
        }
        if stage.stored(&bob.id).await != before {
            faults.push("Bob has changed".to_owned());
        }
        let trace = stage.tables_with("orged").await;
        if !trace.is_empty() {
            faults.push(format!("forged words in {trace:?}"));
        }
        tries.judge(what, &faults);
    }
    tries.done();
    assert_eq!(stage.content(id(&known)).await.as_deref(), Some("<p>the true words</p>"));
    assert_eq!(stage.content(id(&unseen)).await.as_deref(), Some("<p>true, too</p>"), "asked at its own id");
    assert_eq!(
        stage.select("SELECT 'x' FROM accounts WHERE local AND display_name = 'Forged'").await.len(),
        0
    );
    // The id was asked for once for each way, and no more.
    let ghosts = peer.count(|request| request.path == "/users/bob/statuses/ghost");
    assert!(ghosts <= 5, "{ghosts} requests for what isn't there");
    stage.is_alive().await;
}

#[tokio::test]
async fn t004_another_media_type() {
    let stage = Stage::set().await;
    let Stage { peer, bob, alice, .. } = &stage;
    // The victim's server keeps files for its people. What lies there speaks for it only as ActivityPub.
    let profile = "https://www.w3.org/ns/activitystreams";
    let wrong = [
        "text/plain",
        "text/html",
        "application/json",
        "application/octet-stream",
        "application/ld+json",
        "application/ld+json; profile=\"https://w3id.org/security/v1\"",
        "application/ld+json; charset=\"https://www.w3.org/ns/activitystreams\"",
        "application/activity+jsonx",
        "application/activity",
        "text/plain; application/activity+json",
        "text/plain, application/activity+json",
        "image/jpeg",
        "",
    ];
    let uploaded = |path: &str| {
        let url = peer.url(&format!("/files/{path}"));
        let note = with(peer.note(bob, "<p>uploaded</p>"), &[("id", json!(url)), ("url", json!(url))]);
        (url, note)
    };
    let mut tries = stage.variants();
    for (number, kind) in wrong.into_iter().enumerate() {
        let serve = |way: &str| {
            let (url, note) = uploaded(&format!("{way}{number}"));
            peer.serve(&url, Reply::json(200, kind, &note));
            url
        };
        let found = stage.finds(&serve("search")).await;
        tries.judge(
            &format!("{kind:?}, searched"),
            &found.iter().map(|found| format!("found {found}")).collect::<Vec<_>>(),
        );
        let boost = peer.announce(bob, &serve("boost"));
        tries.check(&format!("{kind:?}, boosted"), &[202], TAKEN, stage.tell(bob, &boost)).await;

        let eve = peer.actor(&format!("eve{number}"));
        peer.serve(&eve.id, Reply::json(200, kind, &eve.document));
        let follow = peer.follow(&eve, &alice.actor());
        tries.check(&format!("{kind:?}, an actor"), &[401], &[], stage.tell(&eve, &follow)).await;
    }
    tries.done();
    assert_eq!(stage.tables_with("uploaded").await, [] as [&str; 0]);
    for (number, kind) in [
        "application/activity+json".to_owned(),
        "Application/Activity+JSON; charset=utf-8".to_owned(),
        format!("application/ld+json; profile=\"{profile}\""),
        format!("APPLICATION/LD+JSON;charset=utf-8;Profile=\"{profile}\""),
    ]
    .iter()
    .enumerate()
    {
        let (url, note) = uploaded(&format!("right{number}"));
        peer.serve(&url, Reply::json(200, kind, &note));
        assert_eq!(stage.finds(&url).await.len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn t009_an_edit_of_somebody_elses_post() {
    let stage = Stage::set().await;
    let Stage { peer, bob, trudy, mallory, alice, .. } = &stage;
    let (note, seen) = stage.post_of(bob, "<p>mine</p>").await;
    let mine = alice.say("Alice's own").await;
    let later = "2031-01-01T00:00:00Z";
    let forged = |by: &Actor| {
        with(
            note.clone(),
            &[("content", json!("<p>forged</p>")), ("updated", json!(later)), ("attributedTo", json!(by.id))],
        )
    };
    let mut tries = stage.variants();
    for thief in [trudy, mallory] {
        let who = &thief.username;
        let ours = with(forged(thief), &[("id", json!(uri(&mine)))]);
        let cases = [
            ("attributed to the thief", peer.activity(thief, "Update", &forged(thief))),
            ("attributed to Bob", peer.activity(thief, "Update", &forged(bob))),
            ("as a Create", peer.create(thief, &forged(thief))),
            ("as a Create, attributed to Bob", peer.create(thief, &forged(bob))),
            ("by its id", peer.activity(thief, "Update", &json!(id(&note)))),
            (
                "as a Question",
                peer.activity(thief, "Update", &with(forged(thief), &[("type", json!("Question"))])),
            ),
            (
                "as a Tombstone",
                peer.activity(thief, "Update", &json!({"id": id(&note), "type": "Tombstone"})),
            ),
            (
                "attributed to both",
                peer.activity(
                    thief,
                    "Update",
                    &with(forged(thief), &[("attributedTo", json!([thief.id, bob.id]))]),
                ),
            ),
            ("Alice's", peer.activity(thief, "Update", &ours)),
            (
                "Bob's profile",
                peer.activity(thief, "Update", &with(bob.document.clone(), &[("name", json!("forged"))])),
            ),
        ];
        for (what, activity) in cases {
            tries.check(&format!("{who}: {what}"), NOTHING, TAKEN, stage.tell(thief, &activity)).await;
        }
    }
    // Nor does a post change hands by the will of its author.
    for owner in [trudy, mallory] {
        let given = peer.activity(bob, "Update", &forged(owner));
        tries.check("given away", NOTHING, TAKEN, stage.tell(bob, &given)).await;
    }
    tries.done();
    let now = alice.status(id(&seen)).await;
    assert_eq!((&now["content"], &now["account"]["acct"]), (&json!("<p>mine</p>"), &json!(bob.handle())));
    assert_eq!(stage.tables_with("forged").await, [] as [&str; 0]);

    let right =
        with(note.clone(), &[("content", json!("<p>edited</p>")), ("updated", json!(stage.stamp(5)))]);
    assert_eq!(stage.tell(bob, &peer.activity(bob, "Update", &right)).await.status, 202);
    alice.sees_status(id(&seen), "edited by Bob", |status| status["content"] == "<p>edited</p>").await;
}

#[tokio::test]
async fn t010_keys_and_inboxes_stay_with_their_owner() {
    let mut stage = Stage::set().await;
    let bobs = stage.stored(&stage.bob.id).await.expect("Bob");
    let trudys = stage.stored(&stage.trudy.id).await.expect("Trudy");
    let alices = stage.stored(&stage.alice.actor()).await.expect("Alice");
    let Stage { peer, bob, trudy, mallory, alice, .. } = &stage;
    let elsewhere = format!("http://{}/inbox", mallory.domain);
    let evil_key =
        |owner: &str, id: &str| json!({"id": id, "owner": owner, "publicKeyPem": mallory.key.public_pem()});
    let mut wrong = Vec::new();
    let mut unchanged = async |what: &str, answer: u16, allowed: &[u16]| {
        stage.settled().await;
        if !allowed.contains(&answer) {
            wrong.push(format!("{what}: {answer}"));
        }
        for (who, before) in [(&bob.id, &bobs), (&trudy.id, &trudys), (&alice.actor(), &alices)] {
            let now = stage.stored(who).await;
            if now.as_ref() != Some(before) {
                wrong.push(format!("{what}: {who} is now {now:?}"));
            }
        }
    };

    // What is sent along with an Update is not believed, whoever signs it.
    let forged = with(
        bob.document.clone(),
        &[("inbox", json!(elsewhere)), ("publicKey", evil_key(&bob.id, &bob.key_id)), ("name", json!("x"))],
    );
    let answer = stage.tell(bob, &peer.activity(bob, "Update", &forged)).await;
    unchanged("an Update by Bob", answer.status, &[202]).await;
    for thief in [trudy, mallory] {
        let answer = stage.tell(thief, &peer.activity(thief, "Update", &forged)).await;
        unchanged("an Update by somebody else", answer.status, REFUSED).await;
        let answer = stage.tell(thief, &peer.activity(bob, "Update", &forged)).await;
        unchanged("an Update in Bob's name", answer.status, REFUSED).await;
        let local = with(forged.clone(), &[("id", json!(alice.actor()))]);
        let answer = stage.tell(thief, &peer.activity(thief, "Update", &local)).await;
        unchanged("an Update of Alice", answer.status, NOTHING).await;
    }

    // Trudy's own server says of her what is not hers to say.
    let documents = [
        ("Bob's key id for her key", ("publicKey", evil_key(&trudy.id, &bob.key_id))),
        ("another server's inbox", ("inbox", json!(elsewhere))),
        ("Bob's id", ("id", json!(bob.id))),
        ("Alice's id", ("id", json!(alice.actor()))),
        ("a key on another server", ("publicKey", evil_key(&trudy.id, &mallory.key_id))),
    ];
    for (what, field) in documents {
        let lie = with(trudy.document.clone(), &[field]);
        peer.publish(&trudy.id, &lie);
        let answer = stage.tell(trudy, &peer.activity(trudy, "Update", &lie)).await;
        let is_key = what.contains("a key on another server");
        // A key that isn't hers is none; that alone may change.
        if is_key {
            stage.settled().await;
            assert!(stage.stored(&trudy.id).await.expect("Trudy").find(&mallory.key_id).is_none());
            stage.peer.publish_actor(trudy);
            // Whose a key is, is remembered for some seconds.
            let update = peer.activity(trudy, "Update", &trudy.document);
            wait::until("her own key to count again", wait::PATIENCE, async || {
                (stage.tell(trudy, &update).await.status == 202).then_some(())
            })
            .await;
        }
        unchanged(what, answer.status, NOTHING).await;
        stage.peer.publish_actor(trudy);
    }

    // Somebody new claims a key that is Bob's.
    let mut eve = peer.actor_with_key("remote.localhost", "eve", Arc::new(Key::generate()));
    eve.document["publicKey"]["id"] = json!(bob.key_id);
    peer.publish_actor(&eve);
    for key_id in [bob.key_id.clone(), eve.key_id.clone()] {
        let options = SignOptions { key_id: Some(key_id), ..SignOptions::default() };
        let answer = stage.tell_as(&eve, &peer.follow(&eve, &alice.actor()), &options).await;
        unchanged("Bob's key id in a new actor", answer.status, REFUSED).await;
    }
    stage.finds(&eve.id).await;
    unchanged("a look at the new actor", 202, &[202]).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // A key that Bob's own server gives him is his.
    let key = Arc::new(Key::generate());
    stage.bob.key = Arc::clone(&key);
    stage.bob.document["publicKey"]["publicKeyPem"] = json!(key.public_pem());
    stage.peer.publish_actor(&stage.bob);
    stage.is_alive().await;
}

#[tokio::test]
async fn t011_ids_of_another_server() {
    let stage = Stage::set().await;
    let Stage { peer, bob, mallory, alice, .. } = &stage;
    stage.follows(mallory).await;
    stage.settled().await;
    let genuine = peer.note(bob, "<p>genuine</p>");
    let port = peer.port();
    let theirs = id(&genuine).to_owned();
    let path = theirs.split_once(&bob.domain).unwrap().1.to_owned();
    let ids = [
        ("the victim's", theirs.clone()),
        ("with https", theirs.replacen("http:", "https:", 1)),
        ("in capitals", theirs.replacen("remote.localhost", "REMOTE.localhost", 1)),
        ("with a dot", theirs.replacen("remote.localhost", "remote.localhost.", 1)),
        ("without the port", theirs.replacen(&format!(":{port}"), "", 1)),
        ("with the attacker as user", theirs.replacen("http://", "http://elsewhere.localhost@", 1)),
        ("with the victim as user", format!("http://remote.localhost@{}{path}", mallory.domain)),
        ("with a backslash", format!("http://{}\\@{}{path}", bob.domain, mallory.domain)),
        ("with a fragment", format!("{theirs}#http://{}", mallory.domain)),
        ("below the attacker's port", format!("http://elsewhere.localhost:{}{path}", port + 1)),
        ("of no host", "http:///users/bob/statuses/1".to_owned()),
        ("of another scheme", format!("acct:{}", bob.handle())),
        ("relative", path.clone()),
        ("ours", format!("{}/statuses/1", alice.actor())),
    ];
    let mut tries = stage.variants();
    for (what, stolen) in &ids {
        // What is no http(s) URL with a host and without a user is no id at all: an object without one is nothing.
        let is_id = url::Url::parse(stolen)
            .is_ok_and(|url| url.scheme().starts_with("http") && url.username().is_empty());
        let is_id = is_id && !stolen.contains('\\');
        let (refused, touches): (&[u16], &[&str]) =
            if is_id { (&[401, 403], &[]) } else { (&[202, 400, 401, 403], TAKEN) };
        let note =
            with(peer.note(mallory, "<p>poison</p>"), &[("id", json!(stolen)), ("url", json!(stolen))]);
        let create = peer.create(mallory, &note);
        tries.check(&format!("the object's id {what}"), refused, touches, stage.tell(mallory, &create)).await;
        let theirs = with(note.clone(), &[("attributedTo", json!(bob.id))]);
        let create = peer.create(mallory, &theirs);
        tries
            .check(&format!("the same, by Bob, {what}"), refused, touches, stage.tell(mallory, &create))
            .await;
        let update = peer.activity(mallory, "Update", &note);
        tries
            .check(
                &format!("an Update of it, {what}"),
                &[202, 400, 401, 403],
                TAKEN,
                stage.tell(mallory, &update),
            )
            .await;
        let fine = peer.note(mallory, "<p>poison</p>");
        let create = with(peer.create(mallory, &fine), &[("id", json!(stolen))]);
        tries
            .check(&format!("the activity's id {what}"), &[400, 401, 403], &[], stage.tell(mallory, &create))
            .await;
    }
    for (what, author) in [
        ("the victim", json!(bob.id)),
        ("both", json!([bob.id, mallory.id])),
        ("the victim, as an object", json!({"type": "Person", "id": bob.id})),
        ("nobody", json!([])),
    ] {
        let note = with(peer.note(mallory, "<p>poison</p>"), &[("attributedTo", author)]);
        let create = peer.create(mallory, &note);
        tries
            .check(
                &format!("attributed to {what}"),
                &[202, 400, 401, 403],
                TAKEN,
                stage.tell(mallory, &create),
            )
            .await;
    }
    tries.done();
    assert_eq!(stage.tables_with("poison").await, [] as [&str; 0]);

    // What is the victim's still finds its place, and a page elsewhere is none of the author's.
    assert_eq!(stage.tell(bob, &peer.create(bob, &genuine)).await.status, 202);
    assert_eq!(alice.sees_at_home(&theirs).await["content"], "<p>genuine</p>");
    let page = format!("http://{}/@bob/1", bob.domain);
    let posed = with(peer.note(mallory, "<p>see</p>"), &[("url", json!(page))]);
    assert_eq!(stage.tell(mallory, &peer.create(mallory, &posed)).await.status, 202);
    assert_eq!(alice.sees_at_home(id(&posed)).await["url"], posed["id"]);
}

#[tokio::test]
async fn t012_documents_that_claim_to_be_ours() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, mallory, alice, .. } = &stage;
    stage.follows(mallory).await;
    let post = alice.say("Alice's words").await;
    stage.settled().await;
    let port = alpha.port();
    // Another name for this very instance.
    stage.dns.tell("alias.test", &["127.0.0.1"]);
    let ours = [
        ("Alice", alice.actor()),
        ("her post", uri(&post).to_owned()),
        ("nobody's post", alpha.url("/users/alice/statuses/1")),
        ("the instance", alpha.url("/actor")),
        ("Alice in capitals", alice.actor().replacen("alpha.example", "ALPHA.example", 1)),
        ("Alice with a dot", alice.actor().replacen("alpha.example", "alpha.example.", 1)),
    ];
    let mut tries = stage.variants();
    for (number, (what, target)) in ours.iter().enumerate() {
        let url = |way: &str| format!("http://{}/{way}/{number}", mallory.domain);
        let actor = with(mallory.document.clone(), &[("id", json!(target)), ("name", json!("forged"))]);
        let note = with(
            peer.note(mallory, "<p>forged</p>"),
            &[("id", json!(target)), ("attributedTo", json!(alice.actor()))],
        );
        peer.publish(&url("actor"), &actor);
        peer.publish(&url("note"), &note);
        peer.serve(&url("redirect"), Reply::redirect(target));
        let alias = target.replacen(&alpha.domain(), &format!("alias.test:{port}"), 1);
        peer.serve(&url("alias"), Reply::redirect(&alias));
        for way in ["actor", "note", "redirect", "alias"] {
            let before = stage.rows(&[]).await;
            let found = stage.finds(&url(way)).await;
            let mut faults = tintype_testkit::rows::differences(&before, &stage.rows(&[]).await);
            faults.extend(found.iter().map(|found| format!("found {found}")));
            tries.judge(&format!("{what}: searched by {way}"), &faults);
            let boost = peer.announce(mallory, &url(way));
            let taken = stage.tell(mallory, &boost);
            tries.check(&format!("{what}: boosted by {way}"), &[202], TAKEN, taken).await;
        }
        let create = peer.create(mallory, &with(note.clone(), &[("attributedTo", json!(mallory.id))]));
        tries.check(&format!("{what}: created"), REFUSED, &[], stage.tell(mallory, &create)).await;
        let mask = Actor { id: target.clone(), key_id: format!("{target}#main-key"), ..mallory.clone() };
        let follow = peer.follow(&mask, &bob.id);
        tries.check(&format!("{what}: as the actor"), REFUSED, &[], stage.tell(&mask, &follow)).await;
        let as_us = SignOptions { key_id: Some(mask.key_id.clone()), ..SignOptions::default() };
        let like = peer.like(mallory, uri(&post));
        tries
            .check(&format!("{what}: as the key"), REFUSED, &[], stage.tell_as(mallory, &like, &as_us))
            .await;
        let edit = peer.activity(mallory, "Update", &with(note, &[("updated", json!(stage.stamp(60)))]));
        tries.check(&format!("{what}: edited"), NOTHING, TAKEN, stage.tell(mallory, &edit)).await;
    }
    tries.done();
    assert_eq!(stage.tables_with("forged").await, [] as [&str; 0]);
    assert_eq!(alice.status(id(&post)).await["content"], post["content"]);
    stage.is_alive().await;
}

#[tokio::test]
async fn t014_what_was_verified_is_what_counts() {
    let stage = Stage::set().await;
    let Stage { peer, bob, mallory, alice, .. } = &stage;
    stage.follows(mallory).await;
    stage.settled().await;
    let mut tries = stage.variants();
    // A genuine post, under its id, and the same with other words, brought in every way but Bob's own.
    let pair = |words: &str| {
        let note = peer.note(bob, "<p>genuine</p>");
        let changed = with(note.clone(), &[("content", json!(format!("<p>{words}</p>")))]);
        let create = peer.create(bob, &changed);
        peer.publish(create["id"].as_str().unwrap(), &peer.create(bob, &note));
        (note, changed, create)
    };
    for (what, options) in [
        ("unsigned", Some(SignOptions::unsigned())),
        ("signed by nobody", Some(SignOptions { wrong_key: true, ..SignOptions::default() })),
        ("changed after it was signed", Some(SignOptions { tampered: true, ..SignOptions::default() })),
        ("signed by somebody else", None),
    ] {
        let (note, _, create) = pair("tampered");
        let answer = match &options {
            Some(options) => stage.tell_as(bob, &create, options).await,
            None => stage.tell(mallory, &create).await,
        };
        stage.settled().await;
        let mut faults = Vec::new();
        if ![202, 401, 403].contains(&answer.status) || (options.is_some() && answer.status == 202) {
            faults.push(format!("{}", answer.status));
        }
        // Either nothing is there, or what Bob's own server says.
        let kept = stage.content(id(&note)).await;
        if kept.is_some_and(|kept| kept != "<p>genuine</p>") {
            faults.push("kept as it was brought".to_owned());
        }
        tries.judge(what, &faults);
    }
    // What a booster encloses is not what the author said.
    let (note, changed, _) = pair("tampered");
    let boost = peer.activity(mallory, "Announce", &changed);
    let boost = with(
        boost,
        &[
            ("to", json!(["https://www.w3.org/ns/activitystreams#Public"])),
            ("cc", json!([mallory.followers])),
        ],
    );
    assert_eq!(stage.tell(mallory, &boost).await.status, 202);
    alice.sees_at_home(id(&note)).await;
    let kept = stage.content(id(&note)).await;
    tries.judge(
        "enclosed in a boost",
        &kept.filter(|kept| kept != "<p>genuine</p>").into_iter().collect::<Vec<_>>(),
    );
    // Nor what encloses it as a parent.
    let (note, changed, _) = pair("tampered");
    let answer = with(peer.note(mallory, "<p>so it is</p>"), &[("inReplyTo", changed)]);
    stage.tell(mallory, &peer.create(mallory, &answer)).await;
    stage.settled().await;
    let kept = stage.content(id(&note)).await;
    tries.judge(
        "enclosed as a parent",
        &kept.filter(|kept| kept != "<p>genuine</p>").into_iter().collect::<Vec<_>>(),
    );
    tries.done();
    assert_eq!(stage.tables_with("tampered").await, [] as [&str; 0]);
}

#[tokio::test]
async fn t015_what_is_somebody_elses_stays() {
    let stage = Stage::set().await;
    let Stage { peer, bob, trudy, mallory, alice, .. } = &stage;
    stage.follows(trudy).await;
    let (note, seen) = stage.post_of(bob, "<p>mine</p>").await;
    let post = alice.say("liked and boosted").await;
    let like = peer.like(bob, uri(&post));
    let boost = peer.announce(bob, uri(&post));
    let follow = peer.follow(bob, &alice.actor());
    for activity in [&like, &boost, &follow] {
        assert_eq!(stage.tell(bob, activity).await.status, 202);
    }
    alice.sees_notification("favourite", &bob.handle()).await;
    alice.sees_notification("reblog", &bob.handle()).await;
    let unseen = peer.note(bob, "<p>on its way</p>");
    stage.settled().await;

    let mut tries = stage.variants();
    for thief in [trudy, mallory] {
        let mine = |activity: &Value| with(activity.clone(), &[("actor", json!(thief.id))]);
        let cases = [
            ("Delete of Bob's post", peer.delete(thief, id(&note))),
            ("Delete of Bob's post by its id", peer.activity(thief, "Delete", &json!(id(&note)))),
            ("Delete of Bob", peer.activity(thief, "Delete", &json!(bob.id))),
            ("Delete of Alice's post", peer.delete(thief, uri(&post))),
            ("Delete of Alice", peer.activity(thief, "Delete", &json!(alice.actor()))),
            ("Undo of Bob's Like", peer.undo(thief, &like)),
            ("Undo of Bob's Like as one's own", peer.undo(thief, &mine(&like))),
            ("Undo of Bob's Like by its id", peer.activity(thief, "Undo", &like["id"])),
            ("Undo of Bob's Announce", peer.undo(thief, &boost)),
            ("Undo of Bob's Announce as one's own", peer.undo(thief, &mine(&boost))),
            ("Undo of Bob's Announce by its id", peer.activity(thief, "Undo", &boost["id"])),
            ("Undo of Bob's Follow", peer.undo(thief, &follow)),
            ("Undo of Bob's Follow by its id", peer.activity(thief, "Undo", &follow["id"])),
            ("Block by Bob", peer.activity(bob, "Block", &json!(alice.actor()))),
            ("Flag by Bob", peer.activity(bob, "Flag", &json!([alice.actor(), uri(&post)]))),
            ("Like by Bob", peer.like(bob, uri(&post))),
            ("Delete in Bob's name", peer.delete(bob, id(&note))),
            ("Undo in Bob's name", peer.undo(bob, &like)),
            (
                "Remove from Bob's profile",
                with(
                    peer.activity(thief, "Remove", &json!(id(&note))),
                    &[("target", json!(format!("{}/collections/featured", bob.id)))],
                ),
            ),
        ];
        for (what, activity) in cases {
            let what = format!("{}: {what}", thief.username);
            // That an id was undone may be remembered for who said it.
            let touches = [TAKEN, &["tombstones"]].concat();
            tries.check(&what, NOTHING, &touches, stage.tell(thief, &activity)).await;
        }
        // What isn't here yet is not deleted by somebody else either.
        stage.tell(thief, &peer.delete(thief, id(&unseen))).await;
    }
    tries.done();
    let post = alice.status(id(&post)).await;
    assert_eq!((&post["favourites_count"], &post["reblogs_count"]), (&json!(1), &json!(1)));
    let bobs = stage.alice.find_account(&bob.handle()).await;
    let between = alice.relationship(id(&bobs)).await;
    assert_eq!((&between["following"], &between["followed_by"]), (&json!(true), &json!(true)));
    assert_eq!(alice.status(id(&seen)).await["content"], "<p>mine</p>");
    assert_eq!(stage.tell(bob, &peer.create(bob, &unseen)).await.status, 202);
    alice.sees_at_home(id(&unseen)).await;

    // He himself may.
    assert_eq!(stage.tell(bob, &peer.undo(bob, &like)).await.status, 202);
    assert_eq!(stage.tell(bob, &peer.delete(bob, id(&note))).await.status, 202);
    stage.settled().await;
    assert_eq!(alice.status(id(&post)).await["favourites_count"], 0);
    assert_eq!(stage.content(id(&note)).await, None);
}

#[tokio::test]
async fn t016_answers_that_nobody_asked_for() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, trudy, mallory, alice, .. } = &stage;
    // Carol has not answered yet.
    let carol = peer.actor_at("third.localhost", "carol");
    alice.follow(&carol.handle()).await;
    let asked = peer
        .wait_for("Alice's request", |request| request.is("Follow") && request.json()["object"] == carol.id)
        .await
        .json();
    let known = alice.find_account(&carol.handle()).await;
    let with_bob = peer.wait_for("Follow", |request| request.is("Follow")).await.json();
    stage.settled().await;
    let invented = |of: &str| json!({"id": alpha.url("/users/alice/follows/1"), "type": "Follow", "actor": alice.actor(), "object": of});
    let mut tries = stage.variants();
    for kind in ["Accept", "Reject"] {
        for thief in [trudy, mallory] {
            let who = &thief.username;
            let mut aimed = asked.clone();
            aimed["object"] = json!(thief.id);
            let mut others = asked.clone();
            others["actor"] = json!(bob.id);
            let cases = [
                ("of a follow of Carol", asked.clone()),
                ("of a follow of Carol, by its id", asked["id"].clone()),
                ("of a follow of Carol that names the thief", aimed),
                ("of a follow of Carol by Bob", others),
                ("of a follow of Bob", with_bob.clone()),
                ("of a follow of Bob, by its id", with_bob["id"].clone()),
                ("of a follow that never was", invented(&thief.id)),
                ("of a follow that never was, of Carol", invented(&carol.id)),
                (
                    "of a follow without an id",
                    json!({"type": "Follow", "actor": alice.actor(), "object": thief.id}),
                ),
                ("of a Like", json!({"type": "Like", "actor": alice.actor(), "object": thief.id})),
                ("of nobody's id", json!(alpha.url("/users/alice/follows/2"))),
            ];
            for (what, follow) in cases {
                let activity = peer.activity(thief, kind, &follow);
                let name = format!("{who}: {kind} {what}");
                tries.check(&name, NOTHING, TAKEN, stage.tell(thief, &activity)).await;
            }
        }
    }
    tries.done();
    let now = alice.relationship(id(&known)).await;
    assert_eq!((&now["following"], &now["requested"]), (&json!(false), &json!(true)));

    let accept = peer.accept(&carol, &asked);
    assert_eq!(stage.tell(&carol, &accept).await.status, 202);
    let now = alice.relationship(id(&known)).await;
    assert_eq!((&now["following"], &now["requested"]), (&json!(true), &json!(false)));
    stage.settled().await;
    let mut tries = stage.variants();
    tries.check("the same again", &[202], TAKEN, stage.tell(&carol, &accept)).await;
    let again = peer.accept(&carol, &asked);
    // Both rows are locked for it, which their versions tell.
    let touches = [TAKEN, &["follow_accepts", "accounts"]].concat();
    tries.check("another one", &[202], &touches, stage.tell(&carol, &again)).await;
    tries.done();
    let followed = alice.account(&alice.id).await;
    assert_eq!((&followed["following_count"], &followed["followers_count"]), (&json!(2), &json!(3)));
}
