//! Threats of the category `integrity`.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::{Value, json};
use tintype_testkit::peer::{Actor, Key, Received, Reply};
use tintype_testkit::wait;

use super::stage::{Stage, TAKEN};

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
async fn t088_names_are_given_once() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, .. } = &stage;
    let client = alpha.client();
    let app = json!({"client_name": "an app", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"});
    let app = client.post("/api/v1/apps", app).await;
    let text = |key: &str| app[key].as_str().unwrap().to_owned();
    let (client_id, client_secret) = (text("client_id"), text("client_secret"));
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id.as_str()),
        ("client_secret", client_secret.as_str()),
        ("scope", "read write"),
    ];
    let token = client.post_form("/oauth/token", &fields).await;
    let client = client.with_token(token["access_token"].as_str().unwrap());
    let register = async |name: &str| {
        let person = json!({
            "username": name, "email": format!("{}@example.org", stage.unix(0)), "password": "correct horse battery staple",
            "agreement": true, "locale": "en",
        });
        client.request("POST".parse().unwrap(), "/api/v1/accounts").json(&person).send().await
    };

    let gone = alpha.person("Gone").await;
    let uri = gone.actor();
    alpha.cli(&["account", "delete", "Gone", "--yes", "--json"]).await;
    stage.settled().await;
    wait::until("the actor to be gone", wait::PATIENCE, async || {
        (peer.fetch(bob, &uri, &tintype_testkit::peer::SignOptions::default()).await.status == 410)
            .then_some(())
    })
    .await;
    let mut tries = stage.variants();
    for name in [
        // Of somebody who was here.
        "Gone",
        "gone",
        "GONE",
        "gOnE",
        // Of somebody who is.
        "alice",
        "Alice",
        "ALICE",
        // The house itself.
        "admin",
        "Admin",
        "ADMIN",
        "administrator",
        "root",
        "support",
        "inbox",
        "outbox",
        "api",
        "oauth",
        "well-known",
        ".well-known",
        "webmaster",
        "postmaster",
        "security",
        "moderator",
        "about",
        "settings",
        // Lookalikes and what is no name.
        "аlice",
        "alicе",
        "ａｌｉｃｅ",
        "al\u{200b}ice",
        "alice\u{202e}",
        "ali̇ce",
        "gοne",
        "ГОНЕ",
        "alice.",
        ".alice",
        "alice-",
        "-alice",
        "al ice",
        " ",
        "",
        "alice\n",
        "alice\0",
        "alice@alpha.example",
        "@alice",
        "alice/..",
        "%61lice",
        "alice?x",
        "alice#x",
        "a.lice",
        "äöü",
        "😀",
        "a_name_that_is_longer_than_thirty_characters",
    ] {
        let name_shown = format!("{name:?}");
        let allowed: &[u16] = if name.contains('\0') { &[400, 422] } else { &[422] };
        tries.check(&name_shown, allowed, &[], register(name)).await;
        let output = alpha
            .try_cli(&[
                "account",
                "create",
                "--username",
                name.trim_matches('\0'),
                "--email",
                "x@example.org",
                "--json",
            ])
            .await;
        // The command line is the owner's, who may take what is reserved; not what was somebody else's.
        let taken = ["gone", "alice"].contains(&name.to_lowercase().as_str()) || !name.is_ascii();
        if taken && output.status.success() {
            tries.judge(&format!("{name:?} by the command line"), &["made".to_owned()]);
        }
    }
    tries.done();
    assert_eq!(register("anybody_1").await.status, 200, "a good name");
    let shown = peer.fetch(bob, &uri, &tintype_testkit::peer::SignOptions::default()).await;
    assert_eq!(shown.status, 410);
    let finger = alpha.client().request(
        "GET".parse().unwrap(),
        &format!("/.well-known/webfinger?resource=acct:gone@{}", alpha.domain()),
    );
    assert!([404, 410].contains(&finger.send().await.status));
}

#[tokio::test]
async fn t092_handles_that_belong_to_somebody_else() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, alice, .. } = &stage;
    let port = peer.port();
    let key = Arc::new(Key::generate());
    let finger = |at: &str, resource: &str, subject: &str, href: &str| {
        let url = format!("http://{at}/.well-known/webfinger?resource={resource}");
        let jrd = json!({
            "subject": subject,
            "aliases": [bob.id],
            "links": [{"rel": "self", "type": "application/activity+json", "href": href}],
        });
        peer.serve(&url, Reply::json(200, "application/jrd+json", &jrd));
    };
    let victim = format!("acct:{}", bob.handle());
    let local = format!("acct:alice@{}", alpha.domain());
    let mut tries = stage.variants();
    let before = (stage.stored(&bob.id).await, stage.stored(&alice.actor()).await);
    let cases: [(&str, String, bool); 8] = [
        ("Bob's handle", victim.clone(), false),
        ("Alice's handle", local, false),
        ("another name at Bob's", format!("acct:nobody@{}", bob.domain), false),
        ("another name at its own", "acct:other@HOST".to_owned(), false),
        ("no handle", "HOST".to_owned(), false),
        ("a URL", bob.id.clone(), false),
        ("a name with a domain in it", format!("acct:bob@{}@HOST", bob.domain), false),
        ("in capitals", "acct:EVE@HOST".to_owned(), true),
    ];
    for (number, (what, subject, good)) in cases.iter().enumerate() {
        let host = format!("evil{number}.localhost:{port}");
        let subject = subject.replace("HOST", &host);
        // Found by its handle, by its id, and by what it says.
        let eve = peer.actor_with_key(&format!("evil{number}.localhost"), "eve", Arc::clone(&key));
        finger(&host, &format!("acct:eve@{host}"), &subject, &eve.id);
        let found = [stage.finds(&eve.handle()).await, stage.finds(&eve.id).await].concat();
        let status = stage.tell(&eve, &peer.follow(&eve, &alice.actor())).await.status;
        stage.settled().await;
        let mut faults = Vec::new();
        let handles: Vec<&str> = found.iter().map(|found| found["acct"].as_str().unwrap()).collect();
        if *good
            && (status != 202 || !handles.iter().all(|handle| handle.eq_ignore_ascii_case(&eve.handle())))
        {
            faults.push(format!("{status} {handles:?}"));
        }
        if !good && (status == 202 || !handles.is_empty()) {
            faults.push(format!("{status} {handles:?}"));
        }
        if (stage.stored(&bob.id).await, stage.stored(&alice.actor()).await) != before {
            faults.push("somebody else has changed".to_owned());
        }
        tries.judge(&format!("its own WebFinger names {what}"), &faults);
    }
    // A domain whose WebFinger names an actor elsewhere, that knows nothing of it.
    let host = format!("claims.localhost:{port}");
    finger(&host, &format!("acct:bob@{host}"), &format!("acct:bob@{host}"), &bob.id);
    let found = stage.finds(&format!("bob@{host}")).await;
    tries.judge(
        "a handle that leads to Bob",
        &found
            .iter()
            .map(|found| found["acct"].to_string())
            .filter(|acct| acct.contains("claims"))
            .collect::<Vec<_>>(),
    );
    finger(&host, &format!("acct:alice@{host}"), &format!("acct:alice@{host}"), &alice.actor());
    let found = stage.finds(&format!("alice@{host}")).await;
    tries.judge("a handle that leads to Alice", &found.iter().map(ToString::to_string).collect::<Vec<_>>());
    tries.done();

    // Whom a mention names, its href says; its text says nothing.
    let named = |name: &str, href: &str| json!({"type": "Mention", "name": name, "href": href});
    let carol = alpha.person("carol").await;
    let mut note = peer.note(
        bob,
        &format!("<p><a href=\"http://evil.localhost:{port}/phish\">@alice@{}</a> hello</p>", alpha.domain()),
    );
    note["tag"] = json!([
        named(&format!("@alice@{}", alpha.domain()), &carol.actor()),
        named(&format!("@{}", bob.handle()), &format!("http://evil.localhost:{port}/users/bob")),
        named("@nobody", "javascript:alert(1)"),
    ]);
    note["cc"] = json!([carol.actor()]);
    assert_eq!(stage.tell(bob, &peer.create(bob, &note)).await.status, 202);
    carol.sees_notification("mention", &bob.handle()).await;
    assert!(alice.notifications().await.iter().all(|told| told["type"] != "mention"), "her name is not her");
    let seen = alice.find_status(id(&note)).await;
    let mentions = seen["mentions"].as_array().unwrap();
    assert_eq!(mentions.len(), 1, "{mentions:?}");
    assert_eq!((&mentions[0]["acct"], &mentions[0]["username"]), (&json!("carol"), &json!("carol")));
    // Who is named is asked for by that id, in vain, and nothing else there.
    let evil = |request: &Received| request.host.starts_with("evil.");
    assert_eq!(peer.count(|request| evil(request) && request.path != "/users/bob"), 0);
}

#[tokio::test]
async fn t095_an_old_edit_after_a_newer_one() {
    let stage = Stage::set().await;
    let Stage { peer, bob, alice, .. } = &stage;
    // Dates that lie ahead count as now; so these lie behind.
    let note = with(peer.note(bob, "<p>first</p>"), &[("published", json!(stage.stamp(-3600)))]);
    peer.publish(id(&note), &note);
    assert_eq!(stage.tell(bob, &peer.create(bob, &note)).await.status, 202);
    let seen = alice.sees_at_home(id(&note)).await;
    let edit = |words: &str, at: i64| {
        let edited = with(
            note.clone(),
            &[("content", json!(format!("<p>{words}</p>"))), ("updated", json!(stage.stamp(at)))],
        );
        peer.activity(bob, "Update", &edited)
    };
    let tell = async |activity: &Value| {
        assert_eq!(stage.tell(bob, activity).await.status, 202);
        stage.settled().await;
    };
    let now = async || alice.status(id(&seen)).await["content"].as_str().unwrap().to_owned();
    let versions = async || {
        alice.get(&format!("/api/v1/statuses/{}/history", id(&seen))).await.as_array().unwrap().len()
    };

    let (third, second) = (edit("third", -1800), edit("second", -2400));
    tell(&third).await;
    assert_eq!(now().await, "<p>third</p>");
    let kept = versions().await;
    tell(&second).await;
    assert_eq!((now().await, versions().await), ("<p>third</p>".to_owned(), kept), "an older edit");
    // What has no date of its own is taken for an edit of this moment: not all servers date theirs.
    let first = with(note.clone(), &[("updated", note["published"].clone())]);
    tell(&peer.activity(bob, "Update", &first)).await;
    assert_eq!((now().await, versions().await), ("<p>third</p>".to_owned(), kept), "the first version");
    tell(&peer.create(bob, &note)).await;
    assert_eq!((now().await, versions().await), ("<p>third</p>".to_owned(), kept), "the Create again");
    let same = with(third.clone(), &[("id", json!(format!("{}#again", bob.id)))]);
    tell(&same).await;
    assert_eq!((now().await, versions().await), ("<p>third</p>".to_owned(), kept), "the same edit again");
    // Whoever looks it up fetches an old copy.
    stage.finds(id(&note)).await;
    assert_eq!(now().await, "<p>third</p>");

    // Published an hour ago, ten edits since then, in any order and at once: the newest is what stays.
    let published = stage.stamp(-3600);
    let raced = with(peer.note(bob, "<p>version 0</p>"), &[("published", json!(published))]);
    assert_eq!(stage.tell(bob, &peer.create(bob, &raced)).await.status, 202);
    let entry = alice.sees_at_home(id(&raced)).await;
    let edits: Vec<Value> = [7, 3, 10, 1, 9, 2, 8, 5, 4, 6]
        .into_iter()
        .map(|version| {
            let edited = with(
                raced.clone(),
                &[
                    ("content", json!(format!("<p>version {version}</p>"))),
                    ("updated", json!(stage.stamp(-3600 + 60 * version))),
                ],
            );
            peer.activity(bob, "Update", &edited)
        })
        .collect();
    let answers = join_all(edits.iter().map(|edit| stage.tell(bob, edit))).await;
    assert!(answers.iter().all(|answer| answer.status == 202));
    stage.settled().await;
    assert_eq!(alice.status(id(&entry)).await["content"], "<p>version 10</p>");
    let history = alice.get(&format!("/api/v1/statuses/{}/history", id(&entry))).await;
    let history: Vec<&str> =
        history.as_array().unwrap().iter().map(|old| old["content"].as_str().unwrap()).collect();
    let numbers: Vec<u32> = history
        .iter()
        .map(|text| text.trim_start_matches("<p>version ").trim_end_matches("</p>").parse().unwrap())
        .collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");

    // One edit, told many times over: somebody who boosted it hears of it once.
    let mine = alice.reblog(id(&entry)).await;
    assert!(mine["id"].is_string());
    stage.settled().await;
    let last =
        with(raced.clone(), &[("content", json!("<p>version 11</p>")), ("updated", json!(stage.stamp(-1)))]);
    for _ in 0..4 {
        tell(&peer.activity(bob, "Update", &last)).await;
    }
    let told = alice.notifications().await;
    let updates = told.iter().filter(|told| told["type"] == "update").count();
    assert!(updates <= 1, "told {updates} times of one edit");
    assert_eq!(alice.status(id(&entry)).await["content"], "<p>version 11</p>");
}

#[tokio::test]
async fn t096_what_was_deleted_stays_so() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, trudy, mallory, alice, .. } = &stage;
    for actor in [trudy, mallory] {
        stage.follows(actor).await;
    }
    let (note, seen) = stage.post_of(bob, "<p>regretted</p>").await;
    assert_eq!(stage.tell(bob, &peer.delete(bob, id(&note))).await.status, 202);
    stage.settled().await;
    let answer = with(peer.note(trudy, "<p>an answer to it</p>"), &[("inReplyTo", note["id"].clone())]);
    let mut edited = note.clone();
    edited["updated"] = json!(stage.stamp(60));
    // Its server still shows it, as some do.
    let remembered = [TAKEN, &["tombstones"]].concat();
    let mut tries = stage.variants();
    for (what, signer, activity) in [
        ("a late Create", bob, peer.create(bob, &note)),
        ("an Update", bob, peer.activity(bob, "Update", &edited)),
        ("an Announce", mallory, peer.announce(mallory, id(&note))),
        ("an Announce of his own", bob, peer.announce(bob, id(&note))),
        ("a Like", mallory, peer.like(mallory, id(&note))),
        (
            "an Add",
            bob,
            with(
                peer.activity(bob, "Add", &note["id"]),
                &[("target", json!(format!("{}/collections/featured", bob.id)))],
            ),
        ),
        ("another Delete", bob, peer.delete(bob, id(&note))),
    ] {
        tries.check(what, &[202, 403], &remembered, stage.tell(signer, &activity)).await;
    }
    let before = stage.rows(&[]).await;
    let found = stage.finds(id(&note)).await;
    let mut faults = tintype_testkit::rows::differences(&before, &stage.rows(&[]).await);
    faults.extend(found.iter().map(ToString::to_string));
    tries.judge("a search", &faults);
    tries.done();
    assert_eq!(stage.tell(trudy, &peer.create(trudy, &answer)).await.status, 202);
    stage.settled().await;
    assert!(stage.content(id(&answer)).await.is_some());
    assert_eq!(stage.content(id(&note)).await, None, "not as a parent either");
    assert_eq!(
        alice.request("GET".parse().unwrap(), &format!("/api/v1/statuses/{}", id(&seen))).send().await.status,
        404
    );

    // What Alice deletes is gone for everybody.
    let mine = alice.say("regretted, too").await;
    alice.delete_status(id(&mine)).await;
    let shown = peer.fetch(bob, uri(&mine), &tintype_testkit::peer::SignOptions::default()).await;
    assert_eq!(shown.status, 410, "{shown:?}");
    stage.settled().await;
    let mut tries = stage.variants();
    for (what, activity) in [
        ("a Like", peer.like(bob, uri(&mine))),
        ("an Announce", peer.announce(bob, uri(&mine))),
        ("a Create of it", peer.create(bob, &with(peer.note(bob, "x"), &[("id", json!(uri(&mine)))]))),
    ] {
        tries
            .check(
                &format!("{what} of what Alice deleted"),
                &[202, 401, 403],
                TAKEN,
                stage.tell(bob, &activity),
            )
            .await;
    }
    tries.done();

    // Somebody who has left: whatever is still said in their name, by whomever, brings nothing back.
    let (old, _) = stage.post_of(mallory, "<p>the last words</p>").await;
    peer.withdraw(&mallory.id);
    assert_eq!(stage.tell(mallory, &peer.activity(mallory, "Delete", &json!(mallory.id))).await.status, 202);
    stage.settled().await;
    wait::until("everything of hers to be gone", wait::PATIENCE, async || {
        (stage.stored(&mallory.id).await.is_none() && stage.content(id(&old)).await.is_none()).then_some(())
    })
    .await;
    let mut tries = stage.variants();
    for (what, signer, activity) in [
        ("a Create of hers", mallory, peer.create(mallory, &old)),
        ("a Follow of hers", mallory, peer.follow(mallory, &alice.actor())),
        ("a boost of hers by Bob", bob, peer.announce(bob, id(&old))),
        ("her Delete again", mallory, peer.activity(mallory, "Delete", &json!(mallory.id))),
    ] {
        tries.check(what, &[202, 401, 403], TAKEN, stage.tell(signer, &activity)).await;
    }
    tries.done();
    // And who has left here.
    let carol = alpha.person("carol").await;
    let hers = carol.say("bye").await;
    alpha.cli(&["account", "delete", "carol", "--yes", "--json"]).await;
    stage.settled().await;
    for path in [carol.actor(), uri(&hers).to_owned()] {
        let shown = peer.fetch(bob, &path, &tintype_testkit::peer::SignOptions::default()).await;
        assert!([404, 410].contains(&shown.status), "{path}: {shown:?}");
    }
    assert_eq!(
        peer.fetch(bob, &carol.actor(), &tintype_testkit::peer::SignOptions::default()).await.status,
        410
    );
}

/// An actor under this user name whose document and WebFinger are served as they are.
fn named(stage: &Stage, number: usize, name: &str) -> Actor {
    stage.peer.actor_at(&format!("name{number}.localhost"), name)
}

#[tokio::test]
async fn t116_tricks_with_unicode() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, alice, .. } = &stage;
    // NUL and halves of surrogate pairs: refused, or without them; never stored, never an error of ours.
    let body = |text: &str| {
        let note = peer.note(bob, "<p>WORDS</p>");
        let create =
            peer.create(bob, &with(note.clone(), &[("summary", json!("WORDS")), ("name", json!("WORDS"))]));
        (id(&note).to_owned(), create.to_string().replace("WORDS", text))
    };
    let options = tintype_testkit::peer::SignOptions::default();
    for (what, text, allowed) in [
        ("half a surrogate pair", "a\\ud800b", &[400][..]),
        ("the other half", "a\\udc00b", &[400]),
        ("two first halves", "a\\ud800\\ud800b", &[400]),
        ("NUL", "a\\u0000b", &[202, 400]),
        ("control characters", "a\\u0001\\u0007\\u001bb", &[202, 400]),
        ("no characters", "a\\ufffe\\uffffb", &[202, 400]),
    ] {
        let (note, body) = body(text);
        let answer = peer.try_deliver_bytes(bob, &stage.inbox(), body.into_bytes(), &options).await.unwrap();
        assert!(allowed.contains(&answer.status), "{what}: {answer:?}");
        stage.settled().await;
        if let Some(content) = stage.content(&note).await {
            assert!(!content.contains('\0'), "{what}");
            let seen = alice.find_status(&note).await;
            assert!(!seen["content"].as_str().unwrap().contains('\0'), "{what}");
        }
    }
    let (_, invalid) = body("bytes");
    let mut invalid = invalid.into_bytes();
    let at = invalid.windows(5).position(|part| part == b"bytes").unwrap();
    invalid[at] = 0xff;
    let answer = peer.try_deliver_bytes(bob, &stage.inbox(), invalid, &options).await.unwrap();
    assert_eq!(answer.status, 400, "no UTF-8");

    // A hundred thousand accents on one letter: bounded.
    let zalgo = format!("z{}", "\u{0301}".repeat(100_000));
    let mut dora = named(&stage, 1, "dora");
    dora.document["name"] = json!(zalgo);
    dora.document["summary"] = json!(zalgo);
    dora.document["attachment"] = json!([{"type": "PropertyValue", "name": zalgo, "value": zalgo}]);
    peer.publish_actor(&dora);
    stage.is_followed_by(&dora).await;
    stage.follows(&dora).await;
    let loud = with(peer.note(&dora, &format!("<p>{zalgo}</p>")), &[("summary", json!(zalgo))]);
    assert_eq!(stage.tell(&dora, &peer.create(&dora, &loud)).await.status, 202);
    let entry = alice.sees_at_home(id(&loud)).await;
    let account = &entry["account"];
    assert!(account["display_name"].as_str().unwrap().chars().count() <= 500);
    assert!(account["note"].as_str().unwrap().len() <= 21 << 10);
    assert!(entry["content"].as_str().unwrap().len() <= 129 << 10);
    assert!(entry["spoiler_text"].as_str().unwrap().len() <= 11 << 10);

    // Names that turn the text around them stay within their own bounds on a page.
    let mut emma = named(&stage, 2, "emma");
    emma.document["name"] = json!("gnp.\u{202e}evil\u{2066}\u{2067}\u{200f}");
    peer.publish_actor(&emma);
    stage.is_followed_by(&emma).await;
    stage.follows(&emma).await;
    let turned = peer.note(&emma, "<p>turn\u{202e}ed\u{2067} around</p>");
    assert_eq!(stage.tell(&emma, &peer.create(&emma, &turned)).await.status, 202);
    let entry = alice.sees_at_home(id(&turned)).await;
    let name = entry["account"]["display_name"].as_str().unwrap();
    assert!(balanced(name), "a name that leaks: {name:?}");
    let fancy = json!({"display_name": "\u{202e}ecila", "note": "\u{202e}about"});
    let mine = alice.patch("/api/v1/accounts/update_credentials", fancy).await;
    assert!(balanced(mine["display_name"].as_str().unwrap()), "{mine}");

    // Domains that only look like others are shown as what they are.
    let mask = stage.finds(&format!("bob@rеmote.localhost:{}", peer.port())).await;
    assert!(mask.is_empty(), "{mask:?}");
    let odd = peer.actor_at("xn--rmote-2of.localhost", "bob");
    stage.is_followed_by(&odd).await;
    let found = alice.find_account(&odd.handle()).await;
    assert!(found["acct"].as_str().unwrap().contains("xn--"), "{found}");
    let shown = alpha.client().request("GET".parse().unwrap(), "/api/v1/instance").unchecked().send().await;
    assert!(shown.status < 500);
    stage.is_alive().await;
}

/// Whether every sign that turns the text is taken back within it, or there is none.
fn balanced(text: &str) -> bool {
    let (mut embeddings, mut isolates) = (0, 0);
    for sign in text.chars() {
        match sign {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' => embeddings += 1,
            '\u{202c}' => embeddings -= 1,
            '\u{2066}'..='\u{2068}' => isolates += 1,
            '\u{2069}' => isolates -= 1,
            _ => {}
        }
    }
    embeddings == 0 && isolates == 0
}

#[tokio::test]
async fn t109_votes_that_do_not_count() {
    let stage = Stage::set().await;
    let Stage { peer, bob, trudy, mallory, alice, .. } = &stage;
    stage.follows(trudy).await;
    let ask = async |multiple: bool| {
        let poll = json!({"options": ["yes", "no", "maybe"], "expires_in": 3600, "multiple": multiple});
        alice.post_status(json!({"status": "a question", "poll": poll})).await
    };
    let (single, multiple) = (ask(false).await, ask(true).await);
    stage.settled().await;
    let vote = |by: &Actor, of: &Value, choice: &str| {
        let id = format!(
            "{}#votes/{}",
            by.id,
            peer.note(by, "x")["id"].as_str().unwrap().rsplit('/').next().unwrap()
        );
        let note = json!({
            "id": id, "type": "Note", "name": choice, "attributedTo": by.id, "to": [alice.actor()], "inReplyTo": uri(of),
        });
        with(peer.activity(by, "Create", &note), &[("to", json!([alice.actor()]))])
    };
    let counts = async |of: &Value| {
        let status = alice.status(id(of)).await;
        let options = status["poll"]["options"].as_array().unwrap().clone();
        let mut counts: Vec<i64> =
            options.iter().map(|option| option["votes_count"].as_i64().unwrap()).collect();
        counts.push(status["poll"]["votes_count"].as_i64().unwrap());
        counts
    };
    let tell = async |by: &Actor, activity: &Value, allowed: &[u16]| {
        let answer = stage.tell(by, activity).await;
        assert!(allowed.contains(&answer.status), "{answer:?}");
        stage.settled().await;
    };
    let (taken, any): (&[u16], &[u16]) = (&[202], &[202, 401, 403]);

    // One voice: the first counts, the same and another one don't.
    let first = vote(bob, &single, "yes");
    tell(bob, &first, taken).await;
    assert_eq!(counts(&single).await, [1, 0, 0, 1]);
    for again in [first.clone(), vote(bob, &single, "yes"), vote(bob, &single, "no")] {
        tell(bob, &again, taken).await;
        assert_eq!(counts(&single).await, [1, 0, 0, 1], "{again}");
    }
    let at_once: Vec<Value> =
        (0..8).map(|n| vote(trudy, &single, if n % 2 == 0 { "yes" } else { "no" })).collect();
    join_all(at_once.iter().map(|vote| stage.tell(trudy, vote))).await;
    stage.settled().await;
    assert_eq!(counts(&single).await[3], 2, "one more, however many at once");
    let before = counts(&single).await;
    // Nothing that isn't there, nothing in another's name.
    for (by, activity) in [
        (mallory, vote(mallory, &single, "never")),
        (mallory, vote(mallory, &single, "")),
        (mallory, vote(mallory, &single, "YES ")),
        (mallory, vote(bob, &single, "no")),
        (mallory, {
            let mut forged = vote(mallory, &single, "no");
            forged["object"]["attributedTo"] = json!(bob.id);
            forged
        }),
        (mallory, {
            let mut forged = vote(mallory, &single, "no");
            forged["object"]["id"] = json!(format!("{}#votes/stolen", bob.id));
            forged
        }),
    ] {
        tell(by, &activity, any).await;
        assert_eq!(counts(&single).await, before, "{activity}");
    }
    // Several choices, each once.
    for choice in ["yes", "no", "yes", "no"] {
        tell(bob, &vote(bob, &multiple, choice), taken).await;
    }
    let several = counts(&multiple).await;
    assert!(several[0] <= 1 && several[1] <= 1 && several[0] + several[1] >= 1, "{several:?}");
    // Nobody's own, nobody twice, from here.
    for choices in [json!([0]), json!([7]), json!([-1]), json!([0, 1])] {
        let path = format!("/api/v1/polls/{}/votes", id(&single["poll"]));
        let answer =
            alice.request("POST".parse().unwrap(), &path).json(&json!({"choices": choices})).send().await;
        assert!([403, 404, 422].contains(&answer.status), "{answer:?}");
    }
    assert_eq!(counts(&single).await, before);

    // A poll of Bob's: others don't rewrite it; he himself resets the votes with the options.
    let options = |names: &[&str], votes: u64| -> Value {
        names
            .iter()
            .map(|name| json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}}))
            .collect()
    };
    let end = stage.stamp(3600);
    let question = with(
        peer.note(bob, "<p>which one</p>"),
        &[
            ("type", json!("Question")),
            ("oneOf", options(&["left", "right"], 3)),
            ("endTime", json!(end)),
            ("votersCount", json!(6)),
        ],
    );
    peer.publish(id(&question), &question);
    assert_eq!(stage.tell(bob, &peer.create(bob, &question)).await.status, 202);
    let seen = alice.sees_at_home(id(&question)).await;
    let shown = async || {
        let poll = alice.status(id(&seen)).await["poll"].clone();
        let of = |key: &str| {
            poll["options"].as_array().unwrap().iter().map(|option| option[key].clone()).collect::<Vec<_>>()
        };
        (of("title"), of("votes_count"))
    };
    let was = shown().await;
    let forged = with(
        question.clone(),
        &[("oneOf", options(&["wrong", "worse"], 999)), ("updated", json!(stage.stamp(60)))],
    );
    for thief in [trudy, mallory] {
        tell(thief, &peer.activity(thief, "Update", &forged), any).await;
        tell(
            thief,
            &peer.activity(thief, "Update", &with(forged.clone(), &[("attributedTo", json!(thief.id))])),
            any,
        )
        .await;
        tell(thief, &vote(thief, &json!({"uri": question["id"]}), "left"), taken).await;
    }
    assert_eq!(shown().await, was);
    let edited = with(
        question.clone(),
        &[("oneOf", options(&["up", "down"], 0)), ("updated", json!(stage.stamp(30)))],
    );
    peer.publish(id(&edited), &edited);
    tell(bob, &peer.activity(bob, "Update", &edited), taken).await;
    let now = shown().await;
    assert_eq!(now.0, [json!("up"), json!("down")]);
    assert!(now.1.iter().all(|votes| *votes == json!(0)), "{now:?}");

    // After its end, no voice counts.
    let closed = with(
        peer.note(bob, "<p>over</p>"),
        &[
            ("type", json!("Question")),
            ("oneOf", options(&["left", "right"], 3)),
            ("closed", json!(stage.stamp(-60))),
            ("endTime", json!(stage.stamp(-60))),
        ],
    );
    peer.publish(id(&closed), &closed);
    assert_eq!(stage.tell(bob, &peer.create(bob, &closed)).await.status, 202);
    let seen = alice.sees_at_home(id(&closed)).await;
    let path = format!("/api/v1/polls/{}/votes", id(&seen["poll"]));
    let late = alice.request("POST".parse().unwrap(), &path).json(&json!({"choices": [0]})).send().await;
    assert_eq!(late.status, 422, "{late:?}");
    let brief = json!({"options": ["yes", "no"], "expires_in": 300});
    let ours = alice.post_status(json!({"status": "soon over", "poll": brief})).await;
    let end = format!(
        "UPDATE polls SET expires_at = {} WHERE id = {} RETURNING 'x'",
        stage.unix(-60) * 1000,
        id(&ours["poll"])
    );
    assert_eq!(stage.select(&end).await.len(), 1);
    tell(bob, &vote(bob, &ours, "yes"), taken).await;
    assert_eq!(counts(&ours).await, [0, 0, 0], "too late");
}
