//! What comes in.

use serde_json::{Value, json};
use tintype_model::{Visibility, paging::Page};
use tintype_service::{Found, Resolver as _};
use tintype_store::follows::FollowState;
use tintype_testkit::{
    Peer,
    peer::{Actor, Digest, Key, Reply, SignOptions},
};

use crate::given::{Here, Stage, draft, with};

#[tokio::test]
async fn a_follow_is_accepted_and_undone() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let follow = peer.follow(&bob, &alice.uri);
    assert_eq!(peer.tell(&bob, &alice.uri, &follow).await.status, 202);
    assert_eq!(peer.tell(&bob, &alice.uri, &follow).await.status, 202, "twice is once");
    let known = here.account_of(&bob.id).await.unwrap();
    assert_eq!(known.acct(), bob.handle());
    assert_eq!(known.shared_inbox_url, Some(bob.shared_inbox()));
    let row = here.ctx.store.read().await.unwrap().follow_between(known.id, alice.id).await.unwrap().unwrap();
    assert_eq!(row.state, FollowState::Accepted);
    here.work().await;
    let accept = peer.received().into_iter().find(|r| r.is("Accept")).unwrap();
    assert_eq!(accept.json()["object"]["id"], follow["id"]);
    tintype_testkit::peer::verify(&accept, alice.public_key_pem.as_deref().unwrap()).unwrap();
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.undo(&bob, &follow)).await.status, 202);
    let gone = here.ctx.store.read().await.unwrap().follow_between(known.id, alice.id).await.unwrap();
    assert_eq!(gone, None);
    // T094: the same Follow, late, stays undone.
    let late = with(follow, "id", json!(format!("{}#late", bob.id)));
    let undo = peer.undo(&bob, &late);
    assert_eq!(peer.tell(&bob, &alice.uri, &undo).await.status, 202);
    assert_eq!(peer.tell(&bob, &alice.uri, &late).await.status, 202);
    assert!(here.ctx.store.read().await.unwrap().follow_between(known.id, alice.id).await.unwrap().is_none());
}

#[tokio::test]
async fn posts_arrive_with_their_threads() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let known = here.befriend(&alice, &peer, &bob).await;
    let carol = peer.actor("carol");
    let root = peer.note(&carol, "<p>root</p>");
    let middle = with(peer.note(&carol, "<p>middle</p>"), "inReplyTo", root["id"].clone());
    peer.publish(middle["id"].as_str().unwrap(), &middle);
    let end = with(peer.note(&bob, "<p>end</p><script>x</script>"), "inReplyTo", middle["id"].clone());
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &end)).await.status, 202);
    assert!(here.status_of(end["id"].as_str().unwrap()).await.is_none(), "the thread is fetched later");
    here.work().await;
    let end = here.status_of(end["id"].as_str().unwrap()).await.unwrap();
    assert_eq!((end.content.as_str(), end.account_id), ("<p>end</p>", known.id));
    let mut reader = here.ctx.store.read().await.unwrap();
    let up = reader.ancestors(None, end.id, 10).await.unwrap();
    assert_eq!(up.iter().map(|s| s.content.as_str()).collect::<Vec<_>>(), ["<p>middle</p>", "<p>root</p>"]);
    let home = reader.home(alice.id, &Page::newest(10)).await.unwrap();
    assert!(home.iter().all(|s| s.uri != root["id"].as_str().unwrap()));
    drop(reader);
    let tombstone = peer.delete(&bob, &end.uri);
    assert_eq!(peer.tell(&bob, &alice.uri, &tombstone).await.status, 202);
    assert!(here.status_of(&end.uri).await.is_none());
    assert_eq!(here.jobs().await.len(), 0);
}

#[tokio::test]
async fn likes_boosts_and_replies_of_what_is_here() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let post = here.post(&alice, draft("look", Visibility::Public)).await;
    let like = peer.like(&bob, &post.uri);
    let boost = peer.announce(&bob, &post.uri);
    let reply = with(peer.note(&bob, "<p>nice</p>"), "inReplyTo", json!(post.uri));
    for activity in [&like, &boost, &peer.create(&bob, &reply)] {
        assert_eq!(peer.tell(&bob, &alice.uri, activity).await.status, 202);
    }
    let row = here.status_of(&post.uri).await.unwrap();
    assert_eq!((row.favourites_count, row.reblogs_count, row.replies_count), (1, 1, 1));
    for activity in [&like, &boost] {
        let by_id = peer.activity(&bob, "Undo", &activity["id"]);
        assert_eq!(peer.tell(&bob, &alice.uri, &by_id).await.status, 202);
    }
    let row = here.status_of(&post.uri).await.unwrap();
    assert_eq!((row.favourites_count, row.reblogs_count, row.replies_count), (0, 0, 1));
}

#[tokio::test]
async fn a_boost_of_what_is_elsewhere_is_fetched_from_there() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let carol = peer.actor_at("other.localhost", "carol");
    let note = peer.note(&carol, "<p>true</p>");
    let forged = with(note.clone(), "content", json!("<p>forged</p>"));
    let mut announce = peer.announce(&bob, note["id"].as_str().unwrap());
    announce["object"] = forged;
    assert_eq!(peer.tell(&bob, &alice.uri, &announce).await.status, 202);
    here.work().await;
    let original = here.status_of(note["id"].as_str().unwrap()).await.unwrap();
    assert_eq!(original.content, "<p>true</p>");
    let boost = here.status_of(announce["id"].as_str().unwrap()).await.unwrap();
    assert_eq!(boost.reblog_of_id, Some(original.id));
}

/// T001, T002, T006, T007, T011, T012, T015, T036, T039, T040, T104
#[tokio::test]
async fn what_is_not_believed_changes_nothing() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let eve = peer.actor_with_key("evil.localhost", "eve", std::sync::Arc::new(Key::generate()));
    let post = here.post(&alice, draft("mine", Visibility::Public)).await;
    let inbox = format!("{}/inbox", alice.uri);
    let like = || peer.like(&bob, &post.uri);
    let as_eve = |kind: &str, object: &Value| peer.activity(&eve, kind, object);
    let right = SignOptions::default;
    let mut foreign = peer.note(&bob, "<p>forged</p>");
    foreign["attributedTo"] = json!(eve.id);
    let cases: Vec<(&str, &Actor, Value, SignOptions, u16)> = vec![
        ("unsigned", &bob, like(), SignOptions::unsigned(), 401),
        ("another key", &bob, like(), SignOptions { wrong_key: true, ..right() }, 401),
        ("no digest", &bob, like(), SignOptions { digest: Digest::Missing, ..right() }, 401),
        ("wrong digest", &bob, like(), SignOptions { digest: Digest::Wrong, ..right() }, 401),
        ("tampered", &bob, like(), SignOptions { tampered: true, ..right() }, 401),
        ("only the digest", &bob, like(), SignOptions::only_digest(), 401),
        ("old", &bob, like(), SignOptions::dated(-13 * 3600), 401),
        ("of tomorrow", &bob, like(), SignOptions::dated(24 * 3600), 401),
        ("signed by another", &eve, like(), right(), 401),
        (
            "an id elsewhere",
            &eve,
            with(as_eve("Like", &json!(post.uri)), "id", like()["id"].clone()),
            right(),
            403,
        ),
        (
            "one of ours",
            &eve,
            with(as_eve("Like", &json!(post.uri)), "actor", json!(alice.uri)),
            right(),
            403,
        ),
        ("an object elsewhere", &eve, as_eve("Create", &foreign), right(), 403),
        ("a deletion of ours", &eve, as_eve("Delete", &json!(post.uri)), right(), 403),
        ("an Undo of another's", &eve, as_eve("Undo", &like()), right(), 403),
        ("no id", &bob, with(like(), "id", Value::Null), right(), 400),
        ("no JSON type", &bob, like(), SignOptions { content_type: "text/plain", ..right() }, 415),
    ];
    for (what, actor, activity, options, status) in cases {
        let answer = peer.deliver(actor, &inbox, &activity, &options).await;
        assert_eq!(answer.status, status, "{what}: {answer:?}");
    }
    let large = vec![b' '; 2 << 20];
    assert_eq!(peer.try_deliver_bytes(&bob, &inbox, large, &right()).await.map_or(413, |a| a.status), 413);
    let row = here.status_of(&post.uri).await.unwrap();
    assert_eq!((row.favourites_count, row.reblogs_count), (0, 0));
    assert!(here.jobs().await.iter().all(|job| job.queue == "fan_out"));
    // An actor nobody knows takes leave: nothing is asked.
    let before = peer.count(|_| true);
    let stranger = peer.actor("stranger");
    let farewell = peer.activity(&stranger, "Delete", &json!(stranger.id));
    assert_eq!(peer.tell(&stranger, &alice.uri, &farewell).await.status, 202);
    assert_eq!(peer.count(|_| true), before);
}

/// T001, T010, T119, T120
#[tokio::test]
async fn keys_are_owned_rotated_and_sometimes_away() {
    let Stage { here, peer, alice, mut bob } = Stage::set().await;
    let post = here.post(&alice, draft("mine", Visibility::Public)).await;
    let inbox = format!("{}/inbox", alice.uri);
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.like(&bob, &post.uri)).await.status, 202);
    // A new key at the origin is found by the first signature that does not fit the old one.
    bob.key = std::sync::Arc::new(Key::generate());
    bob.document["publicKey"]["publicKeyPem"] = bob.key.public_pem().into();
    peer.publish_actor(&bob);
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.announce(&bob, &post.uri)).await.status, 202);
    // GoToSocial's keys have documents of their own, which are stubs.
    let mut gts = peer.actor_at("gts.localhost", "dora");
    gts.key_id = format!("{}/main-key", gts.id);
    gts.document["publicKey"]["id"] = json!(gts.key_id);
    peer.publish_actor(&gts);
    let stub = json!({"id": gts.id, "type": "Person", "preferredUsername": "dora", "publicKey": gts.document["publicKey"]});
    peer.publish(&gts.key_id, &stub);
    assert_eq!(peer.tell(&gts, &alice.uri, &peer.like(&gts, &post.uri)).await.status, 202);
    // A key document that claims somebody else's actor.
    let eve = peer.actor_at("evil.localhost", "eve");
    let key_id = format!("{}/key", eve.id);
    peer.publish(&key_id, &json!({"id": key_id, "owner": bob.id, "publicKeyPem": eve.key.public_pem()}));
    let as_bob = SignOptions { key_id: Some(key_id), ..SignOptions::default() };
    let forged = Actor { id: bob.id.clone(), ..eve.clone() };
    assert_eq!(peer.deliver(&forged, &inbox, &peer.like(&bob, &post.uri), &as_bob).await.status, 401);
    // A server that is away says nothing about its keys.
    let away = peer.actor_at("away.localhost", "otto");
    peer.serve(&away.id, Reply::status(500));
    let answer = peer.tell(&away, &alice.uri, &peer.like(&away, &post.uri)).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    assert!(here.account_of(&away.id).await.is_none());
    let row = here.status_of(&post.uri).await.unwrap();
    assert_eq!((row.favourites_count, row.reblogs_count), (2, 1));
}

/// T003, T004, T012, T092
#[tokio::test]
async fn what_is_fetched_speaks_for_itself_only() {
    let (here, peer) = (Here::open().await, Peer::start().await);
    let alice = here.person("alice").await;
    let victim = peer.actor_at("victim.localhost", "bob");
    let evil = peer.domain_of("evil.localhost");
    let find = async |url: &str| here.federation.object(url).await.unwrap();
    let url = |path: &str| format!("http://{evil}{path}");
    // Another's id: asked there, once.
    let forged = with(victim.document.clone(), "name", json!("forged"));
    peer.publish(&url("/x"), &forged);
    let Some(Found::Account(id)) = find(&url("/x")).await else { panic!("not found at its own id") };
    assert_eq!(here.account(id).await.display_name, "bob");
    // Our own id.
    peer.publish(&url("/ours"), &with(forged.clone(), "id", json!(alice.uri)));
    assert_eq!(find(&url("/ours")).await, None);
    // Not served as ActivityPub.
    let upload = with(forged.clone(), "id", json!(url("/upload")));
    for kind in ["text/plain", "application/json", "application/octet-stream", "application/ld+json"] {
        peer.serve(&url("/upload"), Reply::json(200, kind, &upload));
        assert_eq!(find(&url("/upload")).await, None, "{kind}");
    }
    // A redirect to ourselves, and what isn't for everyone.
    peer.serve(&url("/back"), Reply::redirect(&alice.uri));
    assert!(!matches!(here.federation.object(&url("/back")).await, Ok(Some(_))));
    let eve = peer.actor_at("evil.localhost", "eve");
    let private = with(with(peer.note(&eve, "secret"), "to", json!([eve.followers])), "cc", json!([]));
    peer.publish(private["id"].as_str().unwrap(), &private);
    assert_eq!(find(private["id"].as_str().unwrap()).await, None);
    // A handle that its domain does not confirm.
    let jrd = json!({"subject": format!("acct:bob@{}", victim.domain), "links": [
        {"rel": "self", "type": "application/activity+json", "href": url("/users/mallory")}]});
    let mallory = peer.actor_at("evil.localhost", "mallory");
    peer.serve(
        &url(&format!("/.well-known/webfinger?resource=acct:{}", mallory.handle())),
        Reply::json(200, "application/jrd+json", &jrd),
    );
    let handle = mallory.handle().parse().unwrap();
    assert_eq!(here.federation.account(&handle).await.unwrap(), None);
    assert!(here.account_of(&mallory.id).await.is_none());
    let claimed = format!("http://{evil}/.well-known/webfinger?resource=acct:thief@{evil}");
    let jrd = json!({"subject": format!("acct:thief@{evil}"), "links": [
        {"rel": "self", "type": "application/activity+json", "href": victim.id}]});
    peer.serve(&claimed, Reply::json(200, "application/jrd+json", &jrd));
    assert_eq!(here.federation.account(&format!("thief@{evil}").parse().unwrap()).await.unwrap(), None);
    let bob = here.account_of(&victim.id).await.unwrap();
    assert_eq!((bob.acct(), bob.display_name.as_str()), (victim.handle(), "bob"));
}

/// T059, T060
#[tokio::test]
async fn threads_without_end_end() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let author = bob.id.clone();
    peer.script(move |request| {
        let (_, number) = request.path.split_once("/chain/")?;
        let number: u64 = number.parse().ok()?;
        let at = |number: u64| format!("http://{}/chain/{number}", request.host);
        let note = json!({"id": at(number), "type": "Note", "attributedTo": author, "content": "x",
            "to": ["https://www.w3.org/ns/activitystreams#Public"], "inReplyTo": at(number + 1)});
        Some(Reply::json(200, "application/activity+json", &note))
    });
    let end = with(peer.note(&bob, "end"), "inReplyTo", json!(peer.url("/chain/1")));
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &end)).await.status, 202);
    here.work().await;
    assert!(here.status_of(end["id"].as_str().unwrap()).await.is_some());
    assert_eq!(peer.count(|r| r.path.contains("/chain/")), tintype_federation::limits::get().thread_depth);
    let own = peer.announce(&bob, "x");
    let own = with(own.clone(), "object", own["id"].clone());
    assert_eq!(peer.tell(&bob, &alice.uri, &own).await.status, 403);
}

/// T063: those whom a post names are looked up, a few of them, and only where the post concerns somebody here.
#[tokio::test]
async fn people_who_are_named_are_looked_up() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let eve = peer.actor_at("elsewhere.localhost", "eve");
    let crowd: Vec<Actor> =
        (0..30).map(|number| peer.actor_at(&format!("c{number}.localhost"), "x")).collect();
    let tag = |href: &str| json!({"type": "Mention", "href": href, "name": "@x"});
    let missing = peer.url("/users/nobody");
    let named = [missing.as_str()].into_iter().chain(crowd.iter().map(|actor| actor.id.as_str()));
    let tags: Vec<Value> = named.map(tag).collect();
    // Of no concern: nobody here follows eve.
    let aside = with(peer.note(&eve, "aside"), "tag", json!(tags));
    assert_eq!(peer.tell(&eve, &alice.uri, &peer.create(&eve, &aside)).await.status, 202);
    here.work().await;
    let asked = || peer.count(|r| r.method == "GET" && r.host.starts_with('c') && r.path == "/users/x");
    assert_eq!(asked(), 0);

    let note = with(peer.note(&bob, "all of you"), "tag", json!(tags));
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &note)).await.status, 202);
    here.work().await;
    let status = here.status_of(note["id"].as_str().unwrap()).await.unwrap();
    let mentions = here.ctx.store.read().await.unwrap().mentions_of(&[status.id]).await.unwrap();
    let most = tintype_federation::limits::get().mentions_resolved;
    assert!((most - 1..=most).contains(&mentions.len()), "{} of {most}", mentions.len());
    assert_eq!(asked(), mentions.len());
    assert!(here.account_of(&missing).await.is_none());
}
