//! Threats of the category `privacy`.

use super::raw;
use super::stage::{Stage, TAKEN};
use super::upload::png_chunk;
use super::visitor::Visitor;
use crate::scenarios::{ask, eventually, follows, has, id, items, text, uri};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use tintype_testkit::client::multipart::{Form, Part};
use tintype_testkit::peer::{Actor, SignOptions};
use tintype_testkit::pictures::{self, Exif};
use tintype_testkit::{Answer, Client, Database, rows};

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
const ACTIVITY: &str = "application/activity+json";

fn fault(wrong: bool, what: impl FnOnce() -> String) -> Vec<String> {
    wrong.then(what).into_iter().collect()
}

/// A note for the actor's followers, with a word of its own.
fn for_followers(stage: &Stage, actor: &Actor, word: &str) -> Value {
    let mut note = stage.peer.note(actor, &format!("<p>{word}</p>"));
    note["to"] = json!([actor.followers]);
    note["cc"] = json!([]);
    stage.peer.publish(id(&note), &note);
    note
}

/// Wherever a person could come across a status of somebody's; the word must stand in none of the answers, and the id
/// be nowhere.
async fn finds(who: &Client, status: &Value, word: &str) -> Vec<String> {
    let (id, author) = (id(status), text(status, "/account/id"));
    let query: String = url::form_urlencoded::byte_serialize(uri(status).as_bytes()).collect();
    let mut found = Vec::new();
    for path in [
        format!("/api/v1/statuses/{id}"),
        format!("/api/v1/statuses/{id}/context"),
        format!("/api/v1/statuses/{id}/history"),
        format!("/api/v1/statuses/{id}/favourited_by"),
        format!("/api/v1/statuses/{id}/reblogged_by"),
        format!("/api/v1/statuses?id[]={id}"),
        format!("/api/v1/accounts/{author}/statuses?limit=40"),
        format!("/api/v1/accounts/{author}/statuses?pinned=true"),
        format!("/api/v1/accounts/{author}/statuses?only_media=true"),
        "/api/v1/timelines/home?limit=40".to_owned(),
        "/api/v1/timelines/public?limit=40".to_owned(),
        "/api/v1/timelines/tag/secrets?limit=40".to_owned(),
        "/api/v1/bookmarks?limit=40".to_owned(),
        "/api/v1/favourites?limit=40".to_owned(),
        "/api/v1/notifications?limit=80".to_owned(),
        format!("/api/v2/search?q={query}&resolve=true"),
        format!("/api/v2/search?q={word}&type=statuses"),
        format!("/api/v1/statuses/{id}/card"),
        format!("/api/oembed?url={query}"),
        format!("/@{}/{id}", text(status, "/account/username")),
        format!("/@{}/{id}/embed", text(status, "/account/username")),
        format!("/@{}.rss", text(status, "/account/username")),
        format!("/users/{}.atom", text(status, "/account/username")),
        "/tags/secrets".to_owned(),
        "/tags/secrets.rss".to_owned(),
        "/".to_owned(),
    ] {
        let answer = who.request("GET".parse().unwrap(), &path).unchecked().send().await;
        let body = answer.text();
        // A search answers with the words that were searched for nowhere.
        if body.contains(word) || body.contains(&format!("\"id\":\"{id}\"")) {
            found.push(format!("{path} shows it"));
        }
        let about_it = path.starts_with(&format!("/api/v1/statuses/{id}"));
        if about_it && answer.status != 404 && who.token().is_some() {
            found.push(format!("{path}: {} instead of 404", answer.status));
        }
        if answer.status >= 500 {
            found.push(format!("{path}: {}", answer.status));
        }
    }
    found
}

#[tokio::test]
async fn t017_a_follow_is_none_before_its_accept() {
    let stage = Stage::set().await;
    let mut lock = stage.peer.actor_at("locked.localhost", "lock");
    lock.document["manuallyApprovesFollowers"] = json!(true);
    stage.peer.publish_actor(&lock);
    let carol = stage.alpha.person("carol").await;
    carol.follow(&lock.handle()).await;
    let asked = stage
        .peer
        .wait_for("Carol's Follow", |request| {
            request.is("Follow") && request.json()["actor"] == carol.actor()
        })
        .await;
    assert_eq!(
        stage.peer.tell(&lock, &carol.actor(), &stage.peer.accept(&lock, &asked.json())).await.status,
        202
    );
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
    carl.follow(&stage.mallory.handle()).await;
    let asked = stage
        .peer
        .wait_for("Carl's Follow", |request| request.is("Follow") && request.json()["actor"] == carl.actor())
        .await;
    assert_eq!(
        stage
            .peer
            .tell(&stage.mallory, &carl.actor(), &stage.peer.accept(&stage.mallory, &asked.json()))
            .await
            .status,
        202
    );
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

/// Alice's three posts, public, for followers, for Bob; each with a word of its own, in a thread with Bob's like.
async fn three_posts(stage: &Stage) -> [Value; 3] {
    let mention = format!("@{}", stage.bob.handle());
    let post = async |visibility: &str, more: &str| {
        let status = format!("zyq{visibility}word #secrets {more}");
        stage.alice.post_status(json!({"status": status, "visibility": visibility})).await
    };
    [post("public", "").await, post("private", "").await, post("direct", &mention).await]
}

#[tokio::test]
async fn t019_what_is_private_is_neither_listed_nor_given() {
    for authorized in ["true", "false"] {
        let stage = Stage::with(Database::Sqlite, |builder| {
            builder.config("federation.authorized_fetch", authorized)
        })
        .await;
        let [public, private, direct] = three_posts(&stage).await;
        let stranger = stage.peer.actor_at("strange.localhost", "stranger");
        let mut variants = stage.variants();
        let hidden = ["zyqprivateword", "zyqdirectword", id(&private), id(&direct)];
        let get = async |asker: Option<&Actor>, url: &str| {
            if let Some(actor) = asker {
                return stage.peer.fetch(actor, url, &SignOptions::default()).await;
            }
            let request = stage.alpha.client().request("GET".parse().unwrap(), url).unchecked();
            request.header("accept", ACTIVITY).send().await
        };
        for (who, asker) in
            [("nobody", None), ("a stranger", Some(&stranger)), ("a follower", Some(&stage.bob))]
        {
            for list in [
                "outbox",
                "outbox?page=true",
                "outbox?page=1",
                "outbox?page=2",
                "outbox?page=true&max_id=9223372036854775807",
                "outbox?page=true&min_id=0",
                "collections/featured",
                "followers?page=1",
            ] {
                let url = format!("{}/{list}", stage.alice.actor());
                let answer = get(asker, &url).await;
                let body = answer.text();
                let shown: Vec<&str> = hidden.into_iter().filter(|trace| body.contains(trace)).collect();
                let mut faults = fault(!shown.is_empty(), || format!("shows {shown:?}"));
                faults.extend(fault(answer.status >= 500, || format!("{answer:?}")));
                variants.judge(&format!("{list} for {who}, {authorized}"), &faults);
            }
            for (post, sees) in [(&private, who == "a follower"), (&direct, who == "a follower")] {
                for part in [
                    "",
                    "/activity",
                    "/replies",
                    "/replies?page=1",
                    "/likes",
                    "/shares",
                    "/context",
                    "/quote_authorizations/1",
                ] {
                    let url = format!("{}{part}", uri(post));
                    let answer = get(asker, &url).await;
                    let unsigned = asker.is_none() && authorized == "true";
                    let wanted = match (sees, unsigned) {
                        (true, _) => continue,
                        (false, true) => 401,
                        (false, false) => 404,
                    };
                    let leaked = hidden.into_iter().find(|trace| answer.text().contains(trace));
                    // What is no route at all is as little there.
                    let mut faults = fault(answer.status != wanted && answer.status != 404, || {
                        format!("{} instead of {wanted}", answer.status)
                    });
                    faults.extend(leaked.map(|trace| format!("shows {trace}")));
                    variants.judge(&format!("{url} for {who}, {authorized}"), &faults);
                }
            }
        }
        for post in [&public, &private, &direct] {
            let answer = get(Some(&stage.bob), uri(post)).await;
            variants.judge("what Bob may see", &fault(answer.status != 200, || format!("{answer:?}")));
        }
        let outbox = get(Some(&stage.bob), &format!("{}/outbox?page=true", stage.alice.actor())).await;
        variants.judge(
            "the public one is listed",
            &fault(!outbox.text().contains(id(&public)), || outbox.text()),
        );
        variants.done();
    }
}

#[tokio::test]
async fn t025_no_other_view_leaks() {
    let stage = Stage::set().await;
    let (alice, alpha) = (&stage.alice, &stage.alpha);
    let (fay, sam) = (alpha.person("fay").await, alpha.person("sam").await);
    follows(&fay, alice).await;
    let picture = alice.upload(pictures::jpeg(60, 40, 3), "zyqsecret alt").await;
    let mut variants = stage.variants();
    let mut listening = sam.socket("stream=public").await;
    for visibility in ["private", "direct"] {
        let to = if visibility == "direct" { "@fay" } else { "" };
        let post = alice
            .post_status(json!({
                "status": format!("zyqsecret #secrets {to}"), "spoiler_text": "zyqsecret warning", "visibility": visibility,
                "media_ids": if visibility == "private" { json!([id(&picture)]) } else { json!([]) },
            }))
            .await;
        let path = format!("/api/v1/statuses/{}", id(&post));
        let reply = fay.reply(id(&post), "a public comment").await;
        for verb in ["favourite", "bookmark"] {
            fay.post(&format!("{path}/{verb}"), json!({})).await;
        }
        if visibility == "private" {
            alice.post(&format!("{path}/pin"), json!({})).await;
            alice.reblog(id(&post)).await;
        }
        alice.put(&path, json!({"status": format!("zyqsecret #secrets {to} edited"), "media_ids": if visibility == "private" { json!([id(&picture)]) } else { json!([]) }})).await;
        for (name, client) in [("nobody", alpha.client()), ("a stranger", (*sam).clone())] {
            variants.judge(&format!("{visibility} for {name}"), &finds(&client, &post, "zyqsecret").await);
        }
        let browser = Visitor::signed_in(alpha, &sam).await;
        for page in [
            format!("/@alice/{}", id(&post)),
            "/@alice".into(),
            format!("/@fay/{}", id(&reply)),
            "/tags/secrets".into(),
        ] {
            let shown = browser.open(&page).await;
            variants.judge(
                &format!("{visibility}: {page} for a stranger"),
                &fault(shown.text().contains("zyqsecret"), || "shows it".into()),
            );
        }
        // A comment that everybody may see leads to nothing that they may not.
        let context = ask(&sam, &format!("/api/v1/statuses/{}/context", id(&reply))).await;
        variants
            .judge("the comment's context", &fault(context.text().contains("zyqsecret"), || context.text()));
        assert!(finds(&fay, &post, "zyqsecret").await.len() > 5, "she may see it");
        if visibility == "private" {
            // Who follows no more sees no more: not even what was kept.
            fay.unfollow("alice").await;
            variants.judge("one who unfollowed", &finds(&fay, &post, "zyqsecret").await);
            follows(&fay, alice).await;
            alice.post(&format!("/api/v1/accounts/{}/remove_from_followers", fay.id), json!({})).await;
            variants.judge("one who was removed", &finds(&fay, &post, "zyqsecret").await);
            fay.follow("alice").await;
            alice.post(&format!("/api/v1/accounts/{}/block", fay.id), json!({})).await;
            variants.judge("one who is blocked", &finds(&fay, &post, "zyqsecret").await);
            alice.post(&format!("/api/v1/accounts/{}/unblock", fay.id), json!({})).await;
            follows(&fay, alice).await;
        }
    }
    let last = sam.say("the end").await;
    listening.about("update", id(&last)).await;
    let heard = listening.seen().iter().any(|event| event.payload.to_string().contains("zyqsecret"));
    variants.judge("the public stream", &fault(heard, || format!("{:?}", listening.told())));
    variants.done();
}

#[tokio::test]
async fn t044_answers_for_one_are_not_kept_for_others() {
    let stage = Stage::set().await;
    let [public, private, _] = three_posts(&stage).await;
    let mut variants = stage.variants();
    let judge = |answer: &Answer, wanted: &[&str], strict: bool| {
        let control = answer.header("cache-control").unwrap_or_default().to_lowercase();
        let vary: Vec<String> = answer
            .headers
            .get_all("vary")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|name| name.trim().to_lowercase())
            .collect();
        let mut faults = fault(!control.contains("private") && !control.contains("no-store"), || {
            format!("{} Cache-Control {control:?}", answer.status)
        });
        faults.extend(fault(strict && !control.contains("no-store"), || {
            format!("{} kept: {control:?}", answer.status)
        }));
        faults.extend(
            wanted
                .iter()
                .filter(|name| !vary.contains(&name.to_lowercase()))
                .map(|name| format!("{} Vary without {name}: {vary:?}", answer.status)),
        );
        faults
    };
    let actor = stage.alice.actor();
    for url in [
        actor.clone(),
        format!("{actor}/outbox"),
        format!("{actor}/outbox?page=true"),
        format!("{actor}/followers"),
        format!("{actor}/following"),
        format!("{actor}/collections/featured"),
        uri(&public).to_owned(),
        uri(&private).to_owned(),
        format!("{}/activity", uri(&public)),
        format!("{}/replies", uri(&public)),
        format!("{actor}x"),
    ] {
        let stranger = stage.peer.actor_at("strange.localhost", "stranger");
        for (who, signed) in [("Bob", Some(&stage.bob)), ("a stranger", Some(&stranger)), ("nobody", None)] {
            let answer = match signed {
                Some(actor) => stage.peer.fetch(actor, &url, &SignOptions::default()).await,
                None => {
                    stage
                        .alpha
                        .client()
                        .request("GET".parse().unwrap(), &url)
                        .unchecked()
                        .header("accept", ACTIVITY)
                        .send()
                        .await
                }
            };
            variants.judge(&format!("{url} for {who}"), &judge(&answer, &["Accept", "Signature"], true));
        }
    }
    for path in [
        "/api/v1/timelines/home",
        "/api/v1/timelines/public",
        "/api/v1/accounts/verify_credentials",
        "/api/v1/notifications",
        &format!("/api/v1/statuses/{}", id(&public)),
        &format!("/api/v1/statuses/{}", id(&private)),
        &format!("/api/v1/accounts/{}/statuses", stage.alice.id),
        "/api/v2/search?q=alice",
        "/api/v1/statuses/1",
    ] {
        for (who, client) in [
            ("Alice", (*stage.alice).clone()),
            ("nobody", stage.alpha.client()),
            ("a wrong token", stage.alpha.client().with_token("wrong")),
        ] {
            let answer = client.request("GET".parse().unwrap(), path).unchecked().send().await;
            variants.judge(&format!("{path} for {who}"), &judge(&answer, &["Authorization"], true));
        }
    }
    let visitor = Visitor::signed_in(&stage.alpha, &stage.alice).await;
    for path in [
        "/",
        "/settings",
        "/@alice",
        &format!("/@alice/{}", id(&public)),
        &format!("/@alice/{}", id(&private)),
        "/auth/sign_up",
        "/tags/secrets",
    ] {
        for (who, answer) in
            [("Alice", visitor.open(path).await), ("nobody", Visitor::new(&stage.alpha).open(path).await)]
        {
            variants.judge(&format!("{path} for {who}"), &judge(&answer, &["Cookie"], path == "/settings"));
        }
    }
    variants.done();
}

#[tokio::test]
async fn t074_nothing_is_done_with_what_is_not_seen() {
    let stage = Stage::set().await;
    let (alice, sam) = (&stage.alice, stage.alpha.person("sam").await);
    let [_, private, direct] = three_posts(&stage).await;
    let remote = for_followers(&stage, &stage.bob, "zyqbobs");
    stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &remote)).await;
    let remote = alice.sees_at_home(id(&remote)).await;
    stage.settled().await;
    let mut variants = stage.variants();
    for (name, post) in [("private", &private), ("direct", &direct), ("remote", &remote)] {
        for verb in [
            "bookmark",
            "favourite",
            "reblog",
            "pin",
            "mute",
            "unbookmark",
            "unfavourite",
            "unreblog",
            "unpin",
            "unmute",
            "translate",
        ] {
            let path = format!("/api/v1/statuses/{}/{verb}", id(post));
            let request = sam.request("POST".parse().unwrap(), &path).unchecked().json(&json!({}));
            variants.check(&format!("{name}: {verb}"), &[404], &[], request.send()).await;
        }
        for (what, body) in [
            ("an answer", json!({"status": "x", "in_reply_to_id": id(post)})),
            ("a quote", json!({"status": "x", "quoted_status_id": id(post)})),
        ] {
            // An unknown parameter is none; what must not be is that the post is touched.
            let before = stage.rows(&[]).await;
            let answer =
                sam.request("POST".parse().unwrap(), "/api/v1/statuses").unchecked().json(&body).send().await;
            let mut faults = Vec::new();
            if answer.status < 300 {
                let made = answer.json();
                faults.extend(fault(
                    made["in_reply_to_id"] != Value::Null || made["quote"]["quoted_status"].is_object(),
                    || made.to_string(),
                ));
                sam.delete_status(id(&made)).await;
                stage.settled().await;
            } else {
                faults.extend(fault(![404, 422].contains(&answer.status), || format!("{answer:?}")));
                faults.extend(rows::differences(&before, &stage.rows(&[]).await));
            }
            variants.judge(&format!("{name}: {what}"), &faults);
        }
        for list in ["bookmarks", "favourites"] {
            let kept = sam.get(&format!("/api/v1/{list}")).await;
            variants.judge(&format!("{name}: {list}"), &fault(kept != json!([]), || kept.to_string()));
        }
    }
    variants.done();
}

#[tokio::test]
async fn t075_no_spelling_gets_around_the_signature() {
    let stage = Stage::set().await;
    let [public, private, _] = three_posts(&stage).await;
    let mut variants = stage.variants();
    let base = stage.alpha.base();
    let (actor, note) = (stage.alice.actor().replace(&base, ""), uri(&public).replace(&base, ""));
    let hidden = uri(&private).replace(&base, "");
    let kinds = [
        ACTIVITY,
        "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
        "application/json",
        "*/*",
        "",
        "APPLICATION/ACTIVITY+JSON",
        "application/activity+json;q=0.1, text/html;q=0",
        "application/ld+json",
        "text/html, application/activity+json",
    ];
    let spellings = |path: &str| {
        [
            ".json",
            ".jsonld",
            ".rss",
            ".atom",
            "/",
            "//",
            "?format=json",
            "?format=activitypub",
            "?page=true",
            "/activity",
            "/activity.json",
            "%2ejson",
            "/embed",
            ";x",
            "#x",
            "/..;/x",
            "/.",
            "?_method=GET",
            "/replies",
            "/context",
        ]
        .map(|end| format!("{path}{end}"))
    };
    let own = id(&public);
    let mut paths: Vec<String> = vec![
        note.clone(),
        hidden.clone(),
        note.to_uppercase().replace("/USERS/ALICE/STATUSES", "/Users/Alice/Statuses"),
        format!("/@alice/{own}.json"),
        format!("/objects/{own}"),
        format!("/notes/{own}"),
        format!("/statuses/{own}"),
        format!("/p/alice/{own}"),
        format!("/ap/users/{}/statuses/{own}", stage.alice.id),
        format!("/users/{}/statuses/{own}", stage.alice.id),
        format!("/oembed?url={base}/@alice/{own}"),
        format!("/api/oembed?url={base}/@alice/{own}&format=json"),
    ];
    paths.extend(spellings(&note));
    paths.extend(spellings(&hidden));
    paths.extend(
        [
            "/outbox",
            "/outbox?page=true",
            "/followers",
            "/followers?page=1",
            "/following",
            "/collections/featured",
            "/outbox.json",
        ]
        .map(|part| format!("{actor}{part}")),
    );
    for path in &paths {
        for method in ["GET", "HEAD", "POST"] {
            for kind in kinds {
                if method != "GET" && kind != ACTIVITY {
                    continue;
                }
                let request = stage.alpha.client().request(method.parse().unwrap(), path).unchecked();
                let request = if kind.is_empty() { request } else { request.header("accept", kind) };
                let answer = request.send().await;
                let is_page = answer.header("content-type").is_some_and(|kind| kind.contains("html"));
                let body = answer.text();
                let mut faults = fault(
                    body.contains("zyqprivateword") || (body.contains("zyqpublicword") && !is_page),
                    || format!("{} shows it", answer.status),
                );
                faults.extend(fault(answer.status >= 500, || format!("{}", answer.status)));
                faults.extend(fault(answer.status == 200 && !is_page, || {
                    format!("200 {:?}", answer.header("content-type"))
                }));
                if !faults.is_empty() || (path == &note && method == "GET") {
                    variants.judge(&format!("{method} {path} as {kind:?}"), &faults);
                }
            }
        }
    }
    // HEAD is as open as GET; the status of one tells no more than that of the other.
    for path in [&note, &hidden, &actor] {
        let status = async |method: &str| {
            stage
                .alpha
                .client()
                .request(method.parse().unwrap(), path)
                .unchecked()
                .header("accept", ACTIVITY)
                .send()
                .await
                .status
        };
        let (get, head) = (status("GET").await, status("HEAD").await);
        variants.judge(&format!("HEAD {path}"), &fault(get != head, || format!("{head}, GET {get}")));
    }
    // An unsigned actor is a stub.
    let stub = stage.alpha.client().get_activity(&actor).await.json();
    variants.judge(
        "the stub",
        &fault(stub.get("summary").is_some_and(|s| s != "") || stub.get("attachment").is_some(), || {
            stub.to_string()
        }),
    );
    // Pages hold what is public to people, without a document in them.
    let page = ask(&stage.alpha.client(), &format!("/@alice/{}", id(&private))).await;
    variants.judge("the page of a private post", &fault(page.status != 404, || format!("{}", page.status)));
    // A blocked server is told so, whatever it asks for and however.
    stage.alpha.cli(&["domain", "block", &stage.mallory.domain, "--json"]).await;
    for path in [&actor, &note, &hidden, &format!("{actor}/outbox?page=true"), &format!("{actor}/followers")]
    {
        eventually("the block is known", async || {
            stage.peer.fetch(&stage.mallory, &format!("{base}{path}"), &SignOptions::default()).await.status
                == 403
        })
        .await;
    }
    variants.done();
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
        sam.follow(&actor.handle()).await;
        let asked = stage
            .peer
            .wait_for("Sam's Follow", |request| {
                request.is("Follow")
                    && request.json()["actor"] == sam.actor()
                    && request.json()["object"] == actor.id
            })
            .await;
        stage.peer.tell(actor, &sam.actor(), &stage.peer.accept(actor, &asked.json())).await;
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

#[tokio::test]
async fn t077_private_pictures_have_addresses_nobody_guesses() {
    let stage = Stage::set().await;
    let alice = &stage.alice;
    let alpha = &stage.alpha;
    let sam = alpha.person("sam").await;
    let picture = alice.upload(pictures::jpeg(60, 40, 9), "mine").await;
    let post = alice
        .post_status(json!({"status": "to Bob", "visibility": "direct", "media_ids": [id(&picture)]}))
        .await;
    let url = text(&post, "/media_attachments/0/url").to_owned();
    let preview = text(&post, "/media_attachments/0/preview_url").to_owned();
    let mut variants = stage.variants();
    for url in [&url, &preview] {
        let key = url.split_once("/media/").expect("our own").1;
        let digits =
            key.split('.').next().unwrap_or_default().chars().filter(char::is_ascii_hexdigit).count();
        variants.judge(key, &fault(digits * 4 < 128, || format!("{} bits", digits * 4)));
        // Neither the id nor what a stranger knows of the file makes the address.
        variants.judge("by its id", &fault(key.contains(id(&picture)), || key.to_owned()));
    }
    // No folder is listed, and near names are nobody's.
    let key = url.split_once("/media/").expect("our own").1.to_owned();
    let parts: Vec<&str> = key.split('/').collect();
    for path in [
        "/media".to_owned(),
        "/media/".to_owned(),
        format!("/media/{}", parts[0]),
        format!("/media/{}/", parts[0]),
        format!("/media/{}/{}", parts[0], parts[1]),
        format!("/media/{}/{}/", parts[0], parts[1]),
        format!("/media/{}", key.to_uppercase()),
        format!("/media/{}", parts[2]),
        format!("/media/remote/{}/{}", id(&picture), "0".repeat(32)),
        format!("/media/{}", id(&picture)),
    ] {
        let answer = alpha.client().request("GET".parse().unwrap(), &path).unchecked().send().await;
        variants.judge(
            &path,
            &fault(answer.status != 404 || answer.text().contains(parts[2]), || format!("{answer:?}")),
        );
    }
    // The same picture of somebody else's, posted by themselves, gives away nothing but what they have.
    let other = sam.upload(pictures::jpeg(60, 41, 9), "theirs").await;
    variants.judge("another picture", &fault(other["url"] == url.as_str(), || "the same address".into()));
    stage.settled().await;
    for (who, body) in [
        ("in a post", json!({"status": "look", "media_ids": [id(&picture)]})),
        ("as text", json!({"status": "look", "media_ids": id(&picture)})),
    ] {
        let request = sam.request("POST".parse().unwrap(), "/api/v1/statuses").unchecked().json(&body);
        variants.check(&format!("another's picture {who}"), &[400, 404, 422], &[], request.send()).await;
    }
    // A deleted post takes its files along, with the next sweep after a day.
    let client = alpha.client();
    assert_eq!(ask(&client, &url).await.status, 200);
    alice.delete_status(id(&post)).await;
    let path = alpha.folder().join("media").join(&key);
    let small = alpha.folder().join("media").join(preview.split_once("/media/").expect("our own").1);
    let age = SystemTime::UNIX_EPOCH.elapsed().unwrap().saturating_sub(Duration::from_hours(48));
    let two_days_ago = SystemTime::UNIX_EPOCH + age;
    for file in [&path, &small] {
        std::fs::File::options().write(true).open(file).unwrap().set_modified(two_days_ago).unwrap();
    }
    a_day_later(alpha.database_url()).await;
    eventually("the files are swept", async || {
        ask(&client, &url).await.status == 404 && ask(&client, &preview).await.status == 404
    })
    .await;
    assert!(!path.exists() && !small.exists());
    variants.done();
}

/// Lets a day pass for free pictures, and has the next round of upkeep begin.
async fn a_day_later(url: &str) {
    use sqlx::{Connection as _, Executor as _};
    let mut database = sqlx::SqliteConnection::connect(url).await.unwrap();
    database.execute("UPDATE media_attachments SET created_at = created_at - 172800000").await.unwrap();
    database.execute("UPDATE jobs SET run_at = 0, attempts = 0 WHERE queue = 'upkeep'").await.unwrap();
}

/// A PNG with an EXIF block, a text and XMP.
fn told_png() -> Vec<u8> {
    let plain = pictures::png(60, 40, 3);
    let jpeg = pictures::jpeg_with_exif(60, 40, 3, Exif { orientation: 1, gps: Some((52.5, 13.4)) });
    let tiff =
        jpeg.windows(4).position(|four| four == b"MM\0\x2A").map(|at| jpeg[at..at + 300].to_vec()).unwrap();
    let (head, rest) = plain.split_at(33); // the signature and IHDR
    let chunks = [
        png_chunk(*b"eXIf", &tiff),
        png_chunk(*b"tEXt", b"Author\0zyq the author"),
        png_chunk(*b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta>zyq exif:GPSLatitude</x:xmpmeta>"),
        png_chunk(*b"tIME", &[7, 0xEA, 1, 1, 1, 1, 1]),
    ];
    [head, &chunks.concat(), rest].concat()
}

/// A JPEG with everything that cameras and editors write: EXIF with a place, XMP, IPTC, a comment, a tail.
fn told_jpeg() -> Vec<u8> {
    let exif = pictures::jpeg_with_exif(60, 40, 3, Exif { orientation: 6, gps: Some((52.5163, 13.3777)) });
    let (start, rest) = exif.split_at(2);
    let segment = |marker: u8, data: &[u8]| {
        [&[0xFF, marker][..], &u16::try_from(data.len() + 2).unwrap().to_be_bytes(), data].concat()
    };
    let xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>zyq <exif:GPSLatitude>52,31N</exif:GPSLatitude></x:xmpmeta>");
    let iptc = segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x10\x1C\x02\x50\0\x0Bzyq author!");
    let comment = segment(0xFE, b"zyq serial number 1234567");
    [start, &xmp, &iptc, &comment, rest, b"zyq after the end"].concat()
}

#[tokio::test]
async fn t078_pictures_say_nothing_but_what_they_show() {
    let stage = Stage::set().await;
    let alice = &stage.alice;
    let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\x0C\0\0\0\x3B\0\0\x27\0\0".to_vec();
    webp.extend(b"EXIF\x08\0\0\0zyq GPS!XMP \x08\0\0\0zyq GPS!");
    let mut variants = stage.variants();
    let traces: [&[u8]; 9] =
        [b"zyq", b"Exif", b"GPS", b"xmpmeta", b"Photoshop", b"8BIM", b"eXIf", b"tEXt", b"iTXt"];
    for (name, kind, bytes, size) in [
        ("a JPEG held upright", "image/jpeg", told_jpeg(), (40, 60)),
        ("a PNG", "image/png", told_png(), (60, 40)),
        ("a WebP of nothing else", "image/webp", webp, (0, 0)),
    ] {
        for place in ["media", "avatar", "header"] {
            let part = Part::bytes(bytes.clone()).file_name("IMG_zyq.jpg").mime_str(kind).unwrap();
            let urls: Vec<String> = if place == "media" {
                let answer = alice
                    .request("POST".parse().unwrap(), "/api/v2/media")
                    .multipart(Form::new().part("file", part))
                    .send()
                    .await;
                if size == (0, 0) {
                    variants.judge(name, &fault(answer.status != 422, || format!("{answer:?}")));
                    continue;
                }
                let made = answer.ok();
                let original = &made["meta"]["original"];
                variants.judge(
                    &format!("{name}: turned"),
                    &fault(original["width"] != size.0 || original["height"] != size.1, || made.to_string()),
                );
                variants.judge(
                    &format!("{name}: told"),
                    &fault(made.to_string().contains("zyq"), || made.to_string()),
                );
                vec![text(&made, "/url").to_owned(), text(&made, "/preview_url").to_owned()]
            } else {
                let form = Form::new().part(place, part);
                let answer = alice
                    .request("PATCH".parse().unwrap(), "/api/v1/accounts/update_credentials")
                    .multipart(form)
                    .send()
                    .await;
                if size == (0, 0) {
                    variants.judge(name, &fault(answer.status != 422, || format!("{answer:?}")));
                    continue;
                }
                vec![text(&answer.ok(), &format!("/{place}")).to_owned()]
            };
            for url in urls {
                let served = ask(&stage.alpha.client(), &url).await;
                let found: Vec<String> = traces
                    .iter()
                    .filter(|trace| served.body.windows(trace.len()).any(|part| part == **trace))
                    .map(|trace| trace.escape_ascii().to_string())
                    .collect();
                variants.judge(
                    &format!("{name}, {place}: {url}"),
                    &fault(served.status != 200 || !found.is_empty(), || {
                        format!("{} {found:?}", served.status)
                    }),
                );
                // No other version can be had.
                for end in ["?original=1", "?size=original", ".orig", "/original"] {
                    let other = ask(&stage.alpha.client(), &format!("{url}{end}")).await;
                    let found = other.body.windows(3).any(|part| part == b"zyq");
                    variants.judge(
                        &format!("{url}{end}"),
                        &fault(found || other.status >= 500, || format!("{}", other.status)),
                    );
                }
            }
        }
    }
    // What lies on the disk is what is served: the original isn't kept.
    let mut folders = vec![stage.alpha.folder().join("media")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                files += 1;
                let bytes = std::fs::read(entry.path()).unwrap();
                variants.judge(
                    &entry.path().display().to_string(),
                    &fault(bytes.windows(3).any(|part| part == b"zyq"), || "kept".into()),
                );
            }
        }
    }
    assert!(files >= 3, "{files}");
    variants.done();
}

#[tokio::test]
async fn t101_keys_and_secrets_stay_inside() {
    let stage = Stage::set().await;
    let alpha = &stage.alpha;
    let mut variants = stage.variants();
    // What holds secrets is for its owner alone.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for entry in std::fs::read_dir(alpha.folder()).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("tintype.db") {
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                variants.judge(&name, &fault(mode & 0o077 != 0, || format!("{mode:o}")));
            }
        }
    }
    // The secrets themselves, as the database has them.
    let mut secrets = Vec::new();
    {
        use sqlx::{Connection as _, Row as _};
        let mut database = sqlx::SqliteConnection::connect(alpha.database_url()).await.unwrap();
        for (table, column) in [
            ("account_keys", "private_key_pem"),
            ("users", "password_hash"),
            ("instance_settings", "value"),
            ("sessions", "token_hash"),
            ("oauth_tokens", "token_hash"),
            ("users", "email"),
        ] {
            let statement = sqlx::AssertSqlSafe(format!("SELECT CAST({column} AS TEXT) FROM {table}"));
            for row in sqlx::query(statement)
                .fetch_all(&mut database)
                .await
                .unwrap_or_else(|error| panic!("{table}.{column}: {error}"))
            {
                let value: String = row.get::<Option<String>, _>(0).unwrap_or_default();
                // Of a key in PEM, a line from its middle: the armour is no secret.
                let value = value
                    .lines()
                    .filter(|line| !line.contains("-----"))
                    .max_by_key(|line| line.len())
                    .unwrap_or_default()
                    .to_owned();
                if value.len() >= 12 && value != alpha.domain() {
                    secrets.push((format!("{table}.{column}"), value));
                }
            }
        }
    }
    assert!(
        secrets.iter().any(|(name, _)| name == "account_keys.private_key_pem"),
        "{:?}",
        secrets.iter().map(|s| &s.0).collect::<Vec<_>>()
    );
    let post = stage.alice.say("a post").await;
    let visitor = Visitor::signed_in(alpha, &stage.alice).await;
    let mut seen: Vec<(String, String)> = Vec::new();
    for path in [
        "/api/v1/accounts/verify_credentials",
        "/api/v1/preferences",
        "/api/v1/accounts/lookup?acct=alice",
        "/api/v2/instance",
        "/api/v1/instance",
        "/api/v1/timelines/public",
        "/api/v1/apps/verify_credentials",
        "/oauth/userinfo",
        "/.well-known/oauth-authorization-server",
        "/nodeinfo/2.0",
        "/nodeinfo/2.1",
        "/actor",
        "/users/alice",
        "/@alice",
        "/settings",
        "/about",
        "/.well-known/webfinger?resource=acct:alice@x",
        "/nothing",
        "/api/v1/nothing",
        "/api/v1/statuses/abc",
        "/api/v1/accounts/99999999999999999999999",
        "/users/%00",
        "/@%ff",
        "/media/xx",
        "/api/v2/search?q=%00",
    ] {
        for (who, answer) in [
            ("Alice", stage.alice.request("GET".parse().unwrap(), path).unchecked().send().await),
            ("nobody", alpha.client().get_activity(path).await),
            ("a browser", visitor.open(path).await),
        ] {
            // One's own address is told to oneself.
            variants
                .judge(&format!("{path} for {who}"), &fault(answer.status >= 500, || format!("{answer:?}")));
            let body = answer.text();
            for word in
                ["panicked", "RUST_BACKTRACE", "src/", ".rs:", "SQLITE", "sqlx", "/tmp/", "stack backtrace"]
            {
                variants.judge(
                    &format!("{path} for {who}: {word}"),
                    &fault(body.contains(word), || body.chars().take(300).collect()),
                );
            }
            seen.push((format!("{path} for {who}"), body));
        }
    }
    let signed = stage.peer.fetch(&stage.bob, &stage.alice.actor(), &SignOptions::default()).await;
    seen.push(("the actor for Bob".into(), signed.text()));
    seen.push((
        "the note for Bob".into(),
        stage.peer.fetch(&stage.bob, uri(&post), &SignOptions::default()).await.text(),
    ));
    for arguments in [
        &["account", "show", "alice", "--json"][..],
        &["account", "list", "--json"],
        &["jobs", "list", "--json"],
        &["domain", "list", "--json"],
    ] {
        let output = alpha.try_cli(arguments).await;
        seen.push((format!("{arguments:?}"), String::from_utf8_lossy(&output.stdout).into_owned()));
    }
    for request in stage.peer.received() {
        seen.push((
            format!("sent to {}", request.path),
            format!("{:?} {}", request.headers, String::from_utf8_lossy(&request.body)),
        ));
    }
    seen.push(("the log".into(), alpha.log()));
    for (where_, body) in &seen {
        for (what, secret) in &secrets {
            let of_staff = where_.starts_with('[') && what == "users.email";
            if !of_staff && body.contains(secret.as_str()) {
                variants.judge(where_, &[format!("shows {what}")]);
            }
        }
        variants.judge(
            where_,
            &fault(body.contains("PRIVATE KEY") || body.contains("privateKeyPem"), || "a private key".into()),
        );
    }
    // Rooms for those who run it are not open to those who visit it.
    for path in [
        "/metrics",
        "/debug",
        "/debug/vars",
        "/debug/pprof/",
        "/actuator/env",
        "/env",
        "/config",
        "/tintype.toml",
        "/.env",
        "/tintype.db",
        "/.git/config",
        "/server-status",
        "/stdout.log",
        "/data/tintype.db",
    ] {
        let answer = raw::get(alpha, path).await;
        variants.judge(path, &fault(answer.status != 404, || format!("{}", answer.status)));
    }
    variants.done();
}

/// What a client can tell two answers apart by.
fn look(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let varying = ["date", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset", "set-cookie"];
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !varying.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    headers.sort();
    // A form's token differs each time.
    let body = answer.text();
    let body = body
        .split("name=\"form_token\" value=\"")
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once('"').map_or("", |(_, rest)| rest) })
        .collect::<Vec<_>>()
        .join("");
    (answer.status, headers, body)
}

#[tokio::test]
async fn t110_missing_and_hidden_look_the_same() {
    let stage = Stage::set().await;
    let [_, private, direct] = three_posts(&stage).await;
    let sam = stage.alpha.person("sam").await;
    let stranger = stage.peer.actor_at("strange.localhost", "stranger");
    let missing = (id(&private).parse::<i64>().unwrap() + 70_000).to_string();
    let browser = Visitor::signed_in(&stage.alpha, &sam).await;
    let mut variants = stage.variants();
    for (name, post) in [("private", &private), ("direct", &direct)] {
        for (method, path) in [
            ("GET", "/api/v1/statuses/ID"),
            ("GET", "/api/v1/statuses/ID/context"),
            ("GET", "/api/v1/statuses/ID/history"),
            ("GET", "/api/v1/statuses/ID/source"),
            ("GET", "/api/v1/statuses/ID/favourited_by"),
            ("GET", "/api/v1/statuses/ID/reblogged_by"),
            ("POST", "/api/v1/statuses/ID/favourite"),
            ("POST", "/api/v1/statuses/ID/reblog"),
            ("POST", "/api/v1/statuses/ID/bookmark"),
            ("POST", "/api/v1/statuses/ID/pin"),
            ("POST", "/api/v1/statuses/ID/mute"),
            ("DELETE", "/api/v1/statuses/ID"),
            ("PUT", "/api/v1/statuses/ID"),
            ("GET", "/api/v1/statuses?id[]=ID"),
            ("GET", "/@alice/ID"),
            ("GET", "/@sam/ID"),
            ("HEAD", "/api/v1/statuses/ID"),
            ("OPTIONS", "/api/v1/statuses/ID"),
        ] {
            for language in ["", "en", "de", "zz"] {
                if !language.is_empty() && method != "GET" {
                    continue;
                }
                let send = async |status: &str| {
                    let path = path.replace("ID", status);
                    if path.starts_with("/@") {
                        return browser.send(method, &path, &[("accept-language", language)], None).await;
                    }
                    let request = sam.request(method.parse().unwrap(), &path).unchecked();
                    let request = if language.is_empty() {
                        request
                    } else {
                        request.header("accept-language", language)
                    };
                    let request = if ["POST", "PUT"].contains(&method) {
                        request.json(&json!({"status": "x"}))
                    } else {
                        request
                    };
                    request.send().await
                };
                let (hidden, nothing) = (look(&send(id(post)).await), look(&send(&missing).await));
                let normal = |(status, headers, body): (u16, Vec<(String, String)>, String), own: &str| {
                    (status, headers, body.replace(own, "ID"))
                };
                let (hidden, nothing) = (normal(hidden, id(post)), normal(nothing, &missing));
                variants.judge(
                    &format!("{name}: {method} {path} {language}"),
                    &fault(hidden != nothing, || format!("{hidden:?}\n    {nothing:?}")),
                );
            }
        }
        for part in ["", "/activity", "/replies"] {
            for (who, actor) in [("a stranger", Some(&stranger)), ("nobody", None)] {
                for kind in [ACTIVITY, "text/html", "*/*"] {
                    let send = async |status: &str| {
                        let url = format!("{}/statuses/{status}{part}", stage.alice.actor());
                        match actor {
                            Some(actor) => {
                                stage
                                    .peer
                                    .fetch(
                                        actor,
                                        &url,
                                        &SignOptions { content_type: kind, ..SignOptions::default() },
                                    )
                                    .await
                            }
                            None => {
                                stage
                                    .alpha
                                    .client()
                                    .request("GET".parse().unwrap(), &url)
                                    .unchecked()
                                    .header("accept", kind)
                                    .send()
                                    .await
                            }
                        }
                    };
                    let ((status, headers, body), nothing) =
                        (look(&send(id(post)).await), look(&send(&missing).await));
                    let own = |text: &str| text.replace(id(post), &missing);
                    let hidden = (
                        status,
                        headers.into_iter().map(|(name, value)| (name, own(&value))).collect::<Vec<_>>(),
                        own(&body),
                    );
                    variants.judge(
                        &format!("{name}{part} for {who} as {kind}"),
                        &fault(hidden != nothing, || format!("{hidden:?}\n    {nothing:?}")),
                    );
                }
            }
        }
    }
    // Answering to it, and asking the search.
    for (name, post) in [("private", &private), ("direct", &direct)] {
        let reply = async |status: &str| {
            sam.request("POST".parse().unwrap(), "/api/v1/statuses")
                .unchecked()
                .json(&json!({"status": "x", "in_reply_to_id": status}))
                .send()
                .await
        };
        let (hidden, nothing) = (look(&reply(id(post)).await), look(&reply(&missing).await));
        variants.judge(
            &format!("{name}: an answer"),
            &fault(hidden != nothing, || format!("{hidden:?} {nothing:?}")),
        );
        let search = async |status: &str| {
            let url = format!("{}/statuses/{status}", stage.alice.actor());
            sam.request("GET".parse().unwrap(), "/api/v2/search")
                .query(&[("q", url.as_str()), ("resolve", "true")])
                .send()
                .await
        };
        let (hidden, nothing) = (look(&search(id(post)).await), look(&search(&missing).await));
        variants.judge(
            &format!("{name}: a search"),
            &fault(hidden != nothing, || format!("{hidden:?} {nothing:?}")),
        );
    }
    variants.done();
    assert!(
        has(&stage.alice.home().await, uri(&private))
            && items(&stage.alice.context(id(&direct)).await["ancestors"]).is_empty()
    );
}

#[tokio::test]
async fn t111_nobody_learns_who_has_an_account() {
    let stage = Stage::with(Database::Sqlite, |builder| builder.config("registrations.mode", "open")).await;
    let alpha = &stage.alpha;
    for (name, command) in [("locked_out", "disable"), ("hidden", "suspend")] {
        alpha.person(name).await;
        alpha.cli(&["account", command, name, "--json"]).await;
    }
    let names = [
        "alice",
        "alice@example.org",
        "locked_out",
        "hidden@example.org",
        "nobody",
        "nobody@example.org",
        "",
        "alice@nowhere.example",
        "ALICE",
        "x' OR '1'='1",
    ];
    let mut variants = stage.variants();
    let mut first: Option<(u16, String)> = None;
    for name in names {
        let visitor = Visitor::new(alpha);
        let answer = visitor.sign_in(name, "a wrong password of some length").await;
        let (status, _, body) = look(&answer);
        // The page repeats the name that was typed.
        let escaped = name.replace('\'', "&#39;");
        let body = body
            .replace(&format!("value=\"{name}\""), "value=\"\"")
            .replace(&format!("value=\"{escaped}\""), "value=\"\"");
        let seen = (status, body);
        let known = first.get_or_insert_with(|| seen.clone());
        variants.judge(
            &format!("sign in as {name:?}"),
            &fault(seen != *known || status != 401, || format!("{seen:?}")),
        );
    }
    // The work is the same: a hash is computed for nobody as well. The median of several, and a wide margin.
    let mut times: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..7 {
        for (at, name) in ["alice", "nobody at all"].into_iter().enumerate() {
            let visitor = Visitor::new(alpha);
            let form = super::visitor::form_token(&visitor.open("/auth/sign_in").await);
            let began = std::time::Instant::now();
            visitor
                .post(
                    "/auth/sign_in",
                    &[("username", name), ("password", "a wrong password"), ("form_token", &form)],
                )
                .await;
            times[at].push(began.elapsed());
        }
    }
    let [known, unknown] = times.map(|mut all| {
        all.sort();
        all[all.len() / 2]
    });
    variants.judge("the time it takes", &fault(unknown * 4 < known, || format!("{known:?} and {unknown:?}")));
    // Doors that other programs have, where the same could be asked.
    for path in [
        "/auth/password/new",
        "/auth/password",
        "/auth/confirmation/new",
        "/api/v1/emails/confirmations",
        "/api/v1/accounts/check",
        "/api/v1/emails/check_confirmation",
    ] {
        let answer = Visitor::new(alpha).open(path).await;
        variants.judge(
            path,
            &fault(![401, 403, 404, 405].contains(&answer.status), || format!("{}", answer.status)),
        );
    }
    variants.done();
}
