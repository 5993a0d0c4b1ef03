//! Edits and pins, both ways.

use serde_json::{Value, json};
use tintype_model::{Millis, Visibility};
use tintype_service::{
    Found, Resolver as _,
    edits::{self, Change},
    pins,
};
use tintype_testkit::peer::{Actor, Reply, SignOptions, verify};

use crate::{
    given::{Stage, draft, list, posts, told, with},
    shown::{get, unsigned},
};

fn change(text: &str) -> Change {
    Change { text: text.to_owned(), ..Change::default() }
}

#[tokio::test]
async fn an_edit_reaches_everybody_who_may_hold_the_post() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let (dora, eve) = (peer.actor_at("follower.localhost", "dora"), peer.actor_at("fan.localhost", "eve"));
    here.followed_by(&alice, &peer, &dora).await;
    let post = here.post(&alice, draft(&format!("hi @{}", bob.handle()), Visibility::Public)).await;
    let only = here.post(&alice, draft("for followers", Visibility::Private)).await;
    assert_eq!(peer.tell(&eve, &alice.uri, &peer.like(&eve, &post.uri)).await.status, 202);
    here.work().await;
    assert!(told(&peer, "Create").iter().all(|create| create.json()["object"].get("updated").is_none()));

    edits::edit(&here.ctx, &here.federation, alice.id, post.id, change("hello all")).await.unwrap();
    edits::edit(&here.ctx, &here.federation, alice.id, only.id, change("for friends")).await.unwrap();
    here.work().await;
    let updates = told(&peer, "Update");
    let of = |uri: &str| -> Vec<_> {
        let mut hosts: Vec<_> =
            updates.iter().filter(|u| u.json()["object"]["id"] == uri).map(|u| u.host.clone()).collect();
        hosts.sort();
        hosts
    };
    let mut all = [bob.domain.clone(), dora.domain.clone(), eve.domain.clone()];
    all.sort();
    assert_eq!(of(&post.uri), all);
    assert_eq!(of(&only.uri), [dora.domain]);
    let request = updates.iter().find(|u| u.host == bob.domain).unwrap();
    verify(request, alice.public_key_pem.as_deref().unwrap()).unwrap();
    let (update, row) = (request.json(), here.status_of(&post.uri).await.unwrap());
    assert_eq!(update["id"], format!("{}#updates/{}", post.uri, row.edited_at.unwrap().0));
    let note = &update["object"];
    assert_eq!((&note["type"], &note["content"]), (&json!("Note"), &json!("<p>hello all</p>")));
    assert_eq!(note["updated"].as_str().and_then(Millis::parse_rfc3339), row.edited_at);
    assert_eq!(list(&update["to"]), ["https://www.w3.org/ns/activitystreams#Public"]);
    assert!(list(&note["cc"]).contains(&bob.id.as_str()), "named no more, and told all the same");
    assert_eq!(note["tag"], json!([]));
    // Nothing changed, nothing said.
    let before = posts(&peer).len();
    edits::edit(&here.ctx, &here.federation, alice.id, post.id, change("hello all")).await.unwrap();
    here.work().await;
    assert_eq!(posts(&peer).len(), before);
}

/// A note of bob's as it is after an edit at some second of a certain minute.
fn edited(note: &Value, text: &str, second: u32) -> Value {
    let note = with(note.clone(), "content", json!(text));
    with(note, "updated", json!(format!("2026-01-02T03:04:{second:02}Z")))
}

#[tokio::test]
async fn edits_of_others_arrive_in_any_order() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let published = |note| with(note, "published", json!("2026-01-02T03:04:00Z"));
    let note = published(peer.note(&bob, "<p>first</p>"));
    let uri = note["id"].as_str().unwrap();
    let update = |note: &Value| peer.activity(&bob, "Update", note);
    let content = async |uri: &str| {
        let row = here.status_of(uri).await.unwrap();
        (row.content, row.edited_at.map(|at| at.0 % 60_000 / 1000))
    };
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &note)).await.status, 202);
    assert_eq!(content(uri).await, ("<p>first</p>".to_owned(), None));
    for (text, second, shown) in [
        ("<p>third</p><script>x</script>", 30, ("<p>third</p>", 30)),
        ("<p>second</p>", 20, ("<p>third</p>", 30)),
        ("<p>fourth</p>", 40, ("<p>fourth</p>", 40)),
        // The first version, dated by when it was published.
        ("<p>first</p>", 0, ("<p>fourth</p>", 40)),
    ] {
        let edit = edited(&note, text, second);
        assert_eq!(peer.tell(&bob, &alice.uri, &update(&edit)).await.status, 202);
        assert_eq!(content(uri).await, (shown.0.to_owned(), Some(shown.1)), "{text}");
    }
    // Only its id: its own server is asked, later.
    peer.publish(uri, &edited(&note, "<p>fifth</p>", 50));
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.activity(&bob, "Update", &json!(uri))).await.status, 202);
    assert_eq!(content(uri).await.0, "<p>fourth</p>");
    here.work().await;
    assert_eq!(content(uri).await, ("<p>fifth</p>".to_owned(), Some(50)));
    // The edit overtakes what it edits.
    let late = published(peer.note(&bob, "<p>late</p>"));
    let uri = late["id"].as_str().unwrap();
    let edit = edited(&late, "<p>later</p>", 10);
    assert_eq!(peer.tell(&bob, &alice.uri, &update(&edit)).await.status, 202);
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &late)).await.status, 202);
    assert_eq!(content(uri).await, ("<p>later</p>".to_owned(), Some(10)));
    // Another's post, under another's name or one's own.
    let eve = peer.actor("eve");
    for forged in [edit.clone(), with(edit.clone(), "attributedTo", json!(eve.id))] {
        let forged = peer.activity(&eve, "Update", &edited(&forged, "<p>forged</p>", 59));
        assert!([202, 403].contains(&peer.tell(&eve, &alice.uri, &forged).await.status));
        assert_eq!(content(uri).await.0, "<p>later</p>");
    }
}

/// What was never edited may be dated by when it was published, whatever it says now.
#[tokio::test]
async fn a_date_that_is_the_first_one_is_none() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let note = with(peer.note(&bob, "<p>first</p>"), "published", json!("2026-01-02T03:04:00Z"));
    let uri = note["id"].as_str().unwrap();
    for activity in [peer.create(&bob, &note), peer.activity(&bob, "Update", &edited(&note, "<p>now</p>", 0))]
    {
        assert_eq!(peer.tell(&bob, &alice.uri, &activity).await.status, 202);
    }
    assert_eq!(here.status_of(uri).await.unwrap().content, "<p>now</p>");
}

#[tokio::test]
async fn old_words_between_those_who_parted_stay() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let carol = here.person("carol").await;
    let note = with(peer.note(&bob, "<p>first</p>"), "published", json!("2026-01-02T03:04:00Z"));
    let to_alice = with(with(note, "to", json!([alice.uri])), "cc", json!([]));
    let to_both = peer.note(&bob, "x")["id"].clone();
    let to_both = with(with(to_alice.clone(), "id", to_both), "to", json!([alice.uri, carol.uri]));
    for note in [&to_alice, &to_both] {
        assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, note)).await.status, 202);
    }
    let known = here.account_of(&bob.id).await.unwrap();
    tintype_service::blocks::block(&here.ctx, alice.id, known.id).await.unwrap();
    for (note, shown) in [(&to_alice, "<p>first</p>"), (&to_both, "<p>other</p>")] {
        let update = peer.activity(&bob, "Update", &edited(note, "<p>other</p>", 9));
        assert_eq!(peer.tell(&bob, &alice.uri, &update).await.status, 202);
        assert_eq!(here.status_of(note["id"].as_str().unwrap()).await.unwrap().content, shown);
    }
}

#[tokio::test]
async fn a_fetched_post_says_that_it_was_edited() {
    let Stage { here, peer, bob, .. } = Stage::set().await;
    let note = with(peer.note(&bob, "<p>x</p>"), "published", json!("2026-01-02T03:04:00Z"));
    let note = edited(&note, "<p>y</p>", 7);
    let uri = note["id"].as_str().unwrap();
    peer.publish(uri, &note);
    assert!(matches!(here.federation.object(uri).await.unwrap(), Some(Found::Status(_))));
    let row = here.status_of(uri).await.unwrap();
    assert_eq!(row.edited_at.map(|at| at.0 - row.created_at.0), Some(7000));
}

#[tokio::test]
async fn pins_are_told_and_shown() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let eve = peer.actor_at("evil.localhost", "eve");
    here.followed_by(&alice, &peer, &bob).await;
    let open = here.post(&alice, draft("open", Visibility::Public)).await;
    let only = here.post(&alice, draft("for followers", Visibility::Private)).await;
    for id in [open.id, only.id] {
        pins::pin(&here.ctx, alice.id, id).await.unwrap();
    }
    here.work().await;
    let featured = get(&peer, &bob, &alice.uri).await.ok()["featured"].as_str().unwrap().to_owned();
    assert_eq!(featured, format!("{}/collections/featured", alice.uri));
    let adds = told(&peer, "Add");
    let [add] = adds.as_slice() else { panic!("{} Adds", adds.len()) };
    verify(add, alice.public_key_pem.as_deref().unwrap()).unwrap();
    assert_eq!((&add.json()["object"], &add.json()["target"]), (&json!(open.uri), &json!(featured)));
    let shown = async |actor: &Actor| -> Vec<String> {
        let collection = get(&peer, actor, &featured).await.ok();
        assert_eq!(collection["type"], "OrderedCollection");
        let items = collection["orderedItems"].as_array().unwrap();
        items.iter().map(|note| note["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(shown(&bob).await, [only.uri.clone(), open.uri.clone()], "the newest pin first");
    assert_eq!(shown(&eve).await, [open.uri.as_str()]);
    assert_eq!(unsigned(&peer, &bob, &featured).await.status, 401);
    pins::unpin(&here.ctx, alice.id, open.id).await.unwrap();
    here.work().await;
    let removes = told(&peer, "Remove");
    assert_eq!(removes.iter().map(|r| r.json()["object"].clone()).collect::<Vec<_>>(), [json!(open.uri)]);
    assert_eq!(shown(&eve).await, Vec::<String>::new());
}

#[tokio::test]
async fn pins_of_others_are_kept() {
    let Stage { here, peer, alice, mut bob } = Stage::set().await;
    let featured = format!("{}/collections/featured", bob.id);
    bob.document["featured"] = json!(featured);
    peer.publish_actor(&bob);
    let known = here.befriend(&alice, &peer, &bob).await;
    let note = peer.note(&bob, "<p>pinned</p>");
    let uri = note["id"].as_str().unwrap();
    let collected = |kind: &str, target: &str| {
        // As Mastodon sends it: without an id.
        let mut activity = with(peer.activity(&bob, kind, &json!(uri)), "target", json!(target));
        activity.as_object_mut().unwrap().remove("id");
        activity
    };
    let pinned = async || {
        let rows = here.ctx.store.read().await.unwrap().pinned_statuses(None, known.id).await.unwrap();
        rows.into_iter().map(|row| row.uri).collect::<Vec<_>>()
    };
    let tell = async |activity: &Value| peer.tell(&bob, &alice.uri, activity).await.status;
    assert_eq!(tell(&collected("Add", &format!("{}/collections/other", bob.id))).await, 202);
    here.work().await;
    assert!(here.status_of(uri).await.is_none(), "of no interest");
    // One that nobody knows yet is fetched, later.
    assert_eq!(tell(&collected("Add", &featured)).await, 202);
    assert!(pinned().await.is_empty());
    here.work().await;
    assert_eq!(pinned().await, [uri]);
    // Again and again, though only their signatures tell them apart; the same request once more is nothing new.
    let inbox = format!("{}/inbox", alice.uri);
    for (kind, seconds, left) in
        [("Remove", -40, 0), ("Add", -30, 1), ("Remove", -20, 0), ("Add", -30, 0), ("Add", -10, 1)]
    {
        let dated = SignOptions::dated(seconds);
        assert_eq!(peer.deliver(&bob, &inbox, &collected(kind, &featured), &dated).await.status, 202);
        assert_eq!(pinned().await.len(), left, "{kind} {seconds}");
    }
    // What lies elsewhere, and what can't be had.
    let foreign = with(collected("Add", &featured), "object", json!("https://far.example/1"));
    assert_eq!(tell(&foreign).await, 403);
    peer.serve(&format!("{uri}-gone"), Reply::status(410));
    let gone = with(collected("Add", &featured), "object", json!(format!("{uri}-gone")));
    assert_eq!(tell(&gone).await, 202);
    here.work().await;
    assert_eq!(pinned().await, [uri]);
    assert!(here.jobs().await.is_empty());
}
